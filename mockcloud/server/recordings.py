"""Enrolled recordings from a folder: ``name.wav`` (16 kHz, 16 bit, mono) with ``name.txt`` (what it says) beside it."""

from pathlib import Path

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.settings import LANGUAGES
from mockcloud.speech.pcm import from_wav
from mockcloud.speech.transcript import Recordings


def load_recordings(folder: Path, lang: str) -> Recordings:
    """Enrol every pair of the folder, in the order of names. ``name.ja.wav`` is Japanese; without it, ``lang``.

    Raises `UnreadableInput` with everything that does not fit.
    """
    recordings, problems = Recordings(), []
    if not folder.is_dir():
        raise UnreadableInput([Problem("there is no such folder of recordings", str(folder))])
    for wav in sorted(folder.glob("*.wav")):
        text = wav.with_suffix(".txt")
        given = wav.stem.rpartition(".")[2]
        try:
            said = text.read_text("utf-8").strip()
            if not said:
                raise ValueError("the text is empty")
            recordings.enrol(from_wav(wav.read_bytes()), said, given if given in LANGUAGES else lang)
        except FileNotFoundError:
            problems.append(Problem(f"no {text.name} beside it", str(wav), hint="write there what the recording says"))
        except (ValueError, OSError) as error:
            problems.append(Problem(str(error), str(wav)))
    if problems:
        raise UnreadableInput(problems)
    return recordings
