"""SpeechRecognizer: what beside Recognize it has sent in older versions. Recognize is answered by whoever its words
are for."""

from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Reply

NAMESPACE = "SpeechRecognizer"


def timed_out(turn: Turn) -> Reply:  # noqa: ARG001 - behaviours are called alike
    """Removed in v2.5: 204, on record as obsolete (C-089)."""
    said = "ExpectSpeechTimedOut was removed in v2.5: an unanswered question lapses without an event"
    return Reply(
        (), NAMESPACE, ("C-089",), findings=(Finding("event.obsolete", said, "event.header.name", ("C-089",)),)
    )


TABLE = {"ExpectSpeechTimedOut": timed_out}
