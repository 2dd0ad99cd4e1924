"""Whatever users say and extensions answer: nothing is raised, nothing invalid is sent, no session gets stuck.

`Conversation` holds every directive against the catalogue and every exchange against its rules.
"""

import copy
import json
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.nlu.invocation import Callee, on_test_page, read
from mockcloud.settings import NoMatch
from tests.cic.conversation import Conversation, catalogue
from tests.cloud.extensions.skills import DICE, PIZZA, Talker, answer
from tests.nlu.variations import files_of

URLS = {PIZZA["url"]: PIZZA["id"], DICE["url"]: DICE["id"]}
CALLEES = [
    Callee("my.pizza", ("피자봇",), "ko", files_of("ko", "my.pizza")),
    Callee("my.dice", ("サイコロ遊び",), "ja", files_of("ja", "my.dice")),
    Callee("my.trip", ("여행 길잡이",), "ko", files_of("ko", "my.trip")),
]
PIECES = (
    "클로바", "피자봇", "サイコロ遊び", "에서", "에게", "を", "で", "시작해줘", "起動して", "종료해줘", "終了して",
    "그만", "치즈 피자", "두 판", "三個", "주문해줘", "振って", "달라고 해", "내일 오전 9시", "서울", "취소", "네",
    "오늘 날씨 어때", " ", ",", "?", "\0", "\ud800", "\U0001f355", "<slot>", "9" * 20, "ﾋﾟｻﾞ", "é",
)  # fmt: skip

words = st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)


@pytest.mark.spec("K-050", "K-058", "K-070")
@given(words=words, session=st.sampled_from(["", "my.pizza", "my.dice", "my.trip"]))
@settings(max_examples=80)
def test_any_words_mean_something_or_nothing(words: str, session: str) -> None:
    found = read(words, CALLEES, session=session)
    assert read(words, CALLEES, session=session) == found
    assert found.why
    assert (found.request == "IntentRequest") == bool(found.intent)
    assert all(isinstance(value, str) and value for value in found.slots.values())
    assert found.extension or found.request is None
    for callee in CALLEES:
        assert on_test_page(words, callee).extension == callee.id


# Whole conversations

SAID = (
    "피자봇 시작해줘", "피자봇 시작해줘", "피자봇에서 배달 언제 와", "배달 언제 와", "치즈 피자 시켜줘", "그만",
    "피자봇 종료해줘", "취소", "サイコロ遊びを起動して", "サイコロを振って", "終了して", "오늘 날씨 어때", "", "다음",
    "하늘은 왜 파래",
)  # fmt: skip

NAMES = ("type", "values", "value", "lang", "header", "payload", "name", "brief")
leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.sampled_from(["URL", "ko"])
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=6,
)
MEMBERS = ("outputSpeech", "card", "directives", "shouldEndSession", "reprompt")


DIRECTIVES = ("AudioPlayer.Play", "AudioPlayer.StreamDeliver", "PlaybackController.Pause", "Alerts.StopAlert")


@cache
def example(name: str) -> dict[str, Any]:
    """A directive as an extension may answer it."""
    namespace, short = name.split(".")
    return {"header": {"namespace": namespace, "name": short}, "payload": catalogue().example("directive", name)}


