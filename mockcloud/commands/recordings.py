"""Messages in files: JSON, NDJSON, HAR recordings, multipart dumps; which one a file is, is found by how it begins.

NDJSON is read line by line and a multipart dump part by part, so that their length costs no memory. A line of NDJSON
is a message, a record ``{"id", "kind", "edition", "message"}``, or an entry of a journal.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, Literal, cast, get_args

from mockcloud.catalogue.judgement import ANY_EDITIONS, AnyEdition
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.vocabulary.kinds import KINDS, Kind
from mockcloud.wire.http import boundary
from mockcloud.wire.jsontext import JsonError, loads
from mockcloud.wire.multipart import Finished, MultipartDecoder, MultipartError, PartData, PartEnded, PartStarted

Form = Literal["json", "ndjson", "har", "multipart"]
FORMS: tuple[Form, ...] = get_args(Form)

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one NDJSON line or JSON part that are taken; what is longer is said to be too long."""

_CHUNK = 64 * 1024
_HTTP_HEAD = re.compile(rb"(?i)(?:HTTP/[0-9.]+ |(?:GET|POST) |content-type:|:(?:status|method|path):)")


@dataclass(slots=True)
class Recorded:
    """One message as it was found, or why there is none."""

    place: str
    """Where in the file: ``line 3``, ``entry 2, response, part 1``; empty for the only message of a file."""
    message: Any = None
    broken: str = ""
    """Why it cannot be read; ``message`` is nothing then."""
    kind: Kind | None = None
    edition: AnyEdition | None = None
    attachments: frozenset[str] | None = None
    """The Content-IDs of all parts that came with it, if it came with others."""


def recorded(stream: IO[bytes], form: Form | None = None, *, file: str = "") -> Iterator[Recorded]:
    """The messages of a file, in its order. Raises `UnreadableInput` for what is none of the forms."""
    if form == "ndjson":
        yield from _lines(limited_lines(stream))
        return
    before = _up_to_text(stream)
    if not before:
        return
    first = before[-1]
    if form is None and _is_multipart(first):
        form = "multipart"
    if form == "multipart":
        yield from _multipart(_chunks(first, stream), _term(first, stream, file), "", file)
    elif form is None and _is_object(before[-1]) and (second := _up_to_text(stream)):
        yield from _lines(chain(before, second, limited_lines(stream)))
    else:
        yield from _document(b"".join(before) + stream.read(), form, file)


# JSON, one document or a line each


def _document(data: bytes, form: Form | None, file: str) -> Iterator[Recorded]:
    if not data.strip():
        return
    try:
        value = loads(data)
    except JsonError as error:
        lines = data.splitlines()
        if form is None and sum(map(_is_object, lines[:100])) > 0:
            yield from _lines(lines)
            return
        raise UnreadableInput([Problem(error.reason, file, error.line, error.column)]) from None
    log = value.get("log") if isinstance(value, dict) else None
    if form == "har" or (isinstance(log, dict) and isinstance(log.get("entries"), list)):
        yield from _har(log, file)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield _record(item, f"[{index}]")
    else:
        yield _record(value, "")


def _lines(lines: Iterable[bytes]) -> Iterator[Recorded]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"line {number}"
        if len(line) > LONGEST_LINE:
            yield Recorded(place, broken=f"longer than {LONGEST_LINE} bytes")
            continue
        try:
            value = loads(line.rstrip(b"\r\n"))
        except JsonError as error:
            yield Recorded(place, broken=f"column {error.column}: {error.reason}")
            continue
        found = _record(value, place)
        if found.message is not None or found.kind is not None:
            yield found


def limited_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long the beginning, which is longer than `LONGEST_LINE`."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


def _record(value: Any, place: str) -> Recorded:
    """A message, or one inside of a record that says of which kind it is."""
    if not isinstance(value, dict) or "message" not in value or not value.keys() & {"id", "kind", "seq"}:
        return Recorded(place, value)
    kind, edition = value.get("kind"), value.get("edition")
    return Recorded(
        place,
        value["message"],
        kind=cast(Kind, kind) if kind in KINDS else None,
        edition=cast(AnyEdition, edition) if edition in ANY_EDITIONS else None,
    )


def _is_object(line: bytes) -> bool:
    """Whether a line is a JSON object all by itself."""
    if not line.lstrip().startswith(b"{") or not line.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(loads(line), dict)
    except JsonError:
        return False


