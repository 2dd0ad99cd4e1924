"""Replays a scenario: its rules in a cloud of its own, its steps by the bundled device, both on virtual time."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.cic import operations as op
from mockcloud.cic.machine import CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile
from mockcloud.clock import SECOND, Instant, instant_of
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.journal import Entry, matches, mismatches, nearest
from mockcloud.replay.report import Failure, Report
from mockcloud.replay.simulation import Simulation
from mockcloud.scenario import Expect, Scenario, Step
from mockcloud.settings import SettingError, Settings, apply
from mockcloud.speech.pcm import silence, spoken
from mockcloud.wire.messages import split_name

START = "2026-01-01T09:00:00+09:00"
"""When a replay begins, unless the scenario says otherwise: a fixed date, so that transcripts do not change."""

DEVICE = "speaker"
_CONNECT_WITHIN = 10 * SECOND
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


class _Run:
    def __init__(self, scenario: Scenario, catalogue: Catalogue, settings: Settings, allow: frozenset[str]) -> None:
        given = scenario.given
        own = {name: given[name] for name in ("edition", "seed") if name in given}
        settings = apply(settings, {**own, **given.get("settings", {})})
        began = datetime.fromisoformat(given.get("clock", START))
        self._scenario = scenario
        self._allow = allow
        self._cloud = CloudMachine(settings, catalogue, wall=instant_of(began), now=Instant(0))
        self._account = self._cloud.core.accounts.by_id[DEFAULT_ACCOUNT]
        self._account.scenario = scenario
        self._account.state = given.get("state", "")
        self._simulation = Simulation(self._cloud)
        profile = Profile(
            url="https://localhost",
            client_id=self._account.client_id,
            client_secret=self._account.client_secret,
            naver_access_token=self._account.naver_access_token,
            device_id=f"{DEVICE}-{settings.account.seed}",
            lang=settings.account.lang,
            zone=settings.account.timezone,
        )
        offset = self._account.clock.offset
        self._simulation.add(DEVICE, Device(profile, clock_offset=offset, seed=f"{settings.account.seed}/{DEVICE}"))
        self._report = Report(scenario.title, scenario.file, scenario.covers)
        self._names: dict[str, str] = {}

    def run(self) -> Report:
        self._simulation.tell(DEVICE, dev.Start())
        if not self._until(_CONNECT_WITHIN, self._connected):
            self._fail("the bundled device did not get its downchannel", 0)
            return self._finished()
        for step in self._scenario.steps:
            self._report.steps += 1
            self._step(step)
            if self._report.failures:
                break
        return self._finished()

    def _connected(self) -> bool:
        return bool(self._cloud.core.downchannels)

    def _until(self, within: int, done: Any) -> bool:
        return self._simulation.run_until(self._simulation.now + within, done)

    # Steps

    def _step(self, step: Step) -> None:
        since = self._account.journal.last_seq
        began = self._simulation.now
        if step.do == "say":
            self._simulation.ask(op.QueueUtterance(account=self._account.id, text=step.value))
            pcm = spoken(step.value, self._account.settings.lang) + silence(_PAUSE_MS)
            self._simulation.tell(DEVICE, dev.Say(step.value, pcm))
        elif step.do == "type":
            self._simulation.tell(DEVICE, dev.Type(step.value))
        elif step.do == "press":
            self._simulation.tell(DEVICE, dev.Press(step.value))
        elif step.do == "event":
            name, payload = step.value
            self._simulation.tell(DEVICE, dev.SendEvent(*split_name(name), payload))
        elif step.do == "push":
            self._push(step)
        elif step.do in ("wait", "advance"):
            self._simulation.run_until(began + step.value)
        self._expect(step, since, began)

    def _push(self, step: Step) -> None:
        namespace, name = split_name(step.value.name)
        outcome = self._simulation.ask(
            op.Push(
                account=self._account.id,
                directive={"header": {"namespace": namespace, "name": name}, "payload": dict(step.value.payload)},
                unchecked=step.value.unchecked,
                wait_ms=10_000,
            )
        )
        if outcome.status != 200:
            self._fail(f"push {step.value.name}: {outcome.body['detail']}", step.line)

    # Expectations

    def _expect(self, step: Step, since: int, began: int) -> None:
        """Meet them in their order; then see that what must never come has not come."""
        met: set[int] = set()
        last = since
        for expect in (e for e in step.expect if not e.never):
            found = self._await(expect, last, began, met)
            if found is None:
                self._missed(expect, last, met)
                return
            met.add(found.seq)
            last = found.seq
        for expect in (e for e in step.expect if e.never):
            self._simulation.run_until(began + expect.within)
            found = next(self._candidates(expect, since, met), None)
            if found is not None:
                self._fail(f"{expect}, but it came: {_line(found, self._names)}", expect.line)

    def _await(self, expect: Expect, since: int, began: int, met: set[int]) -> Entry | None:
        def seen() -> bool:
            return next(self._candidates(expect, since, met), None) is not None

        self._simulation.run_until(began + expect.within, seen)
        return next(self._candidates(expect, since, met), None)

    def _candidates(self, expect: Expect, since: int, met: set[int]) -> Iterator[Entry]:
        for entry in self._account.journal:
            if entry.seq > since and entry.seq not in met and matches(expect.pattern, entry.facts()):
                yield entry

    def _missed(self, expect: Expect, since: int, met: set[int]) -> None:
        others = [entry for entry in self._account.journal if entry.seq > since and entry.seq not in met]
        misses = [(entry, mismatches(expect.pattern, entry.facts())) for entry in others if entry.kind != "connection"]
        shown = tuple(f"nearest: {entry.name}: {'; '.join(map(str, why))}" for entry, why in nearest(misses, 3)) or (
            "nothing at all came",
        )
        self._fail(f"expected {expect} within {expect.within / SECOND:g} s", expect.line, shown)

    def _fail(self, said: str, line: int, shown: tuple[str, ...] = ()) -> None:
        self._report.failures.append(Failure(said, self._scenario.file, line, shown))

    # The end

    def _finished(self) -> Report:
        report = self._report
        self._simulation.run_until(self._simulation.now + _LAST_WORDS)
        for entry in self._account.journal:
            if entry.channel != "ping":
                report.transcript.append(_line(entry, self._names))
            for finding in entry.findings:
                if finding.severity == "violation" and finding.code not in self._allow and entry.note != "unchecked":
                    report.failures.append(
                        Failure(f"{finding.code}: {entry.name}: {finding.path} {finding.said}", report.file)
                    )
        report.virtual_seconds = self._simulation.now / SECOND
        return report


def _line(entry: Entry, names: dict[str, str]) -> str:
    """One line of the transcript; identifiers are named in the order in which they appear, so that two ways of
    running the same scenario give the same lines."""
    arrow = {"in": "->", "out": "<-"}.get(entry.direction, "--")
    words = [f"{arrow} {entry.channel:<11} {entry.name}"]
    if entry.dialog_request_id:
        words.append(f"dialog={names.setdefault(entry.dialog_request_id, f'd{len(names) + 1}')}")
    if entry.status is not None:
        words.append(str(entry.status))
    if entry.words:
        words.append(json.dumps(entry.words, ensure_ascii=False))
    if entry.rule:
        words.append(f"[{entry.rule}]")
    return " ".join(words)


__all__ = ["START", "SettingError", "replay"]
