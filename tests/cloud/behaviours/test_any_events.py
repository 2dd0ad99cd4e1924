"""Whatever valid events come from whomever: nothing is raised, no directive is wrong, none goes to another account.

Meanwhile alerts ring and an extension of one of the two accounts is talked to. `Conversation` holds every directive
against the catalogue.
"""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.catalogue import EDITIONS
from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cic import operations as op
from mockcloud.settings import Edition
from mockcloud.wire.messages import dumps, split_name
from tests.cic.conversation import Conversation, Speaker, catalogue
from tests.cloud.extensions.skills import PIZZA, answer

WORDS = (
    "안녕", "날씨", "음악 틀어줘", "지금 몇 시야", "응", "아니", "무슨 말인지 아무도 모르는 소리", "10분 뒤에 깨워줘",
    "알람 꺼줘", "피자봇 시작해줘", "배달 언제 와", "피자봇 종료해줘",
)  # fmt: skip
RECOGNIZE = "TextRecognizer.Recognize"


@cache
def names(edition: Edition) -> tuple[str, ...]:
    spoken = "SpeechRecognizer.Recognize"
    return tuple(name for name in catalogue().names("event", edition) if name != spoken) + (RECOGNIZE,) * 15


@cache
def example(kind: Any, name: str, edition: Edition, seed: int) -> Any:
    return catalogue().example(kind, name, edition=edition, seed=seed, full=seed % 2 == 0)


@cache
def context(edition: Edition, seed: int) -> list[Any]:
    return [
        {
            "header": dict(zip(("namespace", "name"), split_name(name), strict=True)),
            "payload": example("context", name, edition, seed),
        }
        for name in catalogue().complete_context
    ]


class Homes:
    """Two accounts: three devices that send events, and a fourth that only listens."""

    def __init__(self, edition: Edition) -> None:
        self.talk = Conversation(edition=edition)
        self.edition = edition
        assert self.talk.ask(op.CreateAccount(name="neighbour")).status == 201
        neighbour = self.talk.machine.core.accounts.by_id["neighbour"]
        registration = {key: value for key, value in PIZZA.items() if key != "id"}
        assert self.talk.ask(op.PutExtension(PIZZA["id"], registration)).status == 201
        goes_on = dumps(answer("더 필요하세요?", ends=False, reprompt="주문할까요?"))
        self.talk.extension = lambda job: HttpAnswer(200, (("content-type", "application/json"),), goes_on)
        self.devices = [
            self.talk.speaker("one"),
            self.talk.speaker("two"),
            self.talk.speaker("three", neighbour),
            self.talk.speaker("silent", neighbour),
        ]
        self.seen: dict[str, list[str]] = {}
        """Texts that devices of an account were sent, under ``token`` and the like: a device may send them back."""

    def send(self, device: Speaker, name: str, seed: int) -> None:
        payload = dict(example("event", name, self.edition, seed))
        known = self.seen.setdefault(device.account.id, [])
        if name == RECOGNIZE:
            payload["text"] = WORDS[seed % len(WORDS)]
        for member in ("token", "delegationId", "speechId"):
            if member in payload and known:
                payload[member] = known[seed % len(known)]
        if "deviceId" in payload:
            payload["deviceId"] = self.devices[seed % len(self.devices)].device
        answered = device.event(name, payload, context=context(self.edition, seed), dialog=f"d{seed}")
        assert answered.status in (200, 204)
        assert answered.ended
        got = list(answered.directives) if answered.status == 200 else []
        for other in self.devices:
            pushed = other.pushed()
            assert other.account is device.account or not pushed, f"{pushed} went to another account"
            got += pushed
        known += [text for directive in got for text in identifiers(directive["payload"])]

    def pass_time(self) -> None:
        """Alerts come due, an extension's session waits in vain, the app delegates."""
        self.talk.wait("7m")
        self.talk.ask(op.Delegate("default", "one", "음악 틀어줘"))
        alert = op.SetAlert(
            account="neighbour", device="three", type="ALARM", scheduled_time="2026-01-01T10:00", repeat=("monday",)
        )
        assert self.talk.ask(alert).status == 201
        for device in self.devices:
            told = [text for directive in device.pushed() for text in identifiers(directive["payload"])]
            self.seen.setdefault(device.account.id, []).extend(told)

    def check(self) -> None:
        for device in self.devices:
            entries = self.talk.journal(account=device.account)
            assert not [entry for entry in entries if entry.note.startswith("not sent")]
            assert device.account.id == "default" or not [one for one in entries if one.channel == "extension"]
            mine = {each.device for each in self.devices if each.account is device.account}
            assert {entry.device for entry in entries if entry.device} <= mine


def identifiers(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value[name] for name in ("token", "delegationId", "expectSpeechId") if isinstance(value.get(name), str)]
        return own + [text for inner in value.values() for text in identifiers(inner)]
    return [text for inner in value for text in identifiers(inner)] if isinstance(value, list) else []


@pytest.mark.spec("C-035", "C-046", "C-070", "C-187")
@pytest.mark.parametrize("edition", EDITIONS)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10_000), st.integers(0, 11)), min_size=50, max_size=50))
@settings(max_examples=12, deadline=None)
def test_fifty_valid_events_of_three_devices(edition: Edition, events: list[tuple[int, int, int]]) -> None:
    homes = Homes(edition)
    known = names(edition)
    for number, (device, event, seed) in enumerate(events):
        homes.send(homes.devices[device], known[event % len(known)], seed)
        if number % 10 == 5:
            homes.pass_time()
    homes.check()
