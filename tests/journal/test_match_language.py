"""The language of patterns: each operator by a table, all of it against a plain reference."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.journal import MISSING, PatternError, check, matches, mismatches
from mockcloud.journal.match import OPERATORS, nearest

TABLE: list[tuple[Any, Any, bool]] = [
    # equality
    ("a", "a", True),
    ("a", "A", False),
    (1, 1.0, True),
    (1, True, False),
    (True, 1, False),
    (True, True, True),
    (0, False, False),
    (None, None, True),
    (None, MISSING, False),
    (None, False, False),
    ("1", 1, False),
    # lists: the same length, each element
    ([], [], True),
    ([1, 2], [1, 2], True),
    ([1, 2], [2, 1], False),
    ([1], [1, 2], False),
    ([{"a": 1}], [{"a": 1, "b": 2}], True),
    ([1], 1, False),
    # mappings: these members, others may be there
    ({}, {}, True),
    ({}, {"a": 1}, True),
    ({}, [], False),
    ({"a": 1}, {"a": 1, "b": 2}, True),
    ({"a": 1}, {"a": 2}, False),
    ({"a": 1}, {}, False),
    ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
    ({"a": {"b": 1}}, {"a": 5}, False),
    ({"a": None}, {}, False),
    ({"a": None}, {"a": None}, True),
    # contains
    ({"contains": "b"}, "abc", True),
    ({"contains": "x"}, "abc", False),
    ({"contains": ""}, "", True),
    ({"contains": 1}, "1", False),
    ({"contains": 1}, [2, 1], True),
    ({"contains": {"a": 1}}, [{"b": 1}, {"a": 1, "c": 2}], True),
    ({"contains": {"gte": 3}}, [1, 5], True),
    ({"contains": {"gte": 9}}, [1, 5], False),
    ({"contains": "a"}, {"a": 1}, False),
    ({"contains": "a"}, MISSING, False),
    ({"contains": "a"}, None, False),
    # matches
    ({"matches": "b+"}, "abbc", True),
    ({"matches": "^b"}, "ab", False),
    ({"matches": "(?i)B"}, "abc", True),
    ({"matches": "1"}, 1, False),
    ({"matches": ""}, MISSING, False),
    # any
    ({"any": ["a", "b"]}, "b", True),
    ({"any": ["a", "b"]}, "c", False),
    ({"any": [{"gte": 5}, {"lte": 1}]}, 0, True),
    ({"any": [{"gte": 5}, {"lte": 1}]}, 3, False),
    ({"any": [{"absent": True}, 1]}, MISSING, True),
    # not
    ({"not": "a"}, "b", True),
    ({"not": "a"}, "a", False),
    ({"not": "a"}, MISSING, True),
    ({"not": {"contains": "a"}}, "bbb", True),
    ({"not": {"exists": True}}, MISSING, True),
    # exists, absent
    ({"exists": True}, None, True),
    ({"exists": True}, MISSING, False),
    ({"exists": False}, MISSING, True),
    ({"exists": False}, 1, False),
    ({"absent": True}, MISSING, True),
    ({"absent": True}, None, False),
    ({"absent": False}, 0, True),
    ({"absent": False}, MISSING, False),
    ({"a": {"exists": False}}, {}, True),
    ({"a": {"exists": False}}, {"a": None}, False),
    # gte, lte
    ({"gte": 3}, 3, True),
    ({"gte": 3}, 2.9, False),
    ({"lte": 3}, 3, True),
    ({"lte": 3}, 3.1, False),
    ({"gte": 0}, True, False),
    ({"gte": 0}, "5", False),
    ({"gte": 0}, MISSING, False),
    ({"gte": 2, "lte": 4}, 3, True),
    ({"gte": 2, "lte": 4}, 5, False),
    # schema
    ({"schema": {"type": "string", "maxLength": 2}}, "ab", True),
    ({"schema": {"type": "string", "maxLength": 2}}, "abc", False),
    ({"schema": {"enum": [1, None]}}, None, True),
    ({"schema": {}}, MISSING, False),
]


@pytest.mark.parametrize(("pattern", "value", "expected"), TABLE, ids=str)
def test_a_pattern_and_a_value(pattern: Any, value: Any, expected: bool) -> None:
    check(pattern)
    assert matches(pattern, value) is expected
    assert (not mismatches(pattern, value)) is expected


def test_the_table_has_every_operator_both_ways() -> None:
    for operator in OPERATORS:
        outcomes = {expected for pattern, _, expected in TABLE if isinstance(pattern, dict) and operator in pattern}
        assert outcomes == {True, False}, operator


# What makes no sense


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ({"matches": "("}, "matches"),
        ({"a": {"matches": "["}}, "a.matches"),
        ({"a": [{"matches": "*"}]}, "a[0].matches"),
        ({"matches": "a{99999999999999999999}"}, "matches"),
        ({"matches": 5}, "matches"),
        ({"a": {"contains": "x", "b": 1}}, "a"),
        ({"b": 1, "gte": 2}, ""),
        ({"exists": "yes"}, "exists"),
        ({"absent": 1}, "absent"),
        ({"gte": "5"}, "gte"),
        ({"lte": True}, "lte"),
        ({"schema": "string"}, "schema"),
        ({"schema": {"type": "nonsense"}}, "schema"),
        ({"any": []}, "any"),
        ({"any": "ab"}, "any"),
        ({"any": [1, {"matches": "("}]}, "any[1].matches"),
        ({"not": {"matches": "("}}, "not.matches"),
        ({"contains": {"gte": None}}, "contains.gte"),
    ],
    ids=str,
)
def test_a_pattern_that_makes_no_sense_is_refused_with_its_place(pattern: Any, path: str) -> None:
    with pytest.raises(PatternError) as caught:
        check(pattern)
    assert caught.value.path == path


# Explanations


@pytest.mark.parametrize(
    ("pattern", "value", "said"),
    [
        ("ko", "en", ": expected 'ko', found 'en'"),
        ({"lang": "ko"}, {"lang": "en"}, "lang: expected 'ko', found 'en'"),
        ({"lang": "ko"}, {}, "lang: expected 'ko', found nothing"),
        ({"a": {"b": 1}}, {"a": 5}, "a: expected an object, found 5"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "a[1].b: expected 2, found 3"),
        ({"a": [1]}, {"a": []}, "a: expected [1], found []"),
        ({"n": {"gte": 5}}, {"n": 4}, "n: expected at least 5, found 4"),
        ({"n": {"lte": 5}}, {"n": 6}, "n: expected at most 5, found 6"),
        ({"t": {"contains": "x"}}, {"t": "y"}, "t: expected contains 'x', found 'y'"),
        ({"t": {"matches": "x+"}}, {"t": "y"}, "t: expected a match of 'x+', found 'y'"),
        ({"t": {"any": ["x", 1]}}, {"t": "y"}, "t: expected one of 'x', 1, found 'y'"),
        ({"t": {"not": "y"}}, {"t": "y"}, "t: expected not 'y', found 'y'"),
        ({"t": {"exists": True}}, {}, "t: expected a value, found nothing"),
        ({"t": {"absent": True}}, {"t": None}, "t: expected nothing, found None"),
    ],
)
def test_each_miss_is_said_in_words(pattern: Any, value: Any, said: str) -> None:
    (miss,) = mismatches(pattern, value)
    assert str(miss) == said


def test_a_long_value_is_cut_in_the_explanation() -> None:
    (miss,) = mismatches("a", "x" * 1000)
    assert len(str(miss)) < 120


def test_the_nearest_are_those_with_the_fewest_misses() -> None:
    (one,) = mismatches(1, 2)
    candidates: list[tuple[Any, Any]] = [("three", [one] * 3), ("one", [one]), ("also one", [one]), ("two", [one] * 2)]
    assert [name for name, _ in nearest(candidates)] == ["one", "also one", "two"]


# Against a reference that is written as the words of the language are


def reference(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, Mapping):
        if pattern and set(pattern) <= set(OPERATORS):
            return all(holds(name, wanted, value) for name, wanted in pattern.items())
        if not isinstance(value, Mapping):
            return False
        return all(reference(wanted, value.get(name, MISSING)) for name, wanted in pattern.items())
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(pattern) != len(value):
            return False
        return all(reference(pattern[at], value[at]) for at in range(len(pattern)))
    if isinstance(pattern, bool) or isinstance(value, bool):
        return isinstance(pattern, bool) and isinstance(value, bool) and pattern == value
    return bool(pattern == value)


def holds(name: str, wanted: Any, value: Any) -> bool:
    there = value is not MISSING
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "contains":
        if isinstance(value, str):
            return isinstance(wanted, str) and value.find(wanted) >= 0
        return isinstance(value, list) and [item for item in value if reference(wanted, item)] != []
    outcomes: dict[str, Callable[[], bool]] = {
        "matches": lambda: isinstance(value, str) and bool(re.search(wanted, value)),
        "any": lambda: [each for each in wanted if reference(each, value)] != [],
        "not": lambda: not reference(wanted, value),
        "exists": lambda: there == wanted,
        "absent": lambda: there != wanted,
        "gte": lambda: number and not value < wanted,
        "lte": lambda: number and not value > wanted,
    }
    return outcomes[name]()


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "a", "ab", "b"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
EXPRESSIONS = st.sampled_from(["a", "^a", "b$", "", "a|b", "[ab]{2}"])


def operators(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    each = {
        "contains": inner,
        "matches": EXPRESSIONS,
        "any": st.lists(inner, min_size=1, max_size=3),
        "not": inner,
        "exists": st.booleans(),
        "absent": st.booleans(),
        "gte": st.sampled_from([0, 1, 2.5]),
        "lte": st.sampled_from([0, 1, 2.5]),
    }
    return st.one_of(
        *(st.fixed_dictionaries({name: wanted}) for name, wanted in each.items()),
        st.fixed_dictionaries({"gte": each["gte"], "lte": each["lte"]}),
    )


PATTERNS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3) | operators(inner),
    max_leaves=6,
)


@given(PATTERNS, VALUES | st.just(MISSING))
def test_patterns_mean_what_the_reference_says(pattern: Any, value: Any) -> None:
    check(pattern)
    expected = reference(pattern, value)
    assert matches(pattern, value) is expected
    assert (mismatches(pattern, value) == []) is expected


@given(VALUES)
def test_every_value_matches_itself(value: Any) -> None:
    assert matches(value, value)


@given(PATTERNS, VALUES)
def test_not_turns_a_pattern_around(pattern: Any, value: Any) -> None:
    assert matches({"not": pattern}, value) is not matches(pattern, value)
