from dataclasses import dataclass
from typing import ClassVar

from mockcloud.clock import MILLISECOND
from mockcloud.faults.effect import Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import span, whole


@dataclass(frozen=True, slots=True)
class Trickle(Effect):
    """From here on the body comes in small pieces with pauses between."""

    name: ClassVar[str] = "trickle"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("headers", "part", "attachment", "end"),
        "downchannel": ("headers", "hello", "part", "attachment", "end"),
    }
    hint: ClassVar[str] = "bodies of events and downchannels come in pieces: strike at headers or in the response"

    bytes: int = setting(16, whole("bytes in a piece", 1))
    every: int = setting(10 * MILLISECOND, span("time between two pieces"))

    def strike(self, progress: Progress) -> list[Act]:
        progress.pace = self.bytes, self.every
        return []
