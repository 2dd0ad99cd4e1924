from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class DuplicateDirective(Effect):
    """A directive comes twice, byte for byte."""

    name: ClassVar[str] = "duplicate_directive"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = PARTS
    hint: ClassVar[str] = "directives are the JSON parts of events and downchannels: strike at part"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        return [*parts[: at + 1], parts[at], *parts[at + 1 :]]
