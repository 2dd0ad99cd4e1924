"""The application's start-up and shutdown (ASGI lifespan)."""

import asyncio
import logging
from typing import Any

from mockcloud.errors import CannotStart
from mockcloud.server.tasks import Application, Message

logger = logging.getLogger("mockcloud.server")


class Lifespan:
    """Runs an application's lifespan; one that has none is served without."""

    def __init__(self, app: Application) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._task: asyncio.Task[None] | None = None
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._started = asyncio.Event()
        self._failure = ""

    async def start(self) -> None:
        """Raises `CannotStart` with the application's words if it says that it failed."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._messages.put_nowait({"type": "lifespan.startup"})
        await self._started.wait()
        if self._failure:
            raise CannotStart(f"the application did not start: {self._failure}")

    async def stop(self) -> None:
        if self._task is not None:
            self._messages.put_nowait({"type": "lifespan.shutdown"})
            task, self._task = self._task, None
            await task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._messages.get, self._receive)
        except Exception as error:
            # Before start-up is complete this says, by the ASGI specification, that the application has no lifespan.
            if self._started.is_set():
                logger.exception("the application failed while it shut down")
            else:
                logger.debug("the application has no lifespan: %s", error)
        finally:
            self._started.set()

    async def _receive(self, message: Message) -> None:
        match message["type"]:
            case "lifespan.startup.failed":
                self._failure = message.get("message", "") or "it gave no reason"
                self._started.set()
            case "lifespan.startup.complete":
                self._started.set()
            case "lifespan.shutdown.failed":
                logger.error("the application did not shut down: %s", message.get("message", ""))
