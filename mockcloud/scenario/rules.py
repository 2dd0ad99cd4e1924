"""Which rule takes an event.

Rule 1. The first rule in file order whose conditions all hold wins.
Rule 2. A rule is decided at the earliest phase at which its conditions are known: one that asks for words, or for
        what is understood by them, waits for them, and while it may still win, no later rule is taken.
Rule 3. ``nth`` counts the events for which everything else holds and that no earlier rule took; an event that is
        decided in two phases counts once.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from mockcloud.journal.match import MISSING, Mismatch, matches, mismatches
from mockcloud.nlu.text import normalise
from mockcloud.scenario.expressions import Template
from mockcloud.scenario.model import Rule, When
from mockcloud.vocabulary.value import Value


class Phase(Enum):
    METADATA = auto()
    """The event is known, its words (if it is speech) are not."""
    RESULT = auto()
    """Everything is known."""


class Undecided(Enum):
    """An earlier rule may still win once the words are known."""

    YET = auto()


class Meaning(NamedTuple):
    """What is understood by words."""

    intent: str | None = None
    slots: Mapping[str, Any] = {}
    extension: str | None = None
    """Id of the extension that they are for."""


class Facts(Value, frozen=True):
    """What conditions look at."""

    event: str
    payload: Any
    header: Any
    context: dict[str, Any]
    device: str
    state: str
    words: str | None = None
    """What the user said or typed; ``None`` if nothing, or not known yet."""
    understand: Callable[[str], Meaning] | None = None
    """What is meant by words; asked when a rule wants to know."""

    def meaning(self) -> Meaning:
        """What is understood by the words, nothing if there are none."""
        return Meaning() if self.words is None or self.understand is None else self.understand(self.words)


def choose(rules: Iterable[Rule], facts: Facts, phase: Phase, counts: dict[str, int]) -> Rule | Undecided | None:
    """The rule that takes the event, if any. ``counts`` is the account's, by rule name; it is moved on."""
    moved: dict[str, int] = {}
    taken: Rule | None = None
    for rule in rules:
        when = rule.when
        if not _holds(when, facts):
            continue
        if when.asks_for_words:
            if phase is Phase.METADATA:
                return Undecided.YET
            if not _words_hold(when, facts):
                continue
        if when.nth is not None:
            moved[rule.name] = counts.get(rule.name, 0) + 1
            if moved[rule.name] != when.nth:
                continue
        taken = rule
        break
    if taken is not None or phase is Phase.RESULT:
        counts.update(moved)
    return taken


def _holds(when: When, facts: Facts) -> bool:
    return (
        (when.event is None or facts.event in when.event)
        and (when.state is None or when.state == facts.state)
        and (when.device is None or when.device == facts.device)
        and (when.payload is None or matches(when.payload, facts.payload))
        and (when.header is None or matches(when.header, facts.header))
        and (when.context is None or matches(when.context, facts.context))
    )


def _words_hold(when: When, facts: Facts) -> bool:
    if facts.words is None or (when.says is not None and not matches(when.says, normalise(facts.words))):
        return False
    if when.intent is None and when.extension is None:
        return True
    meaning = facts.meaning()
    return (
        (when.extension is None or meaning.extension == when.extension)
        and (when.intent is None or meaning.intent in when.intent)
        and (when.slots is None or matches(when.slots, meaning.slots))
    )


def why_not(rule: Rule, facts: Facts) -> list[Mismatch]:
    """Every condition of the rule that did not hold."""
    when, found = rule.when, []
    if when.event is not None and facts.event not in when.event:
        found.append(Mismatch("event", " or ".join(when.event), facts.event))
    for name in ("state", "device"):
        wanted = getattr(when, name)
        if wanted is not None and wanted != getattr(facts, name):
            found.append(Mismatch(name, repr(wanted), getattr(facts, name)))
    for name in ("payload", "header", "context"):
        wanted = getattr(when, name)
        if wanted is not None:
            found += mismatches(wanted, getattr(facts, name), name)
    if when.says is not None:
        words = MISSING if facts.words is None else normalise(facts.words)
        found += mismatches(when.says, words, "says")
    if when.extension is not None and (meant_for := facts.meaning().extension) != when.extension:
        found.append(Mismatch("extension", when.extension, MISSING if meant_for is None else meant_for))
    if when.intent is not None:
        found += _why_not_meant(when, when.intent, facts)
    return found


def _why_not_meant(when: When, intents: tuple[str, ...], facts: Facts) -> list[Mismatch]:
    meaning = facts.meaning()
    if meaning.intent not in intents:
        return [Mismatch("intent", " or ".join(intents), MISSING if meaning.intent is None else meaning.intent)]
    return [] if when.slots is None else mismatches(when.slots, meaning.slots, "slots")


def normalise_says(pattern: Any) -> Any:
    """A ``says`` pattern whose words are compared like the user's: without blanks, punctuation and case.

    Regular expressions stay as they are; they are searched in the normalised words.
    """
    if isinstance(pattern, Template):  # its words are known later
        return pattern
    if isinstance(pattern, str):
        return normalise(pattern)
    if isinstance(pattern, list | tuple):
        return [normalise_says(item) for item in pattern]
    if isinstance(pattern, dict):
        return {
            name: value if name in ("matches", "exists", "absent", "schema") else normalise_says(value)
            for name, value in pattern.items()
        }
    return pattern
