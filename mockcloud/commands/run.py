"""``mockcloud run -- CMD``: a cloud for as long as a command runs, and what the command did to it as the result."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.options import config_flag, json_flag, setting_flags
from mockcloud.commands.output import payload, warn, write_file
from mockcloud.commands.reports import allow_flag, report_flags, write_reports
from mockcloud.errors import (
    EXIT_FAILED,
    EXIT_NOTHING_TO_RUN,
    EXIT_PASSED,
    CannotStart,
    Problem,
    UnreadableInput,
)

if TYPE_CHECKING:
    from mockcloud.replay.report import Report
    from mockcloud.testing.blocking import Cloud
    from mockcloud.testing.server import Server

END_WITHIN = 5.0
"""Seconds that the command has to end when it is told to."""
_STDERR = 2
"""With ``--json`` what the command prints goes there, so that standard output holds the JSON alone."""
_SIGNALLED = 128
"""What shells add to the number of the signal that ended a command."""
ARTEFACTS = {"junit": "junit.xml", "html": "report.html", "journal": "journal.ndjson", "report": "report.json"}


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Rules that answer, and expectations to be met by the end.",
)
@allow_flag
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write junit.xml, report.html, report.json and journal.ndjson there.",
)
@report_flags
@click.option(
    "--trust-cek-key",
    is_flag=True,
    help="The public SDKs for extensions, Python and Node, check signatures in COMMAND with the key of this cloud.",
)
@setting_flags
@config_flag
@json_flag
def run(
    command: tuple[str, ...],
    scenario: Path | None,
    allow: frozenset[str],
    folder: Path | None,
    junit: Path | None,
    html: Path | None,
    trust_cek_key: bool,
    changes: tuple[str, ...],
    config: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Run COMMAND with a cloud of its own, on free ports unless --port is given.

    It finds the cloud by MOCKCLOUD_DEVICE_URL, MOCKCLOUD_CONTROL_URL, MOCKCLOUD_CA_FILE, MOCKCLOUD_ACCOUNT,
    MOCKCLOUD_CLIENT_ID, MOCKCLOUD_CLIENT_SECRET and MOCKCLOUD_NAVER_ACCESS_TOKEN in its environment.

    Exits with the command's code; if that is 0, with 1 when messages broke the specification or expectations of the
    scenario were not met, and with 5 when nothing ever reached the cloud.
    """
    from mockcloud.commands.configuration import configure
    from mockcloud.testing.blocking import Cloud
    from mockcloud.testing.server import Server

    ports = {name: flags[name] or 0 for name in ("port", "control_port")}
    settings = configure({**flags, **ports}, changes=changes, config=config, warn=warn)
    with (
        Server(settings) as server,
        Cloud(server=server, account="default", listener="shared", allow=allow, check=False) as cloud,
    ):
        if scenario is not None:
            _load(cloud, scenario)
        environ = {**cloud.environ, **(_trusting(server) if trust_cek_key else {})}
        code = _run(command, environ, output=_STDERR if as_json else None)
        report = _report(cloud, command, scenario, code)
        journal = [message.entry for message in cloud.journal()]
    write_reports([report], junit, html)
    if folder is not None:
        _write_artefacts(report, journal, folder)
    result = _result(code, report, journal)
    if as_json:
        payload({"exit_code": result, "command_exit_code": code, **report.as_json()})
    for line in _told(report, journal, code):
        click.echo(line, err=True)
    raise click.exceptions.Exit(result)


def _load(cloud: "Cloud", scenario: Path) -> None:
    """Raises `UnreadableInput` with every mistake: what does not load has not been run and failed."""
    from mockcloud.testing.server import Refused

    try:
        cloud.load(scenario)
    except Refused as refused:
        problems = [Problem(**one) for one in refused.problems if "said" in one]
        raise UnreadableInput(problems or [Problem(str(refused), str(scenario))]) from None


def _trusting(server: "Server") -> dict[str, str]:
    """What has COMMAND trust the key that this cloud signs with."""
    from mockcloud import shims

    key = server.call(server.cloud.calls.keys.ready())
    return shims.environment(key.public_pem.decode(), os.environ)


def _run(command: Sequence[str], environ: Mapping[str, str], *, output: int | None) -> int:
    """The command's exit code, or, as shells have it, 128 and the number of the signal that ended it.

    What it prints goes to the file descriptor ``output``, or where our own output goes.
    """
    with _passing_on() as started:
        try:
            process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=output)
        except OSError as error:
            raise CannotStart(f"{command[0]!r} cannot be started: {error.strerror}") from None
        started.append(process)
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the command has got it from the terminal as well
            code = _ended(process)
        except BaseException:
            _ended(process, signal.SIGTERM)
            raise
    return code if code >= 0 else _SIGNALLED - code


@contextlib.contextmanager
def _passing_on() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Who ends us ends the command that is started inside, and put into the list."""
    started: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        if not started:
            raise SystemExit(_SIGNALLED + number)
        started[0].send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield started
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(process: "subprocess.Popen[bytes]", first: signal.Signals | None = None) -> int:
    if first is not None:
        process.send_signal(first)
    try:
        return process.wait(END_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _report(cloud: "Cloud", command: Sequence[str], scenario: Path | None, code: int) -> "Report":
    from mockcloud.replay.report import Failure, Report

    findings = cloud.findings()
    report = Report(
        title=" ".join(command),
        file=str(scenario or ""),
        way="against the command",
        transcript=cloud.story().splitlines(),
    )
    report.failures += [Failure(one) for part in (findings.violations, findings.errors) for one in part]
    report.failures += findings.unmet
    if code:
        report.failures.append(Failure(f"the command ended with exit code {code}"))
    return report


def _result(code: int, report: "Report", journal: Sequence[Any]) -> int:
    if code:
        return code
    if report.failed:
        return EXIT_FAILED
    return EXIT_PASSED if journal else EXIT_NOTHING_TO_RUN


def _told(report: "Report", journal: Sequence[Any], code: int) -> Iterator[str]:
    for failure in report.failures:
        yield f"mockcloud: {failure}"
    if report.failures:
        yield "mockcloud: what happened:"
        yield from (f"    {line}" for line in report.transcript or ["nothing"])
    elif not journal and not code:
        yield "mockcloud: nothing ever reached the cloud: does the command read MOCKCLOUD_DEVICE_URL?"
    else:
        many = "1 entry" if len(journal) == 1 else f"{len(journal)} entries"
        yield f"mockcloud: {many} in the journal, nothing wrong"


def _write_artefacts(report: "Report", journal: Sequence[Any], folder: Path) -> None:
    write_reports([report], folder / ARTEFACTS["junit"], folder / ARTEFACTS["html"])
    write_file(folder / ARTEFACTS["report"], json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    lines = [json.dumps(entry, ensure_ascii=False) for entry in journal]
    write_file(folder / ARTEFACTS["journal"], "\n".join(lines))
