import math
from dataclasses import dataclass
from typing import ClassVar

from mockcloud.clock import SECOND
from mockcloud.faults.effect import CONNECT, EVERYWHERE, Act, Effect, Hold, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import number, span


@dataclass(frozen=True, slots=True)
class Delay(Effect):
    """Hold up the response for a while; with sigma the time is lognormal around ``by``, from the seed."""

    name: ClassVar[str] = "delay"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = EVERYWHERE | CONNECT | {"extension": ("headers",)}
    hint: ClassVar[str] = "strike at a point that the exchange has"

    by: int = setting(2 * SECOND, span("how long, or the median"))
    sigma: float = setting(0.0, number("standard deviation of the logarithm; 0: always the same time", 0))

    def strike(self, progress: Progress) -> list[Act]:
        if not self.sigma:
            return [Hold(self.by)]
        # Box and Muller; the first number must not be 0.
        normal = math.sqrt(-2 * math.log(1 - progress.draw())) * math.cos(2 * math.pi * progress.draw())
        return [Hold(int(self.by * math.exp(self.sigma * normal)))]
