"""When faults strike: how often, by which chance, whose; and what exactly becomes of the messages."""

import json
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.clock import SECOND
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.vocabulary import commands
from mockcloud.wire.http import WebResponse
from tests.cic.conversation import Conversation, Response, Speaker
from tests.cic.faults.bundled import Home

TYPED = "TextRecognizer.Recognize"
TEXT = {"text": "안녕"}


def set_fault(talk: Conversation, account: str = DEFAULT_ACCOUNT, **written: Any) -> None:
    outcome = talk.ask(op.AddFault(account, parse(written)))
    assert outcome.status == 200


def typed(speaker: Speaker, dialog: str = "d1") -> Response:
    return speaker.event(TYPED, TEXT, dialog=dialog)


def other_account(talk: Conversation) -> Any:
    talk.ask(op.CreateAccount(name="other"))
    return talk.machine.core.accounts.by_id["other"]


# How often


@pytest.mark.parametrize(("times", "struck"), [(1, 1), (2, 2), ("always", 5)])
def test_times(times: int | str, struck: int) -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="system_exception", code=503, times=times)
    statuses = [typed(speaker, f"d{n}").status for n in range(5)]
    assert statuses == [503] * struck + [200] * (5 - struck)


def struck_by_chance(seed: int, fault_id: str = "f") -> list[bool]:
    talk = Conversation(seed=seed)
    speaker = talk.speaker()
    set_fault(talk, id=fault_id, on="event", effect="system_exception", chance=0.5, times="always")
    return [typed(speaker, f"d{n}").status == 500 for n in range(40)]


def test_chance_is_the_seeds() -> None:
    first = struck_by_chance(1)
    assert 8 < sum(first) < 32
    assert struck_by_chance(1) == first
    assert struck_by_chance(2) != first
    assert struck_by_chance(1, "another") != first


def delays(seed: int) -> list[int]:
    talk = Conversation(seed=seed)
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="delay", by="1s", sigma=0.5, times="always")
    found = []
    for number in range(12):
        began = talk.now
        response = typed(speaker, f"d{number}")
        while response.status is None:
            talk.wait("10ms")
        found.append(talk.now - began)
    return found


def test_a_lognormal_delay_is_the_seeds_and_around_its_median() -> None:
    first = delays(1)
    assert first == delays(1) != delays(2)
    assert len(set(first)) == len(first)
    assert any(one < SECOND for one in first)
    assert any(one > SECOND for one in first)
    assert all(SECOND // 8 < one < 8 * SECOND for one in first)


# Whose


def test_a_fault_of_one_device_leaves_the_others_alone() -> None:
    talk = Conversation()
    kitchen, bath = talk.speaker("kitchen"), talk.speaker("bath")
    set_fault(talk, on="event", effect="system_exception", device="kitchen")
    assert typed(bath).status == 200
    assert typed(kitchen).status == 500


def test_a_fault_of_one_account_never_touches_another() -> None:
    talk = Conversation()
    account = other_account(talk)
    ours, theirs = talk.speaker("same"), talk.speaker("same", account)
    for effect in ({"on": "event", "effect": "system_exception"}, {"on": "downchannel", "effect": "reset_stream"}):
        set_fault(talk, **effect, times="always")
    set_fault(talk, on="token", effect="status", times="always")
    set_fault(talk, on="media", effect="status", times="always")
    assert typed(ours).status == 500
    assert typed(theirs).status == 200
    assert ("other", "same") in talk.machine.core.downchannels
    assert (DEFAULT_ACCOUNT, "same") not in talk.machine.core.downchannels
    assert talk.login("d", account)["access_token"]
    assert talk.web("GET", "/media/speech/ko/7JWI64WV.mp3", {"account": "other"}).status == 200
    assert talk.web("GET", "/media/speech/ko/7JWI64WV.mp3").status == 500
    assert [entry for entry in account.journal if entry.name.startswith("fault")] == []


def test_urls_of_media_name_their_account() -> None:
    talk = Conversation(behaviour={"speak_by": "url"})
    account = other_account(talk)
    url = typed(talk.speaker("d", account)).directives[0]["payload"]["url"]
    assert url.endswith(".mp3?account=other")
    assert typed(talk.speaker("e")).directives[0]["payload"]["url"].endswith(".mp3")


# When


def test_after_counts_the_accounts_time() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, id="late", on="downchannel", effect="reset_stream", after="3s")
    assert talk.account.faults["late"].as_json()["struck"] == 0
    talk.wait("2900ms")
    assert speaker.channel.reset is None
    talk.wait("200ms")
    assert speaker.channel.reset == 8


