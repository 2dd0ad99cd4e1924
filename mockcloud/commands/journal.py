"""``mockcloud journal``: what a running cloud has seen and said."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.options import config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload
from mockcloud.commands.timeline import Tail, details, line

if TYPE_CHECKING:
    from mockcloud.commands.control_client import ControlClient

LOOK_EVERY = 0.2
"""Seconds between two looks with --follow."""


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl+C.")
@click.option("--violations", is_flag=True, help="Only what breaks the specification.")
@click.option("--unmatched", is_flag=True, help="Only events that nothing took.")
@click.option("--name", metavar="NAME", help="Only this message: SpeechRecognizer.Recognize.")
@click.option("--kind", metavar="KIND", help="event, directive, error, request, connection, timer or finding.")
@click.option("--channel", metavar="CHANNEL", help="event, response, downchannel, auth, ping, media, ...")
@click.option("--device", metavar="ID", help="Only this device.")
@click.option("--dialog", metavar="ID", help="Only this dialogRequestId.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes, warnings and who decided, too.")
@server_flags
@config_flag
@json_flag
def journal(
    follow: bool,
    violations: bool,
    unmatched: bool,
    dialog: str | None,
    limit: int | None,
    verbose: bool,
    account: str,
    control_url: str | None,
    control_token: str | None,
    config: Path | None,
    as_json: bool,
    **filters: Any,
) -> None:
    """Messages in and out, a line each; with --json one JSON object a line, whole."""
    from mockcloud.commands.control_client import reach

    if violations and unmatched:
        raise click.UsageError("Choose one of --violations and --unmatched.")
    which = "violations" if violations else "unmatched" if unmatched else "journal"
    wanted = {**filters, "dialog_request_id": dialog, "account": account}

    def show(entry: dict[str, Any]) -> None:
        if as_json:
            payload(entry)
        else:
            click.echo("\n".join([line(entry), *details(entry, verbose=verbose)]))

    with reach(control_url, control_token, local_settings(config)) as control:
        entries = control.journal(which, **wanted, limit=limit)
        for entry in entries:
            show(entry)
        if follow:
            try:
                _follow(control, which, wanted, entries[-1]["seq"] if entries else 0, show)
            except KeyboardInterrupt:
                return
    if not entries and not as_json:
        click.echo("nothing of that kind is in the journal", err=True)


def _follow(control: "ControlClient", which: str, wanted: dict[str, Any], after_seq: int, show: Any) -> None:
    tail = Tail(after_seq)
    while True:
        for entry in tail.take(control.journal(which, **wanted, after_seq=tail.after_seq), time.monotonic()):
            show(entry)
        time.sleep(LOOK_EVERY)
