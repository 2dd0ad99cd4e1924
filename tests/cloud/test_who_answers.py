"""Who answers an event, in which order; what an account remembers."""

from typing import Any

import pytest

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Accounts
from mockcloud.cloud.behaviours import TABLE
from mockcloud.cloud.cloud import SPEECH, TYPED, context_of, decide, remember_context, reset
from mockcloud.cloud.turn import Turn
from mockcloud.scenario import Rule, Scenario
from mockcloud.scenario.model import When
from mockcloud.scenario.rules import Phase
from mockcloud.settings import AccountSettings, Limits
from mockcloud.speech.transcript import Recordings
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.wire.messages import Event, contexts_by_name, split_name

HELLO = (Outgoing("Clova.Hello"),)


@pytest.fixture
def accounts() -> Accounts:
    return Accounts(AccountSettings(), Limits(), 0, Recordings())


@pytest.fixture
def account(accounts: Accounts) -> Account:
    return accounts.create("a")


def turn(account: Account, full_name: str, words: str | None = None, context: Any = (), **payload: Any) -> Turn:
    namespace, name = split_name(full_name)
    header = {"namespace": namespace, "name": name, "messageId": "m"}
    message = {"context": list(context), "event": {"header": header, "payload": payload}}
    event = Event(namespace, name, "m", payload, None, contexts_by_name(list(context)), message)
    return Turn(account, account.device("d"), event, Instant(0), words)


def by(account: Account, *args: Any, phase: Phase = Phase.RESULT, **kwargs: Any) -> str | None:
    reply = decide(turn(account, *args, **kwargs), phase).reply
    return reply.by if reply else None


def with_rules(account: Account, *rules: Rule) -> None:
    account.scenario = Scenario(rules=rules)


def test_rules_come_before_behaviours_and_the_assistant(account: Account) -> None:
    with_rules(account, Rule("all", When(), HELLO))
    for name, words in (("Alerts.AlertStarted", None), (TYPED, "안녕"), ("Un.Known", None)):
        assert by(account, name, words) == "rule all"


def test_without_a_rule_the_specification_answers_then_the_assistant_then_nobody(account: Account) -> None:
    assert by(account, "Alerts.AlertStarted", token="t") == "Alerts"
    assert by(account, TYPED, "안녕") == "assistant greeting"
    assert by(account, SPEECH, "안녕") == "assistant greeting"
    assert by(account, TYPED, "알 수 없는 말") == "not understood"
    assert by(account, SPEECH) == "not understood"
    assert by(account, "Un.Known") == "nothing"


def test_only_what_nobody_took_is_unmatched(account: Account) -> None:
    with_rules(account, Rule("r", When(event=("A.B",))))
    unmatched = {}
    for name, words in (("A.B", None), ("Un.Known", None), (TYPED, "모르는 말"), (TYPED, "안녕")):
        reply = decide(turn(account, name, words), Phase.RESULT).reply
        assert reply is not None
        unmatched[name, words] = reply.unmatched
    assert list(unmatched.values()) == [False, True, True, False]


@pytest.mark.spec("C-044")
def test_speech_is_decided_before_its_words_only_by_a_rule_that_asks_for_none(account: Account) -> None:
    assert by(account, SPEECH, phase=Phase.METADATA) is None
    with_rules(account, Rule("any speech", When(event=(SPEECH,))))
    assert by(account, SPEECH, phase=Phase.METADATA) == "rule any speech"
    with_rules(account, Rule("words", When(says="안녕")), Rule("any speech", When(event=(SPEECH,))))
    assert by(account, SPEECH, phase=Phase.METADATA) is None
    assert by(account, SPEECH, "안녕") == "rule words"
    assert by(account, SPEECH, "다른 말") == "rule any speech"


def test_a_rule_moves_the_state_on(account: Account) -> None:
    with_rules(account, Rule("one", When(state=""), state="two"), Rule("two", When(state="two"), state=""))
    assert [by(account, "A.B") for _ in range(3)] == ["rule one", "rule two", "rule one"]


@pytest.mark.spec("C-079")
@pytest.mark.parametrize(
    ("lang", "words", "topic"),
    [
        ("ko", "안녕 클로바", "greeting"),
        ("ko", "지금 몇 시야?", "time"),
        ("ko", "내일 날씨 알려 줘", "weather"),
        ("ko", "신나는 노래 틀어 줘", "music"),
        ("ja", "こんにちは", "greeting"),
        ("ja", "今何時ですか", "time"),
        ("ja", "今日の天気は", "weather"),
        ("ja", "音楽をかけて", "music"),
        ("en", "Hello there", "greeting"),
        ("en", "What time is it?", "time"),
        ("en", "How is the weather", "weather"),
        ("en", "Play some music", "music"),
    ],
)
def test_the_assistant_knows_a_few_topics_in_each_language(
    accounts: Accounts, lang: Any, words: str, topic: str
) -> None:
    account = accounts.create(settings=AccountSettings(lang=lang))
    assert by(account, TYPED, words) == f"assistant {topic}"


def test_every_behaviour_bears_an_empty_payload(account: Account) -> None:
    for name in TABLE:
        reply = decide(turn(account, name), Phase.RESULT).reply
        assert reply is not None
        assert reply.because, name


@pytest.mark.spec("C-187")
def test_the_latest_of_each_context_object_is_kept(account: Account) -> None:
    def volume(level: int) -> Any:
        return {"header": {"namespace": "Speaker", "name": "VolumeState"}, "payload": {"volume": level}}

    for context in ([volume(1), volume(2)], [], [volume(3), {"header": 5}, {"payload": {}}]):
        remember_context(turn(account, "A.B", context=context))
    assert context_of(account, "d") == {"Speaker.VolumeState": {"volume": 3}}
    assert context_of(account, "unknown") == {}
    reset(account)
    assert context_of(account, "d") == {}


def test_accounts_depend_on_name_and_seed_alone() -> None:
    made = [
        Accounts(AccountSettings(), Limits(), 0, Recordings()).create(name, AccountSettings(seed=seed)).client_secret
        for name, seed in (("a", 1), ("a", 1), ("b", 1), ("a", 2))
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_a_name_is_taken_once(accounts: Accounts) -> None:
    accounts.create("a")
    with pytest.raises(KeyError):
        accounts.create("a")
