"""``mockcloud replay``: patterns, processes, reports, what is allowed; ``mockcloud new scenario``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Run

SCENARIO = """\
mockcloud: 1
title: Number {n}
cases:
  - {{name: typed, do: 날씨}}
  - {{name: other, do: 날씨 어때}}
rules:
  - when: {{says: {{contains: 날씨}}}}
    then: [{{speak: "${{fake.sentence()}} ${{uuid()}}"}}]
steps:
  - type: ${{do}}
    expect: {{event: {event}}}
"""


@pytest.fixture
def folder(own_place: Path) -> Path:
    for n in range(6):
        event = "SpeechSynthesizer.SpeechFinished" if n != 3 else "SpeechSynthesizer.SpeechStopped"
        (own_place / f"s{n}.yaml").write_text(SCENARIO.format(n=n, event=event))
    return own_place


def test_a_pattern_and_what_it_selects(run: Run, folder: Path) -> None:
    assert run("replay", "s[01].yaml", "--list").stdout.splitlines() == [
        "s0.yaml: Number 0 [typed]",
        "s0.yaml: Number 0 [other]",
        "s1.yaml: Number 1 [typed]",
        "s1.yaml: Number 1 [other]",
    ]
    assert run("replay", "s*.yaml", "-k", "[typed]", "-k", "2 [other").stdout.count("ok ") == 1
    assert run("replay", "none*.yaml").exit_code == 5


def test_same_file_and_seed_same_bytes_whatever_the_hash_seed_and_however_many_processes(folder: Path) -> None:
    def output(processes: str, hash_seed: str, *more: str) -> str:
        words = ["replay", ".", "-n", processes, "-v", "--seed", "7", *more]
        done = subprocess.run(
            [sys.executable, "-m", "mockcloud", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=False,
        )
        assert done.returncode == 1, done.stderr
        return done.stdout

    first = output("1", "0")
    assert first == output("3", "4711")
    assert first.splitlines()[-1] == "10 passed, 2 failed"


def test_another_seed_other_words(run: Run, folder: Path) -> None:
    assert run("replay", "s0.yaml", "-v", "--seed", "1").stdout != run("replay", "s0.yaml", "-v", "--seed", "2").stdout


def test_reports_for_people_and_machines(run: Run, folder: Path) -> None:
    done = run("replay", ".", "--html", "report.html", "--junit", "report.xml", "--json")
    assert done.exit_code == 1
    assert "<script" not in Path("report.html").read_text()
    assert Path("report.xml").read_text().count("<testcase") == 12
    report = json.loads(done.stdout)
    assert [one["case"] for one in report["scenarios"][:2]] == ["typed", "other"]
    assert "x line 10: type 날씨" in done.stderr


def test_wrong_flags(run: Run, folder: Path) -> None:
    for words, said in (
        (["-n", "many"], "neither auto nor a number"),
        (["-n", "0"], "neither auto nor a number"),
        (["--allow", "event.payload.requird"], "did you mean"),
    ):
        done = run("replay", ".", *words)
        assert done.exit_code == 2
        assert said in done.stderr


def test_what_is_allowed_does_not_fail(run: Run, own_place: Path) -> None:
    (own_place / "a.yaml").write_text(
        "mockcloud: 1\ntitle: t\nsteps: [{event: SpeechSynthesizer.SpeechFinished, expect: {status: 204}}]\n"
    )
    assert run("replay", "a.yaml").exit_code == 1
    for code in ("event.payload.required", "*"):
        assert run("replay", "a.yaml", "--allow", code).exit_code == 0


def test_reports_go_into_folders_that_are_not_there_yet(run: Run, folder: Path) -> None:
    run("replay", "s0.yaml", "--junit", "reports/unit/x.xml", "--html", "reports/x.html")
    assert Path("reports/unit/x.xml").is_file()
    assert Path("reports/x.html").is_file()
    (folder / "plain").write_text("")
    done = run("replay", "s0.yaml", "--junit", "plain/x.xml")
    assert done.exit_code == 3
    assert "plain/x.xml cannot be written" in done.stderr


def test_a_folder_with_a_settings_file_and_an_included_one(run: Run, own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("port: 0\n")
    (own_place / "rules").mkdir()
    shared = "mockcloud: 1\ntitle: shared\nrules: [{when: {says: a}, then: [{speak: b}]}]\n"
    (own_place / "rules" / "shared.yaml").write_text(shared)
    (own_place / "a.yaml").write_text(
        "mockcloud: 1\ntitle: t\ninclude: [rules/shared.yaml]\n"
        "steps: [{type: a, expect: {directive: SpeechSynthesizer.Speak, says: b}}]\n"
    )
    done = run("replay", ".")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed"), done.output


def test_a_new_scenario_replays_and_names_its_schema(run: Run, own_place: Path) -> None:
    done = run("new", "scenario", "stories/first.yaml")
    assert done.exit_code == 0, done.output
    first = Path("stories/first.yaml").read_text().splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    schema = json.loads(Path("stories", name).read_text())
    assert schema["properties"]["rules"]["type"] == "array"
    done = run("replay", "stories/first.yaml")
    assert done.exit_code == 0, done.output
    again = run("new", "scenario", "stories/first.yaml")
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    assert run("new", "scenario", "stories/first.yaml", "--force").exit_code == 0
