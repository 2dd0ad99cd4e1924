"""Who answers an event: scenario rules, then the specification's own behaviour, then whoever the words are for."""

from dataclasses import dataclass

from mockcloud.cloud import assistant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.behaviours import TABLE
from mockcloud.cloud.turn import Turn
from mockcloud.scenario.rules import Facts, Phase, Undecided, choose
from mockcloud.vocabulary.replies import Reply
from mockcloud.wire.messages import Json

SPEECH = "SpeechRecognizer.Recognize"
TYPED = "TextRecognizer.Recognize"


@dataclass(frozen=True, slots=True)
class Decision:
    """The reply, or that it takes the user's words to find it (``reply`` is ``None``)."""

    reply: Reply | None
    by_rule: bool = False


def decide(turn: Turn, phase: Phase) -> Decision:
    """The reply to an event in this phase, in the order of what may answer it.

    A `SpeechRecognizer.Recognize` whose words are not known yet is decided in the METADATA phase only by a rule
    that asks for no words.
    """
    account = turn.account
    if account.scenario.rules:
        chosen = choose(account.scenario.rules, facts(turn), phase, account.counts)
        if isinstance(chosen, Undecided):
            return Decision(None)
        if chosen is not None:
            if chosen.state is not None:
                account.state = chosen.state
            return Decision(Reply(chosen.then, f"rule {chosen.name}"), by_rule=True)
    if phase is Phase.METADATA and turn.event.full_name == SPEECH:
        return Decision(None)
    behaviour = TABLE.get(turn.event.full_name)
    if behaviour is not None:
        return Decision(behaviour(turn))
    if turn.event.full_name in (SPEECH, TYPED):
        return Decision(assistant.answer(turn) or assistant.apology(turn))
    return Decision(Reply(by="nothing", because=("C-035",), unmatched=True))


def facts(turn: Turn) -> Facts:
    """What the conditions of rules look at."""
    header = turn.event.message.get("event", {}).get("header", {})
    return Facts(
        event=turn.event.full_name,
        payload=turn.payload,
        header=header,
        context=turn.event.contexts,
        device=turn.device.device_id,
        state=turn.account.state,
        words=turn.words,
    )


def remember_context(turn: Turn) -> None:
    """Keep the latest of each context object the device has sent (C-187)."""
    turn.device.context.update(turn.event.contexts)


def reset(account: Account) -> None:
    """Forget everything that happened: state, counts, alerts, utterances, journal, context. Tokens and devices stay."""
    account.state = account.scenario.given.get("state", "")
    account.counts.clear()
    account.alerts.clear()
    account.utterances.clear()
    account.journal.clear()
    account.terms_accepted = True
    account.clock.reset()
    for device in account.devices.values():
        device.context.clear()
        device.utterances.clear()
        device.held.clear()


def context_of(account: Account, device_id: str) -> dict[str, Json]:
    """The latest context objects of a device, by name."""
    device = account.devices.get(device_id)
    return dict(device.context) if device else {}
