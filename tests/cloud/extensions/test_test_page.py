"""The console's test page: how a command is understood, what is sent, what comes back; and an edited request again."""

import json
from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.wire.messages import dumps
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import DICE, PIZZA, Skill, Talker, answer


def page(talk: Conversation, shop: Skill, utterance: str | None = None, request: Any = None) -> Any:
    return talk.ask(op.AskExtension(shop.id, utterance=utterance, request=request))


@pytest.mark.spec("K-150", "K-151", "K-153", "K-154")
def test_a_command_is_understood_sent_and_answered(talk: Conversation, shop: Skill) -> None:
    shop.says("바베큐 피자 한 판이요", ends=False)
    shown = page(talk, shop, "바베큐 피자 1판 주문해줘").body
    assert (shown["request_type"], shown["intent"]) == ("IntentRequest", "OrderPizza")
    assert shown["slots"] == {"pizzaType": "바베큐", "pizzaAmount": "1"}
    assert shown["speech"] == "바베큐 피자 한 판이요"
    assert [runner["intent"] for runner in shown["runners_up"]]
    assert shown["error"] is None
    assert shown["request"] == shop.requests[0]
    assert shown["response"]["response"]["shouldEndSession"] is False
    assert shown["request"]["session"]["new"] is True


@pytest.mark.spec("K-153")
def test_each_request_begins_a_session_that_stays_nowhere(talk: Conversation, shop: Skill) -> None:
    for _ in range(2):
        shop.says("네?", ends=False, attributes={"kept": 1})
        page(talk, shop, "배달 언제 와")
    first, second = (one["session"] for one in shop.requests)
    assert first["sessionId"] != second["sessionId"]
    assert (first["new"], second["new"]) == (True, True)
    assert second["sessionAttributes"] == {}
    assert all(device.session is None for device in talk.account.devices.values())


@pytest.mark.spec("K-150")
@pytest.mark.parametrize("words", ["치즈 피자 시켜줘", "피자봇에서 치즈 피자 시켜줘"])
def test_the_invocation_name_may_be_left_out(talk: Conversation, shop: Skill, words: str) -> None:
    assert page(talk, shop, words).body["slots"] == {"pizzaType": "치즈"}


@pytest.mark.spec("K-150")
def test_a_command_in_japanese(talk: Conversation) -> None:
    dice = Skill(talk, DICE)
    shown = page(talk, dice, "サイコロを三つ振って").body
    assert (shown["intent"], shown["slots"]) == ("ThrowDiceIntent", {"diceCount": "3"})


@pytest.mark.spec("K-082", "K-153")
def test_the_profile_decides_how_much_of_the_device_is_told(talk: Conversation) -> None:
    whole = page(talk, Skill(talk, PIZZA), "치즈 피자 시켜줘").body["request"]["context"]["System"]
    assert set(whole) == {"application", "device", "user"}
    assert "display" in whole["device"]
    reduced = page(talk, Skill(talk, PIZZA, profile="wire"), "치즈 피자 시켜줘").body["request"]["context"]["System"]
    assert set(reduced) == {"device", "user"}
    assert set(reduced["device"]) == {"deviceId"}


@pytest.mark.spec("K-152")
def test_an_edited_request_is_sent_as_it_is_and_signed(talk: Conversation, shop: Skill) -> None:
    edited = json.loads(json.dumps(page(talk, shop, "치즈 피자 시켜줘").body["request"]))
    edited["request"]["intent"]["slots"]["pizzaAmount"] = {"name": "pizzaAmount", "value": "99"}
    edited["session"] |= {"new": False, "sessionAttributes": {"step": 2}}
    shop.says("아흔아홉 판이요")
    shown = page(talk, shop, request=edited).body
    assert shop.requests[-1] == edited == shown["request"]
    assert shop.jobs[-1].signing is not None
    assert shown["slots"] == {"pizzaType": "치즈", "pizzaAmount": "99"}
    assert (shown["utterance"], shown["score"], shown["speech"]) == (None, None, "아흔아홉 판이요")


@pytest.mark.spec("K-152")
@pytest.mark.parametrize(
    "edited", [{}, {"request": 5}, {"request": {"type": 7, "intent": {"name": None, "slots": [1]}}}]
)
def test_a_request_may_be_edited_into_anything(talk: Conversation, shop: Skill, edited: Any) -> None:
    sent: list[PostToExtension] = []

    def extension(job: PostToExtension) -> HttpAnswer:
        sent.append(job)
        return HttpAnswer(200, (("content-type", "application/json"),), dumps(answer("네")))

    talk.extension = extension
    shown = page(talk, shop, request=edited).body
    assert json.loads(sent[0].body) == edited
    assert (shown["slots"], shown["speech"], shown["error"]) == ({}, "네", None)


@pytest.mark.spec("K-151", "K-154")
def test_the_analysis_is_shown_when_the_call_fails(talk: Conversation, shop: Skill) -> None:
    shop.answers(Failure("connect", "nobody listens"))
    shown = page(talk, shop, "치즈 피자 시켜줘").body
    assert (shown["intent"], shown["slots"]) == ("OrderPizza", {"pizzaType": "치즈"})
    assert (shown["response"], shown["speech"]) == (None, None)
    assert shown["error"] == {"kind": "connect", "said": "nobody listens"}


