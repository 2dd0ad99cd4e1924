"""Every shell, Python and scenario block of README and docs runs; `tests.blocks` says how."""

import doctest
import html
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mockcloud.catalogue import Catalogue
from mockcloud.commands.demo import CHECKS
from mockcloud.scenario.load import load_scenario
from mockcloud.testing.server import Server
from tests.blocks import SHOWN, Block, blocks, script, serves
from tests.warm import warm

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_NOT_RUN = 14
"""Blocks that cannot run in a test: one more wants a reason, and a look at this number."""
INTENT = "[INTENT SLOT]\npizzaType\tPIZZA_TYPE\n\n[INTENT EXPRESSION]\n<pizzaType>페퍼로니</pizzaType> 주문해줘\n"
"""Any file that a scenario of a page names."""
PATIENCE = 240
"""Seconds for a page, on a machine that has other things to do."""


@contextmanager
def port() -> Iterator[int]:
    """A free port that nobody else is given meanwhile: it stays bound, and a server may bind it beside."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of programs that start at once."""
    with warm(tmp_path_factory.mktemp("warm")) as folder:
        yield folder


def environment(programs: Path, folder: Path, device_port: int, control_port: int) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("MOCKCLOUD_", "PYTEST_", "XDG_"))
    }
    return clean | {
        "PATH": os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTHON_FILE": str(programs / "python-file"),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "EDITOR": "true",
        # Which take longer to import than a page takes.
        "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:xdist -p no:faker -p no:anyio",
        "READY": str(folder / ".blocks" / "ready"),
        "MOCKCLOUD_PORT": str(device_port),
        "MOCKCLOUD_CONTROL_PORT": str(control_port),
        "MOCKCLOUD_CONTROL_URL": f"http://127.0.0.1:{control_port}",
        "MOCKCLOUD_CERTS": str(folder / ".certs"),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path, programs: Path) -> None:
    with ExitStack() as stack:
        ports = {usual: stack.enter_context(port()) for usual in ("8443", "8444", "5000")}
        text = page.read_text(encoding="utf-8")
        for usual, taken in ports.items():
            text = re.sub(rf"(?<=[: ]){usual}\b", str(taken), text)
        found = blocks(text)
        if not any(block.language in ("sh", "python") and not block.not_run for block in found):
            return
        (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")  # an answer 4xx fails
        for name in ("scenarios", "examples"):
            if f"{name}/" in text:
                shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        environ = environment(programs, tmp_path, ports["8443"], ports["8444"])
        program = script(found, tmp_path)
        if not serves(found):
            settings = {"port": ports["8443"], "control_port": ports["8444"], "certs": environ["MOCKCLOUD_CERTS"]}
            stack.enter_context(Server(settings))
        code, said = run(program, tmp_path, environ)
    at = (tmp_path / ".blocks" / "at").read_text().strip()
    if at != "end" or code:
        out = tmp_path / ".blocks" / at
        pytest.fail(f"{page.name}:{at} {said}\n{out.read_text() if out.exists() else ''}", pytrace=False)
    assert wrong_output(found, tmp_path) == []


def run(program: str, folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """The script's exit code and what it said itself. Whatever it has started ends with it."""
    with subprocess.Popen(
        ["bash", "-c", program],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(PATIENCE), ""
        except subprocess.TimeoutExpired:
            return 1, f"has not ended within {PATIENCE} s"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def wrong_output(found: list[Block], folder: Path) -> list[str]:
    """What blocks printed that say right below what they print, and did not print that."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    wrong = []
    for block, below in itertools.pairwise(found):
        if block.language not in ("sh", "python") or block.not_run or below.language != "text" or not below.right_below:
            continue
        printed = (folder / ".blocks" / str(block.line)).read_text(encoding="utf-8")
        # In a doctest, `...` at the beginning of a line would be a prompt; here it is not.
        if not doctest.OutputChecker().check_output(below.text, printed, flags):
            wrong.append(f"line {block.line} printed:\n{printed}")
    return wrong


def every_block() -> list[tuple[Path, Block]]:
    return [(page, block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]


def test_what_is_not_run_says_why() -> None:
    reasons = [f"{page.name}:{block.line}: {block.not_run}" for page, block in every_block() if block.not_run]
    assert len(reasons) <= MOST_NOT_RUN, reasons
    unknown = [
        f"{page.name}:{block.line}: {block.language or 'no language'}"
        for page, block in every_block()
        if not (block.file or block.not_run or block.language in ("sh", "python", "yaml", *SHOWN))
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_code_hides_by_indentation(page: Path) -> None:
    fenced, found = False, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("    "):
            found.append(number)
    assert found == []


def scenario_blocks() -> list[Any]:
    return [
        pytest.param(block, id=f"{page.name}:{block.line}")
        for page, block in every_block()
        if block.language == "yaml" and not block.file
    ]


@pytest.mark.parametrize("block", scenario_blocks())
def test_a_scenario_of_a_page_loads(block: Block) -> None:
    text = block.text
    if "mockcloud" not in YAML(typ="safe", pure=True).load(text):
        text = f"mockcloud: 1\ntitle: A part\n{text}"
    load_scenario(text, file="page", catalogue=Catalogue.load(), read=lambda _: INTENT)


def test_the_korean_readme_has_the_same_blocks() -> None:
    """They are run once; what differs are the words of comments and titles."""

    def code(page: str) -> list[tuple[str, str]]:
        found = blocks((ROOT / page).read_text(encoding="utf-8"))
        return [(one.language, re.sub(r"\s+# .*| ?title: *\S+?(?=\\n|\n)", "", one.text)) for one in found]

    assert code("README.ko.md") == code("README.md")


def test_the_readme_is_short_and_its_picture_is_of_today() -> None:
    for name in ("README.md", "README.ko.md"):
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 90
    picture = html.unescape((ROOT / "docs" / "demo.svg").read_text(encoding="utf-8")).replace("\xa0", " ")
    assert [check.said for check in CHECKS if check.said not in picture] == [], "python -m docs.picture draws it anew"


def test_a_block_that_fails_is_found(tmp_path: Path) -> None:
    found = blocks("# Page\n\n```sh\ntrue\n```\n\n```sh\necho said; false\n```\n\n```sh\ntrue\n```\n")
    program = script(found, tmp_path)
    code, _ = run(program, tmp_path, dict(os.environ))
    assert code != 0
    assert (tmp_path / ".blocks" / "at").read_text() == "7\n"
    assert (tmp_path / ".blocks" / "7").read_text() == "said\n"


def test_output_that_differs_is_found(tmp_path: Path) -> None:
    found = blocks("```sh\necho one two\n```\n\n```text\none ...\n```\n\n```sh\necho one\n```\n\n```text\ntwo\n```\n")
    assert run(script(found, tmp_path), tmp_path, dict(os.environ))[0] == 0
    assert wrong_output(found, tmp_path) == ["line 9 printed:\none\n"]


def test_a_program_that_starts_at_once_ends_as_its_command_does(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "ends.py").write_text("import sys\nprint(input(), sys.argv[1])\nsys.exit(7)\n")
    ended = subprocess.run(
        [programs / "python-file", "ends.py", "two"], cwd=tmp_path, input="one\n", capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "one two\n", "")
    assert subprocess.run([programs / "mockcloud", "no-such"], capture_output=True).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_a_program_that_starts_at_once_ends_its_command(
    programs: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "waits.py").write_text("import signal\nprint('waits', flush=True)\nsignal.pause()\n")
    with subprocess.Popen(
        [programs / "python-file", "waits.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "waits\n"
        program.send_signal(number)
        assert program.stdout.read() == ""  # nobody is left who could write
    assert program.returncode in (-number, 128 + number)
