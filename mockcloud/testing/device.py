"""The bundled device as tests hold it: connected to their cloud, its utterances understood there."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from mockcloud.client.reference import DeviceTimeout, ReferenceDevice, Turn
from mockcloud.client.vocabulary import Did, DirectiveReceived, EventAnswered, EventSent, Initiator, StateChanged
from mockcloud.testing.clock import Follower, Timekeeping
from mockcloud.testing.server import running_loop

T = TypeVar("T")

_ASKING = ("AUTHORIZING", "EXCHANGING", "REFRESHING")
"""States of its tokens in which it awaits an answer."""
_BLOCKED_AFTER = 2.0
"""Seconds after which the event loop of a device counts as blocked."""

Tell = Callable[[str], Awaitable[None]]


class AsyncDevice(ReferenceDevice):
    """A `ReferenceDevice` of a cloud; inside ``async with`` it has its downchannel.

    ``tell`` tells the cloud what the next audio of this device means; ``time`` is what its clock follows while it is
    on. `AsyncCloud.device` makes it.
    """

    def __init__(self, url: str, name: str, *, tell: Tell, time: Timekeeping, **profile: Any) -> None:
        self._tell = tell
        self._time = time
        self._told_at = 0
        """Where in the timeline the clock was last set."""
        super().__init__(url, **{"device_id": name, "seed": name, "speed": "max", **profile})
        self._follower = Follower(
            self.profile.device_id,
            keep_time=lambda: self._on_its_loop(self._keep_time()),
            next_date=lambda: self._on_its_loop(self._next_date()),
            settled=lambda pushed, within: self._on_its_loop(self._settled(pushed, within)),
        )

    async def __aenter__(self) -> Self:
        running_loop()
        await super().__aenter__()
        try:
            await self.ready()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._time.leave(self._follower)
        await super().__aexit__(kind, error, trace)

    async def say(
        self,
        text: str | None = None,
        *,
        pcm: bytes = b"",
        initiator: Initiator | None = None,
        timeout: float = 30,
    ) -> Turn:
        """Speak, and wait for the response. The cloud is told what the sound of this text means; what ``pcm`` means,
        `AsyncCloud.say` tells it."""
        self._check_on()
        if text is not None and not pcm:
            await self._tell(text)
        return await super().say(text, pcm=pcm, initiator=initiator, timeout=timeout)

    # Its clock

    def _switch_on(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._time.follow(self._follower)
        self._set_clock()
        super()._switch_on()

    def _set_clock(self) -> None:
        """No instruction of the test: what `wait_for` looks at still begins with that one."""
        self._told_at = len(self.timeline)
        if self._transport is not None:
            self._transport.feed(Did(self._time.reading()))

    async def _keep_time(self) -> None:
        self._set_clock()

    async def _next_date(self) -> int | None:
        return self._device.next_date()

    async def _settled(self, pushed: frozenset[str], within: float) -> None:
        if self._is_settled(pushed):
            return
        with suppress(DeviceTimeout):
            await self.wait_for(lambda _: self._is_settled(pushed), within, since=len(self.timeline))

    def _is_settled(self, pushed: frozenset[str]) -> bool:
        received = {
            noted.what.directive.message_id for noted in self.timeline if isinstance(noted.what, DirectiveReceived)
        }
        open_events: set[int] = set()
        asks_for_tokens = False
        for noted in self.timeline[self._told_at :]:
            match noted.what:
                case EventSent(request):
                    open_events.add(request)
                case EventAnswered(request):
                    open_events.discard(request)
                case StateChanged("tokens", state):
                    asks_for_tokens = state in _ASKING
        return pushed <= received and not open_events and not asks_for_tokens

    async def _on_its_loop(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run it where the device lives. A loop whose thread is blocked cannot be waited for: it does it later."""
        if asyncio.get_running_loop() is self._loop:
            return await work
        future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
        done, _ = await asyncio.wait({future}, timeout=_BLOCKED_AFTER)
        return future.result() if done else None
