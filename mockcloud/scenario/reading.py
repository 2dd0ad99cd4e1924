"""What every part of the loader needs: a document, the catalogue, and a list for the mistakes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.catalogue import Catalogue, Kind
from mockcloud.catalogue.documents import Document
from mockcloud.catalogue.explanation import nearest
from mockcloud.catalogue.fields import fields
from mockcloud.clock import SECOND, duration
from mockcloud.errors import Problem
from mockcloud.journal.match import OPERATORS, PatternError, check
from mockcloud.scenario.expressions import Template, templates, unknown
from mockcloud.settings import Edition

Path = tuple[str | int, ...]

LONGEST_LIVED = 31 * 86400 * SECOND
"""What a step may wait, in nanoseconds."""
_CALENDAR = 10_000 * 366 * 86400 * SECOND


@dataclass(slots=True, kw_only=True)
class Reading:
    """A document on its way to a scenario."""

    document: Document
    catalogue: Catalogue
    edition: Edition
    seed: int
    lang: str
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        return self.document.at(path)[0]

    def problem(self, said: str, path: Path, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(self.document.problem(said, path, hint, key=key))

    def known(self, kind: Kind, name: str, path: Path) -> bool:
        """Whether there is such a message; if not, that is a problem."""
        if self.catalogue.knows(kind, name, self.edition):
            return True
        near = self.catalogue.nearest(kind, name, self.edition)
        self.problem(
            f"there is no {kind} {name!r} in the edition {self.edition}", path, f"did you mean {near}?" if near else ""
        )
        return False

    def duration(
        self, item: Mapping[str, Any], name: str, path: Path, otherwise: int = 0, *, lived: bool = False
    ) -> int:
        """Nanoseconds; the schema has seen to the words, not to their order (``5s3m``).

        ``lived``: devices live through every minute of it, with its PINGs, so that it has to end some day.
        """
        if name not in item:
            return otherwise
        try:
            span = duration(item[name])
        except ValueError as error:
            self.problem(str(error), (*path, name))
            return otherwise
        if lived and span > LONGEST_LIVED:
            self.problem("nobody waits longer than 31 days", (*path, name), "`advance` moves the clocks at once")
        elif span > _CALENDAR:
            self.problem("it is longer than 10,000 years: no calendar goes there", (*path, name))
        return span

    def pattern(self, pattern: Any, path: Path) -> None:
        """Operators and regular expressions of a pattern."""
        try:
            check(pattern)
        except PatternError as error:
            self.problem(str(error), path)

    def words_pattern(self, pattern: Any, path: Path) -> None:
        """A pattern over text, or over a number: a mapping in it can only be one of operators."""
        if isinstance(pattern, dict):
            for name, wanted in pattern.items():
                if name not in OPERATORS:
                    near = nearest(name, OPERATORS)
                    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(OPERATORS)}"
                    self.problem(f"`{name}` is not an operator", (*path, name), hint, key=True)
                elif name in ("any", "not", "contains"):
                    self.words_pattern(wanted, (*path, name))
        elif isinstance(pattern, list):
            for index, item in enumerate(pattern):
                self.words_pattern(item, (*path, index))

    def names(self, value: Any, path: Path, known: Iterable[str]) -> None:
        """The names that expressions below this place read."""
        known = tuple(known)
        for inside, template in templates(value):
            for name, hint in unknown(template, known):
                self.problem(f"`{name}` means nothing in `{template}`", (*path, *inside), hint)

    def no_templates(self, value: Any, path: Path, said: str) -> None:
        for inside, _ in templates(value):
            self.problem(f"an expression cannot stand here: {said}", (*path, *inside))

    def misspelt(self, kind: Kind, name: str, pattern: Any, path: Path) -> None:
        """Members of a payload pattern that no such message has, if one is near enough to be meant."""
        for inside, _, near in self._unknown_fields(kind, name, pattern):
            if near:
                self.problem(f"{name} has no `{inside[-1]}`", (*path, *inside), f"did you mean `{near}`?", key=True)
        if _is_nested(pattern):
            for inside, value in _scalars(pattern, "", (), _scalar_places(self.catalogue, kind, name, self.edition)):
                self.words_pattern(value, (*path, *inside))

    def foreign(self, kind: Kind, name: str, payload: Any, path: Path) -> list[Path]:
        """Problems for members of a payload that no such message has; returns what was probably meant by them."""
        meant: list[Path] = []
        for inside, there, near in self._unknown_fields(kind, name, payload):
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(there)}"
            self.problem(f"{name} has no `{inside[-1]}`", (*path, *inside), hint, key=True)
            meant.append((*inside[:-1], near or ""))
        return meant

    def _unknown_fields(self, kind: Kind, name: str, payload: Any) -> Iterable[tuple[Path, list[str], str | None]]:
        table = _children(self.catalogue, kind, name, self.edition)
        return _unknown(payload, "", (), table) if table else ()


def _children(catalogue: Catalogue, kind: Kind, name: str, edition: Edition) -> dict[str, list[str]]:
    """The members of each object of a message, by its place (``audioItem.stream``, ``items[]``; empty: the payload)."""
    schema = catalogue.schema(kind, name, edition)
    table: dict[str, list[str]] = {}
    if schema is None or schema.get("x-example") == "template":
        return table
    for row in fields(catalogue.files, schema):
        parent, _, last = row.path.rpartition(".")
        table.setdefault(parent, []).append(last)
    return table


def _unknown(
    value: Any, place: str, path: Path, table: Mapping[str, list[str]]
) -> Iterable[tuple[Path, list[str], str | None]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, f"{place}[]", (*path, index), table)
    there = table.get(place)
    if not isinstance(value, dict) or there is None or "*" in there:
        return
    for key, item in value.items():
        if key in OPERATORS:
            continue
        if key not in there:
            yield (*path, key), there, nearest(key, there)
        else:
            yield from _unknown(item, f"{place}.{key}" if place else key, (*path, key), table)


def _scalar_places(catalogue: Catalogue, kind: Kind, name: str, edition: Edition) -> frozenset[str]:
    """The places of a message where text, a number or a switch stands."""
    schema = catalogue.schema(kind, name, edition)
    if schema is None or schema.get("x-example") == "template":
        return frozenset()
    composed = ("object", "list", "any")
    return frozenset(
        row.path for row in fields(catalogue.files, schema) if not any(word in row.form for word in composed)
    )


def _scalars(pattern: Any, place: str, path: Path, places: frozenset[str]) -> Iterable[tuple[Path, Any]]:
    """The patterns that stand at these places."""
    if place in places:
        yield path, pattern
    elif isinstance(pattern, list):
        for index, item in enumerate(pattern):
            yield from _scalars(item, f"{place}[]", (*path, index), places)
    elif isinstance(pattern, dict):
        for key, item in pattern.items():
            yield from _scalars(item, f"{place}.{key}" if place else key, (*path, key), places)


def _is_nested(pattern: Any) -> bool:
    """Whether a mapping stands among the members."""
    return isinstance(pattern, dict) and any(isinstance(item, dict | list) for item in pattern.values())


def holds_template(value: Any, path: Iterable[Any]) -> bool:
    """Whether a template stands at this place, above or below it."""
    for step in path:
        if isinstance(value, Template):
            return True
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return any(True for _ in templates(value))
