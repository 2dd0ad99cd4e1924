"""What the user is told of an alert: words for every hour in every language; and what an app or a scenario sets."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import alerts
from mockcloud.cloud.accounts import Alert
from mockcloud.vocabulary.replies import Outgoing
from tests.cic.conversation import Conversation, Speaker, name_of
from tests.cloud.behaviours.household import Home, context

SEOUL = ZoneInfo("Asia/Seoul")
HOURS = {
    (0, 0): ("오전 12시", "午前0時", "00:00"),
    (0, 30): ("오전 12시 30분", "午前0時30分", "00:30"),
    (7, 0): ("오전 7시", "午前7時", "07:00"),
    (11, 59): ("오전 11시 59분", "午前11時59分", "11:59"),
    (12, 0): ("오후 12시", "午後0時", "12:00"),
    (12, 1): ("오후 12시 1분", "午後0時1分", "12:01"),
    (13, 5): ("오후 1시 5분", "午後1時5分", "13:05"),
    (23, 59): ("오후 11시 59분", "午後11時59分", "23:59"),
}
SENTENCES = {
    "ko": ("{} 알람 설정을 완료했어요.", "알람 설정을 하지 못했어요."),
    "ja": ("{}にアラームを設定しました。", "アラームを設定できませんでした。"),
    "en": ("Your alarm is set for {}.", "I could not set the alarm."),
}
LANGUAGES = tuple(SENTENCES)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


def told(home: Home, speaker: Speaker, lang: str, when: datetime, event: str) -> tuple[Any, Any]:
    """What is spoken and what is shown of an alarm that was asked for in a language, after the device's report."""
    home.when("시험", lambda turn: alerts.set_alert(turn, "ALARM", when))
    (directive,) = home.say(speaker, "시험", payload={"lang": lang}).directives
    payload = {name: directive["payload"][name] for name in ("token", "type")}
    spoken, shown = speaker.event(f"Alerts.{event}", payload).directives
    return spoken, shown


@pytest.mark.spec("C-105")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_time_is_said_as_people_say_it(home: Home, lang: str) -> None:
    speaker = home.speaker()
    for (hour, minute), words in HOURS.items():
        when = datetime(2026, 1, 2, hour, minute, tzinfo=SEOUL)
        spoken, shown = told(home, speaker, lang, when, "SetAlertSucceeded")
        said = SENTENCES[lang][0].format(words[LANGUAGES.index(lang)])
        assert shown["payload"]["failureMessage"]["value"] == said
        assert spoken["payload"].get("ttsLang", "ko") == lang


@pytest.mark.spec("C-105")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_failure_is_said_without_a_time(home: Home, lang: str) -> None:
    when = datetime(2026, 1, 2, 7, 30, tzinfo=SEOUL)
    _, shown = told(home, home.speaker(), lang, when, "SetAlertFailed")
    assert shown["payload"]["type"] == "Text"
    assert shown["payload"]["mainText"]["value"] == SENTENCES[lang][1]


@pytest.mark.spec("C-105", "C-046")
@pytest.mark.parametrize("event", ["SetAlertSucceeded", "SetAlertFailed"])
def test_the_report_belongs_to_the_dialog_that_asked_or_to_none(home: Home, event: str) -> None:
    """Never to a dialog of the report's own: the device has gone on to another one meanwhile."""
    speaker = home.speaker()
    alert = Alert({"type": "ALARM", "token": "t", "scheduledTime": "2026-01-02T07:30:00+09:00"}, "speaker")
    alert.awaits_report = True
    home.talk.account.alerts["t"] = alert
    answer = speaker.event(f"Alerts.{event}", {"token": "t", "type": "ALARM"}, dialog="another")
    assert answer.names == ["SpeechSynthesizer.Speak", "Clova.RenderTemplate"]
    assert ["dialogRequestId" in each["header"] for each in answer.directives] == [False, False]


@pytest.mark.spec("C-105", "C-111", "C-177")
def test_the_template_of_an_action_timer_names_what_it_will_do(home: Home) -> None:
    speaker = home.speaker()
    when = datetime(2026, 1, 2, 7, 30, tzinfo=SEOUL)
    action = [Outgoing("DeviceControl.TurnOff", {"target": "power"})]
    (directive,) = home.ask(lambda turn: alerts.set_alert(turn, "ACTIONTIMER", when, action=action), speaker).directives
    payload = {name: directive["payload"][name] for name in ("token", "type")}
    shown = speaker.event("Alerts.SetAlertSucceeded", payload).directives[1]["payload"]
    assert shown["type"] == "ActionTimer"
    assert "DeviceControl.TurnOff" in str(shown)


@pytest.mark.spec("C-111")
def test_what_an_action_timer_says_is_spoken_in_its_language(home: Home) -> None:
    """It is pushed, so it belongs to no dialog, and its words are still to be made into sound."""
    speaker = home.speaker()
    action = (Outgoing("SpeechSynthesizer.Speak", {"format": "AUDIO_MPEG", "ttsLang": "en"}, say="Done", lang="en"),)
    payload = {"type": "ACTIONTIMER", "token": "t", "scheduledTime": "2026-01-01T09:00:00+09:00"}
    home.talk.account.alerts["t"] = Alert(payload, "speaker", action=action)
    answer = speaker.event("Alerts.AlertStopped", {"token": "t", "type": "ACTIONTIMER"}, dialog="d7")
    assert answer.status == 204
    deleted, spoken = speaker.pushed()
    assert (name_of(deleted), name_of(spoken)) == ("Alerts.DeleteAlert", "SpeechSynthesizer.Speak")
    assert "dialogRequestId" not in spoken["header"]
    assert "/en/" in spoken["payload"]["url"]
    (entry,) = home.talk.journal(name="Alerts.AlertStopped")
    assert entry.because == ("C-109", "C-111")


