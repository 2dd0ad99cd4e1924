from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class MalformedJson(Effect):
    """The JSON lacks its last brace."""

    name: ClassVar[str] = "malformed_json"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {**PARTS, "token": ("headers",), "extension": ("end",)}
    hint: ClassVar[str] = "JSON is in the parts of events and downchannels, and in answers of /token and extensions"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        return [*parts[:at], Part(parts[at].headers, self.whole(parts[at].body)), *parts[at + 1 :]]

    def whole(self, body: bytes) -> bytes:
        return body[:-1]
