"""A test with its own cloud, written with the client that is generated from ``/openapi.json``. Run by test_openapi."""

import sys

from generated.api.accounts import delete_accounts_by_account, get_accounts_by_account, post_accounts
from generated.api.clock import put_accounts_by_account_clock
from generated.api.faults import put_accounts_by_account_faults_by_fault
from generated.api.journal import get_journal, post_journal_wait
from generated.api.push import post_push
from generated.api.scenario import put_accounts_by_account_scenario
from generated.client import AuthenticatedClient
from generated.models import (
    Account,
    AccountTime,
    Clock,
    ClockAction,
    DirectiveHeader,
    Entries,
    Fault,
    FaultEffect,
    FaultOn,
    LoadedScenario,
    MadeAccount,
    Match,
    NewAccount,
    Problem,
    Push,
    PushedDirective,
    Scenario,
    SetFault,
    Wait,
    Waited,
)

client = AuthenticatedClient(base_url=sys.argv[1], token="unused", raise_on_unexpected_status=True)

made = post_accounts.sync(client=client, body=NewAccount(devices=["speaker"], seed=7))
assert isinstance(made, MadeAccount)
assert made.devices[0].device_id == "speaker"
account = made.account

loaded = put_accounts_by_account_scenario.sync(
    account, client=client, body=Scenario.from_dict({"mockcloud": 1, "title": "비", "rules": []})
)
assert isinstance(loaded, LoadedScenario)
assert loaded.title == "비"

fault = put_accounts_by_account_faults_by_fault.sync(
    account, "f", client=client, body=Fault(on=FaultOn.EVENT, effect=FaultEffect.STATUS, code=503)
)
assert isinstance(fault, SetFault)
assert (fault.id, fault.struck, fault.fault.effect) == ("f", 0, FaultEffect.STATUS)

clock = put_accounts_by_account_clock.sync(
    account, client=client, body=Clock(action=ClockAction.FREEZE, to="2026-01-01T07:30:00+09:00")
)
assert isinstance(clock, AccountTime)
assert clock.frozen

hello = PushedDirective(header=DirectiveHeader(namespace="Clova", name="Hello"))
refused = post_push.sync(client=client, body=Push(account=account, directive=hello))
assert isinstance(refused, Problem)
assert refused.status == 409
assert "downchannel" in refused.detail

waited = post_journal_wait.sync(client=client, body=Wait(account=account, match=Match(event="Clova.X"), timeout_ms=0))
assert isinstance(waited, Waited)
assert not waited.matched

journal = get_journal.sync(client=client, account=account, limit=5)
assert isinstance(journal, Entries)

read = get_accounts_by_account.sync(account, client=client)
assert isinstance(read, Account)
assert read.scenario == "비"
assert delete_accounts_by_account.sync(account, client=client) is None
gone = get_accounts_by_account.sync(account, client=client)
assert isinstance(gone, Problem)
assert gone.status == 404
