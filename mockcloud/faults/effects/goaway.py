from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_SETTINGS, EVERYWHERE, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import ERROR_CODES, code, text
from mockcloud.vocabulary.commands import GoAway


@dataclass(frozen=True, slots=True)
class GoAwayFrame(Effect):
    """GOAWAY: no new requests are wanted on the connection; those under way are answered."""

    name: ClassVar[str] = "goaway"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | AT_SETTINGS
    hint: ClassVar[str] = "strike at a point that the exchange has"

    code: int = setting(ERROR_CODES["NO_ERROR"], code("the error code"))
    debug: str = setting("", text("the additional debug data"))

    def strike(self, progress: Progress) -> list[Act]:
        return [GoAway(progress.ex.conn, self.code, self.debug.encode())]
