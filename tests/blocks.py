"""The blocks of a page of documentation, as a shell script that runs them as a reader would.

A page is a story: its blocks run from top to bottom, in one folder and one shell.

- ``sh`` runs. A ``text`` block right below is what it prints; ``...`` stands for anything.
- ``python`` runs, unless its first line is a comment that names a file: then that file is written, as for any language.
- ``yaml`` without a name is a scenario, or a part of one, and has to load.
- ``json`` and ``text`` show something.
- ``mockcloud serve`` goes on beside the rest of the page. A page that has none finds a server running.

A comment right above a block says more: ``<!-- until: TEXT -->`` ends it when it has printed this,
``<!-- exits 1 -->`` is another exit code than 0, ``<!-- not run: REASON -->`` leaves it out.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHOWN = ("json", "text")
FILE = re.compile(r"(?:#|//) ([\w.-]+(?:/[\w.-]+)*\.\w+)\n")
FENCE = re.compile(
    r"(?:^<!-- (?P<remark>[^\n]*) -->\n\n?)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SERVE = re.compile(r"^(?:\w+=\S+ )*mockcloud serve\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    language: str
    text: str
    remark: str
    right_below: bool
    """Nothing stands between it and the block before."""

    @property
    def file(self) -> str:
        """The file that it is the content of, if it says so."""
        found = FILE.match(self.text)
        return found[1] if found and self.language != "sh" else ""

    @property
    def not_run(self) -> str:
        return self.remark.removeprefix("not run: ") if self.remark.startswith("not run: ") else ""

    @property
    def until(self) -> str:
        return self.remark.removeprefix("until: ") if self.remark.startswith("until: ") else ""

    @property
    def exit_code(self) -> int:
        return int(self.remark.removeprefix("exits ")) if self.remark.startswith("exits ") else 0


def blocks(text: str) -> list[Block]:
    found = []
    end = 0
    for fence in FENCE.finditer(text):
        line = text.count("\n", 0, fence.start("text"))
        between = text[end : fence.start()]
        found.append(
            Block(line, fence["language"], fence["text"], fence["remark"] or "", bool(found) and not between.strip())
        )
        end = fence.end()
    return found


def serves(found: list[Block]) -> bool:
    return any(SERVE.search(block.text) for block in found if block.language == "sh" and not block.not_run)


PRELUDE = """\
set -euo pipefail
mockcloud() {
  if [ "${1-}" != serve ]; then command mockcloud "$@"; return; fi
  case "$*" in *--ready-file*) exec mockcloud "$@";; esac
  if [ -n "${SERVER-}" ]; then kill "$SERVER"; wait "$SERVER" || true; fi
  command mockcloud "$@" --ready-file "$READY" > .blocks/server 2>&1 & SERVER=$!
  until [ -f "$READY" ]; do kill -0 "$SERVER"; sleep 0.05; done
}
until_it_prints() {  # TEXT OUTPUT PID
  for _ in $(seq 1200); do
    if grep --quiet --fixed-strings -- "$1" "$2"; then break; fi
    sleep 0.05
  done
  kill -- "-$3" 2>/dev/null || true
  wait "$3" 2>/dev/null || true
  grep --quiet --fixed-strings -- "$1" "$2"
}
"""


def script(found: list[Block], folder: Path) -> str:
    """What runs them in this folder; block ``N`` (its line in the page) writes to ``.blocks/N``."""
    (folder / ".blocks").mkdir()
    lines = [PRELUDE]
    for block in found:
        if block.not_run:
            continue
        if block.file:
            (folder / ".blocks" / f"{block.line}.file").write_text(block.text, encoding="utf-8")
            lines.append(f"mkdir -p {shlex.quote(str(Path(block.file).parent))}")
            lines.append(f"cp .blocks/{block.line}.file {shlex.quote(block.file)}")
        elif block.language in ("sh", "python"):
            lines += _running(block, folder)
    return "\n".join([*lines, "echo end > .blocks/at", ""])


def _running(block: Block, folder: Path) -> Iterator[str]:
    yield f"echo {block.line} > .blocks/at"
    out = f".blocks/{block.line}"
    text = block.text
    if block.language == "python":
        (folder / ".blocks" / f"{block.line}.py").write_text(text, encoding="utf-8")
        text = f'"${{PYTHON_FILE-python}}" .blocks/{block.line}.py\n'
    if block.until:
        yield f": > {out}; set -m; (\n{text}) > {out} 2>&1 & set +m"
        yield f"until_it_prints {shlex.quote(block.until)} {out} $!"
    elif block.exit_code:
        yield f"code=0; (\n{text}) > {out} 2>&1 || code=$?; test $code = {block.exit_code}"
    else:
        yield f"{{\n{text}}} > {out} 2>&1"
