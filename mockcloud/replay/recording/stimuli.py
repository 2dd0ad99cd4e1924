"""What a person, or the outside world, did in a recording, told from what followed by itself.

Rule 1. Recognize is said or typed; an event of a button is a press; a directive by ``POST /v1/push`` is a push;
        what is done in the companion app is in the journal itself, and so is what is done to an extension's link.
Rule 2. A downchannel that a device gives up and builds again was switched off and on; if it asked for a code just
        before, it logged in.
Rule 3. A fault was armed before the stretch in which it struck first.
Rule 4. Everything else follows by itself, until a trial shows that it does not (`Decisions`): then an event is sent
        as a step, a directive is answered by a rule or pushed, a device that does not reconnect is switched.
Rule 5. Speech or music that a new request cuts short is reported just before it, and follows from it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.replay.recording.entries import Seen
from mockcloud.replay.recording.extensions import LINKING, given_token, linked_by, was_linked

RECOGNIZE = "SpeechRecognizer.Recognize"
TYPED = "TextRecognizer.Recognize"
STOP_CAPTURE = "SpeechRecognizer.StopCapture"
OPENED, LOST, FAULT = "downchannel open", "downchannel lost", "fault "
_TOGETHER = 50 * MILLISECOND
"""Things that are no further apart have one cause."""
_LOGIN = 1 * SECOND
"""A device that has logged in gives its downchannel up within this time."""
_REPEATED = 1 * SECOND
"""A device that was refused repeats its request within this time."""
_STOPPED = "SpeechSynthesizer.SpeechStopped"
_CUT = (_STOPPED, "AudioPlayer.PlayPaused", "AudioPlayer.PlayStopped")
_BUTTONS = {
    "Alerts.RequestAlertStop": "stop",
    "PlaybackController.NextCommandIssued": "next",
    "PlaybackController.PauseCommandIssued": "pause",
    "PlaybackController.PlayCommandIssued": "play",
    "PlaybackController.PreviousCommandIssued": "previous",
    "PlaybackController.ResumeCommandIssued": "resume",
    "PlaybackController.SetRepeatModeCommandIssued": "repeat",
    "PlaybackController.StopCommandIssued": "stop",
    "TemplateRuntime.LikeCommandIssued": "like",
    "TemplateRuntime.UnlikeCommandIssued": "unlike",
}
_NAMED_BUTTONS = {
    "PlaybackController.CustomCommandIssued": ("custom", "button"),
    "PlaybackController.PlayCommandIssued": ("play", "token"),
}
"""Buttons with a name of their own, and the member of the payload that holds it."""

_SEE_OTHER = 302
"""The page of the terms sends a user on who has accepted them."""
_IN_THE_APP = "app "
_APP = {
    "AssignButton": "button",
    "ClearNotifications": "clear_notifications",
    "Delegate": "delegate",
    "DeleteAlert": "delete_alert",
    "GivePin": "pin",
    "LogIn": "login",
    "Notify": "notify",
    "RegisterDevice": "add_device",
    "RemoveDevice": "remove_device",
    "RequestPlayback": "playback",
    "RequestPlayerInfo": "player_info",
    "SetAlert": "set_alert",
    "SetTerms": "terms",
    "StopAlert": "stop_alert",
}
"""What the journal calls an action in the companion app, and what a step calls it."""


@dataclass(slots=True)
class Decisions:
    """What trials have shown; numbers are those of entries."""

    told: dict[int, int] = field(default_factory=dict)
    """What the bundled device does not do by itself, and how often it has been tried to make it."""
    scripted: set[int] = field(default_factory=set)
    """Directives that our cloud does not send by itself."""
    unordered: set[int] = field(default_factory=set)
    """Stimuli after which things came in another order."""
    dropped: set[int] = field(default_factory=set)
    """What does not come at all, whatever is done, or cannot be expected."""
    bare: set[int] = field(default_factory=set)
    """Events whose payloads cannot be expected: they have members that no such event has."""


def at_first(entries: Sequence[Seen]) -> Decisions:
    """Before any trial: what another cloud answered to a request is not what ours would answer."""
    asked = {entry.dialog for entry in entries if entry.name in (RECOGNIZE, TYPED)}
    answered = (entry for entry in entries if entry.is_directive and entry.foreign and entry.name != STOP_CAPTURE)
    return Decisions(scripted={entry.seq for entry in answered if entry.dialog is not None and entry.dialog in asked})


@dataclass(slots=True)
class Stimulus:
    """One thing that was done."""

    entry: Seen
    step: dict[str, Any]
    device: str = ""
    """Whose step it is; empty: every device's."""
    parts: list[Seen] = field(default_factory=list)
    """Other entries that show the same: a directive that was pushed to several devices at once."""


