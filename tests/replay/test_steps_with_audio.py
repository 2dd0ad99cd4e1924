"""``say: ..., audio: FILE``: what the microphone hears comes from a recording."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcloud.commands.replay import replay as command
from mockcloud.errors import UnreadableInput
from mockcloud.replay import replay
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings
from mockcloud.speech.pcm import silence, spoken, to_wav
from tests.cic.conversation import catalogue

TEXT = """mockcloud: 1
title: A recording is sent
given: {account: {keep_audio: true}}
steps:
  - say: 오늘 날씨 어때
    audio: audio/weather.wav
    expect: {directive: SpeechSynthesizer.Speak}
"""
PCM = spoken("오늘 날씨 어때", "ko") + silence(40) + spoken("오늘", "ko")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "weather.wav").write_bytes(to_wav(PCM))
    file = tmp_path / "a.yaml"
    file.write_text(TEXT)
    return file


def test_the_device_sends_the_recording(scenario: Path) -> None:
    from mockcloud.replay.memory import InMemory
    from mockcloud.replay.world import Opening

    worlds: list[InMemory] = []

    def stage(opening: Opening) -> InMemory:
        worlds.append(InMemory(opening))
        return worlds[-1]

    loaded = load_scenario(scenario.read_text(), file=str(scenario), catalogue=catalogue())
    report = replay(loaded, catalogue=catalogue(), settings=Settings(), stage=stage)
    assert report.passed, report.timeline()
    (event,) = (entry for entry in worlds[0]._account.journal if entry.name == "SpeechRecognizer.Recognize")
    assert event.audio[: len(PCM)] == PCM
    assert event.words == "오늘 날씨 어때"


@pytest.mark.parametrize(("content", "said"), [(None, "No such file or directory"), (b"text", "is not a WAV file")])
def test_a_recording_that_is_none_is_a_mistake_of_the_file(scenario: Path, content: bytes | None, said: str) -> None:
    wav = scenario.parent / "audio" / "weather.wav"
    wav.unlink() if content is None else wav.write_bytes(content)
    result = CliRunner().invoke(command, [str(scenario)], standalone_mode=False)
    assert said in str(result.exception)
    assert f"{scenario}:5" in str(result.exception)


def test_only_what_is_said_has_a_recording() -> None:
    text = TEXT.replace("say: 오늘 날씨 어때", "type: 오늘 날씨 어때")
    with pytest.raises(UnreadableInput, match="`audio` belongs to say"):
        load_scenario(text, file="a.yaml", catalogue=catalogue())
