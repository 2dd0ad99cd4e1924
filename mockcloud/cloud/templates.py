"""Content templates that the assistant shows: the payloads of ``Clova.RenderTemplate`` (C-177)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mockcloud.cloud.pictures import CLEAR_SKY, picture_url

VERSION = "v0.1"
_CLEAR = "1"
_HOURS = ((9, 16), (12, 20), (15, 21), (18, 18), (21, 15))


def today_weather(said: str, now: datetime, lang: str) -> dict[str, Any]:
    """``TodayWeather`` of a clear day of at most 21 degrees; ``said`` is what a device without the template shows."""
    clear, clean, place = {
        "ko": ("맑음", "좋음", "서울"),
        "ja": ("晴れ", "少ない", "ソウル"),
    }.get(lang, ("Sunny", "Low", "Seoul"))
    return {
        "type": "TodayWeather",
        "location": _text(place),
        "nowWeather": _text(clear),
        "nowTemperature": _degrees(21),
        "concentrationOfFineDust": _text(clean),
        # The tables of the guide spell it so.
        "houlyWeatherList": [_hour(now, hour, degrees) for hour, degrees in _HOURS],
        "failureMessage": _text(said),
        "meta": {"version": _text(VERSION)},
    }


def _hour(day: datetime, hour: int, degrees: int) -> dict[str, Any]:
    return {
        "hourlyTime": {"type": "datetime", "value": f"{day:%Y%m%d} {hour:02}:00"},
        "hourlyTemperature": _degrees(degrees),
        "rainfallProbability": {"type": "percentage", "value": "0%"},
        "temperatureImageCode": _text(_CLEAR),
        "temperatureImageUrl": {"type": "url", "value": picture_url(CLEAR_SKY)},
    }


def _degrees(degrees: int) -> dict[str, Any]:
    return {"type": "temperature-c", "value": str(degrees)}


def _text(value: str) -> dict[str, Any]:
    return {"type": "string", "value": value}


_ALERT_TEMPLATES = {"ACTIONTIMER": "ActionTimer", "ALARM": "Alarm", "REMINDER": "Reminder", "TIMER": "Timer"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def alert_template(
    alert: Mapping[str, Any], repeat: Sequence[int], said: str, actions: Sequence[str] = ()
) -> dict[str, Any]:
    """``Alarm``, ``Timer``, ``Reminder`` or ``ActionTimer`` of an alert.

    ``alert`` is its SetAlert payload, ``repeat`` the days of the week on which it rings again (Monday is 0),
    ``actions`` the names of what an action timer does.
    """
    kind = alert["type"]
    template: dict[str, Any] = {
        "type": _ALERT_TEMPLATES[kind],
        "token": _text(alert["token"]),
        "scheduledTime": {"type": "datetime", "value": alert["scheduledTime"]},
        "failureMessage": _text(said),
        "meta": {"version": _text(VERSION)},
    }
    if kind in ("REMINDER", "ACTIONTIMER"):
        template["label"] = _text(alert.get("label", ""))
    if kind == "REMINDER":
        template["status"] = _text("TODO")
    if kind == "ACTIONTIMER":
        template["action"] = _text(", ".join(actions))
    if kind != "TIMER":
        daily = len(repeat) == len(_DAYS)
        template["repeatPeriod"] = _text("daily" if daily else "weekly" if repeat else "")
        template["repeatDay"] = [_text(_DAYS[day]) for day in repeat] if not daily else []
    return template


def text_template(said: str) -> dict[str, Any]:
    """``Text`` that shows one sentence."""
    return {
        "type": "Text",
        "mainText": _text(said),
        "failureMessage": _text(said),
        "meta": {"version": _text(VERSION)},
    }
