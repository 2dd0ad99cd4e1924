"""The scenario of a server: loaded before it starts, and again whenever a file of it changes."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mockcloud.catalogue.documents import read_text
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.server.cloud import RunningCloud

LOOK_EVERY = 0.3
"""Seconds between two looks at the files."""


class WatchedScenario:
    """A scenario file with those it includes. Raises `UnreadableInput` if it does not load."""

    def __init__(self, file: Path, settings: Settings) -> None:
        self._file = file
        self._account = settings.account
        self._text = ""
        self._beside: dict[str, str] = {}
        self._times: dict[Path, int] = {}
        self._read()

    async def load(self, cloud: "RunningCloud") -> None:
        """Give the scenario to the default account, wholly or not at all. Raises `UnreadableInput`."""
        from mockcloud.cic.operations import LoadScenario

        outcome = await cloud.ask(LoadScenario("default", self._text, str(self._file), self._beside))
        if outcome.status != 200:
            problems = outcome.body.get("problems") or [{"said": outcome.body["detail"], "file": str(self._file)}]
            raise UnreadableInput([Problem(**problem) for problem in problems])

    async def watch(self, cloud: "RunningCloud", say: Callable[[str], None]) -> None:
        """Load it again when a file changes, until cancelled. What does not load changes nothing but what is said."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not self.has_changed():
                continue
            try:
                self._read()
                await self.load(cloud)
            except UnreadableInput as error:
                say(f"{_now()} \N{MIDDLE DOT} {self._file} does not load; the last version that did stays:\n{error}")
            else:
                say(f"{_now()} \N{MIDDLE DOT} {self._file} was loaded again")

    def has_changed(self) -> bool:
        """Whether a file is another than when it was read."""
        return any(_time(path) != time for path, time in self._times.items())

    def _read(self) -> None:
        """Read and check it all. Each file that was looked at is watched, whether it loads or not."""
        from mockcloud.catalogue import Catalogue
        from mockcloud.scenario.load import load_scenario
        from mockcloud.scenario.sources import Texts

        def watched(path: str) -> str:
            self._times[Path(path)] = _time(Path(path))
            return read_text(Path(path))

        file, read = str(self._file), Texts(watched)
        text = read(file)
        load_scenario(
            text,
            file=file,
            catalogue=Catalogue.load(),
            edition=self._account.edition,
            seed=self._account.seed,
            lang=self._account.lang,
            read=read,
        )
        self._text, self._beside = text, read.beside(file)


def _time(path: Path) -> int:
    """When the file was written; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S.%f")[:-3]
