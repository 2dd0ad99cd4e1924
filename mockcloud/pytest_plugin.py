"""The pytest plugin: a cloud of its own for each test.

    def test_device_reconnects(mockcloud, mockcloud_device):
        mockcloud.fault(on="downchannel", effect="reset_stream", code="CANCEL")
        ...

One server runs for the whole session in a thread of its own, started by the first test that wants it; each test has
an account and a listener of its own, deleted afterwards. Nothing is imported before. A test in which a message broke
the specification, in which an expectation of its scenario was not met, or during which mockcloud itself failed, has
failed; ``allow`` lets violations pass.
"""

from collections.abc import Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockcloud.testing.blocking import Cloud, Device
    from mockcloud.testing.cloud import AsyncCloud
    from mockcloud.testing.server import Server

_ARGUMENTS = (
    "scenario", "strict", "faults", "seed", "edition", "timezone", "lang", "behaviour", "listener", "allow", "check",
)  # fmt: skip
"""What the marker takes: all that `mockcloud.AsyncCloud` does, but for what the fixtures give it themselves."""
_MARKER = (
    f"mockcloud({', '.join(f'{name}=...' for name in _ARGUMENTS)}): "
    "how the test's own cloud is; arguments as of mockcloud.Cloud"
)
_EDITIONS = ("newer", "4.4")
_WAYS = ("mockcloud.", "asyncio.", "concurrent.", "contextlib.")
"""Modules that a call to the cloud goes through, and no reader of a report wants to see."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockcloud", "mockcloud: CLOVA's cloud for tests")
    group.addoption("--mockcloud-strict", action="store_true", default=None, help="refuse what breaks the spec")
    group.addoption("--mockcloud-edition", choices=_EDITIONS, default=None, help="edition of the specification")
    group.addoption("--mockcloud-seed", type=int, default=None, help="where identifiers and examples come from")
    group.addoption(
        "--mockcloud-allow",
        action="append",
        default=[],
        metavar="CODE",
        help="a violation that fails no test (* for all); may be given several times",
    )
    parser.addini("mockcloud_strict", "refuse on the wire what breaks the specification", type="bool", default=None)
    parser.addini("mockcloud_edition", "edition of the specification: newer or 4.4", default=None)
    parser.addini("mockcloud_seed", "where identifiers and examples come from", default=None)
    parser.addini("mockcloud_allow", "violations that fail no test", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    _leave_as_it_is(config)


def _leave_as_it_is(config: pytest.Config) -> None:
    """pytest rewrites the asserts of all that is installed with a plugin. There are none here that a test would see,
    and it doubles what the first import of the server costs; there is no public way to say so."""
    hook = getattr(config.pluginmanager, "rewrite_hook", None)
    for names in (getattr(hook, "_must_rewrite", None), getattr(hook, "_marked_for_rewrite_cache", None)):
        if isinstance(names, set):
            names.discard("mockcloud")
        elif isinstance(names, dict):
            names.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(error: object) -> None:
    """A worker of pytest-xdist that was killed has left its files to us."""
    if error:
        from mockcloud.server.folders import sweep

        sweep()


@pytest.fixture(scope="session")
def mockcloud_settings() -> dict[str, Any]:
    """Settings of the server, as in mockcloud.yaml. Override it in your conftest.py."""
    return {}


@pytest.fixture(scope="session")
def mockcloud_server(mockcloud_settings: dict[str, Any]) -> "Iterator[Server]":
    """The server that all tests of the session (of the worker, with pytest-xdist) share."""
    from mockcloud.testing.server import Server

    with Server(mockcloud_settings) as server:
        yield server


@pytest.fixture
def mockcloud_arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Arguments of the test's `mockcloud.Cloud`: ini file, then command line, then the marker, the nearest last.

    Override it to have others for a module or a class.
    """
    given: dict[str, Any] = _from_options(request.config)
    allowed = [*request.config.getini("mockcloud_allow"), *request.config.getoption("mockcloud_allow")]
    for marker in reversed(list(request.node.iter_markers("mockcloud"))):
        unknown = sorted(set(marker.kwargs).difference(_ARGUMENTS))
        if unknown or marker.args:
            wrong = repr(unknown[0]) if unknown else "arguments without a name"
            pytest.fail(
                f"@pytest.mark.mockcloud does not take {wrong}; it takes {', '.join(sorted(_ARGUMENTS))}", pytrace=False
            )
        arguments = dict(marker.kwargs)
        codes = arguments.pop("allow", ())
        allowed += [codes] if isinstance(codes, str) else codes
        given |= arguments
    return {**given, "allow": allowed}


