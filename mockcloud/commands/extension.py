"""``mockcloud extension``: the custom extensions of a running cloud."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.options import Decorated, config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload, rows
from mockcloud.errors import EXIT_FAILED, UnreadableInput

if TYPE_CHECKING:
    from mockcloud.commands.control_client import ControlClient


@click.group()
def extension() -> None:
    """Custom extensions of a running cloud: register, show, delete them."""


def _server(command: Decorated) -> Decorated:
    return server_flags(config_flag(command))


def _reach(server: Mapping[str, Any]) -> AbstractContextManager["ControlClient"]:
    from mockcloud.commands.control_client import reach

    return reach(server["control_url"], server["control_token"], local_settings(server["config"]))


@extension.command("list")
@json_flag
@_server
def list_(as_json: bool, **server: Any) -> None:
    """The extensions of an account."""
    with _reach(server) as control:
        found = control.extension("GET", server["account"])
    if as_json:
        payload(found)
        return
    if not found["extensions"]:
        click.echo("none; `mockcloud extension put FILE` registers one")
        return
    shown = [(one["id"], f"{', '.join(one['invocation_names'])}  {one['url']}") for one in found["extensions"]]
    click.echo(rows(shown, indent=""))


@extension.command()
@click.argument("id_", metavar="ID")
@_server
def show(id_: str, **server: Any) -> None:
    """An extension as JSON: its registration, and what became of its model."""
    with _reach(server) as control:
        payload(control.extension("GET", server["account"], id_))


@extension.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--no-build", is_flag=True, help="The model that was built last stays in use.")
@json_flag
@_server
def put(file: Path, no_build: bool, as_json: bool, **server: Any) -> None:
    """Register the extension of FILE, <id>.yaml, and build its model.

    What the console would refuse is printed with its line. The account that FILE names wins over --account.
    """
    from mockcloud.commands.control_client import Refused
    from mockcloud.commands.registrations import read_registration

    read = read_registration(file)
    body = {**read.registration, **({"build": False} if no_build else {})}
    try:
        with _reach(server) as control:
            registered = control.extension("PUT", read.account or server["account"], read.id, body)
    except Refused as error:
        if error.status == 422 and (problems := error.problem.get("problems")):
            raise UnreadableInput(read.problems(problems)) from None
        raise
    if as_json:
        payload(registered)
        return
    report = registered["report"]
    click.echo(f"{registered['id']} is registered")
    if registered["built"]:
        click.echo(f"built: {report['intents']} intents, {report['examples']} examples")
    for warning in registered["warnings"]:
        click.echo(f"! {warning['path']}: {warning['said']}")
    for warning in report.get("warnings", ()):
        click.echo(f"! {warning['file']}:{warning['line']}: {warning['message']}")
    for one in report.get("unrecovered", ()):
        click.echo(f"! {one['example']!r} of {one['intent']} is understood as {one['read_as'] or 'nothing'}")


@extension.command()
@click.argument("id_", metavar="ID")
@_server
def delete(id_: str, **server: Any) -> None:
    """Delete an extension; sessions with it end."""
    with _reach(server) as control:
        control.extension("DELETE", server["account"], id_)


@extension.command()
@click.argument("id_", metavar="ID")
@_server
def key(id_: str, **server: Any) -> None:
    """The public key (PEM) that its server checks the signatures of requests with."""
    with _reach(server) as control:
        click.echo(control.extension("GET", server["account"], id_, about="/key"), nl=False)


@extension.command()
@click.argument("id_", metavar="ID")
@json_flag
@_server
def probe(id_: str, as_json: bool, **server: Any) -> None:
    """Whether its server is reached: a bare POST tells. Exit code 1 if it is not."""
    with _reach(server) as control:
        found = control.extension("POST", server["account"], id_, about="/probe")
    if as_json:
        payload(found)
    elif found["reachable"]:
        click.echo(f"{found['url']} is reached: status {found['status']}")
    else:
        click.echo(f"{found['url']} is not reached ({found['failure']}): {found['said']}")
    if not found["reachable"]:
        raise click.exceptions.Exit(EXIT_FAILED)
