from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import EVERYWHERE, Act, Effect, Hold, Progress
from mockcloud.faults.points import On, Point


@dataclass(frozen=True, slots=True)
class Stall(Effect):
    """Nothing more of the response comes; stream and connection stay open. An extension is timed out."""

    name: ClassVar[str] = "stall"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | {"extension": ("headers", "end")}
    hint: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Act]:  # noqa: ARG002
        return [Hold()]
