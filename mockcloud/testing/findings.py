"""What makes a test fail that no assertion of its own would catch, and how it is told."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mockcloud.errors import MockcloudError
from mockcloud.testing.message import Message

if TYPE_CHECKING:
    from mockcloud.catalogue import Edition, Kind
    from mockcloud.replay.report import Failure
    from mockcloud.testing.server import Server

_CALL_FAILED = "scenario.call.failed:"
"""What the cloud finds when a function of the test raises, whose traceback says more."""
_LONGEST_STORY = 60
_QUIET = ("ping",)
"""Channels that tell nothing of a conversation."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, a line each; false if nothing is."""

    violations: tuple[str, ...] = ()
    unmet: "tuple[Failure, ...]" = ()
    errors: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Tracebacks of functions of the test that were to answer, and of applications whose answer was none."""

    @classmethod
    def of(
        cls,
        entries: Iterable[Mapping[str, Any]],
        *,
        allowed: frozenset[str],
        unmet: "Sequence[Failure]" = (),
        errors: Sequence[str] = (),
        failed: Sequence[str] = (),
        raised: Sequence[str] = (),
    ) -> Self:
        """Of the entries of a journal; ``allowed`` are codes of violations that are passed over. What applications have
        ``raised`` explains violations, and is none by itself."""
        from mockcloud.vocabulary.codes import ALL

        violations = [
            f"{finding['code']}: {_shown(entry)}: {_place(finding)}{finding['said']}{_because(finding)}"
            for entry in entries
            if entry["note"] != "unchecked"
            for finding in entry["violations"]
            if finding["severity"] == "violation" and not {finding["code"], ALL} & allowed
        ]
        return cls(
            tuple(violations), tuple(unmet), tuple(errors), (*failed, *(dict.fromkeys(raised) if violations else ()))
        )

    def __bool__(self) -> bool:
        return bool(self.violations or self.unmet or self.errors or self.failed)

    def __str__(self) -> str:
        told_better = _CALL_FAILED if self.failed else ()
        violations = tuple(one for one in self.violations if not one.startswith(told_better))
        parts = [
            ("messages that break the specification", violations),
            ("expectations that nothing met", tuple(map(str, self.unmet))),
            ("functions that failed", tuple(line for one in self.failed for line in one.splitlines())),
            ("bugs in mockcloud, please report them", self.errors),
        ]
        return "\n".join(line for title, lines in parts if lines for line in (f"{title}:", *(f"  {x}" for x in lines)))


class CheckFailed(AssertionError):
    """Something went wrong that the test did not look at; ``findings`` says what."""

    def __init__(self, findings: Findings, story: str = "") -> None:
        self.findings = findings
        super().__init__(_with_story(str(findings), story))


class ExpectationFailed(AssertionError):
    """A message that was waited for did not come; ``nearest`` are the entries that came closest and why not."""

    def __init__(
        self,
        pattern: Mapping[str, Any],
        within: float | None,
        nearest: Iterable[Mapping[str, Any]],
        story: str = "",
        said: str = "",
    ) -> None:
        self.pattern = pattern
        self.nearest = tuple(nearest)
        name = pattern["name"]
        rest = ", ".join(f"{key}={value!r}" for key, value in pattern.items() if key != "name")
        said = said or f"within {within:g} s"
        lines = [f"expected {name}{f' with {rest}' if rest else ''} {said}"]
        same = [miss for miss in self.nearest if miss["name"] == name]
        lines += [f"  nearest: {miss['seq']} {miss['name']}: {'; '.join(miss['why'])}" for miss in same]
        if self.nearest and not same:
            lines.append("  no message of this name came, or each met an expectation before")
        super().__init__(_with_story("\n".join(lines), story))


def told(entries: Iterable[Mapping[str, Any]]) -> str:
    """A journal for people: a line a message, what is wrong with it below; the oldest are left out of a long one."""
    lines: list[str] = []
    for entry in entries:
        if entry["channel"] in _QUIET and not entry["violations"]:
            continue
        lines.append(str(Message.of(entry)) + (f" [{entry['rule']}]" if entry["rule"] else ""))
        lines += [
            f"    ! {one['code']}: {_place(one)}{one['said']}{_because(one)}"
            for one in entry["violations"]
            if one["severity"] == "violation"
        ]
        if entry["note"] and (entry["status"] or 0) >= 400 and not entry["unmatched"]:
            lines.append(f"    ? {entry['note']}")
        if entry["unmatched"]:
            lines.append(f"    ? nothing took it; {entry['note']}" if entry["note"] else "    ? nothing took it")
    left_out = len(lines) - _LONGEST_STORY
    if left_out > 0:
        lines = [f"... {left_out} lines before", *lines[left_out:]]
    return "\n".join(lines)


def known_codes(codes: Iterable[str]) -> frozenset[str]:
    """The codes of violations to pass over. Raises `MockcloudError` for one that no finding can have."""
    from mockcloud.vocabulary.codes import allowed

    try:
        return allowed(codes)
    except ValueError as error:
        raise MockcloudError(str(error)) from None


def known_name(server: "Server", name: str) -> str:
    """The name, if a message can have it. Raises `ValueError` for a name that the specification does not have.

    Names of requests (``POST /token``) and of occurrences (``disconnected``) pass: only ``Namespace.Name`` is looked
    up.
    """
    namespace, dot, _ = name.partition(".")
    if not dot or not namespace.isidentifier():
        return name
    catalogue = server.cloud.machine.core.catalogue
    kinds: tuple[Kind, ...] = ("event", "directive")
    editions: tuple[Edition, ...] = ("newer", "4.4")
    if any(catalogue.knows(kind, name, edition) for kind in kinds for edition in editions):
        return name
    near = difflib.get_close_matches(name, [one for kind in kinds for one in catalogue.names(kind)], 1, 0)
    raise ValueError(f"there is no message {name!r}; did you mean {near[0]!r}?")


def known_facts(match: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, if it speaks of nothing that no entry has. Raises `TypeError` otherwise, as for any wrong keyword."""
    from mockcloud.journal import FACTS

    for name in match:
        if name not in FACTS:
            near = difflib.get_close_matches(name, FACTS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(FACTS)}"
            raise TypeError(f"there is no {name!r} to match; {hint}")
    return match


def _with_story(said: str, story: str) -> str:
    return f"{said}\nwhat happened:\n" + "\n".join(f"  {line}" for line in (story or "nothing").splitlines())


def _shown(entry: Mapping[str, Any]) -> str:
    return f"{entry['seq']} {entry['name']}"


def _place(finding: Mapping[str, Any]) -> str:
    return f"{finding['path']}: " if finding["path"] else ""


def _because(finding: Mapping[str, Any]) -> str:
    return f" ({', '.join(finding['because'])})" if finding["because"] else ""
