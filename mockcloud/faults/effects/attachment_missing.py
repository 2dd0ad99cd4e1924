from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class AttachmentMissing(Effect):
    """An attachment to which a directive refers does not come."""

    name: ClassVar[str] = "attachment_missing"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"event": ("attachment",), "downchannel": ("attachment",)}
    hint: ClassVar[str] = "attachments are in the responses to events and on downchannels: strike at attachment"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        return [*parts[:at], *parts[at + 1 :]]
