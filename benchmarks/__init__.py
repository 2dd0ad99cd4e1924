"""Measurements beside each other in one run: machines are noisy, so compare inside a table, not between runs."""

import compileall
from pathlib import Path

import mockcloud


def write_bytecode() -> None:
    """As pip does when it installs the package: an editable one may have none, and then each start compiles it."""
    compileall.compile_dir(Path(mockcloud.__file__).parent, quiet=1)
