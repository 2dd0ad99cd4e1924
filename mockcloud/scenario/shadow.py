"""Rules that can never win, because an earlier one takes everything that they would."""

import json
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from mockcloud.scenario.model import Rule, When

_CONDITIONS = ("says", "slots", "payload", "context", "header", "device", "state", "extension")


def shadowed(rules: Iterable[Rule]) -> Iterator[tuple[int, Rule]]:
    """The places of rules that can never win, each with the rule before it that takes all its events.

    Only rules whose conditions are equal or missing are compared, so ten thousand rules cost little.
    """
    known: dict[tuple[str, ...], list[Rule]] = {}
    for number, rule in enumerate(rules):
        own = _key(rule.when)
        keys = product(*(dict.fromkeys((part, "")) for part in own))
        earlier = (other for key in keys for other in known.get(key, ()))
        before = next((other for other in earlier if covers(other.when, rule.when)), None)
        if before is not None:
            yield number, before
        if not rule.call:  # its code may leave an event to the rules behind it
            known.setdefault(own, []).append(rule)


def covers(first: When, second: When) -> bool:
    """Whether every event that ``second`` takes is taken by ``first``, as far as equality of conditions shows it."""
    if first.nth is not None:
        return False
    for name in _CONDITIONS:
        wanted = getattr(first, name)
        if wanted is not None and wanted != getattr(second, name):
            return False
    return _among(second.event, first.event) and _among(second.intent, first.intent)


def _among(names: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    """Whether every one of these names is among the others; ``None`` stands for all there are."""
    return others is None or (names is not None and set(names) <= set(others))


def _key(when: When) -> tuple[str, ...]:
    return tuple(_written(getattr(when, name)) for name in _CONDITIONS)


def _written(condition: Any) -> str:
    """The condition as text, equal for equal ones; empty if there is none."""
    return "" if condition is None else json.dumps(condition, sort_keys=True, default=str)
