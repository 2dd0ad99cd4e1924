"""What a command writes: its payload on standard output, words for people beside it.

With ``--json`` the words go to standard error, so that standard output holds the payload alone.
"""

import json
from typing import Any

import click

WIDTH = 80


def payload(value: Any) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def warn(said: str) -> None:
    click.echo(f"mockcloud: warning: {said}", err=True)


def rows(pairs: list[tuple[str, str]], indent: str = "  ") -> str:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{indent}{name:<{width}}  {value}" for name, value in pairs)
