from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import PARTS, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import Kind
from mockcloud.wire.messages import Directive, dumps, split_name
from mockcloud.wire.multipart import Part, directive_part


@dataclass(frozen=True, slots=True)
class UnknownDirective(Effect):
    """A directive that no specification knows comes before the one meant; a device ignores it alone (D-055)."""

    name: ClassVar[str] = "unknown_directive"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = PARTS
    hint: ClassVar[str] = "directives are the JSON parts of events and downchannels: strike at part"

    directive: str = setting(
        "Mockcloud.Unheard",
        Kind({"type": "string", "pattern": r"^\S+\.\S+$"}, "its full name"),
    )

    def parts(self, parts: list[Part], at: int, progress: Progress) -> list[Part]:
        namespace, name = split_name(self.directive)
        message = Directive(namespace, name, progress.uuid(), {}).as_json()
        return [*parts[:at], directive_part(name, progress.uuid(), dumps(message)), *parts[at:]]
