"""TemplateRuntime: what a player shows, and the like buttons on it (``cic/interfaces/template-runtime.md``)."""

from collections.abc import Callable
from typing import Any

from mockcloud.cloud import playback
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Outgoing, Reply
from mockcloud.wire.messages import Json

NAMESPACE = "TemplateRuntime"


def player_info(turn: Turn) -> Reply:
    """The item of the token with as many before and after it as are asked for (C-170..C-173)."""
    if not turn.has_display:
        return Reply((), NAMESPACE, ("C-170", "C-186"))
    token = turn.text("token")
    found = playback.find(turn.account, token, turn.device)
    player = found.owner.player if found else turn.device.player
    findings: tuple[Finding, ...] = ()
    if found is None and player.items:
        said = f"no item has the token {token!r}; the current one is shown"
        findings = (Finding("order.player.token", said, "event.payload.token", ("C-172",), severity="warning"),)
    around = _around(turn, player.items, token if found else player.token)
    return Reply((_render(turn, around),), NAMESPACE, ("C-170", "C-171", "C-172"), findings=findings)


def _around(turn: Turn, items: list[Json], token: str) -> list[Json]:
    place = next((place for place, item in enumerate(items) if item["stream"]["token"] == token), 0)
    asked = turn.payload.get("range")
    if not isinstance(asked, dict):
        return items[place : place + turn.account.settings.behaviour.player_items]
    return items[max(0, place - _count(asked.get("before"))) : place + 1 + _count(asked.get("after"))]


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**53 else 0


def liked(*, liked: bool) -> Callable[[Turn], Reply]:
    """Note it, and show the changed item (C-175)."""

    def behaviour(turn: Turn) -> Reply:
        found = playback.find(turn.account, turn.text("token"), turn.device)
        if found is None:
            return Reply((), NAMESPACE, ("C-175",))
        playback.like(turn.account, found.item, liked=liked)
        if turn.account.settings.behaviour.like == "none" or not turn.has_display:
            return Reply((), NAMESPACE, ("C-175",))
        return Reply((_render(turn, [found.item]),), NAMESPACE, ("C-175",))

    return behaviour


def _render(turn: Turn, items: list[Json]) -> Outgoing:
    playing = turn.context("AudioPlayer.PlaybackState").get("playerActivity") == "PLAYING"
    return Outgoing("TemplateRuntime.RenderPlayerInfo", playback.player_info(turn.account, items, playing=playing))


TABLE: dict[str, Callable[[Turn], Reply]] = {
    "LikeCommandIssued": liked(liked=True),
    "RequestPlayerInfo": player_info,
    "RequestPlayerInfoIssued": player_info,
    "UnlikeCommandIssued": liked(liked=False),
}
