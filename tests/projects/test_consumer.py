"""A project of somebody else, with mockcloud from the wheel: its tests in parallel, in random order, and crashing.

What a run leaves behind is looked for: processes that have its environment, the ports that those would hold, files in
its temporary folder.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import Installed, clean

CONSUMER = Path(__file__).parent / "consumer"
TESTS = 60
MARK = "MOCKCLOUD_TEST_RUN"
DONE_WITHIN, GONE_WITHIN = 600.0, 60.0
"""Seconds; long, since they only end what hangs."""
CRASHES = "crashes/test_crashes.py"
ENDS_AT_ONCE = {
    "test_is_killed": -signal.SIGKILL,
    "test_is_terminated": -signal.SIGTERM,
    "test_exits": 7,
    "test_takes_too_long_for_a_thread": 1,
}
"""Tests that end their process, and its exit code."""


class Project:
    """A copy of the project, with a temporary folder of its own."""

    def __init__(self, installed: Installed, folder: Path) -> None:
        self.folder = folder / "consumer"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        shutil.copytree(CONSUMER, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._python = installed.python
        self._mark = str(folder)

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it. Its own environment variable tells its processes from those of others."""
        environ = {
            **clean(),
            MARK: self._mark,
            "TMPDIR": str(self.temporary),
            "PYTEST_DEBUG_TEMPROOT": str(self.folder),
        }
        command = [self._python, "-m", "pytest", "-q", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=DONE_WITHIN
        )

    def processes(self) -> list[str]:
        """The command lines of those that run in it."""
        mark = f"{MARK}={self._mark}".encode()
        return [
            (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            for process in Path("/proc").glob("[0-9]*")
            if mark in _read(process / "environ").split(b"\0")
        ]

    def assert_nothing_is_left(self) -> None:
        """No process, and with it no port; no file."""
        until = time.monotonic() + GONE_WITHIN
        while self.processes() and time.monotonic() < until:
            time.sleep(0.02)  # workers of a killed pytest end by themselves, a moment later
        assert self.processes() == []
        assert [str(file) for file in self.temporary.iterdir()] == []


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # gone, or somebody else's
        return b""


@pytest.fixture
def project(installed: Installed, tmp_path: Path) -> Iterator[Project]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are found in /proc, which this system does not have")
    return Project(installed, tmp_path)


def test_its_tests_pass_in_parallel_twice_in_random_order(project: Project) -> None:
    for order in (1, int.from_bytes(os.urandom(3))):
        done = project.pytest("-n", "4", "--order", str(order))
        assert done.returncode == 0, f"--order {order}\n{done.stdout}{done.stderr}"
        assert f"{TESTS} passed" in done.stdout
        project.assert_nothing_is_left()


def test_tests_that_are_cut_short_leave_nothing(project: Project) -> None:
    names = ("test_raises", "test_takes_too_long", "test_is_interrupted_while_it_waits", "test_passes")
    done = project.pytest(*(f"{CRASHES}::{name}" for name in names))
    assert "2 failed" in done.stdout, done.stdout + done.stderr
    assert "Timeout (>1.0s) from pytest-timeout" in done.stdout
    assert (done.returncode, "KeyboardInterrupt" in done.stdout) == (2, True), done.stdout + done.stderr
    project.assert_nothing_is_left()


def test_a_test_that_interrupts_the_run_leaves_nothing(project: Project) -> None:
    done = project.pytest(f"{CRASHES}::test_interrupts", f"{CRASHES}::test_passes")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no tests ran" in done.stdout
    project.assert_nothing_is_left()


def test_a_worker_that_is_killed_leaves_nothing_and_the_next_goes_on(project: Project) -> None:
    done = project.pytest("-n", "1", *(f"{CRASHES}::{name}" for name in ("test_is_killed", "test_passes")))
    assert re.search(r"1 failed, 1 passed", done.stdout), done.stdout + done.stderr
    assert "crashed while running" in done.stdout
    project.assert_nothing_is_left()


def test_a_pytest_that_ends_at_once_leaves_its_files_to_the_next_one(project: Project) -> None:
    """No process and no port outlives it; what it could not remove, the next start does."""
    for name, code in ENDS_AT_ONCE.items():
        done = project.pytest(f"{CRASHES}::{name}")
        assert done.returncode == code, done.stdout + done.stderr
        assert project.processes() == []
        assert len(list(project.temporary.iterdir())) == 1, "that of the one before is swept"
    assert project.pytest(f"{CRASHES}::test_passes").returncode == 0
    project.assert_nothing_is_left()
