"""What an extension is asked: the request of a turn or of a device, made from the account (K-080..K-085)."""

import base64
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from mockcloud.cek import requests
from mockcloud.cek.requests import Common, Slot, User
from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions.extension import Extension, Session
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary import Ids
from mockcloud.vocabulary.replies import ExtensionCall
from mockcloud.wire.messages import Event, Json

_LOCALES = {"ko": "ko-KR", "ja": "ja-JP", "en": "en-US"}


def user_id(account: Account) -> str:
    """The user of the account as extensions know them: opaque, and the same at all times (K-085)."""
    raw = bytes.fromhex(Ids(f"{account.settings.seed}/{account.id}/user").token("clova_id"))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def launch(turn: Turn, extension: Extension, session: Session) -> ExtensionCall:
    """The user has called it by its name."""
    message = requests.launch_request(_common(turn.account, turn.device, extension, session, turn.now, turn.event))
    return _in_session(turn, extension, session, "LaunchRequest", "", message)


def intent(turn: Turn, extension: Extension, session: Session, name: str, slots: Mapping[str, str]) -> ExtensionCall:
    """The user asks for something that its model knows."""
    common = _common(turn.account, turn.device, extension, session, turn.now, turn.event)
    message = requests.intent_request(common, name, tuple(Slot(slot, value) for slot, value in slots.items()))
    return _in_session(turn, extension, session, "IntentRequest", name, message)


def tested(
    account: Account, device: Device, extension: Extension, name: str, slots: Mapping[str, str], now: Instant
) -> Json:
    """What the console's test page asks: this intent in a session that begins with it and stays nowhere (K-153)."""
    common = _common(account, device, extension, Session(account.ids.uuid(), extension.id), now, None)
    return requests.intent_request(common, name, tuple(Slot(slot, value) for slot, value in slots.items()))


def session_ended(
    account: Account, device: Device, extension: Extension, session: Session, now: Instant, event: Event | None = None
) -> ExtensionCall:
    """The session is over, and not because the extension said so (K-087)."""
    session.requests += 1
    common = _common(account, device, extension, session, now, event)
    return ExtensionCall(
        extension.id,
        extension.url,
        "SessionEndedRequest",
        requests.body_of(requests.session_ended_request(common)),
        session=session.id,
        number=session.requests,
        because=("K-087", "K-089"),
    )


def event(turn: Turn, extension: Extension) -> ExtensionCall:
    """Something happened to what it gave the device to play or to say (K-120..K-123).

    It comes in the extension's open session, or in one of its own that does not stay.
    """
    account, what = turn.account, turn.event
    current = turn.device.session
    session = current if current is not None and current.extension == extension.id else None
    shown = session or Session(account.ids.uuid(), extension.id)
    message = requests.event_request(
        _common(account, turn.device, extension, shown, turn.now, what, new=session is None),
        what.namespace,
        what.name,
        what.payload,
        request_id=what.dialog_request_id or account.ids.uuid(),
        timestamp=_timestamp(account, turn.now),
    )
    return ExtensionCall(
        extension.id,
        extension.url,
        "EventRequest",
        requests.body_of(message),
        what.full_name,
        because=("K-120", "K-121", "K-122", "K-123"),
    )


def _in_session(
    turn: Turn, extension: Extension, session: Session, request: str, about: str, message: Json
) -> ExtensionCall:
    session.requests += 1
    session.awaited = session.requests
    session.waits_until = None
    return ExtensionCall(
        extension.id,
        extension.url,
        request,
        requests.body_of(message),
        about,
        session.id,
        session.requests,
        turn.words or "",
        ("K-052", "K-080") if request == "LaunchRequest" else ("K-053", "K-055", "K-080"),
    )


def _common(
    account: Account,
    device: Device,
    extension: Extension,
    session: Session,
    now: Instant,
    event: Event | None,
    *,
    new: bool | None = None,
) -> Common:
    user = User(user_id(account), extension.access_token or None)
    context: Mapping[str, Any] = device.context if event is None else event.contexts
    player = context.get("AudioPlayer.PlaybackState") if extension.audio_player else None
    is_new = session.requests == 0 if new is None else new
    wire = extension.profile == "wire"
    return Common(
        application_id=extension.id,
        device_id=device.device_id,
        session=requests.Session(session.id, is_new, user, session.attributes),
        user=user,
        display=context.get("Device.Display"),
        audio_player=player,
        profile=extension.profile,
        request_id=account.ids.uuid() if wire else "",
        timestamp=_timestamp(account, now) if wire else "",
        locale=_LOCALES[extension.lang],
    )


def _timestamp(account: Account, now: Instant) -> str:
    return account.clock.date(now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
