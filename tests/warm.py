"""``mockcloud`` and ``pytest`` that start in 30 ms: a process that has imported everything forks for each of them.

Pages of documentation run some sixty command lines, and importing would be most of the work. What runs is the real
command in a process of its own, with the caller's files, folder, environment and process group.

``python -m tests.warm SOCKET`` is that process; `client` writes the programs that go to it.
"""

import array
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

COMMANDS = ("mockcloud", "pytest")
CLIENT = """\
#!{python} -SE
import array, json, os, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
asked = json.dumps([os.getpid(), sys.argv, os.getcwd(), dict(os.environ)]).encode()
files = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]).tobytes())
line.sendmsg([len(asked).to_bytes(8, "big")], [files])
line.sendall(asked)
answers = line.makefile()
process = int(answers.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(process, number))
code = int(answers.readline() or 1)
sys.exit(code if code >= 0 else 128 - code)
"""


def client(folder: Path, address: str) -> None:
    """Write the programs of these names."""
    folder.mkdir(parents=True)
    for name in COMMANDS:
        program = folder / name
        program.write_text(CLIENT.format(python=sys.executable, address=address))
        program.chmod(0o755)


def serve(address: str) -> int:
    """Fork for each that asks, until killed. In the process that was forked: the exit code of its command."""
    import_everything()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)  # noqa: T201
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return answer(line)
            line.close()


def import_everything() -> None:
    import pytest

    import mockcloud.client
    import mockcloud.commands
    import mockcloud.replay
    import mockcloud.scenario.load
    import mockcloud.server.cloud
    import mockcloud.testing.blocking

    assert pytest
    assert mockcloud


def answer(line: socket.socket) -> int:
    """Run what is asked in a child, and tell its exit code; in the child, what `command` returns."""
    head, files, _, _ = line.recvmsg(8, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    with line.makefile("rb") as given:
        caller, words, folder, environ = json.loads(given.read(int.from_bytes(head, "big")))
    for wanted, has in enumerate(array.array("i", files[0][2])):
        os.dup2(has, wanted)
        os.close(has)
    os.setpgid(0, os.getpgid(caller))
    child = os.fork()
    if child == 0:
        line.close()
        return command(words, folder, environ)
    line.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def command(words: list[str], folder: str, environ: dict[str, str]) -> Any:
    """What the installed script of this name does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = words
    if Path(words[0]).name == "pytest":
        import pytest

        return pytest.main()
    from mockcloud.commands import main

    return main()


if __name__ == "__main__":
    sys.path.pop(0)  # the checkout: commands see what is installed
    raise SystemExit(serve(sys.argv[1]))
