"""Faults in a document of their own, YAML or JSON, as the control API takes them."""

from typing import Any

from mockcloud.catalogue.documents import Document, load
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.faults.fault import Fault
from mockcloud.faults.reading import SCHEMA, FaultError, parse

_FILE = "fault"


def read_fault(text: str) -> Fault:
    """One mapping. Raises `UnreadableInput` with every mistake."""
    return _read(load(text, file=_FILE, schema=SCHEMA), [()])[0]


def read_faults(text: str) -> list[Fault]:
    """A list of mappings. Raises `UnreadableInput` with every mistake, two of the same id among them."""
    document = load(text, file=_FILE, schema={"type": "array", "items": SCHEMA})
    return _read(document, [(index,) for index in range(len(document.value))])


def _read(document: Document, paths: list[tuple[int, ...]]) -> list[Fault]:
    found: list[Fault] = []
    problems: list[Problem] = []
    for path in paths:
        written: Any = document.value
        for step in path:
            written = written[step]
        try:
            fault = parse(written)
        except FaultError as error:
            problems += [document.problem(flaw.said, (*path, *flaw.path), flaw.hint) for flaw in error.flaws]
            continue
        if fault.id and any(fault.id == other.id for other in found):
            problems.append(document.problem(f"there are two faults {fault.id!r}", (*path, "id")))
        found.append(fault)
    if problems:
        raise UnreadableInput(problems)
    return found
