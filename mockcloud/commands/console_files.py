"""Models on disk: folders of files as the developers' console names and downloads them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mockcloud.errors import NothingToRun, Problem, UnreadableInput
from mockcloud.nlu.building import ModelFiles
from mockcloud.nlu.tsv import FileName, decoded, file_name
from mockcloud.vocabulary.value import Value

NAMES = "the console names them <extensionId>_intent_<Intent>.tsv and <extensionId>_slottype_<TYPE>.tsv"


class ConsoleFile(Value, frozen=True):
    """One file of a model."""

    path: Path
    name: FileName
    raw: bytes
    text: str


class ConsoleModel(Value, frozen=True):
    """The files of one extension."""

    extension: str
    lang: str
    files: ModelFiles


def read_files(paths: Sequence[str], lang: str | None = None) -> list[ConsoleFile]:
    """Every file of these folders and files, folders in the order of names.

    Raises `UnreadableInput` for what is not there, no text, or has another name; `NothingToRun` if there is none.
    """
    found: list[ConsoleFile] = []
    problems: list[Problem] = []
    for path in _expanded(paths, problems):
        named = file_name(path.name)
        if named is None:
            problems.append(Problem("no name that says what is in it", str(path), hint=NAMES))
            continue
        try:
            raw = path.read_bytes()
            found.append(ConsoleFile(path, named, raw, decoded(raw, lang or "ko")))
        except OSError as error:
            problems.append(Problem(f"cannot be read: {error.strerror}", str(path)))
        except ValueError as error:
            problems.append(Problem(str(error), str(path)))
    if problems:
        raise UnreadableInput(problems)
    if not found:
        raise NothingToRun(f"there is no model in {', '.join(paths)}: {NAMES}")
    return found


def read_models(paths: Sequence[str], lang: str | None = None) -> list[ConsoleModel]:
    """The models in these folders and files, by extension; ``lang``: of all of them, else what their letters say."""
    by_extension: dict[str, list[ConsoleFile]] = {}
    for file in read_files(paths, lang):
        by_extension.setdefault(file.name.extension, []).append(file)
    return [
        ConsoleModel(extension, lang or _language(file.text for file in files), _model_files(files))
        for extension, files in by_extension.items()
    ]


def _expanded(paths: Sequence[str], problems: list[Problem]) -> Iterator[Path]:
    for each in map(Path, paths):
        if each.is_dir():
            yield from sorted(path for path in each.iterdir() if path.suffix.lower() == ".tsv")
        elif each.exists():
            yield each
        else:
            problems.append(Problem("is not there", str(each)))


def _model_files(files: Sequence[ConsoleFile]) -> ModelFiles:
    def of(kind: str) -> tuple[tuple[str, str], ...]:
        return tuple((file.name.name, file.text) for file in files if file.name.kind == kind)

    names = tuple((f"{file.name.kind} {file.name.name}", str(file.path)) for file in files)
    return ModelFiles(of("intent"), of("slottype"), names=names)


def _language(texts: Iterable[str]) -> str:
    """``ja`` if there is kana, ``ko`` if there is Hangul, else ``en``."""
    letters = "".join(texts)
    if any("\u3041" <= char <= "\u30ff" for char in letters):
        return "ja"
    return "ko" if any("가" <= char <= "힣" for char in letters) else "en"
