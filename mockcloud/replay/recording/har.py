"""A session of a device from a HAR file: ``/v1/events`` and ``/v1/directives`` as entries of a journal.

A HAR file tells when a request began and when its answer had come, but of a downchannel not when each directive
came. Such a directive is put with its dialog, else before the first event that speaks of one of its identifiers, else
to the beginning.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from mockcloud.clock import MILLISECOND, instant_of
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.replay.recording.entries import Seen
from mockcloud.wire.http import boundary
from mockcloud.wire.jsontext import JsonError, loads
from mockcloud.wire.multipart import MultipartDecoder, MultipartError, PartData, PartEnded, PartStarted

EVENTS, DIRECTIVES = "/v1/events", "/v1/directives"
EXPECTED = f"expected a HAR file of a device's session, with requests to {EVENTS} and {DIRECTIVES}"
_DEVICE = "speaker"
_L16 = "AUDIO_L16_RATE_16000_CHANNELS_1"


@dataclass(frozen=True, slots=True)
class _Part:
    is_json: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One entry of the file that is for CIC."""

    number: int
    path: str
    began: int
    ended: int
    status: int
    sent: list[_Part]
    answered: list[_Part]


def is_har(value: Any) -> bool:
    """Whether a JSON document has the form of a HAR file."""
    log = value.get("log") if isinstance(value, Mapping) else None
    return isinstance(log, Mapping) and isinstance(log.get("entries"), list)


def read_har(value: Mapping[str, Any], file: str) -> list[Seen]:
    """What happened, in its order. Raises `UnreadableInput` for a file in which no device speaks to CIC."""
    exchanges: list[_Exchange] = []
    problems: list[Problem] = []
    for number, entry in enumerate(value["log"]["entries"], 1):
        try:
            exchanges += _exchange(entry, number)
        except (ValueError, MultipartError) as error:
            problems.append(Problem(f"entry {number}: {error}", file, path=f"log.entries[{number - 1}]"))
    if problems:
        raise UnreadableInput(problems)
    if not exchanges:
        raise UnreadableInput([Problem(f"no entry is for {EVENTS} or {DIRECTIVES}; {EXPECTED}", file)])
    dated = [one for exchange in exchanges for one in _dated(exchange)]
    undated = [
        one for exchange in exchanges if exchange.path == DIRECTIVES for one in _directives(exchange, "downchannel")
    ]
    entries = sorted(dated, key=lambda one: one.at)
    for one in undated:
        entries = _placed(one, entries)
    return [replace(one, seq=number) for number, one in enumerate(entries, 1)]


def _exchange(entry: Any, number: int) -> Iterator[_Exchange]:
    request, response = (_mapping(entry, side) for side in ("request", "response"))
    path = urlsplit(str(request.get("url", ""))).path
    if path not in (EVENTS, DIRECTIVES):
        return
    began = _instant(entry.get("startedDateTime"))
    took = entry.get("time")
    took = took if isinstance(took, int | float) and took > 0 else 0
    status = response.get("status")
    yield _Exchange(
        number,
        path,
        began,
        began + int(took * MILLISECOND),
        status if isinstance(status, int) else 0,
        _parts(_mapping(request, "postData"), request),
        _parts(_mapping(response, "content"), response),
    )


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _instant(text: Any) -> int:
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"startedDateTime is {text!r}, no date") from None
    return instant_of(when if when.tzinfo else when.replace(tzinfo=UTC))


# Bodies


def _parts(content: Mapping[str, Any], message: Mapping[str, Any]) -> list[_Part]:
    """The parts of a multipart body; ``message``: whose headers tell its type where the content does not."""
    kind, text = str(content.get("mimeType") or _header(message, "content-type")), content.get("text")
    if not isinstance(text, str) or not text or not kind.lower().startswith("multipart/"):
        return []
    decoder = MultipartDecoder(boundary(kind))
    parts: list[_Part] = []
    is_json, body = False, bytearray()
    for event in (*decoder.feed(_bytes(text, content)), *decoder.finish()):
        if isinstance(event, PartStarted):
            is_json, body = "json" in event.content_type, bytearray()
        elif isinstance(event, PartData):
            body += event.data
        elif isinstance(event, PartEnded):
            parts.append(_Part(is_json, bytes(body)))
    return parts


