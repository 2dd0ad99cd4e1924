from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import whole
from mockcloud.vocabulary.commands import EndBody, StartResponse


@dataclass(frozen=True, slots=True)
class Status(Effect):
    """Answer with this HTTP status and no body, as a proxy before the cloud does; the request is not acted on."""

    name: ClassVar[str] = "status"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("headers", "metadata", "audio"),
        "downchannel": ("headers",),
        "ping": ("headers",),
        "token": ("headers",),
        "media": ("headers",),
        "extension": ("headers",),
    }
    hint: ClassVar[str] = "the status has been sent by then: strike at headers, or end the response with reset_stream"

    code: int = setting(500, whole("the HTTP status", 200, 599))

    def strike(self, progress: Progress) -> list[Act]:
        if progress.is_started:
            return []
        progress.is_over = True
        return [StartResponse(progress.ex, self.code), EndBody(progress.ex)]
