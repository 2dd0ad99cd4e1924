"""What was said: by hash, by envelope, by a recogniser that the user brings, or not at all."""

from array import array
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.speech import (
    Asr,
    EndOfSpeech,
    EndpointSettings,
    Listening,
    RecordedAsr,
    Recordings,
    Transcript,
    pcm,
    recognise,
    transcript,
)

TEXTS = [
    "오늘 날씨 어때",
    "거실 불 켜줘",
    "거실 불 꺼줘",
    "볼륨 올려",
    "페퍼로니 피자 2판 주문해줘",
    "서울에서 부산까지 얼마나 걸려",
    "내일 일곱시에 알람 맞춰줘",
    "다음 곡",
    "주사위를 세번 굴려줘",
    "엔화 환율 알려줘",
    "음악 틀어줘",
    "그만 들을래",
]


def enrolled(texts: list[str], lang: str = "ko") -> Recordings:
    recordings = Recordings()
    for text in texts:
        recordings.enrol(pcm.spoken(text, lang), text, lang)
    return recordings


LIBRARY = enrolled(TEXTS)


def heard(sound: bytes, gain: float = 1, noise_db: int | None = None, seed: int = 1) -> bytes:
    """The sound as a microphone takes it."""
    samples = pcm.samples(sound)
    changed = [gain * sample for sample in samples]
    if noise_db is not None:
        loud = [sample for sample in samples if sample]
        rms = (sum(sample * sample for sample in loud) / len(loud)) ** 0.5
        amplitude = rms * gain * 10 ** (-noise_db / 20) * 3**0.5 / 2**15
        white = array("h", Random(seed).randbytes(2 * len(samples)))
        changed = [sample + amplitude * noise for sample, noise in zip(changed, white, strict=True)]
    return pcm.pcm_of(array("h", (max(-32768, min(32767, round(sample))) for sample in changed)))


