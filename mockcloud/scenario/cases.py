"""Parameter tables: one scenario, many runs. A row of ``cases`` gives names to values, for ``${...}`` anywhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockcloud.catalogue.documents import Document
from mockcloud.errors import Problem
from mockcloud.scenario.expressions import COMMON, ExpressionError, parsed

Path = tuple[str | int, ...]
RULE_NAMES = ("event", "words", "state", "device", "slots")
"""What expressions of rules may read beside `COMMON`; ``slots`` only in rules that ask for an intent."""
_LITERAL = ("mockcloud", "cases", "include")
"""Keys whose values hold no expressions."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row; a scenario without a table has one case without a name."""

    name: str = ""
    values: Mapping[str, Any] | None = None


def cases(document: Document, problems: list[Problem]) -> list[Case]:
    """The rows of a document's table. What is not a row is left to the schema to complain of."""
    table = document.value.get("cases") if isinstance(document.value, dict) else None
    rows = [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []
    found: list[Case] = []
    for number, row in enumerate(rows):
        path: Path = ("cases", number)
        name = str(row.get("name", number + 1))
        if any(case.name == name for case in found):
            problems.append(document.problem(f"there are two cases named {name!r}", (*path, "name")))
        problems += _wrong_row(document, row, path)
        if missing := [key for key in rows[0] if key not in row and key != "name"]:
            problems.append(document.problem(f"this case has no {missing[0]!r}, the first one has it", path))
        found.append(Case(name, row))
    return found or [Case()]


def _wrong_row(document: Document, row: dict[str, Any], path: Path) -> Iterator[Problem]:
    for key, value in row.items():
        here = (*path, key)
        if not key.isidentifier():
            yield document.problem(f"{key!r} is not a name that an expression can read", here, key=True)
        elif key in (*COMMON, *RULE_NAMES):
            yield document.problem(f"{key!r} means something in expressions already", here, key=True)
        elif "${" in str(value):
            yield document.problem("a case holds values, no expressions", here)


def with_case(document: Document, case: Case, problems: list[Problem]) -> Document:
    """The document with the values of a case put in; what reads more than that is a template from then on."""
    value = document.value
    if not isinstance(value, dict):
        return document
    filler = _Filler(document, case, problems)
    filled = {key: item if key in _LITERAL else filler.fill(item, (key,)) for key, item in value.items()}
    return replace(document, value=filled)


class _Filler:
    def __init__(self, document: Document, case: Case, problems: list[Problem]) -> None:
        self._document = document
        self._case = case
        self._problems = problems

    def fill(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def _text(self, value: str, path: Path) -> Any:
        try:
            return parsed(value, self._case.values)
        except ExpressionError as error:
            self._problems.append(self._document.problem(str(error), path, error.hint))
            return value
