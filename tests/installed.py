"""The wheel, installed into an environment of its own outside of the checkout; made once for a run of all tests."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import mockcloud

ROOT = Path(mockcloud.__file__).parent.parent
TESTING = ("pytest", "pytest-xdist", "pytest-asyncio", "pytest-timeout")
"""What a project that tests with mockcloud may have beside it."""


@dataclass(frozen=True)
class Installed:
    """A built wheel, and the environment that has it."""

    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        return self.folder / "environment" / "bin" / "python"

    @classmethod
    def once(cls, shared: Path) -> "Installed":
        """In this folder, which all workers of a run share: the first who comes makes it, the others wait."""
        folder = shared / "installed"
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                _install(folder)
                (folder / "done").touch()
        (wheel,) = (folder / "dist").glob("*.whl")
        return cls(folder, wheel)


def call(*command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """What it writes to standard output; it has to succeed."""
    done = subprocess.run(command, cwd=cwd, env={**clean(), **(environ or {})}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    """Our environment without what would lead a program back to this checkout, or to another pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MOCKCLOUD_", "PYT"))}


def _install(folder: Path) -> None:
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    _lend(("mockcloud", *TESTING), environment)
    # The pip that is here installs there: it takes seconds to put one into an environment.
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python")
    call(*pip, "install", "--quiet", "--disable-pip-version-check", wheel, *TESTING, cwd=folder)


def _lend(names: Iterable[str], environment: Path) -> None:
    """Copy what these distributions need, compiled, from our own environment, except mockcloud itself.

    pip looks at all of it and fetches what is missing or does not fit, but has no need to fetch and compile everything.
    """
    ours, theirs = (
        Path(sysconfig.get_path("purelib", vars={"base": str(base), "platbase": str(base)}))
        for base in (sys.prefix, environment)
    )
    for needed in _needed(names):
        for name in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
            if (ours / name).is_dir():
                shutil.copytree(ours / name, theirs / name, dirs_exist_ok=True)
            elif (ours / name).exists():
                shutil.copy2(ours / name, theirs / name)


def _needed(names: Iterable[str]) -> list[Distribution]:
    """The distributions of these names that are here, and all that they need."""
    found: dict[str, Distribution] = {}
    asked = list(names)
    while asked:
        name = asked.pop()
        try:
            needed = distribution(name)
        except PackageNotFoundError:  # for another system, or of nobody here: pip knows
            continue
        if found.setdefault(name, needed) is needed:
            wanted = (requirement for requirement in needed.requires or () if "extra ==" not in requirement)
            asked += [match[0] for requirement in wanted if (match := re.match(r"[\w.-]+", requirement))]
    return [needed for name, needed in found.items() if name != "mockcloud"]
