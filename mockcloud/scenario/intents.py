"""Intents that a scenario speaks of: whether there are such, and whether they have such slots."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockcloud.catalogue.explanation import nearest
from mockcloud.journal.match import OPERATORS
from mockcloud.scenario.model import ExtensionGiven
from mockcloud.scenario.reading import Path, Reading

Intents = Mapping[str, tuple[str, ...]]
"""Slots by intent."""


def intents_of(extensions: Iterable[ExtensionGiven], extension: str) -> Intents | None:
    """The intents of an extension; ``None`` if the scenario does not give it: then nothing is known of them."""
    return next((one.intents for one in extensions if one.id == extension), None)


def all_intents(lang: str, extensions: Sequence[ExtensionGiven]) -> Intents:
    """The intents of the built-in assistant and of all extensions that are given."""
    from mockcloud.nlu.assistant import intents  # a scenario that asks for no intent need not read the models

    known = dict(intents(lang))
    for one in extensions:
        for name, slots in one.intents.items():
            known[name] = (*known.get(name, ()), *slots)
    return known


def check_intents(
    reading: Reading, names: Sequence[str], slots: Mapping[str, Any], known: Intents, whose: str, path: Path
) -> None:
    """Problems for intents that are not known, and for slots that none of these intents has.

    ``whose`` says who has none: ``the built-in assistant has``. ``path`` is where ``intent`` and ``slots`` stand.
    """
    for name in names:
        if name not in known:
            reading.problem(f"{whose} no intent {name!r}", (*path, "intent"), _meant(name, sorted(known)))
    if not all(name in known for name in names):
        return
    there = [slot for name in names for slot in known[name]]
    for slot in slots:
        if slot not in there and slot not in OPERATORS:
            said = f"{' or '.join(names)} has no slot {slot!r}"
            reading.problem(said, (*path, "slots", slot), _meant(slot, there), key=True)


def _meant(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f"did you mean {near}?" if near else f"there are: {', '.join(known) or 'none'}"
