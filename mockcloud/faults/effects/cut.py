from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Deed, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import EndBody


@dataclass(frozen=True, slots=True)
class Cut(Effect):
    """End the response early as if it were whole: END_STREAM, but no closing delimiter; of media the first half."""

    name: ClassVar[str] = "cut"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("end", "part", "attachment"),
        "downchannel": ("end", "hello", "part", "attachment"),
        "media": ("headers",),
    }
    cure: ClassVar[str] = "there has to be a body to cut: strike in the response of an event, downchannel or media"

    def strike(self, progress: Progress) -> list[Deed]:
        if not progress.is_started:
            return []
        progress.is_over = True
        return [EndBody(progress.ex)]

    def whole(self, body: bytes) -> bytes:
        return body[: len(body) // 2]
