"""Content templates beside those of today's weather and of one alert (C-177): payloads of ``Clova.RenderTemplate``.

The values are those of one clear, quiet day; what belongs to the account (alerts, memos, schedules) is the account's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mockcloud.cloud.pictures import CLEAN_AIR, CLEAR_SKY, LARGE, SMALL, picture_url
from mockcloud.cloud.templates import VERSION
from mockcloud.wire.messages import Json

HIGH, LOW = 21, 12
"""Degrees of every day."""

_WORDS = {
    "ko": {"clear": "맑음", "good": "좋음", "am": "오전", "pm": "오후"},
    "ja": {"clear": "晴れ", "good": "良い", "am": "午前", "pm": "午後"},
    "en": {"clear": "Sunny", "good": "Good", "am": "AM", "pm": "PM"},
}
_SUNNY = "1"


def tomorrow_weather(said: str, day: datetime, place: str, lang: str) -> Json:
    clear = text(_WORDS[lang]["clear"])
    return {
        "type": "TomorrowWeather",
        "location": text(place),
        "highTemperature": _degrees(HIGH),
        "highTempWeather": clear,
        "lowTemperature": _degrees(LOW),
        "lowTempWeather": clear,
        "houlyWeatherList": [
            {
                "hourlyTime": {"type": "datetime", "value": f"{day:%Y%m%d} {hour:02}:00"},
                "hourlyTemperature": _degrees(degrees),
                "rainfallProbability": _percent(0),
                "temperatureImageCode": text(_SUNNY),
                "temperatureImageUrl": _image(CLEAR_SKY),
            }
            for hour, degrees in ((9, 15), (12, 19), (15, HIGH), (18, 17), (21, 14))
        ],
        **_common(said),
    }


def weekly_weather(said: str, first: datetime, place: str) -> Json:
    return {
        "type": "WeeklyWeather",
        "location": text(place),
        "description": text(said),
        "dailyWeatherList": [
            {
                "date": {"type": "date", "value": f"{first + timedelta(days=ahead):%Y%m%d}"},
                "highTemperature": _degrees(HIGH),
                "lowTemperature": _degrees(LOW),
                "iconImageCode": text(_SUNNY),
                "iconImageUrl": _image(CLEAR_SKY),
            }
            for ahead in range(7)
        ],
        **_common(said),
    }


def atmosphere(said: str, place: str, lang: str) -> Json:
    words = _WORDS[lang]
    return {
        "type": "Atmosphere",
        "location": text(place),
        "halfDayAtmosphereList": [
            {
                "durationHalfDay": text(words[half]),
                "concentrationOfAtmosphere": text(words["good"]),
                "atmosphereImageUrl": _image(CLEAN_AIR),
            }
            for half in ("am", "pm")
        ],
        **_common(said),
    }


def humidity(said: str, place: str) -> Json:
    return {"type": "Humidity", "location": text(place), "humidity": _percent(45), **_common(said)}


def wind_speed(said: str) -> Json:
    return {
        "type": "WindSpeed",
        "windDirection": text("NE"),
        "windSpeed": {"type": "number", "value": "2m/s"},
        **_common(said),
    }


_LISTS = {"ALARM": "alarm", "TIMER": "timer", "REMINDER": "reminder", "ACTIONTIMER": "actionTimer"}


def alert_list(kind: str, templates: Sequence[Json], said: str) -> Json:
    """``AlarmList`` and its like, made of the templates of the single alerts."""
    name = _LISTS[kind]
    items = [
        {field: value for field, value in one.items() if field not in ("type", "failureMessage", "meta")}
        for one in templates
    ]
    return {"type": f"{name[0].upper()}{name[1:]}List", f"{name}List": items, **_common(said)}


def memo(said: str, one: Json) -> Json:
    return {
        "type": "Memo",
        "token": text(one["token"]),
        "content": text(one["content"]),
        "timestamp": {"type": "datetime", "value": one["at"]},
        **_common(said),
    }


def memo_list(said: str, memos: Sequence[Json]) -> Json:
    return {
        "type": "MemoList",
        "memoList": [
            {
                "token": text(one["token"]),
                "content": text(one["content"]),
                "lastModified": {"type": "datetime", "value": one["at"]},
            }
            for one in memos
        ],
        **_common(said),
    }


def schedule(said: str, one: Json) -> Json:
    return {"type": "Schedule", **_scheduled(one), **_common(said)}


def schedule_list(said: str, schedules: Sequence[Json]) -> Json:
    return {"type": "ScheduleList", "scheduleList": [_scheduled(one) for one in schedules], **_common(said)}


def _scheduled(one: Json) -> Json:
    return {
        "token": text(one["token"]),
        "start": {"type": "datetime", "value": one["start"]},
        "end": {"type": "datetime", "value": one["end"]},
        "content": text(one["content"]),
        "repeatPeriod": text(""),
        "repeatDay": [],
    }


def card_list(said: str, titles: Sequence[str]) -> Json:
    return {
        "type": "CardList",
        "subType": "Type4",
        "cardList": [{"title": text(title)} for title in titles],
        **_common(said),
    }


def image_list(said: str, names: Sequence[str]) -> Json:
    pictures = [{"imageUrl": _image(name, LARGE), "thumbImageUrl": _image(name)} for name in names]
    return {"type": "ImageList", "ImageList": pictures, **_common(said)}


def image_text(said: str) -> Json:
    return {"type": "ImageText", "mainText": text(said), **_common(said)}


def popup(said: str) -> Json:
    return {"type": "Popup", "displayType": "ALERT", "alertText": text(said), **_common(said)}


def text(value: str) -> dict[str, Any]:
    return {"type": "string", "value": value}


def _degrees(degrees: int) -> dict[str, Any]:
    return {"type": "temperature-c", "value": str(degrees)}


def _percent(value: int) -> dict[str, Any]:
    return {"type": "percentage", "value": f"{value}%"}


def _image(name: str, size: int = SMALL) -> dict[str, Any]:
    return {"type": "url", "value": picture_url(name, size)}


def _common(said: str) -> dict[str, Any]:
    return {"failureMessage": text(said), "meta": {"version": text(VERSION)}}
