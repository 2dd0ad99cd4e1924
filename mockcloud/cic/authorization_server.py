"""The built-in authorization server: account linking without a server of somebody else's (K-149).

Each extension that is registered with ``linking: {built_in: true}`` has one of its own on the device listener:

    /al/{account}/{extension}/authorize   the login page: choose a user, allow or deny
    /al/{account}/{extension}/token       tokens for a code or a refresh token; the client by either way of RFC 6749
    /al/{account}/{extension}/userinfo    whose access token that is, for the extension's server

Users are only ever sent on to our own redirect endpoint.
"""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote_plus

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.linking import shown, with_query
from mockcloud.cek.paths import BUILT_IN_PATH, OFFICIAL, REDIRECT_PATH
from mockcloud.cic import linking_pages
from mockcloud.cic.core import Core
from mockcloud.clock import SECOND
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions import grants
from mockcloud.cloud.extensions.extension import Extension, Grant, Linking
from mockcloud.journal import Entry
from mockcloud.vocabulary import Headers
from mockcloud.wire.http import MAX_PARAMETERS, WebRequest, WebResponse, bearer, media_type, parameters
from mockcloud.wire.messages import Json, dumps

_JSON: Headers = (("content-type", "application/json"), ("cache-control", "no-store"), ("pragma", "no-cache"))
_LONGEST_USER = 100


class _Refused(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, status: int, error: str, said: str, *headers: tuple[str, str]) -> None:
        super().__init__(said)
        self.status, self.error, self.said, self.headers = status, error, said, headers


def login_url(core: Core, account: Account, extension: Extension) -> str:
    """What stands in for the registered login URL."""
    names = f"{quote(account.id, safe='')}/{quote(extension.id, safe='')}"
    return f"{core.device_origin(account)}{BUILT_IN_PATH}{names}/authorize"


def answer(core: Core, web: WebRequest) -> WebResponse:
    """A request to one of its pages."""
    names = web.path.removeprefix(BUILT_IN_PATH).split("/")
    account = core.accounts.by_id.get(names[0])
    extension = account.extensions.get(names[1]) if account is not None and len(names) == 3 else None
    page = _PAGES.get(names[-1])
    if account is None or extension is None or page is None or not _is_built_in(extension):
        said = "mockcloud: there is no such page; its extension is registered with `linking: {built_in: true}`\n"
        return WebResponse(404, (("content-type", "text/plain; charset=utf-8"),), said.encode())
    methods, handle = page
    if web.method not in methods:
        return WebResponse(405, (("allow", ", ".join(methods)),))
    core.touch(account)
    response, note = handle(core, account, extension, web)
    _record(core, account, extension, f"{web.method} {names[-1]}", response.status, note)
    return response


def answer_tokens(core: Core, account: Account, extension: Extension, headers: Headers, body: bytes) -> HttpAnswer:
    """The same as a POST to its token endpoint, without going through a socket."""
    fields = tuple((name.lower(), value) for name, value in headers)
    response, note = _token(core, account, extension, WebRequest("POST", "token", "", fields, body, "", ""))
    _record(core, account, extension, "POST token", response.status, note)
    return HttpAnswer(response.status, response.headers, response.body)


def _is_built_in(extension: Extension) -> bool:
    return extension.linking is not None and extension.linking.built_in


# The login page


def _authorize(core: Core, account: Account, extension: Extension, web: WebRequest) -> tuple[WebResponse, str]:
    """GET shows it, POST sends the user back with a code or with why there is none."""
    try:
        given = parameters(web)
    except ValueError as error:
        return linking_pages.refused(extension, str(error)), str(error)
    linking = _linking(extension)
    if said := _suspicious(core, account, linking, given):
        return linking_pages.refused(extension, said), said
    if given.get("response_type") != linking.grant:
        said = f"response_type is {linking.grant!r}, as it is registered"
        return _back(given, {"error": "unsupported_response_type", "error_description": said}), said
    scopes = given.get("scope", "").split()
    if not set(scopes) <= set(linking.scopes):
        said = f"scopes are those registered: {' '.join(linking.scopes) or 'none'}"
        return _back(given, {"error": "invalid_scope", "error_description": said}), said
    if web.method == "GET":
        return linking_pages.log_in(extension, scopes), ""
    return _decided(core, account, extension, given)


def _suspicious(core: Core, account: Account, linking: Linking, given: dict[str, str]) -> str:
    """Why nobody is sent to the ``redirect_uri``, not even with an error (RFC 6749, section 4.1.2.1)."""
    if given.get("client_id") != linking.client_id:
        return f"there is no client {shown(given.get('client_id', ''))!r}"
    bases = (core.device_origin(account), OFFICIAL)
    known = [f"{base}{REDIRECT_PATH}{end}" for base in bases for end in ("/", "")]
    if given.get("redirect_uri") not in known:
        return f"redirect_uri is {shown(given.get('redirect_uri', ''))!r}, expected {known[0]}"
    return ""


