"""``mockcloud validate``: are these messages what the specification says?"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from mockcloud.catalogue import Catalogue, Kind
from mockcloud.catalogue.judgement import ANY_EDITIONS, AnyEdition, judge
from mockcloud.catalogue.rules import missing_attachments
from mockcloud.commands import baseline as waivers
from mockcloud.commands.ndjson import answers
from mockcloud.commands.options import json_flag, local_catalogue
from mockcloud.commands.recordings import FORMS, Form, Recorded, recorded
from mockcloud.errors import EXIT_FAILED, MockcloudError, NothingToRun
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import KINDS

_FORMS: dict[str, Form] = {".ndjson": "ndjson", ".jsonl": "ndjson", ".har": "har"}
_FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)


@dataclass(slots=True)
class _Tally:
    """What a run has seen."""

    messages: int = 0
    violations: int = 0
    warnings: int = 0
    waived: int = 0
    found: set[waivers.Waiver] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Report:
    """One finding with the message it is about."""

    file: str
    place: str
    message: str
    """Kind and name: ``event Clova.ProcessDelegatedEvent``."""
    finding: Finding

    def as_json(self) -> dict[str, object]:
        return {"file": self.file, "place": self.place, "message": self.message, **self.finding.as_json()}

    def line(self) -> str:
        finding = self.finding
        where = ":".join(filter(None, (self.file, self.place.removeprefix("line "))))
        weight = "" if finding.severity == "violation" else "warning: "
        path = f"{finding.path}: " if finding.path else ""
        rests_on = ", ".join((finding.code, *finding.because))
        # What a message calls its fields may hold line breaks, and halves of characters.
        text = f"{where}: {weight}{path}{finding.said}  [{rests_on}]".replace("\n", "\\n")
        return text.encode("utf-8", "backslashreplace").decode()


@click.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="[FILE|-]...")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help="What the messages are.  [found by their form]")
@click.option("--form", type=click.Choice(FORMS), help="What the file is.  [found]")
@click.option("--edition", type=click.Choice(ANY_EDITIONS), default="any", help="Of the specification.  [any]")
@click.option("--ndjson", is_flag=True, help="Answer records, a line each: {id, kind, edition, message}.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Fail only on what is not in it.",
)
@click.option("--update-baseline", is_flag=True, help="Write what is found into the baseline.")
@json_flag
def validate(
    files: tuple[Path, ...],
    kind: Kind | None,
    form: Form | None,
    edition: AnyEdition,
    ndjson: bool,
    baseline: Path | None,
    update_baseline: bool,
    as_json: bool,
) -> None:
    """Judge messages by the tables: JSON, NDJSON, HAR recordings, multipart dumps.

    Kinds: event, directive, context, template, cek-request, cek-response, home-request, home-response, error.
    Exits with 0 if all are right, 1 if not, 2 for what cannot be read, 5 if there is no message at all.
    """
    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline needs --baseline FILE.")
    if ndjson and (baseline or as_json or form not in (None, "ndjson")):
        raise click.UsageError("--ndjson goes with --kind and --edition alone.")
    catalogue = local_catalogue()
    if ndjson:
        _answer_records(catalogue, files, kind, edition)
    else:
        _report(_Run(catalogue, kind, form, edition), files, baseline, update_baseline, as_json)


def _answer_records(catalogue: Catalogue, files: tuple[Path, ...], kind: Kind | None, edition: AnyEdition) -> None:
    out = sys.stdout.buffer
    records = invalid = 0
    for _, stream in _opened(files):
        for answer in answers(catalogue, stream, kind, edition):
            records += 1
            invalid += not answer["valid"]
            out.write(_dumped(answer).encode() + b"\n")
            out.flush()
    if records == 0:
        raise NothingToRun("there is no record in it")
    if invalid:
        sys.exit(EXIT_FAILED)


@dataclass(slots=True)
class _Run:
    """How every message of a run is judged."""

    catalogue: Catalogue
    kind: Kind | None
    form: Form | None
    edition: AnyEdition
    tally: _Tally = field(default_factory=_Tally)

    def reports(self, name: str, stream: IO[bytes]) -> Iterator[_Report]:
        """Everything that was found in one file, message after message."""
        for one in recorded(stream, self.form or _FORMS.get(Path(name).suffix), file=name):
            self.tally.messages += 1
            message, findings = self._judged(one)
            for finding in findings:
                yield _Report(name, one.place, message, finding)

    def _judged(self, one: Recorded) -> tuple[str, list[Finding]]:
        if one.broken:
            return "", [Finding("message.unreadable", one.broken)]
        made = judge(self.catalogue, one.message, self.kind or one.kind, edition=one.edition or self.edition)
        findings = [*made.errors, *made.warnings]
        if made.kind == "directive" and one.attachments is not None:
            findings += missing_attachments(one.message, one.attachments)
        return " ".join(filter(None, (made.kind, made.name))), findings


def _report(run: _Run, files: tuple[Path, ...], baseline: Path | None, update: bool, as_json: bool) -> None:
    """Everything that is found, a line each; the exit code tells whether something was."""
    waived = waivers.read(baseline) if baseline and not update else waivers.Baseline()
    write = _JsonOutput() if as_json else _TextOutput()
    for name, stream in _opened(files):
        for report in run.reports(name, stream):
            _count(run.tally, report, waived, write)
    if run.tally.messages == 0:
        raise NothingToRun(f"there is no message in {', '.join(map(str, files)) or 'standard input'}")
    for finding in waived.unmatched():
        _count(run.tally, _Report(str(baseline), "", "", finding), waivers.Baseline(), write)
    write.end(run.tally)
    if baseline and update:
        waivers.write(baseline, run.tally.found)
        click.echo(f"{baseline}: {len(run.tally.found)} waived", err=True)
    elif run.tally.violations:
        sys.exit(EXIT_FAILED)


def _count(tally: _Tally, report: _Report, waived: waivers.Baseline, write: "_TextOutput | _JsonOutput") -> None:
    if report.finding.severity == "warning":
        tally.warnings += 1
    elif waived.waives(report.message, report.finding):
        tally.waived += 1
        return
    else:
        tally.violations += 1
        tally.found.add(waivers.waiver(report.message, report.finding))
    write.finding(report)


class _TextOutput:
    """For people: a line for each finding, and at the end how many there were, beside the payload."""

    def finding(self, report: _Report) -> None:
        click.echo(report.line())

    def end(self, tally: _Tally) -> None:
        click.echo(_summary(tally), err=True)


class _JsonOutput:
    """One JSON object, written as it comes."""

    def __init__(self) -> None:
        self._before = '{"findings":[\n'

    def finding(self, report: _Report) -> None:
        click.echo(self._before + _dumped(report.as_json()), nl=False)
        self._before = ",\n"

    def end(self, tally: _Tally) -> None:
        counts = {"messages": tally.messages, "violations": tally.violations, "warnings": tally.warnings}
        opening = self._before if self._before.startswith("{") else "\n"
        click.echo(f"{opening}],{_dumped({**counts, 'waived': tally.waived})[1:]}")
        click.echo(_summary(tally), err=True)


def _summary(tally: _Tally) -> str:
    parts = [_counted(tally.messages, "message"), _counted(tally.violations, "violation")]
    parts += [_counted(tally.warnings, "warning")] if tally.warnings else []
    parts += [f"{tally.waived} waived"] if tally.waived else []
    return ", ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _opened(files: tuple[Path, ...]) -> Iterator[tuple[str, IO[bytes]]]:
    """Each file with its name; standard input for ``-`` and for none. Raises `MockcloudError`."""
    if not files and sys.stdin.isatty():
        raise click.UsageError("Name a file, or `-` for standard input.")
    for file in files or (Path("-"),):
        if str(file) == "-":
            yield "-", sys.stdin.buffer
            continue
        try:
            with file.open("rb") as stream:
                yield str(file), stream
        except OSError as error:
            raise MockcloudError(f"{file} cannot be read: {error.strerror}") from None


def _dumped(value: Any) -> str:
    """JSON in one line; half a character becomes the escape that it came as."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode()
