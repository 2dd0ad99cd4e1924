"""What the steps of a loaded scenario expect, held against what has happened."""

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.scripted import names
from mockcloud.replay.expecting import Window
from mockcloud.replay.report import Failure
from mockcloud.replay.transcript import Transcript


def unmet(account: Account, now: Instant) -> list[Failure]:
    """Expectations of the account's scenario that its journal does not meet, with file and line.

    The steps themselves are done by whoever is under test; theirs are the expectations, in the order of the steps.
    """
    scenario = account.scenario
    found: list[Failure] = []
    window = Window(
        account=account,
        transcript=Transcript(),
        names=lambda: names(account, now),
        run_until=lambda _, done: done(),
        since=0,
        began=now,
    )
    for step in scenario.steps:
        for part in step.parts or (step,):
            missed = window.meet(part.expect, in_order=part.in_order, only=part.only)
            if missed is not None:
                found.append(Failure(missed.said, scenario.file, missed.line, missed.nearest))
        window.since = max(window.met, default=window.since)
    return found
