"""``mockcloud faults``: every effect, where it may strike, and its settings."""

import json
from typing import Any

import click

from mockcloud.commands.options import json_flag
from mockcloud.commands.output import payload, rows
from mockcloud.faults.effect import Effect
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.points import POINTS_OF
from mockcloud.faults.reading import SCHEMA, example
from mockcloud.faults.table import TABLE, exchanges, points

_EXAMPLE = """\
A fault, as a rule or a step of a scenario and the control API take it:

  fault: {on: downchannel, at: after part 2, effect: reset_stream, code: CANCEL}

  on      connect, token, downchannel, event, ping, media, extension
  at      [before|after] POINT [n] [+ 250ms | + 100 bytes | + 50%]; without it what
          is under way is struck at once, the next exchange at the first point
  chance  0 to 1, from the account's seed      times  1 unless told, or always
  device  only this device                     after  account time until it is set

On connect nobody knows yet whose device it is: that wants an account that is alone on
its listener (POST /v1/accounts {"listener": "own"}), and sockets.
"""


@click.command()
@click.argument("name", metavar="[EFFECT]", required=False, type=click.Choice(list(EFFECTS)))
@json_flag
def faults(name: str | None, as_json: bool) -> None:
    """Every effect, where it may strike, and its settings; of one if it is named."""
    wanted = [EFFECTS[name]] if name else list(EFFECTS.values())
    if as_json:
        payload(
            {
                "effects": [_as_json(effect) for effect in wanted],
                "points": POINTS_OF,
                "table": [
                    {"on": on, "at": at, "effect": effect, "verdict": verdict.kind, "cure": verdict.hint}
                    for (on, at, effect), verdict in TABLE.items()
                    if name in (None, effect)
                ],
                "schema": SCHEMA,
            }
        )
        return
    click.echo(_EXAMPLE)
    for effect in wanted:
        click.secho(effect.name, bold=True, nl=False)
        click.echo("  (over sockets only)" if effect.needs_socket else "")
        click.echo(f"  {effect.title()}")
        click.echo(rows([(on, " ".join(points(on, effect.name))) for on in exchanges(effect.name)], indent="    "))
        click.echo(f"    fault: {_flow(example(effect))}")
        if own := effect.settings():
            shown = [(f"{key}:", f"{kind.said}  [{_default(effect, key)}]") for key, kind in own.items()]
            click.echo(rows(shown, indent="    "))


def _as_json(effect: type[Effect]) -> dict[str, Any]:
    return {
        "effect": effect.name,
        "does": effect.title(),
        "on": {on: points(on, effect.name) for on in exchanges(effect.name)},
        "needs_socket": effect.needs_socket,
        "example": example(effect),
        "settings": {
            key: {**kind.described(), "default": _default(effect, key)} for key, kind in effect.settings().items()
        },
    }


def _flow(mapping: dict[str, Any]) -> str:
    """YAML on one line."""
    shown = {name: value if _is_plain(value) else json.dumps(value) for name, value in mapping.items()}
    return "{" + ", ".join(f"{name}: {value}" for name, value in shown.items()) + "}"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and not value.isdigit()


def _default(effect: type[Effect], name: str) -> Any:
    """As it would be written."""
    return effect.settings()[name].write(getattr(effect(), name))
