"""Whole conversations with extensions: what they are asked, what the device is told, how sessions begin and end."""

import copy
from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation, catalogue
from tests.cloud.extensions.skills import DICE, PIZZA, Skill, Talker, answer, directive, speech, spoken

EXPECT = "SpeechRecognizer.ExpectSpeech"
FINISH = "Clova.FinishExtension"
SPEAK = "SpeechSynthesizer.Speak"


# Whole conversations


@pytest.mark.spec(
    "K-050", "K-052", "K-055", "K-080", "K-081", "K-086", "K-087", "K-088", "K-104", "K-110", "K-111", "K-112", "K-114"
)
def test_a_pizza_is_ordered_over_several_turns(shop: Skill, user: Talker) -> None:
    shop.says("어서 오세요. 어떤 피자를 드릴까요?", ends=False, attributes={"step": "type"})
    shop.says("치즈 피자 몇 판 드릴까요?", ends=False, attributes={"step": "amount", "type": "치즈"})
    shop.says("치즈 피자 두 판 주문했어요.")

    welcome = user.types("클로바, 피자봇 시작해줘")
    assert welcome.names == ["Clova.StartExtension", "Clova.RenderText", SPEAK, EXPECT]
    assert welcome.directives[0]["payload"] == {"extension": "클로바 피자 봇"}
    assert spoken(welcome) == ["어서 오세요. 어떤 피자를 드릴까요?"]
    assert {one["header"]["dialogRequestId"] for one in welcome.directives} == {"d1"}
    assert directive(welcome, EXPECT)["payload"]["explicit"] is True

    amount = user.types("치즈 피자 시켜줘", to=welcome)
    assert amount.names == ["Clova.RenderText", SPEAK, EXPECT]

    done = user.types("두 판 주문해줘", to=amount)
    assert done.names == ["Clova.RenderText", SPEAK, FINISH]
    assert spoken(done) == ["치즈 피자 두 판 주문했어요."]

    launch, kind, order = shop.requests
    assert launch["request"] == {"type": "LaunchRequest"}
    assert [one["session"]["new"] for one in shop.requests] == [True, False, False]
    assert len({one["session"]["sessionId"] for one in shop.requests}) == 1
    assert [one["session"]["sessionAttributes"] for one in shop.requests] == [
        {},
        {"step": "type"},
        {"step": "amount", "type": "치즈"},
    ]
    assert kind["request"]["intent"] == {
        "name": "OrderPizza",
        "slots": {"pizzaType": {"name": "pizzaType", "value": "치즈"}},
    }
    assert order["request"]["intent"]["slots"] == {"pizzaAmount": {"name": "pizzaAmount", "value": "2"}}


@pytest.mark.spec("K-052", "K-053", "K-055", "K-056", "K-086", "K-087", "K-115")
def test_dice_are_thrown_in_japanese(talk: Conversation, user: Talker) -> None:
    dice = Skill(talk, DICE)
    dice.says("いくつ振りますか?", ends=False, lang="ja")
    dice.says("三と五です。もう一度?", ends=False, lang="ja", attributes={"thrown": 2})

    welcome = user.types("サイコロ遊びを起動して", lang="ja")
    assert welcome.names[0] == "Clova.StartExtension"
    assert directive(welcome, SPEAK)["payload"]["ttsLang"] == "ja"
    thrown = user.types("サイコロを二つ振って", to=welcome, lang="ja")
    assert spoken(thrown) == ["三と五です。もう一度?"]
    bye = user.types("終了して", to=thrown, lang="ja")
    assert bye.names == [FINISH]

    assert dice.asked == ["LaunchRequest", "ThrowDiceIntent", "SessionEndedRequest"]
    assert dice.requests[1]["request"]["intent"]["slots"]["diceCount"]["value"] == "2"
    assert dice.requests[2]["session"]["sessionAttributes"] == {"thrown": 2}
    assert dice.requests[2]["session"]["new"] is False