def _decided(core: Core, account: Account, extension: Extension, given: dict[str, str]) -> tuple[WebResponse, str]:
    if given.get("decision") != "allow":
        return _back(given, {"error": "access_denied"}), "denied"
    user = (given.get("other") or given.get("user") or "").strip()
    if not user or len(user) > _LONGEST_USER or not user.isprintable():
        said = f"a user has a name of 1 to {_LONGEST_USER} letters"
        return linking_pages.refused(extension, said), said
    code, grant = grants.consent(
        account,
        extension,
        user=user,
        scope=given.get("scope", ""),
        redirect_uri=given["redirect_uri"],
        now=core.now,
    )
    if _linking(extension).grant == "code":
        return _back(given, {"code": code}), f"allowed by {user}"
    grant.code_used = True
    grants.issue(account, grant, core.now)
    grant.refresh_token = ""
    token = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": str(grants.TOKEN_LIFE // SECOND),
    }
    return _back(given, token), f"allowed by {user}"


def _back(given: dict[str, str], more: dict[str, str]) -> WebResponse:
    state = {"state": given["state"]} if "state" in given else {}
    location = with_query(given["redirect_uri"], state | more)
    return WebResponse(302, (("location", location), *linking_pages.HEADERS))


# Tokens


def _token(core: Core, account: Account, extension: Extension, web: WebRequest) -> tuple[WebResponse, str]:
    try:
        grant = _granted(core, account, extension, web)
    except _Refused as refused:
        body: Json = {"error": refused.error, "error_description": refused.said}
        return WebResponse(refused.status, (*_JSON, *refused.headers), dumps(body)), f"{refused.error}: {refused.said}"
    body = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": grants.TOKEN_LIFE // SECOND,
        "refresh_token": grant.refresh_token,
        **({"scope": grant.scope} if grant.scope else {}),
    }
    return WebResponse(200, _JSON, dumps(body)), f"tokens of {grant.user}"


def _granted(core: Core, account: Account, extension: Extension, web: WebRequest) -> Grant:
    """Raises `_Refused`."""
    form = _form(web)
    _check_client(_linking(extension), form, web.header("authorization"))
    try:
        match form.get("grant_type"):
            case "authorization_code":
                redirect_uri = form.get("redirect_uri", "")
                return grants.redeem(account, extension, form.get("code", ""), redirect_uri, core.now)
            case "refresh_token":
                return grants.refresh(account, extension, form.get("refresh_token", ""), core.now)
    except grants.InvalidGrant as error:
        raise _Refused(400, "invalid_grant", str(error)) from None
    raise _Refused(400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token")


def _form(web: WebRequest) -> dict[str, str]:
    kind = media_type(web.header("content-type") or "")[0]
    if kind != "application/x-www-form-urlencoded":
        raise _Refused(400, "invalid_request", "the body is a form: application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(web.body.decode(), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise _Refused(400, "invalid_request", f"the form cannot be read: {error}") from None
    if len(pairs) != len(dict(pairs)):
        raise _Refused(400, "invalid_request", "a parameter is there twice")
    return dict(pairs)


def _check_client(linking: Linking, form: dict[str, str], authorization: str | None) -> None:
    """In the header or in the form, not in both (RFC 6749, section 2.3)."""
    challenge = ("www-authenticate", 'Basic realm="account linking"')
    if authorization is not None:
        if "client_secret" in form:
            raise _Refused(400, "invalid_request", "the client proves itself in one place: Authorization or form")
        given = _basic(authorization)
    else:
        given = form.get("client_id", ""), form.get("client_secret", "")
    if given != (linking.client_id, linking.client_secret):
        raise _Refused(401, "invalid_client", "client_id and client_secret are not those registered", challenge)


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


def _userinfo(core: Core, account: Account, extension: Extension, web: WebRequest) -> tuple[WebResponse, str]:
    """Whose access token the extension was given."""
    given = bearer(web.header("authorization"))
    grant = grants.of_access_token(account, extension, given.token or "", core.now)
    if grant is None:
        challenge = ("www-authenticate", 'Bearer error="invalid_token"')
        return WebResponse(
            401, (*_JSON, challenge), dumps({"error": "invalid_token"})
        ), "no such token, or it has ended"
    return WebResponse(200, _JSON, dumps({"sub": grant.user, "scope": grant.scope})), f"token of {grant.user}"


def _linking(extension: Extension) -> Linking:
    assert extension.linking is not None
    return extension.linking


_Page = Callable[[Core, Account, Extension, WebRequest], tuple[WebResponse, str]]
_PAGES: dict[str, tuple[tuple[str, ...], _Page]] = {
    "authorize": (("GET", "POST"), _authorize),
    "token": (("POST",), _token),
    "userinfo": (("GET",), _userinfo),
}


def _record(core: Core, account: Account, extension: Extension, name: str, status: int, note: str) -> None:
    core.record(
        Entry(
            at=account.clock.at(core.now),
            account=account.id,
            channel="auth",
            direction="in",
            kind="request",
            name=f"built-in {name}",
            status=status,
            rule=f"extension {extension.id}",
            because=("K-149",),
            note=note,
        )
    )
