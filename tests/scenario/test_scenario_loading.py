"""From a scenario file to rules and steps, and every mistake a person makes on the way: where, what, and the cure."""

from typing import Any

import pytest

from mockcloud.clock import SECOND
from mockcloud.errors import EXIT_USAGE, Problem, UnreadableInput
from mockcloud.scenario import Scenario
from mockcloud.scenario.load import load_scenario
from mockcloud.scenario.model import Advance, Push, Say, SendEvent, Wait
from mockcloud.settings import Edition
from tests.cic.conversation import catalogue

HEAD = "mockcloud: 1\ntitle: a test\n"


def loaded(text: str, edition: Edition = "newer", **more: Any) -> Scenario:
    return load_scenario(HEAD + text, file="a.yaml", catalogue=catalogue(), edition=edition, **more)


def problems(text: str, edition: Edition = "newer", *, head: str = HEAD) -> tuple[Problem, ...]:
    with pytest.raises(UnreadableInput) as caught:
        load_scenario(head + text, file="a.yaml", catalogue=catalogue(), edition=edition)
    assert caught.value.exit_code == EXIT_USAGE
    assert all(problem.file == "a.yaml" for problem in caught.value.problems)
    return caught.value.problems


# What loads


def test_a_whole_scenario() -> None:
    text = """\
covers: [C-079, C-031]
given: {edition: newer, seed: 3, clock: "2026-01-01T09:00:00+09:00", state: s, settings: {behaviour: {hang_over: 1s}}}
rules:
  - name: weather
    when: {says: {contains: 오늘 날씨}, event: [TextRecognizer.Recognize, SpeechRecognizer.Recognize], state: s, nth: 2}
    then:
      - speak: 맑아요
      - {directive: Clova.RenderText, payload: {text: 맑음}}
      - {push: Notifier.SetIndicator, with: {new: true}, after: PT2S, offline: drop}
    state: answered
  - when: {device: two}
steps:
  - {say: 날씨, expect: {directive: SpeechSynthesizer.Speak, via: response, within: 5s}}
  - {event: TextRecognizer.Recognize, payload: {text: x}, expect: [{never: {event: SpeechSynthesizer.SpeechStopped}}]}
  - {push: Clova.ExpectLogin}
  - {wait: 250ms}
  - {advance: 2h}
"""
    scenario = loaded(text)
    assert (scenario.title, scenario.covers, scenario.file) == ("a test", ("C-079", "C-031"), "a.yaml")
    weather, second = scenario.rules
    assert weather.when.says == {"contains": "오늘날씨"}
    assert weather.when.event == ("TextRecognizer.Recognize", "SpeechRecognizer.Recognize")
    assert (weather.when.state, weather.when.nth, weather.state, weather.line) == ("s", 2, "answered", 6)
    spoken, shown, pushed = weather.then
    assert (spoken.name, spoken.say, spoken.via) == ("SpeechSynthesizer.Speak", "맑아요", "response")
    assert (shown.payload, shown.via, shown.dialog) == ({"text": "맑음"}, "response", True)
    assert (pushed.via, pushed.after, pushed.offline, pushed.dialog) == ("downchannel", 2 * SECOND, "drop", False)
    assert pushed.payload["new"] is True
    assert (second.name, second.when.device) == ("rules[1]", "two")
    say, event, push, wait, advance = scenario.steps
    assert (say.action, type(push.action)) == (Say("날씨"), Push)
    assert say.expect[0].pattern == {"directive": "SpeechSynthesizer.Speak", "channel": "response"}
    assert say.expect[0].within == 5 * SECOND
    assert event.action == SendEvent("TextRecognizer.Recognize", {"text": "x"})
    assert event.expect[0].never
    assert (wait.action, advance.action) == (Wait(SECOND // 4), Advance(7200 * SECOND))


def test_json_is_read_as_the_yaml_it_is() -> None:
    text = '{"mockcloud": 1, "title": "t", "rules": [{"when": {"says": "안녕"}, "then": []}]}'
    scenario = load_scenario(text, file="", catalogue=catalogue())
    assert scenario.rules[0].when.says == "안녕"


def test_the_words_of_yaml_1_1_are_texts() -> None:
    scenario = loaded("rules: [{when: {state: on, payload: {a: yes, b: no}}}]")
    assert scenario.rules[0].when.state == "on"
    assert scenario.rules[0].when.payload == {"a": "yes", "b": "no"}


@pytest.mark.parametrize("example", ["", ", example: true", ", with: {text: 오늘}"])
def test_a_directive_without_payload_is_a_valid_example(example: str) -> None:
    scenario = loaded(f"rules: [{{when: {{}}, then: [{{directive: Clova.RenderText{example}}}]}}]")
    (outgoing,) = scenario.rules[0].then
    assert catalogue().check_payload("directive", "Clova.RenderText", outgoing.payload) == []
    if "with" in example:
        assert outgoing.payload["text"] == "오늘"


def test_an_example_depends_on_the_seed_alone() -> None:
    text = "rules: [{when: {}, then: [{directive: Alerts.SetAlert}]}]"
    one, same, other = (loaded(text, seed=seed).rules[0].then[0].payload for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_content_template_is_named_as_the_example() -> None:
    scenario = loaded("rules: [{when: {}, then: [{directive: Clova.RenderTemplate, example: TodayWeather}]}]")
    assert scenario.rules[0].then[0].payload["type"] == "TodayWeather"


def test_a_wrong_payload_goes_through_unchecked() -> None:
    scenario = loaded("""
rules:
  - when: {}
    then:
      - {directive: Clova.RenderText, unchecked: true, payload: {}}
      - {push: Made.Up, unchecked: true, with: {a: 1}}
""")
    one, two = scenario.rules[0].then
    assert (one.unchecked, one.payload) == (True, {})
    assert (two.unchecked, two.payload) == (True, {"a": 1})


# Mistakes


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        # keys
        ("ruels: []", 3, "ruels", "rules"),
        ("rules: [{wehn: {}}]", 3, "wehn", "when"),
        ("rules:\n  - when: {evnet: A.B}", 4, "evnet", "event"),
        ("rules:\n  - when: {}\n    then:\n      - {speek: x}", 6, "speek", "speak"),
        ("rules:\n  - when: {}\n    then:\n      - {lang: ko}", 6, "speak, directive or push", ""),
        ("rules:\n  - when: {}\n    then:\n      - {speak: x, after: 1s}", 6, "after", ""),
        ("rules:\n  - when: {}\n    then:\n      - {speak: x, push: Clova.ExpectLogin}", 6, "push", ""),
        ("rules:\n  - when: {}\n    then:\n      - {directive: Clova.ExpectLogin, offline: drop}", 6, "offline", ""),
        ("steps:\n  - {say: x, expct: {}}", 4, "expct", "expect"),
        ("rules:\n  - {when: {}, when: {}}", 4, "`when` stands here twice", "line 4"),
        ("title: again", 3, "`title` stands here twice", "line 2"),
        # values
        ("rules: {}", 3, "list", ""),
        ("rules: [5]", 3, "object", ""),
        ("rules: [{when: {nth: 0}}]", 3, "1", ""),
        ("rules: [{when: {nth: second}}]", 3, "second", ""),
        ("rules: [{when: {payload: x}}]", 3, "object", ""),
        ("rules: [{name: '', when: {}}]", 3, "", ""),
        ("rules: [{when: {}, then: [{speak: x, lang: fr}]}]", 3, "fr", ""),
        ("given: {edition: newest}", 3, "newest", "newer"),
        # durations
        ("steps: [{wait: 5}]", 3, "5", ""),
        ("steps: [{wait: 5 s}]", 3, "5 s", ""),
        ("steps: [{wait: 5s3m}]", 3, "5s3m", ""),
        ("steps: [{advance: P1DT}]", 3, "P1DT", ""),
        ("steps: [{say: x, expect: {event: TextRecognizer.Recognize, within: 3m2h}}]", 3, "3m2h", ""),
        ("rules: [{when: {}, then: [{push: Clova.ExpectLogin, after: 1s1h}]}]", 3, "1s1h", ""),
        # names
        ("rules: [{when: {event: TextRecognizer.Recognise}}]", 3, "TextRecognizer.Recognise", "Recognize"),
        ("rules: [{when: {event: [Un.Known]}}]", 3, "Un.Known", ""),
        ("rules: [{when: {event: Recognize}}]", 3, "Recognize", ""),
        ("rules: [{when: {}, then: [{directive: Clova.RenderTxt}]}]", 3, "Clova.RenderTxt", "Clova.RenderText"),
        ("rules: [{when: {}, then: [{push: Notifer.SetIndicator}]}]", 3, "Notifer", "Notifier"),
        (
            "rules: [{when: {}, then: [{directive: Clova.RenderTemplate, example: TodayWether}]}]",
            3,
            "TodayWether",
            "TodayWeather",
        ),
        ("steps: [{push: Clova.ExpectLogn}]", 3, "ExpectLogn", "ExpectLogin"),
        ("steps: [{event: SpeechSynthesizer.SpeachStarted}]", 3, "SpeachStarted", "SpeechStarted"),
        ("steps: [{say: x, expect: {directive: SpeechSynthesizer.Speek}}]", 3, "Speek", "Speak"),
        # patterns
        ("rules: [{when: {says: {matches: '('}}}]", 3, "regular expression", ""),
        ("rules: [{when: {payload: {a: {contains: x, b: 1}}}}]", 3, "operator", ""),
        ("steps: [{say: x, expect: {event: TextRecognizer.Recognize, payload: {a: {gte: x}}}}]", 3, "number", ""),
        # settings and dates
        ("given: {settings: {behaviour: {hangover: 1s}}}", 3, "hang_over", ""),
        ("given: {settings: {strict: maybe}}", 3, "true or false", ""),
        ("given: {clock: tomorrow}", 3, "tomorrow", ""),
        ("given: {account: {timezone: Mars/Olympus}}", 3, "no time zone 'Mars/Olympus': write Asia/Seoul", ""),
    ],
)
def test_each_mistake_is_said_with_its_line_and_a_cure(text: str, line: int, said: str, hint: str) -> None:
    found = problems(text)
    assert len(found) == 1, [str(problem) for problem in found]
    assert found[0].line == line
    assert said in str(found[0])
    assert hint in found[0].hint


def test_a_tab_is_said_to_be_one() -> None:
    (found,) = problems("rules:\n\t- when: {}\n")
    assert (found.line, found.column, found.said) == (4, 1, "a tab indents this line")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "nothing in it"),
        ("mockcloud: 2\ntitle: t\n", "1"),
        ("mockcloud: 1\n", "title"),
        ("- a list\n", "object"),
        ("mockcloud: 1\ntitle: t\n---\nmockcloud: 1\n", "more than one document"),
        ("mockcloud: 1\ntitle: [\n", ""),
    ],
)
def test_what_is_no_scenario(head: str, said: str) -> None:
    found = problems("", head=head)
    assert any(said in str(problem) for problem in found)