@pytest.mark.spec("K-154")
def test_speech_is_the_text_without_urls(talk: Conversation, shop: Skill) -> None:
    values = [
        {"type": "PlainText", "lang": "ko", "value": "하나"},
        {"type": "URL", "lang": "", "value": "http://a/b.mp3"},
    ]
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": values}))
    assert page(talk, shop, "치즈 피자 시켜줘").body["speech"] == "하나"


def test_what_is_wrong_with_an_answer_is_told(talk: Conversation, shop: Skill) -> None:
    shop.answers(answer("네", shouldEndSession="yes"))
    codes = [finding["code"] for finding in page(talk, shop, "치즈 피자 시켜줘").body["findings"]]
    assert any("should" in code.lower() or "response" in code for code in codes), codes


@pytest.mark.spec("K-061")
def test_words_that_fit_nothing_are_not_sent(talk: Conversation, shop: Skill) -> None:
    shown = page(talk, shop, "우주선 발사 각도 계산").body
    assert (shown["request"], shown["intent"], shown["error"]["kind"]) == (None, None, "no_match")
    assert shop.jobs == []


@pytest.mark.spec("K-153")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("피자봇 시작해줘", "open a session"),
        ("종료해줘", "end a session"),
        ("피자봇 종료해줘", "end a session"),
        ("우주선 발사 각도 계산", "add an example"),
    ],
)
def test_what_opens_or_ends_a_session_needs_no_example(talk: Conversation, shop: Skill, words: str, said: str) -> None:
    error = page(talk, shop, words).body["error"]
    assert error["kind"] == "no_match"
    assert said in error["said"]
    assert shop.jobs == []


@pytest.mark.spec("K-061")
def test_the_policy_for_words_that_fit_nothing_holds_here_too() -> None:
    talk = Conversation(behaviour={"no_match": "guide"})
    shop = Skill(talk, PIZZA)
    assert page(talk, shop, "우주선 발사 각도 계산").body["intent"] == "Clova.GuideIntent"
    assert shop.asked == ["Clova.GuideIntent"]


@pytest.mark.spec("K-037", "K-150")
def test_the_model_that_was_built_last_is_asked(talk: Conversation, shop: Skill) -> None:
    other = {"intents": {"Other": {"tsv": "[INTENT EXPRESSION]\n배달 언제 와\n"}}}
    registration = {**PIZZA, "model": other}
    del registration["id"]
    talk.ask(op.PutExtension(shop.id, {**registration, "build": False}))
    assert page(talk, shop, "배달 언제 와").body["intent"] == "TrackDelivery"


def test_what_cannot_be_tested_is_refused(talk: Conversation, shop: Skill) -> None:
    assert page(talk, shop).status == 422
    assert page(talk, shop, "  ").status == 422
    assert talk.ask(op.AskExtension("no.such", utterance="네")).status == 404
    registration = {name: value for name, value in PIZZA.items() if name != "id"}
    talk.ask(op.PutExtension("com.example.unbuilt", {**registration, "build": False}))
    assert talk.ask(op.AskExtension("com.example.unbuilt", utterance="네")).status == 409


def test_both_messages_are_in_the_journal_with_what_they_say(talk: Conversation, shop: Skill) -> None:
    page(talk, shop, "치즈 피자 시켜줘")
    out, came = talk.journal(channel="extension")
    assert (out.kind, came.kind, came.status, out.note) == ("cek-request", "cek-response", 200, "test page")
    facts = out.facts()
    assert (facts["extension"], facts["request"], facts["intent"]) == (shop.id, "IntentRequest", "OrderPizza")
    assert facts["slots"] == {"pizzaType": "치즈"}
    assert (came.facts()["extension"], came.facts()["intent"]) == (shop.id, "OrderPizza")


def test_a_wait_finds_a_request_by_intent_and_slots(talk: Conversation, shop: Skill) -> None:
    match = {"extension": shop.id, "intent": "OrderPizza", "slots": {"pizzaType": "치즈"}}
    wait = talk.ask_later(op.WaitForJournal(match=match, timeout_ms=1000))
    user = Talker(talk.speaker())
    user.types("피자봇에서 페퍼로니 피자 2판 주문해줘")
    assert wait not in talk.answers
    user.types("피자봇에서 치즈 피자 시켜줘")
    assert [entry["name"] for entry in talk.answers[wait].body["entries"]] == ["IntentRequest OrderPizza"]


def test_requests_without_an_intent_have_no_slots(talk: Conversation, shop: Skill) -> None:
    Talker(talk.speaker()).types("피자봇 시작해줘")
    (launch,) = talk.journal(channel="extension", kind="cek-request")
    facts = launch.facts()
    assert facts["request"] == "LaunchRequest"
    assert "intent" not in facts
    assert "slots" not in facts
