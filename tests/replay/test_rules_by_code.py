"""``then: {call: URL}`` in a replay: the same in memory and over loopback, and no time passes while code thinks."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.replay import Report, over_loopback, replay
from mockcloud.replay.memory import InMemory
from mockcloud.replay.world import Opening, World
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings
from tests.cic.conversation import catalogue

URL = "http://code.localhost/answer"
TEXT = f"""
mockcloud: 1
title: Code answers
rules:
  - {{name: code, when: {{event: TextRecognizer.Recognize}}, then: {{call: {URL}}}}}
steps:
  - type: 날씨
    expect: {{directive: SpeechSynthesizer.Speak, says: 맑아요}}
  - type: 안녕
    expect: {{directive: SpeechSynthesizer.Speak, says: {{contains: 안녕하세요}}}}
"""
App = Callable[[dict[str, Any], Any], list[bytes]]


def app(environ: dict[str, Any], start: Any) -> list[bytes]:
    asked = json.loads(environ["wsgi.input"].read())
    time.sleep(0.05)
    if asked["words"] != "날씨":
        start("204 No Content", [])
        return []
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([{"speak": "맑아요"}]).encode()]


def failing(_: dict[str, Any], start: Any) -> list[bytes]:
    start("500 Internal Server Error", [])
    return [b"boom"]


def in_memory(answering: App) -> Callable[[Opening], World]:
    def stage(opening: Opening) -> World:
        world = InMemory(opening)
        world.extension_calls.calls.apps[URL] = answering
        return world

    return stage


def on_loopback(answering: App) -> Callable[[Opening], World]:
    def stage(opening: Opening) -> World:
        world: Any = over_loopback()(opening)
        world._driver.extension_calls.apps[URL] = answering
        return world  # type: ignore[no-any-return]

    return stage


def run(stage: Callable[[Opening], World]) -> Report:
    scenario = load_scenario(TEXT, file="a.yaml", catalogue=catalogue())
    return replay(scenario, catalogue=catalogue(), settings=Settings(), stage=stage)


def test_no_virtual_time_passes_while_the_code_thinks() -> None:
    report = run(in_memory(app))
    assert report.passed, report.timeline()
    (answer,) = (
        at - report.by_step[0].begins for at, line in report.by_step[0].seen if line.endswith("200 [rule code]")
    )
    assert answer < 0.01


def test_it_says_the_same_over_loopback() -> None:
    there, here = run(on_loopback(app)), run(in_memory(app))
    assert there.passed, there.timeline()
    assert there.transcript == here.transcript


@pytest.mark.parametrize("way", [in_memory, on_loopback])
def test_code_that_fails_fails_the_replay_with_the_place_of_the_rule(way: Any) -> None:
    report = run(way(failing))
    assert any(
        str(failure).startswith("a.yaml:5: scenario.call.failed: ") and "the status is 500" in str(failure)
        for failure in report.failures
    ), report.failures
