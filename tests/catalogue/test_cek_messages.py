"""Requests and answers of custom extensions against the tables of the lists (cek.yaml).

What a table allows passes; each thing that it forbids gives one violation, at its place.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue, Edition, Kind
from mockcloud.catalogue.documents import load
from mockcloud.vocabulary import Finding

Steps = list[str | int]

WRONG: dict[str, Any] = {"string": 5, "number": "5", "boolean": "true", "object": ["x"], "list": {"x": 1}, "enum": 5}


@dataclass(frozen=True)
class Row:
    """What the table says of one message in one edition."""

    kind: Kind
    message: str
    edition: Edition
    full: dict[str, Any]
    fields: dict[str, str]
    cases: list[dict[str, Any]]
    spec: list[str]


def rows() -> Iterator[Row]:
    path = Path(__file__).with_name("cek.yaml")
    for row in load(path.read_text(encoding="utf-8"), file=path.name).value:
        for edition in row.get("editions", EDITIONS):
            parts = (row[key] for key in ("full", "fields", "cases", "spec"))
            yield Row(row["kind"], row["message"], edition, *parts)


CATALOGUE = Catalogue.load()
EACH = pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{row.message}-{row.edition}-{number}", marks=pytest.mark.spec(*row.spec))
        for number, row in enumerate(rows())
    ],
)


def check(row: Row, message: Any) -> list[Finding]:
    judged = CATALOGUE.check_cek_request if row.kind == "cek-request" else CATALOGUE.check_cek_response
    return judged(message, row.edition)


def violations(row: Row, message: Any) -> list[Finding]:
    return [finding for finding in check(row, message) if finding.severity == "violation"]


def steps_of(path: str) -> Steps:
    found = re.findall(r"([^.\[\]]+)|\[([0-9]*)\]", path)
    return [name or int(index or 0) for name, index in found]


def without(message: dict[str, Any], path: str) -> dict[str, Any]:
    made = copy.deepcopy(message)
    *above, last = steps_of(path)
    inner: Any = made
    for step in above:
        inner = inner[step]
    del inner[last]
    return made


def changed(message: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(message)
    *above, last = steps_of(path)
    inner: Any = made
    for step in above:
        inner = inner[step]
    inner[last] = copy.deepcopy(value)
    return made


def mistakes(row: Row) -> Iterator[tuple[dict[str, Any], str, set[str]]]:
    """A message for each thing that the table forbids: with its place and the rules that may be named."""
    for path, told in row.fields.items():
        noun, *rest = told.split()
        words = noun.split("|") if noun not in WRONG else []
        where = path.replace("[]", "[0]")
        wrong = WRONG["enum" if words else noun]
        if "!" in rest:
            yield without(row.full, path), where, {"required", "condition"}
        yield changed(row.full, path, wrong), where, {"type"}
        yield changed(row.full, path, None), where, {"type"}
        if noun == "number":
            yield changed(row.full, path, True), where, {"type"}
            yield changed(row.full, path, -1), where, {"range"}
        if words:
            yield changed(row.full, path, f"{words[0]}X"), where, {"enum"}


def test_the_tables_name_every_message() -> None:
    kinds: tuple[Kind, ...] = ("cek-request", "cek-response")
    for kind in kinds:
        for edition in EDITIONS:
            tabled = {row.message for row in rows() if (row.kind, row.edition) == (kind, edition)}
            assert set(CATALOGUE.names(kind, edition)) == tabled


@EACH
def test_the_full_message_is_flawless(row: Row) -> None:
    assert check(row, row.full) == []


@EACH
def test_what_may_be_missing_is_no_violation(row: Row) -> None:
    for path, told in row.fields.items():
        if "!" not in told and "[]" not in path:
            assert violations(row, without(row.full, path)) == [], path


@EACH
def test_every_word_passes(row: Row) -> None:
    for path, told in row.fields.items():
        noun = told.split()[0]
        if noun not in WRONG and path.rpartition(".")[2] not in ("size", "type"):
            for word in noun.split("|"):
                assert violations(row, changed(row.full, path, word)) == [], (path, word)


@EACH
def test_what_the_table_forbids_is_named_once_at_its_place(row: Row) -> None:
    for message, where, rules in mistakes(row):
        found = violations(row, message)
        assert [finding.path for finding in found] == [where], (where, found)
        assert found[0].code.startswith(f"{row.kind}.")
        assert found[0].code.rpartition(".")[2] in rules, (where, found)
        assert found[0].source


@EACH
def test_cases(row: Row) -> None:
    for case in row.cases:
        message = row.full
        for path, value in case.get("with", {}).items():
            message = changed(message, path, value)
        for path in case.get("without", ()):
            message = without(message, path)
        found = check(row, message)
        told = [(finding.path, finding.severity) for finding in found]
        if "at" in case:
            wrong = [(finding.path, finding.code) for finding in found if finding.severity == "violation"]
            codes = {case["rule"], f"{row.kind}.{case['rule']}"}
            assert [path for path, _ in wrong] == [case["at"]], (case, found)
            assert wrong[0][1] in codes, (case, found)
        elif "warns" in case:
            assert told == [(case["warns"], "warning")], (case, found)
        else:
            assert told == [], case


@pytest.mark.spec("X-027")
@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("가" * 200, False),
        ("가" * 201, True),
        ("가나다. " * 200, False),
        ("가나다. " * 201, True),
        (("あ" * 199 + "。") * 3, False),
        ("?" * 900 + "x" * 201, True),
    ],
)
def test_length_of_what_is_spoken(value: str, wrong: bool) -> None:
    row = next(row for row in rows() if row.kind == "cek-response")
    message = changed(row.full, "response.outputSpeech.values.value", value)
    assert [finding.path for finding in CATALOGUE.check_cek_response(message)] == [
        "response.outputSpeech.values.value"
    ] * wrong
    assert CATALOGUE.check_cek_response(message, "4.4") == []


@pytest.mark.spec("X-027")
def test_length_of_a_url_that_is_played() -> None:
    row = next(row for row in rows() if row.kind == "cek-response")
    for length, wrong in ((2048, 0), (2049, 1)):
        item = {"type": "URL", "lang": "", "value": "https://a/".ljust(length, "b")}
        found = CATALOGUE.check_cek_response(changed(row.full, "response.outputSpeech.values", item))
        assert [finding.code for finding in found] == ["cek-response.response.outputSpeech.range"] * wrong


@pytest.mark.spec("X-031", "K-106")
def test_a_card_is_a_content_template() -> None:
    row = next(row for row in rows() if row.kind == "cek-response")
    card = CATALOGUE.example("template", "Text")
    assert CATALOGUE.check_cek_response(changed(row.full, "response.card", card)) == []
    broken = changed(changed(row.full, "response.card", card), "response.card.mainText", 5)
    assert [finding.path for finding in CATALOGUE.check_cek_response(broken)] == ["response.card.mainText"]
    (untyped,) = CATALOGUE.check_cek_response(without(changed(row.full, "response.card", card), "response.card.type"))
    assert untyped.path == "response.card.type"


def test_an_event_request_belongs_to_the_newer_edition() -> None:
    row = next(row for row in rows() if row.message == "EventRequest")
    (finding,) = CATALOGUE.check_cek_request(row.full, "4.4")
    assert (finding.code, finding.path) == ("cek-request.unknown", "request.type")
    assert "belongs to the edition newer" in finding.said


def test_an_unknown_request_is_judged_as_far_as_it_is_known() -> None:
    row = next(row for row in rows() if row.message == "LaunchRequest")
    message = changed(changed(row.full, "request.type", "LunchRequest"), "session.new", 1)
    findings = CATALOGUE.check_cek_request(message)
    assert [finding.path for finding in findings] == ["session.new", "request.type"]
    assert findings[1].said.endswith("did you mean `LaunchRequest`?")


@pytest.mark.parametrize("message", [None, 5, "x", [], {}, {"request": None}, {"response": 5}, {"request": []}])
def test_what_is_no_message_at_all_is_said_and_nothing_raised(message: Any) -> None:
    assert CATALOGUE.check_cek_request(message)
    assert CATALOGUE.check_cek_response(message)