class Parrot:
    """A recogniser that answers one text and remembers what it was given."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fed = b""
        self.opened: list[tuple[str, int]] = []

    def open(self, lang: str, *, hold: bool = False, wake_word_end: int = 0) -> "Parrot":
        self.opened.append((lang, wake_word_end))
        return self

    def feed(self, pcm: bytes) -> EndOfSpeech | None:
        self.fed += pcm
        return None

    def close(self) -> Transcript:
        return Transcript(self.text, "none", 640)


def test_an_enrolled_recording_is_known_by_its_hash() -> None:
    assert recognise(pcm.spoken(TEXTS[3]), LIBRARY, "ko") == Transcript(TEXTS[3], "hash", 1000)


@given(st.integers(0, 900), st.integers(0, 900))
def test_zeros_around_it_do_not_change_the_hash(before_ms: int, after_ms: int) -> None:
    audio = pcm.silence(before_ms) + pcm.spoken(TEXTS[7]) + pcm.silence(after_ms)
    assert recognise(audio, LIBRARY, "ko").how == "hash"


@settings(max_examples=30)
@given(st.sampled_from(TEXTS), st.integers(0, 12_000), st.floats(0.1, 1.4))
def test_spoken_texts_are_told_apart_after_gain_and_padding(text: str, padding: int, gain: float) -> None:
    audio = bytes(2 * padding) + heard(pcm.spoken(text), gain) + pcm.silence(500)
    found = recognise(audio, LIBRARY, "ko")
    assert found.text == text
    assert found.how in ("fingerprint", "hash")
    assert found.score >= transcript.ACCEPT
    assert all(found.score - score >= transcript.MARGIN for _, score in found.runners_up)


@pytest.mark.parametrize("text", TEXTS)
def test_spoken_texts_are_told_apart_in_noise_20_db_below(text: str) -> None:
    audio = heard(pcm.silence(310) + pcm.spoken(text) + pcm.silence(600), 0.7, noise_db=20)
    found = recognise(audio, LIBRARY, "ko")
    assert (found.text, found.how) == (text, "fingerprint")


def test_half_a_frame_of_padding_does_not_blur_it() -> None:
    audio = bytes(2 * 80) + heard(pcm.spoken(TEXTS[4]), 0.5)
    assert recognise(audio, LIBRARY, "ko").score > 990


@pytest.mark.parametrize("text", ["창문 열어 주세요", "택시 불러줘", "지금 몇시야", "what time is it"])
def test_what_was_not_enrolled_is_not_understood_and_says_what_came_nearest(text: str) -> None:
    found = recognise(pcm.spoken(text), LIBRARY, "ko")
    assert (found.text, found.how, found.score) == ("", "none", 0)
    assert found.runners_up
    assert list(found.runners_up) == sorted(found.runners_up, key=lambda item: -item[1])


def test_two_texts_that_sound_alike_are_not_guessed_between() -> None:
    recordings = Recordings()
    recordings.enrol(pcm.spoken("거실 불 켜줘"), "거실 불 켜줘")
    recordings.enrol(heard(pcm.spoken("거실 불 켜줘"), 0.9), "거실 불 꺼줘")
    found = recognise(heard(pcm.spoken("거실 불 켜줘"), 0.5), recordings, "ko")
    assert found.how == "none"
    assert {text for text, _ in found.runners_up} == {"거실 불 켜줘", "거실 불 꺼줘"}


def test_several_recordings_of_one_text_are_no_rivals() -> None:
    recordings = Recordings()
    for gain in (1, 0.9, 0.8):
        recordings.enrol(heard(pcm.spoken("다음 곡"), gain), "다음 곡")
    assert recognise(heard(pcm.spoken("다음 곡"), 0.5), recordings, "ko").text == "다음 곡"


def test_only_recordings_of_the_language_count() -> None:
    recordings = enrolled(["2"], "ja")
    assert recognise(pcm.spoken("2", "ja"), recordings, "ja").how == "hash"
    assert recognise(pcm.spoken("2", "ja"), recordings, "ko").how == "none"


@pytest.mark.parametrize("audio", [b"", b"\1", pcm.silence(2000), pcm.spoken("네")[:800]])
def test_hardly_any_audio_is_not_understood(audio: bytes) -> None:
    assert recognise(audio, LIBRARY, "ko").text == ""


def test_silence_cannot_be_enrolled() -> None:
    with pytest.raises(ValueError, match="silent"):
        Recordings().enrol(pcm.silence(300), "네")


@pytest.mark.spec("D-072")
def test_the_wake_word_is_cut_off_before_matching() -> None:
    wake = pcm.silence(300) + pcm.spoken("클로바")
    audio = wake + pcm.spoken(TEXTS[2])
    assert recognise(audio, LIBRARY, "ko", wake_word_end=len(wake) // 2).how == "hash"
    assert recognise(audio, LIBRARY, "ko").how != "hash"


def test_a_recording_may_have_been_enrolled_with_its_wake_word() -> None:
    recordings = enrolled(["클로바 볼륨 올려"])
    audio = pcm.spoken("클로바 볼륨 올려")
    for end in (8000, len(audio) // 2, 10**9):
        assert recognise(audio, recordings, "ko", wake_word_end=end).text == "클로바 볼륨 올려"


def test_a_recogniser_of_the_user_comes_last() -> None:
    parrot: Asr = (mine := Parrot("창문 열어"))
    known, unknown = pcm.spoken(TEXTS[0]), pcm.spoken("창문 열어")
    assert recognise(known, LIBRARY, "ko", otherwise=parrot).how == "hash"
    assert mine.opened == []
    found = recognise(unknown, LIBRARY, "ko", wake_word_end=10, otherwise=parrot)
    assert (found.text, found.how, found.score) == ("창문 열어", "recogniser", 640)
    assert (mine.opened, mine.fed) == ([("ko", 10)], unknown)


def test_a_recogniser_that_hears_nothing_leaves_the_nearest_text() -> None:
    found = recognise(pcm.spoken("창문 열어"), LIBRARY, "ko", otherwise=Parrot(""))
    assert found.how == "none"
    assert found.runners_up


def test_a_queued_utterance_is_certain() -> None:
    assert transcript.queued("네") == Transcript("네", "queued", 1000)


# ---- one upload


AUDIO = pcm.silence(250) + pcm.spoken("클로바") + pcm.silence(150) + pcm.spoken(TEXTS[4]) + pcm.silence(2000)


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=30), st.sampled_from([0, 4001, 13_000, 10**9]))
def test_how_an_upload_is_cut_makes_no_difference(sizes: list[int], wake_word_end: int) -> None:
    whole, pieces = (Listening(wake_word_end=wake_word_end) for _ in range(2))
    whole.feed(AUDIO)
    at = 0
    while at < len(AUDIO):
        size = sizes[at % len(sizes)]
        pieces.feed(AUDIO[at : at + size])
        at += size
    assert (pieces.end, pieces.sha256, pieces.pcm) == (whole.end, whole.sha256, whole.pcm)
    assert pieces.received == whole.received == len(AUDIO)


@given(st.lists(st.sampled_from([b"\0", b"\0\0\0", b"\1", b"\0\2\0", b"\3\0\0"]), max_size=12))
def test_the_digest_of_an_upload_is_that_of_its_audio(pieces: list[bytes]) -> None:
    upload = Listening(hold=True)
    for piece in pieces:
        upload.feed(piece)
    assert upload.sha256 == transcript.digest(b"".join(pieces))
    assert upload.sha256 == sha256(b"".join(pieces).strip(b"\0")).hexdigest()


@pytest.mark.spec("C-082")
def test_audio_after_the_end_of_speech_is_taken_but_not_used() -> None:
    upload = Listening()
    ends = [upload.feed(chunk) for chunk in pcm.chunks(AUDIO)]
    before = upload.pcm, upload.sha256
    assert upload.feed(pcm.spoken("취소해줘")) is None
    assert (upload.pcm, upload.sha256) == before
    assert sum(end is not None for end in ends) == 1
    assert upload.end is not None
    assert len(upload.pcm) == 2 * upload.end.at_sample
    assert upload.received == len(AUDIO) + len(pcm.spoken("취소해줘"))


def test_an_upload_keeps_no_more_than_a_minute() -> None:
    endless = EndpointSettings(maximum_ms=120_000)
    upload = Listening(settings=endless, hold=True)
    for _ in range(70):
        upload.feed(b"\1\2" * 16_000)
    assert pcm.duration_ms(upload.pcm) == 60_000
    assert upload.received == 70 * 32_000


def test_the_default_recogniser_is_an_asr() -> None:
    asr: Asr = RecordedAsr(LIBRARY)
    wake = pcm.spoken("클로바")
    stream = asr.open("ko", wake_word_end=len(wake) // 2)
    for chunk in pcm.chunks(wake + pcm.spoken(TEXTS[9]) + pcm.silence(1000)):
        stream.feed(chunk)
    assert stream.close() == Transcript(TEXTS[9], "hash", 1000)


def test_the_default_recogniser_passes_on_what_it_does_not_know() -> None:
    stream = RecordedAsr(Recordings(), otherwise=Parrot("안녕")).open("ko", hold=True)
    stream.feed(pcm.spoken("안녕"))
    assert stream.close().how == "recogniser"


def test_the_same_audio_gets_the_same_scores_everywhere() -> None:
    found = recognise(heard(pcm.spoken(TEXTS[1]), 0.5, noise_db=25), LIBRARY, "ko")
    assert (found.text, found.score, found.runners_up[0]) == (TEXTS[1], 959, ("거실 불 꺼줘", 804))
