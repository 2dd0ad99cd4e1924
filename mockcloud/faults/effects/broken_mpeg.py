from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class BrokenMpeg(Effect):
    """Audio of the right length in which no MPEG frame begins."""

    name: ClassVar[str] = "broken_mpeg"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("attachment",),
        "downchannel": ("attachment",),
        "media": ("headers",),
    }
    hint: ClassVar[str] = "audio is in attachments and in media: strike at attachment, or on media at headers"

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        return [*parts[:at], Part(parts[at].headers, self.whole(parts[at].body)), *parts[at + 1 :]]

    def whole(self, body: bytes) -> bytes:
        return bytes(len(body))
