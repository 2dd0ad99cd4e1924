"""A device on a virtual clock, with the far side played by the test."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile
from mockcloud.client.vocabulary import (
    Command,
    Connect,
    Connected,
    Did,
    EventSent,
    Fetch,
    Input,
    Instruction,
    Lit,
    Noted,
    PingAnswered,
    Played,
    ResponseData,
    ResponseEnded,
    ResponseStarted,
    SendData,
    SendPing,
    SendRequest,
    Shown,
    Start,
    StateChanged,
    Trouble,
    Woke,
)
from mockcloud.clock import MILLISECOND, instant_of
from mockcloud.vocabulary import ConnectionId, RequestId

T = TypeVar("T")
BIRTH = datetime(2026, 3, 1, 0, 0, 0, tzinfo=UTC)
MULTIPART = (("content-type", "multipart/related; boundary=b"),)
REQUESTS = {
    "TextRecognizer.Recognize",
    "SpeechRecognizer.Recognize",
    "AudioPlayer.StreamRequested",
    "Clova.ProcessDelegatedEvent",
}


def directive(name: str, payload: Mapping[str, Any] | None = None, dialog: str | None = None) -> bytes:
    """A directive part, without delimiters."""
    namespace, _, last = name.rpartition(".")
    header = {"namespace": namespace, "name": last, "messageId": "m"}
    if dialog is not None:
        header["dialogRequestId"] = dialog
    body = json.dumps({"directive": {"header": header, "payload": payload or {}}}).encode()
    return b"Content-Type: application/json; charset=utf-8\r\n\r\n" + body


def attachment(content_id: str, data: bytes) -> bytes:
    """An attachment part, without delimiters."""
    return b"Content-ID: " + content_id.encode() + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + data


@dataclass
class Rig:
    """``sent`` are all commands so far; reports are answered 204 at once, requests are left to the test."""

    profile: Profile
    device: Device
    now: int = 0
    sent: list[Command] = field(default_factory=list)
    answers_reports: bool = True
    answers_pings: bool = True
    channel: RequestId = RequestId(0)
    connections: int = 0

    # --- time and inputs ---

    def feed(self, given: Input) -> list[Command]:
        commands = self.device.receive(given, self.now)
        self.sent += commands
        for command in commands:
            if isinstance(command, SendRequest) and command.path == "/v1/directives":
                self.channel = command.request
            if isinstance(command, SendPing) and self.answers_pings:
                self.feed(PingAnswered())
            what = command.what if isinstance(command, Noted) else None
            if isinstance(what, EventSent) and what.name not in REQUESTS and self.answers_reports:
                self.answer(what.request)
        return commands

    def do(self, instruction: Instruction) -> list[Command]:
        return self.feed(Did(instruction))

    def advance(self, ms: float) -> None:
        """Let that time pass; every timer falls due at its own instant."""
        end = self.now + int(ms * MILLISECOND)
        while (due := self.device.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.feed(Woke())
        self.now = end

    # --- the far side ---

    def connected(self) -> None:
        self.connections += 1
        self.feed(Connected(ConnectionId(self.connections)))

    def hello(self) -> None:
        """Accept the downchannel that was asked for last."""
        self.feed(ResponseStarted(self.channel, 200, MULTIPART))
        self.feed(ResponseData(self.channel, b"--b\r\n" + directive("Clova.Hello") + b"\r\n--b\r\n"))

    def start(self) -> "Rig":
        self.do(Start())
        self.connected()
        self.hello()
        return self

    def push(self, name: str, payload: Mapping[str, Any] | None = None, dialog: str | None = None) -> None:
        self.feed(ResponseData(self.channel, directive(name, payload, dialog) + b"\r\n--b\r\n"))

    def answer(self, request: RequestId, *parts: bytes, status: int | None = None) -> None:
        self.feed(ResponseStarted(request, status or (200 if parts else 204), MULTIPART if parts else ()))
        if parts:
            body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
            self.feed(ResponseData(request, body))
        self.feed(ResponseEnded(request))

    def reply(self, request: RequestId, status: int, body: object = b"", **headers: str) -> None:
        """Answer a `Fetch`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.feed(ResponseStarted(request, status, tuple(headers.items())))
        if data:
            self.feed(ResponseData(request, data))
        self.feed(ResponseEnded(request))

    # --- looking ---

    def commands(self, kind: type[T]) -> list[T]:
        return [command for command in self.sent if isinstance(command, kind)]

    def noted(self, kind: type[T]) -> list[T]:
        return [c.what for c in self.sent if isinstance(c, Noted) and isinstance(c.what, kind)]

    def noted_at(self, kind: type[T]) -> list[tuple[float, T]]:
        """With the milliseconds since the start of the clock."""
        birth = instant_of(BIRTH)
        return [
            ((c.at - birth) / MILLISECOND, c.what)
            for c in self.sent
            if isinstance(c, Noted) and isinstance(c.what, kind)
        ]

    @property
    def events(self) -> list[EventSent]:
        return self.noted(EventSent)

    @property
    def names(self) -> list[str]:
        """The names of the events sent, without those of the set-up."""
        return [e.name for e in self.events if e.name != "Alerts.RequestSynchronizeAlert"]

    def last(self, name: str) -> EventSent:
        return [e for e in self.events if e.name == name][-1]

    def named(self, name: str) -> list[EventSent]:
        return [e for e in self.events if e.name == name]

    def times(self, name: str) -> list[float]:
        return [at for at, e in self.noted_at(EventSent) if e.name == name]

    def fetches(self) -> list[Fetch]:
        return self.commands(Fetch)

    def requests(self, path: str) -> list[SendRequest]:
        return [r for r in self.commands(SendRequest) if r.path == path]

    def body(self, request: RequestId) -> bytes:
        """Everything sent of a request's body."""
        first = next(r.body for r in self.commands(SendRequest) if r.request == request)
        return first + b"".join(d.data for d in self.commands(SendData) if d.request == request)

    def connects(self) -> int:
        return len(self.commands(Connect))

    def states(self, part: str) -> list[str]:
        return [s.state for s in self.noted(StateChanged) if s.part == part]

    def troubles(self) -> list[str]:
        return [str(t) for t in self.noted(Trouble)]

    def lights(self) -> list[str]:
        return [lit.light for lit in self.noted(Lit)]

    def shown(self, what: str) -> list[Any]:
        return [s.content for s in self.noted(Shown) if s.what == what]

    def played(self, kind: str) -> list[Played]:
        return [p for p in self.noted(Played) if p.kind == kind]

    def date(self, seconds: float) -> str:
        """The ISO 8601 time that many seconds after the start of the clock, in UTC."""
        return (BIRTH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


MakeRig = Callable[..., Rig]


def _rig(**settings: Any) -> Rig:
    given: dict[str, Any] = {"url": "https://cic.test", "access_token": "token-1", **settings}
    profile = Profile(**given)
    return Rig(profile, Device(profile, clock_offset=instant_of(BIRTH), seed="test"))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture
def make_rig(catalogue: Catalogue) -> Iterator[MakeRig]:
    """A device that has not been started. Whatever it sends must be valid by the catalogue."""
    made: list[Rig] = []

    def make(**settings: Any) -> Rig:
        made.append(_rig(**settings))
        return made[-1]

    yield make
    for rig in made:
        for event in rig.events:
            flaws = [f for f in catalogue.check_event(event.message) if f.severity == "violation"]
            assert flaws == [], event.name


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """A device that is ready."""
    return make_rig().start()


@pytest.fixture
def plain_rig() -> Rig:
    """A device that is ready, for tests in which it is told nonsense: what it sends is not judged."""
    return _rig().start()


@pytest.fixture
def parts() -> tuple[Callable[..., bytes], Callable[..., bytes]]:
    """The builders of response parts: directive(name, payload, dialog), attachment(content_id, data)."""
    return directive, attachment
