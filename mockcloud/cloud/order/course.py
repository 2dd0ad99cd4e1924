"""The course of a device: what it was given, what it has reported, which dialogs its user has begun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.clock import Instant
from mockcloud.cloud.order.alerts import Alerts
from mockcloud.cloud.order.controls import Controls
from mockcloud.cloud.order.given import ALERTS_STATE, PLAYBACK_STATE, SPEECH_STATE, remember
from mockcloud.cloud.order.reports import Owed, owed_for
from mockcloud.cloud.order.speech import Speeches
from mockcloud.cloud.order.streams import State, Streams
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.device_state import DEVICE_STATE
from mockcloud.wire.messages import Directive, Event

UTTERANCES = ("SpeechRecognizer.Recognize", "TextRecognizer.Recognize")
_WITH_ALERTS = ("Alerts.", "System.SynchronizeState")
_PLAYBACK = ("AudioPlayer.", "PlaybackController.")


@dataclass(slots=True)
class Course:
    """What one device has been given and has reported."""

    speeches: Speeches = field(default_factory=Speeches)
    streams: Streams = field(default_factory=Streams)
    alerts: Alerts = field(default_factory=Alerts)
    controls: Controls = field(default_factory=Controls)
    dialogs: dict[str, None] = field(default_factory=dict)
    """Of the user's requests, in order."""
    owed: list[Owed] = field(default_factory=list)
    """Reports that have not come yet."""
    greeted: bool = False
    """Hello was sent."""

    def forget(self) -> None:
        """What comes next is not to be judged by what was before."""
        self.speeches, self.streams, self.alerts, self.controls = Speeches(), Streams(), Alerts(), Controls()
        self.dialogs, self.owed, self.greeted = {}, [], False

    def given(self, directive: Directive, now: Instant, *, owes: bool = True) -> Owed | None:
        """A directive was sent to the device. Returns what the device is to report because of it, if it ``owes``
        anything at all."""
        owed = owed_for(directive, self._is_due) if owes else None
        if owed is not None:
            self.owed.append(owed)
        name, payload = directive.full_name, directive.payload
        self.greeted = self.greeted or name == "Clova.Hello"
        if name == "SpeechSynthesizer.Speak":
            self.speeches.given(payload, directive.dialog_request_id)
        elif name.startswith(_PLAYBACK):
            self.streams.given(name, payload, now)
        elif name.startswith("DeviceControl."):
            self.controls.given(directive)
        elif name.startswith(_WITH_ALERTS):
            self.alerts.given(directive.name, payload, now)
        return owed

    def settle(self, owed: Owed) -> bool:
        """Wait no longer for this report; ``False`` if it has come or is not waited for any more."""
        if owed not in self.owed:
            return False
        self.owed.remove(owed)
        return True

    def is_early(self, owed: Owed, now: Instant, patience: int) -> bool:
        """Whether the device cannot be expected to have reported yet: another speech comes before this one."""
        return owed.directive.full_name == "SpeechSynthesizer.Speak" and self.speeches.is_busy(now, patience)

    def knows(self, event: Event) -> bool:
        """Whether an event that begins to report about something is surely about what was given to the device since
        it connected: other things of the kind were."""
        match event.full_name:
            case "SpeechSynthesizer.SpeechStarted" | "SpeechSynthesizer.SpeechFinished":
                return bool(self.speeches.known)
            case "AudioPlayer.PlayStarted":
                return bool(self.streams.known)
            case "Alerts.SetAlertSucceeded" | "Alerts.SetAlertFailed":
                return bool(self.alerts.known)
        return False

    def _is_due(self, directive: Directive) -> bool:
        """Whether there is anything to be done about it, and its dialog is the latest (D-049)."""
        dialog = directive.dialog_request_id
        if dialog is not None and self.dialogs and dialog != self._dialog:
            return False
        match directive.full_name:
            case "PlaybackController.Pause" | "PlaybackController.Stop":
                return self.streams.any_is(State.PLAYING)
            case "PlaybackController.Resume":
                return self.streams.any_is(State.PAUSED)
            case "Clova.Hello":
                return not self.greeted
            case "Alerts.StopAlert":
                return self.alerts.rings(directive.payload.get("token"))
        return True

    @property
    def _dialog(self) -> str:
        """Of the user's latest request."""
        return next(reversed(self.dialogs), "")

    def reported(self, event: Event, now: Instant) -> list[Finding]:
        """What does not fit in an event of the device; from now on it counts as told."""
        found: list[Finding] = []
        if self.streams.known and (state := event.contexts.get(PLAYBACK_STATE)) is not None:
            at, reports = _place(event, PLAYBACK_STATE), event.namespace in ("AudioPlayer", "PlaybackController")
            found += self.streams.in_context(state, at, now, reports=reports)
        speech = event.contexts.get(SPEECH_STATE) if self.speeches.known else None
        if speech is not None and event.namespace != "SpeechSynthesizer":
            found += self.speeches.in_context(speech, _place(event, SPEECH_STATE), now)
        found += self._report(event, now)
        if (state := event.contexts.get(DEVICE_STATE)) is not None:
            self.controls.in_context(state)
        if (paid := next((owed for owed in self.owed if owed.is_paid_by(event)), None)) is not None:
            self.owed.remove(paid)
        if event.full_name in UTTERANCES:
            found += self._begun(event)
        if (state := event.contexts.get(ALERTS_STATE)) is not None:
            found += self.alerts.in_context(state, _place(event, ALERTS_STATE), now)
        return found

    def _report(self, event: Event, now: Instant) -> list[Finding]:
        token = event.payload.get("token")
        match event.namespace:
            case "SpeechSynthesizer" if isinstance(token, str):
                return self.speeches.reported(event.name, token, self._dialog, now)
            case "AudioPlayer" if event.name == "StreamRequested":
                return self.streams.asked_for(event.payload)
            case "AudioPlayer":
                return self.streams.reported(event.name, event.payload, now)
            case "PlaybackController":
                self.streams.commanded(event.full_name, now)
            case "Alerts":
                return self.alerts.reported(event.name, event.payload)
            case "DeviceControl":
                state, at = event.contexts.get(DEVICE_STATE), _place(event, DEVICE_STATE)
                return self.controls.reported(event.name, event.payload, state, at)
        return []

    def _begun(self, event: Event) -> list[Finding]:
        """A new request of the user has a dialogRequestId of its own, unless it answers a question (D-046, D-048)."""
        dialog = event.dialog_request_id
        if dialog is None:
            return []
        is_new = dialog not in self.dialogs
        remember(self.dialogs, dialog, None)
        self.owed = [owed for owed in self.owed if owed.directive.dialog_request_id in (None, dialog)]
        self.controls.begun(dialog)
        if is_new or event.payload.get("speechId"):
            return []
        said = f"{dialog!r} was the dialogRequestId of an earlier request, and no question is answered"
        path = "event.header.dialogRequestId"
        return [Finding("order.dialog.repeated", said, path, ("D-046",), source=_DIALOGS)]


_DIALOGS = "cic/overview.md § 대화 ID와 클라이언트의 동작"


def _place(event: Event, full_name: str) -> str:
    """Where the payload of a context object stands in the message."""

    def is_it(item: Any) -> bool:
        header = item.get("header") if isinstance(item, Mapping) else None
        return isinstance(header, Mapping) and f"{header.get('namespace')}.{header.get('name')}" == full_name

    index = next((index for index, item in enumerate(event.message.get("context", ())) if is_it(item)), 0)
    return f"context[{index}].payload"
