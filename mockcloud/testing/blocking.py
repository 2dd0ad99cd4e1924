"""`Cloud` and `Device`: the async ones without await. Each method is made of the async one it stands for."""

import functools
import ssl
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Self, TypeVar

from mockcloud.client.vocabulary import Noted
from mockcloud.settings import Edition, Lang
from mockcloud.testing.cloud import AsyncClock, AsyncCloud, Credentials
from mockcloud.testing.device import AsyncDevice
from mockcloud.testing.extension import AsyncExtension
from mockcloud.testing.server import Server

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")


class _Blocking(Generic[A]):
    """Stands before an object of the async API."""

    _async: A
    _server: Server


def _blocking(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Any, P], R]:
    """The method that runs this one on the cloud's loop and waits for it."""

    @functools.wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self._server.call(method(self._async, *args, **kwargs))
        return result

    return call


def _wrapped(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]], blocking: Callable[[R, Server], B]
) -> Callable[Concatenate[Any, P], B]:
    """`_blocking`, of a method whose result has a blocking form too."""

    @functools.wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> B:
        result: R = self._server.call(method(self._async, *args, **kwargs))
        return blocking(result, self._server)

    return call


def _as_it_is(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """A method that waits for nothing."""

    @functools.wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self._async, *args, **kwargs)

    return call


class Clock(_Blocking[AsyncClock]):
    """`AsyncClock` without await."""

    def __init__(self, clock: AsyncClock, server: Server) -> None:
        self._async = clock
        self._server = server

    now = _blocking(AsyncClock.now)
    advance = _blocking(AsyncClock.advance)
    advance_to = _blocking(AsyncClock.advance_to)
    freeze = _blocking(AsyncClock.freeze)
    reset = _blocking(AsyncClock.reset)


class Cloud(_Blocking[AsyncCloud]):
    """A cloud of one's own: an account with its listener, clock, journal and faults.

        with mockcloud.Cloud(scenario="weather.yaml") as cloud, cloud.device() as device:
            device.say("오늘 날씨 어때")
            cloud.expect("SpeechSynthesizer.SpeechFinished", within=5)

    Arguments as of `AsyncCloud`. Use it from any thread, but not on an event loop that the program under test needs:
    `AsyncCloud` is for that.
    """

    clock: "Clock"
    """The account's clock."""

    def __init__(
        self,
        *,
        scenario: str | Path | Mapping[str, Any] | None = None,
        faults: Iterable[Mapping[str, Any]] = (),
        edition: Edition | None = None,
        strict: bool | None = None,
        timezone: str | None = None,
        lang: Lang | None = None,
        seed: int | None = None,
        behaviour: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        server: Server | None = None,
        account: str = "",
        listener: Literal["own", "shared"] = "own",
        allow: Iterable[str] = (),
        check: bool = True,
    ) -> None:
        self._owned = Server(settings) if server is None else None
        self._server = server or self._owned or Server()
        self._async = AsyncCloud(
            scenario=scenario,
            faults=faults,
            edition=edition,
            strict=strict,
            timezone=timezone,
            lang=lang,
            seed=seed,
            behaviour=behaviour,
            server=self._server,
            account=account,
            listener=listener,
            allow=allow,
            check=check,
        )
        self.clock = Clock(self._async.clock, self._server)

    def __enter__(self) -> Self:
        if self._owned is not None:
            self._owned.start()
        try:
            self._server.call(self._async.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._server.is_running:
                self._server.call(self._async.__aexit__(kind, error, trace))
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._owned is not None:
            self._owned.stop()

    @property
    def server(self) -> Server:
        """Where the account is."""
        return self._server

    @property
    def awaitable(self) -> AsyncCloud:
        """The same cloud for coroutines."""
        return self._async

    @property
    def account(self) -> str:
        """Its id in the control API; empty before it is made."""
        return self._async.account

    @property
    def url(self) -> str:
        """The device listener: ``https://127.0.0.1:43211``."""
        return self._async.url

    @property
    def control_url(self) -> str:
        """The control API: ``http://127.0.0.1:43212``."""
        return self._async.control_url

    @property
    def ca_file(self) -> str:
        """The certificate that devices have to trust, PEM; empty without TLS."""
        return self._async.ca_file

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """TLS for a client that trusts this cloud, with ALPN ``h2``."""
        return self._async.ssl_context

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which a program under test finds its cloud."""
        return self._async.environ

    def credentials(self) -> Credentials:
        """What a device needs to log in itself."""
        return self._async.credentials()

    def device(self, name: str = "device", **profile: Any) -> "Device":
        """The bundled device with this ``device_id``, on inside of ``with``; ``profile`` as for `Profile`."""
        return Device(self._async.device(name, **profile), self._server)

    on = _as_it_is(AsyncCloud.on)
    extension = _wrapped(AsyncCloud.extension, lambda extension, server: Extension(extension, server))
    token = _blocking(AsyncCloud.token)
    load = _blocking(AsyncCloud.load)
    push = _blocking(AsyncCloud.push)
    say = _blocking(AsyncCloud.say)
    fault = _blocking(AsyncCloud.fault)
    clear_faults = _blocking(AsyncCloud.clear_faults)
    expire_tokens = _blocking(AsyncCloud.expire_tokens)
    reset = _blocking(AsyncCloud.reset)
    journal = _blocking(AsyncCloud.journal)
    expect = _blocking(AsyncCloud.expect)
    assert_received = _blocking(AsyncCloud.assert_received)
    wait_for_channel = _blocking(AsyncCloud.wait_for_channel)
    check = _blocking(AsyncCloud.check)
    findings = _blocking(AsyncCloud.findings)
    story = _blocking(AsyncCloud.story)


class Extension(_Blocking[AsyncExtension]):
    """`AsyncExtension` without await."""

    def __init__(self, extension: AsyncExtension, server: Server) -> None:
        self._async = extension
        self._server = server

    @property
    def id(self) -> str:
        """The ``extensionId`` under which it is registered."""
        return self._async.id

    @property
    def url(self) -> str:
        """Where its requests go."""
        return self._async.url

    @property
    def described(self) -> Mapping[str, Any]:
        """What the control API answered: the registration, and the report of its build."""
        return self._async.described

    requests = _blocking(AsyncExtension.requests)
    answers = _blocking(AsyncExtension.answers)


class Device(_Blocking[AsyncDevice]):
    """`AsyncDevice` without await; it lives on the cloud's loop."""

    def __init__(self, device: AsyncDevice, server: Server) -> None:
        self._async = device
        self._server = server
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self._server.call(self._stack.enter_async_context(self._async))
        return self

    def __exit__(self, *exc: object) -> None:
        if self._server.is_running:
            self._server.call(self._stack.aclose())

    @property
    def timeline(self) -> list[Noted]:
        """What it noted so far: `mockcloud.client.vocabulary.Noted`."""
        return list(self._async.timeline)

    ready = _blocking(AsyncDevice.ready)
    say = _blocking(AsyncDevice.say)
    type = _blocking(AsyncDevice.type)
    send_event = _blocking(AsyncDevice.send_event)
    press = _blocking(AsyncDevice.press)
    power = _blocking(AsyncDevice.power)
    do = _blocking(AsyncDevice.do)
    wait_for = _blocking(AsyncDevice.wait_for)
