"""What the companion app does in a scenario: ``app: {set_alert: {...}}``.

Each action has the members of the control API's call under ``/v1/accounts/{account}/app`` that does the same, those of
its path among them. ``device`` may be left out: it is the step's device, or, where an action may mean all devices, all.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mockcloud.catalogue.explanation import nearest
from mockcloud.scenario.expressions import Template
from mockcloud.scenario.reading import Path, Reading
from mockcloud.scenario.sending import outgoing

_TEXT = {"type": "string", "minLength": 1}
_WORDS = {"type": "string"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _said(shape: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {**shape, "description": description}


_DEVICE = _said(_TEXT, "the device; that of the step unless said otherwise")
_ONE_OR_ALL = _said(_TEXT, "only this device; all of the account unless said otherwise")
_TOKEN = _said(_TEXT, "the alert's token")
_EXTENSION = _said(_TEXT, "the id of the extension")
_DIRECTIVE = {
    "type": "object",
    "properties": {
        "namespace": _said(_TEXT, "namespace of the directive"),
        "name": _said(_TEXT, "name of the directive"),
        "payload": _said({"type": "object"}, "its payload"),
    },
    "required": ["namespace", "name"],
    "additionalProperties": False,
}
ALERT: dict[str, dict[str, Any]] = {
    "device": _DEVICE,
    "type": _said({"enum": ["ACTIONTIMER", "ALARM", "REMINDER", "TIMER"]}, "what rings"),
    "scheduled_time": _said(_TEXT, "when: 2026-01-01T07:30:00+09:00, or local without offset"),
    "token": _said(_WORDS, "what it is known by; with that of an alert that exists this one is changed"),
    "label": _said(_WORDS, "what it is about"),
    "repeat": _said({"type": "array", "items": {"enum": list(_DAYS)}}, "days on which it rings again"),
    "action": _said({"type": "array", "items": _DIRECTIVE}, "directives that an ACTIONTIMER carries out"),
}
"""An alert as the app knows it, by member."""


class Action(NamedTuple):
    """One thing that can be done in the app."""

    does: str
    members: Mapping[str, Mapping[str, Any]]
    """JSON Schemas by name."""
    required: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": dict(self.members),
            "required": list(self.required),
            "additionalProperties": False,
            "description": self.does,
        }


ACTIONS: Mapping[str, Action] = {
    "set_alert": Action("add an alert, or change the one of this token", ALERT, ("type", "scheduled_time")),
    "delete_alert": Action("delete an alert", {"token": _TOKEN}, ("token",)),
    "stop_alert": Action("stop an alert that rings", {"token": _TOKEN}, ("token",)),
    "playback": Action("have devices report what they play", {"device": _ONE_OR_ALL}),
    "player_info": Action("have a device ask for what its player shows", {"device": _DEVICE}),
    "delegate": Action(
        "let a device carry out a request",
        {"device": _DEVICE, "text": _said(_TEXT, "what the user asks for")},
        ("text",),
    ),
    "pin": Action(
        "type the Bluetooth PIN that a device has asked for",
        {"device": _DEVICE, "pin": _said(_WORDS, "the PIN; empty: the user aborts")},
        ("pin",),
    ),
    "notify": Action(
        "show that there is a notification, or present it",
        {
            "text": _said(_WORDS, "what it says"),
            "present": _said({"type": "boolean"}, "Notify instead of SetIndicator"),
            "new": _said({"type": "boolean"}, "it is a new one; true unless said otherwise"),
            "device": _ONE_OR_ALL,
            "light": _said({"enum": ["DEFAULT", "NONE"]}, "whether a light shows it"),
            "sounds": _said({"type": "array", "items": _WORDS}, "URLs, in the order in which they play"),
        },
    ),
    "clear_notifications": Action("see all notifications: the indicator goes out", {}),
    "add_device": Action(
        "add a device to the account, or name it",
        {
            "device": _DEVICE,
            "name": _said(_WORDS, "what the user calls it; empty: it stays"),
            "model_id": _said(_WORDS, "its model; empty: it stays"),
        },
    ),
    "remove_device": Action("remove a device: its tokens end, its downchannel closes", {"device": _DEVICE}),
    "login": Action("log the guest of a device in", {"device": _DEVICE}),
    "button": Action(
        "assign words to a custom button",
        {
            "button": _said(_TEXT, "its name"),
            "text": _said(_WORDS, "what it says when it is pressed; empty: nothing any more"),
        },
        ("button", "text"),
    ),
    "link_account": Action(
        "open the login page of an extension's service: the user logs in there, and comes back",
        {
            "extension": _EXTENSION,
            "user": _said(_TEXT, "who logs in at the built-in authorization server; minsu unless said otherwise"),
            "allow": _said({"type": "boolean"}, "false: the user refuses; true unless said otherwise"),
            "form": _said(
                {"type": "object", "additionalProperties": _WORDS},
                "what is posted to the login page of another authorization server, by field",
            ),
            "code": _said(_TEXT, "come back with this code, as if another authorization server had given it"),
        },
        ("extension",),
    ),
    "unlink_account": Action("unlink it: its tokens are forgotten", {"extension": _EXTENSION}, ("extension",)),
    "set_link": Action(
        "have these tokens, as if the user had linked an account",
        {
            "extension": _EXTENSION,
            "access_token": _said(_TEXT, "what requests carry"),
            "refresh_token": _said(_WORDS, "what it is refreshed with; empty: it cannot be"),
            "expires_in": _said({"type": "integer", "minimum": 0}, "how long it lives, seconds; else it does not end"),
        },
        ("extension", "access_token"),
    ),
    "spoil_link": Action(
        "have the link go wrong",
        {
            "extension": _EXTENSION,
            "how": _said(
                {"enum": ["expire", "revoke", "break"]},
                "expire: the access token has ended; revoke: the service knows no token; break: none can be refreshed",
            ),
        },
        ("extension", "how"),
    ),
    "terms": Action(
        "accept the terms of use, or take that back",
        {"accepted": _said({"type": "boolean"}, "whether they are accepted")},
        ("accepted",),
    ),
}
"""By the key under ``app``."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {name: action.schema for name, action in ACTIONS.items()},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "description": "the user does something in the companion app: one action",
}


