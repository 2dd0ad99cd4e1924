"""``mockcloud extension``: the custom extensions of a running cloud."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.clock import SECOND, duration
from mockcloud.commands.options import Decorated, config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload, rows
from mockcloud.errors import EXIT_FAILED, UnreadableInput, listed

if TYPE_CHECKING:
    from mockcloud.commands.control_client import ControlClient


@click.group()
def extension() -> None:
    """Custom extensions of a running cloud: register, show, test, link, delete them."""


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
    click.echo(rows([(one["id"], _in_a_line(one)) for one in found["extensions"]], indent=""))


def _in_a_line(one: Mapping[str, Any]) -> str:
    """What it is called, where it is, and what keeps it from being asked."""
    states = [
        said for said, holds in (("disabled", not one["enabled"]), ("model not built", not one["built"])) if holds
    ]
    return "  ".join([", ".join(one["invocation_names"]), one["url"], *(f"({state})" for state in states)])


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
    report_warnings = [
        f"! {':'.join(filter(None, (one['file'], str(one['line'] or ''))))}: {one['message']}"
        for one in report.get("warnings", ())
    ]
    unrecovered = [
        f"! {one['example']!r} of {one['intent']} is understood as {one['read_as'] or 'nothing'}"
        for one in report.get("unrecovered", ())
    ]
    refusable = [f"! {one['path']}: {one['said']}" for one in registered["warnings"]]
    for line in (*listed(refusable), *listed(report_warnings), *listed(unrecovered)):
        click.echo(line)


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


@extension.command()
@click.argument("id_", metavar="ID")
@click.argument("utterance", required=False)
@click.option("--edit", is_flag=True, help="Edit the request in $EDITOR afterwards, and send it again.")
@click.option("--request", "file", metavar="FILE", help="Send the request in this file (-: standard input) instead.")
@json_flag
@_server
def test(id_: str, utterance: str | None, edit: bool, file: str | None, as_json: bool, **server: Any) -> None:
    """Say UTTERANCE to an extension as on the console's test page, and show all that becomes of it.

    No device is told, no session stays: each request is the first of its session. The invocation name may be left out.
    Exit code 1 if nothing is understood, or there is no answer.
    """
    from mockcloud.commands import testpage

    if (utterance is None) == (file is None):
        raise click.UsageError("Give an UTTERANCE, or --request FILE.")
    with _reach(server) as control:

        def send(asked: dict[str, Any]) -> testpage.Page:
            page: testpage.Page = control.extension("POST", server["account"], id_, asked, about="/test")
            return page

        page = send({"utterance": utterance} if file is None else {"request": testpage.request_in(file)})
        if edit and page["request"] is not None:
            again = testpage.edited_and_sent(page["request"], lambda request: send({"request": request}))
            if again is None:
                click.echo("the request was not changed: it is not sent again", err=True)
            page = again or page
    if as_json:
        payload(page)
    else:
        click.echo(testpage.told(page))
    if page["error"]:
        raise click.exceptions.Exit(EXIT_FAILED)


@extension.command()
@click.argument("id_", metavar="ID")
@click.option("--token", metavar="TOKEN", help="Link it at once, with this access token.")
@click.option("--refresh-token", metavar="TOKEN", default="", help="Beside --token: what it is refreshed with.")
@click.option("--expires-in", metavar="SPAN", help="Beside --token: how long it lives, such as 1h.  [for good]")
@click.option("--show", "what", flag_value="show", help="Show whether an account is linked.")
@click.option("--expire", "what", flag_value="expire", help="End the access token: the next request refreshes it.")
@click.option("--revoke", "what", flag_value="revoke", help="Make both tokens worthless; requests carry one still.")
@click.option("--break", "what", flag_value="break", help="As if refreshing had failed: no token from now on.")
@json_flag
@_server
def link(
    id_: str,
    token: str | None,
    refresh_token: str,
    expires_in: str | None,
    what: str | None,
    as_json: bool,
    **server: Any,
) -> None:
    """Link the user's account at an extension's service: print the page where they log in.

    The page is good for five minutes. The other ways need no login.
    """
    if token is None and (refresh_token or expires_in):
        raise click.UsageError("--refresh-token and --expires-in go with --token.")
    if token is not None and what is not None:
        raise click.UsageError(f"--token links, and --{what} does not: give one of them.")
    with _reach(server) as control:
        if token is not None:
            tokens = {"access_token": token, "refresh_token": refresh_token, "expires_in": _seconds(expires_in)}
            found = control.extension("PUT", server["account"], id_, tokens, about="/link")
        elif what is not None:
            method, about = ("GET", "/link") if what == "show" else ("POST", f"/link/{what}")
            found = control.extension(method, server["account"], id_, about=about)
        else:
            found = control.extension("POST", server["account"], id_, about="/link")
    if as_json:
        payload(found)
    elif "url" in found:
        click.echo("Log in within five minutes at", err=True)
        click.echo(found["url"])
    else:
        click.echo(_told_of_link(found))


@extension.command()
@click.argument("id_", metavar="ID")
@_server
def unlink(id_: str, **server: Any) -> None:
    """Unlink the user's account: its tokens are forgotten, and requests carry none."""
    with _reach(server) as control:
        control.extension("DELETE", server["account"], id_, about="/link")


def _seconds(span: str | None) -> int | None:
    if span is None:
        return None
    try:
        return duration(span) // SECOND
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires-in") from None


def _told_of_link(found: Mapping[str, Any]) -> str:
    if found["state"] != "linked":
        return f"{found['state']}: {found['why']}" if found["why"] else str(found["state"])
    end = "has ended" if found["expired"] else f"ends {found['expires_at']}" if found["expires_at"] else "does not end"
    refreshable = "can be refreshed" if found["refreshable"] else "cannot be refreshed"
    return f"linked: the access token {found['access_token']} {end} and {refreshable}"
