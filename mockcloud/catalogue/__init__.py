"""What a message has to look like: the schemas of every message, in both editions, and how to judge by them.

`Catalogue` is the way in. Its checks return findings, an empty list meaning that nothing is wrong; a good message
costs microseconds, since only what is not good is explained.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mockcloud.catalogue import rules
from mockcloud.catalogue.explanation import Flaw, dotted, explain, shown, standing
from mockcloud.catalogue.explanation import Path as Place
from mockcloud.catalogue.explanation import nearest as nearest_word
from mockcloud.catalogue.schemas import EDITIONS, Edition, Kind, Schema, SchemaFiles
from mockcloud.catalogue.verdict import Verdict, compiled, directive_schema, event_schema, home_schema
from mockcloud.data import data_dir
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.findings import Severity

__all__ = ["EDITIONS", "Catalogue", "Edition", "Kind"]

_Placed = tuple[Place, Finding]

_ENVELOPED = ("event", "directive", "context", "error", "home-request", "home-response")
_HOME = "ClovaHome"
"""The namespace of every Clova Home message (H-005)."""
_RESTS_ON: dict[Kind, tuple[str, ...]] = {"event": ("D-039",), "context": ("D-042",)}
_NAMES_REST_ON: dict[Kind, tuple[str, ...]] = {
    "event": ("D-038",),
    "context": ("D-042",),
    "cek-request": ("K-081",),
    "home-request": ("H-009",),
    "home-response": ("E-007",),
}
_ANSWERED_NAMES_REST_ON: dict[Kind, tuple[str, ...]] = {"template": ("K-106", "X-031"), "directive": ("K-108", "X-034")}
_ANSWERS_PAGE = "cek/custom-extension-message.md § 응답 메시지"
_COMPLETE: dict[str, Severity] = {
    "Alerts.AlertsState": "violation",
    "AudioPlayer.PlaybackState": "violation",
    "Clova.Location": "warning",
    "Clova.SavedPlace": "warning",
    "Device.DeviceState": "violation",
    "Device.Display": "warning",
    "Speaker.VolumeState": "violation",
    "SpeechSynthesizer.SpeechState": "warning",
}

_FROM_EXTENSIONS = (
    "AudioPlayer.Play",
    "AudioPlayer.StreamDeliver",
    "PlaybackController.Pause",
    "PlaybackController.Resume",
    "PlaybackController.Stop",
    "TemplateRuntime.RenderPlayerInfo",
)
"""The directives that an extension may answer without an agreement (K-108)."""
_LEFT_OUT: dict[str, tuple[Place, ...]] = {
    "AudioPlayer.Play": (("audioItem", "titleText"), ("audioItem", "titleSubText1"), ("audioItem", "stream", "token")),
}
"""Fields that an extension should send though the guide's own examples lack them (X-035)."""

_OTHER_SPELLINGS = {
    "AudioPlayer.PlayerState": "AudioPlayer.PlaybackState",
    "Alert.AlertsState": "Alerts.AlertsState",
}


@lru_cache(maxsize=256)
def _missing_context(there: frozenset[str]) -> tuple[Finding, ...]:
    """A device sends the same objects with every event."""
    known = {_OTHER_SPELLINGS.get(name, name) for name in there}
    findings = []
    for severity in ("violation", "warning"):
        lacking = [name for name, weight in _COMPLETE.items() if weight == severity and name not in known]
        if lacking:
            said = f"the context has no {', '.join(lacking)}"
            findings.append(Finding("event.context.missing", said, "context", ("D-041", "C-188"), severity))
    return tuple(findings)


