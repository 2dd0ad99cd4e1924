"""Account linking: the user's account at the extension's own service, from the login page to its end (K-140..K-148).

Rule 1. Starting a link makes a ``state``, which is good for five minutes of the account's time and for one return.
Rule 2. Tokens belong to an account when the authorization server has given them for that return, and not before.
Rule 3. Before a request goes out an access token that has ended is refreshed. If that fails, or there is nothing to
        refresh it with, the link is broken: requests go without a token, and only a new link heals it.
Rule 4. Unlinking forgets everything, what is under way too: its end changes nothing any more.
"""

from collections.abc import Iterable
from typing import Literal

from mockcloud.cek.linking import Tokens
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions.extension import Extension, Link, LinkAttempt

ATTEMPT_LIFE = 300 * SECOND
"""For so long a ``state`` is good (K-142)."""
_MOST_ATTEMPTS = 20
"""Those before them are forgotten."""

LinkState = Literal["unlinked", "linked", "broken"]


def state_of(extension: Extension) -> LinkState:
    link = extension.link
    if not link.access_token:
        return "unlinked"
    return "broken" if link.broken else "linked"


def start(account: Account, extension: Extension, redirect_uri: str, now: Instant) -> tuple[str, LinkAttempt]:
    """The user enables the extension in the app and is sent to the login page: the ``state`` (K-140)."""
    extension.enabled = True
    attempts, time = extension.link.attempts, account.clock.at(now)
    state = account.ids.token("linking_state")
    attempts[state] = LinkAttempt(redirect_uri, time + ATTEMPT_LIFE)
    for old in list(attempts)[:-_MOST_ATTEMPTS]:
        del attempts[old]
    return state, attempts[state]


def find(accounts: Iterable[Account], state: str) -> tuple[Account, Extension, LinkAttempt] | None:
    """Whose attempt it is that has this state."""
    for account in accounts:
        for extension in account.extensions.values():
            if state in extension.link.attempts and extension.linking is not None:
                return account, extension, extension.link.attempts[state]
    return None


def refused(account: Account, attempt: LinkAttempt, now: Instant) -> str:
    """Why nobody comes back with this state; empty: they do, and from now on nobody else (K-142)."""
    if attempt.used:
        return "this login has been used already: start again"
    if account.clock.at(now) >= attempt.expires_at:
        return "this login has taken more than 5 minutes: start again"
    attempt.used = True
    return ""


def linked(account: Account, extension: Extension, tokens: Tokens, now: Instant) -> None:
    """These are the user's tokens now (K-144)."""
    link = extension.link
    link.access_token, link.refresh_token = tokens.access_token, tokens.refresh_token
    link.expires_at = _end(account, tokens, now)
    link.broken = ""


def refreshed(account: Account, extension: Extension, tokens: Tokens, now: Instant) -> None:
    """A new access token has come; the refresh token stays unless there is a new one, too (K-146)."""
    kept = extension.link.refresh_token
    linked(account, extension, tokens, now)
    extension.link.refresh_token = tokens.refresh_token or kept


def _end(account: Account, tokens: Tokens, now: Instant) -> int | None:
    return None if tokens.life is None else account.clock.at(now) + tokens.life * SECOND


def has_ended(account: Account, extension: Extension, now: Instant) -> bool:
    """Whether requests carry an access token that is of no use any more."""
    ends = extension.link.expires_at
    return bool(extension.access_token) and ends is not None and account.clock.at(now) >= ends


def can_refresh(extension: Extension) -> bool:
    """Implicit grants have nothing to be refreshed with (K-145)."""
    linking, link = extension.linking, extension.link
    return linking is not None and linking.grant == "code" and bool(link.refresh_token)


def break_(extension: Extension, why: str) -> None:
    """Requests go without a token until the user links again (K-146)."""
    extension.link.broken = why


def expire(account: Account, extension: Extension, now: Instant) -> None:
    """The access token ends now (K-148)."""
    extension.link.expires_at = account.clock.at(now)


def revoke(account: Account, extension: Extension) -> None:
    """Both tokens are none that the service would know: requests carry one all the same (K-148)."""
    link = extension.link
    link.access_token = account.ids.token("revoked_access_token")
    if link.refresh_token:
        link.refresh_token = account.ids.token("revoked_refresh_token")


def unlink(extension: Extension) -> None:
    """Forget the tokens, and every login that is under way (K-140)."""
    link, empty = extension.link, Link()
    link.access_token, link.refresh_token = empty.access_token, empty.refresh_token
    link.expires_at, link.broken = empty.expires_at, empty.broken
    link.attempts.clear()