@pytest.fixture
def mockcloud(
    request: pytest.FixtureRequest, mockcloud_server: "Server", mockcloud_arguments: dict[str, Any]
) -> "Iterator[Cloud]":
    """A `mockcloud.Cloud` of the test's own."""
    from mockcloud.testing.blocking import Cloud

    arguments = {**mockcloud_arguments, "server": mockcloud_server}
    checks = arguments.pop("check", True)
    with Cloud(**arguments, check=False) as cloud:
        request.node.stash[_CLOUD] = cloud
        request.node.stash[_CHECKS] = checks
        try:
            yield cloud
        finally:
            del request.node.stash[_CLOUD]


@pytest.fixture
def mockcloud_async(mockcloud: "Cloud") -> "AsyncCloud":
    """The same cloud for tests that await: a `mockcloud.AsyncCloud`."""
    return mockcloud.awaitable


@pytest.fixture
def mockcloud_device(mockcloud: "Cloud") -> "Iterator[Device]":
    """The bundled device, connected to the test's cloud."""
    with mockcloud.device() as device:
        yield device


_CLOUD: "pytest.StashKey[Cloud]" = pytest.StashKey()
_CHECKS = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """What a test does not look at fails it all the same, while its cloud is still there to tell why."""
    result = yield
    cloud = item.stash.get(_CLOUD, None)
    if cloud is not None and item.stash[_CHECKS]:
        cloud.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what happened in its cloud, and of its traceback what its author has written."""
    is_short = (
        call.excinfo is not None and not item.config.getoption("fulltrace") and _shorten(call, call.excinfo.value)
    )
    report = yield
    if is_short and call.excinfo is not None:
        report.longrepr = call.excinfo.getrepr(style="value")
    cloud = item.stash.get(_CLOUD, None)
    if report.failed and cloud is not None and call.excinfo is not None and cloud.server.is_running:
        from mockcloud.testing.findings import CheckFailed, ExpectationFailed

        if not isinstance(call.excinfo.value, CheckFailed | ExpectationFailed):  # they tell it themselves
            report.sections.append(("mockcloud: what happened", cloud.story() or "nothing"))
            if findings := cloud.findings():
                report.sections.append(("mockcloud: what was wrong", str(findings)))
    return report


def _shorten(call: pytest.CallInfo[None], error: BaseException) -> bool:
    """Take the way through mockcloud out of the traceback of an error that is the test's. Returns whether
    every frame was ours or pytest's."""
    entries: list[TracebackType] = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    modules = {_module(entry) for entry in entries} - {f"{__name__}."}
    ours = type(error).__module__.startswith("mockcloud.") or isinstance(error, ValueError)
    if not ours or not any(name.startswith("mockcloud.") for name in modules):
        return False
    kept = None
    for entry in reversed(entries):
        if not _module(entry).startswith(_WAYS):
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    if kept is not None:
        error.__cause__, error.__suppress_context__ = None, True  # its own words say what led to it
        call.excinfo = pytest.ExceptionInfo.from_exception(error.with_traceback(kept))
    return all(name.startswith((*_WAYS, "_pytest.", "pluggy.")) for name in modules)


def _module(entry: TracebackType) -> str:
    return f"{entry.tb_frame.f_globals.get('__name__', '')}."


def _from_options(config: pytest.Config) -> dict[str, Any]:
    """Settings of the ini file and the command line, those of the command line winning."""
    given: dict[str, Any] = {}
    for name in ("strict", "edition", "seed"):
        value = config.getoption(f"mockcloud_{name}")
        value = config.getini(f"mockcloud_{name}") if value is None else value
        if value not in (None, ""):
            given[name] = int(value) if name == "seed" else value
    return given