def _up_to_text(stream: IO[bytes]) -> list[bytes]:
    """The next line that is not blank, after the blank ones before it; nothing if the file has ended."""
    lines: list[bytes] = []
    while line := stream.readline(LONGEST_LINE + 1):
        lines.append(line)
        if line.strip():
            return lines
    return []


# HAR


def _har(log: Any, file: str) -> Iterator[Recorded]:
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UnreadableInput([Problem("no HAR recording: there is no `log.entries`", file)])
    for number, entry in enumerate(entries, 1):
        for side, body in (("request", "postData"), ("response", "content")):
            half = entry.get(side) if isinstance(entry, dict) else None
            content = half.get(body) if isinstance(half, dict) else None
            if isinstance(content, dict) and isinstance(content.get("text"), str):
                yield from _har_body(content, f"entry {number}, {side}", file)


def _har_body(content: dict[str, Any], place: str, file: str) -> Iterator[Recorded]:
    kind = str(content.get("mimeType", "")).lower()
    data = content["text"].encode("utf-8", "surrogatepass")
    if content.get("encoding") == "base64":
        try:
            data = base64.b64decode(data, validate=False)
        except binascii.Error as error:
            yield Recorded(place, broken=f"no base64: {error}")
            return
    if kind.startswith("multipart/"):
        try:
            term = boundary(str(content["mimeType"]))
            yield from _multipart(iter((data,)), term.encode("latin-1", "replace"), place, file)
        except (ValueError, UnreadableInput) as error:
            yield Recorded(place, broken=str(error))
    elif "json" in kind and data.strip():
        try:
            yield Recorded(place, loads(data))
        except JsonError as error:
            yield Recorded(place, broken=str(error))


# Multipart


@dataclass(slots=True)
class _Part:
    """A part while it arrives; of parts that are not JSON the data is dropped."""

    number: int
    is_json: bool
    data: bytearray = field(default_factory=bytearray)


def _multipart(chunks: Iterator[bytes], term: bytes, place: str, file: str) -> Iterator[Recorded]:
    """The JSON parts of a multipart message. They are kept until all Content-IDs are known (C-055)."""
    found: list[Recorded] = []
    ids: set[str] = set()
    decoder = MultipartDecoder(term)
    part = _Part(0, False)
    try:
        for event in _events(decoder, chunks):
            match event:
                case PartStarted():
                    part = _Part(part.number + 1, "json" in event.content_type)
                    ids |= {event.content_id} if event.content_id else set()
                case PartData() if part.is_json and len(part.data) <= LONGEST_LINE:
                    part.data += event.data
                case PartEnded() if part.is_json:
                    found.append(_json_part(part, place))
                case _:
                    pass
    except MultipartError as error:
        raise UnreadableInput([Problem(str(error), file)]) from None
    for one in found:
        one.attachments = frozenset(ids)
    yield from found


def _events(
    decoder: MultipartDecoder, chunks: Iterator[bytes]
) -> Iterator[PartStarted | PartData | PartEnded | Finished]:
    for chunk in chunks:
        yield from decoder.feed(chunk)
    yield from decoder.finish()


def _json_part(part: _Part, place: str) -> Recorded:
    where = f"{place}, part {part.number}".removeprefix(", ")
    if len(part.data) > LONGEST_LINE:
        return Recorded(where, broken=f"longer than {LONGEST_LINE} bytes")
    try:
        return Recorded(where, loads(bytes(part.data)))
    except JsonError as error:
        return Recorded(where, broken=str(error))


def _is_multipart(first: bytes) -> bool:
    return first.startswith(b"--") or _HTTP_HEAD.match(first) is not None


def _term(first: bytes, stream: IO[bytes], file: str) -> bytes:
    """The boundary term: of the Content-Type if the dump begins with HTTP headers, else of the first delimiter."""
    if first.startswith(b"--"):
        return first.rstrip()[2:]
    line = first
    while line.strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() == "content-type":
            try:
                return boundary(value.strip()).encode("latin-1")
            except ValueError as error:
                raise UnreadableInput([Problem(str(error), file)]) from None
        line = stream.readline(LONGEST_LINE + 1)
    raise UnreadableInput([Problem("no boundary: the headers before the body name no multipart Content-Type", file)])


def _chunks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    if first.startswith(b"--"):
        yield first
    while chunk := stream.read(_CHUNK):
        yield chunk
