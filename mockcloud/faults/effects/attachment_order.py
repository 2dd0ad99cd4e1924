from dataclasses import dataclass
from typing import ClassVar, Literal

from mockcloud.faults.effect import Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import choice
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class AttachmentOrder(Effect):
    """An attachment comes at another place than behind its directive (D-058)."""

    name: ClassVar[str] = "attachment_order"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"event": ("attachment",), "downchannel": ("attachment",)}
    hint: ClassVar[str] = "attachments are in the responses to events and on downchannels: strike at attachment"

    to: Literal["first", "last"] = setting("first", choice("before or after all other parts", "first", "last"))

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        others = [*parts[:at], *parts[at + 1 :]]
        return [parts[at], *others] if self.to == "first" else [*others, parts[at]]