@pytest.mark.spec("C-109", "C-110", "C-111")
@pytest.mark.parametrize(
    ("repeat", "action", "because"),
    [((), (), ("C-109",)), ((0,), (), ("C-110",)), ((), (Outgoing("Clova.ExpectLogin"),), ("C-109", "C-111"))],
)
def test_the_end_of_an_alert_says_what_it_rests_on(
    home: Home, repeat: tuple[int, ...], action: tuple[Outgoing, ...], because: tuple[str, ...]
) -> None:
    speaker = home.speaker()
    payload = {"type": "ALARM", "token": "t", "scheduledTime": "2026-01-01T09:00:00+09:00"}
    home.talk.account.alerts["t"] = Alert(payload, "speaker", repeat=repeat, action=action)
    speaker.event("Alerts.AlertStopped", {"token": "t", "type": "ALARM"})
    (entry,) = home.talk.journal(name="Alerts.AlertStopped")
    assert entry.because == because


@pytest.mark.spec("C-107", "C-109")
@pytest.mark.parametrize(("event", "directive"), [("RequestAlertStop", "StopAlert"), ("AlertStopped", "DeleteAlert")])
def test_the_type_of_an_alert_that_the_event_leaves_out_is_known_here(home: Home, event: str, directive: str) -> None:
    speaker = home.speaker()
    payload = {"type": "REMINDER", "token": "t", "scheduledTime": "2026-01-01T09:00:00+09:00"}
    home.talk.account.alerts["t"] = Alert(payload, "speaker")
    speaker.event(f"Alerts.{event}", {"token": "t"})
    (pushed,) = speaker.pushed()
    assert (name_of(pushed), pushed["payload"]) == (f"Alerts.{directive}", {"token": "t", "type": "REMINDER"})


@pytest.mark.spec("C-107", "C-109")
@pytest.mark.parametrize("event", ["RequestAlertStop", "AlertStopped"])
def test_an_alert_of_which_nobody_knows_the_type_is_left_alone(home: Home, event: str) -> None:
    speaker = home.speaker()
    assert speaker.event(f"Alerts.{event}", {"token": "unheard-of"}).status == 204
    assert speaker.pushed() == []


@pytest.mark.spec("C-113")
def test_an_alert_that_a_device_has_deleted_is_forgotten(home: Home) -> None:
    speaker = home.speaker()
    for token in ("t1", "t2"):
        payload = {"type": "ALARM", "token": token, "scheduledTime": "2026-01-02T09:00:00+09:00"}
        home.talk.account.alerts[token] = Alert(payload, "speaker")
    assert speaker.event("Alerts.DeleteAlertSucceeded", {"token": "t1", "type": "ALARM"}).status == 204
    assert list(home.talk.account.alerts) == ["t2"]


@pytest.mark.spec("C-108")
def test_only_what_can_be_stopped_is_stopped(home: Home) -> None:
    speaker = home.speaker()
    active = [
        "noise", {"token": "t1"}, {"type": "ALARM"}, {"token": 5, "type": "ALARM"}, {"token": "t2", "type": "NAP"},
        {"token": "t3", "type": "ALARM", "scheduledTime": "2026-01-02T09:00:00+09:00"},
    ]  # fmt: skip
    home.when("그만", lambda turn: alerts.stop_ringing(turn))
    state = {"allAlerts": [], "activeAlerts": active}
    answer = speaker.event("TextRecognizer.Recognize", {"text": "그만"}, context=context(Alerts__AlertsState=state))
    assert [each["payload"] for each in answer.directives] == [{"token": "t3", "type": "ALARM"}]


def test_the_app_is_told_of_an_alert_that_there_is_not() -> None:
    talk = Conversation()
    assert talk.ask(op.StopAlert("default", "t")).status == talk.ask(op.DeleteAlert("default", "t")).status == 404


def test_an_alert_as_a_scenario_gives_it() -> None:
    account = Conversation().account
    action = [{"namespace": "DeviceControl", "name": "TurnOff", "payload": {"target": "power"}}]
    action.append({"namespace": "Clova", "name": "ExpectLogin"})
    alert = alerts.asked_for(
        account,
        "speaker",
        type="ACTIONTIMER",
        scheduled_time="2026-01-02T07:30",
        token="mine",
        label="끄기",
        repeat=("monday", "sunday"),
        action=action,
    )
    assert account.alerts == {"mine": alert}
    assert alert.payload == {
        "type": "ACTIONTIMER",
        "token": "mine",
        "scheduledTime": "2026-01-02T07:30:00+09:00",
        "label": "끄기",
    }
    assert (alert.device_id, alert.repeat) == ("speaker", (0, 6))
    told = [(one.name, one.payload) for one in alert.action]
    assert told == [("DeviceControl.TurnOff", {"target": "power"}), ("Clova.ExpectLogin", {})]
