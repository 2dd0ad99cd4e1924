"""Rules that the user's code answers (``then: {call: URL}``): the event goes out, a ``then`` list comes back.

An event that is given up meanwhile is not answered, and the rule changes nothing. Whatever the code does wrong is a
finding of the scenario: the device's event is never refused for it.
"""

from typing import Any

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic.core import Core
from mockcloud.clock import MILLISECOND, Instant
from mockcloud.cloud import scripted
from mockcloud.cloud.turn import Turn
from mockcloud.errors import Problem
from mockcloud.journal import Entry
from mockcloud.scenario.model import Rule
from mockcloud.vocabulary import Exchange, Finding
from mockcloud.vocabulary.commands import StartCall
from mockcloud.vocabulary.inputs import CallAnswered
from mockcloud.vocabulary.replies import Outgoing, Reply
from mockcloud.vocabulary.value import Value
from mockcloud.wire import jsontext
from mockcloud.wire.messages import dumps

_HEADERS = (("Content-Type", "application/json; charset=UTF-8"), ("Accept", "application/json"))
_EXCERPT = 200


class RuleAsked(Value, frozen=True):
    """A call to the code of a rule whose answer has not come yet."""

    ex: Exchange
    """The event that waits for it."""
    turn: Turn
    rule: Rule
    asked: Instant


class _Unusable(Exception):
    """There is no list in what came; the text says what came instead."""


def ask(core: Core, ex: Exchange, turn: Turn, rule: Rule, seq: int) -> None:
    """Post the event to the rule's code; its end comes as `CallAnswered`. ``seq`` is the event's in the journal."""
    number = core.next_call()
    body = dumps(scripted.question(turn, rule, seq))
    core.calls[number] = RuleAsked(ex, turn, rule, core.now)
    core.record(_entry(core, turn, rule, direction="out", kind="rule-request", raw=body, words=turn.words or ""))
    job = PostToExtension(rule.call, _HEADERS, body, core.settings.limits.extension_answer)
    core.out.append(StartCall(number, job, turn.account.settings.behaviour.extension_patience))


def answered(core: Core, asked: RuleAsked, it: CallAnswered, *, in_time: bool) -> Reply | None:
    """What the code answers; ``None`` if it leaves the event to others (status 204).

    Without ``in_time`` nobody waits for it any more: it is only put on record.
    """
    turn, rule = asked.turn, asked.rule
    account = turn.account
    took = f"after {(core.now - asked.asked) // MILLISECOND} ms"
    status = it.value.status if isinstance(it.value, HttpAnswer) else None
    then: Any = None
    sent: tuple[Outgoing, ...] = ()
    findings: tuple[Finding, ...] = ()
    try:
        then = _then(it)
    except _Unusable as error:
        findings = (Finding("scenario.call.failed", f"{rule.call}: {error}", _place(rule)),)
    if then is not None:
        sent, findings = _read(core, turn, rule, then)
    raw = b"" if then is None else dumps(then)
    note = took if in_time else f"{took}; ignored"
    core.record(_entry(core, turn, rule, direction="in", kind="rule-response", raw=raw, status=status, note=note))
    if not in_time or core.accounts.by_id.get(account.id) is not account:
        return Reply()
    if then is None and not findings:
        return None
    turn.now = core.now
    return scripted.taken(turn, rule, sent, findings)


def _then(it: CallAnswered) -> Any:
    """The JSON that came, ``None`` for an event that is left to others. Raises `_Unusable`."""
    answer = it.value
    if isinstance(answer, Failure):
        raise _Unusable(f"{answer.kind}: {answer.said}")
    if not isinstance(answer, HttpAnswer):
        raise _Unusable(it.error or "there is no answer")
    if answer.status == 204:
        return None
    if answer.status != 200:
        text = " ".join(answer.body[:_EXCERPT].decode("utf-8", "replace").split())
        raise _Unusable(f"the status is {answer.status}, expected 200 or 204" + (f": {text}" if text else ""))
    try:
        then = jsontext.loads(answer.body)
    except jsontext.JsonError as error:
        raise _Unusable(f"the answer is not JSON: {error}") from None
    if then is None:
        raise _Unusable("the answer is null: send a list as under `then`, or status 204 to leave the event to others")
    return then


def _read(core: Core, turn: Turn, rule: Rule, then: Any) -> tuple[tuple[Outgoing, ...], tuple[Finding, ...]]:
    from mockcloud.scenario.answers import read_answer  # with the first answer, not at every start

    sent, problems = read_answer(
        then,
        url=rule.call,
        catalogue=core.catalogue,
        edition=turn.account.edition,
        seed=turn.account.settings.seed,
        lang=turn.account.settings.lang,
    )
    place = _place(rule)
    return sent, tuple(Finding("scenario.call.answer", f"{rule.call}: {_told(one)}", place) for one in problems)


def _told(problem: Problem) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{problem.path}: {problem.said}{hint}"


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}"


def _entry(
    core: Core,
    turn: Turn,
    rule: Rule,
    *,
    direction: Any,
    kind: Any,
    raw: bytes,
    words: str = "",
    status: int | None = None,
    note: str = "",
) -> Entry:
    return Entry(
        at=turn.account.clock.at(core.now),
        account=turn.account.id,
        channel="scenario",
        direction=direction,
        kind=kind,
        name=f"POST {rule.call}",
        device=turn.device.device_id,
        dialog_request_id=turn.event.dialog_request_id,
        status=status,
        raw=raw,
        rule=f"rule {rule.name}",
        words=words,
        note=note,
    )
