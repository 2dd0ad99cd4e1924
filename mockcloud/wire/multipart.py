"""Multipart messages, both ways: what devices send to ``/v1/events`` and what the cloud answers.

`MultipartDecoder` takes bytes as they come and hands on parts; `MultipartWriter` writes them. Both know the
framing of ``newer/CIC_API.md § Multipart 메시지`` (C-048..C-058):

    --term CRLF  header lines  CRLF  body  CRLF --term CRLF  ...  CRLF --term-- CRLF

A delimiter is a whole line: ``--term`` or ``--term--``, then blanks at most. The same characters inside a line
are body. What devices in the field do differently is taken and noted in `MultipartDecoder.remarks`.

The decoder is our own since werkzeug's, which comes with Quart, refuses an upload that just ends, a part without
Content-Disposition and headers that are not UTF-8, adds a byte to audio whose last one is CR when the bytes come
singly, and takes 370 us for an event of 1 KB with a boundary it has not seen (it compiles two patterns for each);
here that is 14 us.
"""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple, NoReturn

from mockcloud.vocabulary import Headers
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import media_type

MAX_BOUNDARY = 256
"""Longest boundary term that is taken, in bytes. RFC 2046 allows 70."""

BARE_LF = "multipart.bare-lf"
NO_CLOSING_DELIMITER = "multipart.no-closing-delimiter"
TEXT_BEFORE_FIRST_DELIMITER = "multipart.text-before-first-delimiter"
TEXT_AFTER_END = "multipart.text-after-end"
BLANK_LINE_BEFORE_DELIMITER = "multipart.blank-line-before-delimiter"
PART_WITHOUT_HEADERS = "multipart.part-without-headers"
FOLDED_HEADER = "multipart.folded-header"
NON_ASCII_HEADER = "multipart.non-ascii-header"
BLANKS_AFTER_DELIMITER = "multipart.blanks-after-delimiter"
LONG_BOUNDARY = "multipart.long-boundary"

# Padding has a limit, so that what is held back while a delimiter line is unfinished has one too.
_LINE_END = re.compile(rb"(--)?([ \t]{0,256})(\r?\n)")
_UNFINISHED_LINE_END = re.compile(rb"(--)?[ \t]{0,256}\r?\Z|-\Z")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_CR, _LF = 13, 10
_SHOWN = 60
_LONGEST_REGULAR_BOUNDARY = 70


class PartStarted(Value, frozen=True):
    """The headers of a part are complete: in their order, names in lower case."""

    headers: Headers

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    @property
    def name(self) -> str | None:
        """``metadata`` of ``Content-Disposition: form-data; name="metadata"``."""
        return media_type(self.header("content-disposition") or "")[1].get("name")

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if there is none."""
        return media_type(self.header("content-type") or "")[0]

    @property
    def content_id(self) -> str | None:
        """What a directive refers to as ``cid:...`` (C-053)."""
        value = self.header("content-id")
        return None if value is None else value.removeprefix("<").removesuffix(">")


class PartData(Value, frozen=True):
    """Some more of the part's body; never empty."""

    data: bytes


class PartEnded(Value, frozen=True):
    """The delimiter line after the part has arrived, or the body has ended."""


class Finished(Value, frozen=True):
    """No further part will come. ``closed``: the closing delimiter was there."""

    closed: bool


PartEvent = PartStarted | PartData | PartEnded | Finished


