"""Rules that no schema can hold: fields that have to fit each other, and messages that have to fit a conversation.

`of_event`, `of_directive`, `of_cek_request` and `of_home_answer` need one message and are part of the `Catalogue`'s
checks; the others are asked by those who know the conversation, and told what they need of it. Which messages have a
dialogRequestId, and which never have one (C-042, C-072), stands in the schemas of the envelopes.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal

from mockcloud.catalogue.explanation import Path, dotted, shown
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.findings import Severity

Placed = tuple[Path, Finding]
"""A finding with where it stands, for putting several in order."""

Channel = Literal["response", "downchannel"]
"""How a directive travels: in the answer to an event, or unasked."""

_NOTIFIER_PAGE = "cic/interfaces/notifier.md § Notifier"


# One message


def of_event(full_name: str, message: Any) -> list[Placed]:
    """What is wrong between the fields of an event. The message may be broken in any way."""
    rule = _OF_EVENT.get(full_name)
    return [] if rule is None else list(rule(_inside(message, "event", "payload"), ("event", "payload")))


def of_directive(full_name: str, message: Any) -> list[Placed]:
    """What is wrong between the fields of a directive. The message may be broken in any way."""
    found: list[Placed] = []
    if full_name in _WITH_ASSETS:
        found += _played_assets_are_there(_inside(message, "directive", "payload"), ("directive", "payload"))
    if full_name.startswith("Notifier.") and "dialogRequestId" in _inside(message, "directive", "header"):
        at: Path = ("directive", "header", "dialogRequestId")
        said = "what the cloud sends unasked belongs to no dialog"
        found.append(_placed("directive.header.unasked", said, at, ("C-161",), "warning", _NOTIFIER_PAGE))
    return found


def of_cek_request(message: Any) -> list[Placed]:
    """What is wrong between the fields of a custom extension's request: a slot is named as its key (K-070)."""
    found = []
    slots = _inside(message, "request", "intent", "slots")
    for key, slot in slots.items():
        name = slot.get("name") if isinstance(slot, dict) else None
        if isinstance(name, str) and name != key:
            at: Path = ("request", "intent", "slots", key, "name")
            said = f"{shown(name)} stands under the key {shown(key)}"
            source = "cek/custom-extension-message.md § IntentRequest"
            found.append(_placed("cek-request.request.slot-name", said, at, ("K-070",), "violation", source))
    return found


def of_home_answer(name: str, message: Any) -> list[Placed]:
    """What is wrong between the fields of what a home extension answers. The message may be broken in any way.

    ``name``: as it stands in the header, ``DiscoverAppliancesResponse``.
    """
    rule = _OF_HOME_ANSWER.get(name)
    return [] if rule is None else list(rule(_inside(message, "payload"), ("payload",)))


def _wake_word_begins_before_it_ends(payload: dict[str, Any], at: Path) -> Iterator[Placed]:
    for key in ("wakeWord", "wakeword"):
        indices = _inside(payload, "initiator", "payload", key, "indices")
        start, end = (_number(indices.get(f"{edge}IndexInSamples")) for edge in ("start", "end"))
        if start is not None and end is not None and start >= end:
            place = (*at, "initiator", "payload", key, "indices", "endIndexInSamples")
            said = f"the wake word ends at {shown(end)}, but begins at {shown(start)}"
            source = "cic/interfaces/speech-recognizer.md § Recognize event"
            yield _placed("event.payload.wake-word-order", said, place, ("D-072",), "violation", source)


def _played_assets_are_there(payload: dict[str, Any], at: Path) -> Iterator[Placed]:
    assets, order = payload.get("assets"), payload.get("assetPlayOrder")
    if not isinstance(assets, list) or not isinstance(order, list):
        return
    known = [asset.get("assetId") for asset in assets if isinstance(asset, dict)]
    for index, name in enumerate(order):
        if isinstance(name, str) and name not in known:
            said = f"no asset is called {shown(name)}"
            yield _placed("directive.payload.asset", said, (*at, "assetPlayOrder", index), ("D-105",), "warning")


def _limits_enclose_a_range(payload: dict[str, Any], at: Path) -> Iterator[Placed]:
    low, high = _number(payload.get("minimumValue")), _number(payload.get("maximumValue"))
    if low is not None and high is not None and low > high:
        said = f"the lowest value is {shown(low)}, above the highest, {shown(high)}"
        source = "cek/home-errors.md § ValueOutOfRangeError"
        yield _placed("home-response.payload.limits", said, (*at, "minimumValue"), ("E-069",), "violation", source)


def _what_is_discovered_fits_together(payload: dict[str, Any], at: Path) -> Iterator[Placed]:
    devices: dict[str, Any] = {}
    for index, device in _objects(payload.get("discoveredAppliances")):
        if not isinstance(key := device.get("applianceId"), str):
            continue
        if key in devices:
            place = (*at, "discoveredAppliances", index, "applianceId")
            said = f"{shown(key)} is the id of an appliance above, too"
            yield _placed("home-response.payload.appliance-repeated", said, place, ("E-031",), "violation", _APPLIANCE)
        devices.setdefault(key, device.get("actions"))
    for number, command in _objects(payload.get("customCommands")):
        for index, one in _objects(command.get("actions")):
            key, action = one.get("applianceId"), one.get("action")
            where = (*at, "customCommands", number, "actions", index)
            if isinstance(key, str) and (amiss := _not_for_command(key, action, devices)):
                field, said = amiss
                because = ("E-033",)
                yield _placed("home-response.payload.command", said, (*where, field), because, "warning", _COMMAND)


