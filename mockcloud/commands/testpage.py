"""What ``mockcloud extension test`` shows, and a request that is edited by hand."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mockcloud.commands.output import rows
from mockcloud.errors import Problem, UnreadableInput

_RUNNERS_UP = 3
"""Intents that are shown beside the one that was taken."""


def told(page: dict[str, Any]) -> str:
    """The page for people: how the words were understood, what is heard, both messages."""
    blocks = [rows(list(_rows(page)), indent="")]
    blocks += [f"! {finding['code']}: {finding['said']}" for finding in page["findings"]]
    if page["error"]:
        blocks.append(f"! {page['error']['kind']}: {page['error']['said']}")
    blocks += [f"\n{name}\n{pretty(page[name])}" for name in ("request", "response") if page[name] is not None]
    return "\n".join(blocks)


def edited(request: dict[str, Any]) -> dict[str, Any] | None:
    """The request as it leaves the editor; ``None`` if nothing was changed. Raises `UnreadableInput`."""
    text = click.edit(pretty(request) + "\n", extension=".json")
    changed = None if text is None else read_request(text, "the edited request")
    return None if changed == request else changed


def request_in(file: str) -> dict[str, Any]:
    """The request in a file, or on standard input (``-``). Raises `UnreadableInput`."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableInput([Problem(error.strerror or "cannot be read", file)]) from None
    except UnicodeDecodeError as error:
        raise UnreadableInput([Problem(f"is not UTF-8: {error.reason}", file)]) from None
    return read_request(text, file)


def read_request(text: str, file: str) -> dict[str, Any]:
    """A request that somebody has written. Raises `UnreadableInput` if it is no JSON object."""
    try:
        message = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableInput([Problem(f"no JSON: {error.msg}", file, error.lineno, error.colno)]) from None
    if not isinstance(message, dict):
        raise UnreadableInput([Problem("a request is a JSON object", file, 1, 1)])
    return message


def pretty(message: Any) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, indent=2)


def _rows(page: dict[str, Any]) -> Iterator[tuple[str, str]]:
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
