"""The public SDKs from their registries, installed once and kept in the cache of pytest."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PYTHON_SDK = "clova-cek-sdk==1.1.2"
BUILD_TOOLS = "setuptools>=70.1"
_PATIENCE = 120
"""Seconds that an installation may take."""


class Unavailable(Exception):
    """It cannot be had here; the text says why."""


def python_sdk(cache: Path) -> Path:
    """Folder for ``PYTHONPATH`` with the package ``cek``. Its one dependency, cryptography, is ours too."""
    return kept(cache, f"python-{sys.version_info[0]}.{sys.version_info[1]}", PYTHON_SDK, _install_python_sdk)


def node_sdk(cache: Path) -> Path:
    """Folder for ``NODE_PATH`` with the SDK and Express."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Unavailable(f"{program} is not installed")
    lock = (HERE / "node" / "package-lock.json").read_text()
    return kept(cache, "node", lock, _install_node_sdk) / "node_modules"


def _install_python_sdk(folder: Path) -> None:
    # It is published as source only, and its setup.py wants a module that is gone since Python 3.12.
    tools = folder / "build-tools"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--no-warn-script-location", "--root-user-action", "ignore", "--timeout", "30", "--retries", "1"]
    _run([*pip, "--target", str(tools), BUILD_TOOLS])
    path = {"PYTHONPATH": os.pathsep.join([str(tools), str(HERE / "python_build")])}
    _run([*pip, "--no-build-isolation", "--target", str(folder), PYTHON_SDK], path)
    shutil.rmtree(tools)


def _install_node_sdk(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "node" / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-timeout=30000", "--fetch-retries=1"]
    _run([*npm, "--prefix", str(folder)])


def _run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, env={**os.environ, **(environ or {})}, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} did not end within {_PATIENCE} s") from None
    if done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")


def kept(cache: Path, name: str, content: str, install: Callable[[Path], None]) -> Path:
    """The folder with it, installed unless that was done for the same content before."""
    folder = cache / f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    with _alone(cache / f"{name}.lock"):
        if not folder.is_dir():
            unfinished = folder.with_name(folder.name + ".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            install(unfinished)
            unfinished.rename(folder)
    return folder


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While other processes, workers of pytest-xdist, wait."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
