"""The authorisation server: ``/authorize``, ``/token`` and the terms page (``cic/auth-api.md``, C-001..C-018, C-183).

The order in which a request is judged: the client's parameters (400), who the user is (403), the terms (451).
"""

import html
from collections.abc import Callable
from urllib.parse import unquote, urlencode

from mockcloud.cic.core import Core
from mockcloud.cloud import tokens
from mockcloud.cloud.accounts import Account, Token
from mockcloud.cloud.order.given import remember
from mockcloud.cloud.tokens import Denied
from mockcloud.journal import Entry
from mockcloud.vocabulary import Finding
from mockcloud.wire.http import WebRequest, WebResponse, bearer, parameters
from mockcloud.wire.messages import Json, dumps

AUTHORIZE_PATH = "/authorize"
TERMS_PATH = "/terms"
JSON_HEADERS = (("content-type", "application/json"), ("cache-control", "no-store"))
HTML_HEADERS = (("content-type", "text/html; charset=utf-8"),)

_SOURCE = "cic/auth-api.md"
_ERRORS = {400: "invalid_request", 401: "invalid_client", 403: "access_denied", 421: "invalid_request"}


_Given = dict[str, str]
_Outcome = tuple[int, Json, Account | None, str, tuple[str, ...]]
_Handler = Callable[[Core, WebRequest, _Given], _Outcome]


class _Refused(Exception):
    """Carries the response out of the checks."""

    findings: tuple[Finding, ...] = ()

    def __init__(self, status: int, said: str, *because: str, account: Account | None = None) -> None:
        self.status, self.said, self.because, self.account = status, said, because, account
        super().__init__(said)


class _AtFault(_Refused):
    """The device, and not what it was given, is to blame: a finding."""

    def __init__(self, code: str, status: int, said: str, *because: str, account: Account | None = None) -> None:
        super().__init__(status, said, *because, account=account)
        self.findings = (Finding(code, said, because=because, source=_SOURCE),)


def authorize(core: Core, request: WebRequest) -> WebResponse:
    """``GET | POST /authorize``: an authorization code (C-003..C-006, C-183)."""
    return _answer(core, request, _authorize)


def token(core: Core, request: WebRequest) -> WebResponse:
    """``GET | POST /token``: issue, refresh or delete an access token (C-009..C-015)."""
    return _answer(core, request, _token)


def terms(core: Core, request: WebRequest) -> WebResponse:
    """The page a 451 leads to: GET shows it, POST stores the user's consent and redirects (C-006, C-007)."""
    if request.method not in ("GET", "POST"):
        return _no_such_method()
    try:
        given = parameters(request)
    except ValueError as error:
        return _json(400, {"error": "invalid_request", "error_description": str(error)})
    found = _code_owner(core, given.get("code", ""))
    if request.method == "GET":
        shown = found is not None
        return WebResponse(200 if shown else 400, HTML_HEADERS, _page(given.get("code", ""), given.get("state", "")))
    if found is None:
        _record(core, request, None, 302, "no such authorization code: nothing to agree to", ("C-007",))
        return WebResponse(302, (("location", "clova://agreement-failure"),))
    found.terms_accepted = True
    _record(core, request, found, 302, "the user has accepted the terms", ("C-007",))
    return WebResponse(302, (("location", "clova://agreement-success"),))


def _answer(core: Core, request: WebRequest, handle: _Handler) -> WebResponse:
    """Run a handler; its refusals become JSON, both go on record."""
    if request.method not in ("GET", "POST"):
        return _no_such_method()
    found = _unacceptable(request)
    try:
        given = _read(request)
        _at_home(core, request, given)
        status, body, account, said, because = handle(core, request, given)
        found += _repeated(account, request, given)
    except _Refused as refused:
        status, account, said, because = refused.status, refused.account, refused.said, refused.because
        body = {"error": _ERRORS[status], "error_description": said}
        found += refused.findings
    _record(core, request, account or core.owner_of(core.listener_of(request.ex)), status, said, because, found)
    return _json(status, body)


def _read(request: WebRequest) -> _Given:
    """Its parameters, of the query or the form."""
    try:
        return parameters(request)
    except ValueError as error:
        because = ("C-004", "D-008") if request.path == AUTHORIZE_PATH else ("C-010", "D-014")
        raise _AtFault("auth.parameter", 400, str(error), *because) from None


