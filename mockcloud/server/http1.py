"""HTTP/1.1 on Hypercorn's `H11Protocol`, for players and browsers, with the methods of `Connection`.

Private parts of Hypercorn 0.18 that this leans on: ``_create_stream``, ``_check_protocol``, ``connection_state``.
"""

import logging
from collections.abc import Callable
from itertools import count
from typing import Any, cast

import h11
from hypercorn.events import Event as TransportEvent
from hypercorn.events import RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.typing import TaskGroup

from mockcloud.server.http2 import Carrier
from mockcloud.server.tasks import Tasks

logger = logging.getLogger("mockcloud.server")


class Http1Protocol(H11Protocol):
    """The HTTP/1.1 side of one connection. Requests are numbered 1, 2, 3 as its streams."""

    def __init__(self, carrier: Carrier, app: Any, config: Any, context: Any, tasks: Tasks, **connection: Any) -> None:
        super().__init__(app, config, context, cast(TaskGroup, tasks), **connection, send=carrier.send)
        self._carrier = carrier
        self._base_state = self.connection_state
        self._numbers = count(1)
        self._current = 0

    async def handle(self, event: TransportEvent) -> None:
        try:
            await super().handle(event)
        except Exception:
            logger.exception("HTTP/1.1 connection of %s failed", self.client)
            self._carrier.end("internal error")
        if not isinstance(event, RawData):
            await self.can_read.set()

    async def _create_stream(self, request: h11.Request) -> None:
        size = sum(len(name) + len(value) + 32 for name, value in request.headers)
        if size > self.config.h11_max_incomplete_size:
            logger.warning("%s: 431: a header block of %d bytes", self.client, size)
            await self._send_error_response(431)
            self._carrier.end("header block above the limit")
            return
        self._current = next(self._numbers)
        path, _, query = request.target.decode("latin-1").partition("?")
        fields = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers)
        method = request.method.decode("ascii").upper()
        scheme = "https" if self.ssl else "http"
        self._carrier.request_started(self._current, method, path, query, scheme, dict(fields).get("host", ""), fields)
        if self._carrier.ended:
            return
        state = {**self._base_state, "h2": self._carrier.handle(self._current)}
        self.connection_state = state  # type: ignore[assignment]
        await super()._create_stream(request)

    async def _check_protocol(self, event: h11.Request) -> None:  # noqa: ARG002
        # Hypercorn would take "Upgrade: h2c" here, with its stock HTTP/2. An upgrade may be ignored (RFC 9110, 7.8),
        # and HTTP/2 by prior knowledge was told apart before.
        return

    def reset_stream(self, stream_id: int, code: int) -> None:  # noqa: ARG002
        if stream_id == self._current:
            self._carrier.abort()

    def goaway(self, code: int, last_stream_id: int | None = None, debug: bytes = b"") -> None:
        pass

    def send_raw(self, data: bytes) -> None:
        self._carrier.write(data)

    def starve(self, stream_id: int, on: bool) -> None:
        if stream_id == self._current:
            self._carrier.pause_reading(on)

    def mute_ping(self, on: bool) -> None:
        pass

    def send_ping(self) -> None:
        pass

    def send_body(self, stream_id: int, data: bytes) -> bool:  # noqa: ARG002
        return False

    def pending(self, stream_id: int) -> int:
        return self._carrier.buffered() if stream_id == self._current else 0

    def when_written(self, stream_id: int, callback: Callable[[], None]) -> None:  # noqa: ARG002
        async def after_drain() -> None:
            await self._carrier.drained()
            if not self._carrier.ended:
                callback()

        self.task_group.spawn(after_drain)
