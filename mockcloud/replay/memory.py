"""A scenario in memory: the simulation with the bundled devices in it."""

from collections.abc import Callable

from mockcloud.cic.machine import CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.clock import Instant
from mockcloud.replay.simulation import LATENCY, Simulation
from mockcloud.replay.world import SETTLE_WITHIN, Opening, await_downchannels, observe_noted


class InMemory(Simulation):
    """A world without sockets, on virtual time."""

    way = "in memory"

    def __init__(self, opening: Opening) -> None:
        super().__init__(CloudMachine(opening.settings, opening.catalogue, wall=opening.wall, now=Instant(0)))
        self._names = [given.name for given in opening.devices]
        self.ids = {name: name for name in self._names}
        self._account = opening.account(self.cloud)
        for given in opening.devices:
            self.add(given.name, opening.device(given, self._account, "https://localhost"))

    def open(self) -> None:
        for name in self._names:
            self.tell(name, dev.Start())
        await_downchannels(self, len(self._names))

    def run_until(self, when: int, done: Callable[[], bool] = lambda: False) -> bool:
        """As `Simulation.run_until`; what is under way then arrives before the next step begins."""
        super().run_until(when, done)
        limit = self.now + SETTLE_WITHIN
        while (upcoming := self.next_arrival()) is not None and upcoming <= min(self.now + LATENCY, limit):
            self.step()
        return done()

    def note(self, name: str, noted: dev.Noted) -> None:
        super().note(name, noted)
        observe_noted(self._account, name, noted, self.now)

    def close(self) -> None:
        """No more calls to extensions, which are all that it touches outside of it."""
        self.extension_calls.close()
