"""Every payload against the tables of the lists (directives.yaml, events.yaml, contexts.yaml, home-*.yaml).

What a table allows passes; each thing that it forbids gives one violation, at its place.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue, Edition, Kind
from mockcloud.catalogue.documents import load
from mockcloud.vocabulary import Finding

FILES: dict[Kind, str] = {
    "directive": "directives.yaml",
    "event": "events.yaml",
    "context": "contexts.yaml",
    "home-request": "home-requests.yaml",
    "home-response": "home-responses.yaml",
}
WRONG: dict[str, Any] = {
    "string": 5,
    "time": 5,
    "duration": 5,
    "number": "5",
    "integer": "5",
    "boolean": "true",
    "object": ["x"],
    "list": {"x": 1},
    "enum": 5,
}


@dataclass(frozen=True)
class Expected:
    """What one table row says of one message in one edition."""

    kind: Kind
    name: str
    edition: Edition
    fields: dict[str, str]
    cases: list[dict[str, Any]]
    spec: list[str]
    given: dict[str, Any] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    together: bool = False

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}-{self.edition}"


@dataclass(frozen=True)
class Mistake:
    """A payload with one mistake planted at ``path``, and the rules that may be named for it."""

    payload: dict[str, Any]
    path: str
    rules: tuple[str, ...]


def expectations() -> Iterator[Expected]:
    for kind, file in FILES.items():
        path = Path(__file__).with_name(file)
        for row in load(path.read_text(encoding="utf-8"), file=file).value:
            for name in row["messages"]:
                for edition in row.get("editions", EDITIONS):
                    yield Expected(
                        kind,
                        name,
                        edition,
                        row["fields"],
                        row.get("cases", []),
                        row.get("spec", []),
                        row.get("with", {}),
                        row.get("without", []),
                        row.get("together", False),
                    )


def mistakes(expected: Expected, payload: dict[str, Any]) -> Iterator[Mistake]:
    """One payload for each thing that the table forbids, made from one that has every field."""
    for path, told in expected.fields.items():
        kind, *rest = told.split()
        nullable, required = kind.endswith("?"), "!" in rest
        noun = kind.rstrip("?")
        enum = noun.split("|") if noun not in WRONG else []
        steps = steps_of(path)
        where = path.replace("[]", "[0]")
        if required:
            yield Mistake(_without(payload, steps), where, ("required", "condition"))
        yield Mistake(_with(payload, steps, WRONG["enum" if enum else noun]), where, ("type",))
        if not nullable:
            yield Mistake(_with(payload, steps, None), where, ("type",))
        if noun in ("number", "integer"):
            yield Mistake(_with(payload, steps, True), where, ("type",))
        if noun == "integer":
            yield Mistake(_with(payload, steps, 1.5), where, ("type",))
        if noun == "list" and _parent(payload, steps)[1][steps[-1]]:
            yield Mistake(_with(payload, [*steps, 0], 5), f"{where}[0]", ("type",))
        if enum:
            yield Mistake(_with(payload, steps, enum[0] + "X"), where, ("enum",))
        if noun == "time":
            yield Mistake(_with(payload, steps, "2026-03-02T25:00:00Z"), where, ("format",))
        if noun == "duration":
            yield Mistake(_with(payload, steps, "8 hours"), where, ("format",))
        for low, high in re.findall(r"([0-9]*)\.\.([0-9]*)", told):
            if low:
                yield Mistake(_with(payload, steps, int(low) - 1), where, ("range",))
            if high:
                yield Mistake(_with(payload, steps, int(high) + 1), where, ("range",))


def allowed(expected: Expected, payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Payloads that the table allows: each word of each enumeration, no optional field, fractions, nulls."""
    for path, told in expected.fields.items():
        kind, *rest = told.split()
        steps = steps_of(path)
        if kind.endswith("?"):
            yield _with(payload, steps, None)
        if kind.startswith("number") and "100" not in told:
            yield _with(payload, steps, 0.5)
        if kind.rstrip("?") not in WRONG and path != "size":
            yield from (_with(payload, steps, word) for word in kind.split("|"))
        if "!" not in rest and not path.endswith("[]") and not expected.together:
            yield _without(payload, steps)