@dataclass(slots=True)
class Stretch:
    """What was done at one time, and what followed until the next thing was done."""

    stimulus: Stimulus | None
    """``None``: what happened before the first."""
    followed: list[Seen] = field(default_factory=list)


def stretches(entries: Sequence[Seen], decisions: Decisions, extensions: Collection[str] = ()) -> list[Stretch]:
    """The recording in stretches; the first one is what happened before anything was done.

    ``extensions``: those that the scenario has, so that accounts are linked to them.
    """
    made = [Stretch(None)]
    stimuli: dict[int, list[Stimulus]] = {}
    for stimulus in _stimuli(entries, decisions, extensions):
        stimuli.setdefault(stimulus.entry.seq, []).append(stimulus)
    parts = {part.seq for found in stimuli.values() for stimulus in found for part in stimulus.parts}
    for entry in entries:
        for stimulus in stimuli.get(entry.seq, ()):
            if "fault" in stimulus.step and len(made) > 1:  # Rule 3
                made.insert(-1, Stretch(stimulus))
            else:
                made.append(Stretch(stimulus, [*_refused(stimulus, made[-1]), *_cut_by(stimulus, made[-1])]))
        if entry.seq not in parts:
            made[-1].followed.append(entry)
    return made


def _refused(stimulus: Stimulus, before: Stretch) -> list[Seen]:
    """What a fault made of a request before the device repeated it; it is taken from the stretch before."""
    if before.stimulus is None or "fault" not in before.stimulus.step or not stimulus.entry.is_event:
        return []
    if stimulus.entry.at - before.stimulus.entry.at > _REPEATED or all(one.kind != "error" for one in before.followed):
        return []
    refused, before.followed = before.followed, []
    return refused


def _cut_by(stimulus: Stimulus, before: Stretch) -> list[Seen]:
    """What was reported just before a request because of it (Rule 5); it is taken from the stretch before."""
    since = before.stimulus.entry.seq if before.stimulus else 0
    cut = [
        one
        for one in before.followed
        if one.name in _CUT
        and one.seq > since
        and one.device == stimulus.device
        and stimulus.entry.is_event
        and stimulus.entry.at - one.at <= _TOGETHER
    ]
    before.followed = [one for one in before.followed if one not in cut]
    return cut


def words_of(entry: Seen, entries: Sequence[Seen]) -> str:
    """What was said; words that nobody knows are called by their number."""
    if entry.words:
        return entry.words
    unknown = [one.seq for one in entries if one.name in (RECOGNIZE, TYPED) and not one.words]
    return f"utterance {unknown.index(entry.seq) + 1}"


def is_pushed(entry: Seen, decisions: Decisions) -> bool:
    """Whether a step pushes it: it came from outside, or from nothing that is in the recording."""
    if not entry.is_directive or entry.channel != "downchannel":
        return False
    if entry.rule == "push":
        return True
    return entry.seq in decisions.scripted and entry.dialog is None and not is_ruled(entry)


def is_ruled(entry: Seen) -> bool:
    """Whether a scenario decided, or would have to."""
    return entry.rule.startswith("rule ")


def _stimuli(entries: Sequence[Seen], decisions: Decisions, extensions: Collection[str]) -> Iterator[Stimulus]:
    pushed: list[Seen] = []
    here: set[str] = set()
    """Devices whose first downchannel has been seen."""
    for number, entry in enumerate(entries):
        if entry.is_event:
            for extension in extensions:
                if was_linked(entry, entries, extension):
                    yield Stimulus(entry, {"app": given_token(extension)})
            yield from _of_event(entry, entries, decisions)
        elif entry.name.startswith(LINKING) and entry.rule.removeprefix("extension ") in extensions:
            if done := linked_by(entry, entries[:number]):
                yield Stimulus(entry, {"app": done})
        elif is_pushed(entry, decisions):
            if not any(_is_one_push(one, entry) for one in pushed):
                yield _push(entry, entries, decisions)
            pushed.append(entry)
        elif entry.name == LOST:
            yield from _of_loss(entry, entries[:number])
        elif entry.name == OPENED:
            if entry.device in here:
                yield from _of_opening(entry, entries[:number], decisions)
            here.add(entry.device)
        elif entry.name == "POST /terms" and entry.status == _SEE_OTHER:
            yield Stimulus(entry, {"terms": "accept"})
        elif entry.name.startswith(_IN_THE_APP):
            yield from _of_the_app(entry)
        elif entry.name.startswith(FAULT):
            yield from _of_fault(entry, entries)


