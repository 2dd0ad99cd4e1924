"""``mockcloud app``: what a user does in the companion app, done to a running cloud."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from mockcloud.commands.options import Decorated, config_flag, local_settings, server_flags
from mockcloud.commands.output import payload

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
device_flag = click.option("--device", required=True, metavar="ID", help="The device.")


@click.group()
def app() -> None:
    """What a user does in the companion app. Answers are JSON on standard output."""


def _server(command: Decorated) -> Decorated:
    return server_flags(config_flag(command))


def _ask(server: Mapping[str, Any], method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
    """One call under ``/v1/accounts/{account}/app``; its answer is printed."""
    from mockcloud.commands.control_client import reach

    settings = local_settings(server["config"])
    with reach(server["control_url"], server["control_token"], settings) as control:
        answer = control.app(server["account"], method, path, body)
    if answer is not None:
        payload(answer)


@app.command("set-alert")
@click.argument("kind", metavar="TYPE", type=click.Choice(["ALARM", "TIMER", "REMINDER", "ACTIONTIMER"]))
@click.argument("scheduled_time", metavar="TIME")
@device_flag
@click.option("--label", default="", metavar="TEXT", help="What it is about.")
@click.option("--token", default="", metavar="TEXT", help="Change the alert of this token.")
@click.option("--repeat", multiple=True, type=click.Choice(_DAYS), help="A day on which it rings again.")
@click.option("--action", multiple=True, metavar="DIRECTIVE[=JSON]", help="What an ACTIONTIMER does.")
@_server
def set_alert(
    kind: str, scheduled_time: str, device: str, label: str, token: str, repeat: tuple[str, ...],
    action: tuple[str, ...], **server: Any,
) -> None:  # fmt: skip
    """Add an alert of TYPE that rings at TIME (2026-01-01T07:30:00), or change one."""
    body = {
        "device": device,
        "type": kind,
        "scheduled_time": scheduled_time,
        "label": label,
        "token": token,
        "repeat": list(repeat),
        "action": [_directive(one) for one in action],
    }
    _ask(server, "POST", "/alerts", body)


def _directive(written: str) -> dict[str, Any]:
    """``DeviceControl.TurnOff={"target":"power"}`` as the control API takes it."""
    name, equals, text = written.partition("=")
    namespace, dot, last = name.rpartition(".")
    try:
        content = json.loads(text) if equals else {}
    except ValueError:
        content = None
    if not dot or not isinstance(content, dict):
        said = f'{written!r}: write Namespace.Name, or Namespace.Name={{"key": "value"}}'
        raise click.BadParameter(said, param_hint="--action")
    return {"namespace": namespace, "name": last, "payload": content}


@app.command()
@_server
def alerts(**server: Any) -> None:
    """List the account's alerts."""
    _ask(server, "GET", "/alerts")


@app.command("delete-alert")
@click.argument("token")
@_server
def delete_alert(token: str, **server: Any) -> None:
    """Delete the alert of TOKEN."""
    _ask(server, "DELETE", f"/alerts/{quote(token, safe='')}")


@app.command("stop-alert")
@click.argument("token")
@_server
def stop_alert(token: str, **server: Any) -> None:
    """Stop the alert of TOKEN, which rings."""
    _ask(server, "POST", f"/alerts/{quote(token, safe='')}/stop")


@app.command()
@click.argument("text")
@device_flag
@_server
def delegate(text: str, device: str, **server: Any) -> None:
    """Let a device carry out what TEXT asks for."""
    _ask(server, "POST", "/delegations", {"device": device, "text": text})


@app.command()
@click.option("--device", metavar="ID", help="Only this device.  [all]")
@click.option("--ask", is_flag=True, help="Have them report it, instead of reading the last reports.")
@_server
def playback(device: str | None, ask: bool, **server: Any) -> None:
    """What devices play."""
    _ask(server, *(("POST", "/playback", {"device": device}) if ask else ("GET", "/playback")))


@app.command()
@click.argument("pin")
@device_flag
@_server
def pin(pin: str, device: str, **server: Any) -> None:
    """Type the Bluetooth PIN that a device has asked for; an empty one aborts."""
    _ask(server, "POST", "/bluetooth-pin", {"device": device, "pin": pin})


@app.command()
@click.argument("text", default="")
@click.option("--device", metavar="ID", help="Only this device.  [every one with a downchannel]")
@click.option("--present", is_flag=True, help="Present it now (Notify), instead of SetIndicator.")
@click.option("--seen", is_flag=True, help="All have been seen: the indicator goes out.")
@_server
def notify(text: str, device: str | None, present: bool, seen: bool, **server: Any) -> None:
    """Tell of a notification, with its TEXT if it can be read out later."""
    if seen:
        _ask(server, "DELETE", "/notifications")
    else:
        _ask(server, "POST", "/notifications", {"text": text, "device": device, "present": present})


@app.command("add-device")
@click.argument("device")
@click.option("--name", default="", metavar="TEXT", help="What the user calls it.")
@click.option("--model-id", default="", metavar="TEXT", help="Its model.")
@_server
def add_device(device: str, name: str, model_id: str, **server: Any) -> None:
    """Add DEVICE to the account, or name it."""
    _ask(server, "PUT", f"/devices/{quote(device, safe='')}", {"name": name, "model_id": model_id})


@app.command("remove-device")
@click.argument("device")
@_server
def remove_device(device: str, **server: Any) -> None:
    """Remove DEVICE: its tokens end, its downchannel closes."""
    _ask(server, "DELETE", f"/devices/{quote(device, safe='')}")


@app.command()
@device_flag
@_server
def login(device: str, **server: Any) -> None:
    """Log the guest of a device in."""
    _ask(server, "POST", "/login", {"device": device})


@app.command()
@click.argument("button")
@click.argument("text")
@_server
def button(button: str, text: str, **server: Any) -> None:
    """Let the custom BUTTON say TEXT; an empty one takes that away."""
    _ask(server, "PUT", f"/buttons/{quote(button, safe='')}", {"text": text})