def _not_for_command(key: str, action: Any, devices: dict[str, Any]) -> tuple[str, str] | None:
    """Which field of a command's action is wrong, and why: its appliance is not there, or cannot do it."""
    if key not in devices:
        return "applianceId", f"{shown(key)} is none of the appliances found"
    listed = devices[key]
    if isinstance(action, str) and isinstance(listed, list) and action not in listed:
        return "action", f"{shown(key)} does not list {shown(action)}"
    return None


_APPLIANCE = "cek/home-shared-objects.md § ApplianceInfoObject"
_COMMAND = "cek/home-shared-objects.md § CustomCommandInfoObject"
_OF_HOME_ANSWER: dict[str, Callable[[dict[str, Any], Path], Iterator[Placed]]] = {
    "DiscoverAppliancesResponse": _what_is_discovered_fits_together,
    "ValueOutOfRangeError": _limits_enclose_a_range,
}
_OF_EVENT: dict[str, Callable[[dict[str, Any], Path], Iterator[Placed]]] = {
    "SpeechRecognizer.Recognize": _wake_word_begins_before_it_ends,
}
_WITH_ASSETS = ("Alerts.SetAlert", "Notifier.Notify", "Notifier.SetIndicator")


# A conversation


def repeated_message_id(wrapper: Literal["event", "directive"], message: Any, seen: Collection[str]) -> list[Finding]:
    """Whether a message carries the messageId of an earlier one (D-040, C-070). ``seen``: those of the same sender."""
    message_id = _inside(message, wrapper, "header").get("messageId")
    if not isinstance(message_id, str) or message_id not in seen:
        return []
    said = f"{shown(message_id)} was the messageId of an earlier message"
    because = ("D-040",) if wrapper == "event" else ("C-070",)
    path = f"{wrapper}.header.messageId"
    return [Finding(f"{wrapper}.header.message-id-reused", said, path, because, source=_MESSAGES_PAGE)]


def missing_attachments(message: Any, content_ids: Collection[str]) -> list[Finding]:
    """Which ``cid:`` URLs of a directive refer to no attachment of its response (C-053).

    ``content_ids``: the Content-IDs of all parts of the response, before and after the directive (C-055); none for
    the downchannel, which carries no attachments (C-054).
    """
    findings = []
    for path, url in _texts(_inside(message, "directive", "payload"), ("directive", "payload")):
        if url.startswith("cid:") and url.removeprefix("cid:") not in content_ids:
            said = f"the response has no part with the Content-ID {shown(url.removeprefix('cid:'))}"
            source = "newer/CIC_API.md § Response message header"
            findings.append(Finding("directive.attachment.missing", said, dotted(path), ("C-053",), source=source))
    return findings


def wrong_channel(full_name: str, channel: Channel) -> list[Finding]:
    """Whether a directive may not travel this way: those of the Notifier come over the downchannel only (C-161)."""
    if channel == "downchannel" or not full_name.startswith("Notifier."):
        return []
    said = f"{shown(full_name)} is sent unasked, over the downchannel, and answers no event"
    return [Finding("directive.channel", said, "directive.header.name", ("C-161",), source=_NOTIFIER_PAGE)]


def wake_word(payload: dict[str, Any]) -> tuple[float, float]:
    """At which samples the wake word of a Recognize begins and ends, under either spelling (C-091); 0 if that is not
    said."""
    found = (_inside(payload, "initiator", "payload", key, "indices") for key in ("wakeWord", "wakeword"))
    indices = next((one for one in found if one), {})
    return _number(indices.get("startIndexInSamples")) or 0, _number(indices.get("endIndexInSamples")) or 0


def unknown_token(full_name: str, message: Any, known: Collection[str], *, certain: bool = False) -> list[Finding]:
    """Whether an event reports about something that the device has never been given.

    ``known``: the tokens of the Speaks, streams or alerts, whichever the event's interface is about. Events of
    other interfaces, where a token may be another's (C-172), are not judged. Unless that is ``certain``, the device
    may have been given it before the cloud began to listen, and it is a warning.
    """
    because = _TOKENS.get(full_name.partition(".")[0])
    token = _inside(message, "event", "payload").get("token")
    if because is None or not isinstance(token, str) or token in known:
        return []
    said = f"{shown(token)} is the token of nothing that was sent to the device"
    severity: Severity = "violation" if certain else "warning"
    return [Finding("event.payload.token-unknown", said, "event.payload.token", because, severity)]


_MESSAGES_PAGE = "newer/CIC_API.md § Message fields"
_TOKENS = {"SpeechSynthesizer": ("C-099",), "AudioPlayer": ("D-135",), "Alerts": ("D-098",)}


def _inside(value: Any, *steps: str) -> dict[str, Any]:
    """The object at a place, or an empty one if there is none."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list with their places; nothing if it is none."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield index, item


def _texts(value: Any, at: Path) -> Iterator[tuple[Path, str]]:
    """Every text in a value, with its place."""
    if isinstance(value, str):
        yield at, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _texts(inner, (*at, key))


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _placed(code: str, said: str, at: Path, because: tuple[str, ...], severity: Severity, source: str = "") -> Placed:
    return at, Finding(code, said, dotted(at), because, severity, source)
