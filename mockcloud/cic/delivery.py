"""From what is to be said to what goes on the wire: identifiers, URLs, audio, the catalogue's check, the journal."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mockcloud.cic import consistency, owed
from mockcloud.cic.core import Core, Downchannel, log
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, Account, Device
from mockcloud.cloud.sent import Sent, note_sent
from mockcloud.journal import Entry
from mockcloud.speech.tone import synthesize
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import LOCAL, Outgoing, Via
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Attachment, Directive, Event, dumps, split_name


class Prepared(Value, frozen=True):
    """A directive ready to be written, with its JSON and its journal entry; the entry is not in the journal yet."""

    directive: Directive
    message: bytes
    entry: Entry


def speech_path(text: str, lang: str) -> str:
    """Where `mockcloud.cic.media` serves that text as audio: the path says it all, nothing has to be kept."""
    return f"/media/speech/{lang}/{base64.urlsafe_b64encode(text.encode(errors='replace')).decode().rstrip('=')}.mp3"


def prepare(
    core: Core,
    outgoing: Outgoing,
    *,
    account: Account,
    device: Device,
    event: Event | None,
    origin: str,
    via: Via,
    by: str = "",
    because: tuple[str, ...] = (),
) -> Prepared | None:
    """Make the directive; ``None`` if the catalogue refuses it: what we send is always valid (unless ``unchecked``)."""
    directive = _directive(outgoing, account, event, origin, via)
    body = directive.as_json()
    findings: list[Finding] = core.catalogue.check_directive(body, account.edition)
    findings += consistency.of_directive(directive, body, via)
    entry = Entry(
        at=account.clock.at(core.now),
        account=account.id,
        channel=via,
        direction="out",
        kind="directive",
        name=directive.full_name,
        device=device.device_id,
        dialog_request_id=directive.dialog_request_id,
        message_id=directive.message_id,
        raw=dumps(body),
        findings=tuple(findings),
        rule=by,
        because=because,
        words=outgoing.say,
    )
    if any(finding.severity == "violation" for finding in findings) and not outgoing.unchecked:
        entry.kind, entry.note = "finding", "not sent: the catalogue refuses it"
        core.record(entry)
        log.error("not sent: %s breaks the specification: %s", directive.full_name, findings[0].said)
        return None
    consistency.was_sent(device, directive)
    owed.note_sent(core, account, device, directive)
    if outgoing.unchecked:
        entry.note = "unchecked"
    else:
        dialog = directive.dialog_request_id
        note_sent(directive.full_name, Sent(account, device, outgoing.payload, dialog, via, event, entry.at))
    return Prepared(directive, entry.raw, entry)


def _directive(outgoing: Outgoing, account: Account, event: Event | None, origin: str, via: Via) -> Directive:
    payload: Mapping[str, Any] = outgoing.payload
    attachments = tuple(Attachment(cid, data, kind) for cid, kind, data in outgoing.attachments)
    if outgoing.say:
        payload, audio = _spoken(outgoing, account, origin, via)
        attachments += audio
    elif outgoing.payload:
        payload = _with_origin(payload, origin, _whose(account))
    namespace, name = split_name(outgoing.name)
    dialog = outgoing.dialog_request_id or None
    if dialog is None and event is not None and (outgoing.dialog or _pushed_with_dialog(outgoing, account, via)):
        dialog = event.dialog_request_id
    return Directive(namespace, name, outgoing.message_id or account.ids.uuid(), payload, dialog, attachments)


def _pushed_with_dialog(outgoing: Outgoing, account: Account, via: Via) -> bool:
    """Whether a push has the id of the event that caused it: by setting (C-073), SynchronizeState never (C-072)."""
    by_setting = account.settings.behaviour.pushed_dialog_id and via == "downchannel"
    return by_setting and outgoing.name != "DeviceControl.SynchronizeState"


def _spoken(
    outgoing: Outgoing, account: Account, origin: str, via: Via
) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """The payload of a Speak with its audio: attached in a response (C-053), a URL on the downchannel (C-054)."""
    payload = {"format": "AUDIO_MPEG", "token": account.ids.uuid(), **outgoing.payload}
    if via == "response" and account.settings.behaviour.speak_by == "cid":
        content_id = account.ids.uuid()
        payload["url"] = f"cid:{content_id}"
        return payload, (Attachment(content_id, synthesize(outgoing.say, outgoing.lang).mp3),)
    payload["url"] = origin + speech_path(outgoing.say, outgoing.lang) + _whose(account)
    return payload, ()


def _whose(account: Account) -> str:
    """What tells in a URL of ours whose it is: media is asked for without a token."""
    return "" if account.id == DEFAULT_ACCOUNT else f"?account={quote(account.id, safe='')}"


def _with_origin(value: Any, origin: str, whose: str) -> Any:
    """The payload with our own URLs made absolute."""
    if isinstance(value, str):
        return origin + value.removeprefix(LOCAL) + whose if value.startswith(LOCAL) else value
    if isinstance(value, Mapping):
        return {name: _with_origin(item, origin, whose) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_origin(item, origin, whose) for item in value]
    return value


def targets(core: Core, account: Account, outgoing: Outgoing, sender: Device | None) -> list[Device]:
    """The devices that an outgoing directive is meant for.

    A broadcast (``*``, ``others``) reaches those that have a downchannel now; a directive for one device is for
    that device whether it is connected or not.
    """
    if outgoing.to in ("*", "others"):
        return [
            device
            for device in account.devices.values()
            if (account.id, device.device_id) in core.downchannels
            and not (outgoing.to == "others" and device is sender)
        ]
    if outgoing.to:
        known = account.devices.get(outgoing.to)
        return [known] if known else []
    return [sender] if sender else list(account.devices.values())


def channel_of(core: Core, account: Account, device: Device) -> Downchannel | None:
    return core.downchannels.get((account.id, device.device_id))
