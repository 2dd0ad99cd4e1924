"""What the built-in assistant does when it understands: every topic, through the whole machine."""

from typing import Any

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.cloud.assistant import TOPICS, model
from tests.cic.conversation import Conversation, Response, Speaker

SWITCHES = ("airplane", "bluetooth", "cellular", "energySavingMode", "flashLight", "gps", "power", "soundMode", "wifi")
LEVELS = ("channel", "screenBrightness", "volume")
BLUETOOTH = ["BtConnect", "BtDisconnect", "BtStartPairing", "BtStopPairing"]
PEER = {"address": "00:11:22:33:44:55", "connected": False, "name": "Buds", "role": "sink"}
RENDERED = "Clova.RenderTemplate"


def display(size: str = "l100") -> dict[str, Any]:
    return {"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": size}}


def state() -> dict[str, Any]:
    """A device that can do everything."""
    members: dict[str, Any] = {name: {"actions": ["TurnOn", "TurnOff"], "state": "on"} for name in SWITCHES}
    members["bluetooth"] |= {"actions": ["TurnOn", "TurnOff", *BLUETOOTH], "btlist": [PEER], "scanlist": []}
    steps = ["Increase", "Decrease", "SetValue"]
    members |= {name: {"actions": steps, "value": 5, "min": 0, "max": 100} for name in LEVELS}
    return {"header": {"namespace": "Device", "name": "DeviceState"}, "payload": members}


def asked(speaker: Speaker, text: str, *more: Any, size: str = "l100") -> Response:
    context = [display(size), state(), *more]
    return speaker.event("TextRecognizer.Recognize", {"text": text}, context=context, dialog=f"d-{text}")


def template(answer: Response) -> dict[str, Any]:
    (found,) = [each["payload"] for each in answer.directives if f"{name(each)}" == RENDERED]
    return dict(found)


def name(directive: dict[str, Any]) -> str:
    return f"{directive['header']['namespace']}.{directive['header']['name']}"


FIRST = [
    pytest.param(lang, intent.name, intent.examples[0].text, id=f"{lang}-{intent.name}")
    for lang in ("ko", "ja", "en")
    for intent in model(lang).intents
]


@pytest.mark.spec("C-079", "C-093", "C-176", "C-177")
@pytest.mark.parametrize(("lang", "intent", "text"), FIRST)
def test_every_intent_is_answered_by_valid_directives(lang: str, intent: str, text: str) -> None:
    talk = Conversation(lang=lang)
    answer = asked(talk.speaker(), text)
    (entry,) = talk.journal(kind="event")
    assert answer.status in (200, 204)
    assert set(TOPICS[intent].because) <= set(entry.because)


@pytest.mark.spec("C-186")
@pytest.mark.parametrize(("lang", "intent", "text"), FIRST)
def test_without_a_display_nothing_is_rendered(lang: str, intent: str, text: str) -> None:
    answer = asked(Conversation(lang=lang).speaker(), text, size="none")
    assert not [each for each in answer.names if ".Render" in each and each != "DeviceControl.RenderDeviceList"]


@pytest.mark.spec("C-126", "C-100", "C-129")
@pytest.mark.parametrize(
    ("text", "directive", "payload"),
    [
        ("일시정지", "Pause", {}),
        ("이어서 틀어줘", "Resume", {}),
        ("음악 꺼줘", "Stop", {}),
        ("종료", "Stop", {}),
        ("종료해줘", "Stop", {}),
        ("종료해", "Stop", {}),
        ("다음 곡", "Next", {}),
        ("이전 곡", "Previous", {}),
        ("처음부터 들려줘", "Replay", {}),
        ("음소거", "Mute", {}),
        ("음소거 해제해줘", "Unmute", {}),
        ("한 곡 반복해줘", "SetRepeatMode", {"repeatMode": "REPEAT_ONE"}),
        ("반복 해제해줘", "SetRepeatMode", {"repeatMode": "NONE"}),
    ],
)
def test_playback_is_controlled_by_the_directive_alone(text: str, directive: str, payload: dict[str, str]) -> None:
    (only,) = asked(Conversation().speaker(), text).directives
    assert (name(only), only["payload"]) == (f"PlaybackController.{directive}", payload)


