"""``mockcloud record``: from a running cloud, a journal or a file of something else to a scenario that replays."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.speech.pcm import duration_ms, from_wav
from tests.commands.conftest import CloudInThread, Run

SHORT = "mockcloud: 1\ntitle: Short\nrules:\n  - {name: short, when: {says: 짧게}, then: [{speak: 네}]}\n"
STORY = """\
# yaml-language-server: $schema=mockcloud-scenario.schema.json
# Recorded from the account default
mockcloud: 1
title: A short answer
given:
  clock: '2026-01-01T09:00:00+09:00'
rules:
  - name: short
    when: {says: 짧게}
    then:
      - speak: 네
steps:
  - type: 짧게
    expect:
      - {directive: SpeechSynthesizer.Speak, says: 네, as: speak}
      - {event: SpeechSynthesizer.SpeechFinished, payload: {token: '${speak.payload.token}'}}
  - power: off
"""


def converse(run: Run, cloud: CloudInThread, *how: str) -> None:
    """The bundled device connects, asks, hears the answer to its end, and goes; the cloud has noticed it."""
    before = cloud.ask(op.ReadJournal()).body["last_seq"]
    done = run("say", "짧게", *how, *cloud.flags(), "--ca-file", str(cloud.authority.ca_file))
    assert done.exit_code == 0, done.stderr
    gone = op.WaitForJournal(match={"name": "downchannel lost"}, after_seq=before, timeout_ms=60_000)
    assert cloud.ask(gone).body["matched"]


@pytest.fixture
def talk(run: Run, cloud: CloudInThread) -> Iterator[Callable[..., None]]:
    cloud.ask(op.LoadScenario("default", SHORT))
    cloud.ask(op.SetClock(account="default", action="freeze", to="2026-01-01T09:00:00.500+09:00"))
    yield lambda *how: converse(run, cloud, *how)
    cloud.ask(op.SetClock(account="default", action="reset"))


def test_a_running_cloud_is_recorded(
    run: Run, cloud: CloudInThread, talk: Callable[..., None], own_place: Path
) -> None:
    talk("--typed")
    done = run("record", "--title", "A short answer", "--output", "out/story.yaml", *cloud.flags())
    assert done.exit_code == 0, done.stderr
    assert "out/story.yaml: 2 steps; try `mockcloud replay out/story.yaml`" in done.stderr
    assert (own_place / "out/story.yaml").read_text("utf-8") == STORY
    assert json.loads((own_place / "out/mockcloud-scenario.schema.json").read_text("utf-8"))["title"]
    replayed = run("replay", "out/story.yaml")
    assert replayed.exit_code == 0, replayed.output


def test_without_output_the_scenario_is_on_standard_output(
    run: Run, cloud: CloudInThread, talk: Callable[..., None]
) -> None:
    talk("--typed")
    done = run("record", "--title", "A short answer", *cloud.flags())
    assert (done.exit_code, done.stdout, done.stderr) == (0, STORY, "")
    shown = json.loads(run("record", "--json", *cloud.flags()).stdout)
    assert shown["title"] == "짧게, and what followed"
    assert (shown["passed"], shown["steps"], shown["file"], shown["not_replayed"]) == (True, 2, None, [])
    assert shown["scenario"].startswith("# yaml-language-server")


def test_what_was_heard_is_kept_beside_the_scenario(
    run: Run, cloud: CloudInThread, talk: Callable[..., None], own_place: Path
) -> None:
    cloud.ask(op.ChangeAccount("default", {"keep_audio": True}))
    talk()
    cloud.ask(op.ChangeAccount("default", {"keep_audio": False}))
    done = run("record", "-o", "story.yaml", *cloud.flags())
    assert done.exit_code == 0, done.stderr
    assert "1 recordings in story.audio" in done.stderr
    assert "  - say: 짧게\n    audio: story.audio/01.wav\n" in (own_place / "story.yaml").read_text("utf-8")
    assert run("replay", "story.yaml").exit_code == 0
    assert (own_place / "story.audio/01.txt").read_text("utf-8") == "짧게\n"
    assert duration_ms(from_wav((own_place / "story.audio/01.wav").read_bytes())) >= 500


def test_audio_of_a_recording_that_fails_does_not_stay(
    run: Run, cloud: CloudInThread, talk: Callable[..., None], own_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.ask(op.ChangeAccount("default", {"keep_audio": True}))
    talk()
    cloud.ask(op.ChangeAccount("default", {"keep_audio": False}))
    (own_place / "mockcloud-scenario.schema.json").mkdir()
    (own_place / "story.yaml").mkdir()
    done = run("record", "-o", "story.yaml", "--force", *cloud.flags())
    assert done.exit_code in (2, 3)
    (own_place / "story.yaml").rmdir()
    assert not list(own_place.glob("story*"))


GREETER = """\
mockcloud: 1
title: A greeting
given:
  extensions:
    com.example.greeter:
      invocation_names: [인사봇]
      model: {intents: {Greet: {tsv: "[INTENT EXPRESSION]\\n인사해줘\\n"}}}
      answers: [{then: {speak: 안녕하세요}}]
