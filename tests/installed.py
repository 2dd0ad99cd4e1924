"""The wheel, installed into an environment of its own outside of the checkout; made once for a run of all tests."""

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mockcloud

ROOT = Path(mockcloud.__file__).parent.parent
TESTING = ("pytest", "pytest-xdist", "pytest-asyncio")
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
    venv.create(folder / "environment", symlinks=True)
    # The pip that is here installs there: it takes seconds to put one into an environment.
    pip = (sys.executable, "-m", "pip", "--python", folder / "environment" / "bin" / "python")
    call(*pip, "install", "--quiet", "--disable-pip-version-check", wheel, *TESTING, cwd=folder)
