"""The models of models/ and the tables of variations beside them, flattened."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mockcloud.nlu.building import ModelFiles
from mockcloud.nlu.tsv import file_name

HERE = Path(__file__).parent
LANGS = ("ko", "ja")

Variation = tuple[str, str, str | None, dict[str, str]]


@cache
def files_of(lang: str, extension: str) -> ModelFiles:
    """The model of an extension in models/."""
    texts: dict[str, list[tuple[str, str]]] = {"intent": [], "slottype": []}
    for file in sorted((HERE / "models" / lang).iterdir()):
        named = file_name(file.name)
        assert named is not None
        if named.extension == extension:
            texts[named.kind].append((named.name, file.read_text("utf-8")))
    return ModelFiles(tuple(texts["intent"]), tuple(texts["slottype"]))


@cache
def variations(lang: str) -> tuple[Variation, ...]:
    """Extension, utterance, intent (``None``: to be refused) and slots of every row of a language."""
    table = YAML(typ="safe").load((HERE / f"variations.{lang}.yaml").read_text("utf-8"))
    refused = table.pop("none")
    asked = [
        (extension, intent, row)
        for extension, intents in table.items()
        for intent, rows in intents.items()
        for row in rows
    ]
    return (
        *(_variation(*each) for each in asked),
        *((extension, text, None, {}) for extension, texts in refused.items() for text in texts),
    )


def _variation(extension: str, intent: str, row: Any) -> Variation:
    text, slots = (row, {}) if isinstance(row, str) else next(iter(row.items()))
    return extension, text, intent, slots
