"""CLOVA's device cloud (CIC) and extension cloud (CEK) on one machine, for tests.

    with mockcloud.Cloud() as cloud, cloud.device() as device:
        device.say("오늘 날씨 어때")
        cloud.expect("SpeechSynthesizer.SpeechFinished")

What is named in ``__all__`` is the public API; it is loaded when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockcloud.testing.blocking import Cloud, Device, Extension
    from mockcloud.testing.cloud import AsyncCloud, Credentials, Token
    from mockcloud.testing.device import AsyncDevice
    from mockcloud.testing.extension import AsyncExtension
    from mockcloud.testing.findings import CheckFailed, ExpectationFailed
    from mockcloud.testing.message import Message
    from mockcloud.testing.server import Refused, Server

__version__ = "0.1.0"

__all__ = [
    "AsyncCloud",
    "AsyncDevice",
    "AsyncExtension",
    "CheckFailed",
    "Cloud",
    "Credentials",
    "Device",
    "ExpectationFailed",
    "Extension",
    "Message",
    "Refused",
    "Server",
    "Token",
    "__version__",
]

_HOME = {
    "AsyncCloud": "cloud",
    "AsyncDevice": "device",
    "AsyncExtension": "extension",
    "CheckFailed": "findings",
    "Cloud": "blocking",
    "Credentials": "cloud",
    "Device": "blocking",
    "ExpectationFailed": "findings",
    "Extension": "blocking",
    "Message": "message",
    "Refused": "server",
    "Server": "server",
    "Token": "cloud",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mockcloud.testing.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
