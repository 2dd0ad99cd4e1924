"""From the entries of a recording to a scenario: what is given, what is answered, what happens, what must follow."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mockcloud.catalogue import Catalogue, Kind
from mockcloud.client.profile import speaker
from mockcloud.clock import MILLISECOND, SECOND, date_of
from mockcloud.errors import UnreadableInput
from mockcloud.replay.recording.answers import EXPECT_SPEECH, SPEAK, rules
from mockcloud.replay.recording.entries import IDENTIFIER, Seen
from mockcloud.replay.recording.extensions import REQUEST, asked_of, what_is_asked
from mockcloud.replay.recording.stimuli import (
    OPENED,
    RECOGNIZE,
    STOP_CAPTURE,
    TYPED,
    Decisions,
    Stimulus,
    Stretch,
    stretches,
)
from mockcloud.replay.recording.written import literal, payload_keys, redacted, span, yaml
from mockcloud.scenario.given import SCREEN
from mockcloud.scenario.load import load_scenario
from mockcloud.scenario.reading import LONGEST_LIVED
from mockcloud.settings import LANGUAGES, AccountSettings, Edition
from mockcloud.wire.messages import contexts_by_name

_CONNECTED = 106 * MILLISECOND
"""When the first step of a replay begins."""
_GREETINGS = 90 * MILLISECOND
"""What comes that soon after its downchannel are the greetings of a device that connects."""
_SLOW_GREETINGS = 3 * SECOND
"""The same for a device on a slow line, if it is what every device says."""
_GREETING = ("Clova.Hello", "Alerts.RequestSynchronizeAlert", "Alerts.SynchronizeAlert", OPENED)
_PATIENCE = 8 * SECOND
"""What comes no later needs no ``within``."""
_MARGIN = 5 * SECOND
_PAUSE = 50 * MILLISECOND
"""A pause between two steps that is no longer is not worth a step."""
_LONG = 60 * SECOND
"""A pause before the first step, or one without a PING, that is no longer tells nothing."""
_CLOCK_MOVED = 2 * _LONG
_DATE = re.compile(r"^\d{4}-\d\d-\d\d")
SYNCHRONIZE = "Alerts.SynchronizeAlert"
_KNOWN = ("edition", "lang", "seed", "timezone")
_QUIET = (STOP_CAPTURE, "SpeechSynthesizer.SpeechStarted")
"""What goes without saying while something follows it."""


@dataclass(slots=True)
class Composed:
    """A scenario, and which entries its expectations stand for."""

    document: dict[str, Any]
    expected: list[list[Seen]]
    """For each step, in the order of its expectations."""
    stimuli: list[int]
    """For each step the number of its stimulus; 0 if it has none."""


class Composer:
    """Composes one recording, again after each trial.

    ``account`` holds what is known of the account that was recorded: ``edition``, ``lang``, ``seed``, ``timezone``;
    ``extensions`` is what is given of extensions, ``audio`` the file in which the speech of an event is, by its number.
    """

    def __init__(
        self,
        entries: Sequence[Seen],
        *,
        title: str,
        catalogue: Catalogue,
        settings: AccountSettings,
        account: Mapping[str, Any],
        extensions: Mapping[str, Any],
        audio: Mapping[int, str],
    ) -> None:
        self._entries = entries
        self.audio = audio
        self._extensions = extensions
        self._title = title
        self._catalogue = catalogue
        self._settings = settings
        spoken = next((one.payload["lang"] for one in entries if one.is_event and "lang" in one.payload), None)
        known = {**({"lang": spoken} if spoken in LANGUAGES else {}), **account}
        self._account = {name: known[name] for name in _KNOWN if name in known}
        self._lang = self._account.get("lang", settings.lang)
        self._edition: Edition = self._account.get("edition", settings.edition)
        self._devices = list(dict.fromkeys(entry.device for entry in entries if entry.device))
        self._pinged = any(entry.channel == "ping" for entry in entries)

    def compose(self, decisions: Decisions) -> Composed:
        """The scenario as far as it is known now."""
        made = stretches(self._entries, decisions, self._extensions)
        steps = _Steps(self, decisions, made)
        document: dict[str, Any] = {"mockcloud": 1, "title": literal(self._title)}
        document["given"] = self._given(made)
        if found := rules(self._entries, decisions, self.sending):
            document["rules"] = literal(redacted(found))
        document["steps"] = steps.written()
        return Composed(document, steps.expected, steps.stimuli)

    # What is given

    def _given(self, made: Sequence[Stretch]) -> dict[str, Any]:
        account = {name: value for name, value in self._account.items() if value != getattr(self._settings, name)}
        given: dict[str, Any] = {name: account.pop(name) for name in ("edition", "seed") if name in account}
        if account:
            given["account"] = account
        given["clock"] = self._begins(made).isoformat(timespec="seconds")
        devices = {device: self._device(device) for device in self._devices}
        if devices and devices != {"speaker": {}}:
            given["devices"] = literal(redacted(devices))
        if alerts := list(self._alerts()):
            given["alerts"] = literal(redacted(alerts))
        if self._extensions:
            given["extensions"] = dict(self._extensions)
        return given

    def _begins(self, made: Sequence[Stretch]) -> datetime:
        """So that the first step comes at its time."""
        first = self._entries[0].at
        if len(made) > 1 and made[1].stimulus and made[1].stimulus.entry.at - first <= _LONG:
            first = made[1].stimulus.entry.at - _CONNECTED
        zone = ZoneInfo(self._account.get("timezone", self._settings.timezone))
        return date_of(first).astimezone(zone)

    def _device(self, device: str) -> dict[str, Any]:
        contexts = next(
            (contexts_by_name(one.message.get("context")) for one in self._entries if _has_context(one, device)), None
        )
        given: dict[str, Any] = {}
        if contexts is None:
            return given
        display = contexts.get("Device.Display")
        if display is None:
            given["display"] = None
        elif display != {"size": "none"}:
            given["display"] = display["size"] if display == {"size": display.get("size"), **SCREEN} else display
        state = contexts.get("Device.DeviceState")
        if state is not None:
            plain = speaker()
            given["device_state"] = {
                **{name: value for name, value in state.items() if name != "localTime" and plain.get(name) != value},
                **{name: None for name in plain if name not in state},
            }
        if self._is_guest(device):
            given["guest"] = True
        return {name: value for name, value in given.items() if value != {}}

    def _alerts(self) -> Iterator[dict[str, Any]]:
        """What had been set before: each device is told when it connects."""
        told: set[str] = set()
        for entry in self._entries:
            if entry.name != SYNCHRONIZE or entry.device in told or entry.foreign:
                continue
            told.add(entry.device)
            device = {"device": entry.device} if self.several else {}
            alerts = entry.payload.get("allAlerts")
            for alert in alerts if isinstance(alerts, list) else ():
                if not isinstance(alert, dict):  # it was sent unchecked
                    continue
                names = {"type": "type", "token": "token", "scheduledTime": "scheduled_time", "label": "label"}
                yield {**{names[name]: alert[name] for name in names if alert.get(name)}, **device}

    def _is_guest(self, device: str) -> bool:
        """Whether the code for its first token was a guest's; codes are asked for in the order of the devices."""
        opened = next((entry.seq for entry in self._entries if entry.name == OPENED and entry.device == device), 0)
        tokens = [one for one in self._entries if one.name == "POST /token" and one.seq < opened]
        mine = [number for number, one in enumerate(tokens) if one.note == f"for {device}"]
        codes = [one for one in self._entries if one.name == "GET /authorize"]
        return bool(mine) and mine[0] < len(codes) and "guest" in codes[mine[0]].note

    # What is sent

    def sending(self, entry: Seen) -> dict[str, Any]:
        """A directive as an entry of ``then`` has it."""
        if entry.name == SPEAK and entry.channel == "response":
            lang = entry.payload.get("ttsLang", self._lang)
            return {"speak": self._spoken(entry), **({"lang": lang} if lang != self._lang else {})}
        if entry.name == EXPECT_SPEECH and entry.channel == "response":
            return {"expect_speech": {name: value for name, value in entry.payload.items() if name != "expectSpeechId"}}
        return {"push" if entry.channel == "downchannel" else "directive": entry.name, **self.beside(entry)}

    def _spoken(self, entry: Seen) -> str:
        """What the cloud says; words that nobody knows are called by their number."""
        unknown = [one.seq for one in self._entries if one.name == SPEAK and not one.words]
        return entry.words or f"answer {unknown.index(entry.seq) + 1}"

    def beside(self, entry: Seen) -> dict[str, Any]:
        """The keys beside the name of a directive."""
        keys = payload_keys(self._catalogue, entry.name, entry.payload, self._edition)
        sent = entry.note != "unchecked" and self._may_be_sent({"directive": entry.name, **keys})
        return keys if sent else {"payload": entry.payload, "unchecked": True}

    def _may_be_sent(self, item: Mapping[str, Any]) -> bool:
        """Whether a scenario may send this without saying that it is wrong on purpose."""
        document = {"mockcloud": 1, "title": "t", "rules": [{"when": {}, "then": [literal(redacted(item))]}]}
        try:
            load_scenario(yaml(document), file="", catalogue=self._catalogue, edition=self._edition, lang=self._lang)
        except UnreadableInput:
            return False
        return True

    def knows(self, entry: Seen) -> bool:
        """Whether the message can be expected: one that does not exist cannot."""
        kind: Kind = "event" if entry.is_event else "directive"
        return self._catalogue.knows(kind, entry.name, self._edition)

    def moved_between(self, before: Seen, after: Seen) -> bool:
        """Whether the clock was moved on, rather than that time passed: connections that are open are pinged.

        More time than a step may wait is passed over as well.
        """
        if after.at - before.at > LONGEST_LIVED:
            return True
        if not self._pinged and after.at - before.at < _CLOCK_MOVED:
            return False
        pings = (one for one in self._entries if one.channel == "ping")
        quiet = not any(before.at < one.at < after.at for one in pings)
        return after.at - before.at >= _CLOCK_MOVED and quiet

    def give_no_extensions(self) -> None:
        """What they answered becomes rules."""
        self._extensions = {}

    def gives(self, extension: str) -> bool:
        """Whether the scenario registers the extension of this id."""
        return extension in self._extensions

    @property
    def several(self) -> bool:
        return len(self._devices) > 1


