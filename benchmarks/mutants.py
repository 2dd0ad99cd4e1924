"""``python -m benchmarks.mutants``: the score of each module after ``mutmut run``.

A mutant is killed when a test fails on it. ``mutmut show NAME`` shows what it had changed.
"""

import json
from collections import Counter
from pathlib import Path

MUTANTS = Path("mutants")
SURVIVED = 0
"""What mutmut notes for a mutant on which every test passed; nothing is noted for one that was not run."""


def scores(folder: Path) -> dict[str, tuple[int, int]]:
    """Killed mutants and all that were run, by module."""
    found = {}
    for file in sorted(folder.rglob("*.py.meta")):
        ends = Counter(json.loads(file.read_text())["exit_code_by_key"].values())
        run = ends.total() - ends[None]
        if run:
            found[str(file.relative_to(folder).with_suffix(""))] = (run - ends[SURVIVED], run)
    return found


def main() -> None:
    found = scores(MUTANTS)
    for module, (killed, run) in [*found.items(), ("all", tuple(map(sum, zip(*found.values(), strict=True))))]:
        print(f"{module:<50} {killed:>5} of {run:>5} killed {killed / run:>6.0%}")


if __name__ == "__main__":
    main()
