"""Events out, their responses in (``newer/CIC_API.md § 이벤트 메시지 전송``).

What is sent before the device is ready waits in order; its context is that of the moment it was sent for. A
request that CIC refuses with 401 or 412 is repeated once, as a new message, when the cause has been repaired.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockcloud.client.connection import Connection, On
from mockcloud.client.core import Core
from mockcloud.client.reader import DirectiveReader, Received
from mockcloud.client.vocabulary import EventAnswered, EventSent, Instruction, Trouble
from mockcloud.vocabulary import Headers, RequestId
from mockcloud.wire.messages import Json, dumps, split_name
from mockcloud.wire.multipart import audio_part, metadata_part, part

MOST_WAITING = 64


@dataclass(frozen=True, slots=True)
class Envelope:
    """The multipart wrapping of one request. Each part brings the delimiter before it: what comes after is not known
    yet while somebody speaks."""

    boundary: str

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    def metadata(self, message: Json) -> bytes:
        return b"--%b\r\n%b" % (self.boundary.encode(), part(*metadata_part(dumps(message))))

    def audio(self, data: bytes) -> bytes:
        return b"\r\n--%b\r\n%b" % (self.boundary.encode(), part(*audio_part(data)))

    def end(self) -> bytes:
        return b"\r\n--%b--\r\n" % self.boundary.encode()


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """An event that is to be sent, or was. ``upload`` is called with its request when audio may follow."""

    name: str
    payload: Mapping[str, Any]
    context: list[Json]
    dialog_request_id: str | None = None
    cause: Instruction | None = None
    upload: Callable[[RequestId, Envelope], None] | None = None
    answered: Callable[[RequestId, int], None] | None = None
    repeated: bool = False


class _EventResponse:
    def __init__(self, events: "Events", outgoing: Outgoing, token: str) -> None:
        self._events = events
        self._outgoing = outgoing
        self._token = token
        self._status = 0
        self._reader: DirectiveReader | None = None
        self.request = RequestId(0)

    def started(self, status: int, headers: Headers) -> None:
        self._status = status
        self._reader = DirectiveReader(self._events.core, headers, "response", self.request, self._events.deliver)

    def data(self, data: bytes) -> None:
        if self._reader is not None:
            self._reader.feed(data)

    def ended(self) -> None:
        said = ""
        if self._reader is not None:
            self._reader.finish()
            said = self._reader.exception
        self._events.answered(self.request, self._outgoing, self._status, said, self._token)

    def lost(self, reason: str) -> None:
        if self._reader is not None:
            self._reader.finish()
        self._events.answered(self.request, self._outgoing, 0, reason, self._token)


class Events:
    def __init__(
        self,
        core: Core,
        connection: Connection,
        context: Callable[[], list[Json]],
        deliver: Callable[[Received], None],
    ) -> None:
        self.core = core
        self._connection = connection
        self._context = context
        self.deliver = deliver
        self._waiting: deque[Outgoing] = deque(maxlen=MOST_WAITING)
        self._to_repeat: list[Outgoing] = []

    def send(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        dialog_request_id: str | None = None,
        cause: Instruction | None = None,
        upload: Callable[[RequestId, Envelope], None] | None = None,
        answered: Callable[[RequestId, int], None] | None = None,
    ) -> None:
        """Send an event with the context of this moment, at once or when the device is ready."""
        outgoing = Outgoing(name, payload or {}, self._context(), dialog_request_id, cause, upload, answered)
        if self._connection.takes_events:
            self._transmit(outgoing)
        else:
            self._waiting.append(outgoing)

    def flush(self) -> None:
        """The device is ready: send what waited."""
        while self._waiting and self._connection.takes_events:
            self._transmit(self._waiting.popleft())

    def repeat(self) -> None:
        """There is another token: repeat what was refused for the old one."""
        refused, self._to_repeat = self._to_repeat, []
        for outgoing in refused:
            self._again(outgoing)

    def answered(self, request: RequestId, outgoing: Outgoing, status: int, said: str, token: str) -> None:
        self.core.note(EventAnswered(request, outgoing.name, status, said, outgoing.cause))
        if status not in (0, 401):
            self._connection.tokens.proven()
        if outgoing.answered is not None:
            outgoing.answered(request, status)
        if status == 401:
            self._refused(outgoing, token)
        elif status == 412 and not outgoing.repeated:
            self._connection.feed(On.UNRELATED)
            self._again(outgoing)
        if status >= 400:
            self.core.note(Trouble(f"{outgoing.name} was answered {status}: {said}", _cure(status), status))

    def _refused(self, outgoing: Outgoing, token: str) -> None:
        tokens = self._connection.tokens
        if not outgoing.repeated and token != tokens.access:
            self._again(outgoing)
            return
        if not outgoing.repeated:
            self._to_repeat.append(outgoing)
        tokens.denied(token)

    def _again(self, outgoing: Outgoing) -> None:
        once_more = Outgoing(
            outgoing.name,
            outgoing.payload,
            self._context(),
            outgoing.dialog_request_id,
            outgoing.cause,
            outgoing.upload,
            outgoing.answered,
            repeated=True,
        )
        if self._connection.takes_events:
            self._transmit(once_more)
        else:
            self._waiting.append(once_more)

    def _transmit(self, outgoing: Outgoing) -> None:
        namespace, name = split_name(outgoing.name)
        header = {"namespace": namespace, "name": name, "messageId": self.core.ids.uuid()}
        if outgoing.dialog_request_id is not None:
            header["dialogRequestId"] = outgoing.dialog_request_id
        message: Json = {
            "context": outgoing.context,
            "event": {"header": header, "payload": dict(outgoing.payload)},
        }
        envelope = Envelope(self.core.ids.token("boundary", 12))
        body = envelope.metadata(message)
        streams = outgoing.upload is not None
        headers: Headers = (*self._connection.headers(), ("content-type", envelope.content_type))
        if not streams:
            body += envelope.end()
            headers = (*headers, ("content-length", str(len(body))))
        response = _EventResponse(self, outgoing, self._connection.tokens.access)
        request = self.core.request("POST", "/v1/events", headers, response, body, end=not streams)
        response.request = request
        self.core.note(EventSent(request, message, outgoing.cause))
        if outgoing.upload is not None:
            outgoing.upload(request, envelope)


def _cure(status: int) -> str:
    return {
        400: "the cloud's message tells which field is wrong",
        401: "check the access token, or client_id and client_secret for a new one",
        412: "events must go over the connection of the downchannel",
    }.get(status, "")
