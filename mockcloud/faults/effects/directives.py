"""Reading and writing the directive of a part."""

import json
from collections.abc import Callable
from typing import Any

from mockcloud.wire.messages import Json, dumps
from mockcloud.wire.multipart import Part


def rewritten(parts: list[Part], at: int, rewrite: Callable[[Json], Json]) -> list[Part]:
    """The parts with the message of one of them rewritten."""
    return [*parts[:at], Part(parts[at].headers, dumps(rewrite(json.loads(parts[at].body)))), *parts[at + 1 :]]


def header_of(message: Json) -> dict[str, Any]:
    """The directive's header, of either edition's envelope."""
    header: dict[str, Any] = message.get("directive", message)["header"]
    return header
