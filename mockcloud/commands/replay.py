"""``mockcloud replay``: scenarios in memory, on virtual time."""

import glob
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mockcloud.commands.options import config_flag, json_flag, milliseconds, setting_flags
from mockcloud.commands.output import payload, warn
from mockcloud.commands.reports import allow_flag, report_flags, write_reports
from mockcloud.commands.workers import Listed, Plan, Workers, how_many
from mockcloud.errors import EXIT_FAILED, NothingToRun
from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.replay import Report
    from mockcloud.replay.world import Stage

EXTERNAL = "external"
"""The device that nobody starts."""
SUFFIXES = (".yaml", ".yml")
SETTINGS_FILES = ("mockcloud.yaml", "mockcloud.yml")
"""Files in a folder of scenarios that are none."""


def _processes(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        how_many(value, 1)
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither auto nor a number of processes", ctx, param) from None
    return value


def _speed(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    try:
        speed = 1.0 if value == "real" else float(value) if value is not None else None
    except ValueError:
        speed = 0.0
    if speed is not None and not 0 < speed < math.inf:
        raise click.BadParameter(f"{value!r} is neither real nor a number above 0", ctx, param)
    return speed


@click.command()
@click.argument("scenario", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "wanted", metavar="TEXT", help="Only scenarios with this in their title, case or file name.")
@click.option("--list", "only_list", is_flag=True, help="Show what would run.")
@allow_flag
@click.option("-n", "processes", metavar="N|auto", default="1", callback=_processes, help="Processes.  [1]")
@click.option(
    "--speed",
    metavar="real|N",
    callback=_speed,
    help="Over loopback sockets, in real time or N times as fast.  [no waiting, in memory]",
)
@click.option(
    "--device", metavar="external|CMD", help="A real device: one that connects by itself, or a program that is started."
)
@click.option("--rig", metavar="CMD", help="A program that does at an external device what a person would do.")
@click.option("--no-input", is_flag=True, help="Ask nobody: what no program can do is skipped.")
@click.option(
    "--patience",
    metavar="TIME",
    default="60s",
    callback=milliseconds,
    help="For a real device to connect, and to answer.  [60s]",
)
@report_flags
@click.option("-v", "--verbose", is_flag=True, help="Show the conversations of those that pass, too.")
@setting_flags
@config_flag
@json_flag
def replay(
    scenario: tuple[Path, ...],
    wanted: str | None,
    only_list: bool,
    allow: frozenset[str],
    processes: str,
    speed: float | None,
    device: str | None,
    rig: str | None,
    no_input: bool,
    patience: int,
    junit: Path | None,
    html: Path | None,
    verbose: bool,
    changes: tuple[str, ...],
    config: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run each SCENARIO (a file, a folder of them, a pattern) with the bundled devices, without sockets or sleeping.

    Faults that live in TLS or HTTP/2 framing need sockets: their scenarios run over loopback, and are marked so.
    With --device or --rig it is a real device that is tried out, in real time.
    """
    from mockcloud.commands.configuration import configure

    settings = configure(flags, changes=changes, config=config, warn=warn)
    real = device is not None or rig is not None
    _check_combination(speed=speed, device=device, rig=rig, processes=processes)
    files = files_of(scenario)
    stage: Stage | None = None
    if speed is not None:
        from mockcloud.replay import over_loopback

        stage = over_loopback(speed)
    elif real:
        hand = None if no_input or not sys.stdin.isatty() else sys.stdin
        ports = (flags.get("port"), flags.get("control_port"))
        stage = _bench(settings, device or EXTERNAL, rig, patience / 1000, hand, ports)
    plan = Plan(settings, allow, stage)
    reports: list[Report] = []
    with Workers(plan, 1 if real else how_many(processes, len(files))) as workers:
        runs = select(workers.load(files), wanted)
        if only_list:
            _list(runs, as_json)
            return
        for report in _with_progress(workers.replay(runs), len(runs), as_json or real):
            reports.append(report)
            click.echo("\n".join(lines_of(report, verbose)), err=as_json)
    write_reports(reports, junit, html)
    _end(reports, as_json)


def _end(reports: Sequence["Report"], as_json: bool) -> None:
    """The counts, and the exit code that they mean."""
    counts = {outcome: sum(one.outcome == outcome for one in reports) for outcome in ("passed", "failed", "skipped")}
    if as_json:
        payload({"passed": counts["passed"] == len(reports), "scenarios": [report.as_json() for report in reports]})
    shown = [f"{n} {outcome}" for outcome, n in counts.items() if n or outcome != "skipped"]
    click.echo(", ".join(shown), err=as_json)
    if counts["failed"]:
        raise click.exceptions.Exit(EXIT_FAILED)
    if not counts["passed"]:
        raise NothingToRun("every scenario was skipped, which is not a pass")


def _check_combination(*, speed: float | None, device: str | None, rig: str | None, processes: str) -> None:
    if device not in (None, EXTERNAL) and rig is not None:
        raise click.UsageError("--rig moves a device that connects by itself: leave --device CMD out.")
    if device is None and rig is None:
        return
    if speed is not None:
        raise click.UsageError("--speed is for the bundled device: real devices run in real time.")
    if processes not in ("1", "auto"):
        raise click.UsageError("-n is for the bundled device: real devices are tried out one after the other.")


def _bench(
    settings: Settings,
    device: str,
    rig: str | None,
    patience: float,
    answers: TextIO | None,
    ports: tuple[int | None, int | None],
) -> "Stage":
    """Where real devices are tried out. One that connects by itself finds the usual ports and the user's own CA."""
    from mockcloud.commands.authority import device_tls, kept
    from mockcloud.replay.devices import Bench
    from mockcloud.replay.hand import Terminal
    from mockcloud.server.certificates import CertificateAuthority

    def show(line: str) -> None:
        click.echo(line, err=True)

    connects_itself = device == EXTERNAL
    authority = None
    if settings.tls:
        authority = kept(settings) if connects_itself else CertificateAuthority.fresh()
    port, control_port = ports
    return Bench(
        tls=device_tls(settings, authority) if authority is not None else None,
        patience=patience,
        show=show,
        command="" if connects_itself else device,
        rig=rig or "",
        hand=Terminal(answers, show) if answers is not None else None,
        port=settings.port if connects_itself else port or 0,
        control_port=settings.control_port if connects_itself else control_port or 0,
    )


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


def select(runs: Sequence[Listed], wanted: str | None) -> list[Listed]:
    """Those with steps whose title, case or file has the text. Raises `NothingToRun` if there are none."""
    if not runs:
        raise NothingToRun("there is no scenario: a folder is searched for *.yaml files")
    named = [run for run in runs if not wanted or wanted.lower() in f"{run.name}\n{run.file}".lower()]
    if not named:
        raise NothingToRun(f"none of {len(runs)} scenarios has {wanted!r} in its title, case or file name")
    selected = [run for run in named if run.has_steps]
    if not selected:
        raise NothingToRun(f"{named[0].file} has no steps: `mockcloud serve --scenario` uses its rules")
    return selected


def lines_of(report: "Report", verbose: bool) -> list[str]:
    """One line, and for a failure what was expected and the conversation as it was, turn by turn."""
    mark = {
        "passed": click.style("ok  ", fg="green"),
        "failed": click.style("FAIL", fg="red", bold=True),
        "skipped": click.style("skip", fg="yellow"),
    }[report.outcome]
    lines = [f"{mark}  {report.name}  ({report.file}, {report.seconds})"]
    lines += [f"      {line}" for failure in report.failures for line in str(failure).splitlines()]
    lines += [f"      {why}" for why in report.skipped]
    if verbose or not report.passed:
        lines += [f"        {line}" for line in report.timeline()]
    return lines


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


def _list(runs: Sequence[Listed], as_json: bool) -> None:
    if as_json:
        payload(
            [{"title": one.title, "case": one.case, "file": str(one.file), "covers": list(one.covers)} for one in runs]
        )
        return
    for one in runs:
        click.echo(f"{one.file}: {one.name}")
