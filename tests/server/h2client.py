"""A raw HTTP/2 client by hand: h2 for the frames, no retries, no flow-control window given back unless asked.

It records every frame that came in, so that a test can say exactly what was on the wire, and reads frames that h2
refuses as well (anything after a GOAWAY).
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, PingAckReceived, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from tests.patience import PATIENCE

"""Seconds after which a test that waits for something has failed."""

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class WireFrame:
    type: int
    flags: int
    stream_id: int
    payload: bytes


@dataclass(frozen=True)
class GoAway:
    code: int
    last_stream_id: int
    debug: bytes


@dataclass
class Response:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class ConnectionEnded(AssertionError):
    """What was waited for can no longer come."""


def client_tls(ca_file: Path, alpn: Sequence[str] = ("h2",)) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca_file))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class H2Client:
    """One connection. Whatever waits for the server gives up after `PATIENCE` seconds."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, window: int, gives_back: bool
    ) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.config.validate_outbound_headers = False
        self.h2.local_settings.initial_window_size = window
        self.gives_back = gives_back
        self.reader = reader
        self.writer = writer
        self.frames: list[WireFrame] = []
        self.events: list[Event] = []
        self.at_eof = False
        self.was_reset = False
        self._unread = b""

    @classmethod
    async def connect(
        cls,
        port: int,
        tls: ssl.SSLContext | None,
        *,
        host: str = "127.0.0.1",
        server_name: str = "localhost",
        window: int = 65535,
        gives_back: bool = True,
    ) -> Self:
        """Connect and send the preface. ``window`` is our SETTINGS_INITIAL_WINDOW_SIZE; without ``gives_back`` no
        window is returned for what we read."""
        name = server_name if tls is not None else None
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name)
        client = cls(reader, writer, window=window, gives_back=gives_back)
        client.h2.initiate_connection()
        if window != 65535:
            client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        client.flush()
        return client

    # -- sending

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def request(
        self,
        method: str = "GET",
        path: str = "/",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        end: bool = True,
    ) -> int:
        """Send a request; with ``end=False`` its body goes on. Returns the stream."""
        stream_id = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
        self.h2.send_headers(stream_id, [*pseudo, *headers], end_stream=end and body is None)
        if body is not None:
            self.send(stream_id, body, end=end)
        self.flush()
        return stream_id

    def send(self, stream_id: int, data: bytes, *, end: bool = False) -> int:
        """Send as much as the window lets through; the number of bytes that went."""
        sent = 0
        while sent < len(data):
            room = min(self.h2.local_flow_control_window(stream_id), self.h2.max_outbound_frame_size, len(data) - sent)
            if room == 0:
                break
            self.h2.send_data(stream_id, data[sent : sent + room])
            sent += room
        if end and sent == len(data):
            self.h2.end_stream(stream_id)
        self.flush()
        return sent

    async def upload(self, stream_id: int, data: bytes, *, end: bool = False) -> None:
        """Send all of it, waiting for the window."""
        sent = self.send(stream_id, data)
        while sent < len(data):
            await self.read()
            sent += self.send(stream_id, data[sent:])
        if end:
            self.h2.end_stream(stream_id)
            self.flush()

    def reset(self, stream_id: int, code: int) -> None:
        self.h2.reset_stream(stream_id, code)
        self.flush()

    # -- reading

    async def read(self) -> None:
        """Take in what the server sends next."""
        if self.at_eof:
            raise ConnectionEnded(f"the connection is over; frames: {self.frames[-5:]}")
        try:
            data = await asyncio.wait_for(self.reader.read(65536), PATIENCE)
        except ConnectionResetError:
            self.at_eof = self.was_reset = True
            return
        if not data:
            self.at_eof = True
            return
        self._record(data)
        try:
            events = self.h2.receive_data(data)
        except ProtocolError:
            return  # `frames` has it all the same
        for event in events:
            if isinstance(event, DataReceived) and self.gives_back and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.events += events
        self.flush()

    def _record(self, data: bytes) -> None:
        self._unread += data
        while len(self._unread) >= 9 and len(self._unread) >= 9 + (size := int.from_bytes(self._unread[:3], "big")):
            head, payload = self._unread[:9], self._unread[9 : 9 + size]
            stream_id = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
            self.frames.append(WireFrame(head[3], head[4], stream_id, payload))
            self._unread = self._unread[9 + size :]

    async def until(self, met: Callable[[], bool]) -> None:
        while not met():
            await self.read()

    def seen(self, kind: type[E], stream_id: int | None = None) -> list[E]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and (stream_id is None or getattr(event, "stream_id", None) == stream_id)
        ]

    async def event(self, kind: type[E], stream_id: int | None = None) -> E:
        """The first event of this kind, now or to come."""
        await self.until(lambda: bool(self.seen(kind, stream_id)))
        return self.seen(kind, stream_id)[0]

    async def response(self, stream_id: int) -> Response:
        """The response when it has ended."""
        await self.event(StreamEnded, stream_id)
        return self.response_so_far(stream_id)

    def response_so_far(self, stream_id: int) -> Response:
        response = Response()
        for received in self.seen(ResponseReceived, stream_id)[:1]:
            response.headers = [(str(name), str(value)) for name, value in received.headers or ()]
            response.status = int(dict(response.headers)[":status"])
        response.body = b"".join(event.data or b"" for event in self.seen(DataReceived, stream_id))
        return response

    async def reset_code(self, stream_id: int) -> int:
        return int((await self.event(StreamReset, stream_id)).error_code or 0)

    def goaways(self) -> list[GoAway]:
        found = [frame.payload for frame in self.frames if frame.type == GOAWAY]
        return [GoAway(int.from_bytes(p[4:8], "big"), int.from_bytes(p[:4], "big"), p[8:]) for p in found]

    async def goaway(self) -> GoAway:
        await self.until(lambda: bool(self.goaways()))
        return self.goaways()[0]

    async def ping(self) -> None:
        """Send PING and wait for its ACK: all that the server had to say before has come then."""
        before = len(self.seen(PingAckReceived))
        self.h2.ping(b"roundtrp")
        self.flush()
        await self.until(lambda: len(self.seen(PingAckReceived)) > before)

    async def ended(self) -> None:
        """Read to the end of the connection."""
        await self.until(lambda: self.at_eof)

    async def close(self) -> None:
        self.writer.close()
        await self._closed()

    async def abort(self) -> None:
        """Drop the connection at once, with what is unread."""
        self.writer.transport.abort()
        await self._closed()

    async def _closed(self) -> None:
        try:
            await asyncio.wait_for(self.writer.wait_closed(), PATIENCE)
        except OSError:
            pass
        finally:
            self.writer.transport.abort()
