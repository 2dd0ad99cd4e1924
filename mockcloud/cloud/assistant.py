"""The built-in assistant: what the cloud answers to words that nothing else claims.

What it understands is a model for each language, ``nlu/data/assistant.<lang>.txt``; what it does is this table of its
intents. Models are built when the first words come, or ahead of them (`warm_up`), not when the cloud starts.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mockcloud.cloud import answers, content
from mockcloud.cloud.answers import Answer
from mockcloud.cloud.turn import Turn
from mockcloud.nlu.assistant import model as model
from mockcloud.nlu.text import normalise
from mockcloud.vocabulary.replies import Reply, speak

if TYPE_CHECKING:
    from mockcloud.nlu.reading import Reading
    from mockcloud.nlu.understanding import Nlu

_SCRIPTS = (("ko", re.compile("[가-힣]")), ("ja", re.compile("[ぁ-ヿ一-鿿]")), ("en", re.compile("[A-Za-z]")))


@dataclass(frozen=True, slots=True)
class Topic:
    """What is done for an intent."""

    name: str
    answer: Answer
    because: tuple[str, ...] = ("C-079",)


def answer(turn: Turn) -> Reply | None:
    """The reply to the words of this turn, or ``None`` if the assistant does not understand them."""
    if not turn.words or not normalise(turn.words):
        return None
    reading = understand(turn.words, turn.lang)
    if reading.intent is None:
        return None
    topic = TOPICS[reading.intent]
    return Reply(topic.answer(turn, reading), f"assistant {topic.name}", topic.because)


def apology(turn: Turn) -> Reply:
    """Nobody understood: 204, or, by setting, an apology (C-092)."""
    if turn.account.settings.behaviour.not_understood == "none":
        return Reply(by="not understood", because=("C-092",), unmatched=True)
    said = {
        "ko": "죄송해요. 잘 이해하지 못했어요.",
        "ja": "すみません、よくわかりませんでした。",
        "en": "Sorry, I did not understand that.",
    }[turn.lang]
    return Reply((speak(said, turn.lang),), "not understood", ("C-092",), unmatched=True)


def warm_up(lang: str) -> None:
    """Build the model of a language ahead of the first words: a tenth of a second that no event should wait for."""
    _built(lang)


@lru_cache(maxsize=64)
def understand(words: str, lang: str) -> "Reading":
    """What the words mean, in this language, else in the one whose script they are written in."""
    reading = _built(lang).parse(words, lang=lang)
    if reading.intent is None:
        written = next((each for each, script in _SCRIPTS if script.search(words)), lang)
        if written != lang:
            other = _built(written).parse(words, lang=written)
            return other if other.intent is not None else reading
    return reading


@lru_cache(maxsize=8)
def _built(lang: str) -> "Nlu":
    from mockcloud.nlu.understanding import Nlu

    made = Nlu()
    made.build([model(lang)], check=False)
    return made


TOPICS: dict[str, Topic] = {
    "Greeting": Topic(
        "greeting",
        answers.says(
            "안녕하세요. 무엇을 도와드릴까요?", "こんにちは。ご用件は何でしょうか。", "Hello. What can I do for you?"
        ),
    ),
    "Thanks": Topic("thanks", answers.says("천만에요.", "どういたしまして。", "You are welcome.")),
    "Time": Topic("time", answers.time),
    "Date": Topic("date", answers.date),
    "Weather": Topic("weather", answers.weather, ("C-079", "C-176", "C-177", "C-186")),
    "Dust": Topic("air", answers.dust, ("C-079", "C-177")),
    "Humidity": Topic("humidity", answers.humidity, ("C-079", "C-177")),
    "Wind": Topic(
        "wind",
        answers.shows(
            content.wind_speed,
            "바람은 초속 2미터예요.",
            "風速は2メートルです。",
            "The wind blows at 2 metres a second.",
        ),
        ("C-079", "C-177"),
    ),
    "AlarmSet": Topic("alarm", answers.set_alarm, ("C-101", "C-102", "C-104")),
    "AlarmList": Topic("alarms", answers.list_alerts("ALARM"), ("C-101", "C-177")),
    "TimerSet": Topic("timer", answers.set_timer, ("C-101", "C-102", "C-104")),
    "TimerList": Topic("timers", answers.list_alerts("TIMER"), ("C-101", "C-177")),
    "ReminderSet": Topic("reminder", answers.set_reminder, ("C-101", "C-102", "C-104")),
    "ReminderList": Topic("reminders", answers.list_alerts("REMINDER"), ("C-101", "C-177")),
    "ActionTimerSet": Topic("action timer", answers.set_action_timer, ("C-101", "C-102", "C-111")),
    "ActionTimerList": Topic("action timers", answers.list_alerts("ACTIONTIMER"), ("C-101", "C-177")),
    "AlertStop": Topic("stop alert", answers.stop_alert, ("C-108",)),
    "AlertDelete": Topic(
        "change alert",
        answers.says(
            "알람은 클로바 앱에서 바꾸거나 지울 수 있어요.",
            "アラームの変更と削除はアプリでできます。",
            "Alerts are changed and deleted in the app.",
        ),
        ("C-101",),
    ),
    "MusicPlay": Topic("music", answers.play("music"), ("C-079", "C-115", "C-117")),
    "RadioPlay": Topic("radio", answers.play("radio"), ("C-079", "C-115")),
    "PodcastPlay": Topic("podcast", answers.play("podcast"), ("C-079", "C-115")),
    "Next": Topic("next", answers.control("Next"), ("C-126",)),
    "Previous": Topic("previous", answers.control("Previous"), ("C-126",)),
    "Pause": Topic("pause", answers.control("Pause"), ("C-126",)),
    "Resume": Topic("resume", answers.control("Resume"), ("C-126",)),
    "Stop": Topic("stop", answers.control("Stop"), ("C-126",)),
    "Replay": Topic("replay", answers.control("Replay"), ("C-126",)),
    "Mute": Topic("mute", answers.control("Mute"), ("C-100", "C-126")),
    "Unmute": Topic("unmute", answers.control("Unmute"), ("C-100", "C-126")),
    "RepeatOn": Topic("repeat", answers.repeat("REPEAT_ONE"), ("C-126", "C-129")),
    "RepeatOff": Topic("no repeat", answers.repeat("NONE"), ("C-126", "C-129")),
    "Handover": Topic("handover", answers.hand_over, ("C-131", "C-132")),
    "RemoteControl": Topic("remote control", answers.remote, ("C-130", "C-131")),
    "NowPlaying": Topic("now playing", answers.now_playing, ("C-173",)),
    "Like": Topic("like", answers.like(liked=True), ("C-175",)),
    "Unlike": Topic("unlike", answers.like(liked=False), ("C-175",)),
    "Increase": Topic("increase", answers.level("Increase"), ("C-100", "C-134", "C-137", "C-138")),
    "Decrease": Topic("decrease", answers.level("Decrease"), ("C-100", "C-134", "C-137", "C-138")),
    "SetLevel": Topic("set level", answers.set_level, ("C-100", "C-134", "C-136", "C-139")),
    "ChannelSet": Topic("channel", answers.channel, ("C-134", "C-136")),
    "ChannelUp": Topic("channel up", answers.step_channel("Increase"), ("C-134", "C-137")),
    "ChannelDown": Topic("channel down", answers.step_channel("Decrease"), ("C-134", "C-137")),
    "SwitchOn": Topic("turn on", answers.switch("TurnOn"), ("C-134", "C-135", "C-140")),
    "SwitchOff": Topic("turn off", answers.switch("TurnOff"), ("C-134", "C-135", "C-140")),
    "BtConnect": Topic("bluetooth connect", answers.blue("BtConnect"), ("C-134", "C-149")),
    "BtDisconnect": Topic("bluetooth disconnect", answers.blue("BtDisconnect"), ("C-134", "C-150")),
    "BtPair": Topic("bluetooth pairing", answers.blue("BtStartPairing"), ("C-134", "C-151")),
    "BtStopPairing": Topic("bluetooth stop pairing", answers.blue("BtStopPairing"), ("C-134", "C-151")),
    "BtRescan": Topic("bluetooth rescan", answers.blue("BtRescan"), ("C-134", "C-152")),
    "BtDelete": Topic("bluetooth delete", answers.blue("BtDelete"), ("C-134", "C-153")),
    "BtPlay": Topic("bluetooth play", answers.blue("BtPlay"), ("C-134", "C-154")),
    "OpenScreen": Topic("open screen", answers.open_screen, ("C-135", "C-141")),
    "OpenApp": Topic("open app", answers.open_app, ("C-179",)),
    "MemoWrite": Topic("memo", answers.write_memo, ("C-079", "C-177")),
    "MemoRead": Topic("read memo", answers.read_memo, ("C-079", "C-177")),
    "MemoList": Topic("memos", answers.list_memos, ("C-079", "C-177")),
    "ScheduleAdd": Topic("schedule", answers.add_schedule, ("C-079", "C-177")),
    "ScheduleList": Topic("schedules", answers.list_schedules, ("C-079", "C-177")),
    "ScheduleNext": Topic("next schedule", answers.next_schedule, ("C-079", "C-177")),
    "Person": Topic("who is that", answers.person, ("C-079", "C-177")),
    "Pictures": Topic("pictures", answers.pictures, ("C-079", "C-177")),
    "Restaurants": Topic(
        "cards",
        answers.shows(
            lambda said: content.card_list(said, ("mockcloud Kitchen", "Paper Boat Noodles")),
            "이런 걸 찾았어요.",
            "こちらを見つけました。",
            "This is what I found.",
        ),
        ("C-079", "C-177"),
    ),
    "ExchangeRate": Topic("exchange rate", answers.exchange_rate, ("C-079", "C-177")),
    "Notices": Topic(
        "notices",
        answers.shows(content.popup, "새로운 공지가 없어요.", "新しいお知らせはありません。", "There is no news."),
        ("C-079", "C-177"),
    ),
    "Notifications": Topic("notifications", answers.unread, ("C-165",)),
    "Help": Topic("help", answers.help_, ("C-178",)),
    "Login": Topic("login", answers.login, ("C-184",)),
    "DeviceList": Topic("devices", answers.show_devices, ("C-079", "C-148")),
}
"""By the intents of the models."""
