from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_SETTINGS, EVERYWHERE, Act, Effect, Hold, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import MutePing


@dataclass(frozen=True, slots=True)
class Silence(Effect):
    """From here on the device's PINGs get no ACK, and its requests of /ping no answer; all else goes on."""

    name: ClassVar[str] = "silence"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | AT_SETTINGS
    hint: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Act]:
        return [MutePing(progress.ex.conn), *([Hold()] if progress.on == "ping" else [])]
