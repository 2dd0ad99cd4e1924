"""The language beyond plain rules and steps: devices, placing, expressions, cases, includes; each mistake in them."""

from typing import Any

import pytest

from mockcloud.clock import SECOND
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.scenario import At, Scenario
from mockcloud.scenario.expressions import Template
from mockcloud.scenario.load import load_scenario, load_scenarios
from mockcloud.scenario.model import Await, LogIn, Push, Say, SwitchPower, Type
from mockcloud.vocabulary.replies import Outgoing
from tests.cic.conversation import catalogue

HEAD = "mockcloud: 1\ntitle: a test\n"
SPEAK = "SpeechSynthesizer.Speak"


def loaded(text: str, **files: str) -> tuple[Scenario, ...]:
    return load_scenarios(HEAD + text, file="a.yaml", catalogue=catalogue(), read=reader(files))


def reader(files: dict[str, str]) -> Any:
    def read(path: str) -> str:
        name = path.replace(".yaml", "").replace("/", "_")
        if name not in files:
            raise UnreadableInput([Problem("No such file or directory", path)])
        return files[name]

    return read


def problems(text: str, **files: str) -> tuple[Problem, ...]:
    with pytest.raises(UnreadableInput) as caught:
        loaded(text, **files)
    return caught.value.problems


