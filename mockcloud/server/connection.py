"""What the HTTP/2 layer tells its observer, and what it lets the observer do to a connection.

Nothing here imports Hypercorn. The layer itself is `mockcloud.server.http2`, the sockets `mockcloud.server.listener`.
All calls, both ways, are made on the event loop of the listener; none of them blocks or is a coroutine.

An ASGI callable finds its place in ``scope["state"]["h2"]``: a `Handle`, for HTTP/2 and HTTP/1.1 alike.
"""

from collections.abc import Callable
from typing import Literal, Protocol

from mockcloud.vocabulary.ids import ConnectionId, Exchange
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value


class Connection(Protocol):
    """One TCP or TLS connection, from `ConnectionObserver.opened` to `ConnectionObserver.lost`.

    Every method may be called at any time, for streams that are over and on connections that are lost as well:
    it then does nothing. None of them calls the observer before it returns.

    HTTP/1.1 has one request at a time, which its methods take for "the stream": ``reset_stream`` is ``abort``,
    ``goaway`` sends nothing, ``starve`` stops reading from the socket, PING methods do nothing.
    """

    @property
    def id(self) -> ConnectionId:
        """Numbered from 1 over all listeners of the process."""

    @property
    def http_version(self) -> Literal["2", "1.1"]: ...

    @property
    def peer(self) -> str:
        """Address and port of the other side: ``127.0.0.1:50312``, ``[::1]:50312``."""

    @property
    def listener(self) -> str:
        """Name of the listener that accepted it."""

    def reset_stream(self, stream_id: int, code: int = 0) -> None:
        """RST_STREAM with exactly this code. Frames that were ready go first; what `pending` counts is dropped.

        The callable of the stream gets ``http.disconnect``; its later messages are ignored.
        """

    def hold(self, seconds: float) -> None:
        """Called in `ConnectionObserver.opened`: serve nothing for so long, and send no SETTINGS."""

    def goaway(self, code: int = 0, last_stream_id: int | None = None, debug: bytes = b"") -> None:
        """Send GOAWAY and carry on: open streams end as they would, new ones are still served.

        ``last_stream_id`` defaults to the highest stream that the peer has opened.
        """

    def close(self) -> None:
        """Send what is ready, GOAWAY(NO_ERROR) and FIN (with TLS: close_notify before it)."""

    def abort(self) -> None:
        """TCP RST at once; what was not sent is lost."""

    def starve(self, stream_id: int, on: bool = True) -> None:
        """Give the peer no more flow-control window for this stream's body; other streams are not touched.

        Decided in `ConnectionObserver.request_started`, it stops an upload after exactly 65,535 bytes.
        ``on=False`` gives back all that was withheld.
        """

    def mute_ping(self, on: bool = True) -> None:
        """Leave the peer's PING frames without an ACK, from the next one on."""

    def send_ping(self) -> None:
        """Send a PING frame; its ACK comes as `ConnectionObserver.ping_answered`."""

    def half_close(self) -> None:
        """Send FIN (no close_notify, no GOAWAY) and nothing after it, and go on reading."""

    def blackhole(self) -> None:
        """Say nothing more and act on nothing more, while the TCP connection stays up."""

    def send_raw(self, data: bytes) -> None:
        """Put these bytes on the wire between two frames, whatever they are."""

    def send_body(self, stream_id: int, data: bytes) -> bool:
        """Send a piece of a response's body whose header fields have been sent: what its callable's `send` would do,
        without a task. Nothing is sent if it would have to wait, for flow control or for earlier pieces: False.
        """

    def pending(self, stream_id: int) -> int:
        """Body bytes of this stream's response that wait for flow control or for the socket."""

    def when_written(self, stream_id: int, callback: Callable[[], None]) -> None:
        """Call back once every body byte given so far for this stream was handed to the socket's transport.

        Never before this method returns. Not called if the stream or the connection ends before: then
        ``http.disconnect`` or `ConnectionObserver.lost` says so.
        """


class ConnectionObserver(Protocol):
    """Who wants to know what happens on the connections of a listener.

    An exception raised here is logged by ``mockcloud.server`` and otherwise ignored.
    """

    def opened(self, conn: Connection) -> None:
        """A connection whose protocol is known: after ALPN, or, without it, after the peer's first bytes."""

    def lost(self, conn: Connection, reason: str) -> None:
        """The connection is over, once for each `opened`: ``closed by the peer``, ``reset by the peer``,
        ``GOAWAY(2) from the peer``, ``closed``, ``aborted``, ``stopped``, or what the peer did wrong.

        Comes before the callables of its streams see ``http.disconnect``.
        """

    def request_started(
        self,
        conn: Connection,
        stream_id: int,
        method: str,
        path: str,
        query: str,
        scheme: str,
        authority: str,
        headers: Headers,
    ) -> None:
        """Headers are complete. Neither has the ASGI callable run nor any flow-control window been given back.

        ``path`` is as sent (not unquoted) and without the query; ``headers`` are in their order, names in lower
        case, bytes above 127 as Latin-1, without pseudo-headers. HTTP/1.1 streams are numbered 1, 2, 3.
        If the stream is reset or the connection ended in here, the callable does not run.
        """

    def protocol_broken(self, conn: Connection, said: str) -> None:
        """The peer has broken HTTP/2, and is told so by GOAWAY; `lost` follows."""

    def ping_received(self, conn: Connection) -> None:
        """The peer sent PING; its ACK is on its way unless `Connection.mute_ping` forbids it."""

    def ping_answered(self, conn: Connection) -> None:
        """The peer's ACK to `Connection.send_ping`."""


class Handle(Value, frozen=True):
    """Where an ASGI callable finds itself: ``scope["state"]["h2"]``."""

    conn: Connection
    stream_id: int

    @property
    def exchange(self) -> Exchange:
        return Exchange(self.conn.id, self.stream_id)
