"""Microphone audio as CIC takes it: 16-bit linear PCM, 16 kHz, mono, little endian, no header.

Source: cic/interfaces/speech-recognizer.md § Audio Data, § Recognize event. Besides the format, this makes
audio: `spoken` gives every text its own sound, the same on every machine, for devices without a microphone.
"""

import math
import struct
import sys
import unicodedata
from array import array
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from mockcloud.vocabulary import Finding

RATE = 16_000
"""Samples a second."""
SAMPLE_BYTES = 2
CHUNK_MS = 200
"""A device sends about this much at a time: 3,200 samples, 6,400 bytes."""
CHUNK_BYTES = RATE * SAMPLE_BYTES * CHUNK_MS // 1000

BYTES_A_MS = RATE * SAMPLE_BYTES // 1000


def samples(pcm: bytes) -> "array[int]":
    """The samples of whole frames; half a sample at the end is left out."""
    found = array("h", pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def pcm_of(values: "array[int]") -> bytes:
    """Samples (``array("h")``) as bytes."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def duration_ms(pcm: bytes) -> int:
    return len(pcm) // BYTES_A_MS


def silence(ms: int) -> bytes:
    """Digital silence: exact zeros."""
    return bytes(ms * BYTES_A_MS)


def chunks(pcm: bytes, ms: int = CHUNK_MS) -> Iterator[bytes]:
    """The pieces that a device sends, the last one as short as it happens to be."""
    size = ms * BYTES_A_MS
    for at in range(0, len(pcm), size):
        yield pcm[at : at + size]


# ---- a voice


_SINE = [round(16_384 * math.sin(2 * math.pi * step / 1024)) for step in range(1024)]
_GAP_MS = 5
_WORD_GAP_MS = 50
_PHRASE_GAP_MS = 100
"""The longest gap: well below any end-of-speech hang-over."""


def spoken(text: str, lang: str = "ko") -> bytes:
    """Sound that stands for a text: two tones a character, quiet gaps between words.

    The same text and language give the same bytes on every machine; other texts sound different enough for
    `transcript.recognise` to tell them apart. It begins with the first sample and ends with the last: put
    `silence` around it if a test needs some. A text without letters or digits is no sound at all.
    """
    parts: list[bytes] = []
    gap = 0
    for char in unicodedata.normalize("NFC", text):
        if char.isalnum():
            if parts:
                parts.append(silence(gap))
            parts.append(_syllable(char, lang))
            gap = _GAP_MS
        elif unicodedata.category(char)[0] != "M":
            gap = max(gap, _WORD_GAP_MS if char.isspace() else _PHRASE_GAP_MS)
    return b"".join(parts)


@lru_cache(maxsize=512)
def _syllable(char: str, lang: str) -> bytes:
    """The sound of a character: two tones, whose length, pitch, colour and fall follow from its hash."""
    seed = blake2b(f"{lang}\0{char}".encode(errors="replace"), digest_size=12).digest()
    shortest_ms = 40 if unicodedata.category(char) == "Lo" else 25
    return _tone(seed[:6], shortest_ms) + _tone(seed[6:], shortest_ms + 10)


def _tone(seed: bytes, shortest_ms: int) -> bytes:
    length, pitch, first, second, dark, bright = seed
    count = (shortest_ms + length // 3) * RATE // 1000
    hertz = (110 + pitch, 400 + 2 * first, 1200 + 10 * second)
    weights = (96, 4 << dark % 6, 4 << bright % 6)
    # Phases of 2**16 a turn; three weights of at most 128 times 255 times 2**14 leave 16 bits when shifted by 16.
    partials = [(each * 65_536 // RATE, weight) for each, weight in zip(hertz, weights, strict=True)]
    (low, low_weight), (middle, middle_weight), (high, high_weight) = partials
    wave = (
        (
            _SINE[at * low >> 6 & 1023] * low_weight
            + _SINE[at * middle >> 6 & 1023] * middle_weight
            + _SINE[at * high >> 6 & 1023] * high_weight
        )
        * loud
        >> 16
        for at, loud in enumerate(_loudness(count, fall=dark * 3 // 4))
    )
    return pcm_of(array("h", wave))


def _loudness(count: int, *, fall: int) -> Iterator[int]:
    """0..255 for each sample: up within 8 ms, down by ``fall`` over the tone, off within 8 ms."""
    ramp = 8 * RATE // 1000
    for at in range(count):
        yield (255 - fall * at // count) * min(at, count - 1 - at, ramp) // ramp


# ---- WAV files


_CONVERT = "convert it with: sox in.wav -r 16000 -c 1 -b 16 out.wav"
_PCM_FORMAT, _EXTENSIBLE_FORMAT = 1, 0xFFFE


def to_wav(pcm: bytes) -> bytes:
    """A WAV file of it."""
    fmt = struct.pack("<HHIIHH", _PCM_FORMAT, 1, RATE, RATE * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(pcm)) + pcm
    return b"RIFF" + struct.pack("<I", len(body)) + body


def from_wav(data: bytes) -> bytes:
    """The samples of a WAV file.

    Raises `ValueError` that says what the file is and how to convert it, unless it is 16 kHz, 16 bit, mono.
    A length that a recorder left open (0 or too large) means: up to the end of the file.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"this is not a WAV file (it begins with {data[:4]!r}); {_CONVERT}")
    form: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = at + 8
        if name == b"fmt " and body + 16 <= len(data):
            form = _format(data[body : body + min(size, 40)])
        elif name == b"data":
            if form is None:
                break
            _check_format(*form)
            end = body + size if size and body + size <= len(data) else len(data)
            return data[body : end - (end - body) % SAMPLE_BYTES]
        at = body + size + size % 2
    raise ValueError(f"this WAV file has no {'sound' if form else 'format'} in it; {_CONVERT}")


