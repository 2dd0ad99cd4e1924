"""What the account remembers of what was sent: its alerts, its questions, its queues follow every directive that goes
out, whoever decided it."""

from collections.abc import Callable, Mapping
from typing import Any

from mockcloud.cloud import playback, questions
from mockcloud.cloud.accounts import Account, Alert, Device
from mockcloud.settings import LANGUAGES
from mockcloud.vocabulary.replies import Via
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Event

_UTTERANCES = ("SpeechRecognizer.Recognize", "TextRecognizer.Recognize")


class Sent(Value, frozen=True):
    """A valid directive on its way to a device."""

    account: Account
    device: Device
    payload: Mapping[str, Any]
    """Our own URLs in it are still without origin, since another device may be sent them from elsewhere."""
    dialog_request_id: str | None
    via: Via
    event: Event | None
    """What it answers."""
    at: int
    """The account's time."""


def note_sent(full_name: str, sent: Sent) -> None:
    """Remember it, if it is one of those that matter later."""
    remember = _REMEMBERED.get(full_name)
    if remember is not None:
        remember(sent)


def _alert_set(sent: Sent) -> None:
    """An unknown token adds an alert, a known one changes it (C-101, C-103)."""
    token = sent.payload["token"]
    alert = sent.account.alerts.get(token)
    if alert is None:
        alert = sent.account.alerts[token] = Alert({}, sent.device.device_id)
    alert.payload, alert.device_id = dict(sent.payload), sent.device.device_id
    by_voice = sent.via == "response" and sent.event is not None and sent.event.full_name in _UTTERANCES
    alert.awaits_report, alert.dialog_request_id = by_voice, sent.dialog_request_id
    lang = sent.event.payload.get("lang") if sent.event is not None else ""
    alert.lang = lang if lang in LANGUAGES else ""


def _alert_deleted(sent: Sent) -> None:
    sent.account.alerts.pop(sent.payload["token"], None)


def _asked(sent: Sent) -> None:
    questions.note_sent(sent.account, sent.device, dict(sent.payload), sent.dialog_request_id, sent.at)


_REMEMBERED: dict[str, Callable[[Sent], None]] = {
    "Alerts.SetAlert": _alert_set,
    "Alerts.DeleteAlert": _alert_deleted,
    "AudioPlayer.Play": lambda sent: playback.note_play(sent.device.player, dict(sent.payload)),
    "AudioPlayer.ClearQueue": lambda sent: playback.note_clear(sent.device.player, dict(sent.payload)),
    "SpeechRecognizer.ExpectSpeech": _asked,
}
