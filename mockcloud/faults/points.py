"""Where a fault strikes: whose exchange, and at which point of it.

    [before|after] POINT [n] [+ 250ms | + 100 bytes | + 50%]

Of a connection: ``accept`` (TCP is there), ``tls`` (its ClientHello has come and is to be answered) and ``settings``
(TLS is done, the cloud's SETTINGS come next); these are written bare. Of the request: ``headers`` (they are complete),
``metadata`` (the event is known), ``audio`` (it begins; an offset is audio that was received). Of the response:
``hello``, ``part`` and ``attachment`` (JSON and binary parts, without Hello; ``n`` counts from 1 since the fault was
set, without it the next one is meant) and ``end`` (the closing delimiter). Of a request to an extension: ``headers``
(it is on its way) and ``end`` (its answer has come, but for the end). A bare point is where it begins; ``after`` a
part includes the delimiter line behind it, since only then has a device got it (C-026), unless that is the closing
one.
"""

import re
from typing import Literal, get_args

from mockcloud.clock import MILLISECOND, duration
from mockcloud.vocabulary.value import Value

On = Literal["connect", "token", "downchannel", "event", "ping", "media", "extension"]
"""Whose exchange: a connection before its first request, ``/token``, ``/v1/directives``, ``/v1/events``, ``/ping``,
audio under ``/media/``, or a request to an extension."""

Point = Literal["accept", "tls", "settings", "headers", "metadata", "audio", "hello", "part", "attachment", "end"]

EXCHANGES: tuple[On, ...] = get_args(On)
POINTS: tuple[Point, ...] = get_args(Point)

POINTS_OF: dict[On, tuple[Point, ...]] = {
    "connect": ("accept", "tls", "settings"),
    "token": ("headers",),
    "downchannel": ("headers", "hello", "part", "attachment", "end"),
    "event": ("headers", "metadata", "audio", "part", "attachment", "end"),
    "ping": ("headers",),
    "media": ("headers",),
    "extension": ("headers", "end"),
}
"""The points that an exchange has, in their order."""

REQUEST_POINTS: tuple[Point, ...] = ("headers", "metadata", "audio")
COUNTED: tuple[Point, ...] = ("part", "attachment")

_AT = re.compile(
    rf"(?:(?P<side>before|after)\s+)?(?P<point>{'|'.join(POINTS)})(?:\s+(?P<nth>[1-9]\d{{0,8}}))?"
    r"(?:\s*\+\s*(?P<plus>\S.*))?",
    re.ASCII,
)
_BYTES = re.compile(r"(\d{1,12})\s*bytes?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})\s*%", re.ASCII)
_AUDIO_BYTES_A_MS = 32

SCHEMA = {
    "type": "string",
    "pattern": rf"^((before|after) +)?({'|'.join(POINTS)})( +[1-9][0-9]*)?( *\+ *\S.*)?$",
    "description": "[before|after] POINT [n] [+ 250ms | + 100 bytes | + 50%], such as: after part 2",
}


class At(Value, frozen=True):
    """A position in an exchange."""

    point: Point
    side: Literal["", "before", "after"] = ""
    nth: int | None = None
    wait: int = 0
    """Nanoseconds after the point."""
    bytes: int = 0
    """Into what begins at the point; at ``audio`` of what was received."""
    percent: int = 0
    """Of the part."""

    @property
    def is_shifted(self) -> bool:
        return bool(self.side or self.wait or self.bytes or self.percent)

    def __str__(self) -> str:
        words = [self.side, self.point, "" if self.nth is None else str(self.nth)]
        offsets = ((self.wait // MILLISECOND, "ms"), (self.bytes, " bytes"), (self.percent, "%"))
        words += [f"+ {number}{unit}" for number, unit in offsets if number]
        return " ".join(filter(None, words))


def parse_at(text: str) -> At:
    """Read a position. Raises `ValueError` that says how to write it."""
    found = _AT.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is not a position: write [before|after] POINT [n] [+ 250ms | + 100 bytes | + 50%], "
            f"with one of the points {', '.join(POINTS)}"
        )
    point = next(point for point in POINTS if point == found["point"])
    nth = int(found["nth"]) if found["nth"] else None
    if nth is not None and point not in COUNTED:
        raise ValueError(f"there is one {point}: only {' and '.join(COUNTED)} take a number")
    side: Literal["", "before", "after"] = "before" if found["side"] == "before" else "after" if found["side"] else ""
    return At(point, side, nth, **_offset(found["plus"], point))


def _offset(text: str | None, point: Point) -> dict[str, int]:
    if text is None:
        return {}
    if found := _BYTES.fullmatch(text.strip()):
        if point in ("headers", "metadata"):
            raise ValueError(f"bytes are counted in audio and in the response; {point} takes a duration")
        return {"bytes": int(found[1])}
    if found := _PERCENT.fullmatch(text.strip()):
        if point not in ("hello", *COUNTED) or not 0 <= int(found[1]) <= 100:
            raise ValueError("a percentage, up to 100%, is one of a part: hello, part or attachment")
        return {"percent": int(found[1])}
    wait = duration(text)
    return {"bytes": wait // MILLISECOND * _AUDIO_BYTES_A_MS} if point == "audio" else {"wait": wait}
