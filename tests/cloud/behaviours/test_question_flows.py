"""Dialogs of several turns, delegation, notifications, guests, and what is shown on which display."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import notifications, presentation, questions, registry
from mockcloud.cloud.turn import Turn
from mockcloud.speech import pcm
from mockcloud.vocabulary.replies import Outgoing, speak
from tests.cic.conversation import CLOSING, Response, Speaker, name_of
from tests.cloud.behaviours.household import Home

QUESTION = ["SpeechSynthesizer.Speak", "SpeechRecognizer.ExpectSpeech"]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return with_alarm(Home(monkeypatch))


def with_alarm(home: Home) -> Home:
    """ "알람" lacks a time; "알람 일곱시" has it."""
    home.when("알람", lambda turn: questions.ask(turn, "몇 시로 할까요?", words="알람"))
    home.when("알람 일곱시", lambda turn: (speak("일곱 시 알람", turn.lang),))
    return home


@pytest.fixture
def speaker(home: Home) -> Speaker:
    return home.speaker()


def asked(home: Home, device: Speaker) -> Any:
    answer = home.say(device, "알람")
    assert answer.names == QUESTION
    assert {each["header"]["dialogRequestId"] for each in answer.directives} == {"d1"}
    return answer.directives[1]["payload"]


def follow_up(home: Home, device: Speaker, question: Any, words: str = "일곱시", **other: Any) -> Response:
    payload = {"speechId": question["expectSpeechId"], "explicit": question["explicit"]} | other.pop("payload", {})
    return home.say(device, words, payload=payload, **other)


@pytest.mark.spec("C-086", "C-087", "C-088", "C-094")
def test_what_is_missing_is_asked_for_and_put_behind_the_request(home: Home, speaker: Speaker) -> None:
    question = asked(home, speaker)
    assert question["timeoutInMilliseconds"] == 7000
    assert question["explicit"] is True
    answer = follow_up(home, speaker, question)
    assert answer.names == ["SpeechSynthesizer.Speak"]
    (entry,) = home.talk.journal(words="일곱시")
    assert "C-088" in entry.because
    assert not [code for code in home.talk.findings() if code.startswith("order.")]


@pytest.mark.spec("C-088", "C-078")
def test_the_answer_may_be_spoken(home: Home, speaker: Speaker) -> None:
    question = asked(home, speaker)
    home.talk.ask(op.QueueUtterance(account="default", text="일곱시"))
    request = speaker.say("d1", speechId=question["expectSpeechId"], explicit=True)
    request.send(pcm.spoken("일곱시"), CLOSING)
    assert request.end().names == ["SpeechSynthesizer.Speak"]


@pytest.mark.spec("C-087")
@pytest.mark.parametrize("explicit", [True, False])
def test_the_user_has_to_answer_or_may(home: Home, speaker: Speaker, *, explicit: bool) -> None:
    answer = home.ask(lambda turn: questions.ask(turn, "더 들을까요?", explicit=explicit), speaker)
    assert answer.directives[1]["payload"]["explicit"] is explicit


@pytest.mark.spec("C-088", "C-090")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"dialog": "other"}, "order.answer.dialog"), ({"payload": {"explicit": False}}, "order.answer.explicit")],
)
@pytest.mark.parametrize("mismatch", ["continue", "new"])
def test_an_answer_that_does_not_quite_fit(
    monkeypatch: pytest.MonkeyPatch, wrong: Any, code: str, mismatch: str
) -> None:
    home = with_alarm(Home(monkeypatch, behaviour={"question_mismatch": mismatch}))
    speaker = home.speaker()
    question = asked(home, speaker)
    answer = follow_up(home, speaker, question, **wrong)
    assert (answer.status == 200) == (mismatch == "continue")
    assert code in home.talk.findings()
    finding = next(each for entry in home.talk.account.journal for each in entry.findings if each.code == code)
    assert finding.severity == "warning"


@pytest.mark.spec("C-088")
def test_an_answer_to_nothing_is_a_new_request(home: Home, speaker: Speaker) -> None:
    answer = home.say(speaker, "안녕", payload={"speechId": "unheard-of", "explicit": True})
    assert answer.status == 200
    assert "order.answer.unasked" in home.talk.findings()


@pytest.mark.spec("C-088")
def test_a_question_is_answered_once(home: Home, speaker: Speaker) -> None:
    question = asked(home, speaker)
    follow_up(home, speaker, question)
    assert follow_up(home, speaker, question).status == 204
    assert "order.answer.unasked" in home.talk.findings()


@pytest.mark.spec("C-088")
def test_another_device_cannot_answer(home: Home, speaker: Speaker) -> None:
    question = asked(home, speaker)
    assert follow_up(home, home.speaker("tv"), question).status == 204
    assert follow_up(home, speaker, question).status == 200


@pytest.mark.spec("C-089")
@pytest.mark.parametrize(("after", "lapsed"), [("8900ms", False), ("9100ms", True)])
def test_a_question_lapses_after_its_timeout_and_a_grace(
    home: Home, speaker: Speaker, after: str, *, lapsed: bool
) -> None:
    question = asked(home, speaker)
    home.talk.wait(after)
    assert follow_up(home, speaker, question).status == (204 if lapsed else 200)
    assert ("order.answer.late" in home.talk.findings()) == lapsed
    assert speaker.pushed() == []


@pytest.mark.spec("C-088", "C-079")
def test_an_answer_that_completes_nothing_is_a_new_request(home: Home, speaker: Speaker) -> None:
    question = asked(home, speaker)
    assert follow_up(home, speaker, question, "안녕").names == ["SpeechSynthesizer.Speak"]


@pytest.mark.spec("C-086", "C-088")
def test_a_scenario_s_question_is_known_too(home: Home, speaker: Speaker) -> None:
    home.talk.scenario("""
