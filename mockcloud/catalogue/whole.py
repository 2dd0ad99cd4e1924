"""Whole messages of CIC and of Clova Home.

Most messages are flawless: one compiled check of the whole says so. What is not is judged part by part.
"""

from typing import Any

from mockcloud.catalogue import rules
from mockcloud.catalogue.explanation import Path
from mockcloud.catalogue.parts import Parts, header_name, in_order
from mockcloud.catalogue.verdict import Verdict, compiled, directive_schema, event_schema, home_schema
from mockcloud.settings import Edition
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import Kind

_HOME = "ClovaHome"
"""The namespace of every Clova Home message (H-005)."""


class WholeMessages:
    """Judges messages with a header. The checks that it has compiled are kept."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._files = parts.files
        self._verdicts: dict[tuple[Kind, Edition, Any, Any], Verdict] = {}

    def event(self, message: Any, edition: Edition) -> list[Finding]:
        try:
            header = message["event"]["header"]
            verdict = self._verdict("event", edition, header["namespace"], header["name"])
        except (KeyError, TypeError):
            verdict = None
        if verdict is not None and verdict(message):
            return [finding for _, finding in rules.of_event(f"{header['namespace']}.{header['name']}", message)]
        parts = self._parts
        found = parts.envelope("event", message, edition)
        full_name = _name_of(message, "event")
        if full_name is None:
            return in_order(message, found)
        found += parts.named("event", message["event"], edition, ("event",))
        found += rules.of_event(full_name, message)
        context = message.get("context")
        for index, item in enumerate(context if isinstance(context, list) else ()):
            if isinstance(item, dict):
                found += parts.context_object(item, edition, ("context", index), "warning")
        return in_order(message, found)

    def directive(self, message: Any, edition: Edition) -> list[Finding]:
        try:
            header = message["directive"]["header"]
            verdict = self._verdict("directive", edition, header["namespace"], header["name"])
        except (KeyError, TypeError):
            verdict = None
        if verdict is not None and verdict(message):
            return [finding for _, finding in rules.of_directive(f"{header['namespace']}.{header['name']}", message)]
        found = self._parts.envelope("directive", message, edition)
        full_name = _name_of(message, "directive")
        if full_name is None:
            return in_order(message, found)
        found += self._parts.named("directive", message["directive"], edition, ("directive",))
        return in_order(message, found + rules.of_directive(full_name, message))

    def error(self, message: Any, edition: Edition) -> list[Finding]:
        found = self._parts.envelope("error", message, edition)
        outer: Path = ("directive",) if edition == "newer" else ()
        inner = message.get("directive") if outer and isinstance(message, dict) else message
        if isinstance(inner, dict) and isinstance(inner.get("payload"), dict):
            found += self._parts.payload("error", "System.Exception", inner["payload"], edition, (*outer, "payload"))
        return in_order(message, found)

    def home(self, kind: Kind, message: Any, edition: Edition) -> list[Finding]:
        """The name alone says which message it is: a wrong namespace is one mistake and hides no other."""
        header = message.get("header") if isinstance(message, dict) else None
        name = header.get("name") if isinstance(header, dict) else None
        if not isinstance(name, str) or not name:
            return in_order(message, self._parts.envelope(kind, message, edition))
        verdict = self._verdict(kind, edition, _HOME, name)
        between = rules.of_home_answer(name, message) if kind == "home-response" else []
        if verdict is not None and verdict(message):
            return in_order(message, between)
        inner = {"header": {"namespace": _HOME, "name": name}, "payload": message.get("payload")}
        around = self._parts.envelope(kind, message, edition)
        return in_order(message, around + self._parts.named(kind, inner, edition, ()) + between)

    def _verdict(self, kind: Kind, edition: Edition, namespace: Any, name: Any) -> Verdict | None:
        """The compiled check of a whole message, or `None` for a name that stands in no index."""
        key = (kind, edition, namespace, name)
        found = self._verdicts.get(key)
        if found is None:
            schema_file = self._indexed(kind, f"{namespace}.{name}", edition)
            if schema_file is None:
                return None
            if kind == "event":
                schema = event_schema(schema_file, self._contexts(edition), self._files, edition)
            elif kind == "directive":
                schema = directive_schema(schema_file, self._files, edition)
            else:
                schema = home_schema(kind, schema_file, self._files, edition)
            found = self._verdicts[key] = compiled(schema, self._files)
        return found

    def _contexts(self, edition: Edition) -> dict[str, str]:
        """The schema file of each context object of that edition."""
        files = {name: self._indexed("context", name, edition) for name in self._files.messages("context")}
        return {name: schema_file for name, schema_file in files.items() if schema_file is not None}

    def _indexed(self, kind: Kind, full_name: str, edition: Edition) -> str | None:
        """The schema file of a name, unless it is only another spelling of one in the edition's index."""
        schema_file = self._files.place_of(kind, full_name, edition)
        return None if schema_file is None or self._parts.spelled(schema_file, edition) else schema_file


def _name_of(message: Any, wrapper: str) -> str | None:
    return header_name(message.get(wrapper)) if isinstance(message, dict) else None
