"""What an extension is sent, requirement by requirement: bodies, sessions, signatures, events (K-080..K-124)."""

import copy
import json
from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cek.requests import HTTP_HEADERS
from mockcloud.cic import operations as op
from mockcloud.cloud.extensions.sessions import RELAYED
from tests.cic.conversation import Conversation, catalogue
from tests.cloud.extensions.skills import PIZZA, Skill, Talker, answer, directive, speech

SPEAK = "SpeechSynthesizer.Speak"
EXPECT = "SpeechRecognizer.ExpectSpeech"
FINISH = "Clova.FinishExtension"
TOKEN = "11111111-2222-4333-8444-555555555555"


def context(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    namespace, short = name.split(".")
    return {"header": {"namespace": namespace, "name": short}, "payload": payload}


# The body


@pytest.mark.spec("K-080", "K-083")
@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (
            None,
            {
                "size": "custom",
                "contentLayer": {"width": 1920, "height": 1080},
                "orientation": "landscape",
                "dpi": 96,
            },
        ),
        ({"size": "none"}, {"size": "none"}),
        (
            {"size": "s100", "dpi": 120, "orientation": "portrait"},
            {"size": "s100", "contentLayer": {"width": 160, "height": 107}, "orientation": "portrait", "dpi": 120},
        ),
        (
            {"size": "custom", "dpi": 96, "orientation": "landscape", "contentLayer": {"width": 300, "height": 200}},
            {"size": "custom", "dpi": 96, "orientation": "landscape", "contentLayer": {"width": 300, "height": 200}},
        ),
    ],
)
def test_the_display_is_the_devices_or_full_hd(shop: Skill, user: Talker, sent: Any, got: Any) -> None:
    user.context = [context("Device.Display", sent)] if sent else []
    user.types("피자봇 시작해줘")
    assert shop.requests[0]["context"]["System"]["device"]["display"] == got


@pytest.mark.spec("K-084")
@pytest.mark.parametrize("audio_player", [False, True])
def test_of_what_the_device_reports_only_display_and_player_reach_the_extension(
    talk: Conversation, user: Talker, audio_player: bool
) -> None:
    shop = Skill(talk, PIZZA, audio_player=audio_player)
    state = {"playerActivity": "IDLE", "repeatMode": "NONE"}
    user.context += [
        context("AudioPlayer.PlaybackState", state),
        context("Clova.Location", {"latitude": "37.4", "longitude": "127.1"}),
        context("Speaker.VolumeState", {"volume": 5, "muted": False}),
        context("Alerts.AlertsState", {"allAlerts": [], "activeAlerts": []}),
    ]
    user.types("피자봇 시작해줘")
    sent = shop.requests[0]["context"]
    assert sent.get("AudioPlayer") == ({"playerActivity": "IDLE"} if audio_player else None)
    assert set(sent) - {"AudioPlayer"} == {"System"}
    assert set(sent["System"]) == {"application", "device", "user"}
    assert b"37.4" not in shop.jobs[0].body


@pytest.mark.spec("K-085")
def test_user_and_device_are_the_same_at_all_times_and_tell_nothing(talk: Conversation, shop: Skill) -> None:
    for _ in range(2):
        Talker(talk.speaker()).types("피자봇 시작해줘")
        talk.ask(op.ResetAccount("default"))
        talk.wait("5s")
    first, second = (one["context"]["System"] for one in shop.requests)
    assert (first["user"], first["device"]["deviceId"]) == (second["user"], second["device"]["deviceId"])
    assert "default" not in first["user"]["userId"]
    assert first["user"]["userId"] not in (talk.account.naver_access_token, talk.account.client_id)
    talk.ask(op.CreateAccount(name="other"))
    other = talk.machine.core.accounts.by_id["other"]
    registered = {name: value for name, value in PIZZA.items() if name != "id"}
    talk.ask(op.PutExtension(PIZZA["id"], registered, "other"))
    Talker(talk.speaker("speaker", other)).types("피자봇 시작해줘")
    assert shop.requests[-1]["session"]["user"]["userId"] != first["user"]["userId"]


