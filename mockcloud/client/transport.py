"""The machine's commands on real sockets: HTTP/2 over TLS (or in clear text), one connection to CIC.

Inputs wait in a FIFO and run to completion, never recursively; one `call_at` stands for the machine's next
deadline. Each connection has one task that reads; writing is done where the machine says so, as far as the
peer's flow-control windows allow, and the rest when they open.
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import monotonic_ns
from typing import Any
from urllib.parse import urlsplit

import h11
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile
from mockcloud.client.vocabulary import (
    Command,
    Connect,
    Connected,
    ConnectFailed,
    Disconnect,
    Disconnected,
    Fetch,
    Input,
    Noted,
    PingAnswered,
    ResetRequest,
    ResponseData,
    ResponseEnded,
    ResponseReset,
    ResponseStarted,
    SendData,
    SendPing,
    SendRequest,
    WentAway,
    Woke,
)
from mockcloud.clock import SECOND
from mockcloud.errors import CannotStart
from mockcloud.vocabulary import ConnectionId, Headers, RequestId

CONNECT_PATIENCE = 10.0
FETCH_PATIENCE = 60.0
"""Seconds without a byte after which a `Fetch` is given up."""
CLOSE_PATIENCE = 0.2
"""Seconds that a peer has to close its side of a connection; then it is cut."""
READ_SIZE = 64 * 1024


def tls_context(ca_file: str | Path | None, alpn: list[str], *, system: bool = True) -> ssl.SSLContext:
    """Trust the authorities of ``ca_file``, and those of the system if ``system`` or if there is no file.

    Raises `CannotStart` if it is no such file.
    """
    try:
        written = Path(ca_file).stat().st_mtime_ns if ca_file is not None else 0
    except OSError:
        written = 0  # reading it says what is wrong
    return _tls_context(str(ca_file) if ca_file is not None else None, written, tuple(alpn), system)


@lru_cache(maxsize=8)
def _tls_context(ca_file: str | None, _written: int, alpn: tuple[str, ...], system: bool) -> ssl.SSLContext:
    """Reading the system's authorities takes 40 ms and more: devices of one process share the result."""
    if ca_file is None:
        context = ssl.create_default_context()
    else:
        try:
            context = ssl.create_default_context(cafile=ca_file)
            if system:
                context.load_default_certs()
        except (OSError, ssl.SSLError) as error:
            raise CannotStart(
                f"ca_file {ca_file!r} cannot be read as PEM certificates: {error}; "
                "give the ca_file that the server prints when it is ready"
            ) from error
    context.set_alpn_protocols(list(alpn))
    return context


def explain(origin: str, error: BaseException) -> str:
    """Why a connection could not be made, and what to check."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {origin} is not trusted ({error.verify_message}); "
            "give the server's CA as ca_file (MOCKCLOUD_CA_FILE), and use a host name that it is made for"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS with {origin} failed ({error.reason}); check that url is https only if the server uses TLS"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens at {origin}; check url (MOCKCLOUD_DEVICE_URL) and that the server runs"
    if isinstance(error, socket.gaierror):
        return f"the host name of {origin} is not known; check url (MOCKCLOUD_DEVICE_URL)"
    if isinstance(error, TimeoutError):
        return f"{origin} did not answer within {CONNECT_PATIENCE:g} s; check url (MOCKCLOUD_DEVICE_URL)"
    return f"no connection to {origin}: {error or type(error).__name__}"


@dataclass(slots=True)
class _Upload:
    """What of a request's body is still to be sent."""

    data: bytearray = field(default_factory=bytearray)
    end: bool = False


