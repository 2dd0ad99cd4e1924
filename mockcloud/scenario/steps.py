"""``steps`` and ``expect``: what happens, and what must follow."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

from mockcloud.catalogue.explanation import nearest
from mockcloud.clock import SECOND
from mockcloud.scenario.app import check_alert, check_linking
from mockcloud.scenario.expressions import COMMON
from mockcloud.scenario.faults import read_fault
from mockcloud.scenario.intents import check_intents, intents_of
from mockcloud.scenario.model import DEFAULT_DEVICE as DEFAULT_DEVICE
from mockcloud.scenario.model import (
    Action,
    Advance,
    AnswerTerms,
    At,
    Await,
    DeviceGiven,
    Expect,
    ExtensionGiven,
    Inject,
    LogIn,
    Parallel,
    Press,
    Push,
    Say,
    SendEvent,
    Step,
    SwitchPower,
    Type,
    UseApp,
    Wait,
)
from mockcloud.scenario.reading import Path, Reading
from mockcloud.scenario.rules import normalise_says
from mockcloud.scenario.sending import outgoing

DEFAULT_WITHIN = 10 * SECOND
ANY_DEVICE = "any"
_MESSAGES: tuple[Literal["event", "directive"], ...] = ("event", "directive")
_PATTERNS = ("payload", "header", "context", "says", "status", "error", "value", "slots")


class StepReader:
    """Reads the steps of one document, in their order: a step may speak of what those before it have named."""

    def __init__(
        self, reading: Reading, devices: tuple[DeviceGiven, ...], extensions: tuple[ExtensionGiven, ...] = ()
    ) -> None:
        self._reading = reading
        self._extensions = extensions
        self._devices = [device.name for device in devices] or [DEFAULT_DEVICE]
        self._names: dict[str, int] = {}
        """Names given by ``as``, with their lines."""

    def steps(self, items: list[dict[str, Any]]) -> tuple[Step, ...]:
        return tuple(self._step(item, ("steps", number)) for number, item in enumerate(items))

    def _step(self, item: dict[str, Any], path: Path) -> Step:
        do = self._does(item, path)
        at = self._at(item["at"], (*path, "at")) if "at" in item else None
        if "device" in item:
            self._device(item["device"], (*path, "device"))
        action = _ACTIONS[do](self, item, path)
        entries = item.get("expect") or []
        listed = isinstance(entries, list)
        entries = entries if listed else [entries]
        expect = tuple(
            self._expect(one, (*path, "expect", number) if listed else (*path, "expect"), item)
            for number, one in enumerate(entries)
        )
        return Step(
            action=action,
            expect=expect,
            line=self._reading.line(path),
            device=item.get("device", ""),
            at=at,
            in_order=all(one.get("order") != "any" for one in (item, *entries)),
            only=any(one.get("only") for one in (item, *entries)),
        )

    def _beside(self, name: str, path: Path) -> str:
        """A file that is named relative to this one."""
        self._reading.no_templates(name, path, "a file is read when the scenario is loaded; cases may be used")
        return os.path.normpath(os.path.join(os.path.dirname(self._reading.document.file), name))

    def _does(self, item: dict[str, Any], path: Path) -> str:
        """The one thing that the step does."""
        does = [name for name in _ACTIONS if name in item and name != "expect"]
        if len(does) > 1:
            said = f"a step does one thing, this one has {' and '.join(does)}"
            self._reading.problem(
                said, (*path, does[1]), "make a step of each, or list them under `parallel`", key=True
            )
        do = does[0] if does else "expect"
        for name, owners in _OWNED.items():
            if name in item and do not in owners:
                self._reading.problem(f"`{name}` belongs to {' or '.join(owners)}", (*path, name), key=True)
        if do == "expect" and not item.get("expect"):
            self._reading.problem("this step does nothing and expects nothing", path)
        return do

    def _device(self, name: str, path: Path, also: tuple[str, ...] = ()) -> None:
        if name not in (*self._devices, *also):
            near = nearest(name, self._devices)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(self._devices)}"
            self._reading.problem(f"there is no device {name!r} in this scenario", path, hint)

    def _known_names(self) -> tuple[str, ...]:
        return (*COMMON, *self._names)

    # What steps do

    def _say(self, item: dict[str, Any], path: Path) -> Action:
        audio = self._beside(item["audio"], (*path, "audio")) if "audio" in item else ""
        return Say(self._text(item, "say", path), audio)

    def _type(self, item: dict[str, Any], path: Path) -> Action:
        return Type(self._text(item, "type", path))

    def _press(self, item: dict[str, Any], path: Path) -> Action:
        return Press(self._text(item, "press", path))

    def _text(self, item: dict[str, Any], key: str, path: Path) -> str:
        text: str = item[key]
        self._reading.names(text, (*path, key), self._known_names())
        return text

    def _event(self, item: dict[str, Any], path: Path) -> Action:
        name, payload = item["event"], item.get("payload") or {}
        if self._reading.known("event", name, (*path, "event")):
            self._reading.misspelt("event", name, payload, (*path, "payload"))
        self._reading.names(payload, (*path, "payload"), self._known_names())
        return SendEvent(name, payload)

    def _push(self, item: dict[str, Any], path: Path) -> Action:
        for part in ("payload", "with"):
            self._reading.names(item.get(part), (*path, part), self._known_names())
        return Push(outgoing(self._reading, item, path))

    def _fault(self, item: dict[str, Any], path: Path) -> Action:
        if "device" in item["fault"]:
            self._device(item["fault"]["device"], (*path, "fault", "device"))
        fault = read_fault(self._reading, item["fault"], (*path, "fault"))
        # A fault that cannot be is a problem by now, with which the file does not load.
        return Inject(fault) if fault is not None else Await()

    def _app(self, item: dict[str, Any], path: Path) -> Action:
        (name, members), path = next(iter(item["app"].items())), (*path, "app")
        self._reading.names(members, (*path, name), self._known_names())
        if "device" in members and name != "add_device":
            self._device(members["device"], (*path, name, "device"))
        if name == "set_alert":
            check_alert(self._reading, members, (*path, name))
        if "extension" in members:
            given = {one.id: one.registration for one in self._extensions}
            check_linking(self._reading, name, members, given, (*path, name))
        return UseApp(name, members)

    def _wait(self, item: dict[str, Any], path: Path) -> Action:
        return Wait(self._reading.duration(item, "wait", path, lived=True))

    def _advance(self, item: dict[str, Any], path: Path) -> Action:
        return Advance(self._reading.duration(item, "advance", path))

    def _parallel(self, item: dict[str, Any], path: Path) -> Action:
        parts = enumerate(item["parallel"])
        return Parallel(tuple(self._step(one, (*path, "parallel", number)) for number, one in parts))

    # When

    def _at(self, item: dict[str, Any], path: Path) -> At:
        after = item.get("after")
        if isinstance(after, str) and "." in after:
            is_event = self._reading.catalogue.knows("event", after, self._reading.edition)
            kind: Literal["event", "directive"] = "event" if is_event else "directive"
            self._reading.known(kind, after, (*path, "after"))
            after = {kind: after}
        elif isinstance(after, str):
            self._named(after, (*path, "after"))
        elif after is not None:
            after = self._pattern(after, (*path, "after"))[0]
        return At(
            after,
            self._reading.duration(item, "plus", path, lived=True),
            self._reading.duration(item, "within", path, DEFAULT_WITHIN, lived=True),
        )

    def _named(self, name: str, path: Path) -> None:
        if name not in self._names:
            near = nearest(name, self._names)
            hint = f"did you mean {near}?" if near else "write a message's full name, or give one a name by `as`"
            self._reading.problem(f"nothing before this step is called {name!r}", path, hint)

    # Expectations

    def _expect(self, item: dict[str, Any], path: Path, step: Mapping[str, Any]) -> Expect:
        never = "never" in item
        if never and (beside := [name for name in item if name not in ("never", "within", "order", "only")]):
            self._reading.problem(f"`{beside[0]}` cannot be inside never", (*path, beside[0]), key=True)
        place = (*path, "never") if never else path
        pattern, said = self._pattern(item["never"] if never else item, place)
        name = item.get("as", "")
        if name:
            self._name(name, (*path, "as"))
        # A step that addresses a device expects of this device, unless it says otherwise.
        device = pattern.get("device") or step.get("device") or ANY_DEVICE
        pattern = {key: value for key, value in pattern.items() if key != "device"}
        if device != ANY_DEVICE:
            pattern["device"] = device
        within = self._reading.duration(item, "within", path, DEFAULT_WITHIN, lived=True)
        return Expect(pattern, within, never, self._reading.line(path), name, said)

    def _name(self, name: str, path: Path) -> None:
        if name in COMMON or not name.isidentifier():
            self._reading.problem(f"{name!r} cannot be a name: it means something in expressions", path)
        elif name in self._names:
            said = f"something is called {name!r} already, in line {self._names[name]}"
            self._reading.problem(said, path)
        self._names.setdefault(name, self._reading.line(path))

    def _pattern(self, item: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], str]:
        """The pattern over an entry's facts, and the expectation in words if the pattern does not say it."""
        reading = self._reading
        subjects = [name for name in _SUBJECTS if name in item]
        if len(subjects) > 1:
            reading.problem(f"one message is {' or '.join(subjects)}, not both", (*path, subjects[1]), key=True)
        for kind in _MESSAGES:
            if kind in item and reading.known(kind, item[kind], (*path, kind)):
                reading.misspelt(kind, item[kind], item.get("payload"), (*path, "payload"))
        if "value" in item and "observed" not in item:
            reading.problem("`value` belongs to observed", (*path, "value"), key=True)
        if "device" in item:
            self._device(item["device"], (*path, "device"), (ANY_DEVICE,))
        for part in _PATTERNS:
            reading.pattern(item.get(part), (*path, part))
            if part in ("says", "status"):
                reading.words_pattern(item.get(part), (*path, part))
            reading.names(item.get(part), (*path, part), self._known_names())
        for part in _OF_EXTENSION:
            if part in item and "extension" not in item:
                reading.problem(f"`{part}` belongs to extension", (*path, part), key=True)
        pattern = {name: item[name] for name in _FACTS if name in item}
        if "via" in item:
            pattern["channel"] = item["via"]
        if "says" in item:
            pattern["says"] = normalise_says(item["says"])
        if "reconnect" in item:
            return {**pattern, "kind": "connection", "name": "downchannel open"}, f"reconnect {item['reconnect']}"
        if "extension" in item:
            return self._asked(item, pattern, path)
        if "error" in item:
            error = item["error"]
            payload = error if isinstance(error, dict) else {"code": error}
            return {**pattern, "kind": "error", "payload": payload}, f"error {error}"
        if not (pattern.keys() - {"device"}):
            said = "this expects nothing: write event, directive, error, status, reconnect, extension or observed"
            reading.problem(said, path)
        return pattern, ""

    def _asked(self, item: Mapping[str, Any], pattern: dict[str, Any], path: Path) -> tuple[dict[str, Any], str]:
        """A request to an extension."""
        given = [one.id for one in self._extensions]
        if item["extension"] not in given and (near := nearest(item["extension"], given)):
            said = f"there is no extension {item['extension']!r} in this scenario"
            self._reading.problem(said, (*path, "extension"), f"did you mean {near}?")
        known = intents_of(self._extensions, item["extension"])
        if "intent" in item and known is not None:
            whose = f"{item['extension']} has"
            check_intents(self._reading, [item["intent"]], item.get("slots") or {}, known, whose, path)
        about = " ".join(item[part] for part in ("request", "intent") if part in item) or "a request"
        slots = f" with {item['slots']}" if "slots" in item else ""
        return {**pattern, "kind": "cek-request"}, f"{about} to extension {item['extension']}{slots}"


_SUBJECTS = ("event", "directive", "error", "reconnect", "extension", "observed")
_OF_EXTENSION = ("request", "intent", "slots", "linked")
_FACTS = (
    *("event", "directive", "payload", "header", "context", "status", "device", "observed", "value"),
    *("extension", *_OF_EXTENSION),
)
_OWNED = {
    "audio": ("say",),
    "payload": ("event", "push"),
    "with": ("push",),
    "example": ("push",),
    "unchecked": ("push",),
}
"""Keys beside the one that says what a step does, and to which of these they belong."""
_ACTIONS: dict[str, Callable[[StepReader, dict[str, Any], Path], Action]] = {
    "say": StepReader._say,
    "type": StepReader._type,
    "press": StepReader._press,
    "event": StepReader._event,
    "push": StepReader._push,
    "power": lambda _, item, __: SwitchPower(item["power"] in (True, "on")),
    "login": lambda _, item, __: LogIn(item["login"]),
    "terms": lambda _, item, __: AnswerTerms(item["terms"]),
    "fault": StepReader._fault,
    "app": StepReader._app,
    "wait": StepReader._wait,
    "advance": StepReader._advance,
    "parallel": StepReader._parallel,
    "expect": lambda *_: Await(),
}
