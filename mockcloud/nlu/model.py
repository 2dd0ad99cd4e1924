"""Interaction models: intents with examples, slot types with entries (``cek:`` K-030..K-044).

A model is text, so that people can write it: the files of the developers' console, one after another, each under a line
that names it::

    [SLOT TYPE] TARGET
    bluetooth	블루투스	블투

    [SLOT TYPE] CONTENT open

    [INTENT] AlarmSet
    [INTENT SLOT]
    when	CLOVA.DATETIME
    [INTENT EXPRESSION]
    <when>내일 아침 7시</when>에 알람 맞춰줘

A type that is ``open`` takes whatever stands in its place. Cells are separated by tabs or by two and more blanks;
lines that begin with ``#`` are comments.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.nlu.text import normalise

BUILTIN_TYPE_PREFIX = "CLOVA."
_TAG = re.compile(r"<(/?)([^<>/]*)>")
_CELLS = re.compile(r"\t+|\s{2,}")


class TagMistake(ValueError):
    """A tag that is open, nested or twice; ``column`` counts from 1."""

    def __init__(self, said: str, cure: str, column: int) -> None:
        super().__init__(said)
        self.said, self.cure, self.column = said, cure, column


@dataclass(frozen=True, slots=True)
class Tagged:
    """A piece of an example that is the value of a slot."""

    start: int
    end: int
    slot: str


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that people say, with the places of its slots."""

    text: str
    """Without tags."""
    tags: tuple[Tagged, ...] = ()

    @classmethod
    def parse(cls, written: str) -> "Example":
        """Of ``<pizzaType>치즈</pizzaType> 주문해줘`` (K-044). Raises `TagMistake`: a tag is open, nested or twice."""
        written = unicodedata.normalize("NFKC", written)
        text = ""
        tags: list[Tagged] = []
        at = 0
        opened: tuple[str, int, int] | None = None
        for found in _TAG.finditer(written):
            text += written[at : found.start()]
            at = found.end()
            column = found.start() + 1
            closing, name = bool(found[1]), found[2].strip()
            if closing and opened is None:
                raise TagMistake(f"</{name}> closes nothing", f"write <{name}> before the value", column)
            if closing and opened is not None and opened[0] != name:
                raise TagMistake(f"</{name}> closes nothing: <{opened[0]}> is open", f"write </{opened[0]}>", column)
            if not closing and opened is not None:
                raise TagMistake(f"<{name}> stands inside <{opened[0]}>", f"close it first: </{opened[0]}>", column)
            if closing and opened is not None:
                if any(tag.slot == name for tag in tags):
                    cure = "a slot stands once in an example: give the other value a slot of its own"
                    raise TagMistake("a slot is tagged twice", cure, opened[2])
                tags.append(Tagged(opened[1], len(text), name))
                opened = None
            else:
                opened = (name, len(text), column)
        if opened is not None:
            raise TagMistake(f"<{opened[0]}> is never closed", f"write </{opened[0]}> after the value", opened[2])
        return cls(text + written[at:], tuple(tags))

    @property
    def shape(self) -> str:
        """What is said around the slots, with the types left out: equal for examples that differ in values only."""
        shape, at = "", 0
        for tag in self.tags:
            shape += f"{normalise(self.text[at : tag.start])}<{tag.slot}>"
            at = tag.end
        return shape + normalise(self.text[at:])

    def __str__(self) -> str:
        written, at = "", 0
        for tag in self.tags:
            written += f"{self.text[at : tag.start]}<{tag.slot}>{self.text[tag.start : tag.end]}</{tag.slot}>"
            at = tag.end
        return written + self.text[at:]


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    examples: tuple[Example, ...]
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slot type by slot name, in the order of declaration."""


@dataclass(frozen=True, slots=True)
class Model:
    """What an extension, or the built-in assistant, understands in one language."""

    id: str
    lang: str
    intents: tuple[Intent, ...]
    slot_types: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """By name of a custom type: representative value -> synonyms."""
    open_types: frozenset[str] = frozenset()
    """Custom types whose values may be anything that stands in their place."""
    bare_values: bool = False
    """Values without any other word are understood too, as answers in a session are. The assistant wants a command."""


@dataclass(slots=True)
class _Reading:
    """Where in the file we are, and what has been read so far."""

    file: str
    slot_types: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    open_types: set[str] = field(default_factory=set)
    slots: dict[str, dict[str, str]] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    kind: str = ""
    name: str = ""

    def wrong(self, line: int, said: str) -> None:
        self.problems.append(Problem(said, self.file, line))


def read_model(id_: str, lang: str, written: str, file: str = "") -> Model:
    """The model that this text describes. Raises `UnreadableInput` with every mistake."""
    reading = _Reading(file)
    for number, line in enumerate(written.splitlines(), 1):
        row = line.strip()
        if row and not row.startswith("#"):
            _read_row(reading, number, row)
    if reading.problems:
        raise UnreadableInput(reading.problems)
    intents = tuple(Intent(name, tuple(reading.examples[name]), slots) for name, slots in reading.slots.items())
    return Model(id_, lang, intents, reading.slot_types, frozenset(reading.open_types))


def _read_row(reading: _Reading, number: int, row: str) -> None:
    heading = re.fullmatch(r"\[(SLOT TYPE|INTENT|INTENT SLOT|INTENT EXPRESSION)\]\s*(\S*)(?:\s+(open))?", row)
    if heading is None:
        _ROWS.get(reading.kind, _lost)(reading, number, row)
    elif heading[1] in ("INTENT SLOT", "INTENT EXPRESSION"):
        if not reading.kind.startswith("INTENT"):
            reading.wrong(number, f"[{heading[1]}] belongs to an [INTENT]")
            return
        reading.kind = heading[1]
    else:
        _begin(reading, number, heading[1], heading[2])
        if heading[3]:
            reading.open_types.add(heading[2])


def _begin(reading: _Reading, number: int, kind: str, name: str) -> None:
    known: Iterable[str] = reading.slot_types if kind == "SLOT TYPE" else reading.slots
    if not name or name in known:
        reading.wrong(number, f"[{kind}] needs a name of its own")
    reading.kind, reading.name = kind if kind == "SLOT TYPE" else "INTENT EXPRESSION", name
    if kind == "SLOT TYPE":
        reading.slot_types.setdefault(name, {})
    else:
        reading.slots.setdefault(name, {})
        reading.examples.setdefault(name, [])


def _read_entry(reading: _Reading, number: int, row: str) -> None:
    representative, *synonyms = _CELLS.split(row)
    if representative in reading.slot_types[reading.name]:
        reading.wrong(number, f"{representative!r} is there twice")
    reading.slot_types[reading.name][representative] = tuple(synonyms)


def _read_slot(reading: _Reading, number: int, row: str) -> None:
    cells = _CELLS.split(row)
    if len(cells) != 2:
        reading.wrong(number, "a slot is a name and a type, separated by a tab")
        return
    reading.slots[reading.name][cells[0]] = cells[1]


def _read_example(reading: _Reading, number: int, row: str) -> None:
    try:
        example = Example.parse(row)
    except ValueError as error:
        reading.wrong(number, str(error))
        return
    unknown = [tag.slot for tag in example.tags if tag.slot not in reading.slots[reading.name]]
    for slot in unknown:
        reading.wrong(number, f"<{slot}> is not a slot of {reading.name}")
    reading.examples[reading.name].append(example)


def _lost(reading: _Reading, number: int, row: str) -> None:
    reading.wrong(number, f"{row!r} stands under no heading")


_ROWS = {"SLOT TYPE": _read_entry, "INTENT SLOT": _read_slot, "INTENT EXPRESSION": _read_example}
