"""The utterances of the guide, one by one (``cek:`` §16): whom they are for, and what they mean."""

import pytest

from mockcloud.nlu.building import ModelFiles
from mockcloud.nlu.invocation import Call, Callee, on_test_page, read
from tests.nlu.variations import files_of

PIZZA, DICE, TRIP, DRONE = "my.pizza", "my.clova.extension.sampledice", "my.trip", "my.drone"
LAUNCH, INTENT, ENDED = "LaunchRequest", "IntentRequest", "SessionEndedRequest"


def one_intent(name: str, *examples: str, slots: str = "") -> ModelFiles:
    head = f"[INTENT SLOT]\n{slots}\n\n" if slots else ""
    return ModelFiles(((name, head + "[INTENT EXPRESSION]\n" + "\n".join(examples) + "\n"),))


WEATHER = one_intent(
    "AskWeather",
    "<day>오늘</day> 날씨 알려줘",
    "<place>부산</place> 날씨 어때",
    "날씨 알려줘",
    slots="day\tCLOVA.DATETIME\nplace\tCLOVA.KO_ADDRESS_SIDO",
)
GAME = one_intent(
    "Throw", "주사위 <count>세 개</count> 던져줘", "<count>네 개</count> 굴려줘", slots="count\tCLOVA.NUMBER"
)
CALLEES = [
    Callee(PIZZA, ("피자봇",), "ko", files_of("ko", PIZZA)),
    Callee(DICE, ("샘플 주사위",), "ko", files_of("ko", DICE)),
    Callee("my.game", ("주사위 놀이",), "ko", GAME),
    Callee(TRIP, ("여행 길잡이",), "ko", files_of("ko", TRIP)),
    Callee(DRONE, ("드론 조종사",), "ko", files_of("ko", DRONE)),
    Callee("my.english", ("영어 대화",), "ko", ModelFiles()),
    Callee("my.coin", ("코인 헬퍼",), "ko", ModelFiles()),
    Callee("my.sounds", ("빗 소리", "파도 소리"), "ko", ModelFiles()),
    Callee("my.ball", ("마법 구슬",), "ko", one_intent("AskBall", "내일 시험 잘될건지", "오늘 일이 잘될지")),
    Callee("my.podcast", ("팟빵",), "ko", one_intent("PlayPodcast", "영수증 틀어줘", "김생민의 영수증 들려줘")),
    Callee("my.washer", ("엘지",), "ko", one_intent("RemainingTime", "세탁기 남은 시간 확인해줘", "얼마나 남았어")),
    Callee("my.weather", ("날씨 알리미",), "ko", WEATHER),
    Callee("my.classic", ("클래식 박스",), "ko", one_intent("PlayPiece", "비발디의 사계 틀어줘", "모차르트 들려줘")),
]
BY_ID = {callee.id: callee for callee in CALLEES}

Meaning = tuple[str, str | None, str, dict[str, str]]


def call(extension: str, intent: str, **slots: str) -> Meaning:
    return (extension, INTENT, intent, slots)


def without_session(*rows: tuple[str, str, Meaning]) -> list[tuple[str, str, str, Meaning]]:
    return [(u, text, "", meaning) for u, text, meaning in rows]


