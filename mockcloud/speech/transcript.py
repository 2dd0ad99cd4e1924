"""What was said in a recording, found without a recogniser where possible.

In this order: a queued utterance, which the caller knows; the SHA-256 of the sound, for a client that sends an
enrolled file; the likeness of its energy envelope to enrolled recordings, for a microphone; a recogniser that
the user brings; otherwise nothing is understood. `Transcript.how` says which it was.

The envelope has four loudnesses every 10 ms: of the signal, of its first and second difference and of the sum
of every other sample, which together tell vowels from hisses at no cost. Cut to the utterance, each around its
mean, two envelopes are compared as vectors at every shift up to 250 ms; the score is the cosine, in thousandths.
Integers throughout: the same audio gets the same score on every machine.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isqrt
from operator import mul
from typing import Literal, Protocol

from msgspec.structs import replace

from mockcloud.speech.endpoint import EndOfSpeech, Endpoint, EndpointSettings
from mockcloud.speech.pcm import BYTES_A_MS, RATE, SAMPLE_BYTES, samples
from mockcloud.vocabulary.value import Value

ACCEPT = 750
"""The least score (of 1000) at which an envelope counts as the same utterance."""
MARGIN = 50
"""How far the next best text has to be behind."""
LONGEST_UPLOAD_MS = 60_000
"""No more audio than this is kept."""
_LONGEST_BYTES = LONGEST_UPLOAD_MS * BYTES_A_MS

How = Literal["queued", "hash", "fingerprint", "recogniser", "none"]


class Transcript(Value, frozen=True):
    """A text, how it was found and how sure that is (0..1000); ``none`` has an empty text.

    ``runners_up`` are other texts that sounded similar with their scores, best first; with ``how="none"`` the
    first of them is what came nearest.
    """

    text: str
    how: How
    score: int = 0
    runners_up: tuple[tuple[str, int], ...] = ()


NOT_UNDERSTOOD = Transcript("", "none")


def queued(text: str) -> Transcript:
    """What the caller said beforehand that the next audio means."""
    return Transcript(text, "queued", 1000)


class AsrStream(Protocol):
    """One upload being recognised."""

    def feed(self, pcm: bytes) -> EndOfSpeech | None:
        """Take some audio, cut anywhere. Answers once, when no more of it is needed."""

    def close(self) -> Transcript:
        """No more audio comes: what was said? May take long; a driver calls it in a thread."""


class Asr(Protocol):
    """Turns microphone audio (`pcm`) into text."""

    def open(self, lang: str, *, hold: bool = False, wake_word_end: int = 0) -> AsrStream:
        """Begin an upload. ``lang`` is ``ko``, ``ja`` or ``en``; ``hold`` and ``wake_word_end`` as in `Endpoint`."""


# ---- what is known


class Recording(Value, frozen=True):
    """An enrolled utterance: what was said, and what it takes to know it again."""

    text: str
    lang: str
    sha256: str
    envelope: "Envelope | None"


@dataclass(slots=True)
class Recordings:
    """Enrolled utterances, in the order of enrolment; plain data."""

    known: list[Recording] = field(default_factory=list)

    def enrol(self, pcm: bytes, text: str, lang: str = "ko") -> Recording:
        """Remember that this audio says this text. About 6 ms for 2 s of audio.

        Raises `ValueError` for audio without any sound.
        """
        if not pcm.strip(b"\0"):
            raise ValueError(f"the recording of {text!r} is silent from beginning to end")
        recording = Recording(text, lang, digest(pcm), envelope(pcm))
        self.known.append(recording)
        return recording

    def with_digest(self, sha256: str, lang: str) -> Transcript | None:
        """What an upload says whose `digest` is that of an enrolled recording."""
        for recording in self.known:
            if recording.sha256 == sha256 and recording.lang == lang:
                return Transcript(recording.text, "hash", 1000)
        return None


def digest(pcm: bytes) -> str:
    """SHA-256 of the sound: zeros around it (a client that pads, or waits for StopCapture) do not count."""
    return sha256(pcm.strip(b"\0")).hexdigest()


def recognise(
    pcm: bytes, recordings: Recordings, lang: str, *, wake_word_end: int = 0, otherwise: Asr | None = None
) -> Transcript:
    """What an upload says: by hash, by envelope, or by the recogniser in ``otherwise``.

    ``wake_word_end`` is ``endIndexInSamples``: the part before it is cut off first. If nothing is found then, the
    whole upload is tried, since a recording may have been enrolled with its wake word. Some 20 ms for 2 s of
    audio and 100 recordings, so not for an event loop.
    """
    cut = pcm[max(wake_word_end, 0) * SAMPLE_BYTES :]
    uploads = [cut, pcm] if 0 < len(cut) < len(pcm) else [pcm]
    for upload in uploads:
        if found := recordings.with_digest(digest(upload), lang):
            return found
    missed = NOT_UNDERSTOOD
    for upload in uploads:
        found = _most_alike(upload, recordings, lang)
        if found.text:
            return found
        missed = missed if missed.runners_up else found
    if otherwise is not None:
        stream = otherwise.open(lang, wake_word_end=wake_word_end)
        stream.feed(pcm)
        heard = stream.close()
        if heard.text:
            return replace(heard, how="recogniser")
    return missed


class Listening:
    """One upload: finds its end, hashes its sound and keeps it for `recognise` (an `AsrStream`).

    Audio after the end of speech is taken and not used (C-082), nor is any after `LONGEST_UPLOAD_MS`.
    """

    def __init__(
        self,
        lang: str = "ko",
        *,
        settings: EndpointSettings | None = None,
        hold: bool = False,
        wake_word_end: int = 0,
        recordings: Recordings | None = None,
        otherwise: Asr | None = None,
    ) -> None:
        self.lang = lang
        self.wake_word_end = wake_word_end
        self.received = 0
        """Bytes of audio so far, unused ones included."""
        self._endpoint = Endpoint(settings, hold=hold, wake_word_end=wake_word_end)
        self._recordings = recordings or Recordings()
        self._otherwise = otherwise
        self._pcm = bytearray()
        self._hash = sha256()
        self._to_skip = max(wake_word_end, 0) * SAMPLE_BYTES
        self._zeros = 0
        self._sounded = False

    @property
    def end(self) -> EndOfSpeech | None:
        """The end of speech, once it was found."""
        return self._endpoint.end

    @property
    def pcm(self) -> bytes:
        """The audio that is used, the wake word included."""
        return bytes(self._pcm)

    @property
    def sha256(self) -> str:
        """`digest` of the audio after the wake word, as far as it has come."""
        return self._hash.hexdigest()

    def feed(self, pcm: bytes) -> EndOfSpeech | None:
        self.received += len(pcm)
        if self.end is not None:
            return None
        ended = self._endpoint.feed(pcm)
        used = pcm[: (_LONGEST_BYTES if ended is None else ended.at_sample * SAMPLE_BYTES) - len(self._pcm)]
        self._pcm += used
        skipped = min(self._to_skip, len(used))
        self._to_skip -= skipped
        self._digest(used[skipped:])
        return ended

    def close(self) -> Transcript:
        return recognise(
            self.pcm,
            self._recordings,
            self.lang,
            wake_word_end=self.wake_word_end,
            otherwise=self._otherwise,
        )

    def _digest(self, pcm: bytes) -> None:
        """Zeros are hashed only when something comes before and after them."""
        body = pcm.rstrip(b"\0")
        if not body:
            self._zeros += len(pcm)
            return
        if self._sounded:
            self._hash.update(bytes(self._zeros))
            self._hash.update(body)
        else:
            self._hash.update(body.lstrip(b"\0"))
        self._sounded = True
        self._zeros = len(pcm) - len(body)


class RecordedAsr(Value, frozen=True):
    """The recogniser that comes with the product: it knows what was enrolled (an `Asr`)."""

    recordings: Recordings
    settings: EndpointSettings = EndpointSettings()
    otherwise: Asr | None = None

    def open(self, lang: str, *, hold: bool = False, wake_word_end: int = 0) -> Listening:
        return Listening(
            lang,
            settings=self.settings,
            hold=hold,
            wake_word_end=wake_word_end,
            recordings=self.recordings,
            otherwise=self.otherwise,
        )


# ---- likeness


class Envelope(Value, frozen=True):
    """The loudness of an utterance over time.

    ``values`` are groups of four numbers, one group every 10 ms, each of the four around its own mean.
    """

    values: tuple[int, ...]
    length: int
    """Euclidean length of ``values``."""
    outline: tuple[int, ...]
    """The same in 24 groups, whatever the duration."""
    outline_length: int


_BANDS = 4
_STEP = RATE // 100
_HALF_STEP_BYTES = _STEP // 2 * SAMPLE_BYTES
_SHORTEST_FRAMES = 8
_MOST_SHIFT = 25
_OUTLINE_FRAMES = 24
_CANDIDATES = 8
_RUNNERS_UP = 3

_TENTHS = [round(10 ** (tenth / 100)) for tenth in range(1, 1250)]
"""Energies at which the level is a tenth of a decibel higher."""
_DYNAMICS = 250
"""What is more than 25 dB below the peak is as good as silent."""
_TRIM_PERCENT = 35


def envelope(pcm: bytes) -> Envelope | None:
    """The envelope of the utterance in it, or ``None`` if there is hardly any sound."""
    bands = _bands(samples(pcm))
    if not bands[0]:
        return None
    loudness = sorted(bands[0])
    peak, floor = loudness[len(loudness) * 97 // 100], loudness[len(loudness) * 5 // 100]
    floor = max(floor, peak - _DYNAMICS)
    first, last = _extent(bands[0], floor + (peak - floor) * _TRIM_PERCENT // 100)
    if last - first < _SHORTEST_FRAMES:
        return None
    channels = [_around_mean(_at_least(max(band) - _DYNAMICS, band[first:last])) for band in bands]
    return _envelope(channels)


def likeness(one: Envelope, other: Envelope) -> int:
    """How much alike two utterances are, 0..1000, at the best shift within 250 ms."""
    at = max(range(-_MOST_SHIFT, _MOST_SHIFT + 1, 2), key=lambda shift: _overlap(one, other, shift))
    best = max(_overlap(one, other, shift) for shift in (at - 1, at, at + 1))
    return _cosine(best, one.length, other.length)


def _overlap(one: Envelope, other: Envelope, shift: int) -> int:
    """The scalar product of two envelopes, ``one`` beginning so many frames earlier."""
    at = shift * _BANDS
    if at >= 0:
        return sum(map(mul, one.values[at:], other.values))
    return sum(map(mul, one.values, other.values[-at:]))


def _most_alike(pcm: bytes, recordings: Recordings, lang: str) -> Transcript:
    """The text that sounds most alike. Frames may fall between those of the recording, hence a second look."""
    known = [recording for recording in recordings.known if recording.lang == lang]
    best: dict[str, int] = {}
    for heard in (envelope(pcm), envelope(pcm[_HALF_STEP_BYTES:])) if known else ():
        if heard is None:
            continue
        for recording in _preselected(heard, known):
            if recording.envelope is not None:
                score = likeness(heard, recording.envelope)
                best[recording.text] = max(score, best.get(recording.text, 0))
    ranking = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    if not ranking:
        return NOT_UNDERSTOOD
    (text, score), *others = ranking
    if score >= ACCEPT and (not others or score - others[0][1] >= MARGIN):
        return Transcript(text, "fingerprint", score, tuple(others[:_RUNNERS_UP]))
    return Transcript("", "none", 0, tuple(ranking[:_RUNNERS_UP]))


def _preselected(heard: Envelope, known: Sequence[Recording]) -> list[Recording]:
    """The recordings whose outline is most alike; of equals, the one enrolled first."""

    def unlikeness(recording: Recording) -> int:
        other = recording.envelope
        if other is None:
            return 0
        dot = sum(map(mul, heard.outline, other.outline))
        return -_cosine(dot, heard.outline_length, other.outline_length)

    return sorted(known, key=unlikeness)[:_CANDIDATES]


def _bands(values: "array[int]") -> list[list[int]]:
    """Four loudnesses, in tenths of a decibel, of each 10 ms.

    The energies of the differences follow from three products a sample: with r0, r1 and r2 the sums of x[n] times
    itself, x[n-1] and x[n-2], they are 2 (r0 - r1), 6 r0 - 8 r1 + 2 r2 and 2 (r0 + r2).
    """
    bands: list[list[int]] = [[] for _ in range(_BANDS)]
    for at in range(0, len(values) - _STEP - 1, _STEP):
        here = values[at : at + _STEP]
        r0 = sum(map(mul, here, here))
        r1 = sum(map(mul, here, values[at + 1 : at + 1 + _STEP]))
        r2 = sum(map(mul, here, values[at + 2 : at + 2 + _STEP]))
        for band, energy in zip(bands, (r0, 2 * (r0 - r1), 6 * r0 - 8 * r1 + 2 * r2, 2 * (r0 + r2)), strict=True):
            band.append(bisect_right(_TENTHS, energy))
    return bands


def _extent(loudness: Sequence[int], threshold: int) -> tuple[int, int]:
    """From the first to behind the last of the frames at or above the threshold; clicks do not count."""
    loud = [level >= threshold for level in loudness]
    lasting = [at for at in range(len(loud) - 1) if loud[at] and loud[at + 1]]
    return (lasting[0], lasting[-1] + 2) if lasting else (0, 0)


def _at_least(level: int, band: Sequence[int]) -> list[int]:
    return [max(value, level) for value in band]


def _around_mean(band: Sequence[int]) -> list[int]:
    mean = sum(band) // len(band)
    return [value - mean for value in band]


def _envelope(channels: Sequence[Sequence[int]]) -> Envelope:
    values = tuple(value for frame in zip(*channels, strict=True) for value in frame)
    count = len(channels[0])
    groups = [(at * count // _OUTLINE_FRAMES, (at + 1) * count // _OUTLINE_FRAMES) for at in range(_OUTLINE_FRAMES)]
    outline = tuple(
        sum(channel[begin : max(end, begin + 1)]) // max(end - begin, 1)
        for begin, end in groups
        for channel in channels
    )
    return Envelope(values, _length(values), outline, _length(outline))


def _length(vector: Sequence[int]) -> int:
    return isqrt(sum(map(mul, vector, vector)))


def _cosine(dot: int, one_length: int, other_length: int) -> int:
    return min(max(dot, 0) * 1000 // max(one_length * other_length, 1), 1000)
