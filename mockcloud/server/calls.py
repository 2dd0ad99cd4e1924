"""Performs `PostToExtension`: HTTP/1.1 to servers of somebody else's, on the loop of whoever asks.

Connections are kept alive for a second: shorter than any server keeps them, so that none closes under a request.
Proxies of the environment are not used, since extensions stand on this machine or near it. httpx is imported with
the first call.
"""

import asyncio
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cek.signing import signature_headers
from mockcloud.clock import SECOND
from mockcloud.server.signing_keys import SigningKeys
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value

if TYPE_CHECKING:
    import httpx

KEPT_ALIVE = 1.0
"""Seconds that a connection is kept for the next request."""
KEPT_CONNECTIONS = 20
_EARLIER = 0.5
"""Seconds before the end of the patience at which connecting is given up."""


class Calls:
    """Posts, any number at a time. One event loop only; `close` it there.

    ``apps`` are programs in this process that stand in for the network: a base URL (``http://pizza.test/cek``), and
    the ASGI or WSGI application that answers below it. It may be changed at any time.
    """

    def __init__(self, keys: SigningKeys, apps: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self.keys = keys
        self.apps: dict[str, Callable[..., Any]] = dict(apps or {})
        self._pools: dict[_Trust, httpx.AsyncBaseTransport] = {}

    async def post(self, job: PostToExtension, patience: int = 0) -> HttpAnswer | Failure:
        """Perform it. After ``patience`` nanoseconds (0: never) it is a failure of class ``timeout``."""
        signed = await self._signed(job)
        seconds = patience / SECOND
        progress = _Progress()
        try:
            transport = self._transport(job)
            progress.sent = self._app(job.url) is not None  # there is no connecting to an application
            async with asyncio.timeout(seconds or None):
                return await _exchange(transport, job, signed, progress, seconds)
        except TimeoutError:
            return Failure("timeout", progress.said(seconds))
        except Exception as error:
            if (failure := _failure_of(error, job, progress)) is None:
                raise
            return failure

    async def close(self) -> None:
        """Close every connection that is kept."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    async def _signed(self, job: PostToExtension) -> Headers:
        if job.signing is None:
            return job.headers
        key = await self.keys.ready(other=job.signing.breakage == "other-key")
        return (*job.headers, *signature_headers(key, job.body, job.signing))

    def _transport(self, job: PostToExtension) -> "httpx.AsyncBaseTransport":
        """Raises `_Uncallable`, `_Untrusting`."""
        _check_url(job.url)
        app = self._app(job.url)
        if app is not None:
            from mockcloud.server.in_process import transport_to

            return transport_to(app)
        key = _Trust(job.url.lower().startswith("https:"), job.verify, job.trust)
        if key not in self._pools:
            self._pools[key] = _pool(key)
        return self._pools[key]

    def _app(self, url: str) -> Callable[..., Any] | None:
        below = [base for base in self.apps if url == base or url.startswith((base.rstrip("/") + "/", base + "?"))]
        return self.apps[max(below, key=len)] if below else None


class BlockingCalls:
    """`Calls` for a caller without an event loop of its own: they run in a thread, and the caller waits.

    The thread begins with the first call; `close` ends it.
    """

    def __init__(self, keys: SigningKeys | None = None) -> None:
        self.calls = Calls(keys or SigningKeys())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def post(self, job: PostToExtension, patience: int = 0) -> HttpAnswer | Failure:
        """As `Calls.post`; what is not its outcome is raised here."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="mockcloud-calls", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(self.calls.post(job, patience), self._loop).result()

    def close(self) -> None:
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self.calls.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None


class _Trust(Value, frozen=True):
    """Whose certificates do."""

    tls: bool
    verify: bool
    file: str


class _Progress:
    """How far an exchange has come, to be told when it comes no further."""

    def __init__(self) -> None:
        self.connected = False
        self.kept = False
        """Whether the request goes over a connection that was kept from an earlier one."""
        self.sent = False
        self.status = 0
        self.received = 0

    async def trace(self, name: str, _: dict[str, Any]) -> None:
        if name == "connection.connect_tcp.complete":
            self.connected = True
        elif name == "http11.send_request_headers.started":
            self.kept = not self.connected
        elif name == "http11.send_request_body.complete":
            self.sent = True

    def said(self, seconds: float) -> str:
        if self.status:
            where = f"the answer (status {self.status}) broke off after {self.received} bytes of its body"
            return f"{where} and was not whole within {seconds:g} s: see that the server ends it"
        if self.sent:
            return f"the server took the request but did not answer within {seconds:g} s: make it faster"
        return f"there was no connection within {seconds:g} s: see that scheme, host and port of the URL are right"


class _TooLarge(Exception):
    def __init__(self, limit: int, length: str = "") -> None:
        self.said = (
            f"the answer is {f'{length} bytes long' if length else 'longer'}, {limit} are read at most: "
            "shorten it, or raise the setting `limits.extension_answer`"
        )
        super().__init__(self.said)


async def _exchange(
    transport: "httpx.AsyncBaseTransport",
    job: PostToExtension,
    headers: Headers,
    progress: _Progress,
    seconds: float,
) -> HttpAnswer:
    import httpx

    # httpx closes the socket when it gives up connecting by itself; cancelled in a TLS handshake it leaves it open.
    connecting = max(seconds - _EARLIER, seconds / 2) or None
    told = {"trace": progress.trace, "timeout": {"connect": connecting}}
    written = [*headers, *_login(httpx.URL(job.url), headers)]
    request = httpx.Request("POST", job.url, headers=written, content=job.body, extensions=told)
    try:
        response = await transport.handle_async_request(request)
    except httpx.TimeoutException as error:
        raise TimeoutError from error
    try:
        progress.status = response.status_code
        answered = _headers(response.headers)
        body = await _body(response, job.size_limit, progress)
    finally:
        await response.aclose()
    return HttpAnswer(response.status_code, answered, body, _headers(request.headers), job.url)


def _login(url: "httpx.URL", headers: Headers) -> Headers:
    """Who the URL says that we are, as HTTP says it (RFC 7617), unless the headers say it already."""
    if not url.userinfo or any(name.lower() == "authorization" for name, _ in headers):
        return ()
    return (("Authorization", "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode()),)


async def _body(response: "httpx.Response", limit: int, progress: _Progress) -> bytes:
    """The body as it comes, not unpacked."""
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and (len(length) > 18 or int(length) > limit):
        raise _TooLarge(limit, length)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        progress.received = len(body)
        if len(body) > limit:
            raise _TooLarge(limit)
    return bytes(body)


def _headers(headers: "httpx.Headers") -> Headers:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers.raw)


def _pool(trust: _Trust) -> "httpx.AsyncBaseTransport":
    """Connections to servers whose certificates are judged in one way. Raises `_Untrusting`."""
    from mockcloud.server.outgoing import Transport

    # Reading the system's authorities takes 30 ms, which plain HTTP does without.
    return Transport(_context(trust) if trust.tls and trust.verify else False, KEPT_CONNECTIONS, KEPT_ALIVE)


def _context(trust: _Trust) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trust.file:
        try:
            context.load_verify_locations(cafile=trust.file)
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror or error
            raise _Untrusting(f"{trust.file} is not a readable file of certificates (PEM): {reason}") from error
    return context


class _Untrusting(Exception):
    """The file of certificates to be trusted is of no use."""


# -- what an exception means -----------------------------------------------------------------------------------


def _check_url(url: str) -> None:
    """Raises `_Uncallable` for a URL that no connection can be made to."""
    import httpx

    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _Uncallable(f"{url!r} is not a URL ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.host:
        raise _Uncallable(f"{url!r} has no scheme or no host")
    if parts.port is not None and not 0 < parts.port < 65536:
        raise _Uncallable(f"{url!r} has the port {parts.port}")


class _Uncallable(Exception):
    """There is no connecting to such a URL."""


def _failure_of(error: Exception, job: PostToExtension, progress: _Progress) -> Failure | None:
    """The failure that an exception of the network stands for; ``None`` for a fault of our own."""
    import httpx

    from mockcloud.server.outgoing import TooManyInterim

    if isinstance(error, _TooLarge):
        return Failure("too_large", error.said)
    if isinstance(error, TooManyInterim):
        return Failure("status", error.said)
    if isinstance(error, _Untrusting):
        return Failure("tls", str(error))
    if isinstance(error, _Uncallable):
        return Failure("connect", f"{error}: register http://HOST:PORT/PATH, or https://")
    place = urlsplit(job.url).netloc.rpartition("@")[2]
    causes = list(_causes(error))
    for cause in causes:
        if (failure := _failure_by(cause, place)) is not None:
            return failure
    if progress.kept and not progress.status and _is_hanging_up(error):
        said = (
            f"{place} hung up on a connection that it had kept: it fails at this request (see the server's log), or it "
            f"keeps connections for less than {KEPT_ALIVE:g} s (have it answer `Connection: close`)"
        )
        return Failure("connect", said)
    if isinstance(error, httpx.RemoteProtocolError):
        return Failure("connect", f"{place} hung up, or does not speak HTTP/1.1 ({error}): see the server's log")
    if isinstance(error, httpx.TransportError | OSError):
        said = str(error) or type(causes[-1]).__name__
        return Failure("connect", f"the connection to {place} broke ({said}): see the server's log")
    return None


def _is_hanging_up(error: Exception) -> bool:
    """Whether the connection broke, and not what came over it."""
    import httpx

    return isinstance(error, httpx.NetworkError) or "disconnected" in str(error)


def _failure_by(cause: BaseException, place: str) -> Failure | None:
    """What one exception of the chain tells by itself."""
    match cause:
        case ssl.SSLCertVerificationError():
            return Failure(
                "tls",
                f"the certificate of {place} is not trusted ({cause.verify_message}): name the file of its authority "
                "as the extension's `trust`, or switch its `verify` off",
            )
        case ssl.SSLError():
            said = f"no TLS with {place} ({cause.reason or cause}): if it speaks plain HTTP, register http://"
            return Failure("tls", said)
        case socket.gaierror():
            return Failure("connect", f"the name in {place} is not known ({cause.strerror}): correct the URL")
        case ConnectionRefusedError():
            return Failure("connect", f"nobody listens at {place}: start the extension's server, or correct its URL")
        case _:
            return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what led to it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
