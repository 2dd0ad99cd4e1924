"""The pytest plugin, seen from a project that uses it."""

import inspect
import subprocess
import sys

import pytest

import mockcloud
from mockcloud import AsyncCloud, pytest_plugin

BROKEN = '{"token": 1}'
CONVERSATION = """
def test_speaks(mockcloud, mockcloud_device):
    mockcloud_device.say("오늘 날씨 어때")
    mockcloud.expect("SpeechSynthesizer.SpeechFinished")
"""


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported() -> None:
    """Runs inside of this process forget what they import, and compiled modules cannot be imported twice."""
    with mockcloud.Cloud() as cloud, cloud.device() as device:
        device.type("안녕")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)  # where it is set, pytest's summary tells each failure whole a second time
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers -p no:cacheprovider -p no:xdist")
    return pytester


def test_a_test_has_a_cloud_and_a_device(project: pytest.Pytester) -> None:
    project.makepyfile(CONVERSATION)
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_test_that_awaits_has_the_same_cloud(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import asyncio

        def test_awaits(mockcloud, mockcloud_async):
            async def converse():
                async with mockcloud_async.device() as device:
                    await device.type("안녕")
                    await mockcloud_async.expect("TextRecognizer.Recognize")

            asyncio.run(converse())
            assert mockcloud.account == mockcloud_async.account
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_each_test_has_its_own_cloud(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        seen = []

        @pytest.mark.parametrize("number", [1, 2])
        def test_one(mockcloud, mockcloud_server, number):
            assert mockcloud.journal() == []
            assert mockcloud.account not in seen
            seen.append(mockcloud.account)
            with mockcloud.device() as device:
                device.type("안녕")
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_broken_message_fails_the_test_that_did_not_look(project: pytest.Pytester) -> None:
    project.makepyfile(
        f"""
        def test_looks_at_nothing(mockcloud_device):
            mockcloud_device.send_event("AudioPlayer.PlayStarted", {BROKEN})
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["messages that break the specification:", "*event.payload.type: * AudioPlayer.PlayStarted: *"]
    )


@pytest.mark.parametrize("how", ["marker", "check", "flag", "ini"])
def test_violations_can_be_allowed(project: pytest.Pytester, how: str) -> None:
    codes = ("event.payload.type", "event.payload.required")
    marker = {"marker": f"@pytest.mark.mockcloud(allow={codes})", "check": "@pytest.mark.mockcloud(check=False)"}
    project.makepyfile(
        f"""
        import pytest

        {marker.get(how, "")}
        def test_sends(mockcloud_device):
            mockcloud_device.send_event("AudioPlayer.PlayStarted", {BROKEN})
        """
    )
    if how == "ini":
        project.makeini(f"[pytest]\nfilterwarnings = error\nmockcloud_allow = {' '.join(codes)}")
    flags = [word for code in codes for word in ("--mockcloud-allow", code)] if how == "flag" else []
    project.runpytest_inprocess(*flags).assert_outcomes(passed=1)


def test_a_failed_test_tells_what_happened(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_fails(mockcloud_device):
            mockcloud_device.type("안녕")
            assert False
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mockcloud: what happened*", "*in event TextRecognizer.Recognize '안녕' *"])


def test_the_marker_gives_the_cloud_its_scenario_and_settings(project: pytest.Pytester) -> None:
    project.makefile(
        ".yaml",
        greet="mockcloud: 1\ntitle: Greet\nrules:\n  - when: {says: 안녕}\n    then: [{speak: 반가워요}]\n",
    )
    project.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.mockcloud(scenario="greet.yaml")

        @pytest.mark.mockcloud(faults=[{"on": "ping", "effect": "status"}], seed=7, lang="ko", strict=True)
        def test_greets(mockcloud, mockcloud_device):
            mockcloud_device.type("안녕")
            assert mockcloud.expect("SpeechSynthesizer.Speak").words == "반가워요"
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_an_expectation_of_the_scenario_that_nothing_met_fails(project: pytest.Pytester) -> None:
    project.makefile(".yaml", asks="mockcloud: 1\ntitle: Asks\nsteps:\n  - expect: {event: TextRecognizer.Recognize}\n")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.mockcloud(scenario="asks.yaml")
        def test_does_nothing(mockcloud):
            pass
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*asks.yaml:4: expected event TextRecognizer.Recognize*"])


def test_a_fault_of_mockcloud_itself_fails(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import logging

        def test_goes_on(mockcloud):
            logging.getLogger("mockcloud.server").error("a bug in mockcloud")
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*bugs in mockcloud, *", "*mockcloud.server: a bug in mockcloud*"])


def test_the_marker_takes_what_a_cloud_takes() -> None:
    taken = inspect.signature(AsyncCloud).parameters.keys()
    assert set(pytest_plugin._ARGUMENTS) == taken - {"settings", "server", "account"}  # those, the fixtures give it


def test_a_mistyped_argument_of_the_marker_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.mockcloud(scenarios="x.yaml")
        def test_never_runs(mockcloud):
            pass
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mockcloud does not take 'scenarios'; it takes allow, *"])


def test_settings_are_overridden_in_a_conftest(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def mockcloud_settings():
            return {"edition": "4.4"}
        """
    )
    project.makepyfile(
        """
        import json, urllib.request

        def test_edition(mockcloud):
            with urllib.request.urlopen(f"{mockcloud.control_url}/v1/accounts/{mockcloud.account}") as answer:
                assert json.load(answer)["edition"] == "4.4"
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_options_of_the_command_line_win(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nfilterwarnings = error\nmockcloud_edition = 4.4\nmockcloud_strict = true")
    project.makepyfile(
        """
        def test_arguments(mockcloud_arguments):
            assert mockcloud_arguments == {"strict": True, "edition": "newer", "seed": 3, "allow": []}
        """
    )
    project.runpytest_inprocess("--mockcloud-edition=newer", "--mockcloud-seed=3").assert_outcomes(passed=1)


def test_loading_the_plugin_imports_nothing_of_the_server() -> None:
    code = (
        "import sys, mockcloud.pytest_plugin\n"
        "heavy = {'quart', 'hypercorn', 'h2', 'jsonschema', 'asyncio.base_events', 'mockcloud.testing'}\n"
        "before = set(sys.modules)\n"
        "print(sorted(heavy & before - {'asyncio.base_events'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_modules_of_mockcloud_are_not_rewritten(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_loader():
            import mockcloud.journal
            assert "assertion" not in type(mockcloud.journal.__spec__.loader).__module__
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_no_thread_no_socket_no_file_is_left(project: pytest.Pytester) -> None:
    project.makepyfile(
        CONVERSATION
        + """

def test_open_downchannels_at_the_end(mockcloud):
    import contextlib
    with contextlib.ExitStack() as stack:
        for number in range(5):
            stack.enter_context(mockcloud.device(f"d{number}"))
"""
    )
    project.makeconftest(
        """
        import gc, glob, tempfile, threading, warnings

        def pytest_unconfigure():
            gc.collect()
            left = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
            assert left in ([], ["mockcloud-assistant"]), left
        """
    )
    result = project.runpytest_subprocess("-W", "error::ResourceWarning")
    result.assert_outcomes(passed=2)
    assert "ResourceWarning" not in result.stderr.str()
    assert result.ret == 0


def test_a_report_tells_what_was_wrong_and_not_the_way_through_mockcloud(project: pytest.Pytester) -> None:
    project.makefile(".yaml", weather="mockcloud: 1\ntitle: Weather\nrules: []\n")
    project.makepyfile(
        """
        import pytest
        import mockcloud as mc

        MODEL = {"intents": {"Order": "[INTENT EXPRESSION]\\n주문해줘\\n"}}

        def test_expects(mockcloud):
            mockcloud.expect("Clova.Hello", payload={"a": 1}, within=0)

        @pytest.mark.mockcloud(scenario="wether.yaml")
        def test_loads(mockcloud):
            pass

        def test_takes_a_port(mockcloud_server):
            with mc.Server({"port": int(mockcloud_server.device_url.rpartition(":")[2])}):
                pass

        def test_calls(mockcloud, mockcloud_device):
            def app(environ, start_response):
                raise KeyError("boom")

            mockcloud.extension(app, model=MODEL, invocation_names=["피자봇"])
            mockcloud_device.type("피자봇 시작해줘")

        def test_has_a_fault_of_its_own(mockcloud):
            {}["own"]
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=4, errors=1)
    result.stdout.fnmatch_lines(
        [
            "wether.yaml: there is no such scenario file",
            "    did you mean weather.yaml?",
            "E  *ExpectationFailed: expected Clova.Hello with payload={'a': 1} within 0 s",
            "test_*.py:7: ExpectationFailed",
            "E  *CannotStart: port * is taken: *",
            "messages that break the specification:",
            "functions that failed:",
            "  the extension's app: Traceback (most recent call last):",
            '    File "*.py", line *, in app',
            "  KeyError: 'boom'",
            "E  *KeyError: 'own'",
        ]
    )
    said = result.stdout.str()
    assert "mockcloud/" not in said
    assert "concurrent/" not in said
    assert said.count("the extension's app") == 1


def test_the_whole_way_is_told_to_who_asks_for_it(project: pytest.Pytester) -> None:
    project.makepyfile("def test_expects(mockcloud):\n    mockcloud.expect('Clova.Hello', within=0)")
    result = project.runpytest_inprocess("--full-trace")
    result.stdout.fnmatch_lines(["*mockcloud/testing/cloud.py:*: ExpectationFailed"])
