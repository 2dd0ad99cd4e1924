"""AudioPlayer: reports of playing, streams on request, and playback states shared between clients."""

from collections.abc import Callable
from typing import Any

from mockcloud.cloud import playback
from mockcloud.cloud.behaviours.reports import other_device, reported
from mockcloud.cloud.streams import stream
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply, push

NAMESPACE = "AudioPlayer"

_STATE = ("playerActivity", "repeatMode", "offsetInMilliseconds", "stream", "token", "totalInMilliseconds")
_ANSWER_NAMES = {"audioStream": ("audioStream",), "stream": ("stream",), "both": ("audioStream", "stream")}


def playing(turn: Turn) -> Reply:
    """It plays this stream now (C-121)."""
    token = turn.text("token")
    if playback.find(turn.account, token, turn.device):
        turn.device.player.token = token
    return Reply(by="report", because=("C-121",))


def deliver(turn: Turn) -> Reply:
    """A playable URL under the token that Play gave (C-118)."""
    asked = turn.payload.get("audioStream")
    known: dict[str, Any] = asked if isinstance(asked, dict) else {}
    item, token, begin = turn.text("audioItemId"), known.get("token"), known.get("beginAtInMilliseconds")
    found = stream(item or "stream", token=token if isinstance(token, str) else turn.account.ids.uuid())
    if isinstance(begin, int) and not isinstance(begin, bool) and begin > 0:
        found = playback.from_there(found, begin)
    names = _ANSWER_NAMES[turn.account.settings.behaviour.deliver_stream_as]
    answer = {"audioItemId": item, **dict.fromkeys(names, found)}
    return Reply((Outgoing("AudioPlayer.StreamDeliver", answer),), NAMESPACE, ("C-118",))


def request_states(turn: Turn) -> Reply:
    """Ask all others, or the one named, for their state (C-123, C-125)."""
    named, findings = other_device(turn)
    asked = () if findings else playback.ask_for_states(turn.account, turn.device, named)
    return Reply(asked, NAMESPACE, ("C-123", "C-125"), findings=findings)


def share_state(turn: Turn) -> Reply:
    """Hand the state to those who have asked for it (C-124)."""
    device = turn.device
    device.player.reported = {name: turn.payload[name] for name in _STATE if name in turn.payload}
    askers, device.playback_askers = device.playback_askers, []
    payload = {"deviceId": device.device_id, **device.player.reported}
    told = tuple(push("AudioPlayer.SynchronizePlaybackState", payload, to=asker, offline="drop") for asker in askers)
    return Reply(told, NAMESPACE, ("C-124",))


_REPORTS = ("PlayFinished", "PlayPaused", "PlayStopped")
_PROGRESS = ("ProgressReportDelayPassed", "ProgressReportIntervalPassed", "ProgressReportPositionPassed")

TABLE: dict[str, Callable[[Turn], Reply]] = {
    **dict.fromkeys((*_REPORTS, *_PROGRESS), reported("C-121")),
    "PlayResumed": playing,
    "PlayStarted": playing,
    "ReportPlaybackState": share_state,
    "RequestPlaybackState": request_states,
    "StreamRequested": deliver,
}
