"""``mockcloud run -- CMD``, with small Python programs as commands."""

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

BY_TYPING = """
import asyncio
from mockcloud.client import ReferenceDevice

async def main():
    async with ReferenceDevice(speed="max") as device:
        await device.ready()
        assert (await device.type("안녕")).status == 200

asyncio.run(main())
"""
BROKEN = BY_TYPING.replace(
    'device.type("안녕")).status == 200', 'device.send_event("AudioPlayer.PlayStarted", {})).status'
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(program: str, *flags: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "mockcloud", "run", *flags, "--", sys.executable, "-c", program]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)

    return run


def test_a_command_that_does_well(run: Run, tmp_path: Path) -> None:
    done = run(f"{BY_TYPING}\nprint('printed by the command')", "--report", "artefacts", "--json")
    assert done.returncode == 0, done.stderr
    assert "printed by the command" in done.stderr
    shown = json.loads(done.stdout)
    assert (shown["exit_code"], shown["passed"]) == (0, True)
    folder = tmp_path / "artefacts"
    assert sorted(file.name for file in folder.iterdir()) == [
        "journal.ndjson",
        "junit.xml",
        "report.html",
        "report.json",
    ]
    names = [json.loads(line)["name"] for line in (folder / "journal.ndjson").read_text().splitlines()]
    assert "TextRecognizer.Recognize" in names
    assert ET.parse(folder / "junit.xml").find(".//failure") is None


def test_a_scenario_that_does_not_load_is_unreadable_and_nothing_is_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("mockcloud: 1\ntitle: Wrong\nrulez: []\nstepps: []\n")
    done = run("print('started')", "--scenario", "wrong.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "wrong.yaml:3:1: `rulez` is not known" in done.stderr
    assert "wrong.yaml:4:1: `stepps` is not known" in done.stderr


def test_a_message_that_breaks_the_specification_fails(run: Run, tmp_path: Path) -> None:
    done = run(BROKEN, "--junit", "junit.xml")
    assert done.returncode == 1
    assert "event.payload.required: " in done.stderr
    failure = ET.parse(tmp_path / "junit.xml").find(".//failure")
    assert failure is not None
    assert "event.payload.required" in failure.attrib["message"]


def test_an_expectation_that_is_not_met_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "speaks.yaml").write_text(
        "mockcloud: 1\ntitle: Speaks\nsteps:\n  - expect: {event: SpeechRecognizer.Recognize}\n"
    )
    done = run(BY_TYPING, "--scenario", "speaks.yaml")
    assert done.returncode == 1
    assert "speaks.yaml:4: expected event SpeechRecognizer.Recognize" in done.stderr


def test_the_commands_own_code_comes_first(run: Run) -> None:
    done = run("import sys; sys.exit(42)")
    assert done.returncode == 42


def test_a_command_that_never_reaches_the_cloud_has_not_passed(run: Run) -> None:
    done = run("pass")
    assert done.returncode == 5
    assert "nothing ever reached the cloud" in done.stderr


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockcloud", "run", "--", "no-such-command"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 3
    assert "'no-such-command' cannot be started" in done.stderr


def test_who_ends_us_ends_the_command(tmp_path: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "mockcloud", "run", "--", sys.executable, "-c", program]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path)
    assert process.stdout is not None
    with process.stdout as out:
        child = int(out.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
