"""What the context of an event should hold: the objects that a device sends with every one (D-041)."""

from functools import lru_cache

from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.findings import Severity

EXPECTED_CONTEXTS: dict[str, Severity] = {
    "Alerts.AlertsState": "violation",
    "AudioPlayer.PlaybackState": "violation",
    "Clova.Location": "warning",
    "Clova.SavedPlace": "warning",
    "Device.DeviceState": "violation",
    "Device.Display": "warning",
    "Speaker.VolumeState": "violation",
    "SpeechSynthesizer.SpeechState": "warning",
}
"""The full names of these objects, and what it means when one is missing.

A device may not know a place, absence of Device.Display has a meaning, and SpeechState has no token before the first
Speak: those are warnings.
"""

_OTHER_SPELLINGS = {
    "AudioPlayer.PlayerState": "AudioPlayer.PlaybackState",
    "Alert.AlertsState": "Alerts.AlertsState",
}


@lru_cache(maxsize=256)  # A device sends the same objects with every event.
def missing_context(there: frozenset[str]) -> tuple[Finding, ...]:
    """One finding for the objects that are missing, one for those among them that a device may not know."""
    known = {_OTHER_SPELLINGS.get(name, name) for name in there}
    findings = []
    for severity in ("violation", "warning"):
        lacking = [name for name, weight in EXPECTED_CONTEXTS.items() if weight == severity and name not in known]
        if lacking:
            said = f"the context has no {', '.join(lacking)}"
            findings.append(Finding("event.context.missing", said, "context", ("D-041", "C-188"), severity))
    return tuple(findings)