def _unacceptable(request: WebRequest) -> tuple[Finding, ...]:
    """What is wrong with ``Accept``: the answers are JSON (D-008)."""
    accepted = request.header("accept")
    if accepted is not None and any(kind in accepted.lower() for kind in ("application/json", "application/*", "*/*")):
        return ()
    said = f"Accept is {accepted!r}" if accepted else "there is no Accept header"
    said += ": the answer is JSON, write Accept: application/json"
    return (Finding("auth.accept", said, because=("D-008", "C-001"), severity="warning", source=_SOURCE),)


def _repeated(account: Account | None, request: WebRequest, given: _Given) -> tuple[Finding, ...]:
    """What is wrong with ``state``: it is another one each time, or it protects from nothing (D-010)."""
    if account is None or request.path != AUTHORIZE_PATH:
        return ()
    state = given["state"]
    is_known = state in account.states
    remember(account.states, state, None)
    said = "this state was sent before: a fresh one for each request is what it protects by"
    found = Finding("auth.state.repeated", said, because=("D-010",), severity="warning", source=_SOURCE)
    return (found,) if is_known else ()


def _authorize(core: Core, request: WebRequest, given: _Given) -> _Outcome:
    _require(core, given, ("client_id", "device_id", "response_type", "state"), "C-004", "D-008")
    client = _client(core, given, "C-004")
    if given["response_type"] != "code":
        said = f"response_type {given['response_type']!r} is not supported, only code"
        raise _AtFault("auth.parameter", 400, said, "C-004", "D-008", account=client)
    guest = given.get("request_vu", "N")
    if guest not in ("Y", "N"):
        said = f"request_vu is Y or N, not {guest!r}"
        raise _AtFault("auth.parameter", 400, said, "C-183", "D-020", account=client)
    account, is_guest = _user(core, request, client, guest == "Y")
    code = tokens.issue_code(
        account,
        client_id=given["client_id"],
        device_id=given["device_id"],
        model_id=given.get("model_id", ""),
        guest=is_guest,
        now=core.now,
    )
    body: Json = {"code": code.code, "state": given["state"]}
    if is_guest:
        return 200, body, account, "a code for a guest", ("C-183",)
    if not account.terms_accepted:
        code.awaits_terms = True
        query = urlencode({"code": code.code, "grant_type": "code", "state": given["state"]})
        page = f"{core.origin(request.scheme, request.authority)}{TERMS_PATH}?{query}"
        body = {"code": code.code, "redirect_uri": page, "state": given["state"]}
        return 451, body, account, "the user has not accepted the terms", ("C-006",)
    return 200, body, account, "", ("C-003",)


def _user(core: Core, request: WebRequest, client: Account, guest: bool) -> tuple[Account, bool]:
    """Whose device it is: the owner of the NAVER token, or, for a guest, of the client (C-005, C-183)."""
    given = bearer(request.header("authorization"))
    if given.token is None:
        if guest and given.problem == "missing":
            return client, True
        raise _Refused(403, f"{given.said}; a guest sends request_vu=Y and no such header", "C-005", account=client)
    account = core.accounts.by_naver_token.get(given.token)
    if account is None:
        raise _Refused(403, "no such NAVER access token", "C-005", account=client)
    return account, False


def _token(core: Core, _: WebRequest, given: _Given) -> _Outcome:
    _require(core, given, ("grant_type",), "C-010", "D-014")
    grants = {"authorization_code": _redeem, "refresh_token": _refresh, "delete": _delete}
    grant = grants.get(given["grant_type"])
    if grant is None:
        known = ", ".join(grants)
        said = f"grant_type {given['grant_type']!r} is none of {known}"
        client = core.accounts.by_client.get(given.get("client_id", ""))
        raise _AtFault("auth.parameter", 400, said, "C-010", "D-014", account=client)
    return grant(core, given)


def _redeem(core: Core, given: _Given) -> _Outcome:
    _require(core, given, ("client_id", "client_secret", "code", "device_id"), "C-010", "D-014")
    client = _secret_checked(core, given, 400, "C-010")
    account = _code_owner(core, given["code"]) or client
    issued = tokens.redeem(
        account, given["code"], client_id=given["client_id"], device_id=given["device_id"], now=core.now
    )
    return _issued(issued, account, ("C-009",))


def _refresh(core: Core, given: _Given) -> _Outcome:
    _require(core, given, ("client_id", "client_secret", "refresh_token"), "C-012", "D-016")
    client = _secret_checked(core, given, 400, "C-012")
    wanted = given["refresh_token"]
    account = next((a for a in core.accounts if wanted in a.refresh_tokens), client)
    issued = tokens.refresh(
        account, wanted, client_id=given["client_id"], device_id=given.get("device_id"), now=core.now
    )
    return _issued(issued, account, ("C-012",))


