"""End of speech: found where it is, in samples, however loud the room and however the audio is cut."""

import math
import operator
from array import array
from collections.abc import Sequence
from functools import lru_cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.speech import EndOfSpeech, Endpoint, EndpointSettings, pcm

TEXTS = ["오늘 날씨 어때", "페퍼로니 피자 2판 주문해줘", "네", "turn on the light", "三枚お願いします"]
HANG_OVER = 600 * 16
TOLERANCE = 40 * 16


@lru_cache(maxsize=4)
def white(seed: int, count: int = 100_000) -> "array[int]":
    """White noise of all the sixteen bits."""
    return array("h", Random(seed).randbytes(2 * count))


def noise(count: int, rms: float, seed: int = 1) -> bytes:
    amplitude = rms * math.sqrt(3) / 2**15
    return pcm.pcm_of(array("h", (round(amplitude * value) for value in white(seed)[:count])))


def frames(levels: Sequence[int]) -> bytes:
    """Noise whose level, in dB above one step, is given for each 20 ms."""
    loud = [10 ** (level / 20) * math.sqrt(3) / 2**15 for level in levels]
    return pcm.pcm_of(array("h", (round(loud[at // 320] * v) for at, v in enumerate(white(1)[: 320 * len(loud)]))))


def mixed(one: bytes, other: bytes) -> bytes:
    sums = list(map(operator.add, pcm.samples(one), pcm.samples(other)))
    if sums and not -32768 <= min(sums) <= max(sums) <= 32767:
        sums = [max(-32768, min(32767, value)) for value in sums]
    return pcm.pcm_of(array("h", sums))


def louder(sound: bytes, gain: float) -> bytes:
    return pcm.pcm_of(array("h", (max(-32768, min(32767, round(gain * a))) for a in pcm.samples(sound))))


def rms_of(sound: bytes) -> float:
    return math.sqrt(sum(a * a for a in pcm.samples(sound)) / (len(sound) // 2))


def end_of(audio: bytes, chunk: int = pcm.CHUNK_BYTES, **how: object) -> EndOfSpeech | None:
    endpoint = Endpoint(**how)  # type: ignore[arg-type]
    answers = [endpoint.feed(audio[at : at + chunk]) for at in range(0, len(audio), chunk)]
    found = [answer for answer in answers if answer is not None]
    assert len(found) <= 1
    assert endpoint.end == (found[0] if found else None)
    return endpoint.end


@pytest.mark.parametrize("lead_ms", [0, 500])
@pytest.mark.parametrize("decibels", [None, 30, 20, 10])
@pytest.mark.parametrize("text", TEXTS)
def test_the_end_is_found_a_hang_over_after_speech(text: str, decibels: int | None, lead_ms: int) -> None:
    speech = pcm.spoken(text)
    audio = pcm.silence(lead_ms) + speech + pcm.silence(1000)
    if decibels is not None:
        audio = mixed(audio, noise(len(audio) // 2, rms_of(speech) * 10 ** (-decibels / 20)))
    true_end = lead_ms * 16 + len(speech) // 2
    found = end_of(audio)
    assert found is not None
    assert found.reason == "silence"
    assert abs(found.speech_end_sample - true_end) <= TOLERANCE
    assert found.at_sample - found.speech_end_sample == HANG_OVER


@settings(max_examples=25)
@given(st.sampled_from(TEXTS), st.integers(0, 700), st.integers(0, 2**32), st.floats(0.2, 1.5))
def test_the_end_is_found_in_any_noise_20_db_below(text: str, lead_ms: int, seed: int, gain: float) -> None:
    speech = louder(pcm.spoken(text), gain)
    audio = pcm.silence(lead_ms) + speech + pcm.silence(900)
    audio = mixed(audio, noise(len(audio) // 2, rms_of(speech) / 10, seed))
    found = end_of(audio)
    assert found is not None
    assert abs(found.at_sample - (lead_ms * 16 + len(speech) // 2 + HANG_OVER)) <= TOLERANCE


QUIET_ROOM = noise(16 * 2300, 60)
CUT_ANYWHERE = QUIET_ROOM[:9600] + pcm.spoken("거실 불 꺼줘") + QUIET_ROOM[9600:]


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=30))
def test_how_the_audio_is_cut_makes_no_difference(sizes: list[int]) -> None:
    endpoint, at, found = Endpoint(), 0, None
    while at < len(CUT_ANYWHERE) and found is None:
        size = sizes[at % len(sizes)]
        found = endpoint.feed(CUT_ANYWHERE[at : at + size])
        at += size
    assert found == end_of(CUT_ANYWHERE, len(CUT_ANYWHERE))
    assert found is not None


def test_pauses_between_words_do_not_end_it() -> None:
    words = pcm.spoken("거실") + pcm.silence(450) + pcm.spoken("불") + pcm.silence(450) + pcm.spoken("꺼줘")
    found = end_of(words + pcm.silence(1000))
    assert found is not None
    assert abs(found.speech_end_sample - len(words) // 2) <= TOLERANCE


def test_soft_syllables_after_a_loud_first_one_are_no_silence() -> None:
    """Nothing is known of the room when speech begins at once: levels of a real sentence, softly spoken."""
    loud = [49, 56, 55, 55, 52]
    soft = [46, 45, 45, 49, 48, 47, 47, 47, 45, 45, 45, 48, 55, 55, 53, 51, 51, 49, 47, 45, 43, 43, 45, 44, 49, 53]
    speech = frames(loud + soft + soft)
    found = end_of(speech + frames([20] * 60))
    assert found is not None
    assert abs(found.speech_end_sample - len(speech) // 2) <= TOLERANCE
    assert found.at_sample - found.speech_end_sample == HANG_OVER


def test_an_uneven_room_ends_it_later_but_does() -> None:
    speech = pcm.spoken("볼륨 올려")
    found = end_of(speech + frames([30, 36] * 100))
    assert found is not None
    assert (found.reason, found.at_sample - found.speech_end_sample) == ("silence", 3 * HANG_OVER)


def test_a_very_quiet_room_is_even_enough() -> None:
    speech = pcm.spoken("볼륨 올려")
    found = end_of(speech + frames([6, 18] * 50))
    assert found is not None
    assert found.at_sample - found.speech_end_sample == HANG_OVER


def test_exact_zeros_are_silence() -> None:
    assert end_of(pcm.silence(6000)) == EndOfSpeech(80_000, "no-speech", 0)


@pytest.mark.parametrize("rms", [1, 30, 300, 1000])
def test_a_steady_room_is_no_speech(rms: int) -> None:
    assert end_of(noise(96_000, rms)) == EndOfSpeech(80_000, "no-speech", 0)


def test_zeros_before_the_microphone_opens_do_not_make_the_room_speech() -> None:
    speech = pcm.spoken("볼륨 올려")
    room = noise(16 * 300, 150)
    audio = pcm.silence(200) + room + speech + noise(16 * 1000, 150)
    found = end_of(audio)
    assert found is not None
    assert abs(found.speech_end_sample - (16 * 500 + len(speech) // 2)) <= TOLERANCE


def test_a_click_is_no_speech() -> None:
    audio = bytearray(pcm.silence(6000))
    audio[32_000:32_320] = noise(160, 9000)
    assert end_of(bytes(audio)) == EndOfSpeech(80_000, "no-speech", 0)


def test_speech_without_end_is_cut_at_the_maximum() -> None:
    endless = pcm.spoken("가나다라마바사 " * 20)
    assert pcm.duration_ms(endless) > 15_000
    found = end_of(endless)
    assert found is not None
    assert (found.reason, found.at_sample) == ("maximum", 240_000)


def test_pressing_and_holding_ends_only_at_the_maximum() -> None:
    speech = pcm.spoken("네")
    assert end_of(speech + pcm.silence(10_000), hold=True) is None
    assert end_of(speech + pcm.silence(15_000), hold=True) == EndOfSpeech(240_000, "maximum", 240_000)
    assert end_of(speech + pcm.silence(15_000), 999, hold=True) == EndOfSpeech(240_000, "maximum", 240_000)


def test_a_pause_after_the_wake_word_does_not_end_it() -> None:
    wake, speech = pcm.silence(300) + pcm.spoken("클로바"), pcm.spoken("오늘 날씨")
    audio = wake + pcm.silence(900) + speech + pcm.silence(1000)
    without, found = end_of(audio), end_of(audio, wake_word_end=len(wake) // 2)
    assert without is not None
    assert without.speech_end_sample < len(wake) // 2 + TOLERANCE
    assert found is not None
    assert abs(found.speech_end_sample - (len(audio) // 2 - 16_000)) <= TOLERANCE


def test_waiting_for_speech_begins_behind_the_wake_word() -> None:
    audio = pcm.spoken("클로바") + pcm.silence(7000)
    assert end_of(audio, wake_word_end=16_000) == EndOfSpeech(96_000, "no-speech", 0)


def test_all_times_are_settings() -> None:
    quick = EndpointSettings(hang_over_ms=200, no_speech_ms=1000, maximum_ms=3000)
    assert end_of(pcm.silence(2000), settings=quick) == EndOfSpeech(16_000, "no-speech", 0)
    found = end_of(pcm.spoken("네") + pcm.silence(1000), settings=quick)
    assert found is not None
    assert found.at_sample - found.speech_end_sample == 200 * 16
    found = end_of(pcm.spoken("가나다라마바사 " * 4), settings=quick)
    assert found is not None
    assert (found.reason, found.at_sample) == ("maximum", 48_000)


def test_nothing_happens_after_the_end() -> None:
    endpoint = Endpoint()
    assert endpoint.feed(pcm.silence(6000)) is not None
    assert endpoint.feed(pcm.spoken("네") + pcm.silence(6000)) is None
    assert endpoint.end == EndOfSpeech(80_000, "no-speech", 0)


def test_direct_current_is_no_sound() -> None:
    offset = pcm.pcm_of(array("h", [4000]) * 96_000)
    assert end_of(mixed(offset, noise(96_000, 20))) == EndOfSpeech(80_000, "no-speech", 0)
