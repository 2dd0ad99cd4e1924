"""Rules that the user's code answers: what it is told, what becomes of its answer, and of one that never comes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.vocabulary.commands import StartCall
from mockcloud.wire.messages import dumps
from tests.cic.conversation import CLOSING, Conversation, Speaker
from tests.cloud.extensions.skills import spoken

URL = "http://code.test/answer"
TYPED = "TextRecognizer.Recognize"
SPEAK = "SpeechSynthesizer.Speak"
RULE = f"""
- name: code
  when: {{event: {TYPED}}}
  then: {{call: {URL}}}
"""


class Code:
    """The code behind a rule: gives its answers in order, and keeps what it was asked."""

    def __init__(self, talk: Conversation, *answers: Any) -> None:
        self.jobs: list[PostToExtension] = []
        self._answers = list(answers)
        talk.extension = self._answer

    def _answer(self, job: PostToExtension) -> HttpAnswer | Failure:
        self.jobs.append(job)
        what = self._answers.pop(0)
        return what if isinstance(what, HttpAnswer | Failure) else HttpAnswer(200, (), dumps(what))

    @property
    def asked(self) -> list[Any]:
        return [json.loads(job.body) for job in self.jobs]


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def types(speaker: Speaker, text: str = "안녕", dialog: str = "d1") -> Any:
    return speaker.event(TYPED, {"text": text}, dialog=dialog)


def findings(talk: Conversation) -> list[tuple[str, str, str]]:
    found = [one for entry in talk.account.journal for one in entry.findings]
    return [(one.code, one.said, one.path) for one in found if one.code.startswith("scenario.")]


DECLINED = HttpAnswer(204, (), b"")


def test_the_code_is_told_of_the_event_and_says_what_is_sent(talk: Conversation) -> None:
    talk.scenario(RULE)
    code = Code(talk, [{"speak": "네"}, {"directive": "Clova.RenderText", "payload": {"text": "네"}}])
    speaker = talk.speaker()
    context = [{"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": "none"}}]
    answer = speaker.event(TYPED, {"text": "볼륨 3만큼 올려 줘"}, dialog="d1", context=context)
    assert answer.names == [SPEAK, "Clova.RenderText"]
    assert {one["header"]["dialogRequestId"] for one in answer.directives} == {"d1"}
    (asked,) = code.asked
    assert asked["event"]["header"]["name"] == "Recognize"
    assert asked["event"]["payload"] == {"text": "볼륨 3만큼 올려 줘"}
    assert asked["context"] == context
    (event,) = talk.journal(kind="event", name=TYPED)
    rest = {name: value for name, value in asked.items() if name not in ("event", "context", "slots")}
    assert rest == {
        "account": "default",
        "device": "speaker",
        "words": "볼륨 3만큼 올려 줘",
        "intent": "Increase",
        "state": "",
        "rule": "code",
        "now": "2026-01-01T09:00:00.000+09:00",
        "seq": event.seq,
    }
    assert "amount" in asked["slots"]
    assert event.rule == "rule code"


def test_both_messages_are_in_the_journal(talk: Conversation) -> None:
    talk.scenario(RULE)
    code = Code(talk, [{"speak": "네"}])
    types(talk.speaker())
    sent, came = talk.journal(channel="scenario")
    assert (sent.direction, sent.kind, sent.name, sent.rule) == ("out", "rule-request", f"POST {URL}", "rule code")
    assert (sent.message, sent.words) == (code.asked[0], "안녕")
    assert (came.direction, came.kind, came.status, came.message) == ("in", "rule-response", 200, [{"speak": "네"}])
    assert came.dialog_request_id == sent.dialog_request_id == "d1"
    assert came.note == "after 0 ms"


def test_the_call_has_the_patience_of_extensions_and_no_signature(talk: Conversation) -> None:
    talk = Conversation(behaviour={"extension_patience": "3s"})
    talk.scenario(RULE)
    code = Code(talk, [])
    commanded: list[StartCall] = []
    receive = talk.machine.receive

    def watched(*args: Any) -> Any:
        commands = receive(*args)
        commanded.extend(one for one in commands if isinstance(one, StartCall))
        return commands

    talk.machine.receive = watched  # type: ignore[method-assign]
    types(talk.speaker())
    (call,) = commanded
    assert call.job == code.jobs[0]
    assert call.patience == 3_000_000_000
    assert (call.job.url, call.job.signing) == (URL, None)
    assert dict(call.job.headers)["Content-Type"] == "application/json; charset=UTF-8"


def test_an_event_without_words_has_none(talk: Conversation) -> None:
    talk.scenario(f"- {{when: {{event: SpeechSynthesizer.SpeechStarted}}, then: {{call: {URL}}}}}")
    code = Code(talk, [])
    assert talk.speaker().event("SpeechSynthesizer.SpeechStarted", {"token": "t"}).status == 204
    (asked,) = code.asked
    assert (asked["words"], asked["intent"], asked["slots"]) == (None, None, {})


def test_an_empty_list_is_answered_204_and_keeps_others_from_answering(talk: Conversation) -> None:
    talk.scenario(RULE)
    Code(talk, [])
    assert types(talk.speaker()).status == 204
    assert findings(talk) == []


def test_pushes_go_out_when_they_are_due(talk: Conversation) -> None:
    talk.scenario(RULE)
    Code(talk, [{"push": "Notifier.ClearIndicator", "after": "2s"}])
    speaker = talk.speaker()
    assert types(speaker).status == 204
    assert speaker.pushed_names() == []
    talk.wait("2s")
    assert speaker.pushed_names() == ["Notifier.ClearIndicator"]


def test_texts_are_taken_as_they_are(talk: Conversation) -> None:
    talk.scenario(RULE)
    Code(talk, [{"speak": "${words}"}])
    assert spoken(types(talk.speaker())) == ["${words}"]


# Events that are left to others


def test_what_the_code_leaves_goes_to_the_next_rule(talk: Conversation) -> None:
    talk.scenario(RULE + f"- {{name: next, when: {{event: {TYPED}, state: ''}}, then: [{{speak: 다음}}]}}")
    Code(talk, DECLINED, [{"speak": "내가"}])
    speaker = talk.speaker()
    assert spoken(types(speaker)) == ["다음"]
    assert spoken(types(speaker, dialog="d2")) == ["내가"]
    assert [one.rule for one in talk.journal(kind="event", name=TYPED)] == ["rule next", "rule code"]


def test_what_all_leave_is_answered_by_the_cloud_itself(talk: Conversation) -> None:
    talk.scenario(RULE + RULE.replace("code", "second").replace(f"event: {TYPED}", f"event: {TYPED}, nth: 1"))
    code = Code(talk, DECLINED, DECLINED)
    answer = types(talk.speaker(), "안녕")
    assert SPEAK in answer.names
    assert [one["rule"] for one in code.asked] == ["code", "second"]
    assert not talk.journal(kind="event", name=TYPED)[0].rule.startswith("rule")


def test_rules_before_it_are_not_counted_again(talk: Conversation) -> None:
    counted = f"- {{name: third, when: {{event: {TYPED}, nth: 3}}, then: [{{speak: 셋째}}]}}"
    talk.scenario(counted + RULE)
    Code(talk, DECLINED, DECLINED, DECLINED)
    speaker = talk.speaker()
    types(speaker)
    types(speaker, dialog="d2")
    assert spoken(types(speaker, dialog="d3")) == ["셋째"]


@pytest.mark.parametrize(("reply", "state"), [(DECLINED, ""), ([], "asked")])
def test_its_state_holds_if_the_code_answers(talk: Conversation, reply: Any, state: str) -> None:
    talk.scenario(RULE + "  state: asked")
    Code(talk, reply)
    types(talk.speaker())
    assert talk.account.state == state


# Speech


def test_code_that_asks_for_words_is_told_them(talk: Conversation) -> None:
    talk.scenario(f"- {{when: {{says: {{contains: 날씨}}}}, then: {{call: {URL}}}}}")
    code = Code(talk, [{"speak": "맑아요"}])
    talk.account.utterances.append("오늘 날씨 어때")
    speaker = talk.speaker()
    request = speaker.say()
    request.send(bytes(6400))
    assert code.jobs == []
    request.send(CLOSING)
    assert spoken(request.end()) == ["맑아요"]
    assert code.asked[0]["words"] == "오늘 날씨 어때"


def test_an_answer_may_come_before_the_user_has_ended(talk: Conversation) -> None:
    talk.scenario(f"- {{when: {{event: SpeechRecognizer.Recognize}}, then: {{call: {URL}}}}}")
    code = Code(talk, [{"speak": "잠깐만요"}, {"push": "Notifier.ClearIndicator"}])
    speaker = talk.speaker()
    request = speaker.say()
    assert code.asked[0]["words"] is None
    assert "Notifier.ClearIndicator" in speaker.pushed_names()
    request.send(bytes(6400) + CLOSING)
    assert spoken(request.end()) == ["잠깐만요"]


@pytest.mark.parametrize("while_listening", [True, False])
def test_speech_that_is_left_to_others_is_answered_by_what_was_said(talk: Conversation, while_listening: bool) -> None:
    talk.scenario(
        f"""
