"""``when: {intent: ...}``: rules that take what is meant by words, not the words."""

from typing import Any

import pytest

from mockcloud.replay import replay
from mockcloud.scenario.diagnosis import nearest_rules
from mockcloud.scenario.index import RuleIndex
from mockcloud.scenario.model import Rule, When
from mockcloud.scenario.rules import Facts, Meaning, Phase, Undecided
from mockcloud.settings import Settings
from tests.cic.conversation import catalogue
from tests.scenario.test_scenario_loading import loaded, problems


def facts(words: str | None, intent: str | None = None, **slots: Any) -> Facts:
    return Facts("TextRecognizer.Recognize", {}, {}, {}, "d", "", words, lambda _: Meaning(intent, slots))


LOUDER = Rule("louder", When(intent=("Increase", "SetLevel"), slots={"amount": {"matches": "^[0-9]+$"}}))


@pytest.mark.parametrize(
    ("happened", "taken"),
    [
        (facts("크게", "Increase", amount="3"), True),
        (facts("크게", "SetLevel", amount="3"), True),
        (facts("크게", "Increase", amount="셋"), False),
        (facts("크게", "Increase"), False),
        (facts("작게", "Decrease", amount="3"), False),
        (facts("우우", None), False),
        (facts(None, "Increase", amount="3"), False),
    ],
)
def test_a_rule_asks_for_an_intent_and_its_slots(happened: Facts, taken: bool) -> None:
    assert (RuleIndex([LOUDER]).choose(happened, Phase.RESULT, {}) is LOUDER) == taken


def test_it_is_decided_when_the_words_are_known() -> None:
    assert RuleIndex([LOUDER]).choose(facts(None), Phase.METADATA, {}) is Undecided.YET


def test_nothing_is_understood_unless_a_rule_asks() -> None:
    def fail(_: str) -> Meaning:
        raise AssertionError("nobody asked for an intent")

    happened = Facts("TextRecognizer.Recognize", {}, {}, {}, "d", "", "안녕", fail)
    rules = [Rule("other event", When(event=("Alerts.AlertStarted",), intent=("Time",))), Rule("all", When())]
    assert RuleIndex(rules).choose(happened, Phase.RESULT, {}) is rules[1]


def test_why_not_tells_what_was_understood() -> None:
    (miss,) = nearest_rules([LOUDER], facts("작게", "Decrease", amount="3"))
    assert "intent: expected Increase or SetLevel, found 'Decrease'" in str(miss)
    (miss,) = nearest_rules([LOUDER], facts("크게", "Increase", amount="셋"))
    assert "slots.amount" in str(miss)
    assert miss.held == ("intent",)


@pytest.mark.parametrize(
    ("when", "said", "hint"),
    [
        ("{intent: Incraese}", "no intent 'Incraese'", "did you mean Increase?"),
        ("{intent: [Increase, Zzz]}", "no intent 'Zzz'", "there are: ActionTimerList"),
        ("{intent: []}", "", ""),
        ("{intent: Increase, slots: {amuont: 3}}", "Increase has no slot 'amuont'", "did you mean `amount`?"),
        ("{slots: {amount: 3}}", "slots belong to an intent", ""),
        ("{intent: Increase, slots: {amount: {matches: '('}}}", "regular expression", ""),
    ],
)
def test_mistakes(when: str, said: str, hint: str) -> None:
    (found,) = problems(f"rules:\n  - when: {when}\n")
    assert found.line == 4
    assert said in found.said
    assert hint.replace("`", "") in found.hint.replace("`", "")


def test_slots_are_read_by_expressions_of_rules_that_ask_for_an_intent_only() -> None:
    assert loaded("rules: [{when: {intent: Increase}, then: [{speak: '${slots.amount}'}]}]").rules[0].templated
    (found,) = problems("rules: [{when: {says: x}, then: [{speak: '${slots.amount}'}]}]")
    assert "`slots` means nothing" in found.said


@pytest.mark.parametrize(
    ("lang", "words"), [("ko", "볼륨 3만큼 올려 줘"), ("ko", "소리 3만큼 키워 줘"), ("en", "turn the volume up by 3")]
)
def test_the_assistant_understands_before_the_rules_decide(lang: str, words: str) -> None:
    scenario = loaded(
        f"given: {{account: {{lang: {lang}}}}}\n"
        "rules: [{when: {intent: Increase, slots: {amount: {contains: '3'}}}, then: [{speak: 'by ${slots.amount}'}]}]\n"
        f"steps: [{{type: {words}, expect: {{directive: SpeechSynthesizer.Speak, says: {{contains: by3}}}}}}]\n"
    )
    report = replay(scenario, catalogue=catalogue(), settings=Settings())
    assert report.passed, report.failures
