"""What people write in YAML and JSON: every mistake, with its line, its column and its cure."""

import textwrap
from typing import Any

import pytest

from mockcloud.catalogue.documents import load
from mockcloud.errors import EXIT_USAGE, Problem, UnreadableInput

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title"],
    "properties": {
        "title": {"type": "string"},
        "offline": {"enum": ["hold", "drop", "fail"]},
        "count": {"type": "integer", "minimum": 0},
        "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
    },
    "$defs": {
        "rule": {
            "type": "object",
            "additionalProperties": False,
            "required": ["when"],
            "properties": {"when": {"type": "object"}, "then": {"anyOf": [{"type": "string"}, {"type": "array"}]}},
        }
    },
}


def problems(text: str, schema: dict[str, Any] | None = SCHEMA) -> list[Problem]:
    with pytest.raises(UnreadableInput) as caught:
        load(textwrap.dedent(text), file="my.yaml", schema=schema)
    assert caught.value.exit_code == EXIT_USAGE
    assert all(problem.file == "my.yaml" for problem in caught.value.problems)
    return list(caught.value.problems)


def test_values_are_plain_data_of_yaml_1_2() -> None:
    text = "{a: yes, b: no, c: on, d: true, e: null, f: 12, g: 0o17, h: 1.5, i: 2026-03-02, j: 1:30, k: [~], l: 0x1F}"
    value = load(text).value
    assert value == {
        "a": "yes",
        "b": "no",
        "c": "on",
        "d": True,
        "e": None,
        "f": 12,
        "g": 15,
        "h": 1.5,
        "i": "2026-03-02",
        "j": "1:30",
        "k": [None],
        "l": 31,
    }
    assert type(value) is dict
    assert type(value["a"]) is str
    assert type(value["f"]) is int


def test_json_is_read_too() -> None:
    document = load('{"title": "날씨",\n "rules": [{"when": {}}]}', schema=SCHEMA)
    assert document.value == {"title": "날씨", "rules": [{"when": {}}]}
    assert document.at("rules[0].when") == (2, 21)


def test_json_may_be_indented_by_tabs_and_escape_any_character() -> None:
    assert load('{\n\t"a": "\\ud83d\\ude00 \\/"\n}').value == {"a": "\U0001f600 /"}


def test_keys_are_of_whole_characters_too() -> None:
    assert load('{"\\ud83d\\ude00": 1}').value == {"\U0001f600": 1}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [('{"a": "x\\ud800"}', 1, 7), ('a: 1\n"\\ude00": 2', 2, 1), ('a:\n  - "\\ude00\\ud83d"', 2, 5)],
)
def test_half_a_character_can_be_written_nowhere_and_so_is_refused(text: str, line: int, column: int) -> None:
    with pytest.raises(UnreadableInput) as caught:
        load(text, file="f.yaml")
    (problem,) = caught.value.problems
    assert (problem.said, problem.line, problem.column) == (
        "half a character: its other half is not there",
        line,
        column,
    )
    str(problem).encode()


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert load("\ufefftitle: x\n", schema=SCHEMA).value == {"title": "x"}


def test_an_anchor_stands_for_what_it_names() -> None:
    assert load("a: &x {b: 1}\nc: *x").value == {"a": {"b": 1}, "c": {"b": 1}}


