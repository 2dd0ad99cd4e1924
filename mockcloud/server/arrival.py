"""A connection that was accepted and is not open yet: what can happen to it before its first byte is served.

Only a listener with an `ArrivalObserver` has arrivals. It tells of each at once, and, if it was asked to, when the
ClientHello has come. What the observer does to the arrival meanwhile is carried out before the listener goes on.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Literal, Protocol

from mockcloud.vocabulary.commands import Certificate
from mockcloud.vocabulary.ids import ConnectionId

ContextFor = Callable[[Certificate], ssl.SSLContext]
"""Makes the TLS context with a certificate that differs so from the listener's own."""

READ_SIZE = 64 * 1024
_FATAL = 2


class ArrivalObserver(Protocol):
    """Who wants to know of connections before they are open. Each call is made on the listener's event loop."""

    def accepted(self, arrival: "Arrival") -> None:
        """TCP is there. `ConnectionObserver.opened` or `never_opened` follows."""

    def handshake_begun(self, arrival: "Arrival") -> None:
        """Its ClientHello has come and was not answered; only if `Arrival.announce_handshake` was called."""

    def never_opened(self, arrival: "Arrival", reason: str) -> None:
        """It is over. ``reason`` is empty if the peer just went, or the listener stopped."""


class Arrival:
    """A socket that was accepted. Its methods say what is to become of it; `passes` has it done."""

    def __init__(self, number: ConnectionId, listener: str, sock: socket.socket) -> None:
        self.id = number
        self.listener = listener
        self.peer = _peer(sock)
        self.certificate = Certificate()
        """What `present` asked for."""
        self.announces_handshake = False
        self._socket = sock
        self._hold = 0.0
        self._end: Literal["", "abort", "half_close", "black_hole", "handshake"] = ""
        self._alert: int | None = None

    # What the observer can do

    def announce_handshake(self) -> None:
        """Have `ArrivalObserver.handshake_begun` called."""
        self.announces_handshake = True

    def hold(self, seconds: float) -> None:
        """Wait so long before going on."""
        self._hold += seconds

    def abort(self) -> None:
        """TCP RST."""
        self._end = self._end or "abort"

    def half_close(self) -> None:
        """FIN without a word; what the peer sends is read and thrown away."""
        self._end = self._end or "half_close"

    def blackhole(self) -> None:
        """Never a word; the TCP connection stays up until the peer leaves."""
        self._end = self._end or "black_hole"

    def present(self, certificate: Certificate) -> None:
        """Go on with another certificate."""
        self.certificate = certificate

    def end_handshake(self, alert: int | None) -> None:
        """Answer the ClientHello with a fatal alert, or with half of what it should be answered with; then FIN."""
        self._end, self._alert = self._end or "handshake", alert

    # What the listener does

    async def hello(self) -> bool:
        """Wait for the peer's first byte, and leave it unread. False if none comes any more."""
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._socket, _resolve, readable)
        try:
            await readable
        finally:
            loop.remove_reader(self._socket)
        return bool(self._socket.recv(1, socket.MSG_PEEK))

    async def passes(self, tls: ssl.SSLContext | None) -> bool:
        """Do what was asked for. False if that was the end of it; the socket is then to be closed."""
        hold, self._hold = self._hold, 0.0
        if hold:
            await asyncio.sleep(hold)
        match self._end:
            case "":
                return True
            case "abort":
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case "handshake":
                await self._answer_hello(tls)
        if self._end != "black_hole":
            self._socket.shutdown(socket.SHUT_WR)
        await self._read_to_the_end()
        return False

    async def _answer_hello(self, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        if self._alert is not None:
            # type alert, version TLS 1.2 as in every record of TLS 1.3, length 2 (RFC 8446, 5.1)
            await loop.sock_sendall(self._socket, bytes((21, 3, 3, 0, 2, _FATAL, self._alert)))
        elif tls is not None:
            flight = await self._first_flight(tls)
            await loop.sock_sendall(self._socket, flight[: len(flight) // 2])

    async def _first_flight(self, tls: ssl.SSLContext) -> bytes:
        """What a server answers to the ClientHello; empty if the peer goes, or has sent none."""
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        handshake = tls.wrap_bio(came, goes, server_side=True)
        while not goes.pending:
            data = await asyncio.get_running_loop().sock_recv(self._socket, READ_SIZE)
            if not data:
                return b""
            came.write(data)
            with contextlib.suppress(ssl.SSLWantReadError):
                handshake.do_handshake()
        return goes.read()

    async def _read_to_the_end(self) -> None:
        while await asyncio.get_running_loop().sock_recv(self._socket, READ_SIZE):
            pass


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _peer(sock: socket.socket) -> str:
    try:
        host, port = sock.getpeername()[:2]
    except (OSError, ValueError):  # it went at once
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
