"""``findings/``: one page for each code that a finding can have."""

from collections.abc import Iterator

from docs.writers.markdown import Page, code, link, listed, page, section, table
from mockcloud.vocabulary.codes import CODES, FindingCode
from mockcloud.vocabulary.kinds import KINDS

_INTRODUCTION = f"""\
A finding says what breaks the specification (a *violation*) or is tolerated by it (a *warning*). Its code is stable: it
keeps its meaning from version to version. Findings are in the journal, in what `mockcloud validate` prints, and in
`GET /v1/violations`.

In a code `{{kind}}` is a kind of message ({", ".join(map(code, KINDS))}), and `{{place}}` is a kind with the part of
the message that is wrong, if it has parts: `event.header`, `event.payload`, `template`, `cek-response.response`.

By default what can be understood is taken, and the finding recorded. With the setting `strict` the cloud refuses what
has a violation."""


def pages() -> Iterator[Page]:
    rows = [(link(code(one.code), f"{one.slug}.md"), _severity(one), one.title) for one in CODES]
    yield page("findings/index.md", "Findings", _INTRODUCTION, table(("Code", "Severity", "Meaning"), rows))
    yield from map(_page, CODES)


def _page(one: FindingCode) -> Page:
    return page(
        f"findings/{one.slug}.md",
        code(one.code),
        f"**{one.title}.** {_severity(one).capitalize()}.",
        one.meaning,
        section("What to do", one.cure),
        section("Codes of this form", listed(map(code, one.such_as))),
        section("Requirements", ", ".join(one.because) or _OF_THE_MESSAGE),
        link("All findings", "index.md"),
    )


_OF_THE_MESSAGE = "Those of the message; the finding names them."


def _severity(one: FindingCode) -> str:
    return " or ".join(one.severities)
