"""What every part of the device relies on: the time, its timers, identifiers, open requests, and the way out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from typing import Protocol, TypeVar

from mockcloud.client.profile import Profile
from mockcloud.client.vocabulary import CANCEL, Command, Fetch, Note, Noted, ResetRequest, SendRequest, StateChanged
from mockcloud.clock import AccountClock, Instant, Timer, Timers
from mockcloud.vocabulary import Headers, Ids, RequestId


class Response(Protocol):
    """Whoever waits for the response of a request."""

    def started(self, status: int, headers: Headers, /) -> None: ...

    def data(self, data: bytes, /) -> None: ...

    def ended(self) -> None: ...

    def lost(self, reason: str, /) -> None:
        """The stream was reset, or its connection is gone: nothing more comes."""


@dataclass(slots=True)
class Core:
    """One for a device. ``now`` is the instant of the input under way; ``commands`` is what it led to so far."""

    profile: Profile
    clock: AccountClock
    ids: Ids
    now: Instant = Instant(0)
    commands: list[Command] = field(default_factory=list)
    timers: Timers = field(default_factory=Timers)
    responses: dict[RequestId, Response] = field(default_factory=dict)
    on_cic: set[RequestId] = field(default_factory=set)
    """The open requests that share the fate of the connection to CIC."""
    _requests: "count[int]" = field(default_factory=lambda: count(1))

    def note(self, what: Note) -> None:
        self.commands.append(Noted(self.clock.at(self.now), what))

    def changed(self, part: str, state: str) -> None:
        self.note(StateChanged(part, state))

    def after(self, nanoseconds: int, call: Callable[[], None]) -> Timer:
        return self.timers.at(Instant(self.now + nanoseconds), call)

    def at_date(self, due: int, call: Callable[[], None]) -> Timer:
        """Call at a time of the device's clock (nanoseconds since 1970), following the clock when it is set."""
        return self.timers.at_account_time(due, self.clock, call)

    def utc(self) -> str:
        """The device's time as the context writes it: ``2026-01-31T12:00:00Z``."""
        return self.clock.date(self.now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def local(self) -> datetime:
        return self.clock.date(self.now)

    def request(
        self, method: str, path: str, headers: Headers, response: Response, body: bytes = b"", *, end: bool = True
    ) -> RequestId:
        """Send a request on the connection to CIC."""
        request = self._await(response)
        self.on_cic.add(request)
        self.commands.append(SendRequest(request, method, path, headers, body, end))
        return request

    def fetch(self, method: str, url: str, headers: Headers, response: Response, body: bytes = b"") -> RequestId:
        """Send a request to any origin, beside the connection to CIC."""
        request = self._await(response)
        self.commands.append(Fetch(request, method, url, headers, body))
        return request

    def give_up(self, request: RequestId | None, code: int = CANCEL) -> None:
        """Reset a request unless it is over; whoever waits for it hears nothing more."""
        if request is not None and self.responses.pop(request, None) is not None:
            self.on_cic.discard(request)
            self.commands.append(ResetRequest(request, code))

    def over(self, request: RequestId) -> Response | None:
        self.on_cic.discard(request)
        return self.responses.pop(request, None)

    def connection_lost(self, reason: str) -> None:
        """Tell everyone who waits for a response on the connection to CIC, in the order of their requests."""
        for request in sorted(self.on_cic):
            response = self.over(request)
            if response is not None:
                response.lost(reason)

    def _await(self, response: Response) -> RequestId:
        request = RequestId(next(self._requests))
        self.responses[request] = response
        return request


_State = TypeVar("_State", bound=Enum)
_On = TypeVar("_On", bound=Enum)
_Action = TypeVar("_Action", bound=Enum)


class Stateful(Protocol[_State]):
    """Whatever goes from state to state by a table."""

    state: _State


def step(table: Mapping[tuple[_State, _On], tuple[_State, _Action]], part: Stateful[_State], on: _On) -> _Action | None:
    """Take ``part`` to its next state; returns what is then to be done, ``None`` if ``on`` changes nothing there."""
    following = table.get((part.state, on))
    if following is None:
        return None
    part.state, action = following
    return action
