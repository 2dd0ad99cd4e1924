"""The models of the built-in assistant: ``data/assistant.<lang>.txt``."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcloud.nlu.model import Model


@lru_cache(maxsize=8)
def model(lang: str) -> "Model":
    """The assistant's model of that language."""
    from mockcloud.nlu.model import read_model

    file = Path(__file__).parent / "data" / f"assistant.{lang}.txt"
    return read_model("assistant", lang, file.read_text("utf-8"), file.name)


def intents(lang: str) -> dict[str, tuple[str, ...]]:
    """The intents of that language, each with its slots."""
    return {intent.name: tuple(intent.slots) for intent in model(lang).intents}