- when: {says: 주문}
  then:
    - directive: SpeechRecognizer.ExpectSpeech
      payload: {expectSpeechId: mine, explicit: false, timeoutInMilliseconds: 5000}
""")
    home.say(speaker, "주문")
    assert home.say(speaker, "안녕", payload={"speechId": "mine", "explicit": False}).status == 200
    assert not [code for code in home.talk.findings() if code.startswith("order.")]


# Delegation


@pytest.mark.spec("C-158", "C-159", "C-160")
def test_what_the_app_asks_for_the_speaker_does(home: Home, speaker: Speaker) -> None:
    tv = home.speaker("tv")
    delegated = home.talk.ask(op.Delegate("default", "speaker", "안녕")).body["delegation_id"]
    (told,) = speaker.pushed()
    assert (name_of(told), told["payload"]) == ("Clova.HandleDelegatedEvent", {"delegationId": delegated})
    assert "dialogRequestId" not in told["header"]
    process = ("Clova.ProcessDelegatedEvent", {"delegationId": delegated})
    assert tv.event(*process).status == 204
    answer = speaker.event(*process, dialog="d1")
    assert answer.names == ["SpeechSynthesizer.Speak"]
    assert "dialogRequestId" not in answer.directives[0]["header"]
    assert speaker.event(*process).status == 204
    assert home.talk.findings().count("order.delegation.unknown") == 2


@pytest.mark.spec("C-158")
def test_a_delegated_request_waits_for_its_device(home: Home, speaker: Speaker) -> None:
    speaker.drop_downchannel()
    home.talk.ask(op.Delegate("default", "speaker", "안녕"))
    speaker.connect()
    speaker.downchannel()
    assert speaker.pushed_names() == ["Clova.Hello", "Clova.HandleDelegatedEvent"]


# Notifications


@pytest.mark.spec("C-161", "C-162", "C-163", "C-164", "C-165")
def test_notifications_until_they_are_seen(home: Home, speaker: Speaker) -> None:
    tv = home.speaker("tv")
    home.talk.ask(op.Notify(account="default", text="택배가 왔어요.", new=False, light="NONE"))
    home.talk.ask(op.Notify(account="default", text="비가 와요.", present=True, sounds=("https://a.test/1.mp3",)))
    for device in (speaker, tv):
        indicator, notification = device.pushed()
        assert name_of(indicator) == "Notifier.SetIndicator"
        assert (indicator["payload"]["new"], indicator["payload"]["light"]) == (False, "NONE")
        assert name_of(notification) == "Notifier.Notify"
        (asset,) = notification["payload"]["assets"]
        assert asset["url"] == "https://a.test/1.mp3"
        assert notification["payload"]["assetPlayOrder"] == [asset["assetId"]]
        assert "dialogRequestId" not in indicator["header"]
    answer = home.ask(notifications.read_out, speaker)
    assert answer.names == ["SpeechSynthesizer.Speak"] * 2
    assert speaker.pushed_names() == tv.pushed_names() == ["Notifier.ClearIndicator"]
    assert home.ask(notifications.read_out, speaker).names == ["SpeechSynthesizer.Speak"]
    assert tv.pushed() == []


@pytest.mark.spec("C-161", "C-165")
def test_a_notification_for_one_device_and_its_end_for_all(home: Home, speaker: Speaker) -> None:
    tv = home.speaker("tv")
    home.talk.ask(op.Notify(account="default", device="tv"))
    assert (speaker.pushed(), tv.pushed_names()) == ([], ["Notifier.SetIndicator"])
    home.talk.ask(op.ClearNotifications("default"))
    assert speaker.pushed_names() == tv.pushed_names() == ["Notifier.ClearIndicator"]


# Devices, guests, displays


@pytest.mark.spec("C-148")
def test_the_app_registers_names_and_removes_devices(home: Home, speaker: Speaker) -> None:
    home.talk.ask(op.RegisterDevice("default", "tv", "거실", "TV-1"))
    (listed,) = speaker.event("DeviceControl.RequestDeviceList", {}).directives
    mine, tv = listed["payload"]["deviceList"]
    assert (mine["clientName"], mine["bindTime"]) == ("MyHome Speaker", "2026-01-01T09:00:00+09:00")
    assert mine["availabilities"][0] == {"name": "DELEGATION", "available": True}
    assert (tv["deviceName"], tv["modelId"], tv["availabilities"][0]["available"]) == ("거실", "TV-1", False)
    found = registry.by_name(home.talk.account, "거실")
    assert found is not None
    assert found.device_id == "tv"
    channel = speaker.channel
    assert channel is not None
    assert home.talk.ask(op.RemoveDevice("default", "speaker")).status == 204
    assert channel.ended
    assert speaker.connection is not None
    assert speaker.get("/ping").status == 401
    assert home.talk.ask(op.RemoveDevice("default", "speaker")).status == 404


def fetch_memos(turn: Turn) -> tuple[Outgoing, ...]:
    return presentation.login_first(turn, "memo") or presentation.tell(turn, "메모가 없어요.")


@pytest.mark.spec("C-184", "C-185")
def test_a_guest_has_to_log_in_and_ask_again(home: Home) -> None:
    guest, other = home.speaker("guest", guest=True), home.speaker("other", guest=True)
    answer = home.ask(fetch_memos, guest)
    assert answer.names == ["Clova.ExpectLogin"]
    assert answer.directives[0]["payload"] == {}
    assert home.talk.ask(op.LogIn("default", "guest")).status == 204
    assert guest.pushed() == []
    assert home.ask(fetch_memos, guest).names[0] == "SpeechSynthesizer.Speak"
    assert home.ask(fetch_memos, other).names == ["Clova.ExpectLogin"]
    guests = {token.device_id for token in home.talk.account.tokens.values() if token.guest}
    assert guests == {"other"}


@pytest.mark.spec("C-184")
def test_what_a_guest_may_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"login_needed": []})
    guest = home.speaker("guest", guest=True)
    assert home.ask(fetch_memos, guest).names[0] == "SpeechSynthesizer.Speak"


@pytest.mark.spec("C-176", "C-182", "C-186")
@pytest.mark.parametrize(
    ("display", "shown"),
    [({}, True), ({"Device__Display": {"size": "l100"}}, True), ({"Device__Display": {"size": "none"}}, False)],
)
def test_only_a_display_shows(home: Home, speaker: Speaker, display: Any, *, shown: bool) -> None:
    answer = home.ask(lambda turn: presentation.tell(turn, "맑아요."), speaker, **display)
    assert answer.names == ["SpeechSynthesizer.Speak"] + (["Clova.RenderText"] if shown else [])


@pytest.mark.spec("C-178", "C-179", "C-180", "C-181")
def test_help_links_and_extensions(home: Home, speaker: Speaker) -> None:
    def everything(_: Turn) -> tuple[Outgoing, ...]:
        links = [("app://one", "하나"), ("https://two.test/", "둘")]
        extension = (presentation.start_extension("피자봇"), presentation.finish_extension("피자봇"))
        return (*presentation.help_page(), *presentation.launch(links), *extension)

    answer = home.ask(everything, speaker)
    assert answer.names == ["Clova.Help", "Clova.LaunchURI", "Clova.StartExtension", "Clova.FinishExtension"]
    assert [each["title"] for each in answer.directives[1]["payload"]["targets"]] == ["하나", "둘"]
    assert answer.directives[2]["payload"] == {"extension": "피자봇"}
