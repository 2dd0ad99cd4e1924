"""The terms page as a browser would see it: its form, and where submitting it leads (``cic/auth-api.md``)."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

SUCCESS = "clova://agreement-success"


@dataclass(slots=True)
class Form:
    """The first form of a page: where it goes, and what its hidden and preset fields say."""

    method: str
    url: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._is_open = False
        self.form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None:
            self._is_open = True
            self.form = Form(given.get("method", "get").upper(), urljoin(self._url, given.get("action", "")))
        elif tag in ("input", "button") and self._is_open and self.form is not None and given.get("name"):
            self.form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


def form_of(page: bytes, url: str) -> Form | None:
    """The form of the page at ``url``, if it has one."""
    parser = _Forms(url)
    parser.feed(page.decode("utf-8", "replace"))
    return parser.form
