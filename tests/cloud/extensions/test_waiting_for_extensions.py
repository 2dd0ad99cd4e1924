"""While an extension answers: the device gives up, speaks again, never ends its request; the answer comes late."""

import pytest

from mockcloud.cek.exchange import PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.clock import Instant
from mockcloud.vocabulary import CallId, Command, inputs
from mockcloud.vocabulary.commands import StartCall
from tests.cic.conversation import CLOSING, Conversation
from tests.cic.test_keeping import again, kept_conversation
from tests.cloud.extensions.skills import PIZZA, TYPED, Skill, Talker, directive, spoken

FINISH = "Clova.FinishExtension"


@pytest.fixture
def user(talk: Conversation, shop: Skill) -> Talker:
    """In a session that is open; from now on calls stay under way until they are run."""
    user = Talker(talk.speaker())
    shop.says("네?", ends=False, attributes={"before": 1})
    user.types("피자봇 시작해줘")
    talk.calls_run_at_once = False
    return user


@pytest.mark.spec("C-045", "K-131")
def test_the_event_waits_for_the_answer(talk: Conversation, shop: Skill, user: Talker) -> None:
    asked = user.types("배달 언제 와")
    assert asked.status is None
    talk.wait("7s")
    shop.says("곧 가요")
    talk.run_calls()
    assert spoken(asked) == ["곧 가요"]
    assert asked.ended


@pytest.mark.spec("C-045")
def test_an_answer_before_the_end_of_the_request_waits_for_it(talk: Conversation, shop: Skill, user: Talker) -> None:
    request = user.speaker.open_event(TYPED, {"text": "배달 언제 와"}, dialog="d2")
    shop.says("곧 가요")
    talk.run_calls()
    assert request.response.status is None
    request.send(CLOSING)
    assert spoken(request.end()) == ["곧 가요"]


@pytest.mark.spec("C-045")
def test_a_request_that_never_ends_is_answered_with_what_the_extension_says(
    talk: Conversation, shop: Skill, user: Talker
) -> None:
    request = user.speaker.open_event(TYPED, {"text": "배달 언제 와"}, dialog="d2")
    talk.wait("11s")
    assert request.response.status is None
    shop.says("곧 가요")
    talk.run_calls()
    assert spoken(request.response) == ["곧 가요"]
    assert "request.not-ended" in talk.findings()


@pytest.mark.spec("K-131", "K-132")
def test_the_driver_is_told_how_patient_to_be() -> None:
    talk = Conversation(behaviour={"extension_patience": "3s"})
    commands: list[Command] = []
    usual = talk.machine.receive

    def receive(what: inputs.Input, now: Instant) -> list[Command]:
        given = usual(what, now)
        commands.extend(given)
        return given

    talk.machine.receive = receive  # type: ignore[method-assign]
    shop = Skill(talk, PIZZA)
    Talker(talk.speaker()).types("피자봇 시작해줘")
    (call,) = (one for one in commands if isinstance(one, StartCall) and isinstance(one.job, PostToExtension))
    assert call.patience == 3_000_000_000
    assert call.job.signing is not None
    assert call.job.signing.edition == "newer"
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-132", "K-133")
def test_a_late_answer_changes_nothing(talk: Conversation, shop: Skill, user: Talker) -> None:
    asked = user.types("배달 언제 와")
    (call,) = talk.calls
    talk.run_calls(error="no answer within 8 s")
    assert asked.names == ["Clova.RenderText", "SpeechSynthesizer.Speak", FINISH]
    assert "extension.timeout" in talk.findings()
    talk.feed(inputs.CallAnswered(CallId(call), "whatever"))
    assert talk.account.devices["speaker"].session is None


@pytest.mark.parametrize("how", ["stream", "connection"])
@pytest.mark.spec("K-087", "K-088")
def test_a_device_that_gives_up_is_told_nothing_and_its_session_goes_on(
    talk: Conversation, shop: Skill, user: Talker, how: str
) -> None:
    request = user.speaker.open_event(TYPED, {"text": "배달 언제 와"}, dialog="d2")
    if how == "stream":
        request.abort()
    else:
        assert user.speaker.connection is not None
        user.speaker.connection.lose()
    shop.says("곧 가요", ends=False, attributes={"after": 1})
    talk.run_calls()
    session = talk.account.devices["speaker"].session
    assert session is not None
    assert session.attributes == {"after": 1}
    talk.calls_run_at_once = True
    talk.wait("38s")
    assert shop.asked == ["LaunchRequest", "TrackDelivery", "SessionEndedRequest"]


