"""What a user does in the app to link an account: the login page opens, they log in or would not, and come back.

Pages of the cloud are asked of it without a socket; those of somebody else's authorization server by HTTP.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from mockcloud.cek.linking import with_query
from mockcloud.cek.paths import BUILT_IN_PATH
from mockcloud.cic import operations as op
from mockcloud.cic.operations import Outcome, problem
from mockcloud.wire.http import WebRequest, WebResponse

Ask = Callable[[Any], Any]
"""Asks the cloud an operation, or a page."""

USER = "minsu"
"""Who logs in unless somebody else is named."""
_FORM = (("content-type", "application/x-www-form-urlencoded"),)
_LINKED, _DENIED = 200, 403
_MOST_PAGES = 20
_PATIENCE = 10.0
"""Seconds that a page of somebody else's has to come."""
_TEXT = re.compile(r"<p>([^<]+)</p>")


class _NotLoggedIn(Exception):
    """The login page did not send the user back; the text says why."""


def link(ask: Ask, account: str, members: Mapping[str, Any]) -> Outcome:
    """Do what ``app: {link_account: members}`` says; a problem if the login does not end as it has to."""
    started = ask(op.StartLink(members["extension"], account))
    if started.status >= 400:
        return Outcome(started.status, started.body)
    allows = members.get("allow", True)
    try:
        back = _logged_in(ask, started.body["url"], started.body["redirect_uri"], members, allows=allows)
    except _NotLoggedIn as error:
        return problem(409, "Not logged in", str(error))
    page: WebResponse = ask(_page("GET", back))
    if page.status != (_LINKED if allows else _DENIED):
        return problem(409, "Not linked", f"the user comes back, and sees (status {page.status}): {_said(page)}")
    return Outcome(204)


def _logged_in(ask: Ask, login: str, redirect_uri: str, members: Mapping[str, Any], *, allows: bool) -> str:
    """The URL that the login page sends the user back to. Raises `_NotLoggedIn`."""
    state = {"state": parse_qs(urlsplit(login).query)["state"][0]}
    if "code" in members:
        return with_query(redirect_uri, {**state, "code": members["code"]})
    if _is_built_in(login, redirect_uri):
        decision = {"user": members.get("user", USER), "decision": "allow" if allows else "deny"}
        sent_on: WebResponse = ask(_page("POST", login, decision))
        location = dict(sent_on.headers).get("location")
        if location is None:
            raise _NotLoggedIn(f"the login page refuses (status {sent_on.status}): {_said(sent_on)}")
        return location
    if not allows:
        return with_query(redirect_uri, {**state, "error": "access_denied"})
    return _at_foreign_page(login, redirect_uri, members.get("form") or {})


def _is_built_in(login: str, redirect_uri: str) -> bool:
    ours, page = urlsplit(redirect_uri), urlsplit(login)
    return (page.scheme, page.netloc) == (ours.scheme, ours.netloc) and page.path.startswith(BUILT_IN_PATH)


def _page(method: str, url: str, form: Mapping[str, str] | None = None) -> WebRequest:
    parts = urlsplit(url)
    headers, body = (_FORM, urlencode(form).encode()) if form else ((), b"")
    return WebRequest(method, parts.path, parts.query, headers, body, parts.scheme, parts.netloc)


def _at_foreign_page(login: str, redirect_uri: str, form: Mapping[str, str]) -> str:
    """Go where the login page leads, as a browser without scripts does; the page itself gets the form."""
    import httpx  # with the first login elsewhere

    url, fields = login, None
    with httpx.Client(timeout=_PATIENCE, trust_env=False) as browser:
        for _ in range(_MOST_PAGES):
            try:
                page = browser.request("POST" if fields else "GET", url, data=fields)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _NotLoggedIn(f"the login page {_place(url)} is not reached: {error}") from None
            if page.next_request is not None:
                url, fields = str(page.next_request.url), None
                if _leads_back(url, redirect_uri):
                    return url
            elif page.status_code == 200 and form:
                fields, form = dict(form), {}
            else:
                cure = "give the `form` that it wants, a `code`, or do `set_link`"
                raise _NotLoggedIn(f"{_place(url)} sends nobody back (status {page.status_code}): {cure}")
    raise _NotLoggedIn(f"after {_MOST_PAGES} pages, {_place(url)} the last, nobody was sent back")


def _leads_back(url: str, redirect_uri: str) -> bool:
    there, wanted = urlsplit(url), urlsplit(redirect_uri)
    return (there.scheme, there.netloc, there.path.rstrip("/")) == (
        wanted.scheme,
        wanted.netloc,
        wanted.path.rstrip("/"),
    )


def _place(url: str) -> str:
    """Without the query, which holds the ``state``."""
    return url.partition("?")[0]


def _said(page: WebResponse) -> str:
    """What a page of ours tells its user."""
    return "; ".join(html.unescape(text) for text in _TEXT.findall(page.body.decode()))
