"""What a driver tells a cloud machine: everything that happens to it, as values.

A driver feeds them one at a time, in order, each with the `Instant` at which it happened.
"""

from dataclasses import dataclass
from typing import Any

from mockcloud.vocabulary.ids import CallId, ConnectionId, Exchange, RequestId

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order, names in lower case, without pseudo-headers."""


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    conn: ConnectionId
    http_version: str = "2"
    """``2`` or ``1.1``."""
    peer: str = ""
    listener: str = "device"
    """The listener it came in on: ``device``, or the id of the account that has one of its own."""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    conn: ConnectionId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """Headers are complete. Fed by the HTTP/2 layer before anything of the body is acknowledged."""

    ex: Exchange
    method: str
    path: str
    """Without the query."""
    headers: Headers
    query: str = ""
    scheme: str = "https"
    authority: str = ""


@dataclass(frozen=True, slots=True)
class BodyReceived:
    ex: Exchange
    data: bytes


@dataclass(frozen=True, slots=True)
class BodyEnded:
    ex: Exchange


@dataclass(frozen=True, slots=True)
class RequestAborted:
    """The peer reset the stream, or the connection under it went away."""

    ex: Exchange
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PingReceived:
    """An HTTP/2 PING frame; its ACK has been sent unless `MutePing` forbids it."""

    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class PingAnswered:
    """The peer's ACK to our own `SendPing`."""

    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class Written:
    """The frames of the `SendBody` that bore this mark have left."""

    ex: Exchange
    mark: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The frames of the `SendBody` that bore this mark wait for the peer to read."""

    ex: Exchange
    mark: int


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The end of a `StartCall`: its value, or why there is none."""

    call: CallId
    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody beside the devices wants something: the control API, a web page, a test. Answered by `Answer`."""

    request: RequestId
    operation: Any


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Whoever asked no longer waits for the answer."""

    request: RequestId


@dataclass(frozen=True, slots=True)
class Woke:
    """The machine's `next_deadline` has come."""


Input = (
    ConnectionOpened
    | ConnectionLost
    | RequestStarted
    | BodyReceived
    | BodyEnded
    | RequestAborted
    | PingReceived
    | PingAnswered
    | Written
    | Blocked
    | CallAnswered
    | Asked
    | Withdrawn
    | Woke
)
