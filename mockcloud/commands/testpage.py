"""What ``mockcloud extension test`` shows, and a request that is edited by hand."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from mockcloud.commands.output import rows
from mockcloud.errors import MockcloudError, Problem, UnreadableInput
from mockcloud.wire.jsontext import JsonError, loads

Page = dict[str, Any]
"""What ``POST /v1/extensions/{id}/test`` answers."""

_RUNNERS_UP = 3
"""Intents that are shown beside the one that was taken."""


def told(page: Page) -> str:
    """The page for people: how the words were understood, what is heard, both messages."""
    blocks = [rows(list(_rows(page)), indent="")]
    blocks += [f"! {finding['code']}: {finding['said']}" for finding in page["findings"]]
    if page["error"]:
        blocks.append(f"! {page['error']['kind']}: {page['error']['said']}")
    blocks += [f"\n{name}\n{pretty(page[name])}" for name in ("request", "response") if page[name] is not None]
    return "\n".join(blocks)


def edited_and_sent(request: dict[str, Any], send: Callable[[dict[str, Any]], Page]) -> Page | None:
    """Let a request be edited in $EDITOR, and send it: the page that came, ``None`` if nothing was changed.

    For what is not a request, or is not taken, the editor opens again if there is a terminal to ask that at. Whoever
    gives up finds the edit in the file that is named then, and what was wrong last is the exit code.
    """
    with _kept_unless_sent(request) as file:
        while True:
            click.edit(filename=str(file))
            try:
                changed = request_in(str(file))
                return None if changed == request else send(changed)
            except MockcloudError as error:
                click.echo(str(error), err=True)
                if not (is_asked_at_a_terminal() and click.confirm("Edit it again?", default=True, err=True)):
                    raise click.exceptions.Exit(error.exit_code) from None


def is_asked_at_a_terminal() -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty()


@contextmanager
def _kept_unless_sent(request: dict[str, Any]) -> Iterator[Path]:
    """A file with a request, gone at the end; when that is an error, and somebody has edited it, it stays."""
    text = (pretty(request) + "\n").encode()
    number, name = tempfile.mkstemp(prefix="mockcloud-request-", suffix=".json")
    file = Path(name)
    with open(number, "wb") as opened:
        opened.write(text)
    try:
        yield file
    except BaseException:
        if file.exists() and file.read_bytes() != text:
            click.echo(f"the edited request is kept; `--request {file}` sends it", err=True)
        else:
            file.unlink(missing_ok=True)
        raise
    file.unlink(missing_ok=True)


def request_in(file: str) -> dict[str, Any]:
    """The request in a file, or on standard input (``-``). Raises `UnreadableInput` if there is no JSON object."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UnreadableInput([Problem(error.strerror or "cannot be read", file)]) from None
    try:
        message = loads(data)
    except JsonError as error:
        raise UnreadableInput([Problem(f"no JSON: {error.reason}", file, error.line, error.column)]) from None
    if not isinstance(message, dict):
        raise UnreadableInput([Problem("a request is a JSON object", file, 1, 1)])
    return message


def pretty(message: Any) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, indent=2)


def _rows(page: Page) -> Iterator[tuple[str, str]]:
    if page["utterance"] is not None:
        yield "utterance", page["utterance"]
    yield "request", page["request_type"] or "none"
    if page["request"] is None or page["intent"]:
        score = "" if page["score"] is None else f"  {_score(page['score'])}"
        yield "intent", f"{page['intent'] or 'none'}{score}"
    if page["example"]:
        yield "example", page["example"]
    for name, value in page["slots"].items():
        yield "slot", f"{name} = {value}"
    for runner in page["runners_up"][:_RUNNERS_UP]:
        yield "runner-up", f"{runner['intent']}  {_score(runner['score'])}  {runner['example']}"
    if page["speech"] is not None:
        yield "speech", page["speech"].replace("\n", " / ") or "(nothing is said)"


def _score(thousandths: int) -> str:
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
