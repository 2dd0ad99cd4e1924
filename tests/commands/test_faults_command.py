"""``mockcloud faults``: everything that can go wrong, for people and for programs."""

import json

import pytest
from click.testing import CliRunner

from mockcloud.catalogue.documents import load
from mockcloud.commands import command_line
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.reading import SCHEMA, parse
from mockcloud.faults.table import TABLE


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command_line, ["faults", *arguments])
    return result.exit_code, result.output


def test_every_effect_is_listed_with_where_it_may_strike() -> None:
    code, out = run()
    assert code == 0
    for name, effect in EFFECTS.items():
        assert f"\n{name}" in out
        assert effect.title() in out
    assert "(over sockets only)" in out


def test_one_effect() -> None:
    code, out = run("reset_stream")
    assert code == 0
    assert "code:  the error code: a name such as CANCEL, or a number  [CANCEL]" in out
    assert "black_hole" not in out


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_example_of_an_effect_is_a_fault_as_it_is_written(effect: str) -> None:
    (line,) = [line.strip() for line in run(effect)[1].splitlines() if line.startswith("    fault:")]
    written = load(line.removeprefix("fault: "), file="example", schema=SCHEMA).value
    assert parse(written).effect == EFFECTS[effect]()
    (listed,) = json.loads(run(effect, "--json")[1])["effects"]
    assert listed["example"] == written


def test_as_json() -> None:
    code, out = run("--json")
    assert code == 0
    listed = json.loads(out)
    assert {one["effect"] for one in listed["effects"]} == set(EFFECTS)
    assert len(listed["table"]) == len(TABLE)
    assert all(row["cure"] for row in listed["table"] if row["verdict"] == "illegal")
    assert listed["schema"]["required"] == ["on", "effect"]
    (delay,) = [one for one in listed["effects"] if one["effect"] == "delay"]
    assert delay["settings"]["by"]["default"] == "2s"


def test_an_effect_that_is_none() -> None:
    assert run("dely")[0] == 2
