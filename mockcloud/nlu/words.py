"""The built-in slot types that are lists of names (K-033): ``data/names.txt``."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

MEASURES = ("AREA", "LENGTH", "WEIGHT", "VOLUME", "INFORMATION", "RATIO", "SPEED", "TEMPERATURE", "ENERGY")
"""What units measure, each with a list of its own (``UNIT_AREA``)."""
_MONEY_OF_A_COUNTRY = {"ko": ("돈", "통화", "화폐"), "ja": ("のお金", "の通貨")}
_SUFFIX = {"北海道": "", "東京": "都", "京都": "府", "大阪": "府"}


def _prefecture(word: str) -> tuple[str, ...]:
    """With what it is and without."""
    suffix = _SUFFIX.get(word, "県")
    return (word, word + suffix) if suffix else (word,)


def words_of(name: str, lang: str) -> tuple[str, ...]:
    """The names of a built-in type without its ``CLOVA.`` (``WORLD_CITY``); none for a type that is not a list."""
    words = _lists().get((name, lang), ())
    if name == "ADDRESS_KEN":
        return tuple(form for word in words for form in _prefecture(word))
    if name in ("ADDRESS_SHI", "ADDRESS_KU"):
        return (*words, *(word[:-1] for word in words if name == "ADDRESS_SHI" and len(word) > 2))
    if name == "ADDRESS" and lang == "ja":
        return (*words, *(form for level in ("KEN", "SHI", "KU") for form in words_of(f"ADDRESS_{level}", lang)))
    if name == "UNIT":
        return tuple(word for each in MEASURES for word in words_of(f"UNIT_{each}", lang))
    if name != "CURRENCY":
        return words
    countries = _lists().get(("WORLD_COUNTRY", lang), ())
    return (*words, *(f"{each} {money}" for each in countries for money in _MONEY_OF_A_COUNTRY.get(lang, ())))


@lru_cache(maxsize=1)
def _lists() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """By type and language."""
    lists: dict[tuple[str, str], list[str]] = {}
    words: list[str] = []
    for line in (Path(__file__).parent / "data" / "names.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            name, _, lang = line.strip("[]").partition(" ")
            words = lists.setdefault((name, lang), [])
        elif not line.startswith("#"):
            words += [word.replace("_", " ") for word in line.split()]
    return {key: tuple(each) for key, each in lists.items()}
