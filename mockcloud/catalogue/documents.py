"""The one loader of all YAML and JSON that people write: every mistake with its line, column and cure.

YAML 1.2: ``yes``, ``no``, ``on``, ``off`` are texts, and so are dates. JSON is read as the YAML it is. What comes
out is plain data; `Document.at` tells where in the file something stands.
"""

import pathlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mockcloud.catalogue.explanation import Flaw, Path, dotted, explain, shown
from mockcloud.catalogue.schemas import Schema
from mockcloud.errors import Problem, UnreadableInput

_MOST_VALUES = 200_000
_DEEPEST = 64
_TAB_INDENT = re.compile(r"^ *\t[ \t]*(?=\S)")
_HINTS = (
    ("cannot start any token", "Quote the text, or write a blank where this character stands."),
    ("mapping values are not allowed here", "A text with `: ` in it needs quotes; or the line above lacks its colon."),
    ("could not find expected ':'", "A key ends with a colon: `key: value`."),
    ("while parsing a flow", "A bracket or brace is not closed, or a comma is missing."),
    ("while parsing a block", "Entries of one mapping or list begin in the same column."),
    ("found unexpected end of stream", "A quote is not closed."),
    ("undefined alias", "`*name` needs an `&name` before it; quote the text if `*` is meant as a star."),
)

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: ``value`` is plain data (dict, list, str, int, float, bool, None)."""

    value: Any
    file: str = ""
    _keys: dict[Path, Position] = field(default_factory=dict, repr=False)
    _values: dict[Path, Position] = field(default_factory=dict, repr=False)

    def at(self, path: str | Path, *, key: bool = False) -> Position:
        """Line and column, counted from 1, of the value at ``rules[0].when`` or ``("rules", 0, "when")``.

        With ``key``, where its key stands. What is not there stands where the nearest thing around it stands.
        """
        steps = self._steps(path) if isinstance(path, str) else tuple(path)
        while steps:
            if key and steps in self._keys:
                return self._keys[steps]
            if steps in self._values:
                return self._values[steps]
            steps = steps[:-1]
        return self._values.get((), (1, 1))

    def problem(self, said: str, path: str | Path = (), hint: str = "", *, key: bool = False) -> Problem:
        """A mistake at a place of this file, for those who find more than a schema can."""
        line, column = self.at(path, key=key)
        shown = path if isinstance(path, str) else dotted(path)
        return Problem(said, self.file, line, column, shown, hint)

    def _steps(self, path: str) -> Path:
        return next((steps for steps in self._values if dotted(steps) == path), _parsed(path))


def read_text(file: pathlib.Path) -> str:
    """The text of a file that a person named. Raises `UnreadableInput` if there is none."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableInput([Problem(error.strerror or "cannot be read", str(file))]) from None
    except UnicodeDecodeError as error:
        raise UnreadableInput([Problem(f"is not UTF-8: {error.reason} at byte {error.start}", str(file))]) from None


