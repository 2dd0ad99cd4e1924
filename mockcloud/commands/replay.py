"""``mockcloud replay``: scenarios in memory, on virtual time."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.configuration import read_text
from mockcloud.commands.options import config_flag, json_flag, setting_flags
from mockcloud.commands.output import payload, warn
from mockcloud.errors import EXIT_FAILED, CannotStart, NothingToRun, Problem, UnreadableInput
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.catalogue import Catalogue
    from mockcloud.replay import Report
    from mockcloud.scenario import Scenario

SUFFIXES = (".yaml", ".yml")


@click.command()
@click.argument("scenario", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "wanted", metavar="TEXT", help="Only scenarios with this in their title or file name.")
@click.option("--list", "only_list", is_flag=True, help="Show what would run.")
@click.option("--allow", metavar="CODE", multiple=True, help="A violation that does not fail: event.payload.enum.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="JUnit XML report.")
@click.option("-v", "--verbose", is_flag=True, help="Show the transcripts of those that pass, too.")
@setting_flags
@config_flag
@json_flag
def replay(
    scenario: tuple[Path, ...],
    wanted: str | None,
    only_list: bool,
    allow: tuple[str, ...],
    junit: Path | None,
    verbose: bool,
    changes: tuple[str, ...],
    config: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run each SCENARIO (a file, or a folder of them) with the bundled device, without sockets or sleeping."""
    from mockcloud.catalogue import Catalogue
    from mockcloud.commands.configuration import configure

    settings = configure(flags, changes=changes, config=config, warn=warn)
    catalogue = Catalogue.load()
    scenarios = select(load_all(files_of(scenario), catalogue, settings), wanted)
    if only_list:
        _list(scenarios, as_json)
        return
    reports = run(scenarios, catalogue, settings, frozenset(allow))
    if junit is not None:
        _write_junit(junit, reports)
    passed = all(report.passed for report in reports)
    if as_json:
        payload({"passed": passed, "scenarios": [report.as_json() for report in reports]})
    for report in reports:
        click.echo("\n".join(lines_of(report, verbose)), err=as_json)
    failed = sum(not report.passed for report in reports)
    click.echo(f"{len(reports) - failed} passed, {failed} failed", err=as_json)
    if not passed:
        raise click.exceptions.Exit(EXIT_FAILED)


def files_of(given: Sequence[Path]) -> list[Path]:
    """Files as they were given, there or not; of a folder all YAML files below it, sorted. Each once."""
    found: list[Path] = []
    for path in given:
        found += sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def load_all(files: Sequence[Path], catalogue: "Catalogue", settings: Settings) -> list["Scenario"]:
    """All scenarios, or every mistake in any of them."""
    from mockcloud.scenario.load import load_scenario

    account = settings.account
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in files:
        try:
            scenarios.append(
                load_scenario(
                    read_text(file),
                    file=str(file),
                    catalogue=catalogue,
                    edition=account.edition,
                    seed=account.seed,
                    lang=account.lang,
                )
            )
        except UnreadableInput as error:
            problems += error.problems
    if problems:
        raise UnreadableInput(problems)
    return scenarios


def select(scenarios: Sequence["Scenario"], wanted: str | None) -> list["Scenario"]:
    """Those with steps whose title or file has the text. Raises `NothingToRun` if there are none."""
    if not scenarios:
        raise NothingToRun("there is no scenario: a folder is searched for *.yaml files")
    named = [one for one in scenarios if not wanted or wanted.lower() in f"{one.title}\n{one.file}".lower()]
    if not named:
        raise NothingToRun(f"none of {len(scenarios)} scenarios has {wanted!r} in its title or file name")
    selected = [one for one in named if one.steps]
    if not selected:
        raise NothingToRun(f"{named[0].file} has no steps: `mockcloud serve --scenario` uses its rules")
    return selected


def run(
    scenarios: Sequence["Scenario"], catalogue: "Catalogue", settings: Settings, allow: frozenset[str]
) -> list["Report"]:
    from mockcloud import replay as replaying

    return [replaying.replay(one, catalogue=catalogue, settings=settings, allow=allow) for one in scenarios]


def lines_of(report: "Report", verbose: bool) -> list[str]:
    """One line, and for a failure what was expected and the conversation as it was."""
    mark = click.style("ok  ", fg="green") if report.passed else click.style("FAIL", fg="red", bold=True)
    lines = [f"{mark}  {report.title}  ({report.file}, {report.virtual_seconds:g} s of virtual time)"]
    lines += [f"      {line}" for failure in report.failures for line in str(failure).splitlines()]
    if verbose or not report.passed:
        lines += [f"        {line}" for line in report.transcript]
    return lines


def _list(scenarios: Sequence["Scenario"], as_json: bool) -> None:
    if as_json:
        payload([{"title": one.title, "file": one.file, "covers": list(one.covers)} for one in scenarios])
        return
    for one in scenarios:
        click.echo(f"{one.file}: {one.title}")


def _write_junit(file: Path, reports: list["Report"]) -> None:
    from mockcloud.replay import junit

    try:
        file.write_text(junit(reports), encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror}") from None
