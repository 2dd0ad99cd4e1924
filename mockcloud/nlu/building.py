"""From the console's files to a model that can be asked: the console's `build` (K-037).

    files = ModelFiles((("OrderPizza", tsv_of_the_intent),), (("PIZZA_TYPE", tsv_of_the_type),))
    report = build(files, "ko")
    engine(files, "ko").parse("치즈 피자 두 판 주문해줘", lang="ko").intent

What is built depends on the texts alone, so an engine is kept by them and shared by whoever has the same model.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from mockcloud.errors import Problem
from mockcloud.nlu.builtin_intents import BUILTIN_INTENT_PREFIX, builtin_intents
from mockcloud.nlu.builtin_types import is_builtin, is_known, nearest
from mockcloud.nlu.engine import Engine, EngineFailed, factory
from mockcloud.nlu.model import Example, Intent, Model
from mockcloud.nlu.tsv import IntentFile, SlotTypeFile, read_intent, read_slot_type
from mockcloud.nlu.understanding import Nlu
from mockcloud.vocabulary.value import Value

MOST_CHECKED = 1000
"""Examples that a build asks its model for; of more, every n-th."""
NEAR = 30
"""Thousandths between an example and the nearest example of another intent, from which on the two are twins."""
MODEL = "extension"
"""The id under which an engine has the one model that it was made for."""
MOST_EXAMPLES = 2000
"""Examples of an intent that the console takes; edition 4.4 knows no such limit (K-038)."""
_FEW = 10


class ModelFiles(Value, frozen=True):
    """An interaction model as it was uploaded: its files' texts, by name (K-030)."""

    intents: tuple[tuple[str, str], ...] = ()
    """Name of the intent, text of its TSV."""
    slot_types: tuple[tuple[str, str], ...] = ()
    """Name of the custom slot type, text of its TSV."""
    player: bool = True
    """The built-in intents for audio are understood too (K-032): all but edition 4.4."""
    names: tuple[tuple[str, str], ...] = ()
    """For mistakes: ``intent OrderPizza`` or ``slottype PIZZA_TYPE``, and the file that it comes from."""

    def file(self, kind: str, name: str) -> str:
        """What mistakes in it call this file."""
        return dict(self.names).get(f"{kind} {name}", f"{name}.tsv")


Engines = Callable[[ModelFiles, str], Engine]
"""Gives an engine in which the model of these files is built, in that language. Raises `EngineFailed`."""


class Unrecovered(Value, frozen=True):
    """An example that is not understood as its own intent."""

    intent: str
    example: str
    read_as: str
    """Empty: not understood at all."""


class Twin(Value, frozen=True):
    """Two examples of different intents that are almost the same."""

    intent: str
    example: str
    other: str
    other_example: str
    difference: int
    """Thousandths between their scores."""