def _of_event(entry: Seen, entries: Sequence[Seen], decisions: Decisions) -> Iterator[Stimulus]:
    tried = decisions.told.get(entry.seq, 0)
    step: dict[str, Any] = {}
    if entry.name == RECOGNIZE:
        step = {"say": words_of(entry, entries)}
    elif entry.name == TYPED:
        step = {"type": words_of(entry, entries)}
    elif not tried and (button := _button(entry)):
        step = {"press": button}
    elif tried == 1 and entry.name == _STOPPED:
        step = {"press": "stop"}
    elif tried:
        step = {"event": entry.name, **({"payload": entry.payload} if entry.payload else {})}
    if step:
        yield Stimulus(entry, step, entry.device)


def _button(entry: Seen) -> str:
    if entry.name in _NAMED_BUTTONS:
        kind, member = _NAMED_BUTTONS[entry.name]
        if entry.payload.keys() == {member}:
            return f"{kind}:{entry.payload[member]}"
        if entry.payload:  # one device speaks for another
            return ""
    return _BUTTONS.get(entry.name, "")


# Pushes


def _push(entry: Seen, entries: Sequence[Seen], decisions: Decisions) -> Stimulus:
    parts = [one for one in entries if is_pushed(one, decisions) and _is_one_push(entry, one)]
    to_all = len(parts) == len({one.device for one in entries if one.device})
    return Stimulus(entry, {"push": entry.name}, "" if to_all else entry.device, parts if to_all else [entry])


def _is_one_push(first: Seen, entry: Seen) -> bool:
    """Whether both are one directive that was pushed to several devices."""
    apart = first is entry or first.device != entry.device
    return apart and first.name == entry.name and first.payload == entry.payload and _near(first, entry)


def _near(first: Seen, second: Seen) -> bool:
    return abs(first.at - second.at) <= _TOGETHER


# The companion app


def _of_the_app(entry: Seen) -> Iterator[Stimulus]:
    action = _APP.get(entry.name.removeprefix(_IN_THE_APP))
    if action is None or not isinstance(entry.message, dict) or (entry.status or 0) >= 400:
        return
    members = {
        name: value for name, value in entry.message.items() if name != "account" and value not in ("", [], None)
    }
    if "action" in members:
        members["action"] = [
            dict(zip(("namespace", "name"), name.rsplit(".", 1), strict=False)) | {"payload": payload}
            for name, payload in members["action"]
        ]
    yield Stimulus(entry, {"app": {action: members}})


# Connections


def _of_loss(entry: Seen, before: Sequence[Seen]) -> Iterator[Stimulus]:
    mine = [one for one in before if one.device == entry.device and one.kind == "connection"]
    since = next((number for number, one in reversed(list(enumerate(mine))) if one.name == OPENED), 0)
    if any(one.name.startswith(FAULT) for one in mine[since:]):
        return
    asked = [one for one in before if one.name == "GET /authorize" and entry.at - one.at <= _LOGIN]
    if asked and not any(one.name == OPENED and one.seq > asked[-1].seq for one in mine):
        yield Stimulus(asked[-1], {"login": "guest" if "guest" in asked[-1].note else "user"}, entry.device)
    else:
        yield Stimulus(entry, {"power": "off"}, entry.device)


def _of_opening(entry: Seen, before: Sequence[Seen], decisions: Decisions) -> Iterator[Stimulus]:
    if entry.seq in decisions.told:
        yield Stimulus(entry, {"power": "off"}, entry.device)
        yield Stimulus(entry, {"power": "on"}, entry.device)
        return
    last = next((number for number, one in reversed(list(enumerate(before))) if _is_loss_of(one, entry)), None)
    if last is not None and any(one.step == {"power": "off"} for one in _of_loss(before[last], before[:last])):
        tries = (one for one in before[last:] if one.name == "GET /v1/directives" and one.device in ("", entry.device))
        yield Stimulus(next(tries, entry), {"power": "on"}, entry.device)


def _is_loss_of(one: Seen, entry: Seen) -> bool:
    return one.device == entry.device and one.name == LOST


# Faults


def _of_fault(entry: Seen, entries: Sequence[Seen]) -> Iterator[Stimulus]:
    """The step that arms a fault, when it strikes for the first time."""
    struck = [one for one in entries if one.rule == entry.rule and one.name == entry.name]
    fault = entry.message.get("fault") if isinstance(entry.message, dict) else None
    if struck[0] is entry and isinstance(fault, dict):
        # What has struck in the recording strikes again, whatever the chance was.
        written = {name: value for name, value in fault.items() if name not in ("id", "chance", "times")}
        times = {"times": len(struck)} if len(struck) > 1 else {}
        yield Stimulus(entry, {"fault": {**written, **times}}, "")
