"""Bodies of requests, field by field, in both profiles; every plain one passes the catalogue."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from mockcloud.catalogue import EDITIONS, Catalogue, Edition
from mockcloud.cek.requests import (
    HTTP_HEADERS,
    Common,
    Session,
    Slot,
    User,
    body_of,
    display_of,
    event_request,
    intent_request,
    launch_request,
    session_ended_request,
)

USER = User("as-CA80nSomiFI-LAg2u6w")
SESSION = Session("a29cfead-c5ba-474d-8745-6c1a6625f0c5", new=True, user=USER)
COMMON = Common("com.example.pizzabot", "096e6b27-1717-33e9-b0a7-510a48658a9b", SESSION, USER)
WIRE = replace(
    COMMON,
    profile="wire",
    request_id="e6736120-9571-4372-b97c-2656566595fc",
    timestamp="2018-07-03T04:20:01Z",
)
PIZZA = (Slot("pizzaType", "페퍼로니"), Slot("pizzaAmount", "2"))
L100 = {"size": "l100", "orientation": "landscape", "dpi": 96, "contentLayer": {"width": 640, "height": 360}}


def all_requests(common: Common) -> list[dict[str, Any]]:
    event = event_request(
        common, "AudioPlayer", "PlayStarted", {"token": "t"}, request_id="r", timestamp="2018-06-11T09:19:23Z"
    )
    return [
        launch_request(common),
        session_ended_request(common),
        intent_request(common, "OrderPizza", PIZZA),
        event,
    ]


@pytest.mark.spec("K-080", "K-081", "K-070", "K-083", "K-099")
def test_an_intent_request_says_what_the_table_says() -> None:
    assert intent_request(COMMON, "OrderPizza", PIZZA) == {
        "version": "0.1.0",
        "session": {
            "new": True,
            "sessionAttributes": {},
            "sessionId": "a29cfead-c5ba-474d-8745-6c1a6625f0c5",
            "user": {"userId": "as-CA80nSomiFI-LAg2u6w"},
        },
        "context": {
            "System": {
                "application": {"applicationId": "com.example.pizzabot"},
                "device": {
                    "deviceId": "096e6b27-1717-33e9-b0a7-510a48658a9b",
                    "display": {
                        "size": "custom",
                        "orientation": "landscape",
                        "dpi": 96,
                        "contentLayer": {"width": 1920, "height": 1080},
                    },
                },
                "user": {"userId": "as-CA80nSomiFI-LAg2u6w"},
            }
        },
        "request": {
            "type": "IntentRequest",
            "intent": {
                "name": "OrderPizza",
                "slots": {
                    "pizzaType": {"name": "pizzaType", "value": "페퍼로니"},
                    "pizzaAmount": {"name": "pizzaAmount", "value": "2"},
                },
            },
        },
    }


@pytest.mark.spec("K-081")
def test_requests_without_analysis_are_their_type_alone() -> None:
    assert launch_request(COMMON)["request"] == {"type": "LaunchRequest"}
    assert session_ended_request(COMMON)["request"] == {"type": "SessionEndedRequest"}
    assert intent_request(COMMON, "Clova.YesIntent")["request"]["intent"]["slots"] == {}


@pytest.mark.spec("K-120")
def test_an_event_request_carries_the_event() -> None:
    assert all_requests(COMMON)[3]["request"] == {
        "type": "EventRequest",
        "requestId": "r",
        "timestamp": "2018-06-11T09:19:23Z",
        "event": {"namespace": "AudioPlayer", "name": "PlayStarted", "payload": {"token": "t"}},
    }


@pytest.mark.spec("K-080", "K-147", "K-088")
def test_a_token_is_there_only_if_an_account_is_linked() -> None:
    linked = replace(
        COMMON,
        session=replace(SESSION, new=False, attributes={"intent": "OrderPizza"}, user=User("one", "token-of-one")),
        user=User("other", "token-of-other"),
    )
    message = launch_request(linked)
    assert message["session"]["user"] == {"userId": "one", "accessToken": "token-of-one"}
    assert message["context"]["System"]["user"] == {"userId": "other", "accessToken": "token-of-other"}
    assert message["session"]["sessionAttributes"] == {"intent": "OrderPizza"}
    assert message["session"]["new"] is False
    assert b"accessToken" not in body_of(launch_request(COMMON))


@pytest.mark.spec("K-084")
def test_the_playback_state_comes_without_what_the_message_has_no_field_for() -> None:
    state = {
        "playerActivity": "PLAYING",
        "offsetInMilliseconds": 83100,
        "repeatMode": "NONE",
        "stream": {"token": "t"},
    }
    message = launch_request(replace(COMMON, audio_player=state))
    assert message["context"]["AudioPlayer"] == {
        "playerActivity": "PLAYING",
        "offsetInMilliseconds": 83100,
        "stream": {"token": "t"},
    }
    assert "AudioPlayer" not in launch_request(COMMON)["context"]


@pytest.mark.spec("K-080", "K-083")
@pytest.mark.parametrize(
    ("reported", "told"),
    [
        ({"size": "none", "contentLayer": {"width": 1, "height": 1}}, {"size": "none"}),
        (L100, L100),
        ({"size": "l100"}, L100),
        ({"size": "s100"}, {"size": "s100", "contentLayer": {"width": 160, "height": 107}}),
        ({"size": "m100"}, {"size": "m100", "contentLayer": {"width": 427, "height": 240}}),
        ({"size": "x1100"}, {"size": "xl100", "contentLayer": {"width": 899, "height": 506}}),
        (
            {"size": "custom", "orientation": "portrait", "dpi": 160},
            {"size": "custom", "orientation": "portrait"},
        ),
        ({"size": "custom"}, {"contentLayer": {"width": 1920, "height": 1080}}),
        (
            {"size": ["l100"], "orientation": 7, "dpi": "96", "contentLayer": "big"},
            {"size": "custom", "dpi": 96},
        ),
        (None, {"size": "custom", "contentLayer": {"width": 1920, "height": 1080}}),
    ],
)
def test_a_display_is_completed(reported: dict[str, Any] | None, told: dict[str, Any]) -> None:
    display = display_of(reported)
    assert {name: display[name] for name in told} == told
    assert set(display) == ({"size"} if told == {"size": "none"} else {"size", "orientation", "dpi", "contentLayer"})


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("display", [None, {"size": "none"}, {"size": "s100"}, {"size": "custom"}])
def test_what_we_send_is_valid(edition: Edition, display: dict[str, Any] | None) -> None:
    catalogue = Catalogue.load()
    open_session = replace(COMMON, display=display, session=replace(SESSION, new=False))
    for message in all_requests(open_session)[: 3 if edition == "4.4" else 4]:
        assert catalogue.check_cek_request(message, edition) == []


@pytest.mark.spec("K-082")
def test_production_sends_a_launch_request_with_more() -> None:
    message = launch_request(replace(WIRE, display={"size": "none"}, locale="ja-JP"))
    assert message["version"] == "1.0"
    assert message["context"]["System"]["device"]["display"] == {
        "size": "none",
        "contentLayer": {"width": 0, "height": 0},
    }
    assert message["request"] == {
        "type": "LaunchRequest",
        "requestId": "e6736120-9571-4372-b97c-2656566595fc",
        "timestamp": "2018-07-03T04:20:01Z",
        "locale": "ja-JP",
        "extensionId": "com.example.pizzabot",
        "intent": {"intent": "", "name": "", "slots": None},
        "event": {"namespace": "", "name": "", "payload": None},
    }


@pytest.mark.spec("K-082", "K-153")
def test_the_console_leaves_out_what_it_leaves_out() -> None:
    message = intent_request(WIRE, "Clova.GuideIntent")
    assert message["request"]["intent"] == {"name": "Clova.GuideIntent", "slots": None}
    assert "application" not in message["context"]["System"]
    assert "display" not in message["context"]["System"]["device"]
    assert "sessionAttributes" not in message["session"]
    kept = replace(WIRE, session=replace(SESSION, attributes={"step": 2}))
    assert intent_request(kept, "Clova.YesIntent")["session"]["sessionAttributes"] == {"step": 2}


@pytest.mark.spec("K-070", "K-082")
def test_only_the_wire_tells_type_and_unit_of_a_slot() -> None:
    slot = Slot("when", "19:00:00/19:30:00", value_type="TIME.INTERVAL", unit="h")
    bare = {"name": "when", "value": "19:00:00/19:30:00"}
    assert intent_request(COMMON, "Book", (slot,))["request"]["intent"]["slots"]["when"] == bare
    assert intent_request(WIRE, "Book", (slot,))["request"]["intent"]["slots"]["when"] == {
        **bare,
        "valueType": "TIME.INTERVAL",
        "unit": "h",
    }


@pytest.mark.spec("K-082", "K-121")
def test_an_event_of_production_has_no_session() -> None:
    message = event_request(WIRE, "ClovaSkill", "SkillEnabled", None, request_id="r", timestamp="2018-07-03T04:20:01Z")
    assert message["session"] is None
    assert message["request"]["event"]["payload"] is None


@pytest.mark.spec("K-092", "K-100")
def test_a_body_is_compact_unescaped_utf8() -> None:
    body = body_of(intent_request(COMMON, "OrderPizza", PIZZA))
    assert "페퍼로니".encode() in body
    assert b'": ' not in body
    assert json.loads(body) == intent_request(COMMON, "OrderPizza", PIZZA)
    assert dict(HTTP_HEADERS) == {
        "Content-Type": "application/json; charset=UTF-8",
        "Accept": "application/json",
        "Accept-Charset": "utf-8",
    }
