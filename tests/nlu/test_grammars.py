"""The grammars of the built-in slot types: numbers, dates, durations, units, names."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.nlu import numbers, times
from mockcloud.nlu.ngrams import grams, rarity
from mockcloud.nlu.slots import builtin_spots
from mockcloud.nlu.text import Text, key_of, keys_of, normalise

NOW = datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("Asia/Seoul"))
"""A Thursday."""


@pytest.mark.spec("K-072")
@pytest.mark.parametrize(
    ("lang", "text", "number"),
    [
        *[("ko", *each) for each in (
            ("2판", "2"), ("두 개", "2"), ("하나", "1"), ("한 개", "1"), ("세 개", "3"), ("넷", "4"), ("네 개", "4"),
            ("다섯 개", "5"), ("열 개", "10"), ("한번", "1"), ("7명", "7"), ("30살", "30"), ("16칸", "16"),
            ("8정도", "8"), ("스물다섯", "25"),
            ("백한 명", "101"), ("2만 3천 개", "23000"), ("볼륨 십으로", "10"), ("1.5개", "1.5"),
            ("1,000개", "1000"), ("하나 알려줘", "1"), ("７개", "7"), ("5만큼", "5"), ("칠백오십이번", "752"),
        )],
        *[("ja", *each) for each in (
            ("三枚", "3"), ("ひとつ", "1"), ("二十一個", "21"), ("音量を五に", "5"), ("２つ", "2"), ("百三人", "103"),
        )],
        *[("en", *each) for each in (("twenty one", "21"), ("a hundred and two", "102"), ("50 percent", "50"))],
    ],
)  # fmt: skip
def test_numbers(lang: str, text: str, number: str) -> None:
    found = numbers.pattern(lang).search(Text.of(text).key)
    assert found is not None
    assert numbers.number_of(found) == number


@pytest.mark.parametrize("text", ["조회", "네", "이 피자", "천천히", "일시정지", "오늘"])
def test_what_is_no_number(text: str) -> None:
    assert numbers.pattern("ko").search(Text.of(text).key) is None


@given(number=st.integers(0, 10**8))
def test_digits_are_read_as_they_stand(number: int) -> None:
    assert numbers.value_of(str(number)) == str(number)


MOMENTS = {
    "ko": {
        "내일 아침 7시 반": "01-02 07:30",
        "7시": "01-01 19:00",
        "10시": "01-01 10:00",
        "오전 9시": "01-02 09:00",
        "오후 3시": "01-01 15:00",
        "저녁 여섯시": "01-01 18:00",
        "밤 11시": "01-01 23:00",
        "오늘 밤 12시": "01-02 00:00",
        "새벽 5시": "01-02 05:00",
        "정오": "01-01 12:00",
        "자정": "01-02 00:00",
        "7:30": "01-01 19:30",
        "30분 뒤": "01-01 09:30",
        "한 시간 반 후": "01-01 10:30",
        "1시간 전": "01-01 08:00",
        "10분 30초": "01-01 09:10",
        "다음 주 월요일": "01-05 09:00",
        "월요일 8시": "01-05 08:00",
        "목요일 8시": "01-08 08:00",
        "오늘 8시": "01-01 20:00",
        "모레 오전 10시": "01-03 10:00",
        "15일": "01-15 09:00",
        "3월 2일 오후 3시": "03-02 15:00",
        "매일 아침 7시": "01-02 07:00",
        "평일 6시": "01-02 06:00",
        "매주 토요일 9시": "01-03 09:00",
        "이번 주말": "01-03 09:00",
    },
    "ja": {
        "来週の月曜日": "01-05 09:00",
        "3時間後": "01-01 12:00",
        "明日の朝7時": "01-02 07:00",
        "毎日午後6時": "01-01 18:00",
        "一時間半": "01-01 10:30",
        "今夜9時": "01-01 21:00",
        "土曜日の午後3時": "01-03 15:00",
        "１０分後": "01-01 09:10",
        "毎朝6時": "01-02 06:00",
        "明後日": "01-03 09:00",
    },
    "en": {
        "tomorrow at 7:30": "01-02 07:30",
        "in 30 minutes": "01-01 09:30",
        "next Monday at 9 am": "01-05 09:00",
        "every day at 7": "01-02 07:00",
        "half past six": "01-01 18:30",
        "an hour and a half": "01-01 10:30",
        "tonight at 8": "01-01 20:00",
    },
}


@pytest.mark.spec("C-104", "K-033")
@pytest.mark.parametrize(
    ("lang", "words", "expected"), [(lang, *each) for lang, table in MOMENTS.items() for each in table.items()]
)
def test_moments_on_the_clock(lang: str, words: str, expected: str) -> None:
    meant = times.moment(words, NOW, lang)
    assert meant is not None
    assert f"{meant.at:%m-%d %H:%M}" == expected
    assert meant.at.tzinfo == NOW.tzinfo


@pytest.mark.parametrize(
    ("words", "repeat", "days"),
    [
        ("매일 7시", "daily", ()),
        ("매주 월요일 7시", "weekly", (0,)),
        ("매주 월요일 수요일 7시", "weekly", (0, 2)),
        ("평일 7시", "weekly", (0, 1, 2, 3, 4)),
        ("내일 7시", "", ()),
    ],
)
def test_what_repeats(words: str, repeat: str, days: tuple[int, ...]) -> None:
    meant = times.moment(words, NOW, "ko")
    assert meant is not None
    assert (meant.repeat, meant.days) == (repeat, days)


def test_an_hour_away_is_an_hour_away_when_clocks_are_put_on() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    meant = times.moment("1시간 뒤", before, "ko")
    assert meant is not None
    assert f"{meant.at:%H:%M}" == "03:30"


@pytest.mark.parametrize(
    ("lang", "words", "seconds"),
    [
        ("ko", "3분", 180), ("ko", "1시간 30분", 5400), ("ko", "삼십분", 1800), ("ko", "한 시간 반", 5400),
        ("ko", "10분 30초", 630), ("ko", "하루", 86400), ("ja", "3分", 180), ("ja", "一時間半", 5400),
        ("en", "five minutes", 300), ("ko", "내일", None),
    ],
)  # fmt: skip
def test_lengths(lang: str, words: str, seconds: int | None) -> None:
    assert times.seconds(words, lang) == seconds


@given(at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), words=st.sampled_from(sorted(MOMENTS["ko"])))
def test_a_time_that_is_said_is_ahead_of_now(at: datetime, words: str) -> None:
    now = at.replace(tzinfo=ZoneInfo("Asia/Seoul"))
    meant = times.moment(words, now, "ko")
    assert meant is not None
    if "전" not in words.replace("오전", "") and words != "이번 주말":
        assert meant.at > now - timedelta(days=1)


FINDERS = {
    "CLOVA.DATETIME": "10분 30초,오전 9시,1시간 전,12시,정오,2017년 8월 4일,저번 달 마지막 날",
    "CLOVA.DURATION": "하루,밤새,한 달,다음 주,주말",
    "CLOVA.RELATIVETIME": "앞으로,이따가,잠시 후,방금,아까",
    "CLOVA.UNIT": "113평,100메가,25마일",
    "CLOVA.ORDER": "넥스트,앞,이전,마지막,다음,이번,지난",
    "CLOVA.WORLD_COUNTRY": "가나,일본,대한민국,프랑스",
    "CLOVA.WORLD_CITY": "뉴욕,파리,런던",
    "CLOVA.CURRENCY": "위안,엔,달러,러시아 돈,영국 통화",
    "CLOVA.OFFICIALDATE": "입춘,신정,석가탄신일,광복절",
    "CLOVA.KO_ADDRESS_SIDO": "서울,경기도,부산광역시",
}


@pytest.mark.spec("K-033", "K-073")
@pytest.mark.parametrize(
    ("type_", "words"), [(type_, words) for type_, table in FINDERS.items() for words in table.split(",")]
)
@pytest.mark.parametrize("sentence", ["{}", "{} 알려줘"])
def test_the_guides_values_are_found(type_: str, words: str, sentence: str) -> None:
    spots = builtin_spots([type_], Text.of(sentence.format(words)), "ko")
    assert words in [spot.value for spot in spots]


@given(st.text(max_size=40))
def test_a_key_leads_back_to_what_was_written(written: str) -> None:
    text = Text.of(written)
    assert len(text.key) == len(text.origins)
    assert text.surface(0, len(text.key)) in " ".join(text.shown.split())
    assert "".join(char for char in normalise(written) if not char.isspace()) == normalise(written)


TERMS = st.text(max_size=12) | st.sampled_from(["바베큐 피자", "ﾗｰﾒﾝ", "BBQ 2", "İz", "7 30", "Straße", "가\n나"])


@given(st.lists(TERMS, max_size=5))
def test_the_keys_of_terms_are_those_of_texts(terms: list[str]) -> None:
    expected = [Text.of(term).key for term in terms]
    assert [key_of(term) for term in terms] == expected
    assert keys_of(terms) == expected


def test_digits_keep_what_parts_them() -> None:
    assert Text.of("7:30 에 1.5 와 1,000 그리고 7 30").key == "7:30에1.5와1000그리고7 30"


def test_rarity_is_a_logarithm_without_floats() -> None:
    import math

    for everything in (1, 7, 100):
        for having in range(1, everything + 1):
            assert abs(rarity(everything, having) / 1024 - math.log2(1 + everything / having)) < 0.002


def test_small_words_still_have_grams() -> None:
    assert len(grams("다")) == 2
    assert len(grams("次")) == 2
    assert grams("") == ()
    assert set(grams("켜줘")) & set(grams("켜"))
