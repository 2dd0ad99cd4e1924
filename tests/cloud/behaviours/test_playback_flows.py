"""What devices play, on which of them, and what they show of it (C-115..C-133, C-170..C-175)."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud import playback
from mockcloud.cloud.playback import Command
from mockcloud.cloud.streams import TRACKS, Track, tracks
from mockcloud.vocabulary.replies import Outgoing
from tests.cic.conversation import Speaker, name_of
from tests.cloud.behaviours.household import Home, context

PLAYING = {"playerActivity": "PLAYING", "repeatMode": "NONE"}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(monkeypatch)


@pytest.fixture
def speaker(home: Home) -> Speaker:
    return home.speaker()


def play(home: Home, device: Speaker, *wanted: Track) -> list[Any]:
    """The payloads of the Plays."""
    answer = home.ask(lambda turn: playback.play(turn, *wanted), device)
    assert set(answer.names) == {"AudioPlayer.Play"}
    return [directive["payload"] for directive in answer.directives]


def tokens(plays: list[Any]) -> list[str]:
    return [one["audioItem"]["stream"]["token"] for one in plays]


@pytest.mark.spec("C-115", "C-116", "C-117")
def test_a_request_for_music_plays_one_and_queues_the_others(home: Home, speaker: Speaker) -> None:
    plays = play(home, speaker)
    assert [one["playBehavior"] for one in plays] == ["REPLACE_ALL", "ENQUEUE", "ENQUEUE"]
    streams = [one["audioItem"]["stream"] for one in plays]
    assert [stream["urlPlayable"] for stream in streams] == [True, True, False]
    assert streams[2]["url"] == "clova:mockcloud-3"
    assert len(set(tokens(plays))) == 3
    assert all(one["audioItem"]["type"] and one["source"]["name"] for one in plays)


@pytest.mark.spec("C-119", "C-121")
def test_progress_is_reported_where_it_is_asked_for(home: Home, speaker: Speaker) -> None:
    asked = [one["audioItem"]["stream"].get("progressReport") for one in play(home, speaker, TRACKS[0], TRACKS[4])]
    assert asked == [None, {"progressReportIntervalInMilliseconds": 60_000}]


@pytest.mark.spec("C-118", "C-120")
@pytest.mark.parametrize("name", ["audioStream", "stream", "both"])
def test_a_placeholder_becomes_a_url_under_the_same_token(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    home = Home(monkeypatch, behaviour={"deliver_stream_as": name})
    speaker = home.speaker()
    item = play(home, speaker)[2]["audioItem"]
    stream = item["stream"] | {"beginAtInMilliseconds": 10_000}
    answer = speaker.event(
        "AudioPlayer.StreamRequested", {"audioItemId": item["audioItemId"], "audioStream": stream}, dialog="d9"
    )
    (delivered,) = answer.directives
    assert delivered["header"]["dialogRequestId"] == "d9"
    names = {"audioStream", "stream"} if name == "both" else {name}
    assert set(delivered["payload"]) == {"audioItemId", *names}
    for each in names:
        got = delivered["payload"][each]
        assert got["token"] == stream["token"]
        assert got["beginAtInMilliseconds"] + got["durationInMilliseconds"] == 36_000
        assert home.talk.web("GET", got["url"].removeprefix("https://cloud.test")).status == 200


@pytest.mark.spec("C-118")
@pytest.mark.parametrize("stream", [{}, {"token": 5, "beginAtInMilliseconds": True}, {"beginAtInMilliseconds": -1}, []])
def test_a_stream_is_delivered_whatever_was_said_of_it(speaker: Speaker, stream: Any) -> None:
    answer = speaker.event("AudioPlayer.StreamRequested", {"audioItemId": "any", "audioStream": stream})
    got = answer.directives[0]["payload"]["audioStream"]
    assert (got["beginAtInMilliseconds"], got["urlPlayable"]) == (0, True)
    assert got["token"]
    assert got["beginAtInMilliseconds"] is not True


@pytest.mark.spec("C-122")
@pytest.mark.parametrize(("behavior", "left"), [("CLEAR_ALL", 0), ("CLEAR_ENQUEUED", 1)])
def test_clearing_the_queue(home: Home, speaker: Speaker, behavior: str, left: int) -> None:
    play(home, speaker)
    home.ask(lambda _: (Outgoing("AudioPlayer.ClearQueue", {"clearBehavior": behavior}),), speaker)
    assert len(home.talk.account.device("speaker").player.items) == left


@pytest.mark.spec("C-116")
def test_the_queue_follows_whatever_is_sent(home: Home, speaker: Speaker) -> None:
    first, *_ = play(home, speaker)
    home.ask(lambda turn: playback.enqueue(turn, *tracks("podcast")), speaker)
    home.ask(lambda turn: playback.enqueue(turn, TRACKS[1]), speaker)
    player = home.talk.account.device("speaker").player
    assert [item["audioItemId"] for item in player.items] == [
        *("mockcloud-1", "mockcloud-3", "mockcloud-podcast-1", "mockcloud-podcast-2", "mockcloud-2")
    ]
    assert player.token == first["audioItem"]["stream"]["token"]


@pytest.mark.spec("C-132")
def test_what_is_played_again_elsewhere_is_fetched_from_where_that_device_is(home: Home, speaker: Speaker) -> None:
    play(home, speaker)
    urls = [item["stream"]["url"] for item in home.talk.account.device("speaker").player.items]
    assert [url.partition(":")[0] for url in urls] == ["mockcloud", "mockcloud", "clova"]


COMMANDS: list[Command] = ["Mute", "Next", "Pause", "Previous", "Replay", "Resume", "Stop", "Unmute"]


@pytest.mark.spec("C-126", "C-100")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_spoken_command_is_the_directive_of_its_name(home: Home, speaker: Speaker, command: Command) -> None:
    answer = home.ask(lambda _: playback.control(command), speaker)
    assert answer.names == [f"PlaybackController.{command}"]
    assert answer.directives[0]["payload"] == {}


@pytest.mark.spec("C-127")
@pytest.mark.parametrize(("event", "wanted"), [("Next", 1), ("Previous", None)])
def test_next_may_be_a_play_of_the_next_item(monkeypatch: pytest.MonkeyPatch, event: str, wanted: int | None) -> None:
    home = Home(monkeypatch, behaviour={"playback_buttons": "play"})
    speaker = home.speaker()
    plays = play(home, speaker)
    (directive,) = speaker.event(f"PlaybackController.{event}CommandIssued", {}).directives
    if wanted is None:
        assert name_of(directive) == f"PlaybackController.{event}"
    else:
        assert directive["payload"]["audioItem"] == plays[wanted]["audioItem"]
        assert directive["payload"]["playBehavior"] == "REPLACE_ALL"


@pytest.mark.spec("C-127")
@pytest.mark.parametrize("button", ["Next", "Pause", "Play", "Previous", "Resume", "Stop"])
def test_buttons_may_be_left_unanswered(monkeypatch: pytest.MonkeyPatch, button: str) -> None:
    speaker = Home(monkeypatch, behaviour={"playback_buttons": "none"}).speaker()
    assert speaker.event(f"PlaybackController.{button}CommandIssued", {}).status == 204


@pytest.mark.spec("C-129", "C-133")
@pytest.mark.parametrize(("mode", "older"), [("REPEAT_ONE", "TurnOnRepeatMode"), ("NONE", "TurnOffRepeatMode")])
def test_the_repeat_mode_in_its_older_form(monkeypatch: pytest.MonkeyPatch, mode: str, older: str) -> None:
    home = Home(monkeypatch, behaviour={"deprecated_directives": True})
    speaker = home.speaker()
    answer = speaker.event("PlaybackController.SetRepeatModeCommandIssued", {"repeatMode": mode})
    assert answer.names == [f"PlaybackController.{older}"]


@pytest.mark.spec("C-130", "C-131")
def test_pressing_a_button_of_another_device(home: Home, speaker: Speaker) -> None:
    tv, watch = home.speaker("tv"), home.speaker("watch")
    assert speaker.event("PlaybackController.PauseCommandIssued", {"deviceId": "tv"}, dialog="d1").status == 204
    (expected,) = tv.pushed()
    assert name_of(expected) == "PlaybackController.ExpectPauseCommand"
    assert "dialogRequestId" not in expected["header"]
    assert tv.event("PlaybackController.PauseCommandIssued", {}).names == ["PlaybackController.Pause"]
    assert speaker.pushed() == watch.pushed() == []


@pytest.mark.spec("C-130")
@pytest.mark.parametrize("device_id", ["speaker", ""])
def test_a_device_id_that_names_no_other_is_no_remote_control(home: Home, speaker: Speaker, device_id: str) -> None:
    answer = speaker.event("PlaybackController.PauseCommandIssued", {"deviceId": device_id})
    assert answer.names == ["PlaybackController.Pause"]


@pytest.mark.spec("C-130")
@pytest.mark.parametrize("button", ["Next", "Play", "SetRepeatMode"])
def test_a_device_that_nobody_knows_is_on_record(home: Home, speaker: Speaker, button: str) -> None:
    payload = {"deviceId": "nowhere", "repeatMode": "NONE"}
    assert speaker.event(f"PlaybackController.{button}CommandIssued", payload).status == 204
    assert "order.device.unknown" in home.talk.findings()


@pytest.mark.spec("C-130")
def test_a_device_that_is_off_gets_no_button_later(home: Home, speaker: Speaker) -> None:
    tv = home.speaker("tv")
    tv.drop_downchannel()
    speaker.event("PlaybackController.StopCommandIssued", {"deviceId": "tv"})
    tv.connect()
    tv.downchannel()
    assert tv.pushed_names() == ["Clova.Hello"]


@pytest.mark.spec("C-132", "C-120")
@pytest.mark.parametrize("stops", [True, False])
def test_playback_moves_to_another_device(monkeypatch: pytest.MonkeyPatch, *, stops: bool) -> None:
    home = Home(monkeypatch, behaviour={"handover_stops_giver": stops})
    giver, receiver = home.speaker("giver"), home.speaker("receiver")
    item = play(home, giver)[0]["audioItem"]
    stream = item["stream"] | {"customData": "chart:daily"}
    state = PLAYING | {"offsetInMilliseconds": 12_000, "stream": stream}
    asked = giver.event(
        "PlaybackController.PlayCommandIssued",
        {"deviceId": "receiver"},
        context=context(AudioPlayer__PlaybackState=state),
    )
    assert asked.status == 204
    (expected,) = receiver.pushed()
    taken = {"handover": {"deviceId": "giver", "customData": "chart:daily"}, "token": stream["token"]}
    assert (name_of(expected), expected["payload"]) == ("PlaybackController.ExpectPlayCommand", taken)
    (played,) = receiver.event("PlaybackController.PlayCommandIssued", taken).directives
    assert played["payload"]["audioItem"]["audioItemId"] == item["audioItemId"]
    assert played["payload"]["audioItem"]["stream"]["beginAtInMilliseconds"] == 12_000
    assert played["payload"]["audioItem"]["stream"]["durationInMilliseconds"] == 18_000
    assert giver.pushed_names() == (["PlaybackController.Stop"] if stops else [])


@pytest.mark.spec("C-127")
def test_play_plays_the_token_else_goes_on_else_plays_music(home: Home, speaker: Speaker) -> None:
    plays = play(home, speaker)
    button = "PlaybackController.PlayCommandIssued"
    paused = context(AudioPlayer__PlaybackState=PLAYING | {"playerActivity": "PAUSED"})
    (played,) = speaker.event(button, {"token": tokens(plays)[1]}, context=paused).directives
    assert played["payload"]["audioItem"] == plays[1]["audioItem"]
    assert speaker.event(button, {}, context=paused).names == ["PlaybackController.Resume"]
    assert speaker.event(button, {}).names == ["AudioPlayer.Play"] * 3


@pytest.mark.spec("C-128")
def test_a_custom_button_says_what_the_app_assigned_to_it(home: Home, speaker: Speaker) -> None:
    press = ("PlaybackController.CustomCommandIssued", {"button": "CUSTOM_BUTTON_2"})
    assert home.talk.ask(op.AssignButton("default", "CUSTOM_BUTTON_2", "안녕")).status == 200
    assert speaker.event(*press).names == ["SpeechSynthesizer.Speak"]
    home.talk.ask(op.AssignButton("default", "CUSTOM_BUTTON_2", ""))
    assert speaker.event(*press).status == 204


@pytest.mark.spec("C-123", "C-124", "C-125")
def test_a_client_asks_what_the_others_play(home: Home) -> None:
    phone, tv, radio = home.speaker("phone"), home.speaker("tv"), home.speaker("radio")
    assert phone.event("AudioPlayer.RequestPlaybackState", {}).status == 204
    assert phone.pushed() == []
    for device in (tv, radio):
        (asked,) = device.pushed()
        assert (name_of(asked), asked["payload"]) == ("AudioPlayer.ExpectReportPlaybackState", {})
    report = {"playerActivity": "PLAYING", "repeatMode": "NONE", "offsetInMilliseconds": 5, "token": "s"}
    assert tv.event("AudioPlayer.ReportPlaybackState", report).status == 204
    (shared,) = phone.pushed()
    assert (name_of(shared), shared["payload"]) == (
        "AudioPlayer.SynchronizePlaybackState",
        {"deviceId": "tv", **report},
    )
    tv.event("AudioPlayer.ReportPlaybackState", report)
    assert phone.pushed() == radio.pushed() == tv.pushed() == []


@pytest.mark.spec("C-123", "C-125")
def test_the_app_asks_one_device(home: Home) -> None:
    tv, radio = home.speaker("tv"), home.speaker("radio")
    assert home.talk.ask(op.RequestPlayback("default", "tv")).body == {"asked": ["tv"]}
    assert (tv.pushed_names(), radio.pushed()) == (["AudioPlayer.ExpectReportPlaybackState"], [])
    tv.event("AudioPlayer.ReportPlaybackState", {"playerActivity": "IDLE", "repeatMode": "NONE"})
    assert home.talk.ask(op.ReadPlayback("default")).body == {
        "states": [{"device": "tv", "state": {"playerActivity": "IDLE", "repeatMode": "NONE"}}]
    }
    assert home.talk.ask(op.RequestPlayback("default", "nowhere")).status == 404


# What the player shows


def shown(device: Speaker, token: str, **payload: Any) -> Any:
    answer = device.event("TemplateRuntime.RequestPlayerInfo", {"token": token, **payload})
    (directive,) = answer.directives
    return directive["payload"]


@pytest.mark.spec("C-170", "C-171", "C-173")
@pytest.mark.parametrize(
    ("token", "asked", "expected"),
    [
        (0, {"after": 5}, [0, 1, 2]),
        (0, {"after": 1}, [0, 1]),
        (1, {"before": 1}, [0, 1]),
        (2, {"before": 1, "after": 1}, [1, 2]),
        (1, {}, [1]),
        (1, None, [1, 2]),
    ],
)
def test_the_items_around_the_token(
    home: Home, speaker: Speaker, token: int, asked: dict[str, int] | None, expected: list[int]
) -> None:
    all_tokens = tokens(play(home, speaker))
    info = shown(speaker, all_tokens[token], **({"range": asked} if asked is not None else {}))
    assert [item["token"] for item in info["playableItems"]] == [all_tokens[place] for place in expected]
    assert info["displayType"] == ("list" if len(expected) > 1 else "single")
    assert home.talk.journal(name="TemplateRuntime.RequestPlayerInfo")[0].because == ("C-170", "C-171", "C-172")


@pytest.mark.spec("C-172")
def test_an_unknown_token_shows_what_plays_and_is_on_record(home: Home, speaker: Speaker) -> None:
    first = tokens(play(home, speaker))[0]
    assert shown(speaker, "unheard-of", range={"after": 0})["playableItems"][0]["token"] == first
    assert "order.player.token" in home.talk.findings()


@pytest.mark.spec("C-173")
@pytest.mark.parametrize(("activity", "selected"), [("PLAYING", True), ("PAUSED", False)])
def test_the_player_s_own_buttons(home: Home, speaker: Speaker, activity: str, *, selected: bool) -> None:
    token = tokens(play(home, speaker))[0]
    state = context(AudioPlayer__PlaybackState=PLAYING | {"playerActivity": activity})
    answer = speaker.event("TemplateRuntime.RequestPlayerInfo", {"token": token}, context=state)
    controls = {each["name"]: each["selected"] for each in answer.directives[0]["payload"]["controls"]}
    assert controls == {"PREVIOUS": False, "PLAY_PAUSE": selected, "NEXT": False}


@pytest.mark.spec("C-132")
@pytest.mark.parametrize(("offset", "begin"), [(0, 0), (29_000, 29_000), (-1, 0), (True, 0), ("5", 0), (1e300, 0)])
def test_a_position_that_makes_no_sense_is_the_beginning(home: Home, speaker: Speaker, offset: Any, begin: int) -> None:
    receiver = home.speaker("receiver")
    token = tokens(play(home, speaker))[0]
    state = context(AudioPlayer__PlaybackState=PLAYING | {"offsetInMilliseconds": offset})
    speaker.event("SpeechSynthesizer.SpeechStarted", {"token": "t"}, context=state)
    taken = {"handover": {"deviceId": "speaker", "customData": ""}, "token": token}
    (played,) = receiver.event("PlaybackController.PlayCommandIssued", taken).directives
    assert played["payload"]["audioItem"]["stream"]["beginAtInMilliseconds"] == begin


@pytest.mark.spec("C-173")
def test_a_player_without_anything_shows_nothing(home: Home, speaker: Speaker) -> None:
    assert shown(speaker, "any")["playableItems"] == []
    assert "order.player.token" not in home.talk.findings()


@pytest.mark.spec("C-132")
@pytest.mark.parametrize("place", [None, 1])
def test_what_is_taken_over_is_the_item_of_the_token_else_what_plays(
    home: Home, speaker: Speaker, place: int | None
) -> None:
    plays = play(home, speaker)
    taken: dict[str, Any] = {"handover": {"deviceId": "speaker", "customData": ""}}
    if place is not None:
        taken["token"] = tokens(plays)[place]
    (played,) = home.speaker("receiver").event("PlaybackController.PlayCommandIssued", taken).directives
    assert played["payload"]["audioItem"] == plays[place or 0]["audioItem"]


@pytest.mark.spec("C-171")
def test_how_many_items_without_a_range_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(monkeypatch, behaviour={"player_items": 2})
    speaker = home.speaker()
    assert len(shown(speaker, tokens(play(home, speaker))[0])["playableItems"]) == 2


@pytest.mark.spec("C-175")
def test_a_like_is_shown_and_remembered(home: Home, speaker: Speaker) -> None:
    all_tokens = tokens(play(home, speaker))
    for button, selected in (("Like", True), ("Unlike", False)):
        answer = speaker.event(f"TemplateRuntime.{button}CommandIssued", {"token": all_tokens[1]})
        (item,) = answer.directives[0]["payload"]["playableItems"]
        assert (item["token"], item["controls"][0]["selected"]) == (all_tokens[1], selected)
        listed = shown(speaker, all_tokens[0])["playableItems"]
        assert [each["controls"][0]["selected"] for each in listed] == [False, selected, False]


@pytest.mark.spec("C-175", "C-186")
@pytest.mark.parametrize(("like", "display"), [("none", "l100"), ("render", "none")])
def test_a_like_may_go_unanswered(monkeypatch: pytest.MonkeyPatch, like: str, display: str) -> None:
    home = Home(monkeypatch, behaviour={"like": like})
    speaker = home.speaker()
    token = tokens(play(home, speaker))[0]
    size = context(Device__Display={"size": display})
    assert speaker.event("TemplateRuntime.LikeCommandIssued", {"token": token}, context=size).status == 204
    assert home.talk.account.likes == ["mockcloud-1"]


@pytest.mark.spec("C-174")
def test_the_app_has_a_device_ask_for_what_it_shows(home: Home, speaker: Speaker) -> None:
    assert home.talk.ask(op.RequestPlayerInfo("default", "speaker")).status == 202
    assert speaker.pushed_names() == ["TemplateRuntime.ExpectRequestPlayerInfo"]


# Media


@pytest.mark.spec("C-117")
def test_a_radio_is_a_playlist_whose_segments_make_the_whole(home: Home, speaker: Speaker) -> None:
    (radio,) = play(home, speaker, *tracks("radio"))
    path = radio["audioItem"]["stream"]["url"].removeprefix("https://cloud.test")
    playlist = home.talk.web("GET", path)
    assert dict(playlist.headers)["content-type"] == "application/vnd.apple.mpegurl"
    lines = playlist.body.decode().splitlines()
    assert (lines[0], lines[-1]) == ("#EXTM3U", "#EXT-X-ENDLIST")
    lengths = [float(line.removeprefix("#EXTINF:").rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
    assert sum(lengths) == 600
    segments = [line for line in lines if not line.startswith("#")]
    assert len(segments) == len(lengths) == 100
    folder = path.rpartition("/")[0]
    sound = [home.talk.web("GET", f"{folder}/{segment}") for segment in segments[:2]]
    assert all(each.status == 200 and dict(each.headers)["content-type"] == "audio/mpeg" for each in sound)
    stamp = b"PRIV\x00\x00\x00\x35\x00\x00com.apple.streaming.transportStreamTimestamp\x00"
    assert [each.body[10:].startswith(stamp) for each in sound] == [True, True]
    assert int.from_bytes(sound[1].body[10 + len(stamp) :][:8], "big") == 6 * 90_000
    whole = home.talk.web("GET", path.replace("/hls/", "/music/").replace(".m3u8", ".mp3")).body
    head = 10 + len(stamp) + 8
    assert b"".join(each.body[head:] for each in sound) == whole[48 : 48 + 2 * 250 * 48]


@pytest.mark.spec("C-117")
def test_a_range_of_a_segment(home: Home) -> None:
    path = "/media/hls/13000/x/2.mp3"
    whole = home.talk.web("GET", path)
    assert len(whole.body) > 42 * 48
    part = home.talk.web("GET", path, headers={"range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole.body[10:20])
    for missing in ("/media/hls/13000/x/3.mp3", "/media/hls/13000/x/-1.mp3", "/media/hls/x/y.m3u8", "/media/hls/1"):
        assert home.talk.web("GET", missing).status == 404
