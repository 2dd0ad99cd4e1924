"""What a cloud machine tells its driver to do, in this order and to the end."""

from typing import Any

from mockcloud.vocabulary.ids import CallId, ConnectionId, Exchange, RequestId
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value


class StartResponse(Value, frozen=True):
    ex: Exchange
    status: int
    headers: Headers = ()


class SendBody(Value, frozen=True):
    ex: Exchange
    data: bytes
    mark: int | None = None
    """If set, `Written` (or `Blocked`) with this mark follows."""


class EndBody(Value, frozen=True):
    ex: Exchange


class ResetStream(Value, frozen=True):
    ex: Exchange
    code: int = 0


class GoAway(Value, frozen=True):
    """No new requests are wanted; those under way go on."""

    conn: ConnectionId
    code: int = 0
    debug: bytes = b""


class CloseConnection(Value, frozen=True):
    conn: ConnectionId


class AbortConnection(Value, frozen=True):
    """TCP RST at once."""

    conn: ConnectionId


class HalfClose(Value, frozen=True):
    """FIN and nothing after it; what the peer sends is still read."""

    conn: ConnectionId


class BlackHole(Value, frozen=True):
    """Send nothing more and act on nothing more, while the connection stays up."""

    conn: ConnectionId


class SendRaw(Value, frozen=True):
    """These bytes between two frames, whatever they are."""

    conn: ConnectionId
    data: bytes


class Starve(Value, frozen=True):
    """Give the peer no flow-control window for this stream's body any more (``on=False``: again)."""

    ex: Exchange
    on: bool = True


class MutePing(Value, frozen=True):
    """Do not acknowledge the peer's PING frames (``on=False``: again)."""

    conn: ConnectionId
    on: bool = True


class SendPing(Value, frozen=True):
    conn: ConnectionId


class StartCall(Value, frozen=True):
    """Work that may take more than a millisecond. Its end comes as `CallAnswered`; after ``patience``
    nanoseconds (0: none) the driver answers with an error itself."""

    call: CallId
    job: Any
    patience: int = 0


class CancelCall(Value, frozen=True):
    call: CallId


class Answer(Value, frozen=True):
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
    | Answer
)
