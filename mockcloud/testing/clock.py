"""The clock of an account as a test moves it, and with it the clocks of its bundled devices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mockcloud.cic.operations import SetClock
    from mockcloud.client.vocabulary import SetClock as SetDeviceClock
    from mockcloud.cloud.accounts import Account
    from mockcloud.testing.server import Server

_PATIENCE = 1.0
"""Seconds that what a moment brought has for its way between cloud and devices."""


class AsyncClock:
    """The account's clock: alerts, token life and everything that waits follow it.

    The bundled devices that are on follow it as well: those that `AsyncCloud.device` of the same cloud made. A device
    that is switched on later begins with the account's time. Devices of other makes have clocks of their own.

    Times are dates with an offset, ISO 8601 or `datetime`; each method returns the account's time as it then is.
    """

    def __init__(self, time: "Timekeeping") -> None:
        self._time = time

    async def now(self) -> datetime:
        """The account's time, in its time zone."""
        return await self._time.now()

    async def advance(self, by: str) -> datetime:
        """Move on by a duration (``90s``, ``55m``, ``PT55M``); each thing that falls due on the way happens, in order,
        in the cloud and on its bundled devices: alarms ring.

        Raises `Refused` for what is not a duration or goes back.
        """
        return await self._time.advance(by=by)

    async def advance_to(self, to: datetime | str) -> datetime:
        """Move on to a time, as `advance` does. Raises `Refused` for what is not a time or lies behind."""
        return await self._time.advance(to=_written(to))

    async def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop it, now or at a time. On a device no alarm begins to ring meanwhile; what is heard plays on.

        Raises `Refused` for what is not a time.
        """
        return await self._time.set("freeze", to=None if at is None else _written(at))

    async def reset(self) -> datetime:
        """Back to real time."""
        return await self._time.set("reset")


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """A bundled device that is on: its clock moves with the account's. Call it from any event loop."""

    device_id: str
    keep_time: Callable[[], Awaitable[None]]
    """Set its clock to what the account's says; whatever falls due by that happens."""
    next_date: Callable[[], Awaitable[int | None]]
    """When, by its clock, something next falls due (nanoseconds since 1970), if something does."""
    settled: Callable[[frozenset[str], float], Awaitable[None]]
    """Wait until it has received the directives with these identifiers, and until what it has sent since its clock was
    set is answered; so many seconds, and then no longer."""


class Timekeeping:
    """Moves the clock of an account and those of its followers together."""

    def __init__(self, server: "Server", account: Callable[[], str]) -> None:
        self._server = server
        self._account = account
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Move its clock too from now on, until `leave`."""
        self._followers.append(follower)

    def leave(self, follower: Follower) -> None:
        if follower in self._followers:
            self._followers.remove(follower)

    def reading(self) -> "SetDeviceClock":
        """What a device's clock has to be set to, now."""
        return self._server.run(self._reading)

    async def tell(self) -> None:
        """Set the clocks of the followers, and let what that leads to come to its end."""
        await self._tell(await self._server.await_(self._last_seq()))

    async def now(self) -> datetime:
        from mockcloud.cic.operations import ReadAccount

        return datetime.fromisoformat((await self._server.ask(ReadAccount(self._account())))["now"])

    async def set(self, action: Literal["freeze", "advance", "reset"], **time: str | None) -> datetime:
        """Freeze, advance or reset it at once, without stopping at what falls due on the followers."""
        from mockcloud.cic.operations import SetClock

        return await self._ask(SetClock(account=self._account(), action=action, **time))

    async def advance(self, **time: str) -> datetime:
        """Go from one moment at which something falls due to the next: what the cloud does then may be what a device
        waits for, and the other way round."""
        from mockcloud.cic.operations import SetClock

        asked = SetClock(account=self._account(), action="advance", **time)
        if self._followers and (way := await self._server.await_(self._way(asked))) is not None:
            reached, target = way
            while (due := await self._next_date()) is not None and reached < due < target:
                await self._ask(await self._server.await_(self._to(due)))
                reached = due
                asked = await self._server.await_(self._to(target))
        return await self._ask(asked)

    # Inside

    async def _ask(self, asked: "SetClock") -> datetime:
        since = await self._server.await_(self._last_seq())
        body = await self._server.ask(asked)
        await self._tell(since)
        return datetime.fromisoformat(body["now"])

    async def _next_date(self) -> int | None:
        """The next moment at which something falls due here or there."""
        dates = [await follower.next_date() for follower in list(self._followers)]
        dates.append(await self._server.await_(self._cloud_date()))
        return min((date for date in dates if date is not None), default=None)

    async def _tell(self, since: int) -> None:
        for follower in list(self._followers):
            await follower.keep_time()
        await self._settle(since)

    async def _settle(self, since: int) -> None:
        """Wait until the devices have what the cloud has pushed, and answers to what they reported."""
        until = asyncio.get_running_loop().time() + _PATIENCE
        before = -1
        while self._followers and (left := until - asyncio.get_running_loop().time()) > 0:
            last, pushed = await self._server.await_(self._pushed(since))
            if last == before:
                return
            before = last
            for follower in list(self._followers):
                await follower.settled(pushed.get(follower.device_id, frozenset()), left)

    # On the cloud's loop

    def _account_on_loop(self) -> "Account":
        return self._server.cloud.machine.core.accounts.by_id[self._account()]

    def _reading(self) -> "SetDeviceClock":
        from mockcloud.client.vocabulary import SetClock
        from mockcloud.server.driver import now

        clock = self._account_on_loop().clock
        return SetClock(clock.at(now()), clock.frozen_at is not None)

    async def _way(self, asked: "SetClock") -> tuple[int, int] | None:
        """The account's time, and where it is asked to go; ``None`` if the cloud will refuse that."""
        from mockcloud.cic.control import clock_target
        from mockcloud.server.driver import now

        clock = self._account_on_loop().clock
        try:
            target = clock_target(asked, clock, now())
        except ValueError:
            return None
        return None if target is None else (clock.at(now()), target)

    async def _to(self, time: int) -> "SetClock":
        """Go to this time, or stay: on the way to it time passes, and it never goes back."""
        from mockcloud.cic.operations import SetClock
        from mockcloud.clock import date_of
        from mockcloud.server.driver import now

        time = max(time, self._account_on_loop().clock.at(now()))
        date = date_of(time + 999)  # up to a whole microsecond: not before it
        return SetClock(account=self._account(), action="advance", to=date.isoformat())

    async def _cloud_date(self) -> int | None:
        return self._server.cloud.machine.core.timers.next_date(self._account_on_loop().clock)

    async def _last_seq(self) -> int:
        return self._account_on_loop().journal.last_seq

    async def _pushed(self, since: int) -> tuple[int, dict[str, frozenset[str]]]:
        """The journal's last number, and the identifiers of the directives pushed since, by device."""
        journal = self._account_on_loop().journal
        pushed: dict[str, frozenset[str]] = {}
        for entry in journal.find(lambda entry: entry.kind == "directive", after_seq=since):
            if entry.channel == "downchannel" and entry.message_id:
                pushed[entry.device] = pushed.get(entry.device, frozenset()) | {entry.message_id}
        return journal.last_seq, pushed


def _written(time: datetime | str) -> str:
    return time if isinstance(time, str) else time.isoformat()
