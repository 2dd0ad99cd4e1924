"""One judgement for messages of every kind, for those who have a message and do not know more about it.

kind                              what is judged
event                             {"context": [...], "event": {...}}
directive                         {"directive": {...}}
context                           one {"header", "payload"} of an event's context
template                          the bare object
cek-request, cek-response,        the body
home-request, home-response
error                             the body of a failed request: in 4.4 without the outer "directive"
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from msgspec.structs import replace

from mockcloud.catalogue import Catalogue, Edition, Kind
from mockcloud.catalogue.explanation import shown
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import KINDS
from mockcloud.wire.messages import contexts_by_name

AnyEdition = Literal["any", "newer", "4.4"]
"""``any``: valid in the default edition at least."""

ANY_EDITIONS: tuple[AnyEdition, ...] = get_args(AnyEdition)

DEFAULT_EDITION: Edition = "newer"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in one message."""

    kind: Kind | None
    """As given or found; `None` for what is not a message of any kind."""
    name: str
    """Which message of that kind: ``Clova.Hello``, ``LaunchRequest``; empty if it cannot be told."""
    edition: Edition
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        return not self.errors


def judge(
    catalogue: Catalogue, message: Any, kind: Kind | None = None, name: str = "", edition: AnyEdition = "any"
) -> Judgement:
    """Judge one message by itself, as strictly as the tables do; findings stand in the message's order.

    Without ``kind`` it is found by the message's form. ``name`` demands that it is this message. What an event's
    context lacks is only a warning here, since a message does not tell what its device can express (D-041).
    """
    chosen: Edition = DEFAULT_EDITION if edition == "any" else edition
    kind = kind or kind_of(message)
    if kind is None:
        said = f"no message of any kind: expected one of {', '.join(KINDS)}"
        return Judgement(None, name, chosen, (Finding("message.kind", said),), ())
    findings = _CHECKS[kind](catalogue, message, chosen)
    found = name_of(kind, message)
    if name and found and name != found:
        findings.insert(0, Finding(f"{kind}.name", f"this is {shown(found)}, not {shown(name)}"))
    errors = tuple(finding for finding in findings if finding.severity == "violation")
    warnings = tuple(finding for finding in findings if finding.severity == "warning")
    return Judgement(kind, found or name, chosen, errors, warnings)


def kind_of(message: Any) -> Kind | None:
    """Which kind of message something is, by its form; broken messages too, as long as the outermost is readable."""
    if not isinstance(message, dict):
        return None
    if "event" in message:
        return "event"
    if "directive" in message:
        return "error" if _is_exception(message["directive"]) else "directive"
    if "response" in message:
        return "cek-response"
    if "request" in message or "session" in message:
        return "cek-request"
    if "header" in message:
        return _kind_by_header(message)
    return "template" if "type" in message or "meta" in message else None


def name_of(kind: Kind, message: Any) -> str:
    """Which message of its kind this is (``Clova.Hello``, ``IntentRequest``), empty if it cannot be told."""
    if kind == "cek-response":
        return "ExtensionAnswer"
    if kind == "cek-request":
        return _text(message, "request", "type")
    if kind == "template":
        return _text(message, "type")
    if kind in ("home-request", "home-response"):
        name = _text(message, "header", "name")
        return f"ClovaHome.{name}" if name else ""
    if kind == "error":
        return "System.Exception"
    wrapper = () if kind == "context" else (kind,)
    namespace, name = (_text(message, *wrapper, "header", field) for field in ("namespace", "name"))
    return f"{namespace}.{name}" if namespace and name else ""


def whole_message(
    catalogue: Catalogue, kind: Kind, full_name: str, payload: dict[str, Any], edition: Edition, seed: int | str = 0
) -> dict[str, Any]:
    """A payload in its envelope, as `judge` takes it: with ids made of the seed, of an event with its whole context."""
    if kind in ("template", "cek-request", "cek-response"):
        return payload
    namespace, _, name = full_name.rpartition(".")
    header = {"namespace": namespace, "name": name}
    if kind == "context":
        return {"header": header, "payload": payload}
    chance = random.Random(f"{kind}/{full_name}/{seed}/header")
    header["messageId"] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if kind in ("home-request", "home-response"):
        return {"header": {**header, "payloadVersion": "1.0"}, "payload": payload}
    if kind == "event" and name == "Recognize":
        header["dialogRequestId"] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    inner = {"header": header, "payload": payload}
    if kind == "event":
        return {"context": _whole_context(catalogue, edition, seed), "event": inner}
    return inner if kind == "error" and edition == "4.4" else {"directive": inner}


def _whole_context(catalogue: Catalogue, edition: Edition, seed: int | str) -> list[dict[str, Any]]:
    """The objects that a device sends with every event (D-041)."""
    return [
        whole_message(
            catalogue, "context", name, catalogue.example("context", name, edition=edition, seed=seed), edition
        )
        for name in catalogue.complete_context
    ]


def _kind_by_header(message: dict[str, Any]) -> Kind:
    if _is_exception(message):
        return "error"
    header = message["header"] if isinstance(message["header"], dict) else {}
    if header.get("namespace") == "ClovaHome" or "payloadVersion" in header:
        return "home-request" if _text(header, "name").endswith("Request") else "home-response"
    return "context"


def _is_exception(inner: Any) -> bool:
    return _text(inner, "header", "namespace") == "System" and _text(inner, "header", "name") == "Exception"


def _text(value: Any, *steps: str) -> str:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _event(catalogue: Catalogue, message: Any, edition: Edition) -> list[Finding]:
    findings = catalogue.check_event(message, edition)
    context = message.get("context") if isinstance(message, dict) else None
    if isinstance(context, list):
        lacking = catalogue.missing_context(contexts_by_name(context))
        findings += [replace(finding, severity="warning") for finding in lacking]
    return findings


_CHECKS: dict[Kind, Callable[[Catalogue, Any, Edition], list[Finding]]] = {
    "event": _event,
    "directive": Catalogue.check_directive,
    "context": Catalogue.check_context,
    "error": Catalogue.check_error,
    "template": Catalogue.check_template,
    "cek-request": Catalogue.check_cek_request,
    "cek-response": Catalogue.check_cek_response,
    "home-request": Catalogue.check_home_request,
    "home-response": Catalogue.check_home_response,
}