NAMED = without_session(
    ("U-01", "피자봇 시작해줘", (PIZZA, LAUNCH, "", {})),
    ("U-02", "피자봇 열어줘", (PIZZA, LAUNCH, "", {})),
    ("U-03", "피자봇 동작해줘", (PIZZA, LAUNCH, "", {})),
    ("U-04", "영어 대화 시작하자", ("my.english", LAUNCH, "", {})),
    ("U-05", "주사위 놀이 시작해줘", ("my.game", LAUNCH, "", {})),
    ("U-06", "코인 헬퍼 시작해줘", ("my.coin", LAUNCH, "", {})),
    ("U-06", "빗 소리 시작해줘", ("my.sounds", LAUNCH, "", {})),
    ("U-06", "파도소리 시작해줘", ("my.sounds", LAUNCH, "", {})),
    ("U-07", "피자봇에서 피자 시켜줘", call(PIZZA, "OrderPizza")),
    ("U-08", "피자봇에서 주문한 것 조회해줘.", call(PIZZA, "TrackDelivery")),
    (
        "U-09",
        "피자봇에서 페퍼로니 피자 2판 주문해줘",
        call(PIZZA, "OrderPizza", pizzaType="페퍼로니", pizzaAmount="2"),
    ),
    ("U-29", "클로바, 샘플 주사위에 주사위 굴려달라고 해.", call(DICE, "ThrowDiceIntent")),
    ("U-30", "클로바, 샘플 주사위에서 주사위 2개 던져줘.", call(DICE, "ThrowDiceIntent", diceCount="2")),
    ("U-31", "클로바, 샘플 주사위에 주사위 던지라고 해", call(DICE, "ThrowDiceIntent")),
    ("U-43", "주사위 놀이에서 주사위 2개 던져줘", call("my.game", "Throw", count="2")),
    ("U-44", "주사위 놀이에게 5개 굴려달라고 해", call("my.game", "Throw", count="5")),
    ("U-45", "마법 구슬에게 내일 미팅 잘될건지", call("my.ball", "AskBall")),
    ("U-46", "엘지에게 세탁기 남은 시간 확인해달라고", call("my.washer", "RemainingTime")),
    ("U-47", "팟빵에서 김생민의 영수증 틀어줘", call("my.podcast", "PlayPodcast")),
    ("U-68", "피자 주문해줘.", ("", None, "", {})),
    ("U-69", "날씨 알리미에게 오늘 날씨 물어봐 줘", call("my.weather", "AskWeather", day="오늘")),
    ("U-69", "날씨 알리미에게 내일 날씨 물어봐 줘", call("my.weather", "AskWeather", day="내일")),
    ("U-69", "날씨 알리미에게 서울 날씨 물어봐 줘", call("my.weather", "AskWeather", place="서울")),
    ("U-70", "클래식 박스 시작해줘", ("my.classic", LAUNCH, "", {})),
)
IN_SESSION = [
    ("U-10", "주문 조회해줘", PIZZA, call(PIZZA, "TrackDelivery")),
    ("U-11", "피자 주문해 달라고 해", PIZZA, call(PIZZA, "OrderPizza")),
    ("U-12", "종료해줘", PIZZA, (PIZZA, ENDED, "", {})),
    ("U-13", "종료", PIZZA, (PIZZA, ENDED, "", {})),
    ("U-14", "그만", PIZZA, (PIZZA, ENDED, "", {})),
    ("U-15", "피자봇 종료해줘", PIZZA, (PIZZA, ENDED, "", {})),
    ("U-16", "피자봇 종료해.", PIZZA, (PIZZA, ENDED, "", {})),
    ("U-17", "그만 종료해줘.", PIZZA, (PIZZA, ENDED, "", {})),
    (
        "U-18",
        "페퍼로니 피자 2판 주문해줘",
        PIZZA,
        call(PIZZA, "OrderPizza", pizzaType="페퍼로니", pizzaAmount="2"),
    ),
    ("U-19", "취소해줘", PIZZA, call(PIZZA, "Clova.CancelIntent")),
    ("U-21", "두 판 주문해줘.", PIZZA, call(PIZZA, "AddInfo", pizzaAmount="2")),
    ("U-24", "무슨 피자 있어?", PIZZA, call(PIZZA, "ProvideMenu")),
    ("U-25", "무슨 피자 주문할 수 있어", PIZZA, call(PIZZA, "ProvideMenu")),
    ("U-26", "콤비네이션 피자 주문할래.", PIZZA, call(PIZZA, "OrderPizza", pizzaType="콤비네이션 피자")),
    ("U-27", "다른 메뉴 알려줘.", PIZZA, call(PIZZA, "ProvideMenu")),
    ("U-27", "XX피자로 해줘.", PIZZA, call(PIZZA, "OrderPizza", pizzaType="XX피자")),
    ("U-28", "그래.", PIZZA, call(PIZZA, "Clova.YesIntent")),
    ("U-70", "비발디의 사계 틀어줘", "my.classic", call("my.classic", "PlayPiece")),
    ("U-77", "이륙해줘", DRONE, call(DRONE, "TakeOff")),
    ("U-77", "올라가", DRONE, call(DRONE, "TakeOff")),
    ("U-77", "착륙", DRONE, call(DRONE, "Land")),
    ("U-77", "비상착륙", DRONE, call(DRONE, "Land")),
    ("U-77", "전진", DRONE, call(DRONE, "Forward")),
    ("U-77", "앞으로", DRONE, call(DRONE, "Forward")),
    ("U-78", "무슨 피자 주문할 수 있어", PIZZA, call(PIZZA, "ProvideMenu")),
    ("U-78", "피자 배달 얼마나 걸려", PIZZA, call(PIZZA, "TrackDelivery")),
]
IN_SESSION_BUILT_IN = [
    (u, text, PIZZA, call(PIZZA, intent))
    for u, intent, texts in [
        ("U-63", "Clova.GuideIntent", "너 뭐 할 줄 알아?"),
        ("U-64", "Clova.CancelIntent", "취소"),
        ("U-65", "Clova.YesIntent", "응/그래/알겠어/알겠습니다/오케이"),
        ("U-66", "Clova.NoIntent", "아니/아니요/싫어"),
    ]
    for text in texts.split("/")
]


