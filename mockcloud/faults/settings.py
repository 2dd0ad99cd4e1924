"""The kinds of settings that effects have: how each is written, and what it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockcloud.clock import duration as nanoseconds

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

DURATION_SCHEMA = {
    "type": "string",
    "pattern": r"^((\d+(\.\d+)?(h|ms?|s))+|P(?=.)(\d+(\.\d+)?D)?(T(\d+(\.\d+)?[HMS])+)?)$",
    "description": "250ms, 5s, 3m, 2h, or an ISO 8601 duration such as PT55M",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of setting: its JSON Schema, what it means, and how its value is read (raises `ValueError`)."""

    schema: dict[str, Any]
    said: str
    read: Callable[[Any], Any]

    def described(self) -> dict[str, Any]:
        return {**self.schema, "description": self.said}


def _as_it_is(value: Any) -> Any:
    return value


def span(said: str) -> Kind:
    return Kind(DURATION_SCHEMA, f"{said}: {DURATION_SCHEMA['description']}", nanoseconds)


def whole(said: str, least: int, most: int = 2**31 - 1) -> Kind:
    return Kind({"type": "integer", "minimum": least, "maximum": most}, said, _as_it_is)


def number(said: str, least: float) -> Kind:
    return Kind({"type": "number", "minimum": least}, said, float)


def text(said: str) -> Kind:
    return Kind({"type": "string", "minLength": 1}, said, _as_it_is)


def choice(said: str, *words: str) -> Kind:
    return Kind({"enum": list(words)}, said, _as_it_is)


def code(said: str) -> Kind:
    """An HTTP/2 error code, by name or number."""
    schema = {"anyOf": [{"enum": list(ERROR_CODES)}, {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}]}
    return Kind(schema, f"{said}: a name such as CANCEL, or a number", _code)


def _code(value: Any) -> int:
    return ERROR_CODES[value] if isinstance(value, str) else int(value)


def frames(said: str) -> Kind:
    """Bytes, in hexadecimal."""
    return Kind({"type": "string", "pattern": "^([0-9a-fA-F]{2} *)+$"}, said, bytes.fromhex)
