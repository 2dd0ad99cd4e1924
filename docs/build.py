"""Writes the reference and builds the site: ``python -m docs.build``, which ``make docs`` runs.

The reference goes to ``docs/reference/``, the site to ``site/``; neither is committed. ``--pages`` writes the reference
alone, which needs nothing but mockcloud itself.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from docs.writers import commands, control_api, faults, findings, messages, overview, scenario, settings
from docs.writers.markdown import Page

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
WRITERS = (overview, settings, commands, control_api, scenario, faults, messages, findings)


def pages() -> Iterator[Page]:
    """Every page of the reference."""
    for writer in WRITERS:
        yield from writer.pages()


def write(folder: Path) -> None:
    """Write the reference into a folder, instead of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    for page in pages():
        file = folder / page.place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page.text, encoding="utf-8")


def main(words: list[str]) -> int:
    write(REFERENCE)
    if words == ["--pages"]:
        return 0
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--config-file",
        str(ROOT / "mkdocs.yml"),
    ]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}  # a banner about the future of MkDocs in the log of every build
    return subprocess.run(command, env=quiet, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
