"""A listening socket and the connections that come in on it.

Instead of Hypercorn's own `serve`, which cannot be stopped while a downchannel is open (Python 3.12.1 and later)
and does not know its port before it runs.
"""

import asyncio
import errno
import logging
import socket
import ssl
from itertools import count
from typing import Any

from hypercorn.config import Config

from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.server.arrival import Arrival, ArrivalObserver, ContextFor
from mockcloud.server.connection import ConnectionObserver
from mockcloud.server.lifespan import Lifespan
from mockcloud.server.served import LINGER, READ_SIZE, ServedConnection, Service
from mockcloud.server.tasks import Application, Signal
from mockcloud.vocabulary.commands import Certificate
from mockcloud.vocabulary.ids import ConnectionId

logger = logging.getLogger("mockcloud.server")

BACKLOG = 1024
HANDSHAKE_TIMEOUT = 30.0
"""Seconds that a peer has for its TLS handshake."""
MAX_STREAMS = 256
"""Concurrent streams that a connection may have open."""

_numbers = count(1)

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listener:
    """Serves an ASGI application on one port, and tells an observer what happens on its connections.

    The socket listens as soon as the object exists: ``port`` is known, and who connects before `start` waits.

        listener = Listener(app, observer, host="127.0.0.1", port=0, ssl_context=authority.server_context(names))
        await listener.start()
        ...
        await listener.stop()
    """

    def __init__(
        self,
        app: Application,
        observer: ConnectionObserver,
        *,
        host: str,
        port: int,
        ssl_context: ssl.SSLContext | None,
        name: str = "device",
        header_limit: int = 64 * 1024,
        lifespan: bool = True,
        arrivals: ArrivalObserver | None = None,
        context_for: ContextFor | None = None,
    ) -> None:
        """``port`` 0 takes a free one; ``ssl_context`` None is clear text (h2c by prior knowledge, HTTP/1.1).

        ``name`` is what `Connection.listener` says; ``header_limit`` the bytes of a header block (each field counts
        its name, its value and 32) above which a request is answered with 431; ``lifespan`` False for a second
        listener of an application whose ASGI lifespan another one runs. ``arrivals`` is told of connections before
        they are open, ``context_for`` makes the TLS contexts with other certificates that it may ask for.

        Raises `CannotStart` if the port or the host is not to be had.
        """
        self.name = name
        self.host = host
        self._ssl_context = ssl_context
        self._arrivals = arrivals
        self._context_for = context_for
        self._socket = _listening_socket(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._lifespan = Lifespan(app) if lifespan else None
        self._service = Service(
            app=app,
            observer=observer,
            config=_config(header_limit),
            context=_Context(),
            state=self._lifespan.state if self._lifespan is not None else {},
            listener=name,
        )
        self._accepting: asyncio.Task[None] | None = None
        self._live: dict[asyncio.Task[None], ServedConnection | None] = {}
        self._tls_buffer: bytearray | None = None

    async def start(self) -> None:
        """Start the application and accept. Raises `CannotStart` if the application's start-up failed."""
        if self._lifespan is not None:
            await self._lifespan.start()
        self.accept()

    def accept(self) -> None:
        """Accept; the application is one that another listener has started."""
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    async def stop(self, grace: float = 0.1) -> None:
        """GOAWAY to all, http.disconnect to their callables, the end.

        ``grace`` is the seconds that peers and callables have; after it connections are aborted, and after as many
        again callables cancelled. May be called more than once, and without `start`.
        """
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
            self._accepting = None
        self._socket.close()
        for task, connection in self._live.items():
            if connection is not None:
                connection.stop()
            else:
                task.cancel()  # in its TLS handshake
        await self._wait_for_connections(grace)
        for connection in self._live.values():
            if connection is not None:
                connection.cut()
        await self._wait_for_connections(grace)
        for task in self._live:
            task.cancel()
        await self._wait_for_connections(None)
        if self._lifespan is not None:
            await self._lifespan.stop()

    async def _wait_for_connections(self, seconds: float | None) -> None:
        if self._live:
            await asyncio.wait(self._live, timeout=seconds)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(self._socket)
            except OSError as error:
                if error.errno != errno.ECONNABORTED:  # that peer went before it was accepted
                    logger.error("%s: no further connection for now: %s", self.name, error)
                await asyncio.sleep(0.1)
                continue
            task = loop.create_task(self._serve(sock))
            self._live[task] = None
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._live.pop(task, None)

    async def _serve(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        arrival = Arrival(ConnectionId(next(_numbers)), self.name, sock)
        opened = await self._arrived(arrival, sock)
        task = asyncio.current_task()
        if opened is None or task is None:
            return
        connection = ServedConnection(arrival.id, self._service, *opened)
        self._live[task] = connection
        try:
            await connection.serve()
        except asyncio.CancelledError:
            pass  # only `stop` cancels, and waits for this task to end

    async def _arrived(self, arrival: Arrival, sock: socket.socket) -> _Streams | None:
        """The connection's streams when it is open; ``None`` if it never will be, and is closed."""
        reason = ""
        opened = None
        try:
            if await self._admitted(arrival):
                opened = await self._open(sock, self._context(arrival))
        except ssl.SSLError as error:
            reason = f"TLS handshake failed: {error.reason or error}"
            logger.warning("%s: %s", self.name, reason)
        except OSError as error:  # among them that the listener's time for handshakes is over
            logger.debug("%s: a peer went before its connection was open: %s", self.name, error)
            if arrival.certificate != Certificate():
                reason = "the peer went during the TLS handshake"
        finally:
            if opened is None:
                sock.close()
                if self._arrivals is not None:
                    self._arrivals.never_opened(arrival, reason)
        return opened

    async def _admitted(self, arrival: Arrival) -> bool:
        """Whether the observer lets it come as far as the TLS handshake, and begin it."""
        if self._arrivals is None:
            return True
        self._arrivals.accepted(arrival)
        if not await arrival.passes(self._ssl_context):
            return False
        if self._ssl_context is None or not arrival.announces_handshake:
            return True
        async with asyncio.timeout(HANDSHAKE_TIMEOUT):
            if not await arrival.hello():
                return False
        self._arrivals.handshake_begun(arrival)
        return await arrival.passes(self._ssl_context)

    def _context(self, arrival: Arrival) -> ssl.SSLContext | None:
        if arrival.certificate == Certificate() or self._context_for is None:
            return self._ssl_context
        return self._context_for(arrival.certificate)

    async def _open(self, sock: socket.socket, context: ssl.SSLContext | None) -> _Streams:
        """The connection's streams, after the TLS handshake if there is to be one."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=READ_SIZE, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        tls: dict[str, Any] = {}
        if context is not None:
            tls = {"ssl": context, "ssl_handshake_timeout": HANDSHAKE_TIMEOUT, "ssl_shutdown_timeout": LINGER}
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, **tls)
        self._share_tls_buffer(transport)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def _share_tls_buffer(self, transport: Any) -> None:
        """One read buffer for all connections instead of 256 KiB for each: 332 -> 79 KB an idle downchannel.

        asyncio's selector loop fills and empties it within one callback. Where the attributes are missing (uvloop,
        which has no such buffer, or another version) everything stays as it is.
        """
        tls = getattr(transport, "_ssl_protocol", None)
        if not all(hasattr(tls, name) for name in ("_ssl_buffer", "_ssl_buffer_view", "max_size")):
            return
        if self._tls_buffer is None:
            self._tls_buffer = bytearray(READ_SIZE)
        assert tls is not None
        tls.max_size = READ_SIZE
        tls._ssl_buffer, tls._ssl_buffer_view = self._tls_buffer, memoryview(self._tls_buffer)


class _Context:
    """Hypercorn's `WorkerContext`: we stop by other means and count no requests."""

    event_class = Signal

    def __init__(self) -> None:
        self.terminate = Signal()
        self.terminated = Signal()

    async def mark_request(self) -> None:
        pass


class _Log:
    """Hypercorn's `Logger`. The stock one sets up ``hypercorn.error`` for the whole process."""

    def __init__(self, config: Config) -> None:
        pass

    async def access(self, request: Any, response: Any, request_time: float) -> None:
        pass

    async def warning(self, message: str, *args: Any) -> None:
        logger.warning(message, *args)

    async def exception(self, message: str, *args: Any) -> None:
        logger.exception(message, *args)


def _config(header_limit: int) -> Config:
    config = Config()
    config.logger_class = _Log  # type: ignore[assignment]
    config.h2_max_concurrent_streams = MAX_STREAMS
    config.h2_max_header_list_size = config.h11_max_incomplete_size = header_limit
    config.keep_alive_max_requests = 10**9
    config.max_app_queue_size = 0  # a callable that does not receive must not stop its connection
    config.include_server_header = False
    return config


def _listening_socket(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise MockcloudError(f"port {port} does not exist: choose one from 1 to 65535, or 0 for a free one")
    try:
        family, *_, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
    except socket.gaierror as error:
        raise CannotStart(f"host {host!r} is not known here: {error.strerror}") from error
    try:
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotStart(_why_not(error, host, port)) from error
    listening.setblocking(False)
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} of {host} is taken: stop the program that has it, or choose another (0: a free one)"
        case errno.EACCES | errno.EPERM:
            return f"port {port} of {host} is not allowed: choose one above 1023 (0: a free one)"
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine (port {port}): choose 127.0.0.1, ::1 or 0.0.0.0"
    return f"cannot listen on port {port} of {host}: {error.strerror}"
