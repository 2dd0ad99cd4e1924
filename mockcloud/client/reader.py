"""Directives and attachments out of a response (``newer/CIC_API.md § Multipart 메시지``).

A part counts as soon as the delimiter after it has come, so that a downchannel works while it is open (D-061).
Attachments are found by Content-ID alone, whatever the order of parts and their names (D-058, D-059).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mockcloud.client.core import Core
from mockcloud.client.vocabulary import Trouble, Via
from mockcloud.vocabulary import Headers, RequestId
from mockcloud.wire import http
from mockcloud.wire.messages import Directive
from mockcloud.wire.multipart import (
    MultipartDecoder,
    MultipartError,
    PartData,
    PartEnded,
    PartEvent,
    PartStarted,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A directive and where it came from."""

    directive: Directive
    via: Via
    reader: "DirectiveReader"


class DirectiveReader:
    """Reads the body of one response; calls ``deliver`` with each directive, in order of receipt."""

    def __init__(
        self, core: Core, headers: Headers, via: Via, request: RequestId, deliver: Callable[[Received], None]
    ) -> None:
        self._core = core
        self.via = via
        self.request = request
        self._deliver = deliver
        self._decoder = _decoder(headers)
        self._part_headers = PartStarted(())
        self._body = bytearray()
        self._attachments: dict[str, bytes] = {}
        self._wanted: dict[str, list[Callable[[bytes | None], None]]] = {}
        self._finished = False
        self.exception = ""
        """What System.Exception said, in either edition's envelope (D-031)."""

    def feed(self, data: bytes) -> None:
        decoder = self._decoder
        if decoder is not None:
            self._decode(lambda: decoder.feed(data))

    def finish(self) -> None:
        """No more comes: whoever still waits for an attachment waits in vain."""
        if self._finished:
            return
        self._finished = True
        if self._decoder is not None:
            self._decode(self._decoder.finish)
        for waiting in self._wanted.values():
            for give in waiting:
                give(None)
        self._wanted.clear()

    def attachment(self, content_id: str, give: Callable[[bytes | None], None]) -> None:
        """Call ``give`` with that attachment, now or when it has come, or with ``None`` when it never will."""
        if content_id in self._attachments:
            give(self._attachments[content_id])
        elif self._finished:
            give(None)
        else:
            self._wanted.setdefault(content_id, []).append(give)

    def _decode(self, step: Callable[[], Iterable[PartEvent]]) -> None:
        try:
            self._take(step())
        except MultipartError as error:
            self._decoder = None
            self._take(error.events)
            self._core.note(Trouble(f"a response is not a multipart message: {error}"))

    def _take(self, happenings: Iterable[PartEvent]) -> None:
        for happening in happenings:
            if isinstance(happening, PartStarted):
                self._part_headers = happening
                self._body.clear()
            elif isinstance(happening, PartData):
                self._body += happening.data
            elif isinstance(happening, PartEnded):
                self._part(bytes(self._body))

    def _part(self, body: bytes) -> None:
        content_id = self._part_headers.content_id
        if content_id is not None:
            self._attachments[content_id] = body
            for give in self._wanted.pop(content_id, ()):
                give(body)
            return
        directive = _directive(body)
        if directive is None:
            self._core.note(Trouble(f"a part of a response is not a directive: {body[:80]!r}"))
            return
        if directive.full_name == "System.Exception":
            payload = directive.payload
            self.exception = f"{payload.get('code', '')} {payload.get('description', '')}".strip()
        self._deliver(Received(directive, self.via, self))


def _decoder(headers: Headers) -> MultipartDecoder | None:
    content_type = next((value for name, value in headers if name == "content-type"), "")
    try:
        return MultipartDecoder(http.boundary(content_type))
    except ValueError:
        return None


def _directive(body: bytes) -> Directive | None:
    try:
        message = json.loads(body)
    except ValueError:
        return None
    if isinstance(message, dict) and isinstance(message.get("directive"), dict):
        message = message["directive"]
    if not isinstance(message, dict) or not isinstance(message.get("header"), dict):
        return None
    header, payload = message["header"], message.get("payload")
    dialog = header.get("dialogRequestId")
    return Directive(
        str(header.get("namespace", "")),
        str(header.get("name", "")),
        str(header.get("messageId", "")),
        payload if isinstance(payload, dict) else {},
        dialog if isinstance(dialog, str) else None,
    )
