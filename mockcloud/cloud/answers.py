"""What the built-in assistant does for each of its intents: a reading in, directives out.

Each answer takes the turn and the `Reading` of its words, and gives the directives that carry the request out. What a
request lacks is asked for.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from mockcloud.cloud import alerts, bluetooth, content, device_control, notifications, playback
from mockcloud.cloud.presentation import help_page, launch, login_first, tell
from mockcloud.cloud.questions import ask
from mockcloud.cloud.registry import by_name, device_list
from mockcloud.cloud.streams import STREAM_MS, Track, tracks
from mockcloud.cloud.templates import alert_template, text_template, today_weather
from mockcloud.cloud.turn import Turn
from mockcloud.nlu import times
from mockcloud.nlu.reading import Reading
from mockcloud.nlu.text import normalise
from mockcloud.vocabulary.replies import Outgoing, speak

Directives = tuple[Outgoing, ...]
Answer = Callable[[Turn, Reading], Directives]

_PLACE = {"ko": "서울", "ja": "ソウル", "en": "Seoul"}
_WEEKDAYS = {
    "ko": tuple(f"{day}요일" for day in "월화수목금토일"),
    "ja": tuple(f"{day}曜日" for day in "月火水木金土日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def now_of(turn: Turn) -> datetime:
    """The account's date and time."""
    return turn.account.clock.date(turn.now)


def moment_of(turn: Turn, reading: Reading) -> times.Moment | None:
    """The moment that the words of the slots ``when`` and ``time`` mean on the account's clock."""
    words = " ".join(filter(None, (reading.surface("when"), reading.surface("time"))))
    return times.moment(words, now_of(turn), reading.lang) if words else None


def josa(word: str, after_consonant: str, after_vowel: str) -> str:
    """The Korean particle that goes with a word: ``알람이``, ``메모가``."""
    last = ord(word[-1]) - 0xAC00 if word else -1
    return after_consonant if 0 <= last <= 11171 and last % 28 else after_vowel


def says(ko: str, ja: str, en: str) -> Answer:
    """An answer that only speaks."""
    said = {"ko": ko, "ja": ja, "en": en}
    return lambda turn, _: (speak(said[turn.lang], turn.lang),)


def shows(template: Callable[[str], dict[str, object]], ko: str, ja: str, en: str) -> Answer:
    """An answer that speaks, and shows a template made of what it says."""
    said = {"ko": ko, "ja": ja, "en": en}
    return lambda turn, _: tell(turn, said[turn.lang], template(said[turn.lang]))


# Time and weather


def time(turn: Turn, _: Reading) -> Directives:
    now = now_of(turn)
    hour, afternoon = (now.hour % 12 or 12), now.hour >= 12
    said = {
        "ko": f"지금은 {'오후' if afternoon else '오전'} {hour}시 {now.minute}분이에요.",
        "ja": f"{'午後' if afternoon else '午前'}{now.hour % 12}時{now.minute}分です。",
        "en": f"It is {now:%H:%M}.",
    }
    return (speak(said[turn.lang], turn.lang),)


def date(turn: Turn, reading: Reading) -> Directives:
    moment = moment_of(turn, reading)
    day = moment.at if moment else now_of(turn)
    weekday = _WEEKDAYS[turn.lang][day.weekday()]
    said = {
        "ko": f"{day.year}년 {day.month}월 {day.day}일 {weekday}이에요.",
        "ja": f"{day.year}年{day.month}月{day.day}日、{weekday}です。",
        "en": f"It is {weekday}, {day:%Y-%m-%d}.",
    }
    return (speak(said[turn.lang], turn.lang),)


