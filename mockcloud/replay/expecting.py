"""Expectations of a step against the account's journal: what meets them, what came instead, and why not."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.scripted import nearest_of
from mockcloud.journal import Entry, matches, mismatches, nearest
from mockcloud.nlu.text import normalise
from mockcloud.replay.transcript import Transcript
from mockcloud.scenario import Expect
from mockcloud.scenario.expressions import ExpressionError, rendered
from mockcloud.scenario.rules import normalise_says

RunUntil = Callable[[int, Callable[[], bool]], bool]
_NEAREST = 3
_KINDS = ("event", "directive", "error", "cek-request")


def facts_of(entry: Entry) -> dict[str, Any]:
    """What patterns of expectations look at: `Entry.facts`, and the words of both sides as ``says``."""
    return {**entry.facts(), **({"says": normalise(entry.words)} if entry.words else {})}


@dataclass(frozen=True, slots=True)
class Missed:
    """An expectation that was not met: what to say, and what came near."""

    said: str
    line: int
    nearest: tuple[str, ...] = ()


@dataclass(slots=True)
class Window:
    """The time of one step (or of several that began together): entries after ``since`` may meet its expectations,
    each one of them one expectation."""

    account: Account
    transcript: Transcript
    names: Callable[[], Mapping[str, Any]]
    """What expressions may read now."""
    run_until: RunUntil
    since: int
    began: int
    """Instant of the step's start."""
    met: dict[int, Expect] = field(default_factory=dict)
    captured: dict[str, Entry] = field(default_factory=dict)
    """What expectations have named."""
    _facts: dict[int, tuple[Any, dict[str, Any]]] = field(default_factory=dict)

    def meet(self, expects: Iterable[Expect], *, in_order: bool, only: bool) -> Missed | None:
        """Wait until all are met; then see that what must not come has not come by the window's end."""
        expects = tuple(expects)
        wanted = [expect for expect in expects if not expect.never]
        try:
            missed = self._in_order(wanted) if in_order else self._in_any_order(wanted)
            if missed is None:
                missed = self._never([expect for expect in expects if expect.never])
            if missed is None and only and wanted:
                missed = self._only(wanted)
        except ExpressionError as error:
            line = next((expect.line for expect in wanted if id(expect) not in map(id, self.met.values())), 0)
            missed = Missed(str(error), line)
        return missed

    def _in_order(self, wanted: list[Expect]) -> Missed | None:
        last = self.since
        for expect in wanted:
            found = self._await(expect, last)
            if found is None:
                return self._missed(expect, last)
            self._take(expect, found)
            last = found.seq
        return None

    def _in_any_order(self, wanted: list[Expect]) -> Missed | None:
        left = list(wanted)
        while left:
            self.run_until(self.began + max(expect.within for expect in left), lambda: self._next_of(left) is not None)
            step = self._next_of(left)
            if step is None:
                return self._missed(left[0], self.since)
            expect, found = step
            left.remove(expect)
            self._take(expect, found)
        return None

    def _next_of(self, left: list[Expect]) -> tuple[Expect, Entry] | None:
        """One of these with what meets it in its time; those that the fewest entries meet go first."""
        found: list[tuple[int, Expect, Entry]] = []
        for expect in left:
            try:
                pattern = self._pattern(expect)
            except ExpressionError:  # it speaks of one that has not been met yet
                continue
            there = list(self._candidates(pattern, self.since, expect.within))
            if there:
                found.append((len(there), expect, there[0]))
        if not found:
            return None
        _, expect, entry = min(found, key=lambda one: one[0])
        return expect, entry

    def _await(self, expect: Expect, since: int) -> Entry | None:
        pattern = self._pattern(expect)

        def found() -> Entry | None:
            return next(self._candidates(pattern, since, expect.within), None)

        self.run_until(self.began + expect.within, lambda: found() is not None)
        return found()

    def _take(self, expect: Expect, entry: Entry) -> None:
        self.met[entry.seq] = expect
        if expect.name:
            self.captured[expect.name] = entry

    def _pattern(self, expect: Expect) -> dict[str, Any]:
        pattern: dict[str, Any] = rendered(expect.pattern, {**self.names(), **self._captures()})
        if "says" in pattern:
            pattern["says"] = normalise_says(pattern["says"])
        return pattern

    def _captures(self) -> dict[str, Any]:
        return {name: capture(entry) for name, entry in self.captured.items()}

    def _candidates(self, pattern: Mapping[str, Any], since: int, within: int) -> Iterator[Entry]:
        """Entries that the pattern takes, of those that came in time: a window that others hold open longer does not
        make this one longer."""
        end = self._ends(within)
        for entry in self.account.journal.find(lambda entry: entry.seq not in self.met, after_seq=since):
            if entry.at <= end and matches(pattern, self._facts_of(entry)):
                yield entry

    def _ends(self, within: int) -> int:
        """When a window of this length ends, in the account's time."""
        return self.account.clock.at(Instant(self.began)) + within

    def _facts_of(self, entry: Entry) -> dict[str, Any]:
        """`facts_of`, read anew only when the entry has got its status or its words."""
        version = (entry.status, entry.words, entry.rule)
        known = self._facts.get(entry.seq)
        if known is None or known[0] != version:
            known = self._facts[entry.seq] = (version, facts_of(entry))
        return known[1]

    def _never(self, never: list[Expect]) -> Missed | None:
        for expect in never:
            pattern = self._pattern(expect)
            self.run_until(self.began + expect.within, lambda: False)
            found = next(self._candidates(pattern, self.since, expect.within), None)
            if found is not None:
                return Missed(f"{expect}, but it came: {self._shown(found)}", expect.line)
        return None

    def _only(self, wanted: list[Expect]) -> Missed | None:
        """Of the kinds that are listed nothing else may come by the window's end."""
        within = max(expect.within for expect in wanted)
        self.run_until(self.began + within, lambda: False)
        patterns = [expect.pattern for expect in wanted]
        kinds = {kind for pattern in patterns for kind in _KINDS if kind in pattern or pattern.get("kind") == kind}
        devices = {pattern.get("device") for pattern in patterns}
        for entry in self.account.journal.find(lambda entry: entry.kind in kinds, after_seq=self.since):
            in_time = entry.at <= self._ends(within)
            if in_time and entry.seq not in self.met and (None in devices or entry.device in devices):
                said = f"only the listed {' and '.join(f'{kind}s' for kind in sorted(kinds))} may come"
                said = f"{said}, but this came too: {self._shown(entry)}"
                return Missed(said, wanted[0].line)
        return None

    def _shown(self, entry: Entry) -> str:
        self.transcript.learn(self.account.journal)
        return self.transcript.line(entry)

    # Why not

    def _missed(self, expect: Expect, since: int) -> Missed:
        pattern = self._pattern(expect)
        others = self.account.journal.find(
            lambda entry: entry.seq not in self.met and entry.channel != "ping", after_seq=since
        )
        candidates = [entry for entry in others if entry.kind != "connection" or pattern.get("kind") == "connection"]
        misses = [(entry, mismatches(pattern, facts_of(entry))) for entry in candidates]
        shown = [f"nearest: {entry.name}: {'; '.join(map(str, why))}" for entry, why in nearest(misses, _NEAREST)]
        late = next((entry for entry in candidates if matches(pattern, facts_of(entry))), None)
        if late is not None:
            after = (late.at - self._ends(0)) / SECOND
            shown.insert(0, f"it came too late, {after:g} s after the step began: write `within`")
        early = next(
            (entry for entry in self._candidates(pattern, self.since, expect.within) if entry.seq <= since), None
        )
        if early is not None:
            before = next((str(met) for seq, met in sorted(self.met.items(), key=_first) if seq > early.seq), "")
            shown.insert(0, f"it came too early, before {before}: `order: any` allows that")
        said = f"expected {expect} within {expect.within / SECOND:g} s"
        return Missed(said, expect.line, (*(shown or ["nothing at all came"]), *self._rules()))

    def _rules(self) -> Iterator[str]:
        """The rules that came nearest to the events of this window that none of them took."""
        scenario = self.account.scenario
        asked = {name for rule in scenario.rules for name in rule.when.event or ()}
        for entry in self.account.journal.find(lambda entry: entry.kind == "event", after_seq=self.since):
            if entry.rule.startswith("rule ") or not (entry.words or entry.unmatched or entry.name in asked):
                continue
            for miss in nearest_of(self.account, entry)[:2]:
                if len(miss.failed) <= 2:
                    yield f"{entry.name} was not taken by {miss}"
                    yield f"    {miss.hint}"


def _first(pair: tuple[int, Expect]) -> int:
    return pair[0]


def capture(entry: Entry) -> dict[str, Any]:
    """A message as expressions read it: ``speak.payload.token``, ``speak.words``."""
    facts = entry.facts()
    return {
        "name": entry.name,
        "device": entry.device,
        "header": facts.get("header") or {},
        "payload": facts.get("payload") or {},
        "context": facts.get("context") or {},
        "words": entry.words,
        "status": entry.status,
    }