def _format(fmt: bytes) -> tuple[int, int, int, int]:
    """(format, channels, rate, bits), with the real format of WAVE_FORMAT_EXTENSIBLE."""
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if kind == _EXTENSIBLE_FORMAT and len(fmt) >= 26:
        kind = int.from_bytes(fmt[24:26], "little")
    return kind, channels, rate, bits


def _check_format(kind: int, channels: int, rate: int, bits: int) -> None:
    if (kind, channels, rate, bits) == (_PCM_FORMAT, 1, RATE, 16):
        return
    coding = "linear PCM" if kind == _PCM_FORMAT else f"coding {kind}"
    width = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
    raise ValueError(
        f"this WAV file is {rate} Hz, {bits} bit, {width}, {coding};"
        f" microphone audio is 16000 Hz, 16 bit, mono, linear PCM: {_CONVERT}"
    )


# ---- what a device uploaded


_MAGIC = {b"RIFF": "WAV", b"OggS": "Ogg", b"fLaC": "FLAC", b"ID3": "MP3", b"#!AMR": "AMR"}
_BECAUSE = ("D-066",)
_SOURCE = "cic/interfaces/speech-recognizer.md § Recognize event"


def check_upload(first_bytes: bytes, total: int) -> list[Finding]:
    """What is wrong with an audio part, from its first bytes (8 are enough) and its length in bytes (D-066)."""
    findings = [
        Finding(
            "audio.header",
            f"the audio begins with the header of a {kind} file ({magic.decode()}): it has to be bare 16-bit PCM",
            path="audio",
            because=_BECAUSE,
            source=_SOURCE,
        )
        for magic, kind in _MAGIC.items()
        if first_bytes.startswith(magic)
    ]
    if total % SAMPLE_BYTES:
        findings.append(
            Finding(
                "audio.odd",
                f"{total} bytes of audio: 16-bit samples make an even number",
                path="audio",
                because=_BECAUSE,
                source=_SOURCE,
            )
        )
    return findings
