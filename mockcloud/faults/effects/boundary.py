import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from mockcloud.faults.effect import Effect, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import choice
from mockcloud.vocabulary import Headers


@dataclass(frozen=True, slots=True)
class Boundary(Effect):
    """The Content-Type names another boundary than the body has, or none."""

    name: ClassVar[str] = "boundary"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"event": ("headers",), "downchannel": ("headers",)}
    hint: ClassVar[str] = "only responses to events and downchannels are multipart: strike at their headers"

    how: Literal["wrong", "missing"] = setting("wrong", choice("what is done to it", "wrong", "missing"))

    def headers(self, headers: Headers) -> Headers:
        put = "; boundary=not-this-one" if self.how == "wrong" else ""
        return tuple(
            (name, re.sub(r";\s*boundary=.*", put, value) if name == "content-type" else value)
            for name, value in headers
        )
