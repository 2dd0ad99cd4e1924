"""An account of a running cloud is given a scenario: with its settings, clock and alerts, as if it began with it."""

from collections.abc import Mapping
from functools import partial

from mockcloud.cic import downchannel
from mockcloud.cic.core import Core
from mockcloud.cic.delivery import channel_of
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cloud.accounts import Account, ScenarioText
from mockcloud.cloud.given import begin, given_alerts, settings_of
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.scenario import Scenario
from mockcloud.scenario.expressions import ExpressionError
from mockcloud.settings import AccountSettings, SettingError, apply
from mockcloud.vocabulary import Ids
from mockcloud.vocabulary.replies import push


def own_settings(account: Account) -> AccountSettings:
    """The account's settings without those that its scenario gives."""
    return account.settings_before or account.settings


def change_settings(account: Account, own: AccountSettings, given: Scenario | None = None) -> None:
    """Give the account settings of its own, and over them those of a scenario: unless one is given, of the one it has.

    Raises `SettingError`, having changed nothing, if the scenario sets what is the server's.
    """
    settings = settings_of(own, (given or account.scenario).given)
    account.settings_before = own if settings != own else None
    is_reseeded = settings.seed != account.settings.seed
    account.settings = settings
    account.clock.zone = settings.timezone
    if is_reseeded:
        _begin_identifiers(account)


def set_seed(account: Account, seed: int) -> None:
    """Give the account a seed of its own, and let its identifiers begin again from the one that holds: the scenario's,
    if that gives one."""
    change_settings(account, apply(own_settings(account), {"seed": seed}))
    _begin_identifiers(account)


def _begin_identifiers(account: Account) -> None:
    account.ids = Ids(f"{account.settings.seed}/{account.id}/reseeded")


def load(core: Core, account: Account, source: ScenarioText) -> Scenario:
    """The scenario of this text, read under the account's own settings. Raises `UnreadableInput`."""
    from mockcloud.scenario.load import load_scenario  # with the first scenario, not at every start

    own = own_settings(account)
    return load_scenario(
        source.text,
        file=source.file,
        catalogue=core.catalogue,
        edition=own.edition,
        seed=own.seed,
        lang=own.lang,
        read=partial(_beside, source.beside) if source.beside else None,
    )


def _beside(texts: Mapping[str, str], path: str) -> str:
    """The text of a file that came with a scenario."""
    if path not in texts:
        raise UnreadableInput([Problem("it was not sent with the scenario", path)])
    return texts[path]


def give(core: Core, account: Account, scenario: Scenario) -> Outcome | None:
    """Let the account begin with a scenario, wholly or not at all; the problem with it if it cannot."""
    try:
        given_alerts(account, scenario, core.now)
        change_settings(account, own_settings(account), scenario)
    except (ExpressionError, ValueError) as error:
        return problem(422, "The scenario does not load", f"{scenario.file}: given.alerts: {error}")
    except SettingError as error:
        return problem(422, "The scenario does not load", f"{scenario.file}: {error}")
    _set_clock(core, account, scenario)
    return begin_with_alerts(core, account, scenario)


def begin_with_alerts(core: Core, account: Account, scenario: Scenario) -> Outcome | None:
    """Begin, and tell the devices that are there of their alerts; the problem with an alert if there is one."""
    try:
        given = begin(account, scenario, core.now)
    except (ExpressionError, ValueError) as error:
        return problem(422, "The scenario does not load", f"{scenario.file}: given.alerts: {error}")
    except UnreadableInput as error:
        return problem(422, "The scenario does not load", str(error))
    for alert in given:
        if channel_of(core, account, account.device(alert.device_id)) is not None:
            directive = push("Alerts.SetAlert", alert.payload, to=alert.device_id)
            downchannel.deliver(core, account, directive, sender=None, event=None, by="given", because=("C-103",))
    return None


def _set_clock(core: Core, account: Account, scenario: Scenario) -> None:
    """It is the time at which the scenario begins. Tokens keep what is left of their life."""
    begins = scenario.begins(account.settings.timezone)
    if begins is None:
        return
    moved = begins - account.clock.at(core.now)
    account.clock.advance(moved, core.now)
    for token in account.tokens.values():
        token.expires_at += moved
    core.timers.clock_changed(account.clock)