@pytest.mark.spec("K-080", "K-099")
def test_every_request_has_what_the_public_sdks_read_without_looking(shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    shop.answers(answer("따라와요", outputSpeech={"type": "SimpleSpeech", "values": {**speech("네"), "token": TOKEN}}))
    user.types("배달 언제 와")
    user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": TOKEN})
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    user.types("그만")
    kinds = ["LaunchRequest", "IntentRequest", "EventRequest", "LaunchRequest", "SessionEndedRequest"]
    assert [one["request"]["type"] for one in shop.requests] == kinds
    for one in shop.requests:
        assert one["version"] == "0.1.0"
        assert isinstance(one["session"]["new"], bool)
        assert one["session"]["sessionId"]
        assert one["session"]["user"]["userId"]
        assert isinstance(one["session"]["sessionAttributes"], dict)
        assert one["context"]["System"]["user"]["userId"]
        assert one["context"]["System"]["device"]["deviceId"] == "speaker"
        assert one["context"]["System"]["application"]["applicationId"] == shop.id
    assert shop.requests[1]["request"]["intent"]["slots"] == {}


# On the wire


@pytest.mark.spec("K-092", "K-095", "K-096", "K-100")
@pytest.mark.parametrize(
    ("registered", "edition", "breakage"),
    [
        ({}, "newer", "none"),
        ({"edition": "4.4"}, "4.4", "none"),
        ({"signature": "garbled"}, "newer", "garbled"),
        ({"edition": "4.4", "signature": "expired"}, "4.4", "expired"),
    ],
)
def test_the_call_says_how_it_is_to_be_signed(
    talk: Conversation, user: Talker, registered: dict[str, str], edition: str, breakage: str
) -> None:
    shop = Skill(talk, PIZZA, **registered)
    user.types("피자봇 시작해줘")
    (job,) = shop.jobs
    assert job.url == PIZZA["url"]
    assert job.headers == HTTP_HEADERS
    assert job.signing is not None
    assert (job.signing.edition, job.signing.breakage) == (edition, breakage)
    assert job.signing.chain_url.startswith("https://cek-requests.clova.ai/cek/" if edition == "4.4" else "")
    (entry,) = talk.journal(kind="cek-request")
    assert entry.raw == job.body


@pytest.mark.spec("K-095")
def test_the_chain_is_where_the_public_url_says() -> None:
    talk = Conversation(edition="4.4", public_url="https://cloud.test:8443")
    shop = Skill(talk, PIZZA)
    Talker(talk.speaker()).types("피자봇 시작해줘")
    assert shop.jobs[0].signing is not None
    assert shop.jobs[0].signing.chain_url.startswith("https://cloud.test:8443/cek/")


@pytest.mark.spec("K-096")
def test_a_broken_signature_is_a_setting_of_the_account_too() -> None:
    talk = Conversation(behaviour={"extension_signature": "missing"})
    shop = Skill(talk, PIZZA)
    other = {"id": "com.example.own", "invocation_names": ["피자집"], "url": "http://own.test/"}
    own = Skill(talk, PIZZA, **other, signature="none")
    user = Talker(talk.speaker())
    user.types("피자봇 시작해줘")
    user.types("피자집 시작해줘")
    assert [job.signing.breakage for job in shop.jobs + own.jobs if job.signing] == ["missing", "none"]


@pytest.mark.spec("K-089", "K-132")
@pytest.mark.parametrize("came", [Failure("timeout", "8 s are over"), HttpAnswer(500, (), b"oops")])
def test_a_failed_request_is_not_sent_again_and_its_session_is_gone(
    talk: Conversation, shop: Skill, user: Talker, came: Any
) -> None:
    shop.says("네?", ends=False, attributes={"kept": 1})
    user.types("피자봇 시작해줘")
    shop.answers(came)
    assert FINISH in user.types("배달 언제 와").names
    assert shop.asked == ["LaunchRequest", "TrackDelivery", "SessionEndedRequest"]
    assert shop.requests[-1]["session"]["new"] is False
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    assert shop.requests[-1]["session"]["sessionAttributes"] == {}
    assert shop.requests[-1]["session"]["sessionId"] != shop.requests[0]["session"]["sessionId"]


@pytest.mark.spec("K-132", "K-087")
def test_a_first_request_that_fails_counts_as_opened(shop: Skill, user: Talker) -> None:
    shop.answers(Failure("connect", "nobody listens"))
    told = user.types("피자봇 시작해줘")
    assert told.names == ["Clova.RenderText", SPEAK, FINISH]
    launch, ended = shop.requests
    assert (launch["session"]["new"], ended["session"]["new"]) == (True, False)
    assert launch["session"]["sessionId"] == ended["session"]["sessionId"]


# Waiting and reprompt


@pytest.mark.spec("K-113")
def test_a_reprompt_counts_only_while_the_session_goes_on(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("끝", ends=True, reprompt="뭐라고요?")
    user.types("피자봇 시작해줘")
    talk.wait("2m")
    assert user.speaker.pushed() == []
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-113")
def test_a_new_reprompt_is_said_again(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("무슨 피자요?", ends=False, reprompt="피자 이름이요.")
    shop.says("몇 판이요?", ends=False, reprompt="숫자로요.")
    user.types("피자봇 시작해줘")
    talk.wait("38s")
    assert user.speaker.pushed_names() == [SPEAK, EXPECT]
    user.types("치즈 피자 시켜줘")
    talk.wait("38s")
    assert user.speaker.pushed_names() == [SPEAK, EXPECT]
    talk.wait("38s")
    assert user.speaker.pushed_names() == [FINISH]
    assert shop.asked == ["LaunchRequest", "OrderPizza", "SessionEndedRequest"]


@pytest.mark.spec("K-090", "K-112")
def test_the_waiting_time_is_that_of_the_expect_speech() -> None:
    talk = Conversation(behaviour={"question_timeout": "3s", "speech_allowance": "1s"})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    shop.says("네?", ends=False)
    asked = directive(user.types("피자봇 시작해줘"), EXPECT)
    assert asked["payload"]["timeoutInMilliseconds"] == 3000
    assert asked["payload"]["explicit"] is True
    assert "expectContentType" not in asked["payload"]
    talk.wait("3.9s")
    assert shop.asked == ["LaunchRequest"]
    talk.wait("0.2s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]


@pytest.mark.spec("K-090", "K-113")
def test_one_device_may_wait_longer_than_the_others_of_its_account() -> None:
    talk = Conversation(behaviour={"question_timeout": "3s", "speech_allowance": "1s"})
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker("patient"))
    talk.ask(op.SetQuestionTimeout("default", "patient", "10m"))
    shop.says("네?", ends=False)
    assert directive(user.types("피자봇 시작해줘"), EXPECT)["payload"]["timeoutInMilliseconds"] == 600_000
    talk.wait("9m59s")
    assert shop.asked == ["LaunchRequest"]
    talk.wait("2s")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    talk.ask(op.SetQuestionTimeout("default", "patient", None))
    for one in (Talker(talk.speaker("other")), user):
        shop.says("네?", ends=False)
        assert directive(one.types("피자봇 시작해줘"), EXPECT)["payload"]["timeoutInMilliseconds"] == 3000


# What devices report


def playing(shop: Skill, user: Talker, token: str = "song") -> None:
    payload = copy.deepcopy(catalogue().example("directive", "AudioPlayer.Play"))
    payload["audioItem"]["stream"]["token"] = token
    play = {"header": {"namespace": "AudioPlayer", "name": "Play"}, "payload": payload}
    shop.says("들려 드릴게요", directives=[play])
    user.types("피자봇 시작해줘")


@pytest.mark.spec("K-121", "K-122", "K-123")
@pytest.mark.parametrize("name", sorted(RELAYED))
def test_each_relayed_event_reaches_whoever_gave_what_it_is_about(talk: Conversation, user: Talker, name: str) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    talk.account.devices["speaker"].from_extensions["song"] = shop.id
    payload = copy.deepcopy(catalogue().example("event", name))
    if name == "AudioPlayer.StreamRequested":
        payload["audioStream"]["token"] = "song"
    else:
        payload["token"] = "song"
    user.speaker.event(name, payload)
    (request,) = shop.requests
    namespace, short = name.split(".")
    assert request["request"]["event"] == {"namespace": namespace, "name": short, "payload": payload}
    assert request["request"]["requestId"]
    assert request["session"]["new"] is True
    assert request["session"]["user"]["userId"]
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-121")
def test_there_are_thirteen_of_them() -> None:
    assert len(RELAYED) == 13


@pytest.mark.spec("K-122")
def test_speech_without_a_token_of_the_extension_is_its_own_affair(shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    heard = user.types("피자봇 시작해줘")
    user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": directive(heard, SPEAK)["payload"]["token"]})
    assert shop.asked == ["LaunchRequest"]


@pytest.mark.spec("K-122")
def test_the_request_id_is_the_events_dialog_or_new(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    playing(shop, user)
    finished = {"token": "song", "offsetInMilliseconds": 1}
    user.speaker.event("AudioPlayer.PlayStarted", finished, dialog="d-own")
    user.speaker.event("AudioPlayer.PlayFinished", finished)
    own, new = (one["request"]["requestId"] for one in shop.requests[1:])
    assert own == "d-own"
    assert len(new) == 36


@pytest.mark.spec("K-124")
def test_what_an_event_is_answered_goes_back_and_opens_no_session(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, audio_player=True)
    playing(shop, user)
    pause = {"header": {"namespace": "PlaybackController", "name": "Pause"}, "payload": {}}
    shop.says(ends=False, directives=[pause])
    told = user.speaker.event("AudioPlayer.PlayFinished", {"token": "song", "offsetInMilliseconds": 1})
    assert told.names == ["PlaybackController.Pause"]
    assert talk.account.devices["speaker"].session is None


@pytest.mark.spec("K-120", "K-122")
def test_event_requests_may_come_in_another_order() -> None:
    orders = [_order(seed) for seed in range(6)]
    sent = sorted(orders[0])
    assert all(sorted(order) == sent for order in orders)
    assert len(set(map(tuple, orders))) > 1
    assert _order(0) == orders[0]
    assert _order(0, event_requests="in_order") == [0, 1, 2, 3]


def _order(seed: int, event_requests: str = "shuffled") -> list[int]:
    talk = Conversation(seed=seed, behaviour={"event_requests": event_requests})
    shop, user = Skill(talk, PIZZA, audio_player=True), Talker(talk.speaker())
    playing(shop, user)
    for number in range(4):
        passed = {"token": "song", "offsetInMilliseconds": number}
        user.speaker.event("AudioPlayer.ProgressReportIntervalPassed", passed)
    talk.wait("1s")
    assert all(response.ended for response in talk.responses.values() if response is not user.speaker.channel)
    return [one["request"]["event"]["payload"]["offsetInMilliseconds"] for one in shop.requests[1:]]


@pytest.mark.spec("K-122")
def test_what_is_held_back_is_not_sent_for_an_account_that_is_gone() -> None:
    talk = Conversation(behaviour={"event_requests": "shuffled"})
    shop, user = Skill(talk, PIZZA, audio_player=True), Talker(talk.speaker())
    playing(shop, user)
    asked: list[PostToExtension] = []
    talk.extension = lambda job: asked.append(job) or HttpAnswer(200, (), b"{}")  # type: ignore[func-returns-value]
    user.speaker.event("AudioPlayer.PlayFinished", {"token": "song", "offsetInMilliseconds": 1})
    talk.ask(op.DeleteAccount("default"))
    talk.wait("1s")
    assert asked == []


# The other profile


@pytest.mark.spec("K-082", "K-123")
def test_the_wire_profile_in_a_conversation(talk: Conversation, user: Talker) -> None:
    shop = Skill(talk, PIZZA, profile="wire", audio_player=True)
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    shop.says("네", ends=False, attributes={"a": 1})
    user.types("배달 언제 와")
    shop.says("네", ends=False)
    user.types("두 판 주문해줘")
    user.types("그만")
    launch, bare, slots, ended = (json.loads(job.body) for job in shop.jobs)
    for one in (launch, ended):
        assert one["version"] == "1.0"
        assert one["request"]["extensionId"] == shop.id
        assert one["request"]["timestamp"] == "2026-01-01T00:00:00Z"
        assert one["request"]["locale"] == "ko-KR"
        assert one["request"]["intent"] == {"intent": "", "name": "", "slots": None}
        assert one["context"]["System"]["device"]["display"]["contentLayer"] == {"width": 0, "height": 0}
    assert "application" not in bare["context"]["System"]
    assert bare["request"]["intent"]["slots"] is None
    assert "sessionAttributes" not in bare["session"]
    assert slots["session"]["sessionAttributes"] == {"a": 1}
    assert slots["request"]["intent"]["slots"]["pizzaAmount"] == {"name": "pizzaAmount", "value": "2", "unit": "판"}


# Enabling and disabling


@pytest.mark.spec("K-121")
def test_the_japanese_service_tells_of_being_enabled_and_disabled() -> None:
    talk = Conversation(behaviour={"skill_events": True})
    asked: list[Any] = []

    def hear(job: PostToExtension) -> HttpAnswer:
        asked.append(json.loads(job.body))
        return HttpAnswer(200, (), b"{}")

    talk.extension = hear
    written = {name: value for name, value in PIZZA.items() if name != "id"}
    for enabled in (True, True, False, False, True):
        assert talk.ask(op.PutExtension(PIZZA["id"], {**written, "enabled": enabled})).status in (200, 201)
    assert [one["request"]["event"]["name"] for one in asked] == ["SkillEnabled", "SkillDisabled", "SkillEnabled"]
    assert {one["request"]["event"]["namespace"] for one in asked} == {"ClovaSkill"}
    assert {one["request"]["event"]["payload"] for one in asked} == {None}
    for one in asked:
        assert {finding.severity for finding in catalogue().check_cek_request(one)} == {"warning"}


@pytest.mark.spec("K-121")
@pytest.mark.parametrize("how", [{}, {"behaviour": {"skill_events": True}, "edition": "4.4"}])
def test_others_are_not_told(how: dict[str, Any]) -> None:
    shop = Skill(Conversation(**how), PIZZA)
    assert shop.jobs == []


@pytest.mark.spec("K-060", "K-087")
def test_disabling_an_extension_ends_its_sessions(talk: Conversation, shop: Skill, user: Talker) -> None:
    shop.says("네?", ends=False)
    user.types("피자봇 시작해줘")
    written = {name: value for name, value in PIZZA.items() if name != "id"}
    talk.ask(op.PutExtension(PIZZA["id"], {**written, "enabled": False}))
    assert user.speaker.pushed_names() == [FINISH]
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    user.types("배달 언제 와")
    user.types("피자봇 시작해줘")
    assert shop.asked == ["LaunchRequest", "SessionEndedRequest"]