def weather(turn: Turn, reading: Reading) -> Directives:
    """Of today, tomorrow or the week, as the words ask."""
    lang, now, moment = turn.lang, now_of(turn), moment_of(turn, reading)
    place = reading.slots.get("place", _PLACE[lang])
    ahead = (moment.at.date() - now.date()).days if moment else 0
    if (moment and moment.week) or ahead > 1 or _asks_for_week(reading):
        said = {
            "ko": f"이번 주 {place}{josa(place, '은', '는')} 대체로 맑겠어요.",
            "ja": f"{place}は今週おおむね晴れるでしょう。",
            "en": f"It will mostly be sunny in {place} this week.",
        }[lang]
        return tell(turn, said, content.weekly_weather(said, now, place))
    if ahead == 1:
        said = {
            "ko": "내일은 맑고 낮 최고 기온은 21도예요.",
            "ja": "明日は晴れ、最高気温は21度です。",
            "en": "It will be sunny tomorrow, with a high of 21 degrees.",
        }[lang]
        return tell(turn, said, content.tomorrow_weather(said, now + timedelta(days=1), place, lang))
    said = {
        "ko": "오늘은 맑고 낮 최고 기온은 21도예요.",
        "ja": "今日は晴れ、最高気温は21度です。",
        "en": "It is sunny today, with a high of 21 degrees.",
    }[lang]
    return tell(turn, said, {**today_weather(said, now, lang), "location": content.text(place)})


def _asks_for_week(reading: Reading) -> bool:
    return any(word in normalise(reading.text) for word in ("주간", "일주일", "週間", "week"))


def dust(turn: Turn, reading: Reading) -> Directives:
    place = reading.slots.get("place", _PLACE[turn.lang])
    said = {
        "ko": f"{place}의 미세먼지는 좋음이에요.",
        "ja": f"{place}の空気はきれいです。",
        "en": f"The air in {place} is good.",
    }[turn.lang]
    return tell(turn, said, content.atmosphere(said, place, turn.lang))


def humidity(turn: Turn, reading: Reading) -> Directives:
    place = reading.slots.get("place", _PLACE[turn.lang])
    said = {
        "ko": f"{place}의 습도는 45%예요.",
        "ja": f"{place}の湿度は45%です。",
        "en": f"The humidity in {place} is 45 percent.",
    }[turn.lang]
    return tell(turn, said, content.humidity(said, place))


# Alerts


_ASK_WHEN = {"ko": "언제로 할까요?", "ja": "いつにしますか。", "en": "For when?"}
_ASK_LENGTH = {"ko": "몇 분으로 할까요?", "ja": "何分にしますか。", "en": "For how long?"}
_ASK_CONTENT = {"ko": "뭐라고 적을까요?", "ja": "何と書きますか。", "en": "What shall I write?"}


def set_alarm(turn: Turn, reading: Reading) -> Directives:
    moment = moment_of(turn, reading)
    if moment is None:
        return ask(turn, _ASK_WHEN[turn.lang], words=turn.words or "")
    return alerts.set_alert(turn, "ALARM", moment.at, repeat=_repeat(moment))


def set_timer(turn: Turn, reading: Reading) -> Directives:
    length = times.seconds(reading.surface("length"), reading.lang)
    if length is None:
        return ask(turn, _ASK_LENGTH[turn.lang], words=turn.words or "")
    return alerts.set_alert(turn, "TIMER", now_of(turn) + timedelta(seconds=length))


def set_reminder(turn: Turn, reading: Reading) -> Directives:
    moment = moment_of(turn, reading)
    if moment is None:
        return ask(turn, _ASK_WHEN[turn.lang], words=turn.words or "")
    label = reading.slots.get("content", {"ko": "리마인더", "ja": "リマインダー", "en": "Reminder"}[turn.lang])
    return alerts.set_alert(turn, "REMINDER", moment.at, label, _repeat(moment))


def set_action_timer(turn: Turn, reading: Reading) -> Directives:
    """The action is what the rest of the words ask for: a switch, or playing and stopping."""
    moment = moment_of(turn, reading)
    if moment is None:
        return ask(turn, _ASK_WHEN[turn.lang], words=turn.words or "")
    label, action = _action(turn, reading)
    return alerts.set_alert(turn, "ACTIONTIMER", moment.at, label, _repeat(moment), action)


