"""What outlives the cloud: what it commands to persist makes the same accounts again."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Account, Alert, Device
from mockcloud.cloud.records import BLOCK, Unreadable
from mockcloud.speech import pcm
from mockcloud.speech.transcript import Recordings
from mockcloud.vocabulary import Command
from mockcloud.vocabulary.commands import Persist, Record
from tests.cic.conversation import CLOSING, WALL, Conversation, Speaker
from tests.cic.test_any_sequence import A_DEED, CONNECTED, Player

ALARM = {"type": "ALARM", "scheduled_time": "2026-01-05T07:30:00", "repeat": ("monday",)}
NOT_KEPT = {"id", "journal", "recordings", "scenario", "faults", "own_url", "states"}
OF_A_CONNECTION = {"connected", "message_ids", "dialogs", "session", "course"}


class Keeping:
    """Keeps what a conversation's machine commands to persist, and holds it to come before everything else."""

    def __init__(self, talk: Conversation) -> None:
        self.records: dict[tuple[str, str, str], Record] = {}
        self.commits: list[tuple[Record, ...]] = []
        receive = talk.machine.receive

        def listened(*given: Any) -> list[Command]:
            commands = receive(*given)
            for place, command in enumerate(commands):
                if isinstance(command, Persist):
                    assert place == 0
                    self._keep(command.records)
            return commands

        talk.machine.receive = listened  # type: ignore[method-assign]

    def _keep(self, records: tuple[Record, ...]) -> None:
        self.commits.append(records)
        for record in records:
            if record.data is not None:
                self.records[record.account, record.part, record.key] = record
            elif record.part:
                del self.records[record.account, record.part, record.key]
            else:
                self.records = {place: one for place, one in self.records.items() if place[0] != record.account}

    def parts(self) -> list[str]:
        """Of the latest commit."""
        return [record.part for record in self.commits[-1]]


def kept_conversation(kept: Sequence[Record] = (), **how: Any) -> tuple[Conversation, Keeping]:
    talk = Conversation(kept=kept, **how)
    return talk, Keeping(talk)


def again(talk: Conversation, keeping: Keeping, **how: Any) -> tuple[Conversation, Keeping]:
    """The cloud of these records, started a moment after the other was killed."""
    wall = talk.machine.core.accounts.new_clock(talk.settings.account).at(talk.now)
    after, more = kept_conversation(list(keeping.records.values()), wall=wall, **how)
    more.records = dict(keeping.records)
    return after, more


def plain(account: Account, now: int) -> dict[str, Any]:
    """Everything of an account that is to be the same after a restart."""
    names = {one.name for one in fields(Account)} - NOT_KEPT - {"ids", "clock"}
    found = {name: getattr(account, name) for name in names}
    found["devices"] = {key: of_device(device) for key, device in account.devices.items()}
    return {**found, "seed": account.ids.seed, "time": account.clock.at(now), "frozen": account.clock.frozen_at}  # type: ignore[arg-type]


def of_device(device: Device) -> dict[str, Any]:
    return {one.name: getattr(device, one.name) for one in fields(Device) if one.name not in OF_A_CONNECTION}


def all_plain(talk: Conversation) -> dict[str, Any]:
    return {account.id: plain(account, talk.now) for account in talk.machine.core.accounts}


def connected_again(talk: Conversation, speaker: Speaker) -> Speaker:
    """The same device, with the tokens it has, on a new connection to another cloud."""
    other = Speaker.__new__(Speaker)
    other.__dict__.update(speaker.__dict__, talk=talk, account=talk.account)
    other.connect()
    assert other.downchannel().status == 200
    return other


def test_without_a_place_to_keep_it_nothing_is_persisted() -> None:
    talk = Conversation()
    talk.speaker().event("TextRecognizer.Recognize", {"text": "우유 사기 메모해 줘", "lang": "ko"})
    assert talk.account.memos
    assert [one for one in talk.commands if isinstance(one, Persist)] == []


