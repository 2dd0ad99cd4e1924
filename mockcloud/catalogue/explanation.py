"""What is wrong with a value, one line for each mistake: which was expected, which was found, what is nearest.

What is wrong `mockcloud.catalogue.keywords` finds; here it gets its rule and its words, and the requirements
(``x-because`` of the schema) that it rests on.
"""

import difflib
import json
from collections.abc import Callable, Iterable
from typing import Any

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
    from mockcloud.catalogue.keywords import validators

    flaws: dict[Path, Flaw] = {}
    for error in validators(read).of(schema).iter_errors(value):
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
    if error.validator == "condition" and error.context:
        return f"{_said(error.context[0])}: {error.message}"
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
    return f"{shown(error.instance)} " + (
        f"is not the expected {form}" if form else f"does not match `{error.validator_value}`"
    )


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
