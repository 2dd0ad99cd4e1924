"""Whom words are for: names, launch phrases, particles and end phrases in three languages."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from mockcloud.nlu.building import ModelFiles
from mockcloud.nlu.engine import Engine
from mockcloud.nlu.invocation import Callee, on_test_page, read
from mockcloud.nlu.model import Model
from mockcloud.nlu.reading import BuildReport, Reading
from tests.nlu.variations import files_of

ENGLISH = ModelFiles((("Order", "[INTENT EXPRESSION]\norder a pizza\nI want a pizza\n"),))
CALLEES = [
    Callee("ko.pizza", ("피자봇", "맛있는 피자"), "ko", files_of("ko", "my.pizza")),
    Callee("ko.dice", ("피자봇 주사위",), "ko", files_of("ko", "my.clova.extension.sampledice")),
    Callee("ja.pizza", ("ピザボット",), "ja", files_of("ja", "my.pizza")),
    Callee("ja.dice", ("サイコロ遊び",), "ja", files_of("ja", "my.dice")),
    Callee("en.pizza", ("Pizza Bot",), "en", ENGLISH),
]


@pytest.mark.spec("K-051", "K-052")
@pytest.mark.parametrize(
    ("extension", "texts"),
    [
        ("ko.pizza", "피자봇 시작해줘/피자봇을 열어 줘/피자봇 실행해줘/클로바, 피자봇 좀 켜줘/피자 봇 시작"),
        ("ko.pizza", "헤이 클로바 맛있는피자 시작하자/피자봇 시작할래"),
        ("ko.dice", "피자봇 주사위 시작해줘"),
        ("ja.pizza", "ピザボットを起動して/ピザボットを開いて/ピザボットを始めて/ピザボットスタート"),
        ("ja.pizza", "ぴざぼっとを起動してください/ﾋﾟｻﾞﾎﾞｯﾄを起動/ねえクローバ、ピザボットを開始して"),
        ("ja.dice", "サイコロ遊びを始めよう/サイコロ遊びがしたい/サイコロ遊びを立ち上げて"),
        ("en.pizza", "open Pizza Bot/Clova, start pizzabot/launch the pizza bot please"),
    ],
)  # fmt: skip
def test_a_name_with_a_launch_phrase_opens(extension: str, texts: str) -> None:
    for text in texts.split("/"):
        found = read(text, CALLEES)
        assert (found.request, found.extension, found.by_name) == ("LaunchRequest", extension, True), found


@pytest.mark.spec("K-053", "K-054", "K-060")
@pytest.mark.parametrize(
    ("text", "extension", "intent", "slots"),
    [
        ("피자봇한테 치즈 피자 주문해 달라고 해", "ko.pizza", "OrderPizza", {"pizzaType": "치즈"}),
        ("피자봇으로 메뉴 알려줘", "ko.pizza", "ProvideMenu", {}),
        ("피자봇에게서 메뉴 알려달라고 해", "ko.pizza", "ProvideMenu", {}),
        ("피자봇에 메뉴 물어봐", "ko.pizza", "ProvideMenu", {}),
        ("피자봇에서 하늘은 왜 파래", "ko.pizza", None, {}),
        ("피자봇 주사위에서 주사위 세 개 던져줘", "ko.dice", "ThrowDiceIntent", {"diceCount": "3"}),
        ("ピザボットでペパロニを2枚注文して", "ja.pizza", "OrderPizza", {"pizzaType": "ペパロニ", "pizzaAmount": "2"}),
        ("ピザボットにチーズを一枚頼んで", "ja.pizza", "OrderPizza", {"pizzaType": "チーズ", "pizzaAmount": "1"}),
        ("ピザボットを使ってメニューを教えて", "ja.pizza", "ProvideMenu", {}),
        ("クローバ、ピザボットにピザを注文するように言って", "ja.pizza", "OrderPizza", {}),
        ("サイコロ遊びでサイコロを三つ振って", "ja.dice", "ThrowDiceIntent", {"diceCount": "3"}),
        ("ask Pizza Bot to order a pizza", "en.pizza", "Order", {}),
    ],
)  # fmt: skip
def test_a_name_with_a_particle_calls(text: str, extension: str, intent: str | None, slots: dict[str, str]) -> None:
    found = read(text, CALLEES)
    assert (found.extension, found.intent or None, dict(found.slots)) == (extension, intent, slots), found
    assert found.request == ("IntentRequest" if intent else None)
    assert found.missed == (intent is None)
    assert found.by_name


@pytest.mark.spec("K-056")
@pytest.mark.parametrize(
    ("session", "texts"),
    [
        ("ko.pizza", "종료/종료해/종료해줘/그만/그만해/이제 그만할래/피자봇 종료해 주세요/피자봇 그만/그만 종료해줘"),
        ("ja.pizza", "終了/終了して/やめて/ストップ/おしまい/もう終わりにして/ピザボットを終了して/ピザボットをやめる"),
        ("en.pizza", "stop/quit Pizza Bot/exit please"),
    ],
)
def test_end_phrases_end_the_open_session_and_nothing_else(session: str, texts: str) -> None:
    for text in texts.split("/"):
        found = read(text, CALLEES, session=session)
        assert (found.request, found.extension) == ("SessionEndedRequest", session), found
        assert read(text, CALLEES).request is None
    assert read("취소해줘", CALLEES, session="ko.pizza").intent == "Clova.CancelIntent"
    assert read("キャンセルして", CALLEES, session="ja.pizza").intent == "Clova.CancelIntent"


@pytest.mark.spec("K-055", "K-063")
def test_in_a_session_names_still_count() -> None:
    assert read("피자봇에서 메뉴 알려줘", CALLEES, session="ko.pizza").extension == "ko.pizza"
    other = read("ピザボットを起動して", CALLEES, session="ko.pizza")
    assert (other.request, other.extension) == ("LaunchRequest", "ja.pizza")
    assert read("메뉴 알려줘", CALLEES, session="ko.pizza").by_name is False


@pytest.mark.spec("K-060", "K-061")
@pytest.mark.parametrize(
    "text",
    [
        "피자봇",
        "피자봇 주문해줘",
        "피자봇이 뭐야",
        "피자 봇물 터졌다",
        "ピザボット",
        "ピザボットって何",
        "",
        "?!",
        "클로바",
        "에서 메뉴 알려줘",
    ],
)
def test_a_name_alone_is_no_call(text: str) -> None:
    found = read(text, CALLEES)
    assert (found.request, found.extension) == (None, "")
    missed = read(text, CALLEES, session="ko.dice")
    assert (missed.request, missed.extension, missed.missed) == (None, "ko.dice", True)


def test_a_call_explains_itself() -> None:
    told = read("피자봇에서 치즈 피자 두 판 주문해줘", CALLEES).as_json()
    assert told["request_type"] == "IntentRequest"
    assert told["why"] == "'피자봇' is called with '에서'"
    assert [span["source"] for span in told["spans"]] == ["dict", "builtin"]
    assert told["runners_up"][0]["score"] <= told["score"]
    missed = read("피자봇에서 하늘은 왜 파래", CALLEES)
    assert missed.why.endswith("of 500")
    assert missed.runners_up


def test_the_test_page_needs_no_name_and_takes_one() -> None:
    for text in ("메뉴 알려줘", "피자봇에서 메뉴 알려줘", "클로바 메뉴 알려줘"):
        assert on_test_page(text, CALLEES[0]).intent == "ProvideMenu"


class Parrot:
    """An engine that takes everything for the same."""

    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        return BuildReport(0, 0)

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Reading:
        return Reading(text, lang, intent="Parrot", slots={"said": text})


def test_another_engine_may_understand() -> None:
    def engines(files: ModelFiles, lang: str) -> Engine:
        return Parrot()

    found = read("피자봇에게 아무 말", CALLEES, engines=engines)
    assert (found.intent, dict(found.slots)) == ("Parrot", {"said": "아무 말"})
