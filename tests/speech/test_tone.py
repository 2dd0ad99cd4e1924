"""The tone voice: what it says can be read back, lasts as long as it tells, and is an MP3 by the book."""

import struct
import subprocess
import sys
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.speech import ToneTts, Tts, tone

SENTENCE = "오늘 서울 날씨는 맑아요. 28도예요"
SENTENCE_SHA256 = "1b76a104640aa8be46f66cf80ca49dedbf6876929cab4086d6a5aec22580eb5e"


def frames_of(mp3: bytes) -> list[bytes]:
    """The MPEG frames behind the tag, the Info frame first."""
    start = mp3.index(b"\xff\xf3\x24\xc4")
    body = mp3[start:]
    return [body[at : at + tone.FRAME_BYTES] for at in range(0, len(body), tone.FRAME_BYTES)]


def frame(version: int, rate_index: int, kbit_index: int, size: int, *, mono: bool = True) -> bytes:
    """A frame of any Layer III stream, by its header fields."""
    header = bytes([0xFF, 0xE3 | version << 3, kbit_index << 4 | rate_index << 2, 0xC0 if mono else 0x00])
    return header.ljust(size, b"\0")


def id3(body: bytes, version: int = 4) -> bytes:
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, 0]) + size + body


@given(st.text(), st.sampled_from(["ko", "ja", "en", "zh"]))
def test_what_is_said_can_be_read_back_and_lasts_as_told(text: str, lang: str) -> None:
    speech = tone.synthesize(text, lang)
    assert tone.read_text(speech.mp3) == text.encode(errors="replace").decode().replace("\0", " ")
    assert tone.read_lang(speech.mp3) == lang
    assert tone.duration_ms(speech.mp3) == speech.duration_ms > 0


def test_the_same_text_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys; from hashlib import sha256; from mockcloud.speech import tone;"
        "print(sha256(tone.synthesize(sys.argv[1]).mp3).hexdigest())"
    )
    command = [sys.executable, "-R", "-X", "utf8", "-c", program, SENTENCE]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert printed.strip() == sha256(tone.synthesize(SENTENCE).mp3).hexdigest() == SENTENCE_SHA256


def test_every_frame_is_48_bytes_with_its_header() -> None:
    frames = frames_of(tone.synthesize(SENTENCE).mp3)
    assert {len(each) for each in frames} == {48}
    assert {each[:4] for each in frames} == {b"\xff\xf3\x24\xc4"}


def test_the_info_frame_counts_frames_and_bytes_exactly() -> None:
    speech = tone.synthesize(SENTENCE)
    info, *sound = frames_of(speech.mp3)
    name, flags, frames, size = struct.unpack_from(">4sIII", info, 13)
    assert (name, flags) == (b"Info", 3)
    assert frames == len(sound) == speech.duration_ms // tone.FRAME_MS
    assert size == 48 * (len(sound) + 1)


def test_syllables_take_longer_than_letters_and_pauses_are_silent() -> None:
    assert tone.synthesize("가").duration_ms == 144
    assert tone.synthesize("a").duration_ms == 72
    word, pause, _ = (frames_of(tone.synthesize(t).mp3)[1:] for t in ("가", " ", "a"))
    assert any(word[0][4:])
    assert not any(b"".join(each[4:] for each in pause))


def test_other_texts_sound_different() -> None:
    assert frames_of(tone.synthesize("가").mp3) != frames_of(tone.synthesize("나").mp3)


def test_nothing_to_say_is_one_silent_frame() -> None:
    speech = tone.synthesize("")
    assert speech.duration_ms == 24
    assert tone.read_text(speech.mp3) == ""


def test_a_long_text_is_cut_in_sound_but_not_in_its_tag() -> None:
    speech = tone.synthesize("아" * 5000)
    assert speech.duration_ms == tone.LONGEST_MS
    assert tone.read_text(speech.mp3) == "아" * 5000


@pytest.mark.parametrize(("ms", "lasts"), [(0, 24), (1, 24), (24, 24), (25, 48), (1000, 1008), (180_000, 180_000)])
def test_silence_and_melody_last_whole_frames(ms: int, lasts: int) -> None:
    for speech in (tone.silence(ms), tone.melody("seed", ms)):
        assert speech.duration_ms == tone.duration_ms(speech.mp3) == lasts


