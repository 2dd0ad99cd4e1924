"""One exchange of the machine on its HTTP/2 stream, between the commands of the machine and the messages of ASGI."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from mockcloud.server.connection import Connection
from mockcloud.vocabulary import Exchange, Input
from mockcloud.vocabulary.commands import EndBody, ResetStream, SendBody, StartResponse
from mockcloud.vocabulary.inputs import Blocked, BodyEnded, BodyReceived, RequestAborted, Written

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Response = StartResponse | SendBody | EndBody | ResetStream

BLOCKED_AFTER = 0.2
"""Seconds after which a part that has not left counts as blocked."""


class Stream:
    """The response of one exchange on its way out, and the loop that takes its request in.

    Commands wait here until the callable runs, and while a device does not read. The callable carries them out itself
    whenever it has taken something in; of what is commanded while it waits for the device, pieces of a body that has
    begun go out at once, the rest by a task. ``feed`` takes what comes of it all: an input of the machine.
    """

    __slots__ = (
        "_commands",
        "_conn",
        "_feed",
        "_has_begun",
        "_is_flushing",
        "_is_over",
        "_is_waiting",
        "_send",
        "_task",
        "_watched",
        "exchange",
        "started",
    )

    def __init__(self, exchange: Exchange, conn: Connection, feed: Callable[[Input], None]) -> None:
        self.exchange = exchange
        self.started = False
        """Its response is; at least it has been commanded."""
        self._feed = feed
        self._conn = conn
        self._commands: deque[Response] = deque()
        self._send: Send | None = None
        self._is_waiting = False
        """The callable waits for the device to send something."""
        self._is_flushing = False
        """The callable, or else ``_task``, is carrying commands out."""
        self._task: asyncio.Task[None] | None = None
        self._has_begun = False
        self._is_over = False
        self._watched: dict[int, asyncio.TimerHandle] = {}

    @property
    def is_new(self) -> bool:
        """Its callable has not run yet."""
        return self._send is None

    def put(self, command: Response) -> None:
        """Carry it out as soon as everything before it has been."""
        if isinstance(command, StartResponse):
            self.started = True
        elif isinstance(command, SendBody) and command.mark is not None:
            self._watch(command.mark)
        is_idle = self._is_waiting and not self._is_flushing
        if is_idle and not self._commands and self._sent_at_once(command):
            return
        self._commands.append(command)
        if is_idle:
            self._is_flushing = True
            self._task = asyncio.get_running_loop().create_task(self._flush_commands())

    async def pump(self, receive: Receive, send: Send) -> None:
        """Take the request in and send the response out, until both have ended or the device has given up."""
        self._send = send
        feed, exchange = self._feed, self.exchange
        try:
            await self._flush()
            while True:
                self._is_waiting = True
                message = await receive()
                self._is_waiting = False
                if message["type"] != "http.request":
                    feed(RequestAborted(exchange))
                    return
                if message["body"]:
                    feed(BodyReceived(exchange, message["body"]))
                ended = not message.get("more_body")
                if ended:
                    feed(BodyEnded(exchange))
                await self._flush()
                if ended and self._is_over:
                    return
        finally:
            if self._task is not None:
                self._task.cancel()
            for handle in self._watched.values():
                handle.cancel()

    def _sent_at_once(self, command: Response) -> bool:
        if not self._has_begun or not isinstance(command, SendBody):
            return False
        if not self._conn.send_body(self.exchange.stream, command.data):
            return False
        self._tell_when_written(command)
        return True

    async def _flush(self) -> None:
        if not self._is_flushing:
            self._is_flushing = True
            await self._flush_commands()

    async def _flush_commands(self) -> None:
        try:
            while self._commands:
                command = self._commands.popleft()
                if isinstance(command, ResetStream):
                    self._conn.reset_stream(self.exchange.stream, command.code)
                    self._is_over = True
                    self._commands.clear()
                elif isinstance(command, StartResponse):
                    await self._start(command)
                else:
                    await self._go_on(command)
        finally:
            self._is_flushing = False

    async def _start(self, it: StartResponse) -> None:
        assert self._send is not None
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in it.headers]
        await self._send({"type": "http.response.start", "status": it.status, "headers": headers})

    async def _go_on(self, it: SendBody | EndBody) -> None:
        """The next piece of the body, or its end; both in one if nobody wants to know when the piece was written."""
        assert self._send is not None
        is_last = isinstance(it, EndBody) or (it.mark is None and self._ends_here())
        self._is_over = self._is_over or is_last
        data = it.data if isinstance(it, SendBody) else b""
        await self._send({"type": "http.response.body", "body": data, "more_body": not is_last})
        self._has_begun = True
        if isinstance(it, SendBody):
            self._tell_when_written(it)

    def _ends_here(self) -> bool:
        """Whether the body ends with the command before; its end then needs no message of its own."""
        if not self._commands or not isinstance(self._commands[0], EndBody):
            return False
        self._commands.popleft()
        return True

    # When a piece is written

    def _watch(self, mark: int) -> None:
        """Report the mark as blocked if it is not written before long."""
        loop = asyncio.get_running_loop()
        self._watched[mark] = loop.call_later(BLOCKED_AFTER, self._blocked, mark)

    def _tell_when_written(self, piece: SendBody) -> None:
        if piece.mark is not None:
            self._conn.when_written(self.exchange.stream, partial(self._written, piece.mark))

    def _written(self, mark: int) -> None:
        if handle := self._watched.pop(mark, None):
            handle.cancel()
        self._feed(Written(self.exchange, mark))

    def _blocked(self, mark: int) -> None:
        self._feed(Blocked(self.exchange, mark))
