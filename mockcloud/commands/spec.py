"""``mockcloud spec``: how far the tests prove the specification. For those who work on mockcloud itself."""

import ast
import difflib
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from mockcloud.catalogue.documents import read_text
from mockcloud.commands.options import json_flag
from mockcloud.commands.output import WIDTH, payload
from mockcloud.errors import EXIT_FAILED, NothingToRun, Problem, UnreadableInput

REQUIREMENTS = Path("docs") / "requirements.json"
LEFT_OUT = Path("docs") / "left-out.yaml"


@dataclass(frozen=True, slots=True)
class Marker:
    """A requirement that a test says it proves."""

    id: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """``lists`` are (list, ids there, ids with a test); ``missing`` have neither test nor reason."""

    lists: tuple[tuple[str, int, int], ...]
    missing: tuple[str, ...]
    left_out: Mapping[str, str]
    unknown: tuple[Marker, ...]


@click.group()
def spec() -> None:
    """The requirements worked out from the specification, and the tests that name them."""


@spec.command()
@click.option(
    "--tests",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tests"),
    metavar="DIR",
    help="Where the tests are.  [tests]",
)
@click.option(
    "--requirements",
    type=click.Path(path_type=Path, dir_okay=False),
    default=REQUIREMENTS,
    metavar="FILE",
    help="The list of ids.  [docs/requirements.json]",
)
@click.option(
    "--left-out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Ids left out on purpose, each with its reason.  [docs/left-out.yaml, if it is there]",
)
@click.option("--complete", is_flag=True, help="A requirement without a test is a failure (exit code 1).")
@json_flag
def coverage(tests: Path, requirements: Path, left_out: Path | None, complete: bool, as_json: bool) -> None:
    """Requirements with and without a test, by list. A test that names an unknown id is a failure (exit code 1)."""
    lists = read_requirements(requirements)
    markers = list(markers_below(tests))
    if not markers:
        raise NothingToRun(f"no test below {tests} says @pytest.mark.spec(...)")
    found = compare(lists, markers, read_left_out(left_out))
    if as_json:
        payload(_as_json(found))
    click.echo("\n".join(_lines(found, lists)), err=as_json)
    if found.unknown or (complete and found.missing):
        raise click.exceptions.Exit(EXIT_FAILED)


def read_requirements(file: Path) -> dict[str, dict[str, str]]:
    """Basis by id, by list: ``{"cloud-cic": {"C-001": "S", ...}, ...}``."""
    try:
        if file == REQUIREMENTS and not file.exists():
            said = "no such file: run this in a checkout of mockcloud, or name your list with --requirements FILE"
            raise UnreadableInput([Problem(said, str(file))])
        lists: dict[str, dict[str, str]] = json.loads(read_text(file))
    except ValueError as error:
        raise UnreadableInput([Problem(f"no JSON: {error}", str(file))]) from None
    return lists


def read_left_out(file: Path | None) -> dict[str, str]:
    """Reason by id."""
    from mockcloud.catalogue.documents import load

    if file is None and not LEFT_OUT.is_file():
        return {}
    file = file or LEFT_OUT
    schema = {"type": ["object", "null"], "additionalProperties": {"type": "string", "minLength": 1}}
    return dict(load(read_text(file), file=str(file), schema=schema).value or {})


def markers_below(tests: Path) -> Iterator[Marker]:
    """Every id in a ``pytest.mark.spec("C-048", ...)`` of the Python files, found without importing them."""
    for file in sorted(tests.rglob("*.py")):
        for node in ast.walk(ast.parse(read_text(file), str(file))):
            match node:
                case ast.Call(func=ast.Attribute(attr="spec", value=ast.Attribute(attr="mark")), args=arguments):
                    for argument in arguments:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield Marker(argument.value, str(file), argument.lineno)


def compare(lists: Mapping[str, Mapping[str, str]], markers: list[Marker], left_out: Mapping[str, str]) -> Coverage:
    proved = {marker.id for marker in markers}
    known = {one for ids in lists.values() for one in ids}
    return Coverage(
        lists=tuple((name, len(ids), len(proved & set(ids))) for name, ids in lists.items()),
        missing=tuple(one for ids in lists.values() for one in ids if one not in proved and one not in left_out),
        left_out={one: reason for one, reason in left_out.items() if one in known},
        unknown=tuple(marker for marker in markers if marker.id not in known)
        + tuple(Marker(one, str(LEFT_OUT), 0) for one in left_out if one not in known),
    )


def _as_json(found: Coverage) -> dict[str, Any]:
    return {
        "lists": [{"list": name, "requirements": there, "tested": tested} for name, there, tested in found.lists],
        "missing": list(found.missing),
        "left_out": dict(found.left_out),
        "unknown": [{"id": one.id, "file": one.file, "line": one.line} for one in found.unknown],
    }


def _lines(found: Coverage, lists: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    missing = set(found.missing)
    for name, there, tested in found.lists:
        yield f"{name:<12} {tested:>4} of {there:>4} tested"
    if found.left_out:
        yield f"{'left out':<12} {len(found.left_out):>4}"
    if missing:
        yield "\nwithout a test:"
        for ids in lists.values():
            if runs := list(_runs(list(ids), missing)):
                yield textwrap.fill(" ".join(runs), WIDTH, initial_indent="  ", subsequent_indent="  ")
    known = [one for ids in lists.values() for one in ids]
    for marker in found.unknown:
        near = difflib.get_close_matches(marker.id, known, 1)
        where = f"{marker.file}:{marker.line}" if marker.line else marker.file
        yield f"{where}: there is no requirement {marker.id}" + (f"; did you mean {near[0]}?" if near else "")


def _runs(ids: list[str], wanted: set[str]) -> Iterator[str]:
    """The wanted ones in their order; neighbours are drawn together: ``C-080..C-085``."""
    for is_wanted, run in groupby(ids, lambda one: one in wanted):
        if is_wanted:
            first, *others = run
            yield f"{first}..{others[-1]}" if len(others) > 1 else " ".join([first, *others])