class MultipartError(ValueError):
    """The bytes are not a multipart message with this boundary; the text says why, for people.

    ``events`` is what the failing call had decoded before, so that nothing hangs on how the bytes were split.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.events: tuple[PartEvent, ...] = ()


class _State(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    BODY = auto()
    EPILOGUE = auto()
    OVER = auto()


# Looking a member up on its enum class costs as much as a small search, and this is done for every line.
_PREAMBLE, _HEADERS, _BODY, _EPILOGUE, _OVER = _State
_ENDED = PartEnded()
_NO_PART = PartStarted(())


class MultipartDecoder:
    """Bytes in, part events out; any split of the bytes gives the same parts.

    Body data is handed on at once, except for a tail that may yet become a delimiter line. A CR before the LF of
    a delimiter belongs to the line break, unless nothing of the framing so far has ended with CRLF: devices that
    end every line with LF lose no byte of audio. Time is linear in the bytes, memory is bounded by
    `MAX_BOUNDARY` and ``max_headers`` (bytes of one part's headers).

    ``remarks`` collects the deviations that were tolerated, each code once.
    """

    __slots__ = (
        "_beginning",
        "_crlf_seen",
        "_delimiter",
        "_header_bytes",
        "_headers",
        "_held",
        "_last_byte",
        "_leading",
        "_max_headers",
        "_needle",
        "_part",
        "_parts",
        "_received",
        "_state",
        "remarks",
    )

    def __init__(self, boundary: str | bytes, *, max_headers: int = 64 * 1024) -> None:
        term = boundary.encode("latin-1", "replace") if isinstance(boundary, str) else boundary
        if not 0 < len(term) <= MAX_BOUNDARY or b"\n" in term or b"\r" in term:
            raise MultipartError(f"a boundary is one line of 1 to {MAX_BOUNDARY} bytes, not {_shown(term)}")
        self.remarks: list[str] = []
        self._delimiter = b"--" + term
        self._needle = b"\n--" + term
        self._max_headers = max_headers
        self._state = _PREAMBLE
        # What may be a delimiter is searched for from the line feed before it. At the start of a message, and of
        # a body, that line feed is none of the data: the first ``_leading`` bytes held are not handed on.
        self._held = bytearray(b"\n")
        self._leading = 1
        self._crlf_seen = False
        self._headers: list[tuple[str, str]] = []
        self._header_bytes = 0
        self._part = _NO_PART
        self._last_byte = 0
        self._parts = 0
        self._received = 0
        self._beginning = b""
        if len(term) > _LONGEST_REGULAR_BOUNDARY:
            self._remark(LONG_BOUNDARY)

    def feed(self, data: bytes) -> list[PartEvent]:
        """Take the next bytes. Raises `MultipartError` once; after that, and after the end, bytes are ignored."""
        if self._received < _SHOWN:
            self._beginning += data[: _SHOWN - self._received]
        self._received += len(data)
        events: list[PartEvent] = []
        try:
            self._take(data, events)
        except MultipartError as error:
            self._state = _OVER
            self._held.clear()
            error.events = tuple(events)
            raise
        return events

    def finish(self) -> list[PartEvent]:
        """The message has ended. Raises `MultipartError` if it was no multipart message, or broke off in headers."""
        state, self._state = self._state, _OVER
        if state in (_EPILOGUE, _OVER):
            return []
        rest = bytes(self._held)
        self._held.clear()
        at, line_end = self._unfinished_delimiter(rest, state)
        if state is _PREAMBLE and line_end is None:
            raise MultipartError(self._no_delimiter())
        if state is _HEADERS and (self._headers or (rest and line_end is None)):
            raise MultipartError(f"the message ends inside the headers of part {self._parts + 1}")
        events: list[PartEvent] = []
        if state is _BODY:
            stop = len(rest) if line_end is None else self._end_of_data(rest, at, self._leading)
            self._hand_on(rest[self._leading : stop], state, events)
            self._end_part(events)
        closed = line_end is not None and line_end.group(1) is not None
        if not closed:
            self._remark(NO_CLOSING_DELIMITER)
        events.append(Finished(closed))
        return events

    def _take(self, data: bytes, events: list[PartEvent]) -> None:
        if self._held:
            if self._state is _HEADERS and b"\n" not in data:
                self._hold_header_line(data)
                return
            data = bytes(self._held) + data
            self._held.clear()
        position: int | None = 0
        while position is not None:
            state = self._state
            if state is _HEADERS:
                position = self._take_headers(data, position, events)
            elif state is _BODY or state is _PREAMBLE:
                position = self._take_body(data, position, events)
            else:
                if state is _EPILOGUE and data[position:].strip():
                    self._remark(TEXT_AFTER_END)
                return

    def _take_headers(self, data: bytes, position: int, events: list[PartEvent]) -> int | None:
        """Read header lines from ``position``: where the body or the next line goes on, ``None`` for more bytes."""
        while (end := data.find(b"\n", position)) >= 0:
            self._header_bytes += end + 1 - position
            if self._header_bytes > self._max_headers:
                self._headers_too_long()
            if data.startswith(self._delimiter, position):
                line_end = self._line_end(data, position + len(self._delimiter))
                if line_end is not None:
                    if self._headers:
                        raise MultipartError(f"the headers of part {self._parts + 1} are not ended by an empty line")
                    self._after_delimiter(line_end[1], events)
                    return line_end[0]
            stop = end - 1 if end > position and data[end - 1] == _CR else end
            self._note_line_break(stop < end)
            if stop == position:
                self._start_part(events)
                return end
            self._add_header(data[position:stop])
            position = end + 1
        self._hold_header_line(data[position:])
        return None

    def _hold_header_line(self, data: bytes) -> None:
        self._held += data
        if self._header_bytes + len(self._held) > self._max_headers:
            self._headers_too_long()

    def _headers_too_long(self) -> NoReturn:
        raise MultipartError(f"the headers of part {self._parts + 1} have more than {self._max_headers} bytes")

    def _add_header(self, line: bytes) -> None:
        if not line.isascii():
            self._remark(NON_ASCII_HEADER)
        text = line.decode("latin-1")
        if text[0] in " \t" and self._headers:
            self._remark(FOLDED_HEADER)
            name, value = self._headers[-1]
            self._headers[-1] = (name, f"{value} {text.strip()}".strip())
            return
        name, colon, value = text.partition(":")
        name = name.rstrip(" \t")
        if not colon or _HEADER_NAME.fullmatch(name) is None:
            raise MultipartError(
                f"{_shown(line)} is not a header line of part {self._parts + 1}: expected 'Name: value', "
                "and an empty line before the body"
            )
        self._headers.append((name.lower(), value.strip()))

    def _start_part(self, events: list[PartEvent]) -> None:
        if not self._headers:
            self._remark(PART_WITHOUT_HEADERS)
        self._parts += 1
        self._state = _BODY
        self._leading = 1
        self._last_byte = 0
        self._part = PartStarted(tuple(self._headers))
        events.append(self._part)

    def _take_body(self, data: bytes, position: int, events: list[PartEvent]) -> int | None:
        """Read a body (or what stands before the first delimiter) from ``position``, as `_take_headers` does."""
        state = self._state
        start = position + self._leading
        search = position
        while (at := data.find(self._needle, search)) >= 0:
            search = at + len(self._needle)
            line_end = self._line_end(data, search)
            if line_end is not None:
                self._hand_on(data[start : self._end_of_data(data, at, start)], state, events)
                if state is _BODY:
                    self._end_part(events)
                self._after_delimiter(line_end[1], events)
                return line_end[0]
            if _UNFINISHED_LINE_END.match(data, search):
                hold = _before_cr(data, at, start)
                break
        else:
            hold = self._possible_delimiter(data, position, start)
        if hold > position:
            self._hand_on(data[start:hold], state, events)
            self._leading = 0
        self._held += data[hold:]
        return None

    def _possible_delimiter(self, data: bytes, position: int, start: int) -> int:
        """Where the tail of ``data`` begins that more bytes may turn into a delimiter."""
        at = data.rfind(b"\n", max(position, len(data) - len(self._needle) + 1))
        if at >= 0 and self._needle.startswith(data[at:]):
            return _before_cr(data, at, start)
        return _before_cr(data, len(data), start)

    def _end_of_data(self, data: bytes, at: int, start: int) -> int:
        """Where the body ends whose delimiter is preceded by the line feed at ``at``."""
        stop = _before_cr(data, at, start) if self._crlf_seen else at
        if stop == at >= start:
            self._remark(BARE_LF)
        return stop

    def _hand_on(self, data: bytes, state: _State, events: list[PartEvent]) -> None:
        if not data:
            return
        if state is _BODY:
            self._last_byte = data[-1]
            events.append(PartData(data))
        elif data.strip():
            self._remark(TEXT_BEFORE_FIRST_DELIMITER)

    def _end_part(self, events: list[PartEvent]) -> None:
        # In binary data a line feed at the end is as good as any other byte.
        if self._last_byte == _LF and self._part.content_type != "application/octet-stream":
            self._remark(BLANK_LINE_BEFORE_DELIMITER)
        events.append(_ENDED)

    def _line_end(self, data: bytes, position: int) -> tuple[int, bool] | None:
        """If a delimiter line follows the boundary term that ends at ``position``: its end, and whether it closes."""
        if data.startswith(b"\r\n", position):
            self._crlf_seen = True
            return position + 2, False
        found = _LINE_END.match(data, position)
        if found is None:
            return None
        closing, blanks, line_break = found.groups()
        self._note_line_break(line_break == b"\r\n")
        if blanks:
            self._remark(BLANKS_AFTER_DELIMITER)
        return found.end(), closing is not None

    def _after_delimiter(self, closing: bool, events: list[PartEvent]) -> None:
        self._headers = []
        self._header_bytes = 0
        if closing:
            self._state = _EPILOGUE
            events.append(Finished(closed=True))
        else:
            self._state = _HEADERS

    def _unfinished_delimiter(self, rest: bytes, state: _State) -> tuple[int, re.Match[bytes] | None]:
        """A delimiter at the very end of the message, without line break: where its line feed is, and what follows."""
        if state is _HEADERS:
            at, found = 0, rest.startswith(self._delimiter)
            after = len(self._delimiter)
        else:
            at = rest.find(self._needle)
            found, after = at >= 0, at + len(self._needle)
        return at, _UNFINISHED_LINE_END.match(rest, after) if found else None

    def _no_delimiter(self) -> str:
        if not self._received:
            return "the message is empty: not even a delimiter"
        return (
            f"there is no delimiter line {_shown(self._delimiter)} in the {self._received:,} bytes "
            f"that begin with {_shown(self._beginning)}"
        )

    def _note_line_break(self, crlf: bool) -> None:
        if crlf:
            self._crlf_seen = True
        else:
            self._remark(BARE_LF)

    def _remark(self, code: str) -> None:
        if code not in self.remarks:
            self.remarks.append(code)


def _before_cr(data: bytes, end: int, start: int) -> int:
    return end - 1 if end > start and data[end - 1] == _CR else end


def _shown(data: bytes) -> str:
    text = data[:_SHOWN].decode("ascii", "backslashreplace")
    return repr(text + "..." if len(data) > _SHOWN else text)


class Part(NamedTuple):
    """A part to be written: header names as they shall appear, and the body."""

    headers: Headers
    body: bytes


def metadata_part(event: bytes) -> Part:
    """The first part of an event request: the event as JSON (C-049, D-036)."""
    return Part((_disposition("metadata"), ("Content-Type", "application/json; charset=UTF-8")), event)


def audio_part(audio: bytes) -> Part:
    """A part of an event request that carries speech (C-049, C-050, D-064)."""
    return Part((_disposition("audio"), ("Content-Type", "application/octet-stream")), audio)


def directive_part(name: str, part_id: str, directive: bytes) -> Part:
    """A directive in a response (C-052); ``name`` is its name without namespace, such as ``RenderText``."""
    return _json_response_part(f"{name[:1].lower()}{name[1:]}Directive-{part_id}", directive)


def exception_part(part_id: str, error: bytes) -> Part:
    """The error message of a failed request (C-061)."""
    return _json_response_part(f"exception-{part_id}", error)


def attachment_part(part_id: str, content_id: str, data: bytes, content_type: str = "application/octet-stream") -> Part:
    """Binary data of a response, to which a directive refers as ``cid:<content_id>`` (C-052, C-053)."""
    headers = (_disposition(f"attachment-{part_id}"), ("Content-ID", content_id), ("Content-Type", content_type))
    return Part(headers, data)


def _json_response_part(name: str, body: bytes) -> Part:
    # Lower-case utf-8, unlike requests: firmware in the field compares this string literally.
    return Part((_disposition(name), ("Content-Type", "application/json; charset=utf-8")), body)


def _disposition(name: str) -> tuple[str, str]:
    return ("Content-Disposition", f'form-data; name="{name}"')


def part(headers: Headers, body: bytes) -> bytes:
    """The bytes of one part, without any delimiter."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return b"%b\r\n%b" % (lines.encode("latin-1"), body)


class MultipartWriter(Value, frozen=True):
    """Writes messages with one boundary term.

    As a stream, which is how the downchannel works: ``opening()``, then ``part()`` for each part, which brings the
    next delimiter line with it, so that the other side sees at once that the part is complete (C-026), and
    ``closing()`` after either. As a whole: ``whole(parts)``.
    """

    boundary: str

    def content_type(self, subtype: str) -> str:
        """``multipart/<subtype>; boundary=...``: ``form-data`` for requests, ``related`` for responses (C-051)."""
        plain = _HEADER_NAME.fullmatch(self.boundary) is not None
        return f"multipart/{subtype}; boundary=" + (self.boundary if plain else f'"{self.boundary}"')

    def opening(self) -> bytes:
        return self._delimiter() + b"\r\n"

    def part(self, headers: Headers, body: bytes) -> bytes:
        """A part and the delimiter line after it. Raises `ValueError` if the body would be cut by it (C-048)."""
        return b"%b\r\n%b\r\n" % (self._part(headers, body), self._delimiter())

    def closing(self) -> bytes:
        """What ends a stream after `opening` or `part`.

        The delimiter line before it has gone out already, so by the letter of RFC 2046 a part begins between the
        two, which some readers show as one without headers or body; `MultipartDecoder` does not. Nothing that
        could be written here instead is read differently.
        """
        return self._delimiter() + b"--\r\n"

    def whole(self, parts: Iterable[tuple[Headers, bytes]]) -> bytes:
        """A complete message: every part once, and the closing delimiter (C-057)."""
        pieces = [b"%b\r\n%b\r\n" % (self._delimiter(), self._part(*each)) for each in parts]
        return b"".join([*pieces, self.closing()])

    def _delimiter(self) -> bytes:
        return b"--" + self.boundary.encode("latin-1")

    def _part(self, headers: Headers, body: bytes) -> bytes:
        if body.startswith(self._delimiter()) or b"\n" + self._delimiter() in body:
            raise ValueError(f"the boundary {self.boundary!r} occurs inside the part that it should delimit")
        return part(headers, body)
