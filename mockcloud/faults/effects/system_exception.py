from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import text, whole
from mockcloud.vocabulary.commands import EndBody, SendBody, StartResponse


@dataclass(frozen=True, slots=True)
class SystemException(Effect):
    """Refuse with an error message, as the cloud does (C-059, C-061); the request is not acted on."""

    name: ClassVar[str] = "system_exception"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("headers", "metadata", "audio"),
        "downchannel": ("headers",),
        "ping": ("headers",),
    }
    hint: ClassVar[str] = "only CIC sends System.Exception, and as a whole response: strike at headers, or use status"

    code: int = setting(500, whole("payload.code, and the HTTP status", 400, 599))
    description: str = setting("a fault was asked for", text("payload.description"))

    def strike(self, progress: Progress) -> list[Act]:
        if progress.is_started:
            return []
        progress.is_over = True
        headers, body = progress.error(self.code, self.description)
        ex = progress.ex
        return [StartResponse(ex, self.code, headers), SendBody(ex, body), EndBody(ex)]
