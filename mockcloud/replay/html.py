"""Reports as one HTML file: no scripts, nothing to fetch, readable on paper."""

from collections.abc import Iterator, Sequence
from html import escape

from mockcloud.replay.report import Report, StepReport

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1d1d1f}
h1{font-size:1.4rem}summary{cursor:pointer;padding:.35rem 0}.ok{color:#176b2c}.fail{color:#a8071a}.skipped{color:#860}
details{border-bottom:1px solid #ddd}pre{background:#f6f6f7;padding:.6rem;overflow-x:auto;font-size:13px}
.failure{border-left:4px solid #a8071a;padding-left:.8rem;white-space:pre-wrap}
table{border-collapse:collapse;width:100%;font:13px/1.4 ui-monospace,monospace}
td{padding:.1rem .5rem;vertical-align:top}
td.at{text-align:right;color:#666;white-space:nowrap;width:7rem}tr.step td{padding-top:.6rem;font-weight:600}
@media (prefers-color-scheme:dark){body{background:#17181a;color:#e8e8ea}pre{background:#222428}
.ok{color:#6fd08c}.fail{color:#ff7875}td.at{color:#999}details{border-color:#333}}
@media print{details>*{display:block}}"""


def html(reports: Sequence[Report]) -> str:
    """The page: a summary, and each run with what failed and its timeline; those that failed are open."""
    failed = sum(report.failed for report in reports)
    passed = sum(report.passed for report in reports)
    skipped = len(reports) - failed - passed
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>mockcloud replay: {passed} passed, {failed} failed</title>",
            f"<style>{_STYLE}</style></head><body>",
            _heading(passed, failed, skipped),
            *(line for report in reports for line in _run(report)),
            "</body></html>",
            "",
        ]
    )


def _heading(passed: int, failed: int, skipped: int) -> str:
    kind = "fail" if failed else "ok"
    counts = f'<span class="ok">{passed} passed</span>, <span class="{kind}">{failed} failed</span>'
    if skipped:
        counts += f", {skipped} skipped"
    return f"<h1>mockcloud replay: {counts}</h1>"


_MARKS = {"passed": ("ok", "passed"), "failed": ("fail", "FAILED"), "skipped": ("skipped", "skipped")}


def _run(report: Report) -> Iterator[str]:
    kind, mark = _MARKS[report.outcome]
    where = f"{escape(report.file)}, {escape(report.seconds)}"
    yield f"<details{'' if report.passed else ' open'}>"
    yield f'<summary><b class="{kind}">{mark}</b> {escape(report.name)} <small>{where}</small></summary>'
    if report.covers:
        yield f"<p>Covers {escape(', '.join(report.covers))}</p>"
    yield from (f'<p class="failure">{escape(str(failure))}</p>' for failure in report.failures)
    yield from (f"<p>Skipped: {escape(str(why))}</p>" for why in report.skipped)
    yield "<table>"
    for step in report.by_step:
        yield from _step(step)
    yield "</table></details>"


def _step(step: StepReport) -> Iterator[str]:
    kind = ' class="fail"' if step.failed else ""
    yield f'<tr class="step"><td class="at">line {step.line}</td><td{kind}>{escape(step.step)}</td></tr>'
    for at, line in step.seen:
        yield f'<tr><td class="at">+{at - step.begins:.3f} s</td><td>{escape(line)}</td></tr>'
    for expected, _ in step.met:
        yield f'<tr><td class="at"></td><td class="ok">met: {escape(expected)}</td></tr>'
