"""A running cloud is given a scenario: its account has the settings, clock and alerts that a replay of it has."""

from datetime import datetime
from typing import Any

import pytest

from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation

HEAD = "mockcloud: 1\ntitle: t\n"


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def give(talk: Conversation, text: str) -> op.Outcome:
    outcome: op.Outcome = talk.ask(op.LoadScenario("default", HEAD + text))
    return outcome


def read(talk: Conversation) -> dict[str, Any]:
    body: dict[str, Any] = talk.ask(op.ReadAccount()).body
    return body


def test_the_account_has_the_settings_that_are_given() -> None:
    talk = Conversation()
    given = "{edition: '4.4', account: {strict: true, lang: ja}, settings: {behaviour: {not_understood: speak}}}"
    assert give(talk, f"given: {given}").status == 200
    account = read(talk)
    assert (account["edition"], account["strict"], account["lang"]) == ("4.4", True, "ja")
    assert talk.account.settings.behaviour.not_understood == "speak"


def test_another_scenario_finds_nothing_of_what_the_one_before_gave(talk: Conversation) -> None:
    before = talk.account.settings
    give(talk, "given: {edition: '4.4', account: {strict: true}}")
    give(talk, "rules: []")
    assert talk.account.settings == before


def test_settings_that_are_changed_meanwhile_stay_but_what_is_given_goes_before_them(talk: Conversation) -> None:
    give(talk, "given: {account: {lang: ja}}")
    talk.ask(op.ChangeAccount("default", {"lang": "en", "strict": True}))
    assert (read(talk)["lang"], read(talk)["strict"]) == ("ja", True)
    give(talk, "rules: []")
    assert (read(talk)["lang"], read(talk)["strict"]) == ("en", True)


def test_its_words_are_checked_in_the_edition_and_language_of_the_account(talk: Conversation) -> None:
    newer_only = "rules: [{when: {}, then: [{push: DeviceControl.BtRescan}]}]"
    assert give(talk, newer_only).status == 200
    assert give(talk, "given: {edition: '4.4'}\n" + newer_only).status == 422
    assert read(talk)["edition"] == "newer"


def test_what_is_the_servers_is_refused_and_nothing_is_changed(talk: Conversation) -> None:
    outcome = give(talk, "given: {account: {strict: true}, settings: {limits: {json: 1000}}}")
    assert outcome.status == 422
    assert "given.settings.limits" in outcome.body["detail"]
    assert "give it to `serve`" in outcome.body["detail"]
    assert read(talk)["strict"] is False
    assert read(talk)["scenario"] == ""


def test_an_unknown_time_zone_is_refused(talk: Conversation) -> None:
    assert give(talk, "given: {account: {timezone: Mars/Olympus}}").status == 422
    assert read(talk)["timezone"] == "Asia/Seoul"


def test_the_clock_is_set_and_tokens_keep_their_life(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert give(talk, "given: {clock: '2031-05-05T07:30:00+09:00'}").status == 200
    assert datetime.fromisoformat(read(talk)["now"]) == datetime.fromisoformat("2031-05-05T07:30:00+09:00")
    assert speaker.event("Clova.ProcessDelegatedEvent", {"delegationId": "x"}).status == 204


@pytest.mark.spec("C-101", "C-103", "C-166")
def test_alerts_are_set_and_devices_that_are_there_are_told(talk: Conversation) -> None:
    speaker = talk.speaker("kitchen")
    text = "given: {devices: {kitchen: {}, bedroom: {}}, alerts: [%s, %s]}"
    tea = "{type: TIMER, token: tea, scheduled_time: \"${now + '5m'}\"}"
    wake_up = "{type: ALARM, token: wake-up, device: bedroom, scheduled_time: '2026-01-02T07:00:00'}"
    assert give(talk, text % (tea, wake_up)).status == 200
    (told,) = [one for one in speaker.pushed() if one["header"]["name"] == "SetAlert"]
    assert told["payload"]["token"] == "tea"
    listed = talk.ask(op.ListAlerts("default")).body["alerts"]
    assert [(one["device"], one["alert"]["scheduledTime"]) for one in listed] == [
        ("kitchen", "2026-01-01T09:05:00+09:00"),
        ("bedroom", "2026-01-02T07:00:00+09:00"),
    ]


def test_a_reset_begins_with_the_alerts_again(talk: Conversation) -> None:
    give(talk, "given: {state: s, alerts: [{type: TIMER, token: tea, scheduled_time: '2026-01-01T10:00:00'}]}")
    talk.ask(op.DeleteAlert("default", "tea"))
    talk.ask(op.SetState("default", "other"))
    talk.ask(op.ResetAccount("default"))
    assert list(talk.account.alerts) == ["tea"]
    assert talk.account.state == "s"


@pytest.mark.parametrize("time", ["${now.year}", "${'x' + account.id}"])
def test_an_alert_that_cannot_be_set_refuses_all_of_it(talk: Conversation, time: str) -> None:
    given = (
        "{account: {strict: true}, clock: '2031-01-01T00:00:00+09:00', alerts: [{type: ALARM, scheduled_time: \"%s\"}]}"
    )
    outcome = give(talk, "given: " + given % time)
    assert outcome.status == 422
    assert "given.alerts" in outcome.body["detail"]
    assert read(talk)["strict"] is False
    assert read(talk)["now"].startswith("2026")
