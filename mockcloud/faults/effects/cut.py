from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import EndBody, EndHandshake


@dataclass(frozen=True, slots=True)
class Cut(Effect):
    """End the response early as if it were whole: END_STREAM, but no closing delimiter; of media the first half.

    Of a TLS handshake the first half of the answer to the ClientHello, then FIN; of an extension's answer the first
    half of the body, then the connection breaks.
    """

    name: ClassVar[str] = "cut"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("end", "part", "attachment"),
        "downchannel": ("end", "hello", "part", "attachment"),
        "media": ("headers",),
        "connect": ("tls",),
        "extension": ("end",),
    }
    hint: ClassVar[str] = (
        "there has to be a body to cut: strike event, downchannel, media or extension, or connect at tls"
    )

    def strike(self, progress: Progress) -> list[Act]:
        if progress.on == "connect":
            progress.is_over = True
            return [EndHandshake(progress.ex.conn)]
        if not progress.is_started:
            return []
        progress.is_over = True
        return [EndBody(progress.ex)]

    def whole(self, body: bytes) -> bytes:
        return body[: len(body) // 2]
