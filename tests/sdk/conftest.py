"""Skills on the public SDKs, each a program of its own, and the cloud that calls them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockcloud import shims
from mockcloud.testing.server import Server
from tests.sdk import installing

Program = tuple[list[str], Mapping[str, str]]
"""Command, and what it needs in its environment."""
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = request.config.cache
    return kept.mkdir("sdk") if kept is not None else tmp_path_factory.mktemp("sdk")


@pytest.fixture(scope="session", params=["python", "node"])
def sdk(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def program(sdk: str, cache: Path) -> Program:
    return skill_on(sdk, cache)


def skill_on(sdk: str, cache: Path) -> Program:
    """The skill on that SDK. Where this is not to be had the test is skipped, but never in CI."""
    try:
        if sdk == "node":
            return ["node", str(HERE / "node" / "dice.js")], {"NODE_PATH": str(installing.node_sdk(cache))}
        package = installing.python_sdk(cache)
        return [sys.executable, str(HERE / "python" / "pizza.py")], {"PYTHONPATH": str(package)}
    except installing.Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI tests with the public SDKs, but {reason}", pytrace=False)
        pytest.skip(f"the {sdk} SDK is not to be had: {reason}")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def stock(program: Program) -> Iterator[str]:
    """URL, without trailing slash, of the skill as it is."""
    with running(*program) as url:
        yield url


@pytest.fixture(scope="session")
def trusting(program: Program, server: Server) -> Iterator[str]:
    """URL of the very same program, started so that it trusts the cloud's key."""
    command, environ = program
    key = server.call(server.cloud.calls.keys.ready()).public_pem.decode()
    with running(command, {**environ, **shims.environment(key, environ)}) as url:
        yield url


@contextmanager
def running(command: list[str], environ: Mapping[str, str]) -> Iterator[str]:
    process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, f"{command} ended with {process.wait()}"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
