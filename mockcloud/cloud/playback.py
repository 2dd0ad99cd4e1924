"""What devices play: the queue they were given, the buttons of a player, what it shows.

The queue follows what is sent, whoever decided it: a scenario, an extension, the assistant (`mockcloud.cloud.sent`).
"""

from collections.abc import Sequence
from typing import Any, Literal

from mockcloud.cloud.accounts import Account, Device, Player
from mockcloud.cloud.streams import Track, play_track, tracks
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, push
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

Command = Literal["Mute", "Next", "Pause", "Previous", "Replay", "Resume", "Stop", "Unmute"]
RepeatMode = Literal["NONE", "REPEAT_ONE"]

_CONTROLS = ("PREVIOUS", "PLAY_PAUSE", "NEXT")


# What the user asks for


def play(turn: Turn, *wanted: Track) -> tuple[Outgoing, ...]:
    """Play the first of them at once and put the others behind it; without any, the music of the catalogue (C-115)."""
    return tuple(
        Outgoing("AudioPlayer.Play", play_track(one, token=turn.account.ids.uuid(), enqueue=place > 0))
        for place, one in enumerate(wanted or tracks("music"))
    )


def enqueue(turn: Turn, *wanted: Track) -> tuple[Outgoing, ...]:
    """Put them behind what plays (C-116)."""
    return tuple(
        Outgoing("AudioPlayer.Play", play_track(one, token=turn.account.ids.uuid(), enqueue=True)) for one in wanted
    )


def control(name: Command) -> tuple[Outgoing, ...]:
    """The directive of a spoken playback command (C-126); Mute and Unmute come without a Speak (C-100)."""
    return (Outgoing(f"PlaybackController.{name}"),)


def set_repeat(account: Account, mode: RepeatMode, *, to: str = "") -> tuple[Outgoing, ...]:
    """SetRepeatMode for the asker, or for another device on its downchannel (C-129); the older form by setting."""
    name, payload = "SetRepeatMode", {"repeatMode": mode}
    if account.settings.behaviour.deprecated_directives:
        name, payload = ("TurnOnRepeatMode" if mode == "REPEAT_ONE" else "TurnOffRepeatMode"), {}
    if to:
        return (push(f"PlaybackController.{name}", payload, to=to, offline="drop"),)
    return (Outgoing(f"PlaybackController.{name}", payload),)


def remote(name: Literal["Next", "Pause", "Previous", "Resume", "Stop"], device_id: str) -> tuple[Outgoing, ...]:
    """Make another device behave as if that button were pressed on it (C-130, C-131)."""
    return (push(f"PlaybackController.Expect{name}Command", to=device_id, offline="drop"),)


def hand_over(giver: Device, receiver_id: str, token: str = "", custom_data: str | None = None) -> tuple[Outgoing, ...]:
    """Move what the giver plays to another device: the receiver is told to take it over (C-132)."""
    payload: Json = {}
    state = giver.context.get("AudioPlayer.PlaybackState", {})
    known = state.get("stream")
    stream: Json = known if isinstance(known, dict) else {}
    if stream or giver.player.items or custom_data is not None:
        data = custom_data if custom_data is not None else _text(stream.get("customData"))
        payload["handover"] = {"deviceId": giver.device_id, "customData": data}
    token = token or _text(stream.get("token")) or giver.player.token
    if token:
        payload["token"] = token
    return (push("PlaybackController.ExpectPlayCommand", payload, to=receiver_id, offline="drop"),)


def ask_for_states(account: Account, asker: Device | None, device_id: str = "") -> tuple[Outgoing, ...]:
    """Ask the device, or all others, for their playback state; reports are handed to the asker (C-123, C-125)."""
    asked = [
        device
        for device in account.devices.values()
        if device is not asker and device.connected and device_id in ("", device.device_id)
    ]
    for device in asked:
        if asker is not None and asker.device_id not in device.playback_askers:
            device.playback_askers.append(asker.device_id)
    return tuple(push("AudioPlayer.ExpectReportPlaybackState", to=device.device_id, offline="drop") for device in asked)