@pytest.mark.spec("K-053", "K-086", "K-114")
def test_a_request_by_name_is_a_session_of_its_own(shop: Skill, user: Talker) -> None:
    first = user.types("피자봇에서 페퍼로니 피자 2판 주문해줘")
    assert first.names == []
    user.types("피자봇한테 배달 언제 와")
    assert shop.asked == ["OrderPizza", "TrackDelivery"]
    assert [one["session"]["new"] for one in shop.requests] == [True, True]
    assert len({one["session"]["sessionId"] for one in shop.requests}) == 2


@pytest.mark.spec("K-053", "K-086", "K-112", "K-114")
def test_a_request_by_name_goes_on_if_the_answer_wants_that(shop: Skill, user: Talker) -> None:
    shop.says("몇 판 드릴까요?", ends=False)
    asked = user.types("피자봇에서 치즈 피자 시켜줘")
    assert asked.names == ["Clova.RenderText", SPEAK, EXPECT]
    shop.says("주문했어요.")
    assert user.types("두 판 주문해줘", to=asked).names == ["Clova.RenderText", SPEAK]
    assert shop.requests[1]["session"]["new"] is False


@pytest.mark.spec("K-091")
@pytest.mark.parametrize("speech_id", [{}, {"speechId": "nobody-asked-this", "explicit": True}])
def test_whatever_is_said_in_a_session_belongs_to_it(shop: Skill, user: Talker, speech_id: dict[str, Any]) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    user.types("배달 언제 와", **speech_id)
    assert shop.asked == ["LaunchRequest", "TrackDelivery"]
    assert shop.requests[1]["session"]["new"] is False


@pytest.mark.spec("K-088")
def test_attributes_are_replaced_as_a_whole(shop: Skill, user: Talker) -> None:
    shop.says("하나", ends=False, attributes={"a": 1, "b": [2]})
    shop.says("둘", ends=False, attributes={"c": None})
    shop.says("셋", ends=False)
    user.types("피자봇 시작해줘")
    for _ in range(3):
        user.types("배달 언제 와")
    assert [one["session"]["sessionAttributes"] for one in shop.requests] == [{}, {"a": 1, "b": [2]}, {"c": None}, {}]


