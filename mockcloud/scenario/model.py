"""A scenario as it is after loading: rules that say what the cloud answers, steps that say what happens.

Everything is frozen and already checked; what changes while it runs (the state, how often a rule matched) belongs
to the account.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.vocabulary.replies import Outgoing


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; ``None`` asks for nothing. All that are given must hold."""

    event: tuple[str, ...] | None = None
    """Full names, any of them."""
    says: Any = None
    """Pattern over the normalised words of a voice or typed request."""
    payload: Any = None
    context: Any = None
    header: Any = None
    device: str | None = None
    state: str | None = None
    nth: int | None = None
    """Only the so-many-th event for which all else holds, counted from 1."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: When
    then: tuple[Outgoing, ...] = ()
    state: str | None = None
    """The scenario's state after this rule."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Expect:
    """One thing that must (or, with ``never``, must not) be seen before the step's window ends."""

    pattern: Mapping[str, Any]
    within: int
    never: bool = False
    line: int = 0

    def __str__(self) -> str:
        kind = "event" if "event" in self.pattern else "directive"
        rest = {name: value for name, value in self.pattern.items() if name != kind}
        return f"{'never ' if self.never else ''}{kind} {self.pattern.get(kind, '')}" + (
            f" with {rest}" if rest else ""
        )


Do = Literal["say", "type", "press", "event", "push", "wait", "advance", "expect"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens, and what must follow."""

    do: Do
    value: Any = None
    """Words, button, duration in nanoseconds, `Outgoing` of a push, or ``(name, payload)`` of an event."""
    expect: tuple[Expect, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str = ""
    file: str = ""
    covers: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    steps: tuple[Step, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
