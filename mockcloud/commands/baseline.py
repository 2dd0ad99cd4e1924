"""A baseline: the findings of today that are waived, so that only new ones fail.

    {"mockcloud": 1, "waived": [{"message": "event Clova.ProcessDelegatedEvent", "code": "...", "path": "..."}]}

A waiver holds for every message of that name, wherever it is; positions in lists do not count (``values[].lang``).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mockcloud.catalogue.explanation import shown
from mockcloud.commands.output import write_file
from mockcloud.errors import MockcloudError
from mockcloud.vocabulary import Finding
from mockcloud.wire.jsontext import loads

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
        value = loads(file.read_bytes())
        if not isinstance(value, dict):
            raise ValueError('expected {"mockcloud": 1, "waived": [...]}')
        if value.get("mockcloud") != _FORMAT:
            raise ValueError(f"`mockcloud` is {shown(value.get('mockcloud'))}, expected {_FORMAT}")
        if not isinstance(value.get("waived"), list):
            raise ValueError("`waived` has to be a list")
        return Baseline(frozenset(_read(one, f"waived[{index}]") for index, one in enumerate(value["waived"])))
    except OSError as error:
        raise MockcloudError(f"{file} cannot be read: {error.strerror}; --update-baseline makes it") from None
    except ValueError as error:
        raise MockcloudError(f"{file} is not a baseline ({error}); --update-baseline makes one") from None


def _read(value: Any, path: str) -> Waiver:
    if not isinstance(value, dict):
        raise ValueError(f"{path} is {shown(value)}, expected {{message, code, path}}")
    for name in Waiver._fields:
        if not isinstance(value.get(name), str):
            raise ValueError(f"{path}.{name} is {shown(value.get(name))}, expected a text")
    return Waiver(**{name: value[name] for name in Waiver._fields})


def write(file: Path, waivers: Iterable[Waiver]) -> None:
    """Raises `CannotStart` if the file cannot be written."""
    text = json.dumps(
        {"mockcloud": _FORMAT, "waived": [one._asdict() for one in sorted(set(waivers))]}, ensure_ascii=False, indent=2
    )
    write_file(file, text)