def test_silence_has_no_sound_in_it() -> None:
    assert not any(b"".join(each[4:] for each in frames_of(tone.silence(500).mp3)[1:]))


def test_a_melody_repeats_its_phrase_and_depends_on_its_seed() -> None:
    sound = frames_of(tone.melody("a song", 20_000).mp3)[1:]
    phrase = 16 * 12
    assert sound[:phrase] == sound[phrase : 2 * phrase]
    assert len(set(sound[:phrase])) > 12
    assert tone.melody("another", 20_000).mp3 != tone.melody("a song", 20_000).mp3


def test_music_says_nothing() -> None:
    assert tone.read_text(tone.melody("a song", 1000).mp3) is None
    assert tone.read_text(b"") is None
    assert tone.read_text(b"\xff\xf3\x24\xc4" + bytes(44)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"\x01" + "\ufeffmockcloud.text\0\ufeff안녕".encode("utf-16-le"),
        b"\x02" + "mockcloud.text\0안녕".encode("utf-16-be"),
        b"\x03" + "mockcloud.text\0안녕\0".encode(),
    ],
)
def test_a_text_is_read_from_tags_of_other_programs(body: bytes) -> None:
    title = b"TIT2" + bytes([0, 0, 0, 5]) + b"\0\0" + b"\x03song"
    user_text = b"TXXX" + len(body).to_bytes(4, "big") + b"\0\0" + body
    assert tone.read_text(id3(title + user_text + bytes(20), version=3)) == "안녕"


@pytest.mark.parametrize(
    ("data", "ms"),
    [
        pytest.param(frame(3, 0, 9, 417) * 100, 100 * 1152 * 1000 // 44_100, id="MPEG-1, 44.1 kHz, 128 kbit/s"),
        pytest.param(frame(3, 1, 9, 384, mono=False) * 50, 1200, id="MPEG-1, 48 kHz, stereo"),
        pytest.param(frame(2, 0, 8, 208) * 10, 10 * 576 * 1000 // 22_050, id="MPEG-2, 22.05 kHz, 64 kbit/s"),
        pytest.param(frame(0, 2, 1, 72) * 10, 720, id="MPEG-2.5, 8 kHz, 8 kbit/s"),
        pytest.param((frame(3, 0, 9, 417) + frame(3, 0, 5, 208)) * 20, 40 * 1152 * 1000 // 44_100, id="variable"),
        pytest.param(id3(bytes(300)) + frame(3, 1, 9, 384) * 5 + b"TAG".ljust(128), 120, id="tags on both ends"),
        pytest.param(b"junk\xff\xfb\x90" * 9 + frame(3, 1, 9, 384) * 5, 120, id="garbage in front"),
        pytest.param((frame(3, 1, 9, 384) * 5 + b"\xff\xfejunk") * 2, 240, id="garbage between"),
        pytest.param(frame(3, 1, 9, 384) * 5 + frame(3, 1, 9, 384)[:100], 120, id="last frame cut off"),
    ],
)
def test_the_duration_of_any_layer_iii_data(data: bytes, ms: int) -> None:
    assert tone.duration_ms(data) == ms


def test_a_frame_that_tells_the_length_is_no_sound() -> None:
    xing = frame(3, 1, 9, 384)[:21] + b"Xing" + bytes(384 - 25)
    assert tone.duration_ms(xing + frame(3, 1, 9, 384) * 5) == 120


@given(st.binary(max_size=400))
def test_garbage_has_no_duration_and_no_text(data: bytes) -> None:
    assert tone.duration_ms(data.replace(b"\xff", b"")) == 0
    assert tone.duration_ms(data) >= 0
    tone.read_text(b"ID3\x04" + data)
    tone.read_text(id3(data))


def test_the_default_voice_is_a_tts() -> None:
    voice: Tts = ToneTts()
    assert voice.engine == "tone/1"
    assert tone.read_text(voice.synthesize("안녕", "ko").mp3) == "안녕"
