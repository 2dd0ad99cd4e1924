"""What goes wrong before anything runs: the errors that end a command, with the exit code each one means.

    MockcloudError          2   usage: a flag, a name or a value that makes no sense
    ├── UnreadableInput     2   a file that does not load; carries every mistake found in it
    ├── CannotStart         3   a port, certificate or folder we need is not to be had, or a server is not reached
    └── NothingToRun        5   an empty run is never a pass

Wrong *messages* on the wire are not exceptions: they are findings (``vocabulary.Finding``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CANNOT_START = 3
EXIT_NOTHING_TO_RUN = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file a person wrote: where it stands, what is wrong, and what to do about it.

    ``line`` and ``column`` count from 1; 0 means that the place is not known. ``path`` is the place inside
    the document (``rules[0].when.event``).
    """

    said: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)]).strip(":")
        text = f"{where}: {self.said}" if where else self.said
        if self.path:
            text += f" (at {self.path})"
        if self.hint:
            text += f"\n    {self.hint}"
        return text


class MockcloudError(Exception):
    """An error for people: its text says what was wrong and what to do next."""

    exit_code = EXIT_USAGE


MOST_SHOWN = 50
"""Problems that people are shown at once: who has more mends these first."""


def listed(problems: Sequence[object]) -> list[str]:
    """Each of what is wrong as text for people; of very many the first, and how many more there are."""
    shown = [str(problem) for problem in problems[:MOST_SHOWN]]
    more = len(problems) - len(shown)
    return [*shown, f"... and {more:,} more"] if more else shown


class UnreadableInput(MockcloudError):
    """A file that does not load. ``problems`` holds every mistake; the text shows the first of very many."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(listed(self.problems)))


class CannotStart(MockcloudError):
    """Something outside of us is missing: a free port, a writable folder, a valid certificate, a running server."""

    exit_code = EXIT_CANNOT_START


class NothingToRun(MockcloudError):
    """There was nothing to run, which is never a pass."""

    exit_code = EXIT_NOTHING_TO_RUN
