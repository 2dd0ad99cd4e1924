"""Scenarios loaded and replayed, in this process or in several: a file stays with the process that has loaded it."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.catalogue import Catalogue
    from mockcloud.replay import Report
    from mockcloud.replay.world import Stage
    from mockcloud.scenario import Scenario

_FEWEST = 8
"""Files that are worth a process of their own."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One run, a file or one case of it, by what is known of it before it runs."""

    file: Path
    number: int
    """Which of its cases."""
    title: str
    case: str
    covers: tuple[str, ...]
    has_steps: bool

    @property
    def name(self) -> str:
        """The title, with the case in brackets."""
        return f"{self.title} [{self.case}]" if self.case else self.title


@dataclass(frozen=True, slots=True)
class Plan:
    """What all runs have in common."""

    settings: Settings
    allow: frozenset[str] = frozenset()
    stage: "Stage | None" = None
    """Builds the world of each run; ``None``: as the scenario needs it."""


def how_many(asked: str, files: int) -> int:
    """Processes for ``-n``: a number, or ``auto``. Raises `ValueError` for anything else."""
    wanted = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
    wanted = (wanted or 1) if asked == "auto" else int(asked)
    if wanted < 1:
        raise ValueError(asked)
    return max(1, min(wanted, files // _FEWEST if asked == "auto" else files))


class Workers:
    """Loads and replays, in as many processes as it is told; in this one if that is 1.

    with Workers(plan, 2) as workers:
        listed = workers.load(files)
        for report in workers.replay(listed): ...
    """

    def __init__(self, plan: Plan, processes: int) -> None:
        self._plan = plan
        self._pools: list[ProcessPoolExecutor] = []
        if processes > 1:
            _prepare()
            context = multiprocessing.get_context(_way_to_start())
            self._pools = [ProcessPoolExecutor(1, mp_context=context) for _ in range(processes)]
        self._pool_of: dict[Path, ProcessPoolExecutor] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def load(self, files: Sequence[Path]) -> list[Listed]:
        """All runs of these files, in their order. Raises `UnreadableInput` with every mistake in any of them."""
        if self._pools:
            self._pool_of = {file: self._pools[n % len(self._pools)] for n, file in enumerate(files)}
            shares = [[file for file in files if self._pool_of[file] is pool] for pool in self._pools]
            asked = [
                pool.submit(_load, self._plan.settings, share) for pool, share in zip(self._pools, shares, strict=True)
            ]
            found = {file: known for one in asked for file, known in one.result()}
        else:
            found = dict(_load(self._plan.settings, files))
        problems = [problem for file in files if isinstance(found[file], _Flawed) for problem in found[file]]
        if problems:
            raise UnreadableInput(list(dict.fromkeys(problems)))
        return [listed for file in files for listed in found[file]]

    def replay(self, runs: Sequence[Listed]) -> Iterator["Report"]:
        """The reports of all runs, in their order, each as soon as those before it are there."""
        if not self._pools:
            for run in runs:
                yield _replay(self._plan, run.file, run.number)
            return
        reports: list[Future[Any]] = [
            self._pool_of[run.file].submit(_replay, self._plan, run.file, run.number) for run in runs
        ]
        for report in reports:
            yield report.result()


class _Flawed(tuple[Problem, ...]):
    """The mistakes of a file, instead of its runs."""


def _way_to_start() -> str:
    """A copy of this process knows what it has loaded; but one of a process with threads may hang."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _prepare() -> None:
    """Import and read what every process needs, before it is copied."""
    import mockcloud.replay
    import mockcloud.scenario.load  # noqa: F401

    catalogue()


def _load(settings: Settings, files: Sequence[Path]) -> list[tuple[Path, Any]]:
    """Of each file its runs, or its mistakes."""
    return [(file, _listed(settings, file)) for file in files]


def _listed(settings: Settings, file: Path) -> "list[Listed] | _Flawed":
    try:
        scenarios = loaded(file, settings)
    except UnreadableInput as error:
        return _Flawed(error.problems)
    return [
        Listed(file, number, one.title, one.case, one.covers, bool(one.steps)) for number, one in enumerate(scenarios)
    ]


def _replay(plan: Plan, file: Path, number: int) -> "Report":
    from mockcloud.replay import replay

    scenario = loaded(file, plan.settings)[number]
    return replay(scenario, catalogue=catalogue(), settings=plan.settings, allow=plan.allow, stage=plan.stage)


@lru_cache(maxsize=1)
def catalogue() -> "Catalogue":
    from mockcloud.catalogue import Catalogue

    return Catalogue.load()


@lru_cache(maxsize=4096)
def loaded(file: Path, settings: Settings) -> tuple["Scenario", ...]:
    """A file's scenario, one for each case. Raises `UnreadableInput` with every mistake."""
    from mockcloud.catalogue.documents import read_text
    from mockcloud.replay.audio import check_recordings
    from mockcloud.scenario.load import load_scenarios

    account = settings.account
    found = load_scenarios(
        read_text(file),
        file=str(file),
        catalogue=catalogue(),
        edition=account.edition,
        seed=account.seed,
        lang=account.lang,
        read=lambda path: read_text(Path(path)),
    )
    for scenario in found:
        check_recordings(scenario)
    return found
