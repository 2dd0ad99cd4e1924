"""The files of a scenario: the one that is loaded, and those it includes, each once, in their order."""

import os
from collections.abc import Callable, Iterator
from typing import Any

from mockcloud.catalogue.documents import Document, load
from mockcloud.errors import Problem, UnreadableInput

Read = Callable[[str], str]
"""The text of a file by its path. Raises `UnreadableInput`."""


class Texts:
    """Reads files, and keeps what was read: a scenario with those that it includes."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._by_path: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        text = self._by_path[path] = self._read(path)
        return text

    def beside(self, file: str) -> dict[str, str]:
        """The texts of all files but this one, by their paths."""
        return {path: text for path, text in self._by_path.items() if path != file}


def documents(text: str, file: str, read: Read | None) -> list[Document]:
    """The scenario and everything that it includes, itself first. Raises `UnreadableInput` with every mistake.

    Without ``read`` nothing can be included.
    """
    sources = _Sources(read)
    sources.take(text, file, ())
    if sources.problems:
        raise UnreadableInput(sources.problems)
    return sources.found


class _Sources:
    def __init__(self, read: Read | None) -> None:
        self._read = read
        self._seen: set[str] = set()
        self.found: list[Document] = []
        self.problems: list[Problem] = []

    def take(self, text: str, file: str, above: tuple[str, ...]) -> None:
        self._seen.add(os.path.normpath(file))
        try:
            document = load(text, file=file)
        except UnreadableInput as error:
            self.problems += error.problems
            return
        self.found.append(document)
        self._read_models(document)
        names = document.value.get("include") if isinstance(document.value, dict) else None
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str):
                self._include(document, name, ("include", number), (*above, os.path.normpath(file)))

    def _read_models(self, document: Document) -> None:
        """Put the texts of TSV files beside their names: ``{file: OrderPizza.tsv}``."""
        given = document.value.get("given") if isinstance(document.value, dict) else None
        for path, one in _named_files(_members(given).get("extensions"), ("given", "extensions")):
            file = os.path.normpath(os.path.join(os.path.dirname(document.file), one["file"]))
            if self._read is None:
                said = "a scenario that is sent as text has no files beside it"
                self.problems.append(document.problem(said, path, "write the text itself: `tsv`"))
                continue
            try:
                one["tsv"] = self._read(file)
            except UnreadableInput as error:
                said = f"{file} cannot be read: {error.problems[0].said}"
                self.problems.append(document.problem(said, path, "paths are relative to the file they stand in"))

    def _include(self, document: Document, name: str, path: tuple[str | int, ...], above: tuple[str, ...]) -> None:
        file = os.path.normpath(os.path.join(os.path.dirname(document.file), name))
        if file in above:
            chain = " -> ".join((*above[above.index(file) :], file))
            self.problems.append(document.problem(f"files include each other: {chain}", path))
        elif self._read is None:
            said = "a scenario that is sent as text can include nothing"
            self.problems.append(document.problem(said, path, "send it whole, or load it from a file"))
        elif file not in self._seen:
            try:
                text = self._read(file)
            except UnreadableInput as error:
                said = f"{file} cannot be included: {error.problems[0].said}"
                self.problems.append(document.problem(said, path, "paths are relative to the file they stand in"))
            else:
                self.take(text, file, above)


def _named_files(extensions: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The model files that are named, with where the name stands. What has another shape is left to the schema."""
    for extension, item in _members(extensions).items():
        for kind, files in _members(_members(item).get("model")).items():
            for name, one in _members(files).items():
                if isinstance(one, dict) and isinstance(one.get("file"), str) and "tsv" not in one:
                    yield (*path, extension, "model", kind, name, "file"), one


def _members(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
