"""``mockcloud spec coverage``, and that this project's tests name only requirements that exist."""

import json
from pathlib import Path

import pytest

from mockcloud.commands.spec import compare, markers_below, read_requirements
from tests.commands.conftest import Run

ROOT = Path(__file__).parents[2]
TEST = 'import pytest\n\n\n@pytest.mark.spec("C-001", "C-002")\n@pytest.mark.spec("C-05")\ndef test_x(): ...\n'


@pytest.fixture
def project(own_place: Path) -> Path:
    (own_place / "docs").mkdir()
    (own_place / "docs" / "requirements.json").write_text(
        json.dumps({"cic": {f"C-00{n}": "S" for n in range(1, 7)}, "home": {"H-001": "P"}})
    )
    (own_place / "tests").mkdir()
    (own_place / "tests" / "test_x.py").write_text(TEST.replace("C-05", "C-003"))
    return own_place


def test_what_is_tested_and_what_is_not(run: Run, project: Path) -> None:
    done = run("spec", "coverage")
    assert done.exit_code == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[:2] == [["cic", "3", "of", "6", "tested"], ["home", "0", "of", "1", "tested"]]
    assert lines[4:] == [["C-004..C-006"], ["H-001"]]
    assert run("spec", "coverage", "--complete").exit_code == 1


def test_what_is_left_out_has_a_reason(run: Run, project: Path) -> None:
    (project / "docs" / "left-out.yaml").write_text("C-004: no alarm clock\nC-005: later\nC-006: later\nH-001: later\n")
    done = run("spec", "coverage", "--complete", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["missing"] == []
    assert json.loads(done.stdout)["left_out"]["C-004"] == "no alarm clock"
    (project / "docs" / "left-out.yaml").write_text("C-009: later\n")
    assert run("spec", "coverage").exit_code == 1


def test_an_unknown_id_is_a_failure_with_its_place(run: Run, project: Path) -> None:
    (project / "tests" / "test_x.py").write_text(TEST)
    done = run("spec", "coverage")
    assert done.exit_code == 1
    assert "test_x.py:5: there is no requirement C-05; did you mean C-005?" in done.stdout


def test_without_marks_there_is_nothing_to_report(run: Run, project: Path) -> None:
    (project / "tests" / "test_x.py").write_text("")
    assert run("spec", "coverage").exit_code == 5


def test_without_lists_it_cannot_be_said(run: Run, own_place: Path) -> None:
    assert run("spec", "coverage").exit_code == 2


def test_our_own_tests_name_only_requirements_that_exist() -> None:
    lists = read_requirements(ROOT / "docs" / "requirements.json")
    assert {name: len(ids) for name, ids in lists.items()} == {
        "cloud-cic": 188,
        "cloud-cek": 110,
        "utterances": 78,
        "home": 60,
        "home-checks": 66,
        "device": 227,
        "extension": 99,
    }
    assert compare(lists, list(markers_below(ROOT / "tests")), {}).unknown == ()
