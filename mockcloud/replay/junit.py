"""Reports as JUnit XML, as CI servers read it."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from mockcloud.replay.report import Report


def junit(reports: Sequence[Report]) -> str:
    """One test case a run, with its timeline as output."""
    failed = sum(report.failed for report in reports)
    skipped = sum(report.outcome == "skipped" for report in reports)
    counts = f'tests="{len(reports)}" failures="{failed}" errors="0" skipped="{skipped}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites><testsuite name="mockcloud replay" {counts}>',
    ]
    for report in reports:
        lines.append(
            f"<testcase classname={quoteattr(report.file)} name={quoteattr(_printable(report.name))} "
            f'time="{report.virtual_seconds:.3f}">'
        )
        lines += [
            f"<failure message={quoteattr(_printable(failure.said))}>{escape(_printable(str(failure)))}</failure>"
            for failure in report.failures
        ]
        if report.outcome == "skipped":
            lines += [f"<skipped message={quoteattr(_printable(str(why)))}/>" for why in report.skipped[:1]]
        output = "\n".join(report.timeline() or report.transcript)
        lines.append(f"<system-out>{escape(_printable(output))}</system-out></testcase>")
    lines.append("</testsuite></testsuites>")
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char for char in text if char in "\n\t" or (char >= " " and not "\ud800" <= char <= "\udfff"))