class Http2Connection:
    """One HTTP/2 connection as a client. Inputs go to ``feed``, requests are named by `RequestId`."""

    def __init__(
        self, origin: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, feed: Callable[[Input], None]
    ) -> None:
        self._parts = urlsplit(origin)
        self._reader = reader
        self._writer = writer
        self._feed = feed
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._streams: dict[RequestId, int] = {}
        self._requests: dict[int, RequestId] = {}
        self._uploads: dict[int, _Upload] = {}
        self._answered: set[int] = set()
        self._h2.initiate_connection()
        self._h2.update_settings({SettingCodes.ENABLE_PUSH: 0})
        self._h2.increment_flow_control_window(2**20)
        self.flush()

    async def read(self, patience: float | None = None) -> str:
        """Read until the connection ends; returns why. ``patience``: seconds without a byte."""
        try:
            while True:
                async with asyncio.timeout(patience):
                    data = await self._reader.read(READ_SIZE)
                if not data:
                    return "the peer closed the connection"
                for event in self._h2.receive_data(data):
                    self._happened(event)
                self.flush()
        except (ProtocolError, OSError, ssl.SSLError, TimeoutError) as error:
            return str(error) or type(error).__name__

    def request(self, request: RequestId, method: str, path: str, headers: Headers, body: bytes, *, end: bool) -> None:
        stream = self._h2.get_next_available_stream_id()
        self._streams[request], self._requests[stream] = stream, request
        pseudo = [
            (":method", method),
            (":scheme", self._parts.scheme),
            (":authority", self._parts.netloc),
            (":path", path),
        ]
        at_once = end and not body
        self._h2.send_headers(stream, [*pseudo, *headers], end_stream=at_once)
        if not at_once:
            self._uploads[stream] = _Upload()
            self.send(request, body, end=end)
        self.flush()

    def send(self, request: RequestId, data: bytes, *, end: bool) -> None:
        stream = self._streams.get(request)
        upload = self._uploads.get(stream) if stream is not None else None
        if stream is not None and upload is not None:
            upload.data += data
            upload.end = end
            self._push(stream)
            self.flush()

    def reset(self, request: RequestId, code: int) -> None:
        stream = self._streams.pop(request, None)
        if stream is not None:
            self._requests.pop(stream, None)
            self._uploads.pop(stream, None)
            try:
                self._h2.reset_stream(stream, code)
            except ProtocolError:
                pass  # the peer has closed it already
            self.flush()

    def ping(self) -> None:
        self._h2.ping(bytes(8))
        self.flush()

    def close(self) -> None:
        """Say GOAWAY, write out what is under way, and close."""
        self._feed = _nobody
        try:
            self._h2.close_connection()
        except ProtocolError:
            pass  # the peer went first
        self.flush()
        _close_once(self._writer)

    def flush(self) -> None:
        data = self._h2.data_to_send()
        if data and not self._writer.is_closing():
            self._writer.write(data)

    def _happened(self, event: Event) -> None:
        match event:
            case ResponseReceived(stream_id=stream, headers=headers) if stream in self._requests:
                fields = tuple((str(name), str(value)) for name, value in headers or ())
                status = next((int(value) for name, value in fields if name == ":status"), 0)
                plain = tuple((name, value) for name, value in fields if not name.startswith(":"))
                self._feed(ResponseStarted(self._requests[stream], status, plain))
            case DataReceived(stream_id=stream, data=data, flow_controlled_length=length):
                self._h2.acknowledge_received_data(length or 0, stream or 0)
                if data and stream in self._requests:
                    self._feed(ResponseData(self._requests[stream], data))
            case StreamEnded(stream_id=stream) if stream in self._requests:
                self._feed(ResponseEnded(self._requests[stream]))
                self._forget(stream)
            case StreamReset(stream_id=stream, error_code=code) if stream in self._requests:
                self._uploads.pop(stream, None)
                self._feed(ResponseReset(self._requests[stream], int(code or 0)))
                self._forget(stream)
            case WindowUpdated(stream_id=stream):
                for waiting in list(self._uploads) if not stream else [stream]:
                    self._push(waiting)
            case PingAckReceived():
                self._feed(PingAnswered())
            case ConnectionTerminated(error_code=code):
                self._feed(WentAway(int(code or 0)))

    def _forget(self, stream: int) -> None:
        """Both directions of a stream are over, if no upload outlives the response."""
        if stream in self._uploads:
            self._answered.add(stream)
        else:
            self._answered.discard(stream)
            request = self._requests.pop(stream, None)
            if request is not None:
                self._streams.pop(request, None)

    def _push(self, stream: int) -> None:
        """Send as much of an upload as the windows allow."""
        upload = self._uploads.get(stream)
        if upload is None:
            return
        try:
            while upload.data:
                room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
                if room <= 0:
                    return
                self._h2.send_data(stream, bytes(upload.data[:room]))
                del upload.data[:room]
            if upload.end:
                self._h2.end_stream(stream)
                self._uploaded(stream)
        except ProtocolError:
            self._uploaded(stream)  # the peer has closed the stream: nobody wants the rest

    def _uploaded(self, stream: int) -> None:
        self._uploads.pop(stream, None)
        if stream in self._answered:
            self._forget(stream)


