"""Operations of the control API on the account that is linked to an extension: start, read, set, break, unlink."""

from collections.abc import Callable
from typing import Any

from mockcloud.cek.linking import LONGEST_LIFE, Tokens, authorization_url
from mockcloud.cic import authorization_server, linking
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core
from mockcloud.cic.operations import Outcome, problem
from mockcloud.clock import date_of
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions import linking as links
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.vocabulary import RequestId
from mockcloud.wire.messages import Json


def start(core: Core, _: op.StartLink, account: Account, extension: Extension) -> Outcome:
    """The URL that a person opens (K-140..K-142)."""
    registered = extension.linking
    assert registered is not None
    came_back = linking.redirect_uri(core, account)
    state, attempt = links.start(account, extension, came_back, core.now)
    login = authorization_server.login_url(core, account, extension) if registered.built_in else registered.login_url
    url = authorization_url(
        login,
        state=state,
        client_id=registered.client_id,
        scopes=registered.scopes,
        response_type=registered.grant,
        redirect_uri=came_back,
    )
    linking.record(core, account, extension, "start", "-", None, "", because=("K-140", "K-141"))
    return Outcome(201, {"url": url, "redirect_uri": came_back, "expires_at": _date(account, attempt.expires_at)})


def read(core: Core, _: op.ReadLink, account: Account, extension: Extension) -> Outcome:
    return Outcome(200, _described(core, account, extension))


def set_(core: Core, asked: op.SetLink, account: Account, extension: Extension) -> Outcome:
    """Tokens from nowhere: as if the user had linked."""
    if not asked.access_token:
        return problem(422, "No token", "access_token is text that is not empty; DELETE unlinks")
    life = asked.expires_in if asked.expires_in is None or asked.expires_in <= LONGEST_LIFE else None
    links.unlink(extension)
    links.linked(account, extension, Tokens(asked.access_token, asked.refresh_token, life), core.now)
    linking.record(core, account, extension, "set", "-", None, "tokens from the control API", because=("K-147",))
    return Outcome(200, _described(core, account, extension))


def spoil(core: Core, asked: op.SpoilLink, account: Account, extension: Extension) -> Outcome:
    """Have it go wrong (K-148)."""
    if links.state_of(extension) == "unlinked":
        return problem(409, "No link", f"no account is linked to {extension.id!r}: link one first")
    if asked.how == "expire":
        links.expire(account, extension, core.now)
    elif asked.how == "revoke":
        links.revoke(account, extension)
    else:
        links.break_(extension, "broken by the control API")
    linking.record(core, account, extension, asked.how, "-", None, "by the control API", because=("K-148",))
    return Outcome(200, _described(core, account, extension))


def unlink(core: Core, _: op.Unlink, account: Account, extension: Extension) -> Outcome:
    """Forget the account (K-140)."""
    links.unlink(extension)
    linking.record(core, account, extension, "unlink", "-", None, "", because=("K-140", "K-148"))
    return Outcome(204)


def _described(core: Core, account: Account, extension: Extension) -> Json:
    link = extension.link
    return {
        "state": links.state_of(extension),
        "access_token": extension.access_token or None,
        "expires_at": None if link.expires_at is None else _date(account, link.expires_at),
        "expired": links.has_ended(account, extension, core.now),
        "refreshable": links.can_refresh(extension),
        "why": link.broken,
    }


def _date(account: Account, time: int) -> str | None:
    """RFC 3339; ``None`` for what no calendar reaches."""
    try:
        return date_of(time).astimezone(account.clock.tzinfo()).isoformat(timespec="milliseconds")
    except OverflowError:
        return None


def _answer(
    handle: Callable[[Core, Any, Account, Extension], Outcome],
) -> Callable[[Core, Any, RequestId], Outcome]:
    """Of an extension that is there and has account linking."""

    def answer(core: Core, asked: Any, _: RequestId) -> Outcome:
        account = core.accounts.by_id[asked.account]
        extension = account.extensions.get(asked.extension)
        if extension is None:
            known = ", ".join(account.extensions) or "none"
            said = f"the account {asked.account!r} has no extension {asked.extension!r}; there are: {known}"
            return problem(404, "No such extension", said)
        if extension.linking is None:
            said = f"{asked.extension!r} is registered without `linking`; `linking: {{built_in: true}}` is the least"
            return problem(409, "No account linking", said)
        return handle(core, asked, account, extension)

    return answer


HANDLERS: dict[type, Callable[[Core, Any, RequestId], Outcome]] = {
    op.StartLink: _answer(start),
    op.ReadLink: _answer(read),
    op.SetLink: _answer(set_),
    op.SpoilLink: _answer(spoil),
    op.Unlink: _answer(unlink),
}
