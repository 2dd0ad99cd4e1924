"""What understanding has to do, whoever does it: the seam where another engine takes the place of ours."""

import importlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from mockcloud.errors import MockcloudError
from mockcloud.nlu.model import Model
from mockcloud.nlu.reading import BuildReport, Reading


class Engine(Protocol):
    """Understands by models that were built before. `mockcloud.nlu.understanding.Nlu` is ours.

    An engine of your own has to answer the same for the same models and words; nothing else is asked of it.
    """

    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        """Make these models ready; one that is there already under its id and language is replaced."""
        ...

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Reading:
        """What the text means to the models of that language, or to the one whose id is ``session`` alone."""
        ...


class UnknownEngine(MockcloudError):
    """The setting ``nlu_engine`` names nothing that makes an engine."""


class EngineFailed(Exception):
    """Somebody else's engine has raised something, or answered what is no `Reading`."""


def factory(name: str) -> Callable[[], Engine]:
    """What is called by ``package.module:Name`` and makes an engine, without arguments. Raises `UnknownEngine`."""
    module, _, path = name.partition(":")
    hint = "nlu_engine names a class, or a function that makes an engine, as package.module:Name"
    if not module or not path:
        raise UnknownEngine(f"{name!r} is not a name of an engine: {hint}")
    try:
        found: Any = importlib.import_module(module)
        for step in path.split("."):
            found = getattr(found, step)
    except Exception as error:  # whatever the code of a module that is imported raises
        said = f"the engine {name!r} cannot be loaded ({type(error).__name__}: {error})"
        raise UnknownEngine(f"{said}; see that its package is installed, or its folder in PYTHONPATH") from error
    if not callable(found):
        raise UnknownEngine(f"{name!r} is {found!r}: {hint}")
    return lambda: Guarded(name, found())


class Guarded:
    """An engine of somebody else's: whatever it does wrong is `EngineFailed`, with its name."""

    def __init__(self, name: str, engine: Engine) -> None:
        self._name = name
        self._engine = engine

    def build(self, models: Sequence[Model], *, check: bool = True) -> BuildReport:
        try:
            return self._engine.build(models, check=check)
        except Exception as error:
            raise self._failed("cannot build the model", error) from error

    def parse(self, text: str, *, lang: str, session: str | None = None, now: datetime | None = None) -> Reading:
        try:
            found = self._engine.parse(text, lang=lang, session=session, now=now)
        except Exception as error:
            raise self._failed("has failed", error) from error
        if not isinstance(found, Reading):
            raise EngineFailed(f"the engine {self._name} answers {found!r}, which is not a Reading")
        return found

    def _failed(self, what: str, error: Exception) -> EngineFailed:
        return EngineFailed(f"the engine {self._name} {what} ({type(error).__name__}: {error})")
