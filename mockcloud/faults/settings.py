"""The kinds of settings that effects have: how each is written, and what it becomes."""

from collections.abc import Callable
from datetime import date
from typing import Any

from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.clock import duration as nanoseconds
from mockcloud.vocabulary.value import Value

ERROR_CODES = {
    name: number
    for number, name in enumerate(
        (
            *("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"),
            *("STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR"),
            *("ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"),
        )
    )
}
"""RFC 9113, 7."""

TLS_ALERTS = {
    "handshake_failure": 40,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "unrecognized_name": 112,
    "no_application_protocol": 120,
}
"""What a server ends a handshake with (RFC 8446, 6)."""

DURATION_SCHEMA = {
    "type": "string",
    "pattern": r"^((\d+(\.\d+)?(h|ms?|s))+|P(?=.)(\d+(\.\d+)?D)?(T(\d+(\.\d+)?[HMS])+)?)$",
    "description": "250ms, 5s, 3m, 2h, or an ISO 8601 duration such as PT55M",
}


class Kind(Value, frozen=True):
    """One kind of setting: its JSON Schema, what it means, how its value is read (raises `ValueError`) and written."""

    schema: dict[str, Any]
    said: str
    read: Callable[[Any], Any] = lambda value: value
    write: Callable[[Any], Any] = lambda value: value

    def described(self) -> dict[str, Any]:
        return {**self.schema, "description": self.said}


def span(said: str) -> Kind:
    return Kind(DURATION_SCHEMA, f"{said}: {DURATION_SCHEMA['description']}", nanoseconds, written_span)


def written_span(span: int) -> str:
    """A duration as `span` reads it: ``2s``, ``250ms``."""
    if span % SECOND == 0:
        return f"{span // SECOND}s"
    return f"{span / MILLISECOND:.6f}".rstrip("0").rstrip(".") + "ms"


def whole(said: str, least: int, most: int = 2**31 - 1) -> Kind:
    return Kind({"type": "integer", "minimum": least, "maximum": most}, said)


def number(said: str, least: float) -> Kind:
    return Kind({"type": "number", "minimum": least}, said, float)


def text(said: str) -> Kind:
    return Kind({"type": "string", "minLength": 1}, said)


def choice(said: str, *words: str) -> Kind:
    return Kind({"enum": list(words)}, said)


def code(said: str) -> Kind:
    """An HTTP/2 error code, by name or number."""
    schema = {"anyOf": [{"enum": list(ERROR_CODES)}, {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}]}
    return Kind(schema, f"{said}: a name such as CANCEL, or a number", _code, _named)


def _code(value: Any) -> int:
    return ERROR_CODES[value] if isinstance(value, str) else int(value)


def _named(code: int) -> str | int:
    return next((name for name, number in ERROR_CODES.items() if number == code), code)


def day(said: str) -> Kind:
    """A day of the calendar, as text."""
    schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    return Kind(schema, f"{said}: such as 2020-01-31", date.fromisoformat, date.isoformat)


def alert(said: str) -> Kind:
    """A TLS alert, by name."""
    names = {number: name for name, number in TLS_ALERTS.items()}
    return Kind({"enum": list(TLS_ALERTS)}, said, TLS_ALERTS.__getitem__, names.__getitem__)


def host(said: str) -> Kind:
    """A DNS name."""
    label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    return Kind({"type": "string", "pattern": rf"^{label}(\.{label})*$", "maxLength": 253}, said)


def frames(said: str) -> Kind:
    """Bytes, in hexadecimal."""
    return Kind({"type": "string", "pattern": "^([0-9a-fA-F]{2} *)+$"}, said, bytes.fromhex, bytes.hex)
