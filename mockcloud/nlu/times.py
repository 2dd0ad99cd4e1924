"""Dates, times and durations in words: where they stand in a sentence, and which moment they mean.

Finding (`phrases`) and resolving (`moment`, `seconds`) are apart: a slot carries the words, whoever needs the moment
asks for it with the account's date. Both are pure.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from mockcloud.nlu import numbers
from mockcloud.nlu.text import Text

Kind = Literal["DATETIME", "DURATION"]

MORNING = 9
"""The hour of a day that is named without a time."""

_PARTS = {
    "am": 9, "dawn": 5, "morning": 7, "noon": 12, "midday": 12, "pm": 14, "evening": 18, "night": 21, "midnight": 0,
}  # fmt: skip
"""What a part of the day means when no hour follows."""
_BEFORE_NOON = ("am", "dawn", "morning")
UNIT_SECONDS = {
    "year": 365 * 86400, "month": 30 * 86400, "week": 7 * 86400, "day": 86400, "hour": 3600, "minute": 60, "second": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a time phrase: ``("hour", (7,))``, ``("day", (1,))``, ``("part", ("morning",))``."""

    kind: str
    value: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A time phrase in the key of a `Text`."""

    start: int
    end: int
    tokens: tuple[Token, ...]
    places: tuple[tuple[int, int], ...]
    """Of the tokens."""

    @property
    def lengths(self) -> list[tuple[int, int]]:
        """Places of the lengths in it: in "in two hours" the two hours."""
        runs: list[tuple[int, int]] = []
        for token, (start, end) in zip(self.tokens, self.places, strict=True):
            if token.kind != "length":
                continue
            if runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        return runs

    @property
    def kinds(self) -> frozenset[Kind]:
        """As which built-in types it may be read."""
        said = {token.kind for token in self.tokens}
        spans: set[Kind] = {"DATETIME"}
        if said <= {"length", "night-through", "week", "weekend", "month"}:
            spans.add("DURATION")
        if said == {"night-through"}:
            spans.discard("DATETIME")
        return frozenset(spans)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a time phrase means on an account's clock."""

    at: datetime
    """With the zone of the date that it was resolved against."""
    repeat: Literal["", "daily", "weekly"] = ""
    days: tuple[int, ...] = ()
    """Weekdays of a weekly repetition, Monday is 0."""
    date_only: bool = False
    """No time was said: `MORNING` was taken."""
    week: bool = False
    """A whole week was said ("next week"), not a day of it."""


def phrases(text: Text, lang: str) -> list[Phrase]:
    """Every time phrase of a sentence: neighbouring words of time are one phrase."""
    grammar = _grammar(lang)
    found: list[list[tuple[Token, int, int]]] = []
    for match in grammar.token.finditer(text.key):
        token = grammar.read(match)
        if token is None or not grammar.whole_words(text, match):
            continue
        end = found[-1][-1][2] if found else -1
        if not found or not (match.start() == end or grammar.joint.fullmatch(text.key, end, match.start())):
            found.append([])
        found[-1].append((token, match.start(), match.end()))
    return [
        Phrase(
            each[0][1],
            each[-1][2],
            tuple(token for token, _, _ in each),
            tuple((start, end) for _, start, end in each),
        )
        for each in found
    ]


def seconds(words: str, lang: str) -> int | None:
    """The length that these words name: ``1시간 30분`` -> 5400. ``None`` if they name none."""
    lengths = [
        token.value for phrase in phrases(Text.of(words), lang) for token in phrase.tokens if token.kind == "length"
    ]
    if not lengths:
        return None
    return sum(int(amount) for amount, *_ in lengths)


def moment(words: str, now: datetime, lang: str) -> Moment | None:
    """What these words mean at ``now``; ``None`` if there is no time in them.

    A time of day without a date is the next such time. An hour up to 12 without morning or afternoon is the nearer of
    both when no date is said; with one it counts on the 24-hour clock, unless that is past ("today at 7" at noon).
    """
    tokens = [token for phrase in phrases(Text.of(words), lang) for token in phrase.tokens]
    return _resolve(tokens, now) if tokens else None


