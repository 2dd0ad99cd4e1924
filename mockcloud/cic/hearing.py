"""The speech of one event: when it ends, what its device is told meanwhile, what was said (C-079..C-085, C-091)."""

from collections.abc import Mapping
from typing import Any

from mockcloud.cic import downchannel
from mockcloud.cic.core import Core
from mockcloud.cic.delivery import channel_of
from mockcloud.cic.identity import Identity
from mockcloud.clock import MILLISECOND, SECOND, Instant
from mockcloud.speech.endpoint import EndpointSettings
from mockcloud.speech.pcm import BYTES_A_MS
from mockcloud.speech.transcript import NOT_UNDERSTOOD, AsrStream, Listening, Transcript, queued
from mockcloud.vocabulary import CallId, Exchange, Finding
from mockcloud.vocabulary.commands import CancelCall, StartCall
from mockcloud.vocabulary.replies import Outgoing, push
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Event

_TIME_TO_STOP = 2 * SECOND
"""A device stops recording within a second of StopCapture; what it has sent by then takes a while to come."""
_MS_A_WORD = 400
"""How long a word takes to say, where words are shown while they are said."""


class Recognise(Value, frozen=True):
    """A job for `StartCall`: what does the audio say? Its value is a `Transcript`."""

    stream: AsrStream

    def run(self) -> Transcript:
        return self.stream.close()


class Hearing:
    """The audio of an utterance, on its way to a `Transcript`."""

    __slots__ = ("_bytes", "_call", "_core", "_event", "_ex", "_identity", "_listening", "_shown", "_stopped_at")

    def __init__(self, core: Core, ex: Exchange, identity: Identity, event: Event, lang: str) -> None:
        self._core = core
        self._ex = ex
        self._identity = identity
        self._event = event
        self._bytes = 0
        self._shown = 0
        self._stopped_at: Instant | None = None
        self._call: CallId | None = None
        account = identity.account
        behaviour = account.settings.behaviour
        initiator = event.payload.get("initiator")
        initiator = initiator if isinstance(initiator, Mapping) else {}
        self._listening = Listening(
            lang,
            settings=EndpointSettings(
                hang_over_ms=behaviour.hang_over // MILLISECOND,
                no_speech_ms=behaviour.no_speech // MILLISECOND,
                maximum_ms=min(behaviour.longest_speech, core.settings.limits.audio) // MILLISECOND,
            ),
            hold=initiator.get("type") == "PRESS_AND_HOLD",
            wake_word_end=_wake_word_end(initiator),
            recordings=account.recordings,
            otherwise=core.recogniser,
        )

    @property
    def pcm(self) -> bytes:
        """What has been heard, for those who keep it."""
        return self._listening.pcm

    def feed(self, data: bytes) -> bool:
        """Whether the speech has ended with these bytes."""
        self._bytes += len(data)
        ended = self._listening.feed(data)
        self._tell_meanwhile(len(data))
        return ended is not None

    def stop_capture(self) -> None:
        """Tell the device that enough was heard (C-080, C-081)."""
        behaviour = self._identity.account.settings.behaviour
        words = self._queued() if behaviour.stop_capture_text else None
        payload = {"recognizedText": words} if words else {}
        self._push(push("SpeechRecognizer.StopCapture", payload, dialog=True), ("C-080", "C-081"))
        self._stopped_at = self._core.now

    def judge_late(self) -> list[Finding]:
        """What is wrong with audio that comes now, after StopCapture: said once."""
        if self._stopped_at is None or self._core.now - self._stopped_at < _TIME_TO_STOP:
            return []
        self._stopped_at = None
        said = f"audio still comes {_TIME_TO_STOP // SECOND} s after StopCapture: recording is to stop at once"
        source = "cic/interfaces/speech-recognizer.md § StopCapture directive"
        return [Finding("audio.after-stop-capture", said, "audio", ("D-074",), source=source)]

    def transcript(self) -> Transcript | None:
        """What was said: told before, heard before, sounds like something heard before. ``None`` if it takes a call,
        which the exchange gets the answer to."""
        account = self._identity.account
        for queue in (self._identity.device.utterances, account.utterances):
            if queue:
                self._core.touch(account)
                return queued(queue.popleft())
        known = account.recordings.with_digest(self._listening.sha256, self._listening.lang)
        if known is not None or not (account.recordings.known or self._core.recogniser):
            return known or NOT_UNDERSTOOD
        self._call = self._core.next_call()
        self._core.calls[self._call] = self._ex
        patience = account.settings.behaviour.answer_without_end
        self._core.out.append(StartCall(self._call, Recognise(self._listening), patience))
        return None

    def answered(self) -> None:
        """The call is over."""
        self._call = None

    def stop(self) -> None:
        """Nobody waits for what was said any more."""
        if self._call is not None:
            del self._core.calls[self._call]
            self._core.out.append(CancelCall(self._call))
            self._call = None

    def _tell_meanwhile(self, size: int) -> None:
        """KeepRecording and ShowRecognizedText while audio comes, if they are switched on (C-084, C-085)."""
        behaviour = self._identity.account.settings.behaviour
        if behaviour.keep_recording:
            every = max(1, behaviour.keep_recording // MILLISECOND) * BYTES_A_MS
            if self._bytes // every > (self._bytes - size) // every:
                self._push(push("SpeechRecognizer.KeepRecording", dialog=True), ("C-085",))
        if behaviour.show_recognized_text and (said := self._queued()):
            words = said.split()
            known = min(len(words), self._bytes // (_MS_A_WORD * BYTES_A_MS))
            if known > self._shown:
                self._shown = known
                text = " ".join(words[:known])
                self._push(push("SpeechRecognizer.ShowRecognizedText", {"text": text}, dialog=True), ("C-084",))

    def _queued(self) -> str | None:
        """What somebody said this audio would mean: the device's own before the account's."""
        for queue in (self._identity.device.utterances, self._identity.account.utterances):
            if queue:
                return queue[0]
        return None

    def _push(self, outgoing: Outgoing, because: tuple[str, ...]) -> None:
        channel = channel_of(self._core, self._identity.account, self._identity.device)
        if channel is not None:
            downchannel.send(self._core, channel, outgoing, event=self._event, by="speech", because=because)


def _wake_word_end(initiator: Mapping[str, Any]) -> int:
    """``endIndexInSamples`` of the wake word, under either spelling (C-091); 0 if there is none."""
    payload = initiator.get("payload")
    word = (payload.get("wakeWord") or payload.get("wakeword")) if isinstance(payload, Mapping) else None
    indices = word.get("indices") if isinstance(word, Mapping) else None
    end = indices.get("endIndexInSamples") if isinstance(indices, Mapping) else 0
    return int(end) if isinstance(end, int | float) and not isinstance(end, bool) and end > 0 else 0
