"""``mockcloud record``: from what was seen to a scenario that replays."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.new import SCHEMA_FILE
from mockcloud.commands.options import config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload, warn
from mockcloud.errors import EXIT_FAILED, CannotStart, MockcloudError, NothingToRun, Problem, UnreadableInput

if TYPE_CHECKING:
    from mockcloud.commands.control_client import ControlClient
    from mockcloud.replay.recording import How, Recorded, Seen
    from mockcloud.settings import Settings

LOOK_EVERY = 0.2
"""Seconds between two looks with --follow."""
_KNOWN = ("edition", "lang", "seed", "timezone")
"""What a server tells of an account that a scenario has to give."""


@click.command()
@click.argument("recording", required=False, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="[stdout]")
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.option("--title", metavar="TEXT", help="The situation in one line.")
@click.option("-f", "--follow", is_flag=True, help="Record what comes from now on, until Ctrl+C.")
@click.option("--after-seq", type=click.IntRange(min=0), metavar="N", help="Only what comes after this entry.")
@click.option(
    "--extensions",
    "how",
    type=click.Choice(["answers", "live", "rules"]),
    help="Who answers for extensions: the scenario, as recorded; their servers; rules in their place.  [answers]",
)
@server_flags
@config_flag
@json_flag
def record(
    recording: Path | None,
    output: Path | None,
    force: bool,
    title: str | None,
    follow: bool,
    after_seq: int | None,
    how: "How | None",
    account: str,
    control_url: str | None,
    control_token: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Write a scenario that replays what a running cloud has seen, or what RECORDING holds.

    RECORDING is a journal (`mockcloud journal --json`), a HAR file of a device's session, or - for standard input.
    Exit code 1: the scenario is written, but does not replay as it was recorded.
    """
    from mockcloud.commands.control_client import reach

    if recording is not None and (follow or after_seq is not None):
        raise click.UsageError("--follow and --after-seq are for a running cloud, not for a file.")
    if recording is not None and how in ("answers", "live"):
        raise click.UsageError(f"--extensions {how} is for a running cloud: a file does not hold their models.")
    if output is not None and output.exists() and not force:
        raise MockcloudError(f"{output} is there already; --force writes over it")
    settings = local_settings(config)
    known: dict[str, Any] = {}
    extensions: list[dict[str, Any]] = []
    if recording is not None:
        entries, source = _from_file(recording), recording.name if str(recording) != "-" else "standard input"
    else:
        with reach(control_url, control_token, settings) as control:
            known = {name: value for name, value in control.account(account).items() if name in _KNOWN}
            extensions = control.extension("GET", account)["extensions"]
            taken = _following(control, account, after_seq) if follow else control.journal(**_since(account, after_seq))
            entries, source = _with_audio(taken, control, account), f"the account {account}"
    with _audio_beside(output, entries) as audio:
        made = _recorded(entries, title or "", source, settings, known, extensions, how or "answers", audio, output)
        _write(made, output)
    _tell(made, output, list(audio.values()), as_json)
    if not made.report.passed:
        raise click.exceptions.Exit(EXIT_FAILED)


def _recorded(
    entries: Sequence["Seen"],
    title: str,
    source: str,
    settings: "Settings",
    known: dict[str, Any],
    extensions: Sequence[dict[str, Any]],
    how: "How",
    audio: Mapping[int, Path],
    output: Path | None,
) -> "Recorded":
    from mockcloud.catalogue import Catalogue
    from mockcloud.replay.recording import record as compose

    return compose(
        entries,
        title=title,
        source=source,
        catalogue=Catalogue.load(),
        settings=settings,
        account=known,
        extensions=extensions,
        how=how,
        audio={seq: f"{file.parent.name}/{file.name}" for seq, file in audio.items()},
        schema=SCHEMA_FILE,
        file=str(output or "scenario.yaml"),
    )


# Where recordings come from


def _from_file(recording: Path) -> list["Seen"]:
    from mockcloud.replay.recording import read_recording

    if str(recording) == "-":
        return read_recording(sys.stdin.buffer.read(), "<stdin>")
    try:
        data = recording.read_bytes()
    except OSError as error:
        raise UnreadableInput([Problem(f"it cannot be read: {error.strerror}", str(recording))]) from None
    entries = read_recording(data, str(recording))
    if not entries:
        raise NothingToRun(f"there is nothing in {recording}")
    return entries