def test_every_mistake_is_said_at_once_in_the_order_of_the_file() -> None:
    found = problems("""\
rules:
  - when: {event: Un.Known}
    then:
      - {directive: Clova.RenderTxt}
      - {directive: Clova.RenderText, payload: {txt: 1}}
  - when: {says: {matches: '['}}
""")
    assert [problem.line for problem in found] == [4, 6, 7, 8]


@pytest.mark.parametrize(
    ("then", "line", "path"),
    [
        ("{directive: Clova.RenderText, payload: {text: 5}}", 6, "rules[0].then[0].payload.text"),
        ("{directive: Clova.RenderText, payload: {}}", 6, "rules[0].then[0].payload.text"),
        ("{directive: Clova.RenderText, with: {text: [x]}}", 6, "rules[0].then[0].with.text"),
        ("{push: Notifier.SetIndicator, with: {new: often}}", 6, "rules[0].then[0].with.new"),
    ],
)
def test_a_payload_that_the_catalogue_refuses_is_said_with_its_place(then: str, line: int, path: str) -> None:
    found = problems(f"rules:\n  - when: {{}}\n    then:\n      - {then}\n")[0]
    assert (found.line, found.path) == (line, path)


def test_the_edition_decides_what_is_known() -> None:
    newer_only = next(
        name for name in catalogue().names("directive") if not catalogue().knows("directive", name, "4.4")
    )
    text = f"rules: [{{when: {{}}, then: [{{directive: {newer_only}}}]}}]"
    assert loaded(text).rules
    assert "4.4" in problems(text, "4.4")[0].said
    assert loaded("given: {edition: newer}\n" + text, "4.4").rules


