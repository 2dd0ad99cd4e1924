"""Alarms, timers, reminders."""

from datetime import UTC, datetime

import pytest

from mockcloud.client.vocabulary import Disconnected, Press, Rang, Say, SetClock, Type
from mockcloud.clock import SECOND, instant_of


def alert(token="a", when="2026-03-01T00:00:20Z", type="ALARM", **more):  # noqa: A002
    return {"token": token, "type": type, "scheduledTime": when, **more}


def ringing(rig, **more):
    rig.push("Alerts.SetAlert", alert(**more))
    rig.advance(25_000)


def alert_events(rig):
    return [(e.name.rpartition(".")[2], e.payload["token"]) for e in rig.events if "token" in e.payload]


def context(rig):
    rig.push("DeviceControl.ExpectReportState")
    state = rig.last("DeviceControl.ReportState").context_of("Alerts.AlertsState")
    return [a["token"] for a in state["allAlerts"]], [a["token"] for a in state["activeAlerts"]]


@pytest.mark.spec("D-098", "D-102", "D-103", "D-104")
@pytest.mark.parametrize("type_", ["ACTIONTIMER", "ALARM", "REMINDER", "TIMER"])
@pytest.mark.parametrize("when", ["2026-03-01T00:00:20Z", "2026-03-01T09:00:20+09:00"])
def test_an_alert_is_set_and_rings_at_its_time(rig, type_, when):
    rig.push("Alerts.SetAlert", alert(when=when, type=type_))
    assert (rig.names, rig.events[-1].payload) == (["Alerts.SetAlertSucceeded"], {"token": "a", "type": type_})
    assert context(rig) == (["a"], [])
    rig.advance(19_999)
    assert rig.named("Alerts.AlertStarted") == []
    rig.advance(1)
    assert rig.last("Alerts.AlertStarted").payload == {"token": "a", "type": type_}
    assert rig.noted(Rang) == [Rang("a", type_, True)]
    assert context(rig) == (["a"], ["a"])


@pytest.mark.spec("D-099", "D-100", "D-203")
def test_an_alert_set_by_voice_stands_in_the_context_as_it_was_given(rig, parts):
    rig.do(Type("알람"))
    sent = rig.last("TextRecognizer.Recognize")
    given = alert(when="2026-03-01T09:10:00+0900")
    rig.answer(sent.request, parts[0]("Alerts.SetAlert", given, sent.dialog_request_id))
    assert rig.last("Alerts.SetAlertSucceeded").context_of("Alerts.AlertsState") == {
        "allAlerts": [given],
        "activeAlerts": [],
    }


@pytest.mark.spec("D-098")
@pytest.mark.parametrize("broken", [{"when": "tomorrow"}, {"when": "2017-09-25T09:00:50Z"}, {"type": "EGG"}])
def test_what_cannot_be_set_is_reported_as_failed(plain_rig, broken):
    plain_rig.push("Alerts.SetAlert", alert(**broken))
    assert plain_rig.names == ["Alerts.SetAlertFailed"]
    assert context(plain_rig) == ([], [])


@pytest.mark.spec("D-101")
def test_a_changed_alert_replaces_the_old_one(rig):
    rig.push("Alerts.SetAlert", alert())
    rig.push("Alerts.SetAlert", alert(when=rig.date(60)))
    rig.advance(59_999)
    assert rig.named("Alerts.AlertStarted") == []
    assert context(rig) == (["a"], [])
    rig.advance(1)
    assert len(rig.named("Alerts.AlertStarted")) == 1


@pytest.mark.spec("D-106", "D-108", "D-213")
@pytest.mark.parametrize("button", ["stop", "pause", "play-pause"])
def test_a_button_only_asks_and_the_cloud_stops(rig, button):
    ringing(rig)
    rig.do(Press(button))
    rig.do(Press(button))
    assert rig.noted(Rang)[-1] == Rang("a", "ALARM", False)
    rig.advance(10_000)
    assert context(rig) == (["a"], ["a"])
    rig.push("Alerts.StopAlert", {"token": "a", "type": "ALARM"})
    assert alert_events(rig) == [
        ("SetAlertSucceeded", "a"),
        ("AlertStarted", "a"),
        ("RequestAlertStop", "a"),
        ("AlertStopped", "a"),
    ]
    assert context(rig) == (["a"], [])


@pytest.mark.spec("D-107")
def test_stopping_by_voice_is_a_request_with_the_ringing_alert_in_its_context(rig):
    ringing(rig)
    rig.do(Say(pcm=bytes(6400)))
    state = rig.last("SpeechRecognizer.Recognize").context_of("Alerts.AlertsState")
    assert [a["token"] for a in state["activeAlerts"]] == ["a"]
    assert rig.named("Alerts.RequestAlertStop") == []


@pytest.mark.spec("D-110", "D-111", "D-109")
def test_deleting_is_reported_and_nothing_rings(rig):
    rig.push("Alerts.SetAlert", alert())
    for _ in range(2):
        rig.push("Alerts.DeleteAlert", {"token": "a", "type": "ALARM"})
    rig.advance(60_000)
    assert [name for name, _ in alert_events(rig)] == [
        "SetAlertSucceeded",
        "DeleteAlertSucceeded",
        "DeleteAlertFailed",
    ]


