"""A whole scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mockcloud.clock import instant_of
from mockcloud.scenario.index import RuleIndex
from mockcloud.scenario.model import DeviceGiven, ExtensionGiven, Rule, Step


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str = ""
    file: str = ""
    covers: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    steps: tuple[Step, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    devices: tuple[DeviceGiven, ...] = ()
    extensions: tuple[ExtensionGiven, ...] = ()
    case: str = ""
    """The name of the row of ``cases`` that this is."""
    index: RuleIndex = field(init=False, repr=False, compare=False)
    """Its rules, to be chosen from."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", RuleIndex(self.rules))

    @property
    def name(self) -> str:
        """The title, with the case in brackets."""
        return f"{self.title} [{self.case}]" if self.case else self.title

    def begins(self, timezone: str) -> int | None:
        """When it begins, nanoseconds since 1970; ``None`` if it does not say. A date without an offset is one of this
        time zone."""
        if "clock" not in self.given:
            return None
        date = datetime.fromisoformat(self.given["clock"])
        return instant_of(date if date.tzinfo is not None else date.replace(tzinfo=ZoneInfo(timezone)))