def params(rows: list[tuple[str, str, str, Meaning]]) -> list[object]:
    return [pytest.param(*row[1:], id=f"{row[0]}-{row[1]}") for row in rows]


def said(found: Call) -> Meaning:
    return (found.extension, found.request, found.intent, dict(found.slots))


@pytest.mark.spec(
    "K-050", "K-051", "K-052", "K-053", "K-054", "K-055", "K-056", "K-060", "U-01", "U-02", "U-03", "U-04", "U-05",
    "U-06", "U-07", "U-08", "U-09", "U-10", "U-11", "U-12", "U-13", "U-14", "U-15", "U-16", "U-17", "U-18", "U-19",
    "U-21", "U-24", "U-25", "U-26", "U-27", "U-28", "U-29", "U-30", "U-31", "U-43", "U-44", "U-45", "U-46", "U-47",
    "U-63", "U-64", "U-65", "U-66", "U-68", "U-69", "U-70", "U-77", "U-78",
)  # fmt: skip
@pytest.mark.parametrize(("text", "session", "meaning"), params(NAMED + IN_SESSION + IN_SESSION_BUILT_IN))
def test_what_is_said_to_a_device(text: str, session: str, meaning: Meaning) -> None:
    found = read(text, CALLEES, session=session)
    assert said(found) == meaning, found
    assert found.why


PLAYING = [
    ("U-71", "잠깐 멈춰줘/멈춰줘/잠깐 멈춰", "Clova.PauseIntent"),
    ("U-72", "다시 재생해줘/다시 들려줘/다시 재생해", "Clova.ResumeIntent"),
    ("U-73", "중지 해줘", "Clova.StopIntent"),
    ("U-74", "다음/다음곡 들려줘", "Clova.NextIntent"),
    ("U-75", "이전/이전 곡 들려줘", "Clova.PreviousIntent"),
    ("U-76", "다른 거 틀어줘/다른 거 들려줘", "Clova.RequestAlternativesIntent"),
]


@pytest.mark.spec(
    "K-032", "U-71", "U-72", "U-73", "U-74", "U-75", "U-76",
)  # fmt: skip
@pytest.mark.parametrize(
    ("text", "intent"),
    [pytest.param(text, intent, id=f"{u}-{text}") for u, texts, intent in PLAYING for text in texts.split("/")],
)
def test_what_is_said_while_audio_plays(text: str, intent: str) -> None:
    assert said(read(text, CALLEES, playing="my.classic")) == call("my.classic", intent)
    assert said(read(text, CALLEES, session="my.classic")) == call("my.classic", intent)
    assert read(text, CALLEES).request is None


