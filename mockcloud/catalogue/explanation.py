"""What is wrong with a value, one line for each mistake: which was expected, which was found, what is nearest.

The engine is ``jsonschema`` with the keywords that need better words replaced; besides it knows ``x-should``
(what the schema prefers: a warning), ``x-says`` (the sentence of a condition) and ``x-because`` (requirement ids).
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urldefrag, urljoin

from mockcloud.catalogue.schemas import Schema
from mockcloud.vocabulary.findings import Severity
from mockcloud.vocabulary.value import Value

Path = tuple[str | int, ...]

_RULES = {
    "const": "enum",
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
    "multipleOf": "range",
    "minLength": "range",
    "maxLength": "range",
    "minItems": "range",
    "maxItems": "range",
    "minProperties": "range",
    "maxProperties": "range",
    "dependentRequired": "condition",
    "oneOf": "condition",
    "anyOf": "condition",
    "not": "condition",
    "uniqueItems": "condition",
    "contains": "condition",
    "forbidden": "condition",
}
_NOUNS = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class Flaw(Value, frozen=True):
    """One mistake: where it stands (below the value that was looked at), which rule it breaks, in words."""

    path: Path
    rule: str
    """``required type enum range format pattern condition unknown``, or the code of what is only preferred."""
    said: str
    because: tuple[str, ...] = ()
    severity: Severity = "violation"
    meant: str = ""
    """What was probably meant, if something known is near."""

    @property
    def sentence(self) -> str:
        return f"{self.said}; did you mean `{self.meant}`?" if self.meant else self.said


def explain(value: Any, schema: Schema, read: Callable[[str], Schema]) -> list[Flaw]:
    """Every flaw of a value, in the order in which they stand in it. ``read`` gives the schema of an ``$id``."""
    validator = _engine(read)(schema)
    flaws: dict[Path, Flaw] = {}
    for error in validator.iter_errors(value):
        flaw = _flaw(error)
        there = flaws.get(flaw.path)
        if there is None or (there.severity == "warning" and flaw.severity == "violation"):
            flaws[flaw.path] = flaw
    return sorted(flaws.values(), key=lambda flaw: standing(value, flaw.path))


def dotted(path: Iterable[str | int]) -> str:
    """``("context", 3, "payload", "size")`` -> ``context[3].payload.size``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def shown(value: Any) -> str:
    """A value as it may stand in a sentence: JSON between backquotes, 60 characters at most.

    A text stands without its quotes, unless it is empty.
    """
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, str) and value:
        text = text[1:-1]
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, if one is near enough."""
    known = {known.lower(): known for known in words}
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def standing(value: Any, path: Path) -> tuple[int, ...]:
    """Sorts paths as they stand in a document; what is missing comes after its siblings."""
    order = []
    for step in path:
        if isinstance(step, int):
            order.append(step)
        else:
            keys = list(value) if isinstance(value, dict) else []
            order.append(keys.index(step) if step in keys else len(keys))
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(order)


def _flaw(error: Any) -> Flaw:
    schema = error.schema if isinstance(error.schema, dict) else {}
    because = tuple(schema.get("x-because") or schema.get("because") or ())
    path: Path = tuple(error.absolute_path or ())
    if error.validator == "x-should":
        return Flaw(path, error.validator_value["code"], error.message, because, "warning")
    return Flaw(path, _rule(error, schema), _said(error), because, meant=_meant(error))


def _rule(error: Any, schema: Schema) -> str:
    if error.validator is None:
        return "condition"
    if error.validator == "pattern" and "x-format" in schema:
        return "format"
    if error.validator in ("enum", "const") and _of_wrong_type(error):
        return "type"
    rule: str = error.validator
    return _RULES.get(rule, rule)


def _of_wrong_type(error: Any) -> bool:
    allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
    return not any(type(value) is type(error.instance) for value in allowed)


def _said(error: Any) -> str:
    if error.validator is None:
        return "may not be there"
    if error.validator in _WORDS:
        return _WORDS[error.validator](error)
    if error.validator == "not":
        return str(error.schema.get("x-says", "has a form that is excluded here"))
    return str(error.message)


def _said_type(error: Any) -> str:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    expected = " or ".join(_NOUNS[name] for name in wanted)
    return f"expected {expected}, found {_found(error.instance)}"


def _found(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f"{'the string' if isinstance(value, str) else 'the number'} {shown(value)}"


def _said_enum(error: Any) -> str:
    allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
    choices = ", ".join(shown(value) for value in allowed)
    if _of_wrong_type(error):
        return f"expected one of {choices}, found {_found(error.instance)}"
    return f"{shown(error.instance)} is not one of {choices}"


def _meant(error: Any) -> str:
    """The known word near to the one that is wrong."""
    if error.validator == "unknown":
        return nearest(error.path[-1], error.validator_value) or ""
    if error.validator == "enum" and isinstance(error.instance, str):
        return nearest(error.instance, (word for word in error.validator_value if isinstance(word, str))) or ""
    return ""


def _said_pattern(error: Any) -> str:
    form = error.schema.get("x-format")
    return f"{shown(error.instance)} " + (f"is no {form}" if form else f"does not match `{error.validator_value}`")


def _said_count(few: str, what: str) -> Callable[[Any], str]:
    def said(error: Any) -> str:
        return f"has {len(error.instance)} {what}, {few} {error.validator_value}"

    return said


def _said_length(error: Any) -> str:
    fewest = error.validator_value
    return f"{shown(error.instance)} is shorter than {fewest} characters" if error.instance else "is empty"


_WORDS: dict[str, Callable[[Any], str]] = {
    "type": _said_type,
    "enum": _said_enum,
    "const": _said_enum,
    "pattern": _said_pattern,
    "minimum": lambda error: f"{shown(error.instance)} is below {error.validator_value}",
    "maximum": lambda error: f"{shown(error.instance)} is above {error.validator_value}",
    "exclusiveMinimum": lambda error: f"{shown(error.instance)} is not above {error.validator_value}",
    "exclusiveMaximum": lambda error: f"{shown(error.instance)} is not below {error.validator_value}",
    "minItems": _said_count("at least", "entries"),
    "maxItems": _said_count("at most", "entries"),
    "minProperties": _said_count("at least", "members"),
    "maxProperties": _said_count("at most", "members"),
    "minLength": _said_length,
    "maxLength": lambda error: f"has {len(error.instance)} characters, at most {error.validator_value}",
}


@lru_cache(maxsize=8)
def _engine(read: Callable[[str], Schema]) -> Callable[[Schema], Any]:
    """The engine with our keywords, reading other schemas by ``read``."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def missing(name: str, rule: str = "required", because: str = "") -> ValidationError:
        return ValidationError(f"`{name}` is missing{because}", path=[name], validator=rule)

    def properties(validator: Any, fields: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        for name, field in fields.items() if isinstance(instance, dict) else ():
            if name not in instance:
                continue
            if field is False:
                yield ValidationError(f"`{name}` may not be there", path=[name], validator="forbidden")
            elif not _plainly_right(field, instance[name]):
                yield from validator.descend(instance[name], field, path=name, schema_path=name)

    def required(_validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            yield from (missing(name) for name in names if name not in instance)

    def dependent_required(_validator: Any, demands: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key, names in demands.items():
                if key in instance:
                    yield from (missing(n, "condition", f": `{key}` needs it") for n in names if n not in instance)

    def additional(validator: Any, rest: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
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

    def pattern(_validator: Any, text: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        # As everywhere but in Python, "$" is the end of the text and not also before a last line break.
        if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", text), instance):
            yield ValidationError("does not match")

    def if_(validator: Any, condition: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        branch = "then" if validator.evolve(schema=condition).is_valid(instance) else "else"
        if branch not in schema:
            return
        says = schema[branch].get("x-says") if isinstance(schema[branch], dict) else None
        for error in validator.descend(instance, schema[branch], schema_path=branch):
            if says is None:
                yield error
            else:
                yield ValidationError(
                    f"{_said(error)}: {says}", path=error.path, validator="condition", schema=schema[branch]
                )

    def any_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
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

    def one_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        fitting = [branch for branch in branches if validator.evolve(schema=branch).is_valid(instance)]
        if len(fitting) > 1:
            yield ValidationError("fits more than one of the forms that exclude each other")
        elif not fitting:
            yield from any_of(validator, branches, instance, _schema)

    def should(validator: Any, wishes: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
        for wish in wishes:
            at = wish.get("at")
            if not validator.evolve(schema=wish["schema"]).is_valid(instance):
                yield ValidationError(
                    wish["said"], path=[at] if at else (), validator="x-should", validator_value=wish, schema=wish
                )

    keywords = {
        "properties": properties,
        "required": required,
        "dependentRequired": dependent_required,
        "additionalProperties": additional,
        "pattern": pattern,
        "if": if_,
        "anyOf": any_of,
        "oneOf": one_of,
        "x-should": should,
    }
    engine = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]

    def retrieve(uri: str) -> Any:
        # "$schema" would call in the stock engine for everything below this reference.
        contents = {key: value for key, value in read(uri).items() if key != "$schema"}
        return DRAFT202012.create_resource(contents)

    def ready(schema: Schema) -> Any:
        # What a registry retrieves while it is used is forgotten afterwards, so it is filled beforehand.
        registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
        registry = registry.with_resources((uri, retrieve(uri)) for uri in _referred(schema, read)).crawl()
        return engine(schema, registry=registry)

    of_files: dict[int, Any] = {}

    def validator_of(schema: Schema) -> Any:
        # A schema of a file, which alone has "$schema", is asked for again and again; its validator keeps it alive.
        if "$schema" not in schema:
            return ready(schema)
        if id(schema) not in of_files:
            of_files[id(schema)] = ready(schema)
        return of_files[id(schema)]

    return validator_of


def _referred(schema: Schema, read: Callable[[str], Schema]) -> set[str]:
    """The addresses of all schemas that a schema refers to, and those refer to."""
    found: set[str] = set()
    open_ones = [(schema, schema.get("$id", ""))]
    while open_ones:
        part, base = open_ones.pop()
        for reference in _references(part):
            uri = urldefrag(urljoin(base, reference)).url
            if uri and uri != base and uri not in found:
                found.add(uri)
                open_ones.append((read(uri), uri))
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _plainly_right(field: Schema, value: Any) -> bool:
    """Whether a field of the simplest forms is right. Most are, and to descend into each is what explaining costs."""
    if isinstance(value, str):
        if "enum" in field:
            return field.keys() <= _WORD and value in field["enum"]
        return field.keys() <= _PLAIN and field.get("type") == "string"
    return isinstance(value, bool) and field.keys() <= _PLAIN and field.get("type") == "boolean"


_PLAIN = {"description", "type", "examples", "deprecated", "x-example", "x-unit", "x-because"}
_WORD = {"description", "enum", "examples", "deprecated", "x-because"}


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
