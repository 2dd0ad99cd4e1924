"""How alike two pieces of text are: 3-grams of what is smaller than a syllable.

A Korean syllable counts as its jamo, a kana as consonant and vowel, a Chinese character as two halves of its own, a
Latin letter as itself. So endings that differ in one vowel stay alike, and words of one or two characters still have
3-grams.
"""

from functools import lru_cache

_INITIAL = 0xE000
_MEDIAL = 0xE020
_FINAL = 0xE040
_SECOND_HALF = 0x40000
_EDGE = "\uf8ff"
_ONE = 1 << 10
"""Weights count in 1/1024."""

_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "g": "がぎぐげご", "s": "さしすせそ", "z": "ざじずぜぞ", "t": "たちつてと",
    "d": "だぢづでど", "n": "なにぬねの", "h": "はひふへほ", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ", "m": "まみむめも",
    "r": "らりるれろ",
}  # fmt: skip
_KANA = {kana: row + vowel for row, kanas in _ROWS.items() for kana, vowel in zip(kanas, "aiueo", strict=True)} | {
    "や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "wo", "ん": "nn", "ゃ": "ya", "ゅ": "yu", "ょ": "yo",
    "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o", "っ": "q", "ー": "-", "ゔ": "vu",
}  # fmt: skip


def _units_of(char: str) -> str:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        rest = code - 0xAC00
        final = rest % 28
        return chr(_INITIAL + rest // 588) + chr(_MEDIAL + rest % 588 // 28) + (chr(_FINAL + final) if final else "")
    if char in _KANA:
        return _KANA[char]
    if 0x4E00 <= code <= 0x9FFF:
        return char + chr(_SECOND_HALF + code)
    return char


class _Units(dict[str, str]):
    """Filled as characters are met."""

    def __missing__(self, char: str) -> str:
        self[char] = made = _units_of(char)
        return made


_UNITS = _Units()


@lru_cache(maxsize=8192)
def grams(key: str) -> tuple[str, ...]:
    """The distinct 3-grams of a normalised text, edges included, in their order. None for an empty text."""
    if not key:
        return ()
    units = _EDGE + "".join([_UNITS[char] for char in key]) + _EDGE
    if len(units) < 3:
        return (units,)
    return tuple(dict.fromkeys([units[place : place + 3] for place in range(len(units) - 2)]))


@lru_cache(maxsize=1024)
def rarity(all_of_them: int, having_it: int) -> int:
    """``log2(1 + all / having)`` in 1/1024, by whole numbers alone, so that no machine's logarithm shows."""
    numerator, denominator = all_of_them + having_it, having_it
    whole = 0
    while numerator >= 2 * denominator:
        denominator *= 2
        whole += 1
    value, scale = (numerator << 32) // denominator, 1 << 32
    part = 0
    for _ in range(10):
        value = value * value // scale
        part *= 2
        if value >= 2 * scale:
            value //= 2
            part += 1
    return whole * _ONE + part
