"""The tables of utterances beside this file, flattened."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

Case = tuple[str, str | None, dict[str, str] | None]


@cache
def cases(lang: str) -> tuple[Case, ...]:
    """Text, intent (``None``: for nobody) and slots (``None``: not said) of every utterance of a language."""
    table = YAML(typ="safe").load((Path(__file__).parent / f"utterances.{lang}.yaml").read_text("utf-8"))
    return tuple(_case(intent, row) for intent, rows in table.items() for row in rows)


def _case(intent: str, row: Any) -> Case:
    text, slots = (row, None) if isinstance(row, str) else next(iter(row.items()))
    return text, None if intent == "none" else intent, slots
