"""What a driver tells a cloud machine: everything that happens to it, as values.

A driver feeds them one at a time, in order, each with the `Instant` at which it happened.
"""

from typing import Any

from mockcloud.vocabulary.ids import CallId, ConnectionId, Exchange, RequestId
from mockcloud.vocabulary.value import Value

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order, names in lower case, without pseudo-headers."""


class ConnectionAccepted(Value, frozen=True):
    """TCP is there; nothing was read, nothing sent. `ConnectionOpened` or `ConnectionLost` follows.

    Told by drivers that have sockets: in memory a connection begins with `ConnectionOpened`.
    """

    conn: ConnectionId
    peer: str = ""
    listener: str = "device"


class HandshakeBegun(Value, frozen=True):
    """The peer's ClientHello has come and was not answered. Only told if `AnnounceHandshake` asked for it."""

    conn: ConnectionId


class ConnectionOpened(Value, frozen=True):
    """Its protocol is known; of HTTP/2 the peer's preface may have come, our SETTINGS have not gone out."""

    conn: ConnectionId
    http_version: str = "2"
    """``2`` or ``1.1``."""
    peer: str = ""
    listener: str = "device"
    """The listener it came in on: ``device``, or the id of the account that has one of its own."""


class ConnectionLost(Value, frozen=True):
    conn: ConnectionId
    reason: str = ""


class RequestStarted(Value, frozen=True):
    """Headers are complete. Fed by the HTTP/2 layer before anything of the body is acknowledged."""

    ex: Exchange
    method: str
    path: str
    """Without the query."""
    headers: Headers
    query: str = ""
    scheme: str = "https"
    authority: str = ""


class BodyReceived(Value, frozen=True):
    ex: Exchange
    data: bytes


class BodyEnded(Value, frozen=True):
    ex: Exchange


class RequestAborted(Value, frozen=True):
    """The peer reset the stream, or the connection under it went away."""

    ex: Exchange
    reason: str = ""


class ProtocolBroken(Value, frozen=True):
    """The peer has broken HTTP/2 so that the connection cannot go on; `ConnectionLost` follows."""

    conn: ConnectionId
    said: str


class PingReceived(Value, frozen=True):
    """An HTTP/2 PING frame; its ACK has been sent unless `MutePing` forbids it."""

    conn: ConnectionId


class PingAnswered(Value, frozen=True):
    """The peer's ACK to our own `SendPing`."""

    conn: ConnectionId


class Written(Value, frozen=True):
    """The frames of the `SendBody` that bore this mark have left."""

    ex: Exchange
    mark: int


class Blocked(Value, frozen=True):
    """The frames of the `SendBody` that bore this mark wait for the peer to read."""

    ex: Exchange
    mark: int


class CallAnswered(Value, frozen=True):
    """The end of a `StartCall`: its value, or why there is none."""

    call: CallId
    value: Any = None
    error: str = ""
    spoilt: bool = False
    """A fault has had its hand in it: what is wrong with it is so on purpose."""


class Asked(Value, frozen=True):
    """Somebody beside the devices wants something: the control API, a web page, a test. Answered by `Answer`."""

    request: RequestId
    operation: Any


class Withdrawn(Value, frozen=True):
    """Whoever asked no longer waits for the answer."""

    request: RequestId


class ListenerOpened(Value, frozen=True):
    """What `OpenListener` asked for is there."""

    listener: str
    url: str
    """Where devices reach it, without a trailing slash."""


class ListenerRefused(Value, frozen=True):
    """`OpenListener` cannot be done: why, and what to do about it."""

    listener: str
    said: str


class ListenerClosed(Value, frozen=True):
    """What `CloseListener` asked for is done: nobody can connect any more, all its connections are over."""

    listener: str


class Woke(Value, frozen=True):
    """The machine's `next_deadline` has come."""


Input = (
    ConnectionAccepted
    | HandshakeBegun
    | ConnectionOpened
    | ConnectionLost
    | RequestStarted
    | BodyReceived
    | BodyEnded
    | RequestAborted
    | ProtocolBroken
    | PingReceived
    | PingAnswered
    | Written
    | Blocked
    | CallAnswered
    | Asked
    | Withdrawn
    | ListenerOpened
    | ListenerRefused
    | ListenerClosed
    | Woke
)
