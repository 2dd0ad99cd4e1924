"""Why not: the rules that came nearest to an event that none of them took, or that another one took.

Of each it tells what held, what failed with expected and found, and of the nearest one what to do about it. Made
when somebody asks, and for an event that nothing took; never for one that was answered.
"""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any

from mockcloud.journal.match import MISSING, Mismatch
from mockcloud.scenario.index import RuleIndex
from mockcloud.scenario.model import Rule, When
from mockcloud.scenario.rules import Facts, why_not
from mockcloud.vocabulary.value import Value

HOT = 6
"""Rules that are compared while a device waits for its answer."""
_CONDITIONS = (
    "event",
    "says",
    "extension",
    "intent",
    "slots",
    "payload",
    "context",
    "header",
    "device",
    "state",
    "nth",
)


class NearMiss(Value, frozen=True):
    """A rule that did not take an event."""

    rule: Rule
    held: tuple[str, ...]
    """The conditions that held, by their keys."""
    failed: tuple[Mismatch, ...]
    hint: str

    def __str__(self) -> str:
        """``rule 'weather' (a.yaml:4): says: expected '날씨', found '날시'; held: event``."""
        why = "; ".join(map(str, self.failed)) or self.hint
        held = f"; held: {', '.join(self.held)}" if self.held else ""
        return f"rule {self.rule.name!r} ({self.rule.file}:{self.rule.line}): {why}{held}"

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule.name,
            "file": self.rule.file,
            "line": self.rule.line,
            "held": list(self.held),
            "failed": [
                {"path": one.path, "expected": one.expected, "found": None if one.found is MISSING else one.found}
                for one in self.failed
            ],
            "hint": self.hint,
        }


def nearest_rules(
    rules: Iterable[Rule],
    facts: Facts,
    counts: Mapping[str, int] | None = None,
    *,
    taken_by: str = "",
    most: int = 3,
) -> list[NearMiss]:
    """The rules that came nearest, the nearest first; of equally near ones the earlier.

    ``counts`` tells how often conditions with ``nth`` have held by now, ``taken_by`` which rule took the event.
    """
    found = [_near_miss(rule, facts, counts or {}, taken_by) for rule in rules if rule.name != taken_by]
    return sorted(found, key=_distance)[:most]


def nearest_at_once(index: RuleIndex, facts: Facts, counts: Mapping[str, int]) -> NearMiss | None:
    """The nearest of a few likely rules, in a time that does not depend on how many there are."""
    found = nearest_rules(index.near(facts, HOT), facts, counts, most=1)
    return found[0] if found else None


def _near_miss(rule: Rule, facts: Facts, counts: Mapping[str, int], taken_by: str) -> NearMiss:
    failed = why_not(rule, facts)
    if not failed and rule.when.nth is not None and not taken_by:
        failed = [Mismatch("nth", str(rule.when.nth), counts.get(rule.name, 0))]
    broken = {_condition(one.path) for one in failed}
    held = tuple(name for name in _given(rule.when) if name not in broken)
    return NearMiss(rule, held, tuple(failed), _hint(rule, failed, taken_by))


def _given(when: When) -> list[str]:
    return [name for name in _CONDITIONS if getattr(when, name) is not None]


def _condition(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _distance(miss: NearMiss) -> tuple[int, int, float, int]:
    """Another event is furthest away; then count the conditions that failed; like words are near."""
    other_event = any(one.path == "event" for one in miss.failed)
    likeness = max((_likeness(one) for one in miss.failed if one.path == "says"), default=0.0)
    return other_event, len(miss.failed), -likeness, -len(miss.held)


def _likeness(failed: Mismatch) -> float:
    return SequenceMatcher(None, failed.expected, str(failed.found)).ratio()


def _hint(rule: Rule, failed: list[Mismatch], taken_by: str) -> str:
    if not failed:
        return f"rule {taken_by!r} stands before it and took the event" if taken_by else "it would hold now"
    first = failed[0]
    condition = _condition(first.path)
    if condition == "says" and first.found is MISSING:
        return "nothing was understood: give the audio a meaning (`say`, or POST .../utterances)"
    if condition == "state":
        return f"a rule before it has to say `state: {rule.when.state}`"
    if condition in _HINTS:
        return _HINTS[condition]
    if first.found is MISSING:
        return f"the event has no {first.path}"
    return f"change {first.path} in the rule, or in the event"


_HINTS = {
    "device": "`device` is the device_id of the event's device",
    "event": "it waits for another event",
    "extension": "words are for an extension that is called by its invocation name, or whose session is open",
    "intent": "`mockcloud model test` shows what is understood by words, and what else was near",
    "nth": "it takes only the n-th event for which all else holds",
    "says": "words are compared as a whole: `says: {contains: ...}` takes a part of them",
    "slots": "slots have the values that were understood: `${slots}` shows them",
}
"""What to do about a condition that failed, whatever was found."""
