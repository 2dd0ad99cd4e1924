"""Playing on another device: what is handed over, what a device that is off is spared, what a player shows."""

from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import playback
from tests.cic.conversation import Conversation, Speaker
from tests.cloud.behaviours.household import Home, context

PLAY = "PlaybackController.PlayCommandIssued"
STATE = {"playerActivity": "PLAYING", "repeatMode": "NONE", "offsetInMilliseconds": 0}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


def tokens(home: Home, device: Speaker) -> list[str]:
    """Of the streams that play now."""
    plays = home.ask(lambda turn: playback.play(turn), device).directives
    return [one["payload"]["audioItem"]["stream"]["token"] for one in plays]


@pytest.mark.spec("C-132")
@pytest.mark.parametrize(
    ("payload", "stream", "expected"),
    [
        ({}, None, {}),
        ({"token": "asked"}, None, {"token": "asked"}),
        ({}, {"token": "known"}, {"token": "known", "handover": {"deviceId": "giver", "customData": ""}}),
        (
            {"token": "asked", "handover": {"deviceId": "giver", "customData": "of the event"}},
            {"token": "known", "customData": "of the state"},
            {"token": "asked", "handover": {"deviceId": "giver", "customData": "of the event"}},
        ),
        (
            {"handover": {"deviceId": "giver", "customData": "of the event"}},
            None,
            {"handover": {"deviceId": "giver", "customData": "of the event"}},
        ),
        (
            {"handover": {"deviceId": "giver", "customData": 5}},
            {"token": "known", "customData": "of the state"},
            {"token": "known", "handover": {"deviceId": "giver", "customData": "of the state"}},
        ),
        ({"handover": "giver"}, {"token": 5, "customData": 5}, {"handover": {"deviceId": "giver", "customData": ""}}),
    ],
)
def test_what_is_handed_over(home: Home, payload: Any, stream: Any, expected: Any) -> None:
    giver, receiver = home.speaker("giver"), home.speaker("receiver")
    state = context(AudioPlayer__PlaybackState=STATE | ({"stream": stream} if stream else {}))
    assert giver.event(PLAY, {"deviceId": "receiver", **payload}, context=state).status == 204
    (directive,) = receiver.pushed()
    assert directive["payload"] == expected


@pytest.mark.spec("C-132")
def test_a_third_device_may_hand_over_what_another_plays(home: Home) -> None:
    giver, receiver, remote = home.speaker("giver"), home.speaker("receiver"), home.speaker("remote")
    first = tokens(home, giver)[0]
    remote.event(PLAY, {"deviceId": "receiver", "handover": {"deviceId": "giver", "customData": ""}})
    (directive,) = receiver.pushed()
    assert directive["payload"] == {"token": first, "handover": {"deviceId": "giver", "customData": ""}}


@pytest.mark.spec("C-132")
def test_what_nobody_plays_any_more_is_taken_over_as_music(home: Home) -> None:
    home.speaker("giver")
    answer = home.speaker("receiver").event(PLAY, {"handover": {"deviceId": "giver", "customData": ""}})
    assert answer.names == ["AudioPlayer.Play"] * 3


def button(name: str, **payload: str) -> Callable[[Home, Speaker], Any]:
    return lambda home, speaker: speaker.event(f"PlaybackController.{name}CommandIssued", {"deviceId": "tv", **payload})


@pytest.mark.spec("C-130", "C-131", "C-174")
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(button("Next"), id="button"),
        pytest.param(button("Play", token="t"), id="play"),
        pytest.param(button("SetRepeatMode", repeatMode="REPEAT_ONE"), id="repeat mode"),
        pytest.param(lambda home, _: home.talk.ask(op.RequestPlayerInfo("default", "tv")), id="player info"),
        pytest.param(lambda home, _: home.talk.ask(op.RequestPlayback("default", "tv")), id="playback state"),
        pytest.param(
            lambda home, speaker: speaker.event(
                PLAY, {"handover": {"deviceId": "tv", "customData": ""}}
            ),
            id="stop after handover",
        ),
    ],
)  # fmt: skip
def test_a_device_that_is_off_is_not_told_when_it_is_on_again(
    home: Home, asked: Callable[[Home, Speaker], Any]
) -> None:
    speaker, tv = home.speaker(), home.speaker("tv")
    tv.drop_downchannel()
    asked(home, speaker)
    tv.connect()
    tv.downchannel()
    assert tv.pushed_names() == ["Clova.Hello"]


@pytest.mark.spec("C-124")
def test_a_playback_state_is_not_kept_for_an_asker_that_has_gone(home: Home) -> None:
    speaker, tv = home.speaker(), home.speaker("tv")
    speaker.event("AudioPlayer.RequestPlaybackState", {"deviceId": "tv"})
    assert tv.pushed_names() == ["AudioPlayer.ExpectReportPlaybackState"]
    speaker.drop_downchannel()
    tv.event("AudioPlayer.ReportPlaybackState", {"playerActivity": "IDLE", "repeatMode": "NONE"})
    speaker.connect()
    speaker.downchannel()
    assert speaker.pushed_names() == ["Clova.Hello"]


