"""The reference device as a pure machine: inputs in, commands out.

It touches no socket, no clock and no chance: a driver tells it what happened and when, and performs what it
says, in order. The same machine runs over real sockets (`mockcloud.client.transport`) and in memory.

    Device
      connection   tokens, CIC connection, downchannel, PING
      events       what goes out, and the responses
      dialog       utterances, the microphone          voice      what the cloud says
      player       music and its commands              alerts     alarms, timers, reminders
      controls     volume, Bluetooth, power            notifier   notifications

A directive is dropped if it belongs to another dialog than the last one, on either channel (D-049, D-050); one
that the device does not know is ignored, it alone (D-055, D-056). All others are carried out in the order of
receipt (D-060), by `Device._table`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mockcloud.client import buttons
from mockcloud.client.alerts import Alerts
from mockcloud.client.connection import Connection
from mockcloud.client.connection import On as ConnectionOn
from mockcloud.client.controls import BLUETOOTH, Controls
from mockcloud.client.core import Core
from mockcloud.client.dialog import Dialog
from mockcloud.client.events import Events
from mockcloud.client.notifier import Notifier
from mockcloud.client.pages import Pages
from mockcloud.client.player import On as PlayerOn
from mockcloud.client.player import Player
from mockcloud.client.player import State as PlayerState
from mockcloud.client.profile import Profile
from mockcloud.client.reader import Received
from mockcloud.client.sounds import Sounds
from mockcloud.client.vocabulary import (
    AnswerTerms,
    Command,
    Connected,
    ConnectFailed,
    Did,
    DirectiveDropped,
    DirectiveReceived,
    Disconnected,
    Input,
    Instruction,
    Lit,
    Login,
    PingAnswered,
    Power,
    Press,
    ResponseData,
    ResponseEnded,
    ResponseReset,
    ResponseStarted,
    Say,
    SendEvent,
    SetClock,
    Shown,
    Start,
    Stop,
    Trouble,
    Type,
    WentAway,
    Woke,
)
from mockcloud.client.voice import Voice
from mockcloud.clock import AccountClock, Instant
from mockcloud.vocabulary import Ids
from mockcloud.wire.messages import Json, split_name

SHOWN = (
    *("Clova.RenderText", "Clova.RenderTemplate", "Clova.Help", "Clova.StartExtension", "Clova.FinishExtension"),
    *("Clova.ExpectLogin", "SpeechRecognizer.ShowRecognizedText"),
    *("DeviceControl.SynchronizeState", "DeviceControl.RenderDeviceList"),
)
"""Directives that are for the user's eyes alone."""
NEWER = ("DeviceControl.BtDelete", "DeviceControl.BtPlay", "DeviceControl.BtRescan", "DeviceControl.RenderDeviceList")
"""Directives that firmware of the edition 4.4 does not know."""


