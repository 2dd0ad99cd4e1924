"""What understanding answers: values that explain themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.nlu.slots import Source


@dataclass(frozen=True, slots=True)
class Span:
    """A slot's value and where it was found."""

    slot: str
    surface: str
    """As it was said."""
    value: str
    source: Source
    """``dict`` an entry of the slot type, ``example`` a value tagged in an example, ``builtin`` by grammar, ``open``
    what stands where a value is expected."""
    moment: str = ""
    """ISO 8601: what a date or time means, if it was asked against one."""
    type: str = ""
    """The slot's type."""

    def as_json(self) -> dict[str, Any]:
        told = {"slot": self.slot, "surface": self.surface, "value": self.value, "source": self.source}
        return told | ({"moment": self.moment} if self.moment else {})


@dataclass(frozen=True, slots=True)
class Runner:
    """An intent with its best example and that one's score in thousandths."""

    intent: str
    score: int
    example: str
    spans: tuple[Span, ...] = ()
    """The values of its slots, of `Reading.nearest` alone."""

    def as_json(self) -> dict[str, Any]:
        return {"intent": self.intent, "score": self.score, "example": self.example}


@dataclass(frozen=True, slots=True)
class Reading:
    """What an utterance means; ``intent`` is ``None`` if nobody understands it."""

    text: str
    lang: str
    model: str = ""
    intent: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    score: int = 0
    """Thousandths."""
    example: str = ""
    """The matched one, with its tags."""
    spans: tuple[Span, ...] = ()
    runners_up: tuple[Runner, ...] = ()
    """Best first, the intent itself left out."""
    why: str = ""
    nearest: Runner | None = None
    """If nothing was understood, the intent of the developer's own that came nearest."""

    def surface(self, slot: str) -> str:
        """What was said for this slot; empty if nothing was."""
        return next((span.surface for span in self.spans if span.slot == slot), "")

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "lang": self.lang,
            "intent": self.intent,
            "slots": dict(self.slots),
            "score": self.score,
            "example": self.example,
            "spans": [span.as_json() for span in self.spans],
            "runners_up": [runner.as_json() for runner in self.runners_up],
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What building found out about the models."""

    intents: int
    examples: int
    unrecovered: tuple[tuple[str, str, str | None], ...] = ()
    """Examples that are not understood as their own intent: intent, example, what they are taken for."""
    twins: tuple[tuple[str, str, str, str], ...] = ()
    """Examples of two intents that say the same: intent, example, other intent, its example."""
