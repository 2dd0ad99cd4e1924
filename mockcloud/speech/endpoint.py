"""When has the user stopped speaking? Answered by energy alone, in samples received, never in clock time.

    level   loudness of a frame of 20 ms, in whole dB above one step of a 16-bit sample (full scale: 90)
    floor   level of the room: what at least 80 ms of the last 3 s did not exceed
    loud    a frame at least 9 dB above the floor
    speech  loud frames, at least 60 ms of them in a row

Every frame, early ones too, is judged by the floor as it is known *now*. So speech may begin with the very
first sample, when nothing is known of the room: it is recognised for what it was as soon as it gets quiet.
Until then the floor is too high, and soft syllables pass for silence; but speech goes up and down and a room
does not, so the hang-over must be even as well, or three times as long.
Exact zeros are silence, but tell little of the room: devices that gate their microphone send them.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import deque
from math import hypot
from typing import Literal

from mockcloud.speech.pcm import RATE, SAMPLE_BYTES, samples
from mockcloud.vocabulary.value import Value

FRAME_SAMPLES = RATE // 50
_FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES
_EVERY = 4
"""Energy is taken from every fourth sample: within 1 dB of the truth, at a quarter of the price."""
_MEASURED = FRAME_SAMPLES // _EVERY

_DECIBELS = [round(_MEASURED**2 * 10 ** (level / 10)) for level in range(1, 91)]
_LOUD_DB = 9
_FLOOR_FRAMES = 150
_FLOOR_EVIDENCE = 4
_QUIETEST_FLOOR, _LOUDEST_FLOOR = 24, 60
_ZEROS = -1
"""The level of a frame of exact zeros."""
_FLOOR_OF_ZEROS = 40
"""What such a frame counts as for the floor: a room that may well be noisier than the zeros say."""
_EVEN_DB = 4
"""In an even silence seven frames of eight are this close to the floor."""
_UNEVEN_HANG_OVER = 3


def _frames(ms: int) -> int:
    return max(1, ms * RATE // 1000 // FRAME_SAMPLES)


class EndpointSettings(Value, frozen=True):
    """When to stop listening; all in milliseconds of audio, taken in steps of 20 ms.

    `hang_over_ms` of silence after speech ends it, `no_speech_ms` without any speech ends the wait (counted
    from the end of the wake word), `maximum_ms` of audio is the end in any case. Shorter noises than
    `shortest_speech_ms` are not speech.
    """

    hang_over_ms: int = 600
    no_speech_ms: int = 5_000
    maximum_ms: int = 15_000
    shortest_speech_ms: int = 60


class EndOfSpeech(Value, frozen=True):
    """No more audio is needed.

    ``at_sample`` is how many samples had to be received to know it. ``speech_end_sample`` is where speech ended;
    0 if there was none.
    """

    at_sample: int
    reason: Literal["silence", "no-speech", "maximum"]
    speech_end_sample: int


class Endpoint:
    """Listens to one upload. How the audio is cut into pieces makes no difference, odd bytes included.

    ``hold`` is for the initiator PRESS_AND_HOLD: the user's finger says when it ends, so only the maximum does.
    ``wake_word_end`` is ``endIndexInSamples``: what comes before it is not speech, so that a pause after the wake
    word does not end the utterance.
    """

    def __init__(self, settings: EndpointSettings | None = None, *, hold: bool = False, wake_word_end: int = 0) -> None:
        settings = settings or EndpointSettings()
        self.end: EndOfSpeech | None = None
        """Set once, when it is reached."""
        self._hold = hold
        self._first_frame = max(0, -(-wake_word_end // FRAME_SAMPLES))
        self._hang_over = _frames(settings.hang_over_ms)
        self._no_speech = _frames(settings.no_speech_ms) + self._first_frame
        self._maximum = _frames(settings.maximum_ms)
        self._shortest = _frames(settings.shortest_speech_ms)
        self._received = 0
        self._rest = b""
        self._levels: list[int] = []
        self._recent: deque[int] = deque()
        self._sorted: list[int] = []
        self._floor = _QUIETEST_FLOOR
        self._loud = _QUIETEST_FLOOR + _LOUD_DB
        self._run = 0
        self._speech_end = 0

    @property
    def speech_end_sample(self) -> int:
        """Where the last speech heard so far ended, in samples; 0 if there was none."""
        return self._speech_end * FRAME_SAMPLES

    def feed(self, pcm: bytes) -> EndOfSpeech | None:
        """Take some audio (little-endian PCM). Answers once, in the call that reaches the end."""
        if self.end is not None:
            return None
        if self._hold:
            return self._feed_held(pcm)
        block = self._rest + pcm
        whole = len(block) // _FRAME_BYTES * _FRAME_BYTES
        self._rest = block[whole:]
        measured = samples(block[:whole])[::_EVERY]
        for at in range(0, len(measured), _MEASURED):
            self._hear(_level(measured[at : at + _MEASURED]))
            reason = self._decide()
            if reason is not None:
                self.end = EndOfSpeech(len(self._levels) * FRAME_SAMPLES, reason, self.speech_end_sample)
                return self.end
        return None

    def _feed_held(self, pcm: bytes) -> EndOfSpeech | None:
        self._received += len(pcm)
        if self._received >= self._maximum * _FRAME_BYTES:
            maximum = self._maximum * FRAME_SAMPLES
            self.end = EndOfSpeech(maximum, "maximum", maximum)
        return self.end

    def _hear(self, level: int) -> None:
        self._levels.append(level)
        self._floor = self._floor_with(level)
        loud = min(max(self._floor, _QUIETEST_FLOOR), _LOUDEST_FLOOR) + _LOUD_DB
        if loud == self._loud:
            self._judge(len(self._levels) - 1)
            return
        self._loud = loud
        self._run = self._speech_end = 0
        for frame in range(self._first_frame, len(self._levels)):
            self._judge(frame)

    def _floor_with(self, level: int) -> int:
        """The floor, now that a frame of this level has come."""
        if level == _ZEROS:
            level = _FLOOR_OF_ZEROS
        insort(self._sorted, level)
        self._recent.append(level)
        if len(self._recent) > _FLOOR_FRAMES:
            del self._sorted[bisect_left(self._sorted, self._recent.popleft())]
        return self._sorted[min(_FLOOR_EVIDENCE, len(self._sorted)) - 1]

    def _judge(self, frame: int) -> None:
        if self._levels[frame] < self._loud or frame < self._first_frame:
            self._run = 0
            return
        self._run += 1
        if self._run >= self._shortest:
            self._speech_end = frame + 1

    def _decide(self) -> Literal["silence", "no-speech", "maximum"] | None:
        now = len(self._levels)
        if self._speech_end:
            if now - self._speech_end >= self._hang_over and self._is_over():
                return "silence"
        elif now >= self._no_speech:
            return "no-speech"
        return "maximum" if now >= self._maximum else None

    def _is_over(self) -> bool:
        """Whether the silence after speech, long enough as it is, is an even one."""
        quiet = self._levels[self._speech_end :]
        even = max(self._floor, _QUIETEST_FLOOR) + _EVEN_DB
        close = sum(level <= even for level in quiet)
        return 8 * close >= 7 * len(quiet) or len(quiet) >= _UNEVEN_HANG_OVER * self._hang_over


def _level(frame: "array[int]") -> int:
    """Loudness of a frame without its direct current, in dB."""
    # hypot is the fastest sum of squares there is; below 2**53 rounding makes it exact again.
    squares = round(hypot(*frame) ** 2)
    if not squares:
        return _ZEROS
    total = sum(frame)
    return bisect_right(_DECIBELS, _MEASURED * squares - total * total)