def load(
    text: str, *, file: str = "", schema: Schema | None = None, read: Callable[[str], Schema] | None = None
) -> Document:
    """Read one YAML or JSON document and judge it by a schema; ``read`` gives what its ``$ref`` point to, by ``$id``.

    Raises `UnreadableInput` with every mistake found. A document of broken syntax is not judged further.
    """
    node, problems = _composed(text, file)
    if problems:
        raise UnreadableInput(problems)
    reader = _Reader(file)
    document = Document(reader.value(node, ()), file, reader.keys, reader.values)
    problems = reader.problems
    if schema is not None:
        problems = problems + check(document, schema, read=read)
    if problems:
        raise UnreadableInput(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    return document


def check(document: Document, schema: Schema, *, read: Callable[[str], Schema] | None = None) -> list[Problem]:
    """What the schema finds wrong with a document that was read."""
    if document.value is None and schema.get("type") == "object":
        return [Problem("there is nothing in it", document.file, 1, 1)]
    flaws = explain(document.value, schema, read or _no_other_schema)
    return [_problem(document, flaw) for flaw in _worth_saying(flaws)]


def _composed(text: str, file: str) -> tuple[Any, list[Problem]]:
    """The nodes of the document, or what is wrong with its syntax."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).compose(text), []
    except MarkedYAMLError as error:
        if tabs := list(_indented_by_tab(text, file)):
            return None, tabs
        mark = error.problem_mark or error.context_mark
        said = "; ".join(part for part in (error.context, error.problem) if part)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        hint = next((cure for symptom, cure in _HINTS if symptom in said), "")
        if "expected a single document" in said:
            said, hint = "more than one document in a file", "Make a file of each part between `---` lines."
        return None, [Problem(said, file, line, column, "", hint)]
    except (YAMLError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        return None, [Problem(said, file)]


def _indented_by_tab(text: str, file: str) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        if _TAB_INDENT.match(line):
            yield Problem("a tab indents this line", file, number, line.index("\t") + 1, "", "Indent with blanks.")


class _Reader:
    """Turns nodes into plain data and remembers where each key and value stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {(): (1, 1)}
        self.problems: list[Problem] = []
        self._too_large = False

    def value(self, node: Any, path: Path) -> Any:
        if node is None:
            return None
        self.values[path] = _position(node)
        if self._too_large or len(path) > _DEEPEST or len(self.values) > _MOST_VALUES:
            if not self._too_large:
                self._refuse(
                    node, path[:4], "too large or nested too deeply", "Does an alias (`*name`) repeat too much?"
                )
            self._too_large = True
            return None
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                self._refuse(key_node, path, "a key has to be a text", "Quote it if it begins with `{` or `[`.")
                continue
            key = self._text(key_node, path)
            here = (*path, key)
            if key in made:
                line, _ = self.keys[here]
                self._refuse(key_node, here, f"`{key}` stands here twice", f"The first is in line {line}.")
                continue
            self.keys[here] = _position(key_node)
            made[key] = self.value(value_node, here)
        return made

    def _scalar(self, node: Any, path: Path) -> Any:
        text = self._text(node, path)
        try:
            match str(node.tag).rpartition(":")[2]:
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return _whole_number(text)
                case "float":
                    return _number(text)
        except ValueError:
            self._refuse(node, path, f"{shown(text)} is not a number", "")
        return text

    def _text(self, node: Any, path: Path) -> str:
        """Its characters: JSON writes one beyond the first plane as two escapes, which YAML leaves as two."""
        written = str(node.value)
        if written.isprintable():
            return written
        try:
            return written.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._refuse(
                node, path, "half a character: its other half is not there", "Two escapes make one: `\\ud83c\\udf55`."
            )
            return written.encode("utf-16", "replace").decode("utf-16")

    def _refuse(self, node: Any, path: Path, said: str, hint: str) -> None:
        line, column = _position(node)
        self.problems.append(Problem(said, self.file, line, column, dotted(path), hint))


def _position(node: Any) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _whole_number(text: str) -> int:
    text = text.replace("_", "")
    return int(text, 0) if re.match(r"[-+]?0[xob]", text) else int(text)


def _number(text: str) -> float:
    text = text.replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _parsed(path: str) -> Path:
    """``rules[0].when`` -> ``("rules", 0, "when")``, for places that are not in the document."""
    steps: list[str | int] = []
    for name, index in re.findall(r"([^.\[\]]+)|\[([0-9]+)\]", path):
        steps.append(int(index) if index else name)
    return tuple(steps)


def _worth_saying(flaws: list[Flaw]) -> Iterator[Flaw]:
    """Violations; of a key that is only misspelt, that it is unknown and not also that the right one is missing."""
    misspelt = {(*flaw.path[:-1], flaw.meant) for flaw in flaws if flaw.rule == "unknown"}
    for flaw in flaws:
        if flaw.severity == "violation" and not (flaw.rule == "required" and flaw.path in misspelt):
            yield flaw


def _problem(document: Document, flaw: Flaw) -> Problem:
    hint = f"Did you mean `{flaw.meant}`?" if flaw.meant else _switch_hint(document, flaw)
    return document.problem(flaw.said, flaw.path, hint, key=flaw.rule == "unknown")


def _switch_hint(document: Document, flaw: Flaw) -> str:
    """What to do about ``yes`` where ``true`` is wanted."""
    if flaw.rule != "type" or SWITCH not in flaw.said:
        return ""
    value = document.value
    for step in flaw.path:
        value = value[step]
    return switch_hint(value)


def switch_hint(value: Any) -> str:
    """``Write `true` ...`` for a word that YAML 1.1 took for true or false; empty for any other value."""
    meant = _SWITCHES.get(value.lower()) if isinstance(value, str) else None
    return f"Write `{meant}`: `{value}` is a text in YAML 1.2." if meant else ""


SWITCH = "true or false"
"""What sentences call a boolean."""
_SWITCHES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def _no_other_schema(uri: str) -> Schema:
    raise KeyError(uri)


__all__ = ["SWITCH", "Document", "Position", "check", "load", "switch_hint"]
