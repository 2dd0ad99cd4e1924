"""`mockcloud.Cloud` and `mockcloud.AsyncCloud` as a test uses them, the bundled device being under test."""

import ast
import inspect
import textwrap
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import mockcloud
from mockcloud.client import DeviceOff
from mockcloud.client.vocabulary import StateChanged
from mockcloud.errors import MockcloudError
from mockcloud.settings import SettingError
from mockcloud.testing.blocking import Clock
from mockcloud.testing.clock import AsyncClock
from mockcloud.testing.findings import Findings
from mockcloud.testing.server import Server

SECOND = 1_000_000_000

TAKEN_BACK = """
mockcloud: 1
title: An alarm is taken back later
rules:
  - when: {event: TextRecognizer.Recognize}
    then:
      - {push: Alerts.DeleteAlert, payload: {token: second, type: ALARM}, after: 20m}
"""

SCENARIO = """
mockcloud: 1
title: Rain
rules:
  - name: rain
    when: {says: {contains: 내일}}
    then: [{speak: 네}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def cloud(server: Server) -> Iterator[mockcloud.Cloud]:
    with mockcloud.Cloud(server=server) as cloud:
        yield cloud


def test_a_conversation_with_the_bundled_device(server: Server) -> None:
    with mockcloud.Cloud(server=server, scenario=SCENARIO) as cloud, cloud.device() as device:
        turn = device.say("내일 비 와?")
        speak = cloud.expect("SpeechSynthesizer.Speak")
        assert turn.names == ["SpeechSynthesizer.Speak"]
        assert speak.words == "네"
        assert cloud.expect("SpeechRecognizer.Recognize").words == "내일 비 와?"
        cloud.expect("SpeechSynthesizer.SpeechFinished", payload={"token": speak.payload["token"]})


@pytest.mark.anyio
async def test_the_same_awaited(server: Server) -> None:
    async with mockcloud.AsyncCloud(server=server, scenario=SCENARIO) as cloud, cloud.device() as device:
        await device.say("내일 비 와?")
        await cloud.expect("SpeechSynthesizer.SpeechFinished")
        assert [message.name for message in await cloud.journal(kind="directive", channel="response")] == [
            "SpeechSynthesizer.Speak"
        ]


def test_a_message_meets_one_expectation(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        device.type("안녕")
        cloud.expect("TextRecognizer.Recognize")
        with pytest.raises(mockcloud.ExpectationFailed, match=r"expected TextRecognizer.Recognize within 0 s"):
            cloud.expect("TextRecognizer.Recognize", within=0)
        device.type("안녕")
        cloud.expect("TextRecognizer.Recognize", payload={"text": "안녕"})


def test_a_failed_expectation_tells_what_came_instead(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        device.type("안녕")
        with pytest.raises(mockcloud.ExpectationFailed) as caught:
            cloud.expect("TextRecognizer.Recognize", payload={"text": "잘 가"}, within=0)
    said = str(caught.value)
    assert "payload.text: expected '잘 가', found '안녕'" in said
    assert "in event TextRecognizer.Recognize '안녕'" in said


def test_a_name_that_no_message_has_is_refused_with_the_one_that_was_meant(cloud: mockcloud.Cloud) -> None:
    with pytest.raises(ValueError, match=r"did you mean 'SpeechSynthesizer.Speak'"):
        cloud.expect("SpeechSynthesizer.Speek")


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"devcie": "speaker"}, r"there is no 'devcie' to match; did you mean 'device'\?"),
        ({"payload": {}, "wihtin": 3}, r"there is no 'wihtin' to match; there are: event, directive, payload, "),
    ],
)
def test_a_match_of_what_no_message_has_is_refused(cloud: mockcloud.Cloud, match: Any, said: str) -> None:
    for ask in (cloud.expect, cloud.assert_received, lambda _, /, **match: cloud.journal(**match)):
        with pytest.raises(TypeError, match=said):
            ask("SpeechSynthesizer.Speak", **match)


def test_assert_received_counts(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        device.type("안녕")
    assert len(cloud.assert_received("TextRecognizer.Recognize", times=1)) == 1
    with pytest.raises(mockcloud.ExpectationFailed, match="2 times, but it came 1 times"):
        cloud.assert_received("TextRecognizer.Recognize", times=2)
    with pytest.raises(mockcloud.ExpectationFailed, match="at least once"):
        cloud.assert_received("AudioPlayer.PlayStarted")


def test_a_push_reaches_the_device_and_a_wrong_one_is_refused(cloud: mockcloud.Cloud) -> None:
    with cloud.device():
        (sent,) = cloud.push("SpeechRecognizer.ShowRecognizedText", {"text": "안녕"}, device="device")
        assert (sent.channel, sent.payload) == ("downchannel", {"text": "안녕"})
        with pytest.raises(mockcloud.Refused, match=r"directive\.payload\.text"):
            cloud.push("SpeechRecognizer.ShowRecognizedText", {"text": 1})


def test_a_push_without_a_downchannel_is_refused(cloud: mockcloud.Cloud) -> None:
    with pytest.raises(mockcloud.Refused) as caught:
        cloud.push("Clova.Hello", wait=0)
    assert caught.value.status == 409


@pytest.mark.spec("C-103")
def test_an_alarm_rings_without_waiting(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        device.say("30분 뒤에 알람 맞춰줘")
        alert = cloud.expect("Alerts.SetAlert").payload
        before = cloud.clock.now()
        after = cloud.clock.advance("31m")
        assert (after - before).total_seconds() >= 31 * 60
        started = cloud.expect("Alerts.AlertStarted", payload={"token": alert["token"]})
        assert started.at.replace(microsecond=0) == datetime.fromisoformat(alert["scheduledTime"])
        device.press("stop")
        cloud.expect("Alerts.AlertStopped", payload={"token": alert["token"]})
        cloud.clock.advance("1h")
        cloud.assert_received("Alerts.AlertStarted", times=1)


@pytest.mark.anyio
@pytest.mark.spec("C-103")
async def test_an_alarm_rings_without_waiting_for_coroutines(server: Server) -> None:
    async with mockcloud.AsyncCloud(server=server) as cloud, cloud.device() as device:
        await device.say("30분 뒤에 알람 맞춰줘")
        token = (await cloud.expect("Alerts.SetAlert")).payload["token"]
        await cloud.clock.advance_to(await cloud.clock.now() + timedelta(minutes=31))
        await cloud.expect("Alerts.AlertStarted", payload={"token": token})
        await device.press("stop")
        await cloud.expect("Alerts.AlertStopped", payload={"token": token})


def alarm(cloud: mockcloud.Cloud, token: str, due: datetime) -> None:
    """Set an alarm, and see that the device has it."""
    cloud.push("Alerts.SetAlert", {"token": token, "type": "ALARM", "scheduledTime": due.isoformat()})
    cloud.expect("Alerts.SetAlertSucceeded", payload={"token": token})


def test_cloud_and_device_go_through_the_same_time(server: Server) -> None:
    """What the cloud pushes on the way reaches the device before what falls due there later."""
    with mockcloud.Cloud(server=server, scenario=TAKEN_BACK) as cloud, cloud.device() as device:
        now = cloud.clock.now()
        alarm(cloud, "second", now + timedelta(minutes=30))
        alarm(cloud, "first", now + timedelta(minutes=10))
        alarm(cloud, "third", now + timedelta(minutes=40))
        device.type("취소")
        cloud.clock.advance("1h")
        names = ("Alerts.AlertStarted", "Alerts.DeleteAlert", "Alerts.DeleteAlertSucceeded")
        seen = [(message.name, message.payload["token"]) for message in cloud.journal() if message.name in names]
        assert seen == [
            ("Alerts.AlertStarted", "first"),
            ("Alerts.DeleteAlert", "second"),
            ("Alerts.DeleteAlertSucceeded", "second"),
            ("Alerts.AlertStarted", "third"),
        ]


def test_no_alarm_rings_while_the_clock_stands_still(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        frozen = cloud.clock.freeze()
        alarm(cloud, "soon", frozen + timedelta(milliseconds=1))
        assert device.type("안녕").status == 200
        cloud.assert_received("Alerts.AlertStarted", times=0)
        cloud.clock.advance("1s")
        cloud.expect("Alerts.AlertStarted", payload={"token": "soon"})
        cloud.clock.reset()
        alarm(cloud, "now", cloud.clock.now())
        cloud.expect("Alerts.AlertStarted", payload={"token": "now"})


def test_a_device_that_comes_on_later_begins_with_the_accounts_time(cloud: mockcloud.Cloud) -> None:
    frozen = cloud.clock.freeze("2026-01-01T07:00:00+09:00")
    with cloud.device() as device:
        assert {noted.at for noted in device.timeline} == {int(frozen.timestamp()) * SECOND}
        alarm(cloud, "morning", frozen + timedelta(minutes=30))
        cloud.clock.advance_to("2026-01-01T07:30:00+09:00")
        cloud.expect("Alerts.AlertStarted", payload={"token": "morning"})


def test_a_device_renews_its_token_before_it_expires(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        cloud.clock.advance("PT3601H")
        assert device.type("안녕").status == 200
        assert all(message.status != 401 for message in cloud.journal())


def test_devices_of_other_clouds_and_those_that_are_off_keep_their_time(server: Server) -> None:
    with mockcloud.Cloud(server=server) as one, mockcloud.Cloud(server=server) as other:
        with one.device():
            pass
        with other.device():
            alarm(other, "later", other.clock.now() + timedelta(minutes=30))
            one.clock.advance("1h")
            assert other.clock.advance("1m") < one.clock.now()
            other.assert_received("Alerts.AlertStarted", times=0)


@pytest.mark.anyio
async def test_a_device_follows_the_clock_from_another_event_loop(server: Server) -> None:
    """The device lives on the cloud's loop, the clock is moved on this one."""
    with mockcloud.Cloud(server=server) as cloud, cloud.device():
        alarm(cloud, "later", cloud.clock.now() + timedelta(minutes=30))
        await cloud.awaitable.clock.advance("31m")
        await cloud.awaitable.expect("Alerts.AlertStarted")