class Transport:
    """Runs a `Device` over sockets until `close`. ``noted`` is called with everything worth seeing, ``crashed``
    with an error of the machine or of this transport, after which nothing works any more. ``clock`` (nanoseconds)
    must pass as fast as the time of the event loop."""

    def __init__(
        self,
        device: Device,
        profile: Profile,
        *,
        ca_file: str | Path | None,
        noted: Callable[[Noted], None],
        crashed: Callable[[BaseException], None],
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._device = device
        self._prior_knowledge = {profile.url, profile.auth_origin}
        self._noted = noted
        self._crashed = crashed
        self._clock = clock
        self._ca_file = ca_file
        self._cic_tls = tls_context(ca_file, ["h2"], system=False)
        self._auth_tls = tls_context(ca_file, ["h2", "http/1.1"], system=False)
        self._loop = asyncio.get_running_loop()
        self._inputs: deque[Input] = deque()
        self._is_running = False
        self._wake: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._cic: Http2Connection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._fetches: dict[RequestId, asyncio.Task[None]] = {}
        self._connections = 0

    def feed(self, what: Input) -> None:
        self._inputs.append(what)
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._inputs:
                for command in self._device.receive(self._inputs.popleft(), self._clock()):
                    self._perform(command)
        finally:
            self._is_running = False
        self._set_alarm()

    async def close(self) -> None:
        """Stop everything, whatever is under way."""
        if self._wake is not None:
            self._wake.cancel()
        if self._cic is not None:
            self._cic.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _set_alarm(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        due = self._device.next_deadline()
        if due is not None:
            wait = max(0, due - self._clock()) / SECOND
            self._wake = self._loop.call_at(self._loop.time() + wait, self._woke)

    def _woke(self) -> None:
        try:
            self.feed(Woke())
        except Exception as error:
            self._crashed(error)

    def _perform(self, command: Command) -> None:
        match command:
            case Noted():
                self._noted(command)
            case Connect(origin):
                self._reading = self._start(self._connect(origin))
            case Disconnect():
                self._disconnect()
            case SendRequest(request, method, path, headers, body, end):
                self._on_cic(lambda cic: cic.request(request, method, path, headers, body, end=end))
            case SendData(request, data, end):
                self._on_cic(lambda cic: cic.send(request, data, end=end))
            case ResetRequest(request, code):
                fetch = self._fetches.pop(request, None)
                if fetch is not None:
                    fetch.cancel()
                else:
                    self._on_cic(lambda cic: cic.reset(request, code))
            case SendPing():
                self._on_cic(Http2Connection.ping)
            case Fetch():
                self._fetches[command.request] = self._start(self._fetch(command))

    def _on_cic(self, act: Callable[[Http2Connection], None]) -> None:
        if self._cic is None:
            return
        try:
            act(self._cic)
        except ProtocolError:
            pass  # the connection is about to end: its reader reports that

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._crashed(task.exception() or RuntimeError())

    # --- the connection to CIC ---

    async def _connect(self, origin: str) -> None:
        try:
            reader, writer = await _open(origin, self._cic_tls)
        except (OSError, ssl.SSLError, TimeoutError) as error:
            self.feed(ConnectFailed(explain(origin, error)))
            return
        if urlsplit(origin).scheme == "https" and _chosen(writer) != "h2":
            await _close(writer)
            self.feed(ConnectFailed(f"{origin} does not speak HTTP/2; check url (MOCKCLOUD_DEVICE_URL)"))
            return
        cic = Http2Connection(origin, reader, writer, self.feed)
        self._cic = cic
        self._connections += 1
        self.feed(Connected(ConnectionId(self._connections)))
        try:
            reason = await cic.read()
            if self._cic is cic:
                self._cic = None
                self.feed(Disconnected(reason))
        finally:
            await _close(writer)

    def _fetch_tls(self, origin: str) -> ssl.SSLContext:
        """What is not the cloud's own, a stream somewhere, may have a certificate that the system trusts."""
        if origin in self._prior_knowledge:
            return self._auth_tls
        return tls_context(self._ca_file, ["h2", "http/1.1"])

    def _disconnect(self) -> None:
        cic, self._cic = self._cic, None
        if cic is not None:
            cic.close()
        elif self._reading is not None and self._reading is not asyncio.current_task():
            self._reading.cancel()

    # --- everything else ---

    async def _fetch(self, fetch: Fetch) -> None:
        parts = urlsplit(fetch.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        ended = False

        def feed(happened: Input) -> None:
            nonlocal ended
            if isinstance(happened, ResponseStarted | ResponseData | ResponseEnded | ResponseReset):
                ended = ended or isinstance(happened, ResponseEnded | ResponseReset)
                self.feed(happened)
            if isinstance(happened, ResponseEnded | ResponseReset | WentAway):
                _close_once(writer)

        try:
            reader, writer = await _open(origin, self._fetch_tls(origin))
        except (OSError, ssl.SSLError, TimeoutError, CannotStart) as error:
            self._fetches.pop(fetch.request, None)
            self.feed(ResponseReset(fetch.request, 0, explain(origin, error)))
            return
        speaks_h2 = _chosen(writer) == "h2" if parts.scheme == "https" else origin in self._prior_knowledge
        try:
            if speaks_h2:
                connection = Http2Connection(origin, reader, writer, feed)
                connection.request(fetch.request, fetch.method, path, fetch.headers, fetch.body, end=True)
                reason = await connection.read(FETCH_PATIENCE)
            else:
                reason = await _http1(fetch, parts.netloc, path, reader, writer, feed)
            self._fetches.pop(fetch.request, None)
            if not ended:
                self.feed(ResponseReset(fetch.request, 0, reason))
        finally:
            self._fetches.pop(fetch.request, None)
            await _close(writer)


async def _open(origin: str, tls: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(origin)
    secure = parts.scheme == "https"
    async with asyncio.timeout(CONNECT_PATIENCE):
        return await asyncio.open_connection(
            parts.hostname, parts.port or (443 if secure else 80), ssl=tls if secure else None
        )


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close, and see to it that nothing of the connection is left when the event loop ends."""
    _close_once(writer)
    try:
        async with asyncio.timeout(CLOSE_PATIENCE):
            await writer.wait_closed()
    except (OSError, ssl.SSLError, TimeoutError):
        pass  # the connection had failed before, or the peer takes its time
    finally:
        writer.transport.abort()


def _close_once(writer: asyncio.StreamWriter) -> None:
    # asyncio's TLS transport, closed twice, can not be aborted any more: it would outlive a peer that takes its time.
    if not writer.is_closing():
        writer.close()


def _chosen(writer: asyncio.StreamWriter) -> str | None:
    """The protocol that ALPN chose."""
    tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    return tls.selected_alpn_protocol() if tls is not None else None


async def _http1(
    fetch: Fetch,
    host: str,
    path: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    feed: Callable[[Input], None],
) -> str:
    """One request over HTTP/1.1; returns why it ended early, if it did."""
    connection = h11.Connection(h11.CLIENT)
    length = [("content-length", str(len(fetch.body)))] if fetch.body else []
    headers = [("host", host), *fetch.headers, *length, ("connection", "close")]
    request = h11.Request(method=fetch.method, target=path, headers=headers)
    for event in (request, *([h11.Data(data=fetch.body)] if fetch.body else []), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    try:
        while True:
            happened = connection.next_event()
            if happened is h11.NEED_DATA:
                async with asyncio.timeout(FETCH_PATIENCE):
                    connection.receive_data(await reader.read(READ_SIZE))
            elif isinstance(happened, h11.Response):
                plain = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in happened.headers)
                feed(ResponseStarted(fetch.request, happened.status_code, plain))
            elif isinstance(happened, h11.Data):
                feed(ResponseData(fetch.request, bytes(happened.data)))
            elif isinstance(happened, h11.EndOfMessage):
                feed(ResponseEnded(fetch.request))
                return ""
            elif happened is h11.PAUSED or isinstance(happened, h11.ConnectionClosed):
                return "the peer closed the connection"
    except (h11.RemoteProtocolError, OSError, TimeoutError) as error:
        return str(error) or type(error).__name__


def _nobody(_input: Input) -> None:
    pass
