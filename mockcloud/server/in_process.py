"""Applications in this process that answer in the place of the network. Imports httpx: wanted by few."""

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
        return httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return _Wsgi(app)


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
            return httpx.Response(500, stream=_Whole(b""))
        return httpx.Response(response.status_code, headers=response.headers, stream=_Whole(body))


class _Whole(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
