"""Which rule takes an event: order, conditions, counting, and the two phases of speech."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.nlu.text import normalise
from mockcloud.scenario.model import Rule, When
from mockcloud.scenario.rules import Facts, Phase, Undecided, choose, normalise_says, why_not

EVENT = "SpeechRecognizer.Recognize"


def facts(words: str | None = None, **changes: Any) -> Facts:
    given: dict[str, Any] = {
        "event": EVENT,
        "payload": {"lang": "ko", "volume": 5},
        "header": {"dialogRequestId": "d1"},
        "context": {"Device.Display": {"size": "none"}},
        "device": "speaker",
        "state": "",
        "words": words,
    }
    return Facts(**(given | changes))


def chosen(rules: list[Rule], seen: Facts, phase: Phase = Phase.RESULT, counts: dict[str, int] | None = None) -> Any:
    found = choose(rules, seen, phase, {} if counts is None else counts)
    return found.name if isinstance(found, Rule) else found


def rule(name: str, **when: Any) -> Rule:
    if "says" in when:
        when["says"] = normalise_says(when["says"])
    return Rule(name, When(**when))


def test_the_first_rule_wins() -> None:
    assert chosen([rule("a"), rule("b")], facts()) == "a"
    assert chosen([rule("a", state="x"), rule("b"), rule("c")], facts()) == "b"
    assert chosen([rule("a", state="x")], facts()) is None
    assert chosen([], facts()) is None


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"event": (EVENT,)}, True),
        ({"event": ("A.B", EVENT)}, True),
        ({"event": ("A.B",)}, False),
        ({"payload": {"lang": "ko"}}, True),
        ({"payload": {"volume": {"gte": 6}}}, False),
        ({"header": {"dialogRequestId": {"exists": True}}}, True),
        ({"header": {"dialogRequestId": "d2"}}, False),
        ({"context": {"Device.Display": {"size": "none"}}}, True),
        ({"context": {"Device.Display": {"absent": True}}}, False),
        ({"context": {"Speaker.VolumeState": {"absent": True}}}, True),
        ({"device": "speaker"}, True),
        ({"device": "other"}, False),
        ({"state": ""}, True),
        ({"state": "x"}, False),
        ({"payload": {"lang": "ko"}, "device": "other"}, False),
        ({"says": "오늘 날씨"}, True),
        ({"says": "오늘, 날씨!"}, True),
        ({"says": "오늘"}, False),
        ({"says": {"contains": "날 씨"}}, True),
        ({"says": {"any": ["어제 날씨", "오늘 날씨"]}}, True),
        ({"says": {"not": {"contains": "음악"}}}, True),
        ({"says": {"matches": "^오늘.*씨$"}}, True),
        ({"says": {"matches": " "}}, False),
    ],
)
def test_each_condition(when: dict[str, Any], expected: bool) -> None:
    seen = facts("오늘 날씨?")
    asked = rule("r", **when)
    assert (chosen([asked], seen) == "r") is expected
    assert (why_not(asked, seen) == []) is expected


@pytest.mark.parametrize("says", ["x", {"not": "x"}, {"exists": True}, {"matches": ""}])
def test_without_words_nothing_was_said(says: Any) -> None:
    assert chosen([rule("r", says=says)], facts(None)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("오늘 날씨, 어때?", "오늘날씨어때"),
        ("Hello World!", "hello world"),
        ("ＨＥＬＬＯ", "hello"),
        ("가", "가"),
        ("か゛", "が"),
        ("  ", ""),
        ("straße", "STRASSE"),
    ],
)
def test_words_are_compared_without_blanks_punctuation_width_and_case(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@given(st.text())
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert normalise(f" {text}!") == normalise(text)


@pytest.mark.parametrize(("one", "other"), [("날씨", "날시"), ("1 2", "1 3"), ("か", "が")])
def test_letters_digits_and_marks_count(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_every_miss_is_named() -> None:
    asked = rule(
        "r", event=("A.B", "C.D"), state="x", device="other", payload={"lang": "en"}, says={"contains": "음악"}
    )
    assert [str(miss) for miss in why_not(asked, facts("날씨"))] == [
        f"event: expected A.B or C.D, found '{EVENT}'",
        "state: expected 'x', found ''",
        "device: expected 'other', found 'speaker'",
        "payload.lang: expected 'en', found 'ko'",
        "says: expected contains '음악', found '날씨'",
    ]


# Counting


def test_nth_counts_the_events_for_which_all_else_holds() -> None:
    rules = [rule("second", nth=2, payload={"lang": "ko"}), rule("fourth", nth=3), rule("rest")]
    counts: dict[str, int] = {}
    seen = [facts(payload={"lang": lang}) for lang in ("ko", "en", "ko", "ko", "en")]
    assert [chosen(rules, each, counts=counts) for each in seen] == ["rest", "rest", "second", "fourth", "rest"]


def test_an_event_that_an_earlier_rule_took_is_not_counted() -> None:
    rules = [rule("first", state="a"), rule("second", nth=2)]
    counts: dict[str, int] = {}
    states = ["a", "", "a", ""]
    assert [chosen(rules, facts(state=state), counts=counts) for state in states] == ["first", None, "first", "second"]


# Two phases


def test_a_rule_that_asks_for_words_waits_for_them_and_so_does_every_later_one() -> None:
    rules = [rule("words", says="안녕"), rule("any")]
    assert chosen(rules, facts(), Phase.METADATA) is Undecided.YET
    assert chosen(rules, facts("안녕"), Phase.RESULT) == "words"
    assert chosen(rules, facts("다른 말"), Phase.RESULT) == "any"
    assert chosen(rules, facts(None), Phase.RESULT) == "any"


def test_a_rule_before_it_need_not_wait() -> None:
    assert chosen([rule("any"), rule("words", says="안녕")], facts(), Phase.METADATA) == "any"


def test_a_rule_that_cannot_win_any_more_lets_nobody_wait() -> None:
    rules = [rule("words", says="안녕", state="x"), rule("any")]
    assert chosen(rules, facts(), Phase.METADATA) == "any"


@pytest.mark.parametrize("with_words", [False, True])
def test_an_event_that_is_decided_in_two_phases_counts_once(with_words: bool) -> None:
    rules = [rule("third", nth=3)] + ([rule("words", says="없는 말")] if with_words else [])
    counts: dict[str, int] = {}
    taken = []
    for _ in range(4):
        found = chosen(rules, facts(), Phase.METADATA, counts)
        taken.append(found if isinstance(found, str) else chosen(rules, facts("안녕"), Phase.RESULT, counts))
    assert taken == [None, None, "third", None]
