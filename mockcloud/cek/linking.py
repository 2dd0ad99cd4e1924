"""Account linking on the wire: OAuth 2.0 as CEK speaks it to somebody else's authorization server.

Strings and bytes in, values out. The requests are performed like those to extensions, unsigned
(`mockcloud.cek.exchange.PostToExtension`).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure
from mockcloud.cek.requests import body_of
from mockcloud.vocabulary.findings import Finding
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value
from mockcloud.wire import jsontext

ClientAuthentication = Literal["basic", "body"]

LONGEST_LIFE = 100 * 366 * 24 * 3600
"""Seconds: a token that lives longer is taken for one that never ends."""
_SHOWN = 200
"""Characters of somebody else's text that are shown."""
_BECAUSE = ("K-144", "K-146")
_HIDDEN = "***"
_SHORTEST_SECRET = 4
"""Characters: what is shorter would be found in the middle of any word."""


def authorization_url(
    login_url: str, *, state: str, client_id: str, scopes: Iterable[str], response_type: str, redirect_uri: str
) -> str:
    """Where the user logs in (K-141). A query that the login URL has already stays; blanks become ``%20``."""
    scope = " ".join(scopes)
    query = {
        "state": state,
        "client_id": client_id,
        **({"scope": scope} if scope else {}),
        "response_type": response_type,
        "redirect_uri": redirect_uri,
    }
    return with_query(login_url, query)


def with_query(url: str, query: Mapping[str, str]) -> str:
    """The URL with more parameters behind those that it has."""
    parts = urlsplit(url)
    written = "&".join(part for part in (parts.query, urlencode(query, quote_via=quote, safe="")) if part)
    return urlunsplit(parts._replace(query=written))


class Client(Value, frozen=True):
    """Who asks for tokens, and how it proves that."""

    client_id: str
    client_secret: str
    authentication: ClientAuthentication = "basic"


def uri_for_grant(uri: str, grant_type: str) -> str:
    """``uri`` without a ``grant_type`` in its query that names another grant.

    An access token URI may name the grant that it was registered for, and is asked for refreshing too if no other URI
    is registered (K-144, K-146, ``cek:D-24``).
    """
    parts = urlsplit(uri)
    pairs = [
        pair
        for pair in parts.query.split("&")
        if all(name != "grant_type" or value == grant_type for name, value in parse_qsl(pair, keep_blank_values=True))
    ]
    return urlunsplit(parts._replace(query="&".join(pairs)))


def token_request(uri: str, client: Client, fields: Mapping[str, str]) -> tuple[Headers, bytes]:
    """Headers and form of a request for tokens (K-144, K-146).

    ``fields`` begin with ``grant_type``, which is not said again if the query of the URI says it.
    """
    in_query = dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))
    form = {name: value for name, value in fields.items() if name != "grant_type" or name not in in_query}
    headers: Headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
    if client.authentication == "body":
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    else:
        headers = (*headers, ("Authorization", _basic(client)))
    return headers, urlencode(form).encode()


def _basic(client: Client) -> str:
    """RFC 6749, section 2.3.1: both are encoded like a form before they are joined."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


class Tokens(Value, frozen=True):
    """What an authorization server gives."""

    access_token: str
    refresh_token: str = ""
    life: int | None = None
    """Seconds; ``None``: it is not known to end."""


class NoTokens(Exception):
    """The authorization server gives none: a finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.said)
        self.finding = finding


def read_tokens(answer: HttpAnswer | Failure, findings: list[Finding], *, secrets: Iterable[str] = ()) -> Tokens:
    """What came back from a token endpoint (RFC 6749, sections 5.1 and 5.2).

    What is tolerated is added to ``findings``; ``secrets`` never show in what is said. Raises `NoTokens`.
    """
    if isinstance(answer, Failure):
        said = _without(secrets, f"{answer.kind}: {answer.said}")
        raise NoTokens(Finding("linking.token-server", said, because=_BECAUSE))
    message = _message(answer.body)
    if answer.status != 200:
        said = _without(secrets, _refusal(answer, message))
        raise NoTokens(Finding("linking.token-refused", said, because=_BECAUSE))
    if not isinstance(message, dict):
        kind = shown(answer.header("content-type")) or "no Content-Type"
        raise _no_token(f'the answer ({kind}) is not a JSON object: answer {{"access_token": ...}}')
    return _tokens(message, findings)


