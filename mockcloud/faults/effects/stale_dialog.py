from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress
from mockcloud.faults.effects.directives import header_of, rewritten
from mockcloud.faults.points import On, Point
from mockcloud.wire.messages import Json
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class StaleDialog(Effect):
    """A directive carries the dialogRequestId of the dialog before, as an answer does that comes too late (D-049).

    Of a device without an earlier dialog it is one that no event had.
    """

    name: ClassVar[str] = "stale_dialog"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = PARTS
    hint: ClassVar[str] = "directives are the JSON parts of events and downchannels: strike at part"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:
        def with_the_one_before(message: Json) -> Json:
            header_of(message)["dialogRequestId"] = progress.other_dialog() or progress.uuid()
            return message

        return rewritten(parts, at, with_the_one_before)
