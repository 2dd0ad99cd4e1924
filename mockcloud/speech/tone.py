"""A voice that needs no engine: every syllable is a tone, written straight as MPEG-2 Layer III.

One frame is 48 bytes and 24 ms: 24 kHz, mono, 16 kbit/s, one or two MDCT coefficients of +1 and nothing else,
so a frame is a constant and a text is a join. What is "said" stands in the ID3v2.4 tag in front (``TXXX``
frames ``mockcloud.text`` and ``mockcloud.lang``), so that a test can read it back. Same text, same bytes.

    file  = ID3 tag, Info frame (number of frames, for an exact length in players), sound frames
    frame = header (4), side information (9), Huffman codes, zero padding
"""

import struct
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from zlib import crc32

from mockcloud.vocabulary.value import Value

FRAME_BYTES = 48
FRAME_MS = 24
LONGEST_MS = 30_000
"""A text that would take longer than this is cut off in sound; its tag still carries all of it."""

# Sync, MPEG-2, Layer III, no CRC | 16 kbit/s, 24 kHz, no padding | mono, original
_HEADER = b"\xff\xf3\x24\xc4"
_SIDE_INFO_BYTES = 9
_TONE_GAIN = 198
"""``global_gain`` of a tone of about a tenth of full scale; one step is 1.5 dB."""

# Huffman table 1 with the sign bit 0 (plus) behind each coefficient that is not zero.
_PAIR_CODES = {(False, False): "1", (False, True): "0010", (True, False): "010", (True, True): "00000"}

_FIRST_TONE, _TONES = 10, 24
_SYLLABLE_FRAMES, _LETTER_FRAMES, _PAUSE_FRAMES = 6, 3, 4

# MDCT lines whose frequencies (20.8 Hz apart) stand to each other nearly as the pentatonic scale 8:9:10:12:13.3:16.
_SCALE = (24, 27, 30, 36, 40, 48)
_NOTE_FRAMES = 12
_NOTES_A_PHRASE = 16

_TEXT, _LANG = "mockcloud.text", "mockcloud.lang"


class Speech(Value, frozen=True):
    """An MP3 file and how long it plays."""

    mp3: bytes
    duration_ms: int


