"""Context, DeviceControl, Notifier, delegation, presentation."""

import re
from datetime import datetime

import pytest

from mockcloud.client.profile import USER_AGENT, speaker
from mockcloud.client.vocabulary import Disconnect, Press, SendEvent, Shown, Type

CONTEXT = [
    "Alerts.AlertsState",
    "AudioPlayer.PlaybackState",
    "Clova.Location",
    "Clova.SavedPlace",
    "Device.DeviceState",
    "Device.Display",
    "Speaker.VolumeState",
]
PHONE = {"address": "00:11:22:33:44:55", "connected": False, "name": "Phone", "role": "source"}


def device_state(rig):
    rig.push("DeviceControl.ExpectReportState")
    return rig.last("DeviceControl.ReportState").context_of("Device.DeviceState")


def outcome(rig, name, payload=None):
    """Push a DeviceControl directive: what is reported, with its target."""
    rig.push(f"DeviceControl.{name}", payload or {})
    event = next(e for e in reversed(rig.events) if e.name.startswith("DeviceControl.Action"))
    assert event.payload["command"] == name
    return event.name.removeprefix("DeviceControl.Action"), event.payload["target"]


@pytest.mark.spec("D-002", "D-003")
def test_the_user_agent_obeys_the_grammar():
    word = r"[A-Za-z0-9_.\-](?:[A-Za-z0-9_.\- ]*[A-Za-z0-9_.\-])?"
    number = r"(?:0|[1-9][0-9]*)"
    assert re.fullmatch(rf"{word}/{word}/{number}\.{number}\.{number} \({word};{word}\)", USER_AGENT)


@pytest.mark.spec("D-035", "D-036", "D-037", "D-040", "D-041", "D-042", "D-044")
def test_every_event_carries_the_whole_context_and_an_id_of_its_own(rig, parts):
    rig.do(Type("날씨"))
    rig.push("DeviceControl.ExpectReportState")
    rig.do(Press("next"))
    for event in rig.events:
        names = [f"{o['header']['namespace']}.{o['header']['name']}" for o in event.message["context"]]
        assert names == CONTEXT
    ids = [e.message["event"]["header"]["messageId"] for e in rig.events]
    assert len(set(ids)) == len(ids) == 4
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(sent.request, parts[0]("SpeechSynthesizer.Speak", {"token": "t", "url": "clova://x"}))
    assert rig.last("SpeechSynthesizer.SpeechStarted").context_of("SpeechSynthesizer.SpeechState") == {
        "token": "t",
        "playerActivity": "PLAYING",
    }


@pytest.mark.spec("D-040")
def test_another_life_has_other_ids(make_rig):
    from mockcloud.client.machine import Device

    first, second = make_rig(), make_rig()
    second.device = Device(second.profile, clock_offset=0, seed="another")
    ids = [r.start().events[0].message["event"]["header"]["messageId"] for r in (first, second)]
    assert ids[0] != ids[1]


@pytest.mark.spec("D-205", "D-206", "D-207", "D-208")
def test_the_context_objects_have_their_form(make_rig):
    display = {"size": "custom", "contentLayer": {"width": 800, "height": 480}, "dpi": 160, "orientation": "landscape"}
    event = make_rig(display=display).start().events[0]
    assert event.context_of("Device.Display") == display
    location = event.context_of("Clova.Location")
    assert location["refreshedAt"] == "2026-03-01T00:00:00Z"
    assert all(isinstance(location[key], str) for key in ("latitude", "longitude"))
    (place,) = event.context_of("Clova.SavedPlace")["places"]
    assert (place["name"], set(place)) == ("집", {"name", "latitude", "longitude", "refreshedAt"})
    assert event.context_of("Speaker.VolumeState") == {"volume": 5, "muted": False}
    state = event.context_of("Device.DeviceState")
    assert datetime.fromisoformat(state["localTime"]).utcoffset().total_seconds() == 9 * 3600
    assert all("actions" in member for name, member in state.items() if name not in ("soundOutput", "localTime"))


@pytest.mark.spec("D-041")
def test_what_a_device_does_not_know_is_left_out(make_rig):
    event = make_rig(display=None, location=None).start().events[0]
    assert event.context_of("Device.Display") is None
    assert event.context_of("Clova.Location") is None


