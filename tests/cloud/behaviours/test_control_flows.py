"""Controlling devices by voice, sharing their states, Bluetooth with PIN (C-100, C-134..C-157)."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import bluetooth, device_control
from mockcloud.settings import Edition
from tests.cic.conversation import Speaker, name_of
from tests.cloud.behaviours.household import Home, context

LEVEL = {"actions": ["Decrease", "Increase", "SetValue"], "min": 0, "max": 15, "value": 5}
SWITCH = {"actions": ["TurnOff", "TurnOn"], "state": "on"}
PEERS = [
    {"name": "My Speaker", "address": "29:01:11:1f:12:89", "connected": True, "role": "sink"},
    {"name": "내 폰", "address": "44:00:10:f1:1f:f5", "connected": False, "role": "source"},
]
BLUETOOTH = {
    "actions": ["TurnOff", "TurnOn", "BtConnect", "BtDisconnect", "BtStartPairing", "BtStopPairing"],
    "btlist": PEERS,
    "scanlist": [],
    "state": "on",
}
MEMBERS: dict[str, Any] = {
    **dict.fromkeys(("airplane", "cellular", "energySavingMode", "flashLight", "gps"), SWITCH),
    "wifi": SWITCH | {"networks": []},
    "power": SWITCH | {"state": "active"},
    "soundMode": SWITCH | {"state": "ring"},
    "channel": {"actions": ["Decrease", "Increase", "SetValue"]},
    "screenBrightness": LEVEL,
    "volume": LEVEL | {"warning": 12},
    "bluetooth": BLUETOOTH,
}
TARGETS = sorted(device_control.MEMBERS)
SPEAK = "SpeechSynthesizer.Speak"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


def control(home: Home, device: Speaker, *request: Any, state: Any = MEMBERS, **how: Any) -> list[Any]:
    """Directives that answer it."""
    answer = home.ask(lambda turn: device_control.control(turn, *request), device, Device__DeviceState=state, **how)
    return answer.directives if answer.status == 200 else []


def names(directives: list[Any]) -> list[str]:
    return [name_of(each) for each in directives]


def commands_of(target: str) -> tuple[str, ...]:
    return ("Decrease", "Increase", "SetValue") if target in device_control.LEVELS else ("TurnOff", "TurnOn")


@pytest.mark.spec("C-134", "C-135", "C-136", "C-137", "C-140", "C-100")
@pytest.mark.parametrize(("target", "command"), [(each, command) for each in TARGETS for command in commands_of(each)])
def test_what_the_state_allows_is_done_and_what_it_does_not_is_not(home: Home, target: str, command: str) -> None:
    speaker = home.speaker()
    done = control(home, speaker, command, target, "3" if command == "SetValue" else None)
    assert names(done) == [f"DeviceControl.{command}"] + ([] if target == "volume" else [SPEAK])
    assert done[0]["payload"]["target"] == target
    member = device_control.MEMBERS[target]
    without = MEMBERS | {member: MEMBERS[member] | {"actions": []}}
    for state in (without, {name: value for name, value in MEMBERS.items() if name != member}, {}):
        refused = control(home, speaker, command, target, "3", state=state)
        assert names(refused) == [SPEAK], "it is said that this is not supported"


@pytest.mark.spec("C-134")
def test_what_is_not_supported_may_be_left_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"not_supported": "none"})
    assert control(home, home.speaker(), "TurnOn", "gps", state={"gps": {"actions": []}}) == []


@pytest.mark.spec("C-187", "C-134")
def test_without_a_state_in_the_request_the_last_one_counts(home: Home) -> None:
    speaker = home.speaker()
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}, context=context(Device__DeviceState=MEMBERS))
    answer = home.ask(lambda turn: device_control.control(turn, "TurnOn", "gps"), speaker)
    assert answer.names == ["DeviceControl.TurnOn", SPEAK]


@pytest.mark.spec("C-136", "C-137", "C-138")
@pytest.mark.parametrize(
    ("command", "value", "sent"),
    [
        ("SetValue", "7", "7"),
        ("SetValue", "99", "15"),
        ("SetValue", "-1", "0"),
        ("SetValue", "max", "15"),
        ("SetValue", "min", "0"),
        ("SetValue", "2.5", "2.5"),
        ("Increase", "3", "3"),
        ("Increase", "99", "10"),
        ("Decrease", "99", "5"),
        ("Increase", None, None),
    ],
)
@pytest.mark.parametrize("edition", ["newer", "4.4"])
def test_the_value_fits_the_range(
    monkeypatch: pytest.MonkeyPatch, edition: Edition, command: str, value: str | None, sent: str | None
) -> None:
    home = Home(monkeypatch, edition=edition)
    (directive, _) = control(home, home.speaker(), command, "screenbrightness", value)
    expected = sent if command == "SetValue" or edition == "newer" else None
    assert directive["payload"].get("value") == expected


@pytest.mark.spec("C-138")
def test_set_value_may_be_left_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"fit_set_value": False})
    (directive, _) = control(home, home.speaker(), "SetValue", "screenbrightness", "99")
    assert directive["payload"]["value"] == "99"


@pytest.mark.spec("C-136")
def test_a_channel_has_a_number_or_a_name(home: Home) -> None:
    (directive, _) = control(home, home.speaker(), "SetValue", "channel", "MBC")
    assert directive["payload"] == {"target": "channel", "value": "MBC"}


@pytest.mark.spec("C-139", "C-086")
@pytest.mark.parametrize(
    ("request_", "asks"),
    [
        (("SetValue", "volume", "11"), False),
        (("SetValue", "volume", "12"), True),
        (("SetValue", "volume", "max"), True),
        (("Increase", "volume", "7"), True),
        (("Increase", "volume", "6"), False),
        (("Increase", "volume", None), False),
        (("Decrease", "volume", "1"), False),
    ],
)
def test_a_loud_volume_is_confirmed_first(home: Home, request_: tuple[str, ...], *, asks: bool) -> None:
    answer = control(home, home.speaker(), *request_)
    assert names(answer) == ([SPEAK, "SpeechRecognizer.ExpectSpeech"] if asks else [f"DeviceControl.{request_[0]}"])


@pytest.mark.spec("C-139", "C-088")
@pytest.mark.parametrize(
    ("words", "done"),
    [
        ("응", ["DeviceControl.SetValue"]),
        ("네, 해줘!", ["DeviceControl.SetValue"]),
        ("はい", ["DeviceControl.SetValue"]),
        ("yes please", ["DeviceControl.SetValue"]),
        ("아니", [SPEAK]),
        ("안녕", [SPEAK]),
    ],
)
def test_only_consent_makes_it_loud(home: Home, words: str, done: list[str]) -> None:
    speaker = home.speaker()
    _, question = control(home, speaker, "SetValue", "volume", "14")
    asked = question["payload"]
    follow_up = {"speechId": asked["expectSpeechId"], "explicit": asked["explicit"]}
    answer = home.say(speaker, words, payload=follow_up)
    assert answer.names == done
    if done == ["DeviceControl.SetValue"]:
        assert answer.directives[0]["payload"] == {"target": "volume", "value": "14"}
        assert answer.directives[0]["header"]["dialogRequestId"] == "d1"


@pytest.mark.spec("C-133", "C-141")
def test_the_older_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"deprecated_directives": True})
    speaker = home.speaker()
    assert names(control(home, speaker, "Increase", "volume")) == ["PlaybackController.VolumeUp"]
    assert names(control(home, speaker, "Decrease", "volume")) == ["PlaybackController.VolumeDown"]
    opened = home.ask(lambda turn: device_control.open_screen(turn, "settings"), speaker)
    assert opened.names == ["DeviceControl.OpenScreen", SPEAK]
    launched = home.ask(lambda turn: device_control.launch_app(turn, "음악 앱"), speaker)
    assert launched.names == ["DeviceControl.LaunchApp", SPEAK]


@pytest.mark.spec("C-141", "C-135")
def test_a_screen_opens_whatever_the_state(home: Home) -> None:
    answer = home.ask(lambda turn: device_control.open_screen(turn, "home"), home.speaker())
    assert answer.directives[0]["payload"] == {"target": "home"}


# States


@pytest.mark.spec("C-142", "C-143", "C-072")
@pytest.mark.parametrize("form", ["object", "payload"])
def test_a_state_is_shared_with_everybody(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    home = Home(monkeypatch, behaviour={"synchronized_state": form, "pushed_dialog_id": True})
    speaker, phone = home.speaker("speaker"), home.speaker("phone")
    (state,) = context(Device__DeviceState={"volume": LEVEL})
    speaker.event("DeviceControl.ReportState", {}, context=[state], dialog="d1")
    for device in (speaker, phone):
        (shared,) = device.pushed()
        expected = state if form == "object" else state["payload"]
        assert shared["payload"] == {"deviceId": "speaker", "deviceState": expected}
        assert "dialogRequestId" not in shared["header"]


@pytest.mark.spec("C-144", "C-145", "C-147", "C-148")
def test_from_the_device_list_to_the_state_of_one(home: Home) -> None:
    phone, tv = home.speaker("phone"), home.speaker("tv")
    home.talk.login("watch")
    (listed,) = phone.event("DeviceControl.RequestDeviceList", {}).directives
    known = [device["deviceId"] for device in listed["payload"]["deviceList"]]
    assert known == ["phone", "tv", "watch"]
    phone.event("DeviceControl.RequestStateSynchronization", {"deviceId": known[1]})
    assert tv.pushed_names() == ["DeviceControl.ExpectReportState"]
    tv.event("DeviceControl.ReportState", {}, context=context(Device__DeviceState={"volume": LEVEL}))
    (state,) = phone.pushed()
    assert state["payload"]["deviceId"] == "tv"
    phone.event("DeviceControl.RequestStateSynchronization", {"deviceId": known[2]})
    (offline,) = phone.pushed()
    assert offline["payload"] == {"deviceId": "watch"}


@pytest.mark.spec("C-144")
@pytest.mark.parametrize("device_id", [{}, {"deviceId": ""}])
def test_an_empty_device_id_asks_all(home: Home, device_id: Any) -> None:
    phone, tv = home.speaker("phone"), home.speaker("tv")
    assert phone.event("DeviceControl.RequestStateSynchronization", device_id).status == 204
    assert (tv.pushed_names(), phone.pushed()) == (["DeviceControl.ExpectReportState"], [])


@pytest.mark.spec("C-145", "C-146")
def test_asking_the_asker_too_for_a_series_of_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"ask_requester": True, "report_state_duration": "10m"})
    phone = home.speaker("phone")
    phone.event("DeviceControl.RequestStateSynchronization", {})
    (asked,) = phone.pushed()
    assert asked["payload"] == {"durationInSeconds": 600, "intervalInSeconds": 60}


@pytest.mark.spec("C-073")
def test_a_push_may_carry_the_dialog_of_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"pushed_dialog_id": True})
    speaker = home.speaker()
    speaker.event("Alerts.RequestSynchronizeAlert", {}, dialog="d1")
    assert speaker.pushed()[0]["header"]["dialogRequestId"] == "d1"


@pytest.mark.spec("C-186")
@pytest.mark.parametrize("event", ["DeviceControl.RequestDeviceList", "TemplateRuntime.RequestPlayerInfo"])
def test_nothing_is_rendered_without_a_display(home: Home, event: str) -> None:
    size = context(Device__Display={"size": "none"})
    assert home.speaker().event(event, {"token": "t"}, context=size).status == 204


# Bluetooth


def connect(home: Home, device: Speaker, command: Any, state: Any = MEMBERS, **which: Any) -> list[Any]:
    answer = home.ask(lambda turn: bluetooth.control(turn, command, **which), device, Device__DeviceState=state)
    return answer.directives


@pytest.mark.spec("C-149", "C-150", "C-151", "C-152", "C-153", "C-154")
@pytest.mark.parametrize(
    ("command", "which", "newer", "older"),
    [
        ("BtConnect", {}, {}, {}),
        ("BtConnect", {"role": "sink"}, {"role": "sink"}, {}),
        ("BtConnect", {"name": "내폰"}, PEERS[1], PEERS[1]),
        ("BtConnect", {"name": "nobody's"}, None, None),
        ("BtDisconnect", {}, {}, {}),
        ("BtDisconnect", {"name": "my speaker"}, PEERS[0], None),
        ("BtStartPairing", {}, {}, {}),
        ("BtStopPairing", {}, {}, {}),
        ("BtRescan", {}, {}, None),
        ("BtDelete", {"name": "My Speaker"}, PEERS[0], None),
        ("BtDelete", {}, None, None),
        ("BtPlay", {}, {}, None),
    ],
)
def test_bluetooth_in_both_editions(
    monkeypatch: pytest.MonkeyPatch, command: str, which: Any, newer: Any, older: Any
) -> None:
    editions: list[tuple[Edition, Any]] = [("newer", newer), ("4.4", older)]
    for edition, payload in editions:
        home = Home(monkeypatch, edition=edition)
        directives = connect(home, home.speaker(), command, **which)
        if payload is None:
            assert names(directives) == [SPEAK]
        else:
            assert names(directives) == [f"DeviceControl.{command}", SPEAK]
            assert directives[0]["payload"] == payload


@pytest.mark.spec("C-134", "C-135")
def test_bluetooth_needs_the_state_s_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"new_bluetooth_actions": "listed"})
    speaker = home.speaker()
    nothing = MEMBERS | {"bluetooth": BLUETOOTH | {"actions": []}}
    assert names(connect(home, speaker, "BtConnect", state=nothing)) == [SPEAK]
    assert names(connect(home, speaker, "BtPlay")) == [SPEAK]
    listed = MEMBERS | {"bluetooth": BLUETOOTH | {"actions": ["BtPlay"]}}
    assert names(connect(home, speaker, "BtPlay", state=listed)) == ["DeviceControl.BtPlay", SPEAK]


@pytest.mark.spec("C-149")
def test_the_role_may_be_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"bluetooth_role": "opposite"})
    directives = connect(home, home.speaker(), "BtConnect", name="My Speaker")
    assert directives[0]["payload"] == PEERS[0] | {"role": "source"}


@pytest.mark.spec("C-149")
@pytest.mark.parametrize("peer", ["My Speaker", None, {"name": "My Speaker"}, {"name": 5, "address": "a"}])
def test_a_paired_device_that_is_not_described_is_none(home: Home, peer: Any) -> None:
    state = MEMBERS | {"bluetooth": BLUETOOTH | {"btlist": [peer]}}
    assert names(connect(home, home.speaker(), "BtConnect", state=state, name="My Speaker")) == [SPEAK]


@pytest.mark.spec("C-155", "C-156", "C-157")
@pytest.mark.parametrize("pin", ["1234", ""])
def test_the_user_types_the_pin_in_the_app(home: Home, pin: str) -> None:
    speaker, tv = home.speaker("speaker"), home.speaker("tv")
    asked = ("DeviceControl.BtRequestForPINCode", {"deviceName": "Headset"})
    cancelled = ("DeviceControl.BtRequestToCancelPINCodeInput", {"deviceName": "Headset"})
    typed = op.GivePin("default", "speaker", pin)
    assert home.talk.ask(typed).status == 409
    assert speaker.event(*asked).status == 204
    assert home.talk.ask(typed).body == {"wanted_for": "Headset"}
    (connected,) = speaker.pushed()
    assert (name_of(connected), connected["payload"]) == ("DeviceControl.BtConnectByPINCode", {"pinCode": pin})
    assert home.talk.ask(typed).status == 409
    speaker.event(*asked)
    assert speaker.event(*cancelled).status == 204
    assert home.talk.ask(typed).status == 409
    assert speaker.pushed() == tv.pushed() == []
