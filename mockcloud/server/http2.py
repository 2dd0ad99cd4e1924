"""HTTP/2 on Hypercorn: its `H2Protocol` with the faults cured that a device cloud meets, and the means to cause others.

Cured (each with a test that fails on the stock class): an answer before the end of an upload drops the connection;
a peer that does not read is buffered for without end; GOAWAY after 1,000 requests; streams that were reset stay in
memory; a callable that fails mid-response leaves its peer waiting; an exception ends all streams of a connection.

Private parts of Hypercorn 0.18 and h2 4 that this leans on, each held by a test in ``tests/server/test_seams.py``:
`H2Protocol` calls ``_create_stream``, ``_handle_events``, ``_send_data``, ``_flush``, ``_close_stream`` and keeps
``streams``, ``stream_buffers``, ``priority``, ``has_data``; h2 looks handlers up in ``_frame_dispatch_table`` and
keeps ``Settings._settings``. Nothing is patched in their modules: other users of both in the process see them as made.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, Protocol, cast

from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import DenialOfServiceError, ProtocolError
from h2.settings import SettingCodes, Settings
from h2.stream import StreamClosedBy
from hypercorn.events import Event as TransportEvent
from hypercorn.events import RawData
from hypercorn.protocol import events as stream_events
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, BUFFER_LOW_WATER, BufferCompleteError, H2Protocol, StreamBuffer
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import TaskGroup
from hypercorn.utils import filter_pseudo_headers
from hyperframe.frame import Frame, GoAwayFrame, PingFrame
from priority.priority import MissingStreamError

from mockcloud.server.connection import Connection, ConnectionObserver, Handle
from mockcloud.server.tasks import Signal, Tasks
from mockcloud.vocabulary.inputs import Headers

__all__ = ["Connection", "ConnectionObserver", "Handle", "Http2Protocol"]

logger = logging.getLogger("mockcloud.server")

SOCKET_HIGH_WATER = 64 * 1024
"""Bytes in the transport's buffer above which no more response bodies are given to it."""
CONTROL_HIGH_WATER = 1024 * 1024
"""Bytes in it above which nothing more is read either: a peer that floods us with PING and reads no answer."""
DECODED_HEADERS_FACTOR = 16
"""A header block of up to so many times its limit is decoded, so that it can be answered with 431."""

_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})