def _resolve(tokens: Iterable[Token], now: datetime) -> Moment:
    said = {token.kind: token.value for token in tokens}
    lengths = sum(int(token.value[0]) for token in tokens if token.kind == "length")
    if lengths:
        away = timedelta(seconds=-lengths if "ago" in said else lengths)
        return Moment((now.astimezone(UTC) + away).astimezone(now.tzinfo))
    time = _time_of_day(said)
    if "every" in said:
        return _repeated(said["every"], time or (MORNING, 0, 0), now)
    day = _day(said, now)
    if day is None:
        return Moment(_next(now, time or (MORNING, 0, 0), "hour" in said and "part" not in said))
    hour, minute, second = time or (MORNING, 0, 0)
    at = _wall(day, hour, minute, second)
    if "day" in said and "hour" in said and "part" not in said and at <= now < at + timedelta(hours=12) and hour <= 12:
        at += timedelta(hours=12)
    if "weekday" in said and said["weekday"][0] == "" and at <= now:
        at += timedelta(days=7)
    return Moment(at, date_only=time is None, week=bool({"week", "weekend"} & said.keys()) and "weekday" not in said)


def _time_of_day(said: dict[str, tuple[int | str, ...]]) -> tuple[int, int, int] | None:
    """Hour (24 and more: after midnight), minute, second."""
    part = str(said["part"][0]) if "part" in said else ""
    if "hour" not in said:
        return (_PARTS[part], 0, 0) if part else None
    hour, minute, second = (int(value) for value in said["hour"])
    if part in _BEFORE_NOON and hour == 12:
        hour = 0
    elif part == "night" and (hour == 12 or hour < 5):
        hour = hour % 12 + 24
    elif part and part not in _BEFORE_NOON and hour < 12 and not (part in ("noon", "midday") and hour > 9):
        hour += 12
    return hour, minute, second


def _day(said: dict[str, tuple[int | str, ...]], now: datetime) -> datetime | None:
    """Midnight of the day that is said, or ``None``."""
    today = _wall(now, 0, 0, 0)
    monday = today - timedelta(days=today.weekday())
    if "date" in said:
        return _date(said["date"], now)
    if "weekday" in said:
        week, weekday = said["weekday"]
        if week == "" and "week" in said:
            week = said["week"][0]
        if week == "":
            return today + timedelta(days=(int(weekday) - today.weekday()) % 7)
        return monday + timedelta(days=7 * int(week) + int(weekday))
    if "weekend" in said:
        return monday + timedelta(days=7 * int(said["weekend"][0]) + 5)
    if "day" in said:
        return today + timedelta(days=int(said["day"][0]))
    if "week" in said:
        weeks = int(said["week"][0])
        return today if weeks == 0 else monday + timedelta(days=7 * weeks)
    if "month" in said:
        return _month(now, int(said["month"][0]), last_day="last" in said)
    return None


