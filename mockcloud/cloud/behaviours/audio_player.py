"""AudioPlayer: reports of playing, and the stream of an item that could not be played directly."""

from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.streams import stream
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply

NAMESPACE = "AudioPlayer"


def deliver(turn: Turn) -> Reply:
    """A playable URL under the token that Play gave (C-118)."""
    asked = turn.payload.get("audioStream")
    token = asked.get("token") if isinstance(asked, dict) else None
    item = turn.text("audioItemId")
    answer = {
        "audioItemId": item,
        "audioStream": stream(item or "stream", token=token if isinstance(token, str) else turn.account.ids.uuid()),
    }
    return Reply((Outgoing("AudioPlayer.StreamDeliver", answer),), "AudioPlayer", ("C-118",))


TABLE = {
    "PlayFinished": reported("C-121"),
    "PlayPaused": reported("C-121"),
    "PlayResumed": reported("C-121"),
    "PlayStarted": reported("C-121"),
    "PlayStopped": reported("C-121"),
    "ProgressReportDelayPassed": reported("C-121"),
    "ProgressReportIntervalPassed": reported("C-121"),
    "ProgressReportPositionPassed": reported("C-121"),
    "ReportPlaybackState": reported("C-124"),
    "StreamRequested": deliver,
}