def with_token(directive: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(directive)
    made["payload"]["audioItem"]["stream"]["token"] = "song"
    return made


GOOD = st.builds(
    answer,
    st.sampled_from(["", "네", "안녕 \ud83c", "言"]),
    ends=st.booleans(),
    attributes=st.sampled_from([{}, {"a": 1}]),
    reprompt=st.sampled_from(["", "다시?"]),
    directives=st.lists(
        st.sampled_from(DIRECTIVES)
        .map(example)
        .map(lambda one: with_token(one) if one["header"]["name"] == "Play" else one),
        max_size=2,
    ),
)
BENT = st.builds(
    lambda message, name, value: {**message, "response": {**message["response"], name: value}},
    GOOD,
    st.sampled_from(MEMBERS),
    json_values,
)
RAW = st.builds(
    lambda status, body: HttpAnswer(status, (("content-type", "application/json"),), body),
    st.sampled_from([200, 204, 302, 500]),
    st.sampled_from([b"", b"{}", b"[]", b"\xff", b'{"response": {"outputSpeech": {}, "card": null}}', b"[" * 99]),
)
FAILED = st.sampled_from([Failure("connect", "x"), Failure("timeout", "x"), Failure("too_large", "x")])
anything_answered = st.sampled_from([GOOD, GOOD, GOOD, BENT, BENT, RAW, FAILED, json_values]).flatmap(lambda one: one)

SPANS = ("1s", "8s", "40s")
EVENTS = ("AudioPlayer.PlayFinished", "AudioPlayer.PlayStarted", "AudioPlayer.PlayStopped")
KINDS = ("say",) * 8 + ("say_later",) * 2 + ("wait", "wait", "finish", "finish", "run", "run", "report", "register")
turns_of = st.tuples(st.sampled_from(KINDS), st.sampled_from(SAID) | words)


class World:
    """A user, two extensions that answer whatever comes next, and what must hold after every turn."""

    def __init__(self, policy: str, answers: list[Any]) -> None:
        self.talk = Conversation(behaviour={"no_match": policy})
        self.answers = answers
        self.asked: list[dict[str, Any]] = []
        self.talk.extension = self._answer
        for registration in (PIZZA, DICE):
            self._register(registration)
        self.user = Talker(self.talk.speaker())
        self.token = ""

    def _register(self, registration: dict[str, Any]) -> None:
        written = {name: value for name, value in registration.items() if name != "id"}
        self.talk.ask(op.PutExtension(registration["id"], {**written, "audio_player": True}))

    def _answer(self, job: PostToExtension) -> HttpAnswer | Failure:
        message = json.loads(job.body)
        assert catalogue().check_cek_request(message) == [], message
        assert message["context"]["System"]["application"]["applicationId"] == URLS[job.url]
        self.asked.append(message)
        what = self.answers.pop() if self.answers else answer("네", ends=False)
        if isinstance(what, HttpAnswer | Failure):
            return what
        body = json.dumps(what).encode()
        return HttpAnswer(200, (("content-type", "application/json; charset=UTF-8"),), body)

    def turn(self, what: str, about: str) -> None:
        match what:
            case "say":
                self._heard(self.user.types(about))
            case "say_later":
                self.talk.calls_run_at_once = False
                self.user.types(about)
                self.talk.calls_run_at_once = True
            case "wait":
                self.talk.wait(SPANS[len(about) % len(SPANS)])
            case "report":
                name = EVENTS[len(about) % len(EVENTS)]
                self.user.speaker.event(name, {"token": "song", "offsetInMilliseconds": 1})
            case "finish":
                self.user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": self.token})
            case "run":
                self.talk.run_calls()
            case "register":
                self.talk.run_calls()
                self._register(PIZZA)
        for one in self.user.speaker.pushed():
            self.token = one["payload"].get("token", self.token)

    def _heard(self, response: Any) -> None:
        assert response.ended
        for one in response.directives:
            if one["header"]["name"] == "Speak":
                self.token = one["payload"]["token"]

    def end(self) -> None:
        """In the end nobody speaks any more: every call is answered, every session is over, and each one was told."""
        self.talk.run_calls()
        for _ in range(3):
            self.talk.wait("5m")
            self.talk.run_calls()
        assert self.talk.calls == {}
        assert self.talk.account.devices["speaker"].session is None
        assert self.talk.machine.core.calls == {}
        self._holds_of_sessions()
        fresh = len(self.asked)
        self.answers[:] = [answer("네")]
        assert self.user.types("피자봇 시작해줘").ended
        assert self.asked[fresh]["request"]["type"] == "LaunchRequest"
        assert self.asked[fresh]["session"]["new"] is True

    def _holds_of_sessions(self) -> None:
        seen: dict[str, list[str]] = {}
        for message in self.asked:
            request, session = message["request"]["type"], message["session"]
            if request == "EventRequest":
                continue
            before = seen.setdefault(session["sessionId"], [])
            assert session["new"] is (not before), message
            assert "SessionEndedRequest" not in before, "something was asked after the end"
            before.append(request)


@pytest.mark.spec("K-086", "K-087", "K-089", "K-091", "K-101", "K-109", "K-131", "K-132", "K-133")
@given(
    policy=st.sampled_from(get_args(NoMatch)),
    turns=st.lists(turns_of, min_size=5, max_size=30),
    answers=st.lists(anything_answered, min_size=5, max_size=30),
)
@settings(max_examples=30, deadline=None)
def test_no_conversation_gets_stuck(policy: str, turns: list[tuple[str, str]], answers: list[Any]) -> None:
    world = World(policy, answers)
    for turn in turns:
        world.turn(*turn)
    world.end()
