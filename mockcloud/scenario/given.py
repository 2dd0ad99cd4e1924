"""``given``: what holds before the first step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockcloud.scenario.model import DeviceGiven
from mockcloud.scenario.reading import Path, Reading
from mockcloud.settings import SettingError, Settings, apply

_SCREEN = {"dpi": 160, "orientation": "landscape"}
"""What a display has beside the size by which it is given."""


def check_given(reading: Reading, given: Mapping[str, Any]) -> None:
    """What the schema cannot see: settings and dates."""
    reading.no_templates(given, ("given",), "before the first step nothing has happened; cases may be used")
    _settings(reading, given.get("settings") or {}, ("given", "settings"))
    _settings(reading, given.get("account") or {}, ("given", "account"))
    if "clock" in given:
        try:
            datetime.fromisoformat(given["clock"])
        except ValueError:
            said = f"{given['clock']!r} is no date: write 2026-01-01T07:30:00+09:00"
            reading.problem(said, ("given", "clock"))


def _settings(reading: Reading, values: Mapping[str, Any], path: Path) -> None:
    try:
        apply(Settings(), values)
    except SettingError as error:
        reading.problem(str(error), (*path, *error.path))


def read_devices(reading: Reading, given: Mapping[str, Any]) -> tuple[DeviceGiven, ...]:
    """The devices in the order of the file. The context objects they would send are checked."""
    return tuple(
        _device(reading, name, item or {}, ("given", "devices", name))
        for name, item in (given.get("devices") or {}).items()
    )


def _device(reading: Reading, name: str, item: Mapping[str, Any], path: Path) -> DeviceGiven:
    display = item.get("display", {"size": "none"})
    if isinstance(display, str):
        display = {"size": display} if display == "none" else {"size": display, **_SCREEN}
    if isinstance(display, dict):
        _context(reading, "Device.Display", display, (*path, "display"))
    state = item.get("device_state")
    if state is not None:
        there = {member: value for member, value in state.items() if value is not None}
        _context(reading, "Device.DeviceState", there, (*path, "device_state"), ("localTime",))
    return DeviceGiven(
        name=name,
        display=display,
        device_state=state,
        guest=bool(item.get("guest")),
        lang=item.get("lang"),
        tags=tuple(item.get("tags") or ()),
    )


def _context(reading: Reading, name: str, payload: Mapping[str, Any], path: Path, later: tuple[str, ...] = ()) -> None:
    """``later``: members that the device adds when it sends the object."""
    reading.foreign("context", name, payload, path)
    for finding in reading.catalogue.check_payload("context", name, payload, reading.edition):
        inside = finding.path.removeprefix("payload").lstrip(".")
        if finding.severity == "violation" and inside not in later:
            shown = ".".join(part for part in (".".join(map(str, path)), inside) if part)
            reading.problems.append(reading.document.problem(f"{name}: {finding.said}", shown, finding.source))
