"""Voice out and voice in: deterministic stand-ins, with room for real engines.

    tone        text -> MP3 (a tone a syllable, the text in its tag), silence, melodies; MP3 -> text, duration
    pcm         microphone audio: format, WAV files, a synthetic voice, what is wrong with an upload
    endpoint    has the user stopped speaking?
    transcript  what was said: hash, envelope of enrolled recordings, a recogniser the user brings

Nothing here needs a package, a clock or chance: the same audio gets the same answers on every machine. An
engine of your own is a class that fits `Tts` or `Asr`; `ToneTts` and `RecordedAsr` are the defaults.
"""

from typing import Protocol

from mockcloud.speech.endpoint import EndOfSpeech, Endpoint, EndpointSettings
from mockcloud.speech.tone import Speech, ToneTts
from mockcloud.speech.transcript import (
    Asr,
    AsrStream,
    Listening,
    RecordedAsr,
    Recordings,
    Transcript,
    recognise,
)

__all__ = [
    "Asr",
    "AsrStream",
    "EndOfSpeech",
    "Endpoint",
    "EndpointSettings",
    "Listening",
    "RecordedAsr",
    "Recordings",
    "Speech",
    "ToneTts",
    "Transcript",
    "Tts",
    "recognise",
]


class Tts(Protocol):
    """Turns text into an MP3."""

    @property
    def engine(self) -> str:
        """Name and version (``tone/1``, ``espeak-ng/1.52``): part of the key under which speech is cached."""

    def synthesize(self, text: str, lang: str) -> Speech:
        """Say a text; ``lang`` is ``ko``, ``ja``, ``en`` or whatever else the engine knows."""