def _since(account: str, after_seq: int | None) -> dict[str, Any]:
    return {"account": account, "after_seq": after_seq}


def _following(control: "ControlClient", account: str, after_seq: int | None) -> list[dict[str, Any]]:
    """What comes until Ctrl+C, shown as it comes."""
    from mockcloud.commands.timeline import Tail, line

    if after_seq is None:
        newest = control.journal(account=account, limit=1)
        after_seq = newest[-1]["seq"] if newest else 0
    click.echo(f"recording the account {account}; Ctrl+C ends it", err=True)
    tail, first = Tail(after_seq), after_seq
    try:
        while True:
            for entry in tail.take(control.journal(**_since(account, tail.after_seq)), time.monotonic()):
                click.echo(line(entry), err=True)
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        return control.journal(**_since(account, first))


def _with_audio(entries: Sequence[dict[str, Any]], control: "ControlClient", account: str) -> list["Seen"]:
    """The entries, with what was heard where the server has kept it."""
    from dataclasses import replace

    from mockcloud.replay.recording import seen
    from mockcloud.speech.pcm import from_wav

    found = [seen(entry) for entry in entries]
    return [replace(one, audio=from_wav(control.audio(account, one.seq))) if one.audio_bytes else one for one in found]


# Where scenarios go


@contextmanager
def _audio_beside(output: Path | None, entries: Sequence["Seen"]) -> Iterator[dict[int, Path]]:
    """What was heard, in files beside the scenario, by the number of the event; gone again if there will be none."""
    if output is None:
        yield {}
        return
    files: dict[int, Path] = {}
    try:
        with _writing(output):
            _write_audio(entries, output.with_suffix(".audio"), files)
        yield files
    except BaseException:
        for file in files.values():
            file.unlink(missing_ok=True)
            file.with_suffix(".txt").unlink(missing_ok=True)
        with suppress(OSError):  # it is not there, or not ours alone
            output.with_suffix(".audio").rmdir()
        raise


def _write_audio(entries: Sequence["Seen"], folder: Path, files: dict[int, Path]) -> None:
    """Pairs of what was heard and what it means, as ``speech.recordings`` enrols them."""
    from mockcloud.replay.recording import words_of
    from mockcloud.speech.pcm import to_wav

    for number, entry in enumerate((entry for entry in entries if entry.audio), 1):
        folder.mkdir(parents=True, exist_ok=True)
        file = files[entry.seq] = folder / f"{number:02}.wav"
        file.write_bytes(to_wav(entry.audio))
        file.with_suffix(".txt").write_text(words_of(entry, entries) + "\n", encoding="utf-8")


def _write(made: "Recorded", output: Path | None) -> None:
    """Write the scenario, and what editors know it by."""
    from mockcloud.scenario.language import for_editors

    if output is None:
        return
    schema = output.parent / SCHEMA_FILE
    with _writing(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        if not schema.exists():
            schema.write_text(json.dumps(for_editors(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        output.write_text(made.text, encoding="utf-8")


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotStart(f"{error.filename or output} cannot be written: {error.strerror}") from None


def _tell(made: "Recorded", output: Path | None, audio: Sequence[Path], as_json: bool) -> None:
    report = made.report
    if as_json:
        payload(
            {
                "file": str(output) if output else None,
                "title": report.title,
                "passed": report.passed,
                "steps": report.steps,
                "failures": [str(failure) for failure in report.failures],
                "not_replayed": [entry.name for entry in made.dropped],
                "audio": [str(file) for file in audio],
                "scenario": made.text,
            }
        )
    elif output is None:
        click.echo(made.text, nl=False)
    for entry in made.dropped:
        warn(f"{entry.name} (entry {entry.seq}) was seen, but does not come in a replay: it is left out")
    for failure in report.failures:
        click.echo(str(failure), err=True)
    if output is not None:
        heard = f", {len(audio)} recordings in {audio[0].parent}" if audio else ""
        tried = f"try `mockcloud replay {output}`" if report.passed else "it does not replay as it was recorded"
        click.echo(f"{output}: {report.steps} steps{heard}; {tried}", err=True)