def test_the_clock_is_frozen_set_and_given_back(cloud: mockcloud.Cloud) -> None:
    frozen = cloud.clock.freeze("2026-01-01T07:00:00+09:00")
    assert cloud.clock.now() == frozen
    assert cloud.clock.advance_to("2026-01-01T07:30:00+09:00").minute == 30
    assert cloud.clock.reset().year >= 2026


def test_a_fault_strikes_and_is_taken_back(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        cloud.fault(on="event", effect="status", code=500)
        assert device.type("안녕").status == 500
        cloud.fault(on="event", effect="status", code=500, times=5)
        cloud.clear_faults()
        assert device.type("안녕").status == 200


def test_a_fault_keeps_the_id_it_is_given_and_takes_no_other_ones(cloud: mockcloud.Cloud) -> None:
    mine = cloud.fault(id="mine", on="event", effect="status", code=500)
    first, second = (cloud.fault(on="token", effect="status", code=code) for code in (500, 503))
    assert mine == "mine"
    assert len({mine, first, second}) == 3
    with pytest.raises(mockcloud.Refused, match="effect"):
        cloud.fault(on="event", effect="stauts")


def test_a_broken_message_fails_the_block(server: Server) -> None:
    with (
        pytest.raises(mockcloud.CheckFailed) as caught,
        mockcloud.Cloud(server=server) as cloud,
        cloud.device() as device,
    ):
        device.send_event("AudioPlayer.PlayStarted", {"token": 1})
    assert "event.payload.type" in str(caught.value)
    assert "AudioPlayer.PlayStarted" in str(caught.value)


def test_an_allowed_violation_fails_nothing_and_an_unknown_code_is_refused(server: Server) -> None:
    codes = ("event.payload.type", "event.payload.required")
    with mockcloud.Cloud(server=server, allow=codes) as cloud, cloud.device() as device:
        device.send_event("AudioPlayer.PlayStarted", {"token": 1})
    with mockcloud.Cloud(server=server, allow="*") as cloud, cloud.device() as device:
        device.send_event("AudioPlayer.PlayStarted", {"token": 1})
    with pytest.raises(MockcloudError, match=r"no finding has the code 'request.part.ordre'; did you mean"):
        mockcloud.Cloud(server=server, allow="request.part.ordre")


def test_expectations_of_the_scenario_are_held_against_what_happened(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "asked.yaml"
    file.write_text("mockcloud: 1\ntitle: Asked\nsteps:\n  - expect: {event: TextRecognizer.Recognize}\n")
    with mockcloud.Cloud(server=server, scenario=file) as cloud:
        assert f"{file}:4: expected event TextRecognizer.Recognize" in str(cloud.findings())
        with cloud.device() as device:
            device.type("안녕")


def test_a_scenario_that_does_not_load_says_where(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("mockcloud: 1\ntitle: Wrong\nrules:\n  - wenn: {}\n")
    with pytest.raises(mockcloud.Refused, match=r"wrong.yaml:4"), mockcloud.Cloud(server=server, scenario=file):
        pass


def test_an_exception_of_the_block_carries_what_happened(server: Server) -> None:
    with (
        pytest.raises(ZeroDivisionError) as caught,
        mockcloud.Cloud(server=server) as cloud,
        cloud.device() as device,
    ):
        fail_after(device)
    assert any("TextRecognizer.Recognize" in note for note in caught.value.__notes__)


def fail_after(device: mockcloud.Device) -> None:
    device.type("안녕")
    raise ZeroDivisionError


def test_clouds_of_one_server_know_nothing_of_each_other(server: Server) -> None:
    with mockcloud.Cloud(server=server) as one, mockcloud.Cloud(server=server) as other:
        with one.device() as device:
            device.type("안녕")
        assert other.journal() == []
        assert one.account != other.account


def test_a_foreign_client_finds_everything_it_needs(cloud: mockcloud.Cloud) -> None:
    token = cloud.token("radio")
    assert token.access_token
    assert token.device_id == "radio"
    assert set(cloud.environ) == {
        "MOCKCLOUD_DEVICE_URL",
        "MOCKCLOUD_CONTROL_URL",
        "MOCKCLOUD_CA_FILE",
        "MOCKCLOUD_ACCOUNT",
        "MOCKCLOUD_CLIENT_ID",
        "MOCKCLOUD_CLIENT_SECRET",
        "MOCKCLOUD_NAVER_ACCESS_TOKEN",
    }
    assert Path(cloud.ca_file).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert cloud.ssl_context.check_hostname
    with urllib.request.urlopen(f"{cloud.control_url}/health", timeout=60) as health:
        assert health.status == 200


def test_wait_for_channel(cloud: mockcloud.Cloud) -> None:
    with pytest.raises(mockcloud.ExpectationFailed, match="GET /v1/directives"):
        cloud.wait_for_channel(within=0)
    with cloud.device("radio"):
        cloud.wait_for_channel("radio")


def test_reset_forgets(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        device.type("안녕")
        cloud.reset()
        assert cloud.journal() == []
        assert device.type("안녕").status == 200


def test_a_server_of_its_own_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with mockcloud.Cloud() as cloud:
        assert set(threading.enumerate()) - before
        url = cloud.url
    left = [thread for thread in set(threading.enumerate()) - before if thread.name != "mockcloud-assistant"]
    assert not left
    assert url.startswith("https://127.0.0.1:")


def test_what_cannot_start_says_why() -> None:
    with pytest.raises(SettingError, match="prot"), mockcloud.Cloud(settings={"prot": 1}):
        pass
    with pytest.raises(MockcloudError, match="not running"):
        mockcloud.Cloud().journal()


def test_a_blocking_call_on_the_clouds_own_thread_is_refused(cloud: mockcloud.Cloud, server: Server) -> None:
    async def inside() -> None:
        cloud.journal()

    with pytest.raises(MockcloudError, match="would wait for itself"):
        server.call(inside())


def test_a_device_by_itself_logs_in_again_after_its_tokens_expired(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device:
        cloud.expire_tokens()
        assert device.type("안녕").status == 200
        cloud.expect("TextRecognizer.Recognize", status=200)


WITHOUT_AWAIT = {
    mockcloud.Cloud: mockcloud.AsyncCloud,
    mockcloud.Device: mockcloud.AsyncDevice,
    mockcloud.Extension: mockcloud.AsyncExtension,
    Clock: AsyncClock,
}
CLOUD = """
    account assert_received ca_file check clear_faults clock control_url credentials device environ expect expire_tokens
    extension fault findings journal load on push reset say server ssl_context story token url wait_for_channel
"""
DEVICE = "do power press ready say send_event timeline type wait_for"
SURFACE = {
    mockcloud.AsyncCloud: f"{CLOUD} close open",
    mockcloud.Cloud: f"{CLOUD} awaitable",
    mockcloud.AsyncDevice: f"{DEVICE} profile watch",
    mockcloud.Device: DEVICE,
    mockcloud.AsyncExtension: "answers described id requests url",
    mockcloud.Extension: "answers described id requests url",
    AsyncClock: "advance advance_to freeze now reset",
    Clock: "advance advance_to freeze now reset",
    mockcloud.Server: """
        ask await_ ca_file call cloud control_url device_url errors is_running run start stop
    """,
    mockcloud.Message: """
        at channel context device direction entry header intent kind name of payload seq slots status violations words
    """,
    mockcloud.Token: "access_token device_id expires_in refresh_token",
    mockcloud.Credentials: "client_id client_secret naver_access_token",
    mockcloud.CheckFailed: "findings",
    mockcloud.ExpectationFailed: "nearest pattern",
    mockcloud.Refused: "exit_code problems status",
    Findings: "errors failed of unmet violations",
}
"""What users may rely on: a name that is added to it, or taken from it, is a change that they notice."""


def public(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def members(kind: type) -> set[str]:
    """Of the class, and what its objects get when they are made."""
    own = [one for one in kind.__mro__ if one.__module__.startswith("mockcloud.")]
    made = {
        node.attr
        for one in own
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one))))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
    return public(made.union(*(vars(one) for one in own)))


def test_the_public_names() -> None:
    named = {name: getattr(mockcloud, name) for name in mockcloud.__all__ if name != "__version__"}
    assert set(named.values()) == set(SURFACE) - {Clock, AsyncClock, Findings}


@pytest.mark.parametrize("kind", SURFACE, ids=lambda kind: kind.__name__)
def test_the_public_surface(kind: type) -> None:
    assert sorted(members(kind)) == sorted(SURFACE[kind].split())


@pytest.mark.parametrize("kind", SURFACE, ids=lambda kind: kind.__name__)
def test_everything_public_says_what_it_is(kind: type) -> None:
    assert inspect.getdoc(kind)
    for name in public(dir(kind)) & set(SURFACE[kind].split()):
        value = inspect.getattr_static(kind, name)
        if isinstance(value, property) or callable(value):
            assert inspect.getdoc(value.fget if isinstance(value, property) else value), f"{kind.__name__}.{name}"


@pytest.mark.parametrize("kind", WITHOUT_AWAIT, ids=lambda kind: kind.__name__)
def test_what_blocks_takes_what_is_awaited(kind: type) -> None:
    for name in public(dir(kind)) & public(dir(WITHOUT_AWAIT[kind])):
        blocking, awaited = getattr(kind, name), getattr(WITHOUT_AWAIT[kind], name)
        if callable(blocking):
            assert list(inspect.signature(blocking).parameters) == list(inspect.signature(awaited).parameters)


def test_a_program_on_another_event_loop_than_asyncios_is_told_so(cloud: mockcloud.Cloud) -> None:
    """As trio's: the coroutine runs, and no loop of asyncio does."""
    for entered in (cloud.awaitable.expect("Clova.Hello"), cloud.awaitable.device().__aenter__()):
        with pytest.raises(MockcloudError, match="no asyncio event loop runs here"):
            entered.send(None)


def test_a_device_that_is_off_says_so_at_once(cloud: mockcloud.Cloud) -> None:
    @cloud.on(says="잘 자")
    def off(_: mockcloud.Message) -> dict[str, Any]:
        return {"directive": "DeviceControl.TurnOff", "with": {"target": "power"}}

    with cloud.device() as device:
        assert device.type("잘 자").names == ["DeviceControl.TurnOff"]
        device.wait_for(lambda noted: noted.what == StateChanged("connection", "OFF"))
        for tell in (device.say, device.type):
            with pytest.raises(DeviceOff, match=r"the cloud has switched it off \(DeviceControl\.TurnOff\)"):
                tell("일어나")
        device.power(on=True)
        device.ready()
        device.power(on=False)
        with pytest.raises(DeviceOff, match=r"it was switched off, and hears nothing; switch it on with power"):
            device.ready()


def test_a_button_that_no_device_has_is_refused(cloud: mockcloud.Cloud) -> None:
    with cloud.device() as device, pytest.raises(ValueError, match=r"no button 'stopp'; did you mean 'stop'\?"):
        device.press("stopp")