@pytest.mark.spec("K-091")
def test_each_device_has_a_session_of_its_own(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("거실", ends=False, attributes={"room": 1})
    user.types("피자봇 시작해줘")
    other = Talker(talk.speaker("kitchen"))
    assert other.types("두 판 주문해줘").status == 204
    shop.says("부엌", ends=False)
    other.types("피자봇 시작해줘")
    assert shop.requests[1]["session"]["sessionAttributes"] == {}
    assert shop.requests[0]["session"]["sessionId"] != shop.requests[1]["session"]["sessionId"]
    assert shop.requests[1]["context"]["System"]["device"]["deviceId"] == "kitchen"


@pytest.mark.spec("K-085", "K-147")
def test_the_user_has_one_opaque_id(shop: Skill, user: Talker, talk: Conversation) -> None:
    user.types("피자봇 시작해줘")
    user.types("피자봇한테 배달 언제 와")
    ids = {one["session"]["user"]["userId"] for one in shop.requests}
    ids |= {one["context"]["System"]["user"]["userId"] for one in shop.requests}
    assert len(ids) == 1
    assert len(ids.pop()) == 22
    assert "accessToken" not in shop.requests[0]["session"]["user"]


@pytest.mark.spec("K-065")
def test_a_delegated_request_is_the_session_of_the_device_that_carries_it_out(talk: Conversation, shop: Skill) -> None:
    speaker = talk.speaker()
    talk.ask(op.Delegate("default", "speaker", "피자봇에서 배달 언제 와"))
    (asked,) = speaker.pushed()
    shop.says("곧 도착해요.")
    told = speaker.event("Clova.ProcessDelegatedEvent", {"delegationId": asked["payload"]["delegationId"]})
    assert spoken(told) == ["곧 도착해요."]
    assert shop.requests[0]["context"]["System"]["device"]["deviceId"] == "speaker"


# Who the words are for


@pytest.mark.spec("K-060")
@pytest.mark.parametrize("words", ["오늘 날씨 어때", "두 판 주문해줘", "종료해줘", "피자봇 좋아해"])
def test_words_without_call_are_not_for_extensions(shop: Skill, user: Talker, words: str) -> None:
    user.types(words)
    assert shop.asked == []


@pytest.mark.spec("K-060")
def test_a_disabled_extension_is_not_called(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, enabled=False)
    user.types("피자봇 시작해줘")
    assert shop.asked == []


@pytest.mark.spec("K-060")
def test_a_rule_of_a_scenario_comes_before_an_extension(talk: Conversation, shop: Skill, user: Talker) -> None:
    talk.scenario("- {name: mine, when: {says: {contains: 피자봇}}, then: [{speak: 내 차례}]}")
    assert spoken(user.types("피자봇 시작해줘")) == ["내 차례"]
    assert shop.asked == []


@pytest.mark.spec("K-063", "K-087", "K-114")
def test_calling_another_extension_ends_the_session(talk: Conversation, shop: Skill, user: Talker) -> None:
    dice = Skill(talk, DICE)
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    dice.says("こんにちは", ends=False, lang="ja")
    switched = user.types("サイコロ遊びを起動して")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    assert dice.asked == ["LaunchRequest"]
    assert switched.names == [FINISH, "Clova.StartExtension", "Clova.RenderText", SPEAK, EXPECT]
    assert switched.directives[0]["payload"] == {"extension": "클로바 피자 봇"}


@pytest.mark.spec("K-055")
def test_the_own_name_in_a_session_starts_no_other(shop: Skill, user: Talker) -> None:
    shop.says("네", ends=False)
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    user.types("피자봇에서 배달 언제 와")
    user.types("피자봇 시작해줘")
    assert shop.asked == ["LaunchRequest", "TrackDelivery", "LaunchRequest"]
    assert len({one["session"]["sessionId"] for one in shop.requests}) == 1


@pytest.mark.spec("K-064")
def test_a_guest_has_to_log_in(talk: Conversation, shop: Skill) -> None:
    guest = Talker(talk.speaker("guest", guest=True))
    assert guest.types("피자봇 시작해줘").names == ["Clova.ExpectLogin"]
    assert shop.asked == []
    assert talk.account.devices["guest"].session is None


# What nothing in the model fits


@pytest.mark.spec("K-061")
def test_a_miss_is_answered_by_the_cloud_and_asked_again(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네", ends=False, attributes={"kept": 1})
    user.types("피자봇 시작해줘")
    missed = user.types("오늘 날씨 어때")
    assert missed.names == [SPEAK, EXPECT]
    assert "이해하지 못했어요" in spoken(missed)[0]
    assert shop.asked == ["LaunchRequest"]
    user.types("배달 언제 와", to=missed)
    assert shop.requests[1]["session"]["sessionAttributes"] == {"kept": 1}


@pytest.mark.spec("K-061", "K-087")
def test_the_second_miss_in_a_row_ends_the_session(shop: Skill, user: Talker) -> None:
    shop.says("네", ends=False)
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    user.types("오늘 날씨 어때")
    user.types("배달 언제 와")
    assert user.types("오늘 날씨 어때").names == [SPEAK, EXPECT]
    assert user.types("내일 날씨 어때").names == [SPEAK, FINISH]
    assert shop.asked == ["LaunchRequest", "TrackDelivery", "SessionEndedRequest"]


@pytest.mark.spec("K-061")
@pytest.mark.parametrize(
    ("policy", "asked"),
    [("guide", ["LaunchRequest", "Clova.GuideIntent"]), ("end", ["LaunchRequest", "SessionEndedRequest"])],
)
def test_what_a_miss_becomes_is_a_setting(policy: str, asked: list[str]) -> None:
    talk = Conversation(behaviour={"no_match": policy})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    user.types("오늘 날씨 어때")
    assert shop.asked == asked


@pytest.mark.spec("K-059", "K-061")
def test_the_nearest_intent_takes_a_miss() -> None:
    talk = Conversation(behaviour={"no_match": "nearest"})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    user.types("배달 아직이야 언제쯤 도착하는 거야")
    assert shop.asked == ["LaunchRequest", "TrackDelivery"]


@pytest.mark.spec("K-062")
def test_a_miss_by_name_opens_no_session(talk: Conversation, shop: Skill, user: Talker) -> None:
    assert user.types("피자봇에서 오늘 날씨 어때").names == [SPEAK]
    assert shop.asked == []
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-062", "K-063")
def test_a_miss_by_another_name_ends_no_session(talk: Conversation, shop: Skill, user: Talker) -> None:
    dice = Skill(talk, DICE)
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    assert user.types("サイコロ遊びで今日の天気は").names == [SPEAK]
    user.types("배달 언제 와")
    assert shop.asked == ["LaunchRequest", "TrackDelivery"]
    assert dice.asked == []


# Waiting for the user


@pytest.mark.spec("K-087", "K-090", "K-114")
def test_a_session_ends_when_the_user_says_nothing(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    heard = user.types("피자봇 시작해줘")
    token = directive(heard, SPEAK)["payload"]["token"]
    talk.wait("5s")
    user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": token})
    talk.wait("6.9s")
    assert shop.asked == ["LaunchRequest"]
    talk.wait("0.2s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    (told,) = user.speaker.pushed()
    assert told["header"]["name"] == "FinishExtension"
    assert told["header"]["dialogRequestId"] == "d1"
    assert user.types("배달 언제 와").status == 204


@pytest.mark.spec("K-090")
def test_without_speech_finished_the_speech_has_an_allowance(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    talk.wait("36.9s")
    assert shop.asked == ["LaunchRequest"]
    talk.wait("0.2s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-090")
def test_the_waiting_time_follows_the_clock_of_the_account(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    talk.ask(op.SetClock(account="default", action="freeze"))
    talk.wait("5m")
    assert shop.asked == ["LaunchRequest"]
    talk.ask(op.SetClock(account="default", action="advance", by="1m"))
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-113")
def test_the_reprompt_is_said_once_and_from_a_url(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("무슨 피자요?", ends=False, reprompt="피자 이름을 말해 주세요.")
    user.types("피자봇 시작해줘")
    talk.wait("37.1s")
    said, asked = user.speaker.pushed()
    assert said["payload"]["url"].startswith("https://")
    assert asked["header"]["name"] == "ExpectSpeech"
    assert {said["header"]["dialogRequestId"], asked["header"]["dialogRequestId"]} == {"d1"}
    assert shop.asked == ["LaunchRequest"]
    user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": said["payload"]["token"]})
    talk.wait("7.1s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    assert user.speaker.pushed_names() == [FINISH]


@pytest.mark.spec("K-113")
def test_what_is_said_after_the_reprompt_goes_on(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("무슨 피자요?", ends=False, reprompt="피자 이름을 말해 주세요.", attributes={"kept": 1})
    user.types("피자봇 시작해줘")
    talk.wait("37.1s")
    asked = user.speaker.pushed()[-1]["payload"]
    user.types("치즈 피자 시켜줘", speechId=asked["expectSpeechId"], explicit=True)
    assert shop.requests[1]["session"]["sessionAttributes"] == {"kept": 1}
    assert "order.answer.unasked" not in talk.findings()


@pytest.mark.spec("K-113")
def test_any_input_stops_the_waiting(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    talk.wait("36s")
    request = user.speaker.say("d2")
    talk.wait("4s")
    assert shop.asked == ["LaunchRequest"]
    request.abort()
    talk.wait("40s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-113")
def test_to_be_heard_saying_nothing_brings_the_reprompt_at_once(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("무슨 피자요?", ends=False, reprompt="피자 이름을 말해 주세요.")
    user.types("피자봇 시작해줘")
    silent = user.speaker.event("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d2", audio=[bytes(3200)])
    assert silent.names == [SPEAK, EXPECT]
    assert spoken(silent) == ["피자 이름을 말해 주세요."]
    again = user.speaker.event("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d3", audio=[bytes(3200)])
    assert again.names == [FINISH]
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-087")
def test_deleting_an_extension_ends_its_sessions(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    assert talk.ask(op.DeleteExtension(shop.id)).status == 204
    assert user.speaker.pushed_names() == [FINISH]
    assert user.types("배달 언제 와").status == 204
    talk.wait("2m")


def test_a_reset_forgets_the_session(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    talk.ask(op.ResetAccount("default"))
    assert user.types("배달 언제 와").status == 204
    talk.wait("2m")
    assert shop.asked == ["LaunchRequest"]
    assert shop.id in talk.account.extensions


# Failures


@pytest.mark.spec("K-131", "K-132")
@pytest.mark.parametrize(
    ("came", "code"),
    [
        (Failure("connect", "nobody listens"), "extension.connect"),
        (Failure("timeout", "8 s are over"), "extension.timeout"),
        (HttpAnswer(500, (("content-type", "text/html"),), b"<h1>oops</h1>"), "extension.status"),
        (HttpAnswer(200, (("content-type", "application/json"),), b'{"version":'), "extension.json"),
        (HttpAnswer(200, (("content-type", "application/json"),), b"[]"), "extension.schema"),
        (HttpAnswer(302, (("location", "http://elsewhere/"),), b""), "extension.status"),
    ],
)
@pytest.mark.parametrize("opened", [False, True])
def test_a_failure_is_said_and_ends_the_session(
    talk: Conversation, shop: Skill, user: Talker, came: Any, code: str, opened: bool
) -> None:
    if opened:
        shop.says("네?", ends=False)
        user.types("피자봇 시작해줘")
    shop.answers(came)
    told = user.types("배달 언제 와" if opened else "피자봇에서 배달 언제 와")
    assert told.status == 200
    assert told.names == ["Clova.RenderText", SPEAK, *([FINISH] if opened else [])]
    assert spoken(told) == [told.directives[0]["payload"]["text"]]
    assert shop.asked[-2:] == ["TrackDelivery", "SessionEndedRequest"]
    (entry,) = (one for one in talk.journal(kind="cek-response") if one.findings)
    assert [finding.code for finding in entry.findings][-1] == code
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-089", "K-133")
@pytest.mark.parametrize(
    "came", [Failure("connect", "gone"), HttpAnswer(500, (), b"x"), HttpAnswer(200, (), b"\xff"), answer("안 들려요")]
)
def test_what_answers_a_session_ended_request_is_ignored(
    talk: Conversation, shop: Skill, user: Talker, came: Any
) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    usual = talk.extension
    assert usual is not None
    talk.extension = lambda job: (
        came if b"SessionEndedRequest" in job.body and not isinstance(came, dict) else usual(job)
    )
    assert user.types("그만").names == [FINISH]
    last = talk.journal(kind="cek-response")[-1]
    assert last.findings == ()
    assert "ignored" in last.note


# Answers


@pytest.mark.spec("K-104", "K-106", "K-107", "K-111")
def test_each_item_of_a_speech_list_is_spoken_in_its_order(shop: Skill, user: Talker) -> None:
    url = {"type": "URL", "lang": "", "value": "https://media.example.com/bell.mp3"}
    items = [speech("하나"), url, speech("two", "en")]
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": items}))
    told = user.types("피자봇 시작해줘")
    assert spoken(told) == ["하나", "https://media.example.com/bell.mp3", "two"]
    assert [one["payload"].get("ttsLang") for one in told.directives[1:4]] == ["ko", None, "en"]
    assert told.directives[0]["payload"] == {"text": "하나\ntwo"}


@pytest.mark.spec("K-105")
@pytest.mark.parametrize(("display", "said"), [("none", ["짧게", "길게"]), ("l100", ["짧게"])])
def test_a_speech_set_depends_on_the_display(talk: Conversation, shop: Skill, display: str, said: list[str]) -> None:
    shop.answers(
        answer(
            outputSpeech={
                "type": "SpeechSet",
                "brief": speech("짧게"),
                "verbose": {"type": "SimpleSpeech", "values": speech("길게")},
            }
        )
    )
    told = Talker(talk.speaker("tv"), display=display).types("피자봇 시작해줘")
    assert spoken(told) == said
    assert told.directives[0]["payload"] == {"text": "짧게"}
    assert shop.requests[0]["context"]["System"]["device"]["display"]["size"] == display


@pytest.mark.spec("K-106")
def test_a_card_is_shown_as_it_is(talk: Conversation, shop: Skill, user: Talker) -> None:
    card = talk.machine.core.catalogue.example("template", "Text")
    shop.says("카드예요", card=card)
    told = user.types("피자봇 시작해줘")
    assert directive(told, "Clova.RenderTemplate")["payload"] == card


def play() -> dict[str, Any]:
    """AudioPlayer.Play as an extension answers it, of a stream with the token ``rain-token``."""
    payload = copy.deepcopy(catalogue().example("directive", "AudioPlayer.Play"))
    payload["audioItem"]["stream"]["token"] = "rain-token"
    return {"header": {"namespace": "AudioPlayer", "name": "Play", "messageId": "m-1"}, "payload": payload}


@pytest.mark.spec("K-108", "K-109")
def test_a_directive_without_message_id_is_given_one(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    without = {**play(), "header": {"namespace": "AudioPlayer", "name": "Play"}}
    shop.says("들려 드릴게요", directives=[without])
    told = user.types("피자봇 시작해줘")
    assert told.names == ["Clova.RenderText", SPEAK, "AudioPlayer.Play", FINISH]
    header = directive(told, "AudioPlayer.Play")["header"]
    assert header["messageId"]
    assert header["dialogRequestId"] == "d1"


@pytest.mark.spec("K-108", "K-109")
@pytest.mark.parametrize(
    ("changes", "name", "code"),
    [
        ({}, "AudioPlayer.Play", "extension.directive.audio-player"),
        ({"audio_player": True}, "Alerts.DeleteAlert", "extension.directive.not-allowed"),
    ],
)
def test_what_an_extension_may_not_send_is_left_out(
    talk: Conversation, user: Talker, changes: dict[str, Any], name: str, code: str
) -> None:
    shop = Skill(talk, PIZZA, **changes)
    namespace, short = name.split(".")
    item = {"header": {"namespace": namespace, "name": short, "messageId": "m"}, "payload": {"token": "t"}}
    if short == "Play":
        item = play()
    shop.says("네", directives=[item])
    told = user.types("피자봇 시작해줘")
    assert spoken(told) == ["네"]
    assert name not in told.names
    assert code in talk.findings()


@pytest.mark.spec("K-109")
def test_a_registration_may_allow_more(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, extra_directives=["DeviceControl.Increase"])
    header = {"namespace": "DeviceControl", "name": "Increase", "messageId": "m"}
    shop.says("네", directives=[{"header": header, "payload": {"target": "volume"}}])
    assert "DeviceControl.Increase" in user.types("피자봇 시작해줘").names


@pytest.mark.spec("K-101", "K-102", "K-103")
@pytest.mark.parametrize(
    "change",
    [
        {"card": None},
        {"directives": None},
        {"reprompt": None},
        {"reprompt": {}},
        {"directives": [None]},
        {"card": {"type": "no such template"}},
    ],
)
def test_what_live_extensions_get_wrong_is_not_the_users_loss(
    shop: Skill, user: Talker, change: dict[str, Any]
) -> None:
    shop.says("그래도 들려요", ends=False, **change)
    told = user.types("피자봇 시작해줘")
    assert spoken(told) == ["그래도 들려요"]
    assert told.names[-1] == EXPECT


# What the device reports


@pytest.mark.spec("K-057", "K-084", "K-120", "K-121", "K-122", "K-123", "K-124")
def test_an_extension_is_told_of_what_it_plays(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    shop.says("들려 드릴게요", directives=[play()])
    user.types("피자봇 시작해줘")
    state = {"token": "rain-token", "playerActivity": "PLAYING", "offsetInMilliseconds": 10, "repeatMode": "NONE"}
    state |= {"totalInMilliseconds": 90, "stream": play()["payload"]["audioItem"]["stream"]}
    context = [{"header": {"namespace": "AudioPlayer", "name": "PlaybackState"}, "payload": state}]
    payload = {"token": "rain-token", "offsetInMilliseconds": 60000}
    shop.says("다음 곡이에요")
    told = user.speaker.event("AudioPlayer.PlayFinished", payload, context=context)
    assert spoken(told) == ["다음 곡이에요"]
    request = shop.requests[-1]
    assert request["request"]["type"] == "EventRequest"
    assert request["request"]["event"] == {"namespace": "AudioPlayer", "name": "PlayFinished", "payload": payload}
    assert request["request"]["timestamp"] == "2026-01-01T00:00:00Z"
    assert request["session"]["new"] is True
    assert request["context"]["AudioPlayer"]["playerActivity"] == "PLAYING"
    assert "repeatMode" not in request["context"]["AudioPlayer"]
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-122")
def test_nobody_is_told_of_what_no_extension_plays(shop: Skill, user: Talker) -> None:
    assert user.speaker.event("AudioPlayer.PlayFinished", {"token": "other", "offsetInMilliseconds": 1}).status == 204
    assert shop.asked == []


@pytest.mark.spec("K-122", "K-123")
def test_speech_is_followed_if_the_extension_gave_a_token(shop: Skill, user: Talker) -> None:
    token = "11111111-2222-4333-8444-555555555555"
    shop.answers(
        answer(
            ends=False,
            attributes={"kept": 1},
            outputSpeech={"type": "SimpleSpeech", "values": {**speech("따라와요"), "token": token}},
        )
    )
    heard = user.types("피자봇 시작해줘")
    assert directive(heard, SPEAK)["payload"]["token"] == token
    shop.answers(answer(attributes={"changed": 1}))
    assert user.speaker.event("SpeechSynthesizer.SpeechStarted", {"token": token}).status == 204
    told = shop.requests[-1]
    assert told["session"]["new"] is False
    assert told["session"]["sessionId"] == shop.requests[0]["session"]["sessionId"]
    user.types("배달 언제 와")
    assert shop.requests[-1]["session"]["sessionAttributes"] == {"kept": 1}


@pytest.mark.spec("K-124", "K-133")
def test_a_failed_event_request_is_only_on_record(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    shop.says("들려 드릴게요", ends=False, directives=[play()])
    user.types("피자봇 시작해줘")
    shop.answers(Failure("connect", "gone"))
    payload = {"token": "rain-token", "offsetInMilliseconds": 60000}
    assert user.speaker.event("AudioPlayer.PlayFinished", payload).status == 204
    assert "extension.connect" in talk.findings()
    assert talk.account.devices["speaker"].session is not None


# The journal


@pytest.mark.spec("K-080")
def test_requests_and_answers_are_in_the_journal(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("곧 가요")
    user.types("피자봇에서 배달 언제 와")
    asked, came = talk.journal(channel="extension")
    assert (asked.kind, asked.direction, asked.name) == ("cek-request", "out", "IntentRequest TrackDelivery")
    assert asked.raw == shop.jobs[0].body
    assert asked.words == "피자봇에서 배달 언제 와"
    assert (came.kind, came.direction, came.status) == ("cek-response", "in", 200)
    assert came.message["response"]["outputSpeech"]["values"]["value"] == "곧 가요"
    (event,) = talk.journal(kind="event")
    assert event.rule == f"extension {shop.id}"
    assert "K-053" in event.because


# The other language


@pytest.mark.spec("K-053", "K-061", "K-070", "K-072", "K-113", "K-132")
def test_a_japanese_user_is_answered_in_japanese_whatever_happens(talk: Conversation, user: Talker) -> None:
    dice = Skill(talk, DICE)
    dice.says("二です。もう一度?", ends=False, lang="ja", reprompt="いくつ振りますか?", attributes={"turn": 1})
    thrown = user.types("サイコロ遊びで三個投げて", lang="ja")
    assert thrown.names == ["Clova.RenderText", SPEAK, EXPECT]
    assert dice.requests[0]["request"]["intent"]["slots"]["diceCount"]["value"] == "3"

    missed = user.types("今日の天気は", to=thrown, lang="ja")
    assert spoken(missed) == ["すみません、よくわかりませんでした。もう一度お願いします。"]
    token = directive(missed, SPEAK)["payload"]["token"]
    user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": token})
    talk.wait("7.1s")
    said, asked = user.speaker.pushed()
    assert said["payload"]["ttsLang"] == "ja"

    dice.answers(Failure("timeout", "8 s are over"))
    again = {"speechId": asked["payload"]["expectSpeechId"], "explicit": True}
    failed = user.types("サイコロを振って", lang="ja", **again)
    assert failed.names == ["Clova.RenderText", SPEAK]
    assert "ご利用いただけません" in spoken(failed)[0]
    assert dice.asked == ["ThrowDiceIntent", "ThrowDiceIntent", "SessionEndedRequest"]
    assert dice.requests[1]["session"]["sessionAttributes"] == {"turn": 1}


@pytest.mark.spec("K-063")
def test_two_languages_live_side_by_side(talk: Conversation, shop: Skill, user: Talker) -> None:
    dice = Skill(talk, DICE)
    dice.says("こんにちは", ends=False, lang="ja")
    user.types("サイコロ遊びを起動して", lang="ja")
    shop.says("네", ends=False)
    user.types("피자봇 시작해줘")
    dice.says("五です", lang="ja")
    user.types("サイコロ遊びでサイコロを二つ振って", lang="ja")
    assert dice.asked == ["LaunchRequest", "SessionEndedRequest", "ThrowDiceIntent"]
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-120")
def test_edition_4_4_has_no_event_requests() -> None:
    talk = Conversation(edition="4.4")
    shop, user = Skill(talk, PIZZA, audio_player=True), Talker(talk.speaker())
    shop.says("들려 드릴게요", directives=[play()])
    user.types("피자봇 시작해줘")
    talk.account.devices["speaker"].from_extensions["rain-token"] = shop.id
    user.speaker.event("AudioPlayer.PlayFinished", {"token": "rain-token", "offsetInMilliseconds": 1})
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-124")
def test_what_the_player_asks_for_is_answered_by_the_extension(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    shop.says("들려 드릴게요", directives=[play()])
    user.types("피자봇 시작해줘")
    payload = copy.deepcopy(catalogue().example("directive", "TemplateRuntime.RenderPlayerInfo"))
    shop.says(directives=[{"header": {"namespace": "TemplateRuntime", "name": "RenderPlayerInfo"}, "payload": payload}])
    told = user.speaker.event("TemplateRuntime.RequestPlayerInfo", {"token": "rain-token"})
    assert told.names == ["TemplateRuntime.RenderPlayerInfo"]
    assert told.directives[0]["payload"] == payload
    shop.answers(Failure("connect", "gone"))
    assert user.speaker.event("TemplateRuntime.RequestPlayerInfo", {"token": "rain-token"}).status == 204
