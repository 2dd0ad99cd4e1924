"""JSON as it comes in: bytes of somebody else's, so every way of being wrong is explained with its place.

The fast path is `json` itself. Depth is judged before parsing, without recursion, and only when there are enough
brackets for it to matter.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

MAX_DEPTH = 64
"""Objects and arrays inside each other that are accepted, unless the caller says otherwise."""

_BOM = b"\xef\xbb\xbf"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_STRING_OR_BRACKET = re.compile(_STRING + rb"|([\[{])|([\]}])", re.DOTALL)
_STRING_OR_WORD = re.compile(_STRING + rb"|([-+.0-9A-Za-z]+)", re.DOTALL)
_ALL_BUT_BRACKETS_AND_QUOTES = bytes(set(range(256)) - set(b'[]{}"'))
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""Escapes one after the other, pairs of surrogates as one; the group is one that stands alone."""
_OPENING = b"[{"
_SHOWN = 20


class JsonError(ValueError):
    """A text that is not JSON we take. ``line`` and ``column`` count from 1, columns in characters."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class _NoNumber(Exception):
    """Raised from inside the parser, which would take this literal."""

    def __init__(self, literal: str, reason: str) -> None:
        super().__init__(reason)
        self.literal = literal
        self.reason = reason


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text in UTF-8. A byte order mark is skipped; of equal keys the last counts.

    Raises `JsonError` for invalid UTF-8, wrong syntax, more than ``max_depth`` levels, and what cannot be written as
    JSON again: ``NaN``, ``Infinity``, ``1e999``, thousands of digits, half a character (``"\\ud800"``).
    """
    data = data.removeprefix(_BOM)
    if data.count(b"{") + data.count(b"[") > max_depth:
        _check_depth(data, max_depth)
    try:
        value = _DECODER.decode(data.decode())
    except UnicodeDecodeError as error:
        _fail(data, error.start, f"byte 0x{data[error.start]:02x} is not UTF-8 ({error.reason})")
    except json.JSONDecodeError as error:
        raise JsonError(_syntax_error(error), error.lineno, error.colno) from None
    except _NoNumber as error:
        _fail(data, _place_of_word(data, error.literal), error.reason)
    except RecursionError:
        _fail(data, 0, "objects and arrays stand too deeply inside each other")
    if b"\\ud" in data or b"\\uD" in data:
        _check_surrogates(data)
    return value


def repeated_keys(data: bytes) -> list[str]:
    """Where an object has a key more than once, as paths (``items[0].name``), in a text that `loads` has taken.

    What stands in a value that does not count, since its key comes again, is left out.
    """
    repeated: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(key for key, _ in pairs)
            repeated[id(found)] = found, [key for key in found if times[key] > 1]
        return found

    value = json.loads(data.removeprefix(_BOM), object_pairs_hook=gather)
    return list(_paths(value, "", repeated)) if repeated else []


def _paths(value: Any, path: str, keys: Mapping[int, tuple[dict[str, Any], list[str]]]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{path}.{key}".removeprefix(".") for key in (keys[id(value)][1] if id(value) in keys else ()))
        for key, inner in value.items():
            yield from _paths(inner, f"{path}.{key}".removeprefix("."), keys)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _paths(inner, f"{path}[{at}]", keys)


def _check_surrogates(data: bytes) -> None:
    for escape in _ESCAPE.finditer(data):
        if escape.group(1):
            _fail(
                data, escape.start(), f"\\{escape.group(1).decode()} is half a character, its other half is not there"
            )


def _check_depth(data: bytes, max_depth: int) -> None:
    depth = 0
    for bracket in _brackets_outside_strings(data):
        if bracket not in _OPENING:
            depth -= 1
        elif depth < max_depth:
            depth += 1
        else:
            place = _place_of_depth(data, max_depth + 1)
            _fail(data, place, f"more than {max_depth} objects and arrays stand inside each other")


def _brackets_outside_strings(data: bytes) -> bytes:
    if b"\\" in data:
        # Backslashes pair up from the left, so what is left before a quote then is an escape.
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(data.translate(None, _ALL_BUT_BRACKETS_AND_QUOTES).split(b'"')[::2])


def _place_of_depth(data: bytes, wanted: int) -> int:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(data):
        depth += 1 if token.group(1) else -1 if token.group(2) else 0
        if depth == wanted:
            return token.start()
    return 0


def _place_of_word(data: bytes, word: str) -> int:
    wanted = word.encode()
    for token in _STRING_OR_WORD.finditer(data):
        if token.group(1) == wanted:
            return token.start()
    return 0


def _fail(data: bytes, place: int, reason: str) -> NoReturn:
    line_start = data.rfind(b"\n", 0, place) + 1
    column = len(data[line_start:place].decode("utf-8", "replace")) + 1
    raise JsonError(reason, data.count(b"\n", 0, place) + 1, column) from None


def _syntax_error(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "there is no JSON at all"
    rest = error.doc[error.pos : error.pos + _SHOWN]
    said = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return f"{said}, at {rest!r}" if rest else f"{said}, but the text ends here"


def _finite(literal: str) -> float:
    number = float(literal)
    if number in (float("inf"), float("-inf")):
        raise _NoNumber(literal, f"the number {_shortened(literal)} is too large")
    return number


def _whole(literal: str) -> int:
    try:
        return int(literal)
    except ValueError:
        raise _NoNumber(literal, f"the number {_shortened(literal)} has too many digits") from None


def _constant(literal: str) -> NoReturn:
    raise _NoNumber(literal, f"{literal} is not a JSON number")


def _shortened(literal: str) -> str:
    return literal if len(literal) <= _SHOWN else literal[:_SHOWN] + "..."


_DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_finite, parse_int=_whole)
