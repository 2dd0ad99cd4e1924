"""Pages the device opens: of a LaunchURI the first target that works, never more than one (D-197)."""

from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mockcloud.client.core import Core
from mockcloud.client.vocabulary import Shown, Trouble
from mockcloud.vocabulary import Headers


class Pages:
    def __init__(self, core: Core) -> None:
        self._core = core

    def launch(self, payload: Mapping[str, Any]) -> None:
        targets = payload.get("targets")
        if isinstance(targets, list):
            self.open(deque(str(t.get("uri", "")) for t in targets if isinstance(t, Mapping)))

    def open(self, candidates: deque[str]) -> None:
        """Open the first candidate that works; this device knows no scheme but http and https."""
        while candidates:
            url = candidates.popleft()
            if urlsplit(url).scheme in ("http", "https"):
                headers = (("accept", "text/html"), ("user-agent", self._core.profile.user_agent))
                self._core.fetch("GET", url, headers, _Page(self, url, candidates))
                return
        self._core.note(Trouble("nothing of a LaunchURI could be opened"))

    def opened(self, url: str) -> None:
        self._core.note(Shown("page", url))


class _Page:
    def __init__(self, pages: Pages, url: str, others: deque[str]) -> None:
        self._pages = pages
        self._url = url
        self._others = others
        self._status = 0

    def started(self, status: int, _headers: Headers) -> None:
        self._status = status

    def data(self, data: bytes) -> None:
        pass

    def ended(self) -> None:
        if self._status < 400:
            self._pages.opened(self._url)
        else:
            self._pages.open(self._others)

    def lost(self, _reason: str) -> None:
        self._pages.open(self._others)
