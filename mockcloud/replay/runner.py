"""Replays a scenario: its rules in a cloud of its own, its steps by bundled devices, all on virtual time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mockcloud.catalogue import Catalogue
from mockcloud.cic import operations as op
from mockcloud.cic.machine import CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile, speaker
from mockcloud.clock import MILLISECOND, SECOND, Instant, instant_of
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.cloud.scripted import names
from mockcloud.faults import Fault
from mockcloud.journal import Entry, matches
from mockcloud.replay.expecting import Missed, Window, capture, facts_of
from mockcloud.replay.report import Failure, Report, Turn
from mockcloud.replay.simulation import Simulation
from mockcloud.replay.transcript import Transcript
from mockcloud.scenario import At, DeviceGiven, Scenario, Step
from mockcloud.scenario.expressions import ExpressionError, rendered
from mockcloud.scenario.faults import needing_socket
from mockcloud.scenario.steps import DEFAULT_DEVICE
from mockcloud.settings import SettingError, Settings, apply
from mockcloud.speech.pcm import silence, spoken
from mockcloud.wire.messages import split_name

START = "2026-01-01T09:00:00+09:00"
"""When a replay begins, unless the scenario says otherwise: a fixed date, so that transcripts do not change."""

_CONNECT_WITHIN = 10 * SECOND
_GREETINGS = 100 * MILLISECOND
"""What devices say when they have connected comes before the first step."""
_LAST_WORDS = 1 * SECOND
"""What is under way when the last step is done may end."""
_PAUSE_MS = 5000
"""What a microphone hears after the user has spoken; the cloud's StopCapture ends it."""


def replay(
    scenario: Scenario, *, catalogue: Catalogue, settings: Settings, allow: frozenset[str] = frozenset()
) -> Report:
    """Run one scenario to its end. Violations fail it, unless their codes are in ``allow``.

    Raises `SettingError` for settings in ``given`` that do not exist.
    """
    return _Run(scenario, catalogue, settings, allow).run()


class _Failed(Exception):
    """The step under way did not go as it should."""

    def __init__(self, missed: Missed) -> None:
        self.missed = missed
        super().__init__(missed.said)