def of_a_device(name: str) -> bool:
    """Whether the action is always about one device."""
    return ACTIONS[name].members.get("device") is _DEVICE


def check_linking(
    reading: Reading, name: str, members: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]], path: Path
) -> None:
    """Whether the extension has account linking, and who lets its users log in; ``given``: registrations by id."""
    id_ = members["extension"]
    if id_ not in given:
        if near := nearest(str(id_), given):
            said = f"there is no extension {id_!r} in this scenario"
            reading.problem(said, (*path, "extension"), f"did you mean {near}?")
        return
    linking = given[id_].get("linking")
    if not linking:
        said = f"{id_!r} has no account linking"
        reading.problem(said, (*path, "extension"), "write `linking: {built_in: true}` where it is given")
    elif name == "link_account":
        _check_login(reading, members, is_built_in=bool(linking.get("built_in")), path=path)


def _check_login(reading: Reading, members: Mapping[str, Any], *, is_built_in: bool, path: Path) -> None:
    for one in ("form", "code") if is_built_in else ("user",):
        if one in members:
            whose = "another authorization server" if is_built_in else "the built-in authorization server"
            reading.problem(f"`{one}` belongs to {whose}", (*path, one), key=True)
    if members.get("allow") is False:
        for one in ("user", "form", "code"):
            if one in members:
                reading.problem(f"who refuses has no `{one}`", (*path, one), key=True)
                return


def check_alert(reading: Reading, alert: Mapping[str, Any], path: Path) -> None:
    """What the schema of an alert cannot see: its date, and what an ACTIONTIMER does."""
    time = alert["scheduled_time"]
    if not isinstance(time, Template):
        try:
            datetime.fromisoformat(time)
        except ValueError:
            reading.problem(f"{time!r} is not a date: write 2026-01-01T07:30:00+09:00", (*path, "scheduled_time"))
    if "action" in alert and alert["type"] != "ACTIONTIMER":
        reading.problem(f"action belongs to an ACTIONTIMER, not to this {alert['type']}", (*path, "action"), key=True)
    for number, one in enumerate(alert.get("action") or ()):
        here = {"directive": f"{one['namespace']}.{one['name']}", "payload": one.get("payload") or {}}
        outgoing(reading, here, (*path, "action", number))