class _Steps:
    """The steps of one composition."""

    def __init__(self, composer: Composer, decisions: Decisions, made: Sequence[Stretch]) -> None:
        self._composer = composer
        self._decisions = decisions
        self._stretches = made
        self._steps: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}
        """Identifiers, and the expressions that stand for them."""
        self._taken: set[str] = set()
        self.expected: list[list[Seen]] = []
        self.stimuli: list[int] = []

    def written(self) -> list[dict[str, Any]]:
        last = self._before()
        for number, stretch in enumerate(self._stretches[1:], 1):
            assert stretch.stimulus is not None
            if last is not None:
                self._pass(last, stretch.stimulus.entry, first=number == 1 and not self._steps)
            last = self._stretch(stretch, self._does(stretch.stimulus), stretch.stimulus.entry)
        return self._steps

    def _before(self) -> Seen | None:
        """What happens before anything is done; devices that connect are not worth a word."""
        first = self._stretches[0]
        if not first.followed:
            return None
        began = first.followed[0]
        opened = {entry.device: entry.at for entry in reversed(first.followed) if entry.name == OPENED}
        later = [one for one in first.followed if one.at - opened.get(one.device, began.at) > _greeting(one)]
        if any(self._may_be_expected(entry, None) for entry in later):
            return self._stretch(Stretch(None, later), {}, began)
        return first.followed[-1]

    def _pass(self, before: Seen, after: Seen, *, first: bool) -> None:
        gap = after.at - before.at
        if gap > (_LONG if first else _PAUSE):
            self._add({"advance" if self._composer.moved_between(before, after) else "wait": span(gap)})

    def _stretch(self, stretch: Stretch, step: dict[str, Any], began: Seen) -> Seen:
        """Add the steps of a stretch; returns what is seen last before the next one begins."""
        stimulus = stretch.stimulus.entry.seq if stretch.stimulus else 0
        after = began
        expected: list[Seen] = []
        for entry in self._worth_expecting(stretch):
            if self._composer.moved_between(after, entry):
                self._finish(step, expected, began, stimulus)
                step, expected = {"advance": span((entry.at - after.at) // SECOND * SECOND)}, []
                began = entry
            expected.append(entry)
            after = entry
        self._finish(step, expected, began, stimulus)
        return after

    def _does(self, stimulus: Stimulus) -> dict[str, Any]:
        step = dict(stimulus.step)
        if "app" in step:
            step = literal(redacted(step))
        elif "push" in step:
            step |= literal(redacted(self._composer.beside(stimulus.entry)))
        elif "payload" in step:
            step["payload"] = self._with_names(redacted(step["payload"]))
        elif "fault" not in step:
            step = literal(step)
        if "say" in step and stimulus.entry.seq in self._composer.audio:
            step["audio"] = self._composer.audio[stimulus.entry.seq]
        if stimulus.device and self._composer.several:
            step["device"] = stimulus.device
        return step

    def _worth_expecting(self, stretch: Stretch) -> Iterator[Seen]:
        followed = [one for one in stretch.followed if self._may_be_expected(one, stretch.stimulus)]
        for number, entry in enumerate(followed):
            if entry.name not in _QUIET or not any(one.device == entry.device for one in followed[number + 1 :]):
                yield entry

    def _may_be_expected(self, entry: Seen, stimulus: Stimulus | None) -> bool:
        """A button is pressed for the event that it sends; what is said, typed or sent goes without saying."""
        if entry.seq in self._decisions.dropped:
            return False
        if entry.kind in ("event", "directive") and not self._composer.knows(entry):
            return False
        if entry.is_event and stimulus and entry.seq == stimulus.entry.seq:
            return "press" in stimulus.step
        if entry.kind == REQUEST:
            return self._composer.gives(asked_of(entry))
        return entry.kind in ("event", "directive", "error") or entry.name == OPENED

    # Expectations

    def _finish(self, step: dict[str, Any], expected: list[Seen], began: Seen, stimulus: int) -> None:
        items = [self._expectation(entry, began, step) for entry in expected]
        if stimulus in self._decisions.unordered and len(items) > 1:
            step = {**step, "order": "any"}
        if items:
            step = {**step, "expect": items if len(items) > 1 else items[0]}
        if step:
            self._add(step, expected, stimulus)

    def _add(self, step: dict[str, Any], expected: list[Seen] | None = None, stimulus: int = 0) -> None:
        self._steps.append(step)
        self.expected.append(expected or [])
        self.stimuli.append(stimulus)

    def _expectation(self, entry: Seen, began: Seen, step: Mapping[str, Any]) -> dict[str, Any]:
        item: dict[str, Any]
        if entry.name == OPENED:
            item = {"reconnect": "downchannel"}
        elif entry.kind == "error":
            item = {"error": entry.status} if entry.status is not None else {"error": {}}
        elif entry.kind == REQUEST:
            item = {"extension": asked_of(entry), **what_is_asked(entry)}
        elif entry.is_directive:
            item = {"directive": entry.name}
            if entry.channel == "downchannel":
                item["via"] = "downchannel"
            if entry.words:
                item["says"] = literal(entry.words)
        else:
            item = {"event": entry.name}
            if entry.seq not in self._decisions.bare and (payload := self._telling(entry)):
                item["payload"] = payload
        if self._composer.several and entry.device and entry.device != step.get("device"):
            item["device"] = entry.device
        if (later := entry.at - began.at) > _PATIENCE:
            item["within"] = span(min(-(-(later + _MARGIN) // _MARGIN) * _MARGIN, LONGEST_LIVED))
        if entry.is_directive:
            item |= self._named(entry)
        return item

    def _telling(self, entry: Seen) -> dict[str, Any]:
        """The members of an event's payload that are the same in every run."""
        told: dict[str, Any] = {}
        for name, value in redacted(entry.payload).items():
            if isinstance(value, str) and value in self._names:
                told[name] = self._names[value]
            elif isinstance(value, bool) or (isinstance(value, str) and _is_constant(value)):
                told[name] = literal(value)
        return told

    def _named(self, entry: Seen) -> dict[str, Any]:
        """``as``, if events after it speak of an identifier that came with it."""
        found = {
            value: path for path, value in _texts(entry.payload) if IDENTIFIER.match(value) and value not in self._names
        }
        wanted = {value: path for value, path in found.items() if self._is_spoken_of(value, entry)}
        if not wanted:
            return {}
        base = entry.name.partition(".")[2].lower()
        name = next(one for one in _numbered(base) if one not in self._taken)
        self._taken.add(name)
        self._names |= {value: f"${{{name}.payload.{path}}}" for value, path in wanted.items()}
        return {"as": name}

    def _is_spoken_of(self, value: str, entry: Seen) -> bool:
        for stretch in self._stretches:
            told = stretch.stimulus is not None and "payload" in stretch.stimulus.step
            for one in (*stretch.followed, *([stretch.stimulus.entry] if told and stretch.stimulus else ())):
                if (
                    one.is_event
                    and one.seq > entry.seq
                    and one.name not in (RECOGNIZE, TYPED)
                    and value in (text for _, text in _texts(one.payload))
                ):
                    return one.seq not in self._decisions.dropped
        return False

    def _with_names(self, payload: Any) -> Any:
        """A payload with the expressions that stand for its identifiers."""
        if isinstance(payload, Mapping):
            return {name: self._with_names(value) for name, value in payload.items()}
        if isinstance(payload, list):
            return [self._with_names(value) for value in payload]
        return self._names.get(payload, literal(payload)) if isinstance(payload, str) else payload


def _greeting(entry: Seen) -> int:
    return _SLOW_GREETINGS if entry.name in _GREETING else _GREETINGS


def _has_context(entry: Seen, device: str) -> bool:
    return entry.is_event and entry.device == device and isinstance(entry.message, dict) and "context" in entry.message


def _is_constant(value: str) -> bool:
    return 0 < len(value) <= 40 and not IDENTIFIER.match(value) and not _DATE.match(value)


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in JSON, with its place as expressions write it."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if str(name).isidentifier():
                yield from _texts(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}{number}"
        number += 1
