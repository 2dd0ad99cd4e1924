"""A server and the threads around it: several started at once, one interrupted, one stopped while others wait."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mockcloud.errors import MockcloudError
from mockcloud.server.late import Late
from mockcloud.testing import server as module
from mockcloud.testing.server import Server


@pytest.fixture
def interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_applications_are_made_one_after_the_other() -> None:
    """Werkzeug compiles routes by way of `ast`, which threads must not use at once before Python 3.11.8."""
    both = threading.Barrier(2, timeout=0.05)

    def make() -> Any:
        with pytest.raises(threading.BrokenBarrierError):
            both.wait()

    with ThreadPoolExecutor(2) as threads:
        for made in [threads.submit(Late(make).load) for _ in range(2)]:
            made.result()


def test_a_start_that_is_interrupted_leaves_no_thread(interruptible: None, monkeypatch: pytest.MonkeyPatch) -> None:
    start = module._running

    @asynccontextmanager
    async def interrupting(settings: Mapping[str, Any] | None) -> AsyncIterator[Any]:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        async with start(settings) as cloud:
            yield cloud

    monkeypatch.setattr(module, "_running", interrupting)
    before = set(threading.enumerate())
    server = Server()
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert "mockcloud" not in {thread.name for thread in set(threading.enumerate()) - before}
    assert not server.is_running


def test_a_server_runs_once_at_a_time_and_may_be_started_again() -> None:
    server = Server()
    for _ in range(2):
        with server, pytest.raises(MockcloudError, match="runs already"):
            server.start()


def test_a_thread_that_waits_is_told_that_the_cloud_was_stopped() -> None:
    began = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        with Server() as server:
            waiting = threads.submit(server.call, never_ends(began))
            began.wait()
        with pytest.raises(MockcloudError, match="was stopped while"):
            waiting.result()


@pytest.mark.anyio
async def test_a_coroutine_that_waits_is_told_so_and_not_cancelled() -> None:
    began = threading.Event()
    with Server() as server:
        waiting = asyncio.create_task(server.await_(never_ends(began)))
        await asyncio.to_thread(began.wait)
        await asyncio.to_thread(server.stop)
        with pytest.raises(MockcloudError, match="was stopped while"):
            await waiting


@pytest.mark.anyio
async def test_a_coroutine_that_is_cancelled_is_cancelled() -> None:
    began = threading.Event()
    with Server() as server:
        waiting = asyncio.create_task(server.await_(never_ends(began)))
        await asyncio.to_thread(began.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def never_ends(began: threading.Event) -> None:
    began.set()
    await asyncio.Event().wait()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
