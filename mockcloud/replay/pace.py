"""An event loop whose time need not be the real one: it passes faster, or is skipped while nothing is under way."""

import asyncio
import selectors
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

from mockcloud.clock import SECOND, Instant
from mockcloud.replay.world import SETTLE_WITHIN

STEP = SECOND // 5000
"""What a look at the sockets costs when it finds something, so that time passes for those who never stop talking."""
GRACE = 0.001
"""Real seconds for which sockets of this machine must be quiet before time is skipped."""


class PacedLoop(asyncio.SelectorEventLoop):
    """``speed`` is how many times as fast as real time it runs, from 0 on.

    Without it time stands still while anything happens, and jumps to the next timer as soon as nothing is under way:
    no byte between sockets of this process, no call (`is_calling`). Peers in other processes would be left behind by
    such jumps; they need a speed.
    """

    def __init__(self, speed: float | None = None) -> None:
        self.is_calling: Callable[[], bool] = lambda: False
        """Whether something is under way that no socket of this process shows. It takes real time."""
        self._speed = speed
        self._began = monotonic_ns()
        self._skipped = 0
        self._stops_by: int | None = None
        self._in_threads = 0
        super().__init__(_PacedSelector(self._select))

    def now(self) -> Instant:
        """Nanoseconds since it was made, as they pass here."""
        if self._speed is None:
            return Instant(self._skipped)
        return Instant(int((monotonic_ns() - self._began) * self._speed))

    def time(self) -> float:
        return self.now() / SECOND

    def stop_when_quiet(self) -> None:
        """Let `run_forever` end when nothing is under way; with a speed that cannot be told, and it ends at once."""
        if self._speed is None:
            self._stops_by = self._skipped + SETTLE_WITHIN
        else:
            self.stop()

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """As ever; time stands still meanwhile, unless it `is_calling`: a host name is looked up, say."""
        future = super().run_in_executor(executor, func, *args)
        self._in_threads += 1
        future.add_done_callback(self._left_thread)
        return future

    def _left_thread(self, _: object) -> None:
        self._in_threads -= 1

    def _select(self, select: "_Select", timeout: float | None) -> "_Ready":
        if self._speed is not None:
            return select(timeout / self._speed if timeout else timeout)
        if self.is_calling():
            return self._in_real_time(select, timeout)
        ready = select(0)
        if not ready and (timeout is None or timeout > 0):
            ready = select(None if self._in_threads else GRACE)
            if not ready:
                return self._quiet(select, timeout)
        if ready:
            self._skipped += STEP
        if self._stops_by is not None and self._skipped >= self._stops_by:
            self._stop()
        return ready

    def _in_real_time(self, select: "_Select", timeout: float | None) -> "_Ready":
        began = monotonic_ns()
        ready = select(timeout)
        self._skipped += monotonic_ns() - began
        return ready

    def _stop(self) -> None:
        self._stops_by = None
        self.stop()

    def _quiet(self, select: "_Select", timeout: float | None) -> "_Ready":
        if self._stops_by is not None:
            self._stop()
        elif timeout is None:
            return select(None)
        else:
            # One more than asked for: a timer must not come out early for a rounding.
            self._skipped += int(timeout * SECOND) + 1
        return []


_Ready = list[tuple[selectors.SelectorKey, int]]
_Select = Callable[[float | None], _Ready]


class _PacedSelector(selectors.DefaultSelector):
    """Waits as its loop says."""

    def __init__(self, wait: Callable[[_Select, float | None], _Ready]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> _Ready:
        return self._wait(super().select, timeout)
