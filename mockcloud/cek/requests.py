"""What a custom extension is asked: bodies of the four requests, made of explicit values (K-080..K-085, K-120).

Two profiles: ``plain`` is what the tables of the guide say. ``wire`` is what the vendor's own production and its
console's test page really send (K-082), which breaks the tables in ways that an extension has to bear:

    all              ``version`` is ``1.0``
    IntentRequest    no ``application`` and no ``display``; no ``sessionAttributes`` as long as they are empty;
                     ``slots`` is null when there are none; a slot has ``valueType`` and ``unit`` where known
    other requests   ``requestId``, ``timestamp``, ``locale``, ``extensionId``, an empty intent and an empty event
                     beside ``type``; a display of size none has a content layer of 0 x 0
    EventRequest     ``session`` is null
"""

from collections.abc import Mapping
from typing import Any, Literal

from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json, dumps

Profile = Literal["plain", "wire"]

VERSION = "0.1.0"
"""What the guide prints (``cek:D-16``)."""
WIRE_VERSION = "1.0"
"""What production sends."""
HTTP_HEADERS: Headers = (
    ("Content-Type", "application/json; charset=UTF-8"),
    ("Accept", "application/json"),
    ("Accept-Charset", "utf-8"),
)
"""Headers of every request beside Host, Content-Length and the signature (K-092)."""

_FULL_HD = {"width": 1920, "height": 1080}
_PIXELS = {
    "s100": {"width": 160, "height": 107},
    "m100": {"width": 427, "height": 240},
    "l100": {"width": 640, "height": 360},
    "xl100": {"width": 899, "height": 506},
}
_DPI = 96
_PLAYER_FIELDS = ("playerActivity", "offsetInMilliseconds", "stream", "totalInMilliseconds")


class User(Value, frozen=True):
    id: str
    """Opaque, and the same at all times (K-085)."""
    access_token: str | None = None
    """Of the account linked to the extension; ``None``: none is, and the field is left out (K-147)."""

    def as_json(self) -> Json:
        token = {} if self.access_token is None else {"accessToken": self.access_token}
        return {"userId": self.id, **token}


class Session(Value, frozen=True):
    id: str
    """UUID (K-086)."""
    new: bool
    """Whether this is the session's first request (K-087)."""
    user: User
    """Who speaks."""
    attributes: Mapping[str, Any] = {}
    """What the last answer stored (K-088)."""


class Common(Value, frozen=True):
    """What all requests have in common."""

    application_id: str
    """The Extension ID."""
    device_id: str
    session: Session
    user: User
    """The device's default user."""
    display: Mapping[str, Any] | None = None
    """Payload of the event's ``Device.Display``; ``None``: it had none (K-083)."""
    audio_player: Mapping[str, Any] | None = None
    """Payload of the event's ``AudioPlayer.PlaybackState``; ``None``: leave it out (K-084)."""
    profile: Profile = "plain"
    request_id: str = ""
    """UUID, for profile ``wire``."""
    timestamp: str = ""
    """``2018-07-03T04:20:01Z``, for profile ``wire``."""
    locale: str = "ko-KR"
    """For profile ``wire``."""


class Slot(Value, frozen=True):
    name: str
    value: str
    """Normalised; a number too is text (K-070)."""
    value_type: str = ""
    """``DATETIME``, ``DATE.INTERVAL`` and the like: sent in profile ``wire`` only."""
    unit: str = ""
    """Sent in profile ``wire`` only."""


def launch_request(common: Common) -> Json:
    """The user has called the extension by its name."""
    return _request(common, {"type": "LaunchRequest", **_production(common)})


def session_ended_request(common: Common) -> Json:
    """The session is over; whatever is answered is ignored (K-089). Its ``session.new`` is false (K-087)."""
    return _request(common, {"type": "SessionEndedRequest", **_production(common)})


def intent_request(common: Common, intent: str, slots: tuple[Slot, ...] = ()) -> Json:
    """The user asks for something that the extension's model knows."""
    body = _request(common, {"type": "IntentRequest", "intent": {"name": intent, "slots": _slots(common, slots)}})
    if common.profile == "wire":
        system = body["context"]["System"]
        del system["application"], system["device"]["display"]
        if not body["session"]["sessionAttributes"]:
            del body["session"]["sessionAttributes"]
    return body


