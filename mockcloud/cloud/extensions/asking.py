"""What an extension is asked: the request of a turn or of a device, made from the account (K-080..K-085)."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from mockcloud.cek import requests
from mockcloud.cek.requests import Common, Slot, User
from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions.extension import Extension, Session
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary import Ids
from mockcloud.vocabulary.replies import ExtensionCall
from mockcloud.wire.messages import Event, Json

if TYPE_CHECKING:
    from mockcloud.nlu.reading import Span

_LOCALES = {"ko": "ko-KR", "ja": "ja-JP", "en": "en-US"}


def user_id(account: Account) -> str:
    """The user of the account as extensions know them: opaque, and the same at all times (K-085)."""
    raw = bytes.fromhex(Ids(f"{account.settings.seed}/{account.id}/user").token("clova_id"))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def launch(turn: Turn, extension: Extension, session: Session) -> ExtensionCall:
    """The user has called it by its name."""
    message = requests.launch_request(_common(turn.account, turn.device, extension, session, turn.now, turn.event))
    return _in_session(turn, extension, session, "LaunchRequest", "", message)


def intent(turn: Turn, extension: Extension, session: Session, name: str, values: "Sequence[Span]") -> ExtensionCall:
    """The user asks for something that its model knows."""
    common = _common(turn.account, turn.device, extension, session, turn.now, turn.event)
    message = requests.intent_request(common, name, _slots(turn.account, extension, values, turn.now))
    return _in_session(turn, extension, session, "IntentRequest", name, message)


def tested(
    account: Account, device: Device, extension: Extension, name: str, values: "Sequence[Span]", now: Instant
) -> Json:
    """What the console's test page asks: this intent in a session that begins with it and stays nowhere (K-153)."""
    common = _common(account, device, extension, Session(account.ids.uuid(), extension.id), now, None)
    return requests.intent_request(common, name, _slots(account, extension, values, now))


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


def _slots(account: Account, extension: Extension, values: "Sequence[Span]", now: Instant) -> tuple[Slot, ...]:
    """As the guide has them, or in profile ``wire`` as production sends them: ISO 8601, type and unit (K-070)."""
    if extension.profile != "wire":
        return tuple(Slot(one.slot, one.value) for one in values)
    from mockcloud.nlu.values import wire_value

    date = account.clock.date(now)
    sent = [(one.slot, wire_value(one, date, extension.lang)) for one in values]
    return tuple(Slot(name, value.value, value.value_type, value.unit) for name, value in sent)


def switched(account: Account, extension: Extension, now: Instant) -> tuple[Device, ExtensionCall]:
    """The user has enabled or disabled it, which the Japanese service tells of (K-121): by the app, not by a device."""
    device = Device(Ids(f"{account.settings.seed}/{account.id}/app").uuid())
    name = "SkillEnabled" if extension.enabled else "SkillDisabled"
    message = requests.event_request(
        _common(account, device, extension, Session(account.ids.uuid(), extension.id), now, None),
        "ClovaSkill",
        name,
        None,
        request_id=account.ids.uuid(),
        timestamp=_timestamp(account, now),
    )
    body, about = requests.body_of(message), f"ClovaSkill.{name}"
    return device, ExtensionCall(extension.id, extension.url, "EventRequest", body, about, because=("K-120", "K-121"))


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