def synthesize(text: str, lang: str = "ko") -> Speech:
    """Say a text: about 140 ms a syllable of Hangul, kana or Han, 70 ms a letter or digit, 100 ms a pause.

    A text without anything to say is one frame of silence. Never longer than `LONGEST_MS`.
    """
    sound = b"".join(map(_sound_of, text[: LONGEST_MS // FRAME_MS]))
    sound = sound[: LONGEST_MS // FRAME_MS * FRAME_BYTES] or _frame()
    return _speech(sound, _id3({_TEXT: text, _LANG: lang}))


class ToneTts(Value, frozen=True):
    """The voice that comes with the product (a `Tts`)."""

    engine: str = "tone/1"

    def synthesize(self, text: str, lang: str) -> Speech:
        return synthesize(text, lang)


def silence(ms: int) -> Speech:
    """Silence, rounded up to whole frames of 24 ms; at least one."""
    return _speech(_frame() * _frames(ms))


def melody(seed: str, ms: int) -> Speech:
    """Music: one phrase of bell-like notes that depends on the seed, repeated; rounded up to frames of 24 ms."""
    phrase = _phrase(seed)
    wanted = _frames(ms) * FRAME_BYTES
    return _speech((phrase * (wanted // len(phrase) + 1))[:wanted])


def melody_segment(seed: str, begin_ms: int, ms: int) -> bytes:
    """A piece of `melody` for an HLS playlist: packed audio, which begins with the time stamp that RFC 8216 (3.4)
    asks for. ``begin_ms`` is a multiple of 24 ms.
    """
    first, count = begin_ms // FRAME_MS, _frames(ms)
    phrase = _phrase(seed)
    skip = first * FRAME_BYTES % len(phrase)
    wanted = count * FRAME_BYTES
    sound = (phrase * ((skip + wanted) // len(phrase) + 1))[skip : skip + wanted]
    stamp = (begin_ms * 90 % 2**33).to_bytes(8, "big")
    body = b"com.apple.streaming.transportStreamTimestamp\0" + stamp
    frame = b"PRIV" + _synchsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _synchsafe(len(frame)) + frame + sound


def read_text(mp3: bytes) -> str | None:
    """What an MP3 says: the text of its ``mockcloud.text`` frame (ID3v2.3 or 2.4), if it has one."""
    return _texts(mp3).get(_TEXT)


def read_lang(mp3: bytes) -> str | None:
    """The language that a text was said in, from the tag: for tests, like the text of `read_text`."""
    return _texts(mp3).get(_LANG)


def duration_ms(mp3: bytes) -> int:
    """How long MPEG-1, 2 or 2.5 Layer III data plays, by walking its frames; 0 if there are none.

    Tags, an Info, Xing or VBRI frame, garbage between frames and a last frame that is cut off do not count.
    Free-format streams are not understood.
    """
    played: Counter[int] = Counter()
    for shape in _audio_frames(mp3):
        played[shape.rate] += shape.samples
    return sum(samples * 1000 // rate for rate, samples in played.items())


# ---- writing


@cache
def _frame(*lines: int, gain: int = _TONE_GAIN) -> bytes:
    """One frame that sounds the given MDCT lines; silence without any."""
    if not lines:
        return _HEADER + bytes(FRAME_BYTES - len(_HEADER))
    pairs = range(0, max(lines) + 1, 2)
    codes = "".join(_PAIR_CODES[line in lines, line + 1 in lines] for line in pairs)
    side_info = (
        "000000000"  # main_data_begin, private bit
        f"{len(codes):012b}{len(pairs):09b}{gain:08b}"  # part2_3_length, big_values, global_gain
        "000000000" + "0"  # scalefac_compress, window_switching
        "000010000100001"  # Huffman table 1 in all three regions
        "0000000" + "00"  # region counts, scalefac_scale, count1table_select
    )
    body_bytes = FRAME_BYTES - len(_HEADER)
    return _HEADER + int((side_info + codes).ljust(8 * body_bytes, "0"), 2).to_bytes(body_bytes, "big")


@lru_cache(maxsize=4096)
def _sound_of(char: str) -> bytes:
    category = unicodedata.category(char)
    if category[0] == "M":
        return b""
    if not char.isalnum():
        return _frame() * _PAUSE_FRAMES
    tone = _frame(_FIRST_TONE + crc32(char.encode(errors="replace")) % _TONES)
    frames = _SYLLABLE_FRAMES if category == "Lo" else _LETTER_FRAMES
    return tone * (frames - 1) + _frame()


@lru_cache(maxsize=64)
def _phrase(seed: str) -> bytes:
    """A walk over the scale in small steps that begins and ends on its first note."""
    steps = blake2b(seed.encode(errors="replace"), digest_size=_NOTES_A_PHRASE - 2).digest()
    notes, at = [0], 0
    for step in steps:
        at = min(max(at + step % 5 - 2, 0), len(_SCALE) - 1)
        notes.append(at)
    return b"".join(_note(_SCALE[note]) for note in [*notes, 0])


@cache
def _note(line: int) -> bytes:
    """Struck and fading, with its octave above."""
    return b"".join(_frame(line, 2 * line, gain=_TONE_GAIN - 2 * frame) for frame in range(_NOTE_FRAMES))


def _frames(ms: int) -> int:
    return max(1, -(-ms // FRAME_MS))


def _speech(sound: bytes, tag: bytes = b"") -> Speech:
    frames = len(sound) // FRAME_BYTES
    counts = struct.pack(">4sIII", b"Info", 0b11, frames, len(sound) + FRAME_BYTES)
    info = (_HEADER + bytes(_SIDE_INFO_BYTES) + counts).ljust(FRAME_BYTES, b"\0")
    return Speech(tag + info + sound, frames * FRAME_MS)


def _id3(texts: dict[str, str]) -> bytes:
    frames = b""
    for name, text in texts.items():
        # A NUL would end the text.
        said = text.replace("\0", " ").encode(errors="replace")
        body = b"\x03" + name.encode() + b"\0" + said
        frames += b"TXXX" + _synchsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _synchsafe(len(frames)) + frames


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


# ---- reading


def _from_synchsafe(four: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(four, (21, 14, 7, 0), strict=False))


def _tag_bytes(mp3: bytes, at: int) -> int:
    """Length of the ID3v2 tag that begins there; 0 if none does."""
    head = mp3[at : at + 10]
    if len(head) < 10 or head[:3] != b"ID3" or max(head[6:]) > 0x7F:
        return 0
    footer = 10 if head[5] & 0x10 else 0
    return 10 + _from_synchsafe(head[6:]) + footer


_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def _texts(mp3: bytes) -> dict[str, str]:
    """The ``TXXX`` frames of the tag in front."""
    end, version = min(_tag_bytes(mp3, 0), len(mp3)), mp3[3:4]
    at = 10
    found: dict[str, str] = {}
    if end and mp3[5] & 0x40:
        at += _from_synchsafe(mp3[10:14]) if version == b"\x04" else 4 + int.from_bytes(mp3[10:14], "big")
    while at + 10 <= end and mp3[at]:
        size_field = mp3[at + 4 : at + 8]
        size = _from_synchsafe(size_field) if version == b"\x04" else int.from_bytes(size_field, "big")
        body = mp3[at + 10 : min(at + 10 + size, end)]
        if mp3[at : at + 4] == b"TXXX" and body and body[0] in _ENCODINGS:
            name, _, text = body[1:].decode(_ENCODINGS[body[0]], "replace").partition("\0")
            found.setdefault(name, text.removeprefix("\ufeff").removesuffix("\0"))
        at += 10 + size
    return found


class _Shape(Value, frozen=True):
    """What the header of a Layer III frame says."""

    bytes: int
    samples: int
    rate: int
    side_info: int
    kind: tuple[int, int]
    """Version and sampling rate bits: they do not change inside a stream."""


# Version bits: 0 MPEG-2.5, 2 MPEG-2, 3 MPEG-1
_RATES = {0: (11_025, 12_000, 8_000), 2: (22_050, 24_000, 16_000), 3: (44_100, 48_000, 32_000)}
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@lru_cache(maxsize=512)
def _shape(header: bytes) -> _Shape | None:
    """The frame that a four-byte header announces; ``None`` if these four bytes are not a Layer III header."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, mono = header[1] >> 3 & 3, header[3] >> 6 == 3
    kbits, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or kbits in (0, 15) or rate == 3:
        return None
    hertz = _RATES[version][rate]
    if version == 3:
        samples, bits, side_info = 1152, _KBITS_1[kbits] * 1000, 17 if mono else 32
    else:
        samples, bits, side_info = 576, _KBITS_2[kbits] * 1000, 9 if mono else 17
    return _Shape(samples // 8 * bits // hertz + padding, samples, hertz, side_info, (version, rate))


def _audio_frames(mp3: bytes) -> Iterator[_Shape]:
    """Every frame of sound, in order."""
    at, in_step, first = 0, False, True
    while at >= 0:
        shape = _shape(mp3[at : at + 4])
        if shape and at + shape.bytes <= len(mp3) and (in_step or _followed(mp3, at, shape)):
            if not (first and _tells_length(mp3, at, shape)):
                yield shape
            at, in_step, first = at + shape.bytes, True, False
        elif tag := _tag_bytes(mp3, at):
            at += tag
        else:
            at, in_step = mp3.find(b"\xff", at + 1), False


def _followed(mp3: bytes, at: int, shape: _Shape) -> bool:
    """Two bytes that look like a header are common in garbage: only the next frame, or the end, confirms it."""
    after = at + shape.bytes
    following = _shape(mp3[after : after + 4])
    return after == len(mp3) or mp3[after : after + 3] == b"TAG" or bool(following and following.kind == shape.kind)


def _tells_length(mp3: bytes, at: int, shape: _Shape) -> bool:
    """Whether a first frame holds a table of contents in place of sound."""
    return mp3[at + 4 + shape.side_info :][:4] in (b"Info", b"Xing") or mp3[at + 36 : at + 40] == b"VBRI"