def _action(turn: Turn, reading: Reading) -> tuple[str, Directives]:
    heard = normalise(reading.text)
    on = any(word in heard for word in ("켜", "틀어", "재생", "들려", "つけ", "かけ", "入れ", "turnon", "play"))
    if target := reading.slots.get("target"):
        verb = "TurnOn" if on else "TurnOff"
        return f"{reading.surface('target')} {verb}", (Outgoing(f"DeviceControl.{verb}", {"target": target}),)
    if on:
        kind: Literal["music", "radio"] = "radio" if any(w in heard for w in ("라디오", "ラジオ", "radio")) else "music"
        return {"ko": "음악 재생", "ja": "音楽の再生", "en": "Play music"}[turn.lang], playback.play(
            turn, *tracks(kind)[:1]
        )
    return {"ko": "음악 정지", "ja": "音楽の停止", "en": "Stop music"}[turn.lang], playback.control("Stop")


def _repeat(moment: times.Moment) -> tuple[int, ...]:
    return alerts.DAILY if moment.repeat == "daily" else moment.days


_ALERT_NAMES = {
    "ALARM": {"ko": "알람", "ja": "アラーム", "en": "alarm"},
    "TIMER": {"ko": "타이머", "ja": "タイマー", "en": "timer"},
    "REMINDER": {"ko": "리마인더", "ja": "リマインダー", "en": "reminder"},
    "ACTIONTIMER": {"ko": "예약된 동작", "ja": "アクションタイマー", "en": "action timer"},
}


def list_alerts(kind: alerts.AlertType) -> Answer:
    """What is set: one alert by its own template, several by their list."""

    def answer(turn: Turn, _: Reading) -> Directives:
        mine = [
            alert
            for alert in turn.account.alerts.values()
            if alert.device_id == turn.device.device_id and alert.payload["type"] == kind
        ]
        said = _counted(turn.lang, _ALERT_NAMES[kind][turn.lang], len(mine))
        shown = [alert_template(each.payload, each.repeat, said, [one.name for one in each.action]) for each in mine]
        return tell(turn, said, shown[0] if len(shown) == 1 else content.alert_list(kind, shown, said))

    return answer


def _counted(lang: str, name: str, many: int) -> str:
    if lang == "ko":
        return f"{name} {many}개가 있어요." if many else f"등록된 {name}{josa(name, '이', '가')} 없어요."
    if lang == "ja":
        return f"{name}は{many}件あります。" if many else f"{name}はありません。"
    return f"There {'is' if many == 1 else 'are'} {many or 'no'} {name}{'' if many == 1 else 's'}."


def stop_alert(turn: Turn, _: Reading) -> Directives:
    """What rings is stopped (C-108); if nothing rings, the user is told."""
    quiet = {"ko": "울리고 있는 알람이 없어요.", "ja": "鳴っているアラームはありません。", "en": "Nothing is ringing."}
    return alerts.stop_ringing(turn) or (speak(quiet[turn.lang], turn.lang),)


# Playing


def play(kind: Literal["music", "radio", "podcast"]) -> Answer:
    said = {
        "music": {"ko": "음악을 들려 드릴게요.", "ja": "音楽を再生します。", "en": "Here is some music."},
        "radio": {"ko": "라디오를 들려 드릴게요.", "ja": "ラジオを再生します。", "en": "Here is the radio."},
        "podcast": {
            "ko": "팟캐스트를 들려 드릴게요.",
            "ja": "ポッドキャストを再生します。",
            "en": "Here is a podcast.",
        },
    }[kind]

    def answer(turn: Turn, reading: Reading) -> Directives:
        if refused := login_first(turn, "music"):
            return refused
        name = reading.slots.get("device")
        if name:
            return _on_another(turn, name)
        return (speak(said[turn.lang], turn.lang), *playback.play(turn, *_wanted(kind, reading)))

    return answer


