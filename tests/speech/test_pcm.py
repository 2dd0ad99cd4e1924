"""Microphone audio: its format, WAV files, the synthetic voice, and what is wrong with an upload."""

import struct
import subprocess
import sys
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.speech import pcm

TEXT = "페퍼로니 피자 2판 주문해줘"
TEXT_SHA256 = "6131108b8242224aa38ae1732df4c0ad072e64cdfc4285af347551f3b4d2aa7e"


def wav(channels: int = 1, rate: int = 16_000, bits: int = 16, kind: int = 1, data: bytes = b"\1\0\2\0") -> bytes:
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.spec("C-078")
def test_200_ms_are_3200_samples_and_6400_bytes() -> None:
    assert pcm.CHUNK_BYTES == 6400
    assert len(pcm.silence(200)) == 6400
    assert len(pcm.samples(pcm.silence(200))) == 3200
    assert [len(each) for each in pcm.chunks(pcm.silence(500))] == [6400, 6400, 3200]
    assert pcm.duration_ms(pcm.silence(500)) == 500


@pytest.mark.spec("C-078")
def test_samples_are_little_endian_and_signed() -> None:
    assert list(pcm.samples(b"\x01\x00\xff\xff\x00\x80\x07")) == [1, -1, -32768]


@given(st.binary(max_size=500), st.integers(1, 400))
def test_chunks_make_up_the_whole(data: bytes, ms: int) -> None:
    assert b"".join(pcm.chunks(data, ms)) == data


def test_a_text_sounds_the_same_in_every_process() -> None:
    program = (
        "import sys; from hashlib import sha256; from mockcloud.speech import pcm;"
        "print(sha256(pcm.spoken(sys.argv[1])).hexdigest())"
    )
    command = [sys.executable, "-R", "-X", "utf8", "-c", program, TEXT]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert printed.strip() == sha256(pcm.spoken(TEXT)).hexdigest() == TEXT_SHA256


def test_a_spoken_text_has_sound_at_both_ends_and_no_long_gap() -> None:
    samples = pcm.samples(pcm.spoken("네,  아니요! turn on 三枚"))
    assert any(samples[:160])
    assert any(samples[-160:])
    longest = max(len(run) for run in bytes(bool(sample) for sample in samples).split(b"\1"))
    assert longest < 16 * 150
    assert 8_000 < max(samples) < 32_767


def test_texts_and_languages_sound_different() -> None:
    assert pcm.spoken("켜줘") != pcm.spoken("꺼줘")
    assert pcm.spoken("2", "ko") != pcm.spoken("2", "ja")


def test_composed_and_decomposed_text_sound_the_same() -> None:
    assert pcm.spoken("\u1100\u1161") == pcm.spoken("가")


@pytest.mark.parametrize("text", ["", " ", "...!?", "\ud800"])
def test_a_text_without_letters_is_no_sound(text: str) -> None:
    assert pcm.spoken(text) == b""


@given(st.binary(max_size=300).map(lambda data: data[: len(data) & ~1]))
def test_a_wav_file_and_back(data: bytes) -> None:
    assert pcm.from_wav(pcm.to_wav(data)) == data


def test_a_wav_file_with_other_chunks_and_an_open_length_is_read() -> None:
    plain = pcm.to_wav(b"\1\0\2\0\3\0")
    with_list = plain[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + plain[12:]
    assert pcm.from_wav(with_list) == b"\1\0\2\0\3\0"
    for length in (0, 0xFFFF_FFFF, 0x7FFF_F000):
        assert pcm.from_wav(plain[:40] + struct.pack("<I", length) + plain[44:] + b"\7") == b"\1\0\2\0\3\0"


def test_the_extensible_format_is_read() -> None:
    fmt = struct.pack("<HHIIHH", 0xFFFE, 1, 16_000, 32_000, 2, 16) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", 2) + b"\5\0"
    assert pcm.from_wav(b"RIFF" + struct.pack("<I", len(body)) + body) == b"\5\0"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (wav(rate=44_100, channels=2), "44100 Hz, 16 bit, stereo, linear PCM"),
        (wav(bits=8), "16000 Hz, 8 bit, mono"),
        (wav(channels=6), "6 channels"),
        (wav(kind=3, bits=32), "32 bit, mono, coding 3"),
        (b"OggS" + bytes(40), "not a WAV file"),
        (b"", "not a WAV file"),
        (wav()[:36], "no sound"),
        (wav()[:14], "no format"),
    ],
)
def test_another_file_is_refused_with_the_cure(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=r"sox in\.wav -r 16000 -c 1 -b 16 out\.wav") as refused:
        pcm.from_wav(data)
    assert said in str(refused.value)


@pytest.mark.spec("D-066")
@pytest.mark.parametrize(
    ("first_bytes", "total", "codes"),
    [
        (b"\0\0\1\0", 6400, []),
        (b"", 0, []),
        (pcm.spoken("네")[:8], 6400, []),
        (b"\0\0\1\0", 6401, ["audio.odd"]),
        (pcm.to_wav(b"\1\0")[:8], 46, ["audio.header"]),
        (b"OggS\0\2", 47, ["audio.header", "audio.odd"]),
        (b"ID3\4\0\0", 400, ["audio.header"]),
    ],
)
def test_what_is_wrong_with_an_upload(first_bytes: bytes, total: int, codes: list[str]) -> None:
    findings = pcm.check_upload(first_bytes, total)
    assert [finding.code for finding in findings] == codes
    assert all(finding.because == ("D-066",) and finding.severity == "violation" for finding in findings)
