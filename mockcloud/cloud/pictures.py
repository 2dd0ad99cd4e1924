"""The few pictures that templates show: drawn on the fly, served by our own media endpoint as PNG (RFC 2083)."""

import struct
import zlib
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote

from mockcloud.vocabulary.replies import LOCAL

SMALL, LARGE = 96, 480
"""Pixels of a side: an icon or a thumbnail, and a whole picture."""
LARGEST = 1024
CLEAR_SKY = "clear-sky"
CLEAN_AIR = "clean-air"

Colour = tuple[int, int, int]

_KNOWN: dict[str, tuple[Colour, Colour]] = {
    CLEAR_SKY: ((135, 190, 235), (255, 200, 40)),
    CLEAN_AIR: ((235, 245, 240), (70, 170, 110)),
}
"""Colours of ground and disc."""


def picture_url(name: str, size: int = SMALL) -> str:
    """Where `mockcloud.cic.media` serves that picture; any name has one."""
    return f"{LOCAL}/media/picture/{size}/{quote(name, safe='', errors='replace')}.png"


@lru_cache(maxsize=64)
def draw(name: str, size: int) -> bytes:
    """A square PNG of ``size`` pixels a side: a disc on its ground, in colours that follow from the name."""
    ground, disc = _KNOWN.get(name) or _colours(name)
    radius = size * 0.35
    rows = bytearray()
    for y in range(size):
        reach = radius * radius - (y + 0.5 - size / 2) ** 2
        half = round(reach**0.5) if reach > 0 else 0
        side = size // 2 - half
        rows += (
            b"\0" + b"\0" * side + b"\1" * (size - 2 * side if half else 0) + b"\0" * (side if half else size - side)
        )
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", bytes((*ground, *disc))), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colours(name: str) -> tuple[Colour, Colour]:
    six = blake2b(name.encode(errors="replace"), digest_size=6).digest()
    pale, strong = (160 + byte % 96 for byte in six[:3]), (byte % 160 for byte in six[3:])
    return tuple(pale), tuple(strong)  # type: ignore[return-value]
