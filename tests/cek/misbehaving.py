"""A server that answers in every wrong way, by path."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ANSWER = (
    '{"version":"0.1.0","sessionAttributes":{},"response":{"outputSpeech":{"type":"SimpleSpeech","values":'
    '{"type":"PlainText","lang":"ko","value":"안녕"}},"card":{},"directives":[],"shouldEndSession":true}}'
).encode()
_JSON = b"Content-Type: application/json; charset=UTF-8\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
_ENDLESS = b"1000\r\n" + b" " * 4096 + b"\r\n"


def whole(body: bytes = ANSWER, status: str = "200 OK", headers: bytes = _JSON) -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status.encode(), headers, len(body), body)


ANSWERS = {
    "/ok": whole(),
    "/html": whole(b"<!doctype html><title>500</title>", "200 OK", b"Content-Type: text/html\r\n"),
    "/broken-json": whole(ANSWER[:-9]),
    "/latin-1": whole('{"version":"café"}'.encode("latin-1")),
    "/gzip": whole(gzip.compress(ANSWER, mtime=0), "200 OK", _JSON + b"Content-Encoding: gzip\r\n"),
    "/500": whole(b"Internal Server Error", "500 Oops", b"Content-Type: text/plain\r\n"),
    "/redirect": whole(b"", "302 Found", b"Location: elsewhere?a=b\r\n"),
    "/cookie": whole(ANSWER, "200 OK", _JSON + b"Set-Cookie: id=1\r\n"),
    "/50-mb": b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n" + bytes(1000),
    "/bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "/half": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + ANSWER[:30],
    "/late": b"",
    "/connection-close": whole(headers=_JSON + b"Connection: close\r\n"),
    "/interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + whole(),
    "/trailers": b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n"
    % (_JSON, len(ANSWER), ANSWER),
    "/no-http": b"220 mail.test ESMTP\r\n\r\n",
}
"""What is written; then the connection stays open."""


@dataclass
class Misbehaving:
    """What has been received. ``url`` ends without a slash."""

    url: str = ""
    connections: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Head and body."""
    broken: bytes = b""
    """What ``/broken`` is answered with, before the connection is closed."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_received(self, count: int) -> None:
        while len(self.requests) < count:
            self.news.clear()
            await self.news.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                self.requests.append((head, await reader.readexactly(int(length.partition(b":")[2]))))
                self.news.set()
                await self._answer(head.split()[1].decode(), writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        match path:
            case "/endless":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(_ENDLESS)
                    await writer.drain()
            case "/continue":
                while True:
                    writer.write(_CONTINUE)
                    await writer.drain()
            case "/http-1.0":
                writer.write(b"HTTP/1.0 200 OK\r\n%s\r\n%s" % (_JSON, ANSWER))
                raise ConnectionError
            case "/broken":
                writer.write(self.broken)
                raise ConnectionError
            case "/hang-up":
                raise ConnectionError
            case "/reset":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                await writer.drain()
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise ConnectionError
            case _:
                writer.write(ANSWERS[path.partition("?")[0]])
                await writer.drain()


@asynccontextmanager
async def misbehaving(
    tls: ssl.SSLContext | None = None, state: Misbehaving | None = None
) -> AsyncIterator[Misbehaving]:
    """On a free port of the loopback; every connection has ended when this returns."""
    state = state or Misbehaving()
    tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks[task] = writer
        await state.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    state.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for writer in tasks.values():
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
