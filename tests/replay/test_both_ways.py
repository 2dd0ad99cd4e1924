"""In memory and over loopback the same is said; faults that only sockets show go over loopback by themselves."""

import socket
import threading
from pathlib import Path

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import read_text
from mockcloud.clock import SECOND
from mockcloud.data import data_dir
from mockcloud.replay import Report, over_loopback, replay
from mockcloud.replay.pace import PacedLoop
from mockcloud.replay.world import SETTLE_WITHIN, Stage
from mockcloud.scenario.load import load_scenario, load_scenarios
from mockcloud.settings import Settings

CATALOGUE = Catalogue.load()
FOLDER = data_dir("scenarios")
HEAD = "mockcloud: 1\ntitle: t\nrules: [{when: {says: 날씨}, then: [{speak: 맑아요}]}]\n"


def run(text: str, stage: Stage | None = None) -> Report:
    scenario = load_scenario(text, file="t.yaml", catalogue=CATALOGUE)
    return replay(scenario, catalogue=CATALOGUE, settings=Settings(), stage=stage)


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_library_says_the_same_both_ways(file: Path) -> None:
    for scenario in load_scenarios(read_text(file), file=str(file), catalogue=CATALOGUE):
        there = replay(scenario, catalogue=CATALOGUE, settings=Settings(), stage=over_loopback())
        here = replay(scenario, catalogue=CATALOGUE, settings=Settings())
        assert there.way == "over loopback"
        assert there.transcript == here.transcript
        assert (there.outcome, len(there.failures)) == (here.outcome, len(here.failures))
        assert abs(there.virtual_seconds - here.virtual_seconds) < 1


@pytest.mark.parametrize("effect", ["invalid_frame", "starve"])
def test_a_fault_that_needs_sockets_gets_them(effect: str) -> None:
    report = run(HEAD + f"steps: [{{fault: {{on: event, effect: {effect}}}}}, {{type: 날씨}}, {{wait: 2s}}]\n")
    assert report.way == "over loopback"
    assert "over loopback" in report.seconds
    assert report.as_json()["way"] == "over loopback"


def test_an_hour_passes_over_sockets_without_waiting() -> None:
    text = (
        "mockcloud: 1\ntitle: t\ngiven: {clock: '2026-01-01T09:00:00+09:00'}\nsteps:\n"
        "  - push: Alerts.SetAlert\n"
        "    payload: {type: ALARM, token: a, scheduledTime: '2026-01-01T09:55:00+09:00'}\n"
        "  - expect: {event: Alerts.AlertStarted, within: 1h}\n"
    )
    report = run(text, over_loopback())
    assert report.passed, report.failures
    assert 55 * 60 <= report.virtual_seconds < 56 * 60


def test_real_time_passes_as_many_times_as_fast_as_asked() -> None:
    report = run(HEAD + "steps: [{type: 날씨, expect: {event: SpeechSynthesizer.SpeechFinished}}]\n", over_loopback(20))
    assert report.passed, report.failures
    assert report.way == "over loopback at 20 times real speed"
    assert report.virtual_seconds < 60


def test_a_failure_over_loopback_tells_the_conversation() -> None:
    text = HEAD + "steps: [{type: 날씨, expect: {directive: SpeechSynthesizer.Speak, via: downchannel, within: 3s}}]\n"
    there, here = run(text, over_loopback()), run(text)
    assert [(failure.said, failure.line) for failure in there.failures] == [
        (failure.said, failure.line) for failure in here.failures
    ]
    assert [line for _, line in there.by_step[0].seen] == [line for _, line in here.by_step[0].seen]


def test_what_is_seen_at_the_device_can_be_expected_both_ways() -> None:
    text = HEAD + (
        "steps:\n  - say: 날씨\n    expect:\n      - {observed: led, value: listening}\n"
        "      - {directive: SpeechSynthesizer.Speak}\n      - {observed: led, value: {any: [idle, processing]}}\n"
    )
    for stage in (None, over_loopback()):
        report = run(text, stage)
        assert report.passed, report.failures
        assert not any("led" in line for line in report.transcript)
    missed = run(text.replace("listening", "purple")).failures[0]
    assert "value: expected 'purple', found 'listening'" in str(missed)


def test_two_sides_that_never_stop_answering_each_other_come_to_an_end() -> None:
    loop = PacedLoop()
    one, other = socket.socketpair()

    def pass_on(here: socket.socket) -> None:
        here.send(here.recv(1))

    with one, other:
        loop.add_reader(one, pass_on, one)
        loop.add_reader(other, pass_on, other)
        one.send(b"x")
        loop.call_at(1, loop.stop_when_quiet)
        loop.run_forever()
        loop.close()
    assert SECOND <= loop.now() <= SECOND + 2 * SETTLE_WITHIN


def test_a_call_that_no_socket_shows_takes_real_time() -> None:
    loop = PacedLoop()
    called = threading.Event()
    loop.is_calling = lambda: not called.is_set()
    loop.call_at(3600, called.set)
    threading.Timer(0.02, lambda: loop.call_soon_threadsafe(called.set)).start()
    loop.call_at(7200, loop.stop)
    loop.run_forever()
    loop.close()
    assert loop.now() < 7201 * SECOND
    assert called.is_set()