class Device:
    """A CIC device. ``clock_offset`` makes dates of the driver's instants: nanoseconds since 1970 = now + offset.
    ``seed`` is where identifiers and chance come from; two devices (and two lives of one) need different ones."""

    def __init__(self, profile: Profile, *, clock_offset: int, seed: str) -> None:
        core = Core(profile, AccountClock(clock_offset, profile.zone), Ids(seed))
        self._core = core
        self.connection = Connection(core, self._deliver, self._ready, self._lost, self._token)
        self.events = Events(core, self.connection, self._context, self._deliver)
        sounds = Sounds(core, self.connection)
        self.voice = Voice(core, self.events, sounds, self._speech_starts, self._speech_ends)
        self.dialog = Dialog(
            core, self.events, lambda: self.connection.takes_events, lambda: self.voice.is_busy, self.voice.cut
        )
        self.player = Player(core, self.events, sounds, self.dialog.interrupted)
        self.alerts = Alerts(core, self.events, sounds, lambda: self.dialog.interrupted(None))
        self.controls = Controls(core, self.events, lambda: self._switch(on=False))
        self.notifier = Notifier(core, sounds)
        self._player_info_token = ""
        later = NEWER if profile.edition == "4.4" else ()
        self._handlers = {name: handler for name, handler in self._table().items() if name not in later}

    # --- the machine ---

    def receive(self, what: Input, now: int) -> list[Command]:
        """Take one input and return what is to be done, in this order."""
        core = self._core
        core.now = Instant(now)
        self._take(what)
        # What the input makes due at once happens with it: a clock set past an alert rings, a sound of no length ends.
        # And an answer that has come in counts, even if the time for it has run out since.
        while (timer := core.timers.pop_due(core.now)) is not None:
            timer.what()
        commands, core.commands = core.commands, []
        return commands

    def next_date(self) -> int | None:
        """When, by its clock, something next falls due (nanoseconds since 1970), if something does."""
        return self._core.timers.next_date(self._core.clock)

    def next_deadline(self) -> int | None:
        """When the device wants to be woken by `Woke`, if at all."""
        return self._core.timers.next_due()

    def _take(self, what: Input) -> None:
        core = self._core
        match what:
            case ResponseStarted(request, status, headers):
                if request in core.responses:
                    core.responses[request].started(status, headers)
            case ResponseData(request, data):
                if request in core.responses:
                    core.responses[request].data(data)
            case ResponseEnded(request):
                response = core.over(request)
                if response is not None:
                    response.ended()
            case ResponseReset(request, code, reason):
                response = core.over(request)
                if response is not None:
                    response.lost(reason or f"the stream was reset with code {code}")
            case Connected():
                self.connection.feed(ConnectionOn.CONNECTED)
            case ConnectFailed(reason):
                core.note(Trouble(reason))
                self.connection.feed(ConnectionOn.LOST)
            case Disconnected():
                self.connection.feed(ConnectionOn.LOST)
            case WentAway():
                self.connection.feed(ConnectionOn.LEAVE)
            case PingAnswered():
                self.connection.ping_answered()
            case Did(instruction):
                self._do(instruction)
            case Woke():
                pass

    def _do(self, instruction: Instruction) -> None:
        match instruction:
            case Start() | Power(True):
                self._switch(on=True)
            case Stop() | Power(False):
                self._switch(on=False)
            case Say():
                self.dialog.say(instruction)
            case Type():
                self.dialog.type(instruction)
            case Press(button):
                buttons.press(button, _Buttons(self))
            case SetClock(now, frozen):
                clock = self._core.clock
                clock.frozen_at = now if frozen else None
                clock.set(now, self._core.now)
                self._core.timers.clock_changed(clock)
            case Login(token):
                self.connection.login(token)
            case AnswerTerms(accepted):
                self.connection.tokens.answer_terms(accepted=accepted)
            case SendEvent(namespace, name, payload):
                self.events.send(f"{namespace}.{name}", payload, cause=instruction)

    # --- what the parts tell each other ---

    def _switch(self, *, on: bool) -> None:
        if on:
            if "power" in self.controls.state:
                self.controls.state["power"]["state"] = "active"
            self.connection.feed(ConnectionOn.START)
        else:
            self.voice.cut()
            self.player.feed(PlayerOn.STOP)
            self.notifier.clear()
            self.controls.stop_reporting()
            self.dialog.switched_off()
            self.connection.feed(ConnectionOn.STOP)

    def _ready(self) -> None:
        self.events.send("Alerts.RequestSynchronizeAlert")
        self._send_what_waits()

    def _lost(self) -> None:
        self.dialog.connection_lost()
        self.alerts.forget()

    def _token(self) -> None:
        self.events.repeat()
        self._send_what_waits()

    def _send_what_waits(self) -> None:
        self.events.flush()
        if self.connection.takes_events:
            self.dialog.ready()

    def _speech_starts(self, dialog_request_id: str | None) -> None:
        self.dialog.interrupted(dialog_request_id)

    def _speech_ends(self) -> None:
        self.dialog.quiet()

    def _context(self) -> list[Json]:
        """The eight objects, as far as the device can express them (D-041, D-043)."""
        core, profile = self._core, self._core.profile
        objects: dict[str, Any] = {
            "Alerts.AlertsState": self.alerts.context(),
            "AudioPlayer.PlaybackState": self.player.context(),
            "Clova.Location": _placed(profile.location, core.utc()),
            "Clova.SavedPlace": {"places": [_placed(place, core.utc()) for place in profile.saved_places]},
            "Device.DeviceState": self.controls.device_state(),
            "Device.Display": dict(profile.display) if profile.display is not None else None,
            "Speaker.VolumeState": self.controls.volume_state(),
            "SpeechSynthesizer.SpeechState": self.voice.context(),
        }
        return [
            {"header": dict(zip(("namespace", "name"), split_name(name), strict=True)), "payload": payload}
            for name, payload in objects.items()
            if payload is not None
        ]

    # --- directives ---

    def _deliver(self, received: Received) -> None:
        directive = received.directive
        self._core.note(DirectiveReceived(directive, received.via, received.reader.request))
        if self.dialog.is_stale(directive.dialog_request_id):
            self._core.note(DirectiveDropped(directive, received.via, "it belongs to another dialog than the last"))
            return
        handler = self._handlers.get(directive.full_name)
        if handler is None:
            self._core.note(DirectiveDropped(directive, received.via, "this device does not know it"))
        else:
            handler(received)

    def _table(self) -> dict[str, Callable[[Received], None]]:
        """What each directive does."""
        player, controls, alerts, dialog = self.player, self.controls, self.alerts, self.dialog
        with_payload: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "Alerts.DeleteAlert": alerts.delete,
            "Alerts.SetAlert": alerts.set,
            "Alerts.StopAlert": alerts.stop,
            "Alerts.SynchronizeAlert": alerts.synchronize,
            "AudioPlayer.ClearQueue": lambda payload: player.clear(payload.get("clearBehavior")),
            "AudioPlayer.ExpectReportPlaybackState": lambda _: player.report(),
            "AudioPlayer.StreamDeliver": player.deliver,
            "Clova.HandleDelegatedEvent": self._handle_delegated_event,
            "Clova.Hello": lambda _: None,
            "Clova.LaunchURI": Pages(self._core).launch,
            "DeviceControl.Decrease": controls.decrease,
            "DeviceControl.ExpectReportState": controls.expect_report_state,
            "DeviceControl.Increase": controls.increase,
            "DeviceControl.LaunchApp": controls.launch_app,
            "DeviceControl.SetValue": controls.set_value,
            "DeviceControl.TurnOff": controls.turn_off,
            "DeviceControl.TurnOn": controls.turn_on,
            "Notifier.ClearIndicator": lambda _: self.notifier.clear(),
            "Notifier.Notify": self.notifier.notify,
            "Notifier.SetIndicator": self.notifier.notify,
            "PlaybackController.ExpectPlayCommand": self._expect_play_command,
            "PlaybackController.Mute": lambda _: self._mute(on=True),
            "PlaybackController.Next": lambda _: player.skip(1),
            "PlaybackController.Pause": lambda _: player.feed(PlayerOn.PAUSE),
            "PlaybackController.Previous": lambda _: player.skip(-1),
            "PlaybackController.Replay": lambda _: player.feed(PlayerOn.REPLAY),
            "PlaybackController.Resume": lambda _: player.feed(PlayerOn.RESUME),
            "PlaybackController.SetRepeatMode": lambda payload: player.set_repeat_mode(payload.get("repeatMode")),
            "PlaybackController.Stop": lambda _: player.feed(PlayerOn.STOP),
            "PlaybackController.TurnOffRepeatMode": lambda _: player.set_repeat_mode("NONE"),
            "PlaybackController.TurnOnRepeatMode": lambda _: player.set_repeat_mode("REPEAT_ONE"),
            "PlaybackController.Unmute": lambda _: self._mute(on=False),
            "PlaybackController.VolumeDown": lambda _: controls.turn_volume(-1),
            "PlaybackController.VolumeUp": lambda _: controls.turn_volume(1),
            "SpeechRecognizer.ExpectSpeech": dialog.expect_speech,
            "SpeechRecognizer.KeepRecording": lambda _: None,
            "SpeechRecognizer.StopCapture": lambda _: dialog.stop_capture(),
            "System.Exception": lambda _: None,
            "System.SynchronizeState": alerts.synchronize,
            "TemplateRuntime.ExpectRequestPlayerInfo": lambda _: self._request_player_info(),
            "TemplateRuntime.RenderPlayerInfo": self._render_player_info,
        }
        for command in BLUETOOTH:
            with_payload[f"DeviceControl.{command}"] = _bound(controls.bluetooth, command)
        for command in ("Open", "OpenScreen"):
            with_payload[f"DeviceControl.{command}"] = _bound(controls.open, command)
        for command in ("Next", "Pause", "Previous", "Resume", "Stop"):
            event = f"PlaybackController.{command}CommandIssued"
            with_payload[f"PlaybackController.Expect{command}Command"] = _bound(self._issue, event)
        for name in SHOWN:
            with_payload[name] = _bound(self._show, name)
        table: dict[str, Callable[[Received], None]] = {
            name: _payload_only(handle) for name, handle in with_payload.items()
        }
        table["AudioPlayer.Play"] = player.play
        table["SpeechSynthesizer.Speak"] = self.voice.speak
        return table

    def _show(self, name: str, payload: Mapping[str, Any]) -> None:
        self._core.note(Shown(name, payload))

    def _issue(self, event: str, _payload: Mapping[str, Any]) -> None:
        self.events.send(event, {})

    def _expect_play_command(self, payload: Mapping[str, Any]) -> None:
        answer = {key: payload[key] for key in ("handover", "token") if key in payload}
        self.events.send("PlaybackController.PlayCommandIssued", answer)

    def _handle_delegated_event(self, payload: Mapping[str, Any]) -> None:
        self.events.send("Clova.ProcessDelegatedEvent", {"delegationId": payload.get("delegationId", "")})

    def _request_player_info(self) -> None:
        token = self._player_info_token or self.player.token or ""
        self.events.send("TemplateRuntime.RequestPlayerInfo", {"token": token})

    def _render_player_info(self, payload: Mapping[str, Any]) -> None:
        items = payload.get("playableItems")
        if isinstance(items, list) and items and isinstance(items[0], Mapping):
            self._player_info_token = str(items[0].get("token", ""))
        self._show("TemplateRuntime.RenderPlayerInfo", payload)

    def _mute(self, *, on: bool) -> None:
        self.controls.muted = on


