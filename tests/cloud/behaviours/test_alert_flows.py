"""Alerts from being set to being deleted, by voice, by button and in the app (C-101..C-114, C-166..C-169)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import alerts
from mockcloud.cloud.alerts import DAILY, next_occurrence
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing
from tests.cic.conversation import Response, Speaker, name_of
from tests.cloud.behaviours.household import Home, context

SEOUL = ZoneInfo("Asia/Seoul")
MORNING = datetime(2026, 1, 2, 7, 30, tzinfo=SEOUL)
HEADLESS = {"size": "none"}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


@pytest.fixture
def speaker(home: Home) -> Speaker:
    return home.speaker()


def set_by_voice(home: Home, device: Speaker, kind: Any = "ALARM", **alert: Any) -> Any:
    """The SetAlert that answered it."""
    answer = home.ask(lambda turn: alerts.set_alert(turn, kind, MORNING, **alert), device)
    (directive,) = answer.directives
    return directive


def report(device: Speaker, name: str, alert: Any, **objects: Any) -> Response:
    payload = {"token": alert["token"], "type": alert["type"]}
    return device.event(f"Alerts.{name}", payload, context=context(**objects))


@pytest.mark.spec("C-101", "C-102", "C-104")
@pytest.mark.parametrize("kind", alerts.ALERT_TYPES)
def test_an_alert_set_by_voice_is_in_the_response_and_in_the_list(home: Home, speaker: Speaker, kind: Any) -> None:
    directive = set_by_voice(home, speaker, kind, label="약 먹기")
    alert = directive["payload"]
    assert name_of(directive) == "Alerts.SetAlert"
    assert directive["header"]["dialogRequestId"] == "d1"
    assert (alert["type"], alert["scheduledTime"]) == (kind, "2026-01-02T07:30:00+09:00")
    assert ("assets" in alert) == (kind == "REMINDER")
    speaker.event("Alerts.RequestSynchronizeAlert", {})
    (listed,) = speaker.pushed()
    assert listed["payload"] == {"allAlerts": [alert]}


@pytest.mark.spec("C-105", "C-114", "C-186")
@pytest.mark.parametrize(("event", "said"), [("SetAlertSucceeded", "완료했어요"), ("SetAlertFailed", "하지 못했어요")])
def test_the_user_is_told_once_even_without_display(home: Home, speaker: Speaker, event: str, said: str) -> None:
    alert = set_by_voice(home, speaker)["payload"]
    assert speaker.pushed() == []
    answer = report(speaker, event, alert, Device__Display=HEADLESS)
    assert answer.names == ["SpeechSynthesizer.Speak", "Clova.RenderTemplate"]
    assert {each["header"]["dialogRequestId"] for each in answer.directives} == {"d1"}
    assert said in answer.directives[1]["payload"]["failureMessage"]["value"]
    assert (alert["token"] in home.talk.account.alerts) == (event == "SetAlertSucceeded")
    assert report(speaker, event, alert).status == 204


@pytest.mark.spec("C-105")
@pytest.mark.parametrize(("lang", "said"), [("en", "Your alarm is set for 07:30."), ("ja", "午前7時30分に")])
def test_the_user_is_told_in_the_language_of_the_request(home: Home, speaker: Speaker, lang: str, said: str) -> None:
    home.when("alarm", lambda turn: alerts.set_alert(turn, "ALARM", MORNING))
    (directive,) = home.say(speaker, "alarm", payload={"lang": lang}).directives
    spoken, shown = report(speaker, "SetAlertSucceeded", directive["payload"]).directives
    assert shown["payload"]["failureMessage"]["value"].startswith(said)
    assert spoken["payload"]["ttsLang"] == lang


@pytest.mark.spec("C-105", "C-177")
@pytest.mark.parametrize(
    ("kind", "template"),
    [("ALARM", "Alarm"), ("TIMER", "Timer"), ("REMINDER", "Reminder"), ("ACTIONTIMER", "ActionTimer")],
)
@pytest.mark.parametrize(
    ("repeat", "period", "days"),
    [((), "", []), (DAILY, "daily", []), ((0, 5), "weekly", ["monday", "saturday"])],
)
def test_the_template_says_what_was_set(
    home: Home, speaker: Speaker, kind: str, template: str, repeat: tuple[int, ...], period: str, days: list[str]
) -> None:
    alert = set_by_voice(home, speaker, kind, repeat=repeat)["payload"]
    shown = report(speaker, "SetAlertSucceeded", alert).directives[1]["payload"]
    assert (shown["type"], shown["token"]["value"]) == (template, alert["token"])
    if kind != "TIMER":
        assert (shown["repeatPeriod"]["value"], [day["value"] for day in shown["repeatDay"]]) == (period, days)


@pytest.mark.spec("C-105")
def test_the_report_on_the_downchannel_speaks_by_url(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"alert_report": "downchannel"})
    speaker = home.speaker()
    alert = set_by_voice(home, speaker)["payload"]
    assert report(speaker, "SetAlertSucceeded", alert).status == 204
    spoken, shown = speaker.pushed()
    assert spoken["payload"]["url"].startswith("https://")
    assert name_of(shown) == "Clova.RenderTemplate"
    assert spoken["header"]["dialogRequestId"] == "d1"


@pytest.mark.spec("C-106", "C-107", "C-109", "C-113", "C-114")
def test_from_ringing_to_deletion(home: Home, speaker: Speaker) -> None:
    alert = set_by_voice(home, speaker)["payload"]
    same = {"token": alert["token"], "type": "ALARM"}
    assert report(speaker, "AlertStarted", alert).status == 204
    assert home.talk.account.alerts[alert["token"]].ringing
    assert report(speaker, "RequestAlertStop", alert).status == 204
    (stop,) = speaker.pushed()
    assert (name_of(stop), stop["payload"]) == ("Alerts.StopAlert", same)
    assert report(speaker, "AlertStopped", alert).status == 204
    (deletion,) = speaker.pushed()
    assert (name_of(deletion), deletion["payload"]) == ("Alerts.DeleteAlert", same)
    assert report(speaker, "DeleteAlertSucceeded", alert).status == 204
    speaker.event("Alerts.RequestSynchronizeAlert", {})
    assert speaker.pushed()[0]["payload"] == {"allAlerts": []}


@pytest.mark.spec("C-108")
def test_stopped_by_voice_in_the_response(home: Home, speaker: Speaker) -> None:
    ringing = {"token": "t1", "type": "TIMER", "scheduledTime": "2026-01-01T09:00:00+09:00"}
    state = {"allAlerts": [ringing], "activeAlerts": [ringing]}
    answer = home.ask(alerts.stop_ringing, speaker, Alerts__AlertsState=state)
    (stop,) = answer.directives
    assert (name_of(stop), stop["payload"]) == ("Alerts.StopAlert", {"token": "t1", "type": "TIMER"})
    assert stop["header"]["dialogRequestId"] == "d1"
    assert home.ask(alerts.stop_ringing, speaker).status == 204


@pytest.mark.spec("C-110", "C-166")
def test_a_repeating_alert_moves_on_under_its_token(home: Home, speaker: Speaker) -> None:
    alert = set_by_voice(home, speaker, repeat=DAILY)["payload"]
    report(speaker, "AlertStopped", alert)
    (following,) = speaker.pushed()
    assert name_of(following) == "Alerts.SetAlert"
    assert following["payload"] == alert | {"scheduledTime": "2026-01-03T07:30:00+09:00"}
    report(speaker, "AlertStopped", alert)
    assert speaker.pushed()[0]["payload"]["scheduledTime"] == "2026-01-04T07:30:00+09:00"
    assert report(speaker, "SetAlertSucceeded", alert).status == 204
    speaker.event("Alerts.RequestSynchronizeAlert", {})
    assert [each["scheduledTime"] for each in speaker.pushed()[0]["payload"]["allAlerts"]] == [
        "2026-01-04T07:30:00+09:00"
    ]


@pytest.mark.spec("C-110")
def test_a_repeating_alert_may_get_a_new_token(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"repeat_token": "new"})
    speaker = home.speaker()
    alert = set_by_voice(home, speaker, repeat=DAILY)["payload"]
    report(speaker, "AlertStopped", alert)
    (following,) = speaker.pushed()
    assert following["payload"]["token"] != alert["token"]
    assert list(home.talk.account.alerts) == [following["payload"]["token"]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.spec("C-110")
@pytest.mark.parametrize(
    ("scheduled", "now", "repeat", "expected"),
    [
        ("2026-01-02T07:30", "2026-01-02T07:31", DAILY, "2026-01-03T07:30"),
        ("2026-01-02T07:30", "2026-01-01T00:00", DAILY, "2026-01-03T07:30"),
        ("2026-01-02T07:30", "2026-01-09T07:29", DAILY, "2026-01-09T07:30"),
        ("2026-01-02T07:30", "2026-01-09T07:30", DAILY, "2026-01-10T07:30"),
        ("2026-01-02T07:30", "2026-01-02T07:31", (4,), "2026-01-09T07:30"),
        ("2026-01-02T07:30", "2026-01-02T07:31", (0, 1), "2026-01-05T07:30"),
        ("2026-01-31T07:30", "2026-01-31T07:31", DAILY, "2026-02-01T07:30"),
        ("2026-01-30T23:30", "2026-03-01T23:45", DAILY, "2026-03-02T23:30"),
    ],
)
def test_the_next_occurrence_is_after_now_and_after_the_one_that_rang(
    scheduled: str, now: str, repeat: tuple[int, ...], expected: str
) -> None:
    assert next_occurrence(at(scheduled), at(now), repeat) == at(expected)


@pytest.mark.spec("C-110")
def test_the_next_occurrence_keeps_the_local_time_over_summer_time() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = datetime(2026, 3, 28, 7, 30, tzinfo=paris)
    assert next_occurrence(before, before, DAILY).isoformat() == "2026-03-29T07:30:00+02:00"


@pytest.mark.spec("C-111", "C-109")
def test_an_action_timer_does_what_it_was_set_for(home: Home, speaker: Speaker) -> None:
    action = (Outgoing("DeviceControl.TurnOff", {"target": "power"}), Outgoing("PlaybackController.Stop"))
    alert = set_by_voice(home, speaker, "ACTIONTIMER", action=action)["payload"]
    report(speaker, "AlertStopped", alert)
    pushed = speaker.pushed()
    assert [name_of(each) for each in pushed] == [
        "Alerts.DeleteAlert",
        "DeviceControl.TurnOff",
        "PlaybackController.Stop",
    ]
    assert pushed[1]["payload"] == {"target": "power"}
    assert all("dialogRequestId" not in each["header"] for each in pushed)


@pytest.mark.spec("C-166", "C-167", "C-169")
@pytest.mark.parametrize("where", ["downchannel", "response"])
@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Alerts.RequestSynchronizeAlert", "Alerts.SynchronizeAlert"),
        ("System.RequestSynchronizeState", "System.SynchronizeState"),
    ],
)
def test_every_device_gets_its_own_alerts(
    monkeypatch: pytest.MonkeyPatch, where: str, asked: str, answered: str
) -> None:
    home = Home(monkeypatch, behaviour={"synchronize_alerts": where})
    speaker, tv = home.speaker("speaker"), home.speaker("tv")
    alert = set_by_voice(home, speaker)["payload"]
    for device, expected in ((speaker, [alert]), (tv, [])):
        answer = device.event(asked, {})
        assert answer.status == (204 if where == "downchannel" else 200)
        (listed,) = device.pushed() if where == "downchannel" else answer.directives
        assert (name_of(listed), listed["payload"]) == (answered, {"allAlerts": expected})


@pytest.mark.spec("C-166", "C-168")
def test_a_device_that_reconnects_asks_and_gets_what_was_set_meanwhile(home: Home, speaker: Speaker) -> None:
    kept = set_by_voice(home, speaker)["payload"]
    speaker.drop_downchannel()
    added = home.talk.ask(
        op.SetAlert(account="default", device="speaker", type="TIMER", scheduled_time="2026-01-02T07:30:00")
    ).body["alert"]
    speaker.connect()
    speaker.downchannel()
    assert speaker.pushed_names() == ["Clova.Hello", "Alerts.SetAlert"]
    speaker.event("Alerts.RequestSynchronizeAlert", {})
    assert speaker.pushed()[0]["payload"]["allAlerts"] == [kept, added]


@pytest.mark.spec("C-101", "C-103", "C-105", "C-112")
def test_the_app_adds_changes_stops_and_deletes(home: Home, speaker: Speaker) -> None:
    other = home.speaker("tv")
    added = home.talk.ask(
        op.SetAlert(account="default", device="speaker", type="ALARM", scheduled_time="2026-01-02T07:30:00")
    )
    assert added.status == 201
    (pushed,) = speaker.pushed()
    alert = added.body["alert"]
    assert (name_of(pushed), pushed["payload"]) == ("Alerts.SetAlert", alert)
    assert "dialogRequestId" not in pushed["header"]
    assert report(speaker, "SetAlertSucceeded", alert).status == 204
    home.talk.ask(
        op.SetAlert(
            account="default",
            device="speaker",
            type="ALARM",
            scheduled_time="2026-01-02T08:00:00+09:00",
            token=alert["token"],
            repeat=("monday", "friday"),
        )
    )
    (changed,) = speaker.pushed()
    assert changed["payload"] == alert | {"scheduledTime": "2026-01-02T08:00:00+09:00"}
    assert list(home.talk.account.alerts) == [alert["token"]]
    (listed,) = home.talk.ask(op.ListAlerts("default")).body["alerts"]
    assert listed["repeat"] == ["monday", "friday"]
    assert home.talk.ask(op.StopAlert("default", alert["token"])).status == 204
    assert home.talk.ask(op.DeleteAlert("default", alert["token"])).status == 204
    assert speaker.pushed_names() == ["Alerts.StopAlert", "Alerts.DeleteAlert"]
    assert home.talk.ask(op.DeleteAlert("default", alert["token"])).status == 404
    assert other.pushed() == []


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"device": "nowhere"}, 404),
        ({"scheduled_time": "soon"}, 422),
        ({"repeat": ("someday",)}, 422),
        ({"action": (("DeviceControl.TurnOff", {"target": "power"}),)}, 422),
        ({"type": "ACTIONTIMER", "action": (("DeviceControl.TurnOff", {"target": "moon"}),)}, 422),
        ({"type": "ACTIONTIMER", "action": (("Made.Up", {}),)}, 422),
    ],
)
def test_an_alert_of_the_app_that_makes_no_sense(
    home: Home, speaker: Speaker, wrong: dict[str, Any], status: int
) -> None:
    right = {"account": "default", "device": "speaker", "type": "ALARM", "scheduled_time": "2026-01-02T07:30:00"}
    assert home.talk.ask(op.SetAlert(**right | wrong)).status == status
    assert speaker.pushed() == []
    assert not home.talk.account.alerts


def test_two_alerts_have_two_tokens(home: Home, speaker: Speaker) -> None:
    first, second = (set_by_voice(home, speaker)["payload"] for _ in range(2))
    assert first["token"] != second["token"]
    assert all(isinstance(each["token"], str) and each["token"] for each in (first, second))


@pytest.mark.spec("C-102", "C-105")
def test_a_scenario_s_alert_is_reported_like_any_other(home: Home, speaker: Speaker) -> None:
    home.talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then: [{directive: Alerts.SetAlert, with: {token: mine, type: TIMER}}]
""")
    home.say(speaker, "알람")
    assert report(speaker, "SetAlertSucceeded", {"token": "mine", "type": "TIMER"}).status == 200


