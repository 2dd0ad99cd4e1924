"""What may be asked of the cloud beside its devices: accounts, pushes, the journal and waits, clock, scenario."""

from datetime import datetime
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cic.operations import Outcome
from mockcloud.server.control.bodies import WhichEntries
from mockcloud.vocabulary.inputs import Blocked, Withdrawn
from mockcloud.wire.messages import split_name
from tests.cic.conversation import CLOSING, Conversation, Speaker, catalogue

TYPED = "TextRecognizer.Recognize"


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def push(name: str = "Clova.ExpectLogin", payload: dict[str, Any] | None = None, **more: Any) -> op.Push:
    namespace, _, short = name.partition(".")
    header = {"namespace": namespace, "name": short}
    return op.Push(directive={"header": header, "payload": payload or {}}, **more)


def now(talk: Conversation, account: str = "default") -> datetime:
    return datetime.fromisoformat(talk.ask(op.ReadAccount(account)).body["now"])


# Accounts


@pytest.mark.spec("C-017")
def test_an_account_comes_with_everything_a_test_needs(talk: Conversation) -> None:
    outcome = talk.ask(op.CreateAccount(name="mine", devices=("a", "b"), settings={"edition": "4.4", "seed": 7}))
    assert outcome.status == 201
    assert outcome.body["account"] == "mine"
    assert {"naver_access_token", "client_id", "client_secret", "device_url"} <= set(outcome.body)
    assert [device["device_id"] for device in outcome.body["devices"]] == ["a", "b"]
    assert all(device["access_token"] and device["expires_in"] for device in outcome.body["devices"])
    read = talk.ask(op.ReadAccount("mine")).body
    assert (read["edition"], read["strict"], read["timezone"], read["seed"]) == ("4.4", False, "Asia/Seoul", 7)
    assert read["now"] == "2026-01-01T09:00:00.000+09:00"


def test_accounts_without_a_name_get_one_each(talk: Conversation) -> None:
    talk.ask(op.CreateAccount(name="account-1"))
    names = [talk.ask(op.CreateAccount()).body["account"] for _ in range(2)]
    assert names == ["account-2", "account-3"]
    listed = talk.ask(op.ListAccounts()).body["accounts"]
    assert [each["account"] for each in listed] == ["default", "account-1", "account-2", "account-3"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (op.CreateAccount(name="default"), 409, "already"),
        (op.CreateAccount(name=""), 422, "name"),
        (op.CreateAccount(name="a/b"), 422, "slash"),
        (op.CreateAccount(settings={"editoin": "4.4"}), 422, "did you mean edition?"),
        (op.CreateAccount(settings={"edition": "4.5"}), 422, "4.5"),
        (op.CreateAccount(settings={"behaviour": {"keep_recording": 5}}), 422, "behaviour.keep_recording"),
        (op.CreateAccount(settings={"timezone": "Mars/Olympus"}), 422, "Mars"),
        (op.CreateAccount(settings={"timezone": "Asia"}), 422, "Asia"),
        (op.CreateAccount(settings={"timezone": "../etc/passwd"}), 422, "timezone"),
        (op.CreateAccount(settings={"timezone": ""}), 422, "timezone"),
        (op.ChangeAccount("default", {"timezone": "Nowhere"}), 422, "Nowhere"),
        (op.ChangeAccount("default", {"strict": "yes"}), 422, "strict"),
        (op.ChangeAccount("nobody", {}), 404, "default"),
        (op.ReadAccount("nobody"), 404, "nobody"),
        (op.DeleteAccount("nobody"), 404, "nobody"),
        (op.IssueToken("default", ""), 422, "device"),
    ],
)
def test_what_cannot_be_done_is_a_problem_that_says_why(talk: Conversation, asked: Any, status: int, said: str) -> None:
    outcome = talk.ask(asked)
    assert outcome.status == status
    assert said in outcome.body["detail"]
    assert outcome.body["status"] == status
    assert len(talk.ask(op.ListAccounts()).body["accounts"]) == 1


