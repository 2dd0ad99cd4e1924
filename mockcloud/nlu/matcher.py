"""The matcher: which example of a model an utterance is most like.

1. Values are found (`slots`), for each set of slot types that an intent has (a *lens*), and taken out of the sentence.
2. What is left, with fillers, particles and endings made alike (`languages`), is compared with what is left of the
   examples by weighted 3-grams (`ngrams`): a 3-gram weighs more the fewer intents have it.
3. Where a value is expected that no dictionary knows, what stands in its place between the exact words of an example
   is taken as it is (an *open* value).

All scores are whole thousandths, all orders are those of the model, so the same utterance reads the same anywhere.
"""

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mockcloud.nlu.builtin_intents import BUILTIN_INTENT_PREFIX
from mockcloud.nlu.languages import language
from mockcloud.nlu.model import BUILTIN_TYPE_PREFIX, Example, Intent, Model
from mockcloud.nlu.ngrams import grams, rarity
from mockcloud.nlu.reading import Reading, Runner, Span
from mockcloud.nlu.slots import Dictionary, Spot, builtin_spots, chosen, value_by_type
from mockcloud.nlu.text import Text
from mockcloud.vocabulary.value import Value

ACCEPTED = 500
"""Thousandths from which an utterance counts as understood."""
BUDGET = 1_500
"""Postings that are read for one lens before the candidates are counted exactly."""
CANDIDATES = 20
"""How many examples are counted exactly then: those that have the most weight in common until there."""
_RUNNERS_UP = 4
"""How many intents a reading names beside the one that was meant."""
_MISSED, _ADDED = 65, 35
"""What a word of the example that is missing, and one that it does not have, count against one in common (percent)."""
_LITERAL, _SLOTS = 85, 15
"""How much of a score words and values make (percent): words decide, values between examples with the same words."""
_VALUES_ALONE = 500
"""How like an example is what has values and no other word, in thousandths."""
_DRAWN = 510
"""What an example has that shares all of two or more values, and a word of a dictionary, but no other (K-059)."""
_LACKING = 20
"""What an example loses if the utterance has none of its slots (percent)."""
_OPEN_LEAST, _OPEN_RANGE = ACCEPTED, 250
"""What an example with an open value scores (thousandths): enough to be accepted, and more the larger the part of the
sentence is that are its own words; never as much as one that is `_ALIKE`."""
_OBJECT = {"ko": {"을", "를"}, "ja": {"を"}, "en": set[str]()}
"""Particles that may follow any open value, whatever the examples have after it."""
_ALIKE = 850
"""From here on an example is what was said, and no open value is looked for."""
_BUILTIN_HERE = "\ue200"
"""Stands for a built-in value: no character that anybody says."""
_SHORTEST_LITERAL = 2
"""Characters that an example must have around its open value; with fewer everything would fit."""

Slots = tuple[tuple[str, str], ...]
"""Slot and type, in the order of an example."""
Places = tuple[tuple[int, int], ...]


class _Template(Value, frozen=True, gc=False):
    """An example without its values."""

    intent: int
    """Its number in the model; ``order`` is that of the example among all."""
    example: Example
    order: int
    literal: str
    slots: Slots


