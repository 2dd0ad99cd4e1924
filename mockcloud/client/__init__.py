"""The reference device: a pure machine (`machine`), its transport, and a library on top (`reference`).

    from mockcloud.client import ReferenceDevice

The library is loaded when it is first asked for, so that an in-memory run pays for no sockets.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockcloud.client.reference import DeviceOff, DeviceTimeout, ReferenceDevice, Turn, is_directive, is_event

__all__ = ["DeviceOff", "DeviceTimeout", "ReferenceDevice", "Turn", "is_directive", "is_event"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockcloud.client import reference

    return getattr(reference, name)
