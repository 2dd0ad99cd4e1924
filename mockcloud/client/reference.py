"""The reference device for Python users, against any CIC endpoint.

    async with ReferenceDevice("https://127.0.0.1:8443", ca_file="ca.pem", access_token="...") as device:
        await device.ready()
        turn = await device.type("오늘 날씨 어때")
        assert "SpeechSynthesizer.Speak" in turn.names
        await device.wait_for(lambda noted: is_event(noted, "SpeechSynthesizer.SpeechFinished"))

What is not given comes from the environment: ``MOCKCLOUD_DEVICE_URL``, ``MOCKCLOUD_CA_FILE``,
``MOCKCLOUD_CLIENT_ID``, ``MOCKCLOUD_CLIENT_SECRET``, ``MOCKCLOUD_NAVER_ACCESS_TOKEN``.
"""

import asyncio
import difflib
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mockcloud.client.buttons import BUTTONS
from mockcloud.client.connection import State
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile
from mockcloud.client.transport import Transport
from mockcloud.client.vocabulary import (
    Did,
    DirectiveReceived,
    EventAnswered,
    EventSent,
    Initiator,
    Instruction,
    Noted,
    Power,
    Press,
    Say,
    SendEvent,
    Start,
    StateChanged,
    Stop,
    Trouble,
    Type,
)
from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.vocabulary import Ids
from mockcloud.wire.messages import Directive

ENVIRONMENT = {
    "url": "MOCKCLOUD_DEVICE_URL",
    "ca_file": "MOCKCLOUD_CA_FILE",
    "client_id": "MOCKCLOUD_CLIENT_ID",
    "client_secret": "MOCKCLOUD_CLIENT_SECRET",
    "naver_access_token": "MOCKCLOUD_NAVER_ACCESS_TOKEN",
}


class DeviceTimeout(MockcloudError):
    """What was waited for did not happen in time; the text tells what did."""

    exit_code = 1


class DeviceOff(MockcloudError):
    """A device that is switched off is told something, or waited for; the text tells who switched it off."""

    exit_code = 1


_OFF = StateChanged("connection", "OFF")


@dataclass(frozen=True, slots=True)
class Turn:
    """A request and what its response brought. ``status`` 0: there was no response."""

    dialog_request_id: str | None
    status: int
    directives: tuple[Directive, ...]
    said: str = ""

    @property
    def names(self) -> list[str]:
        return [directive.full_name for directive in self.directives]