@pytest.mark.spec("C-104")
def test_devices_are_told_the_account_s_local_time(home: Home, speaker: Speaker) -> None:
    asked = op.SetAlert(account="default", device="speaker", type="ALARM", scheduled_time="2026-01-01T22:30:00Z")
    assert home.talk.ask(asked).body["alert"]["scheduledTime"] == "2026-01-02T07:30:00+09:00"


def test_a_device_that_is_removed_takes_its_own_alerts_along(home: Home, speaker: Speaker) -> None:
    home.speaker("tv")
    for device in ("speaker", "tv"):
        home.talk.ask(op.SetAlert(account="default", device=device, type="ALARM", scheduled_time="2026-01-02T07:30:00"))
        home.talk.ask(op.Delegate("default", device, "안녕"))
    home.talk.ask(op.RemoveDevice("default", "tv"))
    account = home.talk.account
    assert [alert.device_id for alert in account.alerts.values()] == ["speaker"]
    assert [delegation.device_id for delegation in account.delegations.values()] == ["speaker"]


@pytest.mark.spec("C-101", "C-112")
def test_an_alert_whose_deletion_was_pushed_is_gone(home: Home, speaker: Speaker) -> None:
    alert = set_by_voice(home, speaker)["payload"]
    header = {"namespace": "Alerts", "name": "DeleteAlert"}
    home.talk.ask(op.Push(directive={"header": header, "payload": {"token": alert["token"], "type": "ALARM"}}))
    assert not home.talk.account.alerts


@pytest.mark.spec("C-101")
def test_resetting_an_account_forgets_its_alerts(home: Home, speaker: Speaker) -> None:
    set_by_voice(home, speaker)
    home.talk.ask(op.ResetAccount("default"))
    assert not home.talk.account.alerts


def test_a_turn_knows_its_language(home: Home, speaker: Speaker) -> None:
    heard: list[str] = []

    def domain(turn: Turn) -> tuple[Outgoing, ...]:
        heard.append(turn.lang)
        return ()

    home.ask(domain, speaker)
    home.when("test", domain)
    home.say(speaker, "test", payload={"lang": "en"})
    assert heard == ["ko", "en"]
