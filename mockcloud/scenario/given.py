"""``given``: what holds before the first step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockcloud.catalogue.explanation import nearest
from mockcloud.scenario.app import check_alert
from mockcloud.scenario.expressions import COMMON
from mockcloud.scenario.model import DEFAULT_DEVICE, DeviceGiven
from mockcloud.scenario.reading import Path, Reading
from mockcloud.settings import Edition, SettingError, Settings, apply, zone_of

SCREEN = {"dpi": 160, "orientation": "landscape"}
"""What a display has beside the size by which it is given."""


def check_given(reading: Reading, given: Mapping[str, Any]) -> None:
    """What the schema cannot see: settings and dates."""
    for name, value in given.items():
        if name not in ("alerts", "extensions"):
            said = "before the first step nothing has happened; cases may be used"
            reading.no_templates(value, ("given", name), said)
    for number, alert in enumerate(given.get("alerts") or ()):
        _alert(reading, alert, given.get("devices") or {}, ("given", "alerts", number))
    _settings(reading, given.get("settings") or {}, ("given", "settings"))
    _settings(reading, given.get("account") or {}, ("given", "account"))
    if "clock" in given:
        try:
            datetime.fromisoformat(given["clock"])
        except ValueError:
            said = f"{given['clock']!r} is not a date: write 2026-01-01T07:30:00+09:00"
            reading.problem(said, ("given", "clock"))


def _alert(reading: Reading, alert: Mapping[str, Any], devices: Mapping[str, Any], path: Path) -> None:
    reading.names(alert, path, COMMON)
    check_alert(reading, alert, path)
    if alert.get("device") not in (None, *(devices or (DEFAULT_DEVICE,))):
        near = nearest(alert["device"], devices)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(devices) or DEFAULT_DEVICE}"
        reading.problem(f"there is no device {alert['device']!r} in this scenario", (*path, "device"), hint)


def _settings(reading: Reading, values: Mapping[str, Any], path: Path) -> None:
    try:
        apply(Settings(), values)
        if "timezone" in values:
            zone_of(values["timezone"])
    except SettingError as error:
        reading.problem(str(error), (*path, *error.path))


def read_devices(reading: Reading, given: Mapping[str, Any]) -> tuple[DeviceGiven, ...]:
    """The devices in the order of the file. The context objects they would send are checked."""
    return tuple(
        _device(reading, name, item or {}, ("given", "devices", name))
        for name, item in (given.get("devices") or {}).items()
    )


def _device(reading: Reading, name: str, item: Mapping[str, Any], path: Path) -> DeviceGiven:
    edition = item.get("edition", reading.edition)
    display = item.get("display", {"size": "none"})
    if isinstance(display, str):
        display = {"size": display} if display == "none" else {"size": display, **SCREEN}
    if isinstance(display, dict):
        _context(reading, "Device.Display", display, edition, (*path, "display"))
    state = item.get("device_state")
    if state is not None:
        there = {member: value for member, value in state.items() if value is not None}
        _context(reading, "Device.DeviceState", there, edition, (*path, "device_state"), ("localTime",))
    return DeviceGiven(
        name=name,
        display=display,
        device_state=state,
        guest=bool(item.get("guest")),
        lang=item.get("lang"),
        tags=tuple(item.get("tags") or ()),
        edition=item.get("edition"),
    )


def _context(
    reading: Reading,
    name: str,
    payload: Mapping[str, Any],
    edition: Edition,
    path: Path,
    later: tuple[str, ...] = (),
) -> None:
    """``later``: members that the device adds when it sends the object."""
    reading.foreign("context", name, payload, path)
    for finding in reading.catalogue.check_payload("context", name, payload, edition):
        inside = finding.path.removeprefix("payload").lstrip(".")
        if finding.severity == "violation" and inside not in later:
            shown = ".".join(part for part in (".".join(map(str, path)), inside) if part)
            reading.problems.append(reading.document.problem(f"{name}: {finding.said}", shown, finding.source))
