"""Text as it is compared: without blanks, punctuation, width and case."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from mockcloud.vocabulary.value import Value

_HIRAGANA = {ord(chr(code)): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
"""Katakana to hiragana, one character for one."""
_KATAKANA = re.compile("[ァ-ヶ]")
_INSIDE_NUMBERS = ".:"


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """``"오늘 날씨, 어때?"`` -> ``"오늘날씨어때"``: NFKC, case folded, letters, marks and digits only.

    What is normalised stays as it is: taking a blank out may bring two characters together that are one, and
    folding may take one apart, so both forms are made again.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in folded if unicodedata.category(char)[0] in "LMN")
    return unicodedata.normalize("NFC", kept)


def key_of(term: str) -> str:
    """``Text.of(term).key``, quicker for what is letters and blanks alone, as most terms of dictionaries are."""
    shown = unicodedata.normalize("NFKC", term)
    letters = "".join(shown.split())
    if letters.isalpha():
        return _folded(letters)
    return Text.of(term).key


def keys_of(terms: Sequence[str]) -> list[str]:
    """`key_of` of each, as one text as far as that goes: a line is folded as it would be alone."""
    lines = _folded(unicodedata.normalize("NFKC", "\n".join(terms))).split("\n")
    if len(lines) != len(terms):
        return [key_of(term) for term in terms]
    return [line if line.isalpha() else key_of(term) for line, term in zip(lines, terms, strict=True)]


def _folded(letters: str) -> str:
    folded = letters.casefold()
    return folded.translate(_HIRAGANA) if _KATAKANA.search(folded) else folded


class Text(Value, frozen=True, gc=False):
    """A sentence as grammars and dictionaries look at it, with the way back to what was written."""

    shown: str
    """What was written, in NFKC."""
    key: str
    """Normalised, and more: katakana as hiragana; between two digits a point, a colon or a blank stays, because
    ``7:30``, ``1.5`` and ``7 30`` are not 730 and 15."""
    origins: tuple[int, ...]
    """For each character of ``key`` the place in ``shown`` that it comes from."""
    starts: frozenset[int]
    """Places in ``key`` where a word begins: the first, and each one after something that was left out."""

    @classmethod
    def of(cls, written: str) -> "Text":
        return _text(written)

    def surface(self, start: int, end: int) -> str:
        """What was written for ``key[start:end]``, its blanks collapsed."""
        if start >= end:
            return ""
        return " ".join(self.shown[self.origins[start] : self.origins[end - 1] + 1].split())

    def begins(self, place: int) -> bool:
        return place in self.starts

    def ends(self, place: int) -> bool:
        """Whether a word ends before this place."""
        return place >= len(self.key) or place in self.starts


@lru_cache(maxsize=512)
def _text(written: str) -> Text:
    shown = unicodedata.normalize("NFKC", written)
    words = shown.split(" ")
    if all(map(str.isalpha, words)):
        letters = "".join(words)
        folded = _folded(letters)
        if len(folded) == len(letters):
            return _text_of_words(shown, words, folded)
    return _text_of_characters(shown)


def _text_of_words(shown: str, words: Sequence[str], key: str) -> Text:
    """Of words of letters with a blank between them, folded one for one: no need to look at each character."""
    origins: list[int] = []
    starts: list[int] = []
    for place, word in enumerate(words):
        start = len(origins)
        starts.append(start)
        origins += range(start + place, start + place + len(word))
    return Text(shown, key, tuple(origins), frozenset(starts))


def _text_of_characters(shown: str) -> Text:
    key: list[str] = []
    origins: list[int] = []
    starts: set[int] = set()
    left_out = True
    for place, char in enumerate(shown):
        folded = _FOLDED[char]
        if folded is None:
            left_out = True
            if _inside_number(shown, place):
                key.append(char if char in _INSIDE_NUMBERS else " ")
                origins.append(place)
            continue
        if left_out:
            starts.add(len(key))
            left_out = False
        key.append(folded)
        origins += [place] * len(folded)
    return Text(shown, "".join(key), tuple(origins), frozenset(starts))


class _Folded(dict[str, str | None]):
    """What a character is in a key, ``None`` if it is left out. Filled as characters are met."""

    def __missing__(self, char: str) -> str | None:
        made = None
        if unicodedata.category(char)[0] in "LMN":
            folded = char.casefold().translate(_HIRAGANA)
            made = "".join(one for one in folded if unicodedata.category(one)[0] in "LMN")
        self[char] = made
        return made


_FOLDED = _Folded()


def _inside_number(shown: str, place: int) -> bool:
    """Between two digits, alone. Commas group digits and go."""
    if not shown[place - 1 : place].isdecimal():
        return False
    char = shown[place]
    if char.isspace():
        return shown[place:].lstrip()[:1].isdecimal()
    return char in _INSIDE_NUMBERS and shown[place + 1 : place + 2].isdecimal()
