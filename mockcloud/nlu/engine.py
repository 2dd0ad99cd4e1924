"""What understanding has to do, whoever does it: the seam where another engine takes the place of ours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

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
