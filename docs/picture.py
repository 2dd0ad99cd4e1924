"""Draws ``docs/demo.svg``, the picture in the README, from a real run: ``python -m docs.picture``.

Of the conversation only the beginning is shown, then what it proved.
"""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent / "demo.svg"
WIDTH = 88
STEPS = 2
"""Headlines of the conversation that are shown, each with what is below it."""


def recorded() -> list[str]:
    """The lines of ``mockcloud demo`` as a terminal gets them, colours and all."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mockcloud", "demo"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        output = b""
        while chunk := _read(ours):
            output += chunk
    os.close(ours)
    if process.returncode:
        raise SystemExit(output.decode())
    return output.decode().replace("\r", "").splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux answers when the other end is closed
        return b""


def shortened(lines: list[str]) -> list[str]:
    """The first steps, and the check list."""
    headlines = [at for at, line in enumerate(lines) if line.startswith("\x1b[1m")]
    checks = next(at for at, line in enumerate(lines) if "ok  " in line)
    return [
        *lines[headlines[0] : headlines[STEPS]],
        "  \x1b[2m... they type, hear music, set an alarm, stop it ...\x1b[0m",
        "",
        *lines[checks:],
    ]


def drawn(lines: list[str]) -> str:
    """An SVG. Fonts are the reader's own: a picture should not ask anybody for one."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    with console.file:
        console.print(Text("$ mockcloud demo", style="bold"))
        console.print(Text.from_ansi("\n".join(lines)))
        svg = console.export_svg(title="mockcloud demo", theme=MONOKAI, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("<!-- Generated with Rich https://www.textualize.io -->", "")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(shortened(recorded())), encoding="utf-8")
    print(PICTURE)  # noqa: T201
