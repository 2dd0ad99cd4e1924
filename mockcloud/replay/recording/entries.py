"""What a recording consists of: the entries of a journal, as `mockcloud journal --json` prints them."""

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from mockcloud.clock import instant_of
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.wire.jsontext import JsonError, loads

EXPECTED = (
    "expected an entry of the journal, as `mockcloud journal --json` prints it: {seq, at, channel, kind, name, ...}"
)
IDENTIFIER = re.compile(
    r"""^ (?=.*\d) [0-9A-Za-z]{8,} ([-_:.][0-9A-Za-z]+)* $   # a UUID, a serial number
      | ^ [0-9A-Fa-f]{2} ([:-][0-9A-Fa-f]{2}){5} $            # a MAC address""",
    re.VERBOSE,
)
"""Texts that a machine made up, and that are others the next time."""
_MOST_PROBLEMS = 10
"""A file of another kind is wrong in every line: so many are enough to see it."""
_NEEDED = {"seq": int, "at": str, "channel": str, "kind": str, "name": str}
_OPTIONAL = {
    **dict.fromkeys(("device", "dialog_request_id", "rule", "words", "note"), str),
    **dict.fromkeys(("status", "audio_bytes"), int),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One entry: a message, or something that happened to a connection."""

    seq: int
    at: int
    """Nanoseconds since 1970, by the account's clock."""
    channel: str
    kind: str
    name: str
    device: str = ""
    dialog: str | None = None
    status: int | None = None
    message: Any = None
    rule: str = ""
    """Who decided, as the journal calls it: ``rule weather``, ``push``, ``Alerts``; empty if nobody knows."""
    words: str = ""
    note: str = ""
    audio: bytes = b""
    """What was heard: 16-bit PCM, 16 kHz."""
    audio_bytes: int = 0
    """How much of it the server keeps."""
    foreign: bool = False
    """It was answered by another cloud than mockcloud."""

    @property
    def payload(self) -> dict[str, Any]:
        """Of an event or a directive; empty if there is none."""
        message = self.message if isinstance(self.message, dict) else {}
        body = message.get("event") or message.get("directive")
        found = body.get("payload") if isinstance(body, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def is_event(self) -> bool:
        return self.kind == "event"

    @property
    def is_directive(self) -> bool:
        return self.kind == "directive"


def seen(entry: Mapping[str, Any]) -> Seen:
    """An entry of the control API. Raises `ValueError` with what is wrong for anything else."""
    missing = [name for name in _NEEDED if name not in entry]
    if missing:
        raise ValueError(f"it has no `{missing[0]}`; {EXPECTED}")
    wrong = [name for name, kind in _NEEDED.items() if not isinstance(entry[name], kind)]
    wrong += [name for name, kind in _OPTIONAL.items() if not isinstance(entry.get(name), kind | None)]
    if wrong:
        raise ValueError(f"`{wrong[0]}` is {reprlib.repr(entry[wrong[0]])}; {EXPECTED}")
    return Seen(
        seq=entry["seq"],
        at=_instant(entry["at"]),
        channel=entry["channel"],
        kind=entry["kind"],
        name=entry["name"],
        device=entry.get("device") or "",
        dialog=entry.get("dialog_request_id"),
        status=entry.get("status"),
        message=entry.get("message"),
        rule=entry.get("rule") or "",
        words=entry.get("words") or "",
        note=entry.get("note") or "",
        audio_bytes=entry.get("audio_bytes") or 0,
    )


def with_device_names(entries: Sequence[Seen]) -> list[Seen]:
    """The entries with a name for each device whose id is none: ``speaker``, ``speaker-2``."""
    devices = list(dict.fromkeys(entry.device for entry in entries if entry.device))
    names = {device: device for device in devices if not IDENTIFIER.match(device)}
    free = (name for name in _names() if name not in names.values())
    names = {device: names.get(device) or next(free) for device in devices}
    tokens = {f"for {device}": f"for {name}" for device, name in names.items()}
    return [
        replace(entry, device=names.get(entry.device, ""), note=tokens.get(entry.note, entry.note)) for entry in entries
    ]


def _names() -> Iterator[str]:
    yield "speaker"
    yield from (f"speaker-{number}" for number in count(2))


def read_journal(lines: Iterable[bytes], file: str) -> list[Seen]:
    """The entries of a saved journal, one JSON object a line. Raises `UnreadableInput` with the lines that are none."""
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_line(line))
        except JsonError as error:
            problems.append(Problem(f"{error.reason}; {EXPECTED}", file, number, error.column))
        except ValueError as error:
            problems.append(Problem(str(error), file, number))
        if len(problems) > _MOST_PROBLEMS:
            break
    if problems:
        raise UnreadableInput(problems[:_MOST_PROBLEMS])
    return found


def _line(line: bytes) -> Seen:
    value = loads(line)
    if not isinstance(value, dict):
        raise ValueError(EXPECTED)
    return seen(value)


def _instant(text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`at` is {text!r}, no date; {EXPECTED}") from None
    return instant_of(when if when.tzinfo else when.replace(tzinfo=UTC))
