"""How long a device may take with a report that it owes (`mockcloud.cloud.order.reports`)."""

from mockcloud.cic.core import Core
from mockcloud.clock import SECOND, Instant
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.order.reports import Owed
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Directive

_LOOK_AGAIN = 1 * SECOND


class ReportDue(Value, frozen=True):
    """A timer: this report should have come by now."""

    account: Account
    device: Device
    owed: Owed


def note_sent(core: Core, account: Account, device: Device, directive: Directive) -> None:
    """A directive goes out: the device knows from now on, and may owe a report."""
    patience = account.settings.behaviour.report_patience
    owed = device.course.given(directive, core.now, owes=bool(patience))
    if owed is not None:
        core.timers.at(Instant(core.now + patience), ReportDue(account, device, owed))


def report_due(core: Core, due: ReportDue) -> None:
    """It is on record if the report has not come. A device that was disconnected meanwhile owes nothing."""
    account, device, course = due.account, due.device, due.device.course
    patience = account.settings.behaviour.report_patience
    if patience and due.owed in course.owed and course.is_early(due.owed, core.now, patience):
        core.timers.at(Instant(core.now + max(patience, _LOOK_AGAIN)), due)
        return
    if not course.settle(due.owed) or not device.connected or not patience:
        return
    finding = due.owed.finding(device.context, f"{patience / SECOND:g} s")
    if finding is not None:
        directive = due.owed.directive
        core.found(
            account,
            "event",
            directive.full_name,
            finding,
            device=device.device_id,
            dialog_request_id=directive.dialog_request_id,
            message_id=directive.message_id,
        )
