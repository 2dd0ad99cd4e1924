"""Whose listener it is: accounts that have one of their own, and what that allows.

What comes before a token is read, a connection and its TLS handshake, belongs to the account that is alone on the
listener. The shared listener is an account's own in this sense for as long as no other account uses it.
"""

from collections.abc import Callable, Iterable

from mockcloud.cic.core import Core
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cloud.accounts import SHARED_LISTENER, Account
from mockcloud.faults.fault import Fault
from mockcloud.vocabulary import RequestId, inputs
from mockcloud.vocabulary.commands import Answer, CloseListener, OpenListener


class OwnListeners:
    """Has listeners opened and closed, and answers whoever asked for it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._opening: dict[str, tuple[RequestId, Callable[[], Outcome]]] = {}
        self._closing: dict[str, list[RequestId]] = {}

    def open(self, account: Account, request: RequestId, answer: Callable[[], Outcome]) -> None:
        """Give an account a listener; ``answer`` is asked for what to say when it is there."""
        self._opening[account.id] = request, answer
        self._core.out.append(OpenListener(account.id))

    def opened(self, it: inputs.ListenerOpened) -> None:
        request, answer = self._opening.pop(it.listener)
        self._core.accounts.by_id[it.listener].own_url = it.url
        self._core.out.append(Answer(request, answer()))

    def refused(self, it: inputs.ListenerRefused) -> None:
        """There will be no such account."""
        request, _ = self._opening.pop(it.listener)
        self._core.accounts.delete(self._core.accounts.by_id[it.listener])
        self._core.out.append(Answer(request, problem(503, "No listener", it.said)))

    def close(self, account: Account, request: RequestId) -> None:
        """Close the listener of an account that was deleted; the answer comes when nobody can connect any more."""
        self._closing.setdefault(account.id, []).append(request)
        self._core.out.append(CloseListener(account.id))

    def closed(self, it: inputs.ListenerClosed) -> None:
        self._core.out.append(Answer(self._closing[it.listener].pop(0), Outcome(204)))
        if not self._closing[it.listener]:
            del self._closing[it.listener]


def refused_account(core: Core, name: str | None, listener: str) -> Outcome | None:
    """The problem with a new account on this listener (``shared`` or ``own``), if there is one."""
    if listener == "own":
        taken = name == SHARED_LISTENER
        return problem(422, "Wrong name", f"{name!r} is what the shared listener is called") if taken else None
    alone = core.accounts.alone_on(SHARED_LISTENER)
    if alone is None or not any(fault.on == "connect" for fault in _set_in(alone)):
        return None
    return problem(
        409,
        "The listener has faults",
        f"account {alone.id!r} has faults on connect, and is alone on the shared listener: ask for listener: own, or "
        f"take them back (DELETE /v1/accounts/{alone.id}/faults, or another scenario)",
    )


def refused_faults(core: Core, account: Account, faults: Iterable[Fault]) -> Outcome | None:
    """The problem with faults that would strike other accounts too, or what there is not; ``None``: they may be set."""
    points = {fault.point.point for fault in faults if fault.on == "connect"}
    if points and core.accounts.alone_on(account.listener) is not account:
        return problem(
            409,
            "The listener is shared",
            "a fault on connect strikes before a token is read, and so every account of a listener: make an account "
            "with listener: own (POST /v1/accounts), and have its devices connect to its device_url",
        )
    if "tls" in points and not core.settings.tls:
        return problem(409, "No TLS", "the listener has no TLS (--no-tls): strike connect at accept or settings")
    return None


def _set_in(account: Account) -> Iterable[Fault]:
    yield from (armed.fault for armed in account.faults.values() if not armed.is_spent)
    yield from (rule.fault for rule in account.scenario.rules if rule.fault is not None)