@pytest.mark.spec("D-043", "D-158", "D-161", "D-162", "D-167")
@pytest.mark.parametrize(
    ("name", "value", "after"),
    [
        ("SetValue", "7", 7),
        ("SetValue", "99", 10),
        ("Increase", None, 6),
        ("Increase", "3", 8),
        ("Decrease", None, 4),
        ("Decrease", "9", 0),
    ],
)
def test_the_volume_is_changed_and_shown(rig, name, value, after):
    payload = {"target": "volume", **({"value": value} if value else {})}
    assert outcome(rig, name, payload) == ("Executed", "volume")
    assert device_state(rig)["volume"]["value"] == after
    assert rig.events[-1].context_of("Speaker.VolumeState")["volume"] == after


@pytest.mark.spec("D-163", "D-167")
def test_targets_are_switched(rig):
    assert outcome(rig, "TurnOff", {"target": "bluetooth"}) == ("Executed", "bluetooth")
    assert device_state(rig)["bluetooth"]["state"] == "off"
    assert outcome(rig, "TurnOn", {"target": "bluetooth"}) == ("Executed", "bluetooth")
    assert device_state(rig)["bluetooth"]["state"] == "on"


@pytest.mark.spec("D-159", "D-160", "D-165", "D-166")
@pytest.mark.parametrize(
    ("name", "payload", "target"),
    [
        ("TurnOn", {"target": "flashlight"}, "flashlight"),
        ("TurnOn", {"target": "energysave"}, "powersave"),
        ("TurnOn", {"target": "silent"}, "soundmode"),
        ("TurnOff", {"target": "wifi"}, "wifi"),
        ("SetValue", {"target": "volume", "value": "loud"}, "volume"),
        ("Open", {"target": "settings"}, "settings"),
        ("LaunchApp", {"target": "app://none"}, "app"),
        ("BtDelete", PHONE, "bluetooth"),
    ],
)
def test_what_the_device_cannot_do_is_reported_as_failed(rig, name, payload, target):
    before = device_state(rig)
    assert outcome(rig, name, payload) == ("Failed", target)
    assert device_state(rig) == before


@pytest.mark.spec("D-165")
def test_a_device_with_a_screen_opens_settings(make_rig):
    rig = make_rig(display={"size": "l100", "dpi": 160, "orientation": "landscape"}).start()
    assert outcome(rig, "Open", {"target": "settings"}) == ("Executed", "settings")
    assert Shown("screen", "settings") in rig.noted(Shown)


@pytest.mark.spec("D-164")
def test_switching_power_off_is_reported_then_the_device_goes(rig):
    assert outcome(rig, "TurnOff", {"target": "power"}) == ("Executed", "power")
    assert Disconnect() in rig.sent
    assert rig.device.next_deadline() is None


@pytest.mark.spec("D-168")
@pytest.mark.parametrize("action", speaker()["bluetooth"]["actions"])
def test_every_bluetooth_action_listed_can_be_done(rig, action):
    payload = {"TurnOff": {"target": "bluetooth"}, "TurnOn": {"target": "bluetooth"}}.get(action, {})
    payload = {"pinCode": "1234"} if action == "BtConnectByPINCode" else payload
    assert outcome(rig, action, payload) == ("Executed", "bluetooth")


@pytest.mark.spec("D-174", "D-175", "D-176", "D-184")
def test_bluetooth_connects_and_tells_the_outcome(rig):
    assert outcome(rig, "BtConnect") == ("Executed", "bluetooth")
    assert rig.names[-2:] == ["DeviceControl.ActionExecuted", "DeviceControl.ReportState"]
    assert device_state(rig)["bluetooth"]["btlist"][0]["connected"]
    outcome(rig, "BtDisconnect")
    assert not device_state(rig)["bluetooth"]["btlist"][0]["connected"]
    assert outcome(rig, "BtConnect", {"role": "sink"}) == ("Failed", "bluetooth")


@pytest.mark.spec("D-179")
def test_bluetooth_forgets_a_peer(make_rig):
    state = speaker()
    state["bluetooth"]["actions"].append("BtDelete")
    rig = make_rig(device_state=state).start()
    assert outcome(rig, "BtDelete", PHONE) == ("Executed", "bluetooth")
    assert device_state(rig)["bluetooth"]["btlist"] == []
    assert len(state["bluetooth"]["btlist"]) == 1


@pytest.mark.spec("D-182", "D-177")
def test_an_empty_pin_aborts_the_pairing(rig):
    assert outcome(rig, "BtStartPairing") == ("Executed", "bluetooth")
    assert outcome(rig, "BtConnectByPINCode", {"pinCode": ""}) == ("Failed", "bluetooth")


