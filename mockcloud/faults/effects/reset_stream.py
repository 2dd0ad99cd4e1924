from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import EVERYWHERE, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import ERROR_CODES, code
from mockcloud.vocabulary import commands


@dataclass(frozen=True, slots=True)
class ResetStream(Effect):
    """RST_STREAM: the exchange breaks off, its connection goes on."""

    name: ClassVar[str] = "reset_stream"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE
    hint: ClassVar[str] = "strike at a point that the exchange has"

    code: int = setting(ERROR_CODES["CANCEL"], code("the error code"))

    def strike(self, progress: Progress) -> list[Act]:
        progress.is_over = True
        return [commands.ResetStream(progress.ex, self.code)]
