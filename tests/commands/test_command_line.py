"""The command line as a whole: help, suggestions, exit codes, and what is imported when."""

import errno
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mockcloud import __version__
from mockcloud.commands import COMMANDS, authority, command_line
from mockcloud.errors import CannotStart, NothingToRun
from tests.commands.conftest import Run

HEAVY = {
    "quart",
    "hypercorn",
    "h2",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "httpx",
    "cryptography",
    "ruamel",
    "asyncio",
}


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    assert all(f"  {name} " in shown.output for name in COMMANDS)
    assert max(map(len, shown.output.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_80_columns(run: Run, name: str) -> None:
    command = getattr(import_module(f"mockcloud.commands.{name}"), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert max(map(len, shown.output.splitlines())) <= 80


def test_version(run: Run) -> None:
    assert run("--version").output == f"mockcloud, version {__version__}\n"


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(flag: str) -> None:
    code = (
        "import sys\n"
        "from mockcloud.commands import command_line\n"
        f"command_line([{flag!r}], standalone_mode=False)\n"
        "sys.stderr.write(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["srve"], "Did you mean 'serve'?"),
        (["xyzzy"], "There are: serve, demo"),
        (["serve", "--prt", "1"], "--port"),
        (["serve", "--edition", "5"], "'newer'"),
        (["serve", "--port", "many"], "'many' is not a valid integer"),
        (["serve", "--port", "70000"], "port 70000 does not exist"),
        (["serve", "--set", "hang_over=1s"], "did you mean behaviour.hang_over?"),
        (["serve", "--set", "behaviour.hang_over=long"], "250ms"),
        (["serve", "--set", "behaviour.hang_over"], "NAME=VALUE"),
        (["serve", "--timezone", "Asia/Soul"], "did you mean Asia/Seoul?"),
        (["serve", "--public-url", "example.com"], "https://HOST"),
        (["serve", "--control-host", "0.0.0.0"], "--control-token"),
        (["serve", "--scenario", "nope.yaml"], "nope.yaml: No such file"),
        (["serve", "--config", "nope.yaml"], "nope.yaml: No such file"),
        (["say"], "Give a TEXT"),
        (["say", "--typed", "--audio", "x.wav", "a"], "--typed"),
        (["push", "Clova.Hello", "--payload", "{}", "--with", "a=1"], "--with"),
        (["push", "Clova.Hello", "--wait", "long"], "250ms"),
        (["journal", "--violations", "--unmatched"], "--unmatched"),
        (["replay"], "SCENARIO"),
        (["schema", "show", "speak"], "did you mean 'SpeechSynthesizer.Speak'?"),
        (["spec", "coverage"], "checkout of mockcloud"),
    ],
)
def test_usage_errors_exit_with_2_and_say_what_to_do(run: Run, words: list[str], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("error", "code"), [(CannotStart("no folder"), 3), (NothingToRun("no folder"), 5)])
def test_errors_for_people_are_one_text_and_their_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def failing(_: object) -> None:
        raise error

    monkeypatch.setattr(authority, "kept", failing)
    done = run("certs", "path")
    assert (done.exit_code, done.stderr, done.stdout) == (code, "mockcloud: no folder\n", "")


def test_a_fault_of_ours_is_one_line_and_with_debug_the_place(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> None:
        raise RuntimeError("boom\nmore")

    monkeypatch.setattr(authority, "kept", failing)
    done = run("certs", "path")
    assert done.exit_code == 3
    assert done.stderr.startswith("mockcloud: a bug in mockcloud (RuntimeError: boom): please report it")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" in run("--debug", "certs", "path").stderr


def test_a_full_disk_is_no_fault_of_ours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(authority, "kept", failing)
    done = run("certs", "path")
    assert (done.exit_code, done.stderr) == (3, "mockcloud: output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    ("name", "value", "coloured"), [("NO_COLOR", "1", False), ("TERM", "dumb", False), ("TERM", "xterm", True)]
)
def test_colours_are_left_out_where_nobody_wants_them(
    own_place: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, coloured: bool
) -> None:
    (own_place / "rules.yaml").write_text("mockcloud: 1\ntitle: A\nsteps:\n  - type: 안녕\n")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, value)
    done = CliRunner().invoke(command_line, ["replay", "rules.yaml"], prog_name="mockcloud", color=True)
    assert done.exit_code == 0
    assert ("\x1b[" in done.stdout) is coloured
