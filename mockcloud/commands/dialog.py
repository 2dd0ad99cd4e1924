"""``mockcloud dialog``: talk with an extension of a running cloud, line by line."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.clock import duration
from mockcloud.commands.options import config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload, rows
from mockcloud.errors import EXIT_FAILED, EXIT_USAGE, MockcloudError

if TYPE_CHECKING:
    from mockcloud.commands.control_client import ControlClient
    from mockcloud.commands.talking import Spoken, Talk

_LINES = {
    "/end": "say what ends the session",
    "/reset": "end the session, and open it anew",
    "/show": "the last requests and answers as JSON",
    "/help": "these lines",
    "/quit": "stop; so does the end of the input",
}
_FILE = click.Path(path_type=Path, dir_okay=False)


class NoExtension(MockcloudError):
    """It is not clear whom to talk with."""

    exit_code = EXIT_USAGE


def _duration(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        try:
            duration(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return text


@click.command()
@click.option("--extension", "id_", metavar="ID", help="Whom to talk with.  [the account's only one]")
@click.option("--no-launch", is_flag=True, help="Do not begin with its launch; the first line calls it by name.")
@click.option(
    "--patience",
    metavar="DURATION",
    callback=_duration,
    help="How long the session waits for the next line (10m).  [the account's `behaviour.question_timeout`]",
)
@click.option("--record", type=_FILE, metavar="FILE", help="Write the dialog to this file.")
@click.option("--replay", type=_FILE, metavar="FILE", help="Say what this file says, and compare what comes of it.")
@server_flags
@click.option(
    "--device",
    envvar="MOCKCLOUD_DEVICE_ID",
    metavar="ID",
    help="Device id to connect as.  [a new one, gone at the end]",
)
@config_flag
@json_flag
def dialog(
    id_: str | None,
    no_launch: bool,
    patience: str | None,
    record: Path | None,
    replay: Path | None,
    account: str,
    control_url: str | None,
    control_token: str | None,
    device: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Talk with an extension as a user of the bundled device would, and hear its speech as text.

    Type what the user says. While no session is open the words call the extension by its name. /help tells the rest.
    Lines come from standard input, so that a dialog can be piped in. Exit code 1 if --replay finds a difference.
    """
    from mockcloud.commands.control_client import reach
    from mockcloud.commands.dialog_file import DialogFile
    from mockcloud.commands.talking import Talk

    recorded = DialogFile(replay) if replay is not None else None
    with reach(control_url, control_token, local_settings(config)) as control:
        extension = _extension(control, account, id_ or (recorded.extension if recorded else None))
        with Talk(control, account, extension, device, patience=patience) as talk:
            shown = _Shown(extension["id"], as_json, record)
            if recorded is None:
                _converse(talk, shown, launch=not no_launch)
            elif not _same(talk, shown, recorded):
                raise click.exceptions.Exit(EXIT_FAILED)


def _extension(control: "ControlClient", account: str, id_: str | None) -> Mapping[str, Any]:
    if id_ is not None:
        found: Mapping[str, Any] = control.extension("GET", account, id_)
        return found
    known = control.extension("GET", account)["extensions"]
    if len(known) != 1:
        names = ", ".join(one["id"] for one in known) or "none; `mockcloud extension put FILE` registers one"
        raise NoExtension(f"say which with --extension ID; the account {account!r} has: {names}")
    only: Mapping[str, Any] = known[0]
    return only


def _converse(talk: "Talk", shown: "_Shown", *, launch: bool) -> None:
    if launch:
        shown.turn(talk.say(talk.launch), echo=True)
    for line in _lines():
        happened = talk.between()
        shown.between(happened.speech, happened.ended)
        match line:
            case "/quit":
                break
            case "/help":
                click.echo(rows(list(_LINES.items())), err=True)
            case "/show":
                shown.messages()
            case "/end" if not talk.is_open:
                click.echo("no session is open", err=True)
            case "/end":
                shown.turn(talk.say(talk.end), echo=True)
            case "/reset":
                if talk.is_open:
                    shown.turn(talk.say(talk.end), echo=True)
                shown.turn(talk.say(talk.launch), echo=True)
            case _ if line.startswith("/"):
                click.echo(f"there is no {line.split()[0]}; there are: {', '.join(_LINES)}", err=True)
            case _:
                words = line if talk.is_open else talk.called(line)
                shown.turn(talk.say(words), echo=words != line or not sys.stdin.isatty())


def _lines() -> Iterator[str]:
    """What is typed, without blank lines, until the input ends."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401 - gives `input` its editing keys and history
    while True:
        try:
            line = input("> ") if sys.stdin.isatty() else input()
        except (EOFError, KeyboardInterrupt):
            return
        if line.strip():
            yield line.strip()


def _same(talk: "Talk", shown: "_Shown", recorded: Any) -> bool:
    same = True
    for at, words in enumerate(recorded.words):
        spoken = talk.say(words)
        differences = recorded.differences(at, spoken)
        shown.turn(spoken, echo=True, differences=[str(one) for one in differences])
        same = same and not differences
    return same


class _Shown:
    """What people see of the dialog, and the file that it goes to."""

    def __init__(self, extension: str, as_json: bool, record: Path | None) -> None:
        self._extension = extension
        self._as_json = as_json
        self._record = record
        self._turns: list[Spoken] = []
        self._write()

    def turn(self, spoken: "Spoken", *, echo: bool, differences: list[str] | None = None) -> None:
        self._turns.append(spoken)
        self._write()
        if self._as_json:
            more = {} if differences is None else {"differences": differences}
            payload({**spoken.as_json(), "wrong": list(spoken.said), **more})
        else:
            self._tell(spoken, echo)
        for difference in differences or ():
            click.echo(difference, err=True)

    def _tell(self, spoken: "Spoken", echo: bool) -> None:
        if echo:
            click.echo(f"> {spoken.words}")
        for asked in spoken.asked:
            slots = "".join(f"  {name}={value}" for name, value in asked.slots.items())
            click.echo(f"  {asked.intent or asked.request}{slots}")
        if not spoken.asked:
            click.echo("  (nothing was asked of an extension)")
        for text in spoken.speech:
            click.echo(f"< {text}")
        for wrong in spoken.said:
            click.echo(f"! {wrong}")
        if not spoken.is_open:
            click.echo("  (no session is open)")

    def between(self, speech: tuple[str, ...], ended: bool) -> None:
        for text in speech:
            click.echo(f"< {text}", err=self._as_json)
        if ended:
            said = "  (the session ended: nothing was said for too long; --patience 10m has it wait)"
            click.echo(said, err=self._as_json)

    def messages(self) -> None:
        from mockcloud.commands.testpage import pretty

        for name, message in self._turns[-1].messages if self._turns else ():
            click.echo(f"{name}\n{pretty(message)}", err=self._as_json)

    def _write(self) -> None:
        if self._record is not None:
            from mockcloud.commands.dialog_file import write

            write(self._record, self._extension, self._turns)
