"""The model of an extension as understanding takes it, and the job that builds it (K-037)."""

from typing import TYPE_CHECKING

from mockcloud.cloud.extensions.extension import Extension, ModelSource
from mockcloud.settings import Edition, Lang
from mockcloud.vocabulary.value import Value

if TYPE_CHECKING:
    from mockcloud.nlu.building import ModelFiles, ModelReport

_KINDS = {"intents": "intent", "slot_types": "slottype"}


class BuildModel(Value, frozen=True):
    """A job for `StartCall`: read the files and make the model ready. Its value is a `ModelReport`."""

    extension: str
    source: ModelSource
    lang: Lang
    edition: Edition
    engine: str = ""
    """The setting ``nlu_engine``."""

    def run(self) -> "ModelReport":
        from mockcloud.nlu.building import build, engines_of

        files = model_files(self.extension, self.source, self.edition)
        read = build(files, self.lang, check=False)
        if read.errors:  # refused: compiling a hundred thousand examples would take half a minute
            return read
        return build(files, self.lang, engines=engines_of(self.engine))


def model_of(extension: Extension, edition: Edition) -> "ModelFiles":
    """The model in use: what was built last. ``edition`` is the account's."""
    return model_files(extension.id, extension.built or ModelSource(), extension.edition or edition)


def model_files(extension_id: str, source: ModelSource, edition: Edition) -> "ModelFiles":
    """Equal sources, equal files: what is compiled of them is kept by them."""
    from mockcloud.nlu.building import ModelFiles

    names = tuple((f"{_KINDS[kind]} {name}", console_name(extension_id, kind, name)) for kind, name in members(source))
    return ModelFiles(source.intents, source.slot_types, edition != "4.4", names)


def members(source: ModelSource) -> list[tuple[str, str]]:
    """Kind (``intents``, ``slot_types``) and name of each file."""
    return [
        *(("intents", name) for name, _ in source.intents),
        *(("slot_types", name) for name, _ in source.slot_types),
    ]


def console_name(extension_id: str, kind: str, name: str) -> str:
    """As the console calls the file: ``com.example.pizza_intent_OrderPizza.tsv``."""
    return f"{extension_id}_{_KINDS[kind]}_{name}.tsv"
