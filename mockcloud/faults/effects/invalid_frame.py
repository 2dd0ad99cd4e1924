from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_SETTINGS, EVERYWHERE, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import frames
from mockcloud.vocabulary.commands import SendRaw

DATA_ON_STREAM_0 = bytes.fromhex("000001 00 00 00000000 00")


@dataclass(frozen=True, slots=True)
class InvalidFrame(Effect):
    """Bytes between two frames of the connection that break HTTP/2; by default DATA on stream 0."""

    name: ClassVar[str] = "invalid_frame"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | AT_SETTINGS
    hint: ClassVar[str] = "strike at a point that the exchange has"
    needs_socket: ClassVar[bool] = True

    hex: bytes = setting(DATA_ON_STREAM_0, frames("the bytes, in hexadecimal"))

    def strike(self, progress: Progress) -> list[Act]:
        return [SendRaw(progress.ex.conn, self.hex)]
