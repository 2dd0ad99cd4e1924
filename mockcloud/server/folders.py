"""Temporary folders that go with their process, even one that is killed: the next one that makes a folder sweeps.

A folder is locked for as long as it is in use; the system lets go of the lock however the process ends.
"""

import fcntl
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "mockcloud-ca-"
_NAME = re.compile(f"{_PREFIX}[a-z0-9_]{{8}}")


class TemporaryFolder:
    """A new folder, locked; `remove` takes it away with the ``.pem`` files in it."""

    def __init__(self) -> None:
        sweep()
        # Nobody sweeps what has another name yet, so it is never seen without its lock.
        made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
        self._lock = os.open(made, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.path = made.rename(made.with_name(made.name.removeprefix(".")))

    def remove(self) -> None:
        _remove(self.path)
        os.close(self._lock)


def sweep() -> None:
    """Remove the folders of processes that ended without doing so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _NAME.fullmatch(folder.name):
            _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    with suppress(OSError):  # somebody else's, or gone by now
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    """Only what we put there: a folder with anything else in it stays."""
    with suppress(OSError):
        for file in folder.glob("*.pem"):
            file.unlink()
        folder.rmdir()
