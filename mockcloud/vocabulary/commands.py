"""What a cloud machine tells its driver to do, in this order and to the end."""

from datetime import date
from typing import Any, Literal, Protocol

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


class HoldConnection(Value, frozen=True):
    """Go no further with a connection that is not open yet for so many nanoseconds; what it sends waits."""

    conn: ConnectionId
    span: int


class AnnounceHandshake(Value, frozen=True):
    """Tell (`HandshakeBegun`) when the ClientHello of a connection that was just accepted has come."""

    conn: ConnectionId


class Certificate(Value, frozen=True):
    """In what a certificate differs from the listener's own."""

    names: tuple[str, ...] = ()
    """Instead of its names, if any."""
    since: date | None = None
    until: date | None = None
    signed_by: Literal["authority", "stranger", "itself"] = "authority"


class PresentCertificate(Value, frozen=True):
    """Go on with the TLS handshake, with another certificate."""

    conn: ConnectionId
    certificate: Certificate


class EndHandshake(Value, frozen=True):
    """Answer the ClientHello with a fatal alert of this number, or, with ``None``, with the first half of what it
    should be answered with; then FIN."""

    conn: ConnectionId
    alert: int | None = None


class OpenListener(Value, frozen=True):
    """A device listener on a free port. Answered by `ListenerOpened` or `ListenerRefused`."""

    listener: str
    """Its name, which `ConnectionOpened` bears."""


class CloseListener(Value, frozen=True):
    """Close it with all its connections. Answered by `ListenerClosed`."""

    listener: str


class Record(Value, frozen=True):
    """Something that is to outlive the server, instead of what was kept there before."""

    account: str
    part: str = ""
    """Without one: everything that is kept of the account, which is forgotten."""
    key: str = ""
    data: bytes | None = None
    """UTF-8 text; ``None``: nothing is to be kept there any longer."""


class Persist(Value, frozen=True):
    """Keep all of these or none, before what follows is done: answers rest on them."""

    records: tuple[Record, ...]


class Job(Protocol):
    """Work for a `StartCall` that needs nothing of the driver, which runs it beside everything else."""

    def run(self) -> Any: ...


class StartCall(Value, frozen=True):
    """Work that may take more than a millisecond. Its end comes as `CallAnswered`; after ``patience``
    nanoseconds (0: none) the driver answers with an error itself."""

    call: CallId
    job: Any
    """A `Job`, or a `mockcloud.cek.exchange.DriverJob`."""
    patience: int = 0


class Known(Value, frozen=True):
    """A job for `StartCall` whose value is known: it ends as soon as what goes on now is done."""

    value: Any

    def run(self) -> Any:
        return self.value


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
    | HoldConnection
    | AnnounceHandshake
    | PresentCertificate
    | EndHandshake
    | OpenListener
    | CloseListener
    | Persist
    | StartCall
    | CancelCall
    | Answer
)