def steps_of(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for name, entry in re.findall(r"([^.\[\]]+)|(\[\])", path):
        steps.append(0 if entry else name)
    return steps


def _parent(payload: dict[str, Any], steps: list[str | int]) -> tuple[Any, Any]:
    made: Any = copy.deepcopy(payload)
    inner = made
    for step in steps[:-1]:
        inner = inner[step]
    return made, inner


def _without(payload: dict[str, Any], steps: list[str | int]) -> dict[str, Any]:
    made, inner = _parent(payload, steps)
    del inner[steps[-1]]
    return made


def _with(payload: dict[str, Any], steps: list[str | int], value: Any) -> dict[str, Any]:
    made, inner = _parent(payload, steps)
    inner[steps[-1]]  # the full example has to have it
    inner[steps[-1]] = value
    return made


CATALOGUE = Catalogue.load()
ALL = list(expectations())
# SynchronizePlaybackState has no table: the text does not define its payload (C-124).
UNDEFINED = {"AudioPlayer.SynchronizePlaybackState"}

Complaints = Iterator[str]
"""What is wrong, a line each; a test goes through a whole interface and lists everything."""


def interfaces() -> Iterator[Any]:
    """A parameter for each kind and namespace: its rows, with the requirements that they name."""
    rows: dict[tuple[Kind, str], list[Expected]] = {}
    for expected in ALL:
        rows.setdefault((expected.kind, expected.name.rpartition(".")[0]), []).append(expected)
    for (kind, namespace), those in rows.items():
        ids = sorted({one for expected in those for one in expected.spec})
        marks = [pytest.mark.spec(*ids)] if ids else []
        yield pytest.param(those, id=f"{kind}-{namespace}".rstrip("-"), marks=marks)


EACH = pytest.mark.parametrize("rows", list(interfaces()))


def none(complaints: Complaints) -> None:
    wrong = "\n".join(complaints)
    assert not wrong, wrong


def violations(expected: Expected, payload: Any) -> list[Finding]:
    findings = CATALOGUE.check_payload(expected.kind, expected.name, payload, expected.edition)
    return [finding for finding in findings if finding.severity == "violation"]


def refused(expected: Expected, payload: Any) -> Complaints:
    """What is said against a payload that is to pass."""
    if found := violations(expected, payload):
        yield f"{expected}: {[str(finding) for finding in found]} in {payload}"


def full(expected: Expected) -> dict[str, Any]:
    payload = CATALOGUE.example(expected.kind, expected.name, edition=expected.edition, full=True) | expected.given
    return {key: value for key, value in payload.items() if key not in expected.without}


@pytest.mark.spec("D-038", "D-039", "D-042")
def test_the_tables_and_the_catalogue_name_the_same_messages() -> None:
    for kind in FILES:
        for edition in EDITIONS:
            tabled = {e.name for e in ALL if e.kind == kind and e.edition == edition}
            assert set(CATALOGUE.names(kind, edition)) == tabled


@EACH
def test_least_and_most_are_valid(rows: list[Expected]) -> None:
    def complaints() -> Complaints:
        for expected in rows:
            least = CATALOGUE.example(expected.kind, expected.name, edition=expected.edition)
            yield from refused(expected, least)
            yield from refused(expected, full(expected))

    none(complaints())


@EACH
def test_unknown_fields_pass(rows: list[Expected]) -> None:
    def complaints() -> Complaints:
        for expected in rows:
            yield from refused(expected, full(expected) | {"episodeId": 22346, "nothing": None})

    none(complaints())


@EACH
def test_what_the_table_allows_passes(rows: list[Expected]) -> None:
    def complaints() -> Complaints:
        for expected in rows:
            for payload in allowed(expected, full(expected)):
                yield from refused(expected, payload)

    none(complaints())


@EACH
def test_what_the_table_forbids_is_named_once_at_its_place(rows: list[Expected]) -> None:
    def complaints() -> Complaints:
        for expected in rows:
            for mistake in mistakes(expected, full(expected)):
                found = violations(expected, mistake.payload)
                codes = {f"{expected.kind}.payload.{rule}" for rule in mistake.rules}
                if [finding.path for finding in found] != [f"payload.{mistake.path}"]:
                    yield f"{expected}: {[str(finding) for finding in found]} of {mistake}"
                elif found[0].code not in codes or not found[0].said or not found[0].source:
                    yield f"{expected}: {found[0]!r} is none of {codes}, or says no word or source: {mistake}"

    none(complaints())


@EACH
def test_cases_between_fields(rows: list[Expected]) -> None:
    none(line for expected in rows for case in expected.cases for line in judged_otherwise(expected, case))


def judged_otherwise(expected: Expected, case: dict[str, Any]) -> Complaints:
    found = CATALOGUE.check_payload(expected.kind, expected.name, case["payload"], expected.edition)
    told = [(finding.path, finding.severity) for finding in found]
    if "at" in case:
        wrong = [(finding.path, finding.code) for finding in found if finding.severity == "violation"]
        if wrong != [(f"payload.{case['at']}", f"{expected.kind}.payload.{case['rule']}")]:
            yield f"{expected}: {wrong} of {case}"
    elif told != ([(f"payload.{case['warns']}", "warning")] if "warns" in case else []):
        yield f"{expected}: {told} of {case}"


@EACH
def test_no_schema_has_fields_that_the_table_has_not(rows: list[Expected]) -> None:
    for expected in rows:
        schema = CATALOGUE.schema(expected.kind, expected.name, expected.edition)
        assert schema is not None
        others = [e for e in rows if (e.name, e.edition) == (expected.name, expected.edition)]
        tabled = {re.split(r"[.\[]", path)[0] for e in others for path in e.fields}
        if expected.name not in UNDEFINED | {"AudioPlayer.RequestPlaybackState"}:
            fields = schema.get("properties", {name: {} for name in tabled})
            # Names that only stand for others are in no table.
            named = {name for name, field in fields.items() if name in tabled or not field.get("deprecated")}
            assert named - {"speechId"} == tabled - {"speechId"}, str(expected)
