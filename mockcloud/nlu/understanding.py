"""From words to what is meant: models are built once, then asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mockcloud.nlu.matcher import CompiledModel
from mockcloud.nlu.model import Model
from mockcloud.nlu.reading import BuildReport, Reading
from mockcloud.nlu.times import moment


class Nlu:
    """Understanding by examples. Deterministic, without chance, clock or network."""

    def __init__(self) -> None:
        self._built: dict[tuple[str, str], CompiledModel] = {}
        """By model and language."""

    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        """Make these models ready; one that is there already under its id and language is replaced.

        With ``check`` every example is asked for: the report says which ones are not understood as their own intent.
        """
        unrecovered: list[tuple[str, str, str | None]] = []
        for model in models:
            built = self._built[model.id, model.lang] = CompiledModel(model)
            if check:
                unrecovered += _unrecovered(built)
        return BuildReport(
            intents=sum(len(model.intents) for model in models),
            examples=sum(len(intent.examples) for model in models for intent in model.intents),
            unrecovered=tuple(unrecovered),
            twins=tuple(twin for model in models for twin in _twins(model)),
        )

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Reading:
        """What the text means to the models of that language, or to the one named ``session`` alone.

        With ``now`` the spans of dates and times say which moment they mean then.
        """
        readings = [
            built.parse(text)
            for (id_, built_lang), built in self._built.items()
            if built_lang == lang and session in (None, id_)
        ]
        if not readings:
            return Reading(text, lang, why="there is no model for it")
        best = max(readings, key=lambda reading: (reading.intent is not None, reading.score))
        return best if now is None else _resolved(best, now)


def _resolved(reading: Reading, now: datetime) -> Reading:
    spans = []
    for span in reading.spans:
        meant = moment(span.surface, now, reading.lang) if span.source == "builtin" else None
        spans.append(replace(span, moment=meant.at.isoformat()) if meant else span)
    return replace(reading, spans=tuple(spans))


def _unrecovered(built: CompiledModel) -> list[tuple[str, str, str | None]]:
    return [
        (intent.name, str(example), found)
        for intent in built.model.intents
        for example in intent.examples
        if (found := built.parse(example.text).intent) != intent.name
    ]


def _twins(model: Model) -> list[tuple[str, str, str, str]]:
    """Examples of two intents that are the same but for blanks, punctuation and values."""
    seen: dict[str, tuple[str, str]] = {}
    twins = []
    for intent in model.intents:
        for example in intent.examples:
            key = example.shape
            first = seen.setdefault(key, (intent.name, str(example)))
            if first[0] != intent.name:
                twins.append((*first, intent.name, str(example)))
    return twins