def test_settings_are_changed_while_the_account_lives(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.event("Un.Known").status == 204
    assert talk.ask(op.ChangeAccount("default", {"strict": True, "timezone": "UTC"})).body["strict"] is True
    assert speaker.event("Un.Known").status == 400
    assert now(talk).utcoffset() is not None
    assert now(talk).isoformat() == "2026-01-01T00:00:00+00:00"


def test_deleting_an_account_leaves_no_trace(talk: Conversation) -> None:
    talk.ask(op.CreateAccount(name="mine"))
    account = talk.machine.core.accounts.by_id["mine"]
    speaker = talk.speaker("a", account)
    upload = speaker.open_event(TYPED, {"text": "안녕"}, dialog="d")
    wait = talk.ask_later(op.WaitForJournal(account="mine", match={"event": "Never.Comes"}))
    pending = talk.ask_later(push(account="mine", device="elsewhere", wait_ms=60_000))
    before = len(talk.account.journal)
    assert talk.ask(op.DeleteAccount("mine")).status == 204
    assert talk.answers[wait].body["matched"] is False
    assert talk.answers[pending].status == 409
    assert speaker.channel is not None
    assert speaker.channel.ended
    upload.send(CLOSING)
    upload.end()
    assert len(talk.account.journal) == before
    assert speaker.get("/ping").status == 401
    assert talk.ask(op.ReadAccount("mine")).status == 404
    again = talk.ask(op.CreateAccount(name="mine")).body
    assert again["devices"] == []
    assert not talk.machine.core.accounts.by_id["mine"].journal


def test_the_default_account_can_be_deleted_like_any_other(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert talk.ask(op.DeleteAccount("default")).status == 204
    assert speaker.connection is not None
    assert speaker.connection.get("/ping", speaker.headers, speaker.account).status == 401


def test_resetting_forgets_what_happened_and_keeps_tokens(talk: Conversation) -> None:
    talk.scenario("""
- {name: once, when: {says: 하나, nth: 1}, then: [{push: Clova.ExpectLogin, after: 5s}], state: seen}
""")
    speaker = talk.speaker()
    speaker.event(TYPED, {"text": "하나"}, context=[{"header": {"namespace": "a", "name": "b"}, "payload": {}}])
    talk.ask(op.QueueUtterance(account="default", text="x"))
    talk.ask(op.SetClock(account="default", action="freeze"))
    assert talk.ask(op.ResetAccount("default")).status == 200
    account = talk.account
    assert (account.state, account.counts, len(account.journal), len(account.utterances)) == ("", {}, 0, 0)
    assert account.device("speaker").context == {}
    talk.wait("10s")
    assert now(talk).isoformat() == "2026-01-01T09:00:10+09:00"
    assert speaker.pushed_names() == []
    assert speaker.event(TYPED, {"text": "하나"}).status == 204
    assert account.state == "seen"


# Pushes


@pytest.mark.spec("C-024", "C-070", "C-073")
def test_a_push_is_answered_when_it_has_left(talk: Conversation) -> None:
    speaker = talk.speaker()
    outcome = talk.ask(push())
    (directive,) = speaker.pushed()
    assert outcome.status == 200
    assert outcome.body == {
        "sent": [{"device": "speaker", "message_id": directive["header"]["messageId"], "state": "written"}]
    }


def test_a_push_to_a_device_that_does_not_read_is_blocked(talk: Conversation) -> None:
    one, two = talk.speaker("one"), talk.speaker("two")
    assert one.connection is not None
    assert one.channel is not None
    one.connection.stop_reading()
    request = talk.ask_later(push())
    assert request not in talk.answers
    (mark,) = talk.machine.core.downchannels["default", "one"].unwritten
    ex = talk.machine.core.downchannels["default", "one"].ex
    talk.feed(Blocked(ex, mark))
    sent = talk.answers[request].body["sent"]
    assert [(each["device"], each["state"]) for each in sent] == [("one", "blocked"), ("two", "written")]
    assert two.pushed_names() == ["Clova.ExpectLogin"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (push("Clova.ExpectLogn"), "ExpectLogin"),
        (push("Clova.RenderText", {}), "text"),
        (push("Clova.RenderText", {"text": 5}), "text"),
        (op.Push(directive={}), "header"),
        (op.Push(directive={"header": {"namespace": "Clova"}}), "name"),
        (op.Push(directive={"header": {"namespace": "Clova", "name": "Hello"}, "payload": []}), "payload"),
        (op.Push(directive={"header": {"namespace": "Clova", "name": "Hello", "messageId": 5}}), "messageId"),
    ],
)
def test_an_invalid_push_is_422_with_what_is_wrong(talk: Conversation, asked: op.Push, said: str) -> None:
    speaker = talk.speaker()
    outcome = talk.ask(asked)
    assert outcome.status == 422
    assert said in outcome.body["detail"]
    assert speaker.pushed() == []


def test_an_invalid_push_goes_out_unchecked(talk: Conversation) -> None:
    talk.may_be_invalid = True
    speaker = talk.speaker()
    assert talk.ask(push("Clova.RenderText", {}, unchecked=True)).status == 200
    assert speaker.pushed_names() == ["Clova.RenderText"]
    (entry,) = talk.journal(note="unchecked")
    assert entry.findings


@pytest.mark.parametrize("device", [None, "speaker", "nobody"])
def test_a_push_without_a_downchannel_is_409(talk: Conversation, device: str | None) -> None:
    Speaker(talk, "speaker", talk.account)
    outcome = talk.ask(push(device=device))
    assert outcome.status == 409
    assert "wait_ms" in outcome.body["detail"]


def test_a_push_may_wait_for_a_downchannel(talk: Conversation) -> None:
    request = talk.ask_later(push(wait_ms=5000, device="two"))
    talk.speaker("one")
    talk.wait("4s")
    assert request not in talk.answers
    speaker = Speaker(talk, "two", talk.account)
    speaker.connect()
    assert speaker.downchannel().names == ["Clova.Hello", "Clova.ExpectLogin"]
    assert talk.answers[request].body["sent"][0]["device"] == "two"


def test_a_push_that_waited_in_vain_is_409(talk: Conversation) -> None:
    request = talk.ask_later(push(wait_ms=5000))
    talk.wait("4999ms")
    assert request not in talk.answers
    talk.wait("1ms")
    assert talk.answers[request].status == 409
    assert "5000 ms" in talk.answers[request].body["detail"]


def test_a_push_that_was_withdrawn_is_neither_sent_nor_answered(talk: Conversation) -> None:
    request = talk.ask_later(push(wait_ms=5000))
    talk.feed(Withdrawn(request))
    speaker = Speaker(talk, "speaker", talk.account)
    speaker.connect()
    assert speaker.downchannel().names == ["Clova.Hello"]
    talk.wait("10s")
    assert request not in talk.answers


def test_a_push_under_way_when_the_connection_is_lost_is_blocked(talk: Conversation) -> None:
    speaker = talk.speaker()
    assert speaker.connection is not None
    speaker.connection.stop_reading()
    request = talk.ask_later(push())
    speaker.connection.lose()
    assert talk.answers[request].body["sent"][0]["state"] == "blocked"


# The journal


def test_the_journal_is_read_by_fields(talk: Conversation) -> None:
    speaker = talk.speaker()
    speaker.event(TYPED, {"text": "안녕"}, dialog="d1")
    speaker.event("Un.Known")

    def names(**asked: Any) -> list[str]:
        return [entry["name"] for entry in talk.ask(op.ReadJournal(**asked)).body["entries"]]

    assert names(filters={"kind": "event"}) == [TYPED, "Un.Known"]
    assert names(filters={"status": "200", "channel": "event"}) == [TYPED]
    assert names(filters={"dialog_request_id": "d1"}) == [TYPED, "SpeechSynthesizer.Speak"]
    assert names(filters={"device": "speaker", "direction": "out", "channel": "downchannel"}) == ["Clova.Hello"]
    assert names(only="unmatched") == ["Un.Known"]
    assert names(limit=1) == names()[-1:]
    everything = talk.ask(op.ReadJournal()).body
    assert everything["last_seq"] == everything["entries"][-1]["seq"]
    assert names(after_seq=everything["last_seq"]) == []


@pytest.mark.parametrize("name", ["colour", "raw", "findings", "audio", "says", "state"])
def test_a_field_that_entries_do_not_show_is_422(talk: Conversation, name: str) -> None:
    assert talk.ask(op.ReadJournal(filters={name: ""})).status == 422


@pytest.mark.parametrize("name", sorted(set(WhichEntries.__struct_fields__) - {"after_seq", "limit"}))
def test_entries_are_read_by_every_field_of_the_control_api(talk: Conversation, name: str) -> None:
    assert talk.ask(op.ReadJournal(filters={name: ""})).status == 200


def test_what_is_only_tolerated_is_no_violation(talk: Conversation) -> None:
    speaker = talk.speaker()
    whole = [context_object(name) for name in catalogue().names("context")]
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}, context=whole)
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}, context=[{}])
    complete, broken = talk.journal(kind="event")
    assert {finding.severity for finding in complete.findings} <= {"warning"}
    assert [each["seq"] for each in talk.ask(op.ReadJournal(only="violations")).body["entries"]] == [broken.seq]