@pytest.mark.spec("D-170")
def test_reports_are_repeated_for_the_time_ordered(rig):
    rig.push("DeviceControl.ExpectReportState", {"durationInSeconds": 10, "intervalInSeconds": 3})
    rig.advance(60_000)
    assert rig.times("DeviceControl.ReportState") == [0, 3000, 6000, 9000]


@pytest.mark.spec("D-172", "D-191", "D-192", "D-196", "D-198")
@pytest.mark.parametrize(
    "name",
    [
        "Clova.RenderText",
        "Clova.RenderTemplate",
        "Clova.Help",
        "Clova.StartExtension",
        "Clova.FinishExtension",
        "DeviceControl.SynchronizeState",
    ],
)
def test_what_is_for_the_eyes_is_shown_and_leads_to_no_event(rig, name):
    rig.push(name, {"text": "x"})
    assert rig.noted(Shown) == [Shown(name, {"text": "x"})]
    assert rig.names == []


@pytest.mark.spec("D-197")
def test_of_several_targets_only_the_first_that_works_is_opened(rig):
    urls = ["made-up:x", "https://media.test/1", "https://media.test/2", "https://media.test/3"]
    rig.push("Clova.LaunchURI", {"targets": [{"uri": url, "title": "t"} for url in urls]})
    rig.reply(rig.fetches()[0].request, 404)
    rig.reply(rig.fetches()[1].request, 200, b"<html>")
    assert [f.url for f in rig.fetches()] == urls[1:3]
    assert rig.shown("page") == [urls[2]]


@pytest.mark.spec("D-053", "D-185", "D-186")
def test_a_delegated_request_is_carried_out(rig, parts):
    rig.do(Type("먼저"))
    rig.push("Clova.HandleDelegatedEvent", {"delegationId": "d-1"})
    sent = rig.last("Clova.ProcessDelegatedEvent")
    assert (sent.payload, sent.dialog_request_id) == ({"delegationId": "d-1"}, None)
    rig.answer(sent.request, parts[0]("SpeechSynthesizer.Speak", {"token": "t", "url": "clova://x"}))
    rig.advance(5000)
    assert rig.names[-2:] == ["SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechFinished"]


@pytest.mark.spec("D-187", "D-188", "D-189", "D-212")
def test_notifications_are_heard_one_after_the_other(rig):
    def notification(*urls):
        assets = [{"assetId": str(n), "url": url} for n, url in enumerate(urls)]
        return {"assets": assets, "assetPlayOrder": [a["assetId"] for a in assets], "light": "DEFAULT"}

    own, other = "clova://notifier/sound/default", "https://media.test/n.mp3"
    rig.push("Notifier.Notify", notification(own, own))
    rig.push("Notifier.SetIndicator", {**notification(other), "new": True})
    assert rig.fetches() == []
    rig.advance(2000)
    assert [f.url for f in rig.fetches()] == [other]
    rig.reply(rig.fetches()[0].request, 404)
    rig.advance(5000)
    assert [p.url for p in rig.played("notification")] == [own, own]
    assert rig.lights() == ["notification", "notification"]


@pytest.mark.spec("D-190")
def test_clearing_ends_light_and_sound(rig):
    asset = {"assetId": "1", "url": "https://media.test/n.mp3"}
    rig.push("Notifier.Notify", {"assets": [asset], "assetPlayOrder": ["1", "1"], "light": "DEFAULT"})
    rig.push("Notifier.ClearIndicator")
    rig.advance(5000)
    assert rig.lights() == ["notification", "idle"]
    assert len(rig.fetches()) == 1


@pytest.mark.spec("D-097")
def test_any_event_can_be_sent(rig):
    rig.do(SendEvent("SpeechSynthesizer", "Request", {"text": "안녕", "lang": "ko"}))
    assert (rig.names, rig.events[-1].payload) == (["SpeechSynthesizer.Request"], {"text": "안녕", "lang": "ko"})


@pytest.mark.spec("D-194")
def test_what_a_template_offers_is_done_by_nobody_but_the_user(rig):
    before = device_state(rig)["volume"]["value"]
    offer = {"type": "string", "value": "clova://device-control?command=SetValue&target=volume&value=1"}
    template = {"type": "Text", "actionList": [offer], "emoji": "", "mainText": {"type": "string", "value": "a"}}
    rig.push("Clova.RenderTemplate", template)
    rig.advance(10_000)
    assert device_state(rig)["volume"]["value"] == before