@dataclass(slots=True)
class _Lens:
    """The examples that look at an utterance alike: the same slot types, the same words left untouched."""

    types: frozenset[str]
    untouched: frozenset[str]
    templates: list[_Template] = field(default_factory=list)
    postings: dict[str, list[int]] = field(default_factory=dict)
    totals: list[int] = field(default_factory=list)
    firsts: dict[tuple[str, ...], _Template] = field(default_factory=dict)
    """The first example with these types, sorted."""

    def add(self, template: _Template, parts: Iterable[str]) -> None:
        """An example, and the 3-grams of what it is without its values."""
        number, postings = len(self.templates), self.postings
        self.templates.append(template)
        for gram in parts:
            posting = postings.get(gram)
            if posting is None:
                postings[gram] = [number]
            else:
                posting.append(number)
        self.firsts.setdefault(tuple(sorted(type_ for _, type_ in template.slots)), template)

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Add up what the 3-grams of each example weigh."""
        self.totals = totals = [0] * len(self.templates)
        for gram, posting in self.postings.items():
            weight = weights[gram]
            for number in posting:
                totals[number] += weight


class _Seen(Value, frozen=True):
    """An utterance through a lens."""

    literal: str
    weight: int
    spots: tuple[tuple[Spot, ...], ...]


class _Match(Value, frozen=True):
    score: int
    template: _Template
    spots: tuple[tuple[Spot, ...], ...] = ()
    open_value: tuple[str, int, int] | None = None
    """Slot and place in the key."""
    literal: int = 0
    """Characters around the open value."""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        return (-self.score, self.open_value is None, self.template.intent, self.template.order)


class CompiledModel:
    """A model made ready to be asked."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._language = language(model.lang)
        self._dictionary = Dictionary(model.lang)
        self._builtin = sorted(
            {type_ for intent in model.intents for type_ in intent.slots.values() if _is_builtin(type_)}
        )
        self._lenses: dict[tuple[frozenset[str], frozenset[str]], _Lens] = {}
        self._weights: dict[str, int] = {}
        self._unknown = rarity(max(1, len(model.intents)), 1)
        self._particles: dict[tuple[int, str], set[str]] = {}
        self._open: dict[frozenset[str], dict[str, list[tuple[str, _Template]]]] = {}
        """By the other slots' types, and by what follows the open value: what stands before it, and the example."""
        self._ordinary: set[str] = set()
        self._fill_dictionary()
        self._compile()

    def parse(self, written: str) -> Reading:
        """What the utterance means to this model."""
        text = Text.of(written)
        start = self._language.after_wake_word(text)
        if start >= len(text.key):
            return Reading(written, self.model.lang, self.model.id, why="there are no words in it")
        spots = self._spots(text)
        best = self._best(text, start, spots)
        ranked = sorted(best.values(), key=lambda match: match.rank)
        if ranked and ranked[0].score >= ACCEPTED:
            return self._understood(written, text, ranked)
        return self._missed(written, text, ranked, self._nearest(text, start, spots, ranked))

    # -- compiling

    def _fill_dictionary(self) -> None:
        for type_, entries in self.model.slot_types.items():
            terms = [(term, value) for value, synonyms in entries.items() for term in (value, *synonyms)]
            self._dictionary.add(type_, terms, "dict")
        tagged: dict[str, list[tuple[str, str]]] = {}
        for intent in self.model.intents:
            for example in intent.examples:
                for tag in example.tags:
                    value = example.text[tag.start : tag.end].strip()
                    tagged.setdefault(intent.slots[tag.slot], []).append((value, value))
        for type_, terms in tagged.items():
            if not _is_builtin(type_):
                self._dictionary.add(type_, terms, "example")

    def _compile(self) -> None:
        having: Counter[str] = Counter()
        order = 0
        for number, intent in enumerate(self.model.intents):
            types = frozenset(intent.slots.values())
            said: set[str] = set()
            for example in intent.examples:
                template, untouched = self._template(number, intent, example, order)
                order += 1
                lens = self._lenses.setdefault((types, untouched), _Lens(types, untouched))
                parts = grams(template.literal)
                lens.add(template, parts)
                said.update(parts)
            having.update(said)
        everything = max(1, len(self.model.intents))
        weights = {many: rarity(everything, many) for many in set(having.values())}
        self._weights = {gram: weights[many] for gram, many in having.items()}
        for lens in self._lenses.values():
            lens.weigh(self._weights)

    def _template(self, number: int, intent: Intent, example: Example, order: int) -> tuple[_Template, frozenset[str]]:
        text = Text.of(example.text)
        tagged = [_in_key(text, tag.start, tag.end) for tag in example.tags]
        slots = tuple((tag.slot, intent.slots[tag.slot]) for tag in example.tags)
        for (_, end), (slot, _) in zip(tagged, slots, strict=True):
            self._particles.setdefault((number, slot), set()).add(self._particle(text.key, end))
        others = [spot for spot in self._spots(text) if not _overlaps(tagged, spot.start, spot.end)]
        said = chosen(others, frozenset(intent.slots.values()), frozenset(), text.key)
        untouched = frozenset(text.key[spots[0].start : spots[0].end] for spots in said)
        literal = self._literal(text, 0, tagged)
        template = _Template(number, example, order, literal, slots)
        for start, end in _words(text, 0, len(text.key)):
            if not _overlaps(tagged, start, end):
                self._ordinary.add(text.key[start:end])
        self._compile_open(text, tagged, template)
        return template, untouched

    def _compile_open(self, text: Text, tagged: Sequence[tuple[int, int]], template: _Template) -> None:
        """An example with one value of an open type becomes a pattern around it."""
        open_slots = [index for index, (_, type_) in enumerate(template.slots) if type_ in self.model.open_types]
        if len(open_slots) != 1:
            return
        opened = open_slots[0]
        if any(not _is_builtin(type_) for index, (_, type_) in enumerate(template.slots) if index != opened):
            return
        gaps = [span for index, span in enumerate(tagged) if index != opened]
        begin, end = tagged[opened]
        before = "".join(part for part, _, _ in self._parts(text, 0, begin, gaps))
        following = "".join(part for part, _, _ in self._parts(text, end, len(text.key), gaps))
        after = self._language.folded(self._language.particle.sub("", following, count=1))
        if after in self._language.light:
            if self._particle(following, 0) in {"", *_OBJECT[self.model.lang]}:
                return
            after = self._language.folded(following)
        if len(before.replace(_BUILTIN_HERE, "")) + len(after) >= _SHORTEST_LITERAL:
            types = frozenset(type_ for _, type_ in template.slots if _is_builtin(type_))
            self._open.setdefault(types, {}).setdefault(after, []).append((before, template))

    # -- looking at an utterance

    def _spots(self, text: Text) -> list[Spot]:
        return self._dictionary.spots(text) + builtin_spots(self._builtin, text, self.model.lang)

    def _seen(
        self, text: Text, start: int, spots: Sequence[Spot], lens: _Lens, known: dict[Places, tuple[str, int]]
    ) -> _Seen:
        """The utterance through a lens; ``known`` keeps what is left of it for each choice of values."""
        found = tuple(each for each in chosen(spots, lens.types, lens.untouched, text.key) if each[0].start >= start)
        taken = tuple((each[0].start, each[0].end) for each in found)
        if taken not in known:
            literal = self._literal(text, start, taken)
            known[taken] = (literal, self._weight(grams(literal)))
        return _Seen(*known[taken], found)

    def _literal(self, text: Text, start: int, taken: Iterable[tuple[int, int]]) -> str:
        fillers = self._language.filler_spans(text, start)
        pieces: list[str] = []
        at = start
        for begin, end in sorted(taken):
            pieces.append(_without(text.key, at, begin, fillers))
            at = end
        pieces.append(_without(text.key, at, len(text.key), fillers))
        return self._language.literal(pieces)

    def _particle(self, key: str, place: int) -> str:
        found = self._language.particle.match(key[place:])
        return found.group() if found else ""

    def _parts(self, text: Text, start: int, end: int, gaps: Sequence[tuple[int, int]]) -> list[tuple[str, int, int]]:
        """The key from ``start`` to ``end`` as (character, from, to); each gap is one character, its particle gone."""
        fillers = self._language.filler_spans(text, start)
        parts: list[tuple[str, int, int]] = []
        place = start
        while place < end:
            gap = next(((begin, finish) for begin, finish in gaps if begin == place), None)
            filler = next((finish for begin, finish in fillers if begin == place), None)
            if gap:
                parts.append((_BUILTIN_HERE, *gap))
                place = gap[1] + len(self._particle(text.key, gap[1]))
            elif filler:
                place = filler
            else:
                parts.append((text.key[place], place, place + 1))
                place += 1
        return parts

    # -- comparing

    def _best(self, text: Text, start: int, spots: Sequence[Spot]) -> dict[int, _Match]:
        """The best match of each intent that has any; of equal ones the first in the model's order."""
        best: dict[int, _Match] = {}
        known: dict[Places, tuple[str, int]] = {}
        for lens in self._lenses.values():
            seen = self._seen(text, start, spots, lens, known)
            for score, template in self._scored(lens, seen):
                rival = best.get(template.intent)
                if rival is None or (-score, template.order) < (-rival.score, rival.template.order):
                    best[template.intent] = _Match(score, template, seen.spots)
        if self._open:
            self._add_open(text, start, spots, best)
        return best

    def _scored(self, lens: _Lens, seen: _Seen) -> Iterator[tuple[int, _Template]]:
        """Every example of a lens that has something in common with the utterance."""
        drawn = _drawn(lens, seen)
        if drawn is not None:
            yield _DRAWN, drawn
        said = grams(seen.literal)
        common = self._in_common(lens, said)
        types = Counter(frozenset(spot.type for spot in each) for each in seen.spots)
        overlaps: dict[Slots, tuple[int, int]] = {}
        for number in common if said else range(len(lens.templates)):
            template = lens.templates[number]
            bare = not said and not self.model.bare_values
            if template.literal != seen.literal and (bare or (not seen.spots and len(seen.literal) < 2)):
                continue
            literal = 1000 if template.literal == seen.literal else _VALUES_ALONE
            if said:
                shared = common[number]
                missed, added = lens.totals[number] - shared, seen.weight - shared
                literal = 100_000 * shared // (100 * shared + _MISSED * missed + _ADDED * added) if shared else 0
            if template.slots not in overlaps:
                overlaps[template.slots] = _overlap(template.slots, types)
            overlap, lacking = overlaps[template.slots]
            score = (_LITERAL * literal + _SLOTS * overlap) // 100
            yield score - score * lacking * _LACKING // 100_000, template

    def _in_common(self, lens: _Lens, said: Sequence[str]) -> dict[int, int]:
        """Weight in common with each example that shares a 3-gram; of very many examples with the likeliest ones."""
        known = [(len(postings), gram) for gram in said if (postings := lens.postings.get(gram))]
        known.sort()
        common: dict[int, int] = {}
        budget = BUDGET
        for many, gram in known:
            if budget <= 0:
                return self._exactly(lens, said, common)
            budget -= many
            weight = self._weights[gram]
            for number in lens.postings[gram]:
                common[number] = common.get(number, 0) + weight
        return common

    def _exactly(self, lens: _Lens, said: Sequence[str], common: dict[int, int]) -> dict[int, int]:
        likely = sorted(common, key=lambda number: (-common[number], number))[:CANDIDATES]
        wanted = frozenset(said)
        return {
            number: sum(self._weights[gram] for gram in grams(lens.templates[number].literal) if gram in wanted)
            for number in likely
        }

    def _weight(self, some: Sequence[str]) -> int:
        weights, unknown = self._weights, self._unknown
        return sum([weights.get(gram, unknown) for gram in some])

    def _add_open(self, text: Text, start: int, spots: Sequence[Spot], best: dict[int, _Match]) -> None:
        for types, patterns in self._open.items():
            found = [each for each in chosen(spots, types, frozenset(), text.key) if each[0].start >= start]
            if types and not found:
                continue
            parts = self._parts(text, start, len(text.key), [(each[0].start, each[0].end) for each in found])
            whole = "".join(part for part, _, _ in parts)
            for cut in range(len(whole), 0, -1):
                for before, template in patterns.get(self._language.folded(whole[cut:]), ()):
                    match = self._opened(text, parts, whole, cut, before, template, found)
                    if match and not self._is_known(text.key, spots, match):
                        _take_open(best, match)

    def _opened(
        self, text: Text, parts: Sequence[tuple[str, int, int]], whole: str, cut: int, before: str,
        template: _Template, builtin: Sequence[tuple[Spot, ...]],
    ) -> _Match | None:  # fmt: skip
        if not whole.startswith(before) or cut <= len(before):
            return None
        captured = whole[len(before) : cut]
        if _BUILTIN_HERE in captured:
            return None
        begin, end = parts[len(before)][1], parts[cut - 1][2]
        words = [text.key[first:last] for first, last in _words(text, begin, end)]
        slot = next(slot for slot, type_ in template.slots if type_ in self.model.open_types)
        end -= self._trailing_particle(captured, template.intent, slot)
        if begin >= end or all(word in self._ordinary for word in words):
            return None
        literal = len(whole) - len(captured)
        score = _OPEN_LEAST + _OPEN_RANGE * literal // len(whole)
        return _Match(score, template, tuple(builtin), (slot, begin, end), literal)

    def _is_known(self, key: str, spots: Sequence[Spot], match: _Match) -> bool:
        """Whether what an open value would be is the value of another slot of the intent."""
        assert match.open_value is not None
        slot, begin, end = match.open_value
        others = {type_ for name, type_ in self.model.intents[match.template.intent].slots.items() if name != slot}
        return any(
            spot.type in others
            and spot.start <= begin < spot.end
            and (end <= spot.end or spot.end + len(self._particle(key, spot.end)) >= end)
            for spot in spots
        )

    def _trailing_particle(self, captured: str, intent: int, slot: str) -> int:
        """How many characters at the end of an open value are a particle that examples have after it."""
        after = self._particles.get((intent, slot), set()) | _OBJECT[self.model.lang]
        lengths = [len(end) for end in after if end and captured.endswith(end) and len(captured) > len(end)]
        return max(lengths, default=0)

    # -- answering

    def _understood(self, written: str, text: Text, ranked: Sequence[_Match]) -> Reading:
        runners = tuple(self._runner(match) for match in ranked[: _RUNNERS_UP + 1])
        spans = self._spans(text, ranked[0])
        return Reading(
            written,
            self.model.lang,
            self.model.id,
            intent=runners[0].intent,
            slots={span.slot: span.value for span in spans},
            score=runners[0].score,
            example=runners[0].example,
            spans=spans,
            runners_up=runners[1:],
        )

    def _runner(self, match: _Match) -> Runner:
        return Runner(self.model.intents[match.template.intent].name, match.score, str(match.template.example))

    def _missed(self, written: str, text: Text, ranked: Sequence[_Match], nearest: _Match | None) -> Reading:
        runners = tuple(self._runner(match) for match in ranked[:_RUNNERS_UP])
        why = "nothing is like it"
        if runners:
            why += f": the nearest has {runners[0].score} of {ACCEPTED}"
        shown = replace(self._runner(nearest), spans=self._spans(text, nearest)) if nearest else None
        return Reading(written, self.model.lang, self.model.id, runners_up=runners, why=why, nearest=shown)

    def _nearest(self, text: Text, start: int, spots: Sequence[Spot], ranked: Sequence[_Match]) -> _Match | None:
        """Of the developer's own intents the one that came nearest, if only by the values that were said."""
        found = next((match for match in ranked if self._is_own(match.template)), None)
        if found is not None or not spots:
            return found
        by_values: list[_Match] = []
        known: dict[Places, tuple[str, int]] = {}
        for lens in self._lenses.values():
            seen = self._seen(text, start, spots, lens, known)
            types = Counter(frozenset(spot.type for spot in each) for each in seen.spots)
            for template in lens.firsts.values():
                overlap, _ = _overlap(template.slots, types) if template.slots else (0, 0)
                if overlap and self._is_own(template):
                    by_values.append(_Match(_SLOTS * overlap // 100, template, seen.spots))
        return min(by_values, key=lambda match: match.rank, default=None)

    def _is_own(self, template: _Template) -> bool:
        return not self.model.intents[template.intent].name.startswith(BUILTIN_INTENT_PREFIX)

    def _spans(self, text: Text, match: _Match) -> tuple[Span, ...]:
        """The values of the slots: first those of the example in its order, then the intent's others."""
        template = match.template
        declared = self.model.intents[template.intent].slots
        wanted = [*template.slots, *(each for each in declared.items() if each not in template.slots)]
        spans: list[tuple[int, Span]] = []
        if match.open_value:
            slot, begin, end = match.open_value
            surface = text.surface(begin, end)
            spans.append((begin, Span(slot, surface, surface, "open", type=declared[slot])))
            wanted = [each for each in wanted if each[0] != slot]
        for alternatives in match.spots:
            meanings = value_by_type(alternatives)
            filled = self._slot_for(template, wanted, meanings.keys(), self._particle(text.key, alternatives[0].end))
            if filled is not None:
                wanted.remove(filled)
                spot = meanings[filled[1]]
                surface = text.surface(spot.start, spot.end)
                spans.append((spot.start, Span(filled[0], surface, spot.value, spot.source, type=filled[1])))
        return tuple(span for _, span in sorted(spans, key=lambda each: each[0]))

    def _slot_for(
        self, template: _Template, wanted: Sequence[tuple[str, str]], types: Iterable[str], particle: str
    ) -> tuple[str, str] | None:
        """The first open slot of such a type; of several the only one that examples say with this particle."""
        possible = [each for each in wanted if each[1] in set(types)]
        if len(possible) > 1 and particle:
            said_so = [each for each in possible if particle in self._particles.get((template.intent, each[0]), ())]
            if len(said_so) == 1:
                return said_so[0]
        return possible[0] if possible else None


def _is_builtin(type_: str) -> bool:
    return type_.startswith(BUILTIN_TYPE_PREFIX)


def _in_key(text: Text, start: int, end: int) -> tuple[int, int]:
    """The place in the key of what stands from ``start`` to ``end`` in the text."""
    first, last = bisect_left(text.origins, start), bisect_left(text.origins, end)
    return (first, last) if first < last else (0, 0)


def _overlaps(taken: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    for begin, finish in taken:  # noqa: SIM110 - three times as quick as any(), where a model is compiled
        if start < finish and begin < end:
            return True
    return False


def _without(key: str, start: int, end: int, fillers: Sequence[tuple[int, int]]) -> str:
    kept = ""
    for begin, finish in fillers:
        if start <= begin and finish <= end:
            kept += key[start:begin]
            start = finish
    return kept + key[start:end]


def _words(text: Text, start: int, end: int) -> list[tuple[int, int]]:
    borders = sorted({start, end} | {place for place in text.starts if start < place < end})
    return list(itertools.pairwise(borders))


def _overlap(slots: Slots, said: Counter[frozenset[str]]) -> tuple[int, int]:
    """How far the slots of an example are those of the utterance, and how many of them it lacks, in thousandths."""
    left = list(said.elements())
    many = len(slots) + len(left)
    if not many:
        return 1000, 0
    common = 0
    for _, type_ in slots:
        found = next((index for index, types in enumerate(left) if type_ in types), None)
        if found is not None:
            del left[found]
            common += 1
    return 2000 * common // many, 1000 * (len(slots) - common) // len(slots) if slots else 0


def _drawn(lens: _Lens, seen: _Seen) -> _Template | None:
    """An example that has just the values that were said, if they are several and one is of a dictionary."""
    if len(seen.spots) < 2 or all(spot.source == "builtin" for each in seen.spots for spot in each):
        return None
    types = tuple(sorted(each[0].type for each in seen.spots))
    return lens.firsts.get(types) if all(len(each) == 1 for each in seen.spots) else None


def _take_open(best: dict[int, _Match], opened: _Match) -> None:
    """An open value explains more of the sentence than a merely similar example of the same intent does."""
    known = best.get(opened.template.intent)
    if known is None:
        best[opened.template.intent] = opened
        return
    assert opened.open_value is not None
    type_ = dict(opened.template.slots)[opened.open_value[0]]
    filled = any(spot.type == type_ for each in known.spots for spot in each)
    if known.score >= _ALIKE or filled or (known.open_value and known.literal >= opened.literal):
        return
    score = max(opened.score, known.score)
    best[opened.template.intent] = _Match(score, opened.template, opened.spots, opened.open_value, opened.literal)
