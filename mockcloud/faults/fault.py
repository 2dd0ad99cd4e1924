"""A fault: what goes wrong, where, and how often. How people write it, `mockcloud.faults.reading` knows."""

from typing import Any

from mockcloud.faults.effect import Effect
from mockcloud.faults.points import At, On
from mockcloud.faults.settings import written_span
from mockcloud.vocabulary.value import Value


class Fault(Value, frozen=True):
    """What goes wrong, where, and how often."""

    on: On
    effect: Effect
    at: At | None = None
    chance: float = 1.0
    times: int | None = 1
    """``None``: always."""
    device: str = ""
    after: int = 0
    """Nanoseconds of account time."""
    id: str = ""

    @property
    def needs_socket(self) -> bool:
        """Whether it can only be seen over a socket, not in memory."""
        return self.effect.needs_socket_on(self.on)

    @property
    def point(self) -> At:
        """Where it strikes the next exchange."""
        return self.at or At(type(self.effect).legal[self.on][0])

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads as the same fault, its defaults filled in; the id is left out if it has none."""
        written: dict[str, Any] = {"id": self.id} if self.id else {}
        written |= {"on": self.on, "at": str(self.point), "effect": self.effect.name}
        if self.at is None:
            del written["at"]
        written |= {"chance": self.chance, "times": "always" if self.times is None else self.times}
        if self.device:
            written["device"] = self.device
        if self.after:
            written["after"] = written_span(self.after)
        for name, kind in self.effect.settings().items():
            if (value := getattr(self.effect, name)) != "":
                written[name] = kind.write(value)
        return written
