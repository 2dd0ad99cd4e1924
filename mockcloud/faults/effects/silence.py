from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_SETTINGS, EVERYWHERE, Deed, Effect, Hold, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import MutePing


@dataclass(frozen=True, slots=True)
class Silence(Effect):
    """From here on the device's PINGs get no ACK, and its requests of /ping no answer; all else goes on."""

    name: ClassVar[str] = "silence"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | AT_SETTINGS
    cure: ClassVar[str] = "strike at a point that the exchange has"

    def strike(self, progress: Progress) -> list[Deed]:
        return [MutePing(progress.ex.conn), *([Hold()] if progress.on == "ping" else [])]
