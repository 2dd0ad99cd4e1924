"""``index.md``: what the reference holds."""

from collections.abc import Iterator

from docs.writers.markdown import Page, link, listed, page

_PAGES = (
    ("Settings", "settings.md", "every setting: its name, its default, what it decides"),
    ("Commands", "commands.md", "the help of every command"),
    ("Control API", "control-api.md", "every call of the control listener"),
    ("Scenario files", "scenario.md", "every key of a scenario"),
    ("Faults", "faults.md", "everything that can be made to go wrong, and where"),
    ("Messages", "messages/index.md", "every message of the specification, with its table and examples"),
    ("Findings", "findings/index.md", "every code that a finding can have, and what to do about it"),
)


def pages() -> Iterator[Page]:
    said = "Made from what the product itself declares, by `make docs`."
    yield page("index.md", "Reference", said, listed(f"{link(name, at)}: {what}" for name, at, what in _PAGES))
