"""``mockcloud replay --device`` and ``--rig``: programs, devices that come by themselves, people that move them."""

import json
import os
import shlex
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.replay import html, junit, replay
from mockcloud.replay.devices import Bench
from mockcloud.replay.hand import Terminal
from mockcloud.replay.report import Report
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings
from tests.commands.conftest import Run

BUNDLED = f"{shlex.quote(sys.executable)} -m mockcloud.client"
HEAD = "mockcloud: 1\ntitle: t\nrules: [{when: {says: 날씨}, then: [{speak: 네}]}]\n"
TYPED = HEAD + (
    "steps:\n  - type: 날씨\n    expect: {event: SpeechSynthesizer.SpeechStarted}\n"
    "  - {advance: 1h}\n  - {press: mic-mute, expect: {observed: led, value: mute}}\n"
)


def wrapped(script: str) -> str:
    """A device that is the bundled one behind a program which changes what it is told or says."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}"


NO_BUTTONS = """
import json, subprocess, sys, threading
device = subprocess.Popen([sys.executable, "-m", "mockcloud.client"], stdin=subprocess.PIPE, text=True)
for line in sys.stdin:
    said = json.loads(line)
    if said["do"] == "press":
        print(json.dumps({"cannot": said["id"], "why": "no buttons"}), flush=True)
    else:
        device.stdin.write(line)
        device.stdin.flush()
"""


RIG = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    print(json.dumps({"observed": "finger", "value": said["button"]}), flush=True)
    print(json.dumps({"done": said["id"]}), flush=True)
"""


def on_bench(text: str, **bench: object) -> Report:
    catalogue = Catalogue.load()
    lines: list[str] = []
    stage = Bench(tls=None, patience=10, show=lines.append, **bench)  # type: ignore[arg-type]
    scenario = load_scenario(text, file="t.yaml", catalogue=catalogue)
    return replay(scenario, catalogue=catalogue, settings=Settings(tls=False), stage=stage)


def test_the_bundled_device_as_a_program(run: Run, own_place: Path) -> None:
    (own_place / "t.yaml").write_text(TYPED)
    done = run("replay", "t.yaml", "--device", BUNDLED, "--json", "--no-input", "--patience", "20s")
    assert done.exit_code == 0, done.output
    (report,) = json.loads(done.stdout)["scenarios"]
    assert report["outcome"] == "passed"
    assert report["way"].startswith("against ")
    assert any("SpeechStarted" in line for line in report["transcript"])
    assert not any("led" in line for line in report["transcript"])


def test_what_a_device_cannot_do_is_skipped_and_never_passed() -> None:
    report = on_bench(TYPED, command=wrapped(NO_BUTTONS))
    assert report.outcome == "skipped"
    assert [(why.said, why.line) for why in report.skipped] == [("press mic-mute: no buttons", 8)]
    assert report.as_json()["passed"] is False
    suite = ET.fromstring(junit([report]))[0]
    assert (suite.get("skipped"), suite.get("failures")) == ("1", "0")
    assert "no buttons" in (suite[0].find("skipped").get("message") or "")  # type: ignore[union-attr]
    assert "1 skipped" in html([report])
    assert "(skipped: no buttons)" in "\n".join(report.timeline())


def test_a_person_does_what_the_device_cannot(own_place: Path) -> None:
    answers, typing = os.pipe()
    asked: list[str] = []

    def show(line: str) -> None:
        asked.append(line)
        os.write(typing, b"\n" if len(asked) == 1 else b"s\n")

    with open(answers) as stdin:
        text = HEAD + "steps: [{press: stop}, {press: next}, {type: 날씨}]\n"
        report = on_bench(text, command=wrapped(NO_BUTTONS), hand=Terminal(stdin, show))
    os.close(typing)
    assert asked[0].startswith("please press the button stop (no buttons), then press Enter")
    assert [why.said for why in report.skipped] == ["press next: the person at the terminal cannot do it"]


