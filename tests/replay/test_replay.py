"""Scenarios replayed in memory: the bundled ones pass, wrong ones say why, and the same input gives the same lines."""

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.data import data_dir
from mockcloud.replay import Report, junit, replay
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings

CATALOGUE = Catalogue.load()
LIBRARY = sorted(data_dir("scenarios").rglob("*.yaml"))


def run(text: str, file: str = "given.yaml") -> Report:
    return replay(load_scenario(text, file=file, catalogue=CATALOGUE), catalogue=CATALOGUE, settings=Settings())


@pytest.mark.spec("C-079", "C-080", "C-099")
def test_a_whole_conversation_by_voice() -> None:
    report = run(
        "mockcloud: 1\ntitle: t\nsteps:\n"
        "  - say: 안녕\n"
        "    expect:\n"
        "      - {event: SpeechRecognizer.Recognize, status: 200}\n"
        "      - {directive: SpeechRecognizer.StopCapture, via: downchannel}\n"
        "      - {directive: SpeechSynthesizer.Speak, via: response}\n"
        "      - {event: SpeechSynthesizer.SpeechFinished}\n"
    )
    assert report.passed, report.failures


def test_an_unmet_expectation_names_what_came_nearest_and_why_it_did_not_do() -> None:
    report = run(
        "mockcloud: 1\ntitle: t\nsteps:\n"
        "  - type: 안녕\n"
        "    expect: {directive: SpeechSynthesizer.Speak, via: downchannel, within: 3s}\n"
    )
    assert not report.passed
    said = str(report.failures[0])
    assert said.startswith("given.yaml:5: expected directive SpeechSynthesizer.Speak")
    assert "within 3 s" in said
    assert "channel: expected 'downchannel', found 'response'" in said


def test_what_must_never_come_fails_when_it_comes() -> None:
    report = run(
        "mockcloud: 1\ntitle: t\nsteps:\n"
        "  - type: 안녕\n"
        "    expect: {never: {directive: SpeechSynthesizer.Speak}, within: 3s}\n"
    )
    assert "it came: <- response    SpeechSynthesizer.Speak" in report.failures[0].said


def test_an_entry_meets_one_expectation_only() -> None:
    report = run(
        "mockcloud: 1\ntitle: t\nsteps:\n"
        "  - type: 안녕\n"
        "    expect:\n"
        "      - {directive: SpeechSynthesizer.Speak, within: 2s}\n"
        "      - {directive: SpeechSynthesizer.Speak, within: 2s}\n"
    )
    assert [failure.line for failure in report.failures] == [7]


def test_violations_fail_a_replay_unless_allowed() -> None:
    text = (
        "mockcloud: 1\ntitle: t\nsteps:\n"
        "  - event: SpeechSynthesizer.SpeechFinished\n"
        "    expect: {event: SpeechSynthesizer.SpeechFinished}\n"
    )
    report = run(text)
    assert [failure.said.split(":")[0] for failure in report.failures] == ["event.payload.required"]
    scenario = load_scenario(text, file="f", catalogue=CATALOGUE)
    allowed = frozenset({"event.payload.required"})
    assert replay(scenario, catalogue=CATALOGUE, settings=Settings(), allow=allowed).passed


def test_the_same_scenario_gives_the_same_lines() -> None:
    text = LIBRARY[0].read_text()
    assert run(text).transcript == run(text).transcript


@pytest.mark.spec("C-106")
def test_an_hour_passes_without_waiting() -> None:
    report = run(
        "mockcloud: 1\ntitle: t\ngiven: {clock: '2026-01-01T09:00:00+09:00'}\nsteps:\n"
        "  - push: Alerts.SetAlert\n"
        "    payload: {type: ALARM, token: a, scheduledTime: '2026-01-01T09:55:00+09:00'}\n"
        "  - expect: {event: Alerts.AlertStarted, within: 1h}\n"
    )
    assert report.passed, report.failures
    assert 55 * 60 <= report.virtual_seconds < 56 * 60


def test_junit_is_xml_whatever_was_said() -> None:
    from xml.etree import ElementTree as ET

    report = run(
        "mockcloud: 1\ntitle: 'a <b> & \"c\"'\nsteps:\n  - expect: {event: Clova.ProcessDelegatedEvent, within: 1s}\n"
    )
    suite = ET.fromstring(junit([report]))[0]
    assert suite.get("failures") == "1"
    assert suite[0].get("name") == 'a <b> & "c"'
