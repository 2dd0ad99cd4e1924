"""The index chooses as the plain walk through all rules does, whatever the rules; and near rules are found and told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.nlu.text import normalise
from mockcloud.scenario.diagnosis import nearest_at_once, nearest_rules
from mockcloud.scenario.index import RuleIndex
from mockcloud.scenario.model import Rule, When
from mockcloud.scenario.rules import Facts, Meaning, Phase, choose, normalise_says
from mockcloud.scenario.shadow import covers, shadowed

EVENTS = ("SpeechRecognizer.Recognize", "TextRecognizer.Recognize", "AudioPlayer.PlayStarted")
WORDS = st.text("날씨a 1", max_size=6)
SAYS = st.one_of(
    WORDS,
    WORDS.map(lambda text: {"contains": text}),
    WORDS.map(lambda text: {"not": {"contains": text}}),
    st.sampled_from([{"matches": "a+"}, {"exists": True}, {"absent": True}, {"matches": "^$"}]),
    st.lists(st.one_of(WORDS, WORDS.map(lambda text: {"contains": text})), min_size=1, max_size=3).map(
        lambda patterns: {"any": patterns}
    ),
)
TEXTS = st.sampled_from(["x", "y", "z"])
PAYLOADS: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries({"token": TEXTS}),
    st.fixed_dictionaries({"token": st.sampled_from([{"any": ["x", "y"]}, 1, True]), "lang": TEXTS}),
    st.fixed_dictionaries({"lang": TEXTS, "token": TEXTS}),
    st.just({}),
)
INTENTS = st.sampled_from(["Increase", "Decrease"])


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        says = draw(st.none() | SAYS)
        when = When(
            event=draw(st.none() | st.lists(st.sampled_from(EVENTS), min_size=1, max_size=2, unique=True).map(tuple)),
            says=None if says is None else normalise_says(says),
            intent=draw(st.none() | st.lists(INTENTS, min_size=1, max_size=2, unique=True).map(tuple)),
            slots=draw(st.none() | st.fixed_dictionaries({"n": st.sampled_from(["1", {"any": ["1", "2"]}])})),
            payload=draw(st.none() | PAYLOADS),
            state=draw(st.none() | st.sampled_from(["", "a"])),
            device=draw(st.none() | st.sampled_from(["d", "e"])),
            nth=draw(st.none() | st.integers(1, 3)),
        )
        found.append(Rule(f"r{number}", when))
    return found


FACTS = st.builds(
    Facts,
    event=st.sampled_from(EVENTS),
    payload=st.fixed_dictionaries({}, optional={"token": TEXTS | st.just(1) | st.just(None), "lang": TEXTS}),
    header=st.just({}),
    context=st.just({}),
    device=st.sampled_from(["d", "e"]),
    state=st.sampled_from(["", "a"]),
    words=st.none() | WORDS,
    understand=st.builds(
        Meaning, st.none() | INTENTS, st.just({}) | st.fixed_dictionaries({"n": TEXTS | st.just("1")})
    ).map(lambda meaning: lambda _: meaning),
)


@given(rules(), st.lists(st.tuples(FACTS, st.sampled_from(list(Phase))), max_size=6))
def test_the_index_chooses_as_the_plain_walk_does(made: list[Rule], happened: list[tuple[Facts, Phase]]) -> None:
    index = RuleIndex(made)
    plain_counts: dict[str, int] = {}
    counts: dict[str, int] = {}
    for facts, phase in happened:
        assert index.choose(facts, phase, counts) is choose(made, facts, phase, plain_counts)
        assert counts == plain_counts


@given(rules())
def test_shadowed_rules_are_those_that_an_earlier_one_covers(made: list[Rule]) -> None:
    plain = {number for number, rule in enumerate(made) if any(covers(o.when, rule.when) for o in made[:number])}
    found = list(shadowed(made))
    assert {number for number, _ in found} == plain
    assert all(covers(before.when, made[number].when) for number, before in found)


def test_of_thousands_of_rules_few_are_looked_at() -> None:
    made = [Rule(f"r{n}", When(says={"contains": normalise(f"질문 번호 {n} 입니다")})) for n in range(5000)]
    made += [Rule(f"e{n}", When(event=(EVENTS[2],), payload={"token": f"t{n}"})) for n in range(5000)]
    index = RuleIndex(made)
    said = facts("질문 번호 4711 입니다")
    assert [rule.name for rule in index.candidates(said, Phase.RESULT)] == ["r4711"]
    chosen = index.choose(said, Phase.RESULT, {})
    assert isinstance(chosen, Rule)
    assert chosen.name == "r4711"
    assert [r.name for r in index.candidates(facts(None, event=EVENTS[2], payload={"token": "t7"}), Phase.RESULT)] == [
        "e7"
    ]


def facts(words: str | None, **changes: Any) -> Facts:
    given: dict[str, Any] = {
        "event": EVENTS[1],
        "payload": {"text": words},
        "header": {},
        "context": {},
        "device": "speaker",
        "state": "",
        "words": words,
    }
    return Facts(**(given | changes))


def rule(name: str, **when: Any) -> Rule:
    if "says" in when:
        when["says"] = normalise_says(when["says"])
    return Rule(name, When(**when), file="a.yaml", line=4)


def test_the_nearest_rule_says_what_held_what_failed_and_what_to_do() -> None:
    made = [
        rule("music", says="음악 틀어"),
        rule("weather", says="오늘 날씨", event=(EVENTS[1],)),
        rule("player", event=(EVENTS[2],)),
    ]
    first, *_ = nearest_rules(made, facts("오늘 날시"))
    assert first.rule.name == "weather"
    assert first.held == ("event",)
    assert (first.failed[0].path, first.failed[0].expected, first.failed[0].found) == ("says", "'오늘날씨'", "오늘날시")
    assert "contains" in first.hint
    assert str(first) == "rule 'weather' (a.yaml:4): says: expected '오늘날씨', found '오늘날시'; held: event"
    assert first.as_json()["failed"] == [{"path": "says", "expected": "'오늘날씨'", "found": "오늘날시"}]


@pytest.mark.parametrize(
    ("when", "counts", "path", "hint"),
    [
        ({"state": "answered"}, {}, "state", "`state: answered`"),
        ({"nth": 2}, {"r": 5}, "nth", "n-th"),
        ({"device": "tv"}, {}, "device", "device_id"),
        ({"payload": {"speechId": "x"}}, {}, "payload.speechId", "has no payload.speechId"),
        ({"payload": {"text": "x"}}, {}, "payload.text", "change payload.text"),
    ],
)
def test_each_condition_that_failed_has_its_hint(
    when: dict[str, Any], counts: dict[str, int], path: str, hint: str
) -> None:
    (miss,) = nearest_rules([rule("r", **when)], facts("날씨"), counts)
    assert [one.path for one in miss.failed] == [path]
    assert hint in miss.hint


def test_a_rule_that_lost_names_the_one_that_won() -> None:
    made = [rule("winner", says={"contains": "날씨"}), rule("loser", says="날씨")]
    (miss,) = nearest_rules(made, facts("날씨"), taken_by="winner")
    assert (miss.rule.name, miss.failed) == ("loser", ())
    assert "'winner' stands before it" in miss.hint


def test_among_thousands_the_nearest_is_found_at_once() -> None:
    made = [rule(f"r{n}", says=f"음악 {n}") for n in range(3000)]
    miss = nearest_at_once(RuleIndex([rule("weather", says="오늘 날씨"), *made]), facts("오늘 날시"), {})
    assert miss is not None
    assert miss.rule.name == "weather"
    assert nearest_at_once(RuleIndex([]), facts("x"), {}) is None
