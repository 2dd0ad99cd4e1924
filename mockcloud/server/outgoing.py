"""Connections to servers of somebody else's, which may send interim answers (1xx) without end. Imports httpx.

httpcore reads past interim answers in a loop of its own, thousands of them before anybody else's turn comes. So they
are counted as the bytes come, before they are read.
"""

import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

MOST_INTERIM = 20
"""Interim answers to one request that are put up with: 100 Continue and a few of 102 and 103 are usual."""

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n")
_HEAD_LIMIT = 100 * 1024
"""Bytes of an interim answer that are waited for; httpcore itself gives up then."""


class TooManyInterim(Exception):
    """A server answers that it will answer, again and again."""

    def __init__(self, status: bytes) -> None:
        self.said = (
            f"the server has sent more than {MOST_INTERIM} interim answers (status {status.decode('latin-1')}) "
            "and no answer: send one, with status 200"
        )
        super().__init__(self.said)


class Transport(httpx.AsyncHTTPTransport):
    """HTTP/1.1 over connections of its own. ``kept`` of them wait ``expiry`` seconds for another request."""

    def __init__(self, verify: ssl.SSLContext | bool, kept: int, expiry: float) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(verify=verify, trust_env=False),
            max_connections=None,
            max_keepalive_connections=kept,
            keepalive_expiry=expiry,
            network_backend=_Backend(),
        )


class _Backend(httpcore.AsyncNetworkBackend):
    """Sockets whose interim answers are counted."""

    def __init__(self) -> None:
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Counting(await self._sockets.connect_tcp(host, port, timeout, local_address, socket_options))


class _Counting(httpcore.AsyncNetworkStream):
    """A stream on which no request is answered by more interim answers than `MOST_INTERIM`."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._interim = 0
        self._begun: bytes | None = b""
        """What has come of the next head; ``None`` when it is that of the answer itself."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        if self._begun is not None:
            self._count(self._begun + data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._interim, self._begun = 0, b""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Counting(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _count(self, data: bytes) -> None:
        """Raises `TooManyInterim`."""
        while found := _INTERIM.match(data):
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise TooManyInterim(data[9:12])
            data = data[found.end() :]
        may_be_interim = data[9:10] in (b"", b"1") and len(data) < _HEAD_LIMIT
        self._begun = data if may_be_interim else None
