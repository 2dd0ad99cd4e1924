"""A cloud in a thread of its own: what `Cloud`, `AsyncCloud` and the fixtures stand on.

The server has its own event loop in its own thread, so a test that blocks, or whose loop is busy, never makes it
late. Everything that wants something of it hands over a coroutine; nothing else crosses the threads.
"""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mockcloud.errors import MockcloudError, listed

if TYPE_CHECKING:
    from mockcloud.server.cloud import RunningCloud
    from mockcloud.settings import Settings

T = TypeVar("T")

PORTS = {"port": 0, "control_port": 0}
"""Free ones: tests run in parallel."""
STOP_WITHIN = 10.0
_NOT_RUNNING = "the cloud is not running: use it inside of its `with` block"
_STOPPED = "the cloud was stopped while it was at it"


class Refused(MockcloudError):
    """The cloud refused what it was asked; ``status`` and ``problems`` are those of the control API."""

    exit_code = 1

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.problems = list(body.get("problems") or body.get("errors") or ())
        more = "".join(f"\n  {line}" for line in listed([_shown(problem) for problem in self.problems[1:]]))
        super().__init__(f"{body.get('title', 'Refused')}: {body.get('detail', '')}{more}")


class Server:
    """A cloud that any number of accounts share; use `start` and `stop`, or ``with``.

    ``settings`` are those of ``mockcloud.yaml``, nested as there, or a whole `Settings`. `start` raises `CannotStart`
    if it does not come up, `SettingError` for a setting that does not exist. `call`, `run`, `await_`, `ask` and `cloud`
    are the way to its own thread, which `Cloud` and `AsyncCloud` go.
    """

    def __init__(self, settings: "Mapping[str, Any] | Settings | None" = None) -> None:
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cloud: RunningCloud | None = None
        self._ready = self._stopping = self._ended = _moment()
        self._handing_over = threading.Lock()
        """Held while work is handed to the loop, and when it takes no more: what was taken is done or cancelled."""
        self.errors = _Errors()

    @property
    def cloud(self) -> "RunningCloud":
        """What runs. Touch it on its own loop only."""
        if self._cloud is None:
            raise MockcloudError(_NOT_RUNNING)
        return self._cloud

    @property
    def is_running(self) -> bool:
        """Whether it is between `start` and `stop`."""
        return self._cloud is not None

    @property
    def control_url(self) -> str:
        """The control API: ``http://127.0.0.1:43212``."""
        return self.cloud.control_url

    @property
    def device_url(self) -> str:
        """The listener that accounts share: ``https://127.0.0.1:43211``."""
        return self.cloud.device_url

    @property
    def ca_file(self) -> Path | None:
        """The certificate that devices have to trust, PEM; ``None`` without TLS."""
        return self.cloud.ca_file

    def start(self) -> None:
        """Both listeners are open when this returns."""
        if self._thread is not None:
            raise MockcloudError("the server runs already: give it to as many clouds as you like (server=...)")
        self._ready, self._stopping, self._ended = _moment(), _moment(), _moment()
        self._thread = threading.Thread(target=self._run, name="mockcloud", daemon=True)
        self.errors.install()
        try:
            self._thread.start()
            self._ready.result()
        except BaseException:  # it could not start, or a signal has ended the waiting for it
            self.stop()
            raise

    def stop(self) -> None:
        """End everything: open downchannels, calls, the thread. Stopping twice does no harm."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with suppress(concurrent.futures.InvalidStateError):  # it has ended by itself
            self._stopping.set_result(None)
        # Not by joining: a thread whose start was interrupted cannot be joined yet.
        concurrent.futures.wait([self._ended], STOP_WITHIN)
        self.errors.remove()
        if not self._ended.done():
            raise MockcloudError(f"the cloud's thread has not ended within {STOP_WITHIN:g} s")
        thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it on the cloud's loop and wait for its result, whatever thread this is."""
        if threading.current_thread() is self._thread:
            work.close()
            raise MockcloudError("a blocking call on the cloud's own thread would wait for itself: use the async API")
        future = self._hand_over(work)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise MockcloudError(_STOPPED) from None
        except BaseException:
            future.cancel()
            raise

    def run(self, work: Callable[[], T]) -> T:
        """Do something that waits for nothing on the cloud's loop, whatever thread this is."""
        if threading.current_thread() is self._thread:
            return work()

        async def there() -> T:
            return work()

        return self.call(there())

    async def await_(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it on the cloud's loop and await its result on the caller's."""
        if running_loop(work) is self._loop:
            return await work
        future = self._hand_over(work)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if caller is not None and caller.cancelling():
                raise
            raise MockcloudError(_STOPPED) from None

    async def ask(self, operation: Any) -> Any:
        """The body that answers an operation of `mockcloud.cic.operations`. Raises `Refused`."""
        outcome = await self.await_(self.cloud.ask(operation))
        if outcome.status >= 400:
            raise Refused(outcome.status, outcome.body)
        return outcome.body

    def _hand_over(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Have the cloud's loop run it. Raises `MockcloudError` if there is none."""
        with self._handing_over:
            if self._cloud is None or self._loop is None:
                work.close()
                raise MockcloudError(_NOT_RUNNING)
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # told to whoever starts it, in that thread
            if self._ready.done():
                raise
            self._ready.set_exception(error)
        finally:
            self._ended.set_result(None)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with _running(self._settings) as cloud:
            self._cloud = cloud
            self._ready.set_result(None)
            await asyncio.wrap_future(self._stopping)
            with self._handing_over:
                self._cloud = None


def running_loop(work: Coroutine[Any, Any, Any] | None = None) -> asyncio.AbstractEventLoop:
    """The caller's. Raises `MockcloudError` in a program that runs on trio, and drops the work."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        if work is not None:
            work.close()
        raise MockcloudError(
            "no asyncio event loop runs here: AsyncCloud and its devices need one. With anyio run the test on asyncio "
            '(a fixture anyio_backend that returns "asyncio"), or use mockcloud.Cloud in a thread'
        ) from None


def _moment() -> concurrent.futures.Future[None]:
    """Something that threads wait for."""
    return concurrent.futures.Future()


@asynccontextmanager
async def _running(given: "Mapping[str, Any] | Settings | None") -> AsyncIterator["RunningCloud"]:
    from mockcloud.server.certificates import CertificateAuthority, default_names
    from mockcloud.server.cloud import RunningCloud, Tls
    from mockcloud.settings import Settings, apply

    settings = given if isinstance(given, Settings) else apply(Settings(), {**PORTS, **(given or {})})
    # A fresh authority's file is there for as long as the authority is.
    authority = CertificateAuthority.kept(Path(settings.certs)) if settings.certs else CertificateAuthority.fresh()
    tls = Tls.of(authority, default_names(*settings.san)) if settings.tls else None
    async with RunningCloud(settings, tls=tls) as cloud:
        yield cloud


class _Errors(logging.Handler):
    """Faults of mockcloud itself, as they are logged; a test that met one has not passed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    def install(self) -> None:
        logging.getLogger("mockcloud").addHandler(self)

    def remove(self) -> None:
        logging.getLogger("mockcloud").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        reason = record.exc_info[1] if record.exc_info else None
        said = f": {type(reason).__name__}: {reason}" if reason else ""
        self._lines.append(f"{record.name}: {record.getMessage()}{said}")

    @property
    def count(self) -> int:
        return len(self._lines)

    def since(self, count: int) -> list[str]:
        return self._lines[count:]


def _shown(problem: Any) -> str:
    if not isinstance(problem, Mapping):
        return str(problem)
    where = ":".join(str(problem[name]) for name in ("file", "line", "column") if problem.get(name))
    path = problem.get("path") or ""
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return ": ".join(part for part in (where or path, f"{problem.get('said', problem)}{hint}") if part)
