"""A fault that has been set in an account: plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from mockcloud.faults.fault import Fault
from mockcloud.faults.points import On


@dataclass(slots=True)
class ArmedFault:
    """A fault and how often it has struck."""

    id: str
    fault: Fault
    struck: int = 0
    met: int = 0
    """Exchanges that it might have struck, by which chance goes on."""
    drawn: int = 0
    is_waiting: bool = False
    """The time of its ``after`` has not come."""

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times

    def is_for(self, on: On, device: str, grant: str = "") -> bool:
        fault = self.fault
        return (
            fault.on == on
            and not self.is_spent
            and not self.is_waiting
            and fault.device in ("", device)
            and fault.effect.grant in ("", grant)
        )

    def happens(self, seed: int) -> bool:
        """Whether chance has it strike the exchange that it meets now; the same seed gives the same series."""
        self.met += 1
        return self.fault.chance >= 1 or _chance(f"{seed}/{self.id}/meets/{self.met}") < self.fault.chance

    def drawing(self, seed: int) -> Callable[[], float]:
        """The numbers of which an effect makes what it leaves to chance."""

        def draw() -> float:
            self.drawn += 1
            return _chance(f"{seed}/{self.id}/draws/{self.drawn}")

        return draw

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "struck": self.struck, "fault": {**self.fault.as_json(), "id": self.id}}


def _chance(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48
