"""What a test pays for its server, beside WireMock standalone and moto's ThreadedMotoServer, in one run.

    python -m benchmarks.fixture [--quick] [--tools DIR]

The others are installed into DIR (a new one, kept between runs, under the user's cache); a row whose tool cannot be
had says why. Each figure is the median of several rounds, with the least and the most.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks import write_bytecode

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mockcloud-benchmarks"
CHANNELS = 100
WIREMOCK = "wiremock@3"
MOTO = "moto[server]"
INSTALL_WITHIN = 600
START_WITHIN = 60

Row = tuple[str, str, str]


class Missing(Exception):
    """A tool that cannot be had, and why."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--tools", type=Path, default=CACHE, metavar="DIR", help="where the others are installed")
    chosen = parser.parse_args()
    chosen.tools.mkdir(parents=True, exist_ok=True)
    write_bytecode()
    rounds = 3 if chosen.quick else 10
    rows: list[Row] = []
    parts: list[tuple[str, Callable[[], list[Row]]]] = [
        ("mockcloud", lambda: ours(rounds)),
        ("mockcloud serve", lambda: process(rounds)),
        ("pytest plugin", lambda: plugin(rounds)),
        ("WireMock standalone", lambda: wiremock(chosen.tools, rounds)),
        ("moto ThreadedMotoServer", lambda: moto(chosen.tools, rounds)),
    ]
    for name, measure in parts:
        try:
            rows += measure()
        except Missing as why:
            rows.append((name, f"left out: {why}", ""))
    width = max(len(row[0]) for row in rows)
    for what, figure, target in rows:
        print(f"{what:{width}}  {figure:36}  {target}")


# Ours, in the process

_OURS = f"""
import json, sys, time
began = time.perf_counter()
import mockcloud
mockcloud.Cloud
with mockcloud.Cloud() as cloud, cloud.device() as device:
    device.type("안녕")
imported = time.perf_counter() - began
from mockcloud.testing.server import Server
starts, stops, accounts = [], [], []
for _ in range(int(sys.argv[1])):
    server = Server()
    began = time.perf_counter()
    server.start()
    starts.append(time.perf_counter() - began)
    began = time.perf_counter()
    with mockcloud.Cloud(server=server):
        pass
    accounts.append(time.perf_counter() - began)
    began = time.perf_counter()
    server.stop()
    stops.append(time.perf_counter() - began)
full = []
for _ in range(3):
    import contextlib
    server = Server()
    server.start()
    cloud = mockcloud.Cloud(server=server, account="default", listener="shared", check=False)
    cloud.__enter__()
    for number in range({CHANNELS}):
        cloud.device(f"device-{{number}}").__enter__()
    began = time.perf_counter()
    server.stop()
    full.append(time.perf_counter() - began)
print(json.dumps({{"imported": imported, "starts": starts, "stops": stops, "accounts": accounts, "full": full}}))
sys.stdout.flush()
import os
os._exit(0)
"""


def ours(rounds: int) -> list[Row]:
    done = subprocess.run([sys.executable, "-c", _OURS, str(rounds)], capture_output=True, text=True)
    if done.returncode:
        raise Missing(done.stderr.strip().splitlines()[-1])
    seen = json.loads(done.stdout)
    return [
        ("mockcloud: import and first conversation, once", milliseconds([seen["imported"]]), ""),
        ("mockcloud: start, once imported", milliseconds(seen["starts"]), "<= 50 ms"),
        ("mockcloud: an account and a listener for a test", milliseconds(seen["accounts"]), ""),
        ("mockcloud: stop", milliseconds(seen["stops"]), ""),
        (f"mockcloud: stop with {CHANNELS} bundled devices in the same process", milliseconds(seen["full"]), ""),
    ]


def process(rounds: int) -> list[Row]:
    """As a process of its own, which is what the Java one always is."""
    command = [sys.executable, "-m", "mockcloud", "serve", "--quiet", "--port", "0", "--control-port", "{port}"]
    starts, stops = _processes(command, "/health", rounds)
    return [
        ("mockcloud serve: process start to its first answer", milliseconds(starts), ""),
        ("mockcloud serve: stop", milliseconds(stops), ""),
    ]


