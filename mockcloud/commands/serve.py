"""``mockcloud serve``: both listeners until SIGINT or SIGTERM."""

import asyncio
import gc
import ipaddress
import json
import logging
import math
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from mockcloud import __version__
from mockcloud.commands.configuration import configure
from mockcloud.commands.options import config_flag, json_flag, setting_flags
from mockcloud.commands.output import payload, rows, warn
from mockcloud.commands.registrations import FOLDER, Registrations
from mockcloud.commands.timeline import Tail, details, line
from mockcloud.commands.watched_scenario import WatchedScenario
from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.server.cloud import RunningCloud

USUAL_CONTROL_URL = f"http://{Settings().control_host}:{Settings().control_port}"
LOOK_EVERY = 0.1
"""Seconds between two looks at the journals for what is to be shown."""
MOST_AT_ONCE = 40
"""Lines that a look shows at the most: nobody reads more, and showing must not slow the server down."""


@click.command()
@setting_flags
@config_flag
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Scenario of the account `default`.",
)
@click.option(
    "--extensions",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Register the extensions of this folder, a file <id>.yaml each.  [extensions, if it is there]",
)
@click.option(
    "--reload", "reloads", is_flag=True, help="Load scenario and extensions again whenever one of their files changes."
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="MOCKCLOUD_READY_FILE",
    metavar="FILE",
    help="File that gets the line of --json when the server is ready; gone when it stops.",
)
@json_flag
@click.option("-q", "--quiet", is_flag=True, help="Show no messages as they come and go.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes, warnings and who decided, too.")
def serve(
    changes: tuple[str, ...],
    config: Path | None,
    scenario: Path | None,
    extensions: Path | None,
    reloads: bool,
    ready_file: Path | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **flags: Any,
) -> None:
    """Run the cloud until Ctrl+C or SIGTERM.

    Settings come from the flags here, from MOCKCLOUD_* names of the environment (MOCKCLOUD_PORT,
    MOCKCLOUD_BEHAVIOUR_HANG_OVER), from mockcloud.yaml in this folder or one above, then from the defaults.
    """
    settings = configure(flags, changes=changes, config=config, warn=warn)
    refuse_open_control(settings)
    registered = extensions or (FOLDER if FOLDER.is_dir() else None)
    if reloads and scenario is None and registered is None:
        raise click.UsageError("--reload watches a scenario or extensions: name one by --scenario FILE.")
    registrations = Registrations(registered) if registered is not None else None
    scripted = WatchedScenario(scenario, settings) if scenario is not None else None
    logging.basicConfig(stream=sys.stderr, format="mockcloud: %(levelname)s: %(message)s", level=logging.WARNING)

    def say(text: str) -> None:
        click.echo(text, err=as_json)

    async def run() -> None:
        stopped = _stop_signals()
        async with _open(settings) as cloud:
            if scripted is not None:
                await scripted.load(cloud)
            if registrations is not None:
                await registrations.load(cloud)
            screen = Screen(cloud, say, verbose=verbose)
            with _ReadyFile(ready_file, ready(cloud)):
                if as_json:
                    payload(ready(cloud))
                else:
                    say(greeting(cloud))
                Thread(target=_load_the_rest, args=(cloud,), name="mockcloud-load", daemon=True).start()
                following = asyncio.create_task(screen.follow()) if not quiet else None
                watched = [one for one in (scripted, registrations) if one is not None and reloads]
                watching = [asyncio.create_task(one.watch(cloud, say)) for one in watched]
                await stopped.wait()
        for watch in watching:
            watch.cancel()
        if following is not None:
            following.cancel()
            screen.show(math.inf)

    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(run())
    say("stopped")