@pytest.mark.spec("K-089", "K-133")
def test_who_speaks_again_is_not_interested_in_the_first_answer(talk: Conversation, shop: Skill, user: Talker) -> None:
    first = user.types("배달 언제 와")
    second = user.types("치즈 피자 시켜줘")
    assert first.status is None
    assert second.status is None
    shop.says("첫째", ends=True, attributes={"first": 1})
    shop.says("둘째", ends=False, attributes={"second": 1})
    talk.run_calls()
    assert first.status == 204
    assert spoken(second) == ["둘째"]
    session = talk.account.devices["speaker"].session
    assert session is not None
    assert session.attributes == {"second": 1}
    assert [one["session"]["sessionAttributes"] for one in shop.requests[1:]] == [{"before": 1}] * 2


@pytest.mark.spec("K-056", "K-089")
def test_an_answer_after_the_end_of_the_session_is_ignored(talk: Conversation, shop: Skill, user: Talker) -> None:
    asked = user.types("배달 언제 와")
    bye = user.types("그만")
    assert bye.names == [FINISH]
    shop.says("곧 가요", ends=False)
    talk.run_calls()
    assert asked.status == 204
    assert talk.account.devices["speaker"].session is None
    assert "SessionEndedRequest" in shop.asked


def test_no_other_device_waits(talk: Conversation, shop: Skill, user: Talker) -> None:
    asked = user.types("배달 언제 와")
    other = Talker(talk.speaker("kitchen"))
    assert other.types("안녕").status == 200
    assert asked.status is None


@pytest.mark.spec("K-113")
def test_nobody_waits_for_the_user_while_the_extension_answers(talk: Conversation, shop: Skill, user: Talker) -> None:
    user.types("배달 언제 와")
    talk.ask(op.SetClock(account="default", action="advance", by="2m"))
    assert "SessionEndedRequest" not in shop.asked
    assert user.speaker.pushed() == []


@pytest.mark.parametrize(
    "operation", [op.ResetAccount("default"), op.DeleteAccount("default"), op.DeleteExtension(PIZZA["id"])]
)
def test_what_is_gone_when_the_answer_comes(talk: Conversation, shop: Skill, user: Talker, operation: object) -> None:
    asked = user.types("배달 언제 와")
    talk.ask(operation)
    shop.says("곧 가요", ends=False)
    talk.run_calls()
    assert asked.status == 204
    assert talk.machine.core.session_timers == {}
    talk.wait("1m")


def test_speech_waits_like_typed_words(talk: Conversation, shop: Skill, user: Talker) -> None:
    talk.ask(op.QueueUtterance(account="default", text="배달 언제 와"))
    request = user.speaker.say("d2")
    request.send(bytes(6400))
    request.send(CLOSING)
    response = request.end()
    assert response.status is None
    shop.says("곧 가요", ends=False)
    talk.run_calls()
    assert spoken(response) == ["곧 가요"]
    assert directive(response, "SpeechRecognizer.ExpectSpeech")["header"]["dialogRequestId"] == "d2"


@pytest.mark.spec("K-087", "K-088")
@pytest.mark.parametrize("under_way", [False, True])
def test_a_session_outlives_the_server(under_way: bool) -> None:
    talk, keeping = kept_conversation()
    shop = Skill(
        talk,
        PIZZA,
        linking={"login_url": "https://a", "client_id": "c", "access_token_uri": "https://t", "client_secret": "s"},
    )
    speaker = talk.speaker()
    shop.says("네?", ends=False, attributes={"kept": [1]}, reprompt="네?")
    Talker(speaker).types("피자봇 시작해줘")
    if under_way:
        talk.calls_run_at_once = False
        Talker(speaker).types("배달 언제 와")
    extension = talk.account.extensions[shop.id]

    after, _ = again(talk, keeping)
    assert after.account.extensions[shop.id] == extension
    session = after.account.devices["speaker"].session
    assert session is not None
    assert session.attributes == {"kept": [1]}
    jobs: list[PostToExtension] = []

    def gone(job: PostToExtension) -> Failure:
        jobs.append(job)
        return Failure("connect", "gone")

    after.extension = gone
    after.wait("38s")
    after.wait("38s")
    assert [b"SessionEndedRequest" in job.body for job in jobs] == [True]
