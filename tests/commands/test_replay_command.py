"""``mockcloud replay``: exit codes, selection, reports."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands.conftest import Run

GOOD = """\
mockcloud: 1
title: Weather
rules:
  - when: {says: {contains: 날씨}}
    then: [{speak: 맑아요}]
steps:
  - type: 날씨
    expect: {event: SpeechSynthesizer.SpeechFinished}
"""
RULES_ONLY = "mockcloud: 1\ntitle: Rules\nrules:\n  - when: {says: a}\n    then: [{speak: b}]\n"


@pytest.fixture
def scenarios(own_place: Path) -> Path:
    folder = own_place / "scenarios"
    (folder / "deep").mkdir(parents=True)
    (folder / "good.yaml").write_text(GOOD)
    (folder / "deep" / "bad.yaml").write_text(
        GOOD.replace("Weather", "Storm").replace("SpeechFinished", "SpeechStopped")
    )
    return folder


def test_a_scenario_that_holds(run: Run, scenarios: Path) -> None:
    done = run("replay", str(scenarios / "good.yaml"))
    assert done.exit_code == 0, done.output
    assert "ok    Weather" in done.stdout
    assert "1 passed, 0 failed" in done.stdout


def test_one_that_does_not_fails_all(run: Run, scenarios: Path) -> None:
    done = run("replay", str(scenarios), "--junit", "report.xml")
    assert done.exit_code == 1
    assert "bad.yaml:8: expected event SpeechSynthesizer.SpeechStopped" in done.stdout
    assert "1 passed, 1 failed" in done.stdout
    suite = ET.parse("report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_json_is_alone_on_standard_output(run: Run, scenarios: Path) -> None:
    done = run("replay", str(scenarios), "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert [(one["title"], one["passed"]) for one in report["scenarios"]] == [("Storm", False), ("Weather", True)]
    assert "1 failed" in done.stderr


def test_selecting(run: Run, scenarios: Path) -> None:
    assert run("replay", str(scenarios), "-k", "weath").exit_code == 0
    assert run("replay", str(scenarios), "--list").stdout.splitlines() == [
        f"{scenarios / 'deep' / 'bad.yaml'}: Storm",
        f"{scenarios / 'good.yaml'}: Weather",
    ]


def test_nothing_to_run_is_no_pass(run: Run, scenarios: Path, own_place: Path) -> None:
    (own_place / "empty").mkdir()
    (own_place / "rules.yaml").write_text(RULES_ONLY)
    for words in (["empty"], ["scenarios", "-k", "snow"], ["rules.yaml"]):
        done = run("replay", *words)
        assert (done.exit_code, done.stdout) == (5, "")


def test_all_mistakes_of_all_files(run: Run, scenarios: Path, own_place: Path) -> None:
    (own_place / "wrong.yaml").write_text("mockcloud: 1\ntitel: x\n")
    done = run("replay", "scenarios", "wrong.yaml", "none.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "wrong.yaml:2:1: " in done.stderr
    assert "none.yaml: No such file" in done.stderr