@pytest.mark.spec("D-109")
def test_a_ringing_alert_that_is_deleted_is_reported_as_stopped_too(rig):
    ringing(rig)
    rig.push("Alerts.DeleteAlert", {"token": "a", "type": "ALARM"})
    assert [name for name, _ in alert_events(rig)][-2:] == ["AlertStopped", "DeleteAlertSucceeded"]


@pytest.mark.spec("D-112")
def test_the_next_occurrence_comes_from_the_cloud_alone(rig):
    ringing(rig)
    rig.push("Alerts.StopAlert", {"token": "a", "type": "ALARM"})
    rig.advance(600_000)
    assert len(rig.named("Alerts.AlertStarted")) == 1
    rig.push("Alerts.SetAlert", alert(when=rig.date(700)))
    rig.advance(100_000)
    assert len(rig.named("Alerts.AlertStarted")) == 2


@pytest.mark.spec("D-113", "D-109")
def test_a_lost_connection_takes_the_alerts_along(rig):
    rig.push("Alerts.SetAlert", alert("later", rig.date(60)))
    ringing(rig)
    rig.feed(Disconnected())
    rig.advance(90_000)
    rig.connected()
    rig.hello()
    assert rig.events[-2].name == "Alerts.RequestSynchronizeAlert"
    assert rig.events[-2].context_of("Alerts.AlertsState") == {"allAlerts": [], "activeAlerts": []}
    assert alert_events(rig)[-1] == ("AlertStopped", "a")
    assert len(rig.named("Alerts.AlertStarted")) == 1


@pytest.mark.spec("D-116", "D-117")
@pytest.mark.parametrize("namespace", ["Alerts.SynchronizeAlert", "System.SynchronizeState"])
def test_synchronising_makes_the_alerts_agree(rig, namespace):
    for token, seconds in (("gone", 30), ("moved", 40), ("same", 50)):
        rig.push("Alerts.SetAlert", alert(token, rig.date(seconds)))
    listed = [alert("moved", rig.date(70)), alert("same", rig.date(50)), alert("new", rig.date(80))]
    rig.push(namespace, {"allAlerts": listed})
    assert sorted(context(rig)[0]) == ["moved", "new", "same"]
    rig.advance(100_000)
    assert [e.payload["token"] for e in rig.named("Alerts.AlertStarted")] == ["same", "moved", "new"]
    assert len(rig.named("Alerts.SetAlertSucceeded")) == 3


@pytest.mark.spec("D-210", "D-213")
def test_a_second_alert_silences_the_first(rig):
    rig.push("Alerts.SetAlert", alert("a", rig.date(10)))
    rig.push("Alerts.SetAlert", alert("b", rig.date(15)))
    rig.advance(15_000)
    assert rig.noted(Rang) == [Rang("a", "ALARM", True), Rang("a", "ALARM", False), Rang("b", "ALARM", True)]
    assert context(rig)[1] == ["a", "b"]


@pytest.mark.spec("D-105")
def test_a_reminder_plays_its_assets_in_order_and_shows_its_label(rig):
    assets = [
        {"assetId": "1", "url": "clova://alert/bell/reminder"},
        {"assetId": "2", "url": "https://media.test/r.mp3"},
    ]
    ringing(rig, type="REMINDER", label="약", assets=assets, assetPlayOrder=["2", "1"])
    assert [p.url for p in rig.played("alert")] == ["https://media.test/r.mp3", "clova://alert/bell/reminder"]
    assert [f.url for f in rig.fetches()] == ["https://media.test/r.mp3"]
    assert rig.shown("label") == ["약"]
    rig.push("Alerts.StopAlert", {"token": "a", "type": "REMINDER"})


@pytest.mark.spec("D-217")
def test_an_alert_that_rings_ends_the_taking_of_speech(rig):
    rig.push("Alerts.SetAlert", alert(when=rig.date(1)))
    rig.do(Say(pcm=bytes(6400 * 20)))
    rig.advance(1000)
    assert rig.states("microphone")[-1] == "SHUT"
    assert rig.names[-1] == "Alerts.AlertStarted"


def test_a_time_without_a_zone_is_the_devices_own(plain_rig):
    plain_rig.push("Alerts.SetAlert", alert(when="2026-03-01T09:00:20"))
    plain_rig.advance(20_000)
    assert plain_rig.names[-1] == "Alerts.AlertStarted"


def test_no_alert_begins_to_ring_while_the_clock_stands_still(rig):
    rig.push("Alerts.SetAlert", alert(when="2026-03-02T00:00:00Z"))
    due = instant_of(datetime(2026, 3, 2, tzinfo=UTC))
    assert rig.device.next_date() == due
    rig.do(SetClock(due - 1, frozen=True))
    rig.advance(60_000)
    assert rig.named("Alerts.AlertStarted") == []
    rig.do(SetClock(due, frozen=True))
    assert len(rig.named("Alerts.AlertStarted")) == 1
    rig.do(SetClock(due))
    rig.push("Alerts.SetAlert", alert("b", when="2026-03-02T00:00:01Z"))
    rig.advance(1000)
    assert len(rig.named("Alerts.AlertStarted")) == 2


def test_alerts_follow_the_clock_when_it_is_set(rig):
    rig.push("Alerts.SetAlert", alert(when="2026-03-02T00:00:00Z"))
    rig.do(SetClock(instant_of(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))))
    assert rig.device.next_deadline() == rig.now + SECOND
    rig.advance(1000)
    assert len(rig.named("Alerts.AlertStarted")) == 1
