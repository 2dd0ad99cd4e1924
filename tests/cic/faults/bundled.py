"""The bundled device and a cloud on one virtual clock, for what comes after a fault."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.cic import operations as op
from mockcloud.cic.machine import CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, Account
from mockcloud.faults.reading import parse
from mockcloud.journal import Entry
from mockcloud.replay.simulation import Simulation
from mockcloud.settings import Settings, apply
from mockcloud.speech.pcm import silence, spoken

WALL = 1_767_225_600_000_000_000


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


class Home:
    """A cloud, and one device of the default account that has just been switched on."""

    def __init__(self, **settings: Any) -> None:
        cloud = CloudMachine(apply(Settings(), settings), catalogue(), wall=WALL, now=Instant(0))
        self.simulation = Simulation(cloud)
        self.account: Account = cloud.core.accounts.by_id[DEFAULT_ACCOUNT]
        self.add("speaker")

    def add(self, name: str, account: Account | None = None) -> None:
        account = account or self.account
        profile = Profile(
            url="https://localhost",
            client_id=account.client_id,
            client_secret=account.client_secret,
            naver_access_token=account.naver_access_token,
            device_id=name,
        )
        self.simulation.add(name, Device(profile, clock_offset=WALL, seed=name))
        self.simulation.tell(name, dev.Start())

    def fault(self, account: Account | None = None, **written: Any) -> None:
        self.ask(op.AddFault((account or self.account).id, parse(written)))

    def ask(self, operation: Any) -> Any:
        outcome = self.simulation.ask(operation)
        assert outcome.status < 300, outcome.body
        return outcome.body

    def wait(self, seconds: float) -> None:
        self.simulation.run_until(self.simulation.now + int(seconds * SECOND))

    def type(self, text: str, name: str = "speaker") -> None:
        self.simulation.tell(name, dev.Type(text))

    def say(self, text: str, name: str = "speaker") -> None:
        self.ask(op.QueueUtterance(account=self.account.id, text=text, device=name))
        self.simulation.tell(name, dev.Say(text, spoken(text, "ko") + silence(5000)))

    def push(self, name: str, payload: Mapping[str, Any]) -> None:
        header = {"namespace": name.split(".")[0], "name": name.split(".")[1]}
        self.simulation.ask(
            op.Push(account=self.account.id, directive={"header": header, "payload": payload}, wait_ms=60_000)
        )

    def entries(self, name: str, since: int = 0, account: Account | None = None) -> list[Entry]:
        return [one for one in (account or self.account).journal if one.name == name and one.seq > since]

    @property
    def last(self) -> int:
        return self.account.journal.last_seq

    def completes_a_dialog(self, name: str = "speaker", account: Account | None = None) -> bool:
        """Whether the device, asked something now, gets its answer and reports that it was spoken."""
        account = account or self.account
        since = account.journal.last_seq
        self.type("안녕", name)
        return self.simulation.run_until(
            self.simulation.now + 20 * SECOND,
            lambda: any(one.device == name for one in self.entries("SpeechSynthesizer.SpeechFinished", since, account)),
        )