def test_where_things_stand() -> None:
    document = load("title: x\nrules:\n  - when:\n      Clova.Hello: 5\n", file="my.yaml")
    assert document.at("title") == (1, 8)
    assert document.at("title", key=True) == (1, 1)
    assert document.at("rules[0]") == (3, 5)
    assert document.at(("rules", 0, "when", "Clova.Hello")) == (4, 20)
    assert document.at("rules[0].when.Clova.Hello", key=True) == (4, 7)
    assert document.at("rules[0].then") == (3, 5)
    assert document.at("rules[7]") == (3, 3)
    assert document.at("") == (1, 1)
    assert document.problem("no such state", "rules[0].when", "write one") == Problem(
        "no such state", "my.yaml", 4, 7, "rules[0].when", "write one"
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "said", "hint"),
    [
        ("a:\n\tb: 1\n", 2, 1, "tab", "blanks"),
        ("a: 1\n b: 2\n", 2, 3, "mapping values", "quotes"),
        ("a: b: c\n", 1, 5, "mapping values", "quotes"),
        ("a: [1, 2\nb: 3\n", 2, 2, "flow sequence", "not closed"),
        ("a: 'x\nb: 1\n", 3, 1, "quoted scalar", "quote"),
        ("a: @x\n", 1, 4, "cannot start", "Quote"),
        ("a: *x\n", 1, 4, "undefined alias", "&name"),
        ("a: 1\na: 2\n", 2, 1, "`a` stands here twice", "line 1"),
        ("? [a]\n: 1\n", 1, 3, "a key has to be a text", "Quote"),
        ("a: 1\n---\nb: 2\n", 2, 1, "more than one document", "file"),
        ("a: !!int x\n", 1, 4, "not a number", ""),
    ],
)
def test_a_mistake_of_syntax(text: str, line: int, column: int, said: str, hint: str) -> None:
    (problem,) = problems(text, None)
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.said
    assert hint in problem.hint


def test_each_line_that_a_tab_indents_is_named() -> None:
    assert [problem.line for problem in problems("a:\n\tb: 1\n\tc: 2\n")] == [2, 3]


def test_each_key_that_stands_twice_is_named() -> None:
    found = problems("a: 1\na: 2\nb: {c: 1, c: 2}\n", None)
    assert [(problem.line, problem.column, problem.path) for problem in found] == [(2, 1, "a"), (3, 11, "b.c")]


def test_every_mistake_of_a_document_comes_at_once_in_its_order() -> None:
    found = problems(
        """\
        titel: Weather
        offline: holt
        count: -1
        rules:
          - wehn: {}
          - when: {}
            then: 5
          - 7
        """
    )
    assert [(p.line, p.column, p.path, p.said, p.hint) for p in found] == [
        (1, 1, "titel", "`titel` is not known here", "Did you mean `title`?"),
        (2, 10, "offline", "`holt` is not one of `hold`, `drop`, `fail`", "Did you mean `hold`?"),
        (3, 8, "count", "`-1` is below 0", ""),
        (5, 5, "rules[0].wehn", "`wehn` is not known here", "Did you mean `when`?"),
        (7, 11, "rules[1].then", "expected a string or a list, found the number `5`", ""),
        (8, 5, "rules[2]", "expected an object, found the number `7`", ""),
    ]


def test_what_is_missing_is_said_where_it_belongs() -> None:
    (problem,) = problems("title: x\nrules:\n  - then: []\n")
    assert (problem.line, problem.path, problem.said) == (3, "rules[0].when", "`when` is missing")


@pytest.mark.parametrize("text", ["[]", "just words"])
def test_a_document_of_another_kind(text: str) -> None:
    (problem,) = problems(text)
    assert problem.said.startswith("expected an object, found ")


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n", "~"])
def test_a_document_with_nothing_in_it(text: str) -> None:
    assert [problem.said for problem in problems(text)] == ["there is nothing in it"]


def test_yes_is_no_boolean() -> None:
    schema = {"type": "object", "properties": {"new": {"type": "boolean"}}}
    (problem,) = problems("new: yes", schema)
    assert problem.said == "expected true or false, found the string `yes`"


def test_aliases_that_multiply_or_turn_in_a_circle_are_refused() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))]
    for text in ("\n".join(lines), "a: &x [*x]"):
        (problem,) = problems(text, None)
        assert "too large or nested too deeply" in problem.said


def test_text_that_nests_without_end_is_refused() -> None:
    (problem,) = problems("[" * 800, None)
    assert problem.said


def test_a_schema_may_refer_to_others() -> None:
    other = {"$id": "https://mockcloud.invalid/schemas/x.json", "type": "object", "required": ["b"]}
    schema = {"properties": {"a": {"$ref": other["$id"]}}}
    with pytest.raises(UnreadableInput) as caught:
        load("a: {}", schema=schema, read={other["$id"]: other}.__getitem__)
    assert caught.value.problems[0].path == "a.b"