class Catalogue:
    """The messages of the specification. Make one with `load`; it may be shared by all who judge messages."""

    def __init__(self, files: SchemaFiles) -> None:
        self.files = files
        self._whole: dict[tuple[Kind, Edition, Any, Any], Verdict] = {}
        self._parts: dict[str, Verdict] = {}

    @classmethod
    def load(cls, folder: Path | None = None, extra: Sequence[Path] = ()) -> "Catalogue":
        """The catalogue of a folder (default: the bundled one) and of further folders of the same layout.

        Reads file names only; a file is read and compiled when a message first needs it.
        """
        return cls(SchemaFiles([folder or data_dir("schemas"), *extra]))

    def names(self, kind: Kind, edition: Edition = "newer") -> list[str]:
        """The full names (``Clova.Hello``) of all messages of a kind, sorted; alternative spellings included."""
        return [name for name in self.files.messages(kind) if self.knows(kind, name, edition)]

    def knows(self, kind: Kind, name: str, edition: Edition = "newer") -> bool:
        return self.files.place_of(kind, name, edition) is not None

    def schema(self, kind: Kind, name: str, edition: Edition = "newer") -> Schema | None:
        """The schema of a message's payload, as it stands in its file, or `None` for an unknown name."""
        place = self.files.place_of(kind, name, edition)
        return self.files.read(place) if place else None

    def nearest(self, kind: Kind, name: str, edition: Edition = "newer") -> str | None:
        """The message that was probably meant by an unknown name."""
        return nearest_word(name, self.names(kind, edition))

    # Whole messages

    def check_event(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge ``{"context": [...], "event": {"header", "payload"}}``: envelope, payload, each context object."""
        try:
            header = message["event"]["header"]
            verdict = self._whole_verdict("event", edition, header["namespace"], header["name"])
        except (KeyError, TypeError):
            verdict = None
        if verdict is not None and verdict(message):
            return [finding for _, finding in rules.of_event(f"{header['namespace']}.{header['name']}", message)]
        found = self._envelope("event", message, edition)
        full_name = _name_of(message, "event")
        if full_name is None:
            return _in_order(message, found)
        found += self._named("event", message["event"], edition, ("event",))
        found += rules.of_event(full_name, message)
        context = message.get("context")
        for index, item in enumerate(context if isinstance(context, list) else ()):
            if isinstance(item, dict):
                found += self._context_object(item, edition, ("context", index), "warning")
        return _in_order(message, found)

    def check_directive(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge ``{"directive": {"header", "payload"}}``."""
        try:
            header = message["directive"]["header"]
            verdict = self._whole_verdict("directive", edition, header["namespace"], header["name"])
        except (KeyError, TypeError):
            verdict = None
        if verdict is not None and verdict(message):
            return [finding for _, finding in rules.of_directive(f"{header['namespace']}.{header['name']}", message)]
        found = self._envelope("directive", message, edition)
        full_name = _name_of(message, "directive")
        if full_name is None:
            return _in_order(message, found)
        found += self._named("directive", message["directive"], edition, ("directive",))
        return _in_order(message, found + rules.of_directive(full_name, message))

    def check_context(self, item: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge one context object, ``{"header": {"namespace", "name"}, "payload": {...}}``."""
        return _in_order(item, self._context_object(item, edition, (), "violation"))

    def check_error(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge the body of a failed request: with the outer ``directive`` in the newer edition, without in 4.4."""
        found = self._envelope("error", message, edition)
        outer: Place = ("directive",) if edition == "newer" else ()
        inner = message.get("directive") if outer and isinstance(message, dict) else message
        if isinstance(inner, dict) and isinstance(inner.get("payload"), dict):
            found += self._payload("error", "System.Exception", inner["payload"], edition, (*outer, "payload"))
        return _in_order(message, found)

    def check_cek_request(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what the cloud asks a custom extension: ``{"version", "session", "context", "request"}``.

        Of an EventRequest the event's payload too, as far as it is there: it may be a part of what the device sent.
        """
        request = message.get("request") if isinstance(message, dict) else None
        request = request if isinstance(request, dict) else {}
        name = request.get("type")
        place = self.files.place_of("cek-request", name, edition) if isinstance(name, str) else None
        if place is None:
            place = self.files.envelope("cek-request", edition)
            found = self._in_sections("cek-request", message, place, 1)
            if isinstance(name, str) and name:
                at: Place = ("request", "type")
                found.append((at, self._unknown("cek-request", name, edition, at)))
            return _in_order(message, found)
        found = self._in_sections("cek-request", message, place, 1)
        if name == "EventRequest":
            found += self._relayed_event(request.get("event"), edition)
        elif name == "IntentRequest":
            found += rules.of_cek_request(message)
        return _in_order(message, found)

    def check_cek_response(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a custom extension answers, with the template that its card is and the payloads of its
        directives: ``{"version", "sessionAttributes", "response"}``.
        """
        place = self.files.place_of("cek-response", "ExtensionAnswer", edition)
        assert place is not None
        found = self._in_sections("cek-response", message, place, 2)
        response = message.get("response") if isinstance(message, dict) else None
        if isinstance(response, dict):
            found += self._card(response.get("card"), edition)
            directives = response.get("directives")
            for index, item in enumerate(directives if isinstance(directives, list) else ()):
                found += self._answered_directive(item, edition, ("response", "directives", index))
        return _in_order(message, found)

    def check_home_request(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what the cloud asks a home extension: ``{"header", "payload"}``."""
        return self._check_home("home-request", message, edition)

    def check_home_response(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a home extension answers: ``{"header", "payload"}``; whether it answers what was asked is not
        looked at.
        """
        return self._check_home("home-response", message, edition)

    def check_payload(self, kind: Kind, full_name: str, payload: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a message says, without its envelope; paths begin with ``payload`` where there would be one.

        Of kinds without an envelope (``template``, bodies of CEK) the whole. An unknown name is a finding.
        """
        if not self.knows(kind, full_name, edition):
            return [self._unknown(kind, full_name, edition, ())]
        at: Place = ("payload",) if kind in _ENVELOPED else ()
        return [finding for _, finding in self._payload(kind, full_name, payload, edition, at)]

    def check_template(self, template: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge a content template as it stands; its own ``type`` says which of the 23 it is (C-177)."""
        name = template.get("type") if isinstance(template, dict) else None
        if isinstance(name, str) and self.knows("template", name, edition):
            return self.check_payload("template", name, template, edition)
        if isinstance(name, str):
            return [self._unknown("template", name, edition, ("type",))]
        return [finding for _, finding in self._envelope("template", template, edition)]

    complete_context: tuple[str, ...] = tuple(_COMPLETE)
    """The full names of the objects that every event should carry (D-041)."""

    def missing_context(self, there: Iterable[str]) -> tuple[Finding, ...]:
        """What an event's context, given by the full names of its objects, lacks of the eight that every event
        should carry (D-041): one finding for what is missing, one for what a device may not know.

        A device may not know a place, absence of Device.Display has a meaning, and SpeechState has no token before
        the first Speak: those are warnings.
        """
        return _missing_context(frozenset(there))

    def example(
        self,
        kind: Kind,
        full_name: str,
        *,
        edition: Edition = "newer",
        seed: int | str = 0,
        full: bool = False,
        locale: str = "ko_KR",
    ) -> dict[str, Any]:
        """A valid payload: the same for the same arguments. ``full`` brings what is optional too.

        Raises `KeyError` for an unknown name.
        """
        from mockcloud.catalogue.examples import Maker

        schema = self.schema(kind, full_name, edition)
        if schema is None:
            raise KeyError(full_name)
        maker = Maker(self.files, self._flaws, f"{kind}/{full_name}/{seed}", full, locale)
        return maker.payload(schema)

    def shared(self, name: str) -> Schema:
        """The schema of an object that several messages use, by its place (``home/PermittedActions``).

        Raises `KeyError` when there is none.
        """
        return self.files.read(f"shared/{name}.json")

    # How a message is judged, part by part

    def _whole_verdict(self, kind: Kind, edition: Edition, namespace: Any, name: Any) -> Verdict | None:
        """The compiled check of a whole message with a header, or `None` for a name that stands in no index."""
        key = (kind, edition, namespace, name)
        found = self._whole.get(key)
        if found is None:
            full_name = f"{namespace}.{name}"
            place = self.files.place_of(kind, full_name, edition)
            if place is None or self._spelled(self.files.read(place), edition):
                return None
            if kind == "event":
                schema = event_schema(place, self._contexts(edition), self.files, edition)
            elif kind == "directive":
                schema = directive_schema(place, self.files, edition)
            else:
                schema = home_schema(kind, place, self.files, edition)
            found = self._whole[key] = compiled(schema, self.files)
        return found

    def _check_home(self, kind: Kind, message: Any, edition: Edition) -> list[Finding]:
        """The name alone says which message it is: a wrong namespace is one mistake and hides no other."""
        header = message.get("header") if isinstance(message, dict) else None
        name = header.get("name") if isinstance(header, dict) else None
        if not isinstance(name, str) or not name:
            return _in_order(message, self._envelope(kind, message, edition))
        verdict = self._whole_verdict(kind, edition, _HOME, name)
        between = rules.of_home_answer(name, message) if kind == "home-response" else []
        if verdict is not None and verdict(message):
            return _in_order(message, between)
        inner = {"header": {"namespace": _HOME, "name": name}, "payload": message.get("payload")}
        around = self._envelope(kind, message, edition)
        return _in_order(message, around + self._named(kind, inner, edition, ()) + between)

    def _flaws(self, value: Any, place: str) -> list[Flaw]:
        """What is wrong with one part. Explaining is a thousand times slower: flawless parts go without it."""
        schema = self.files.read(place)
        verdict = self._parts.get(place)
        if verdict is None:
            verdict = self._parts[place] = compiled(schema, self.files)
        return [] if verdict(value) else explain(value, schema, self.files.by_id)

    def _contexts(self, edition: Edition) -> dict[str, str]:
        places = {name: self.files.place_of("context", name, edition) for name in self.files.messages("context")}
        return {
            name: place
            for name, place in places.items()
            if place is not None and not self._spelled(self.files.read(place), edition)
        }

    def _spelled(self, schema: Schema, edition: Edition) -> str | None:
        """The name that stands in the edition's index, if this schema's is only another spelling of it."""
        other: str | None = schema.get("x-spelling-of", {}).get(edition)
        return other

    def _envelope(self, kind: Kind, message: Any, edition: Edition, at: Place = ()) -> list[_Placed]:
        """What is wrong around the payload: in the header, or in the wrapping."""
        place = self.files.envelope(kind, edition)
        schema = self.files.read(place)
        return [
            _placed(
                f"{kind}.header.{flaw.rule}" if "header" in flaw.path[:-1] else f"{kind}.envelope", flaw, at, schema
            )
            for flaw in self._flaws(message, place)
        ]

    def _named(self, kind: Kind, inner: Any, edition: Edition, at: Place) -> list[_Placed]:
        """What is wrong with the name and the payload of something that has a header."""
        full_name = _header_name(inner)
        if full_name is None:
            return []
        where = (*at, "header", "name")
        place = self.files.place_of(kind, full_name, edition)
        if place is None:
            return [(where, self._unknown(kind, full_name, edition, where))]
        found: list[_Placed] = []
        if other := self._spelled(self.files.read(place), edition):
            said = f"{shown(full_name)} stands for `{other}`"
            found.append((where, Finding(f"{kind}.spelling", said, dotted(where), (), "warning")))
        payload = inner.get("payload")
        if isinstance(payload, dict):
            found += self._payload(kind, full_name, payload, edition, (*at, "payload"))
        return found

    def _context_object(self, item: Any, edition: Edition, at: Place, unknown: Severity) -> list[_Placed]:
        found = self._envelope("context", item, edition, at)
        full_name = _header_name(item)
        if full_name is not None and not self.knows("context", full_name, edition):
            where = (*at, "header", "name")
            return [*found, (where, self._unknown("context", full_name, edition, where, unknown))]
        return found + self._named("context", item, edition, at)

    def _payload(self, kind: Kind, full_name: str, payload: Any, edition: Edition, at: Place) -> list[_Placed]:
        place = self.files.place_of(kind, full_name, edition)
        assert place is not None
        code = f"{kind}.payload" if kind in _ENVELOPED else kind
        schema = self.files.read(place)
        return [
            _placed(f"{code}.{flaw.rule}", flaw, at, schema, _RESTS_ON.get(kind, ()))
            for flaw in self._flaws(payload, place)
        ]

    def _in_sections(self, kind: Kind, message: Any, place: str, depth: int) -> list[_Placed]:
        """What is wrong with a body without envelope; a code names the field it is about, ``depth`` steps deep."""
        schema = self.files.read(place)
        return [
            _placed(".".join([kind, *map(str, flaw.path[:depth]), flaw.rule]), flaw, (), schema)
            for flaw in self._flaws(message, place)
        ]

    def _relayed_event(self, event: Any, edition: Edition) -> list[_Placed]:
        """What is wrong with the payload of a device's event, nothing being required of it (K-120)."""
        if not isinstance(event, dict) or not isinstance(event.get("payload"), dict):
            return []
        full_name = f"{event.get('namespace')}.{event.get('name')}"
        place = self.files.place_of("event", full_name, edition)
        if place is None:
            return []
        schema = self.files.read(place)
        at: Place = ("request", "event", "payload")
        return [
            _placed(f"cek-request.request.{flaw.rule}", flaw, at, schema)
            for flaw in self._flaws(event["payload"], place)
            if flaw.rule not in ("required", "condition")
        ]

    def _card(self, card: Any, edition: Edition) -> list[_Placed]:
        """What is wrong with an answer's content template; an empty card is none (K-106)."""
        if not card or not isinstance(card, dict):
            return []
        name, at = card.get("type"), ("response", "card")
        if not isinstance(name, str):
            return self._envelope("template", card, edition, at)
        if not self.knows("template", name, edition):
            return [((*at, "type"), self._unknown_in_answer("template", name, edition, (*at, "type")))]
        return self._payload("template", name, card, edition, at)

    def _answered_directive(self, item: Any, edition: Edition, at: Place) -> list[_Placed]:
        """What is wrong with the name and the payload of a directive that an extension has answered."""
        if isinstance(item, dict) and "header" not in item and isinstance(item.get("directive"), dict):
            item, at = item["directive"], (*at, "directive")
        full_name = _header_name(item)
        if full_name is None:
            return []
        code = "cek-response.response.directives"
        where = (*at, "header", "name")
        place = self.files.place_of("directive", full_name, edition)
        if place is None:
            return [(where, self._unknown_in_answer("directive", full_name, edition, where))]
        found: list[_Placed] = []
        if full_name not in _FROM_EXTENSIONS:
            said = (
                f"{shown(full_name)} needs an agreement; without one an extension sends {', '.join(_FROM_EXTENSIONS)}"
            )
            found.append((where, Finding(f"{code}.agreed", said, dotted(where), ("K-108", "X-034"), "warning")))
        if isinstance(payload := item.get("payload"), dict):
            schema = self.files.read(place)
            for flaw in self._flaws(payload, place):
                lenient = flaw.rule == "required" and flaw.path in _LEFT_OUT.get(full_name, ())
                flaw = replace(flaw, severity="warning") if lenient else flaw
                found.append(_placed(f"{code}.{flaw.rule}", flaw, (*at, "payload"), schema, ("X-035",)))
        return found

    def _unknown_in_answer(self, kind: Kind, name: str, edition: Edition, at: Place) -> Finding:
        """`_unknown` of what an extension answers, which rests on the page about answers."""
        unknown = self._unknown(kind, name, edition, at)
        return replace(unknown, because=_ANSWERED_NAMES_REST_ON[kind], source=_ANSWERS_PAGE)

    def _unknown(
        self, kind: Kind, full_name: str, edition: Edition, at: Place, severity: Severity = "violation"
    ) -> Finding:
        elsewhere = [other for other in EDITIONS if self.knows(kind, full_name, other)]
        near = self.nearest(kind, full_name, edition)
        if elsewhere:
            said = f"{shown(full_name)} belongs to the edition {elsewhere[0]}, not to {edition}"
        elif near:
            said = f"there is no {kind} {shown(full_name)}; did you mean `{near}`?"
        else:
            said = f"there is no {kind} {shown(full_name)}"
        because = _NAMES_REST_ON.get(kind, ())
        return Finding(f"{kind}.unknown", said, dotted(at), because, severity)


def _header_name(inner: Any) -> str | None:
    """``Namespace.Name`` of something with a readable header."""
    header = inner.get("header") if isinstance(inner, dict) else None
    if not isinstance(header, dict):
        return None
    namespace, name = header.get("namespace"), header.get("name")
    if not namespace or not name or not isinstance(namespace, str) or not isinstance(name, str):
        return None
    return f"{namespace}.{name}"


def _name_of(message: Any, wrapper: str) -> str | None:
    return _header_name(message.get(wrapper)) if isinstance(message, dict) else None


def _placed(code: str, flaw: Flaw, at: Place, schema: Schema, rests_on: tuple[str, ...] = ()) -> _Placed:
    path = (*at, *flaw.path)
    because = flaw.because or (*rests_on, *schema.get("x-because", ()))
    return path, Finding(code, flaw.sentence, dotted(path), because, flaw.severity, schema["x-source"])


def _in_order(message: Any, found: list[_Placed]) -> list[Finding]:
    """The findings as what they are about stands in the message."""
    return [finding for _, finding in sorted(found, key=lambda placed: standing(message, placed[0]))]
