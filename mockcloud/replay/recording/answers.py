"""Rules for answers that cannot come from the cloud's own behaviour: those of a scenario, or of another cloud."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockcloud.clock import MILLISECOND
from mockcloud.journal.match import matches
from mockcloud.nlu.text import normalise
from mockcloud.replay.recording.entries import Seen
from mockcloud.replay.recording.stimuli import RECOGNIZE, STOP_CAPTURE, TYPED, Decisions, is_ruled, words_of
from mockcloud.replay.recording.written import span

SPEAK = "SpeechSynthesizer.Speak"
EXPECT_SPEECH = "SpeechRecognizer.ExpectSpeech"
_SOON = 50 * MILLISECOND
"""A push that follows no later has no ``after``."""
_UNNAMED = "rules["
"""How a rule begins that has no name of its own."""

Sending = Callable[[Seen], dict[str, Any]]
"""A directive as a rule writes it: the keys beside ``directive`` or ``push``."""


@dataclass(slots=True)
class Answer:
    """An event that a rule takes, and what is sent for it."""

    event: Seen
    sent: list[Seen] = field(default_factory=list)
    begins: int = 0
    """When it was decided: with the event, or when its speech had been heard."""


def answers(entries: Sequence[Seen], decisions: Decisions) -> list[Answer]:
    """Every event that a rule has to take, in the order of the recording."""
    found = {entry.seq: Answer(entry, begins=entry.at) for entry in entries if _is_taken(entry)}
    for number, entry in enumerate(entries):
        if not entry.is_directive or not (is_ruled(entry) or entry.seq in decisions.scripted):
            continue
        event = _event_of(entry, entries[:number], found)
        if event is not None:
            found.setdefault(event.seq, Answer(event, begins=event.at)).sent.append(entry)
    for answer in found.values():
        heard = [one.at for one in entries if one.name == STOP_CAPTURE and one.dialog == answer.event.dialog]
        answer.begins = max([answer.begins, *(at for at in heard if answer.event.dialog)])
    return [found[seq] for seq in sorted(found)]


def _is_taken(entry: Seen) -> bool:
    """An event that a rule took, or a request to another cloud, which may understand other words than ours."""
    return entry.is_event and (is_ruled(entry) or (entry.foreign and entry.name in (RECOGNIZE, TYPED)))


def _event_of(entry: Seen, before: Sequence[Seen], taken: dict[int, Answer]) -> Seen | None:
    """The event that a directive answers."""
    events = [one for one in before if one.is_event]
    if entry.dialog is not None:
        same = [one for one in events if one.dialog == entry.dialog]
        return same[-1] if same else None
    if entry.channel == "response":
        return next((one for one in reversed(events) if one.device == entry.device), None)
    # A push of a rule, perhaps a late one: the first event of the rule that still lacks it.
    for one in (one for one in events if is_ruled(entry) and one.rule == entry.rule):
        if not any(sent.name == entry.name and sent.channel == entry.channel for sent in taken[one.seq].sent):
            return one
    return None


def rules(entries: Sequence[Seen], decisions: Decisions, sending: Sending) -> list[dict[str, Any]]:
    """The rules in the order in which they have to stand.

    Where the same request was answered differently each time, every answer but the last is for the first request
    that no rule before it took.
    """
    devices = {entry.device for entry in entries if entry.device}
    asked: dict[str, list[tuple[dict[str, Any], dict[str, Any], str]]] = {}
    for answer in answers(entries, decisions):
        when = _when(answer, entries, several=len(devices) > 1)
        then = [_entry(entry, entries, answer, sending) for entry in answer.sent]
        asked.setdefault(repr(when), []).append((when, {"then": then} if then else {}, _name(answer.event)))
    found = [rule for answered in asked.values() for rule in _of_one_request(answered)]
    return _with_names(sorted(found, key=lambda rule: -len(rule["when"])))


def _of_one_request(answered: list[tuple[dict[str, Any], dict[str, Any], str]]) -> Iterator[dict[str, Any]]:
    while len(answered) > 1 and answered[-1] == answered[-2]:
        answered = answered[:-1]
    for number, (when, then, name) in enumerate(answered, 1):
        nth = {"nth": 1} if number < len(answered) else {}
        yield {**({"name": name} if name else {}), "when": {**when, **nth}, **then}


def _with_names(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No two rules have the same name."""
    counts: dict[str, int] = {}
    for rule in found:
        name = rule.get("name", "")
        counts[name] = counts.get(name, 0) + 1
        if name and counts[name] > 1:
            rule["name"] = f"{name} {counts[name]}"
    return found


def _name(event: Seen) -> str:
    name = event.rule.removeprefix("rule ") if is_ruled(event) else event.words
    return "" if name.startswith(_UNNAMED) else name


def _when(answer: Answer, entries: Sequence[Seen], *, several: bool) -> dict[str, Any]:
    event = answer.event
    device = {"device": event.device} if several else {}
    if event.name in (RECOGNIZE, TYPED):
        return {"says": _as_said(event, entries), **device}
    return {"event": event.name, **_distinguishing(event, entries), **device}


def _as_said(event: Seen, entries: Sequence[Seen]) -> str:
    """The words as they were said first; blanks and punctuation tell no request from another."""
    words = words_of(event, entries)
    same = (words_of(one, entries) for one in entries if one.name in (RECOGNIZE, TYPED))
    return next(one for one in same if normalise(one) == normalise(words))


def _distinguishing(event: Seen, entries: Sequence[Seen]) -> dict[str, Any]:
    """The short texts of its payload, if the same event comes with others too."""
    others = [one.payload for one in entries if one.is_event and one.name == event.name]
    mine = {name: value for name, value in event.payload.items() if isinstance(value, str) and len(value) <= 40}
    return {"payload": mine} if mine and not all(matches(mine, other) for other in others) else {}


def _entry(entry: Seen, entries: Sequence[Seen], answer: Answer, sending: Sending) -> dict[str, Any]:
    """One entry of ``then``."""
    if entry.channel != "downchannel":
        return sending(entry)
    after = _due(entry, entries) - answer.begins
    return {**sending(entry), **({"after": span(after)} if after > _SOON else {})}


def _due(entry: Seen, entries: Sequence[Seen]) -> int:
    """When a push fell due: when it was sent, or when it had to be held because there was no downchannel."""
    held = [one for one in entries if one.kind == "timer" and one.name == entry.name and one.rule == entry.rule]
    held = [one for one in held if one.seq < entry.seq and one.note.startswith("held")]
    return held[-1].at if held else entry.at
