"""What a replay found: the conversation step by step, and what did not happen as expected."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that was not met, or a message that broke the specification."""

    said: str
    file: str = ""
    line: int = 0
    nearest: tuple[str, ...] = ()
    """What came instead and why it did not do, which rules did not hold and why."""

    def as_json(self) -> dict[str, Any]:
        return {"said": self.said, "file": self.file, "line": self.line, "nearest": list(self.nearest)}

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return "\n    ".join([where + self.said, *self.nearest])


@dataclass(slots=True)
class StepReport:
    """One step and what was seen while it was under way."""

    step: str
    line: int
    begins: float
    """Seconds of the account's time since the replay began."""
    seen: list[tuple[float, str]] = field(default_factory=list)
    """When, in such seconds, and the line of the transcript."""
    met: list[tuple[str, str]] = field(default_factory=list)
    """Expectations and the lines of the transcript that met them."""
    failed: bool = False
    skipped: str = ""
    """Why nobody could do it."""

    def lines(self) -> list[str]:
        """For people: the step, what was seen with times since the step began, what was expected."""
        mark = "x" if self.failed else "-" if self.skipped else "."
        shown = [f"{mark} line {self.line}: {self.step}" + (f"  (skipped: {self.skipped})" if self.skipped else "")]
        shown += [f"    {f'+{at - self.begins:.3f}':>9} s  {line}" for at, line in self.seen]
        return shown


@dataclass(slots=True)
class Report:
    """The outcome of one run of a scenario."""

    title: str
    file: str
    covers: tuple[str, ...] = ()
    failures: list[Failure] = field(default_factory=list)
    skipped: list[Failure] = field(default_factory=list)
    """The step that nobody could do, and why; those after it were not tried. Such a run has not passed."""
    transcript: list[str] = field(default_factory=list)
    by_step: list[StepReport] = field(default_factory=list)
    case: str = ""
    steps: int = 0
    virtual_seconds: float = 0.0
    way: str = "in memory"
    """How it was run."""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def failed(self) -> bool:
        return self.outcome == "failed"

    @property
    def outcome(self) -> Literal["passed", "failed", "skipped"]:
        return "failed" if self.failures else "skipped" if self.skipped else "passed"

    @property
    def name(self) -> str:
        """The title, with the case in brackets."""
        return f"{self.title} [{self.case}]" if self.case else self.title

    @property
    def seconds(self) -> str:
        """How long it took, and where it ran if that is worth saying."""
        if self.way == "in memory":
            return f"{self.virtual_seconds:g} s of virtual time"
        return f"{self.virtual_seconds:.1f} s {self.way}"

    def timeline(self) -> list[str]:
        """Every step, for people."""
        return [line for step in self.by_step for line in step.lines()]

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "case": self.case,
            "file": self.file,
            "passed": self.passed,
            "outcome": self.outcome,
            "covers": list(self.covers),
            "steps": self.steps,
            "way": self.way,
            "virtual_seconds": self.virtual_seconds,
            "failures": [failure.as_json() for failure in self.failures],
            "skipped": [failure.as_json() for failure in self.skipped],
            "turns": [
                {
                    "step": step.step,
                    "line": step.line,
                    "begins": round(step.begins, 3),
                    "failed": step.failed,
                    "skipped": step.skipped,
                    "met": [{"expected": expected, "by": by} for expected, by in step.met],
                    "seen": [{"at": round(at, 3), "line": line} for at, line in step.seen],
                }
                for step in self.by_step
            ],
            "transcript": self.transcript,
        }
