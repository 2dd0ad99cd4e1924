"""Who answers an event. First the rules of the scenario; then

- an utterance: the question that it answers, an extension, the assistant;
- any other event: an extension that takes it over, else its own behaviour, which may find it is an utterance (`Words`).
"""

from types import ModuleType

from msgspec.structs import replace

from mockcloud.cloud.accounts import Account, Player
from mockcloud.cloud.behaviours import TABLE
from mockcloud.cloud.behaviours.reports import nobody
from mockcloud.cloud.questions import consented
from mockcloud.cloud.scripted import answer as scripted_answer
from mockcloud.cloud.turn import Turn, Words
from mockcloud.scenario.rules import Phase, Undecided
from mockcloud.vocabulary.replies import Reply
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

SPEECH = "SpeechRecognizer.Recognize"
TYPED = "TextRecognizer.Recognize"


class Decision(Value, frozen=True):
    """The reply, or that it takes the user's words to find it (``reply`` is ``None``)."""

    reply: Reply | None
    by_rule: bool = False


def decide(turn: Turn, phase: Phase) -> Decision:
    """The reply to an event in this phase, in the order of what may answer it.

    A `SpeechRecognizer.Recognize` whose words are not known yet is decided in the METADATA phase only by a rule
    that asks for no words.
    """
    if turn.account.scenario.rules:
        scripted = scripted_answer(turn, phase)
        if isinstance(scripted, Undecided):
            return Decision(None)
        if scripted is not None:
            return Decision(scripted, by_rule=True)
    if phase is Phase.METADATA and turn.event.full_name == SPEECH:
        return Decision(None)
    if turn.event.full_name in (SPEECH, TYPED):
        return Decision(_for_words(turn))
    extension = _sessions().relayed_to(turn) if turn.device.from_extensions else None
    if extension is not None and _sessions().takes_over(turn):
        return Decision(_sessions().relay(turn, extension, Reply()))
    behaviour = TABLE.get(turn.event.full_name)
    reply = behaviour(turn) if behaviour is not None else nobody()
    if isinstance(reply, Words):
        return Decision(_as_if_said(turn, reply))
    return Decision(reply if extension is None else _sessions().relay(turn, extension, reply))


def _assistant() -> ModuleType:
    """Imported when somebody first speaks: a server that is only connected to does not wait for it."""
    from mockcloud.cloud import assistant

    return assistant


def _sessions() -> ModuleType:
    """Imported when there is an extension."""
    from mockcloud.cloud.extensions import sessions

    return sessions


def _for_words(turn: Turn) -> Reply:
    """The question that the words answer, then the extension that they are for, then the assistant."""
    reply = consented(turn) or _completed(turn)
    if reply is None and turn.account.extensions:
        reply = _sessions().for_words(turn)
    if reply is None:
        assistant = _assistant()
        reply = assistant.answer(turn) or assistant.apology(turn)
    return reply


def _completed(turn: Turn) -> Reply | None:
    """The request that lacked something, tried again with the answer behind it (C-088)."""
    if turn.question is None or not turn.question.words or not turn.words:
        return None
    answer, turn.words = turn.words, f"{turn.question.words} {turn.words}"
    reply = _assistant().answer(turn)
    turn.words = answer
    return reply.with_because("C-088") if reply else None


def _as_if_said(turn: Turn, words: Words) -> Reply:
    """The answer to an event that stands for an utterance."""
    turn.words, turn.dialog = words.text, words.dialog
    reply = _for_words(turn).with_because(*words.because)
    if words.dialog:
        return reply
    return replace(reply, outgoing=tuple(replace(outgoing, dialog=False) for outgoing in reply.outgoing))


def remember_context(turn: Turn) -> None:
    """Keep the latest of each context object the device has sent (C-187)."""
    turn.device.context.update(turn.event.contexts)


def reset(account: Account) -> None:
    """Forget everything that happened: state, counts, alerts, questions, queues, journal, context. Tokens and devices
    stay.
    """
    account.state = account.scenario.given.get("state", "")
    account.counts.clear()
    account.faults.clear()
    for kept in (account.alerts, account.delegations, account.notifications, account.likes, account.buttons):
        kept.clear()
    for written in (account.memos, account.schedules):
        written.clear()
    account.utterances.clear()
    account.journal.clear()
    account.terms_accepted = True
    account.states.clear()
    account.clock.reset()
    for device in account.devices.values():
        device.context.clear()
        device.utterances.clear()
        device.held.clear()
        device.questions.clear()
        device.playback_askers.clear()
        device.player, device.pin_wanted_for = Player(), ""
        device.session = None
        device.from_extensions.clear()
        device.course.forget()


def context_of(account: Account, device_id: str) -> dict[str, Json]:
    """The latest context objects of a device, by name."""
    device = account.devices.get(device_id)
    return dict(device.context) if device else {}
