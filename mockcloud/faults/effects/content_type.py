from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Effect, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import text
from mockcloud.vocabulary import Headers


@dataclass(frozen=True, slots=True)
class ContentType(Effect):
    """Another Content-Type than the body has."""

    name: ClassVar[str] = "content_type"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("headers",),
        "downchannel": ("headers",),
        "token": ("headers",),
        "media": ("headers",),
        "extension": ("end",),
    }
    hint: ClassVar[str] = "the header fields of a response with a body can be changed: strike at headers"

    type: str = setting("text/html", text("the media type"))

    def headers(self, headers: Headers) -> Headers:
        return tuple((name, self.type if name == "content-type" else value) for name, value in headers)
