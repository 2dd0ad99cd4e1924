"""What the account's scenario answers: the rule that takes an event, its expressions worked out."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.turn import Turn
from mockcloud.journal import Entry
from mockcloud.scenario.diagnosis import NearMiss, nearest_at_once, nearest_rules
from mockcloud.scenario.expressions import ExpressionError, rendered, scope
from mockcloud.scenario.model import Rule
from mockcloud.scenario.rules import Facts, Meaning, Phase, Undecided
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Outgoing, Reply, RuleCall


def answer(turn: Turn, phase: Phase) -> Reply | Undecided | None:
    """The reply of the rule that takes the event; ``None``: none does."""
    account = turn.account
    chosen = account.scenario.index.choose(facts(turn), phase, account.counts, turn.declined)
    if chosen is None or isinstance(chosen, Undecided):
        return chosen
    if chosen.call:
        return Reply(by=f"rule {chosen.name}", awaits=RuleCall(chosen))
    if not chosen.templated:
        return taken(turn, chosen, chosen.then)
    before, wrong = account.state, list[Finding]()
    reply = taken(turn, chosen, ())
    return replace(reply, outgoing=tuple(_worked_out(turn, chosen, before, wrong)), mistakes=tuple(wrong))


def taken(turn: Turn, rule: Rule, outgoing: tuple[Outgoing, ...], mistakes: tuple[Finding, ...] = ()) -> Reply:
    """The rule takes the event: its state holds from now on, its fault is set."""
    if rule.state is not None:
        turn.account.state = rule.state
    faults = () if rule.fault is None else (rule.fault,)
    return Reply(outgoing, f"rule {rule.name}", mistakes=mistakes, faults=faults)


def question(turn: Turn, rule: Rule, seq: int) -> dict[str, Any]:
    """What the code behind a rule is told of an event; ``seq`` is its number in the journal."""
    meaning = facts(turn).meaning()
    message = turn.event.message
    return {
        "event": message.get("event"),
        "context": message.get("context"),
        "account": turn.account.id,
        "device": turn.device.device_id,
        "words": turn.words,
        "intent": meaning.intent,
        "slots": dict(meaning.slots),
        "state": turn.account.state,
        "rule": rule.name,
        "now": turn.account.clock.date(turn.now).isoformat(timespec="milliseconds"),
        "seq": seq,
    }


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
        understand=partial(_meaning, turn),
    )


def _meaning(turn: Turn, words: str) -> Meaning:
    """What the words mean to the extension that they are for, else to the assistant."""
    meant = None
    if turn.account.extensions:
        from mockcloud.cloud.extensions import sessions  # imported when there is an extension

        meant = sessions.meaning(turn)
    if meant is None:
        return _understood(turn.lang, words)
    if meant.intent or meant.request != "IntentRequest":
        slots = {span.slot: span.value for span in meant.values}
        return Meaning(meant.intent or None, slots, meant.extension)
    return _understood(turn.lang, words)._replace(extension=meant.extension)


def _understood(lang: str, words: str) -> Meaning:
    from mockcloud.cloud.assistant import understand  # with the first rule that asks for it, not at every start

    reading = understand(words, lang)
    return Meaning(reading.intent, reading.slots)


def names(account: Account, now: Instant, **more: Any) -> dict[str, Any]:
    """What every expression of an account's scenario may read."""
    settings = account.settings
    return scope(
        now=account.clock.date(now),
        account={
            "id": account.id,
            "client_id": account.client_id,
            "lang": settings.lang,
            "timezone": settings.timezone,
            "edition": settings.edition,
            "seed": settings.seed,
        },
        uuid=account.ids.uuid,
        seed=lambda: account.ids.token("fake", 8),
        lang=settings.lang,
        **more,
    )


def nearest(turn: Turn, state: str) -> NearMiss | None:
    """The rule that came nearest to an event that nothing took; ``state`` is what it found."""
    account = turn.account
    if not account.scenario.rules:
        return None
    return nearest_at_once(account.scenario.index, replace(facts(turn), state=state), account.counts)


def nearest_of(account: Account, entry: Entry) -> list[NearMiss]:
    """The rules of the account's scenario that came nearest to an event of its journal."""
    return nearest_rules(account.scenario.rules, facts_at(account, entry), account.counts)


def facts_at(account: Account, entry: Entry) -> Facts:
    """What the conditions of rules saw when this event came."""
    seen = entry.facts()
    payload = seen.get("payload") or {}
    return Facts(
        event=entry.name,
        payload=payload,
        header=seen.get("header") or {},
        context=seen.get("context") or {},
        device=entry.device,
        state=entry.state,
        words=entry.words or None,
        understand=partial(_understood, account.lang_of(payload)),
    )


def _worked_out(turn: Turn, rule: Rule, state: str, wrong: list[Finding]) -> Iterator[Outgoing]:
    """What the rule sends; what has no value is left out and said."""
    found = facts(turn)
    known = names(
        turn.account,
        turn.now,
        event={"header": found.header, "payload": found.payload, "context": found.context},
        words=turn.words or "",
        state=state,
        device=turn.device.device_id,
        slots=found.meaning().slots if rule.when.intent is not None else {},
    )
    for outgoing in rule.then:
        try:
            yield replace(outgoing, payload=rendered(outgoing.payload, known), say=str(rendered(outgoing.say, known)))
        except ExpressionError as error:
            said = f"{outgoing.name} of rule {rule.name!r} is not sent: {error}"
            wrong.append(Finding("scenario.expression", said, f"{rule.file}:{rule.line}"))
