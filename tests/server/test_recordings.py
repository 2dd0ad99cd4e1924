"""A folder of recordings: what it enrols, and what does not fit."""

from pathlib import Path

import pytest

from mockcloud.errors import UnreadableInput
from mockcloud.server.recordings import load_recordings
from mockcloud.speech.pcm import spoken, to_wav
from mockcloud.speech.transcript import recognise


def test_pairs_are_enrolled_and_recognised(tmp_path: Path) -> None:
    (tmp_path / "weather.wav").write_bytes(to_wav(spoken("오늘 날씨")))
    (tmp_path / "weather.txt").write_text("오늘 날씨 어때\n", "utf-8")
    (tmp_path / "hello.ja.wav").write_bytes(to_wav(spoken("こんにちは", "ja")))
    (tmp_path / "hello.ja.txt").write_text("こんにちは", "utf-8")
    recordings = load_recordings(tmp_path, "ko")
    assert recognise(spoken("오늘 날씨"), recordings, "ko").text == "오늘 날씨 어때"
    assert recognise(spoken("こんにちは", "ja"), recordings, "ja").text == "こんにちは"


def test_everything_that_does_not_fit_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(to_wav(spoken("하나")))
    (tmp_path / "b.wav").write_bytes(b"not a wav")
    (tmp_path / "b.txt").write_text("둘", "utf-8")
    (tmp_path / "c.wav").write_bytes(to_wav(spoken("셋")))
    (tmp_path / "c.txt").write_text("  ", "utf-8")
    with pytest.raises(UnreadableInput) as caught:
        load_recordings(tmp_path, "ko")
    assert [Path(problem.file).name for problem in caught.value.problems] == ["a.wav", "b.wav", "c.wav"]
    assert "no a.txt beside it" in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such folder"):
        load_recordings(tmp_path / "nowhere", "ko")
