"""What the cloud says: Speak directives, one after the other (``cic/interfaces/speech-synthesizer.md``).

- Utterances play in the order of receipt (D-092). The first of the queue waits until its sound is there
  (LOADING), then keeps the silence of ``x-clova-pause-before`` (PAUSING, D-094), then plays for its length.
- SpeechStarted and SpeechFinished frame the playing (D-089, D-090). What is broken off while it plays is
  reported with SpeechStopped; what had not begun is dropped without a word (D-051, D-091).
- An utterance without sound is skipped; with ``unreachable_media="silent"`` it passes in no time instead.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from mockcloud.client.core import Core, step
from mockcloud.client.events import Events
from mockcloud.client.reader import Received
from mockcloud.client.sounds import Sound, Sounds
from mockcloud.client.vocabulary import Played, Silenced
from mockcloud.clock import MILLISECOND, Timer
from mockcloud.wire.messages import Json


class State(Enum):
    SILENT = auto()
    LOADING = auto()
    PAUSING = auto()
    SPEAKING = auto()


class On(Enum):
    QUEUED = auto()
    SOUND = auto()
    NO_SOUND = auto()
    DUE = auto()
    CUT = auto()


class Action(Enum):
    LOAD = auto()
    PAUSE = auto()
    SKIP = auto()
    DROP = auto()
    START = auto()
    FINISH = auto()
    BREAK_OFF = auto()


TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.SILENT, On.QUEUED): (State.LOADING, Action.LOAD),
    (State.LOADING, On.SOUND): (State.PAUSING, Action.PAUSE),
    (State.LOADING, On.NO_SOUND): (State.SILENT, Action.SKIP),
    (State.LOADING, On.CUT): (State.SILENT, Action.DROP),
    (State.PAUSING, On.DUE): (State.SPEAKING, Action.START),
    (State.PAUSING, On.CUT): (State.SILENT, Action.DROP),
    (State.SPEAKING, On.DUE): (State.SILENT, Action.FINISH),
    (State.SPEAKING, On.CUT): (State.SILENT, Action.BREAK_OFF),
}
"""Pairs that are not in the table change nothing."""


@dataclass(slots=True)
class Utterance:
    token: str
    url: str
    pause_ms: int
    dialog_request_id: str | None
    sound: Sound


class Voice:
    """``starting`` is called with its dialog ID before an utterance is heard, ``quiet`` when the last one is over."""

    def __init__(
        self,
        core: Core,
        events: Events,
        sounds: Sounds,
        starting: Callable[[str | None], None],
        quiet: Callable[[], None],
    ) -> None:
        self._core = core
        self._events = events
        self._sounds = sounds
        self._starting = starting
        self._quiet = quiet
        self._queue: deque[Utterance] = deque()
        self._timer: Timer | None = None
        self.state = State.SILENT
        self._last: Json | None = None

    @property
    def is_busy(self) -> bool:
        return bool(self._queue)

    def speak(self, received: Received) -> None:
        payload = received.directive.payload
        utterance = Utterance(
            str(payload.get("token", "")),
            str(payload.get("url", "")),
            _milliseconds(payload.get("x-clova-pause-before")),
            received.directive.dialog_request_id,
            self._sounds.attached(str(payload.get("url", "")), received.reader, lambda: self._sound_of(utterance)),
        )
        self._queue.append(utterance)
        self.feed(On.QUEUED)

    def cut(self) -> None:
        """Break off what is said, and forget what was to be said."""
        for utterance in list(self._queue)[1:]:
            self._sounds.stop(utterance.sound)
            self._queue.remove(utterance)
        self.feed(On.CUT)

    def context(self) -> Json | None:
        """``SpeechSynthesizer.SpeechState``; ``None`` before the first Speak, which has the token it needs."""
        return self._last

    def feed(self, on: On) -> None:
        action = step(TABLE, self, on)
        if action is not None:
            self._core.changed("speech", self.state.name)
            ACTIONS[action](self)

    def _sound_of(self, utterance: Utterance) -> None:
        if self._queue and self._queue[0] is utterance:
            self._judge(utterance.sound)

    def _judge(self, sound: Sound) -> None:
        if sound.failed and self._core.profile.unreachable_media == "silent":
            self.feed(On.SOUND)
        elif sound.failed:
            self.feed(On.NO_SOUND)
        elif sound.length_ms is not None:
            self.feed(On.SOUND)

    def _load(self) -> None:
        self._judge(self._queue[0].sound)

    def _pause(self) -> None:
        self._wait(self._queue[0].pause_ms)

    def _start(self) -> None:
        utterance = self._queue[0]
        self._starting(utterance.dialog_request_id)
        self._report("SpeechStarted", utterance, "PLAYING")
        self._core.note(Played("speech", utterance.token, utterance.url, utterance.sound.audio))
        self._wait((utterance.sound.length_ms or 0) if self._core.profile.speed == "real" else 0)

    def _finish(self) -> None:
        utterance = self._queue.popleft()
        self._core.note(Silenced("speech", utterance.token))
        self._report("SpeechFinished", utterance, "FINISHED")
        self._go_on()

    def _break_off(self) -> None:
        self._core.timers.cancel(self._timer)
        utterance = self._queue.popleft()
        self._core.note(Silenced("speech", utterance.token))
        self._report("SpeechStopped", utterance, "STOPPED")

    def _drop(self) -> None:
        self._core.timers.cancel(self._timer)
        self._sounds.stop(self._queue.popleft().sound)

    def _skip(self) -> None:
        self._queue.popleft()
        self._go_on()

    def _go_on(self) -> None:
        if self._queue:
            self.feed(On.QUEUED)
        else:
            self._quiet()

    def _wait(self, ms: int) -> None:
        self._timer = self._core.after(ms * MILLISECOND, lambda: self.feed(On.DUE))

    def _report(self, name: str, utterance: Utterance, activity: str) -> None:
        self._last = {"token": utterance.token, "playerActivity": activity}
        self._events.send(f"SpeechSynthesizer.{name}", {"token": utterance.token})


ACTIONS: dict[Action, Callable[[Voice], None]] = {
    Action.LOAD: Voice._load,
    Action.PAUSE: Voice._pause,
    Action.SKIP: Voice._skip,
    Action.DROP: Voice._drop,
    Action.START: Voice._start,
    Action.FINISH: Voice._finish,
    Action.BREAK_OFF: Voice._break_off,
}


def _milliseconds(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) else 0