# Rules that stand in each other's way


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{}", "{says: x}"),
        ("{}", "{}"),
        ("{says: 안녕 클로바}", "{says: '안녕, 클로바'}"),
        ("{event: TextRecognizer.Recognize}", "{event: TextRecognizer.Recognize, state: x}"),
        (
            "{event: [TextRecognizer.Recognize, SpeechRecognizer.Recognize]}",
            "{event: SpeechRecognizer.Recognize, nth: 2}",
        ),
        ("{state: x}", "{state: x, device: y}"),
    ],
)
def test_a_rule_that_can_never_win_names_the_one_before_it(first: str, second: str) -> None:
    (found,) = problems(f"rules:\n  - {{name: one, when: {first}}}\n  - {{name: two, when: {second}}}\n")
    assert found.line == 5
    assert "'two' can never win" in found.said
    assert "'one' (line 4)" in found.said


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{nth: 1}", "{}"),
        ("{says: x}", "{}"),
        ("{says: x}", "{says: y}"),
        ("{state: x}", "{state: y}"),
        ("{event: TextRecognizer.Recognize}", "{event: [TextRecognizer.Recognize, SpeechRecognizer.Recognize]}"),
        ("{event: TextRecognizer.Recognize}", "{}"),
        ("{payload: {a: 1}}", "{payload: {a: 2}}"),
    ],
)
def test_a_rule_that_may_still_win_is_no_mistake(first: str, second: str) -> None:
    assert len(loaded(f"rules:\n  - when: {first}\n  - when: {second}\n").rules) == 2


def test_two_rules_of_one_name() -> None:
    (found,) = problems("rules:\n  - {name: r, when: {says: x}}\n  - {name: r, when: {says: y}}\n")
    assert (found.line, found.path) == (5, "rules[1].name")
    assert "two rules named 'r'" in found.said
