"""Reports that a device owes for a directive: SetAlert is answered with one of two events, a control with one of two.

Not every directive has to be obeyed: a device ignores what it does not support (D-055). So a missing report is a
violation only where the device shows that it does support the thing, by its context; else it is a warning or nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockcloud.cloud.order.given import ALERTS_STATE, PLAYBACK_STATE
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.device_state import DEVICE_STATE, member_of
from mockcloud.vocabulary.findings import Severity
from mockcloud.wire.messages import Directive, Event, Json

Contexts = Mapping[str, Json]
"""Payloads of the device's latest context objects by full name."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to follow one kind of directive."""

    events: tuple[str, ...]
    """Full names; any of them will do."""
    because: str
    same: str = ""
    """A field that directive and event have in common."""
    shows: str = ""
    """A context object without which the device is not judged."""
    filled: str = ""
    """A list of it; while it is empty, the device may be one that has no such thing, and this is a warning."""
    severity: Severity = "violation"


@dataclass(slots=True, eq=False)
class Owed:
    """A report that has not come."""

    directive: Directive
    report: Report

    def is_paid_by(self, event: Event) -> bool:
        same = self.report.same
        if event.full_name not in self.report.events:
            return False
        if same == "command":
            return event.payload.get("command") == self.directive.name
        return not same or event.payload.get(same) == self.directive.payload.get(same)

    def finding(self, contexts: Contexts, waited: str) -> Finding | None:
        """What is wrong if the report never comes; ``None`` if the device may do without."""
        report = self.report
        if report.shows and report.shows not in contexts:
            return None
        if report.same == "command" and not _lists(contexts, self.directive):
            return None
        wanted = " or ".join(report.events)
        said = f"{self.directive.full_name} is to be followed by {wanted}; nothing of it has come within {waited}"
        is_certain = not report.filled or bool(contexts.get(report.shows, {}).get(report.filled))
        severity = report.severity if is_certain else "warning"
        return Finding("order.report.missing", said, "", (report.because,), severity=severity)


_COMMANDS = ("Next", "Pause", "Play", "Previous", "Resume", "Stop")
_EXECUTED = Report(("DeviceControl.ActionExecuted", "DeviceControl.ActionFailed"), "D-158", "command", DEVICE_STATE)

OWED: dict[str, Report] = {
    "Clova.Hello": Report(
        ("Alerts.RequestSynchronizeAlert", "System.RequestSynchronizeState"),
        "D-114",
        shows=ALERTS_STATE,
        filled="allAlerts",
    ),
    "SpeechSynthesizer.Speak": Report(
        ("SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechStopped"), "D-089", "token", severity="warning"
    ),
    "Alerts.SetAlert": Report(("Alerts.SetAlertSucceeded", "Alerts.SetAlertFailed"), "D-098", "token", ALERTS_STATE),
    "Alerts.DeleteAlert": Report(
        ("Alerts.DeleteAlertSucceeded", "Alerts.DeleteAlertFailed"), "D-110", "token", ALERTS_STATE
    ),
    "Alerts.StopAlert": Report(("Alerts.AlertStopped",), "D-108", "token", ALERTS_STATE),
    **{f"DeviceControl.{name}": _EXECUTED for name in ("Decrease", "Increase", "SetValue", "TurnOff", "TurnOn")},
    "DeviceControl.ExpectReportState": Report(("DeviceControl.ReportState",), "D-169", shows=DEVICE_STATE),
    "AudioPlayer.ExpectReportPlaybackState": Report(
        ("AudioPlayer.ReportPlaybackState",), "D-138", shows=PLAYBACK_STATE, severity="warning"
    ),
    **{
        f"PlaybackController.Expect{name}Command": Report(
            (f"PlaybackController.{name}CommandIssued",), "D-153", shows=PLAYBACK_STATE, severity="warning"
        )
        for name in _COMMANDS
    },
    "PlaybackController.Pause": Report(
        ("AudioPlayer.PlayPaused", "AudioPlayer.PlayStopped", "AudioPlayer.PlayFinished"), "D-126"
    ),
    "PlaybackController.Stop": Report(("AudioPlayer.PlayStopped", "AudioPlayer.PlayFinished"), "D-126"),
    "PlaybackController.Resume": Report(
        ("AudioPlayer.PlayResumed", "AudioPlayer.PlayStarted", "AudioPlayer.PlayStopped"), "D-126"
    ),
    "Clova.HandleDelegatedEvent": Report(("Clova.ProcessDelegatedEvent",), "D-185", "delegationId", severity="warning"),
}
"""Bluetooth takes a user as long as it takes, and is not judged."""


def owed_for(directive: Directive, is_due: Callable[[Directive], bool]) -> Owed | None:
    """What the device owes for a directive. ``is_due``: whether anything is there to be stopped, paused, resumed."""
    report = OWED.get(directive.full_name)
    if report is None or directive.payload.get("target") == "power" or not is_due(directive):
        return None
    return Owed(directive, report)


def _lists(contexts: Contexts, control: Directive) -> bool:
    """Whether the device's state says that it can do this."""
    member: Any = contexts.get(DEVICE_STATE, {}).get(member_of(control.payload.get("target")))
    actions = member.get("actions") if isinstance(member, Mapping) else None
    return isinstance(actions, list) and control.name in actions
