"""Speech: each Speak is started once, then finished or stopped; those of a dialog one after the other (D-089..D-092).

A Speak whose dialog is over is never started (D-049..D-051). One that is discarded unheard may be reported as
stopped, and so may one that is stopped at the moment of its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mockcloud.clock import Instant
from mockcloud.cloud.order.given import outdated, remember
from mockcloud.vocabulary import Finding


class State(Enum):
    WAITING = "was not started yet"
    PLAYING = "is playing"
    ENDED = "has ended"


LEADS_TO = {
    "SpeechStarted": State.PLAYING,
    "SpeechFinished": State.ENDED,
    "SpeechStopped": State.ENDED,
}
WRONG = {
    (State.WAITING, "SpeechFinished"): "order.speak.not-started",
    (State.PLAYING, "SpeechStarted"): "order.speak.repeated",
    (State.ENDED, "SpeechStarted"): "order.speak.repeated",
    (State.ENDED, "SpeechFinished"): "order.speak.repeated",
}
_BECAUSE = {
    "order.speak.not-started": ("D-089", "D-090"),
    "order.speak.repeated": ("D-089", "D-090", "D-091"),
}
_SOURCE = "cic/interfaces/speech-synthesizer.md"


@dataclass(slots=True)
class Speech:
    """One Speak."""

    token: str
    dialog: str | None
    place: int
    """How many Speaks came before it."""
    state: State = State.WAITING
    told_at: Instant = Instant(0)
    """When the latest report about it came."""


@dataclass(slots=True)
class Speeches:
    """The Speaks of a device, by token."""

    known: dict[str, Speech] = field(default_factory=dict)
    count: int = 0

    def given(self, payload: Mapping[str, Any], dialog: str | None) -> None:
        token = payload.get("token")
        if isinstance(token, str):
            self.count += 1
            remember(self.known, token, Speech(token, dialog, self.count))

    def is_busy(self, now: Instant, patience: int) -> bool:
        """Whether a speech is playing, or has ended less than so many nanoseconds ago."""
        return any(
            speech.state is State.PLAYING or (speech.state is State.ENDED and now - speech.told_at < patience)
            for speech in self.known.values()
        )

    def in_context(self, state: Mapping[str, Any], at: str, now: Instant) -> list[Finding]:
        """SpeechSynthesizer.SpeechState: a speech that has ended is not playing (D-095). That it has ended may show
        before the report of it has come."""
        token = state.get("token")
        speech = self.known.get(token) if isinstance(token, str) else None
        if speech is None or speech.state is not State.ENDED or state.get("playerActivity") != "PLAYING":
            return []
        said = "PLAYING, but the device has reported that this speech has ended"
        return [outdated(said, f"{at}.playerActivity", ("D-095",), speech.told_at, now, _SOURCE)]

    def reported(self, name: str, token: str, dialog: str, now: Instant) -> list[Finding]:
        """``dialog``: that of the latest request of the user."""
        speech, leads_to = self.known.get(token), LEADS_TO.get(name)
        if speech is None or leads_to is None:
            return []
        code = WRONG.get((speech.state, name))
        found = [_found(code, f"{name}, but this speech {speech.state.value}", _BECAUSE[code])] if code else []
        if name == "SpeechStarted" and not found:
            found = self._out_of_turn(speech, dialog)
        speech.state, speech.told_at = leads_to, now
        return found

    def _out_of_turn(self, speech: Speech, dialog: str) -> list[Finding]:
        if speech.dialog is None:
            return []
        if dialog and speech.dialog != dialog:
            said = f"this speech belongs to the dialog {speech.dialog!r}, but the user has begun {dialog!r} since"
            return [_found("order.speak.outdated", said, ("D-049", "D-050", "D-051"))]
        others = [one for one in self.known.values() if one.dialog == speech.dialog and one is not speech]
        if any(one.state is State.PLAYING for one in others):
            said = "another speech of this dialog is playing: it has to end before the next one starts"
            return [_found("order.speak.out-of-turn", said, ("D-092",))]
        if any(one.place > speech.place and one.state is not State.WAITING for one in others):
            said = "a speech that came later was played before: they are played in the order of receipt"
            return [_found("order.speak.out-of-turn", said, ("D-092",))]
        return []


def _found(code: str, said: str, because: tuple[str, ...]) -> Finding:
    path = "event.payload.token" if code in ("order.speak.outdated", "order.speak.out-of-turn") else "event.header.name"
    return Finding(code, said, path, because, source=_SOURCE)