def _delete(core: Core, given: _Given) -> _Outcome:
    _require(core, given, ("access_token", "client_id", "client_secret", "device_id"), "C-015", "D-019")
    client = _secret_checked(core, given, 401, "C-015")
    found = core.accounts.by_access_token(given["access_token"])
    if found is None:
        raise _Refused(400, "no such access token", "C-015", account=client)
    account, token = found
    if token.client_id != given["client_id"]:
        raise _Refused(401, "the access token was issued to another client_id", "C-015", account=account)
    if token.device_id != given["device_id"]:
        said = "the access token was issued to another device_id"
        raise _AtFault("auth.device-id", 401, said, "C-015", "D-009", account=account)
    if given.get("model_id") and token.model_id and token.model_id != given["model_id"]:
        raise _Refused(401, "the access token was issued to another model_id", "C-015", account=account)
    tokens.delete(account, token)
    body = {"access_token": token.access_token, "client_id": token.client_id, "expires_in": _seconds(token)}
    return 200, body, account, "the token is deleted", ("C-014",)


def _issued(issued: Token | Denied, account: Account, because: tuple[str, ...]) -> _Outcome:
    if isinstance(issued, Denied):
        match issued.reason:
            case "device":
                raise _AtFault("auth.device-id", 400, issued.said, *issued.because, account=account)
            case "terms-awaited":
                raise _AtFault("auth.terms", 400, issued.said, *issued.because, account=account)
        raise _Refused(400, issued.said, *issued.because, account=account)
    body = {
        "access_token": issued.access_token,
        "expires_in": _seconds(issued),
        "refresh_token": issued.refresh_token,
        "token_type": "Bearer",
    }
    return 200, body, account, f"for {issued.device_id}", because


def _seconds(token: Token) -> int:
    return token.life // 1_000_000_000


def _at_home(core: Core, request: WebRequest, given: _Given) -> None:
    """Refuse a client whose account has another listener than the one it came in on."""
    client = core.accounts.by_client.get(given.get("client_id", ""))
    if client is not None and (said := core.misdirected(client, request.ex)):
        raise _Refused(421, said, account=client)


def _require(core: Core, given: _Given, names: tuple[str, ...], *because: str) -> None:
    missing = [name for name in names if not given.get(name)]
    if missing:
        client = core.accounts.by_client.get(given.get("client_id", ""))
        raise _AtFault("auth.parameter", 400, f"missing: {', '.join(missing)}", *because, account=client)


def _client(core: Core, given: _Given, item: str, status: int = 400) -> Account:
    account = core.accounts.by_client.get(given["client_id"])
    if account is None:
        raise _Refused(status, f"no such client_id: {given['client_id']!r}", item)
    return account


def _secret_checked(core: Core, given: _Given, status: int, item: str) -> Account:
    """The client's account. A secret that was encoded twice is taken too, if lenient (the printed examples do so)."""
    account = _client(core, given, item, status)
    given_secret, wanted = given["client_secret"], account.client_secret
    twice = not account.settings.strict and unquote(given_secret) == wanted
    if given_secret != wanted and not twice:
        raise _Refused(status, "the client_secret is not the one of this client_id", item, account=account)
    return account


def _code_owner(core: Core, code: str) -> Account | None:
    return next((account for account in core.accounts if code in account.codes), None)


def _no_such_method() -> WebResponse:
    return WebResponse(405, (*JSON_HEADERS, ("allow", "GET, POST")), dumps({"error": "invalid_request"}))


def _json(status: int, body: Json) -> WebResponse:
    return WebResponse(status, JSON_HEADERS, dumps(body))


def _record(
    core: Core,
    request: WebRequest,
    account: Account | None,
    status: int,
    said: str,
    because: tuple[str, ...],
    findings: tuple[Finding, ...] = (),
) -> None:
    core.record(
        Entry(
            at=core.time_of(account),
            account=account.id if account else "",
            channel="auth",
            direction="in",
            kind="request",
            name=f"{request.method} {request.path}",
            status=status,
            findings=findings,
            because=because,
            note=said,
        )
    )


def _page(code: str, state: str) -> bytes:
    """The terms page; a button posts the consent. No scripts, nothing from elsewhere."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in (("code", code), ("state", state))
    )
    return (
        '<!doctype html><html lang="ko"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>이용 약관</title>'
        "<h1>이용 약관</h1><p>mockcloud: this page stands in for the terms of use that a user accepts.</p>"
        f'<form method="post" action="{TERMS_PATH}">{fields}<button>동의합니다</button></form></html>'
    ).encode()
