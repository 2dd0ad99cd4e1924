"""Carries the operations of the control API out."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from mockcloud.cic import app, calls, downchannel, extensions, scenarios
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core, Downchannel, Wait
from mockcloud.cic.faults import Faults
from mockcloud.cic.listeners import OwnListeners, refused_account, refused_faults
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cic.pushes import Pushes
from mockcloud.clock import MILLISECOND, SECOND, AccountClock, Instant, duration, instant_of, iso
from mockcloud.cloud import scripted, tokens
from mockcloud.cloud.accounts import Account, ScenarioText
from mockcloud.cloud.cloud import reset
from mockcloud.errors import UnreadableInput
from mockcloud.journal import Entry, PatternError, check
from mockcloud.scenario.rules import normalise_says
from mockcloud.settings import AccountSettings, SettingError, apply, zone_of
from mockcloud.speech.pcm import to_wav
from mockcloud.vocabulary import RequestId
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json, dumps

_IN_THE_APP = (app.HANDLERS.keys() - {op.ListAlerts, op.ReadPlayback}) | {op.SetTerms}
"""Operations that are what a user does: the journal holds them."""
_IN_NO_ID = re.compile(r"[/\s]")
_HIDDEN = {"raw", "findings", "audio", "says", "state"}
_FILTERS = {"violations", "audio_bytes", *Entry.__dataclass_fields__} - _HIDDEN - {"at"}
"""By what entries of the journal are found: what their JSON shows as it is; ``at`` is written as a date there."""
_FIRST = instant_of(datetime(1, 1, 2, tzinfo=UTC))
_LAST = instant_of(datetime(9999, 12, 30, tzinfo=UTC))
"""A day inside of what a date can be, so that it can be one in every time zone."""


class WaitOver(Value, frozen=True):
    """A timer: nobody waits for the journal any longer."""

    wait: Wait


class Control:
    """Answers `Asked` operations. `answer` returns an outcome at once, or ``None`` if it comes later."""

    def __init__(self, core: Core, fire: Callable[[Any], None], faults: Faults) -> None:
        self._core = core
        self._faults = faults
        self._fire = fire
        self.pushes = Pushes(core)
        self.listeners = OwnListeners(core)

    def answer(self, request: RequestId, operation: Any) -> Outcome | None:
        account_id = getattr(operation, "account", None)
        if account_id is not None and account_id not in self._core.accounts.by_id:
            known = ", ".join(sorted(self._core.accounts.by_id)[:10])
            return problem(404, "No such account", f"there is no account {account_id!r}; there are: {known}")
        if type(operation) not in _IN_THE_APP:
            return self._answer(request, operation)
        entry = self._core.record(self._done_in_the_app(operation))
        outcome = self._answer(request, operation)
        entry.status = outcome.status if outcome is not None else None
        return outcome

    def _done_in_the_app(self, operation: Any) -> Entry:
        account = self._account(operation)
        return Entry(
            at=account.clock.at(self._core.now),
            account=account.id,
            channel="control",
            direction="in",
            kind="request",
            name=f"app {type(operation).__name__}",
            device=getattr(operation, "device", None) or "",
            raw=dumps(msgspec.to_builtins(operation)),
        )

    def _answer(self, request: RequestId, operation: Any) -> Outcome | None:
        of_app = app.HANDLERS.get(type(operation))
        if of_app is not None:
            return of_app(self._core, operation)
        if isinstance(operation, op.OF_EXTENSIONS):
            from mockcloud.cic import registrations  # with the first extension, not at every start

            return registrations.HANDLERS[type(operation)](self._core, operation, request)
        handler = _HANDLERS[type(operation)]
        return handler(self, operation, request)

    def withdraw(self, request: RequestId) -> None:
        """Whoever asked has gone: its waits are forgotten."""
        core = self._core
        for wait in [wait for wait in core.waits if wait.request == request]:
            core.waits.remove(wait)
            core.timers.cancel(wait.timer)
        self.pushes.withdraw(request)
        calls.withdraw(core, request)

    # Accounts

    def _create(self, asked: op.CreateAccount, request: RequestId) -> Outcome | None:
        core = self._core
        try:
            settings = _changed(core.settings.account, asked.settings)
        except SettingError as error:
            return problem(422, "Wrong setting", str(error))
        if asked.name is not None and (not asked.name or not asked.name.isprintable() or "/" in asked.name):
            return problem(422, "Wrong name", "a name is printable text without a slash")
        if refused := refused_account(core, asked.name, asked.listener):
            return refused
        try:
            account = core.accounts.create(asked.name, settings)
        except KeyError:
            return problem(
                409, "Name taken", f"there is an account {asked.name!r} already; delete it or leave name out"
            )
        if asked.listener == "own":
            self.listeners.open(account, request, lambda: self._made(account, asked))
            return None
        return self._made(account, asked)

    def _made(self, account: Account, asked: op.CreateAccount) -> Outcome:
        devices = [self._device(account, device) for device in asked.devices]
        return Outcome(201, {**self._described(account), "devices": devices})

    def _device(self, account: Account, device_id: str) -> Json:
        token = tokens.issue_token(account, client_id=account.client_id, device_id=device_id, now=self._core.now)
        return {
            "device_id": device_id,
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "expires_in": token.life // SECOND,
        }

    def _described(self, account: Account) -> Json:
        return {
            "account": account.id,
            "naver_access_token": account.naver_access_token,
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "listener": "own" if account.own_url else "shared",
            "device_url": account.own_url or self._core.device_url,
        }

    def _list_accounts(self, _: op.ListAccounts, __: RequestId) -> Outcome:
        return Outcome(200, {"accounts": [self._read_one(account) for account in self._core.accounts]})

    def _read_account(self, asked: op.ReadAccount, _: RequestId) -> Outcome:
        return Outcome(200, self._read_one(self._account(asked)))

    def _read_one(self, account: Account) -> Json:
        core = self._core
        return {
            **self._described(account),
            "edition": account.settings.edition,
            "strict": account.settings.strict,
            "timezone": account.settings.timezone,
            "lang": account.settings.lang,
            "seed": account.settings.seed,
            "terms_accepted": account.terms_accepted,
            "now": account.clock.date(core.now).isoformat(timespec="milliseconds"),
            "scenario": account.scenario.title,
            "state": account.state,
            "devices": [
                {
                    "device_id": device.device_id,
                    "model_id": device.model_id,
                    "guest": device.guest,
                    "user_agent": device.user_agent,
                    "tags": list(device.tags),
                    "connected": (account.id, device.device_id) in core.downchannels,
                }
                for device in account.devices.values()
            ],
        }

    def _change(self, asked: op.ChangeAccount, _: RequestId) -> Outcome:
        account = self._account(asked)
        try:
            settings = _changed(scenarios.own_settings(account), asked.settings)
        except SettingError as error:
            return problem(422, "Wrong setting", str(error))
        scenarios.change_settings(account, settings)
        return Outcome(200, self._read_one(account))

    def _delete(self, asked: op.DeleteAccount, request: RequestId) -> Outcome | None:
        core, account = self._core, self._account(asked)
        self._close_all(account, "the account was deleted")
        self.pushes.account_deleted(account.id)
        core.timers.drop(account.clock)
        extensions.forget(core, account)
        for wait in [wait for wait in core.waits if wait.account is account]:
            core.end_wait(wait)
        core.accounts.delete(account)
        if account.own_url:
            self.listeners.close(account, request)
            return None
        return Outcome(204)

    def _reset(self, asked: op.ResetAccount, _: RequestId) -> Outcome:
        account = self._account(asked)
        reset(account)
        self._core.timers.drop(account.clock)
        extensions.forget(self._core, account)
        scenarios.begin_with_alerts(self._core, account, account.scenario)
        return Outcome(200, self._read_one(account))

    def _issue(self, asked: op.IssueToken, _: RequestId) -> Outcome:
        if not asked.device:
            return problem(422, "No device", "device_id is text that is not empty")
        return Outcome(201, self._device(self._account(asked), asked.device))

    # Downchannels

    def _channels(self, asked: op.ListChannels, _: RequestId) -> Outcome:
        core = self._core
        return Outcome(
            200,
            {
                "channels": [
                    {
                        "id": channel.id,
                        "account": channel.account.id,
                        "device": channel.device.device_id,
                        "since": iso(channel.account.clock.at(channel.opened)),
                        "connection": channel.ex.conn,
                        "last_ping": self._last_ping(channel),
                        "queued": len(channel.unwritten),
                    }
                    for channel in core.downchannels.values()
                    if asked.account in (None, channel.account.id)
                ]
            },
        )

    def _last_ping(self, channel: Downchannel) -> str | None:
        connection = self._core.connections.get(channel.ex.conn)
        if connection is None or connection.last_ping is None:
            return None
        return iso(channel.account.clock.at(connection.last_ping))

    def _close_channel(self, asked: op.CloseChannel, _: RequestId) -> Outcome:
        for channel in self._core.downchannels.values():
            if channel.id == asked.channel:
                downchannel.close(self._core, channel, "closed by the control API")
                return Outcome(204)
        return problem(404, "No such channel", f"no open downchannel has the id {asked.channel!r}")

    def _close_all(self, account: Account, note: str) -> None:
        for channel in [c for c in self._core.downchannels.values() if c.account is account]:
            downchannel.close(self._core, channel, note)

    def _push(self, asked: op.Push, request: RequestId) -> Outcome | None:
        return self.pushes.push(self._account(asked), asked, request)

    # Journal

    def _journal(self, asked: op.ReadJournal, _: RequestId) -> Outcome:
        account = self._account(asked)
        unknown = [name for name in asked.filters if name not in _FILTERS]
        if unknown:
            return problem(422, "No such field", f"entries have no {unknown[0]!r}")

        def wanted(entry: Entry) -> bool:
            if asked.only == "unmatched" and not entry.unmatched:
                return False
            if asked.only == "violations" and all(finding.severity != "violation" for finding in entry.findings):
                return False
            return not asked.filters or all(_has(entry, name, value) for name, value in asked.filters.items())

        found = account.journal.find(wanted, after_seq=asked.after_seq, limit=asked.limit)
        entries = [entry.as_json() for entry in found]
        if asked.only == "unmatched":
            for entry, shown in zip(found, entries, strict=True):
                shown["nearest"] = [miss.as_json() for miss in scripted.nearest_of(account, entry)]
        return Outcome(200, {"entries": entries, "last_seq": account.journal.last_seq})

    def _audio(self, asked: op.ReadAudio, _: RequestId) -> Outcome:
        entry = self._account(asked).journal.entry(asked.seq)
        if entry is None or not entry.audio:
            return problem(
                404, "No audio", f"entry {asked.seq} has no audio; the setting keep_audio keeps that of later events"
            )
        return Outcome(200, to_wav(entry.audio))

    def _wait(self, asked: op.WaitForJournal, request: RequestId) -> Outcome | None:
        core, account = self._core, self._account(asked)
        pattern = dict(asked.match)
        if "says" in pattern:
            pattern["says"] = normalise_says(pattern["says"])
        try:
            check(pattern)
        except PatternError as error:
            return problem(422, "Wrong pattern", f"match.{error.path}: {error}")
        wait = Wait(request, account, pattern, asked.count, leave_out=frozenset(asked.leave_out))
        past = account.journal.find(wait.is_met_by, after_seq=asked.after_seq)
        wait.found = past[: asked.count]
        core.waits.append(wait)
        if len(wait.found) >= wait.count:
            core.end_wait(wait)
        else:
            wait.timer = core.timers.at(Instant(core.now + asked.timeout_ms * MILLISECOND), WaitOver(wait))
        return None

    # Scenario, state, clock, seed

    def _load(self, asked: op.LoadScenario, _: RequestId) -> Outcome:
        account = self._account(asked)
        source = ScenarioText(asked.text, asked.file, dict(asked.beside))
        try:
            scenario = scenarios.load(self._core, account, source)
        except UnreadableInput as error:
            return _unreadable("The scenario does not load", error)
        if refused := refused_faults(self._core, account, [rule.fault for rule in scenario.rules if rule.fault]):
            return refused
        if refused := scenarios.give(self._core, account, scenario):
            return refused
        account.scenario_text = source
        return Outcome(200, {"title": scenario.title, "rules": [rule.name for rule in scenario.rules]})

    def _read_state(self, asked: op.ReadState, _: RequestId) -> Outcome:
        account = self._account(asked)
        return Outcome(200, {"state": account.state, "scenario": account.scenario.title})

    def _set_state(self, asked: op.SetState, _: RequestId) -> Outcome:
        account = self._account(asked)
        account.state = asked.state
        return Outcome(200, {"state": account.state, "scenario": account.scenario.title})

    def _clock(self, asked: op.SetClock, _: RequestId) -> Outcome:
        core, account = self._core, self._account(asked)
        try:
            target = clock_target(asked, account.clock, core.now)
        except ValueError as error:
            return problem(422, "Wrong time", str(error))
        clock = account.clock
        if asked.action == "reset":
            clock.reset()
        elif asked.action == "freeze":
            clock.freeze(core.now)
            if target is not None:
                clock.set(target, core.now)
        elif target is not None:
            self._advance(account, target)
        core.timers.clock_changed(clock)
        return Outcome(
            200,
            {"now": clock.date(core.now).isoformat(timespec="milliseconds"), "frozen": clock.frozen_at is not None},
        )

    def _advance(self, account: Account, target: int) -> None:
        """Move on to a time, and let everything that falls due on the way happen at its time, in order."""
        core, clock = self._core, account.clock
        while (timer := core.timers.next_of(clock, target)) is not None:
            clock.set(max(timer.due, clock.at(core.now)), core.now)
            self._fire(timer.what)
        clock.set(target, core.now)

    def _seed(self, asked: op.SetSeed, _: RequestId) -> Outcome:
        account = self._account(asked)
        scenarios.set_seed(account, asked.seed)
        return Outcome(200, {"seed": account.settings.seed})

    # Tokens, terms, utterances

    def _expire(self, asked: op.ExpireTokens, _: RequestId) -> Outcome:
        return Outcome(200, {"expired": tokens.expire_all(self._account(asked), self._core.now)})

    def _revoke(self, asked: op.RevokeTokens, _: RequestId) -> Outcome:
        return Outcome(200, {"revoked": tokens.revoke_all(self._account(asked))})

    def _terms(self, asked: op.SetTerms, _: RequestId) -> Outcome:
        self._account(asked).terms_accepted = asked.accepted
        return Outcome(200, {"accepted": asked.accepted})

    def _utterance(self, asked: op.QueueUtterance, _: RequestId) -> Outcome:
        account = self._account(asked)
        queue = account.device(asked.device).utterances if asked.device else account.utterances
        queue.append(asked.text)
        return Outcome(202, {"queued": len(queue)})

    def _question_timeout(self, asked: op.SetQuestionTimeout, _: RequestId) -> Outcome:
        account = self._account(asked)
        if asked.device not in account.devices:
            known = ", ".join(account.devices) or "none"
            said = f"the account has no device {asked.device!r}; there are: {known}"
            return problem(404, "No such device", said)
        try:
            timeout = None if asked.question_timeout is None else duration(asked.question_timeout)
        except ValueError as error:
            return problem(422, "No duration", f"question_timeout: {error}")
        account.devices[asked.device].question_timeout = timeout
        return Outcome(204)

    # Faults

    def _list_faults(self, asked: op.ListFaults, _: RequestId) -> Outcome:
        return Outcome(200, {"faults": [armed.as_json() for armed in self._account(asked).faults.values()]})

    def _read_fault(self, asked: op.ReadFault, _: RequestId) -> Outcome:
        armed = self._account(asked).faults.get(asked.fault)
        return _no_fault(asked.fault) if armed is None else Outcome(200, armed.as_json())

    def _set_faults(self, asked: op.SetFaults, request: RequestId) -> Outcome:
        from mockcloud.faults import document  # with the first fault, not at every start

        account = self._account(asked)
        try:
            faults = document.read_faults(asked.text)
        except UnreadableInput as error:
            return _unreadable("The faults do not load", error)
        if refused := refused_faults(self._core, account, faults):
            return refused
        self._faults.remove(account)
        for fault in sorted(faults, key=lambda fault: not fault.id):  # made-up ids keep clear of given ones
            self._faults.set(account, fault)
        return self._list_faults(op.ListFaults(asked.account), request)

    def _set_fault(self, asked: op.SetFault, _: RequestId) -> Outcome:
        from mockcloud.faults import document  # with the first fault, not at every start

        if _IN_NO_ID.search(asked.fault):
            return problem(422, "Wrong id", f"{asked.fault!r} cannot be an id of a fault: no blanks and slashes")
        try:
            fault = document.read_fault(asked.text)
        except UnreadableInput as error:
            return _unreadable("The fault does not load", error)
        if refused := refused_faults(self._core, self._account(asked), [fault]):
            return refused
        return Outcome(200, self._faults.set(self._account(asked), fault, asked.fault).as_json())

    def _add_fault(self, asked: op.AddFault, _: RequestId) -> Outcome:
        if refused := refused_faults(self._core, self._account(asked), [asked.fault]):
            return refused
        return Outcome(200, self._faults.set(self._account(asked), asked.fault).as_json())

    def _remove_faults(self, asked: op.RemoveFaults, _: RequestId) -> Outcome:
        self._faults.remove(self._account(asked))
        return Outcome(204)

    def _remove_fault(self, asked: op.RemoveFault, _: RequestId) -> Outcome:
        return Outcome(204) if self._faults.remove(self._account(asked), asked.fault) else _no_fault(asked.fault)

    def _measure(self, _: op.Measure, __: RequestId) -> Outcome:
        core = self._core
        return Outcome(
            200,
            {
                "accounts": len(core.accounts),
                "connections": len(core.connections),
                "downchannels": len(core.downchannels),
                "journal_entries": sum(len(account.journal) for account in core.accounts),
            },
        )

    def _account(self, asked: Any) -> Account:
        return self._core.accounts.by_id[asked.account]


_HANDLERS: dict[type, Callable[[Control, Any, RequestId], Outcome | None]] = {
    op.CreateAccount: Control._create,
    op.ListAccounts: Control._list_accounts,
    op.ReadAccount: Control._read_account,
    op.ChangeAccount: Control._change,
    op.DeleteAccount: Control._delete,
    op.ResetAccount: Control._reset,
    op.IssueToken: Control._issue,
    op.ListChannels: Control._channels,
    op.CloseChannel: Control._close_channel,
    op.Push: Control._push,
    op.ReadJournal: Control._journal,
    op.ReadAudio: Control._audio,
    op.WaitForJournal: Control._wait,
    op.LoadScenario: Control._load,
    op.ReadState: Control._read_state,
    op.SetState: Control._set_state,
    op.SetClock: Control._clock,
    op.SetSeed: Control._seed,
    op.ExpireTokens: Control._expire,
    op.RevokeTokens: Control._revoke,
    op.SetTerms: Control._terms,
    op.QueueUtterance: Control._utterance,
    op.SetQuestionTimeout: Control._question_timeout,
    op.ListFaults: Control._list_faults,
    op.ReadFault: Control._read_fault,
    op.SetFaults: Control._set_faults,
    op.SetFault: Control._set_fault,
    op.AddFault: Control._add_fault,
    op.RemoveFaults: Control._remove_faults,
    op.RemoveFault: Control._remove_fault,
    op.Measure: Control._measure,
}


def clock_target(asked: op.SetClock, clock: AccountClock, now: Instant) -> int | None:
    """The time that an account's clock is to be set to, nanoseconds since 1970; ``None`` if none is asked for. Raises
    `ValueError` for what is not a time."""
    target = _target(asked, clock, now)
    if target is not None and not _FIRST <= target <= _LAST:
        raise ValueError("no calendar goes there: the years are 1 to 9999")
    return target


def _target(asked: op.SetClock, clock: AccountClock, now: Instant) -> int | None:
    if asked.by is not None and asked.to is not None:
        raise ValueError("by and to say the same: give one of them")
    if asked.by is not None:
        return clock.at(now) + duration(asked.by)
    if asked.to is None:
        if asked.action == "advance":
            raise ValueError("advance needs by (PT55M) or to (2026-01-01T07:30:00+09:00)")
        return None
    date = datetime.fromisoformat(asked.to)
    return instant_of(date if date.tzinfo else date.replace(tzinfo=clock.tzinfo()))


def _changed(settings: AccountSettings, values: Mapping[str, Any]) -> AccountSettings:
    """An account's settings with others put over them. Raises `SettingError`, also for an unknown time zone."""
    changed = apply(settings, values)
    zone_of(changed.timezone)
    return changed


def _has(entry: Entry, name: str, value: str) -> bool:
    """Whether the field, as text, is this value; of ``violations`` and ``because``, whether it is among them."""
    if name == "violations":
        return any(finding.code == value for finding in entry.findings)
    if name == "because":
        return value in entry.because
    field = getattr(entry, name)
    return value == ("" if field is None else str(field))


def _unreadable(title: str, error: UnreadableInput) -> Outcome:
    problems = [
        {"said": p.said, "line": p.line, "column": p.column, "path": p.path, "hint": p.hint, "file": p.file}
        for p in error.problems
    ]
    return problem(422, title, str(error.problems[0]), problems=problems)


def _no_fault(fault_id: str) -> Outcome:
    return problem(404, "No such fault", f"no fault of this account has the id {fault_id!r}")
