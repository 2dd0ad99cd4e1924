"""A test with its own cloud, written with the client that is generated from ``/openapi.json``. Run by test_openapi."""

import sys

from generated.api.accounts import create_account, delete_account, read_account
from generated.api.clock import set_clock
from generated.api.faults import set_fault
from generated.api.journal import read_journal, wait_for_entries
from generated.api.push import push_directive
from generated.api.scenario import load_scenario
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

made = create_account.sync(client=client, body=NewAccount(devices=["speaker"], seed=7))
assert isinstance(made, MadeAccount)
assert made.devices[0].device_id == "speaker"
account = made.account

loaded = load_scenario.sync(
    account, client=client, body=Scenario.from_dict({"mockcloud": 1, "title": "비", "rules": []})
)
assert isinstance(loaded, LoadedScenario)
assert loaded.title == "비"

fault = set_fault.sync(account, "f", client=client, body=Fault(on=FaultOn.EVENT, effect=FaultEffect.STATUS, code=503))
assert isinstance(fault, SetFault)
assert (fault.id, fault.struck, fault.fault.effect) == ("f", 0, FaultEffect.STATUS)

clock = set_clock.sync(account, client=client, body=Clock(action=ClockAction.FREEZE, to="2026-01-01T07:30:00+09:00"))
assert isinstance(clock, AccountTime)
assert clock.frozen

hello = PushedDirective(header=DirectiveHeader(namespace="Clova", name="Hello"))
refused = push_directive.sync(client=client, body=Push(account=account, directive=hello))
assert isinstance(refused, Problem)
assert refused.status == 409
assert "downchannel" in refused.detail

waited = wait_for_entries.sync(client=client, body=Wait(account=account, match=Match(event="Clova.X"), timeout_ms=0))
assert isinstance(waited, Waited)
assert not waited.matched

journal = read_journal.sync(client=client, account=account, limit=5)
assert isinstance(journal, Entries)

read = read_account.sync(account, client=client)
assert isinstance(read, Account)
assert read.scenario == "비"
assert delete_account.sync(account, client=client) is None
gone = read_account.sync(account, client=client)
assert isinstance(gone, Problem)
assert gone.status == 404
