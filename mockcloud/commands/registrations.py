"""Extensions as files: ``extensions/<id>.yaml``, with the TSV files of their models beside them.

name: 피자봇
invocation_names: [피자봇]
url: http://127.0.0.1:5000/clova
model:
  intents:
    OrderPizza: {file: OrderPizza.tsv}      # relative to this file
  slot_types:
    PIZZA_TYPE: {tsv: "페퍼로니\\t페퍼로니 피자"}
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockcloud.catalogue.documents import Document, load, read_text
from mockcloud.cloud.extensions.registration import SCHEMA
from mockcloud.commands.watched_scenario import LOOK_EVERY
from mockcloud.errors import MockcloudError, Problem, UnreadableInput
from mockcloud.vocabulary.value import Value

if TYPE_CHECKING:
    from mockcloud.server.cloud import RunningCloud

FOLDER = Path("extensions")
"""Where they are looked for unless another folder is named."""
_SUFFIXES = (".yaml", ".yml", ".json")


class RegistrationFile(Value, frozen=True):
    """One file, read whole."""

    id: str
    """The name of the file without its suffix."""
    account: str
    """Whose it is; empty if it does not say."""
    registration: Mapping[str, Any]
    """With the text of every model file in it."""
    document: Document
    tsv_files: Mapping[tuple[str, str], Path]
    """By kind and name (``("intents", "OrderPizza")``), of those that are files of their own."""

    def problems(self, refused: list[Mapping[str, Any]]) -> list[Problem]:
        """Where in the files the mistakes stand that registering has found."""
        return [self._problem(mistake) for mistake in refused]

    def _problem(self, mistake: Mapping[str, Any]) -> Problem:
        path = str(mistake.get("path") or "")
        said, hint, line = str(mistake["said"]), str(mistake.get("hint") or ""), int(mistake.get("line") or 0)
        steps = tuple(path.split(".", 2))
        if line and len(steps) == 3 and (file := self.tsv_files.get((steps[1], steps[2]))):
            return Problem(said, str(file), line, 0, "", hint)
        found = self.document.problem(said, steps if steps != ("",) else (), hint)
        return Problem(found.said, found.file, found.line, found.column, path, hint)


def read_registration(file: Path, looked_at: Callable[[Path], object] = lambda _: None) -> RegistrationFile:
    """Raises `UnreadableInput` with every mistake of its shape, and for model files that are not there.

    ``looked_at`` is told of every file that it consists of.
    """
    looked_at(file)
    document = load(read_text(file), file=str(file), schema=SCHEMA)
    written: dict[str, Any] = dict(document.value)
    account = written.pop("account", None) or ""
    problems: list[Problem] = []
    tsv_files: dict[tuple[str, str], Path] = {}
    model: dict[str, dict[str, Any]] = {}
    for kind, files in (written.get("model") or {}).items():
        model[kind] = {}
        for name, one in (files or {}).items():
            if "file" in one:
                tsv_files[kind, name] = beside = file.parent / one["file"]
                looked_at(beside)
                try:
                    text = _model_text(beside, written.get("lang") or "ko")
                except (OSError, ValueError) as error:
                    said = f"{one['file']} cannot be read: {getattr(error, 'strerror', None) or error}"
                    problems.append(document.problem(said, ("model", kind, name, "file")))
                    continue
                model[kind][name] = {"tsv": text}
            else:
                model[kind][name] = {"tsv": one["tsv"]}
    if problems:
        raise UnreadableInput(problems)
    return RegistrationFile(file.stem, account, {**written, "model": model}, document, tsv_files)


class Registrations:
    """The extensions of a folder: registered when a server starts, and again whenever one of their files changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times: dict[Path, dict[Path, int]] = {}
        """By registration, when each file that it consists of was written."""
        self._registered: dict[Path, tuple[str, str]] = {}
        """By registration, the id and the account that it was registered with."""
        self._missing: set[Path] = set()
        """Registrations whose file was not there at the last look."""

    async def load(self, cloud: "RunningCloud") -> list[str]:
        """Register them all; their ids. Raises `UnreadableInput` with every mistake of every file."""
        problems: list[Problem] = []
        ids = []
        for file in registration_files(self._folder):
            try:
                ids.append(await self._register(cloud, file))
            except UnreadableInput as error:
                problems += error.problems
        if problems:
            raise UnreadableInput(problems)
        return ids

    async def watch(self, cloud: "RunningCloud", say: Callable[[str], None]) -> None:
        """Register again what changes, and delete whose file is gone, until cancelled. What does not load leaves the
        last version that did."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for file in self._gone():
                if id_ := await self._delete(cloud, file):
                    say(f"{_now()} \N{MIDDLE DOT} {id_} was deleted, its file is gone")
            for file in self._changed():
                try:
                    id_ = await self._register(cloud, file)
                except (UnreadableInput, MockcloudError) as error:
                    say(f"{_now()} \N{MIDDLE DOT} {file} does not load; the last version that did stays:\n{error}")
                else:
                    say(f"{_now()} \N{MIDDLE DOT} {id_} was registered again")

    def _changed(self) -> list[Path]:
        """Registrations of which a file is another than when it was read, and new ones."""
        try:
            return [file for file in registration_files(self._folder) if self._is_other(file)]
        except UnreadableInput:  # the folder is gone, for now
            return []

    def _gone(self) -> list[Path]:
        """Those whose file has been missing for two looks: an editor may put a new one into its place."""
        missing = {file for file in self._times if not file.exists()}
        gone = [file for file in self._times if file in missing & self._missing]
        self._missing = missing
        return gone

    def _is_other(self, file: Path) -> bool:
        times = self._times.get(file, {})
        return not times or any(_time(one) != time for one, time in times.items())

    async def _register(self, cloud: "RunningCloud", file: Path) -> str:
        from mockcloud.cic.operations import PutExtension

        times: dict[Path, int] = {}
        self._times[file] = times
        read = read_registration(file, lambda one: times.setdefault(one, _time(one)))
        outcome = await cloud.ask(PutExtension(read.id, read.registration, read.account or "default"))
        if outcome.status == 422:
            raise UnreadableInput(read.problems(outcome.body["problems"]))
        if outcome.status >= 400:
            raise UnreadableInput([Problem(outcome.body["detail"], str(file))])
        now = read.id, read.account or "default"
        if self._registered.get(file, now) != now:
            await self._delete(cloud, file)
            self._times[file] = times
        self._registered[file] = now
        return read.id

    async def _delete(self, cloud: "RunningCloud", file: Path) -> str:
        """Delete what was registered by this file; its id, empty if nothing was."""
        from mockcloud.cic.operations import DeleteExtension

        self._times.pop(file, None)
        id_, account = self._registered.pop(file, ("", ""))
        if id_:
            await cloud.ask(DeleteExtension(id_, account))
        return id_


def registration_files(folder: Path) -> list[Path]:
    """The registrations of a folder, by name. Raises `UnreadableInput` if there is no such folder."""
    try:
        return sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES and file.is_file())
    except OSError as error:
        raise UnreadableInput([Problem(f"cannot be read: {error.strerror}", str(folder))]) from None


def _model_text(file: Path, lang: str) -> str:
    """Raises `OSError`, and `ValueError` if it is not text."""
    from mockcloud.nlu.tsv import decoded

    return decoded(file.read_bytes(), lang)


def _time(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S.%f")[:-3]
