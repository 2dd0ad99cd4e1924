"""Recordings that steps send as what the microphone hears (``say: ..., audio: FILE``)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.scenario import Scenario, Step
from mockcloud.scenario.model import Say
from mockcloud.speech.pcm import from_wav


def recording(file: str) -> bytes:
    """The samples of a WAV file. Raises `ValueError` that says what is wrong with it."""
    try:
        return from_wav(Path(file).read_bytes())
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from None


def check_recordings(scenario: Scenario) -> None:
    """Raises `UnreadableInput` for every recording of its steps that is not there, or is none."""
    problems = list(_problems(scenario.file, scenario.steps))
    if problems:
        raise UnreadableInput(problems)


def _problems(file: str, steps: Iterable[Step]) -> Iterator[Problem]:
    for step in steps:
        yield from _problems(file, step.parts)
        if isinstance(step.action, Say) and step.action.audio:
            try:
                recording(step.action.audio)
            except ValueError as error:
                hint = "paths are relative to the file they stand in"
                yield Problem(f"{step.action.audio}: {error}", file, step.line, 0, "audio", hint)
