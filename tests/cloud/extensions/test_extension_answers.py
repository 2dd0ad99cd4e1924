"""What becomes of an answer on the device, requirement by requirement (K-101..K-115, K-131)."""

import copy
import json
from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure
from mockcloud.wire.messages import dumps
from tests.cic.conversation import Conversation, catalogue
from tests.cloud.extensions.skills import PIZZA, Skill, Talker, answer, directive, speech, spoken

SPEAK = "SpeechSynthesizer.Speak"
EXPECT = "SpeechRecognizer.ExpectSpeech"
FINISH = "Clova.FinishExtension"
START = "Clova.StartExtension"
TEXT = "Clova.RenderText"
TOKEN = "11111111-2222-4333-8444-555555555555"


def url(value: str, **more: str) -> dict[str, str]:
    return {"type": "URL", "lang": "", "value": value, **more}


# Speech


@pytest.mark.spec("K-102", "K-104")
def test_each_of_the_three_forms_is_spoken(talk: Conversation, shop: Skill, user: Talker) -> None:
    forms = [
        {"type": "SimpleSpeech", "values": speech("하나")},
        {"type": "SpeechList", "values": [speech("하나"), speech("둘")]},
        {
            "type": "SpeechSet",
            "brief": speech("짧게"),
            "verbose": {"type": "SpeechList", "values": [speech("길게"), speech("더 길게")]},
        },
    ]
    for form in forms:
        shop.answers(answer(outputSpeech=form))
    heard = [spoken(user.types("피자봇에서 배달 언제 와")) for _ in forms]
    assert heard == [["하나"], ["하나", "둘"], ["짧게", "길게", "더 길게"]]
    assert [one.findings for one in talk.journal(kind="cek-response")] == [()] * 3


@pytest.mark.spec("K-102", "K-103")
def test_one_item_in_a_list_is_a_warning_and_spoken(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.answers(answer(outputSpeech={"type": "SimpleSpeech", "values": [speech("하나")]}))
    assert spoken(user.types("피자봇에서 배달 언제 와")) == ["하나"]
    (came,) = talk.journal(kind="cek-response")
    assert {finding.severity for finding in came.findings} == {"warning"}


@pytest.mark.spec("K-103")
@pytest.mark.parametrize(
    ("item", "path"),
    [
        (speech("가" * 201), "value"),
        (speech("가." * 501), "value"),
        (url("https://media.test/" + "a" * 2048), "value"),
        ({**speech("네"), "token": "no uuid"}, "token"),
        ({**speech("네"), "token": TOKEN + "0"}, "token"),
        ({**speech("네"), "lang": "fr"}, "lang"),
        ({**speech("네"), "lang": ""}, "lang"),
        ({"type": "Text", "lang": "ko", "value": "네"}, "type"),
        ({"type": "PlainText", "lang": "ko"}, "value"),
    ],
)
def test_what_breaks_the_limits_of_a_speech_is_a_finding(
    talk: Conversation, shop: Skill, user: Talker, item: Any, path: str
) -> None:
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": [speech("먼저"), item]}))
    assert spoken(user.types("피자봇에서 배달 언제 와"))[0] == "먼저"
    (came,) = talk.journal(kind="cek-response")
    assert any(path in finding.path and finding.severity == "violation" for finding in came.findings), came.findings


@pytest.mark.spec("K-103", "K-104")
def test_an_hls_stream_is_a_speak_like_any_other(shop: Skill, user: Talker) -> None:
    item = url("https://media.test/live.m3u8", contentType="application/vnd.apple.mpegurl", token=TOKEN)
    shop.answers(answer(outputSpeech={"type": "SimpleSpeech", "values": item}))
    told = user.types("피자봇에서 배달 언제 와")
    payload = {"format": "AUDIO_MPEG", "url": "https://media.test/live.m3u8", "token": TOKEN}
    assert directive(told, SPEAK)["payload"] == payload
    assert told.attachments == {}
    assert told.names == [SPEAK]


@pytest.mark.spec("K-104")
def test_the_audio_of_a_text_is_a_part_of_the_same_answer(shop: Skill, user: Talker) -> None:
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": [speech("하나"), speech("two", "en")]}))
    told = user.types("피자봇에서 배달 언제 와")
    said = [one["payload"] for one in told.directives if one["header"]["name"] == "Speak"]
    assert [one["url"].removeprefix("cid:") for one in said] == list(told.attachments)
    assert [one["ttsLang"] for one in said] == ["ko", "en"]
    assert len({one["token"] for one in said}) == 2


@pytest.mark.spec("K-105")
@pytest.mark.parametrize(
    ("mode", "display", "said"),
    [
        ("brief_then_verbose", "none", ["짧게", "길게"]),
        ("brief_then_verbose", "s100", ["짧게"]),
        ("verbose_only", "none", ["길게"]),
        ("verbose_only", "l100", ["짧게"]),
    ],
)
def test_what_of_a_speech_set_is_said_is_a_setting(mode: str, display: str, said: list[str]) -> None:
    talk = Conversation(behaviour={"speech_set": mode})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker(), display=display)
    verbose = {"type": "SimpleSpeech", "values": speech("길게")}
    shop.answers(answer(outputSpeech={"type": "SpeechSet", "brief": speech("짧게"), "verbose": verbose}))
    assert spoken(user.types("피자봇에서 배달 언제 와")) == said