def plugin(rounds: int) -> list[Row]:
    """What every pytest run of a project pays that has mockcloud installed, whether a test uses it or not."""
    times = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", "import pytest; import mockcloud.pytest_plugin"],
            capture_output=True,
            text=True,
            check=True,
        )
        last = done.stderr.strip().splitlines()[-1]
        if "mockcloud.pytest_plugin" not in last:
            raise Missing("the last import is not the plugin's")
        times.append(int(last.split("|")[1]) / 1e6)
    return [("pytest plugin: load", milliseconds(times), "<= 20 ms")]


# The others


def wiremock(tools: Path, rounds: int) -> list[Row]:
    for tool in ("npm", "java"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}")
    folder = tools / "wiremock"
    jars = list(folder.glob("node_modules/wiremock*/**/*.jar"))
    if not jars:
        folder.mkdir(exist_ok=True)
        _install(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), WIREMOCK])
        jars = list(folder.glob("node_modules/wiremock*/**/*.jar"))
    if not jars:
        raise Missing("the npm package has brought no jar")
    command = ["java", "-jar", str(jars[0]), "--port", "{port}", "--disable-banner"]
    starts, stops = _processes(command, "/__admin/mappings", rounds)
    return [
        ("WireMock standalone: process start to its first answer", milliseconds(starts), ""),
        ("WireMock standalone: stop", milliseconds(stops), ""),
    ]


_MOTO = """
import json, sys, time
began = time.perf_counter()
from moto.server import ThreadedMotoServer
imported = time.perf_counter() - began
import urllib.request
starts, stops = [], []
for _ in range(int(sys.argv[1])):
    server = ThreadedMotoServer(port=0, verbose=False)
    began = time.perf_counter()
    server.start()
    host, port = server.get_host_and_port()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=30).read()
    starts.append(time.perf_counter() - began)
    began = time.perf_counter()
    server.stop()
    stops.append(time.perf_counter() - began)
print(json.dumps({"imported": imported, "starts": starts[1:] or starts, "first": starts[0], "stops": stops}))
"""


def moto(tools: Path, rounds: int) -> list[Row]:
    python = tools / "moto" / "bin" / "python"
    if not python.exists():
        _install([sys.executable, "-m", "venv", str(tools / "moto")])
    if subprocess.run([python, "-c", "import moto.server, flask"], capture_output=True).returncode:
        _install([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", MOTO])
    done = subprocess.run([python, "-c", _MOTO, str(rounds + 1)], capture_output=True, text=True)
    if done.returncode:
        raise Missing(done.stderr.strip().splitlines()[-1])
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        ("moto: import and first start, once", milliseconds([seen["imported"] + seen["first"]]), ""),
        ("moto ThreadedMotoServer: start, once imported", milliseconds(seen["starts"]), ""),
        ("moto ThreadedMotoServer: stop", milliseconds(seen["stops"]), ""),
    ]


# What the parts share


def _install(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_WITHIN)
    except subprocess.TimeoutExpired:
        raise Missing(f"`{' '.join(command)}` took longer than {INSTALL_WITHIN} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word why"]
        raise Missing(f"`{' '.join(command[:3])} ...`: {said[-1]}")


def _processes(command: list[str], path: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds from the start of the process until it answers, and from SIGTERM until it is gone."""
    starts, stops = [], []
    for _ in range(rounds):
        port = _free_port()
        words = [word.format(port=port) for word in command]
        began = time.perf_counter()
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_for(f"http://127.0.0.1:{port}{path}", server)
                starts.append(time.perf_counter() - began)
                began = time.perf_counter()
                server.send_signal(signal.SIGTERM)
                server.wait(START_WITHIN)
                stops.append(time.perf_counter() - began)
            finally:
                server.kill()
    return starts, stops


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            raise Missing(f"it ended with exit code {server.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                answer.read()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.005)
    raise Missing(f"it did not answer within {START_WITHIN} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def milliseconds(times: list[float]) -> str:
    values = [seconds * 1000 for seconds in times]
    middle = f"{statistics.median(values):,.1f} ms"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.1f} .. {max(values):,.1f})"


if __name__ == "__main__":
    main()