def expect_player_info(device_id: str) -> Outgoing:
    """Make a device ask for what its player should show (C-174)."""
    return push("TemplateRuntime.ExpectRequestPlayerInfo", to=device_id, offline="drop")


# The queue


def note_play(player: Player, payload: Json) -> None:
    """A Play has been sent (C-116): the same item twice counts once."""
    item = payload["audioItem"]
    if payload["playBehavior"] == "REPLACE_ALL":
        player.items = []
        player.token = item["stream"]["token"]
    player.items = [known for known in player.items if known["audioItemId"] != item["audioItemId"]] + [item]
    player.token = player.token or item["stream"]["token"]


def note_clear(player: Player, payload: Json) -> None:
    """A ClearQueue has been sent (C-122)."""
    current = _current(player) if payload["clearBehavior"] == "CLEAR_ENQUEUED" else None
    player.items = [current] if current else []


def _current(player: Player) -> Json | None:
    return next((item for item in player.items if item["stream"]["token"] == player.token), None)


def beside(player: Player, step: int) -> Json | None:
    """The item after (1) or before (-1) the one that plays."""
    current = _current(player)
    place = player.items.index(current) + step if current else -1
    return player.items[place] if 0 <= place < len(player.items) else None


class Found(Value, frozen=True):
    """An item in the queue of a device."""

    owner: Device
    item: Json


def find(account: Account, token: str, first: Device) -> Found | None:
    """The item of a stream token, in the queue of that device or else in another's of the account."""
    others = [device for device in account.devices.values() if device is not first]
    for device in (first, *others):
        for item in device.player.items:
            if token and item["stream"]["token"] == token:
                return Found(device, item)
    return None


def replay(item: Json, *, begin: int | None = None) -> Outgoing:
    """A Play of an item that was sent before, from the beginning or from that millisecond."""
    item = dict(item)
    if begin is not None:
        item["stream"] = from_there(item["stream"], begin)
    payload = {"audioItem": item, "playBehavior": "REPLACE_ALL", "source": {"name": "mockcloud"}}
    return Outgoing("AudioPlayer.Play", payload)


def from_there(stream: Json, position: int) -> Json:
    """The stream from a position of the piece on; its window keeps its end (C-120)."""
    begin, length = stream["beginAtInMilliseconds"], stream.get("durationInMilliseconds")
    moved = {**stream, "beginAtInMilliseconds": position}
    if length is not None:
        moved["durationInMilliseconds"] = max(0, begin + length - position)
    return moved


def position_of(device: Device) -> int | None:
    """Where the device's player stands, as its last PlaybackState says."""
    offset = device.context.get("AudioPlayer.PlaybackState", {}).get("offsetInMilliseconds")
    if isinstance(offset, int | float) and not isinstance(offset, bool) and 0 <= offset < 2**53:
        return int(offset)
    return None


# What the player shows


def player_info(account: Account, items: Sequence[Json], *, playing: bool) -> Json:
    """The payload of RenderPlayerInfo (C-173)."""
    return {
        "displayType": "list" if len(items) > 1 else "single",
        "controls": [_button(name, selected=playing and name == "PLAY_PAUSE") for name in _CONTROLS],
        "playableItems": [_playable(account, item) for item in items],
        "provider": {"name": "mockcloud"},
    }


def _playable(account: Account, item: Json) -> Json:
    shown: Json = {name: item[name] for name in ("titleSubText2", "headerText", "artImageUrl") if name in item}
    return {
        "token": item["stream"]["token"],
        "titleText": item.get("titleText", ""),
        "titleSubText1": item.get("titleSubText1", ""),
        **shown,
        "showAdultIcon": False,
        "controls": [_button("LIKE_DISLIKE", selected=item["audioItemId"] in account.likes)],
    }


def _button(name: str, *, selected: bool) -> Json:
    return {"type": "BUTTON", "name": name, "enabled": True, "selected": selected}


def like(account: Account, item: Json, *, liked: bool) -> None:
    """Note that the user likes an item, or does not any more (C-175)."""
    known = item["audioItemId"]
    if liked and known not in account.likes:
        account.likes.append(known)
    elif not liked and known in account.likes:
        account.likes.remove(known)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