@pytest.mark.spec("C-134", "C-136", "C-137", "C-140", "C-141", "C-149", "C-150", "C-151", "C-153")
@pytest.mark.parametrize(
    ("text", "directive", "payload"),
    [
        ("볼륨 올려줘", "Increase", {"target": "volume"}),
        ("볼륨 3만큼 내려줘", "Decrease", {"target": "volume", "value": "3"}),
        ("볼륨 7로 맞춰줘", "SetValue", {"target": "volume", "value": "7"}),
        ("볼륨 최대로 해줘", "SetValue", {"target": "volume", "value": "100"}),
        ("화면 밝기 50으로 맞춰줘", "SetValue", {"target": "screenbrightness", "value": "50"}),
        ("채널 11번으로 바꿔줘", "SetValue", {"target": "channel", "value": "11"}),
        ("다음 채널", "Increase", {"target": "channel"}),
        ("와이파이 켜줘", "TurnOn", {"target": "wifi"}),
        ("전원 꺼줘", "TurnOff", {"target": "power"}),
        ("설정 열어줘", "Open", {"target": "settings"}),
        ("블루투스 연결해줘", "BtConnect", {}),
        ("블루투스 연결 끊어줘", "BtDisconnect", {}),
        ("페어링 모드 켜줘", "BtStartPairing", {}),
        ("페어링 중지해줘", "BtStopPairing", {}),
        ("블루투스 기기 삭제해줘", "BtDelete", PEER),
    ],
)
def test_the_device_is_controlled(text: str, directive: str, payload: dict[str, str]) -> None:
    first = asked(Conversation().speaker(), text).directives[0]
    assert (name(first), first["payload"]) == (f"DeviceControl.{directive}", payload)


@pytest.mark.spec("C-102", "C-104")
@pytest.mark.parametrize(
    ("text", "kind", "when", "label"),
    [
        # A conversation begins at 2026-01-01 09:00 in Seoul, a Thursday.
        ("내일 아침 7시 반에 알람 맞춰줘", "ALARM", "2026-01-02T07:30:00+09:00", None),
        ("매주 월요일 8시에 알람 등록해줘", "ALARM", "2026-01-05T08:00:00+09:00", None),
        ("30분 뒤에 깨워줘", "ALARM", "2026-01-01T09:30:00+09:00", None),
        ("타이머 1시간 30분 맞춰줘", "TIMER", "2026-01-01T10:30:00+09:00", None),
        ("내일 오후 3시에 약 먹으라고 알려줘", "REMINDER", "2026-01-02T15:00:00+09:00", "약 먹으라고"),
        ("30분 뒤에 티비 꺼줘", "ACTIONTIMER", "2026-01-01T09:30:00+09:00", "티비 TurnOff"),
    ],
)
def test_an_alert_is_set_on_the_accounts_clock(text: str, kind: str, when: str, label: str | None) -> None:
    (only,) = asked(Conversation().speaker(), text).directives
    payload = only["payload"]
    assert name(only) == "Alerts.SetAlert"
    assert (payload["type"], payload["scheduledTime"], payload.get("label")) == (kind, when, label)


@pytest.mark.spec("C-101")
def test_what_repeats_is_remembered() -> None:
    talk = Conversation()
    asked(talk.speaker(), "매일 아침 7시에 알람 설정해줘")
    (alert,) = talk.account.alerts.values()
    assert alert.repeat == (0, 1, 2, 3, 4, 5, 6)


@pytest.mark.spec("C-086", "C-088")
def test_what_is_missing_is_asked_for_and_the_answer_completes_it() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    question = asked(speaker, "알람 맞춰줘")
    assert question.names == ["SpeechSynthesizer.Speak", "SpeechRecognizer.ExpectSpeech"]
    speech_id = question.directives[1]["payload"]["expectSpeechId"]
    answer = speaker.event(
        "TextRecognizer.Recognize",
        {"text": "내일 7시", "speechId": speech_id, "explicit": True},
        dialog="d-알람 맞춰줘",
    )
    assert answer.names == ["Alerts.SetAlert"]
    assert answer.directives[0]["payload"]["scheduledTime"] == "2026-01-02T07:00:00+09:00"


@pytest.mark.spec("C-108")
def test_what_rings_is_stopped() -> None:
    active = {
        "header": {"namespace": "Alerts", "name": "AlertsState"},
        "payload": {"allAlerts": [], "activeAlerts": [{"token": "t", "type": "ALARM", "scheduledTime": "x"}]},
    }
    assert asked(Conversation().speaker(), "알람 꺼줘", active).names == ["Alerts.StopAlert"]
    assert asked(Conversation().speaker(), "알람 꺼줘").names == ["SpeechSynthesizer.Speak"]


