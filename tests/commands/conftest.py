"""The command line without the user's own settings, and a running cloud for commands that talk to one."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcloud.client import ReferenceDevice
from mockcloud.commands import command_line
from mockcloud.commands.authority import device_tls
from mockcloud.commands.workers import loaded
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from mockcloud.settings import Settings
from tests.patience import PATIENCE

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working folder of the test's own, and no MOCKCLOUD_* in the environment."""
    for name in [name for name in os.environ if name.startswith("MOCKCLOUD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    loaded.cache_clear()  # by paths relative to the folder that a process starts in, which here is another each time
    return work


@pytest.fixture
def run() -> Run:
    """Run a command line in this process: ``run("certs", "path")``."""

    def running(*words: str) -> Result:
        return CliRunner().invoke(command_line, list(words), prog_name="mockcloud")

    return running


def spawn(*words: str, **more: Any) -> "subprocess.Popen[str]":
    """A command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mockcloud", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **more,
    )


@contextmanager
def spawned(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """The same, ended by force if it has not ended."""
    process = spawn(*words)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


class CloudInThread:
    """A cloud on free ports, for commands that block."""

    def __init__(self) -> None:
        self.authority = CertificateAuthority.fresh()
        settings = Settings(port=0, control_port=0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.cloud = RunningCloud(settings, tls=device_tls(settings, self.authority))
        self._wait(self.cloud.start())

    def ask(self, operation: Any) -> Any:
        return self._wait(self.cloud.ask(operation))

    @contextmanager
    def device(self) -> Iterator[ReferenceDevice]:
        """The bundled device, connected to the default account."""
        account = self.cloud.machine.core.accounts.by_id["default"]
        device = ReferenceDevice(
            self.cloud.device_url,
            ca_file=self.authority.ca_file,
            client_id=account.client_id,
            client_secret=account.client_secret,
            naver_access_token=account.naver_access_token,
        )
        self._wait(device.__aenter__())
        try:
            self._wait(device.ready())
            yield device
        finally:
            self._wait(device.__aexit__(None, None, None))

    def flags(self) -> Sequence[str]:
        """What a command needs to reach it."""
        return ("--control-url", self.cloud.control_url)

    def stop(self) -> None:
        self._wait(self.cloud.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)


@pytest.fixture(scope="module")
def shared_cloud() -> Iterator[CloudInThread]:
    cloud = CloudInThread()
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(shared_cloud: CloudInThread) -> CloudInThread:
    """A running cloud whose default account remembers nothing."""
    from mockcloud.cic.operations import ResetAccount

    shared_cloud.ask(ResetAccount("default"))
    return shared_cloud
