"""What the companion app does in a scenario, as operations of the control API."""

from collections.abc import Callable, Mapping
from typing import Any

from mockcloud.cic import operations as op

Operation = op.Operation


def operation(account: str, device: str, name: str, members: Mapping[str, Any]) -> Operation:
    """The operation for ``app: {name: members}``; ``device`` is meant where the members name none.

    ``name`` is a key of `mockcloud.scenario.app.ACTIONS`.
    """
    return _OPERATIONS[name](account, device, members)


def _set_alert(account: str, device: str, members: Mapping[str, Any]) -> Operation:
    action = tuple((f"{one['namespace']}.{one['name']}", one.get("payload", {})) for one in members.get("action", ()))
    repeat = tuple(members.get("repeat", ()))
    return op.SetAlert(**{"device": device, **members, "account": account, "action": action, "repeat": repeat})


def _notify(account: str, _: str, members: Mapping[str, Any]) -> Operation:
    sounds = {"sounds": tuple(members["sounds"])} if "sounds" in members else {}
    return op.Notify(**{**members, **sounds, "account": account})


def _as_they_are(kind: Callable[..., Operation]) -> Callable[[str, str, Mapping[str, Any]], Operation]:
    return lambda account, _, members: kind(account=account, **members)


def _of_a_device(kind: Callable[..., Operation]) -> Callable[[str, str, Mapping[str, Any]], Operation]:
    return lambda account, device, members: kind(**{"device": device, **members, "account": account})


_OPERATIONS: dict[str, Callable[[str, str, Mapping[str, Any]], Operation]] = {
    "set_alert": _set_alert,
    "delete_alert": _as_they_are(op.DeleteAlert),
    "stop_alert": _as_they_are(op.StopAlert),
    "playback": _as_they_are(op.RequestPlayback),
    "player_info": _of_a_device(op.RequestPlayerInfo),
    "delegate": _of_a_device(op.Delegate),
    "pin": _of_a_device(op.GivePin),
    "notify": _notify,
    "clear_notifications": _as_they_are(op.ClearNotifications),
    "add_device": _of_a_device(op.RegisterDevice),
    "remove_device": _of_a_device(op.RemoveDevice),
    "login": _of_a_device(op.LogIn),
    "button": _as_they_are(op.AssignButton),
    "unlink_account": _as_they_are(op.Unlink),
    "set_link": _as_they_are(op.SetLink),
    "spoil_link": _as_they_are(op.SpoilLink),
    "terms": _as_they_are(op.SetTerms),
}
