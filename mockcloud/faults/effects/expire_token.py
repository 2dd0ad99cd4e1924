from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, ExpireToken, Progress
from mockcloud.faults.points import On, Point


@dataclass(frozen=True, slots=True)
class ExpiredToken(Effect):
    """The access token of the request ends now: at headers this request is answered 401, later the next one."""

    name: ClassVar[str] = "expire_token"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {
        "event": ("headers", "metadata", "audio", "part", "attachment", "end"),
        "downchannel": ("headers", "hello", "part", "attachment", "end"),
        "ping": ("headers",),
    }
    hint: ClassVar[str] = "only requests to CIC bear an access token: strike on event, downchannel or ping"

    def strike(self, progress: Progress) -> list[Act]:  # noqa: ARG002
        return [ExpireToken()]
