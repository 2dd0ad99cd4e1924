"""Notifications that the user has not seen: the light, the sound, and how both end (``cic/interfaces/notifier.md``)."""

from collections.abc import Sequence
from typing import Literal

from mockcloud.cloud.accounts import Account
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, push, speak
from mockcloud.wire.messages import Json

Light = Literal["DEFAULT", "NONE"]
DEFAULT_SOUND = "clova://notifier/sound/default"

_NONE = {"ko": "새로운 알림이 없어요.", "ja": "新しい通知はありません。", "en": "There are no new notifications."}


def notify(
    account: Account,
    text: str = "",
    *,
    to: str = "*",
    light: Light = "DEFAULT",
    sounds: Sequence[str] = (DEFAULT_SOUND,),
) -> tuple[Outgoing, ...]:
    """Present a notification, with its text if it is to be read later (C-163, C-164)."""
    if text:
        account.notifications.append(text)
    return (push("Notifier.Notify", _shown(light, sounds), to=to),)


def set_indicator(
    account: Account,
    text: str = "",
    *,
    new: bool = True,
    to: str = "*",
    light: Light = "DEFAULT",
    sounds: Sequence[str] = (DEFAULT_SOUND,),
) -> tuple[Outgoing, ...]:
    """Show that there are notifications that were not seen (C-162)."""
    if text:
        account.notifications.append(text)
    return (push("Notifier.SetIndicator", {**_shown(light, sounds), "new": new}, to=to),)


def remind(account: Account, device_id: str) -> tuple[Outgoing, ...]:
    """The indicator of a device that was not there when they came: without a sound, since they are not new (C-162)."""
    if not account.notifications or not account.settings.behaviour.remind_of_notifications:
        return ()
    return (push("Notifier.SetIndicator", {**_shown("DEFAULT", ()), "new": False}, to=device_id),)


def clear_indicator(account: Account) -> tuple[Outgoing, ...]:
    """All notifications have been seen: every client's indicator goes out (C-165)."""
    account.notifications.clear()
    return (push("Notifier.ClearIndicator", to="*"),)


def read_out(turn: Turn) -> tuple[Outgoing, ...]:
    """Speak what has not been seen yet; then it has been (C-165)."""
    unseen = list(turn.account.notifications)
    if not unseen:
        return (speak(_NONE[turn.lang], turn.lang),)
    return (*(speak(text, turn.lang) for text in unseen), *clear_indicator(turn.account))


def _shown(light: Light, sounds: Sequence[str]) -> Json:
    assets = [{"assetId": f"sound-{number}", "url": url} for number, url in enumerate(sounds, 1)]
    return {"assets": assets, "assetPlayOrder": [asset["assetId"] for asset in assets], "light": light}
