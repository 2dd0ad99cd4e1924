"""Two times: `Instant` belongs to the driver and only moves on, `AccountClock` is an account's date and time.

An `Instant` is a number of nanoseconds of a monotonic clock; what it counts from means nothing. An account's
clock maps it to a date, and can be frozen, moved on and set, so that a test need not wait for an alarm.
All timers of a machine stand in one heap (`Timers`); those of an account follow its clock.
"""

import heapq
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from itertools import count
from typing import Any, NewType
from zoneinfo import ZoneInfo

Instant = NewType("Instant", int)

MILLISECOND = 1_000_000
SECOND = 1_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORT = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?", re.ASCII
)
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)


def duration(text: str) -> int:
    """Nanoseconds of ``250ms``, ``5s``, ``3m``, ``2h``, ``1m30s`` or an ISO 8601 duration (``PT55M``, ``P1D``).

    Raises `ValueError` for anything else, a bare number included: it has no unit.
    """
    for pattern, units in (
        (_SHORT, (3600 * SECOND, 60 * SECOND, SECOND, MILLISECOND)),
        (_ISO, (86400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND)),
    ):
        found = pattern.fullmatch(text.strip())
        if found and any(found.groups()):
            return sum(int(Fraction(n) * unit) for n, unit in zip(found.groups(), units, strict=True) if n)
    raise ValueError(f"{text!r} is not a duration: write 250ms, 5s, 3m, 2h or an ISO 8601 duration such as PT55M")


def instant_of(when: datetime) -> int:
    """Nanoseconds since 1970 of a date with a time zone, exactly."""
    delta = when - _EPOCH
    return (delta.days * 86400 + delta.seconds) * SECOND + delta.microseconds * 1000


def date_of(time: int) -> datetime:
    """The date of nanoseconds since 1970, in UTC, exact to the microsecond. Raises `OverflowError` beyond year 9999."""
    return _EPOCH + timedelta(microseconds=time // 1000)


def iso(time: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 with milliseconds, in UTC: ``2026-01-01T07:30:00.000+00:00``."""
    return date_of(time).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class AccountClock:
    """Nanoseconds since 1970 as an account sees them: ``now + offset``, or ``frozen_at`` while it stands still."""

    offset: int
    """What makes an `Instant` a date; fixed by the driver when the account is made, moved by ``advance``."""
    zone: str = "Asia/Seoul"
    frozen_at: int | None = None
    real_offset: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.real_offset = self.offset

    def at(self, now: Instant) -> int:
        """The account's time, in nanoseconds since 1970."""
        return self.frozen_at if self.frozen_at is not None else now + self.offset

    def date(self, now: Instant) -> datetime:
        """The account's time as a date in its time zone."""
        return date_of(self.at(now)).astimezone(self.tzinfo())

    def tzinfo(self) -> ZoneInfo | timezone:
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)

    def instant(self, account_time: int) -> Instant | None:
        """When the account's time will be that, or ``None`` while the clock stands still before it."""
        if self.frozen_at is not None:
            return Instant(0) if account_time <= self.frozen_at else None
        return Instant(account_time - self.offset)

    def freeze(self, now: Instant) -> None:
        self.frozen_at = self.at(now)

    def set(self, account_time: int, now: Instant) -> None:
        """Make it that time; a frozen clock stays frozen."""
        if self.frozen_at is not None:
            self.frozen_at = account_time
        else:
            self.offset = account_time - now

    def advance(self, by: int, now: Instant) -> None:
        self.set(self.at(now) + by, now)

    def reset(self) -> None:
        """Real time again, running."""
        self.frozen_at = None
        self.offset = self.real_offset


@dataclass(slots=True, eq=False)
class Timer:
    """Something that falls due: at an `Instant`, or, with ``clock``, at a time of that account."""

    due: int
    what: Any
    clock: AccountClock | None = None
    cancelled: bool = False


class Timers:
    """Every timer of a machine, in one heap. Those of equal time fall due in the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Timer]] = []
        """Instant, due (of an account's clock, perhaps), order, timer."""
        self._parked: list[tuple[int, Timer]] = []
        self._order = count()

    def at(self, due: Instant, what: Any) -> Timer:
        """Fall due at an instant of the driver's clock."""
        timer = Timer(due, what)
        heapq.heappush(self._heap, (due, due, next(self._order), timer))
        return timer

    def at_account_time(self, due: int, clock: AccountClock, what: Any) -> Timer:
        """Fall due at a time of an account (nanoseconds since 1970)."""
        timer = Timer(due, what, clock)
        self._place(timer, next(self._order))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        if timer is not None:
            timer.cancelled = True

    def clock_changed(self, clock: AccountClock) -> None:
        """Put the timers of an account where its clock now wants them."""
        mine = [(order, timer) for *_, order, timer in self._heap if timer.clock is clock]
        parked = [(order, timer) for order, timer in self._parked if timer.clock is clock]
        if not mine and not parked:
            return
        self._heap = [item for item in self._heap if item[-1].clock is not clock]
        heapq.heapify(self._heap)
        self._parked = [item for item in self._parked if item[1].clock is not clock]
        for order, timer in mine + parked:
            if not timer.cancelled:
                self._place(timer, order)

    def drop(self, clock: AccountClock) -> None:
        """Forget the timers of an account."""
        for timer in [*(item[-1] for item in self._heap), *(item[-1] for item in self._parked)]:
            if timer.clock is clock:
                timer.cancelled = True
        self._parked = [item for item in self._parked if not item[1].cancelled]

    def next_of(self, clock: AccountClock, until: int) -> Timer | None:
        """The earliest timer of an account that falls due by that account time, taken out; ``None``: there is none."""
        mine = [
            (timer.due, order, timer)
            for order, timer in [(order, timer) for *_, order, timer in self._heap] + self._parked
            if timer.clock is clock and not timer.cancelled and timer.due <= until
        ]
        if not mine:
            return None
        found = min(mine)[2]
        self._heap = [item for item in self._heap if item[-1] is not found]
        heapq.heapify(self._heap)
        self._parked = [item for item in self._parked if item[1] is not found]
        return found

    def next_date(self, clock: AccountClock) -> int | None:
        """The account time of the earliest timer of an account; ``None``: there is none."""
        timers = [*(item[-1] for item in self._heap), *(timer for _, timer in self._parked)]
        return min((timer.due for timer in timers if timer.clock is clock and not timer.cancelled), default=None)

    def next_due(self) -> Instant | None:
        while self._heap and self._heap[0][-1].cancelled:
            heapq.heappop(self._heap)
        return Instant(self._heap[0][0]) if self._heap else None

    def pop_due(self, now: Instant) -> Timer | None:
        """The next timer that is due, taken out; ``None`` if none is."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return heapq.heappop(self._heap)[-1]

    def _place(self, timer: Timer, order: int) -> None:
        assert timer.clock is not None
        instant = timer.clock.instant(timer.due)
        if instant is None:
            self._parked.append((order, timer))
        else:
            # Frozen clocks answer 0 for what is past: among each other such timers keep the order of their time.
            heapq.heappush(self._heap, (instant, timer.due, order, timer))