"""


@pytest.mark.parametrize(
    ("flags", "given"),
    [
        ((), "answers:\n        - {when: {intent: Greet}, then: {speak: 안녕하세요}}"),
        (("--extensions", "rules"), "rules:\n  - name: 인사봇에서 인사해줘"),
    ],
)
def test_who_answers_for_extensions_is_chosen(
    run: Run, cloud: CloudInThread, own_place: Path, flags: tuple[str, ...], given: str
) -> None:
    cloud.ask(op.LoadScenario("default", GREETER))
    done = run("say", "인사봇에서 인사해줘", "--typed", *cloud.flags(), "--ca-file", str(cloud.authority.ca_file))
    assert done.exit_code == 0, done.stderr
    done = run("record", "-o", "greeting.yaml", *flags, *cloud.flags())
    assert done.exit_code == 0, done.stderr
    assert given in (own_place / "greeting.yaml").read_text("utf-8")


def test_a_file_does_not_hold_the_models_of_extensions(run: Run) -> None:
    done = run("record", "journal.ndjson", "--extensions", "live")
    assert (done.exit_code, "is for a running cloud" in done.stderr) == (2, True)


def test_what_comes_from_now_on_is_followed_until_it_is_interrupted(
    run: Run, cloud: CloudInThread, talk: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk("--typed")

    def interrupted(_: float) -> None:
        talk("--typed")
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    done = run("record", "--follow", *cloud.flags())
    assert done.exit_code == 0, done.stderr
    assert done.stdout.count("- type: 짧게") == 1
    assert done.stderr.startswith("recording the account default; Ctrl+C ends it\n")


def test_a_recording_begins_after_an_entry(run: Run, cloud: CloudInThread, talk: Callable[..., None]) -> None:
    talk("--typed")
    last = cloud.ask(op.ReadJournal()).body["last_seq"]
    done = run("record", "--after-seq", str(last), *cloud.flags())
    assert (done.exit_code, done.stderr) == (5, "mockcloud: there is nothing in the recording\n")
    talk("--typed")
    assert run("record", "--after-seq", str(last), *cloud.flags()).stdout.count("- type: 짧게") == 1


# Files


@pytest.fixture
def journal(run: Run, cloud: CloudInThread, talk: Callable[..., None], own_place: Path) -> Path:
    talk("--typed")
    (own_place / "journal.ndjson").write_text(run("journal", "--json", *cloud.flags()).stdout, "utf-8")
    return Path("journal.ndjson")


def test_a_saved_journal_is_recorded(run: Run, journal: Path) -> None:
    done = run("record", str(journal), "--title", "A short answer")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == STORY.replace("the account default", "journal.ndjson")


def test_what_is_there_is_not_written_over(run: Run, journal: Path, own_place: Path) -> None:
    (own_place / "story.yaml").write_text("mine")
    done = run("record", str(journal), "-o", "story.yaml")
    assert (done.exit_code, done.stderr) == (2, "mockcloud: story.yaml is there already; --force writes over it\n")
    assert (own_place / "story.yaml").read_text() == "mine"
    assert run("record", str(journal), "-o", "story.yaml", "--force").exit_code == 0
    assert "- type: 짧게" in (own_place / "story.yaml").read_text("utf-8")


def test_what_does_not_pass_is_written_and_said(run: Run, journal: Path, own_place: Path) -> None:
    entries: list[dict[str, Any]] = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    asked = next(entry for entry in entries if entry["name"] == "TextRecognizer.Recognize")
    name = "AudioPlayer.ProgressReportPositionPassed"
    wrong = {**asked, "seq": entries[-1]["seq"] + 1, "name": name, "rule": "report", "words": "", "status": 204}
    wrong["message"] = {"event": {"header": {"namespace": "AudioPlayer", "name": name[12:]}, "payload": {"token": "t"}}}
    (own_place / "odd.ndjson").write_text("\n".join(json.dumps(one) for one in (*entries[:-1], wrong)), "utf-8")
    done = run("record", "odd.ndjson", "-o", "odd.yaml")
    assert done.exit_code == 1
    assert "event.payload.required: AudioPlayer.ProgressReportPositionPassed" in done.stderr
    assert f"- event: {name}" in (own_place / "odd.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", 5, "mockcloud: there is nothing in odd.txt"),
        ("# words", 2, "odd.txt:1:1: "),
        ('{"directive": {}}', 2, "odd.txt: it has no `seq`; expected an entry of the journal"),
    ],
)
def test_files_of_another_kind(run: Run, own_place: Path, text: str, code: int, said: str) -> None:
    (own_place / "odd.txt").write_text(text, "utf-8")
    done = run("record", "odd.txt")
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith(said)


def test_a_file_that_is_not_there(run: Run) -> None:
    done = run("record", "none.har")
    assert (done.exit_code, done.stderr) == (2, "none.har: it cannot be read: No such file or directory\n")


def test_a_server_that_is_not_reached(run: Run) -> None:
    done = run("record", "--control-url", "http://127.0.0.1:1")
    assert done.exit_code == 3
    assert done.stderr.startswith("mockcloud: no mockcloud is reached at http://127.0.0.1:1")


def test_flags_of_a_running_cloud_are_not_for_files(run: Run) -> None:
    done = run("record", "journal.ndjson", "--follow")
    assert done.exit_code == 2
    assert "--follow and --after-seq are for a running cloud" in done.stderr
