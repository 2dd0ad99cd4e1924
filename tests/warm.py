"""``mockcloud`` and ``pytest`` that start in 50 ms: a process that has imported everything forks for each of them.

Pages of documentation run some sixty command lines, and importing would be most of the work. What runs is the real
command in a process of its own, with the caller's files, folder and environment.

`warm` starts that process and gives the folder of the programs that go to it. Each program stands for its command as a
process does: it ends with the command and its exit code, passes signals on, and the command is killed when it is.
"""

import array
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _pytest.config import default_plugins

from mockcloud.commands import COMMANDS

PROGRAMS: dict[str, tuple[str, str]] = {
    "mockcloud": ("mockcloud.commands", "main"),
    "pytest": ("pytest", "console_main"),
    "python-file": ("__main__", "run_file"),
}
"""Two installed scripts and ``python FILE ARGUMENTS``: the function that each of them calls."""
IMPORTED = (
    *(f"mockcloud.commands.{name}" for name in COMMANDS),
    *(f"_pytest.{name}" for name in default_plugins),
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "encodings.idna",
    "httpcore",
    "httpx",
    "jsonschema",
    "jsonschema_rs",
    "mockcloud.client",
    "mockcloud.commands.control_client",
    "mockcloud.nlu.understanding",
    "mockcloud.replay",
    "mockcloud.scenario.load",
    "mockcloud.server.certificates",
    "mockcloud.server.cloud",
    "mockcloud.testing.blocking",
    "mockcloud.testing.expectations",
    "pytest",
    "ruamel.yaml",
)
"""What at least some of them import, now or later."""
PROGRAM = """\
#!{python} -SE
import array, json, os, signal, socket, sys
passed_on = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)  # those of the time until the command is there come to it later
line = socket.socket(socket.AF_UNIX)
asked = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
os.chdir({folder!r})  # the whole path may be longer than an address may be
line.connect("socket")
files = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]).tobytes())
line.sendmsg([len(asked).to_bytes(8, "big")], [files])
line.sendall(asked)
def pass_on(number, _):
    try:
        line.send(bytes([number]))
    except OSError:  # it has just ended
        pass
for number in passed_on:
    signal.signal(number, pass_on)
signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
code = line.recv(1)
sys.exit(code[0] if code else "the process that forks is gone")
"""
"""A command's program. Signals go over the line as one byte each, the exit code comes back as one."""


@contextmanager
def warm(folder: Path) -> Iterator[Path]:
    """The folder with the programs, for as long as the process is there that forks for them."""
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        program = programs / name
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).absolute())],
        cwd=folder,
        stdin=subprocess.PIPE,  # its end is that of the process, however this one ends
        stdout=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield programs


def fork_for_each() -> Callable[[], Any]:
    """Fork for each that asks, until standard input ends. Returns what the process that it returns in has to call."""
    for module in IMPORTED:
        importlib.import_module(module)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        listener.listen()
        os.write(sys.stdout.fileno(), b"ready\n")
        signal.signal(signal.SIGCHLD, reap)
        while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return command(line)
            line.close()
    return sys.exit


def reap(*_: object) -> None:
    """Wait for those that have ended, so that their time is counted."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def command(line: socket.socket) -> Callable[[], Any]:
    """Fork what is asked for on this line, and wait for its end. Returns in the child only: what it has to call."""
    os.setsid()
    head, ancillary, _, _ = line.recvmsg(8, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    files = array.array("i", ancillary[0][2])
    with line.makefile("rb") as given:
        words, folder, environ = json.loads(given.read(int.from_bytes(head, "big")))
    child = os.fork()
    if child == 0:
        line.close()
        for wanted, has in enumerate(files):
            os.dup2(has, wanted)
            os.close(has)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = words
        module, function = PROGRAMS[Path(words[0]).name]
        main: Callable[[], Any] = getattr(sys.modules[module], function)
        return main
    for has in (*files, 0, 1, 2):  # or else whoever reads what the command writes would see no end of it
        os.close(has)
    threading.Thread(target=pass_on, args=(line, child), daemon=True).start()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    line.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def pass_on(line: socket.socket, child: int) -> None:
    """Signals, while somebody is there to send them; then it ends the command and all that belongs to it."""
    while number := line.recv(1):
        os.kill(child, number[0])
    os.killpg(0, signal.SIGKILL)


def run_file() -> None:
    """What ``python`` does with a file."""
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    sys.path[0] = str(Path(sys.executable).parent)  # as installed scripts have it
    main = fork_for_each()
    sys.exit(main())
