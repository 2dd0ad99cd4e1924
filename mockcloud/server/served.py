"""One accepted connection: from its first bytes, which tell HTTP/2 from HTTP/1.1, to the socket's end."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, Literal, cast

from hypercorn.events import Closed, RawData, Updated
from hypercorn.events import Event as TransportEvent

from mockcloud.server.connection import ConnectionObserver, Handle
from mockcloud.server.http1 import Http1Protocol
from mockcloud.server.http2 import Http2Protocol
from mockcloud.server.tasks import Application, Tasks
from mockcloud.vocabulary.ids import ConnectionId
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value

logger = logging.getLogger("mockcloud.server")

READ_SIZE = 64 * 1024
LINGER = 0.5
"""Seconds that a peer has to close its side after we closed ours; then the connection is aborted."""

_PREFACE = b"PRI"
"""No HTTP/1.1 method begins so (RFC 9113, 3.4)."""


class Service(Value, frozen=True):
    """What all connections of a listener share."""

    app: Application
    observer: ConnectionObserver
    config: Any
    context: Any
    state: dict[str, Any]
    """What the application's lifespan put there, copied into every request's scope."""
    listener: str


class ServedConnection:
    """Implements `Connection` towards the observer and `Carrier` towards the protocol."""

    def __init__(
        self, number: ConnectionId, service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.id = number
        self.listener = service.listener
        self.peer = _address(writer.get_extra_info("peername"))
        self.tasks = Tasks()
        self._service = service
        self._reader = reader
        self._writer = writer
        # Kept, since a closed TLS transport does not know it any more.
        self._socket = writer.get_extra_info("socket")
        self._protocol: Http2Protocol | Http1Protocol | None = None
        self._end_reason: str | None = None
        self._hold = 0.0
        self._deaf = False
        self._dumb = False
        self._linger: asyncio.TimerHandle | None = None

    # -- its life ----------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Returns when the socket is closed and the last callable has ended."""
        try:
            await self._read_to_the_end()
            await self.tasks.ended()
        except asyncio.CancelledError:
            self.tasks.cancel()
            await self.tasks.ended()
            raise

    async def _read_to_the_end(self) -> None:
        reason = "stopped"
        try:
            await self._read_all()
            reason = "closed by the peer"
        except OSError:
            reason = "reset by the peer"
        except Exception:
            reason = "internal error"
            logger.exception("connection %d (%s) failed", self.id, self.peer)
        finally:
            self.end(reason)
            await self._close_socket()

    async def _read_all(self) -> None:
        if self._alpn() == "h2":
            data, speaks_http2 = b"", True
        else:
            data = await self._first_bytes()
            speaks_http2 = data.startswith(_PREFACE)
            if not data:
                return
        protocol = self._open(speaks_http2)
        if self._hold:
            await asyncio.sleep(self._hold)
        await protocol.initiate()
        while True:
            if data and not self._deaf and not self.ended:
                await protocol.handle(RawData(data))
            data = await self._reader.read(READ_SIZE)
            if not data:
                return

    async def _first_bytes(self) -> bytes:
        data = b""
        while len(data) < len(_PREFACE) and _PREFACE.startswith(data):
            more = await self._reader.read(READ_SIZE)
            if not more:
                break
            data += more
        return data

    def _open(self, speaks_http2: bool) -> Http2Protocol | Http1Protocol:
        service = self._service
        make = Http2Protocol if speaks_http2 else Http1Protocol
        self._protocol = make(
            self,
            service.app,
            service.config,
            service.context,
            self.tasks,
            connection_state=service.state,
            ssl=self._writer.get_extra_info("ssl_object") is not None,
            client=_host_and_port(self._writer.get_extra_info("peername")),
            server=_host_and_port(self._writer.get_extra_info("sockname")),
        )
        self._tell(service.observer.opened, self)
        return self._protocol

    def end(self, reason: str) -> None:
        if not self._stop_serving(reason):
            return
        try:
            if self._writer.can_write_eof():
                # Not closed yet: bytes that the peer still sends would be answered with RST, and what we sent be lost.
                self._writer.write_eof()
            else:
                self._close_once()
        except (OSError, RuntimeError):
            self._writer.transport.abort()
        self._linger = asyncio.get_running_loop().call_later(LINGER, self._writer.transport.abort)

    def _stop_serving(self, reason: str) -> bool:
        """Say once that the connection is lost. False if it was said before."""
        if self._end_reason is not None:
            return False
        self._end_reason = reason
        if self._protocol is not None:
            self.tasks.spawn(self._take_leave, self._protocol)
        return True

    async def _take_leave(self, protocol: Http2Protocol | Http1Protocol) -> None:
        self._tell(self._service.observer.lost, self, self._end_reason)
        await protocol.handle(Closed())

    async def _close_socket(self) -> None:
        self._close_once()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass  # the peer went first, or did not answer close_notify
        finally:
            self._writer.transport.abort()
            if self._linger is not None:
                self._linger.cancel()

    def _close_once(self) -> None:
        # asyncio's TLS transport, closed twice, can neither be aborted nor be asked anything any more.
        if not self._writer.is_closing():
            self._writer.close()

    def _alpn(self) -> str | None:
        tls = self._writer.get_extra_info("ssl_object")
        return tls.selected_alpn_protocol() if tls is not None else None

    def _tell(self, event: Callable[..., None], *args: Any) -> None:
        try:
            event(*args)
        except Exception:
            logger.exception("the observer failed at %s of connection %d", event.__name__, self.id)

    # -- for the protocol --------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        return self._end_reason is not None

    def handle(self, stream_id: int) -> Handle:
        return Handle(self, stream_id)

    def write(self, data: bytes) -> bool:
        if self._dumb or self._writer.transport.is_closing():
            return False
        if data:
            self._writer.write(data)
        return True

    def buffered(self) -> int:
        transport = self._writer.transport
        return 0 if transport.is_closing() else transport.get_write_buffer_size()

    async def drained(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            pass  # the reading side learns of it

    async def send(self, event: TransportEvent) -> None:
        if isinstance(event, RawData):
            self.write(event.data)
            await self.drained()
        elif isinstance(event, Closed):
            self.end("closed")
        else:
            assert isinstance(event, Updated)  # for keep-alive time-outs, which we have none of

    def pause_reading(self, on: bool) -> None:
        transport = cast(asyncio.Transport, self._writer.transport)
        try:
            if on:
                transport.pause_reading()
            else:
                transport.resume_reading()
        except RuntimeError:
            pass  # it stands as it should

    def request_started(
        self, stream_id: int, method: str, path: str, query: str, scheme: str, authority: str, headers: Headers
    ) -> None:
        observer = self._service.observer
        self._tell(observer.request_started, self, stream_id, method, path, query, scheme, authority, headers)

    def protocol_broken(self, said: str) -> None:
        self._tell(self._service.observer.protocol_broken, self, said)

    def ping_received(self) -> None:
        self._tell(self._service.observer.ping_received, self)

    def ping_answered(self) -> None:
        self._tell(self._service.observer.ping_answered, self)

    # -- for the observer --------------------------------------------------------------------------------

    @property
    def http_version(self) -> Literal["2", "1.1"]:
        return "2" if isinstance(self._protocol, Http2Protocol) else "1.1"

    def reset_stream(self, stream_id: int, code: int = 0) -> None:
        if self._protocol is not None:
            self._protocol.reset_stream(stream_id, code)

    def hold(self, seconds: float) -> None:
        self._hold += seconds

    def goaway(self, code: int = 0, last_stream_id: int | None = None, debug: bytes = b"") -> None:
        if self._protocol is not None and not self.ended:
            self._protocol.goaway(code, last_stream_id, debug)

    def close(self) -> None:
        self.goaway()
        self.end("closed")

    def stop(self) -> None:
        """`close`, because the listener stops."""
        self.goaway()
        self.end("stopped")

    def abort(self) -> None:
        self._stop_serving("aborted")
        self._close_by_reset()
        self._writer.transport.abort()

    def cut(self) -> None:
        """Close at once; what has not been sent is lost."""
        self._writer.transport.abort()

    def _close_by_reset(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass  # closed already

    def starve(self, stream_id: int, on: bool = True) -> None:
        if self._protocol is not None and not self.ended:
            self._protocol.starve(stream_id, on)

    def mute_ping(self, on: bool = True) -> None:
        if self._protocol is not None:
            self._protocol.mute_ping(on)

    def send_ping(self) -> None:
        if self._protocol is not None:
            self._protocol.send_ping()

    def half_close(self) -> None:
        self.send_raw(b"")
        self._dumb = True
        try:
            # The transport is not told: it would close_notify, and close its reading side as well.
            with socket.socket(fileno=os.dup(self._socket.fileno())) as twin:
                twin.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed already

    def blackhole(self) -> None:
        self._deaf = self._dumb = True

    def send_raw(self, data: bytes) -> None:
        if self._protocol is not None and not self.ended:
            self._protocol.send_raw(data)

    def send_body(self, stream_id: int, data: bytes) -> bool:
        return self._protocol is not None and not self.ended and self._protocol.send_body(stream_id, data)

    def pending(self, stream_id: int) -> int:
        return self._protocol.pending(stream_id) if self._protocol is not None else 0

    def when_written(self, stream_id: int, callback: Callable[[], None]) -> None:
        if self._protocol is not None and not self.ended:
            self._protocol.when_written(stream_id, callback)


def _host_and_port(address: Any) -> tuple[str, int] | None:
    return address[:2] if isinstance(address, tuple) else None


def _address(address: Any) -> str:
    if not isinstance(address, tuple):
        return ""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