def _wanted(kind: Literal["music", "radio", "podcast"], reading: Reading) -> tuple[Track, ...]:
    """The track of the title that is named, made up if the catalogue lacks it; else what there is of the kind."""
    title = reading.slots.get("title", "")
    named = [one for one in tracks(kind) if title and normalise(one.title) == normalise(title)]
    if title and not named:
        return (Track(f"mockcloud-{normalise(title)}", title, "mockcloud", ms=STREAM_MS),)
    return tuple(named) or tracks(kind)[:1]


def _on_another(turn: Turn, name: str) -> Directives:
    """Let another device of the account take over what is played (C-132)."""
    other = by_name(turn.account, name)
    if other is None or other is turn.device:
        said = {
            "ko": f"{name} 기기를 찾지 못했어요.",
            "ja": f"{name}が見つかりません。",
            "en": f"I found no device called {name}.",
        }
        return (speak(said[turn.lang], turn.lang),)
    return playback.hand_over(turn.device, other.device_id)


def hand_over(turn: Turn, reading: Reading) -> Directives:
    which = {"ko": "어느 기기로 옮길까요?", "ja": "どの機器に移しますか。", "en": "To which device?"}
    name = reading.slots.get("device")
    return _on_another(turn, name) if name else ask(turn, which[turn.lang], words=turn.words or "")


def remote(turn: Turn, reading: Reading) -> Directives:
    """Playback on another device, as if its button were pressed (C-130)."""
    other = by_name(turn.account, reading.slots.get("device", ""))
    if other is None:
        return _on_another(turn, reading.surface("device"))
    heard = normalise(reading.text)
    if "다음" in heard:
        return playback.remote("Next", other.device_id)
    paused = any(word in heard for word in ("일시", "멈"))
    return playback.remote("Pause" if paused else "Stop", other.device_id)


def control(name: playback.Command) -> Answer:
    return lambda *_: playback.control(name)


def repeat(mode: playback.RepeatMode) -> Answer:
    return lambda turn, _: playback.set_repeat(turn.account, mode)


def now_playing(turn: Turn, _: Reading) -> Directives:
    """What is played, said and shown by the player's own page (C-173)."""
    item = _current(turn)
    if item is None:
        said = {"ko": "재생 중인 곡이 없어요.", "ja": "再生中の曲はありません。", "en": "Nothing is playing."}
        return (speak(said[turn.lang], turn.lang),)
    info = playback.player_info(turn.account, turn.device.player.items, playing=True)
    said = {
        "ko": f"{item['titleText']}예요.",
        "ja": f"{item['titleText']}です。",
        "en": f"This is {item['titleText']}.",
    }
    shown = (Outgoing("TemplateRuntime.RenderPlayerInfo", info),) if turn.has_display else ()
    return (speak(said[turn.lang], turn.lang), *shown)


def like(*, liked: bool) -> Answer:
    """Note it, and show the changed item (C-175)."""
    done = {
        True: {"ko": "좋아요에 추가했어요.", "ja": "お気に入りに追加しました。", "en": "I noted that you like it."},
        False: {
            "ko": "좋아요를 취소했어요.",
            "ja": "お気に入りから外しました。",
            "en": "I noted that you do not like it.",
        },
    }[liked]

    def answer(turn: Turn, reading: Reading) -> Directives:
        item = _current(turn)
        if item is None:
            return now_playing(turn, reading)
        playback.like(turn.account, item, liked=liked)
        return (speak(done[turn.lang], turn.lang),)

    return answer


def _current(turn: Turn) -> dict[str, str] | None:
    """The item that this device plays, else the first it was given."""
    player = turn.device.player
    found = playback.find(turn.account, player.token, turn.device) if player.token else None
    if found is not None:
        return found.item
    return player.items[0] if player.items else None


# The device


def level(command: Literal["Increase", "Decrease"]) -> Answer:
    return lambda turn, reading: device_control.control(
        turn, command, reading.slots.get("target", "volume"), reading.slots.get("amount")
    )


