from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import Starve as WithholdWindow


@dataclass(frozen=True, slots=True)
class Starve(Effect):
    """No more flow-control window for the upload: from headers on it stops after 65,535 bytes."""

    name: ClassVar[str] = "starve"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"event": ("headers", "metadata", "audio")}
    hint: ClassVar[str] = "only events are uploads: strike at their headers, metadata or audio"
    needs_socket: ClassVar[bool] = True

    def strike(self, progress: Progress) -> list[Act]:
        return [WithholdWindow(progress.ex)]