def _date(value: tuple[int | str, ...], now: datetime) -> datetime | None:
    year, month, day = (int(part) for part in value)
    for ahead in range(13):
        months = now.month - 1 + (0 if month else ahead)
        try:
            at = _wall(now, 0, 0, 0).replace(
                year=year or now.year + (months // 12 if not month else min(ahead, 1)),
                month=month or months % 12 + 1,
                day=day or 1,
            )
        except ValueError:
            continue
        if year or at.date() >= now.date():
            return at
    return None


def _month(now: datetime, away: int, *, last_day: bool) -> datetime:
    months = now.year * 12 + now.month - 1 + away + last_day
    first = _wall(now, 0, 0, 0).replace(year=months // 12, month=months % 12 + 1, day=1)
    return first - timedelta(days=1) if last_day else first


def _repeated(every: tuple[int | str, ...], time: tuple[int, int, int], now: datetime) -> Moment:
    """The first of them. An hour without morning or afternoon counts on the 24-hour clock."""
    days = tuple(int(day) for day in every)
    candidates = [_wall(now + timedelta(days=ahead), *time) for ahead in range(-1, 9)]
    at = next(at for at in candidates if at > now and (not days or at.weekday() in days))
    return Moment(at, "weekly" if days else "daily", days)


def _next(now: datetime, time: tuple[int, int, int], either: bool) -> datetime:
    """The next such time of day; ``either``: in the morning or in the afternoon."""
    hour, minute, second = time
    hours = (hour, hour + 12) if either and 0 < hour <= 12 else (hour,)
    candidates = [
        _wall(now + timedelta(days=ahead), each % 24, minute, second) + timedelta(days=each // 24 if not either else 0)
        for ahead in (-1, 0, 1)
        for each in hours
    ]
    return min(at for at in candidates if at > now)


def _wall(day: datetime, hour: int, minute: int, second: int) -> datetime:
    base = day.replace(hour=hour % 24, minute=minute, second=second, microsecond=0)
    return base + timedelta(days=hour // 24)


class _Grammar:
    """The words of time of one language, as one pattern whose alternatives are named ``kind_value``."""

    def __init__(self, rows: Iterable[tuple[str, str, str]], joint: str, *, words: bool = False) -> None:
        self._rows = [(kind, argument) for kind, argument, _ in rows]
        ways = []
        for place, (_, _, way) in enumerate(rows):
            named = re.sub(r"\(\?P<(\w+)>", rf"(?P<\1_{place}>", way)
            ways.append(f"(?P<row_{place}>{named})")
        self.token = re.compile("|".join(ways))
        self.joint = re.compile(joint)
        self._words = words

    def whole_words(self, text: Text, match: re.Match[str]) -> bool:
        """English only: a word of time begins and ends where words do."""
        if not self._words or len(text.starts) < 2:
            return True
        return text.begins(match.start()) and text.ends(match.end())

    def read(self, match: re.Match[str]) -> Token | None:
        row = int((match.lastgroup or "row_0").rpartition("_")[2])
        kind, argument = self._rows[row]
        ending = f"_{row}"
        groups = {
            name[: -len(ending)]: value
            for name, value in match.groupdict().items()
            if value is not None and name.endswith(ending)
        }
        return _READ[kind](argument, groups)


_Reader = Callable[[str, dict[str, str]], Token | None]


def _fixed(kind: str) -> _Reader:
    return lambda argument, _: Token(kind, tuple(int(a) if a.lstrip("-").isdecimal() else a for a in argument.split()))


def _number(words: str | None, otherwise: int = 0) -> int:
    return int(numbers.value_of(words).partition(".")[0]) if words else otherwise


def _read_hour(argument: str, groups: dict[str, str]) -> Token | None:
    minute = 30 if "half" in groups else _number(groups.get("m"))
    hour = _number(groups.get("h"))
    if argument == "past":
        minute = {"half": 30, "quarter": 15}[groups["past"]]
    if groups.get("meridiem"):
        hour = hour % 12 + (12 if groups["meridiem"].startswith("p") else 0)
    second = _number(groups.get("s"))
    return Token("hour", (hour, minute, second)) if hour <= 24 and minute < 60 and second < 60 else None


def _read_length(argument: str, groups: dict[str, str]) -> Token | None:
    """Amount of a unit, in seconds."""
    amount = groups.get("n", "")
    each = UNIT_SECONDS[argument]
    if re.fullmatch(r"\d+\.\d+", amount):
        whole, _, part = amount.partition(".")
        return Token("length", (int(whole) * each + int(part) * each // 10 ** len(part), argument))
    total = (1 if amount in ("a", "an") else _number(amount, 1)) * each + (each // 2 if "half" in groups else 0)
    return Token("length", (total, argument)) if total else None


def _read_weekday(_: str, groups: dict[str, str]) -> Token | None:
    week: int | str = _WEEKS.get(groups.get("week", ""), "")
    return Token("weekday", (week, _WEEKDAYS[groups["d"]]))


def _read_every(argument: str, groups: dict[str, str]) -> Token | None:
    if argument == "weekdays":
        return Token("every", (0, 1, 2, 3, 4))
    if argument == "weekend":
        return Token("every", (5, 6))
    named = re.sub(r"요일|曜日?", "", groups.get("d", ""))
    days = sorted({_WEEKDAYS[day] for day in re.findall(_DAY_NAMES, named)})
    return Token("every", tuple(days))


def _read_date(_: str, groups: dict[str, str]) -> Token | None:
    month = _MONTHS.get(groups.get("mon", ""), 0) or _number(groups.get("m"))
    day = _number(groups.get("d"))
    if month > 12 or day > 31:
        return None
    return Token("date", (_number(groups.get("y")), month, day))


def _read_shift(argument: str, groups: dict[str, str]) -> Token | None:
    return Token(argument, (_WEEKS[groups["week"]],))


_READ: dict[str, _Reader] = {
    "weekend": _fixed("weekend"),
    "day": _fixed("day"),
    "part": _fixed("part"),
    "fixed-hour": _fixed("hour"),
    "ago": _fixed("ago"),
    "later": _fixed("later"),
    "night-through": _fixed("night-through"),
    "fixed-length": _fixed("length"),
    "last": _fixed("last"),
    "hour": _read_hour,
    "length": _read_length,
    "weekday": _read_weekday,
    "every": _read_every,
    "date": _read_date,
    "shift": _read_shift,
}

_DAY_LETTERS = {"ko": "월화수목금토일", "ja": "月火水木金土日"}
_EN_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {
    **{letter: place for letters in _DAY_LETTERS.values() for place, letter in enumerate(letters)},
    **{name: place for place, name in enumerate(_EN_DAYS)},
}
_DAY_NAMES = "|".join(_WEEKDAYS)
_MONTHS = {
    name: place
    for place, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
}
_WEEKS = {
    "이번": 0, "금": 0, "다음": 1, "다다음": 2, "지난": -1, "저번": -1, "오는": 0, "담": 1,
    "今": 0, "来": 1, "再来": 2, "先": -1,
    "this": 0, "next": 1, "last": -1,
}  # fmt: skip

_Row = tuple[str, str, str]


def _korean() -> _Grammar:
    hour = rf"(?:\d{{1,2}}|{numbers.KOREAN_NATIVE})"
    small = r"(?:\d{1,3}|[일이삼사오육칠팔구십백]+)"
    amount = rf"(?:\d+(?:\.\d+)?|{numbers.KOREAN_NATIVE}|[일이삼사오육칠팔구십백천]+)"
    week = r"(?P<week>이번|다음|다다음|지난|저번|오는|담)"
    rows: list[_Row] = [
        ("fixed-hour", "0 0 0", r"자정"),
        ("fixed-hour", "12 0 0", r"정오"),
        ("every", "", r"매주(?P<d>[월화수목금토일](?:요일)?(?:(?:이?랑|하고|와|과)?[월화수목금토일]요일)*)(?:마다)?"),
        ("every", "", r"(?P<d>[월화수목금토일]요일)마다"),
        ("every", "weekdays", r"(?:매주)?(?:평일|주중)(?:마다)?"),
        ("every", "weekend", r"(?:매주주말(?:마다)?|주말마다)"),
        ("every", "", r"(?:매일매일|매일|날마다|하루도빠짐없이)"),
        ("weekday", "", rf"(?:{week}주)?(?P<d>[월화수목금토일])요일"),
        ("shift", "weekend", rf"{week}주말"),
        ("weekend", "0", r"주말"),
        ("shift", "week", r"(?P<week>이번|다음|다다음|지난|저번|금|담)주(?!인|제|소|문)"),
        ("shift", "month", rf"{week}달"),
        ("last", "", r"마지막날"),
        ("day", "2", r"(?:내일모레|모레)"),
        ("day", "3", r"글피"),
        ("day", "1", r"내일"),
        ("day", "0", r"(?:오늘(?=밤|새벽|저녁|아침|오전|오후|낮)|오늘|금일)"),
        ("day", "-2", r"(?:그저께|그제|엊그제)"),
        ("day", "-1", r"어제"),
        (
            "date",
            "",
            r"(?:(?P<y>\d{4}|이천[일이삼사오육칠팔구십]+)년)?(?P<m>\d{1,2}|[일이삼사오유육칠팔구시십]{1,2})월(?P<d>\d{1,2}|[일이삼사오육칠팔구십]+)일",
        ),
        ("date", "", r"(?P<d>\d{1,2})일(?!간|동안|뒤|후|전|치|째|이내)"),
        ("night-through", "", r"밤새(?:도록)?"),
        ("part", "am", r"오전"),
        ("part", "dawn", r"새벽"),
        ("part", "morning", r"아침"),
        ("part", "midday", r"(?:한낮|대낮|점심|낮(?![추춰은게아]))"),
        ("part", "pm", r"오후"),
        ("part", "evening", r"저녁"),
        ("part", "night", r"밤(?!양|하늘)"),
        ("length", "hour", rf"(?P<n>{amount})시간(?P<half>반)?"),
        ("fixed-length", "1800", r"반시간"),
        ("hour", "", r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}))?"),
        (
            "hour",
            "",
            rf"(?P<h>{hour})시(?!간|작|리즈|즌|청)(?:(?P<half>반)|(?P<m>{small})분(?:(?P<s>{small})초)?|정각)?",
        ),
        ("length", "minute", rf"(?P<n>{small})분(?!위|야|석)(?P<half>반)?"),
        ("length", "second", rf"(?P<n>{small})초"),
        ("fixed-length", "604800", r"일주일"),
        ("length", "week", rf"(?P<n>{amount})주(?:일|간)?(?=동안|뒤|후|전|$)"),
        ("length", "month", rf"(?P<n>{amount})(?:달|개월)(?![러라력걀리콤])"),
        ("length", "year", rf"(?P<n>{amount})년(?=간|동안|뒤|후|전)"),
        ("length", "day", r"(?P<n>\d+|[일이삼사오육칠팔구십]+)일(?=간|동안|뒤|후|전)"),
        ("fixed-length", "86400", r"하루"),
        ("fixed-length", "172800", r"이틀"),
        ("fixed-length", "259200", r"사흘"),
        ("fixed-length", "604800", r"일주일"),
        ("later", "", r"(?<=[분초간일달월틀흘루년주반])(?:뒤|후|있다가?|이따가?)"),
        ("ago", "", r"(?<=[분초간일달월틀흘루년주])전"),
    ]
    return _Grammar(rows, r"(?:의|에|은|는|날)")


def _japanese() -> _Grammar:
    number = r"(?:\d{1,4}(?:\.\d+)?|[一二三四五六七八九十百]+)"
    rows: list[_Row] = [
        ("fixed-hour", "12 0 0", r"正午"),
        ("fixed-hour", "0 0 0", r"(?:真夜中|零時)"),
        ("every", "", r"毎週の?(?P<d>[月火水木金土日](?:曜日?)?(?:と[月火水木金土日]曜日?)*)"),
        ("every", "weekdays", r"(?:平日|毎週平日)(?:に?毎日)?"),
        ("every", "weekend", r"(?:毎週末|週末ごと)"),
        ("every", "", r"毎(?=朝|晩|夜)"),
        ("every", "", r"(?:毎日|まいにち)"),
        ("weekday", "", r"(?:(?P<week>今|来|再来|先)週の?)?(?P<d>[月火水木金土日])曜日?"),
        ("shift", "weekend", r"(?P<week>今|来|再来|先)週の?週?末"),
        ("weekend", "0", r"週末"),
        ("shift", "week", r"(?P<week>今|来|再来|先)週"),
        ("shift", "month", r"(?P<week>今|来|再来|先)月"),
        ("last", "", r"(?:最後の日|末日)"),
        ("day", "2", r"(?:明後日|あさって)"),
        ("day", "1", r"(?:明日|あした|あす)"),
        ("day", "0", r"今(?=朝|夜|晩)"),
        ("day", "0", r"(?:今日|きょう|本日)"),
        ("day", "-2", r"(?:一昨日|おととい)"),
        ("day", "-1", r"(?:昨日|きのう)"),
        ("date", "", rf"(?:(?P<y>\d{{4}})年)?(?P<m>{number})月(?P<d>{number})日"),
        ("date", "", r"(?P<d>\d{1,2})日(?!間|後|前)"),
        ("part", "am", r"午前"),
        ("part", "dawn", r"(?:明け方|早朝)"),
        ("part", "morning", r"朝"),
        ("part", "midday", r"(?:お昼|昼)"),
        ("part", "pm", r"午後"),
        ("part", "evening", r"(?:夕方|夕)"),
        ("part", "night", r"(?:深夜|夜|晩(?!ご))"),
        ("length", "hour", rf"(?P<n>{number})時間(?P<half>半)?"),
        ("hour", "", r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}))?"),
        ("hour", "", rf"(?P<h>{number})時(?!間)(?:(?P<half>半)|(?P<m>{number})分(?!間|後)|ちょうど)?"),
        ("length", "minute", rf"(?P<n>{number})分(?P<half>半)?間?"),
        ("length", "second", rf"(?P<n>{number})秒間?"),
        ("length", "week", rf"(?P<n>{number})週間"),
        ("length", "month", rf"(?P<n>{number})(?:か|ヶ|ヵ|ゖ|ヵ|カ|箇)月"),
        ("length", "year", rf"(?P<n>{number})年(?:間|(?=後|前))"),
        ("length", "day", rf"(?P<n>{number})日(?:間|(?=後|前))"),
        ("later", "", r"(?<=[間分秒日月年])(?:後|ご|あと)"),
        ("ago", "", r"(?<=[間分秒日月年])前"),
    ]
    return _Grammar(rows, r"(?:の|に|は|間の?)")


def _english() -> _Grammar:
    number = rf"(?:{numbers.ENGLISH})"
    days = "|".join(_EN_DAYS)
    months = "|".join(_MONTHS)
    rows: list[_Row] = [
        ("fixed-hour", "12 0 0", r"(?:atnoon|noon)"),
        ("fixed-hour", "0 0 0", r"(?:atmidnight|midnight)"),
        ("every", "weekdays", r"(?:everyweekday|onweekdays|weekdays)"),
        ("every", "weekend", r"(?:everyweekend|onweekends)"),
        ("every", "", r"every(?=morning|evening|night)"),
        ("every", "", rf"every(?P<d>{days})"),
        ("every", "", r"(?:everyday|daily)"),
        ("weekday", "", rf"(?:on)?(?P<week>this|next|last)?(?P<d>{days})"),
        ("shift", "weekend", r"(?P<week>this|next|last)weekend"),
        ("shift", "week", r"(?P<week>this|next|last)week"),
        ("shift", "month", r"(?P<week>this|next|last)month"),
        ("day", "2", r"(?:the)?dayaftertomorrow"),
        ("day", "1", r"tomorrow"),
        ("part", "night", r"tonight"),
        ("day", "-1", r"yesterday"),
        ("day", "0", r"today"),
        ("date", "", rf"(?:on)?(?P<mon>{months})(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"),
        ("hour", "past", rf"(?:at)?(?P<past>half|quarter)past(?P<h>{number})"),
        ("hour", "", r"(?:at)?(?P<h>\d{1,2})[: ](?P<m>\d{2})(?P<meridiem>am|pm)?"),
        ("hour", "", rf"(?:at)?(?P<h>{number})(?P<meridiem>am|pm)"),
        ("hour", "", rf"(?:at)?(?P<h>{number})oclock"),
        ("fixed-length", "1800", r"(?:in)?halfanhour"),
        ("length", "hour", rf"(?:in|for)?(?P<n>{number}|an|one)hours?(?P<half>andahalf)?"),
        ("length", "minute", rf"(?:in|for)?(?P<n>{number})min(?:ute)?s?"),
        ("length", "second", rf"(?:in|for)?(?P<n>{number})sec(?:ond)?s?"),
        ("length", "day", rf"(?:in|for)?(?P<n>{number})days?"),
        ("length", "week", rf"(?:in|for)?(?P<n>{number})weeks?"),
        ("hour", "", rf"at(?P<h>{number})"),
        ("part", "morning", r"(?:inthe|this)?morning"),
        ("part", "pm", r"(?:inthe|this)?afternoon"),
        ("part", "evening", r"(?:inthe|this)?evening"),
        ("part", "night", r"(?:atnight|night)"),
        ("later", "", r"(?:fromnow|later)"),
        ("ago", "", r"ago"),
    ]
    return _Grammar(rows, r"(?:and|on|at|,|in)", words=True)


@lru_cache(maxsize=8)
def _grammar(lang: str) -> _Grammar:
    return {"ko": _korean, "ja": _japanese, "en": _english}[lang]()
