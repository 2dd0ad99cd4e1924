"""A listener with a small ASGI application, a recording observer, and the loop that runs both with the client."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop

from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.connection import Connection, Handle
from mockcloud.server.listener import Listener
from mockcloud.vocabulary.inputs import Headers
from tests.patience import PATIENCE
from tests.server.h2client import H2Client, client_tls

Run = Callable[[Coroutine[Any, Any, None]], None]


@dataclass
class Recorder:
    """An observer that writes down what it is told; ``on_request`` is run inside of `request_started`."""

    told: list[tuple[Any, ...]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    on_request: Callable[[Connection, int], None] = lambda conn, stream_id: None

    def opened(self, conn: Connection) -> None:
        self.connections.append(conn)
        self.told.append(("opened", conn.id, conn.http_version))

    def lost(self, conn: Connection, reason: str) -> None:
        self.told.append(("lost", conn.id, reason))

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
        self.told.append(("request", stream_id, method, path, query, scheme, authority, headers))
        self.on_request(conn, stream_id)

    def protocol_broken(self, conn: Connection, said: str) -> None:
        self.told.append(("broken", conn.id, said))

    def ping_received(self, conn: Connection) -> None:
        self.told.append(("ping", conn.id))

    def ping_answered(self, conn: Connection) -> None:
        self.told.append(("pong", conn.id))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [entry for entry in self.told if entry[0] == kind]


@dataclass
class Application:
    """Paths that behave as a test needs them. ``done`` holds what callables have seen to their end."""

    done: list[str] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    """Body bytes by stream."""
    sent: int = 0
    scopes: list[dict[str, Any]] = field(default_factory=list)
    part: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        self.scopes.append(scope)
        answer = getattr(self, "_" + scope["path"].strip("/").replace("-", "_"))
        await answer(scope["state"]["h2"], receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        for phase in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{phase}"
            self.done.append(phase)
            await send({"type": f"lifespan.{phase}.complete"})

    async def _start(self, send: Any, status: int = 200) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"X-Case", b"kept")]})

    async def _body(self, handle: Handle, receive: Any) -> None:
        while (message := await receive())["type"] == "http.request":
            self.received[handle.stream_id] = self.received.get(handle.stream_id, 0) + len(message["body"])
            if not message["more_body"]:
                return
        self.done.append("aborted")

    async def _echo_size(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._body(handle, receive)
        await self._start(send)
        await send({"type": "http.response.body", "body": str(self.received.get(handle.stream_id, 0)).encode()})

    async def _no_content(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._start(send, 204)
        await send({"type": "http.response.body"})

    async def _early(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._start(send, 400)
        await send({"type": "http.response.body", "body": b"early"})

    async def _downchannel(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._start(send)
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.done.append("downchannel")

    async def _large(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._flood(handle, receive, send, parts=20)
        self.done.append("large")

    async def _flood(self, handle: Handle, receive: Any, send: Any, parts: int = 5000) -> None:
        await self._start(send)
        for _ in range(parts):
            await send({"type": "http.response.body", "body": bytes(10_000), "more_body": True})
            self.sent += 10_000
        await send({"type": "http.response.body"})

    async def _fails(self, handle: Handle, receive: Any, send: Any) -> None:
        raise RuntimeError("on purpose")

    async def _fails_midway(self, handle: Handle, receive: Any, send: Any) -> None:
        await self._start(send)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("on purpose")

    async def _deaf(self, handle: Handle, receive: Any, send: Any) -> None:
        try:
            await self.part.wait()
        except asyncio.CancelledError:
            self.done.append("cancelled")
            raise
        await self._start(send)
        await send({"type": "http.response.body"})


@dataclass
class Server:
    listener: Listener
    observer: Recorder
    app: Application
    authority: CertificateAuthority | None

    async def client(self, **options: Any) -> H2Client:
        tls = client_tls(self.authority.ca_file) if self.authority is not None else None
        client = await H2Client.connect(self.listener.port, tls, **options)
        await client.ping()
        return client

    async def until(self, met: Callable[[], bool]) -> None:
        """Give the loop its passes until that is so."""
        async with asyncio.timeout(PATIENCE):
            while not met():  # noqa: ASYNC110 (it is anybody's state)
                await asyncio.sleep(0)

    async def settled(self, value: Callable[[], int]) -> int:
        """What this number is when it has stopped to change for 300 passes of the loop."""
        last = value()
        for _ in range(100):
            for _ in range(300):
                await asyncio.sleep(0)
            before, last = last, value()
            if before == last:
                return last
        raise AssertionError(f"still changing: {last}")

    async def unread(self) -> H2Client:
        """A client with all the flow-control window there is, and small buffers in the operating system."""
        client = await self.client(window=2**31 - 1)
        client.h2.increment_flow_control_window(2**31 - 1 - 65_535)
        client.flush()
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ours = self.observer.connections[-1]._socket  # type: ignore[attr-defined]
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return client


@asynccontextmanager
async def serving(authority: CertificateAuthority | None, **options: Any) -> AsyncIterator[Server]:
    app, observer = Application(), Recorder()
    context = authority.server_context(["localhost", "127.0.0.1"]) if authority is not None else None
    listener = Listener(app, observer, host="127.0.0.1", port=0, ssl_context=context, **options)
    await listener.start()
    try:
        yield Server(listener, observer, app, authority)
    finally:
        await listener.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"the listener left tasks: {left}"


@pytest.fixture(scope="session")
def authority() -> CertificateAuthority:
    return CertificateAuthority.fresh()


@pytest.fixture
def run() -> Iterator[Run]:
    """Run a test's coroutine on asyncio's own loop; resources it leaves behind are errors here, not later."""
    yield asyncio.run
    gc.collect()


@pytest.fixture(params=["asyncio", "uvloop"])
def run_on_each_loop(request: pytest.FixtureRequest) -> Iterator[Run]:
    def on_loop(test: Coroutine[Any, Any, None]) -> None:
        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(test)

    yield on_loop
    gc.collect()
