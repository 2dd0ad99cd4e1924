"""The sample extensions, and the skill that ``mockcloud new extension`` writes: their own tests and conversations."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcloud.commands import command_line
from mockcloud.testing.server import Server
from tests.examples.samples import EXAMPLES, registered, served

CONVERSATIONS = [
    ("dice", "ko", "com.example.extension.sampledice"),
    ("dice", "ja", "com.example.extension.sampledice.ja"),
    ("pizza", "ko", "com.example.extension.pizzabot"),
    ("pizza", "ja", "com.example.extension.pizzabot.ja"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.mark.spec("K-036")
@pytest.mark.parametrize(("example", "lang", "id_"), CONVERSATIONS, ids=lambda value: str(value).split(".")[-1])
def test_a_recorded_conversation_replays(server: Server, example: str, lang: str, id_: str) -> None:
    folder = EXAMPLES / example
    with served(example) as url:
        server.call(server.cloud.ask(registered(folder / "extensions" / f"{id_}.yaml", f"{url}/{lang}")))
        words = ["dialog", "--replay", str(folder / "conversations" / f"{lang}.yaml")]
        ended = CliRunner().invoke(command_line, [*words, "--control-url", server.control_url])
    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize(("example", "lang", "id_"), CONVERSATIONS, ids=lambda value: str(value).split(".")[-1])
def test_a_model_is_understood_as_it_is_meant(server: Server, example: str, lang: str, id_: str) -> None:
    put = registered(EXAMPLES / example / "extensions" / f"{id_}.yaml", "http://127.0.0.1:9/")
    body = server.call(server.cloud.ask(put)).body
    assert body["built"]
    assert body["report"]["unrecovered"] == []


def test_their_own_tests_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(command_line, ["new", "extension", "cafe"])
    assert made.exit_code == 0, made.output
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    folders = [EXAMPLES / "dice", EXAMPLES / "pizza", tmp_path / "cafe"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(tmp_path / "pytest.ini")]
    environ = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run([*command, *map(str, folders)], env=environ, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "7 passed" in ended.stdout
