"""What outlives the server: which accounts an input has to do with, and what of them is to be kept.

Rule 1. An account is changed only by an input that names it, puts something into its journal, or lets one of its
        timers fall due; wherever else that can be, `Core.touch` says so.
Rule 2. What an input has changed is kept by one `Persist`, before anything that it leads to is done.
"""

import logging
from collections.abc import Sequence
from typing import Any

from mockcloud.cic import extensions, scenarios
from mockcloud.cic.core import Core
from mockcloud.cloud.accounts import Account, ScenarioText
from mockcloud.cloud.records import Records, restore
from mockcloud.errors import UnreadableInput
from mockcloud.vocabulary import Ids, Input
from mockcloud.vocabulary.commands import Record
from mockcloud.vocabulary.inputs import Asked

log = logging.getLogger("mockcloud.cic")


class Keeping:
    """Makes the accounts again that ``kept`` tells of. Raises `mockcloud.cloud.records.Unreadable`."""

    def __init__(self, core: Core, kept: Sequence[Record]) -> None:
        self._core = core
        accounts = core.accounts
        ids, accounts.made = restore(accounts, kept)
        if ids is not None:
            core.ids = Ids(core.ids.seed, ids.taken)
        self._records = Records(core.settings.account, kept)
        core.touched = set()
        for account in accounts:
            if account.scenario_text is not None:
                self._load(account, account.scenario_text)
            extensions.resume(core, account)

    def changes(self, what: Input) -> list[Record]:
        """What is to be kept now that this input has been taken."""
        core, records = self._core, self._records
        assert core.touched is not None
        if isinstance(what, Asked):
            self._asked(what.operation)
        if not core.touched:
            return []
        found = records.of_server(core.ids, core.accounts.made)
        for account_id in sorted(core.touched):
            account = core.accounts.by_id.get(account_id)
            found += records.of_account(account) if account is not None else records.of_deleted(account_id)
        core.touched.clear()
        return found

    def _asked(self, operation: Any) -> None:
        """The account that it names, and those that are new."""
        assert self._core.touched is not None
        account_id = getattr(operation, "account", None)
        if isinstance(account_id, str):
            self._core.touched.add(account_id)
        if len(self._records) != len(self._core.accounts):
            self._core.touched.update(self._records.missing(self._core.accounts.by_id))

    def _load(self, account: Account, source: ScenarioText) -> None:
        try:
            account.scenario = scenarios.load(self._core, account, source)
        except UnreadableInput as error:
            log.warning("account %r has lost its scenario, which does not load any more: %s", account.id, error)
            account.scenario_text = None
