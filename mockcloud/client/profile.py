"""What kind of device it is: where its cloud is, who it is, what it can do. Fixed for its life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mockcloud.clock import SECOND
from mockcloud.vocabulary import Ids

if TYPE_CHECKING:
    from mockcloud.settings import Edition, Lang

USER_AGENT = "mockcloud/ReferenceDevice/0.1.0 (Linux;Reference)"
HOME = {"latitude": "37.3595704", "longitude": "127.1053990"}


def speaker() -> dict[str, Any]:
    """The ``Device.DeviceState`` of a plain speaker (``cic/context-objects.md § Device.DeviceState``)."""
    return {
        "bluetooth": {
            "actions": [
                *("TurnOff", "TurnOn", "BtConnect", "BtConnectByPINCode", "BtDisconnect"),
                *("BtStartPairing", "BtStopPairing"),
            ],
            "btlist": [{"name": "Phone", "address": "00:11:22:33:44:55", "connected": False, "role": "source"}],
            "scanlist": [],
            "state": "on",
        },
        "power": {"actions": ["TurnOff", "TurnOn"], "state": "active"},
        "soundOutput": {"type": "builtin"},
        "volume": {"actions": ["Decrease", "Increase", "SetValue"], "min": 0, "max": 10, "value": 5},
        "wifi": {"actions": [], "networks": [{"name": "home", "connected": True}], "state": "on"},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """``url`` and ``auth_url`` are origins without a trailing slash (``https://127.0.0.1:8443``).

    With ``access_token`` the device starts from that token. Otherwise it gets one with ``naver_access_token``,
    or as a guest without it, and needs ``client_id`` and ``client_secret`` for that.
    """

    url: str
    auth_url: str | None = None
    client_id: str = ""
    client_secret: str = ""
    device_id: str = "00:00:5E:00:53:01"
    model_id: str = ""
    naver_access_token: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    user_agent: str = USER_AGENT
    tags: tuple[str, ...] = ()
    """``X-Clova-Device-Tags`` (D-007)."""
    edition: "Edition" = "newer"
    """That its firmware was written by: one of 4.4 has no tags, and does not know what came later."""
    lang: "Lang" = "ko"
    zone: str = "Asia/Seoul"
    speed: Literal["real", "max"] = "real"
    """How fast recorded speech is sent, and a spoken answer passes: as a microphone and a loudspeaker would, or at once
    (in the same parts, with the same events)."""
    unreachable_media: Literal["silent", "fail"] = "silent"
    """What becomes of a sound that cannot be fetched: it passes in silence for the length the directive gives
    (0 without one), so that a test need not serve it; or it is skipped."""
    display: Mapping[str, Any] | None = field(default_factory=lambda: {"size": "none"})
    """The payload of ``Device.Display``; ``None`` leaves the object out."""
    location: Mapping[str, str] | None = field(default_factory=lambda: dict(HOME))
    saved_places: tuple[Mapping[str, str], ...] = field(default_factory=lambda: ({**HOME, "name": "집"},))
    device_state: Mapping[str, Any] = field(default_factory=speaker)
    ping_every: int = 60 * SECOND
    ping_patience: int = 30 * SECOND

    @property
    def auth_origin(self) -> str:
        return self.auth_url or self.url

    @property
    def device_uuid(self) -> str:
        """The ``deviceUUID`` of Recognize: made from ``device_id`` alone, so the same for ever (D-071)."""
        return Ids(f"device-uuid:{self.device_id}").uuid()