def read_redirect(given: Mapping[str, str], findings: list[Finding]) -> Tokens:
    """The token that an implicit grant gives with the redirect (K-143, K-145). Raises `NoTokens`."""
    life = given.get("expires_in", "")
    seconds = int(life) if life.isascii() and life.isdecimal() and len(life) < 15 else None
    named = {name: given[name] for name in ("access_token", "token_type") if name in given}
    return _tokens({**named, "expires_in": seconds}, findings)


def _message(body: bytes) -> Any:
    try:
        return jsontext.loads(body)
    except jsontext.JsonError:
        return None


def _refusal(answer: HttpAnswer, message: Any) -> str:
    if 300 <= answer.status < 400:
        return f"the status is {answer.status}: redirects are not followed, register the token URI that is meant"
    told = message if isinstance(message, dict) else {}
    said = [str(told[name]) for name in ("error", "error_description") if isinstance(told.get(name), str)]
    if not said:
        return f"the status is {answer.status}, expected 200 with tokens: see the authorization server's log"
    return f"the status is {answer.status}: {shown(': '.join(said))}"


def _tokens(message: Mapping[str, Any], findings: list[Finding]) -> Tokens:
    access, refresh = message.get("access_token"), message.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise _no_token("the answer has no access_token: it is text that is not empty")
    kind = message.get("token_type")
    if kind is None:
        _tolerate(findings, "the answer has no token_type; it is taken for Bearer", "token_type")
    elif not isinstance(kind, str) or kind.lower() != "bearer":
        said = f"the token_type is {shown(json.dumps(kind, ensure_ascii=False))}, expected Bearer"
        raise _no_token(said)
    if refresh is not None and not isinstance(refresh, str):
        raise _no_token("the refresh_token of the answer is not text")
    return Tokens(access, refresh or "", _life(message.get("expires_in"), findings))


def _no_token(said: str) -> NoTokens:
    return NoTokens(Finding("linking.token-answer", said, because=_BECAUSE))


def _life(written: Any, findings: list[Finding]) -> int | None:
    if written is None:
        return None
    seconds = written
    if isinstance(written, str) and written.isascii() and written.isdecimal() and len(written) < 15:
        _tolerate(findings, f'expires_in is the text "{written}", expected a number of seconds', "expires_in")
        seconds = int(written)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        said = f"expires_in is {shown(json.dumps(written))}, expected a number of seconds; the token is kept for good"
        _tolerate(findings, said, "expires_in")
        return None
    return int(seconds) if seconds <= LONGEST_LIFE else None


def _tolerate(findings: list[Finding], said: str, path: str) -> None:
    findings.append(Finding("linking.token-answer", said, path, ("K-144",), "warning"))


def shown(text: str) -> str:
    """Somebody else's text on one line, as much of it as is worth showing."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."


def _without(secrets: Iterable[str], said: str) -> str:
    """A server may repeat what it was sent."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            for form in (secret, quote(secret, safe=""), quote_plus(secret)):
                said = said.replace(form, _HIDDEN)
    return said


def with_access_token(body: bytes, token: str) -> bytes:
    """A request to an extension with another token in both places that have one (K-147); empty: with none."""
    message = json.loads(body)
    system = (message.get("context") or {}).get("System") or {}
    for holder in (message.get("session") or {}, system):
        user = holder.get("user") or {}
        if "accessToken" in user:
            user["accessToken"] = token
            if not token:
                del user["accessToken"]
    return body_of(message)