def test_devices_and_what_is_done_with_them() -> None:
    (scenario,) = loaded("""\
given:
  account: {lang: ja, strict: true}
  devices:
    speaker:
    tv: {display: l100, tags: [Living], lang: en}
    visitor: {guest: true, device_state: {bluetooth: null, wifi: {state: "off", actions: [], networks: []}}}
steps:
  - {say: x, device: tv, expect: {directive: Clova.Hello, device: any}}
  - {power: off, device: tv}
  - {power: true}
  - {login: guest}
  - {parallel: [{say: x}, {type: y, device: tv, at: {plus: 1s}}]}
  - {press: stop, at: {after: SpeechSynthesizer.SpeechStarted, plus: 500ms, within: 3s}}
""")
    speaker, tv, visitor = scenario.devices
    assert (speaker.name, speaker.display, speaker.guest) == ("speaker", {"size": "none"}, False)
    assert tv.display == {"size": "l100", "dpi": 160, "orientation": "landscape"}
    assert (tv.tags, tv.lang) == (("Living",), "en")
    assert (visitor.guest, visitor.device_state) == (
        True,
        {"bluetooth": None, "wifi": {"state": "off", "actions": [], "networks": []}},
    )
    say, off, on, login, parallel, press = scenario.steps
    assert (say.device, say.expect[0].pattern) == ("tv", {"directive": "Clova.Hello"})
    assert (off.action, on.action, login.action) == (SwitchPower(False), SwitchPower(True), LogIn("guest"))
    assert [(type(part.action), part.device) for part in parallel.parts] == [(Say, ""), (Type, "tv")]
    assert press.at == At({"event": "SpeechSynthesizer.SpeechStarted"}, SECOND // 2, 3 * SECOND)


def test_steps_say_what_they_do() -> None:
    (scenario,) = loaded("""
given: {devices: {one: {}, two: {}}}
steps:
  - {say: 날씨, device: two}
  - {press: pause}
  - {event: TextRecognizer.Recognize}
  - {push: Clova.ExpectLogin}
  - {power: off}
  - {login: guest}
  - {terms: decline}
  - {fault: {on: ping, effect: delay}}
  - {app: {stop_alert: {token: tea}}}
  - {wait: 250ms}
  - {advance: 2h}
  - {device: one, parallel: [{say: 안녕, device: one}, {type: 시간}]}
  - {expect: {directive: Clova.Hello}, device: two}
""")
    assert [str(step) for step in scenario.steps] == [
        "two: say 날씨",
        "press pause",
        "event TextRecognizer.Recognize",
        "push Clova.ExpectLogin",
        "power off",
        "login guest",
        "terms decline",
        "fault delay on ping",
        "app stop_alert",
        "wait 0.25 s",
        "advance 7200 s",
        "one: say 안녕 | type 시간",
        "two: expect",
    ]


def test_a_step_that_addresses_a_device_expects_of_this_one() -> None:
    (scenario,) = loaded(
        "given: {devices: {one: {}, two: {}}}\n"
        f"steps: [{{say: x, device: two, expect: [{{directive: {SPEAK}}}, {{directive: {SPEAK}, device: one}}]}}]"
    )
    assert [expect.pattern["device"] for expect in scenario.steps[0].expect] == ["two", "one"]


def test_what_expectations_ask_for() -> None:
    (scenario,) = loaded(f"""\
steps:
  - say: x
    order: any
    only: true
    expect:
      - {{directive: {SPEAK}, as: speak, says: "맑아 요!", via: response}}
      - {{reconnect: downchannel}}
      - {{error: 412}}
      - {{error: {{code: 400, description: {{contains: JSON}}}}}}
      - {{status: 204}}
  - expect: {{never: {{directive: {SPEAK}}}, within: 3s}}
""")
    step, last = scenario.steps
    assert (step.in_order, step.only) == (False, True)
    patterns = [dict(expect.pattern) for expect in step.expect]
    assert patterns == [
        {"directive": SPEAK, "says": "맑아요", "channel": "response"},
        {"kind": "connection", "name": "downchannel open"},
        {"kind": "error", "payload": {"code": 412}},
        {"kind": "error", "payload": {"code": 400, "description": {"contains": "JSON"}}},
        {"status": 204},
    ]
    assert [str(expect) for expect in step.expect[1:3]] == ["reconnect downchannel", "error 412"]
    assert (last.action, last.expect[0].never, last.expect[0].within) == (Await(), True, 3 * SECOND)


def test_expressions_wait_for_what_they_read() -> None:
    (scenario,) = loaded("""\
rules:
  - when: {says: x}
    then:
      - speak: "${words}"
      - {directive: Clova.RenderText, payload: {text: "${event.payload.text}"}}
      - {expect_speech: {timeoutInMilliseconds: 3000}}
  - {when: {says: y}, then: [{speak: "${1 + 1} times"}]}
steps:
  - say: x
    expect:
      - {directive: SpeechSynthesizer.Speak, as: s}
      - {event: SpeechSynthesizer.SpeechFinished, payload: {token: "${s.payload.token}"}}
""")
    first, second = scenario.rules
    assert (first.templated, second.templated) == (True, False)
    assert isinstance(first.then[0].say, Template)
    assert first.then[2].name == "SpeechRecognizer.ExpectSpeech"
    assert first.then[2].payload["timeoutInMilliseconds"] == 3000
    assert second.then[0].say == "2 times"


# Cases


CASES = """\
cases:
  - {name: sun, ask: 날씨, count: 1, wait: 2s}
  - {name: rain, ask: 비, count: 2, wait: 3s}
rules:
  - {name: r, when: {says: "${ask}", nth: "${count}"}, then: [{speak: "${ask} ${now + wait}"}]}
steps:
  - {say: "${ask}", expect: {status: 200, within: "${wait}"}}
"""


def test_a_scenario_with_cases_is_one_for_each() -> None:
    sun, rain = loaded(CASES)
    assert (sun.name, rain.name) == ("a test [sun]", "a test [rain]")
    assert [one.rules[0].when.nth for one in (sun, rain)] == [1, 2]
    assert [one.steps[0].action for one in (sun, rain)] == [Say("날씨"), Say("비")]
    assert [one.steps[0].expect[0].within for one in (sun, rain)] == [2 * SECOND, 3 * SECOND]
    assert isinstance(sun.rules[0].then[0].say, Template)


def test_a_server_has_the_rules_of_all_cases() -> None:
    scenario = load_scenario(HEAD + CASES, file="a.yaml", catalogue=catalogue())
    assert [rule.name for rule in scenario.rules] == ["r", "r [rain]"]


# Includes


def test_rules_of_other_files_come_after_the_own_ones() -> None:
    shared = "mockcloud: 1\ninclude: [more.yaml]\ngiven: {state: s, account: {lang: ja}}\nrules: [{when: {says: a}}]\n"
    more = "mockcloud: 1\nrules: [{name: m, when: {says: b}}]\n"
    (scenario,) = loaded(
        "include: [sub/shared.yaml]\ngiven: {account: {strict: true}}\nrules: [{when: {}}]\n",
        sub_shared=shared,
        sub_more=more,
    )
    assert [(rule.name, rule.file, rule.line) for rule in scenario.rules] == [
        ("rules[0]", "a.yaml", 5),
        ("sub/shared.yaml:rules[0]", "sub/shared.yaml", 4),
        ("m", "sub/more.yaml", 2),
    ]
    assert scenario.given["state"] == "s"
    assert scenario.given["account"] == {"lang": "ja", "strict": True}


def test_files_that_include_each_other_are_named_in_a_chain() -> None:
    (found,) = problems(
        "include: [b.yaml]\n", b="mockcloud: 1\ninclude: [c.yaml]\n", c="mockcloud: 1\ninclude: [b.yaml]\n"
    )
    assert (found.file, found.line) == ("c.yaml", 2)
    assert "b.yaml -> c.yaml -> b.yaml" in found.said


def test_mistakes_of_all_files_are_said_with_their_files() -> None:
    found = problems("include: [b.yaml, none.yaml]\nrules: [{when: {evnt: x}}]\n", b="mockcloud: 1\nruls: []\n")
    assert [(p.file, p.line) for p in found] == [("a.yaml", 3)]
    assert "none.yaml cannot be included: No such file" in found[0].said
    found = problems("include: [b.yaml]\nrules: [{when: {evnt: x}}]\n", b="mockcloud: 1\nruls: []\n")
    assert [(p.file, p.line) for p in found] == [("a.yaml", 4), ("b.yaml", 2)]


def test_a_text_without_files_includes_nothing() -> None:
    with pytest.raises(UnreadableInput, match="can include nothing"):
        load_scenario(HEAD + "include: [b.yaml]\n", file="", catalogue=catalogue())


# Mistakes


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        # what people write in YAML 1.1, and by habit
        (
            "rules:\n  - when: {}\n    then:\n      - {push: Clova.ExpectLogin, unchecked: yes}",
            6,
            "true or false",
            "true",
        ),
        (
            "rules:\n  - when: {}\n    then:\n      - push: Notifier.SetIndicator\n        with: {new: yes}",
            7,
            "new",
            "`yes` is a text",
        ),
        ("given:\n  clock: 09:00", 4, "not a date", ""),
        ("steps:\n  - say: x\n    expect: {status: 200, within: 5}", 5, "5", ""),
        ("steps:\n  - say: x\n   expect: {status: 200}", 5, "", "begin in the same column"),
        ("steps:\n  - say x", 4, "object", ""),
        # fields of messages
        (
            "rules:\n  - when: {}\n    then:\n      - directive: Clova.RenderText\n        payload:\n          txt: x",
            8,
            "txt",
            "text",
        ),
        ("steps:\n  - push: Clova.RenderText\n    with: {text: x, colour: red}", 5, "colour", "text"),
        ("steps:\n  - say: x\n    expect: {directive: Clova.RenderText, payload: {txt: x}}", 5, "txt", "text"),
        ("rules: [{when: {event: TextRecognizer.Recognize, payload: {texts: x}}}]", 3, "texts", "text"),
        ("steps: [{event: TextRecognizer.Recognize, payload: {tekst: x}}]", 3, "tekst", "text"),
        ("given: {devices: {tv: {display: {size: huge}}}}", 3, "huge", ""),
        ("given: {devices: {tv: {device_state: {volum: {}}}}}", 3, "volum", "volume"),
        ("given: {account: {behaviour: {hangover: 1s}}}", 3, "hangover", "hang_over"),
        ("given: {account: {langs: ko}}", 3, "langs", "lang"),
        # steps
        ("steps: [{say: x, type: y}]", 3, "one thing", "parallel"),
        ("steps: [{say: x, payload: {}}]", 3, "belongs to event or push", ""),
        ("steps: [{device: speaker}]", 3, "does nothing", ""),
        ("steps: [{say: x, expect: {within: 5s}}]", 3, "expects nothing", ""),
        (f"steps: [{{say: x, expect: {{directive: {SPEAK}, event: TextRecognizer.Recognize}}}}]", 3, "not both", ""),
        (f"steps: [{{say: x, expect: {{never: {{directive: {SPEAK}}}, as: x}}}}]", 3, "inside never", ""),
        ("given: {devices: {kitchen: {}}}\nsteps: [{say: x, device: kichen}]", 4, "kichen", "kitchen"),
        ("steps: [{say: x, expect: {status: 200, device: tv}}]", 3, "'tv'", "speaker"),
        ("steps: [{press: stop, at: {after: speak}}]", 3, "'speak'", "as"),
        ("steps: [{press: stop, at: {after: SpeechSynthesizer.Speek}}]", 3, "Speek", "Speak"),
        ("steps: [{power: sideways}]", 3, "sideways", ""),
        ("steps: [{parallel: [{wait: 5s}]}]", 3, "wait", ""),
        # expressions
        ("steps:\n  - say: ${1 +}", 4, "not an expression", ""),
        ("steps:\n  - say: ${speak.payload", 4, "no closing brace", "$${"),
        ("steps:\n  - say: ${speak.payload.token}", 4, "`speak` means nothing", "there are"),
        (
            f"steps:\n  - {{say: x, expect: {{directive: {SPEAK}, as: speak}}}}\n  - say: ${{speek.payload.token}}",
            5,
            "speek",
            "speak",
        ),
        ("rules:\n  - when: {}\n    then:\n      - speak: ${worsd}", 6, "worsd", "words"),
        ("rules:\n  - when: {says: '${now}'}", 4, "cannot stand here", ""),
        ("rules:\n  - when: {}\n    then:\n      - speak: ${10 ** 10 ** 10}", 6, "too large", ""),
        ("given: {state: '${now}'}", 3, "cannot stand here", ""),
        (f"steps: [{{say: x, expect: {{directive: {SPEAK}, as: now}}}}]", 3, "'now'", ""),
        (
            "steps:\n  - {say: x, expect: {status: 200, as: a}}\n  - {say: x, expect: {status: 200, as: a}}",
            5,
            "already, in line 4",
            "",
        ),
        # cases
        ("cases: [{name: a, x: 1}, {name: a, x: 2}]", 3, "two cases named 'a'", ""),
        ("cases: [{x: 1}, {y: 2}]", 3, "no 'x'", ""),
        ("cases: [{x y: 1}]", 3, "'x y'", ""),
        ("cases: [{now: 1}]", 3, "means something", ""),
        ("cases: [{x: '${uuid()}'}]", 3, "no expressions", ""),
        ("cases: [{x: 5 s}]\nsteps: [{wait: '${x}'}]", 4, "5 s", ""),
        # patterns
        ("rules: [{when: {payload: {a: {schema: {type: nonsense}}}}}]", 3, "not a JSON Schema", ""),
        ("rules: [{when: {payload: {a: {schema: string}}}}]", 3, "JSON Schema", ""),
    ],
)
def test_each_mistake_is_said_once_with_its_line_and_a_cure(text: str, line: int, said: str, hint: str) -> None:
    found = problems(text)
    assert len(found) == 1, [str(problem) for problem in found]
    assert found[0].line == line
    assert said in str(found[0])
    assert hint in found[0].hint


def test_unknown_members_go_out_unchecked() -> None:
    (scenario,) = loaded("steps: [{push: Clova.RenderText, unchecked: true, payload: {colour: red}}]")
    assert scenario.steps[0].action == Push(
        Outgoing("Clova.RenderText", {"colour": "red"}, via="downchannel", dialog=False, unchecked=True)
    )


def test_a_mistake_of_every_case_is_said_once() -> None:
    (found,) = problems("cases: [{x: 1}, {x: 2}]\nsteps: [{event: Un.Known}]")
    assert found.line == 4


def test_ten_thousand_rules_are_compared_with_each_other_quickly() -> None:
    from mockcloud.scenario.model import Rule, When
    from mockcloud.scenario.shadow import shadowed

    rules = [Rule(f"r{n}", When(payload={"text": str(n)})) for n in range(10_000)]
    assert list(shadowed([*rules, rules[5]])) == [(10_000, rules[5])]
