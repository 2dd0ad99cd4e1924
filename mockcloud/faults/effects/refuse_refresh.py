from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, Effect, Progress
from mockcloud.faults.points import On, Point
from mockcloud.vocabulary.commands import EndBody, SendBody, StartResponse
from mockcloud.wire.messages import dumps


@dataclass(frozen=True, slots=True)
class RefuseRefresh(Effect):
    """A refresh token buys nothing: 400, as if it were unknown (C-012). Other requests of /token do not count."""

    name: ClassVar[str] = "refuse_refresh"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"token": ("headers",)}
    hint: ClassVar[str] = "tokens are refreshed at /token: strike on token"
    grant: ClassVar[str] = "refresh_token"

    def strike(self, progress: Progress) -> list[Act]:
        progress.is_over = True
        said = dumps({"error": "invalid_request", "error_description": "no such refresh token"})
        ex = progress.ex
        headers = (("content-type", "application/json"), ("cache-control", "no-store"))
        return [StartResponse(ex, 400, headers), SendBody(ex, said), EndBody(ex)]