def context_object(full_name: str) -> dict[str, Any]:
    namespace, name = split_name(full_name)
    return {"header": {"namespace": namespace, "name": name}, "payload": catalogue().example("context", full_name)}


def test_a_wait_finds_what_has_happened(talk: Conversation) -> None:
    talk.speaker().event(TYPED, {"text": "오늘 날씨"}, dialog="d")
    outcome = talk.ask(op.WaitForJournal(match={"event": TYPED}))
    assert isinstance(outcome, Outcome)
    assert outcome.status == 200
    assert outcome.body["matched"] is True
    assert [entry["name"] for entry in outcome.body["entries"]] == [TYPED]
    assert outcome.body["nearest"] == []


def test_a_wait_is_answered_as_soon_as_it_happens(talk: Conversation) -> None:
    speaker = talk.speaker()
    request = talk.ask_later(op.WaitForJournal(match={"says": "오늘 날씨 어때?"}, count=2))
    speaker.event(TYPED, {"text": "오늘날씨, 어때"}, dialog="d1")
    assert request not in talk.answers
    speaker.event(TYPED, {"text": "다른 말"}, dialog="d2")
    assert request not in talk.answers
    speaker.event(TYPED, {"text": "오늘 날씨 어때"}, dialog="d3")
    entries = talk.answers[request].body["entries"]
    assert [entry["dialog_request_id"] for entry in entries] == ["d1", "d3"]


