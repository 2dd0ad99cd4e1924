"""``fault`` in rules and steps: what loads, what is refused and where, and a replay with it."""

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.errors import UnreadableInput
from mockcloud.faults.reading import parse
from mockcloud.replay import Report, replay
from mockcloud.scenario import Scenario
from mockcloud.scenario.faults import needing_socket
from mockcloud.scenario.load import load_scenario
from mockcloud.scenario.model import Inject
from mockcloud.settings import Settings

CATALOGUE = Catalogue.load()
HEAD = "mockcloud: 1\ntitle: t\n"


def load(text: str) -> Scenario:
    return load_scenario(HEAD + text, file="t.yaml", catalogue=CATALOGUE)


def run(text: str) -> Report:
    return replay(load(text), catalogue=CATALOGUE, settings=Settings())


def test_a_rule_and_a_step_have_one() -> None:
    scenario = load(
        "rules:\n  - when: {event: SpeechSynthesizer.SpeechFinished}\n"
        "    fault: {on: downchannel, effect: reset_stream, code: CANCEL, after: 3s}\n"
        "steps:\n  - fault: {on: event, at: part, effect: goaway}\n"
    )
    written = {"on": "downchannel", "effect": "reset_stream", "code": "CANCEL", "after": "3s"}
    assert scenario.rules[0].fault == parse(written)
    assert scenario.steps[0].action == Inject(parse({"on": "event", "at": "part", "effect": "goaway"}))
    assert str(scenario.steps[0]) == "fault goaway on event"
    assert list(needing_socket(scenario.rules, scenario.steps)) == []


def test_faults_that_need_a_socket_are_found() -> None:
    scenario = load(
        "rules:\n  - when: {says: a}\n    fault: {on: event, effect: invalid_frame}\n"
        "steps:\n  - parallel:\n      - fault: {on: event, effect: starve}\n"
    )
    assert [fault.effect.name for fault in needing_socket(scenario.rules, scenario.steps)] == [
        "invalid_frame",
        "starve",
    ]


@pytest.mark.parametrize(
    ("fault", "line", "said"),
    [
        ("{on: event, effect: dely}", 4, "Did you mean `delay`?"),
        ("{on: event, effect: delay, bye: 2s}", 4, "bye"),
        ("{on: event, at: hello, effect: delay}", 4, "event has no point 'hello'"),
        ("{on: event, at: after end, effect: cut}", 4, "nothing is left to cut"),
        ("{on: ping, effect: cut}", 4, "ping"),
        ("{effect: delay}", 4, "on"),
        ("{on: event, effect: delay, device: kitchen}", 4, "there is no device 'kitchen'"),
        ('{on: event, effect: delay, device: "${event.x}"}', 4, "an expression cannot stand here"),
    ],
)
def test_mistakes_have_their_line(fault: str, line: int, said: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        load(f"steps:\n  - fault: {fault}\n")
    assert refused.value.problems[0].line == line
    assert said in str(refused.value)


@pytest.mark.spec("C-031")
def test_the_line_drops_and_the_device_comes_back() -> None:
    report = run(
        "rules:\n  - name: drop\n    when: {event: SpeechSynthesizer.SpeechFinished}\n"
        "    fault: {on: downchannel, effect: reset_stream, code: CANCEL, after: 3s}\n"
        "steps:\n"
        "  - type: 안녕\n    expect: {event: SpeechSynthesizer.SpeechFinished}\n"
        "  - expect: {reconnect: downchannel, within: 10s}\n"
    )
    assert report.passed, report.failures
    assert any("fault reset_stream" in line for line in report.transcript)


def test_a_step_breaks_the_next_event() -> None:
    report = run(
        "steps:\n  - fault: {on: event, effect: system_exception, code: 503}\n"
        "  - type: 안녕\n    expect: {never: {directive: SpeechSynthesizer.Speak}, within: 5s}\n"
        "  - type: 안녕\n    expect: {directive: SpeechSynthesizer.Speak}\n"
    )
    assert report.passed, report.failures
