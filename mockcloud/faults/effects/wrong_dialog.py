from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress
from mockcloud.faults.effects.directives import header_of, rewritten
from mockcloud.faults.points import On, Point
from mockcloud.wire.messages import Json
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class WrongDialog(Effect):
    """A directive carries a dialogRequestId that no event had."""

    name: ClassVar[str] = "wrong_dialog"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = PARTS
    hint: ClassVar[str] = "directives are the JSON parts of events and downchannels: strike at part"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:
        def with_another(message: Json) -> Json:
            header_of(message)["dialogRequestId"] = progress.uuid()
            return message

        return rewritten(parts, at, with_another)
