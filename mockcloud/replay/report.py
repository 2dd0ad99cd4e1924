"""What a replay found: the transcript of the conversation, and what did not happen as expected."""

from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that was not met, or a message that broke the specification."""

    said: str
    file: str = ""
    line: int = 0
    nearest: tuple[str, ...] = ()
    """What came nearest, and why it did not do."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return "\n    ".join([where + self.said, *self.nearest])


@dataclass(slots=True)
class Report:
    """The outcome of one scenario."""

    title: str
    file: str
    covers: tuple[str, ...] = ()
    failures: list[Failure] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    steps: int = 0
    virtual_seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "file": self.file,
            "passed": self.passed,
            "covers": list(self.covers),
            "steps": self.steps,
            "virtual_seconds": self.virtual_seconds,
            "failures": [
                {"said": f.said, "file": f.file, "line": f.line, "nearest": list(f.nearest)} for f in self.failures
            ],
            "transcript": self.transcript,
        }


def junit(reports: list[Report]) -> str:
    """A JUnit XML report: one test case a scenario, with its transcript as output."""
    failed = sum(not report.passed for report in reports)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites><testsuite name="mockcloud replay" tests="{len(reports)}" failures="{failed}" errors="0">',
    ]
    for report in reports:
        lines.append(
            f"<testcase classname={quoteattr(report.file)} name={quoteattr(report.title)} "
            f'time="{report.virtual_seconds:.3f}">'
        )
        lines += [
            f"<failure message={quoteattr(_printable(failure.said))}>{escape(_printable(str(failure)))}</failure>"
            for failure in report.failures
        ]
        lines.append(f"<system-out>{escape(_printable(chr(10).join(report.transcript)))}</system-out></testcase>")
    lines.append("</testsuite></testsuites>")
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(char for char in text if char in "\n\t" or char >= " ")
