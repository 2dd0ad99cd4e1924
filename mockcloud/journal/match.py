"""Patterns over JSON values: the ``when`` of a rule, the ``match`` of a wait, the payload of an expectation.

A scalar asks for equality (``1`` equals ``1.0``, ``true`` equals no number). A list asks for a list of the same
length whose elements match. A mapping asks for a mapping that has these members and may have others, unless all
its keys are operators:

    contains   text that holds this text, or a list that holds a matching element
    matches    text in which this regular expression is found
    any        one of these patterns matches
    not        this pattern does not match
    exists     true: there is such a member; false: there is none
    absent     true: there is no such member; false: there is one
    gte, lte   a number that is at least, at most this
    schema     a value that fits this JSON Schema

`mismatches` tells what did not hold, with path, expected and found, for explanations; `matches` only whether.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockcloud.vocabulary.value import Value

OPERATORS = ("contains", "matches", "any", "not", "exists", "absent", "gte", "lte", "schema")


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = _Missing()
"""Stands for a member that is not there."""


class Mismatch(Value, frozen=True):
    """A condition that did not hold: ``payload.lang: expected 'ko', found 'en'``."""

    path: str
    expected: str
    found: Any

    def __str__(self) -> str:
        found = "nothing" if self.found is MISSING else repr(self.found)
        return f"{self.path}: expected {self.expected}, found {found if len(found) <= 80 else found[:77] + '...'}"


class PatternError(ValueError):
    """A pattern that can match nothing or makes no sense; ``path`` is the place in the pattern."""

    def __init__(self, path: str, said: str) -> None:
        self.path = path
        super().__init__(said)


def matches(pattern: Any, value: Any) -> bool:
    """Whether the value matches."""
    if isinstance(pattern, Mapping):
        if _is_operators(pattern):
            return all(_OPERATOR[name](wanted, value) for name, wanted in pattern.items())
        return isinstance(value, Mapping) and all(
            matches(wanted, value.get(name, MISSING)) for name, wanted in pattern.items()
        )
    if isinstance(pattern, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(pattern)
            and all(matches(wanted, item) for wanted, item in zip(pattern, value, strict=True))
        )
    return _equal(pattern, value)


def mismatches(pattern: Any, value: Any, path: str = "") -> list[Mismatch]:
    """Every condition of the pattern that does not hold, in the order of the pattern."""
    if isinstance(pattern, Mapping) and _is_operators(pattern):
        return [
            Mismatch(path, _words(name, wanted), value)
            for name, wanted in pattern.items()
            if not _OPERATOR[name](wanted, value)
        ]
    if isinstance(pattern, Mapping):
        if not isinstance(value, Mapping):
            return [Mismatch(path, "an object", value)]
        return [
            found
            for name, wanted in pattern.items()
            for found in mismatches(wanted, value.get(name, MISSING), f"{path}.{name}" if path else str(name))
        ]
    if isinstance(pattern, list | tuple) and isinstance(value, list | tuple) and len(pattern) == len(value):
        return [
            found
            for position, (wanted, item) in enumerate(zip(pattern, value, strict=True))
            for found in mismatches(wanted, item, f"{path}[{position}]")
        ]
    return [] if matches(pattern, value) else [Mismatch(path, repr(pattern), value)]


def check(pattern: Any, path: str = "") -> None:
    """Raise `PatternError` for a pattern that makes no sense: a bad regular expression, operators mixed with names."""
    if isinstance(pattern, Mapping):
        operators = [name for name in pattern if name in OPERATORS]
        if operators and len(operators) < len(pattern):
            other = next(name for name in pattern if name not in OPERATORS)
            raise PatternError(path, f"{operators[0]} is an operator and cannot stand beside {other}")
        for name, wanted in pattern.items():
            here = f"{path}.{name}" if path else str(name)
            if name in operators:
                _check_operator(name, wanted, here)
            else:
                check(wanted, here)
    elif isinstance(pattern, list | tuple):
        for position, item in enumerate(pattern):
            check(item, f"{path}[{position}]")


def _check_operator(name: str, wanted: Any, path: str) -> None:
    if name == "matches":
        if not isinstance(wanted, str):
            raise PatternError(path, "a regular expression is text")
        try:
            _compiled(wanted)
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(path, f"no regular expression: {error}") from None
    elif name in ("exists", "absent") and not isinstance(wanted, bool):
        raise PatternError(path, f"{name} is true or false")
    elif name in ("gte", "lte") and (isinstance(wanted, bool) or not isinstance(wanted, int | float)):
        raise PatternError(path, f"{name} compares with a number")
    elif name == "any":
        if not isinstance(wanted, list | tuple) or not wanted:
            raise PatternError(path, "any takes a list of patterns")
        check(wanted, path)
    elif name in ("not", "contains"):
        check(wanted, path)
    elif name == "schema":
        if not isinstance(wanted, Mapping):
            raise PatternError(path, "schema takes a JSON Schema: {type: string, maxLength: 5}")
        try:
            _verdict(json.dumps(wanted))
        except (ValueError, TypeError) as error:
            raise PatternError(path, f"not a JSON Schema: {error}") from None


def _is_operators(pattern: Mapping[str, Any]) -> bool:
    return bool(pattern) and next(iter(pattern)) in _OPERATOR


def _equal(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def _words(name: str, wanted: Any) -> str:
    if name in ("exists", "absent"):
        return "a value" if (name == "exists") == wanted else "nothing"
    if name == "any":
        return "one of " + ", ".join(map(repr, wanted))
    words = {"gte": "at least", "lte": "at most", "matches": "a match of", "schema": "a value of"}
    return f"{words.get(name, name)} {wanted!r}"


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@lru_cache(maxsize=256)
def _verdict(schema: str) -> Callable[[Any], bool]:
    from mockcloud.catalogue.schemas import SchemaFiles
    from mockcloud.catalogue.verdict import compiled

    return compiled(json.loads(schema), SchemaFiles([]))


def _contains(wanted: Any, value: Any) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    return isinstance(value, list | tuple) and any(matches(wanted, item) for item in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATOR: dict[str, Callable[[Any, Any], bool]] = {
    "contains": _contains,
    "matches": lambda wanted, value: isinstance(value, str) and _compiled(wanted).search(value) is not None,
    "any": lambda wanted, value: any(matches(pattern, value) for pattern in wanted),
    "not": lambda wanted, value: not matches(wanted, value),
    "exists": lambda wanted, value: (value is not MISSING) is wanted,
    "absent": lambda wanted, value: (value is MISSING) is wanted,
    "gte": lambda wanted, value: _is_number(value) and value >= wanted,
    "lte": lambda wanted, value: _is_number(value) and value <= wanted,
    "schema": lambda wanted, value: value is not MISSING and _verdict(json.dumps(wanted))(value),
}


def nearest(misses: Sequence[tuple[Any, list[Mismatch]]], most: int = 3) -> list[tuple[Any, list[Mismatch]]]:
    """The candidates with the fewest mismatches first, in their own order where equal."""
    return sorted(misses, key=lambda candidate: len(candidate[1]))[:most]
