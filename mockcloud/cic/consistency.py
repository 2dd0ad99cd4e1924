"""Whether a message fits what has gone before on its device: identifiers that return, tokens that nobody gave.

What one message shows by itself is the catalogue's (`Catalogue.check_event`); the rules for the rest are in
`mockcloud.catalogue.rules`. Here is what they have to be told: what the device has sent, what it was sent.
"""

from collections.abc import Mapping
from typing import Any

from mockcloud.catalogue.rules import (
    missing_attachments,
    repeated_message_id,
    unknown_token,
    wake_word,
    wrong_channel,
)
from mockcloud.cloud.accounts import Account, Device
from mockcloud.speech.pcm import SAMPLE_BYTES
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Via
from mockcloud.wire.messages import Directive, Event, Json

REMEMBERED = 1000
"""Identifiers and tokens that are kept for a device; the oldest are forgotten first."""


def of_event(event: Event, device: Device) -> list[Finding]:
    """Findings about an event of this device, which is remembered."""
    findings = repeated_message_id("event", event.message, device.message_ids)
    if "token" in event.payload:
        findings += unknown_token(event.full_name, event.message, device.tokens, certain=device.course.knows(event))
    _remember(device.message_ids, event.message_id)
    return findings


def of_initiator(event: Event, account: Account, device: Device) -> list[Finding]:
    """Findings about the identifier by which a device tells that a request comes from itself (D-071)."""
    initiator = event.payload.get("initiator")
    inner = initiator.get("payload") if isinstance(initiator, Mapping) else None
    given = inner.get("deviceUUID") if isinstance(inner, Mapping) else None
    if not isinstance(given, str) or not given or not isinstance(initiator, Mapping):
        return []
    if initiator.get("inputSource") == "SELF":
        before, device.uuid = device.uuid, given
    else:
        before = given  # another device has heard the user, and its identifier is its own
    secrets = (account.client_id, account.naver_access_token, *account.tokens, *account.refresh_tokens)
    said = ""
    if any(secret in given for secret in secrets):
        said = "the deviceUUID holds a token or the client id: it is generated, and derived from neither"
    elif before and before != given:
        said = f"the deviceUUID was {before!r} before: it is generated once and kept for ever"
    at = "event.payload.initiator.payload.deviceUUID"
    return [Finding("event.payload.device-uuid", said, at, ("D-071",), source=_RECOGNIZE)] if said else []


def of_audio(event: Event, size: int) -> list[Finding]:
    """Findings about the audio of a Recognize, of which so many bytes have come in all (D-063, D-072, D-073)."""
    if not size:
        said = "the request has no audio: a Recognize carries what the user says"
        return [Finding("audio.missing", said, "audio", ("D-063",), source=_RECOGNIZE)]
    start, end = wake_word(event.payload)
    if 0 < start < _PRE_ROLL:
        said = f"the wake word begins at sample {start:g}: the audio is to begin {_PRE_ROLL} samples before it"
        source = "cic/interfaces/speech-recognizer.md § Audio Data"
        return [Finding("audio.pre-roll", said, "audio", ("D-073",), source=source)]
    if end > size // SAMPLE_BYTES:
        said = f"the wake word ends at sample {end:g}, but only {size // SAMPLE_BYTES} have come"
        return [Finding("audio.wake-word", said, "audio", ("D-072", "D-073"), source=_RECOGNIZE)]
    return []


_PRE_ROLL = 4_800
"""300 ms in samples. 0 is accepted too: the text says that the index usually is 0."""
_RECOGNIZE = "cic/interfaces/speech-recognizer.md § Recognize event"


def of_directive(directive: Directive, message: Json, via: Via) -> list[Finding]:
    """Findings about a directive that is to go this way."""
    findings = wrong_channel(directive.full_name, via)
    if "url" in directive.payload:
        findings += missing_attachments(message, [attachment.content_id for attachment in directive.attachments])
    return findings


def was_sent(device: Device, directive: Directive) -> None:
    """Remember the tokens that the device may report about from now on."""
    payload = directive.payload
    items = payload.get("allAlerts")
    for place in (payload, _stream_of(payload), *(items if isinstance(items, list) else ())):
        token = place.get("token") if isinstance(place, Mapping) else None
        if isinstance(token, str):
            _remember(device.tokens, token)


def _stream_of(payload: Mapping[str, Any]) -> Any:
    item = payload.get("audioItem")
    return item.get("stream") if isinstance(item, Mapping) else payload.get("audioStream")


def _remember(kept: dict[str, None], name: str) -> None:
    kept[name] = None
    if len(kept) > REMEMBERED:
        del kept[next(iter(kept))]