# What is shown


@pytest.mark.spec("K-103", "K-104")
@pytest.mark.parametrize("value", ["/a.mp3", "a.mp3", "ftp://media.test/a.mp3", "cid:1"])
def test_a_url_that_no_device_could_play_is_left_out(talk: Conversation, shop: Skill, user: Talker, value: str) -> None:
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": [speech("하나"), url(value), speech("둘")]}))
    assert spoken(user.types("피자봇에서 배달 언제 와")) == ["하나", "둘"]
    (came,) = talk.journal(kind="cek-response")
    (finding,) = came.findings
    assert finding.said == f"`{value}` is not the expected http(s) URL"
    assert finding.path == "response.outputSpeech.values[1].value"
    assert talk.journal(kind="finding") == []


@pytest.mark.spec("K-106", "K-107")
@pytest.mark.parametrize("display", ["none", "l100"])
def test_text_is_shown_with_or_without_a_screen(talk: Conversation, shop: Skill, display: str) -> None:
    items = [speech("하나"), url("https://media.test/a.mp3"), speech("둘")]
    shop.answers(answer(outputSpeech={"type": "SpeechList", "values": items}))
    told = Talker(talk.speaker("tv"), display=display).types("피자봇에서 배달 언제 와")
    assert directive(told, TEXT)["payload"] == {"text": "하나\n둘"}


@pytest.mark.spec("K-107")
@pytest.mark.parametrize("silent", [{}, {"type": "SimpleSpeech", "values": url("https://media.test/a.mp3")}])
def test_without_text_nothing_is_shown(shop: Skill, user: Talker, silent: Any) -> None:
    shop.answers(answer(outputSpeech=silent))
    assert TEXT not in user.types("피자봇에서 배달 언제 와").names


@pytest.mark.spec("K-106")
def test_a_card_takes_the_place_of_the_text_and_stays_as_it_is(shop: Skill, user: Talker) -> None:
    card = copy.deepcopy(catalogue().example("template", "Text"))
    card["own"] = {"kept": [1, None, "二"]}
    shop.says("카드예요", card=card)
    told = user.types("피자봇에서 배달 언제 와")
    assert told.names == ["Clova.RenderTemplate", SPEAK]
    assert directive(told, "Clova.RenderTemplate")["payload"] == card


# Directives


def item(name: str, **header: str) -> dict[str, Any]:
    namespace, short = name.split(".")
    payload = copy.deepcopy(catalogue().example("directive", name))
    return {"header": {"namespace": namespace, "name": short, **header}, "payload": payload}


ALLOWED = [
    "AudioPlayer.Play", "AudioPlayer.StreamDeliver", "PlaybackController.Pause", "PlaybackController.Resume",
    "PlaybackController.Stop", "TemplateRuntime.RenderPlayerInfo",
]  # fmt: skip


@pytest.mark.spec("K-108", "K-109")
@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_passed_on_as_it_is(talk: Conversation, user: Talker, name: str) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    sent = item(name, messageId="m-own")
    shop.says("네", directives=[sent])
    got = directive(user.types("피자봇에서 배달 언제 와"), name)
    assert got["payload"] == sent["payload"]
    assert got["header"]["messageId"] == "m-own"
    assert got["header"]["dialogRequestId"] == "d1"