def set_level(turn: Turn, reading: Reading) -> Directives:
    heard = normalise(reading.text)
    extreme = next(
        (
            value
            for value, words in (
                ("max", ("최대", "크게", "밝게", "最大", "max")),
                ("min", ("최소", "작게", "最小", "min")),
            )
            if any(word in heard for word in words)
        ),
        None,
    )
    value = reading.slots.get("amount", extreme)
    if value is None:
        how = {"ko": "얼마로 맞출까요?", "ja": "いくつにしますか。", "en": "To what level?"}
        return ask(turn, how[turn.lang], words=turn.words or "")
    return device_control.control(turn, "SetValue", reading.slots.get("target", "volume"), value)


def channel(turn: Turn, reading: Reading) -> Directives:
    value = reading.slots.get("number") or reading.slots.get("name")
    if value is None:
        which = {"ko": "몇 번 채널로 바꿀까요?", "ja": "何チャンネルにしますか。", "en": "Which channel?"}
        return ask(turn, which[turn.lang], words=turn.words or "")
    return device_control.control(turn, "SetValue", "channel", value)


def step_channel(command: Literal["Increase", "Decrease"]) -> Answer:
    return lambda turn, _: device_control.control(turn, command, "channel")


def switch(command: Literal["TurnOn", "TurnOff"]) -> Answer:
    return lambda turn, reading: device_control.control(turn, command, reading.slots.get("target", "power"))


def blue(command: bluetooth.Command) -> Answer:
    """A Bluetooth request; what needs one of the paired devices takes the first (C-153)."""

    def answer(turn: Turn, _: Reading) -> Directives:
        name = ""
        if command == "BtDelete":
            paired = device_control.member(turn, "bluetooth").get("btlist")
            first = paired[0] if isinstance(paired, list) and paired and isinstance(paired[0], dict) else {}
            name = str(first.get("name", ""))
        return bluetooth.control(turn, command, name=name)

    return answer


def open_screen(turn: Turn, reading: Reading) -> Directives:
    return device_control.open_screen(turn, "settings" if reading.slots.get("screen") == "settings" else "home")


_APPS = {
    "네이버": "naversearchapp://default",
    "지도": "geo:0,0",
    "地図": "geo:0,0",
    "유튜브": "https://www.youtube.com",
    "ユーチューブ": "https://www.youtube.com",
    "LINE": "line://",
}


def open_app(turn: Turn, reading: Reading) -> Directives:
    """The app by its own scheme, if it has one that is known (C-179)."""
    name = reading.slots.get("app", "")
    said = {"ko": f"{name} 열게요.", "ja": f"{name}を開きます。", "en": f"Opening {name}."}
    return (speak(said[turn.lang], turn.lang), *launch([(_APPS.get(name, "app://camera"), name)]))


def show_devices(turn: Turn, _: Reading) -> Directives:
    listed = device_list(turn.account)
    said = {
        "ko": f"등록된 기기는 {len(listed)}개예요.",
        "ja": f"登録された機器は{len(listed)}台です。",
        "en": f"{len(listed)} registered.",
    }[turn.lang]
    return tell(turn, said, text_template(said))


# What the user keeps


def write_memo(turn: Turn, reading: Reading) -> Directives:
    if refused := login_first(turn, "memo"):
        return refused
    note = reading.slots.get("content")
    if note is None:
        return ask(turn, _ASK_CONTENT[turn.lang], words=turn.words or "")
    one = {"token": turn.account.ids.uuid(), "content": note, "at": _stamp(now_of(turn))}
    turn.account.memos.append(one)
    said = {"ko": "메모했어요.", "ja": "メモしました。", "en": "I wrote it down."}[turn.lang]
    return tell(turn, said, content.memo(said, one))


def read_memo(turn: Turn, reading: Reading) -> Directives:
    if refused := login_first(turn, "memo"):
        return refused
    if not turn.account.memos:
        return list_memos(turn, reading)
    one = turn.account.memos[-1]
    return tell(turn, one["content"], content.memo(one["content"], one))


def list_memos(turn: Turn, _: Reading) -> Directives:
    if refused := login_first(turn, "memo"):
        return refused
    memos = turn.account.memos
    said = _counted(turn.lang, {"ko": "메모", "ja": "メモ", "en": "memo"}[turn.lang], len(memos))
    return tell(turn, said, content.memo_list(said, memos))


