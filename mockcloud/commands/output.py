"""What a command writes: its payload on standard output, words for people beside it.

With ``--json`` the words go to standard error, so that standard output holds the payload alone.
"""

import json
from pathlib import Path
from typing import Any

import click

from mockcloud.errors import CannotStart

WIDTH = 80


def payload(value: Any) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def warn(said: str) -> None:
    click.echo(f"mockcloud: warning: {said}", err=True)


def write_file(file: Path, text: str) -> None:
    """A file for people or other programs, and the folders it stands in. Raises `CannotStart` if that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror}") from None


def rows(pairs: list[tuple[str, str]], indent: str = "  ") -> str:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{indent}{name:<{width}}  {value}" for name, value in pairs)
