"""Scenarios against real devices, in real time: a program, a rig that moves a device, or a person who does."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mockcloud.client import person
from mockcloud.client import vocabulary as dev
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.errors import CannotStart
from mockcloud.replay.program import Program
from mockcloud.replay.world import Broken, CannotDo, Opening, observe
from mockcloud.scenario import DeviceGiven
from mockcloud.server.cloud import RunningCloud, Tls
from mockcloud.server.driver import now
from mockcloud.speech.pcm import to_wav

Answer = TypeVar("Answer")


class Hand(Protocol):
    """A person at the terminal."""

    async def do(self, what: str) -> None:
        """Ask them to do something, and wait until they have. Raises `CannotDo`."""


@dataclass(slots=True)
class Bench:
    """Where real devices are tried out, one scenario after the other: a `Stage`.

    With ``command`` it starts a program for each device of a scenario, each time anew. Without, one device comes to the
    cloud's URL by itself: it keeps its tokens from one scenario to the next; ``rig`` is a program that moves it.
    """

    tls: Tls | None
    patience: float
    """Seconds for connecting, and for each answer of a program."""
    show: Callable[[str], None]
    """Gets lines for people."""
    command: str = ""
    rig: str = ""
    hand: Hand | None = None
    port: int = 0
    control_port: int = 0
    _before: Account | None = field(default=None, init=False)
    """The account of the scenario before."""

    def __call__(self, opening: Opening) -> "RealDevices":
        world = RealDevices(opening, self)
        if not self.command:
            if self._before is not None:
                world.keep_tokens(self._before)
            else:
                self.show(world.invitation())
            self._before = world.account
            self.port = world.port
        return world


class RealDevices:
    """A world that has one cloud on a port of its own and devices that mockcloud has not built."""

    def __init__(self, opening: Opening, bench: Bench) -> None:
        self.way = f"against {bench.command or bench.rig or 'an external device'}, in real time"
        self._opening = opening
        self._bench = bench
        self._loop = asyncio.new_event_loop()
        self._done: Callable[[], bool] = _never
        self._is_waiting = False
        self._interruption: Exception | None = None
        """What has come between, for whoever waits next."""
        self._folder = tempfile.TemporaryDirectory(prefix="mockcloud-replay-")
        self._programs: dict[str, Program] = {}
        self._sounds = 0
        try:
            self._running = self._run(self._make())
        except BaseException:
            self._end()
            raise
        self.cloud = self._running.machine
        self.account = opening.account(self.cloud)
        self.ids = {given.name: given.name for given in opening.devices}

    @property
    def now(self) -> Instant:
        return now()

    @property
    def port(self) -> int:
        return int(self._running.device_url.rpartition(":")[2])

    def invitation(self) -> str:
        """What a person has to know to connect their device."""
        trusted = f", trusting {self._running.ca_file}" if self._running.ca_file else ""
        return (
            f"waiting for a device at {self._running.device_url}{trusted}\n"
            f"    client id {self.account.client_id}, secret {self.account.client_secret}, "
            f"NAVER token {self.account.naver_access_token}"
        )

    def keep_tokens(self, before: Account) -> None:
        """The device need not ask for new ones."""
        self.account.tokens = before.tokens
        self.account.refresh_tokens = before.refresh_tokens
        self.account.devices |= {
            name: type(device)(name, device.client_id, device.model_id, device.guest)
            for name, device in before.devices.items()
        }

    # The world

    def open(self) -> None:
        wanted = self._opening.devices
        if len(wanted) > 1 and not self._bench.command:
            raise CannotDo(f"the scenario has {len(wanted)} devices, and there is one: `--device CMD` starts several")
        self._run(self._start())
        channels = self.cloud.core.downchannels
        limit = self.now + int(self._bench.patience * SECOND)
        try:
            connected = self.run_until(limit, lambda: len(channels) >= len(wanted))
        except Broken as error:
            raise CannotStart(str(error).replace("while it was needed", "before it had a downchannel")) from None
        if not connected:
            said = f"no device opened a downchannel at {self._running.device_url} within {self._bench.patience:g} s"
            raise CannotStart(f"{said}; does it trust the CA, and has it the client id and secret?")
        if len(wanted) == 1:
            self.ids = {wanted[0].name: next(device for _, device in channels)}
        if "clock" in self._opening.scenario.given:
            for given in wanted:
                self.tell(given.name, dev.SetClock(self.account.clock.at(self.now)))

    def tell(self, name: str, instruction: dev.Instruction) -> None:
        names = {device: given for given, device in self.ids.items()}
        self._run(self._tell(names.get(name, name), instruction))

    def ask(self, operation: Any) -> Any:
        return self._run(self._running.ask(operation))

    def run_until(self, when: int, done: Callable[[], bool] = lambda: False) -> bool:
        self._raise_interruption()
        if done():
            return True
        self._done, self._is_waiting = done, True
        timer = self._loop.call_at(when / SECOND, self._loop.stop)
        try:
            self._loop.run_forever()
        finally:
            timer.cancel()
            self._done, self._is_waiting = _never, False
        self._raise_interruption()
        return done()

    def close(self) -> None:
        try:
            self._loop.run_until_complete(self._stop())
        finally:
            self._end()

    # Behind it

    async def _make(self) -> RunningCloud:
        bench = self._bench
        settings = replace(self._opening.settings, port=bench.port, control_port=bench.control_port)
        wall = self._opening.wall if "clock" in self._opening.scenario.given else time.time_ns()
        running = RunningCloud(settings, tls=bench.tls, catalogue=self._opening.catalogue, wall=wall)
        running.driver.settled = self._settled
        await running.start()
        return running

    async def _start(self) -> None:
        for given in self._opening.devices:
            command = self._bench.command or self._bench.rig
            if not command:
                return
            program = Program(
                command,
                patience=self._bench.patience,
                observed=lambda seen, name=given.name: self._observed(name, seen),  # type: ignore[misc]
                show=self._bench.show,
                interrupt=self._interrupt,
            )
            self._programs[given.name] = program
            await program.start(self._environment(given))

    def _environment(self, given: DeviceGiven) -> dict[str, str]:
        said = {
            "display": given.display,
            "device_state": given.device_state,
            "tags": given.tags,
            "lang": given.lang,
            "edition": given.edition,
        }
        return {
            "MOCKCLOUD_DEVICE_URL": self._running.device_url,
            "MOCKCLOUD_CONTROL_URL": self._running.control_url,
            "MOCKCLOUD_CA_FILE": str(self._running.ca_file or ""),
            "MOCKCLOUD_ACCOUNT": self.account.id,
            "MOCKCLOUD_CLIENT_ID": self.account.client_id,
            "MOCKCLOUD_CLIENT_SECRET": self.account.client_secret,
            "MOCKCLOUD_NAVER_ACCESS_TOKEN": "" if given.guest else self.account.naver_access_token,
            "MOCKCLOUD_DEVICE_ID": given.name,
            "MOCKCLOUD_DEVICE_GIVEN": json.dumps({name: value for name, value in said.items() if value}),
        }

    async def _tell(self, name: str, instruction: dev.Instruction) -> None:
        program = self._programs.get(name)
        try:
            if program is None:
                raise CannotDo("nobody is there to do it")
            await program.do(instruction, self._audio(instruction))
        except CannotDo as error:
            if self._bench.hand is None:
                raise
            where = f"at {name}, " if len(self._opening.devices) > 1 else ""
            why = f" ({error})" if program is not None else ""
            await self._bench.hand.do(f"{where}{asked(instruction)}{why}")

    def _audio(self, instruction: dev.Instruction) -> str:
        if not isinstance(instruction, dev.Say):
            return ""
        self._sounds += 1
        file = Path(self._folder.name) / f"{self._sounds}.wav"
        file.write_bytes(to_wav(instruction.pcm))
        return str(file)

    def _observed(self, name: str, seen: person.Observed) -> None:
        observe(self.account, self.ids[name], self.now, seen.observed, seen.value)
        self._settled()

    def _settled(self) -> None:
        if self._done():
            self._loop.stop()

    def _interrupt(self, error: Exception) -> None:
        self._interruption = self._interruption or error
        if self._is_waiting:
            self._loop.stop()

    def _raise_interruption(self) -> None:
        if self._interruption is not None:
            error, self._interruption = self._interruption, None
            raise error

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self._loop.run_until_complete(work)

    async def _stop(self) -> None:
        await asyncio.gather(*(program.stop() for program in self._programs.values()))
        await self._running.stop()

    def _end(self) -> None:
        with suppress(RuntimeError):
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._folder.cleanup()


def asked(instruction: dev.Instruction) -> str:
    """An instruction as one asks a person."""
    match instruction:
        case dev.Say(text):
            return f"say “{text}”"
        case dev.Type(text):
            return f"type “{text}”"
        case dev.Press(button):
            return f"press the button {button}"
        case dev.Power(on):
            return f"switch the device {'on' if on else 'off'}"
        case dev.SetClock():
            return f"set the device's clock to {json.loads(person.written(0, instruction))['now']}"
        case dev.Login(token):
            return "log in as the user" if token else "log out, so that a guest uses the device"
        case dev.SendEvent(namespace, name):
            return f"make the device send {namespace}.{name}"
        case _:
            return f"do {type(instruction).__name__} at the device"


def _never() -> bool:
    return False
