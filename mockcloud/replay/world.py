"""Where a scenario takes place: a cloud, devices, and a clock to wait by. The runner knows nothing else of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from msgspec import structs

from mockcloud.catalogue import Catalogue
from mockcloud.cic.machine import CloudMachine
from mockcloud.client import vocabulary as dev
from mockcloud.client.machine import Device
from mockcloud.client.profile import Profile, speaker
from mockcloud.clock import SECOND, Instant, instant_of
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, Account
from mockcloud.cloud.given import begin
from mockcloud.faults.fault import Fault
from mockcloud.journal import Entry
from mockcloud.scenario import DeviceGiven, Rule, Scenario, Step
from mockcloud.scenario.model import Action, Inject, Parallel
from mockcloud.scenario.steps import DEFAULT_DEVICE
from mockcloud.settings import Settings

START = "2026-01-01T09:00:00+09:00"
"""When a replay begins, unless the scenario says otherwise: a fixed date, so that transcripts do not change."""
CONNECT_WITHIN = 10 * SECOND
SETTLE_WITHIN = SECOND // 20
"""What is under way arrives before the next step begins; two sides that never stop answering each other are not waited
for longer than this."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A scenario before its first step, with all that its ``given`` says."""

    scenario: Scenario
    settings: Settings
    """With those of the scenario over them."""
    catalogue: Catalogue

    @property
    def devices(self) -> tuple[DeviceGiven, ...]:
        return self.scenario.devices or (DeviceGiven(DEFAULT_DEVICE, display={"size": "none"}),)

    @property
    def wall(self) -> int:
        """When it begins, nanoseconds since 1970."""
        began = self.scenario.begins(self.settings.account.timezone)
        return instant_of(datetime.fromisoformat(START)) if began is None else began

    def account(self, cloud: CloudMachine) -> Account:
        """The account of the replay in this cloud, ready for the first step."""
        account = cloud.core.accounts.by_id[DEFAULT_ACCOUNT]
        if account.scenario is not self.scenario:
            begin(account, self.scenario, cloud.core.now)
        return account

    def profile(self, given: DeviceGiven, account: Account, url: str) -> Profile:
        """What kind of device a bundled one is."""
        state = {**speaker(), **(given.device_state or {})}
        return Profile(
            url=url,
            client_id=account.client_id,
            client_secret=account.client_secret,
            naver_access_token=None if given.guest else account.naver_access_token,
            device_id=given.name,
            lang=given.lang or self.settings.account.lang,  # type: ignore[arg-type]
            zone=self.settings.account.timezone,
            display=given.display,
            device_state={name: value for name, value in state.items() if value is not None},
            tags=given.tags,
            edition=given.edition or self.settings.account.edition,
        )

    def device(self, given: DeviceGiven, account: Account, url: str) -> Device:
        """A bundled device, not yet switched on. Its clock agrees with the account's."""
        seed = f"{self.settings.account.seed}/{given.name}"
        return Device(self.profile(given, account, url), clock_offset=account.clock.offset, seed=seed)


class NotConnected(Exception):
    """The devices did not get their downchannels; the text says what is known of it."""


class CannotDo(Exception):
    """Nobody can do there what the step asks for; the text says why."""


class Broken(Exception):
    """The device is of no use any more: it ended, or does not answer. The text says which."""


class World(Protocol):
    """A cloud with devices, and its time. Whatever lets time pass may raise `Broken`."""

    cloud: CloudMachine
    way: str
    """How it is run, for reports: ``in memory``."""

    @property
    def now(self) -> Instant: ...

    @property
    def ids(self) -> Mapping[str, str]:
        """The ``device_id`` of each device of the scenario, once they are connected."""

    def open(self) -> None:
        """Switch the devices on and wait until they have their downchannels. Raises `NotConnected`."""

    def tell(self, name: str, instruction: dev.Instruction) -> None:
        """A person does something at a device, now. Raises `CannotDo` if nobody can."""

    def ask(self, operation: Any) -> Any:
        """Ask the cloud an operation of `mockcloud.cic.operations` and return its outcome."""

    def run_until(self, when: int, done: Callable[[], bool] = ...) -> bool:
        """Let everything happen up to that time, or until it is done. Returns whether it is."""

    def close(self) -> None:
        """End it. Nothing is left: no connection, no process, no file."""


Stage = Callable[[Opening], World]
"""Builds the world of one scenario."""


def await_downchannels(world: World, number: int, within: int = CONNECT_WITHIN) -> None:
    """Let time pass until so many are open. Raises `NotConnected`."""
    channels = world.cloud.core.downchannels
    if not world.run_until(world.now + within, lambda: len(channels) >= number):
        raise NotConnected("the bundled devices did not get their downchannels")


def observe(account: Account, device: str, now: Instant, what: str, value: Any) -> None:
    """Put into the journal what a person would see or hear at a device."""
    account.journal.add(
        Entry(
            at=account.clock.at(now),
            account=account.id,
            channel="device",
            direction="-",
            kind="observed",
            name=what,
            device=device,
            raw=json.dumps({"value": value}, ensure_ascii=False).encode(),
        )
    )


def observe_noted(account: Account, device: str, noted: dev.Noted, now: Instant) -> None:
    """The same of a bundled device, as far as it is seen from outside."""
    if isinstance(noted.what, dev.Lit):
        observe(account, device, now, "led", noted.what.light)


def with_ids(scenario: Scenario, ids: Mapping[str, str]) -> Scenario:
    """The scenario with devices called by these ids, where they are others than their names."""
    if all(name == device for name, device in ids.items()):
        return scenario
    return replace(
        scenario,
        rules=tuple(_rule_with_ids(rule, ids) for rule in scenario.rules),
        steps=tuple(_step_with_ids(step, ids) for step in scenario.steps),
    )


def _rule_with_ids(rule: Rule, ids: Mapping[str, str]) -> Rule:
    device = rule.when.device
    return structs.replace(
        rule,
        when=structs.replace(rule.when, device=ids.get(device, device) if device else device),
        fault=_fault_with_ids(rule.fault, ids) if rule.fault is not None else None,
    )


def _step_with_ids(step: Step, ids: Mapping[str, str]) -> Step:
    at = step.at
    if at is not None and isinstance(at.after, Mapping):
        at = structs.replace(at, after=_pattern_with_ids(at.after, ids))
    return structs.replace(
        step,
        action=_action_with_ids(step.action, ids),
        at=at,
        device=ids.get(step.device, step.device),
        expect=tuple(structs.replace(expect, pattern=_pattern_with_ids(expect.pattern, ids)) for expect in step.expect),
    )


def _action_with_ids(action: Action, ids: Mapping[str, str]) -> Action:
    match action:
        case Parallel(steps):
            return Parallel(tuple(_step_with_ids(part, ids) for part in steps))
        case Inject(fault):
            return Inject(_fault_with_ids(fault, ids))
    return action


def _pattern_with_ids(pattern: Mapping[str, Any], ids: Mapping[str, str]) -> Mapping[str, Any]:
    device = pattern.get("device")
    return {**pattern, "device": ids.get(device, device)} if device else pattern


def _fault_with_ids(fault: Fault, ids: Mapping[str, str]) -> Fault:
    return structs.replace(fault, device=ids.get(fault.device, fault.device))
