"""What happened: kept in bounds, found by patterns, waited for.

An account has one `Journal`. Whoever waits for something gives a pattern (`match`), gets the entries that match
from then on or from the past, and, when the wait ends in vain, the nearest misses.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from mockcloud.journal.entry import FACTS, Channel, Direction, Entry, Kind
from mockcloud.journal.match import MISSING, Mismatch, PatternError, check, matches, mismatches, nearest

__all__ = [
    "FACTS",
    "MISSING",
    "Channel",
    "Direction",
    "Entry",
    "Journal",
    "Kind",
    "Mismatch",
    "PatternError",
    "check",
    "matches",
    "mismatches",
    "nearest",
]

_ENTRY_OVERHEAD = 400
"""What an entry weighs beside its message, for the bound in bytes."""


def _weight(entry: Entry) -> int:
    return len(entry.raw) + len(entry.audio) + _ENTRY_OVERHEAD


class Journal:
    """The entries of an account, oldest first; the oldest go when there are too many or they weigh too much."""

    def __init__(self, entries: int, size: int) -> None:
        """At most so many entries, which weigh at most ``size`` bytes together."""
        self._entries: deque[Entry] = deque()
        self._most = entries
        self._size = 0
        self._largest = size
        self._seq = 0

    def add(self, entry: Entry) -> Entry:
        self._seq += 1
        entry.seq = self._seq
        self._entries.append(entry)
        self._size += _weight(entry)
        self._shed()
        return entry

    def keep_audio(self, entry: Entry, audio: bytes) -> None:
        """Add what was heard to an entry; it counts towards the bound."""
        if self._entries and entry.seq >= self._entries[0].seq:
            entry.audio = audio
            self._size += len(audio)
            self._shed()

    def _shed(self) -> None:
        while len(self._entries) > self._most or (self._size > self._largest and len(self._entries) > 1):
            self._size -= _weight(self._entries.popleft())

    def clear(self) -> None:
        self._entries.clear()
        self._size = 0

    @property
    def last_seq(self) -> int:
        return self._seq

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def entry(self, seq: int) -> Entry | None:
        """The entry of that number, unless it is gone or has not come yet."""
        gone = self._seq - len(self._entries)
        return self._entries[seq - gone - 1] if gone < seq <= self._seq else None

    def find(self, test: Callable[[Entry], bool], *, after_seq: int = 0, limit: int | None = None) -> list[Entry]:
        """Entries that pass the test, oldest first; with ``limit`` the newest so many."""
        gone = self._seq - len(self._entries)
        found = [entry for entry in islice(self._entries, max(0, after_seq - gone), None) if test(entry)]
        return found if limit is None else found[max(0, len(found) - limit) :]


def describe_misses(pattern: dict[str, Any], entries: list[Entry], most: int = 3) -> list[dict[str, Any]]:
    """The entries that came nearest to a pattern, each with what did not hold."""
    misses = [(entry, mismatches(pattern, entry.facts())) for entry in entries]
    return [
        {"seq": entry.seq, "name": entry.name, "kind": entry.kind, "why": [str(miss) for miss in why]}
        for entry, why in nearest(misses, most)
    ]
