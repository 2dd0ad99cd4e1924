"""What steps and expectations do: devices, placing, clocks, captures, order, and the reasons of a failure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.replay import Report, html, junit, replay
from mockcloud.scenario.load import load_scenarios
from mockcloud.settings import Settings

CATALOGUE = Catalogue.load()
SPEAK = "SpeechSynthesizer.Speak"
FINISHED = "SpeechSynthesizer.SpeechFinished"
WEATHER = "rules: [{name: weather, when: {says: {contains: 날씨}}, then: [{speak: 맑아요}]}]\n"


def runs(text: str, seed: int = 0) -> list[Report]:
    scenarios = load_scenarios("mockcloud: 1\ntitle: t\n" + text, file="t.yaml", catalogue=CATALOGUE, seed=seed)
    settings = replace(Settings(), account=replace(Settings().account, seed=seed))
    return [replay(one, catalogue=CATALOGUE, settings=settings) for one in scenarios]


def run(text: str, seed: int = 0) -> Report:
    (report,) = runs(text, seed)
    return report


def passes(text: str) -> Report:
    report = run(text)
    assert report.passed, "\n".join([*map(str, report.failures), *report.timeline()])
    return report


def fails(text: str) -> str:
    report = run(text)
    assert not report.passed, "\n".join(report.timeline())
    return str(report.failures[0])


def test_an_expectation_names_a_message_for_those_after_it() -> None:
    text = WEATHER + (
        "steps:\n  - type: 날씨\n    expect:\n"
        f"      - {{directive: {SPEAK}, says: 맑아 요, as: speak}}\n"
        f"      - {{event: {FINISHED}, payload: {{token: '${{speak.payload.token}}'}}}}\n"
        "  - event: SpeechSynthesizer.SpeechStopped\n"
        "    payload: {token: '${speak.payload.token}'}\n"
        "    expect: {event: SpeechSynthesizer.SpeechStopped, payload: {token: '${speak.payload.token}'}}\n"
    )
    passes(text)
    assert "has no value" in fails(text.replace("'${speak.payload.token}'", "'${speak.payload.tokn}'"))


def test_rules_answer_with_what_they_read() -> None:
    report = passes(
        "rules:\n  - when: {says: {contains: 메아리}}\n    then:\n"
        "      - speak: '${words}!'\n"
        "      - directive: Clova.RenderText\n        payload: {text: '${event.payload.text | upper}'}\n"
        "steps:\n  - type: 메아리 a\n    expect:\n"
        f"      - {{directive: {SPEAK}, says: 메아리a}}\n"
        "      - {directive: Clova.RenderText, payload: {text: 메아리 A}}\n"
    )
    assert any('"메아리 a!"' in line for line in report.transcript)


def test_an_expression_without_a_value_is_a_finding_and_nothing_is_sent() -> None:
    said = fails(
        "rules:\n  - {name: r, when: {says: x}, then: [{speak: '${event.payload.none}'}]}\n"
        f"steps:\n  - {{type: x, expect: {{never: {{directive: {SPEAK}}}, within: 2s}}}}\n"
    )
    assert said.startswith("t.yaml:4: scenario.expression: TextRecognizer.Recognize: ")
    assert "rule 'r' is not sent: ${event.payload.none} has no value" in said


@pytest.mark.spec("C-036")
def test_a_mistake_of_the_scenario_is_not_the_devices() -> None:
    report = run(
        "given: {account: {strict: true}}\n"
        "rules:\n  - name: r\n    when: {says: x}\n    then: [{speak: '${event.payload.none}'}, {speak: 네}]\n"
        f"steps:\n  - {{type: x, expect: [{{event: TextRecognizer.Recognize, status: 200}}, {{directive: {SPEAK}}}]}}\n"
    )
    assert [str(failure).split(":")[:3] for failure in report.failures] == [["t.yaml", "5", " scenario.expression"]]


@pytest.mark.spec("C-106")
def test_advancing_moves_the_clocks_of_account_and_device() -> None:
    report = passes(
        "given: {clock: '2026-01-01T09:00:00'}\nsteps:\n"
        "  - push: Alerts.SetAlert\n"
        "    payload: {type: ALARM, token: a, scheduledTime: '${now + \"55m\"}'}\n"
        "    expect: {event: Alerts.SetAlertSucceeded}\n"
        "  - {advance: 54m, expect: {never: {event: Alerts.AlertStarted}, within: 30s}}\n"
        "  - {advance: 1m, expect: {event: Alerts.AlertStarted, within: 1s}}\n"
    )
    assert report.virtual_seconds < 60


def test_a_push_of_a_rule_falls_due_when_the_clock_is_advanced() -> None:
    passes(
        "rules: [{when: {says: x}, then: [{push: Notifier.SetIndicator, with: {new: true}, after: 2h}]}]\nsteps:\n"
        "  - {type: x, expect: {never: {directive: Notifier.SetIndicator}, within: 5s}}\n"
        "  - {advance: 2h, expect: {directive: Notifier.SetIndicator, via: downchannel, within: 1s}}\n"
    )


@pytest.mark.spec("D-007", "C-023")
def test_several_devices_each_with_its_own_downchannel() -> None:
    report = passes(
        WEATHER + "given:\n  devices:\n    kitchen: {tags: [Kitchen]}\n    tv: {display: l100, lang: ja}\n"
        "    visitor: {guest: true}\nsteps:\n"
        f"  - {{type: 날씨, device: tv, expect: {{directive: {SPEAK}}}}}\n"
        f"  - {{type: 날씨, expect: [{{event: TextRecognizer.Recognize, device: kitchen}}]}}\n"
        "  - push: Clova.RenderText\n    with: {text: x}\n    order: any\n    expect:\n"
        "      - {directive: Clova.RenderText, device: kitchen}\n"
        "      - {directive: Clova.RenderText, device: visitor}\n"
        "      - {directive: Clova.RenderText, device: tv}\n"
        "  - {push: Clova.RenderText, device: tv, expect: {never: {directive: Clova.RenderText, device: kitchen}}}\n"
        "  - type: 날씨\n    device: tv\n"
        "    expect: {event: TextRecognizer.Recognize, context: {Device.Display: {size: l100}}}\n"
    )
    assert any("device=visitor" in line for line in report.transcript)


@pytest.mark.spec("C-023", "D-044")
def test_firmware_of_another_edition_than_the_accounts() -> None:
    report = passes(
        "given: {devices: {old: {edition: '4.4', tags: [Kitchen]}, new: {tags: [Hall]}}}\nsteps:\n"
        "  - {push: DeviceControl.BtRescan, device: new, expect: {event: DeviceControl.ActionFailed}}\n"
        "  - {push: DeviceControl.BtRescan, device: old, expect: {never: {event: DeviceControl.ActionFailed}}}\n"
    )
    assert report.steps == 2


def test_steps_that_begin_together() -> None:
    report = passes(
        WEATHER + "given: {devices: {one: {}, two: {}}}\nsteps:\n  - parallel:\n"
        f"      - {{type: 날씨, device: one, at: {{plus: 300ms}}, expect: {{directive: {SPEAK}}}}}\n"
        f"      - {{say: 날씨, device: two, expect: {{event: {FINISHED}}}}}\n"
        f"    expect: {{never: {{error: 400}}, within: 1s}}\n"
    )
    seen = [line for _, line in report.by_step[0].seen if "Recognize " in line]
    assert ["SpeechRecognizer" in line for line in seen] == [True, False]


@pytest.mark.spec("D-223")
def test_a_step_is_placed_after_what_has_been_seen() -> None:
    report = passes(
        WEATHER + "steps:\n  - say: 날씨\n"
        "  - press: stop\n    at: {after: SpeechSynthesizer.SpeechStarted, plus: 200ms}\n"
        "    expect: [{event: SpeechSynthesizer.SpeechStopped, within: 100ms}]\n"
    )
    started = next(at for step in report.by_step for at, line in step.seen if "SpeechStarted" in line)
    stopped = next(at for step in report.by_step for at, line in step.seen if "SpeechStopped" in line)
    assert 0.19 < stopped - started < 0.25


def test_a_step_is_placed_after_the_time_of_what_was_named() -> None:
    report = passes(
        WEATHER + "steps:\n  - type: 날씨\n    expect:\n"
        "      - {event: SpeechSynthesizer.SpeechStarted, as: started}\n"
        f"      - {{event: {FINISHED}}}\n"
        "  - {press: next, at: {after: started, plus: 3s}, expect: {event: PlaybackController.NextCommandIssued}}\n"
    )
    pressed = next(at for at, line in report.by_step[1].seen if "NextCommandIssued" in line)
    started = next(at for at, line in report.by_step[0].seen if "SpeechStarted" in line)
    assert 2.99 < pressed - started < 3.01


def test_what_a_step_waits_for_must_come() -> None:
    said = fails("steps:\n  - {press: stop, at: {after: SpeechSynthesizer.SpeechStarted, within: 1s}}\n")
    assert "did not come within 1 s" in said


@pytest.mark.spec("C-024", "D-026")
def test_power_and_reconnecting() -> None:
    passes("steps:\n  - power: off\n  - {power: on, expect: {reconnect: downchannel, within: 5s}}\n")
    assert "reconnect downchannel" in fails("steps: [{expect: {reconnect: downchannel, within: 2s}}]\n")


@pytest.mark.spec("D-115")
def test_a_device_becomes_a_guest_and_comes_back() -> None:
    passes(
        "steps:\n  - {login: guest, expect: {reconnect: downchannel}}\n"
        "  - {login: user, expect: {reconnect: downchannel}}\n"
    )


# Order, only, never


def test_order_is_kept_unless_it_is_freed() -> None:
    text = (
        WEATHER + "steps:\n  - type: 날씨\n    expect:\n"
        f"      - {{event: {FINISHED}, within: 3s}}\n      - {{directive: {SPEAK}, within: 3s}}\n"
    )
    said = fails(text)
    assert said.startswith(f"t.yaml:8: expected directive {SPEAK}")
    assert f"too early, before event {FINISHED}" in said
    passes(text + "    order: any\n")


def test_an_entry_meets_one_expectation_in_any_order_too() -> None:
    text = WEATHER + f"steps: [{{type: 날씨, order: any, expect: [{{directive: {SPEAK}}}, {{directive: {SPEAK}}}]}}]\n"
    assert f"expected directive {SPEAK}" in fails(text)


def test_in_any_order_the_narrower_expectation_is_served_first() -> None:
    passes(
        "rules: [{when: {says: x}, then: [{speak: 하나}, {speak: 둘}]}]\nsteps:\n  - type: x\n    order: any\n"
        f"    expect: [{{directive: {SPEAK}}}, {{directive: {SPEAK}, says: 하나}}]\n"
    )


def test_only_allows_nothing_else_of_its_kinds() -> None:
    text = WEATHER + f"steps: [{{type: 날씨, expect: {{directive: {SPEAK}, only: true}}}}]\n"
    passes(text)
    more = text.replace(
        "{speak: 맑아요}", "{speak: 맑아요}, {push: Notifier.SetIndicator, with: {new: true}, after: 3s}"
    )
    assert "this came too: <- downchannel Notifier.SetIndicator" in fails(more)


def test_never_holds_to_the_end_of_its_window() -> None:
    text = (
        "rules: [{when: {says: x}, then: [{push: Clova.RenderText, with: {text: y}, after: 4s}]}]\n"
        "steps: [{type: x, expect: {never: {directive: Clova.RenderText}, within: %s}}]\n"
    )
    passes(text % "3s")
    assert "but it came" in fails(text % "5s")


def test_an_error_is_expected_by_its_code() -> None:
    (report,) = runs(
        "given: {account: {strict: true}}\n"
        f"steps: [{{event: {FINISHED}, expect: {{error: {{code: 400, description: {{contains: token}}}}}}}}]\n"
    )
    assert not any("expected" in failure.said for failure in report.failures)


# Windows


LATER = (
    "rules:\n  - when: {says: x}\n    then:\n"
    "      - {push: Clova.RenderText, with: {text: early}, after: 1s}\n"
    "      - {push: Clova.RenderText, with: {text: late}, after: 5s}\n"
    "      - {push: Notifier.SetIndicator, with: {new: true}, after: 8s}\n"
)


def test_a_window_that_another_holds_open_is_no_longer_itself() -> None:
    steps = (
        "steps:\n  - type: x\n    order: %s\n    expect:\n"
        "      - {directive: Notifier.SetIndicator, within: 9s}\n"
        "      - {directive: Clova.RenderText, payload: {text: late}, within: %s}\n"
    )
    passes(LATER + steps % ("any", "6s"))
    said = fails(LATER + steps % ("any", "4s"))
    assert said.startswith("t.yaml:14: expected directive Clova.RenderText")
    assert "it came too late, 5.001 s after the step began: write `within`" in said


def test_what_must_never_come_may_come_after_its_own_window() -> None:
    passes(
        LATER + "steps:\n  - type: x\n    expect:\n"
        "      - {directive: Notifier.SetIndicator, within: 9s}\n"
        "      - {never: {directive: Clova.RenderText, payload: {text: late}}, within: 4s}\n"
    )


def test_what_comes_after_the_window_of_only_is_allowed() -> None:
    passes(
        LATER + "steps:\n  - type: x\n    only: true\n"
        "    expect: {directive: Clova.RenderText, payload: {text: early}, within: 3s}\n  - wait: 10s\n"
    )


def test_an_advanced_clock_does_not_end_a_window() -> None:
    passes(
        LATER + "steps:\n  - {type: x, expect: {event: TextRecognizer.Recognize, status: 204}}\n"
        "  - {advance: 10s, expect: {directive: Clova.RenderText, payload: {text: late}, within: 1s}}\n"
    )


# Reasons


def test_a_failure_says_which_rules_came_near() -> None:
    said = fails(
        "rules:\n  - name: weather\n    when: {says: 날씨, event: TextRecognizer.Recognize}\n"
        "    then: [{speak: 맑아요}]\n"
        f"steps: [{{type: 날씨 xyz, expect: {{directive: {SPEAK}, says: 맑아요, within: 2s}}}}]\n"
    )
    assert "was not taken by rule 'weather' (t.yaml:4): says: expected '날씨', found '날씨xyz'; held: event" in said
    assert "contains" in said


def test_a_report_tells_the_conversation_step_by_step() -> None:
    report = run(
        WEATHER + f"steps:\n  - {{type: 날씨, expect: {{directive: {SPEAK}}}}}\n"
        f"  - {{wait: 2s}}\n  - {{press: stop, expect: {{directive: {SPEAK}, within: 1s}}}}\n  - {{type: 안녕}}\n"
    )
    assert [(step.step, step.line, step.failed) for step in report.by_step] == [
        ("type 날씨", 5, False),
        ("wait 2 s", 6, False),
        ("press stop", 7, True),
    ]
    expected, by = report.by_step[0].met[0]
    assert (expected, by.split()[2]) == (f"directive {SPEAK}", SPEAK)
    assert report.timeline()[0] == ". line 5: type 날씨"
    assert json.loads(json.dumps(report.as_json()))["turns"][2]["failed"] is True


def test_the_page_is_one_file_without_scripts() -> None:
    reports = runs(
        "cases: [{name: '<a>', x: 날씨}, {name: b, x: 안녕}]\nsteps: [{type: '${x}', expect: {error: 400, within: 1s}}]"
    )
    page = html(reports)
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "http" not in page
    assert "t [&lt;a&gt;]" in page
    assert page.count("<details open>") == 2
    assert "expected error 400" in page


def test_each_case_has_its_own_report() -> None:
    sun, rain = runs(
        "cases: [{name: sun, ask: 날씨, said: 맑아요}, {name: rain, ask: 우산, said: 비가 와요}]\n"
        "rules: [{when: {says: '${ask}'}, then: [{speak: '${said}'}]}]\n"
        f"steps: [{{type: '${{ask}}', expect: {{directive: {SPEAK}, says: '${{said}}'}}}}]\n"
    )
    assert (sun.passed, rain.passed) == (True, True)
    assert 'name="t [rain]"' in junit([sun, rain])


@pytest.mark.parametrize("name", ["alerts/timer-stopped-by-button", "speech/weather"])
def test_the_seed_decides_and_nothing_else(name: str) -> None:
    text = Path(__file__).parents[2].joinpath("scenarios", f"{name}.yaml").read_text().partition("mockcloud: 1\n")[2]
    text = "\n".join(line for line in text.splitlines() if not line.startswith("title"))
    assert run(text, 1).transcript == run(text, 1).transcript
