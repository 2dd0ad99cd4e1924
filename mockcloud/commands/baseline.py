"""A baseline: the findings of today that are waived, so that only new ones fail.

    {"mockcloud": 1, "waived": [{"message": "event Clova.ProcessDelegatedEvent", "code": "...", "path": "..."}]}

A waiver holds for every message of that name, wherever it is; positions in lists do not count (``values[].lang``).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mockcloud.commands.output import write_file
from mockcloud.errors import MockcloudError
from mockcloud.vocabulary import Finding

_FORMAT = 1
_INDEX = re.compile(r"\[[0-9]+\]")


class Waiver(NamedTuple):
    """What is waived: in which message, which code, where."""

    message: str
    code: str
    path: str


def waiver(message: str, finding: Finding) -> Waiver:
    return Waiver(message, finding.code, _INDEX.sub("[]", finding.path))


@dataclass(slots=True)
class Baseline:
    """The waivers of a file, and those that have matched so far."""

    waivers: frozenset[Waiver] = frozenset()
    matched: set[Waiver] = field(default_factory=set)

    def waives(self, message: str, finding: Finding) -> bool:
        found = waiver(message, finding)
        if found in self.waivers:
            self.matched.add(found)
            return True
        return False

    def unmatched(self) -> list[Finding]:
        """A finding for each waiver that nothing has matched: what it was for is gone, and so it should be."""
        return [
            Finding(
                "baseline.unmatched", f"the waiver of {one.code} in {one.message} matches nothing any more", one.path
            )
            for one in sorted(self.waivers - self.matched)
        ]


def read(file: Path) -> Baseline:
    """The baseline of a file. Raises `MockcloudError` if it is none."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        if value["mockcloud"] != _FORMAT:
            raise ValueError(f"written by another version ({value['mockcloud']})")
        return Baseline(frozenset(Waiver(one["message"], one["code"], one["path"]) for one in value["waived"]))
    except OSError as error:
        raise MockcloudError(f"{file} cannot be read: {error.strerror}; --update-baseline makes it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise MockcloudError(f"{file} is no baseline ({error}); --update-baseline makes one") from None


def write(file: Path, waivers: Iterable[Waiver]) -> None:
    """Raises `CannotStart` if the file cannot be written."""
    text = json.dumps(
        {"mockcloud": _FORMAT, "waived": [one._asdict() for one in sorted(set(waivers))]}, ensure_ascii=False, indent=2
    )
    write_file(file, text)
