"""The values of slots as the living platform sends them: ISO 8601 and units (profile ``wire``, K-070).

The guide gives no form for dates, times and durations, so a slot carries the words that were said (K-073). What the
platform in Japan documented for its own types is made here, for whoever asks for it.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from mockcloud.nlu import numbers, times
from mockcloud.nlu.reading import Span
from mockcloud.nlu.text import Text
from mockcloud.nlu.words import words_of
from mockcloud.vocabulary.value import Value

_PARTS = {
    "dawn": (3, 6), "morning": (6, 9), "midday": (11, 13), "noon": (11, 13), "evening": (15, 18), "am": (0, 12),
    "pm": (12, 24), "night": (18, 24),
}  # fmt: skip
"""Hours of a part of the day."""
_DATES = {"day", "date", "weekday"}
_SPANS = {"week", "weekend", "month"}
_LETTERS = {"year": "Y", "month": "M", "week": "W", "day": "D", "hour": "H", "minute": "M", "second": "S"}
_CODES = {
    "원": "KRW", "달러": "USD", "엔": "JPY", "위안": "CNY", "유로": "EUR", "파운드": "GBP",
    "프랑": "CHF", "바트": "THB", "円": "JPY", "ウォン": "KRW", "ドル": "USD", "ユーロ": "EUR",
    "ポンド": "GBP", "フラン": "CHF", "人民元": "CNY", "元": "CNY", "バーツ": "THB", "ルピー": "INR",
    "ペソ": "MXN", "ルーブル": "RUB", "豪ドル": "AUD", "米ドル": "USD", "dollar": "USD", "dollars": "USD",
    "won": "KRW", "yen": "JPY", "euro": "EUR", "euros": "EUR", "pounds": "GBP",
}  # fmt: skip
"""ISO 4217."""


class WireValue(Value, frozen=True):
    """A slot's value as the platform sends it."""

    value: str
    value_type: str = ""
    """``DATE``, ``TIME``, ``DATETIME``, or one of them with ``.INTERVAL``; empty for other types."""
    unit: str = ""
    """What was counted; empty if nothing was."""


def wire_value(span: Span, now: datetime, lang: str) -> WireValue:
    """The value of a slot at a moment of the account's clock; as it stands, where the platform has no other form."""
    name = span.type.removeprefix("CLOVA.")
    if not span.type.startswith("CLOVA.") or span.source != "builtin":
        return WireValue(span.value)
    if name in ("DATETIME", "DATETIME_RECENT"):
        return _when(span, now, lang, recent=name == "DATETIME_RECENT")
    if name == "DURATION":
        return WireValue(_duration(span.surface, lang) or span.value)
    if name in ("CURRENCY", "UNIT_CURRENCY"):
        return WireValue(_CODES.get(span.value, span.value))
    if (
        re.search(r"NUMBER|MONEY|AREA|INFORMATION|LENGTH|RATIO|SPEED|VOLUME|WEIGHT|TEMPERATURE", name)
        and "UNIT" not in name
    ):
        return _counted(span, lang)
    return WireValue(span.value)


def _counted(span: Span, lang: str) -> WireValue:
    text = Text.of(span.surface)
    number = numbers.pattern(lang).search(text.key)
    if number is None:
        return WireValue(span.value)
    end = max(number.end(name) for name in number.groupdict() if number.end(name) >= 0)
    said = text.surface(end, len(text.key))
    unit = next((word for word in words_of("CURRENCY", lang) if Text.of(word).key == text.key[end:]), said)
    return WireValue(numbers.number_of(number), unit=_CODES.get(unit, unit))


def _duration(words: str, lang: str) -> str:
    """``P5D``, ``PT2H5M25S``; empty for what has no length ("the weekend")."""
    tokens = [
        token for phrase in times.phrases(Text.of(words), lang) for token in phrase.tokens if token.kind == "length"
    ]
    date = time = ""
    for token in tokens:
        total, unit = int(token.value[0]), str(token.value[1]) if len(token.value) > 1 else "second"
        for each in _smaller(unit, total):
            amount, letter, is_time = each
            if is_time:
                time += f"{amount}{letter}"
            else:
                date += f"{amount}{letter}"
    return f"P{date}{'T' + time if time else ''}" if date or time else ""


def _smaller(unit: str, total: int) -> list[tuple[int, str, bool]]:
    """An amount of seconds in this unit, the rest in smaller ones."""
    if unit == "second" and total % 86400 == 0:
        unit = "day"
    parts: list[tuple[int, str, bool]] = []
    units = list(_LETTERS)
    for each in units[units.index(unit) :]:
        amount, total = divmod(total, times.UNIT_SECONDS[each])
        if amount:
            parts.append((amount, _LETTERS[each], each in ("hour", "minute", "second")))
    return parts


def _when(span: Span, now: datetime, lang: str, *, recent: bool) -> WireValue:
    tokens = [token for phrase in times.phrases(Text.of(span.surface), lang) for token in phrase.tokens]
    said = {token.kind: token.value for token in tokens}
    meant = times.moment(span.surface, now, lang)
    if meant is None or "every" in said:
        return WireValue(span.value)
    at = _past(meant.at, said.keys(), now) if recent else meant.at
    dated = bool(_DATES & said.keys())
    part = str(said["part"][0]) if "part" in said else ""
    if "hour" in said and not dated and not _SPANS & said.keys():
        return WireValue(_clock(said, part), "TIME")
    if part and "hour" not in said:
        begin, end = _PARTS.get(part, (0, 24))
        if not dated:
            return WireValue(f"{begin:02}:00:00/{end:02}:00:00", "TIME.INTERVAL")
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        first, last = day + timedelta(hours=begin), day + timedelta(hours=end)
        return WireValue(f"{first.isoformat()}/{last.isoformat()}", "DATETIME.INTERVAL")
    if _SPANS & said.keys() and not dated:
        return WireValue(_interval(said, at), "DATE.INTERVAL")
    if dated and "hour" not in said:
        return WireValue(at.date().isoformat(), "DATE")
    return WireValue(at.replace(microsecond=0).isoformat(), "DATETIME")


def _clock(said: dict[str, tuple[int | str, ...]], part: str) -> str:
    hour, minute, second = (int(value) for value in said["hour"])
    if part and part not in ("am", "dawn", "morning") and hour < 12:
        hour += 12
    elif part in ("am", "dawn", "morning") and hour == 12:
        hour = 0
    return f"{hour % 24:02}:{minute:02}:{second:02}"


def _interval(said: dict[str, tuple[int | str, ...]], at: datetime) -> str:
    first = at.date()
    if "month" in said:
        first = first.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    elif "weekend" in said:
        last = first + timedelta(days=1)
    else:
        first -= timedelta(days=first.weekday())
        last = first + timedelta(days=6)
    return f"{first.isoformat()}/{last.isoformat()}"


def _past(at: datetime, said: Collection[str], now: datetime) -> datetime:
    """The last such moment that is not ahead: a weekday a week before, a date a year before."""
    if at.date() <= now.date():
        return at
    if "weekday" in said:
        return at - timedelta(days=7)
    if "date" in said:
        return at.replace(year=at.year - 1)
    return at
