"""A code that a finding can have."""

import re
from dataclasses import dataclass
from functools import cache

from mockcloud.vocabulary.findings import Severity
from mockcloud.vocabulary.kinds import KINDS

VIOLATION: tuple[Severity, ...] = ("violation",)
WARNING: tuple[Severity, ...] = ("warning",)
EITHER: tuple[Severity, ...] = ("violation", "warning")


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code, or one pattern of codes."""

    code: str
    title: str
    meaning: str
    cure: str
    because: tuple[str, ...] = ()
    """The requirements it rests on, or the notes on defects of the text (``home:D-013``); none if each message has its
    own, which the finding names."""
    severities: tuple[Severity, ...] = VIOLATION
    such_as: tuple[str, ...] = ()
    """Of a pattern: some of its codes."""

    @property
    def slug(self) -> str:
        """A name for a file: ``place.required``."""
        return re.sub("[{}]", "", self.code)

    def covers(self, code: str) -> bool:
        return _pattern(self.code).fullmatch(code) is not None


@cache
def _pattern(code: str) -> re.Pattern[str]:
    kind = f"(?:{'|'.join(KINDS)})"
    place = rf"(?:{kind}(?:\.header|\.payload)?|cek-(?:request|response)(?:\.\w+){{0,2}})"
    text = re.escape(code).replace(r"\{kind\}", kind).replace(r"\{place\}", place)
    return re.compile(text)