@pytest.mark.spec("C-125", "C-130")
@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("AudioPlayer.RequestPlaybackState", {}),
        ("PlaybackController.StopCommandIssued", {}),
        ("PlaybackController.PlayCommandIssued", {"token": "t"}),
        ("PlaybackController.SetRepeatModeCommandIssued", {"repeatMode": "REPEAT_ONE"}),
        ("DeviceControl.RequestStateSynchronization", {}),
    ],
)
def test_a_device_that_nobody_knows_is_asked_nothing_and_named_in_a_finding(
    home: Home, event: str, payload: dict[str, Any]
) -> None:
    speaker, tv = home.speaker(), home.speaker("tv")
    assert speaker.event(event, {"deviceId": "nowhere", **payload}).status == 204
    assert speaker.pushed() == tv.pushed() == []
    (entry,) = home.talk.journal(name=event)
    (finding,) = [one for one in entry.findings if one.code == "order.device.unknown"]
    assert (finding.path, finding.severity, finding.because) == ("event.payload.deviceId", "warning", ("C-130",))
    assert "'nowhere'" in finding.said


@pytest.mark.spec("C-129")
@pytest.mark.parametrize("mode", [None, "REPEAT_ALL"])
def test_a_repeat_mode_that_there_is_not_is_not_set(mode: str | None) -> None:
    speaker = Conversation().speaker()
    payload = {"repeatMode": mode} if mode else {}
    assert speaker.event("PlaybackController.SetRepeatModeCommandIssued", payload).status == 204


@pytest.mark.spec("C-173")
def test_an_item_is_shown_with_all_that_is_known_of_it() -> None:
    account = Conversation().account
    full = {
        "audioItemId": "a",
        "titleText": "밤편지",
        "titleSubText1": "누구",
        "titleSubText2": "앨범",
        "headerText": "차트",
        "artImageUrl": "https://a.invalid/b.png",
        "stream": {"token": "t"},
    }
    bare = {"audioItemId": "b", "stream": {"token": "u"}}
    account.likes.append("a")
    info = playback.player_info(account, [full, bare], playing=True)
    assert info["provider"] == {"name": "mockcloud"}
    assert all(each["type"] == "BUTTON" and each["enabled"] for each in info["controls"])
    first, second = info["playableItems"]
    liked = {"type": "BUTTON", "name": "LIKE_DISLIKE", "enabled": True, "selected": True}
    told = {name: full[name] for name in full if name not in ("audioItemId", "stream")}
    assert first == {"token": "t", **told, "showAdultIcon": False, "controls": [liked]}
    unliked = liked | {"selected": False}
    assert second == {
        "token": "u", "titleText": "", "titleSubText1": "", "showAdultIcon": False, "controls": [unliked],
    }  # fmt: skip


@pytest.mark.spec("C-175")
def test_to_like_twice_is_to_like_once_and_to_unlike_nothing_is_nothing(home: Home) -> None:
    speaker = home.speaker()
    first = tokens(home, speaker)[0]
    for name, likes in (("Unlike", []), ("Like", ["mockcloud-1"]), ("Like", ["mockcloud-1"]), ("Unlike", [])):
        answer = speaker.event(f"TemplateRuntime.{name}CommandIssued", {"token": first})
        assert answer.names == ["TemplateRuntime.RenderPlayerInfo"]
        assert home.talk.account.likes == likes
    assert speaker.event("TemplateRuntime.LikeCommandIssued", {"token": "unheard-of"}).status == 204


@pytest.mark.spec("C-170", "C-173")
def test_the_player_of_another_device_is_shown_by_its_token(home: Home) -> None:
    speaker, tv = home.speaker(), home.speaker("tv")
    theirs = tokens(home, tv)
    tokens(home, speaker)
    (directive,) = speaker.event(
        "TemplateRuntime.RequestPlayerInfo", {"token": theirs[1], "range": {"before": 1}}
    ).directives
    assert [item["token"] for item in directive["payload"]["playableItems"]] == theirs[:2]


@pytest.mark.spec("C-171")
@pytest.mark.parametrize("count", [None, True, "2", -1, 0, 2.0**53, 1e308, []])
def test_a_range_that_makes_no_sense_is_none(home: Home, count: Any) -> None:
    speaker = home.speaker()
    all_tokens = tokens(home, speaker)
    payload = {"token": all_tokens[1], "range": {"before": count, "after": count}}
    (directive,) = speaker.event("TemplateRuntime.RequestPlayerInfo", payload).directives
    assert [item["token"] for item in directive["payload"]["playableItems"]] == [all_tokens[1]]


@pytest.mark.spec("C-121")
def test_what_plays_is_what_a_device_says_it_plays(home: Home) -> None:
    """Only of items that it was given: a token that nobody knows changes nothing."""
    speaker = home.speaker()
    all_tokens = tokens(home, speaker)
    player = home.talk.account.device("speaker").player
    for token, current in (
        (all_tokens[1], all_tokens[1]),
        ("unheard-of", all_tokens[1]),
        (all_tokens[0], all_tokens[0]),
    ):
        speaker.event("AudioPlayer.PlayStarted", {"token": token, "offsetInMilliseconds": 0})
        assert player.token == current
