from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress, RefuseConnection
from mockcloud.faults.points import On, Point


@dataclass(frozen=True, slots=True)
class RefusedConnection(Effect):
    """Nobody listens where the extension is registered: the request does not leave."""

    name: ClassVar[str] = "refuse_connection"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"extension": ("headers",)}
    hint: ClassVar[str] = "the cloud connects to extensions: strike on extension; a device is refused by tcp_reset"

    def strike(self, progress: Progress) -> list[Act]:
        progress.is_over = True
        return [RefuseConnection()]
