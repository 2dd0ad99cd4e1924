"""The bundled scenarios: each passes, and says word for word what it said before (``golden/<domain>/<name>.txt``).

``pytest tests/replay/test_library.py --update-golden`` writes the transcripts anew; read what `git diff` shows then.
"""

import difflib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import load, read_text
from mockcloud.data import data_dir
from mockcloud.replay import Report, replay
from mockcloud.scenario.load import load_scenarios
from mockcloud.settings import Settings

CATALOGUE = Catalogue.load()
FOLDER = data_dir("scenarios")
LIBRARY = sorted(FOLDER.rglob("*.yaml"))
GOLDEN = Path(__file__).parent / "golden"
DOMAINS = {
    *("alerts", "audio", "auth", "bluetooth", "connection", "delegation", "device-control", "extensions", "faults"),
    *("guest", "multi-turn", "notifier", "playback", "speech", "templates"),
}


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def told(reports: list[Report]) -> str:
    """What was said, step by step, as a text to read: a part for each case."""
    parts = []
    for report in reports:
        lines = [report.name]
        for step in report.by_step:
            lines += ["", step.step]
            lines += [f"  {f'+{at - step.begins:.1f}':>8} s  {line}" for at, line in step.seen]
        parts.append("\n".join(lines))
    return "\n\n\n".join(parts) + "\n"


@cache
def document(file: Path) -> Any:
    return load(read_text(file), file=str(file)).value


def run(file: Path) -> list[Report]:
    scenarios = load_scenarios(read_text(file), file=name_of(file), catalogue=CATALOGUE)
    return [replay(one, catalogue=CATALOGUE, settings=Settings()) for one in scenarios]


@pytest.mark.parametrize("file", LIBRARY, ids=name_of)
def test_a_bundled_scenario_passes_and_says_what_it_said_before(file: Path, update_golden: bool) -> None:
    reports = run(file)
    failures = [str(failure) for report in reports for failure in report.failures]
    assert not failures, "\n".join([*failures, *(line for report in reports for line in report.timeline())])
    golden = GOLDEN / f"{name_of(file)}.txt"
    now = told(reports)
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(now, encoding="utf-8")
    before = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if before != now:
        changes = difflib.unified_diff(
            before.splitlines(), now.splitlines(), f"golden/{name_of(file)}.txt", "now", lineterm="", n=2
        )
        pytest.fail("\n".join([*changes, "", "if that is right: pytest --update-golden"]), pytrace=False)


def test_no_transcript_is_left_of_a_scenario_that_is_gone() -> None:
    there = {f"{path.parent.name}/{path.stem}" for path in GOLDEN.rglob("*.txt")}
    assert there == {name_of(file) for file in LIBRARY}


def test_every_domain_of_a_device_has_its_scenarios() -> None:
    domains = [file.parent.name for file in LIBRARY]
    assert set(domains) == DOMAINS
    assert len(LIBRARY) >= 44
    assert min(domains.count(domain) for domain in DOMAINS) >= 2


def test_the_first_line_names_the_chapter_of_the_specification() -> None:
    source = re.compile(r"# Source: [\w./-]+\.md( § .+)?\n")
    assert [name_of(file) for file in LIBRARY if not source.match(read_text(file))] == []


def test_a_bundled_scenario_says_what_it_covers_and_has_steps() -> None:
    id_ = re.compile(r"[CDHK]-\d{3}")
    assert [name_of(file) for file in LIBRARY if not document(file)["covers"] or not document(file)["steps"]] == []
    assert [
        (name_of(file), one) for file in LIBRARY for one in document(file)["covers"] if not id_.fullmatch(one)
    ] == []


def test_no_two_scenarios_have_one_title() -> None:
    titles = [document(file)["title"] for file in LIBRARY]
    assert len(set(titles)) == len(titles)
