"""What a reviewer would object to in a registration, as far as a rule can tell: warnings, nothing is refused."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from mockcloud.cek.signing import CHAIN_BREAKAGES
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.cloud.extensions.registration import Mistake
from mockcloud.settings import Edition

_WAKE_WORDS = ("클로바", "샐리야", "제시카", "짱구야", "피노키오", "クローバ", "clova")
_RESERVED = (
    "오늘 날씨", "주요 뉴스", "시작해줘", "열어줘", "동작해줘", "종료해줘", "에게", "에서", "今日の天気",
    "主なニュース", "起動して", "開いて", "終了して",
)  # fmt: skip
"""Of built-in skills, of opening and ending, and particles of calling."""
_PLACES = ("WORLD_CITY", "WORLD_COUNTRY", "ADDRESS")
_SIMILAR = 0.8
"""From which likeness on two names are taken for one another."""


def warnings(written: Mapping[str, Any], edition: Edition, others: Iterable[Extension]) -> Iterator[Mistake]:
    """What a reviewer would object to in a registration that the console takes; ``others`` are of the same account."""
    yield from _of_invocation_names(written, others)
    if edition == "4.4" and written.get("linking") and not written["linking"].get("privacy_url"):
        said = "the console of edition 4.4 asks for the page about privacy that the store shows"
        yield Mistake(said, ("linking", "privacy_url"), ("K-006",), "Give a privacy_url.")
    if edition != "4.4" and written.get("signature") in CHAIN_BREAKAGES:
        said = f"`signature: {written['signature']}` changes nothing: edition {edition} names no certificates"
        yield Mistake(said, ("signature",), ("K-095", "K-096"), 'Register `edition: "4.4"` with it.')


def _of_invocation_names(written: Mapping[str, Any], others: Iterable[Extension]) -> Iterator[Mistake]:
    """The rules for invocation names (K-009). What is generic, and who is a person, only people can tell."""
    taken = {_squeezed(name): one.id for one in others for name in one.invocation_names}
    lang = written.get("lang") or "ko"
    places = _places(lang)
    for index, name in enumerate(written["invocation_names"]):
        path = ("invocation_names", index)
        squeezed = _squeezed(name)
        if owner := taken.get(squeezed):
            said = f"{owner} is called {name!r} too: whichever was registered first is meant"
            yield Mistake(said, path, ("K-009", "K-060"))
        elif similar := _most_similar(squeezed, taken):
            said = f"the invocation name {name!r} is like one of {taken[similar]}: a review would refuse it"
            yield Mistake(said, path, ("K-009",))
        if squeezed in places:
            said = f"the invocation name {name!r} is only a place: a review would refuse it"
            yield Mistake(said, path, ("K-009",), "Say what it does there, too.")
        elif lang != "ja" and len(name.split()) == 1:
            said = f"the invocation name {name!r} is a single word: a review takes that for a brand of your own only"
            yield Mistake(said, path, ("K-009",))
        for word in (*_WAKE_WORDS, *_RESERVED):
            if _squeezed(word) in squeezed:
                said = f"the invocation name {name!r} contains {word!r}: a review would refuse it"
                yield Mistake(said, path, ("K-009",))


def _places(lang: str) -> frozenset[str]:
    from mockcloud.nlu.words import words_of

    return frozenset(_squeezed(word) for name in _PLACES for word in words_of(name, lang))


def _most_similar(squeezed: str, taken: Iterable[str]) -> str:
    """Of the names that are taken the one that this one is like, letter by letter; empty if there is none."""
    letters = unicodedata.normalize("NFD", squeezed)
    for name in taken:
        if SequenceMatcher(None, letters, unicodedata.normalize("NFD", name)).ratio() >= _SIMILAR:
            return name
    return ""


def _squeezed(name: str) -> str:
    return "".join(name.split()).casefold()
