"""The devices of an account, as its user sees them (C-148)."""

from mockcloud.clock import date_of
from mockcloud.cloud.accounts import Account, Device
from mockcloud.wire.messages import Json


def device_list(account: Account) -> list[Json]:
    """``deviceList`` of RenderDeviceList: every registered device, in the order in which they came."""
    return [describe(account, device) for device in account.devices.values() if device.bound_at is not None]


def describe(account: Account, device: Device) -> Json:
    bound = date_of(device.bound_at or 0)
    named = {"configuration": {"DeviceInfoDefinedName": device.name}} if device.name else {}
    return {
        "deviceId": device.device_id,
        "deviceName": device.name or device.device_id,
        "clientId": device.client_id,
        "clientName": _product(device),
        "modelId": device.model_id,
        "bindTime": bound.astimezone(account.clock.tzinfo()).isoformat(timespec="seconds"),
        "availabilities": [
            {"name": "DELEGATION", "available": device.connected},
            {"name": "AUDIOPLAYER_CONTROL", "available": device.connected},
            {"name": "AUDIOPLAYER_EXPOSE", "available": device.connected},
            {"name": "SPEAKER_REGISTRATION", "available": False},
        ],
        **named,
    }


def _product(device: Device) -> str:
    """Manufacturer and product of its User-Agent (C-022)."""
    agent = device.user_agent.split("/")
    return " ".join(agent[:2]) if len(agent) > 2 else device.device_id


def by_name(account: Account, name: str) -> Device | None:
    """The device that the user calls so, or whose id this is."""
    return next((device for device in account.devices.values() if name in (device.name, device.device_id)), None)
