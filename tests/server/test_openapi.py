"""``/openapi.json`` held against the API by those who know nothing of it: a linter, a fuzzer, a generated client.

Their tools live in an environment of their own, beside the one of the tests; `make acceptance` makes it.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockcloud
from mockcloud.server.control.openapi import openapi
from mockcloud.server.control.routes import ROUTES
from mockcloud.testing.server import Server

TOOLS = Path(sys.prefix) / "openapi" / "bin"
HERE = Path(__file__).parent / "openapi"
DONE_WITHIN = 900.0
"""Seconds; long, since it only ends what hangs."""


@pytest.fixture(autouse=True)
def tools() -> None:
    if TOOLS.is_dir():
        return
    missing = f"the OpenAPI tools are not installed in {TOOLS.parent}: `make acceptance` does it"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture
def description(tmp_path: Path) -> Path:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(openapi()), encoding="utf-8")
    return file


@pytest.fixture
def control_url() -> Iterator[str]:
    """A server whose default account has a device with a downchannel, so that more than refusals are answered."""
    with (
        Server() as server,
        mockcloud.Cloud(server=server, account="default", listener="shared", check=False) as cloud,
        cloud.device("speaker"),
    ):
        yield server.control_url


def run(tool: str, *arguments: str | Path, cwd: Path, **environ: str) -> str:
    path = f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"  # the generator looks there for its formatter
    env = {**os.environ, **environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [TOOLS / tool, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=DONE_WITHIN
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_description_is_openapi_3_1(description: Path, tmp_path: Path) -> None:
    run("openapi-spec-validator", "--schema", "3.1", description, cwd=tmp_path)


def test_the_api_does_what_it_says_whatever_it_is_asked(control_url: str, tmp_path: Path) -> None:
    said = run(
        "schemathesis",
        "--config-file",
        HERE / "schemathesis.toml",
        "run",
        f"{control_url}/openapi.json",
        "--checks=all",
        "--no-color",
        cwd=tmp_path,
        SCHEMATHESIS_HOOKS="hooks",
        PYTHONPATH=str(HERE),
    )
    assert "No issues found" in said
    counts = re.search(r"Selected: ([0-9]+)/([0-9]+)\s+Tested: ([0-9]+)", said)
    assert counts is not None
    assert len(set(counts.groups())) == 1, said
    assert int(counts[1]) >= len(ROUTES)


def test_a_client_is_generated_and_works(control_url: str, description: Path, tmp_path: Path) -> None:
    run(
        "openapi-python-client",
        "generate",
        "--path",
        description,
        "--meta",
        "none",
        "--output-path",
        tmp_path / "generated",
        cwd=tmp_path,
    )
    run("python", HERE / "walk.py", control_url, cwd=tmp_path, PYTHONPATH=str(tmp_path))