class ModelReport(Value, frozen=True):
    """What building a model found out."""

    intents: int
    examples: int
    slot_types: int
    entries: int
    errors: tuple[Problem, ...] = ()
    """What the console refuses."""
    warnings: tuple[Problem, ...] = ()
    checked: int = 0
    """How many examples were asked for."""
    unrecovered: tuple[Unrecovered, ...] = ()
    twins: tuple[Twin, ...] = ()

    @property
    def built(self) -> bool:
        """Whether the console would build it."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        return {
            "built": self.built,
            "intents": self.intents,
            "examples": self.examples,
            "slot_types": self.slot_types,
            "entries": self.entries,
            "checked": self.checked,
            "errors": [_told(problem) for problem in self.errors],
            "warnings": [_told(problem) for problem in self.warnings],
            "unrecovered": [
                {"intent": one.intent, "example": one.example, "read_as": one.read_as or None}
                for one in self.unrecovered
            ],
            "near_twins": [
                {
                    "intent": one.intent,
                    "example": one.example,
                    "other": one.other,
                    "other_example": one.other_example,
                    "difference": one.difference,
                }
                for one in self.twins
            ],
        }


def build(files: ModelFiles, lang: str, *, check: bool = True, engines: Engines | None = None) -> ModelReport:
    """Read the files, compile the model, and with ``check`` ask it for its own examples; ``engines`` as in
    `mockcloud.nlu.invocation.read`.

    Mistakes are not exceptions: they stand in the report, and what is right beside them is understood all the same.
    """
    intents, slot_types = _read(files)
    report = ModelReport(
        intents=len(intents),
        examples=sum(len(intent.examples) for intent in intents.values()),
        slot_types=len(slot_types),
        entries=sum(len(each.entries) for each in slot_types.values()),
        errors=tuple(_errors(files, intents, slot_types)),
        warnings=tuple(_warnings(files, intents, slot_types)),
    )
    if not check or any(_is_too_long(files, intent) for intent in intents.values()):
        return report  # compiling a hundred thousand examples that are refused would take a minute
    try:
        return _checked(report, _model(files, lang), (engines or engine)(files, lang), set(intents))
    except EngineFailed as failure:
        hint = "the setting nlu_engine names it"
        return replace(report, errors=(*report.errors, Problem(str(failure), hint=hint)))


@lru_cache(maxsize=32)
def engine(files: ModelFiles, lang: str) -> Engine:
    """Our engine with this model, and the built-in intents, built in it under the id `MODEL`."""
    made = Nlu()
    made.build([_model(files, lang)], check=False)
    return made


@lru_cache(maxsize=8)
def engines_of(name: str) -> Engines:
    """Who understands: ours without a name, else the engine called ``package.module:Name``. Raises `UnknownEngine`."""
    if not name:
        return engine
    make = factory(name)

    @lru_cache(maxsize=32)
    def theirs(files: ModelFiles, lang: str) -> Engine:
        made = make()
        made.build([_model(files, lang)], check=False)
        return made

    return theirs


# Reading


def _read(files: ModelFiles) -> tuple[dict[str, IntentFile], dict[str, SlotTypeFile]]:
    intents = {name: read_intent(written, files.file("intent", name)) for name, written in files.intents}
    types = {name: read_slot_type(written, files.file("slottype", name)) for name, written in files.slot_types}
    return intents, types


@lru_cache(maxsize=4)
def _model(files: ModelFiles, lang: str) -> Model:
    """What is right in the files, the built-in intents after it: of equal ones the custom intent wins (K-059)."""
    intents, types = _read(files)
    custom = [
        Intent(name, tuple(Example.parse(written) for written, _ in intent.examples), dict(intent.slots))
        for name, intent in intents.items()
    ]
    builtin = [intent for intent in builtin_intents(lang, player=files.player) if intent.name not in intents]
    used = {type_ for intent in custom for type_ in intent.slots.values() if not is_builtin(type_)}
    entries = {name: dict(each.entries) for name, each in types.items()}
    return Model(MODEL, lang, (*custom, *builtin), entries, frozenset(used), bare_values=True)


# What the console refuses, and what it should have said


def _is_too_long(files: ModelFiles, intent: IntentFile) -> bool:
    """Whether an intent has more examples than the console of the newer edition takes (K-038)."""
    return files.player and len(intent.examples) > MOST_EXAMPLES


def _errors(
    files: ModelFiles, intents: Mapping[str, IntentFile], slot_types: Mapping[str, SlotTypeFile]
) -> Iterator[Problem]:
    for intent in intents.values():
        yield from intent.errors
    for slot_type in slot_types.values():
        yield from slot_type.errors
    for name, intent in intents.items():
        file = files.file("intent", name)
        if name.startswith(BUILTIN_INTENT_PREFIX):
            hint = "built-in intents are part of every model: take this one out, or give it another name"
            yield Problem(f"{name} is the name of a built-in intent", file, hint=hint)
        if _is_too_long(files, intent):
            said = f"{name} has {len(intent.examples)} examples, the console takes {MOST_EXAMPLES} (K-038)"
            yield Problem(said, file, intent.examples[MOST_EXAMPLES][1], hint="leave the most alike ones out")
        lines = dict(intent.lines)
        for slot, type_ in intent.slots:
            if not is_builtin(type_) and type_ not in slot_types:
                near = next((known for known in slot_types if known.lower() == type_.lower()), "")
                hint = f"did you mean {near}?" if near else f"add the slot type {type_}, or use a built-in one"
                yield Problem(f"the slot {slot} has the type {type_}, which is not there", file, lines[slot], hint=hint)


def _warnings(
    files: ModelFiles, intents: Mapping[str, IntentFile], slot_types: Mapping[str, SlotTypeFile]
) -> Iterator[Problem]:
    for intent in intents.values():
        yield from intent.warnings
    for slot_type in slot_types.values():
        yield from slot_type.warnings
    yield from _unused(files, intents, slot_types)
    yield from _unknown_types(files, intents)
    yield from _names_of_types(files, intents)
    yield from _words_of_two_types(files, slot_types)
    for name, intent in intents.items():
        if 0 < len(intent.examples) < _FEW:
            said = f"{name} has {len(intent.examples)} examples: about {_FEW} are recommended, 30 with slots (K-038)"
            yield Problem(said, files.file("intent", name))


def _unused(
    files: ModelFiles, intents: Mapping[str, IntentFile], slot_types: Mapping[str, SlotTypeFile]
) -> Iterator[Problem]:
    used = {type_ for intent in intents.values() for _, type_ in intent.slots}
    for name in slot_types:
        if name not in used:
            hint = "declare a slot of it, or take it out"
            yield Problem(f"no slot has the type {name}", files.file("slottype", name), hint=hint)
    for name, intent in intents.items():
        lines = dict(intent.lines)
        written = " ".join(example for example, _ in intent.examples)
        for slot, _ in intent.slots:
            if f"</{slot}>" not in written:
                hint = "tag a value of it in an example, or take it out"
                yield Problem(f"no example has the slot {slot}", files.file("intent", name), lines[slot], hint=hint)


def _unknown_types(files: ModelFiles, intents: Mapping[str, IntentFile]) -> Iterator[Problem]:
    for name, intent in intents.items():
        lines = dict(intent.lines)
        for slot, type_ in intent.slots:
            if is_builtin(type_) and not is_known(type_):
                near = nearest(type_)
                hint = f"did you mean {near}?" if near else "its values are those that examples have"
                said = f"{type_}, the type of {slot}, is not a built-in type that we know"
                yield Problem(said, files.file("intent", name), lines[slot], hint=hint)


def _names_of_types(files: ModelFiles, intents: Mapping[str, IntentFile]) -> Iterator[Problem]:
    """One type, one slot name in all intents, except where an intent has the type twice (K-035)."""
    names: dict[str, str] = {}
    for name, intent in intents.items():
        many = Counter(type_ for _, type_ in intent.slots)
        lines = dict(intent.lines)
        for slot, type_ in intent.slots:
            first = names.setdefault(type_, slot) if many[type_] == 1 else slot
            if first != slot:
                hint = f"call it {first}, as elsewhere (K-035)"
                said = f"the slot {slot} has the type {type_}, whose slots are called {first} elsewhere"
                yield Problem(said, files.file("intent", name), lines[slot], hint=hint)


def _words_of_two_types(files: ModelFiles, slot_types: Mapping[str, SlotTypeFile]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, each in slot_types.items():
        words = [word for value, synonyms in each.entries for word in (value, *synonyms)]
        shared = [word for word in words if owner.setdefault(word, name) != name]
        if shared:
            first = shared[0]
            others = f" and {len(shared) - 1} others" if len(shared) > 1 else ""
            said = f"{first!r}{others}: a value of {owner[first]} too"
            hint = "what is meant is decided by the slots of the intent that the rest of the sentence is most like"
            yield Problem(said, files.file("slottype", name), hint=hint)


# Asking the model for its own examples


def _checked(report: ModelReport, model: Model, asked: Engine, custom: set[str]) -> ModelReport:
    everything = [
        (intent.name, example) for intent in model.intents if intent.name in custom for example in intent.examples
    ]
    some = everything[:: max(1, -(-len(everything) // MOST_CHECKED))]
    unrecovered: list[Unrecovered] = []
    twins: dict[frozenset[tuple[str, str]], Twin] = {}
    for name, example in some:
        reading = asked.parse(example.text, lang=model.lang, session=model.id)
        if reading.intent != name:
            unrecovered.append(Unrecovered(name, str(example), reading.intent or ""))
            continue
        for rival in reading.runners_up[:1]:
            if reading.score - rival.score <= NEAR:
                twin = Twin(name, str(example), rival.intent, rival.example, reading.score - rival.score)
                twins.setdefault(frozenset({(name, str(example)), (rival.intent, rival.example)}), twin)
    return ModelReport(
        report.intents,
        report.examples,
        report.slot_types,
        report.entries,
        report.errors,
        report.warnings,
        len(some),
        tuple(unrecovered),
        tuple(twins.values()),
    )


def _told(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.said,
        "hint": problem.hint,
    }
