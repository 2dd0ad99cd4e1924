"""Tasks of one connection: what Hypercorn asks of a task group, without one failure ending the others.

Hypercorn's own group is an `asyncio.TaskGroup`: an exception in one callable cancels every stream of the connection.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

logger = logging.getLogger("mockcloud.server")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
"""An ASGI 3 callable."""


class Signal:
    """Hypercorn's `Event`, a tenth the size of `asyncio.Event` while nobody waits; `fire` needs no await."""

    __slots__ = ("_fired", "_waiting")

    def __init__(self) -> None:
        self._fired = False
        self._waiting: deque[asyncio.Future[None]] | None = None

    def is_set(self) -> bool:
        return self._fired

    def fire(self) -> None:
        self._fired = True
        waiting, self._waiting = self._waiting, None
        for future in waiting or ():
            if not future.done():
                future.set_result(None)

    async def set(self) -> None:
        self.fire()

    async def clear(self) -> None:
        self._fired = False

    async def wait(self) -> None:
        if self._fired:
            return
        future = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(future)
        await future


class Tasks:
    """The tasks of a connection: its callables, and the one that sends their bodies."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run ``work(*args)``. An exception is logged and concerns nobody else."""
        task = asyncio.get_running_loop().create_task(_logged(work, *args))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def spawn_app(
        self,
        app: Application,
        config: Any,
        scope: dict[str, Any],
        send: Callable[[Message | None], Awaitable[None]],
    ) -> Callable[[Message], Awaitable[None]]:
        """Run an ASGI callable; what is put into the returned function, it receives."""
        inbox: asyncio.Queue[Message] = asyncio.Queue(config.max_app_queue_size)
        self.spawn(_run, app, scope, inbox.get, send)
        return inbox.put

    async def ended(self) -> None:
        """Wait until the last task is over."""
        while self._running:
            await asyncio.wait(self._running)

    def cancel(self) -> None:
        for task in self._running:
            task.cancel()


async def _logged(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    try:
        await work(*args)
    except Exception:
        logger.exception("a task of the connection failed")


async def _run(
    app: Application, scope: dict[str, Any], receive: Receive, send: Callable[[Message | None], Awaitable[None]]
) -> None:
    try:
        await app(scope, receive, send)
    except Exception:
        logger.exception("the application failed at %s %s", scope.get("method"), scope.get("path"))
    # `None` is Hypercorn's sign that the callable is over: it answers 500 if nothing was answered.
    await send(None)
