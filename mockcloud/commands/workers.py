"""Replays in several processes: every one of them loads the files that it is given, reports come back in order."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.catalogue import Catalogue
    from mockcloud.replay import Report
    from mockcloud.scenario import Scenario

_FEWEST = 4
"""Runs that are worth a process of their own."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: a file, and which of its cases."""

    file: Path
    case: int = 0


def how_many(asked: str, runs: int) -> int:
    """Processes for ``-n``: a number, or ``auto``. Raises `ValueError` for anything else."""
    wanted = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
    wanted = (wanted or 1) if asked == "auto" else int(asked)
    if wanted < 1:
        raise ValueError(asked)
    return max(1, min(wanted, runs // _FEWEST if asked == "auto" else runs))


def replay_all(runs: Sequence[Run], settings: Settings, allow: frozenset[str], processes: int) -> Iterator["Report"]:
    """The reports of all runs, in their order, each as soon as those before it are there. Work begins at once."""
    work = partial(_replay, settings, allow)
    if processes == 1:
        return map(work, runs)
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context(_way_to_start()))
    return _until_done(pool, pool.map(work, runs, chunksize=max(1, len(runs) // (processes * 8))))


def _until_done(pool: ProcessPoolExecutor, reports: Iterator["Report"]) -> Iterator["Report"]:
    with pool:
        yield from reports


def _way_to_start() -> str:
    """A copy of this process knows what it has loaded; but one of a process with threads may hang."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _replay(settings: Settings, allow: frozenset[str], run: Run) -> "Report":
    from mockcloud.replay import replay

    scenario = loaded(run.file, settings)[run.case]
    return replay(scenario, catalogue=catalogue(), settings=settings, allow=allow)


@lru_cache(maxsize=1)
def catalogue() -> "Catalogue":
    from mockcloud.catalogue import Catalogue

    return Catalogue.load()


@lru_cache(maxsize=4096)
def loaded(file: Path, settings: Settings) -> tuple["Scenario", ...]:
    """A file's scenario, one for each case. Raises `UnreadableInput` with every mistake."""
    from mockcloud.catalogue.documents import read_text
    from mockcloud.scenario.load import load_scenarios

    account = settings.account
    return load_scenarios(
        read_text(file),
        file=str(file),
        catalogue=catalogue(),
        edition=account.edition,
        seed=account.seed,
        lang=account.lang,
        read=lambda path: read_text(Path(path)),
    )
