"""Building: what the report says of a model, and what can be asked afterwards."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mockcloud.nlu.building import ModelFiles, build, engine
from mockcloud.nlu.builtin_intents import ANSWER_INTENTS, PLAYER_INTENTS, builtin_intents
from mockcloud.nlu.builtin_types import BUILTIN_TYPES, is_known, nearest
from mockcloud.nlu.reading import Span
from mockcloud.nlu.slots import builtin_spots
from mockcloud.nlu.text import Text
from mockcloud.nlu.values import WireValue, wire_value
from tests.nlu.variations import LANGS, files_of, variations


def intent(*examples: str, slots: str = "") -> str:
    head = f"[INTENT SLOT]\n{slots}\n\n" if slots else ""
    return head + "[INTENT EXPRESSION]\n" + "".join(f"{example}\n" for example in examples)


def warned(files: ModelFiles) -> str:
    return "\n".join(str(problem) for problem in build(files, "ko").warnings)


@pytest.mark.spec("K-030", "K-036", "K-037")
@pytest.mark.parametrize("lang", LANGS)
def test_every_example_of_the_models_is_recovered(lang: str) -> None:
    for extension in sorted({extension for extension, *_ in variations(lang)}):
        report = build(files_of(lang, extension), lang)
        assert report.built
        assert report.checked == report.examples > 0
        assert report.unrecovered == (), report.unrecovered


@pytest.mark.spec("K-033", "K-035")
def test_what_the_console_refuses() -> None:
    files = ModelFiles(
        (
            ("A", intent("<x>가</x> 줘", slots="x\tPIZZA\ny\tpizza_type")),
            ("Clova.GuideIntent", intent("도와줘")),
            ("B", intent("<z>가")),
        ),
        (("PIZZA_TYPE", "가\n"),),
        names=(("intent A", "dir/a.tsv"),),
    )
    report = build(files, "ko")
    assert not report.built
    said = [str(problem) for problem in report.errors]
    assert any("dir/a.tsv:2: the slot x has the type PIZZA, which is not there" in each for each in said)
    assert any("did you mean PIZZA_TYPE?" in each for each in said)
    assert any("Clova.GuideIntent is the name of a built-in intent" in each for each in said)
    assert any("B.tsv:2:1: <z> is never closed" in each for each in said)


@pytest.mark.spec("K-033", "K-035", "K-038")
def test_what_the_console_should_have_said() -> None:
    files = ModelFiles(
        (
            ("A", intent("<x>가</x> 줘", slots="x\tT\nz\tCLOVA.NUMBER\nw\tCLOVA.DATETIM")),
            ("B", intent("<y>나</y> 줘", slots="y\tT")),
            ("C", intent("<from>가</from>에서 <to>나</to>까지", slots="from\tT\nto\tT")),
        ),
        (("T", "가\n나\n"), ("U", "가\t다\n")),
    )
    said = warned(files)
    assert "no slot has the type U" in said
    assert "A.tsv:3: no example has the slot z" in said
    assert "CLOVA.DATETIM, the type of w, is not a built-in type that we know" in said
    assert "did you mean CLOVA.DATETIME?" in said
    assert "B.tsv:2: the slot y has the type T, whose slots are called x elsewhere" in said
    assert "C.tsv" not in said.replace("C.tsv: C has 1 examples", "")
    assert "U.tsv: '가': a value of T too" in said
    assert "A has 1 examples" in said


@pytest.mark.spec("K-038")
def test_the_console_takes_2000_examples_of_an_intent() -> None:
    examples = tuple(f"문장 {n}번" for n in range(2001))
    files = ModelFiles((("Much", intent(*examples)),))
    (error,) = build(files, "ko", check=False).errors
    assert "2001 examples, the console takes 2000" in error.said
    assert error.line == 2002
    refused = build(files, "ko")
    assert (refused.built, refused.checked) == (False, 0)
    older = ModelFiles(files.intents, player=False)
    assert build(older, "ko", check=False).errors == ()


def test_near_twins_and_examples_that_are_not_recovered() -> None:
    files = ModelFiles((("A", intent("불 켜줘", "메뉴 알려줘")), ("B", intent("불 켜 줘!", "메뉴를 알려 주세요"))))
    report = build(files, "ko")
    assert {(one.intent, one.read_as) for one in report.unrecovered} == {("B", "A")}
    assert {(one.intent, one.other) for one in report.twins} == {("A", "B")}
    told = report.as_json()
    assert told["near_twins"][0]["difference"] <= 30
    assert told["unrecovered"][0] == {"intent": "B", "example": "불 켜 줘!", "read_as": "A"}


def test_one_word_of_two_types_means_what_the_sentence_asks_for() -> None:
    files = ModelFiles(
        (
            ("Eat", intent("<food>사과</food> 먹을래", slots="food\tFOOD")),
            ("Buy", intent("<brand>사과</brand> 노트북 살래", slots="brand\tBRAND")),
        ),
        (("FOOD", "사과\n배\n"), ("BRAND", "애플\t사과\n")),
    )
    asked = engine(files, "ko")
    assert dict(asked.parse("사과 먹을래", lang="ko").slots) == {"food": "사과"}
    assert dict(asked.parse("사과 노트북 살래", lang="ko").slots) == {"brand": "애플"}


@pytest.mark.parametrize("files", [ModelFiles(), ModelFiles((("A", ""),), (("T", ""),)), ModelFiles((("A", "x"),))])
def test_an_empty_or_broken_model_still_has_the_built_in_intents(files: ModelFiles) -> None:
    build(files, "ko")
    assert engine(files, "ko").parse("도움말 알려줘", lang="ko").intent == "Clova.GuideIntent"
    assert engine(files, "ko").parse("하늘은 왜 파래", lang="ko").intent is None


@pytest.mark.spec("K-031", "K-032")
@pytest.mark.parametrize("lang", ["ko", "ja", "en"])
def test_the_built_in_intents_of_both_editions(lang: str) -> None:
    names = {each.name for each in builtin_intents(lang)}
    assert names == {*ANSWER_INTENTS, *PLAYER_INTENTS}
    assert {each.name for each in builtin_intents(lang, player=False)} == set(ANSWER_INTENTS)
    older = ModelFiles(player=False)
    for each in builtin_intents(lang):
        for example in each.examples:
            assert engine(ModelFiles(), lang).parse(example.text, lang=lang).intent == each.name
            found = engine(older, lang).parse(example.text, lang=lang).intent
            assert (found == each.name) == (each.name in ANSWER_INTENTS)


@pytest.mark.spec("K-059")
def test_a_custom_intent_goes_before_a_built_in_one() -> None:
    files = ModelFiles((("MyHelp", intent("도움말 알려줘")),))
    assert engine(files, "ko").parse("도움말 알려줘", lang="ko").intent == "MyHelp"


JAPANESE_TYPES = {
    "CLOVA.DATETIME": "1日,午前9時,1時間前,12時,正午,2017年8月4日",
    "CLOVA.DATETIME_RECENT": "火曜日,7月29日",
    "CLOVA.DURATION": "1秒間,1分間,1時間,1週間,1日間,一ヶ月,1年間",
    "CLOVA.NUMBER": "7人,一つ,30歳,8個,三枚",
    "CLOVA.RELATIVETIME": "これから,後で,さっき",
    "CLOVA.UNIT": "113坪,100メガ,25マイル",
    "CLOVA.ORDER": "次,前",
    "CLOVA.MONEY": "四千円,1ドル",
    "CLOVA.JP_ADDRESS_KEN": "東京都,京都府,福岡県,北海道,福岡",
    "CLOVA.JP_ADDRESS_SHI": "武蔵野市,奥多摩町,小笠原村",
    "CLOVA.JP_ADDRESS_KU": "新宿区,中村区,淀川区",
    "CLOVA.WORLD_COUNTRY": "カナダ,日本,フランス",
    "CLOVA.WORLD_CITY": "ローマ,パリ",
    "CLOVA.CURRENCY": "円,ドル",
    "CLOVA.UNIT_CURRENCY": "円,ウォン",
    "CLOVA.OFFICIALDATE": "元日,成人の日",
}


@pytest.mark.spec("K-033")
@pytest.mark.parametrize(
    ("type_", "words"), [(type_, words) for type_, table in JAPANESE_TYPES.items() for words in table.split(",")]
)
@pytest.mark.parametrize("sentence", ["{}", "{}を教えて"])
def test_the_values_of_the_japanese_platform_are_found(type_: str, words: str, sentence: str) -> None:
    text = Text.of(sentence.format(words))
    assert words in [text.surface(spot.start, spot.end) for spot in builtin_spots([type_], text, "ja")]


@pytest.mark.spec("K-033")
def test_types_that_are_known() -> None:
    assert all(is_known(type_) for type_ in BUILTIN_TYPES)
    assert is_known("CLOVA.KO_ADDRESS_SIGUNGU")
    assert not is_known("CLOVA.ADRESS")
    assert nearest("CLOVA.NUMBERS") == "CLOVA.NUMBER"


NOW = datetime(2018, 8, 10, 9, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.spec("K-070")
@pytest.mark.parametrize(
    ("type_", "words", "value"),
    [
        ("DATETIME", "3時", WireValue("03:00:00", "TIME")),
        ("DATETIME", "午後3時半", WireValue("15:30:00", "TIME")),
        ("DATETIME", "2018年8月10日", WireValue("2018-08-10", "DATE")),
        ("DATETIME", "2018年8月10日3時", WireValue("2018-08-10T03:00:00+09:00", "DATETIME")),
        ("DATETIME", "朝", WireValue("06:00:00/09:00:00", "TIME.INTERVAL")),
        ("DATETIME", "火曜日", WireValue("2018-08-14", "DATE")),
        ("DATETIME", "7月29日", WireValue("2019-07-29", "DATE")),
        ("DATETIME", "来週", WireValue("2018-08-13/2018-08-19", "DATE.INTERVAL")),
        ("DATETIME", "来月", WireValue("2018-09-01/2018-09-30", "DATE.INTERVAL")),
        (
            "DATETIME",
            "明日の昼",
            WireValue("2018-08-11T11:00:00+09:00/2018-08-11T13:00:00+09:00", "DATETIME.INTERVAL"),
        ),
        ("DATETIME_RECENT", "火曜日", WireValue("2018-08-07", "DATE")),
        ("DATETIME_RECENT", "7月29日", WireValue("2018-07-29", "DATE")),
        ("DURATION", "5日間", WireValue("P5D")),
        ("DURATION", "34分間", WireValue("PT34M")),
        ("DURATION", "2時間5分25秒", WireValue("PT2H5M25S")),
        ("DURATION", "週末", WireValue("週末")),
        ("NUMBER", "2枚", WireValue("2", unit="枚")),
        ("GENERIC_NUMBER", "三杯", WireValue("3", unit="杯")),
        ("MONEY", "1万円", WireValue("10000", unit="JPY")),
        ("LENGTH", "2.2キロメートル", WireValue("2.2", unit="キロメートル")),
        ("UNIT_CURRENCY", "ウォン", WireValue("KRW")),
        ("WORLD_CITY", "パリ", WireValue("パリ")),
    ],
)
def test_values_as_the_living_platform_sends_them(type_: str, words: str, value: WireValue) -> None:
    assert wire_value(Span("x", words, words, "builtin", type=f"CLOVA.{type_}"), NOW, "ja") == value


def test_a_value_of_an_own_type_stays_on_the_wire() -> None:
    assert wire_value(Span("x", "치즈 피자", "치즈", "dict", type="PIZZA"), NOW, "ko") == WireValue("치즈")