def test_a_wait_sees_only_its_own_account(talk: Conversation) -> None:
    talk.ask(op.CreateAccount(name="other"))
    request = talk.ask_later(op.WaitForJournal(account="other", match={"event": "Un.Known"}))
    talk.speaker().event("Un.Known")
    assert request not in talk.answers
    talk.speaker("theirs", talk.machine.core.accounts.by_id["other"]).event("Un.Known")
    assert talk.answers[request].body["entries"][0]["account"] == "other"


def test_a_wait_for_the_outcome_of_an_event_sees_its_status(talk: Conversation) -> None:
    speaker = talk.speaker()
    request = talk.ask_later(op.WaitForJournal(match={"event": TYPED, "status": 200}))
    upload = speaker.open_event(TYPED, {"text": "안녕"}, dialog="d1")
    assert request not in talk.answers
    upload.end()
    assert talk.answers[request].body["entries"][0]["status"] == 200


def test_a_wait_that_ends_in_vain_shows_what_came_nearest(talk: Conversation) -> None:
    speaker = talk.speaker()
    speaker.event(TYPED, {"text": "하나"}, dialog="d1")
    pattern = {"event": TYPED, "payload": {"text": "둘"}}
    request = talk.ask_later(op.WaitForJournal(match=pattern, timeout_ms=3000))
    talk.wait("2999ms")
    assert request not in talk.answers
    talk.wait("1ms")
    body = talk.answers[request].body
    assert body["matched"] is False
    assert body["entries"] == []
    assert body["nearest"][0]["name"] == TYPED
    assert body["nearest"][0]["why"] == ["payload.text: expected '둘', found '하나'"]


def test_a_wait_after_an_entry_looks_only_at_what_comes_later(talk: Conversation) -> None:
    speaker = talk.speaker()
    speaker.event("Un.Known")
    asked = op.WaitForJournal(match={"event": "Un.Known"}, after_seq=talk.account.journal.last_seq, timeout_ms=0)
    assert talk.ask(asked).body["matched"] is False
    assert talk.ask(op.WaitForJournal(match={"event": "Un.Known"}, timeout_ms=0)).body["matched"] is True


