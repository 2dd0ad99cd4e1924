"""The weather on a screen: a TodayWeather beside the text, made from the words that are spoken."""

import pytest

from mockcloud.catalogue import Catalogue
from tests.cic.conversation import Conversation, Response

CATALOGUE = Catalogue.load()


def asked(text: str, size: str = "l100", **settings: str) -> Response:
    display = {"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": size}}
    speaker = Conversation(**settings).speaker()
    return speaker.event("TextRecognizer.Recognize", {"text": text}, context=[display], dialog="d1")


@pytest.mark.parametrize(
    ("lang", "text", "place"),
    [("ko", "오늘 날씨 어때", "서울"), ("ja", "今日の天気は", "ソウル"), ("en", "how is the weather", "Seoul")],
)
@pytest.mark.spec("C-177", "C-182")
def test_a_display_shows_the_weather_of_today_beside_the_words(lang: str, text: str, place: str) -> None:
    answer = asked(text, lang=lang)
    assert answer.names == ["SpeechSynthesizer.Speak", "Clova.RenderText", "Clova.RenderTemplate"]
    words, template = (directive["payload"] for directive in answer.directives[1:])
    assert CATALOGUE.check_template(template) == []
    assert template["type"] == "TodayWeather"
    assert template["location"]["value"] == place
    assert template["failureMessage"]["value"] == words["text"]


@pytest.mark.spec("C-177")
def test_its_hours_are_those_of_the_day_where_the_account_lives() -> None:
    def day(timezone: str) -> str:
        template = asked("오늘 날씨 어때", timezone=timezone).directives[2]["payload"]
        (date,) = {hour["hourlyTime"]["value"].partition(" ")[0] for hour in template["houlyWeatherList"]}
        return str(date)

    assert day("Asia/Seoul") == "20260101"
    assert day("America/Los_Angeles") == "20251231"


@pytest.mark.spec("C-186")
def test_a_device_without_a_display_only_hears_it() -> None:
    assert asked("오늘 날씨 어때", size="none").names == ["SpeechSynthesizer.Speak"]