def refuse_open_control(settings: Settings) -> None:
    """The control API may do everything: beyond this machine it wants a token."""
    if not settings.control_token and not is_loopback(settings.control_host):
        raise MockcloudError(
            f"the control listener on {settings.control_host!r} could be reached from other machines: "
            "give it a --control-token (or MOCKCLOUD_CONTROL_TOKEN), or leave --control-host at 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _open(settings: Settings) -> "RunningCloud":
    from mockcloud.commands.authority import device_tls, kept
    from mockcloud.server.cloud import RunningCloud

    tls = device_tls(settings, kept(settings)) if settings.tls else None
    if not settings.state:
        return RunningCloud(settings, tls=tls)
    from mockcloud.cloud.records import Unreadable
    from mockcloud.server.store import Store

    store = Store(Path(settings.state))
    try:
        return RunningCloud(settings, tls=tls, store=store)
    except Unreadable as error:
        store.close()
        raise CannotStart(f"{store.file} cannot be understood: {error}; --state names another folder") from error
    except BaseException:
        store.close()
        raise


def ready(cloud: "RunningCloud") -> dict[str, Any]:
    """What programs need to know: the line of ``--json``."""
    return {
        "ready": True,
        "device_url": cloud.device_url,
        "control_url": cloud.control_url,
        "ca_file": str(cloud.ca_file) if cloud.ca_file else None,
    }


def greeting(cloud: "RunningCloud") -> str:
    """What people need to know."""
    account = cloud.machine.core.accounts.by_id["default"]
    trust = [("CA file", str(cloud.ca_file))] if cloud.ca_file else [("TLS", "none: HTTP/2 in clear text (h2c)")]
    state = [("state", cloud.settings.state)] if cloud.settings.state else []
    where = "" if cloud.control_url == USUAL_CONTROL_URL else f" --control-url {cloud.control_url}"
    return "\n".join(
        [
            f"mockcloud {__version__} is ready. Not affiliated with NAVER or LINE.",
            "",
            rows([("device URL", cloud.device_url), ("control URL", cloud.control_url), *trust, *state]),
            "",
            "The account `default` has a registered client:",
            "",
            rows(
                [
                    ("client_id", account.client_id),
                    ("client_secret", account.client_secret),
                    ("naver_access_token", account.naver_access_token),
                ]
            ),
            "",
            "In another terminal:",
            f"  mockcloud say '오늘 날씨 어때'{where}",
            "",
            "Ctrl+C stops.",
            "",
        ]
    )


class Screen:
    """A line for each journal entry of every account."""

    def __init__(self, cloud: "RunningCloud", say: Callable[[str], None], *, verbose: bool) -> None:
        self._accounts = cloud.machine.core.accounts
        self._say = say
        self._verbose = verbose
        self._tails: dict[str, Tail] = {}

    async def follow(self) -> None:
        """Show what comes, until cancelled."""
        while True:
            self.show(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK_EVERY)

    def show(self, now: float) -> None:
        """Show what has come."""
        self._tails = {account.id: self._tails.get(account.id) or Tail() for account in self._accounts}
        for account in self._accounts:
            tail = self._tails[account.id]
            if account.journal.last_seq < tail.after_seq:  # deleted, and made again by the same name
                tail = self._tails[account.id] = Tail()
            if account.journal.last_seq == tail.after_seq:
                continue
            missed = account.journal.last_seq - tail.after_seq - MOST_AT_ONCE
            if missed > 0:
                tail.after_seq += missed
                self._say(f"             · {missed} more that came too fast to show; GET /v1/journal has them")
            entries = account.journal.find(lambda _: True, after_seq=tail.after_seq)
            for entry in tail.take([entry.as_json() for entry in entries], now):
                self._say("\n".join([line(entry), *details(entry, verbose=self._verbose)]))


class _ReadyFile:
    """The ready line in a file, for as long as the server is ready. It is there whole or not at all."""

    def __init__(self, file: Path | None, content: dict[str, Any]) -> None:
        self._file = file
        self._content = content

    def __enter__(self) -> None:
        if self._file is None:
            return
        try:
            descriptor, draft = tempfile.mkstemp(prefix=f".{self._file.name}-", dir=self._file.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as new:
                new.write(json.dumps(self._content, separators=(",", ":")) + "\n")
            os.chmod(draft, 0o644)
            os.replace(draft, self._file)
        except OSError as error:
            raise CannotStart(f"the ready file {self._file} cannot be written: {error.strerror}") from error

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)


def _load_the_rest(cloud: "RunningCloud") -> None:
    """What nobody has to wait for at the start, and nobody is to wait for later."""
    cloud.load()
    _spare_collections()


def _spare_collections() -> None:
    """What is there at the start stays, so collections need not look at it; and they come less often, since a pause
    of theirs is what a push waits for."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _stop_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    return stopped


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop when it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    make: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return make
