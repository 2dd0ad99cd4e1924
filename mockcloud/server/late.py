"""An ASGI application that is imported and made when its first request comes.

Quart with all it rests on is a third of what a start would import, and a device that has its token needs none of it.
"""

import asyncio
from collections.abc import Callable
from threading import Lock

from mockcloud.server.tasks import Application, Message, Receive, Send

_MAKING = Lock()
"""One application at a time, of whatever cloud: Werkzeug compiles routes by way of `ast`, which before Python 3.11.8
raises `SystemError` now and then when two threads use it."""


class Late:
    """Stands for the application that ``make`` imports and makes: once, in a thread, so that no other request waits
    for it. It is served without a lifespan.
    """

    def __init__(self, make: Callable[[], Application]) -> None:
        self._make = make
        self._app: Application | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError("no lifespan: by the ASGI specification it is served without")
        app = self._app
        if app is None:
            app = await asyncio.to_thread(self.load)
        await app(scope, receive, send)

    def load(self) -> Application:
        """The application, made now if it has not been yet; from any thread."""
        with _MAKING:
            self._app = self._app or self._make()
            return self._app
