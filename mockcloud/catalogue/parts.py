"""Messages judged part by part: the envelope, the name, the payload, a context object.

Each part is judged by a schema of its own, which stands in the file that `SchemaFiles.place_of` names.
"""

from typing import Any

from mockcloud.catalogue.explanation import Flaw, Path, dotted, explain, nearest, shown, standing
from mockcloud.catalogue.rules import Placed
from mockcloud.catalogue.schemas import Schema, SchemaFiles
from mockcloud.catalogue.verdict import Verdict, compiled
from mockcloud.settings import EDITIONS, Edition
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.findings import Severity
from mockcloud.vocabulary.kinds import Kind

_ENVELOPED = ("event", "directive", "context", "error", "home-request", "home-response")
_PAYLOADS_REST_ON: dict[Kind, tuple[str, ...]] = {"event": ("D-039",), "context": ("D-042",)}
"""The requirements that a mistake in a payload breaks, beside those of its schema."""
_NAMES_REST_ON: dict[Kind, tuple[str, ...]] = {
    "event": ("D-038",),
    "context": ("D-042",),
    "cek-request": ("K-081",),
    "home-request": ("H-009",),
    "home-response": ("E-007",),
}
"""The requirements that a message with an unknown name breaks."""


class Parts:
    """What is wrong with parts of messages. The checks that it has compiled are kept."""

    def __init__(self, files: SchemaFiles) -> None:
        self.files = files
        self._verdicts: dict[str, Verdict] = {}

    def names(self, kind: Kind, edition: Edition) -> list[str]:
        """The full names of all messages of a kind, sorted."""
        return [name for name in self.files.messages(kind) if self.knows(kind, name, edition)]

    def knows(self, kind: Kind, full_name: str, edition: Edition) -> bool:
        return self.files.place_of(kind, full_name, edition) is not None

    def nearest(self, kind: Kind, full_name: str, edition: Edition) -> str | None:
        """The message that was probably meant by an unknown name."""
        return nearest(full_name, self.names(kind, edition))

    def flaws(self, value: Any, schema_file: str) -> list[Flaw]:
        """What is wrong with one part. Explaining is a thousand times slower: flawless parts go without it."""
        schema = self.files.read(schema_file)
        verdict = self._verdicts.get(schema_file)
        if verdict is None:
            verdict = self._verdicts[schema_file] = compiled(schema, self.files)
        return [] if verdict(value) else explain(value, schema, self.files.by_id)

    def spelled(self, schema_file: str, edition: Edition) -> str | None:
        """The name that stands in the edition's index, if the one of this file is only another spelling of it."""
        other: str | None = self.files.read(schema_file).get("x-spelling-of", {}).get(edition)
        return other

    def envelope(self, kind: Kind, message: Any, edition: Edition, at: Path = ()) -> list[Placed]:
        """What is wrong around the payload: in the header, or in the wrapping."""
        schema_file = self.files.envelope(kind, edition)
        schema = self.files.read(schema_file)
        return [
            placed(f"{kind}.header.{flaw.rule}" if "header" in flaw.path[:-1] else f"{kind}.envelope", flaw, at, schema)
            for flaw in self.flaws(message, schema_file)
        ]

    def named(self, kind: Kind, inner: Any, edition: Edition, at: Path) -> list[Placed]:
        """What is wrong with the name and the payload of something that has a header."""
        full_name = header_name(inner)
        if full_name is None:
            return []
        where = (*at, "header", "name")
        schema_file = self.files.place_of(kind, full_name, edition)
        if schema_file is None:
            return [(where, self.unknown(kind, full_name, edition, where))]
        found: list[Placed] = []
        if other := self.spelled(schema_file, edition):
            said = f"{shown(full_name)} stands for `{other}`"
            found.append((where, Finding(f"{kind}.spelling", said, dotted(where), (), "warning")))
        payload = inner.get("payload")
        if isinstance(payload, dict):
            found += self.payload(kind, full_name, payload, edition, (*at, "payload"))
        return found

    def context_object(self, item: Any, edition: Edition, at: Path, unknown: Severity) -> list[Placed]:
        """What is wrong with an object of a context; an unknown name weighs as ``unknown`` says."""
        found = self.envelope("context", item, edition, at)
        full_name = header_name(item)
        if full_name is not None and not self.knows("context", full_name, edition):
            where = (*at, "header", "name")
            return [*found, (where, self.unknown("context", full_name, edition, where, unknown))]
        return found + self.named("context", item, edition, at)

    def payload(
        self, kind: Kind, full_name: str, payload: Any, edition: Edition, at: Path | None = None
    ) -> list[Placed]:
        """What is wrong with the payload of a known message. Unless told, it stands below ``payload`` in kinds that
        have an envelope, and is the whole message in the others.
        """
        schema_file = self.files.place_of(kind, full_name, edition)
        assert schema_file is not None
        code = f"{kind}.payload" if kind in _ENVELOPED else kind
        if at is None:
            at = ("payload",) if kind in _ENVELOPED else ()
        schema = self.files.read(schema_file)
        return [
            placed(f"{code}.{flaw.rule}", flaw, at, schema, _PAYLOADS_REST_ON.get(kind, ()))
            for flaw in self.flaws(payload, schema_file)
        ]

    def unknown(
        self, kind: Kind, full_name: str, edition: Edition, at: Path, severity: Severity = "violation"
    ) -> Finding:
        """The finding for a name that no message of this kind and edition has."""
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


def header_name(inner: Any) -> str | None:
    """``Namespace.Name`` of something with a readable header."""
    header = inner.get("header") if isinstance(inner, dict) else None
    if not isinstance(header, dict):
        return None
    namespace, name = header.get("namespace"), header.get("name")
    if not namespace or not name or not isinstance(namespace, str) or not isinstance(name, str):
        return None
    return f"{namespace}.{name}"


def placed(code: str, flaw: Flaw, at: Path, schema: Schema, rests_on: tuple[str, ...] = ()) -> Placed:
    """The finding for a flaw of what stands at ``at``."""
    path = (*at, *flaw.path)
    because = flaw.because or (*rests_on, *schema.get("x-because", ()))
    return path, Finding(code, flaw.sentence, dotted(path), because, flaw.severity, schema["x-source"])


def in_order(message: Any, found: list[Placed]) -> list[Finding]:
    """The findings as what they are about stands in the message."""
    return [finding for _, finding in sorted(found, key=lambda placed: standing(message, placed[0]))]
