"""Flags that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockcloud.clock import MILLISECOND, duration
from mockcloud.errors import MockcloudError
from mockcloud.settings import Declared, Settings, declared

if TYPE_CHECKING:
    from mockcloud.catalogue import Catalogue

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def milliseconds(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A callback for flags that take ``250ms``, ``5s``, ``PT55M``."""
    if value is None:
        return None
    try:
        return duration(value) // MILLISECOND
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


class _Natural(click.IntRange):
    """Errors name the type: "'abc' is not a valid integer"."""

    name = "integer"


def setting_flags(command: Decorated) -> Decorated:
    """A flag for each setting that stands in no block; the others are given with ``--set``.

    A flag that is not given is ``None`` (or an empty tuple), so that it decides nothing.
    """
    command = click.option(
        "--set", "changes", metavar="NAME=VALUE", multiple=True, help="Any other setting: behaviour.hang_over=1s."
    )(command)
    for one in reversed(declared()):
        if len(one.path) == 1:
            command = _flag(one)(command)
    return command


def _flag(one: Declared) -> Callable[[Decorated], Decorated]:
    name = one.path[0]
    spelled = "--" + name.replace("_", "-")
    more: dict[str, Any] = {"default": None, "help": _help(one)}
    match one.kind:
        case "switch":
            return click.option(f"{spelled}/--no-{spelled[2:]}", name, **more)
        case "number":
            more |= {"type": _Natural(min=0), "metavar": "N"}
        case "choice":
            more |= {"type": click.Choice(one.choices)}
        case "list":
            more |= {"multiple": True, "metavar": "NAME"}
        case _:
            more |= {"metavar": "TEXT"}
    return click.option(spelled, name, **more)


def _help(one: Declared) -> str:
    said = one.said[0].upper() + one.said[1:] if one.said[:3] != "TLS" else one.said
    shown = {"list": "", "switch": "on" if one.default else "off"}.get(one.kind, str(one.default))
    return f"{said}.  [{shown}]" if shown else f"{said}."


config_flag = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="MOCKCLOUD_CONFIG",
    metavar="FILE",
    help="Settings file, instead of the nearest mockcloud.yaml.",
)

json_flag = click.option("--json", "as_json", is_flag=True, help="JSON on standard output, words on standard error.")


def server_flags(command: Decorated) -> Decorated:
    """Where the running server is, for commands that talk to it."""
    for option in (
        click.option("--account", envvar="MOCKCLOUD_ACCOUNT", default="default", metavar="NAME", help="[default]"),
        click.option(
            "--control-token", envvar="MOCKCLOUD_CONTROL_TOKEN", metavar="TEXT", help="What the control API wants."
        ),
        click.option(
            "--control-url",
            envvar="MOCKCLOUD_CONTROL_URL",
            metavar="URL",
            help="Control API of the server.  [by the settings here, else http://127.0.0.1:8444]",
        ),
    ):
        command = option(command)
    return command


def local_settings(config: Path | None = None) -> Settings:
    """The settings that a server started here would have; names that mean nothing are warned of."""
    from mockcloud.commands.configuration import configure
    from mockcloud.commands.output import warn

    return configure(config=config, warn=warn)


def local_catalogue(config: Path | None = None) -> "Catalogue":
    """The catalogue that a server started here would have: the bundled one, and the folders of ``schemas``."""
    from mockcloud.catalogue import Catalogue

    folders = [Path(folder) for folder in local_settings(config).schemas]
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise MockcloudError(f"schemas: there is no folder {missing[0]}")
    return Catalogue.load(extra=folders)
