"""Account linking between a browser and an authorization server: the page that users come back to, and the tokens.

Coming back is a request whose answer waits for the authorization server. Refreshing is a call that goes before those to
an extension, which wait for it in their order. Neither leaves a code, a token or a client's secret in the journal.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from msgspec.structs import replace

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cek.linking import (
    Client,
    NoTokens,
    Tokens,
    read_redirect,
    read_tokens,
    shown,
    token_request,
    uri_for_grant,
    with_access_token,
)
from mockcloud.cek.paths import REDIRECT_PATH
from mockcloud.cic import authorization_server, calls
from mockcloud.cic.core import Core
from mockcloud.cic.linking_pages import after_login
from mockcloud.clock import MILLISECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions import linking
from mockcloud.cloud.extensions.extension import Extension, LinkAttempt, Linking
from mockcloud.journal import Entry
from mockcloud.vocabulary import Finding, RequestId
from mockcloud.vocabulary.commands import Answer
from mockcloud.vocabulary.inputs import CallAnswered
from mockcloud.vocabulary.replies import ExtensionCall
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import WebRequest, WebResponse, parameters


class Redeeming(Value, frozen=True):
    """A user has come back with a code, which buys tokens now."""

    account: Account
    extension: str
    state: str
    attempt: LinkAttempt
    asked: Instant
    secrets: tuple[str, ...]


class Refreshing(Value, frozen=True):
    """New tokens are to come before requests go out."""

    account: Account
    extension: str
    refresh_token: str
    asked: Instant
    secrets: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account.id, self.extension, self.refresh_token


def redirect_uri(core: Core, account: Account) -> str:
    """Where authorization servers send users back to (K-141, ``cek:D-23``)."""
    return f"{core.device_origin(account)}{REDIRECT_PATH}/"


# Coming back


def come_back(core: Core, request: RequestId, web: WebRequest) -> None:
    """``GET /v1/al/token``: the user has logged in, or would not (K-142, K-143)."""
    page = _come_back(core, request, web)
    if page is not None:
        core.out.append(Answer(request, page))


def _come_back(core: Core, request: RequestId, web: WebRequest) -> WebResponse | None:
    if web.method != "GET":
        return WebResponse(405, (("allow", "GET"),))
    try:
        given = parameters(web)
    except ValueError as error:
        return _refused(core, None, None, 400, str(error))
    found = linking.find(core.accounts, given.get("state", ""))
    if found is None:
        said = "no login that was started here has this state" if given.get("state") else "there is no state"
        return _refused(core, None, None, 400, f"{said}: start again")
    account, extension, attempt = found
    core.touch(account)
    if said := linking.refused(account, attempt, core.now):
        return _refused(core, account, extension, 400, said)
    if "error" in given:
        return _denied(core, account, extension, given)
    if _grant(extension) == "token":
        return _linked_by_redirect(core, account, extension, given)
    if not given.get("code"):
        said = "the redirect has no code: the authorization server puts `state` and `code` into its query"
        return _refused(core, account, extension, 400, said)
    _redeem(core, account, extension, attempt, request, given)
    return None


def _grant(extension: Extension) -> str:
    return extension.linking.grant if extension.linking is not None else "code"


def _linked_by_redirect(core: Core, account: Account, extension: Extension, given: dict[str, str]) -> WebResponse:
    """Implicit grant: the token is there already (K-145)."""
    findings: list[Finding] = []
    try:
        tokens = read_redirect(given, findings)
    except NoTokens as error:
        return _refused(core, account, extension, 400, error.finding.said)
    linking.linked(account, extension, tokens, core.now)
    record(core, account, extension, "redirect", "in", 200, "linked", findings, ("K-143", "K-145"))
    return after_login(200, extension)


def _denied(core: Core, account: Account, extension: Extension, given: dict[str, str]) -> WebResponse:
    """The user would not, or the authorization server would not let them (RFC 6749, section 4.1.2.1)."""
    told = [given[name] for name in ("error", "error_description") if given.get(name)]
    said = f"the login page says: {shown(': '.join(told))}"
    record(core, account, extension, "redirect", "in", 403, said, (), ("K-143",))
    return after_login(403, extension, said)


def _refused(core: Core, account: Account | None, extension: Extension | None, status: int, said: str) -> WebResponse:
    finding = Finding("linking.redirect", said, because=("K-142", "K-143"))
    record(core, account, extension, "redirect", "in", status, "not linked", (finding,), ("K-142", "K-143"))
    return after_login(status, extension, said)


def _redeem(
    core: Core,
    account: Account,
    extension: Extension,
    attempt: LinkAttempt,
    request: RequestId,
    given: dict[str, str],
) -> None:
    """Have the code exchanged for tokens (K-144)."""
    code, secrets = given["code"], (given["code"], *_secrets(extension))
    redeeming = Redeeming(account, extension.id, given["state"], attempt, core.now, secrets)
    record(core, account, extension, "redirect", "in", None, "with a code", (), ("K-143",))
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": attempt.redirect_uri}

    def answered(answer: HttpAnswer | Failure) -> None:
        core.out.append(Answer(request, _redeemed(core, redeeming, answer)))

    _ask_for_tokens(core, account, extension, fields, answered)


def _redeemed(core: Core, redeeming: Redeeming, answer: HttpAnswer | Failure) -> WebResponse:
    """The page that the user sees in the end."""
    account = redeeming.account
    extension = _still_there(core, account, redeeming.extension)
    if extension is None or extension.link.attempts.get(redeeming.state) is not redeeming.attempt:
        return after_login(400, extension, "the link was undone in the meantime")
    tokens, findings = _read(answer, redeeming.secrets)
    if tokens is not None:
        linking.linked(account, extension, tokens, core.now)
    note = "linked" if tokens is not None else "not linked"
    _record_tokens(core, account, extension, "authorization_code", answer, redeeming.asked, note, findings, ("K-144",))
    return after_login(200, extension) if tokens is not None else after_login(502, extension, findings[-1].said)


# Refreshing


def when_fresh(
    core: Core, account: Account, extension: Extension, call: ExtensionCall, send: Callable[[ExtensionCall], None]
) -> None:
    """Send a request with the token that the account has when an ended one has been refreshed (K-146).

    Requests that wait for the same token go out in their order.
    """
    if not linking.has_ended(account, extension, core.now):
        send(call)
        return

    def go_on() -> None:
        now = account.extensions.get(call.extension, extension)
        send(replace(call, body=with_access_token(call.body, now.access_token)))

    if linking.can_refresh(extension):
        _refresh(core, account, extension, go_on)
        return
    linking.break_(extension, "the access token has ended, and there is no refresh token")
    record(core, account, extension, "broken", "-", None, extension.link.broken, (), ("K-145", "K-146"))
    go_on()


def _refresh(core: Core, account: Account, extension: Extension, go_on: Callable[[], None]) -> None:
    """Have the token refreshed, unless somebody waits for that already."""
    token = extension.link.refresh_token
    refreshing = Refreshing(account, extension.id, token, core.now, (token, *_secrets(extension)))
    waiting = core.refreshing.setdefault(refreshing.key, [])
    waiting.append(go_on)
    if len(waiting) == 1:
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        _ask_for_tokens(core, account, extension, fields, partial(_refreshed, core, refreshing))


def _refreshed(core: Core, refreshing: Refreshing, answer: HttpAnswer | Failure) -> None:
    """The account has the new tokens, or its link is broken; whoever has linked or unlinked meanwhile stays so."""
    account = refreshing.account
    extension = _still_there(core, account, refreshing.extension)
    if extension is not None and extension.link.refresh_token == refreshing.refresh_token:
        core.touch(account)
        tokens, findings = _read(answer, refreshing.secrets)
        if tokens is not None:
            linking.refreshed(account, extension, tokens, core.now)
        else:
            linking.break_(extension, f"the access token could not be refreshed: {findings[-1].said}")
        note = "refreshed" if tokens is not None else "the link is broken"
        _record_tokens(core, account, extension, "refresh_token", answer, refreshing.asked, note, findings, ("K-146",))
    for go_on in core.refreshing.pop(refreshing.key):
        go_on()


# Tokens


def _ask_for_tokens(
    core: Core,
    account: Account,
    extension: Extension,
    fields: dict[str, str],
    answered: Callable[[HttpAnswer | Failure], None],
) -> None:
    """Begin the exchange; the built-in server answers at once."""
    registered = extension.linking
    assert registered is not None
    grant = fields["grant_type"]
    uri = uri_for_grant(_token_uri(registered, grant), grant)
    client = Client(registered.client_id, registered.client_secret, registered.client_authentication)
    headers, body = token_request(uri, client, fields)
    if registered.built_in:
        answered(authorization_server.answer_tokens(core, account, extension, headers, body))
        return
    limit, patience = core.settings.limits.extension_answer, account.settings.behaviour.extension_patience
    job = PostToExtension(uri, headers, body, limit, trust=extension.trust, verify=extension.verify)
    calls.start_and_go_on(core, job, patience, lambda it: answered(_outcome(it)))


def _token_uri(registered: Linking, grant: str) -> str:
    """``cek:D-24``: another one for refreshing, if it is registered."""
    return (
        registered.refresh_uri if grant == "refresh_token" and registered.refresh_uri else registered.access_token_uri
    )


def _outcome(it: CallAnswered) -> HttpAnswer | Failure:
    if isinstance(it.value, HttpAnswer | Failure):
        return it.value
    return Failure("timeout", it.error or "there is no answer")


def _read(answer: HttpAnswer | Failure, secrets: tuple[str, ...]) -> tuple[Tokens | None, list[Finding]]:
    findings: list[Finding] = []
    try:
        return read_tokens(answer, findings, secrets=secrets), findings
    except NoTokens as error:
        return None, [*findings, error.finding]


def _still_there(core: Core, account: Account, extension_id: str) -> Extension | None:
    """The extension, if neither it nor its account nor its linking was deleted meanwhile."""
    if core.accounts.by_id.get(account.id) is not account:
        return None
    extension = account.extensions.get(extension_id)
    return extension if extension is not None and extension.linking is not None else None


def _secrets(extension: Extension) -> tuple[str, ...]:
    link, registered = extension.link, extension.linking
    own = (registered.client_secret,) if registered is not None else ()
    return (*own, link.access_token, link.refresh_token)


# On record


def _record_tokens(
    core: Core,
    account: Account,
    extension: Extension,
    grant: str,
    answer: HttpAnswer | Failure,
    asked: Instant,
    note: str,
    findings: list[Finding],
    because: tuple[str, ...],
) -> None:
    status = answer.status if isinstance(answer, HttpAnswer) else None
    note = f"{grant} at {_place(extension, grant)}, after {(core.now - asked) // MILLISECOND} ms; {note}"
    record(core, account, extension, "token", "out", status, note, findings, because)


def _place(extension: Extension, grant: str) -> str:
    """Which server was asked, without what a query may hold."""
    registered = extension.linking
    if registered is None or registered.built_in:
        return "the built-in server"
    parts = urlsplit(_token_uri(registered, grant))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def record(
    core: Core,
    account: Account | None,
    extension: Extension | None,
    what: str,
    direction: Literal["in", "out", "-"],
    status: int | None,
    note: str,
    findings: list[Finding] | tuple[Finding, ...] = (),
    because: tuple[str, ...] = (),
) -> None:
    """Something about the link of an extension, or of none that is known."""
    core.record(
        Entry(
            at=core.time_of(account),
            account=account.id if account is not None else "",
            channel="extension",
            direction=direction,
            kind="request",
            name=f"linking {what}",
            status=status,
            findings=tuple(findings),
            rule=f"extension {extension.id}" if extension is not None else "",
            because=because,
            note=note,
        )
    )
