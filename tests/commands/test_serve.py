"""``mockcloud serve`` in a process of its own: ready, scenario, port, signals."""

import asyncio
import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from mockcloud.client import ReferenceDevice
from mockcloud.commands.control_client import ControlClient
from tests.commands.conftest import Run, spawned
from tests.patience import PATIENCE

FREE = ("--port", "0", "--control-port", "0")


def read_ready(process: Any) -> dict[str, Any]:
    line = process.stdout.readline()
    assert line, process.stderr.read()
    ready: dict[str, Any] = json.loads(line)
    return ready


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_ready_line_ready_file_and_a_clean_stop_with_an_open_downchannel(own_place: Path, stop: signal.Signals) -> None:
    ready_file = own_place / "ready.json"
    with spawned("serve", *FREE, "--json", "--ready-file", str(ready_file)) as process:
        ready = read_ready(process)
        assert list(ready) == ["ready", "device_url", "control_url", "ca_file"]
        assert ready["device_url"].startswith("https://127.0.0.1:")
        assert json.loads(ready_file.read_text()) == ready

        async def stop_it() -> None:
            with ControlClient(ready["control_url"]) as control:
                account = control.account("default")
            client = {name: account[name] for name in ("client_id", "client_secret", "naver_access_token")}
            async with ReferenceDevice(ready["device_url"], ca_file=ready["ca_file"], **client) as device:
                await device.ready()
                process.send_signal(stop)
                await asyncio.to_thread(process.wait, PATIENCE)

        asyncio.run(stop_it())
        stdout, stderr = process.communicate()
    assert process.returncode == 0
    assert stdout == ""
    assert "Traceback" not in stderr
    assert "Clova.Hello" in stderr
    assert not ready_file.exists()


def test_without_tls_there_is_no_ca_file_and_people_get_a_block() -> None:
    with spawned("serve", *FREE, "--no-tls") as process:
        lines = [process.stdout.readline() for _ in range(14)] if process.stdout else []
        process.send_signal(signal.SIGTERM)
        rest, stderr = process.communicate(timeout=PATIENCE)
    text = "".join(lines)
    assert "http://127.0.0.1:" in text
    assert "h2c" in text
    assert "client_secret" in text
    assert max(map(len, text.splitlines())) <= 80
    assert (rest, stderr, process.returncode) == ("stopped\n", "", 0)


def test_a_taken_port_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--control-port", "0")
    assert done.exit_code == 3
    assert f"port {port}" in done.stderr
    assert "0: a free one" in done.stderr


def test_all_mistakes_of_a_scenario_with_their_places(run: Run, own_place: Path) -> None:
    file = own_place / "wrong.yaml"
    file.write_text("mockcloud: 1\ntitel: x\nrules:\n  - when: {evnt: A.B}\n")
    done = run("serve", *FREE, "--scenario", str(file))
    assert done.exit_code == 2
    assert f"{file}:2:1: " in done.stderr
    assert f"{file}:4:12: " in done.stderr


def test_a_ready_file_that_cannot_be_written(run: Run, own_place: Path) -> None:
    done = run("serve", *FREE, "--ready-file", str(own_place / "no" / "ready"))
    assert done.exit_code == 3
    assert "ready file" in done.stderr


def test_a_settings_file_that_does_not_load(run: Run, own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("prt: 1\n")
    done = run("serve")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{own_place / 'mockcloud.yaml'}:1:1: ")