class _Run:
    def __init__(self, scenario: Scenario, catalogue: Catalogue, settings: Settings, allow: frozenset[str]) -> None:
        given = scenario.given
        settings = _settings(settings, given)
        began = datetime.fromisoformat(given.get("clock", START))
        if began.tzinfo is None:
            began = began.replace(tzinfo=ZoneInfo(settings.account.timezone))
        self._scenario = scenario
        self._allow = allow
        self._cloud = CloudMachine(settings, catalogue, wall=instant_of(began), now=Instant(0))
        self._account = self._cloud.core.accounts.by_id[DEFAULT_ACCOUNT]
        self._account.scenario = scenario
        self._account.state = given.get("state", "")
        self._simulation = Simulation(self._cloud)
        self._devices = scenario.devices or (DeviceGiven(DEFAULT_DEVICE, display={"size": "none"}),)
        for device in self._devices:
            seed = f"{settings.account.seed}/{device.name}"
            self._simulation.add(
                device.name, Device(self._profile(device, settings), clock_offset=self._offset, seed=seed)
            )
        self._report = Report(scenario.title, scenario.file, scenario.covers, case=scenario.case)
        self._transcript = Transcript(len(self._devices))
        self._captured: dict[str, Entry] = {}

    @property
    def _offset(self) -> int:
        return self._account.clock.offset

    def _profile(self, device: DeviceGiven, settings: Settings) -> Profile:
        state = {**speaker(), **(device.device_state or {})}
        return Profile(
            url="https://localhost",
            client_id=self._account.client_id,
            client_secret=self._account.client_secret,
            naver_access_token=None if device.guest else self._account.naver_access_token,
            device_id=device.name,
            lang=device.lang or settings.account.lang,  # type: ignore[arg-type]
            zone=settings.account.timezone,
            display=device.display,
            device_state={name: value for name, value in state.items() if value is not None},
            tags=device.tags,
        )

    def run(self) -> Report:
        if fault := next(needing_socket(self._scenario.rules, self._scenario.steps), None):
            said = f"the fault {fault.effect.name} lives in HTTP/2 framing: in memory there is nothing of the kind"
            self._fail(Missed(said, 0))
            return self._finished()
        for device in self._devices:
            self._simulation.tell(device.name, dev.Start())
        if not self._until(_CONNECT_WITHIN, self._connected):
            self._fail(Missed("the bundled devices did not get their downchannels", 0))
            return self._finished()
        self._simulation.run_until(self._simulation.now + _GREETINGS)
        before = self._account.journal.last_seq
        for step in self._scenario.steps:
            self._report.steps += 1
            turn = Turn(str(step), step.line, self._seconds())
            since = self._account.journal.last_seq
            try:
                self._step(step, before, turn)
            except _Failed as error:
                turn.failed = True
                self._fail(error.missed)
            self._see(turn, since)
            self._report.turns.append(turn)
            if turn.failed:
                break
            before = since
        return self._finished()

    def _connected(self) -> bool:
        return len(self._cloud.core.downchannels) == len(self._devices)

    def _until(self, within: int, done: Callable[[], bool]) -> bool:
        return self._simulation.run_until(self._simulation.now + within, done)

    # Steps

    def _step(self, step: Step, before: int, turn: Turn) -> None:
        """``before``: the last entry before the step before this one began."""
        if step.at is not None:
            self._await(step.at, before, step.line)
        window = self._window()
        if step.do == "parallel":
            self._together(step, window)
        else:
            self._do(step)
        for part in step.value if step.do == "parallel" else (step,):
            self._expect(part, window)
        if step.do == "parallel":
            self._expect(step, window)
        self._captured |= window.captured
        turn.met = [
            (str(expect), self._line_of(seq)) for seq, expect in sorted(window.met.items()) if self._line_of(seq)
        ]

    def _window(self) -> Window:
        return Window(
            account=self._account,
            transcript=self._transcript,
            names=self._names,
            run_until=self._simulation.run_until,
            since=self._account.journal.last_seq,
            began=self._simulation.now,
        )

    def _names(self) -> Mapping[str, Any]:
        captured = {name: capture(entry) for name, entry in self._captured.items()}
        return names(self._account, self._cloud.core.now, **captured)

    def _together(self, step: Step, window: Window) -> None:
        """Steps that begin together, or so much later as their ``at: {plus: ...}`` says."""
        parts: tuple[Step, ...] = step.value
        for part in sorted(parts, key=lambda part: part.at.plus if part.at else 0):
            if part.at is not None and part.at.after is not None:
                self._await(part.at, window.since, part.line)
            elif part.at is not None:
                self._simulation.run_until(window.began + part.at.plus)
            self._do(part)

    def _await(self, at: At, since: int, line: int) -> None:
        """Let time pass until a step is due: so much later than the message was sent that it waits for."""
        plus = at.plus
        if at.after is not None:
            plus += self._awaited(at, since, line).at - self._account.clock.at(self._simulation.now)
        self._simulation.run_until(self._simulation.now + max(0, plus))

    def _awaited(self, at: At, since: int, line: int) -> Entry:
        if isinstance(at.after, str):
            if at.after not in self._captured:
                raise _Failed(Missed(f"nothing that is called {at.after!r} has been seen", line))
            return self._captured[at.after]
        pattern = self._worked_out(at.after, line)

        def found() -> list[Entry]:
            return self._account.journal.find(lambda entry: matches(pattern, facts_of(entry)), after_seq=since)

        if not self._until(at.within, lambda: bool(found())):
            said = f"the step waits for {pattern}, which did not come within {at.within / SECOND:g} s"
            raise _Failed(Missed(said, line))
        return found()[0]

    def _do(self, step: Step) -> None:
        if step.do in _DO:
            _DO[step.do](self, replace(step, device=step.device or self._devices[0].name), step.device)

    def _fault(self, step: Step, named: str) -> None:
        fault: Fault = step.value
        self._ask(op.AddFault(self._account.id, replace(fault, device=fault.device or named)), step)

    def _say(self, step: Step, _: str) -> None:
        words = str(self._worked_out(step.value, step.line))
        self._ask(op.QueueUtterance(account=self._account.id, text=words, device=step.device), step)
        pcm = spoken(words, self._account.settings.lang) + silence(_PAUSE_MS)
        self._simulation.tell(step.device, dev.Say(words, pcm))

    def _type(self, step: Step, _: str) -> None:
        self._simulation.tell(step.device, dev.Type(str(self._worked_out(step.value, step.line))))

    def _press(self, step: Step, _: str) -> None:
        self._simulation.tell(step.device, dev.Press(str(self._worked_out(step.value, step.line))))

    def _event(self, step: Step, _: str) -> None:
        name, payload = step.value
        payload = self._worked_out(payload, step.line)
        self._simulation.tell(step.device, dev.SendEvent(*split_name(name), payload))

    def _push(self, step: Step, addressed: str) -> None:
        namespace, name = split_name(step.value.name)
        payload = self._worked_out(step.value.payload, step.line)
        self._ask(
            op.Push(
                account=self._account.id,
                device=addressed or None,
                directive={"header": {"namespace": namespace, "name": name}, "payload": payload},
                unchecked=step.value.unchecked,
                wait_ms=10_000,
            ),
            step,
        )

    def _power(self, step: Step, _: str) -> None:
        self._simulation.tell(step.device, dev.Power(step.value))

    def _login(self, step: Step, _: str) -> None:
        token = self._account.naver_access_token if step.value == "user" else None
        self._simulation.tell(step.device, dev.Login(token))

    def _wait(self, step: Step, _: str) -> None:
        self._simulation.run_until(self._simulation.now + step.value)

    def _advance(self, step: Step, _: str) -> None:
        """Move the clock of the account on, and those of its devices."""
        milliseconds = step.value // MILLISECOND
        self._ask(op.SetClock(account=self._account.id, action="advance", by=f"{milliseconds}ms"), step)
        now = self._account.clock.at(self._simulation.now)
        for device in self._devices:
            self._simulation.tell(device.name, dev.SetClock(now))

    def _ask(self, operation: Any, step: Step) -> None:
        outcome = self._simulation.ask(operation)
        if outcome.status >= 400:
            raise _Failed(Missed(f"{step}: {outcome.body['detail']}", step.line))

    def _worked_out(self, value: Any, line: int) -> Any:
        try:
            return rendered(value, self._names())
        except ExpressionError as error:
            raise _Failed(Missed(str(error), line)) from None

    def _expect(self, step: Step, window: Window) -> None:
        missed = window.meet(step.expect, in_order=step.in_order, only=step.only)
        if missed is not None:
            raise _Failed(missed)

    def _fail(self, missed: Missed) -> None:
        self._report.failures.append(Failure(missed.said, self._scenario.file, missed.line, missed.nearest))

    # What is reported

    def _seconds(self) -> float:
        """Seconds of the account's time since the replay began."""
        clock = self._account.clock
        return (clock.at(self._simulation.now) - clock.real_offset) / SECOND

    def _see(self, turn: Turn, since: int) -> None:
        start = self._account.clock.real_offset
        for entry in self._shown(since):
            turn.seen.append(((entry.at - start) / SECOND, self._transcript.line(entry)))

    def _shown(self, since: int = 0) -> Iterator[Entry]:
        self._transcript.learn(self._account.journal)
        yield from self._account.journal.find(lambda entry: entry.channel != "ping", after_seq=since)

    def _line_of(self, seq: int) -> str:
        found = self._account.journal.find(lambda entry: entry.seq == seq, after_seq=seq - 1)
        return self._transcript.line(found[0]) if found else ""

    def _finished(self) -> Report:
        report = self._report
        self._simulation.run_until(self._simulation.now + _LAST_WORDS)
        for entry in self._shown():
            report.transcript.append(self._transcript.line(entry))
        for entry in self._account.journal:
            for finding in entry.findings:
                if finding.severity == "violation" and finding.code not in self._allow and entry.note != "unchecked":
                    where = f"{finding.path} " if finding.path else ""
                    report.failures.append(Failure(f"{finding.code}: {entry.name}: {where}{finding.said}", report.file))
        report.virtual_seconds = self._simulation.now / SECOND
        return report


_DO: dict[str, Callable[[_Run, Step, str], None]] = {
    "say": _Run._say,
    "type": _Run._type,
    "press": _Run._press,
    "event": _Run._event,
    "push": _Run._push,
    "power": _Run._power,
    "login": _Run._login,
    "fault": _Run._fault,
    "wait": _Run._wait,
    "advance": _Run._advance,
}
"""What is done for each step; the text is the device that the step names itself, if it does."""


def _settings(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """The settings with those of ``given`` over them; ``edition`` and ``seed`` may stand in three places there."""
    own = {name: given[name] for name in ("edition", "seed") if name in given}
    for values in (given.get("settings") or {}, given.get("account") or {}, own):
        settings = apply(settings, values)
    return settings


__all__ = ["START", "SettingError", "replay"]
