"""What the cloud asks custom extensions, and what they answer: bodies without an envelope, with messages inside."""

from typing import Any

from msgspec.structs import replace

from mockcloud.catalogue import rules
from mockcloud.catalogue.explanation import Path, dotted, shown
from mockcloud.catalogue.parts import Parts, header_name, in_order, placed
from mockcloud.catalogue.rules import Placed
from mockcloud.settings import Edition
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import Kind

DIRECTIVES_OF_EXTENSIONS = (
    "AudioPlayer.Play",
    "AudioPlayer.StreamDeliver",
    "PlaybackController.Pause",
    "PlaybackController.Resume",
    "PlaybackController.Stop",
    "TemplateRuntime.RenderPlayerInfo",
)
"""The directives that an extension may answer without an agreement (K-108)."""

_FIELDS_OFTEN_OMITTED: dict[str, tuple[Path, ...]] = {
    "AudioPlayer.Play": (("audioItem", "titleText"), ("audioItem", "titleSubText1"), ("audioItem", "stream", "token")),
}
"""Fields that an extension should send though the guide's own examples lack them (X-035)."""
_ANSWERED_NAMES_REST_ON: dict[Kind, tuple[str, ...]] = {"template": ("K-106", "X-031"), "directive": ("K-108", "X-034")}
"""The requirements that an answer breaks by an unknown name in it."""
_ANSWERS_PAGE = "cek/custom-extension-message.md § 응답 메시지"


def check_request(parts: Parts, message: Any, edition: Edition) -> list[Finding]:
    """What is wrong with a request; see `Catalogue.check_cek_request`."""
    request = message.get("request") if isinstance(message, dict) else None
    request = request if isinstance(request, dict) else {}
    name = request.get("type")
    schema_file = parts.files.place_of("cek-request", name, edition) if isinstance(name, str) else None
    if schema_file is None:
        found = _in_sections(parts, "cek-request", message, parts.files.envelope("cek-request", edition), 1)
        if isinstance(name, str) and name:
            at: Path = ("request", "type")
            found.append((at, parts.unknown("cek-request", name, edition, at)))
        return in_order(message, found)
    found = _in_sections(parts, "cek-request", message, schema_file, 1)
    if name == "EventRequest":
        found += _relayed_event(parts, request.get("event"), edition)
    elif name == "IntentRequest":
        found += rules.of_cek_request(message)
    return in_order(message, found)


def check_response(parts: Parts, message: Any, edition: Edition) -> list[Finding]:
    """What is wrong with an answer; see `Catalogue.check_cek_response`."""
    schema_file = parts.files.place_of("cek-response", "ExtensionAnswer", edition)
    assert schema_file is not None
    found = _in_sections(parts, "cek-response", message, schema_file, 2)
    response = message.get("response") if isinstance(message, dict) else None
    if isinstance(response, dict):
        found += _card(parts, response.get("card"), edition)
        directives = response.get("directives")
        for index, item in enumerate(directives if isinstance(directives, list) else ()):
            found += _answered_directive(parts, item, edition, ("response", "directives", index))
    return in_order(message, found)


def _in_sections(parts: Parts, kind: Kind, message: Any, schema_file: str, depth: int) -> list[Placed]:
    """What is wrong with a body without envelope; a code names the field it is about, ``depth`` steps deep."""
    schema = parts.files.read(schema_file)
    return [
        placed(".".join([kind, *map(str, flaw.path[:depth]), flaw.rule]), flaw, (), schema)
        for flaw in parts.flaws(message, schema_file)
    ]


def _relayed_event(parts: Parts, event: Any, edition: Edition) -> list[Placed]:
    """What is wrong with the payload of a device's event, nothing being required of it (K-120)."""
    if not isinstance(event, dict) or not isinstance(event.get("payload"), dict):
        return []
    schema_file = parts.files.place_of("event", f"{event.get('namespace')}.{event.get('name')}", edition)
    if schema_file is None:
        return []
    schema = parts.files.read(schema_file)
    at: Path = ("request", "event", "payload")
    return [
        placed(f"cek-request.request.{flaw.rule}", flaw, at, schema)
        for flaw in parts.flaws(event["payload"], schema_file)
        if flaw.rule not in ("required", "condition")
    ]


def _card(parts: Parts, card: Any, edition: Edition) -> list[Placed]:
    """What is wrong with an answer's content template; an empty card is none (K-106)."""
    if not card or not isinstance(card, dict):
        return []
    name, at = card.get("type"), ("response", "card")
    if not isinstance(name, str):
        return parts.envelope("template", card, edition, at)
    if not parts.knows("template", name, edition):
        where = (*at, "type")
        return [(where, _unknown_in_answer(parts, "template", name, edition, where))]
    return parts.payload("template", name, card, edition, at)


def _answered_directive(parts: Parts, item: Any, edition: Edition, at: Path) -> list[Placed]:
    """What is wrong with the name and the payload of a directive that an extension has answered."""
    if isinstance(item, dict) and "header" not in item and isinstance(item.get("directive"), dict):
        item, at = item["directive"], (*at, "directive")
    full_name = header_name(item)
    if full_name is None:
        return []
    code = "cek-response.response.directives"
    where = (*at, "header", "name")
    schema_file = parts.files.place_of("directive", full_name, edition)
    if schema_file is None:
        return [(where, _unknown_in_answer(parts, "directive", full_name, edition, where))]
    found: list[Placed] = []
    if full_name not in DIRECTIVES_OF_EXTENSIONS:
        allowed = ", ".join(DIRECTIVES_OF_EXTENSIONS)
        said = f"{shown(full_name)} needs an agreement; without one an extension sends {allowed}"
        found.append((where, Finding(f"{code}.agreed", said, dotted(where), ("K-108", "X-034"), "warning")))
    if isinstance(payload := item.get("payload"), dict):
        schema = parts.files.read(schema_file)
        for flaw in parts.flaws(payload, schema_file):
            lenient = flaw.rule == "required" and flaw.path in _FIELDS_OFTEN_OMITTED.get(full_name, ())
            flaw = replace(flaw, severity="warning") if lenient else flaw
            found.append(placed(f"{code}.{flaw.rule}", flaw, (*at, "payload"), schema, ("X-035",)))
    return found


def _unknown_in_answer(parts: Parts, kind: Kind, name: str, edition: Edition, at: Path) -> Finding:
    """`Parts.unknown` of what an extension answers, which rests on the page about answers."""
    unknown = parts.unknown(kind, name, edition, at)
    return replace(unknown, because=_ANSWERED_NAMES_REST_ON[kind], source=_ANSWERS_PAGE)
