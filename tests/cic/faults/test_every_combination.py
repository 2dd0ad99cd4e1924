"""Every legal combination of the table that can be seen in memory: it strikes once, and the device gets over it."""

import pytest

from mockcloud.cic import operations as op
from mockcloud.faults.table import TABLE
from mockcloud.vocabulary import Exchange, inputs
from tests.cic.faults.bundled import Home

LEGAL = [key for key, verdict in TABLE.items() if verdict.kind == "legal"]
SPEAK = {"header": {"namespace": "SpeechSynthesizer", "name": "Speak"}}
EXTENSION = """
mockcloud: 1
title: an extension
given:
  extensions:
    com.example.pizza:
      invocation_names: [피자봇]
      model: {intents: {Order: {tsv: "[INTENT EXPRESSION]\\n주문해줘\\n"}}}
      answers: [{then: {speak: 네}}]
"""
SOUND = "https://localhost/media/speech/ko/7JWI64WV.mp3"


def connect_again(home: Home) -> None:
    for channel in list(home.simulation.cloud.core.downchannels.values()):
        home.simulation.ask(op.CloseChannel(channel.id))


def push_speak(home: Home, url: str, *attachments: tuple[str, str, bytes]) -> None:
    payload = {"token": "t", "url": url, "format": "AUDIO_MPEG"}
    home.simulation.ask(op.Push(directive={**SPEAK, "payload": payload}, attachments=attachments, wait_ms=60_000))


def ping(home: Home) -> None:
    """A request of ``/ping``, which the bundled device does not send: it sends PING frames."""
    (channel,) = home.simulation.cloud.core.downchannels.values()
    ex = Exchange(channel.ex.conn, 999)
    bearer = (("authorization", f"Bearer {channel.token.access_token}"),)
    home.simulation.to_cloud(inputs.RequestStarted(ex, "GET", "/ping", bearer))
    home.simulation.to_cloud(inputs.BodyEnded(ex))


def happens(home: Home, on: str, at: str) -> None:
    """Whatever comes by the point."""
    match on, at:
        case "event", "audio":
            home.say("오늘 날씨 어때")
        case "event", _:
            home.type("날씨")
        case "downchannel", "part":
            home.push("Notifier.ClearIndicator", {})
        case "downchannel", "attachment":
            push_speak(home, "cid:a", ("a", "application/octet-stream", bytes(100)))
        case "downchannel", _:
            connect_again(home)
        case "ping", _:
            ping(home)
        case "media", _:
            push_speak(home, SOUND)
        case "extension", _:
            home.type("피자봇 시작해줘")


@pytest.mark.spec("C-026", "C-031", "C-053", "C-057", "C-066")
@pytest.mark.parametrize(("on", "at", "effect"), LEGAL, ids=lambda part: part)
def test_it_strikes_once_and_the_bundled_device_completes_a_dialog(on: str, at: str, effect: str) -> None:
    home = Home()
    if on == "extension":
        home.ask(op.LoadScenario(home.account.id, EXTENSION))
    fault = {"on": on, "at": at, "effect": effect}
    if on == "token" and effect != "refuse_refresh":
        home.fault(**fault)
        home.wait(2)
    else:
        home.wait(2)
        home.fault(**fault)
        if effect == "refuse_refresh":
            home.ask(op.ExpireTokens(home.account.id))
            home.type("날씨")
        happens(home, on, at)
    home.wait(150)
    (armed,) = home.account.faults.values()
    assert armed.struck == 1
    (entry,) = home.entries(f"fault {effect}")
    assert (entry.rule, entry.note) == (f"fault {armed.id}", f"at {at}")
    assert home.completes_a_dialog()
