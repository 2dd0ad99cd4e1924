"""``python -m benchmarks``: one table of everything that is promised, with targets, medians and spreads.

Needs Node (the foreign HTTP/2 client) and Linux (memory is read from /proc). ``--quick`` does fewer rounds.
"""

import argparse
import asyncio
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import write_bytecode
from benchmarks.rules import rules

HERE = Path(__file__).parent
DEVICES = 1000
SCENARIOS = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", nargs="*", default=[], help="names of parts: " + ", ".join(PARTS))
    asked = parser.parse_args()
    if shutil.which("node") is None:
        sys.exit("benchmarks need Node: it is the foreign HTTP/2 client")
    write_bytecode()
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, part in PARTS.items():
            if not asked.only or name in asked.only:
                print(f"measuring {name} ...", file=sys.stderr, flush=True)
                rows += part(Path(folder), asked.quick)
    widths = [max(len(row[n]) for row in [*rows, HEAD]) for n in range(3)]
    for row in (HEAD, tuple("-" * width for width in widths), *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


HEAD = ("what", "measured", "target")


# Events a second, beside a bare Quart app


def events(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    """Rounds take turns, so that a noisy minute hits both."""
    rounds, seconds = (3, 2) if quick else (7, 4)
    ours: list[float] = []
    bare: list[float] = []
    with cloud(folder) as server, bare_quart(folder) as (bare_url, bare_ca):
        devices = server.devices(8)
        for _ in range(rounds):
            ours.append(load(server.device_url, server.ca_file, devices, seconds))
            bare.append(load(bare_url, bare_ca, devices, seconds))
    ratio = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
    return [
        ("events/s, 8 connections x 4 streams, 1 KB, TLS", spread(ours, "/s"), ""),
        ("the same, bare Quart on stock Hypercorn", spread(bare, "/s"), ""),
        ("ratio, median of rounds", f"{ratio:.2f}", ">= 1.2"),
    ]


def load(url: str, ca: str, devices: list[dict[str, str]], seconds: float) -> float:
    plan = {
        "url": url,
        "ca": ca,
        "tokens": [device["access_token"] for device in devices],
        "streams": 4,
        "seconds": seconds,
        "metadata": json.dumps(EVENT, separators=(",", ":")),
        "downchannel": True,
    }
    done = subprocess.run(["node", HERE / "load.mjs", json.dumps(plan)], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    if result["errors"]:
        sys.exit(f"the load went wrong: {result}")
    return float(result["requests"] / result["seconds"])


# A thousand downchannels


def downchannels(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    with cloud(folder) as server:
        devices = server.devices(DEVICES)
        before = server.rss()
        plan = folder / "downchannels.json"
        plan.write_text(
            json.dumps(
                {
                    "url": server.device_url,
                    "ca": server.ca_file,
                    "control": server.control_url,
                    "devices": devices,
                    "one": 300 if quick else 1000,
                    "all": 5 if quick else 20,
                }
            )
        )
        with node("downchannels.mjs", plan) as client:
            read(client)
            each = (server.rss() - before) / DEVICES
            one = ask(client, "one")["ms"]
            every = ask(client, "all")["ms"]
    return [
        ("push to one of 1,000 downchannels, p50 / p99", f"{at(one, 50):.1f} / {at(one, 99):.1f} ms", "p99 <= 3 ms"),
        (
            "push to all 1,000, until the last has it, p50 / p99",
            f"{at(every, 50):.0f} / {at(every, 99):.0f} ms",
            "p99 <= 150 ms",
        ),
        ("memory of an idle TLS downchannel", f"{each:.0f} KB", "<= 80 KB"),
    ]


# Live audio


def audio(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    from mockcloud.speech.endpoint import Endpoint
    from mockcloud.speech.pcm import CHUNK_BYTES, chunks, silence, spoken

    pcm = spoken("오늘 날씨가 어떤지 알려 줘") + silence(4000)
    endpoint = Endpoint()
    deciding = next(n for n, chunk in enumerate(chunks(pcm)) if endpoint.feed(chunk))
    file = folder / "speech.pcm"
    file.write_bytes(pcm[: len(pcm) // CHUNK_BYTES * CHUNK_BYTES])
    with cloud(folder) as server:
        devices = server.devices(21 if quick else 101)
        plan = folder / "uploads.json"
        plan.write_text(
            json.dumps(
                {
                    "url": server.device_url,
                    "ca": server.ca_file,
                    "control": server.control_url,
                    "devices": devices[1:],
                    "listener": devices[0],
                    "pcm": str(file),
                    "deciding": deciding,
                }
            )
        )
        done = subprocess.run(["node", HERE / "uploads.mjs", plan], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    if len(result["stop"]) != len(devices) - 1:
        sys.exit(f"only {len(result['stop'])} of {len(devices) - 1} uploads got StopCapture: {result['statuses']}")
    n = len(devices) - 1
    return [
        (
            f"{n} live uploads: StopCapture after the deciding audio, p50 / p99",
            f"{at(result['stop'], 50):.0f} / {at(result['stop'], 99):.0f} ms",
            "p99 <= 50 ms",
        ),
        (
            f"{n} live uploads: push to another device, p50 / p99",
            f"{at(result['push'], 50):.1f} / {at(result['push'], 99):.1f} ms",
            "p99 <= 10 ms",
        ),
    ]


# The catalogue


def judging(_: Path, quick: bool) -> list[tuple[str, str, str]]:
    """A whole Recognize with eight context objects, each with all that it may have."""
    from mockcloud.catalogue import Catalogue

    catalogue = Catalogue.load()
    context = [
        {
            "header": dict(zip(("namespace", "name"), name.split("."), strict=True)),
            "payload": catalogue.example("context", name, full=True),
        }
        for name in sorted(f"{o['header']['namespace']}.{o['header']['name']}" for o in EVENT["context"])
    ]
    header = {"namespace": "SpeechRecognizer", "name": "Recognize", "messageId": "m", "dialogRequestId": "d"}
    payload = catalogue.example("event", "SpeechRecognizer.Recognize", full=True)
    message = {"context": context, "event": {"header": header, "payload": payload}}
    assert catalogue.check_event(message) == []
    times = []
    for _round in range(5 if quick else 15):
        began = time.perf_counter()
        for _n in range(2000):
            catalogue.check_event(message)
        times.append((time.perf_counter() - began) / 2000 * 1e6)
    size = len(json.dumps(message))
    return [(f"verdict on a Recognize with eight contexts ({size} bytes)", spread(times, " us"), "<= 20 us")]


# Replay


def replaying(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    """The bundled scenarios, over and over, as a command of its own; and a day in which nothing happens but PINGs."""
    from mockcloud.data import data_dir

    many = folder / "scenarios"
    many.mkdir()
    library = sorted(data_dir("scenarios").rglob("*.yaml"))
    for n in range(SCENARIOS):
        shutil.copy(library[n % len(library)], many / f"{n:03}.yaml")
    command = [sys.executable, "-m", "mockcloud", "replay", str(many), "-n"]
    times: dict[str, list[float]] = {"1": [], "auto": []}
    for _ in range(2 if quick else 5):
        for processes, taken in times.items():
            began = time.perf_counter()
            done = subprocess.run([*command, processes], capture_output=True, text=True)
            taken.append(time.perf_counter() - began)
            if done.returncode not in (0, 1):
                sys.exit(f"the replay went wrong: {done.stderr}")
    days = [_idle_day() for _ in range(3 if quick else 7)]
    rows = [
        (f"replay of {SCENARIOS} scenarios, -n {processes}", seconds(taken), "<= 5 s" if processes == "auto" else "")
        for processes, taken in times.items()
    ]
    return [*rows, ("24 idle virtual hours of a device that pings", seconds(days), "<= 1 s")]


def _idle_day() -> float:
    from mockcloud.catalogue import Catalogue
    from mockcloud.replay import replay
    from mockcloud.scenario.load import load_scenario
    from mockcloud.settings import Settings

    catalogue = Catalogue.load()
    scenario = load_scenario("mockcloud: 1\ntitle: A day\nsteps: [{wait: 24h}]\n", file="day.yaml", catalogue=catalogue)
    began = time.perf_counter()
    report = replay(scenario, catalogue=catalogue, settings=Settings())
    taken = time.perf_counter() - began
    if not report.passed or report.virtual_seconds < 24 * 3600:
        sys.exit(f"the day went wrong: {report.failures}")
    return taken


def seconds(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s ({min(values):.2f} .. {max(values):.2f})"


# Start and stop


def start(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    """What the control API needs is loaded when the process is ready: the second line has both."""
    ready, answered = [], []
    for _ in range(5 if quick else 15):
        began = time.perf_counter()
        with cloud(folder) as server:
            ready.append(time.perf_counter() - began)
            server.health()
            answered.append(time.perf_counter() - began)
    return [
        ("process start to ready", seconds(ready), "<= 0.5 s"),
        ("process start to the first answer of the control API", seconds(answered), ""),
    ]


def in_process(folder: Path, quick: bool) -> list[tuple[str, str, str]]:
    starts, stops = [], []
    for _ in range(5 if quick else 15):
        started, stopped = asyncio.run(_start_and_stop(folder))
        starts.append(started * 1000)
        stops.append(stopped * 1000)
    return [
        ("in-process: start", f"{statistics.median(starts):.0f} ms (max {max(starts):.0f})", "<= 50 ms"),
        (
            "in-process: stop with 100 open downchannels",
            f"{statistics.median(stops):.0f} ms (max {max(stops):.0f})",
            "<= 100 ms",
        ),
    ]


async def _start_and_stop(folder: Path) -> tuple[float, float]:
    from mockcloud.cic import operations as op
    from mockcloud.server.certificates import CertificateAuthority, default_names
    from mockcloud.server.cloud import RunningCloud, Tls
    from mockcloud.settings import Settings

    began = time.perf_counter()
    authority = CertificateAuthority.fresh()
    running = RunningCloud(Settings(port=0, control_port=0), tls=Tls.of(authority, default_names()))
    await running.start()
    started = time.perf_counter() - began
    devices = [(await running.ask(op.IssueToken("default", f"device-{n}"))).body for n in range(100)]
    plan = folder / "in-process.json"
    plan.write_text(
        json.dumps(
            {
                "url": running.device_url,
                "ca": str(authority.ca_file),
                "control": running.control_url,
                "devices": devices,
                "one": 0,
                "all": 0,
            }
        )
    )
    client = await asyncio.create_subprocess_exec(
        "node",
        str(HERE / "downchannels.mjs"),
        str(plan),
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdout is not None
    await client.stdout.readline()
    began = time.perf_counter()
    await running.stop()
    stopped = time.perf_counter() - began
    client.kill()
    await client.wait()
    return started, stopped


# What the parts share


class Server:
    """A ``mockcloud serve`` process."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self._process = process
        self.device_url: str = ready["device_url"]
        self.control_url: str = ready["control_url"]
        self.ca_file: str = ready["ca_file"]

    def devices(self, number: int) -> list[dict[str, str]]:
        """So many devices with tokens, of the default account."""
        return [self._post("/v1/accounts/default/devices", {"device_id": f"device-{n}"}) for n in range(number)]

    def rss(self) -> float:
        """Resident memory in KB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def health(self) -> None:
        with urllib.request.urlopen(f"{self.control_url}/health") as response:
            response.read()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, str]:
        request = urllib.request.Request(
            self.control_url + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            answer: dict[str, str] = json.load(response)
        return answer


@contextmanager
def cloud(folder: Path) -> Iterator[Server]:
    command = [
        sys.executable,
        "-m",
        "mockcloud",
        "serve",
        "--quiet",
        "--json",
        "--port",
        "0",
        "--control-port",
        "0",
        "--certs",
        str(folder / "certs"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Server(process, read(process))
        finally:
            process.terminate()


@contextmanager
def bare_quart(folder: Path) -> Iterator[tuple[str, str]]:
    """The app to compare with: its URL, and the file of the authority to trust."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    ca, certificate, key = folder / "bare-ca.pem", folder / "bare.pem", folder / "bare-key.pem"
    authority.cert_pem.write_to_path(str(ca))
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(HERE / "bare_quart.py"), str(port), str(certificate), str(key)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield f"https://127.0.0.1:{port}", str(ca)
        finally:
            process.terminate()


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the bare Quart app did not start")


@contextmanager
def node(script: str, plan: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        ["node", HERE / script, plan], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def ask(process: "subprocess.Popen[str]", what: str) -> Any:
    assert process.stdin is not None
    process.stdin.write(what + "\n")
    process.stdin.flush()
    return read(process)


def at(values: list[float], percent: int) -> float:
    """The percentile, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * len(ordered)))]


def spread(values: list[float], unit: str) -> str:
    return f"{statistics.median(values):,.0f}{unit} ({min(values):,.0f} .. {max(values):,.0f})"


EVENT = {
    "context": [
        {"header": {"namespace": "Alerts", "name": "AlertsState"}, "payload": {"allAlerts": [], "activeAlerts": []}},
        {
            "header": {"namespace": "AudioPlayer", "name": "PlaybackState"},
            "payload": {"playerActivity": "IDLE", "repeatMode": "NONE"},
        },
        {
            "header": {"namespace": "Clova", "name": "Location"},
            "payload": {"latitude": "37.3", "longitude": "127.1", "refreshedAt": "2026-01-01T00:00:00Z"},
        },
        {"header": {"namespace": "Clova", "name": "SavedPlace"}, "payload": {"places": []}},
        {
            "header": {"namespace": "Device", "name": "DeviceState"},
            "payload": {"volume": {"actions": ["SetValue"], "min": 0, "max": 10, "value": 5}},
        },
        {"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": "none"}},
        {"header": {"namespace": "Speaker", "name": "VolumeState"}, "payload": {"volume": 5, "muted": False}},
        {
            "header": {"namespace": "SpeechSynthesizer", "name": "SpeechState"},
            "payload": {"token": "t", "playerActivity": "FINISHED"},
        },
    ],
    "event": {
        "header": {
            "namespace": "SpeechSynthesizer",
            "name": "SpeechFinished",
            "messageId": "00000000-0000-4000-8000-000000000000",
        },
        "payload": {"token": "34abac3a-cb46-411c-9111-47eab87b7124"},
    },
}

# Models: how often they are right, and what they cost


def understanding(_: Path, quick: bool) -> list[tuple[str, str, str]]:
    from benchmarks.understanding import rows

    return rows(quick=quick)


PARTS = {
    "events": events,
    "downchannels": downchannels,
    "audio": audio,
    "judging": judging,
    "replaying": replaying,
    "start": start,
    "in-process": in_process,
    "rules": rules,
    "understanding": understanding,
}

if __name__ == "__main__":
    main()
