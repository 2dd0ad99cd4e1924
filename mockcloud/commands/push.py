"""``mockcloud push``: a directive onto the downchannels of a running cloud."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.catalogue.documents import read_text
from mockcloud.commands.options import (
    config_flag,
    json_flag,
    local_catalogue,
    local_settings,
    milliseconds,
    server_flags,
)
from mockcloud.commands.output import payload as print_payload
from mockcloud.errors import EXIT_FAILED, MockcloudError, Problem, UnreadableInput
from mockcloud.wire.messages import split_name

if TYPE_CHECKING:
    from mockcloud.catalogue import Catalogue, Edition
    from mockcloud.commands.control_client import Refused


class NotSent(MockcloudError):
    """The server did not push it."""

    exit_code = EXIT_FAILED


@click.command()
@click.argument("directive")
@click.option("--payload", metavar="JSON|@FILE", help="Exactly this payload, instead of an example.")
@click.option("--with", "changes", metavar="KEY=VALUE", multiple=True, help="Change the example: alert.label=우유.")
@click.option("--device", metavar="ID", help="Only this device.  [every device with a downchannel]")
@click.option("--wait", callback=milliseconds, metavar="DURATION", help="How long to wait for a downchannel: 5s.")
@click.option("--unchecked", is_flag=True, help="Send it even if it breaks the specification.")
@server_flags
@config_flag
@json_flag
def push(
    directive: str,
    payload: str | None,
    changes: tuple[str, ...],
    device: str | None,
    wait: int | None,
    unchecked: bool,
    account: str,
    control_url: str | None,
    control_token: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Send DIRECTIVE (Namespace.Name) to devices that are connected.

    Without --payload it is a valid example, with the --with values put over it.
    """
    from mockcloud.commands.control_client import Refused, reach

    if payload is not None and changes:
        raise click.UsageError("--payload says it all: leave --with out.")
    settings = local_settings(config)
    with reach(control_url, control_token, settings) as control:
        edition = control.account(account).get("edition", "newer")
        body = message(directive, payload, changes, local_catalogue(config), edition, unchecked=unchecked)
        request = {
            "account": account,
            "directive": body,
            "unchecked": unchecked,
            **({"device": device} if device else {}),
            **({"wait_ms": wait} if wait else {}),
        }
        try:
            sent = control.push(request)
        except Refused as refused:
            raise _not_sent(refused, directive, request) from None
    if as_json:
        print_payload({"sent": sent})
        return
    for one in sent:
        note = "" if one["state"] == "written" else ": the device does not read"
        click.echo(f"{directive} -> {one['device']} {one['state']}{note} (messageId {one['message_id']})")


def _not_sent(refused: "Refused", directive: str, request: dict[str, Any]) -> MockcloudError:
    """Why, in the words of the command line."""
    if refused.status == 409:
        whose = (
            f"device {request['device']!r}" if "device" in request else f"no device of account {request['account']!r}"
        )
        verb = "has no downchannel" if "device" in request else "has a downchannel"
        waited = f" within {request['wait_ms']} ms" if "wait_ms" in request else ""
        return NotSent(f"{directive} is not sent: {whose} {verb}{waited}; --wait 10s waits for one to connect")
    if refused.status == 422 and (violations := refused.problem.get("violations")):
        lines = [
            f"  {one['path'].removeprefix('directive.')}: {one['said']}"
            + (f" ({', '.join(one['because'])})" if one["because"] else "")
            for one in violations
        ]
        said = f"{directive} is not sent, it breaks the specification (--unchecked sends it all the same):"
        return NotSent("\n".join([said, *lines]))
    return refused


def message(
    name: str,
    payload: str | None,
    changes: tuple[str, ...],
    catalogue: "Catalogue",
    edition: "Edition",
    *,
    unchecked: bool,
) -> dict[str, Any]:
    """``{"header", "payload"}`` of a directive. Raises `MockcloudError` for an unknown name or an unusable payload."""
    known = catalogue.knows("directive", name, edition)
    if not known and not unchecked:
        near = catalogue.nearest("directive", name, edition)
        raise MockcloudError(
            f"there is no directive {name!r} in the edition {edition}"
            + (f"; did you mean {near}?" if near else "")
            + " (--unchecked sends anything)"
        )
    try:
        namespace, last = split_name(name)
    except ValueError as error:
        raise MockcloudError(str(error)) from None
    if payload is not None:
        content = _given(payload)
    else:
        content = catalogue.example("directive", name, edition=edition) if known else {}
        for change in changes:
            _put(content, change)
    return {"header": {"namespace": namespace, "name": last}, "payload": content}


def _given(payload: str) -> dict[str, Any]:
    file, text = ("--payload", payload) if not payload.startswith("@") else (payload[1:], read_text(Path(payload[1:])))
    try:
        value = json.loads(text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        raise UnreadableInput([Problem(f"no JSON: {error}", file, line, column)]) from None
    if not isinstance(value, dict):
        raise UnreadableInput([Problem("a payload is an object: {...}", file)])
    return value


def _put(content: dict[str, Any], change: str) -> None:
    """Carry ``alert.label=우유`` out; a value that is JSON is what JSON says, anything else is text."""
    path, equals, text = change.partition("=")
    *above, last = path.split(".")
    if not equals or not all((*above, last)):
        raise MockcloudError(f"--with {change}: write KEY=VALUE, or KEY.KEY=VALUE")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    place = content
    for name in above:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            said = f"{name} is not an object in the example; give the whole by --payload"
            raise MockcloudError(f"--with {change}: {said}")
        place = inner
    place[last] = value
