from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import CONNECT, EVERYWHERE, Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import HalfClose as HalfCloseConnection


@dataclass(frozen=True, slots=True)
class HalfClose(Effect):
    """The cloud's side of the connection ends (FIN) without a word; what the device sends is still read."""

    name: ClassVar[str] = "half_close"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | CONNECT
    hint: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Act]:
        return [HalfCloseConnection(progress.ex.conn)]
