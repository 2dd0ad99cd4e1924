"""From words to a request, requirement by requirement: whose they are, which intent, which values (K-031..K-074)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.nlu.engine import UnknownEngine
from mockcloud.nlu.model import Model
from mockcloud.nlu.reading import BuildReport, Reading, Span
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import DICE, PIZZA, Skill, Talker, directive, spoken

SPEAK = "SpeechSynthesizer.Speak"
EXPECT = "SpeechRecognizer.ExpectSpeech"


def opened(**settings: Any) -> tuple[Conversation, Skill, Talker]:
    """A conversation in which the session with the pizza shop is open."""
    talk = Conversation(**settings)
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    shop.says("네?", ends=False, attributes={"kept": 1})
    user.types("피자봇 시작해줘")
    return talk, shop, user


# Whose words they are


@pytest.mark.spec("K-050")
def test_recognised_speech_is_understood_like_what_is_typed() -> None:
    talk = Conversation()
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    talk.ask(op.QueueUtterance(account="default", text="피자봇에서 치즈 피자 시켜줘"))
    shop.says("주문했어요")
    answer = user.speaker.event("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1", audio=[bytes(3200)])
    assert SPEAK in answer.names
    assert shop.requests[0]["request"]["intent"]["slots"]["pizzaType"]["value"] == "치즈"


@pytest.mark.spec("K-051")
@pytest.mark.parametrize("wake", ["클로바, ", "헤이 클로바 ", "샐리야 ", "제시카, ", "짱구야 ", "피노키오 "])
@pytest.mark.parametrize("end", ["", ".", "?", "!", "  "])
def test_wake_word_and_punctuation_do_not_count(wake: str, end: str) -> None:
    talk = Conversation()
    shop = Skill(talk, PIZZA)
    Talker(talk.speaker()).types(f"{wake}피자봇   시작해줘{end}")
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-032")
def test_player_intents_need_a_session_or_a_playing_device() -> None:
    talk = Conversation()
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    assert user.types("피자봇에서 다음 곡 들려줘").names == [SPEAK]
    assert shop.asked == []
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    user.types("다음 곡 들려줘")
    assert shop.asked == ["LaunchRequest", "Clova.NextIntent"]


@pytest.mark.spec("K-032")
def test_the_older_edition_has_no_player_intents() -> None:
    _, shop, user = opened(edition="4.4")
    assert user.types("다음 곡 들려줘").names == [SPEAK, EXPECT]
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-032")
def test_a_playing_device_needs_neither_name_nor_session() -> None:
    talk = Conversation()
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    talk.account.devices["speaker"].from_extensions["song"] = shop.id
    state = {"token": "song", "playerActivity": "PLAYING", "repeatMode": "NONE"}
    user.context = [{"header": {"namespace": "AudioPlayer", "name": "PlaybackState"}, "payload": state}]
    shop.says("멈췄어요")
    user.types("잠깐 멈춰줘")
    assert shop.asked == ["Clova.PauseIntent"]


@pytest.mark.spec("K-056")
@pytest.mark.parametrize("words", ["종료해줘", "종료", "그만", "피자봇 종료해줘", "피자봇 종료해.", "그만 종료해줘."])
def test_end_words_end_a_session_and_mean_nothing_outside(words: str) -> None:
    talk, shop, user = opened()
    assert user.types(words).names == ["Clova.FinishExtension"]
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    user.types(words)
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-056")
def test_end_words_win_over_an_example_and_cancel_does_not_end() -> None:
    talk = Conversation()
    model = {"intents": {"Stop": {"tsv": "[INTENT EXPRESSION]\n그만\n"}}}
    shop, user = Skill(talk, PIZZA, model=model), Talker(talk.speaker())
    for _ in range(2):
        shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    user.types("취소")
    user.types("그만")
    assert shop.asked == ["LaunchRequest", "Clova.CancelIntent", "SessionEndedRequest"]


@pytest.mark.spec("K-060")
def test_the_longest_name_wins_whatever_its_blanks() -> None:
    talk = Conversation()
    short = Skill(talk, PIZZA, id="com.example.short", invocation_names=["소리"], url="http://short.test/")
    long = Skill(talk, PIZZA, id="com.example.long", invocation_names=["빗 소리"], url="http://long.test/")
    user = Talker(talk.speaker())
    for words in ("빗소리 시작해줘", "빗 소리 시작해줘", "소리 시작해줘"):
        user.types(words)
    assert (len(long.asked), len(short.asked)) == (2, 1)


# What nothing fits


@pytest.mark.spec("K-059", "K-061")
def test_the_nearest_intent_is_a_custom_one_and_has_its_values() -> None:
    _, shop, user = opened(behaviour={"no_match": "nearest"})
    shop.says("네?", ends=False)
    user.types("치즈 피자라니 배고프다")
    assert shop.requests[-1]["request"]["intent"] == {
        "name": "OrderPizza",
        "slots": {"pizzaType": {"name": "pizzaType", "value": "치즈"}},
    }
    user.types("치즈 피자 싫어하는 사람")
    assert shop.asked == ["LaunchRequest", "OrderPizza", "OrderPizza"]


@pytest.mark.spec("K-061", "K-062")
@pytest.mark.parametrize(("policy", "intent"), [("guide", "Clova.GuideIntent"), ("fallback", "Clova.FallbackIntent")])
def test_a_miss_may_be_an_intent_of_its_own(policy: str, intent: str) -> None:
    talk, shop, user = opened(behaviour={"no_match": policy})
    for _ in range(3):
        shop.says("뭐라고요?", ends=False)
        assert EXPECT in user.types("하늘은 왜 파래").names
    assert shop.asked == ["LaunchRequest", intent, intent, intent]
    other = Talker(talk.speaker("kitchen"))
    other.types("피자봇에서 하늘은 왜 파래")
    assert shop.requests[-1]["request"]["intent"] == {"name": intent, "slots": {}}
    assert shop.requests[-1]["session"]["new"] is True


@pytest.mark.spec("K-061")
def test_by_default_a_miss_is_no_request_and_changes_nothing() -> None:
    talk, shop, user = opened()
    missed = user.types("하늘은 왜 파래")
    assert missed.names == [SPEAK, EXPECT]
    assert directive(missed, EXPECT)["payload"]["explicit"] is True
    session = talk.account.devices["speaker"].session
    assert session is not None
    assert session.attributes == {"kept": 1}
    assert shop.asked == ["LaunchRequest"]


# Values


@pytest.mark.spec("K-070", "K-073", "K-082")
@pytest.mark.parametrize(
    ("profile", "value"),
    [
        ("plain", {"value": "내일 오전 9시"}),
        ("wire", {"value": "2026-01-02T09:00:00+09:00", "valueType": "DATETIME"}),
    ],
)
def test_a_date_is_sent_as_said_or_as_production_sends_it(profile: str, value: dict[str, str]) -> None:
    talk = Conversation()
    examples = "[INTENT SLOT]\nwhen\tCLOVA.DATETIME\n\n[INTENT EXPRESSION]\n<when>오늘 3시</when>에 배달해줘\n"
    skill = {"model": {"intents": {"Deliver": {"tsv": examples}}}, "profile": profile}
    shop, user = Skill(talk, PIZZA, **skill), Talker(talk.speaker())
    user.types("피자봇에서 내일 오전 9시에 배달해줘")
    assert sent(shop)["when"] == {"name": "when", **value}


@pytest.mark.spec("K-070", "K-072", "K-082")
@pytest.mark.parametrize(("profile", "unit"), [("plain", {}), ("wire", {"unit": "個"})])
def test_a_number_is_text_and_only_the_wire_tells_what_was_counted(profile: str, unit: dict[str, str]) -> None:
    talk = Conversation()
    dice, user = Skill(talk, DICE, profile=profile), Talker(talk.speaker())
    user.types("サイコロ遊びで三個投げて", lang="ja")
    assert sent(dice)["diceCount"] == {"name": "diceCount", "value": "3", **unit}


@pytest.mark.spec("K-082")
def test_without_slots_the_wire_says_null() -> None:
    talk = Conversation()
    dice, user = Skill(talk, DICE, profile="wire"), Talker(talk.speaker())
    user.types("サイコロ遊びでサイコロを振って", lang="ja")
    assert sent(dice) is None


def sent(skill: Skill) -> Any:
    """The slots of the last request; not held against the tables, which the profile ``wire`` breaks."""
    import json

    return json.loads(skill.jobs[-1].body)["request"]["intent"]["slots"]


@pytest.mark.spec("K-033", "K-073")
@pytest.mark.parametrize(
    ("lang", "type_", "words", "others"),
    [
        ("ko", "AREA", "113평", "25마일"),
        ("ko", "LENGTH", "25마일", "100메가"),
        ("ko", "WEIGHT", "3킬로그램", "3리터"),
        ("ko", "VOLUME", "2리터", "2평"),
        ("ko", "INFORMATION", "100메가", "3톤"),
        ("ko", "RATIO", "30퍼센트", "30도"),
        ("ko", "SPEED", "시속 60킬로", "60킬로"),
        ("ko", "TEMPERATURE", "25도", "25평"),
        ("ja", "AREA", "113坪", "25マイル"),
        ("ja", "LENGTH", "2.2キロメートル", "100メガ"),
        ("ja", "WEIGHT", "3キログラム", "3リットル"),
        ("ja", "VOLUME", "2リットル", "2坪"),
        ("ja", "INFORMATION", "100メガバイト", "3トン"),
        ("ja", "RATIO", "30パーセント", "30度"),
        ("ja", "SPEED", "時速60キロ", "60キロ"),
        ("ja", "TEMPERATURE", "25度", "25坪"),
    ],
)
def test_what_is_measured_has_units_of_its_own(lang: str, type_: str, words: str, others: str) -> None:
    assert found(lang, f"CLOVA.{type_}", words) == [words]
    assert found(lang, f"CLOVA.{type_}", others) == []
    assert found(lang, "CLOVA.UNIT", words) == [words]


@pytest.mark.spec("K-033")
@pytest.mark.parametrize(
    ("lang", "type_", "words"),
    [
        ("ja", "UNIT_AREA", "平方メートル"), ("ja", "UNIT_LENGTH", "センチ"), ("ja", "UNIT_WEIGHT", "グラム"),
        ("ja", "UNIT_VOLUME", "リットル"), ("ja", "UNIT_INFORMATION", "ギガバイト"), ("ja", "UNIT_RATIO", "パーセント"),
        ("ja", "UNIT_SPEED", "ノット"), ("ja", "UNIT_TEMPERATURE", "度"), ("ja", "UNIT_GENERAL", "個"),
        ("ja", "UNIT_CURRENCY", "円"), ("ko", "UNIT_LENGTH", "마일"),
    ],
)  # fmt: skip
def test_a_unit_alone_is_a_value_too(lang: str, type_: str, words: str) -> None:
    assert words in found(lang, f"CLOVA.{type_}", words)


def found(lang: str, type_: str, words: str) -> list[str]:
    from mockcloud.nlu.slots import builtin_spots
    from mockcloud.nlu.text import Text

    return sorted({spot.value for spot in builtin_spots([type_], Text.of(words), lang)})


# Somebody else's engine


class Echo:
    """Understands everything as `OrderPizza` of what was said."""

    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        self.model = models[0]
        return BuildReport(0, 0)

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Reading:
        assert {intent.name for intent in self.model.intents} >= {"OrderPizza", "Clova.YesIntent"}
        if "터져" in text:
            raise RuntimeError("out of order")
        span = Span("pizzaType", text, text.upper(), "open", type="PIZZA_TYPE")
        return Reading(text, lang, intent="OrderPizza", slots={"pizzaType": span.value}, spans=(span,))


class Unbuildable:
    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        raise ValueError("no weights")

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Any:
        return None


@pytest.mark.spec("K-050")
def test_another_engine_understands_instead_of_ours() -> None:
    talk = Conversation(nlu_engine=f"{__name__}:Echo")
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    user.types("피자봇에서 abc")
    assert shop.requests[0]["request"]["intent"]["slots"]["pizzaType"]["value"] == "ABC"
    page = talk.ask(op.AskExtension(PIZZA["id"], utterance="xyz"))
    assert page.body["slots"] == {"pizzaType": "XYZ"}


def test_an_engine_that_fails_costs_nothing_but_the_utterance() -> None:
    talk = Conversation(nlu_engine=f"{__name__}:Echo")
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    assert user.types("터져라").names == [SPEAK, EXPECT]
    user.types("이제 됐다")
    assert shop.asked == ["LaunchRequest", "OrderPizza"]
    page = talk.ask(op.AskExtension(PIZZA["id"], utterance="터져라"))
    assert "Echo has failed (RuntimeError: out of order)" in page.body["why"]


def test_an_engine_that_cannot_build_is_told_when_registering() -> None:
    talk = Conversation(nlu_engine=f"{__name__}:Unbuildable")
    written = {name: value for name, value in PIZZA.items() if name != "id"}
    outcome = talk.ask(op.PutExtension(PIZZA["id"], written))
    assert outcome.status == 422
    assert "Unbuildable cannot build the model (ValueError: no weights)" in outcome.body["detail"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Echo", "package.module:Name"),
        ("no_such_package:Engine", "cannot be loaded"),
        (f"{__name__}:Nobody", "cannot be loaded"),
        (f"{__name__}:SPEAK", "package.module:Name"),
    ],
)
def test_an_engine_that_is_not_there_is_told_at_the_start(name: str, said: str) -> None:
    with pytest.raises(UnknownEngine, match=said):
        Conversation(nlu_engine=name)


@pytest.mark.spec("K-062")
def test_a_miss_by_name_is_said_in_the_language_of_the_extension() -> None:
    talk = Conversation()
    Skill(talk, DICE)
    said = spoken(Talker(talk.speaker()).types("サイコロ遊びで空はなぜ青い", lang="ja"))
    assert said == ["すみません、よくわかりませんでした。もう一度お願いします。"]
