"""``mockcloud replay``: scenarios in memory, on virtual time."""

import glob
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.options import config_flag, json_flag, setting_flags
from mockcloud.commands.output import payload, warn
from mockcloud.commands.workers import Run, how_many, loaded, replay_all
from mockcloud.errors import EXIT_FAILED, CannotStart, NothingToRun, Problem, UnreadableInput
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.replay import Report
    from mockcloud.scenario import Scenario

SUFFIXES = (".yaml", ".yml")
SETTINGS_FILES = ("mockcloud.yaml", "mockcloud.yml")
"""Files in a folder of scenarios that are none."""


def _processes(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        how_many(value, 1)
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither auto nor a number of processes", ctx, param) from None
    return value


@click.command()
@click.argument("scenario", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "wanted", metavar="TEXT", help="Only scenarios with this in their title, case or file name.")
@click.option("--list", "only_list", is_flag=True, help="Show what would run.")
@click.option("--allow", metavar="CODE", multiple=True, help="A violation that does not fail: event.payload.enum.")
@click.option("-n", "processes", metavar="N|auto", default="1", callback=_processes, help="Processes.  [1]")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="JUnit XML report.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Report to read.")
@click.option("-v", "--verbose", is_flag=True, help="Show the conversations of those that pass, too.")
@setting_flags
@config_flag
@json_flag
def replay(
    scenario: tuple[Path, ...],
    wanted: str | None,
    only_list: bool,
    allow: tuple[str, ...],
    processes: str,
    junit: Path | None,
    html: Path | None,
    verbose: bool,
    changes: tuple[str, ...],
    config: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run each SCENARIO (a file, a folder of them, a pattern) with the bundled devices, without sockets or sleeping."""
    from mockcloud.commands.configuration import configure

    settings = configure(flags, changes=changes, config=config, warn=warn)
    _check_allowed(allow)
    selected = select(load_all(files_of(scenario), settings), wanted)
    if only_list:
        _list([one for _, one in selected], as_json)
        return
    runs = [run for run, _ in selected]
    reports: list[Report] = []
    for report in _with_progress(
        replay_all(runs, settings, frozenset(allow), how_many(processes, len(runs))), len(runs), as_json
    ):
        reports.append(report)
        click.echo("\n".join(lines_of(report, verbose)), err=as_json)
    _write_reports(reports, junit, html)
    failed = sum(not report.passed for report in reports)
    if as_json:
        payload({"passed": not failed, "scenarios": [report.as_json() for report in reports]})
    click.echo(f"{len(reports) - failed} passed, {failed} failed", err=as_json)
    if failed:
        raise click.exceptions.Exit(EXIT_FAILED)


def files_of(given: Sequence[Path]) -> list[Path]:
    """Files as they were given, there or not; of a folder all YAML files below it, of a pattern (``scenarios/*``) what
    it matches, sorted. Each once."""
    found: list[Path] = []
    for path in given:
        if not path.exists() and glob.has_magic(str(path)):
            found += files_of([Path(match) for match in sorted(glob.glob(str(path), recursive=True))])
        elif path.is_dir():
            below = (file for file in path.rglob("*") if file.suffix in SUFFIXES and file.name not in SETTINGS_FILES)
            found += sorted(below)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def load_all(files: Sequence[Path], settings: Settings) -> list[tuple[Run, "Scenario"]]:
    """All scenarios with all their cases, or every mistake in any of them."""
    scenarios: list[tuple[Run, Scenario]] = []
    problems: list[Problem] = []
    for file in files:
        try:
            scenarios += ((Run(file, number), one) for number, one in enumerate(loaded(file, settings)))
        except UnreadableInput as error:
            problems += error.problems
    if problems:
        raise UnreadableInput(list(dict.fromkeys(problems)))
    return scenarios


def select(scenarios: Sequence[tuple[Run, "Scenario"]], wanted: str | None) -> list[tuple[Run, "Scenario"]]:
    """Those with steps whose title, case or file has the text. Raises `NothingToRun` if there are none."""
    if not scenarios:
        raise NothingToRun("there is no scenario: a folder is searched for *.yaml files")
    named = [(run, one) for run, one in scenarios if not wanted or wanted.lower() in f"{one.name}\n{one.file}".lower()]
    if not named:
        raise NothingToRun(f"none of {len(scenarios)} scenarios has {wanted!r} in its title, case or file name")
    selected = [(run, one) for run, one in named if one.steps]
    if not selected:
        raise NothingToRun(f"{named[0][1].file} has no steps: `mockcloud serve --scenario` uses its rules")
    return selected


def lines_of(report: "Report", verbose: bool) -> list[str]:
    """One line, and for a failure what was expected and the conversation as it was, turn by turn."""
    mark = click.style("ok  ", fg="green") if report.passed else click.style("FAIL", fg="red", bold=True)
    lines = [f"{mark}  {report.name}  ({report.file}, {report.virtual_seconds:g} s of virtual time)"]
    lines += [f"      {line}" for failure in report.failures for line in str(failure).splitlines()]
    if verbose or not report.passed:
        lines += [f"        {line}" for line in report.timeline()]
    return lines


def _check_allowed(codes: Iterable[str]) -> None:
    """A code that no finding has is a slip, which would let a wrong message through or none at all."""
    import difflib

    from mockcloud.vocabulary.codes import CODES, registered

    for code in codes:
        if registered(code) is None:
            near = difflib.get_close_matches(code, [one.code for one in CODES], 1)
            hint = f"did you mean {near[0]}?" if near else "docs/reference/findings lists them"
            raise click.BadParameter(f"there is no finding {code!r}; {hint}", param_hint="--allow")


def _with_progress(reports: Iterator["Report"], total: int, as_json: bool) -> Iterator["Report"]:
    """A bar on standard error while they come, if that is a terminal that does not also show the reports' JSON."""
    if as_json or not sys.stderr.isatty() or total < 2:
        yield from reports
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replaying", total=total)
        for report in reports:
            progress.update(task, advance=1, description=report.name[:40])
            yield report


def _list(scenarios: Sequence["Scenario"], as_json: bool) -> None:
    if as_json:
        listed = [
            {"title": one.title, "case": one.case, "file": one.file, "covers": list(one.covers)} for one in scenarios
        ]
        payload(listed)
        return
    for one in scenarios:
        click.echo(f"{one.file}: {one.name}")


def _write_reports(reports: list["Report"], junit: Path | None, html: Path | None) -> None:
    from mockcloud import replay as replaying

    writers: list[tuple[Path | None, Callable[[Sequence[Report]], str]]] = [
        (junit, replaying.junit),
        (html, replaying.html),
    ]
    for file, write in writers:
        if file is None:
            continue
        try:
            file.write_text(write(reports), encoding="utf-8")
        except OSError as error:
            raise CannotStart(f"{file} cannot be written: {error.strerror}") from None