def event_request(
    common: Common,
    namespace: str,
    name: str,
    payload: Mapping[str, Any] | None,
    *,
    request_id: str,
    timestamp: str,
) -> Json:
    """Something happened on the device while it plays or speaks what the extension gave it (K-120..K-123).

    ``request_id`` is the dialogRequestId of the device's event, or a new UUID; ``timestamp`` has the form
    ``2018-06-11T09:19:23Z``. ``payload`` is ``None`` for the events of ``ClovaSkill`` alone. Edition 4.4 has no such
    request.
    """
    event = {"namespace": namespace, "name": name, "payload": None if payload is None else dict(payload)}
    body = _request(common, {"type": "EventRequest", "requestId": request_id, "timestamp": timestamp, "event": event})
    if common.profile == "wire":
        body["session"] = None
    return body


def body_of(message: Mapping[str, Any]) -> bytes:
    """The bytes of a request: UTF-8, unescaped, without blanks. Made once; they are signed, sent and journalled."""
    return dumps(message)


def display_of(payload: Mapping[str, Any] | None, profile: Profile = "plain") -> Json:
    """``display`` of a request, of a device's ``Device.Display`` (K-080, K-083).

    Without one a Full-HD display is assumed, and the pixels of a predefined size are filled in where they are missing.
    Also taken: ``custom`` without pixels, as shipping speakers send it, and ``x1100`` (``cek:D-19``).
    """
    if payload is None:
        payload = {"size": "custom"}
    size = payload.get("size")
    size = "xl100" if size == "x1100" else size
    if size == "none":
        return {"size": "none", "contentLayer": {"width": 0, "height": 0}} if profile == "wire" else {"size": "none"}
    known = _PIXELS.get(size) if isinstance(size, str) else None
    orientation, dpi = payload.get("orientation"), payload.get("dpi")
    return {
        "size": size if known else "custom",
        "orientation": orientation if orientation in ("landscape", "portrait") else "landscape",
        "dpi": dpi if isinstance(dpi, int | float) and not isinstance(dpi, bool) else _DPI,
        "contentLayer": _pixels(payload.get("contentLayer")) or known or _FULL_HD,
    }


def _pixels(layer: Any) -> Json | None:
    if isinstance(layer, Mapping) and all(isinstance(layer.get(side), int | float) for side in _FULL_HD):
        return {side: layer[side] for side in _FULL_HD}
    return None


def _request(common: Common, request: Json) -> Json:
    device = {"deviceId": common.device_id, "display": display_of(common.display, common.profile)}
    system = {
        "application": {"applicationId": common.application_id},
        "device": device,
        "user": common.user.as_json(),
    }
    context: Json = {"System": system}
    if common.audio_player is not None:
        context["AudioPlayer"] = {
            name: common.audio_player[name] for name in _PLAYER_FIELDS if name in common.audio_player
        }
    session = {
        "new": common.session.new,
        "sessionAttributes": dict(common.session.attributes),
        "sessionId": common.session.id,
        "user": common.session.user.as_json(),
    }
    version = WIRE_VERSION if common.profile == "wire" else VERSION
    return {"version": version, "session": session, "context": context, "request": request}


def _slots(common: Common, slots: tuple[Slot, ...]) -> Json | None:
    if common.profile == "wire" and not slots:
        return None
    return {slot.name: _slot(slot, common.profile) for slot in slots}


def _slot(slot: Slot, profile: Profile) -> Json:
    told: Json = {"name": slot.name, "value": slot.value}
    if profile == "wire":
        told |= {"valueType": slot.value_type} if slot.value_type else {}
        told |= {"unit": slot.unit} if slot.unit else {}
    return told


def _production(common: Common) -> Json:
    """What production adds to a request without analysis."""
    if common.profile == "plain":
        return {}
    return {
        "requestId": common.request_id,
        "timestamp": common.timestamp,
        "locale": common.locale,
        "extensionId": common.application_id,
        "intent": {"intent": "", "name": "", "slots": None},
        "event": {"namespace": "", "name": "", "payload": None},
    }
