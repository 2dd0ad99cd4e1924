"""Replays a scenario: its rules in a cloud of its own, its steps by the devices of a `mockcloud.replay.world`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, assert_never

from msgspec.structs import replace

from mockcloud.catalogue import Catalogue
from mockcloud.cic import operations as op
from mockcloud.client import vocabulary as dev
from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.cloud.scripted import names
from mockcloud.journal import Entry, matches
from mockcloud.replay.app import operation
from mockcloud.replay.audio import recording
from mockcloud.replay.expecting import Missed, Window, capture, facts_of
from mockcloud.replay.linking import link
from mockcloud.replay.memory import InMemory
from mockcloud.replay.report import Failure, Report, StepReport
from mockcloud.replay.transcript import Transcript
from mockcloud.replay.world import START, Broken, CannotDo, NotConnected, Opening, Stage, World, with_ids
from mockcloud.scenario import At, Scenario, Step
from mockcloud.scenario.expressions import ExpressionError, rendered
from mockcloud.scenario.faults import needing_socket
from mockcloud.scenario.model import (
    Advance,
    AnswerTerms,
    Await,
    Inject,
    LogIn,
    Parallel,
    Press,
    Push,
    Say,
    SendEvent,
    SwitchPower,
    Type,
    UseApp,
    Wait,
)
from mockcloud.settings import SettingError, Settings, apply_given
from mockcloud.speech.pcm import silence, spoken
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.codes import ALL
from mockcloud.wire.messages import split_name

_GREETINGS = 100 * MILLISECOND
"""What devices say when they have connected comes before the first step."""
_UNSHOWN = ("ping", "device", "control")
"""Channels of entries that no transcript shows: it is what was said on the wire."""
_LAST_WORDS = 1 * SECOND
"""What is under way when the last step is done may end."""
_PAUSE_MS = 5000
"""What a microphone hears after the user has spoken; the cloud's StopCapture ends it."""


def replay(
    scenario: Scenario,
    *,
    catalogue: Catalogue,
    settings: Settings,
    allow: frozenset[str] = frozenset(),
    stage: Stage | None = None,
) -> Report:
    """Run one scenario to its end. Violations fail it, unless their codes are in ``allow``.

    ``stage`` builds the world that it runs in; unless one is given that is memory, or loopback sockets if there is a
    fault that only a socket shows.

    Raises `SettingError` for settings in ``given`` that do not exist.
    """
    opening = Opening(scenario, apply_given(settings, scenario.given), catalogue)
    world = (stage or stage_of(scenario))(opening)
    try:
        return _Run(opening, world, allow).run()
    finally:
        world.close()


def stage_of(scenario: Scenario) -> Stage:
    """Where a scenario runs unless it is told otherwise."""
    if any(needing_socket(scenario.rules, scenario.steps)):
        return over_loopback()
    return InMemory


def over_loopback(speed: float | None = None) -> Stage:
    """Sockets of this machine. Time that nobody uses is skipped, or passes ``speed`` times as fast as real time."""
    from mockcloud.replay.loopback import Loopback

    return partial(Loopback, speed=speed)


class _Failed(Exception):
    """The step under way did not go as it should."""

    def __init__(self, missed: Missed) -> None:
        self.missed = missed
        super().__init__(missed.said)


