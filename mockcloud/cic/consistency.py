"""Whether a message fits what has gone before on its device: identifiers that return, tokens that nobody gave.

What one message shows by itself is the catalogue's (`Catalogue.check_event`); the rules for the rest are in
`mockcloud.catalogue.rules`. Here is what they have to be told: what the device has sent, what it was sent.
"""

from collections.abc import Mapping
from typing import Any

from mockcloud.catalogue.rules import missing_attachments, repeated_message_id, unknown_token, wrong_channel
from mockcloud.cloud.accounts import Device
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Via
from mockcloud.wire.messages import Directive, Event, Json

REMEMBERED = 1000
"""Identifiers and tokens that are kept for a device; the oldest are forgotten first."""


def of_event(event: Event, device: Device) -> list[Finding]:
    """Findings about an event of this device, which is remembered."""
    findings = repeated_message_id("event", event.message, device.message_ids)
    if "token" in event.payload:
        findings += unknown_token(event.full_name, event.message, device.tokens)
    _remember(device.message_ids, event.message_id)
    return findings


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
