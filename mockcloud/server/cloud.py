"""A running cloud: the machine, its driver, the device listener and the control listener."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from mockcloud.catalogue import Catalogue
from mockcloud.cic.machine import CIC_PATHS, CloudMachine
from mockcloud.server.calls import Calls
from mockcloud.server.device_app import DeviceApp
from mockcloud.server.device_listeners import DeviceListeners, Tls, url
from mockcloud.server.driver import Driver, now
from mockcloud.server.late import Late
from mockcloud.server.listener import Listener
from mockcloud.server.recordings import load_recordings
from mockcloud.server.signing_keys import SigningKeys
from mockcloud.server.tasks import Application
from mockcloud.settings import Settings
from mockcloud.speech.transcript import Asr, Recordings

if TYPE_CHECKING:
    from mockcloud.server.store import Store

__all__ = ["RunningCloud", "Tls"]


class RunningCloud:
    """Both listeners with the machine behind them. Ports are known, and listened on, as soon as it is made.

        async with RunningCloud(settings, tls=tls) as cloud:
            cloud.device_url, cloud.control_url

    Raises `CannotStart` if a port or host is not to be had.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tls: Tls | None,
        catalogue: Catalogue | None = None,
        recordings: Recordings | None = None,
        recogniser: Asr | None = None,
        wall: int | None = None,
        calls: Calls | None = None,
        store: "Store | None" = None,
    ) -> None:
        """``wall`` is the date at which it begins, nanoseconds since 1970; the real one unless given. ``calls``
        posts to extensions, and is closed with this.

        ``store`` keeps what is to outlive the cloud and is closed with it; without one nothing is kept.
        """
        if recordings is None and settings.recordings:
            recordings = load_recordings(Path(settings.recordings), settings.account.lang)
        self.settings = settings = replace(settings, tls=tls is not None)
        self.ca_file = tls.ca_file if tls else None
        self._ca_pem = tls.ca_file.read_bytes() if tls else None
        self.machine = CloudMachine(
            settings,
            catalogue or Catalogue.load(extra=[Path(folder) for folder in settings.schemas]),
            wall=time.time_ns() if wall is None else wall,
            now=now(),
            recordings=recordings,
            recogniser=recogniser,
            kept=store.records() if store is not None else None,
        )
        self._store = store
        self.calls = calls or Calls(SigningKeys(tls.authority if tls else None))
        self.driver = Driver(self.machine, frozenset(CIC_PATHS), extension_calls=self.calls)
        if store is not None:
            self.driver.keep_in(store)
        device_app = DeviceApp(self.driver, settings.limits.body)
        control_app = Late(self._make_control_app)
        self._late = control_app, device_app.routes
        self._devices = self.driver.listeners = DeviceListeners(device_app, self.driver, settings, tls)
        self._device = self._devices.listener(settings.port)
        self._control = Listener(
            control_app,
            _Unobserved(),
            host=settings.control_host,
            port=settings.control_port,
            ssl_context=None,
            name="control",
        )
        self.device_url = self._devices.url(self._device)
        self.control_url = url("http", settings.control_host, self._control.port)
        self.machine.core.device_url = settings.public_url or self.device_url

    def _make_control_app(self) -> Application:
        from mockcloud.server.control_app import ControlApp

        return cast(Application, ControlApp(self.driver, self.settings, ca_pem=self._ca_pem))

    async def start(self) -> None:
        await self._device.start()
        await self._control.start()
        # In a thread that nobody waits for: the cloud is ready, and the first words find the model made.
        Thread(target=_warm_up, args=(self.settings.account.lang,), name="mockcloud-assistant", daemon=True).start()

    def load(self) -> None:
        """Load now what the first requests to the control API and to ``/token`` would wait for; in any thread."""
        for app in self._late:
            app.load()

    async def stop(self) -> None:
        """End everything, open downchannels included."""
        await asyncio.gather(self._control.stop(), self._device.stop(), self._devices.stop())
        await self.driver.stop()
        if self._store is not None:
            self._store.close()

    async def ask(self, operation: Any) -> Any:
        """Ask an operation of `mockcloud.cic.operations`."""
        return await self.driver.ask(operation)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class _Unobserved:
    """The observer of the control listener: nothing on its connections is an input of the machine."""

    def opened(self, *_: Any) -> None: ...

    def lost(self, *_: Any) -> None: ...

    def request_started(self, *_: Any) -> None: ...

    def protocol_broken(self, *_: Any) -> None: ...

    def ping_received(self, *_: Any) -> None: ...

    def ping_answered(self, *_: Any) -> None: ...


def _warm_up(lang: str) -> None:
    from mockcloud.cloud import assistant

    assistant.warm_up(lang)
