from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import CONNECT, EVERYWHERE, Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import BlackHole as Swallow


@dataclass(frozen=True, slots=True)
class BlackHole(Effect):
    """The connection stays up, but nothing comes of it any more, and nothing sent on it arrives."""

    name: ClassVar[str] = "black_hole"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | CONNECT
    hint: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Act]:
        return [Swallow(progress.ex.conn)]
