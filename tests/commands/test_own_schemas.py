"""A maker's own messages: folders named in ``mockcloud.yaml`` add to the catalogue and override it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockcloud.commands import command_line

OWN: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Maker.Dance",
    "description": "The robot dances.",
    "x-source": "the maker",
    "x-editions": ["newer", "4.4"],
    "type": "object",
    "required": ["steps"],
    "properties": {"steps": {"type": "integer", "description": "how many", "examples": [3]}},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own" / "event" / "Maker").mkdir(parents=True)
    (tmp_path / "own" / "event" / "Maker" / "Dance.json").write_text(json.dumps(OWN))
    (tmp_path / "mockcloud.yaml").write_text("schemas: [own]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dance(payload: dict[str, Any]) -> str:
    header = {"namespace": "Maker", "name": "Dance", "messageId": "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11"}
    return json.dumps({"context": [], "event": {"header": header, "payload": payload}})


def test_an_own_message_is_known_and_judged(here: Path) -> None:
    run = CliRunner().invoke
    assert run(command_line, ["validate", "--kind", "event", "-"], input=dance({"steps": 3})).exit_code == 0
    wrong = run(command_line, ["validate", "--kind", "event", "-"], input=dance({"steps": "many"}))
    assert (wrong.exit_code, "event.payload.steps" in wrong.output) == (1, True)


def test_a_folder_that_is_not_there(here: Path) -> None:
    (here / "mockcloud.yaml").write_text("schemas: [elsewhere]\n")
    done = CliRunner().invoke(command_line, ["schema", "list"])
    assert done.exit_code == 2
    assert "there is no folder" in done.output


def test_without_it_the_message_is_unknown(here: Path) -> None:
    (here / "mockcloud.yaml").unlink()
    assert (
        CliRunner().invoke(command_line, ["validate", "--kind", "event", "-"], input=dance({"steps": 3})).exit_code == 1
    )