class _Buttons:
    """What a button may reach of the device (`mockcloud.client.buttons.Pressable`)."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def stop_foreground(self) -> bool:
        if self._device.alerts.press_stop():
            return True
        speaking = self._device.voice.is_busy
        self._device.voice.cut()
        return speaking

    def is_playing(self) -> bool:
        return self._device.player.state in (PlayerState.PLAYING, PlayerState.LOADING)

    def is_paused(self) -> bool:
        return self._device.player.state is PlayerState.PAUSED

    def repeat_mode(self) -> str:
        return self._device.player.repeat_mode

    def item_token(self) -> str:
        return self._device._player_info_token or self._device.player.token or ""

    def turn_volume(self, by: int) -> None:
        self._device.controls.turn_volume(by)

    def mute_microphone(self) -> bool:
        dialog = self._device.dialog
        dialog.muted = not dialog.muted
        if dialog.muted:
            dialog.abandon_recording()
        return dialog.muted

    def command(self, name: str, payload: dict[str, str]) -> None:
        self._device.events.send(name, payload)

    def note(self, what: Lit | Trouble) -> None:
        self._device._core.note(what)


def _placed(place: Mapping[str, str] | None, refreshed_at: str) -> Json | None:
    return {**place, "refreshedAt": place.get("refreshedAt", refreshed_at)} if place is not None else None


def _payload_only(handle: Callable[[Mapping[str, Any]], None]) -> Callable[[Received], None]:
    return lambda received: handle(received.directive.payload)


def _bound(handle: Callable[[str, Mapping[str, Any]], None], name: str) -> Callable[[Mapping[str, Any]], None]:
    return lambda payload: handle(name, payload)
