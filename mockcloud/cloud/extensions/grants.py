"""The built-in authorization server: what it gives to whom, and for how long (K-149, RFC 6749).

Rule 1. A code buys tokens once, within ten minutes, from the redirect URI it was given to. Whoever shows it again has
        stolen it: what it bought ends.
Rule 2. An access token lives an hour of the account's time.
Rule 3. Each refresh gives both tokens anew, and the old ones end.
"""

from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions.extension import Extension, Grant

CODE_LIFE = 600 * SECOND
TOKEN_LIFE = 3600 * SECOND
_MOST_GRANTS = 50
"""Those before them are forgotten."""


class InvalidGrant(Exception):
    """``invalid_grant``: why a code or a refresh token buys nothing."""


def consent(
    account: Account, extension: Extension, *, user: str, scope: str, redirect_uri: str, now: Instant
) -> tuple[str, Grant]:
    """The user has allowed it: the code."""
    grants = extension.grants
    code = account.ids.token("linking_code")
    grants[code] = Grant(user, scope, redirect_uri, account.clock.at(now) + CODE_LIFE)
    for old in list(grants)[:-_MOST_GRANTS]:
        del grants[old]
    return code, grants[code]


def redeem(account: Account, extension: Extension, code: str, redirect_uri: str, now: Instant) -> Grant:
    """The grant with tokens in it. Raises `InvalidGrant`."""
    grant = extension.grants.get(code)
    if grant is None:
        raise InvalidGrant("there is no such code")
    if grant.code_used:
        grant.access_token = grant.refresh_token = ""
        raise InvalidGrant("the code was used already; the tokens that it bought have ended")
    if account.clock.at(now) >= grant.code_expires_at:
        raise InvalidGrant("the code has expired")
    if grant.redirect_uri != redirect_uri:
        raise InvalidGrant("the code was given to another redirect_uri")
    grant.code_used = True
    issue(account, grant, now)
    return grant


def refresh(account: Account, extension: Extension, refresh_token: str, now: Instant) -> Grant:
    """The grant with new tokens in it. Raises `InvalidGrant`."""
    found = next(
        (one for one in extension.grants.values() if refresh_token and one.refresh_token == refresh_token), None
    )
    if found is None:
        raise InvalidGrant("there is no such refresh token")
    issue(account, found, now)
    return found


def issue(account: Account, grant: Grant, now: Instant) -> None:
    """Give it new tokens."""
    grant.access_token = account.ids.token("linking_access_token")
    grant.refresh_token = account.ids.token("linking_refresh_token")
    grant.expires_at = account.clock.at(now) + TOKEN_LIFE


def of_access_token(account: Account, extension: Extension, access_token: str, now: Instant) -> Grant | None:
    """Whose token that is; ``None``: nobody's, or it has ended."""
    for grant in extension.grants.values():
        if access_token and grant.access_token == access_token:
            return grant if account.clock.at(now) < grant.expires_at else None
    return None
