"""Who sends a request, and how it introduces itself: token, user agent, device tags (C-021..C-023)."""

from collections.abc import Mapping
from functools import lru_cache

from mockcloud.cic.core import Core
from mockcloud.clock import SECOND
from mockcloud.cloud import tokens
from mockcloud.cloud.accounts import Account, Device, Token
from mockcloud.cloud.order.given import TIME_TO_REACT, remember
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import bearer
from mockcloud.wire.user_agent import check as check_user_agent
from mockcloud.wire.user_agent import device_tags

_UNDER_WAY = 10
"""Requests with a token that has just been refused that are not held against the device."""


class Identity(Value, frozen=True):
    account: Account
    device: Device
    token: Token
    findings: tuple[Finding, ...]


class Unknown(Value, frozen=True):
    """Why the request is answered 401; ``account`` if the token was once one of its."""

    said: str
    account: Account | None = None
    findings: tuple[Finding, ...] = ()
    device: Device | None = None
    token: str = ""
    """If it was one of the account's."""


def identify(core: Core, headers: Mapping[str, str]) -> Identity | Unknown:
    """The device whose token this is. Notes user agent and tags on the way."""
    given = bearer(headers.get("authorization"))
    if given.token is None:
        return Unknown(given.said, None, (Finding("request.unauthorized", given.said, because=("D-006", "C-021")),))
    found = core.accounts.by_access_token(given.token)
    if found is None:
        return Unknown("no such access token: get one from /token, or refresh the one you have")
    account, token = found
    if tokens.is_expired(account, token, core.now):
        said = "the access token has expired: refresh it with /token?grant_type=refresh_token"
        return Unknown(said, account, device=account.devices.get(token.device_id), token=given.token)
    core.refused_tokens.pop(given.token, None)
    device = account.device(token.device_id)
    findings = _introduction(device, headers, account)
    if given.problem:
        findings = (Finding("request.authorization", given.said, because=("C-021", "D-006")), *findings)
    return Identity(account, device, token, findings)


def insisted_on(core: Core, who: Unknown) -> tuple[Finding, ...]:
    """What is wrong with a request that is answered 401 if earlier ones with the same token were: the device is to
    refresh it before it sends anything more (D-016, D-018). Some may have been under way then."""
    if not who.token:
        return ()
    first, count = core.refused_tokens.get(who.token, (core.now, 0))
    remember(core.refused_tokens, who.token, (first, count + 1))
    waited = core.now - first
    if waited <= TIME_TO_REACT and count < _UNDER_WAY:
        return ()
    said = f"{count} requests with this token were answered 401 before, the first {waited / SECOND:.1f} s ago"
    return (Finding("request.token.refused", said, because=("D-016", "D-018"), severity="warning"),)


def _introduction(device: Device, headers: Mapping[str, str], account: Account) -> tuple[Finding, ...]:
    agent, sent_tags = headers.get("user-agent"), headers.get("x-clova-device-tags")
    device.user_agent = agent or device.user_agent
    findings = _user_agent_findings(agent)
    if sent_tags is not None and account.edition == "newer":
        device.tags, more = _tags(sent_tags)
        findings = (*findings, *more)
    return findings


@lru_cache(maxsize=1024)
def _user_agent_findings(agent: str | None) -> tuple[Finding, ...]:
    return tuple(check_user_agent(agent))


@lru_cache(maxsize=1024)
def _tags(value: str) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    tags, findings = device_tags(value)
    return tags, tuple(findings)
