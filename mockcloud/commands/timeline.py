"""Journal entries as lines of 80 columns, and which entries are to be shown next.

    12:31:05.123  → event  …53:01  SpeechRecognizer.Recognize 오늘 날씨 어때   200 a1b2c3

An entry is a mapping as ``GET /v1/journal`` gives it, so that a server, a client and a test show the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import click

from mockcloud.commands.output import WIDTH

Entry = Mapping[str, Any]

ARROWS = {"in": "→", "out": "←", "-": "·"}
_CHANNELS = {"downchannel": "down", "response": "resp", "connection": "conn", "control": "ctrl", "extension": "ext"}
_COLOURS = {"in": "cyan", "out": "green"}
_SPACE_FOR_NAME = WIDTH - len("12:31:05.123 > event 12345678 ") - len(" 200 123456")
_INDENT = " " * len("12:31:05.123 > ")

PATIENCE = 0.3
"""Seconds that an event without an answer holds back what came after it."""


class Tail:
    """Which entries of one journal to show, each once, in order.

    An event is shown when it has its status, or when it has waited for it for `PATIENCE`.
    """

    def __init__(self, after_seq: int = 0) -> None:
        self.after_seq = after_seq
        self._first_seen: dict[int, float] = {}

    def take(self, entries: Iterable[Entry], now: float) -> list[Entry]:
        """The entries to show now (seconds, any clock), of those with a ``seq`` above ``after_seq``."""
        shown: list[Entry] = []
        for entry in entries:
            if _waits(entry) and now - self._first_seen.setdefault(entry["seq"], now) < PATIENCE:
                break
            self._first_seen.pop(entry["seq"], None)
            self.after_seq = entry["seq"]
            shown.append(entry)
        return shown


def _waits(entry: Entry) -> bool:
    return entry["kind"] == "event" and entry["status"] is None and not entry["note"]


def line(entry: Entry) -> str:
    """The entry in one line of 80 columns: local time, direction, channel, device, name and words, status, dialog."""
    when = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    arrow = click.style(ARROWS[entry["direction"]], fg=_COLOURS.get(entry["direction"]))
    channel = str(_CHANNELS.get(entry["channel"], entry["channel"]))
    name = entry["name"] + (f" {entry['words']}" if entry.get("words") else "")
    status = _status(entry["status"])
    dialog = (entry["dialog_request_id"] or "")[:6]
    return (
        f"{when} {arrow} {fit(channel, 5)} {fit(device_name(entry), 8)} {fit(name, _SPACE_FOR_NAME)} {status} {dialog}"
    ).rstrip()


def details(entry: Entry, *, verbose: bool = False) -> list[str]:
    """What is wrong with the entry, a line each; with ``verbose`` also warnings, notes and who decided."""
    found = []
    for finding in entry["violations"]:
        if finding["severity"] == "violation" or verbose:
            colour = "red" if finding["severity"] == "violation" else "yellow"
            grounds = ", ".join((finding["code"], *finding["because"]))
            said = f"{finding['path']}: {finding['said']}" if finding["path"] else finding["said"]
            found.append(_INDENT + click.style("!", fg=colour) + f" {said}  [{grounds}]")
    if entry.get("unmatched"):
        _, nearest, rule = str(entry.get("note") or "").partition("nearest: ")
        found.append(
            _INDENT + click.style("?", fg="yellow") + " nothing took this event" + (nearest and f"; {nearest}{rule}")
        )
    if verbose:
        by = [entry["rule"]] if entry["rule"] else []
        if text := "; ".join([*by, *([entry["note"]] if entry["note"] else [])]):
            because = f" ({', '.join(entry['because'])})" if entry["because"] else ""
            found.append(click.style(f"{_INDENT}{text}{because}", dim=True))
    return found


def device_name(entry: Entry) -> str:
    """The end of a device id, which tells devices apart; before it the account unless it is the default one."""
    device, account = str(entry["device"] or ""), str(entry["account"] or "default")
    if account != "default":
        return f"{account[:4]}/{device[-3:]}" if device else account
    return device if len(device) <= 8 else "…" + device[-7:]


def _status(status: int | None) -> str:
    if status is None:
        return "   "
    return click.style(f"{status:>3}", fg="red" if status >= 400 else None)


def fit(text: str, width: int) -> str:
    """The text in exactly so many columns: cut with an ellipsis, or filled with blanks. Hangul takes two columns."""
    from rich.cells import cell_len, set_cell_size

    text = "".join(char if char.isprintable() else " " for char in text)
    if cell_len(text) > width:
        cut = set_cell_size(text, width - 1).rstrip()
        return set_cell_size(f"{cut}…", width)
    return set_cell_size(text, width)
