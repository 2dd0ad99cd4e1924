from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress, setting
from mockcloud.faults.effects.directives import rewritten
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import text
from mockcloud.wire.messages import Json
from mockcloud.wire.multipart import Part


@dataclass(frozen=True, slots=True)
class InvalidDirective(Effect):
    """A directive lacks a member that the specification demands."""

    name: ClassVar[str] = "invalid_directive"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = PARTS
    hint: ClassVar[str] = "directives are the JSON parts of events and downchannels: strike at part"

    without: str = setting("payload", text("the member to leave out: payload, header.messageId, payload.url"))

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:  # noqa: ARG002
        return rewritten(parts, at, self._incomplete)

    def _incomplete(self, message: Json) -> Json:
        *outer, last = self.without.split(".")
        there = message.get("directive", message)
        for step in outer:
            there = there.get(step) if isinstance(there, dict) else None
        if isinstance(there, dict):
            there.pop(last, None)
        return message