def test_everything_skipped_is_no_pass(run: Run, own_place: Path) -> None:
    (own_place / "t.yaml").write_text(HEAD + "steps: [{press: stop}]\n")
    done = run("replay", "t.yaml", "--device", wrapped(NO_BUTTONS), "--no-input", "--patience", "20s")
    assert done.exit_code == 5, done.output
    assert "skip  t" in done.output
    assert "0 passed, 0 failed, 1 skipped" in done.output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-device", "cannot be started: No such file"),
        (wrapped("import sys; sys.exit(4)"), "ended with exit code 4 before it had a downchannel"),
        (wrapped("import time; time.sleep(60)"), "no device opened a downchannel at https://127.0.0.1:"),
    ],
)
def test_a_device_that_never_comes_is_an_exit_code_of_its_own(
    run: Run, own_place: Path, command: str, said: str
) -> None:
    (own_place / "t.yaml").write_text(TYPED)
    done = run("replay", "t.yaml", "--device", command, "--no-input", "--patience", "500ms")
    assert done.exit_code == 3, done.output
    assert said in done.output


def test_a_device_that_ends_in_the_middle_fails_its_scenario() -> None:
    script = NO_BUTTONS.replace('print(json.dumps({"cannot"', 'device.kill(); sys.exit(7); print(json.dumps({"cannot"')
    report = on_bench(TYPED, command=wrapped(script))
    assert report.outcome == "failed"
    assert "ended with exit code 7 while it was needed" in report.failures[0].said
    assert report.failures[0].line == 8


def test_a_device_that_comes_by_itself_keeps_its_name_and_its_tokens() -> None:
    """The scenario calls it by its name, the device by an id of its own; a rig presses its buttons."""
    from mockcloud.client import ReferenceDevice

    catalogue = Catalogue.load()
    invited = threading.Event()
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        invited.set()

    bench = Bench(tls=None, patience=20, show=show, rig=wrapped(RIG))
    over = threading.Event()

    def live() -> None:
        import asyncio
        import re

        async def device() -> None:
            url = re.search(r"at (http\S+)", lines[0])
            secrets = re.search(r"id (\S+), secret (\S+), NAVER token (\S+)", lines[0])
            assert url is not None
            assert secrets is not None
            names = ("client_id", "client_secret", "naver_access_token")
            given = dict(zip(names, secrets.groups(), strict=True))
            async with ReferenceDevice(url[1], device_id="AA:BB:CC:DD:EE:FF", **given):
                await asyncio.to_thread(over.wait)

        invited.wait()
        asyncio.run(device())

    thread = threading.Thread(target=live)
    thread.start()
    text = HEAD.replace("says: 날씨}", "event: Alerts.SetAlertSucceeded, device: hall}").replace(
        "then: [{speak: 네}]", "then: [{push: Notifier.SetIndicator}]"
    )
    text = text.replace("title: t", "title: t\ngiven: {devices: {hall: {}}}") + (
        "steps:\n  - {press: stop, device: hall, expect: {observed: finger, value: stop}}\n"
        "  - push: Alerts.SetAlert\n    device: hall\n    payload: {token: a, type: TIMER, "
        "scheduledTime: '2099-01-01T00:00:00+09:00'}\n    expect: {directive: Notifier.SetIndicator}\n"
    )
    try:
        for _ in range(2):
            scenario = load_scenario(text, file="t.yaml", catalogue=catalogue)
            report = replay(scenario, catalogue=catalogue, settings=Settings(tls=False), stage=bench)
            assert report.passed, [*report.failures, *report.skipped, *report.timeline()]
    finally:
        over.set()
        thread.join()
    assert lines[0].startswith("waiting for a device at http://127.0.0.1:")
    assert len(lines) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--device", "external", "--speed", "2"),
        ("--device", "x", "--rig", "y"),
        ("--rig", "y", "-n", "2"),
        ("--speed", "0"),
        ("--speed", "soon"),
    ],
)
def test_flags_that_do_not_go_together(run: Run, own_place: Path, words: tuple[str, ...]) -> None:
    (own_place / "t.yaml").write_text(TYPED)
    assert run("replay", "t.yaml", *words).exit_code == 2