def _header(message: Mapping[str, Any], name: str) -> str:
    headers = message.get("headers")
    named = (one for one in headers if isinstance(one, Mapping)) if isinstance(headers, list) else ()
    return next((str(one.get("value", "")) for one in named if str(one.get("name", "")).lower() == name), "")


def _bytes(text: str, content: Mapping[str, Any]) -> bytes:
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text)
        except binascii.Error as error:
            raise ValueError(f"the body is not base64: {error}") from None
    try:
        return text.encode("latin-1")  # how browsers write bytes that are not text
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _messages(parts: Sequence[_Part], number: int) -> Iterator[dict[str, Any]]:
    for part in parts:
        if not part.is_json:
            continue
        try:
            value = loads(part.body)
        except JsonError as error:
            raise UnreadableInput([Problem(f"entry {number}: a part is not JSON: {error.reason}")]) from None
        if isinstance(value, dict):
            yield value


# Entries


def _dated(exchange: _Exchange) -> Iterator[Seen]:
    if exchange.path == DIRECTIVES:
        yield Seen(
            seq=0, at=exchange.began, channel="downchannel", kind="connection", name="downchannel open", device=_DEVICE
        )
        return
    for message in _messages(exchange.sent, exchange.number):
        if "event" in message:
            yield replace(
                _entry(message, "event", exchange.began, "event"),
                status=exchange.status or None,
                audio=_audio(message, exchange.sent),
            )
    yield from _directives(exchange, "response")


def _directives(exchange: _Exchange, channel: str) -> Iterator[Seen]:
    at = exchange.began if channel == "downchannel" else exchange.ended
    for message in _messages(exchange.answered, exchange.number):
        if "directive" in message:
            yield _entry(message, "directive", at, channel)


def _entry(message: dict[str, Any], kind: str, at: int, channel: str) -> Seen:
    body = message[kind] if isinstance(message[kind], dict) else {}
    header = _mapping(body, "header")
    payload = _mapping(body, "payload")
    typed = payload.get("text") if header.get("namespace") == "TextRecognizer" else ""
    return Seen(
        seq=0,
        at=at,
        channel=channel,
        kind=kind,
        name=f"{header.get('namespace', '')}.{header.get('name', '')}",
        device=_DEVICE,
        dialog=header.get("dialogRequestId"),
        message=message,
        words=typed if isinstance(typed, str) else "",
        foreign=True,
    )


def _audio(message: Mapping[str, Any], parts: Sequence[_Part]) -> bytes:
    """What was said, if it is PCM."""
    payload = _mapping(message["event"], "payload")
    return b"".join(part.body for part in parts if not part.is_json) if payload.get("format") == _L16 else b""


def _placed(directive: Seen, entries: list[Seen]) -> list[Seen]:
    """The entries with a directive of a downchannel among them."""
    at = _place(directive, entries)
    before = entries[at - 1] if at else None
    dated = replace(directive, at=before.at + MILLISECOND if before else directive.at)
    return [*entries[:at], dated, *entries[at:]]


def _place(directive: Seen, entries: Sequence[Seen]) -> int:
    if directive.dialog is not None:
        same = [number for number, one in enumerate(entries) if one.dialog == directive.dialog]
        if same:
            return same[0] + 1
    identifiers = {value for value in directive.payload.values() if isinstance(value, str) and len(value) >= 4}
    for number, one in enumerate(entries):
        if one.is_event and identifiers & {value for value in one.payload.values() if isinstance(value, str)}:
            return number
    opened = (number for number, one in enumerate(entries) if one.name == "downchannel open" and one.at <= directive.at)
    return max(opened, default=-1) + 1
