"""What a type checker in strict mode makes of tests that use the whole Python API, as the wheel has it."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mockcloud
from mockcloud.testing.blocking import Clock
from tests.installed import Installed

USER = Path(__file__).parent / "typed" / "uses_everything.py"


def test_strict_tests_of_users_pass_and_their_slips_are_found(installed: Installed, tmp_path: Path) -> None:
    """Slips are marked as errors to be ignored there, and a mark that is not needed is an error itself."""
    strict = ("--strict", "--config-file=", "--cache-dir", tmp_path / "cache")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *strict, "--python-executable", installed.python, USER],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_use_everything() -> None:
    used = {node.attr for node in ast.walk(ast.parse(USER.read_text())) if isinstance(node, ast.Attribute)}
    assert sorted(set(public_names()) - used) == []


def public_names() -> Iterator[str]:
    """Names of the blocking API, and what it gives."""
    yield from (name for name in mockcloud.__all__ if not name.startswith("_"))
    for kind in (mockcloud.Cloud, mockcloud.Device, mockcloud.Extension, Clock, mockcloud.Token, mockcloud.Credentials):
        yield from (name for name, _ in inspect.getmembers(kind) if not name.startswith("_"))