- {{name: early, when: {{event: SpeechRecognizer.Recognize}}, then: {{call: {URL}}}}}
- {{name: weather, when: {{says: {{contains: 날씨}}}}, then: [{{speak: 맑아요}}]}}
"""
    )
    Code(talk, DECLINED)
    talk.calls_run_at_once = while_listening
    talk.account.utterances.append("오늘 날씨 어때")
    request = talk.speaker().say()
    request.send(bytes(6400) + CLOSING)
    response = request.end()
    if not while_listening:
        assert response.status is None
        talk.run_calls()
    assert spoken(response) == ["맑아요"]


# What goes wrong


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Failure("timeout", "no answer within 8 s"), "timeout: no answer within 8 s"),
        (Failure("connect", "nobody listens"), "connect: nobody listens"),
        (HttpAnswer(500, (), b"ValueError:\n  boom"), "the status is 500, expected 200 or 204: ValueError: boom"),
        (HttpAnswer(404, (), b""), "the status is 404, expected 200 or 204"),
        (HttpAnswer(200, (), b"[{"), "the answer is not JSON: "),
        (HttpAnswer(200, (), b""), "the answer is not JSON: line 1, column 1: there is no JSON at all"),
        (HttpAnswer(200, (), b"null"), "the answer is null: send a list as under `then`, or status 204"),
        (HttpAnswer(200, (), b"\xff\xfe[]"), "the answer is not JSON: "),
    ],
)
def test_no_answer_is_a_finding_and_204(talk: Conversation, reply: Any, said: str) -> None:
    talk.scenario(RULE + "  state: asked")
    Code(talk, reply)
    assert types(talk.speaker()).status == 204
    ((code, found, place),) = findings(talk)
    assert code == "scenario.call.failed"
    assert found.startswith(f"{URL}: {said}")
    assert place == "scenario:4"
    assert talk.account.state == "asked"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"speek": "네"}, "then[0].speek: "),
        ({"directive": "Clova.RenderTxt"}, "then[0].directive: there is no directive 'Clova.RenderTxt'"),
        (
            {"directive": "Clova.RenderText", "payload": {"text": 1}},
            "then[0].payload.text: Clova.RenderText: ",
        ),
        (
            {"directive": "Clova.RenderText", "with": {"txet": "네"}},
            "then[0].with.txet: Clova.RenderText has no `txet`",
        ),
        ({"push": "Notifier.ClearIndicator", "after": "5s3m"}, "then[0].after: "),
        ("네", "then[0]: "),
        ({}, "then[0]: this sends nothing"),
    ],
)
def test_a_wrong_entry_is_left_out_and_the_others_are_sent(talk: Conversation, entry: Any, said: str) -> None:
    talk.scenario(RULE)
    Code(talk, [entry, {"speak": "이건 돼요"}])
    assert spoken(types(talk.speaker())) == ["이건 돼요"]
    ((code, found, place),) = findings(talk)
    assert (code, place) == ("scenario.call.answer", "scenario:4")
    assert found.startswith(f"{URL}: {said}")


@pytest.mark.parametrize("reply", [{"speak": "네"}, "네", 7, True])
def test_what_is_no_list_is_nothing(talk: Conversation, reply: Any) -> None:
    talk.scenario(RULE)
    Code(talk, reply)
    assert types(talk.speaker()).status == 204
    ((code, found, _),) = findings(talk)
    assert code == "scenario.call.answer"
    assert found.startswith(f"{URL}: then: ")


def test_a_strict_account_does_not_refuse_the_event_for_it(talk: Conversation) -> None:
    talk = Conversation(strict=True)
    talk.scenario(RULE)
    Code(talk, HttpAnswer(500, (), b""))
    assert types(talk.speaker()).status == 204


def given_up(talk: Conversation, act: Callable[[Speaker, Any], None]) -> None:
    talk.calls_run_at_once = False
    talk.scenario(RULE + "  state: asked")
    Code(talk, [{"push": "Notifier.ClearIndicator"}])
    speaker = talk.speaker()
    request = speaker.open_event(TYPED, {"text": "안녕"}, dialog="d1")
    act(speaker, request)
    talk.run_calls()
    assert talk.account.state == ""
    assert talk.journal(kind="rule-response")[0].note == "after 0 ms; ignored"


def test_an_event_that_is_given_up_is_not_answered(talk: Conversation) -> None:
    given_up(talk, lambda _, request: request.abort())


def test_a_device_that_is_gone_is_not_answered(talk: Conversation) -> None:
    given_up(talk, lambda _, request: request.connection.lose())


def test_others_are_answered_meanwhile(talk: Conversation) -> None:
    talk.calls_run_at_once = False
    talk.scenario(f"- {{when: {{event: {TYPED}, device: slow}}, then: {{call: {URL}}}}}")
    Code(talk, [{"speak": "이제야"}])
    slow, quick = talk.speaker("slow"), talk.speaker("quick")
    waiting = types(slow)
    assert waiting.status is None
    assert types(quick).status == 200
    talk.run_calls()
    assert spoken(waiting) == ["이제야"]
