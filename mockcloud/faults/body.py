"""A multipart body as we write it, taken apart at its delimiter lines and put together again."""

import re
from functools import lru_cache
from typing import Literal

from mockcloud.vocabulary.value import Value
from mockcloud.wire.multipart import Part, part

Kind = Literal["delimiter", "closing", "hello", "part", "attachment", "other"]
PARTS: tuple[Kind, ...] = ("hello", "part", "attachment")


class Segment(Value, frozen=True):
    """A delimiter line with the line breaks around it, or a part without them."""

    kind: Kind
    data: bytes


@lru_cache(maxsize=64)
def _delimiter(boundary: str) -> re.Pattern[bytes]:
    return re.compile(rb"((?:\r\n)?--" + re.escape(boundary.encode("latin-1")) + rb"(?:--)?\r\n)")


def segments(boundary: str, data: bytes) -> list[Segment]:
    """What one write consists of; without a boundary it is one piece of no known kind."""
    if not boundary:
        return [Segment("other", data)]
    pieces = _delimiter(boundary).split(data)
    found = []
    for index, piece in enumerate(pieces):
        if index % 2:
            found.append(Segment("closing" if piece.endswith(b"--\r\n") else "delimiter", piece))
        elif piece:
            found.append(Segment(_kind(piece), piece))
    return found


def _kind(piece: bytes) -> Kind:
    head = piece.partition(b"\r\n\r\n")[0]
    if b"application/json" not in head:
        return "attachment"
    return "hello" if b'name="helloDirective-' in head else "part"


def parts_in(pieces: list[Segment]) -> list[Part]:
    """The parts of one write, in their order."""
    return [_part(piece.data) for piece in pieces if piece.kind in PARTS]


def _part(data: bytes) -> Part:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    return Part(tuple((name, value) for name, _, value in (line.partition(": ") for line in lines)), body)


def with_parts(boundary: str, pieces: list[Segment], parts: list[Part]) -> list[Segment]:
    """The same write with other parts between its first and its last delimiter line."""
    between = b"\r\n--" + boundary.encode("latin-1") + b"\r\n"
    first = [pieces[0]] if pieces[0].kind not in PARTS else []
    last = [pieces[-1]] if pieces[-1].kind not in PARTS else []
    made: list[Segment] = []
    for one in parts:
        data = part(*one)
        made += [*([Segment("delimiter", between)] if made else []), Segment(_kind(data), data)]
    return [*first, *made, *last]