CONTENT = {
    "TodayWeather": ["오늘 날씨 어때"],
    "TomorrowWeather": ["내일 날씨 어때"],
    "WeeklyWeather": ["이번 주 날씨 어때"],
    "Atmosphere": ["미세먼지 어때"],
    "Humidity": ["습도 알려줘"],
    "WindSpeed": ["풍속 알려줘"],
    "Alarm": ["7시에 알람 맞춰줘", "알람 목록 보여줘"],
    "AlarmList": ["7시에 알람 맞춰줘", "매일 8시에 알람 맞춰줘", "알람 목록 보여줘"],
    "Timer": ["타이머 3분 맞춰줘", "타이머 목록 보여줘"],
    "TimerList": ["타이머 3분 맞춰줘", "타이머 5분 맞춰줘", "타이머 목록 보여줘"],
    "Reminder": ["8시에 약 먹기 리마인더 등록해줘", "리마인더 목록 보여줘"],
    "ReminderList": ["리마인더 목록 보여줘"],
    "ActionTimer": ["30분 뒤에 티비 꺼줘", "예약 목록 보여줘"],
    "ActionTimerList": ["예약 목록 보여줘"],
    "Memo": ["우유 사기라고 메모해줘"],
    "MemoList": ["우유 사기라고 메모해줘", "메모 목록 보여줘"],
    "Schedule": ["내일 오후 3시에 회의 일정 등록해줘"],
    "ScheduleList": ["내일 오후 3시에 회의 일정 등록해줘", "내일 일정 알려줘"],
    "Text": ["달러 환율 알려줘"],
    "ImageText": ["세종대왕이 누구야"],
    "ImageList": ["고양이 사진 보여줘"],
    "CardList": ["맛집 찾아줘"],
    "Popup": ["공지 보여줘"],
}


@pytest.mark.spec("C-177")
@pytest.mark.parametrize("kind", CONTENT)
def test_every_template_can_be_asked_for(kind: str) -> None:
    speaker = Conversation().speaker()
    shown = template([asked(speaker, text) for text in CONTENT[kind]][-1])
    assert shown["type"] == kind
    assert Catalogue.load().check_template(shown) == []


@pytest.mark.spec("C-177")
def test_these_are_all_templates_there_are() -> None:
    assert set(CONTENT) == set(Catalogue.load().names("template"))


def test_a_schedule_is_listed_on_its_day_alone() -> None:
    speaker = Conversation().speaker()
    asked(speaker, "내일 오후 3시에 회의 일정 등록해줘")
    listed = {day: template(asked(speaker, f"{day} 일정 알려줘"))["scheduleList"] for day in ("오늘", "내일", "모레")}
    assert {day: len(each) for day, each in listed.items()} == {"오늘": 0, "내일": 1, "모레": 0}
    assert listed["내일"][0]["content"]["value"] == "회의"


@pytest.mark.spec("C-115")
def test_a_title_that_is_asked_for_is_played() -> None:
    answer = asked(Conversation().speaker(), "밤편지 틀어줘")
    (item,) = [each["payload"]["audioItem"] for each in answer.directives if name(each) == "AudioPlayer.Play"]
    assert item["titleText"] == "밤편지"


@pytest.mark.spec("C-173", "C-175")
def test_what_plays_is_named_and_liked() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    assert asked(speaker, "지금 나오는 노래 뭐야").names == ["SpeechSynthesizer.Speak"]
    asked(speaker, "밤편지 틀어줘")
    said = asked(speaker, "지금 나오는 노래 뭐야")
    assert said.names == ["SpeechSynthesizer.Speak", "TemplateRuntime.RenderPlayerInfo"]
    asked(speaker, "이 노래 좋아")
    assert len(talk.account.likes) == 1
    asked(speaker, "좋아요 취소해줘")
    assert talk.account.likes == []


@pytest.mark.spec("C-178", "C-179")
def test_help_and_apps() -> None:
    assert asked(Conversation().speaker(), "도움말").names == ["Clova.Help"]
    assert asked(Conversation().speaker(), "유튜브 실행해줘").names == ["SpeechSynthesizer.Speak", "Clova.LaunchURI"]
