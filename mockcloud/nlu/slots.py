"""Values in a sentence: those of a dictionary by look-up, those of the built-in types by grammar."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from mockcloud.nlu import numbers, times
from mockcloud.nlu.text import Text, key_of
from mockcloud.nlu.words import words_of

Source = Literal["dict", "example", "builtin", "open"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the key of a `Text` that may be a slot's value."""

    start: int
    end: int
    type: str
    value: str
    source: Source


class Dictionary:
    """Terms of several types, found as substrings in a time that does not depend on how many there are."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._terms: dict[str, list[tuple[str, str, Source]]] = {}
        self._lengths: dict[str, list[int]] = {}
        """Lengths of the terms that begin with a character."""

    def add(self, type_: str, term: str, value: str, source: Source) -> None:
        """A term that means ``value``; the first meaning within a type stays."""
        key = key_of(term)
        meanings = self._terms.setdefault(key, [])
        if key and all(known != type_ for known, _, _ in meanings):
            meanings.append((type_, value, source))
            lengths = self._lengths.setdefault(key[0], [])
            if len(key) not in lengths:
                lengths.append(len(key))

    def spots(self, text: Text) -> list[Spot]:
        key, found = text.key, []
        for start, first in enumerate(key):
            for length in self._lengths.get(first, ()):
                for type_, value, source in self._terms.get(key[start : start + length], ()):
                    if start + length <= len(key) and self._stands_alone(text, start, start + length):
                        found.append(Spot(start, start + length, type_, value, source))
        return found

    def _stands_alone(self, text: Text, start: int, end: int) -> bool:
        if len(text.starts) < 2 or self._lang == "ja":
            return True
        if self._lang == "en":
            return text.begins(start) and text.ends(end)
        return end - start > 1 or text.begins(start)


def builtin_spots(types: Iterable[str], text: Text, lang: str) -> list[Spot]:
    """Every value of these built-in types (``CLOVA.NUMBER`` ...); unknown types have none."""
    found: list[Spot] = []
    phrases = times.phrases(text, lang) if {"CLOVA.DATETIME", "CLOVA.DURATION"} & set(types) else []
    for type_ in types:
        name = type_.removeprefix("CLOVA.").removeprefix("JP_")
        if name in ("DATETIME", "DURATION"):
            found += [
                Spot(each.start, each.end, type_, text.surface(each.start, each.end), "builtin")
                for each in phrases
                if name in each.kinds
            ]
        elif name == "NUMBER":
            found += _numbers(type_, text, lang)
        elif name == "UNIT":
            found += _units(type_, text, lang)
        elif names := _names("ADDRESS" if "ADDRESS" in name else name, lang):
            found += [
                Spot(spot.start, spot.end, type_, text.surface(spot.start, spot.end), "builtin")
                for spot in names.spots(text)
            ]
    return found


def _numbers(type_: str, text: Text, lang: str) -> list[Spot]:
    return [
        Spot(found.start(), found.end(), type_, numbers.number_of(found), "builtin")
        for found in numbers.pattern(lang).finditer(text.key)
        if lang != "en" or len(text.starts) < 2 or (text.begins(found.start()) and text.ends(found.end()))
    ]


def _units(type_: str, text: Text, lang: str) -> list[Spot]:
    found: list[Spot] = []
    for number in numbers.pattern(lang).finditer(text.key):
        # A counter may be the beginning of a unit, so the unit is looked for after the number alone.
        end = max(number.end(name) for name in number.groupdict() if number.end(name) >= 0)
        unit = next((unit for unit in words_of("UNIT", lang) if text.key.startswith(unit, end)), None)
        if unit:
            end += len(unit)
            found.append(Spot(number.start(), end, type_, text.surface(number.start(), end), "builtin"))
    return found


@lru_cache(maxsize=64)
def _names(name: str, lang: str) -> Dictionary | None:
    """The words of a built-in type that is a list of names."""
    words = words_of(name, lang)
    if not words:
        return None
    made = Dictionary(lang)
    for word in words:
        made.add(name, word, word, "builtin")
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
