"""``mockcloud demo``: the whole product over real sockets, and its judgement."""

import json
from typing import Any

import pytest

from mockcloud.commands import demo
from mockcloud.commands.demo import CHECKS, Evidence, judge
from mockcloud.journal import Entry
from mockcloud.vocabulary import Finding
from tests.commands.conftest import Run, spawned
from tests.patience import PATIENCE


@pytest.mark.spec("C-025", "C-080", "C-107", "C-109")
def test_the_demo_passes_and_shows_what_it_saw() -> None:
    with spawned("demo", "--json") as process:
        stdout, stderr = process.communicate(timeout=PATIENCE)
    verdict = json.loads(stdout)
    assert [check["said"] for check in verdict["checks"] if not check["passed"]] == [], stderr
    assert (process.returncode, verdict["passed"], verdict["trouble"]) == (0, True, "")
    assert len(verdict["checks"]) == len(CHECKS)
    assert "SpeechRecognizer.StopCapture" in stderr
    assert "Traceback" not in stderr


def test_nothing_seen_is_nothing_proved() -> None:
    assert [result.said for result in judge(Evidence([], [])) if result.passed] == [CHECKS[-1].said]


def test_a_violation_is_seen() -> None:
    entry = Entry(0, "default", "event", "in", "event", "Clova.X", findings=(Finding("event.x", "wrong"),))
    assert not judge(Evidence([entry], []))[-1].passed


def test_an_unfinished_conversation_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hold(_: Any) -> Evidence:
        return Evidence([], [], "not seen within 5 s")

    monkeypatch.setattr(demo, "hold", hold)
    done = run("demo")
    assert done.exit_code == 1
    assert "FAIL" in done.stdout
    assert "not seen within 5 s" in done.stdout
