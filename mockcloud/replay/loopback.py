"""The cloud behind its real listener and the bundled devices over real sockets, in one process, on one event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cache, partial
from typing import Any, TypeVar

from mockcloud.cic.machine import CIC_PATHS, CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.transport import Transport
from mockcloud.clock import SECOND, Instant
from mockcloud.replay.pace import PacedLoop
from mockcloud.replay.world import Opening, await_downchannels, observe_noted
from mockcloud.server.certificates import CLOUD_NAMES, CertificateAuthority
from mockcloud.server.cloud import Tls
from mockcloud.server.device_app import DeviceApp
from mockcloud.server.driver import Driver
from mockcloud.server.listener import Listener

Answer = TypeVar("Answer")

HOST = "127.0.0.1"


class Loopback:
    """A world over sockets. ``speed`` is how many times as fast as real its time passes; without it time that nobody
    uses is skipped (`PacedLoop`)."""

    def __init__(self, opening: Opening, speed: float | None = None) -> None:
        self.way = "over loopback" + (f" at {speed:g} times real speed" if speed else "")
        self._opening = opening
        self._loop = PacedLoop(speed)
        self._done: Callable[[], bool] = _never
        self._crash: BaseException | None = None
        self._transports: dict[str, Transport] = {}
        self.cloud = CloudMachine(opening.settings, opening.catalogue, wall=opening.wall, now=self._loop.now())
        self._account = opening.account(self.cloud)
        self._driver = Driver(self.cloud, frozenset(CIC_PATHS), self._loop.now)
        self._driver.settled = self._settled
        self._loop.is_calling = lambda: self._driver.is_calling
        limits = opening.settings.limits
        app = DeviceApp(self._driver, limits.body)
        app.routes.load()  # here, not in a thread: requests are to be taken in their order
        self._listener = Listener(
            app,
            self._driver,
            host=HOST,
            port=0,
            ssl_context=_tls().context,
            header_limit=limits.header_block,
            arrivals=self._driver,
            context_for=_tls().context_for,
        )

        self.ids = {given.name: given.name for given in opening.devices}

    @property
    def now(self) -> Instant:
        return self._loop.now()

    def open(self) -> None:
        self._run(self._connect())
        await_downchannels(self, len(self._opening.devices))

    def tell(self, name: str, instruction: dev.Instruction) -> None:
        self._run(self._tell(name, instruction))

    def ask(self, operation: Any) -> Any:
        return self._run(self._driver.ask(operation))

    def run_until(self, when: int, done: Callable[[], bool] = lambda: False) -> bool:
        self._done = done
        timer = self._loop.call_at(self.now / SECOND if done() else when / SECOND, self._loop.stop_when_quiet)
        try:
            self._loop.run_forever()
        finally:
            timer.cancel()
            self._done = _never
        if self._crash is not None:
            raise self._crash
        return done()

    def close(self) -> None:
        try:
            self._loop.run_until_complete(self._stop())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        answer = self._loop.run_until_complete(work)
        if self._crash is not None:
            raise self._crash
        return answer

    async def _connect(self) -> None:
        await self._listener.start()
        account = self._account
        url = f"https://{HOST}:{self._listener.port}"
        for given in self._opening.devices:
            self._transports[given.name] = Transport(
                self._opening.device(given, account, url),
                self._opening.profile(given, account, url),
                ca_file=_tls().ca_file,
                noted=partial(self._noted, given.name),
                crashed=self._crashed,
                clock=self._loop.now,
            )
            self._transports[given.name].feed(dev.Did(dev.Start()))

    async def _tell(self, name: str, instruction: dev.Instruction) -> None:
        self._transports[name].feed(dev.Did(instruction))

    async def _stop(self) -> None:
        await asyncio.gather(*(transport.close() for transport in self._transports.values()))
        await self._listener.stop()
        await self._driver.stop()

    def _noted(self, name: str, noted: dev.Noted) -> None:
        observe_noted(self._account, name, noted, self.now)

    def _settled(self) -> None:
        if self._done():
            self._loop.stop_when_quiet()

    def _crashed(self, error: BaseException) -> None:
        self._crash = error
        self._loop.stop()


@cache
def _authority() -> CertificateAuthority:
    """One for all replays of a process; its file goes with it."""
    return CertificateAuthority.fresh()


@cache
def _tls() -> Tls:
    authority = _authority()
    return Tls.of(authority, CLOUD_NAMES)


def _never() -> bool:
    return False