def test_a_fault_that_is_taken_back_before_its_time_never_strikes() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, id="late", on="downchannel", effect="reset_stream", after="3s")
    assert talk.ask(op.RemoveFault(DEFAULT_ACCOUNT, "late")).status == 204
    talk.wait("10s")
    assert speaker.channel.is_open


def test_a_fault_that_waits_for_a_part_is_taken_back() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, id="f", on="downchannel", at="part 2", effect="reset_stream")
    talk.ask(op.RemoveFaults(DEFAULT_ACCOUNT))
    for _ in range(3):
        talk.ask(op.Push(directive={"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}}))
    assert len(speaker.pushed()) == 3


def test_a_reset_of_the_account_takes_its_faults_back() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="system_exception", times="always")
    talk.ask(op.ResetAccount(DEFAULT_ACCOUNT))
    assert typed(speaker).status == 200


@pytest.mark.spec("C-031")
def test_the_so_many_th_push() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="downchannel", at="after part 3", effect="reset_stream", code="INTERNAL_ERROR")
    for _ in range(3):
        assert speaker.channel.is_open
        talk.ask(op.Push(directive={"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}}))
    assert speaker.channel.reset == 2
    assert [entry.name for entry in talk.journal(kind="connection")][-1] == "downchannel lost"


def test_so_long_after_a_point() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", at="after part + 2s", effect="reset_stream")
    response = typed(speaker)
    talk.wait("1990ms")
    assert response.is_open
    assert response.names == ["SpeechSynthesizer.Speak"]
    talk.wait("20ms")
    assert response.reset == 8


def test_so_long_after_the_headers_while_the_request_is_open() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", at="headers + 1s", effect="reset_stream", code=5)
    request = speaker.say()
    talk.wait("990ms")
    assert request.response.is_open
    talk.wait("20ms")
    assert request.response.reset == 5


def test_a_fault_whose_time_comes_when_the_exchange_is_over_waits_for_the_next() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, id="f", on="event", at="headers + 5s", effect="reset_stream")
    assert typed(speaker).ended
    talk.wait("10s")
    assert talk.account.faults["f"].struck == 0
    request = speaker.say()
    talk.wait("5s")
    assert request.response.reset == 8


def test_two_faults_strike_one_answer_in_the_order_of_its_points() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", at="after attachment", effect="reset_stream", code=5)
    set_fault(talk, on="event", at="part + 50%", effect="delay", by="1s")
    response = typed(speaker)
    assert (response.parts, response.is_open) == ([], True)
    talk.wait("1s")
    assert (len(response.parts), response.reset) == (1, 5)


def test_nothing_is_kept_of_an_exchange_that_the_device_gives_up() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="stall")
    set_fault(talk, on="event", effect="delay", by="5s")
    request = speaker.say()
    assert not talk.machine.faults.is_idle
    request.abort()
    talk.wait("1m")
    assert talk.machine.faults.is_idle


def test_a_push_that_a_stall_holds_up_is_blocked() -> None:
    talk = Conversation()
    talk.speaker()
    set_fault(talk, on="downchannel", effect="stall")
    push = op.Push(directive={"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}})
    assert talk.ask(push).body["sent"][0]["state"] == "blocked"


# What becomes of messages


@pytest.fixture
def talk() -> Conversation:
    talk = Conversation()
    talk.may_be_invalid = True
    return talk


def raw(speaker: Speaker, talk: Conversation, **fault: Any) -> Response:
    set_fault(talk, **{"on": "event", **fault})
    return typed(speaker, "d2")


def test_malformed_json(talk: Conversation) -> None:
    response = raw(talk.speaker(), talk, effect="malformed_json")
    assert response.status == 200
    with pytest.raises(ValueError):
        json.loads(response.parts[0].body)
    assert response.closed


@pytest.mark.parametrize("without", ["payload", "header.messageId", "payload.url"])
def test_invalid_directive(talk: Conversation, without: str) -> None:
    (speak,) = raw(talk.speaker(), talk, effect="invalid_directive", without=without).directives
    *outer, last = without.split(".")
    for step in outer:
        speak = speak[step]
    assert last not in speak


@pytest.mark.spec("D-055")
def test_unknown_directive(talk: Conversation) -> None:
    response = raw(talk.speaker(), talk, effect="unknown_directive")
    assert response.names == ["Mockcloud.Unheard", "SpeechSynthesizer.Speak"]
    assert len(response.attachments) == 1


@pytest.mark.spec("D-049")
def test_wrong_and_stale_dialog(talk: Conversation) -> None:
    speaker = talk.speaker()
    typed(speaker, "the-first")
    set_fault(talk, on="event", effect="stale_dialog")
    assert typed(speaker, "the-second").directives[0]["header"]["dialogRequestId"] == "the-first"
    set_fault(talk, on="event", effect="wrong_dialog")
    wrong = typed(speaker, "the-third").directives[0]["header"]["dialogRequestId"]
    assert wrong not in ("the-first", "the-second", "the-third")


def test_duplicate_directive(talk: Conversation) -> None:
    response = raw(talk.speaker(), talk, effect="duplicate_directive")
    first, second = response.directives
    assert first == second


@pytest.mark.spec("D-058")
@pytest.mark.parametrize(("to", "order"), [("first", [True, False]), ("last", [False, True])])
def test_attachment_order(talk: Conversation, to: str, order: list[bool]) -> None:
    response = raw(talk.speaker(), talk, effect="attachment_order", to=to)
    assert [part.started.content_id is not None for part in response.parts] == order


def test_attachment_missing(talk: Conversation) -> None:
    response = raw(talk.speaker(), talk, effect="attachment_missing")
    assert response.directives[0]["payload"]["url"].startswith("cid:")
    assert response.attachments == {}


def test_broken_mpeg(talk: Conversation) -> None:
    speaker = talk.speaker()
    whole = typed(speaker)
    (broken,) = raw(speaker, talk, effect="broken_mpeg").attachments.values()
    assert broken == bytes(len(next(iter(whole.attachments.values()))))


@pytest.mark.parametrize(
    ("fault", "content_type"),
    [
        ({"effect": "content_type"}, "text/html"),
        ({"effect": "content_type", "type": "application/json"}, "application/json"),
        ({"effect": "boundary"}, "multipart/related; boundary=not-this-one"),
        ({"effect": "boundary", "how": "missing"}, "multipart/related"),
    ],
)
def test_header_fields(fault: dict[str, str], content_type: str) -> None:
    home = Home()
    home.wait(2)
    home.fault(on="event", **fault)
    started: list[commands.StartResponse] = []
    receive = home.simulation.cloud.receive

    def watched(*given: Any) -> list[commands.Command]:
        commanded = receive(*given)
        started.extend(one for one in commanded if isinstance(one, commands.StartResponse))
        return commanded

    home.simulation.cloud.receive = watched  # type: ignore[method-assign]
    home.type("안녕")
    home.wait(1)
    assert dict(started[0].headers)["content-type"] == content_type


@pytest.mark.spec("C-016", "C-037")
def test_an_expired_token_is_refused_from_this_request_on() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="expire_token")
    assert typed(speaker).status == 401
    assert typed(speaker).status == 401


@pytest.mark.spec("C-059", "C-061")
@pytest.mark.parametrize("edition", ["newer", "4.4"])
def test_a_system_exception_is_a_valid_one_of_the_edition(edition: str) -> None:
    talk = Conversation(edition=edition)
    speaker = talk.speaker()
    set_fault(talk, on="event", effect="system_exception", code=451, description="규약에 동의하지 않음")
    response = typed(speaker)
    assert (response.status, response.error) == (451, (451, "규약에 동의하지 않음"))
    assert talk.journal(name=TYPED) == [], "the request is not acted on"


def test_malformed_json_of_a_token() -> None:
    talk = Conversation()
    set_fault(talk, on="token", effect="malformed_json")
    response = talk.web("GET", "/token", {"client_id": talk.account.client_id, "grant_type": "delete"})
    assert isinstance(response, WebResponse)
    with pytest.raises(ValueError):
        json.loads(response.body)


# Faults of scenarios


def test_the_fault_of_a_rule_strikes_the_answer_to_its_event() -> None:
    talk = Conversation()
    talk.scenario(
        "- name: weather\n  when: {says: 날씨}\n  then: [{speak: 맑아요}]\n"
        "  fault: {on: event, at: after part, effect: reset_stream, code: CANCEL}"
    )
    speaker = talk.speaker()
    broken = speaker.event(TYPED, {"text": "날씨"})
    assert broken.reset == 8
    assert broken.names == ["SpeechSynthesizer.Speak"]
    assert typed(speaker).status == 200


@pytest.mark.spec("C-031")
def test_the_fault_of_a_rule_drops_the_line_a_while_later() -> None:
    talk = Conversation()
    talk.scenario(
        "- name: drop\n  when: {event: SpeechSynthesizer.SpeechFinished}\n"
        "  fault: {on: downchannel, effect: reset_stream, code: CANCEL, after: 3s}"
    )
    speaker = talk.speaker()
    speaker.event("SpeechSynthesizer.SpeechFinished", {"token": "t"})
    assert speaker.channel.is_open
    talk.wait("3s")
    assert speaker.channel.reset == 8