def test_every_part_of_an_account_comes_back() -> None:
    talk, keeping = kept_conversation()
    speaker, guest = talk.speaker(), talk.speaker("guest", guest=True)
    default = {"account": "default"}
    talk.ask(op.SetAlert(**default, device="speaker", **ALARM))
    action = (("DeviceControl.TurnOff", {"target": "power"}),)
    timer = {"type": "ACTIONTIMER", "scheduled_time": "2026-01-01T10:00:00", "action": action}
    talk.ask(op.SetAlert(**default, device="guest", **timer))
    talk.ask(op.Notify(**default, text="택배가 왔어요"))
    talk.ask(op.AssignButton(**default, button="1", text="음악 틀어줘"))
    talk.ask(op.Delegate(**default, device="speaker", text="볼륨 올려"))
    talk.ask(op.QueueUtterance(**default, text="안녕"))
    talk.ask(op.QueueUtterance(**default, text="안녕", device="speaker"))
    talk.ask(op.SetTerms(**default, accepted=False))
    talk.ask(op.ChangeAccount("default", {"edition": "4.4", "behaviour": {"repeat_token": "new"}}))
    talk.ask(op.CreateAccount(name="other", devices=("a", "b"), settings={"timezone": "UTC"}))
    talk.ask(op.SetClock(account="other", action="freeze", to="2030-01-01T00:00:00Z"))
    talk.ask(op.SetClock(account="default", action="advance", by="3h"))
    state = [{"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"volume": {"value": 2**70}}}]
    for text in ("우유 사기 메모해 줘", "내일 3시 회의 일정 등록해 줘", "음악 틀어 줘"):
        speaker.event("TextRecognizer.Recognize", {"text": text, "lang": "ko"}, context=state, dialog="d")
    guest.drop_downchannel()
    talk.ask(op.Delegate(**default, device="guest", text="볼륨 올려"))

    account = talk.account
    assert account.memos
    assert account.schedules
    assert account.devices["speaker"].player.items
    assert account.devices["guest"].held
    after, _ = again(talk, keeping)
    assert all_plain(after) == all_plain(talk)
    assert after.account.refresh_tokens.keys() == account.refresh_tokens.keys()
    assert all(after.account.tokens[token.access_token] is token for token in after.account.refresh_tokens.values()), (
        "a token is one thing in both tables"
    )


def test_an_account_that_is_deleted_is_not_kept_and_may_be_made_again() -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.CreateAccount(name="other", devices=("a",)))
    talk.ask(op.DeleteAccount("other"))
    assert {record.account for record in keeping.records.values()} <= {"", "default"}
    talk.ask(op.CreateAccount(name="other"))
    after, _ = again(talk, keeping)
    assert all_plain(after) == all_plain(talk)
    assert after.machine.core.accounts.by_id["other"].devices == {}


def test_a_reset_reaches_what_is_kept() -> None:
    talk, keeping = kept_conversation()
    talk.speaker()
    talk.ask(op.SetAlert(account="default", device="speaker", **ALARM))
    talk.ask(op.ResetAccount("default"))
    after, _ = again(talk, keeping)
    assert after.account.alerts == {}
    assert after.account.devices.keys() == {"speaker"}


def test_an_input_that_changes_nothing_writes_nothing() -> None:
    talk, keeping = kept_conversation()
    speaker = talk.speaker()
    volume = [{"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"volume": {"value": 3}}}]
    report = ("SpeechSynthesizer.SpeechStarted", {"token": "t"})
    speaker.event(*report, context=volume)
    before = len(keeping.commits)
    speaker.event(*report, context=volume, dialog="d1")
    speaker.event("TextRecognizer.Recognize", {"text": "외계어 쿠쿠루삥뽕", "lang": "ko"}, context=volume, dialog="d2")
    speaker.get("/ping")
    talk.ask(op.ListAlerts("default"))
    talk.ask(op.ReadJournal(account="default"))
    talk.wait("2h")
    assert len(keeping.commits) == before
    louder = [{"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"volume": {"value": 4}}}]
    speaker.event(*report, context=louder)
    assert keeping.parts() == ["devices"]


def test_what_changed_is_all_that_is_written() -> None:
    talk, keeping = kept_conversation()
    talk.speaker("one")
    talk.speaker("two")
    talk.ask(op.AssignButton(account="default", button="1", text="음악 틀어줘"))
    assert keeping.parts() == ["buttons"]
    talk.ask(op.SetState("default", "answered"))
    assert keeping.parts() == ["state"]
    talk.ask(op.ChangeAccount("default", {"strict": True}))
    (record,) = keeping.commits[-1]
    assert json.loads(record.data or b"") == {"strict": True}


def test_words_of_an_upload_are_taken_once() -> None:
    """The utterance is taken from the queue while audio comes; the answer is not there yet."""
    talk, keeping = kept_conversation()
    speaker = talk.speaker()
    talk.ask(op.QueueUtterance(account="default", text="우유 사기 메모해 줘"))
    upload = speaker.say()
    upload.send(pcm.spoken("오늘 날씨 어때"), pcm.silence(700))
    after, _ = again(talk, keeping)
    assert not after.account.utterances
    upload.send(CLOSING)
    upload.end()
    after, _ = again(talk, keeping)
    assert [memo["content"] for memo in after.account.memos] == [memo["content"] for memo in talk.account.memos] != []


@pytest.mark.parametrize(
    "when",
    ["{says: 안녕}", "{event: SpeechRecognizer.Recognize}"],
    ids=["decided at its end", "decided at its metadata"],
)
def test_an_upload_that_is_answered_with_nothing_has_changed_something(when: str) -> None:
    """Nothing is put into the journal at its end, and nothing is sent."""
    talk, keeping = kept_conversation()
    talk.scenario(f"- {{when: {when}, state: heard}}")
    speaker = talk.speaker()
    talk.ask(op.QueueUtterance(account="default", text="안녕"))
    upload = speaker.say(initiator={"type": "PRESS_AND_HOLD", "inputSource": "SELF"})
    upload.send(pcm.spoken("안녕"), CLOSING)
    assert upload.end().status == 204
    after, _ = again(talk, keeping)
    assert (after.account.state, list(after.account.utterances)) == ("heard", [])


def test_an_upload_that_was_recognised_has_changed_something() -> None:
    recordings = Recordings()
    recordings.enrol(pcm.spoken("안녕"), "안녕")
    talk, keeping = kept_conversation(recordings=recordings)
    talk.scenario("- {when: {says: 안녕}, state: heard}")
    upload = talk.speaker().say(initiator={"type": "PRESS_AND_HOLD", "inputSource": "SELF"})
    upload.send(pcm.spoken("안녕"), CLOSING)
    assert upload.end().status == 204
    after, _ = again(talk, keeping)
    assert after.account.state == "heard"


def test_identifiers_do_not_come_twice() -> None:
    talk, keeping = kept_conversation()
    seen: set[str] = set()
    for _ in range(3):
        made = [talk.account.ids.uuid() for _ in range(5)] + [talk.machine.core.ids.uuid()]
        assert seen.isdisjoint(made)
        seen.update(made)
        talk.ask(op.IssueToken("default", "speaker"))
        talk, keeping = again(talk, keeping)
    first, _ = kept_conversation()
    assert talk.account.client_id == first.account.client_id


def test_a_block_of_identifiers_is_taken_at_a_time() -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.IssueToken("default", "speaker"))
    talk.account.ids.taken = BLOCK - 1
    talk.ask(op.IssueToken("default", "speaker"))
    assert "ids" in keeping.parts()
    talk.ask(op.IssueToken("default", "speaker"))
    assert "ids" not in keeping.parts()


@pytest.mark.spec("C-016")
def test_the_life_of_a_token_goes_on_while_nobody_is_there() -> None:
    talk, keeping = kept_conversation(behaviour={"access_token_life": "1h"})
    speaker = talk.speaker()
    talk.wait("50m")
    talk, keeping = again(talk, keeping, behaviour={"access_token_life": "1h"})
    speaker = connected_again(talk, speaker)
    talk.wait("9m")
    assert speaker.get("/ping").status == 204
    talk.wait("2m")
    talk, keeping = again(talk, keeping)
    other = Speaker.__new__(Speaker)
    other.__dict__.update(speaker.__dict__, talk=talk, account=talk.account)
    other.connect()
    assert other.downchannel().status == 401


def test_a_clock_that_was_moved_stays_so() -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.SetClock(account="default", action="advance", by="3h"))
    talk.ask(op.CreateAccount(name="still"))
    talk.ask(op.SetClock(account="still", action="freeze"))
    talk.wait("10m")
    after, _ = again(talk, keeping)
    after.wait("10m")
    accounts = after.machine.core.accounts.by_id
    assert accounts["default"].clock.at(after.now) == WALL + (3 * 60 + 20) * 60 * 10**9
    assert accounts["still"].clock.at(after.now) == WALL


def test_what_was_held_for_a_device_reaches_it_after_a_restart() -> None:
    talk, keeping = kept_conversation()
    speaker = talk.speaker()
    speaker.drop_downchannel()
    talk.ask(op.SetAlert(account="default", device="speaker", **ALARM))
    talk, keeping = again(talk, keeping)
    speaker = connected_again(talk, speaker)
    assert speaker.pushed_names() == ["Clova.Hello", "Alerts.SetAlert"]
    talk, keeping = again(talk, keeping)
    assert connected_again(talk, speaker).pushed_names() == ["Clova.Hello"]


@pytest.mark.spec("C-110", "C-114")
def test_an_alert_that_rang_while_nobody_was_there_waits_for_its_device() -> None:
    """The device rings, and the cloud follows what it reports: nothing is missed and nothing rings twice."""
    talk, keeping = kept_conversation()
    speaker = talk.speaker()
    alert = talk.ask(op.SetAlert(account="default", device="speaker", **ALARM)).body["alert"]
    talk.wait("200h")
    talk, keeping = again(talk, keeping)
    speaker = connected_again(talk, speaker)
    assert speaker.pushed_names() == ["Clova.Hello"]
    same = {"token": alert["token"], "type": "ALARM"}
    assert speaker.event("Alerts.AlertStopped", same).status == 204
    (pushed,) = speaker.pushed()
    assert pushed["payload"] == {**alert, "scheduledTime": "2026-01-12T07:30:00+09:00"}
    after, _ = again(talk, keeping)
    assert list(after.account.alerts.values()) == [Alert(pushed["payload"], "speaker", repeat=(0,))]


def test_a_scenario_goes_on_in_its_state() -> None:
    talk, keeping = kept_conversation()
    talk.scenario("""
- {when: {event: TextRecognizer.Recognize, state: ""}, then: [{speak: 하나}], state: second}
- {when: {event: TextRecognizer.Recognize, state: second}, then: [{speak: 둘}]}
""")
    speaker = talk.speaker()
    said = {"text": "안녕", "lang": "ko"}
    speaker.event("TextRecognizer.Recognize", said)
    after, _ = again(talk, keeping)
    connected_again(after, speaker).event("TextRecognizer.Recognize", said)
    assert [entry.words for entry in after.journal(direction="out", name="SpeechSynthesizer.Speak")] == ["둘"]


def test_an_accounts_own_settings_stay_and_the_others_are_the_servers() -> None:
    talk, keeping = kept_conversation(edition="4.4", lang="ja")
    talk.ask(op.ChangeAccount("default", {"strict": True, "behaviour": {"like": "none"}}))
    after, _ = again(talk, keeping, lang="en", behaviour={"speak_by": "url"})
    found = after.account.settings
    assert (found.strict, found.behaviour.like) == (True, "none")
    assert (found.edition, found.lang, found.behaviour.speak_by) == ("newer", "en", "url")


def test_names_that_were_given_are_not_given_again() -> None:
    talk, keeping = kept_conversation()
    assert talk.ask(op.CreateAccount()).body["account"] == "account-1"
    talk.ask(op.DeleteAccount("account-1"))
    talk, _ = again(talk, keeping)
    assert talk.ask(op.CreateAccount()).body["account"] == "account-2"


def test_the_default_account_is_there_again_if_it_was_deleted() -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.DeleteAccount("default"))
    talk, _ = again(talk, keeping)
    assert talk.account.id == "default"


@pytest.mark.parametrize(
    ("part", "data", "said"),
    [
        ("alerts", b"[]", "account 'default', alerts: Expected `object`, got `array`"),
        ("terms_accepted", b"tru", "account 'default', terms_accepted: Input data was truncated"),
        ("settings", b'{"edition":"5"}', "account 'default': Invalid enum value '5'"),
    ],
)
def test_a_record_that_is_no_such_thing_is_told_with_its_place(part: str, data: bytes, said: str) -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.IssueToken("default", "speaker"))
    keeping.records["default", part, ""] = Record("default", part, "", data)
    with pytest.raises(Unreadable) as error:
        again(talk, keeping)
    assert str(error.value).startswith(said)


def test_a_record_that_is_missing_has_its_default_unless_it_has_none() -> None:
    talk, keeping = kept_conversation()
    talk.ask(op.IssueToken("default", "speaker"))
    keeping.records["default", "gone", ""] = Record("default", "gone", "", b"1")
    del keeping.records["default", "likes", ""]
    after, _ = again(talk, keeping)
    assert after.account.likes == []
    del keeping.records["default", "client_id", ""]
    with pytest.raises(Unreadable, match="client_id"):
        again(talk, keeping)


@given(st.lists(A_DEED, max_size=30))
def test_whatever_happens_what_is_kept_is_what_there_is(deeds: list[Any]) -> None:
    keepings: list[Keeping] = []

    def converse(**how: Any) -> Conversation:
        talk, keeping = kept_conversation(**how)
        keepings.append(keeping)
        return talk

    player = Player(converse)
    for deed in [*CONNECTED, *deeds]:
        player.do(*deed)
    after, _ = again(player.talk, keepings[0])
    assert all_plain(after) == all_plain(player.talk)