class _Run:
    def __init__(self, opening: Opening, world: World, allow: frozenset[str]) -> None:
        scenario = opening.scenario
        self._scenario = scenario
        self._allow = allow
        self._world = world
        self._account = opening.account(world.cloud)
        self._devices = opening.devices
        self._report = Report(scenario.title, scenario.file, scenario.covers, case=scenario.case, way=world.way)
        self._transcript = Transcript(len(self._devices))
        self._captured: dict[str, Entry] = {}
        self._began = world.now

    def run(self) -> Report:
        try:
            self._world.open()
            self._world.run_until(self._world.now + _GREETINGS)
        except (NotConnected, Broken) as error:
            self._fail(Missed(str(error), 0))
        except CannotDo as error:
            self._report.skipped.append(Failure(str(error), self._scenario.file))
        else:
            self._call_devices_by_their_ids()
            self._take_steps()
        return self._finished()

    def _call_devices_by_their_ids(self) -> None:
        self._scenario = self._account.scenario = with_ids(self._scenario, self._world.ids)
        self._devices = tuple(replace(given, name=self._world.ids[given.name]) for given in self._devices)

    def _take_steps(self) -> None:
        """One after the other, until one of them fails or cannot be done: what follows rests on it."""
        before = self._account.journal.last_seq
        for step in self._scenario.steps:
            self._report.steps += 1
            report = StepReport(str(step), step.line, self._seconds())
            since = self._account.journal.last_seq
            try:
                self._step(step, before, report)
            except _Failed as error:
                report.failed = True
                self._fail(error.missed)
            except Broken as error:
                report.failed = True
                self._fail(Missed(str(error), step.line))
            except CannotDo as error:
                report.skipped = str(error)
                self._report.skipped.append(Failure(f"{step}: {error}", self._scenario.file, step.line))
            self._see(report, since)
            self._report.by_step.append(report)
            if report.failed or report.skipped:
                break
            before = since

    def _until(self, within: int, done: Callable[[], bool]) -> bool:
        return self._world.run_until(self._world.now + within, done)

    # Steps

    def _step(self, step: Step, before: int, report: StepReport) -> None:
        """``before``: the last entry before the step before this one began."""
        if step.at is not None:
            self._await(step.at, before, step.line)
        window = self._window()
        self._do(step, window)
        for part in (*step.parts, step):
            self._expect(part, window)
        self._captured |= window.captured
        report.met = [
            (str(expect), self._line_of(seq)) for seq, expect in sorted(window.met.items()) if self._line_of(seq)
        ]

    def _window(self) -> Window:
        return Window(
            account=self._account,
            transcript=self._transcript,
            names=self._names,
            run_until=self._world.run_until,
            since=self._account.journal.last_seq,
            began=self._world.now,
        )

    def _names(self) -> Mapping[str, Any]:
        captured = {name: capture(entry) for name, entry in self._captured.items()}
        return names(self._account, self._world.cloud.core.now, **captured)

    def _together(self, parts: tuple[Step, ...], window: Window) -> None:
        """Steps that begin together, or so much later as their ``at: {plus: ...}`` says."""
        for part in sorted(parts, key=lambda part: part.at.plus if part.at else 0):
            if part.at is not None and part.at.after is not None:
                self._await(part.at, window.since, part.line)
            elif part.at is not None:
                self._world.run_until(window.began + part.at.plus)
            self._do(part, window)

    def _await(self, at: At, since: int, line: int) -> None:
        """Let time pass until a step is due: so much later than the message was sent that it waits for."""
        plus = at.plus
        if at.after is not None:
            plus += self._awaited(at, since, line).at - self._account.clock.at(self._world.now)
        self._world.run_until(self._world.now + max(0, plus))

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

    def _do(self, step: Step, window: Window) -> None:
        """Do it at the device that the step names, else at the first."""
        here = replace(step, device=step.device or self._devices[0].name)
        match step.action:
            case Say() as say:
                self._say(say, here)
            case Type(words):
                self._world.tell(here.device, dev.Type(self._text(words, step.line)))
            case Press(button):
                self._world.tell(here.device, dev.Press(self._text(button, step.line)))
            case SendEvent(name, payload):
                event = dev.SendEvent(*split_name(name), self._worked_out(payload, step.line))
                self._world.tell(here.device, event)
            case Push() as push:
                self._push(push, here, step.device)
            case SwitchPower(on):
                self._world.tell(here.device, dev.Power(on))
            case LogIn(who):
                token = self._account.naver_access_token if who == "user" else None
                self._world.tell(here.device, dev.Login(token))
            case AnswerTerms(answer):
                self._world.tell(here.device, dev.AnswerTerms(answer == "accept"))
            case Inject(fault):
                addressed = replace(fault, device=fault.device or step.device)
                self._ask(op.AddFault(self._account.id, addressed), here)
            case UseApp() as use:
                self._use_app(use, here)
            case Wait(span):
                self._world.run_until(self._world.now + span)
            case Advance() as advance:
                self._advance(advance, here)
            case Parallel(steps):
                self._together(steps, window)
            case Await():
                pass
            case unknown:
                assert_never(unknown)

    def _say(self, say: Say, step: Step) -> None:
        words = self._text(say.words, step.line)
        self._ask(op.QueueUtterance(account=self._account.id, text=words, device=step.device), step)
        pcm = self._recorded(say.audio, step.line) if say.audio else spoken(words, self._account.settings.lang)
        self._world.tell(step.device, dev.Say(words, pcm + silence(_PAUSE_MS)))

    def _recorded(self, file: str, line: int) -> bytes:
        try:
            return recording(file)
        except ValueError as error:
            raise _Failed(Missed(f"{file}: {error}", line)) from None

    def _push(self, push: Push, step: Step, device: str) -> None:
        """``device``: empty for every one."""
        namespace, name = split_name(push.outgoing.name)
        payload = self._worked_out(push.outgoing.payload, step.line)
        self._ask(
            op.Push(
                account=self._account.id,
                device=device or None,
                directive={"header": {"namespace": namespace, "name": name}, "payload": payload},
                unchecked=push.outgoing.unchecked,
                wait_ms=10_000,
            ),
            step,
        )

    def _use_app(self, use: UseApp, step: Step) -> None:
        members = self._worked_out(use.members, step.line)
        if use.action == "link_account":
            self._met(link(self._world.ask, self._account.id, members), step)
        else:
            self._ask(operation(self._account.id, step.device, use.action, members), step)

    def _advance(self, advance: Advance, step: Step) -> None:
        """Move the clock of the account on, and those of its devices."""
        milliseconds = advance.span // MILLISECOND
        self._ask(op.SetClock(account=self._account.id, action="advance", by=f"{milliseconds}ms"), step)
        now = self._account.clock.at(self._world.now)
        for device in self._devices:
            self._world.tell(device.name, dev.SetClock(now))

    def _ask(self, operation: Any, step: Step) -> None:
        self._met(self._world.ask(operation), step)

    def _met(self, outcome: Any, step: Step) -> None:
        if outcome.status >= 400:
            raise _Failed(Missed(f"{step}: {outcome.body['detail']}", step.line))

    def _text(self, template: str, line: int) -> str:
        return str(self._worked_out(template, line))

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
        return (clock.at(self._world.now) - self._start) / SECOND

    @property
    def _start(self) -> int:
        """When the replay began, in the account's time."""
        return self._began + self._account.clock.real_offset

    def _see(self, report: StepReport, since: int) -> None:
        start = self._start
        for entry in self._shown(since):
            report.seen.append(((entry.at - start) / SECOND, self._transcript.line(entry)))

    def _shown(self, since: int = 0) -> Iterator[Entry]:
        self._transcript.learn(self._account.journal)
        yield from self._account.journal.find(lambda entry: entry.channel not in _UNSHOWN, after_seq=since)

    def _line_of(self, seq: int) -> str:
        entry = self._account.journal.entry(seq)
        return self._transcript.line(entry) if entry is not None else ""

    def _finished(self) -> Report:
        report = self._report
        with suppress(Broken, CannotDo):
            self._world.run_until(self._world.now + _LAST_WORDS)
        for entry in self._shown():
            report.transcript.append(self._transcript.line(entry))
        for entry in self._account.journal:
            for finding in entry.findings:
                if finding.severity != "violation" or entry.note == "unchecked":
                    continue
                if not {finding.code, ALL} & self._allow:
                    report.failures.append(_failure(finding, entry, report.file))
        report.virtual_seconds = (self._world.now - self._began) / SECOND
        return report


def _failure(finding: Finding, entry: Entry, file: str) -> Failure:
    """A violation, or a mistake of the scenario itself, whose place is a line of it."""
    if finding.code.startswith("scenario."):
        file, _, line = finding.path.rpartition(":")
        return Failure(f"{finding.code}: {entry.name}: {finding.said}", file, int(line))
    where = f"{finding.path} " if finding.path else ""
    return Failure(f"{finding.code}: {entry.name}: {where}{finding.said}", file)


__all__ = ["START", "SettingError", "over_loopback", "replay", "stage_of"]
