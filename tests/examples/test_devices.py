"""The devices of ``examples/``, each with a cloud of its own by ``mockcloud run``, and the pytest project."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcloud.commands import command_line

EXAMPLES = Path(__file__).parents[2] / "examples"
ASKED = "오늘 날씨 어때"
SHOWN = [
    "downchannel Clova.Hello",
    "event TextRecognizer.Recognize 200",
    "response SpeechSynthesizer.Speak",
    "event SpeechSynthesizer.SpeechStarted 204",
    "event SpeechSynthesizer.SpeechFinished 204",
]
OKHTTP = [Path("/usr/share/java", name) for name in ("okhttp.jar", "okio.jar")]
"""Where Debian's libokhttp-java puts it."""


def program(name: str) -> str:
    """Where it is, or a test that is skipped, saying so."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def c_device(folder: Path) -> Sequence[str]:
    program("make")
    compiler = program("cc")
    header = subprocess.run(
        [compiler, "-E", "-"], input="#include <curl/curl.h>", capture_output=True, text=True, check=False
    )
    if header.returncode:
        pytest.skip("the headers of libcurl are not installed (Debian: libcurl4-openssl-dev)")
    shutil.copytree(EXAMPLES / "c", folder / "c")
    made = subprocess.run(
        ["make", "-C", folder / "c", "CFLAGS=-O1 -Wall -Wextra -Werror"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return [str(folder / "c" / "device")]


def node_device(folder: Path) -> Sequence[str]:
    return [program("node"), str(EXAMPLES / "node" / "device.mjs")]


def java_device(folder: Path) -> Sequence[str]:
    java = program("java")
    program("javac")
    if not all(jar.exists() for jar in OKHTTP):
        pytest.skip("OkHttp is not installed (Debian: libokhttp-java)")
    path = os.pathsep.join(map(str, OKHTTP))
    # It is run once: time spent on compiling it well is lost.
    return [java, "-XX:TieredStopAtLevel=1", "-cp", path, str(EXAMPLES / "java" / "Device.java")]


def curl_device(folder: Path) -> Sequence[str]:
    program("curl")
    return [str(EXAMPLES / "curl" / "device.sh")]


DEVICES = [c_device, node_device, java_device, curl_device]


@pytest.fixture(autouse=True)
def nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MOCKCLOUD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # Java reads its sources and its words by it
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.spec("C-003", "C-009", "C-024", "C-036", "C-093", "C-096")
@pytest.mark.parametrize("device", DEVICES)
def test_a_device_asks_and_is_answered(
    device: Callable[[Path], Sequence[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = device(tmp_path)
    words = ["run", "--scenario", str(EXAMPLES / "weather.yaml"), "--", *command, ASKED]
    done = CliRunner().invoke(command_line, words)
    out, err = capfd.readouterr()
    assert done.exit_code == 0, done.output + out + err
    assert "nothing wrong" in done.output
    shown = [" ".join(line.split()[: 2 if "event" not in line else 3]) for line in out.splitlines()]
    assert sorted(set(SHOWN) - set(shown)) == []
    assert [line for line in shown if line.startswith("event")] == [line for line in SHOWN if line.startswith("event")]


@pytest.mark.parametrize("device", [c_device, node_device, curl_device])
def test_a_device_without_a_cloud_fails(device: Callable[[Path], Sequence[str]], tmp_path: Path) -> None:
    done = subprocess.run([*device(tmp_path), ASKED], capture_output=True, timeout=30, check=False)
    assert done.returncode not in (0, None)


def test_the_pytest_project_passes(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "pytest", tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
    done = subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_every_example_says_what_it_is() -> None:
    folders = [folder for folder in EXAMPLES.iterdir() if folder.is_dir()]
    assert [folder.name for folder in folders if not (folder / "README.md").read_text().startswith("# ")] == []
    listed = (EXAMPLES / "README.md").read_text()
    assert [folder.name for folder in folders if f"({folder.name}/" not in listed] == []
