"""The matcher with models of extensions: the guide's pizza bot and dice (``cek:`` §16)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mockcloud.errors import UnreadableInput
from mockcloud.nlu.model import Example, Model, read_model
from mockcloud.nlu.understanding import Nlu

PIZZA = """
[SLOT TYPE] PIZZA_TYPE open
페퍼로니	페퍼로니 피자
바베큐	바베큐 피자	BBQ 피자
치즈	치즈 피자
야채	야채 피자	베지 피자
쉬림프 골드 크러스트	쉬림프 골드 크러스트 피자	쉬림프 골크 피자	쉬림프 골크

[INTENT] OrderPizza
[INTENT SLOT]
pizzaType	PIZZA_TYPE
pizzaAmount	CLOVA.NUMBER

[INTENT EXPRESSION]
<pizzaType>페퍼로니</pizzaType> <pizzaAmount>2판</pizzaAmount> 주문해줘.
<pizzaType>BBQ 피자</pizzaType> <pizzaAmount>2판</pizzaAmount> 배달시켜줄래?
<pizzaType>콤비네이션 피자</pizzaType> <pizzaAmount>2개</pizzaAmount> 시켜줘.
<pizzaType>쉬림프 골크</pizzaType> <pizzaAmount>하나</pizzaAmount> 부탁해.
<pizzaType>야채 피자</pizzaType> 먹을래
<pizzaType>치즈 피자</pizzaType> 보내줘
피자 시켜줘
피자 주문해줘
[INTENT] ProvideMenu
무슨 피자 있어?
무슨 피자 주문할 수 있어
메뉴 알려줘
[INTENT] TrackDelivery
주문 조회해줘
주문한 것 조회해줘
피자 배달 얼마나 걸려
"""
DICE = """
[INTENT] ThrowDiceIntent
[INTENT SLOT]
diceCount	CLOVA.NUMBER
[INTENT EXPRESSION]
주사위 던져줘
주사위 <diceCount>두 개</diceCount> 굴려
<diceCount>하나</diceCount> 던져봐
<diceCount>다섯 개</diceCount>의 주사위 굴려
"""
ROUTE = """
[INTENT] Route
[INTENT SLOT]
from	CLOVA.KO_ADDRESS_SIDO
to	CLOVA.KO_ADDRESS_SIDO
[INTENT EXPRESSION]
<from>서울</from>에서 <to>부산</to> 가는데 걸리는 시간 알려줘
<to>부산</to>까지 가는 길 알려줘
"""
JAPANESE = """
[SLOT TYPE] MENU open
ラーメン	らーめん	拉麺
[INTENT] Order
[INTENT SLOT]
menu	MENU
count	CLOVA.NUMBER
[INTENT EXPRESSION]
<menu>ラーメン</menu>を<count>二つ</count>ください
<menu>ラーメン</menu>を注文して
[INTENT] Menu
メニューを教えて
何がありますか
"""


@pytest.fixture(scope="module")
def nlu() -> Nlu:
    made = Nlu()
    models = [("pizza", "ko", PIZZA), ("dice", "ko", DICE), ("route", "ko", ROUTE), ("ramen", "ja", JAPANESE)]
    made.build([read_model(*each) for each in models])
    return made


@pytest.mark.spec("K-030", "K-034", "K-050", "K-058", "K-071", "K-072", "K-074")
@pytest.mark.parametrize(
    ("model", "text", "intent", "slots"),
    [
        ("pizza", "페퍼로니 피자 2판 주문해줘", "OrderPizza", {"pizzaType": "페퍼로니", "pizzaAmount": "2"}),
        ("pizza", "바베큐 피자 1판 시켜줘", "OrderPizza", {"pizzaType": "바베큐", "pizzaAmount": "1"}),
        ("pizza", "콤비네이션 피자 주문할래.", "OrderPizza", {"pizzaType": "콤비네이션 피자"}),
        ("pizza", "BBQ 피자 하나만 배달시켜줄래?", "OrderPizza", {"pizzaType": "바베큐", "pizzaAmount": "1"}),
        ("pizza", "bbq피자 두판 배달시켜 주세요", "OrderPizza", {"pizzaType": "바베큐", "pizzaAmount": "2"}),
        ("pizza", "고르곤졸라 2판 주문해줘", "OrderPizza", {"pizzaType": "고르곤졸라", "pizzaAmount": "2"}),
        ("pizza", "피자 주문해 달라고 해", "OrderPizza", {}),
        ("pizza", "무슨 피자 있어", "ProvideMenu", {}),
        ("pizza", "무슨 피자 주문할 수 있어", "ProvideMenu", {}),
        ("pizza", "주문한 것 조회해줘.", "TrackDelivery", {}),
        ("pizza", "피자 배달 얼마나 걸려", "TrackDelivery", {}),
        ("pizza", "오늘 날씨 어때", None, {}),
        ("dice", "주사위 던져줄래", "ThrowDiceIntent", {}),
        ("dice", "주사위 두 개 던져볼래", "ThrowDiceIntent", {"diceCount": "2"}),
        ("dice", "주사위 열 개 굴려", "ThrowDiceIntent", {"diceCount": "10"}),
        ("dice", "네 개 주사위 던져", "ThrowDiceIntent", {"diceCount": "4"}),
        ("dice", "주사위 굴려달라고 해", "ThrowDiceIntent", {}),
        ("route", "서울에서 부산 가는데 걸리는 시간 알려줘", "Route", {"from": "서울", "to": "부산"}),
        ("route", "대전까지 가는 길 알려줘", "Route", {"to": "대전"}),
        ("ramen", "らーめんを三つください", "Order", {"menu": "ラーメン", "count": "3"}),
        ("ramen", "ﾗｰﾒﾝを２つください", "Order", {"menu": "ラーメン", "count": "2"}),
        ("ramen", "うどんを注文してください", "Order", {"menu": "うどん"}),
        ("ramen", "メニューを教えてください", "Menu", {}),
        ("ramen", "天気はどう", None, {}),
    ],
)
def test_the_guides_utterances(nlu: Nlu, model: str, text: str, intent: str | None, slots: dict[str, str]) -> None:
    reading = nlu.parse(text, lang="ja" if model == "ramen" else "ko", session=model)
    assert (reading.intent, dict(reading.slots)) == (intent, slots), reading


def test_without_a_session_the_best_model_takes_it(nlu: Nlu) -> None:
    assert nlu.parse("주사위 두 개 굴려", lang="ko").model == "dice"
    assert nlu.parse("주사위 두 개 굴려", lang="ko", session="pizza").intent is None
    assert nlu.parse("hello", lang="en").why == "there is no model for it"


def test_a_reading_explains_itself(nlu: Nlu) -> None:
    reading = nlu.parse("페퍼로니 피자를 두 판 주문해 줘", lang="ko", session="pizza")
    assert reading.score == 1000
    assert reading.example.startswith("<pizzaType>페퍼로니</pizzaType>")
    assert [(span.slot, span.surface, span.value, span.source) for span in reading.spans] == [
        ("pizzaType", "페퍼로니 피자", "페퍼로니", "dict"),
        ("pizzaAmount", "두 판", "2", "builtin"),
    ]
    assert [each.score for each in reading.runners_up] == sorted((r.score for r in reading.runners_up), reverse=True)
    refused = nlu.parse("주문 내역 보여 줄래", lang="ko", session="pizza")
    assert refused.why.endswith("of 500")
    assert all(each.score < 500 for each in refused.runners_up)


def test_a_slot_carries_the_words_and_the_explanation_the_moment() -> None:
    nlu = Nlu()
    wake = Example.parse("<when>7시</when>에 깨워줘")
    nlu.build(
        [read_model("m", "ko", f"[INTENT] Wake\n[INTENT SLOT]\nwhen\tCLOVA.DATETIME\n[INTENT EXPRESSION]\n{wake}")]
    )
    now = datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("Asia/Seoul"))
    reading = nlu.parse("내일 8시에 깨워줘", lang="ko", now=now)
    assert reading.slots == {"when": "내일 8시"}
    assert reading.spans[0].moment == "2026-01-02T08:00:00+09:00"


def test_building_again_replaces() -> None:
    nlu = Nlu()
    nlu.build([read_model("m", "ko", "[INTENT] A\n가나다")])
    nlu.build([read_model("m", "ko", "[INTENT] B\n가나다")])
    assert nlu.parse("가나다", lang="ko").intent == "B"


def test_the_report_names_twins_and_what_is_not_recovered() -> None:
    report = Nlu().build([read_model("m", "ko", "[INTENT] A\n불 켜줘\n[INTENT] B\n불 켜 줘!\n문 열어줘")])
    assert report.twins == (("A", "불 켜줘", "B", "불 켜 줘!"),)
    assert report.unrecovered == (("B", "불 켜 줘!", "A"),)
    assert (report.intents, report.examples) == (2, 3)


@pytest.mark.spec("K-042", "K-044")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[INTENT] A\n<x>가</x> 나", "<x> is not a slot of A"),
        ("[INTENT] A\n[INTENT SLOT]\nx\tT\n[INTENT EXPRESSION]\n<x>가 나", "<x> is never closed"),
        ("[INTENT] A\n[INTENT SLOT]\nx\tT\n[INTENT EXPRESSION]\n가</x> 나", "</x> closes nothing"),
        ("[INTENT] A\n[INTENT SLOT]\nx\tT\n[INTENT EXPRESSION]\n<x>가</x> <x>나</x>", "a slot is tagged twice"),
        ("[INTENT] A\n가\n[INTENT] A\n나", "needs a name of its own"),
        ("[SLOT TYPE] T\n가\n가", "is there twice"),
        ("[INTENT] A\n[INTENT SLOT]\nx T", "a slot is a name and a type"),
        ("가나", "stands under no heading"),
        ("[INTENT EXPRESSION]\n가", "belongs to an [INTENT]"),
    ],
)
def test_mistakes_are_named_with_their_line(written: str, said: str) -> None:
    with pytest.raises(UnreadableInput, match=r"m\.txt:\d+: ") as caught:
        read_model("m", "ko", written, "m.txt")
    assert said in str(caught.value)


def test_an_example_is_written_as_it_is_read() -> None:
    written = "<a>서울</a>에서 <b>부산</b>까지"
    example = Example.parse(written)
    assert (str(example), example.text) == (written, "서울에서 부산까지")


def test_a_model_without_examples_understands_nothing() -> None:
    nlu = Nlu()
    nlu.build([Model("m", "ko", ())])
    assert nlu.parse("안녕", lang="ko").why == "nothing is like it"
    assert nlu.parse("클로바!", lang="ko").why == "there are no words in it"
