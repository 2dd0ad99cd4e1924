"""What a schema says, field by field: for people who want to read a message's table, and to compare two editions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urldefrag, urljoin

from mockcloud.catalogue.schemas import Schema, SchemaFiles
from mockcloud.settings import Edition
from mockcloud.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a message's table."""

    path: str
    """``audioItem.stream.token``; entries of a list are ``places[]``, values of a free object ``slots.*``."""
    form: str
    """What may stand there: ``string``, ``number 0..100``, ``ko | ja | en``, ``list``."""
    always: bool
    description: str
    because: tuple[str, ...] = ()
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    """Everything its schema says, references resolved."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between the editions of one message, ``path`` being empty for the message as a whole."""

    kind: Kind
    name: str
    path: str
    change: Literal["added", "removed", "changed"]
    said: str


def fields(files: SchemaFiles, schema: Schema) -> Iterator[Field]:
    """The fields of a message, in the order of its table, each followed by those inside of it."""
    yield from _below(_Part(files, schema, schema["$id"]), "", frozenset())


def conditions(schema: Any) -> Iterator[str]:
    """What the schema says between fields, in words."""
    if isinstance(schema, dict):
        for key in ("x-says", "said"):
            if isinstance(schema.get(key), str):
                yield schema[key]
        for inner in schema.values():
            yield from conditions(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from conditions(inner)


def changes(files: SchemaFiles, kind: Kind, name: str, old: Edition, new: Edition) -> list[Change]:
    """What is different about one message from one edition to another; nothing if it is in neither."""
    before, after = (files.place_of(kind, name, edition) for edition in (old, new))
    if before == after:
        return []
    if before is None:
        return [Change(kind, name, "", "added", f"only in {new}")]
    if after is None:
        return [Change(kind, name, "", "removed", f"only in {old}")]
    schemas = [files.read(place) for place in (before, after)]
    rows = [{field.path: field for field in fields(files, schema)} for schema in schemas]
    found = [_change(kind, name, path, rows[0].get(path), rows[1].get(path)) for path in rows[0] | rows[1]]
    told = [change for change in found if change is not None]
    if not told and _demands(schemas[0]) != _demands(schemas[1]):
        told.append(Change(kind, name, "", "changed", "which fields need each other"))
    return told


def _demands(schema: Any) -> Any:
    """The schema without what only describes."""
    if isinstance(schema, dict):
        return {key: _demands(value) for key, value in schema.items() if key not in _DESCRIBING}
    if isinstance(schema, list):
        return [_demands(item) for item in schema]
    return schema.replace("@4.4", "") if isinstance(schema, str) else schema


_DESCRIBING = {
    "$id",
    "$schema",
    "title",
    "description",
    "examples",
    "x-source",
    "x-because",
    "x-editions",
    "x-example",
    "x-says",
}


def _change(kind: Kind, name: str, path: str, old: Field | None, new: Field | None) -> Change | None:
    if old is None and new is not None:
        return Change(kind, name, path, "added", _described(new))
    if new is None and old is not None:
        return Change(kind, name, path, "removed", _described(old))
    if old is not None and new is not None and (old.form, old.always) != (new.form, new.always):
        return Change(kind, name, path, "changed", _difference(old, new))
    return None


def _difference(old: Field, new: Field) -> str:
    """Of words the ones that came and went, for they are many."""
    before, after = set(old.form.split(" | ")), set(new.form.split(" | "))
    if old.always == new.always and len(before & after) > 1:
        came = [f"+ {word}" for word in new.form.split(" | ") if word not in before]
        went = [f"- {word}" for word in old.form.split(" | ") if word not in after]
        return ", ".join(came + went)
    return f"{_described(old)} -> {_described(new)}"


def _described(field: Field) -> str:
    return f"{field.form}, {'always' if field.always else 'optional'}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a schema, and the address from which its references count."""

    files: SchemaFiles
    schema: Schema
    base: str

    def resolved(self) -> "_Part":
        """What a ``$ref`` points to, with what stands beside it."""
        if "$ref" not in self.schema:
            return self
        address, fragment = urldefrag(urljoin(self.base, self.schema["$ref"]))
        part: Any = self.files.by_id(address)
        for step in fragment.split("/")[1:]:
            part = part[step]
        beside = {key: value for key, value in self.schema.items() if key != "$ref"}
        target = _Part(self.files, part, address).resolved()
        return _Part(self.files, {**target.schema, **beside}, target.base)

    def inside(self, schema: Any) -> "_Part":
        return _Part(self.files, schema, self.base)


def _below(part: _Part, path: str, seen: frozenset[str]) -> Iterator[Field]:
    part = part.resolved()
    required = part.schema.get("required", ())
    for name, schema in part.schema.get("properties", {}).items():
        if isinstance(schema, dict):
            yield from _field(part.inside(schema), f"{path}.{name}" if path else name, name in required, seen)
    rest = part.schema.get("additionalProperties")
    if isinstance(rest, dict):
        yield from _field(part.inside(rest), f"{path}.*", False, seen)


def _field(part: _Part, path: str, always: bool, seen: frozenset[str]) -> Iterator[Field]:
    reference = urljoin(part.base, part.schema["$ref"]) if "$ref" in part.schema else ""
    full = part.resolved()
    described = full.schema.get("description", "")
    yield Field(path, _form(full), always, described, tuple(full.schema.get("x-because", ())), full.schema)
    if reference and reference in seen:
        return
    seen = seen | {reference} if reference else seen
    yield from _below(full, path, seen)
    for branch in (*full.schema.get("anyOf", ()), *full.schema.get("oneOf", ())):
        yield from _below(full.inside(branch), path, seen)
    items = full.schema.get("items")
    if isinstance(items, dict):
        yield from _below(full.inside(items), f"{path}[]", seen)


def _form(part: _Part) -> str:
    schema = part.schema
    if "enum" in schema:
        return " | ".join(str(value) if value != "" else '""' for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches and "type" not in schema:
        return " or ".join(dict.fromkeys(_form(part.inside(branch).resolved()) for branch in branches))
    kinds = schema.get("type", "any")
    form = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if form == "array":
        items = schema.get("items")
        form = f"list of {_form(part.inside(items).resolved())}" if isinstance(items, dict) else "list"
    if "minimum" in schema or "maximum" in schema:
        form += f" {schema.get('minimum', '')}..{schema.get('maximum', '')}"
    return form
