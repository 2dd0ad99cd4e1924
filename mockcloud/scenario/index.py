"""Finds the few rules that can take an event among thousands, so that how many there are costs nothing.

Each rule is filed under the event and the state that it asks for, and there under the most telling thing among the
rest of its conditions: the words it wants to hear (all of them, or a piece of them), what is to be understood by them,
else a text in the payload.
What comes out is a list in file order that leaves out only rules which cannot hold; `mockcloud.scenario.rules.choose`
has the last word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, islice
from typing import Any

from mockcloud.nlu.text import normalise
from mockcloud.scenario.model import Rule, When
from mockcloud.scenario.rules import Facts, Phase, Undecided, choose

_LONGEST_KEY = 24
"""Characters of the words that are looked up; what is longer is filed under its beginning."""
_LOOKED_AT = 24
"""Words that are compared when the nearest rules are looked for."""

_Key = tuple[str | None, str | None]


@dataclass(slots=True, eq=False)
class _Drawer:
    """The rules that ask for one event and one state (``None``: for any), by their places in the file, in order."""

    exact: dict[str, list[int]] = field(default_factory=dict)
    """By all the words."""
    pieces: dict[int, dict[str, list[int]]] = field(default_factory=dict)
    """By a piece of the words, and its length."""
    spoken: list[int] = field(default_factory=list)
    """Every rule that asks for words, or for what is understood by them."""
    other_words: list[int] = field(default_factory=list)
    """Those of them that ask in a way that cannot be looked up."""
    intents: dict[str, list[int]] = field(default_factory=dict)
    """By what is understood by the words, if the words themselves do not matter."""
    texts: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """By a member of the payload, and its text."""
    rest: list[int] = field(default_factory=list)

    def file(self, place: int, when: When) -> None:
        if when.asks_for_words:
            self.spoken.append(place)
            if when.says is None and when.intent is not None:
                for intent in when.intent:
                    self.intents.setdefault(intent, []).append(place)
            elif when.says is None or not self._file_words(place, when.says):
                self.other_words.append(place)
            return
        name, text = next(_texts(when.payload), ("", ""))
        if name:
            self.texts.setdefault(name, {}).setdefault(text, []).append(place)
        else:
            self.rest.append(place)

    def _file_words(self, place: int, says: Any) -> bool:
        wanted = says["any"] if isinstance(says, Mapping) and "any" in says else [says]
        if not all(_is_exact(one) or _piece(one) for one in wanted):
            return False
        for one in wanted:
            piece = _piece(one)
            if piece:
                self.pieces.setdefault(len(piece), {}).setdefault(piece, []).append(place)
            else:
                self.exact.setdefault(one, []).append(place)
        return True

    def without_words(self, payload: Any) -> Iterator[Sequence[int]]:
        """Rules that ask for no words and may hold."""
        yield self.rest
        if isinstance(payload, Mapping):
            for name, by_text in self.texts.items():
                text = payload.get(name)
                if isinstance(text, str):
                    yield by_text.get(text, ())

    def with_words(self, words: str) -> Iterator[Sequence[int]]:
        """Rules that ask for words and may hold."""
        yield self.other_words
        yield self.exact.get(words, ())
        for length, by_piece in self.pieces.items():
            for start in range(len(words) - length + 1):
                found = by_piece.get(words[start : start + length])
                if found:
                    yield found


class RuleIndex:
    """The rules of a scenario. Made once when they are loaded; it keeps nothing of what happens."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self._drawers: dict[_Key, _Drawer] = {}
        self._by_event: dict[str | None, list[_Drawer]] = {}
        for place, rule in enumerate(rules):
            for event in rule.when.event or (None,):
                self._drawer(event, rule.when.state).file(place, rule.when)

    def _drawer(self, event: str | None, state: str | None) -> _Drawer:
        found = self._drawers.get((event, state))
        if found is None:
            found = self._drawers[event, state] = _Drawer()
            self._by_event.setdefault(event, []).append(found)
        return found

    def choose(
        self, facts: Facts, phase: Phase, counts: dict[str, int], after: Rule | None = None
    ) -> Rule | Undecided | None:
        """As `mockcloud.scenario.rules.choose` among all rules, or among those behind ``after``."""
        return choose(self.candidates(facts, phase, after), facts, phase, counts)

    def candidates(self, facts: Facts, phase: Phase, after: Rule | None = None) -> Iterator[Rule]:
        """The rules that may take the event, in file order, each once; of those behind ``after`` if it is given."""
        drawers = self._open(facts)
        found = [places for drawer in drawers for places in drawer.without_words(facts.payload) if places]
        if phase is Phase.METADATA:
            found += [drawer.spoken for drawer in drawers if drawer.spoken]
        elif facts.words is not None:
            words = normalise(facts.words)
            found += [places for drawer in drawers for places in drawer.with_words(words) if places]
            if any(drawer.intents for drawer in drawers):
                intent = facts.meaning().intent or ""
                found += [drawer.intents[intent] for drawer in drawers if intent in drawer.intents]
        last = self._place(after)
        for place in merge(*found):
            if place > last:
                last = place
                yield self.rules[place]

    def _place(self, rule: Rule | None) -> int:
        """Where this very rule stands; -1 if it is none of these any more."""
        return -1 if rule is None else next((at for at, one in enumerate(self.rules) if one is rule), -1)

    def _open(self, facts: Facts) -> list[_Drawer]:
        """The drawers for this event and this state."""
        return [
            drawer
            for event in (facts.event, None)
            for state in (facts.state, None)
            if (drawer := self._drawers.get((event, state))) is not None
        ]

    def near(self, facts: Facts, most: int) -> list[Rule]:
        """So many rules at the most that the event may have been meant for: such as ask for like words or for this
        event come first. Only the beginning of each list is looked at: this is done while a device waits."""
        other_states = chain(self._by_event.get(facts.event, ()), self._by_event.get(None, ()))
        drawers = self._open(facts)
        drawers += [drawer for drawer in islice(other_states, most) if drawer not in drawers]
        words = normalise(facts.words) if facts.words is not None else ""
        places = dict.fromkeys(_alike(drawers, words, most) if words else ())
        for drawer in drawers:
            by_text = (found for texts in drawer.texts.values() for found in texts.values())
            for found in (drawer.rest, *islice(by_text, most), drawer.spoken):
                places.update(dict.fromkeys(found[:most]))
        return [self.rules[place] for place in islice(places, most)]


def _alike(drawers: Iterable[_Drawer], words: str, most: int) -> list[int]:
    """Rules that ask for words of which the user said a part, those with the largest part first."""
    said = _pairs(words)
    found: list[tuple[int, int]] = []
    wanted = chain.from_iterable((drawer.exact, *drawer.pieces.values()) for drawer in drawers)
    for text, places in islice(chain.from_iterable(one.items() for one in wanted), _LOOKED_AT):
        if common := len(_pairs(text) & said):
            found.append((-common, places[0]))
    return [place for _, place in sorted(found)[:most]]


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}


def _is_exact(says: Any) -> bool:
    return isinstance(says, str)


def _piece(says: Any) -> str:
    """What the words must contain, or the beginning of it."""
    wanted = says.get("contains") if isinstance(says, Mapping) else None
    return wanted[:_LONGEST_KEY] if isinstance(wanted, str) else ""


def _texts(payload: Any) -> Iterator[tuple[str, str]]:
    """Members of a payload pattern that ask for a text and nothing else."""
    if isinstance(payload, Mapping):
        yield from ((name, value) for name, value in payload.items() if isinstance(value, str))