@pytest.mark.parametrize(
    ("match", "place"),
    [
        ({"payload": {"text": {"matches": "("}}}, "payload.text.matches"),
        ({"payload": {"text": {"matches": "a{99999999999999999999}"}}}, "payload.text.matches"),
        ({"payload": {"contains": "x", "text": "y"}}, "payload"),
        ({"status": {"gte": "many"}}, "status.gte"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_422(talk: Conversation, match: dict[str, Any], place: str) -> None:
    outcome = talk.ask(op.WaitForJournal(match=match))
    assert outcome.status == 422
    assert outcome.body["detail"].startswith(f"match.{place}:")


def test_a_wait_that_was_withdrawn_is_forgotten(talk: Conversation) -> None:
    request = talk.ask_later(op.WaitForJournal(match={"event": "Un.Known"}))
    talk.feed(Withdrawn(request))
    talk.speaker().event("Un.Known")
    talk.wait("1m")
    assert request not in talk.answers
    assert not talk.machine.core.waits


def test_what_belongs_to_nobody_is_found_in_the_default_account(talk: Conversation) -> None:
    request = talk.ask_later(op.WaitForJournal(match={"status": 401, "kind": "error"}))
    talk.connection().get("/ping", {"authorization": "Bearer wrong"})
    assert talk.answers[request].body["matched"] is True


# The clock


@pytest.mark.spec("C-024")
def test_advancing_fires_what_falls_due_in_order_and_at_its_time(talk: Conversation) -> None:
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then:
    - {push: Clova.RenderText, payload: {text: third}, after: 3h}
    - {push: Clova.RenderText, payload: {text: first}, after: 1h}
    - {push: Clova.RenderText, payload: {text: second}, after: 2h}
    - {push: Clova.RenderText, payload: {text: also second}, after: 2h}
    - {push: Clova.RenderText, payload: {text: never}, after: 5h}
""")
    speaker = talk.speaker()
    speaker.event(TYPED, {"text": "x"})
    outcome = talk.ask(op.SetClock(account="default", action="advance", by="PT4H"))
    assert outcome.body == {"now": "2026-01-01T13:00:00.000+09:00", "frozen": False}
    assert [each["payload"]["text"] for each in speaker.pushed()] == ["first", "second", "also second", "third"]
    times = [entry.as_json()["at"][11:16] for entry in talk.journal(name="Clova.RenderText")]
    assert times == ["01:00", "02:00", "02:00", "03:00"]
    talk.wait("59m")
    assert speaker.pushed() == []
    talk.wait("1m")
    assert [each["payload"]["text"] for each in speaker.pushed()] == ["never"]


@pytest.mark.parametrize("how", ["advance", "freeze to"])
def test_a_frozen_clock_holds_its_timers_until_it_is_moved(talk: Conversation, how: str) -> None:
    talk.scenario("""
- when: {event: TextRecognizer.Recognize}
  then:
    - {push: Clova.RenderText, payload: {text: later}, after: 20s}
    - {push: Clova.RenderText, payload: {text: sooner}, after: 10s}
""")
    speaker = talk.speaker()
    assert talk.ask(op.SetClock(account="default", action="freeze")).body["frozen"] is True
    speaker.event(TYPED, {"text": "x"})
    talk.wait("1h")
    assert speaker.pushed() == []
    assert now(talk).isoformat() == "2026-01-01T09:00:00+09:00"
    if how == "advance":
        talk.ask(op.SetClock(account="default", action="advance", by="30s"))
    else:
        talk.ask(op.SetClock(account="default", action="freeze", to="2026-01-01T09:00:30+09:00"))
    assert [each["payload"]["text"] for each in speaker.pushed()] == ["sooner", "later"]
    assert now(talk).isoformat() == "2026-01-01T09:00:30+09:00"


def test_real_time_is_restored_by_reset(talk: Conversation) -> None:
    talk.ask(op.SetClock(account="default", action="freeze", to="2040-05-05"))
    assert now(talk).isoformat() == "2040-05-05T00:00:00+09:00"
    talk.wait("1h")
    outcome = talk.ask(op.SetClock(account="default", action="reset"))
    assert outcome.body == {"now": "2026-01-01T10:00:00.000+09:00", "frozen": False}


def test_accounts_have_clocks_of_their_own(talk: Conversation) -> None:
    talk.ask(op.CreateAccount(name="other", settings={"timezone": "Asia/Tokyo"}))
    talk.ask(op.SetClock(account="default", action="advance", by="P1D"))
    talk.ask(op.SetClock(account="other", action="freeze"))
    talk.wait("1h")
    assert now(talk).isoformat() == "2026-01-02T10:00:00+09:00"
    assert now(talk, "other").isoformat() == "2026-01-01T09:00:00+09:00"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (op.SetClock(account="default", action="advance"), "by"),
        (op.SetClock(account="default", action="advance", by="5"), "5s"),
        (op.SetClock(account="default", action="advance", by="1h", to="2030-01-01"), "one of them"),
        (op.SetClock(account="default", action="freeze", to="tomorrow"), "tomorrow"),
        (op.SetClock(account="default", action="advance", by=f"P{'9' * 400}D"), "years"),
        (op.SetClock(account="default", action="advance", by="P9999999D"), "years"),
        (op.SetClock(account="default", action="freeze", to="9999-12-31T23:59:59-12:00"), "years"),
        (op.SetClock(account="default", action="freeze", to="0001-01-01T00:00:00+09:00"), "years"),
    ],
)
def test_a_time_that_makes_no_sense_is_422(talk: Conversation, asked: op.SetClock, said: str) -> None:
    outcome = talk.ask(asked)
    assert outcome.status == 422
    assert said in outcome.body["detail"]
    assert now(talk).isoformat() == "2026-01-01T09:00:00+09:00"


# Scenario, state, seed


def test_a_scenario_brings_its_state(talk: Conversation) -> None:
    text = "mockcloud: 1\ntitle: t\ngiven: {state: ready}\nrules:\n  - {name: r, when: {state: ready}, then: []}\n"
    outcome = talk.ask(op.LoadScenario("default", text))
    assert outcome.body == {"title": "t", "rules": ["r"]}
    assert talk.ask(op.ReadState("default")).body == {"state": "ready", "scenario": "t"}
    talk.ask(op.SetState("default", "other"))
    assert talk.ask(op.ReadState("default")).body["state"] == "other"


def test_a_scenario_that_does_not_load_changes_nothing(talk: Conversation) -> None:
    talk.scenario("- {name: kept, when: {says: x}}")
    outcome = talk.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\nrules: [{wen: {}}]\n", "mine.yaml"))
    assert outcome.status == 422
    assert outcome.body["problems"][0]["line"] == 3
    assert outcome.body["problems"][0]["file"] == "mine.yaml"
    assert [rule.name for rule in talk.account.scenario.rules] == ["kept"]


def test_the_seed_decides_every_identifier() -> None:
    ids = []
    for seed in (1, 1, 2):
        talk = Conversation()
        talk.ask(op.SetSeed("default", seed))
        speaker = talk.speaker()
        assert speaker.channel is not None
        ids.append((speaker.tokens["access_token"], bytes(speaker.channel.body)))
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_a_seed_stays_when_another_setting_changes_under_a_scenario(talk: Conversation) -> None:
    talk.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\ngiven: {settings: {lang: ja}}\nrules: []\n"))
    assert talk.ask(op.SetSeed("default", 7)).body == {"seed": 7}
    talk.ask(op.ChangeAccount("default", {"strict": True}))
    assert talk.account.settings.seed == 7
    talk.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\nrules: []\n"))
    assert talk.account.settings.seed == 7


def test_the_seed_of_a_scenario_holds_until_there_is_another_scenario(talk: Conversation) -> None:
    talk.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\ngiven: {seed: 3}\nrules: []\n"))
    taken = talk.account.ids.uuid()
    assert talk.ask(op.SetSeed("default", 7)).body == {"seed": 3}
    assert talk.account.ids.uuid() == taken  # begun again, from the seed that holds
    talk.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\nrules: []\n"))
    assert talk.account.settings.seed == 7


# Figures


def test_figures(talk: Conversation) -> None:
    talk.speaker()
    talk.connection()
    measured = talk.ask(op.Measure()).body
    assert (measured["accounts"], measured["connections"], measured["downchannels"]) == (1, 2, 1)
    assert measured["journal_entries"] == len(talk.account.journal)


def test_open_downchannels_are_listed(talk: Conversation) -> None:
    talk.wait("5s")
    speaker = talk.speaker()
    assert speaker.connection is not None
    (channel,) = talk.ask(op.ListChannels()).body["channels"]
    assert channel == {
        "id": f"{speaker.connection.id}-1",
        "account": "default",
        "device": "speaker",
        "since": "2026-01-01T00:00:05.000+00:00",
        "connection": speaker.connection.id,
        "last_ping": None,
        "queued": 0,
    }
    assert talk.ask(op.ListChannels(account="other")).status == 404
