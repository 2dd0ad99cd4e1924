"""Authorization codes and access tokens: who gets one, what it is worth, when it ends (``cic/auth-api.md``).

Every function either returns what was issued or a `Denied` that says why not, in words and as the name of the
rule; which HTTP status that becomes is not decided here.
"""

from collections.abc import Container
from typing import Literal

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, AuthorizationCode, Token
from mockcloud.vocabulary.value import Value

Reason = Literal[
    "client", "device", "code", "code-expired", "code-used", "terms", "terms-awaited", "refresh-token", "access-token"
]


class Denied(Value, frozen=True):
    """Why no token was issued or found."""

    reason: Reason
    said: str
    because: tuple[str, ...]


def issue_code(
    account: Account, *, client_id: str, device_id: str, model_id: str, guest: bool, now: Instant
) -> AuthorizationCode:
    """A code bound to client and device (C-003, C-011)."""
    code = AuthorizationCode(
        code=_unknown(account, "code", account.codes),
        client_id=client_id,
        device_id=device_id,
        model_id=model_id,
        guest=guest,
        expires_at=account.clock.at(now) + account.settings.behaviour.code_life,
    )
    account.codes[code.code] = code
    return code


def redeem(account: Account, code: str, *, client_id: str, device_id: str, now: Instant) -> Token | Denied:
    """The access token for a code (C-009, C-011); the same code never buys two, and none before the terms (C-008)."""
    found = account.codes.get(code)
    if found is None:
        return Denied("code", "no such authorization code", ("C-010",))
    if found.used:
        return Denied("code-used", "this authorization code has bought a token already", ("C-011",))
    if account.clock.at(now) >= found.expires_at:
        return Denied("code-expired", "this authorization code has expired", ("C-011",))
    if found.client_id != client_id:
        return Denied("client", "this authorization code was issued to another client_id", ("C-011",))
    if found.device_id != device_id:
        return Denied("device", "this authorization code was issued to another device_id", ("C-011", "D-009"))
    if not found.guest and not account.terms_accepted:
        reason: Reason = "terms-awaited" if found.awaits_terms else "terms"
        return Denied(reason, "the user has not accepted the terms of use yet", ("C-008", "D-011"))
    found.used = True
    return issue_token(
        account, client_id=client_id, device_id=device_id, model_id=found.model_id, guest=found.guest, now=now
    )


def issue_token(
    account: Account, *, client_id: str, device_id: str, model_id: str = "", guest: bool = False, now: Instant
) -> Token:
    """A new pair of tokens; the device becomes one of the account's (C-017)."""
    life = account.settings.behaviour.access_token_life
    token = Token(
        access_token=_unknown(account, "access_token", account.tokens),
        refresh_token=_unknown(account, "refresh_token", account.refresh_tokens),
        client_id=client_id,
        device_id=device_id,
        model_id=model_id,
        guest=guest,
        expires_at=account.clock.at(now) + life,
        life=life,
    )
    account.tokens[token.access_token] = token
    account.refresh_tokens[token.refresh_token] = token
    device = account.device(device_id)
    device.client_id, device.model_id, device.guest = client_id, model_id or device.model_id, guest
    if device.bound_at is None:
        device.bound_at = account.clock.at(now)
    return token


def _unknown(account: Account, purpose: str, known: Container[str]) -> str:
    """A secret that stands for nothing yet: an account that gets its seed once more makes the same ones again."""
    while (made := account.ids.token(purpose)) in known:
        pass
    return made


def refresh(
    account: Account, refresh_token: str, *, client_id: str, device_id: str | None, now: Instant
) -> Token | Denied:
    """The next pair of tokens (C-012). The old access token lives on, the old refresh token only if lenient (C-013)."""
    old = account.refresh_tokens.get(refresh_token)
    if old is None:
        return Denied("refresh-token", "no such refresh token", ("C-012",))
    if old.client_id != client_id:
        return Denied("client", "this refresh token was issued to another client_id", ("C-012",))
    if device_id and old.device_id != device_id:
        return Denied("device", "this refresh token was issued to another device_id", ("C-012", "D-009"))
    token = issue_token(
        account,
        client_id=old.client_id,
        device_id=old.device_id,
        model_id=old.model_id,
        guest=old.guest,
        now=now,
    )
    if account.settings.strict:
        del account.refresh_tokens[refresh_token]
    return token


def delete(account: Account, token: Token) -> None:
    """Make an access token and its refresh token worthless (C-014, C-016)."""
    account.tokens.pop(token.access_token, None)
    account.refresh_tokens.pop(token.refresh_token, None)


def is_expired(account: Account, token: Token, now: Instant) -> bool:
    """Whether its life has passed by the account's clock (C-016)."""
    return account.clock.at(now) >= token.expires_at


def expire_all(account: Account, now: Instant) -> int:
    """Let every access token end now; refresh tokens stay. Returns how many were alive."""
    alive = [token for token in account.tokens.values() if not is_expired(account, token, now)]
    for token in alive:
        token.expires_at = account.clock.at(now)
    return len(alive)


def revoke_all(account: Account) -> int:
    """Take back every access and refresh token. Returns how many access tokens there were."""
    revoked = len(account.tokens)
    account.tokens.clear()
    account.refresh_tokens.clear()
    return revoked