class Carrier(Protocol):
    """What a protocol needs of the connection that carries it."""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be served."""

    def handle(self, stream_id: int) -> Handle: ...

    def write(self, data: bytes) -> bool:
        """Hand bytes to the transport; False if they were dropped."""

    def buffered(self) -> int:
        """Bytes that the transport has not got rid of."""

    async def drained(self) -> None:
        """Wait until the transport takes more."""

    async def send(self, event: TransportEvent) -> None: ...

    def end(self, reason: str) -> None:
        """Stop serving, send what is ready, close."""

    def abort(self) -> None:
        """TCP RST."""

    def pause_reading(self, on: bool) -> None: ...

    def request_started(
        self, stream_id: int, method: str, path: str, query: str, scheme: str, authority: str, headers: Headers
    ) -> None: ...

    def protocol_broken(self, said: str) -> None: ...

    def ping_received(self) -> None: ...

    def ping_answered(self) -> None: ...


class ResponseBody(StreamBuffer):
    """Bytes of a response that wait for flow control. Whoever pushes waits above `BUFFER_HIGH_WATER`."""

    _is_empty: Signal
    _paused: Signal

    def __init__(self) -> None:
        super().__init__(Signal)
        self.given = 0
        self.taken = 0
        self._awaited: list[tuple[int, Callable[[], None]]] = []

    @property
    def ended(self) -> bool:
        """Whether the callable has given its last byte."""
        return self._complete

    async def push(self, data: bytes) -> None:
        if self._complete:
            raise BufferCompleteError
        self.buffer.extend(data)
        self.given += len(data)
        await self._is_empty.clear()
        while len(self.buffer) >= BUFFER_HIGH_WATER and not self._complete:
            await self._paused.clear()
            await self._paused.wait()

    async def pop(self, max_length: int) -> bytes:
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        self.taken += len(data)
        if len(self.buffer) < BUFFER_LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data

    def pass_by(self, size: int) -> None:
        """So many bytes were sent without having waited here."""
        self.given += size
        self.taken += size

    def release(self) -> None:
        """Drop what is left and let go of whoever waits to push."""
        self._complete = True
        self.buffer.clear()
        self._awaited.clear()
        self._is_empty.fire()
        self._paused.fire()

    def when_taken(self, callback: Callable[[], None]) -> None:
        """Remember to call back when all that was given so far is taken; see `taken_callbacks`."""
        self._awaited.append((self.given, callback))

    def taken_callbacks(self) -> list[Callable[[], None]]:
        """Callbacks whose bytes have all been taken; each is returned once."""
        if not self._awaited or self._awaited[0][0] > self.taken:
            return []
        due = [callback for mark, callback in self._awaited if mark <= self.taken]
        self._awaited = [(mark, callback) for mark, callback in self._awaited if mark > self.taken]
        return due


class Http2Protocol(H2Protocol):
    """The HTTP/2 side of one connection.

    Its synchronous methods are those of `Connection` with the same names. Frames are written once per pass of the
    event loop. Priorities are ignored: all streams are served in turn (RFC 9113, 5.3.2).
    """

    stream_buffers: dict[int, ResponseBody]  # type: ignore[assignment]
    streams: dict[int, HTTPStream]  # type: ignore[assignment]

    def __init__(self, carrier: Carrier, app: Any, config: Any, context: Any, tasks: Tasks, **connection: Any) -> None:
        super().__init__(app, config, context, cast(TaskGroup, tasks), **connection, send=carrier.send)
        self._carrier = carrier
        self._base_state = self.connection_state
        self._write_is_due = False
        self._leaving: list[Callable[[], None]] = []
        self._withheld: dict[int, int] = {}
        self._starting: int | None = None
        self._has_said_settings = False
        self._ping_muted = False
        self._acknowledge_ping: Callable[[Frame], tuple[list[Frame], list[Event]]] | None = None
        self._pings = count(1)
        _set_up(self.connection, config)

    # -- the connection's events -------------------------------------------------------------------------

    async def initiate(self, headers: Any = None, settings: bytes | None = None) -> None:  # noqa: ARG002
        self._say_settings()
        await self._flush()
        self.task_group.spawn(self.send_task)

    def _say_settings(self) -> None:
        """The first frame of all (RFC 9113, 3.4)."""
        if not self._has_said_settings:
            self._has_said_settings = True
            self.connection.initiate_connection()

    async def handle(self, event: TransportEvent) -> None:
        if isinstance(event, RawData):
            await self._receive(event.data)
        else:
            await self._end_streams()

    async def _receive(self, data: bytes) -> None:
        if self._write_is_due:
            self._write()  # an error below clears h2's output, of which this is not part
        try:
            events = self.connection.receive_data(data)
        except ProtocolError as error:
            why = _explained(error, self.config.h2_max_header_list_size)
            # After GOAWAY of the peer h2 takes no frame any more, though RFC 9113 (6.8) allows some.
            if "ConnectionState.CLOSED" not in why:
                self._carrier.protocol_broken(why)
            self._break_off(error.error_code, why)
        except Exception:
            logger.exception("h2 could not read what %s sent", self.client)
            self._break_off(ErrorCodes.INTERNAL_ERROR, "internal error while reading a frame")
        else:
            await self._handle_events(events)

    async def _handle_events(self, events: list[Event]) -> None:
        for event in events:
            if self._carrier.ended:
                return
            try:
                await self._act_on(event)
            except Exception:
                stream_id = getattr(event, "stream_id", None)
                logger.exception("%s of stream %s could not be served", type(event).__name__, stream_id)
                if stream_id:
                    self.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
        self._write_soon()
        if self._carrier.buffered() > CONTROL_HIGH_WATER:
            await self._carrier.drained()

    async def _act_on(self, event: Event) -> None:
        match event:
            case RequestReceived():
                await self._create_stream(event)
            case DataReceived():
                await self._body_received(event)
            case StreamEnded(stream_id=stream_id):
                self._withheld.pop(stream_id, None)
                if stream_id in self.streams:
                    await self.streams[stream_id].handle(stream_events.EndBody(stream_id=stream_id))
            case StreamReset(stream_id=stream_id):
                self._drop(stream_id)
            case WindowUpdated(stream_id=stream_id):
                await self._window_updated(stream_id)
            case RemoteSettingsChanged(changed_settings=changed):
                if SettingCodes.INITIAL_WINDOW_SIZE in changed:
                    await self._window_updated(None)
            case PingReceived():
                self._carrier.ping_received()
            case PingAckReceived():
                self._carrier.ping_answered()
            case ConnectionTerminated(error_code=code):
                self._carrier.end(f"GOAWAY({int(code or 0)}) from the peer")

    async def _create_stream(self, request: RequestReceived) -> None:
        stream_id, headers = request.stream_id, request.headers
        size = sum(len(name) + len(value) + 32 for name, value in headers)
        if size > self.config.h2_max_header_list_size:
            limit = self.config.h2_max_header_list_size
            self._refuse(stream_id, 431, f"The header block has {size} bytes; the limit is {limit}.")
            return
        pseudo = {bytes(name): bytes(value) for name, value in headers if name[:1] == b":"}
        method = pseudo[b":method"].decode("latin-1").upper()
        if method == "CONNECT":
            self._refuse(stream_id, 501, "CONNECT is not served.")
            return
        raw_path = pseudo[b":path"]
        if not raw_path.isascii():
            self._refuse(stream_id, 400, "The path has bytes above 127 that are not percent-encoded.")
            return
        if not self._announce(stream_id, method, pseudo, headers):
            return
        await self._start(stream_id, method, raw_path, headers)

    def _announce(
        self, stream_id: int, method: str, pseudo: dict[bytes, bytes], headers: Iterable[tuple[bytes, bytes]]
    ) -> bool:
        """Tell the observer. False if it will have no callable run."""
        path, _, query = pseudo[b":path"].decode("ascii").partition("?")
        fields = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in headers if n[:1] != b":")
        authority = pseudo[b":authority"].decode("latin-1") if b":authority" in pseudo else dict(fields).get("host", "")
        scheme = pseudo.get(b":scheme", b"https" if self.ssl else b"http").decode("latin-1")
        self._starting = stream_id
        self._carrier.request_started(stream_id, method, path, query, scheme, authority, fields)
        wanted, self._starting = self._starting is not None, None
        return wanted and not self._carrier.ended

    async def _start(self, stream_id: int, method: str, raw_path: bytes, headers: Any) -> None:
        stream = HTTPStream(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            stream_id,
        )
        self.streams[stream_id] = stream
        self.stream_buffers[stream_id] = ResponseBody()
        self.priority.insert_stream(stream_id)
        self.priority.block(stream_id)
        await stream.handle(
            stream_events.Request(
                stream_id=stream_id,
                headers=filter_pseudo_headers(headers),
                http_version="2",
                method=method,
                raw_path=raw_path,
                # The application may write into its scope: the state of one stream is nobody else's.
                state={**self._base_state, "h2": self._carrier.handle(stream_id)},  # type: ignore[arg-type]
            )
        )

    async def _body_received(self, event: DataReceived) -> None:
        stream_id = event.stream_id
        try:
            # A stream that was answered early has no callable any more: the rest of its upload is read and dropped.
            if event.data and stream_id in self.streams:
                await self.streams[stream_id].handle(stream_events.Body(stream_id=stream_id, data=event.data))
        finally:
            self._give_back(stream_id, event.flow_controlled_length)

    def _give_back(self, stream_id: int, size: int | None) -> None:
        if not size:
            return
        if stream_id in self._withheld:
            self._withheld[stream_id] += size
            self.connection.increment_flow_control_window(size)  # of the connection: siblings go on
        else:
            self.connection.acknowledge_received_data(size, stream_id)

    async def _priority_updated(self, event: PriorityUpdated) -> None:  # noqa: ARG002
        return

    # -- what the callables send -------------------------------------------------------------------------

    async def stream_send(self, event: stream_events.Event) -> None:
        stream_id = event.stream_id
        try:
            match event:
                case stream_events.Response() | stream_events.InformationalResponse():
                    self._send_headers(event)
                case stream_events.StreamClosed():
                    await self._callable_ended(stream_id)
                case stream_events.Body() if stream_id not in self.stream_buffers:
                    # The stream is gone: a callable that only sends would keep the loop to itself.
                    await asyncio.sleep(0)
                case stream_events.Request():
                    logger.warning("server push is not served (stream %d)", stream_id)
                case stream_events.Trailers():
                    await super().stream_send(event)
                    self._forget(stream_id)
                case _:
                    await super().stream_send(event)
        except ProtocolError as error:
            # The peer, or a fault, has ended the stream in between: the callable learns it by http.disconnect.
            logger.debug("stream %d: %s was not sent: %s", stream_id, type(event).__name__, error)

    def _send_headers(self, event: stream_events.Response | stream_events.InformationalResponse) -> None:
        fields = [(name.lower(), value) for name, value in event.headers]
        self.connection.send_headers(
            event.stream_id,
            [
                (b":status", b"%d" % event.status_code),
                *((name, value) for name, value in fields if name not in _HOP_BY_HOP),
                *self.config.response_headers("h2"),
            ],
        )
        self._write_soon()

    async def _callable_ended(self, stream_id: int) -> None:
        body = self.stream_buffers.get(stream_id)
        unfinished = body is not None and not body.ended
        await self._close_stream(stream_id)
        if unfinished:
            logger.error("stream %d: the application ended without ending its response", stream_id)
            self.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)

    async def send_task(self) -> None:
        try:
            await super().send_task()
        except Exception:
            logger.exception("response bodies of %s can no longer be sent", self.client)
            self._break_off(ErrorCodes.INTERNAL_ERROR, "internal error while sending")

    async def _send_data(self, stream_id: int) -> None:
        try:
            await self._send_chunk(stream_id)
        except ProtocolError:
            self._forget(stream_id)  # ended by the peer or by a fault
        except Exception:
            logger.exception("stream %d: its body could not be sent", stream_id)
            self.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
            self._forget(stream_id)

    async def _send_chunk(self, stream_id: int) -> None:
        body = self.stream_buffers.get(stream_id)
        if body is None:
            self._forget(stream_id)
            return
        room = min(self.connection.local_flow_control_window(stream_id), self.connection.max_outbound_frame_size)
        data = await body.pop(max(0, room))
        if data or body.complete:
            self.connection.send_data(stream_id, data, end_stream=body.complete)
            self._leaving += body.taken_callbacks()
        else:
            self.priority.block(stream_id)
        if body.complete:
            self._forget(stream_id)
        await self._flush()

    # -- writing -----------------------------------------------------------------------------------------

    async def _flush(self) -> None:
        self._write_soon()
        if self._carrier.buffered() > SOCKET_HIGH_WATER:
            await self._carrier.drained()

    def _write_soon(self) -> None:
        if not self._write_is_due:
            self._write_is_due = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._write_is_due = False
        leaving, self._leaving = self._leaving, []
        if not self._carrier.write(self.connection.data_to_send()):
            return
        for callback in leaving:
            try:
                callback()
            except Exception:
                logger.exception("a callback of when_written failed")

    # -- ends --------------------------------------------------------------------------------------------

    def _drop(self, stream_id: int) -> None:
        """End a stream that sends and receives no more; its callable gets http.disconnect."""
        self._forget(stream_id)
        self._withheld.pop(stream_id, None)
        stream = self.streams.pop(stream_id, None)
        if stream is not None:
            self.task_group.spawn(stream.handle, stream_events.StreamClosed(stream_id=stream_id))

    def _forget(self, stream_id: int) -> None:
        """No more bytes of this stream's response will be sent."""
        body = self.stream_buffers.pop(stream_id, None)
        if body is not None:
            body.release()
        try:
            self.priority.remove_stream(stream_id)
        except MissingStreamError:
            pass
        stream = self.connection.streams.get(stream_id)
        if stream is None or stream.closed:
            self._withheld.pop(stream_id, None)

    async def _end_streams(self) -> None:
        self.closed = True
        self._leaving.clear()
        for stream_id in [*self.streams, *self.stream_buffers]:
            self._drop(stream_id)
        await self.has_data.set()

    def _refuse(self, stream_id: int, status: int, why: str) -> None:
        """Answer without a callable. The observer is not told."""
        logger.warning("stream %d of %s: %d: %s", stream_id, self.client, status, why)
        text = f"{why}\n".encode()
        headers = [(b":status", b"%d" % status), (b"content-type", b"text/plain; charset=utf-8")]
        room = self.connection.local_flow_control_window(stream_id)
        self.connection.send_headers(stream_id, headers, end_stream=room < len(text))
        if room >= len(text):
            self.connection.send_data(stream_id, text, end_stream=True)

    def _break_off(self, code: int | ErrorCodes, why: str) -> None:
        """GOAWAY that says why, and the end."""
        self.connection.clear_outbound_data_buffer()
        self._leaving.clear()
        self.goaway(int(code), debug=why.encode())
        self._carrier.end(why)

    # -- the observer's means ----------------------------------------------------------------------------

    def reset_stream(self, stream_id: int, code: int) -> None:
        if self._starting == stream_id:
            self._starting = None
        stream = self.connection.streams.get(stream_id)
        if stream is None or stream.closed or self._carrier.ended:
            return
        try:
            self.connection.reset_stream(stream_id, code)
        except ProtocolError:
            pass  # the peer has said GOAWAY: h2 sends nothing more
        self._drop(stream_id)
        self._write_soon()

    def goaway(self, code: int, last_stream_id: int | None = None, debug: bytes = b"") -> None:
        last = self.connection.highest_inbound_stream_id if last_stream_id is None else last_stream_id
        # Not by h2: after a GOAWAY of its own it sends nothing more.
        frame = GoAwayFrame(0, last_stream_id=last, error_code=code, additional_data=debug)
        self.send_raw(frame.serialize())

    def send_raw(self, data: bytes) -> None:
        if data:
            self._say_settings()
        self._write()
        self._carrier.write(data)

    def starve(self, stream_id: int, on: bool) -> None:
        if on and (stream_id == self._starting or stream_id in self.connection.streams):
            self._withheld.setdefault(stream_id, 0)
        elif not on and (size := self._withheld.pop(stream_id, 0)):
            try:
                self.connection.increment_flow_control_window(size, stream_id)
            except ProtocolError:
                return  # the stream is over
            self._write_soon()

    def mute_ping(self, on: bool) -> None:
        self._ping_muted = on
        if self._acknowledge_ping is None:
            table = self.connection._frame_dispatch_table
            self._acknowledge_ping = table[PingFrame]
            table[PingFrame] = self._ping_frame

    def _ping_frame(self, frame: Frame) -> tuple[list[Frame], list[Event]]:
        assert self._acknowledge_ping is not None
        answer, events = self._acknowledge_ping(frame)
        return ([] if self._ping_muted else answer), events

    def send_ping(self) -> None:
        if not self._carrier.ended:
            self.connection.ping(next(self._pings).to_bytes(8, "big"))
            self._write_soon()

    def send_body(self, stream_id: int, data: bytes) -> bool:
        body = self.stream_buffers.get(stream_id)
        if body is None or body.ended or body.buffer or self._carrier.buffered() > SOCKET_HIGH_WATER:
            return False
        try:
            room = min(self.connection.local_flow_control_window(stream_id), self.connection.max_outbound_frame_size)
            if len(data) > room:
                return False
            self.connection.send_data(stream_id, data)
        except ProtocolError:
            return False  # ended by the peer or by a fault: its callable learns it by http.disconnect
        body.pass_by(len(data))
        self._write_soon()
        return True

    def pending(self, stream_id: int) -> int:
        body = self.stream_buffers.get(stream_id)
        return len(body.buffer) if body is not None else 0

    def when_written(self, stream_id: int, callback: Callable[[], None]) -> None:
        if self._carrier.ended:
            return
        body = self.stream_buffers.get(stream_id)
        if body is not None:
            body.when_taken(callback)
            self._leaving += body.taken_callbacks()
        elif not self._was_reset(stream_id):
            self._leaving.append(callback)
        self._write_soon()

    def _was_reset(self, stream_id: int) -> bool:
        stream = self.connection.streams.get(stream_id)
        resets = (StreamClosedBy.SEND_RST_STREAM, StreamClosedBy.RECV_RST_STREAM)
        return stream is not None and stream.closed_by in resets


def _explained(error: ProtocolError, header_limit: int) -> str:
    if isinstance(error, DenialOfServiceError):
        return f"header block far above the limit of {header_limit} bytes"
    return str(error) or type(error).__name__


def _set_up(connection: H2Connection, config: Any) -> None:
    """The settings we announce, and how h2 treats headers."""
    connection.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: config.h2_max_concurrent_streams,
            SettingCodes.MAX_HEADER_LIST_SIZE: config.h2_max_header_list_size,
        },
    )
    connection.decoder.max_header_list_size = DECODED_HEADERS_FACTOR * config.h2_max_header_list_size
    # `_send_headers` does what is needed of both, in a tenth of the time.
    connection.config.validate_outbound_headers = False
    connection.config.normalize_outbound_headers = False
    for settings in (connection.local_settings, connection.remote_settings):
        _slim(settings)


class _Values(list[int]):
    """The few values of one setting. h2 takes a deque of 600 bytes for each, 14 of them a connection."""

    __slots__ = ()

    def popleft(self) -> int:
        return self.pop(0)


def _slim(settings: Settings) -> None:
    values: dict[Any, Any] | None = getattr(settings, "_settings", None)
    if values is not None:
        values.update({code: _Values(queue) for code, queue in values.items()})