ORDER = [
    ("U-20", "페퍼로니 피자 주문해줘", {"pizzaType": "페퍼로니"}),
    ("U-22", "바베큐 피자 1판 주문해줘", {"pizzaType": "바베큐", "pizzaAmount": "1"}),
    ("U-23", "바베큐 피자 1판 시켜줘", {"pizzaType": "바베큐", "pizzaAmount": "1"}),
    ("U-48", "페퍼로니 피자 1판 시켜줘.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-48", "페퍼로니 피자 1판 주문해줘.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-48", "페퍼로니 피자 1판 보내줘.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-48", "페퍼로니 피자 1판 부탁해.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-50", "페퍼로니 피자 2판 시켜줘.", {"pizzaType": "페퍼로니", "pizzaAmount": "2"}),
    ("U-51", "BBQ 피자 하나만 배달시켜줄래?", {"pizzaType": "바베큐", "pizzaAmount": "1"}),
    ("U-52", "콤비네이션 세 개 보내주면 좋겠어.", {"pizzaType": "콤비네이션", "pizzaAmount": "3"}),
    ("U-53", "쉬림프 골크 피자 빨리 부탁해, 배고파.", {"pizzaType": "쉬림프 골드 크러스트"}),
    ("U-54", "바베큐 5개만 얼른 시켜.", {"pizzaType": "바베큐", "pizzaAmount": "5"}),
    ("U-55", "페퍼로니 1판 먹을래.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-56", "야채 피자 부탁해.", {"pizzaType": "야채"}),
    ("U-57", "맛있는 치즈 피자 넷 주문해주라.", {"pizzaType": "치즈", "pizzaAmount": "4"}),
    ("U-58", "페퍼로니 피자 2개 시켜줘", {"pizzaType": "페퍼로니", "pizzaAmount": "2"}),
    ("U-58", "페퍼로니 피자를 1판만 시켜주세요.", {"pizzaType": "페퍼로니", "pizzaAmount": "1"}),
    ("U-59", "페퍼로니 2판 주문해줘.", {"pizzaType": "페퍼로니", "pizzaAmount": "2"}),
    ("U-60", "BBQ 피자 2판 배달시켜줄래?", {"pizzaType": "바베큐", "pizzaAmount": "2"}),
    ("U-61", "콤비네이션 피자 2개 시켜줘.", {"pizzaType": "콤비네이션 피자", "pizzaAmount": "2"}),
    ("U-62", "쉬림프 골크 하나 부탁해.", {"pizzaType": "쉬림프 골드 크러스트", "pizzaAmount": "1"}),
    ("U-78", "페퍼로니 피자 2판 주문해줘", {"pizzaType": "페퍼로니", "pizzaAmount": "2"}),
]
THROW = [
    ("U-32", "주사위 던져줘", {}),
    ("U-36", "주사위 한 개 던져줘", {"diceCount": "1"}),
    ("U-37", "주사위 두 개 굴려", {"diceCount": "2"}),
    ("U-38", "하나 던져봐", {"diceCount": "1"}),
    ("U-39", "다섯 개의 주사위 굴려", {"diceCount": "5"}),
    ("U-40", "주사위 두 개 던져볼래", {"diceCount": "2"}),
    ("U-41", "주사위 열 개 굴려", {"diceCount": "10"}),
    ("U-42", "네 개 주사위 던져", {"diceCount": "4"}),
]
TESTED = [
    *((u, PIZZA, text, "OrderPizza", slots) for u, text, slots in ORDER),
    *((u, DICE, text, "ThrowDiceIntent", slots) for u, text, slots in THROW),
    ("U-34", DICE, "사용법 알려줘", "Clova.GuideIntent", {}),
    ("U-35", DICE, "어떻게 사용해", "Clova.GuideIntent", {}),
    ("U-35", DICE, "도움말 알려줘", "Clova.GuideIntent", {}),
    ("U-67", TRIP, "서울에서 부산 가는데 걸리는 시간 알려줘", "FindRoute", {"from": "서울", "to": "부산"}),
]


@pytest.mark.spec(
    "K-031", "K-034", "K-036", "K-058", "K-070", "K-071", "K-072", "K-074", "K-153", "U-20", "U-22", "U-23", "U-32",
    "U-34", "U-35", "U-36", "U-37", "U-38", "U-39", "U-40", "U-41", "U-42", "U-48", "U-50", "U-51", "U-52", "U-53",
    "U-54", "U-55", "U-56", "U-57", "U-58", "U-59", "U-60", "U-61", "U-62", "U-67", "U-78",
)  # fmt: skip
@pytest.mark.parametrize(
    ("extension", "text", "intent", "slots"),
    [pytest.param(*row[1:], id=f"{row[0]}-{row[2]}") for row in TESTED],
)
def test_what_is_typed_on_the_test_page(extension: str, text: str, intent: str, slots: dict[str, str]) -> None:
    found = on_test_page(text, BY_ID[extension])
    assert said(found) == call(extension, intent, **slots), found


@pytest.mark.spec("K-058", "U-33", "U-40")
def test_one_example_is_enough_for_another_ending() -> None:
    alone = Callee(DICE, ("샘플 주사위",), "ko", one_intent("ThrowDiceIntent", "주사위 던져줘"))
    assert on_test_page("주사위 던져줄래", alone).intent == "ThrowDiceIntent"


@pytest.mark.spec("K-059", "U-49")
def test_a_known_value_draws_the_utterance_to_its_intent() -> None:
    slots = "[INTENT SLOT]\npizzaType\tPIZZA_TYPE\npizzaAmount\tCLOVA.NUMBER\n\n[INTENT EXPRESSION]\n"
    said_with = "<pizzaType>페퍼로니 피자</pizzaType> <pizzaAmount>1판</pizzaAmount>"
    examples = "".join(f"{said_with} {verb}.\n" for verb in ("시켜줘", "주문해줘", "보내줘", "부탁해"))
    files = ModelFiles((("OrderPizza", slots + examples),), files_of("ko", PIZZA).slot_types)
    found = on_test_page("페퍼로니 피자 1판 얼마야?", Callee(PIZZA, ("피자봇",), "ko", files))
    assert said(found) == call(PIZZA, "OrderPizza", pizzaType="페퍼로니", pizzaAmount="1")
    assert found.score < 600


def test_no_utterance_of_the_guide_is_left_out() -> None:
    rows = [*NAMED, *IN_SESSION, *IN_SESSION_BUILT_IN, *PLAYING, *TESTED]
    tested = {row[0] for row in rows} | {"U-33", "U-49"}
    assert tested == {f"U-{number:02}" for number in range(1, 79)}
