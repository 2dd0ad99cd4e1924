"""What a cloud machine tells its driver to do, in this order and to the end."""

from dataclasses import dataclass
from typing import Any

from mockcloud.vocabulary.ids import CallId, ConnectionId, Exchange, RequestId
from mockcloud.vocabulary.inputs import Headers


@dataclass(frozen=True, slots=True)
class StartResponse:
    ex: Exchange
    status: int
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class SendBody:
    ex: Exchange
    data: bytes
    mark: int | None = None
    """If set, `Written` (or `Blocked`) with this mark follows."""


@dataclass(frozen=True, slots=True)
class EndBody:
    ex: Exchange


@dataclass(frozen=True, slots=True)
class ResetStream:
    ex: Exchange
    code: int = 0


@dataclass(frozen=True, slots=True)
class GoAway:
    """No new requests are wanted; those under way go on."""

    conn: ConnectionId
    code: int = 0
    debug: bytes = b""


@dataclass(frozen=True, slots=True)
class CloseConnection:
    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class AbortConnection:
    """TCP RST at once."""

    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class HalfClose:
    """FIN and nothing after it; what the peer sends is still read."""

    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Send nothing more and act on nothing more, while the connection stays up."""

    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class SendRaw:
    """These bytes between two frames, whatever they are."""

    conn: ConnectionId
    data: bytes


@dataclass(frozen=True, slots=True)
class Starve:
    """Give the peer no flow-control window for this stream's body any more (``on=False``: again)."""

    ex: Exchange
    on: bool = True


@dataclass(frozen=True, slots=True)
class MutePing:
    """Do not acknowledge the peer's PING frames (``on=False``: again)."""

    conn: ConnectionId
    on: bool = True


@dataclass(frozen=True, slots=True)
class SendPing:
    conn: ConnectionId


@dataclass(frozen=True, slots=True)
class StartCall:
    """Work that may take more than a millisecond. Its end comes as `CallAnswered`; after ``patience``
    nanoseconds (0: none) the driver answers with an error itself."""

    call: CallId
    job: Any
    patience: int = 0


@dataclass(frozen=True, slots=True)
class CancelCall:
    call: CallId


@dataclass(frozen=True, slots=True)
class Persist:
    """Comes before the `StartResponse` that rests on it."""

    record: Any


@dataclass(frozen=True, slots=True)
class Answer:
    request: RequestId
    value: Any


Command = (
    StartResponse
    | SendBody
    | EndBody
    | ResetStream
    | GoAway
    | CloseConnection
    | AbortConnection
    | HalfClose
    | BlackHole
    | SendRaw
    | Starve
    | MutePing
    | SendPing
    | StartCall
    | CancelCall
    | Persist
    | Answer
)
