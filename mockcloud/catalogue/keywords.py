"""The engine that explains: ``jsonschema`` with those keywords replaced whose errors would be of no use to people.

Besides it knows ``x-should`` (what the schema prefers: a warning) and ``x-says`` (the sentence of a condition).
``jsonschema`` takes long to import: only `mockcloud.catalogue.explanation.explain` imports this module, when the
first message is not flawless.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urldefrag, urljoin

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from mockcloud.catalogue.schemas import Schema

_PLAIN = {"description", "type", "examples", "deprecated", "x-example", "x-unit", "x-because"}
_WORD = {"description", "enum", "examples", "deprecated", "x-because"}

_Errors = Iterator[ValidationError]


def _properties(validator: Any, fields: Any, instance: Any, _schema: Any) -> _Errors:
    for name, field in fields.items() if isinstance(instance, dict) else ():
        if name not in instance:
            continue
        if field is False:
            yield ValidationError(f"`{name}` may not be there", path=[name], validator="forbidden")
        elif not _plainly_right(field, instance[name]):
            yield from validator.descend(instance[name], field, path=name, schema_path=name)


def _plainly_right(field: Schema, value: Any) -> bool:
    """Whether a field of the simplest forms is right. Most are, and to descend into each is what explaining costs."""
    if isinstance(value, str):
        if "enum" in field:
            return field.keys() <= _WORD and value in field["enum"]
        return field.keys() <= _PLAIN and field.get("type") == "string"
    return isinstance(value, bool) and field.keys() <= _PLAIN and field.get("type") == "boolean"


def _required(_validator: Any, names: Any, instance: Any, _schema: Any) -> _Errors:
    if isinstance(instance, dict):
        yield from (_missing(name) for name in names if name not in instance)


def _dependent_required(_validator: Any, demands: Any, instance: Any, _schema: Any) -> _Errors:
    if isinstance(instance, dict):
        for key, names in demands.items():
            if key in instance:
                yield from (
                    _missing(name, "condition", f": `{key}` needs it") for name in names if name not in instance
                )


def _missing(name: str, rule: str = "required", because: str = "") -> ValidationError:
    return ValidationError(f"`{name}` is missing{because}", path=[name], validator=rule)


def _additional_properties(validator: Any, rest: Any, instance: Any, schema: Any) -> _Errors:
    if not isinstance(instance, dict):
        return
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        if rest is False:
            said = f"`{key}` is not known here"
            yield ValidationError(said, path=[key], validator="unknown", validator_value=list(known))
        elif rest is not True:
            yield from validator.descend(value, rest, path=key)


def _pattern(_validator: Any, text: Any, instance: Any, _schema: Any) -> _Errors:
    # As everywhere but in Python, "$" is the end of the text and not also before a last line break.
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", text), instance):
        yield ValidationError("does not match")


def _if(validator: Any, condition: Any, instance: Any, schema: Any) -> _Errors:
    """What the branch finds; with ``x-says`` each error is the context of one that has this sentence."""
    name = "then" if validator.evolve(schema=condition).is_valid(instance) else "else"
    if name not in schema:
        return
    branch = schema[name]
    says = branch.get("x-says") if isinstance(branch, dict) else None
    for error in validator.descend(instance, branch, schema_path=name):
        if says is None:
            yield error
        else:
            yield ValidationError(says, path=error.path, context=[error], validator="condition", schema=branch)


def _any_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> _Errors:
    """What is wrong with the form that was probably meant."""
    tried = [list(validator.descend(instance, branch, schema_path=at)) for at, branch in enumerate(branches)]
    for errors in tried:
        if all(error.validator == "x-should" for error in errors):
            yield from errors
            return
    kinds = [errors[0].validator_value for errors in tried if _is_other_kind(errors)]
    if len(kinds) == len(tried) and all(isinstance(kind, str) for kind in kinds):
        yield ValidationError("other kind", validator="type", validator_value=kinds)
    else:
        yield from min(tried, key=_distance)


def _is_other_kind(errors: list[Any]) -> bool:
    return len(errors) == 1 and errors[0].validator == "type" and not errors[0].path


def _distance(errors: list[Any]) -> tuple[int, int]:
    """How far a value is from a form: forms whose kind it is not come last, then those with more mistakes."""
    other_kind = sum(
        1
        for error in errors
        if (error.validator == "type" and not error.path)
        or (error.validator in ("const", "enum") and len(error.path) <= 1)
    )
    return other_kind, len(errors)


def _one_of(validator: Any, branches: Any, instance: Any, schema: Any) -> _Errors:
    fitting = [branch for branch in branches if validator.evolve(schema=branch).is_valid(instance)]
    if len(fitting) > 1:
        yield ValidationError("fits more than one of the forms that exclude each other")
    elif not fitting:
        yield from _any_of(validator, branches, instance, schema)


def _should(validator: Any, wishes: Any, instance: Any, _schema: Any) -> _Errors:
    for wish in wishes:
        if not validator.evolve(schema=wish["schema"]).is_valid(instance):
            path = [wish["at"]] if wish.get("at") else ()
            yield ValidationError(wish["said"], path=path, validator="x-should", validator_value=wish, schema=wish)


_KEYWORDS = {
    "properties": _properties,
    "required": _required,
    "dependentRequired": _dependent_required,
    "additionalProperties": _additional_properties,
    "pattern": _pattern,
    "if": _if,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "x-should": _should,
}
_Engine = extend(Draft202012Validator, _KEYWORDS)  # type: ignore[no-untyped-call]


class Validators:
    """The engine for each schema that is asked for; ``read`` gives the schema of an ``$id``."""

    def __init__(self, read: Callable[[str], Schema]) -> None:
        self._read = read
        self._of_files: dict[int, Any] = {}

    def of(self, schema: Schema) -> Any:
        """The ``jsonschema`` validator whose ``iter_errors`` finds what is wrong by that schema."""
        # A schema of a file, which alone has "$schema", is asked for again and again; its validator keeps it alive.
        if "$schema" not in schema:
            return self._made(schema)
        if id(schema) not in self._of_files:
            self._of_files[id(schema)] = self._made(schema)
        return self._of_files[id(schema)]

    def _made(self, schema: Schema) -> Any:
        # What a registry retrieves while it is used is forgotten afterwards, so it is filled beforehand.
        registry: Registry[Any] = Registry(retrieve=self._resource)  # type: ignore[call-arg]
        referred = ((uri, self._resource(uri)) for uri in self._referred(schema))
        return _Engine(schema, registry=registry.with_resources(referred).crawl())

    def _resource(self, uri: str) -> Resource[Any]:
        # "$schema" would call in the stock engine for everything below this reference.
        contents = {key: value for key, value in self._read(uri).items() if key != "$schema"}
        return DRAFT202012.create_resource(contents)

    def _referred(self, schema: Schema) -> set[str]:
        """The addresses of all schemas that a schema refers to, and those refer to."""
        found: set[str] = set()
        open_ones = [(schema, schema.get("$id", ""))]
        while open_ones:
            part, base = open_ones.pop()
            for reference in _references(part):
                uri = urldefrag(urljoin(base, reference)).url
                if uri and uri != base and uri not in found:
                    found.add(uri)
                    open_ones.append((self._read(uri), uri))
        return found


@lru_cache(maxsize=8)
def validators(read: Callable[[str], Schema]) -> Validators:
    """Those of one source of schemas."""
    return Validators(read)


def _references(schema: Any) -> Iterator[str]:
    inside: Iterable[Any] = ()
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        inside = schema.values()
    elif isinstance(schema, list):
        inside = schema
    for inner in inside:
        yield from _references(inner)
