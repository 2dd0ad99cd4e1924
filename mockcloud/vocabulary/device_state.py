"""Device.DeviceState: which of its members shows what DeviceControl is about (C-135, D-160)."""

from typing import Any

DEVICE_STATE = "Device.DeviceState"

MEMBERS = {
    "airplane": "airplane",
    "bluetooth": "bluetooth",
    "cellular": "cellular",
    "channel": "channel",
    "energysave": "energySavingMode",
    "flashlight": "flashLight",
    "gps": "gps",
    "power": "power",
    "ring": "soundMode",
    "screenbrightness": "screenBrightness",
    "silent": "soundMode",
    "vibrate": "soundMode",
    "volume": "volume",
    "wifi": "wifi",
}
"""Target of a directive -> member."""

REPORTED = {"energysave": "powersave", "ring": "soundmode", "silent": "soundmode", "vibrate": "soundmode"}
"""Targets that a report calls by another name."""

_ALL = {**{reported: MEMBERS[target] for target, reported in REPORTED.items()}, **MEMBERS}


def member_of(target: Any) -> str:
    """The member that shows the target of a directive or of a report; empty if there is none."""
    return _ALL.get(target, "") if isinstance(target, str) else ""