def from_environment(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings given, completed by the environment; an empty variable counts as unset."""
    found = {name: environ[variable] for name, variable in ENVIRONMENT.items() if environ.get(variable)}
    return {**found, **{name: value for name, value in given.items() if value is not None}}


def is_event(noted: Noted, name: str) -> bool:
    """Whether an event of that name (``AudioPlayer.PlayStarted``) was sent."""
    return isinstance(noted.what, EventSent) and noted.what.name == name


def is_directive(noted: Noted, name: str) -> bool:
    """Whether a directive of that name came in, on either channel."""
    return isinstance(noted.what, DirectiveReceived) and noted.what.directive.full_name == name


class ReferenceDevice:
    """A device that is on inside ``async with``. Keyword arguments beyond ``ca_file`` and ``seed`` are those of
    `Profile`. ``timeline`` holds everything that was noted, in order.

    ``device_id`` is made from the seed unless given; ``seed`` is fresh each time unless given.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        ca_file: str | Path | None = None,
        seed: str | None = None,
        **profile: Any,
    ) -> None:
        settings = from_environment({"url": url, "ca_file": ca_file, **profile}, os.environ)
        self._ca_file = settings.pop("ca_file", None)
        self._seed = seed or str(uuid.uuid4())
        if "url" not in settings:
            raise CannotStart("no url: give the device URL of the server, or set MOCKCLOUD_DEVICE_URL")
        settings["url"] = settings["url"].rstrip("/")
        settings.setdefault("device_id", Ids(f"device:{self._seed}").uuid())
        self.profile = Profile(**settings)
        self.timeline: list[Noted] = []
        self._watchers: set[asyncio.Event] = set()
        self._followers: list[Callable[[Noted], None]] = []
        self._crash: BaseException | None = None
        self._mark = 0
        self._transport: Transport | None = None

    async def __aenter__(self) -> Self:
        offset = time.time_ns() - time.monotonic_ns()
        self._device = Device(self.profile, clock_offset=offset, seed=self._seed)
        self._transport = Transport(
            self._device, self.profile, ca_file=self._ca_file, noted=self._noted, crashed=self._crashed
        )
        self._switch_on()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._transport is not None:
            if self._crash is None:
                self._feed(Stop())
            await self._transport.close()
            self._transport = None
        if self._crash is not None and error is None:
            raise self._crash

    async def ready(self, timeout: float = 10) -> None:
        """Wait until the downchannel is up. Raises `CannotStart` with what to check if that does not come, `DeviceOff`
        if it was switched off."""

        def decided(noted: Noted) -> bool:
            return noted.what in (StateChanged("connection", "READY"), StateChanged("tokens", "REFUSED"), _OFF)

        if self._device.connection.is_ready:
            return
        self._check_on()
        try:
            noted = await self.wait_for(decided, timeout=timeout)
        except DeviceTimeout:
            raise CannotStart(self._last_trouble() or f"{self.profile.url} gave no downchannel") from None
        if noted.what == _OFF:
            raise self._off()
        if noted.what == StateChanged("tokens", "REFUSED"):
            raise CannotStart(self._last_trouble() or "the authorisation server refused the device")

    async def say(
        self,
        text: str | None = None,
        *,
        pcm: bytes = b"",
        initiator: Initiator | None = None,
        timeout: float = 30,
    ) -> Turn:
        """Speak, and wait for the response. Without ``pcm`` the text is given a sound of its own; a server knows
        such a sound only if it was told what it means. Raises `DeviceTimeout`, `DeviceOff`."""
        return await self._turn(Say(text, pcm, initiator), timeout)

    async def type(self, text: str, *, timeout: float = 30) -> Turn:
        """Type a request, or the answer to a question, and wait (seconds) for the response. Raises `DeviceTimeout`,
        `DeviceOff`."""
        return await self._turn(Type(text), timeout)

    async def send_event(
        self, full_name: str, payload: Mapping[str, Any] | None = None, *, timeout: float = 30
    ) -> Turn:
        """Send any event (``Namespace.Name``) with the device's context, right or wrong, and wait (seconds) for the
        response. Raises `DeviceTimeout`, `DeviceOff`."""
        namespace, _, name = full_name.rpartition(".")
        return await self._turn(SendEvent(namespace, name, payload or {}), timeout)

    async def press(self, button: str) -> None:
        """Press a button: one of `mockcloud.client.buttons.BUTTONS` (``pause``, ``stop``, ``volume-up``),
        ``custom:NAME`` or ``play:TOKEN``. What it leads to, `wait_for` sees. Raises `ValueError` for any other."""
        if button not in BUTTONS and not button.startswith(("custom:", "play:")):
            near = difflib.get_close_matches(button, BUTTONS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(BUTTONS)}"
            raise ValueError(f"there is no button {button!r}{hint}")
        self._feed(Press(button))

    async def power(self, *, on: bool) -> None:
        """Switch it off, or on again, as a person does: off, it has no connection and says nothing."""
        self._feed(Power(on))

    async def do(self, instruction: Instruction) -> None:
        """Any other instruction of `mockcloud.client.vocabulary`."""
        self._feed(instruction)

    async def wait_for(
        self, predicate: Callable[[Noted], bool], timeout: float = 10, *, since: int | None = None
    ) -> Noted:
        """The first noted thing that fits, of all that came since the last instruction (or since ``since``, an
        index into ``timeline``). Raises `DeviceTimeout`."""
        seen = self._mark if since is None else since
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for noted in self.timeline[seen:]:
                        if predicate(noted):
                            return noted
                    seen = len(self.timeline)
                    if self._crash is not None:
                        raise self._crash
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            trouble = self._last_trouble()
            raise DeviceTimeout(
                f"not seen within {timeout:g} s; last: {', '.join(_short(n) for n in self.timeline[-5:])}"
                + (f"\n{self._off()}" if self._is_off else "")
                + (f"\nlast trouble: {trouble}" if trouble else "")
            ) from None
        finally:
            self._watchers.discard(changed)

    def watch(self, follow: Callable[[Noted], None]) -> None:
        """Call this with everything that is noted from now on."""
        self._followers.append(follow)

    # --- inside ---

    def _switch_on(self) -> None:
        self._feed(Start())

    @property
    def _is_off(self) -> bool:
        return self._transport is not None and self._device.connection.state is State.OFF

    def _check_on(self) -> None:
        if self._is_off:
            raise self._off()

    def _off(self) -> DeviceOff:
        """The error that tells why it is off."""
        by = "it was switched off"
        for noted in reversed(self.timeline):
            if noted.what == StateChanged("connection", "READY"):
                break
            if is_directive(noted, "DeviceControl.TurnOff"):
                by = "the cloud has switched it off (DeviceControl.TurnOff)"
                break
        return DeviceOff(f"the device is off: {by}, and hears nothing; switch it on with power(on=True)")

    async def _turn(self, instruction: Instruction, timeout: float) -> Turn:
        self._check_on()
        since = len(self.timeline)
        self._feed(instruction)
        refusals = 0

        def final(noted: Noted) -> bool:
            nonlocal refusals
            if noted.what == StateChanged("tokens", "REFUSED"):
                return True
            if noted.what == _OFF:  # unless the response is what has switched it off
                return not any(_answers(one, instruction) for one in self.timeline[since:])
            if not _answers(noted, instruction):
                return False
            assert isinstance(noted.what, EventAnswered)
            refusals += noted.what.status in (401, 412)
            return noted.what.status not in (401, 412) or refusals == 2

        noted = await self.wait_for(final, timeout, since=since)
        if noted.what == _OFF:
            raise self._off()
        if not isinstance(noted.what, EventAnswered):
            raise CannotStart(self._last_trouble() or "the authorisation server refused the device")
        request = noted.what.request
        dialog = next(
            (
                n.what.dialog_request_id
                for n in self.timeline[since:]
                if isinstance(n.what, EventSent) and n.what.request == request
            ),
            None,
        )
        directives = tuple(
            n.what.directive
            for n in self.timeline[since:]
            if isinstance(n.what, DirectiveReceived) and n.what.request == request
        )
        return Turn(dialog, noted.what.status, directives, noted.what.said)

    def _feed(self, instruction: Instruction) -> None:
        if self._transport is None:
            raise MockcloudError("the device is off: use it inside `async with`")
        self._mark = len(self.timeline)
        self._transport.feed(Did(instruction))

    def _noted(self, noted: Noted) -> None:
        self.timeline.append(noted)
        for follow in self._followers:
            follow(noted)
        self._wake()

    def _crashed(self, error: BaseException) -> None:
        self._crash = error
        self._wake()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    def _last_trouble(self) -> str:
        return next((str(n.what) for n in reversed(self.timeline) if isinstance(n.what, Trouble)), "")


def _answers(noted: Noted, instruction: Instruction) -> bool:
    """Whether it is the end of the response to what the instruction has sent."""
    return isinstance(noted.what, EventAnswered) and noted.what.cause is instruction


def _short(noted: Noted) -> str:
    what = noted.what
    match what:
        case EventSent():
            return f"sent {what.name}"
        case EventAnswered():
            return f"{what.name} answered {what.status}"
        case DirectiveReceived():
            return f"received {what.directive.full_name}"
        case StateChanged():
            return f"{what.part} {what.state}"
        case _:
            return type(what).__name__
