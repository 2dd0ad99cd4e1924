"""Who may use the control listener.

It is clear text on loopback, so every page that a person has open in a browser could try to reach it. Three things
tell such a page: the name that it resolved to this machine (``Host``), where it comes from (``Origin``), and what
its browser says of it (``Sec-Fetch-Site``).
"""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from mockcloud.server.control.problems import refusal
from mockcloud.settings import Settings
from mockcloud.wire.http import bearer

OPEN_PATHS = frozenset(("/", "/ca.pem", "/health", "/metrics", "/openapi.json"))
"""What needs no control token."""

_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:/@\s]+))(?::[0-9]*)?")


class Access:
    def __init__(self, settings: Settings) -> None:
        # A listener on all addresses has no name of its own: which ones it has must be said.
        own = () if settings.control_host in ("", "0.0.0.0", "::") else (settings.control_host,)
        self._hosts = {"localhost", *(_bare(host) for host in (*own, *settings.control_allow_host))}
        self._token = settings.control_token.encode()

    def check(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Raise `Refusal` (401, 403) for a request that is not from one of us. Header names are in lower case."""
        self._check_host(headers.get("host", ""))
        self._check_page(headers.get("origin"), headers.get("sec-fetch-site", ""))
        if method == "OPTIONS" and "access-control-request-method" in headers:
            raise refusal(403, "No requests of other pages", "the control API grants no cross-origin requests")
        # Not by what begins with /v1/: there is more than one way to write a path.
        if path not in OPEN_PATHS:
            self._check_token(headers.get("authorization"))

    def _check_host(self, host: str) -> None:
        if not self._is_allowed(host):
            raise refusal(
                403,
                "Foreign host",
                f"the header Host is {host!r}, which is not a name of this listener; "
                "--control-allow-host NAME (control_allow_host) adds one",
            )

    def _check_page(self, origin: str | None, site: str) -> None:
        if origin is not None:
            if self._is_allowed(_authority_of(origin)):
                return
            wrong = f"the header Origin is {origin!r}"
        elif site.strip().lower() == "cross-site":
            wrong = f"the header Sec-Fetch-Site is {site!r}"
        else:
            return
        raise refusal(
            403,
            "Foreign page",
            f"{wrong}: a page of another site may not use the control API; "
            "--control-allow-host NAME (control_allow_host) allows the pages of a host",
        )

    def _check_token(self, authorization: str | None) -> None:
        if not self._token:
            return
        given = bearer(authorization).token or ""
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token):
            said = "the control token is another one" if given else "there is no control token"
            raise refusal(
                401,
                "No access",
                f"{said}: send Authorization: Bearer <token> with the token that the server was started with",
                headers={"WWW-Authenticate": 'Bearer realm="mockcloud control API"'},
            )

    def _is_allowed(self, authority: str) -> bool:
        name = _host_of(authority)
        return name is not None and (name in self._hosts or _is_loopback(name))


def _host_of(authority: str) -> str | None:
    """``LOCALHOST.:8444`` -> ``localhost``, ``[::1]:8444`` -> ``::1``; ``None`` for what is not an authority."""
    found = _AUTHORITY.fullmatch(authority.strip())
    return _bare(found[1] or found[2]) if found else None


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _authority_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
