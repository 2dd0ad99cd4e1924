"""``fault``: what goes wrong on purpose, of a rule or of a step."""

from collections.abc import Iterable, Iterator

from mockcloud.faults.fault import Fault
from mockcloud.faults.reading import FaultError, parse
from mockcloud.scenario.model import Inject, Rule, Step
from mockcloud.scenario.reading import Path, Reading


def read_fault(reading: Reading, item: dict[str, object], path: Path) -> Fault | None:
    """The fault, or ``None`` if it cannot be; its mistakes become problems of the reading."""
    reading.no_templates(item, path, "a fault is fixed when the file is loaded; cases may be used")
    try:
        return parse(item)
    except FaultError as error:
        for flaw in error.flaws:
            reading.problem(flaw.said, (*path, *flaw.path), flaw.hint)
        return None


def needing_socket(rules: Iterable[Rule], steps: Iterable[Step]) -> Iterator[Fault]:
    """The faults that can only be seen over a socket."""
    for rule in rules:
        if rule.fault is not None and rule.fault.needs_socket:
            yield rule.fault
    for step in steps:
        yield from needing_socket((), step.parts)
        if isinstance(step.action, Inject) and step.action.fault.needs_socket:
            yield step.action.fault
