"""How long a stranger takes from a clean folder to the first green check, on four paths.

    python -m benchmarks.strangers [--only pip npm c curl]

- ``pip``: the wheel and pytest into a new environment; the test of the README is green.
- ``npm``: the wheel; `npm test` of a device in JavaScript has passed with a cloud of its own.
- ``c``: the wheel; the device in C is built, and has passed.
- ``curl``: the wheel; `mockcloud serve`, a ping answered 204, and a directive pushed onto curl's downchannel.

Each path is gone twice, in a new folder: with an empty cache of pip, and with what the first time left there. Where pip
looks for packages is the machine's own configuration. The wheel is built beforehand, and not counted. What a path lacks
(Node, a compiler, libcurl's headers) is said in its row.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUESTION = "오늘 날씨 어때"
ENDS_AFTER = 300.0
"""Seconds that a program beside may run; only ends what hangs."""
Row = tuple[str, str, str, str, str]
HEAD: Row = ("path", "pip's cache", "install", "the rest", "to the first green check")


class Missing(Exception):
    """What this machine lacks for a path."""


class Failed(Exception):
    """A command that a stranger was told to type, and what it said."""


class Stranger:
    """A clean folder and home, with mockcloud in an environment of its own."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self._programs = folder / ".venv" / "bin"
        ours = ("MOCKCLOUD_", "PYTHON", "PYTEST_", "VIRTUAL_ENV", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self._environ = kept | {
            "HOME": str(folder),
            "PATH": os.pathsep.join((str(self._programs), os.environ["PATH"])),
            "PIP_CACHE_DIR": str(cache),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "npm_config_cache": str(folder / ".npm"),
            **_pip_configuration(),
        }

    def install(self, *packages: str | Path) -> None:
        venv.create(self.folder / ".venv", symlinks=True, with_pip=True)
        self.type(self._programs / "python", "-m", "pip", "install", "--quiet", *packages)

    def type(self, *command: str | Path) -> str:
        """What it printed. Raises `Failed` unless it exits with 0."""
        done = subprocess.run(command, cwd=self.folder, env=self._environ, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def beside(self, *command: str | Path) -> Iterator[subprocess.Popen[str]]:
        """A program that goes on, until the block ends."""
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            ending = threading.Timer(ENDS_AFTER, process.kill)
            ending.start()
            try:
                yield process
            finally:
                ending.cancel()
                process.terminate()


def by_pip(stranger: Stranger) -> None:
    """README's CI fixture."""
    test = re.search(
        r"^```python\n# test_weather\.py\n(.*?)^```$",
        (ROOT / "README.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    if test is None:
        raise Failed("the README has no test_weather.py")
    (stranger.folder / "test_weather.py").write_text(test[1], encoding="utf-8")
    stranger.type("pytest", "--quiet", "test_weather.py")


def by_npm(stranger: Stranger) -> None:
    """examples/node, as the test of a package."""
    _needs("npm", "node")
    _example(stranger, "node/device.mjs", "weather.yaml")
    package = {"name": "device", "private": True, "scripts": {"test": f'node device.mjs "{QUESTION}"'}}
    (stranger.folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    stranger.type("mockcloud", "run", "--scenario", "weather.yaml", "--", "npm", "test")


def by_c(stranger: Stranger) -> None:
    """examples/c."""
    _needs("cc", "make")
    probe = "#include <curl/curl.h>\n"
    if subprocess.run(["cc", "-E", "-x", "c", "-"], input=probe, capture_output=True, text=True).returncode:
        raise Missing("libcurl's headers: apt-get install libcurl4-openssl-dev")
    _example(stranger, "c/device.c", "c/Makefile", "weather.yaml")
    stranger.type("make")
    stranger.type("mockcloud", "run", "--scenario", "weather.yaml", "--", "./device", QUESTION)


def by_curl(stranger: Stranger) -> None:
    """docs/getting-started-server.md and docs/trust-the-ca.md, on free ports."""
    _needs("curl")
    serve = ("mockcloud", "serve", "--port", "0", "--control-port", "0", "--json", "--quiet")
    with stranger.beside(*serve) as server:
        ready = json.loads(_line(server))
        cloud, control = ready["device_url"], ready["control_url"]
        of_json = ("-H", "content-type: application/json", "-d")
        devices = f"{control}/v1/accounts/default/devices"
        token = json.loads(stranger.type("curl", "-sf", devices, *of_json, '{"device_id": "curl"}'))["access_token"]
        trusting = (
            "curl",
            "-sN",
            "--http2",
            "--cacert",
            ready["ca_file"],
            "-H",
            f"Authorization: Bearer {token}",
        )
        with stranger.beside(*trusting, f"{cloud}/v1/directives") as downchannel:
            _line(downchannel, '"Hello"')
            status = stranger.type(*trusting, "-o", "/dev/null", "-w", "%{http_code}", f"{cloud}/ping")
            if status != "204":
                raise Failed(f"ping is answered {status}")
            header = {"namespace": "Notifier", "name": "ClearIndicator"}
            push = json.dumps({"directive": {"header": header, "payload": {}}})
            stranger.type("curl", "-sf", f"{control}/v1/push", *of_json, push)
            _line(downchannel, '"ClearIndicator"')


PATHS: dict[str, tuple[Callable[[Stranger], None], tuple[str, ...]]] = {
    "pip": (by_pip, ("pytest",)),
    "npm": (by_npm, ()),
    "c": (by_c, ()),
    "curl": (by_curl, ()),
}
"""What each path does once mockcloud is installed, and what is installed beside it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PATHS, default=list(PATHS), metavar="PATH", help="some of them")
    chosen = parser.parse_args().only
    rows = [HEAD]
    with tempfile.TemporaryDirectory(prefix="mockcloud-strangers-") as made:
        folder = Path(made)
        wheel = _wheel(folder)
        for name in chosen:
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows += _measured(name, wheel, folder)
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _measured(name: str, wheel: Path, folder: Path) -> Iterator[Row]:
    walk, packages = PATHS[name]
    cache = folder / f"cache-{name}"
    for state in ("empty", "filled"):
        clean = folder / f"{name}-{state}"
        clean.mkdir()
        stranger = Stranger(clean, cache)
        began = time.perf_counter()
        try:
            stranger.install(wheel, *packages)
            installed = time.perf_counter()
            walk(stranger)
        except Missing as why:
            yield (name, state, "", "", f"left out, missing: {why}")
            return
        green = time.perf_counter()
        yield (
            name,
            state,
            f"{installed - began:.1f} s",
            f"{green - installed:.1f} s",
            f"{green - began:.1f} s",
        )
        shutil.rmtree(clean)


def _wheel(folder: Path) -> Path:
    command = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _example(stranger: Stranger, *names: str) -> None:
    for name in names:
        shutil.copy2(ROOT / "examples" / name, stranger.folder)


def _needs(*programs: str) -> None:
    if missing := [program for program in programs if shutil.which(program) is None]:
        raise Missing(", ".join(missing))


def _line(process: subprocess.Popen[str], having: str = "") -> str:
    """The next line that it prints with this in it."""
    assert process.stdout is not None
    for line in process.stdout:
        if having in line:
            return line
    raise Failed(f"{process.args!r} has not printed a line with {having!r}")


def _pip_configuration() -> Mapping[str, str]:
    """Where pip looks for packages stands in a file of the home folder, which strangers here have a new one of."""
    file = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "pip" / "pip.conf"
    return {"PIP_CONFIG_FILE": str(file)} if file.exists() and "PIP_CONFIG_FILE" not in os.environ else {}


if __name__ == "__main__":
    main()