def add_schedule(turn: Turn, reading: Reading) -> Directives:
    if refused := login_first(turn, "schedule"):
        return refused
    moment = moment_of(turn, reading)
    if moment is None:
        return ask(turn, _ASK_WHEN[turn.lang], words=turn.words or "")
    one = {
        "token": turn.account.ids.uuid(),
        "content": reading.slots.get("content", _SCHEDULE[turn.lang]),
        "start": _stamp(moment.at),
        "end": _stamp(moment.at + timedelta(hours=1)),
    }
    turn.account.schedules.append(one)
    said = {"ko": "일정을 등록했어요.", "ja": "予定を登録しました。", "en": "I added it to your schedule."}[turn.lang]
    return tell(turn, said, content.schedule(said, one))


def list_schedules(turn: Turn, reading: Reading) -> Directives:
    """Those of the day or week that is named; without one all that are to come."""
    if refused := login_first(turn, "schedule"):
        return refused
    moment, now = moment_of(turn, reading), now_of(turn)
    days = 7 if moment and moment.week else 1
    first = moment.at.date() if moment else now.date()
    last = first + timedelta(days=days) if moment else None
    found = [
        one
        for one in turn.account.schedules
        if (start := datetime.fromisoformat(one["start"]).date()) >= first and (last is None or start < last)
    ]
    said = _counted(turn.lang, _SCHEDULE[turn.lang], len(found))
    return tell(turn, said, content.schedule_list(said, sorted(found, key=lambda one: str(one["start"]))))


def next_schedule(turn: Turn, reading: Reading) -> Directives:
    coming = [one for one in turn.account.schedules if datetime.fromisoformat(one["start"]) >= now_of(turn)]
    if login_first(turn, "schedule") or not coming:
        return list_schedules(turn, reading)
    one = min(coming, key=lambda each: datetime.fromisoformat(each["start"]))
    return tell(turn, one["content"], content.schedule(one["content"], one))


_SCHEDULE = {"ko": "일정", "ja": "予定", "en": "appointment"}


def _stamp(when: datetime) -> str:
    return when.replace(microsecond=0).isoformat()


# What is looked up


def person(turn: Turn, reading: Reading) -> Directives:
    topic = reading.slots.get("topic", reading.text)
    said = {
        "ko": f"{topic}에 대해 찾았어요.",
        "ja": f"{topic}について調べました。",
        "en": f"Here is {topic}.",
    }[turn.lang]
    return tell(turn, said, content.image_text(said))


def pictures(turn: Turn, reading: Reading) -> Directives:
    topic = reading.slots.get("topic", "")
    said = {"ko": f"{topic} 사진을 찾았어요.", "ja": f"{topic}の写真です。", "en": f"Pictures of {topic}."}[turn.lang]
    names = [f"{topic} {number}".strip() for number in (1, 2, 3)]
    return tell(turn, said.strip(), content.image_list(said.strip(), names))


def exchange_rate(turn: Turn, reading: Reading) -> Directives:
    money = reading.slots.get("money", {"ko": "달러", "ja": "ドル", "en": "dollar"}[turn.lang])
    said = {
        "ko": f"1{money}{josa(money, '은', '는')} 1,119원이에요.",
        "ja": f"1{money}は1,119ウォンです。",
        "en": f"One {money} is 1,119 won.",
    }
    return tell(turn, said[turn.lang], text_template(said[turn.lang]))


def unread(turn: Turn, _: Reading) -> Directives:
    return notifications.read_out(turn)


def help_(*_: object) -> Directives:
    return help_page()


def login(turn: Turn, _: Reading) -> Directives:
    """Only a guest has to log in (C-184)."""
    if turn.device.guest:
        return (Outgoing("Clova.ExpectLogin"),)
    said = {"ko": "이미 로그인되어 있어요.", "ja": "すでにログインしています。", "en": "You are logged in."}
    return (speak(said[turn.lang], turn.lang),)
