"""A running cloud: the machine, its driver, the device listener and the control listener."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self, cast

from mockcloud.catalogue import Catalogue
from mockcloud.cic.machine import CIC_PATHS, CloudMachine
from mockcloud.server.control_app import ControlApp
from mockcloud.server.device_app import DeviceApp
from mockcloud.server.driver import Driver, now
from mockcloud.server.listener import Listener
from mockcloud.server.recordings import load_recordings
from mockcloud.server.tasks import Application
from mockcloud.settings import Settings
from mockcloud.speech.transcript import Asr, Recordings


@dataclass(frozen=True, slots=True)
class Tls:
    """The device listener's TLS: its context, and the file of the authority that devices are to trust."""

    context: ssl.SSLContext
    ca_file: Path


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
    ) -> None:
        if recordings is None and settings.recordings:
            recordings = load_recordings(Path(settings.recordings), settings.account.lang)
        self.settings = settings
        self.ca_file = tls.ca_file if tls else None
        self.machine = CloudMachine(
            settings,
            catalogue or Catalogue.load(extra=[Path(folder) for folder in settings.schemas]),
            wall=time.time_ns(),
            now=now(),
            recordings=recordings,
            recogniser=recogniser,
        )
        self.driver = Driver(self.machine, frozenset(CIC_PATHS))
        self._device = Listener(
            cast(Application, DeviceApp(self.driver, settings.limits.body)),
            self.driver,
            host=settings.host,
            port=settings.port,
            ssl_context=tls.context if tls else None,
            header_limit=settings.limits.header_block,
        )
        self._control = Listener(
            cast(Application, ControlApp(self.driver, settings, ca_pem=tls.ca_file.read_bytes() if tls else None)),
            _Unobserved(),
            host=settings.control_host,
            port=settings.control_port,
            ssl_context=None,
            name="control",
        )
        self.device_url = _url("https" if tls else "http", settings.host, self._device.port)
        self.control_url = _url("http", settings.control_host, self._control.port)
        self.machine.control.device_url = settings.public_url or self.device_url

    async def start(self) -> None:
        await self._device.start()
        await self._control.start()
        # In a thread that nobody waits for: the cloud is ready, and the first words find the model made.
        Thread(target=_warm_up, args=(self.settings.account.lang,), name="mockcloud-assistant", daemon=True).start()

    async def stop(self) -> None:
        """End everything, open downchannels included."""
        await asyncio.gather(self._control.stop(), self._device.stop())
        await self.driver.stop()

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

    def ping_received(self, *_: Any) -> None: ...

    def ping_answered(self, *_: Any) -> None: ...


def _warm_up(lang: str) -> None:
    from mockcloud.cloud import assistant

    assistant.warm_up(lang)


def _url(scheme: str, host: str, port: int) -> str:
    """Where a program on this machine reaches a listener; one on all addresses is reached on the loopback."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host) or (f"[{host}]" if ":" in host else host)
    return f"{scheme}://{name}:{port}"
