"""Values in a sentence: those of a dictionary by look-up, those of the built-in types by grammar."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from mockcloud.nlu import numbers, times
from mockcloud.nlu.text import Text, key_of, keys_of
from mockcloud.nlu.words import MEASURES, words_of
from mockcloud.vocabulary.value import Value

Source = Literal["dict", "example", "builtin", "open"]


class Spot(Value, frozen=True, gc=False):
    """A place in the key of a `Text` that may be a slot's value."""

    start: int
    end: int
    type: str
    value: str
    source: Source


class _Terms:
    """The terms of one type that come from one source, by their keys."""

    __slots__ = ("source", "type", "values")

    def __init__(self, type_: str, source: Source) -> None:
        self.type = type_
        self.source = source
        self.values: dict[str, str] = {}


class Dictionary:
    """Terms of several types, found as substrings in a time that does not depend on how many there are."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._holders: dict[str, tuple[_Terms, ...]] = {}
        """By key who has it: one for each type. Tuples are shared, so that a key costs no object of its own."""
        self._lengths: dict[str, list[int]] = {}
        """Lengths of the keys that begin with a character."""

    def add(self, type_: str, terms: Sequence[tuple[str, str]], source: Source) -> None:
        """Terms of a type, each with the value that it means; its first meaning within the type stays."""
        own = _Terms(type_, source)
        holders, values, alone = self._holders, own.values, (own,)
        for key, (_, value) in zip(keys_of([term for term, _ in terms]), terms, strict=True):
            if not key or key in values:
                continue
            known = holders.get(key)
            if known is None:
                holders[key] = alone
            elif type_ in [each.type for each in known]:
                continue
            else:
                holders[key] = known + alone
            values[key] = value
        for first, length in dict.fromkeys((key[0], len(key)) for key in values):
            lengths = self._lengths.setdefault(first, [])
            if length not in lengths:
                lengths.append(length)

    def spots(self, text: Text) -> list[Spot]:
        key, holders, lengths = text.key, self._holders, self._lengths
        found: list[Spot] = []
        for start, first in enumerate(key):
            for length in lengths.get(first, ()):
                end = start + length
                term = key[start:end]
                if term in holders and end <= len(key) and self._stands_alone(text, start, end):
                    found += [Spot(start, end, each.type, each.values[term], each.source) for each in holders[term]]
        return found

    def _stands_alone(self, text: Text, start: int, end: int) -> bool:
        if len(text.starts) < 2 or self._lang == "ja":
            return True
        if self._lang == "en":
            return text.begins(start) and text.ends(end)
        return end - start > 1 or text.begins(start)


_OF_SPEED = ("UNIT", "UNIT_SPEED")
_COUNTED = {
    "GENERIC_NUMBER": "NUMBER", "WHOLE_NUMBER": "NUMBER", "MONEY": "CURRENCY", "UNIT": "UNIT",
    **{name: f"UNIT_{name}" for name in MEASURES if name != "ENERGY"},
}  # fmt: skip
"""Types that are a number and what is counted, by the list of what is counted."""
_AN_HOUR = {"ko": re.compile("(?:시속|초속|분속)$"), "ja": re.compile("(?:時速|秒速|分速)$")}
"""What makes a speed of the length that follows."""


def builtin_spots(types: Iterable[str], text: Text, lang: str) -> list[Spot]:
    """Every value of these built-in types (``CLOVA.NUMBER`` ...); unknown types have none."""
    found: list[Spot] = []
    wanted = {type_: _kind(type_) for type_ in types}
    phrases = times.phrases(text, lang) if {"DATETIME", "DURATION"} & set(wanted.values()) else []
    for type_, name in wanted.items():
        if name == "DATETIME":
            found += [_as_said(type_, text, each.start, each.end) for each in phrases if name in each.kinds]
        elif name == "DURATION":
            for each in phrases:
                whole = [(each.start, each.end)] if name in each.kinds else each.lengths
                found += [_as_said(type_, text, start, end) for start, end in whole]
        elif _COUNTED.get(name, name) == "NUMBER":
            found += _numbers(type_, text, lang)
        elif name in _COUNTED:
            found += _units(type_, text, lang, _COUNTED[name])
        elif names := _names(name, lang):
            found += [_as_said(type_, text, spot.start, spot.end) for spot in names.spots(text)]
    return found


def _kind(type_: str) -> str:
    """The name under which the values of a type are known here."""
    name = type_.removeprefix("CLOVA.").removeprefix("JP_").removeprefix("KO_")
    if name.startswith("ADDRESS_") and not type_.startswith("CLOVA.JP_"):
        return "ADDRESS"
    return {"DATETIME_RECENT": "DATETIME", "UNIT_CURRENCY": "CURRENCY", "KOADDRESS": "ADDRESS"}.get(name, name)


def _as_said(type_: str, text: Text, start: int, end: int) -> Spot:
    return Spot(start, end, type_, text.surface(start, end), "builtin")


def _numbers(type_: str, text: Text, lang: str) -> list[Spot]:
    return [
        Spot(found.start(), found.end(), type_, numbers.number_of(found), "builtin")
        for found in numbers.pattern(lang).finditer(text.key)
        if lang != "en" or len(text.starts) < 2 or (text.begins(found.start()) and text.ends(found.end()))
    ]


def _units(type_: str, text: Text, lang: str, words: str) -> list[Spot]:
    found: list[Spot] = []
    for number in numbers.pattern(lang).finditer(text.key):
        # A counter may be the beginning of a unit, so the unit is looked for after the number alone.
        end = max(number.end(name) for name in number.groupdict() if number.end(name) >= 0)
        start, units = number.start(), _keys_of(words, lang)
        an_hour = _AN_HOUR[lang].search(text.key[:start]) if words in _OF_SPEED and lang in _AN_HOUR else None
        if an_hour:
            start, units = an_hour.start(), _keys_of("UNIT_LENGTH", lang)
        unit = next((unit for unit in units if text.key.startswith(unit, end)), None)
        if unit:
            found.append(_as_said(type_, text, start, end + len(unit)))
    return found


@lru_cache(maxsize=16)
def _keys_of(words: str, lang: str) -> tuple[str, ...]:
    """The words of a list as the key has them, the longer ones first."""
    return tuple(sorted({key_of(word) for word in words_of(words, lang)}, key=lambda key: (-len(key), key)))


@lru_cache(maxsize=64)
def _names(name: str, lang: str) -> Dictionary | None:
    """The words of a built-in type that is a list of names."""
    words = words_of(name, lang)
    if not words:
        return None
    made = Dictionary(lang)
    made.add(name, [(word, word) for word in words], "builtin")
    return made


def chosen(spots: Sequence[Spot], types: frozenset[str], untouched: frozenset[str], key: str) -> list[tuple[Spot, ...]]:
    """Of overlapping spots the ones that cover most characters, then the fewest; those of one place stay together.

    ``untouched`` are words that an example says without meaning a slot.
    """
    by_place: dict[tuple[int, int], list[Spot]] = {}
    for spot in spots:
        if spot.type in types and key[spot.start : spot.end] not in untouched:
            by_place.setdefault((spot.start, spot.end), []).append(spot)
    if not by_place:
        return []
    places = sorted(by_place)
    best: dict[int, tuple[int, int, tuple[tuple[int, int], ...]]] = {}

    def after(place: int) -> tuple[int, int, tuple[tuple[int, int], ...]]:
        following = next((start for start, _ in places if start >= place), None)
        return best[following] if following is not None else (0, 0, ())

    for start in sorted({start for start, _ in places}, reverse=True):
        options = [after(start + 1)]
        for begin, end in places:
            if begin == start:
                covered, spans, rest = after(end)
                options.append((covered + end - start, spans - 1, ((start, end), *rest)))
        best[start] = max(options, key=lambda option: (option[0], option[1], [-begin for begin, _ in option[2]]))
    return [tuple(sorted(by_place[place], key=lambda spot: spot.type)) for place in best[places[0][0]][2]]


def value_by_type(spots: Sequence[Spot]) -> Mapping[str, Spot]:
    """The meanings of one place, by type."""
    return {spot.type: spot for spot in spots}