@pytest.mark.spec("K-108")
def test_a_payload_without_what_is_required_is_a_finding_and_not_sent(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    broken = item("AudioPlayer.Play", messageId="m")
    del broken["payload"]["audioItem"]
    shop.says("그래도 들려요", directives=[broken])
    told = user.types("피자봇에서 배달 언제 와")
    assert spoken(told) == ["그래도 들려요"]
    assert "AudioPlayer.Play" not in told.names
    (came,) = talk.journal(kind="cek-response")
    assert any("audioItem" in f.path + f.said and f.severity == "violation" for f in came.findings), came.findings


@pytest.mark.spec("K-109")
def test_a_wrapped_directive_is_unwrapped_with_a_warning(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    shop.says("네", directives=[{"directive": item("PlaybackController.Pause", messageId="m")}])
    assert "PlaybackController.Pause" in user.types("피자봇에서 배달 언제 와").names
    (came,) = talk.journal(kind="cek-response")
    assert [finding.severity for finding in came.findings] == ["warning"]


@pytest.mark.spec("K-110", "K-111")
def test_everything_comes_in_one_order_with_ids_of_its_own(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    for _ in range(2):
        shop.says("네?", ends=False, directives=[item("PlaybackController.Pause")])
    first = user.types("피자봇 시작해줘")
    second = user.types("배달 언제 와")
    assert first.names == [START, TEXT, SPEAK, "PlaybackController.Pause", EXPECT]
    headers = [one["header"] for one in first.directives + second.directives]
    assert len({one["messageId"] for one in headers}) == len(headers)
    assert [one["header"]["dialogRequestId"] for one in second.directives] == ["d2"] * 4
    assert first.status == 200


@pytest.mark.spec("K-110")
def test_nothing_to_tell_is_204(shop: Skill, user: Talker) -> None:
    shop.answers(answer(outputSpeech={}))
    assert user.types("피자봇에서 배달 언제 와").status == 204


# Start and finish


@pytest.mark.spec("K-114", "K-115")
@pytest.mark.parametrize(
    ("words", "ends", "names"),
    [
        ("피자봇 시작해줘", False, [START, TEXT, SPEAK, EXPECT]),
        ("피자봇 시작해줘", True, [TEXT, SPEAK, FINISH]),
        ("피자봇에서 배달 언제 와", False, [TEXT, SPEAK, EXPECT]),
        ("피자봇에서 배달 언제 와", True, [TEXT, SPEAK]),
    ],
)
def test_only_a_launch_that_stays_starts(shop: Skill, user: Talker, words: str, ends: bool, names: list[str]) -> None:
    shop.says("네", ends=ends)
    told = user.types(words)
    assert told.names == names
    for one in told.directives:
        if one["header"]["name"] in ("StartExtension", "FinishExtension"):
            assert one["payload"] == {"extension": PIZZA["name"]}


@pytest.mark.spec("K-114")
@pytest.mark.parametrize("words", ["피자봇 시작해줘", "피자봇에서 배달 언제 와"])
def test_what_was_launched_is_finished_however_it_ends(talk: Conversation, shop: Skill, words: str) -> None:
    launched = "시작" in words

    def ending(how: str) -> list[str]:
        user = Talker(talk.speaker(how))
        shop.says("네?", ends=False)
        user.types(words)
        if how == "answer":
            shop.says("끝")
            return user.types("배달 언제 와").names
        if how == "failure":
            shop.answers(Failure("connect", "x"))
            return user.types("배달 언제 와").names
        if how == "words":
            return user.types("그만").names
        talk.wait("2m")
        return user.speaker.pushed_names()

    for how in ("answer", "failure", "words", "silence"):
        assert (FINISH in ending(how)) == launched, how


# Answers that are none


@pytest.mark.spec("K-101")
@pytest.mark.parametrize("missing", ["outputSpeech", "card", "directives", "shouldEndSession"])
def test_a_missing_member_is_a_finding_and_the_rest_is_carried_out(
    talk: Conversation, shop: Skill, user: Talker, missing: str
) -> None:
    message = answer("네")
    del message["response"][missing]
    shop.answers(message)
    told = user.types("피자봇 시작해줘")
    assert told.status == 200
    assert spoken(told) == ([] if missing == "outputSpeech" else ["네"])
    (came,) = talk.journal(kind="cek-response")
    assert any(missing in finding.path + finding.said for finding in came.findings)


@pytest.mark.spec("K-131", "K-132")
def test_a_strict_account_takes_a_violation_for_a_failure() -> None:
    talk = Conversation(strict=True)
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker(), display="l100")
    broken = answer("네")
    broken["response"]["shouldEndSession"] = "no"
    shop.answers(broken)
    told = user.types("피자봇에서 배달 언제 와", lang="ko")
    assert told.names == [TEXT, SPEAK]
    assert "이용할 수 없어요" in spoken(told)[0]
    assert "extension.schema" in talk.findings()


@pytest.mark.spec("K-131")
def test_the_limit_of_an_answer_is_a_setting() -> None:
    talk = Conversation(limits={"extension_answer": 500})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    user.types("피자봇에서 배달 언제 와")
    assert shop.jobs[0].size_limit == 500


@pytest.mark.spec("K-093", "K-101")
def test_any_version_and_content_type_parameters_will_do(talk: Conversation, shop: Skill, user: Talker) -> None:
    for version, parameters in (("1.0", ";charset-UTF-8"), ("", ""), ("0.0.1", "; charset=utf-8; a=b")):
        message = {**answer("네"), "version": version, "meta": {"own": True}}
        shop.answers(HttpAnswer(200, (("content-type", "application/json" + parameters),), dumps(message)))
        assert spoken(user.types("피자봇에서 배달 언제 와")) == ["네"]
    assert json.loads(shop.jobs[0].body)["version"] == "0.1.0"
    assert all(f.severity == "warning" for one in talk.journal(kind="cek-response") for f in one.findings)
