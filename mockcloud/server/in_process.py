"""Applications in this process that answer instead of the network. Imports httpx: wanted by few."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx


def transport_to(app: Callable[..., Any]) -> httpx.AsyncBaseTransport:
    """A transport whose every request goes to this ASGI or WSGI application.

    What an application raises is a status 500, as it would be behind a server.
    """
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return _Asgi(app)
    return _Wsgi(app)


class _Asgi(httpx.AsyncBaseTransport):
    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._transport.handle_async_request(request)
        except AssertionError:  # httpx's own: nothing, or half an answer, has come
            return _failed()


class _Wsgi(httpx.AsyncBaseTransport):
    """A WSGI application blocks: it runs in a thread."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await asyncio.to_thread(self._answered, request)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._transport.handle_request(request)
            assert isinstance(response.stream, httpx.SyncByteStream)
            body = b"".join(response.stream)
        except Exception:
            return _failed()
        return httpx.Response(response.status_code, headers=response.headers, stream=_Whole(body))


def _failed() -> httpx.Response:
    return httpx.Response(500, stream=_Whole(b"the application has ended without an answer"))


class _Whole(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
