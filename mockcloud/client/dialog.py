"""Dialogs: what the user says or types, and what the cloud asks back (``cic/overview.md § 대화 ID``).

    - Every request starts a dialog with a new ``dialogRequestId``; the speech of the old one is broken off and its
      directives are dropped from then on (D-046, D-049..D-051). The answer to ExpectSpeech goes out under the
      same ID, with ``speechId`` and ``explicit`` as received (D-048, D-082, D-088).
    - Speech is sent as a microphone gives it: 200 ms a part, in the request of its Recognize (D-063..D-065). The
      upload ends when the words end, or at once on StopCapture of this dialog (D-074, D-077).
    - After ExpectSpeech the microphone opens when the question has been said (OPEN), for as long as the cloud
      gave. If nobody answers nothing is sent (D-085).
    - A sound that wants to be heard (alert, speech, content) ends the taking of speech (D-217).

The microphone:

    SHUT --ask--> ASKED --quiet--> OPEN --lapse--> SHUT
    any of them --record--> RECORDING --ended or stopped or broken--> SHUT
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from mockcloud.client.core import Core, step
from mockcloud.client.events import Envelope, Events
from mockcloud.client.vocabulary import EventAnswered, Initiator, Lit, Say, SendData, Shown, Trouble, Type, UploadEnded
from mockcloud.clock import MILLISECOND, Timer
from mockcloud.speech import pcm
from mockcloud.vocabulary import RequestId

CHUNK_MS = 200


class State(Enum):
    SHUT = auto()
    ASKED = auto()
    """ExpectSpeech has come; the question is still being said."""
    OPEN = auto()
    RECORDING = auto()


class On(Enum):
    ASK = auto()
    QUIET = auto()
    LAPSE = auto()
    RECORD = auto()
    OVER = auto()
    FORGET = auto()


class Action(Enum):
    LISTEN_AFTER_SPEECH = auto()
    LISTEN = auto()
    FORGET = auto()
    LAPSE = auto()
    LIGHT_UP = auto()
    PROCESS = auto()


TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.SHUT, On.ASK): (State.ASKED, Action.LISTEN_AFTER_SPEECH),
    (State.ASKED, On.ASK): (State.ASKED, Action.LISTEN_AFTER_SPEECH),
    (State.OPEN, On.ASK): (State.ASKED, Action.LISTEN_AFTER_SPEECH),
    (State.ASKED, On.QUIET): (State.OPEN, Action.LISTEN),
    (State.ASKED, On.FORGET): (State.SHUT, Action.FORGET),
    (State.OPEN, On.LAPSE): (State.SHUT, Action.LAPSE),
    (State.OPEN, On.FORGET): (State.SHUT, Action.FORGET),
    **{(state, On.RECORD): (State.RECORDING, Action.LIGHT_UP) for state in State},
    (State.RECORDING, On.OVER): (State.SHUT, Action.PROCESS),
}
"""Pairs that are not in the table change nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an ExpectSpeech asked for."""

    speech_id: str
    explicit: bool
    timeout_ms: int


@dataclass(slots=True)
class _Upload:
    say: Say
    request: RequestId
    envelope: Envelope
    chunks: deque[bytes]
    sent: int = 0
    timer: Timer | None = None


class Dialog:
    """``is_speaking`` tells whether speech is heard or queued, ``cut`` breaks it off."""

    def __init__(
        self,
        core: Core,
        events: Events,
        is_ready: Callable[[], bool],
        is_speaking: Callable[[], bool],
        cut: Callable[[], None],
    ) -> None:
        self._core = core
        self._events = events
        self._is_ready = is_ready
        self._is_speaking = is_speaking
        self._cut = cut
        self.id: str | None = None
        """The ``dialogRequestId`` of the last request (D-054)."""
        self.state = State.SHUT
        self.muted = False
        self._question: Question | None = None
        self._upload: _Upload | None = None
        self._lapse_timer: Timer | None = None
        self._held: deque[Say | Type] = deque()

    def feed(self, on: On) -> None:
        action = step(TABLE, self, on)
        if action is not None:
            self._core.changed("microphone", self.state.name)
            ACTIONS[action](self)

    # --- the user ---

    def say(self, say: Say) -> None:
        if self.muted:
            self._core.note(Trouble("the microphone is muted: nothing was sent", "press mic-mute again"))
        elif self._must_wait(fresh=say.initiator is not None):
            self._held.append(say)
        elif say.initiator is None and self._question is not None:
            self._recognize(say, self._take_question())
        else:
            self._begin()
            self._recognize(say, _initiator(say.initiator or Initiator(), self._core.profile.device_uuid))

    def type(self, typed: Type) -> None:
        if self._must_wait(fresh=False):
            self._held.append(typed)
            return
        if self._question is not None:
            extra = self._take_question()
        else:
            self._begin()
            extra = {}
        payload = {"text": typed.text, **extra}
        self._core.note(Lit("processing"))
        self._events.send(
            "TextRecognizer.Recognize", payload, dialog_request_id=self.id, cause=typed, answered=self._answered
        )

    def ready(self) -> None:
        """The device is connected: carry out what a person wanted meanwhile."""
        self._release()

    def _must_wait(self, *, fresh: bool) -> bool:
        return not self._is_ready() or (self.state is State.ASKED and not fresh)

    def _release(self) -> None:
        held, self._held = self._held, deque()
        for wish in held:
            if isinstance(wish, Say):
                self.say(wish)
            else:
                self.type(wish)

    def _begin(self) -> None:
        """A new dialog: the old one is over."""
        self.abandon_recording()
        self.id = self._core.ids.uuid()
        self.give_up_question()
        self._cut()

    def _recognize(self, say: Say, extra: dict[str, Any]) -> None:
        audio = say.pcm or pcm.spoken(say.text or "")
        payload = {
            "lang": self._core.profile.lang,
            "profile": "CLOSE_TALK",
            "format": "AUDIO_L16_RATE_16000_CHANNELS_1",
            **extra,
        }

        def upload(request: RequestId, envelope: Envelope) -> None:
            self._upload = _Upload(say, request, envelope, deque(pcm.chunks(audio, CHUNK_MS)))
            self.feed(On.RECORD)
            self._send_chunk()

        self._events.send(
            "SpeechRecognizer.Recognize",
            payload,
            dialog_request_id=self.id,
            cause=say,
            upload=upload,
            answered=self._answered,
        )

    # --- the cloud ---

    def is_stale(self, dialog_request_id: str | None) -> bool:
        """Whether a directive belongs to another dialog than the last; without an ID it belongs to none (D-053)."""
        return dialog_request_id is not None and dialog_request_id != self.id

    def expect_speech(self, payload: Any) -> None:
        timeout = payload.get("timeoutInMilliseconds")
        self._question = Question(
            str(payload.get("expectSpeechId", "")),
            bool(payload.get("explicit")),
            int(timeout) if isinstance(timeout, int | float) else 0,
        )
        self.feed(On.ASK)

    def stop_capture(self) -> None:
        self._end_upload(stopped=True)

    def quiet(self) -> None:
        """The last of the speech is over."""
        if self.state is State.SHUT:
            self._core.note(Lit("idle"))
        self.feed(On.QUIET)

    def interrupted(self, dialog_request_id: str | None) -> None:
        """An alert, speech or content begins: if it belongs to this dialog it ends the recording, else it
        cancels it (D-217)."""
        if dialog_request_id is not None and dialog_request_id == self.id:
            self._end_upload(stopped=True)
        else:
            self.abandon_recording()

    def give_up_question(self) -> None:
        self._question = None
        self.feed(On.FORGET)

    def switched_off(self) -> None:
        """What a person wanted, or was asked, before that is forgotten."""
        self._held.clear()
        self.give_up_question()

    def abandon_recording(self) -> None:
        upload = self._upload
        if upload is not None:
            self._upload = None
            self._core.timers.cancel(upload.timer)
            self._core.give_up(upload.request)
            self._core.note(
                EventAnswered(upload.request, "SpeechRecognizer.Recognize", 0, "the device broke it off", upload.say)
            )
            self.feed(On.OVER)

    def connection_lost(self) -> None:
        if self._upload is not None:
            self._core.timers.cancel(self._upload.timer)
            self._upload = None
            self.feed(On.OVER)

    # --- actions ---

    def _listen_after_speech(self) -> None:
        if not self._is_speaking():
            self.feed(On.QUIET)

    def _listen(self) -> None:
        assert self._question is not None
        self._core.note(Lit("listening"))
        self._lapse_timer = self._core.after(self._question.timeout_ms * MILLISECOND, lambda: self.feed(On.LAPSE))
        self._release()

    def _lapse(self) -> None:
        self._question = None
        self._core.note(Lit("idle"))

    def _forget(self) -> None:
        self._core.timers.cancel(self._lapse_timer)

    def _light_up(self) -> None:
        self._core.timers.cancel(self._lapse_timer)
        self._core.note(Lit("listening"))

    def _process(self) -> None:
        self._core.note(Lit("processing"))

    def _take_question(self) -> dict[str, Any]:
        question, self._question = self._question, None
        assert question is not None
        self.feed(On.FORGET)
        return {"speechId": question.speech_id, "explicit": question.explicit}

    def _send_chunk(self) -> None:
        upload = self._upload
        while upload is not None and upload is self._upload:
            if not upload.chunks:
                self._end_upload(stopped=False)
                return
            chunk = upload.chunks.popleft()
            upload.sent += len(chunk)
            self._core.commands.append(SendData(upload.request, upload.envelope.audio(chunk)))
            if self._core.profile.speed == "real":
                upload.timer = self._core.after(CHUNK_MS * MILLISECOND, self._send_chunk)
                return

    def _end_upload(self, *, stopped: bool) -> None:
        upload = self._upload
        if upload is None:
            return
        self._upload = None
        self._core.timers.cancel(upload.timer)
        self._core.commands.append(SendData(upload.request, upload.envelope.end(), end=True))
        self._core.note(UploadEnded(upload.request, upload.sent, stopped))
        self.feed(On.OVER)

    def _answered(self, request: RequestId, status: int) -> None:
        upload = self._upload
        if upload is not None and upload.request == request:
            if status:
                self._end_upload(stopped=True)
            else:
                self._core.timers.cancel(upload.timer)
                self._upload = None
                self.feed(On.OVER)
        if status >= 400 or status == 0:
            self._core.note(Lit("error"))
            self._core.note(Shown("error", f"the request failed ({status or 'no answer'})"))
        elif not self._is_speaking() and self.state is State.SHUT:
            self._core.note(Lit("idle"))


ACTIONS: dict[Action, Callable[[Dialog], None]] = {
    Action.LISTEN_AFTER_SPEECH: Dialog._listen_after_speech,
    Action.LISTEN: Dialog._listen,
    Action.FORGET: Dialog._forget,
    Action.LAPSE: Dialog._lapse,
    Action.LIGHT_UP: Dialog._light_up,
    Action.PROCESS: Dialog._process,
}


def _initiator(initiator: Initiator, device_uuid: str) -> dict[str, Any]:
    payload: dict[str, Any] = {"deviceUUID": device_uuid}
    if initiator.wake_word is not None:
        word = initiator.wake_word
        payload["wakeWord"] = {
            "name": word.name,
            **({} if word.confidence is None else {"confidence": word.confidence}),
            "indices": {"startIndexInSamples": word.start, "endIndexInSamples": word.end},
        }
    return {"initiator": {"type": initiator.type, "inputSource": initiator.input_source, "payload": payload}}
