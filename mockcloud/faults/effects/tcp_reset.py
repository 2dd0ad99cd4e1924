from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import CONNECT, EVERYWHERE, Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import AbortConnection


@dataclass(frozen=True, slots=True)
class TcpReset(Effect):
    """The connection is reset (TCP RST), with all that is under way on it."""

    name: ClassVar[str] = "tcp_reset"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | CONNECT
    hint: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Act]:
        progress.is_over = True
        return [AbortConnection(progress.ex.conn)]
