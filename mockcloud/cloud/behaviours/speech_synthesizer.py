"""SpeechSynthesizer: text to speech on request, and reports of playing it."""

from mockcloud.cloud.behaviours.reports import reported
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply, speak

NAMESPACE = "SpeechSynthesizer"


def request(turn: Turn) -> Reply:
    """Speak the text in the language it names (C-095)."""
    lang = turn.text("lang")
    known = lang if lang in ("en", "ja", "ko", "zh") else turn.account.settings.lang
    text = turn.text("text")
    return Reply((speak(text, known),) if text else (), "SpeechSynthesizer", ("C-095",))


TABLE = {
    "Request": request,
    "SpeechFinished": reported("C-099"),
    "SpeechStarted": reported("C-099"),
    "SpeechStopped": reported("C-099"),
}
