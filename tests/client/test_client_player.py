"""Content: AudioPlayer and PlaybackController."""

import pytest

from mockcloud.client.vocabulary import DirectiveDropped, Press, ResetRequest, ResponseReset, Type
from mockcloud.speech import tone

TEN_SECONDS = tone.silence(10_008).mp3


def stream(token="m", **more):
    return {
        "token": token,
        "url": f"https://media.test/{token}.mp3",
        "urlPlayable": True,
        "beginAtInMilliseconds": 0,
        **more,
    }


def play(rig, token="m", behavior="REPLACE_ALL", **more):
    """Push a Play."""
    item = {"audioItemId": f"item-{token}", "stream": stream(token, **more)}
    rig.push("AudioPlayer.Play", {"audioItem": item, "playBehavior": behavior, "source": {"name": "s"}})


def load(rig, body=TEN_SECONDS):
    """Answer the last fetch."""
    rig.reply(rig.fetches()[-1].request, 200, body)


def started(rig, token="m", **more):
    play(rig, token, **more)
    load(rig)


def report(event):
    return (event.name.rpartition(".")[2], event.payload["token"], event.payload["offsetInMilliseconds"])


def reports(rig):
    return [report(e) for e in rig.events if e.name.startswith("AudioPlayer.") and "offsetInMilliseconds" in e.payload]


def state(rig):
    rig.push("DeviceControl.ExpectReportState")
    return rig.last("DeviceControl.ReportState").context_of("AudioPlayer.PlaybackState")


@pytest.mark.spec("D-119", "D-125", "D-128", "D-135", "D-134", "D-004")
def test_a_stream_is_fetched_played_and_reported(rig):
    play(rig)
    assert [f.url for f in rig.fetches()] == ["https://media.test/m.mp3"]
    assert reports(rig) == []
    load(rig)
    rig.advance(20_000)
    assert reports(rig) == [("PlayStarted", "m", 0), ("PlayFinished", "m", 10_008)]


@pytest.mark.spec("D-122", "D-123", "D-141")
def test_only_the_window_is_played(rig):
    started(rig, beginAtInMilliseconds=10_000, durationInMilliseconds=20_000)
    assert state(rig)["totalInMilliseconds"] == 30_000
    rig.advance(60_000)
    assert reports(rig) == [("PlayStarted", "m", 10_000), ("PlayFinished", "m", 30_000)]


@pytest.mark.spec("D-118", "D-210", "D-135")
def test_replace_all_empties_the_queue_and_plays_at_once(rig):
    started(rig, "a", durationInMilliseconds=30_000)
    play(rig, "b", "ENQUEUE")
    rig.advance(1000)
    started(rig, "c", durationInMilliseconds=5000)
    rig.advance(60_000)
    assert reports(rig) == [
        ("PlayStarted", "a", 0),
        ("PlayStopped", "a", 1000),
        ("PlayStarted", "c", 0),
        ("PlayFinished", "c", 5000),
    ]


@pytest.mark.spec("D-120")
def test_enqueue_appends_and_starts_an_idle_player(rig):
    play(rig, "a", "ENQUEUE", durationInMilliseconds=5000)
    load(rig)
    play(rig, "b", "ENQUEUE", durationInMilliseconds=5000)
    rig.advance(5000)
    load(rig)
    rig.advance(5000)
    assert [r[:2] for r in reports(rig)] == [
        ("PlayStarted", "a"),
        ("PlayFinished", "a"),
        ("PlayStarted", "b"),
        ("PlayFinished", "b"),
    ]


@pytest.mark.spec("D-126", "D-138", "D-204")
def test_pause_resume_and_stop_keep_the_place(rig):
    play(rig)
    load(rig)
    assert state(rig)["playerActivity"] == "PLAYING"
    rig.advance(2000)
    rig.push("PlaybackController.Pause")
    rig.advance(60_000)
    assert (state(rig)["playerActivity"], state(rig)["offsetInMilliseconds"]) == ("PAUSED", 2000)
    rig.push("PlaybackController.Resume")
    rig.advance(1000)
    rig.push("PlaybackController.Stop")
    assert reports(rig) == [
        ("PlayStarted", "m", 0),
        ("PlayPaused", "m", 2000),
        ("PlayResumed", "m", 2000),
        ("PlayStopped", "m", 3000),
    ]
    rig.push("AudioPlayer.ExpectReportPlaybackState")
    payload = rig.last("AudioPlayer.ReportPlaybackState").payload
    assert (payload["playerActivity"], payload["token"], payload["repeatMode"]) == ("STOPPED", "m", "NONE")
    assert payload["offsetInMilliseconds"] == 3000


@pytest.mark.spec("D-138", "D-204")
def test_an_idle_player_reports_no_stream(rig):
    rig.push("AudioPlayer.ExpectReportPlaybackState")
    assert rig.last("AudioPlayer.ReportPlaybackState").payload == {"playerActivity": "IDLE", "repeatMode": "NONE"}


@pytest.mark.spec("D-127", "D-130")
def test_a_stream_without_a_playable_url_is_asked_for(rig, parts):
    begin = {"urlPlayable": False, "url": "clova:TR-1", "beginAtInMilliseconds": 5000}
    orders = {"progressReport": {"progressReportDelayInMilliseconds": 1000}}
    play(rig, **begin, **orders)
    asked = rig.last("AudioPlayer.StreamRequested")
    assert asked.payload == {"audioItemId": "item-m", "audioStream": {**stream(), **begin, **orders}}
    assert rig.fetches() == []
    delivered = {"audioItemId": "item-m", "audioStream": {"token": "m", "url": "https://media.test/real.mp3"}}
    rig.answer(asked.request, parts[0]("AudioPlayer.StreamDeliver", delivered))
    assert rig.fetches()[-1].url == "https://media.test/real.mp3"
    load(rig)
    rig.advance(2000)
    assert reports(rig) == [("PlayStarted", "m", 5000), ("ProgressReportDelayPassed", "m", 6000)]


@pytest.mark.spec("D-129")
def test_it_is_asked_for_only_when_its_turn_has_come(rig):
    started(rig, "a", durationInMilliseconds=30_000)
    play(rig, "b", "ENQUEUE", urlPlayable=False)
    rig.advance(29_999)
    assert rig.named("AudioPlayer.StreamRequested") == []
    rig.advance(1)
    assert [e.payload["audioItemId"] for e in rig.named("AudioPlayer.StreamRequested")] == ["item-b"]


@pytest.mark.spec("D-131", "D-132", "D-133")
def test_progress_is_reported_by_the_time_played(rig):
    orders = {
        "progressReportDelayInMilliseconds": 5000,
        "progressReportIntervalInMilliseconds": 4000,
        "progressReportPositionInMilliseconds": 8000,
    }
    started(rig, beginAtInMilliseconds=2000, durationInMilliseconds=13_000, progressReport=orders)
    rig.advance(3000)
    rig.push("PlaybackController.Pause")
    rig.advance(10_000)
    rig.push("PlaybackController.Resume")
    rig.advance(30_000)
    assert [r for r in reports(rig) if r[0].startswith("Progress")] == [
        ("ProgressReportIntervalPassed", "m", 6000),
        ("ProgressReportDelayPassed", "m", 7000),
        ("ProgressReportPositionPassed", "m", 8000),
        ("ProgressReportIntervalPassed", "m", 10_000),
        ("ProgressReportIntervalPassed", "m", 14_000),
    ]


@pytest.mark.spec("D-134")
def test_null_orders_no_report(rig):
    orders = dict.fromkeys(f"progressReport{kind}InMilliseconds" for kind in ("Delay", "Interval", "Position"))
    started(rig, progressReport=orders)
    rig.advance(20_000)
    assert [r[0] for r in reports(rig)] == ["PlayStarted", "PlayFinished"]


@pytest.mark.spec("D-136")
def test_clear_all_stops_at_once(rig):
    started(rig, "a")
    play(rig, "b", "ENQUEUE")
    rig.push("AudioPlayer.ClearQueue", {"clearBehavior": "CLEAR_ALL"})
    rig.advance(60_000)
    assert reports(rig) == [("PlayStarted", "a", 0), ("PlayStopped", "a", 0)]


@pytest.mark.spec("D-137")
def test_clear_enqueued_lets_the_current_item_end(rig):
    started(rig, "a")
    play(rig, "b", "ENQUEUE")
    rig.push("AudioPlayer.ClearQueue", {"clearBehavior": "CLEAR_ENQUEUED"})
    rig.advance(60_000)
    assert [r[:2] for r in reports(rig)] == [("PlayStarted", "a"), ("PlayFinished", "a")]


@pytest.mark.spec("D-139", "D-140")
def test_the_stream_comes_back_as_it_was(rig):
    started(rig, customData="x=1&y=é", durationInMilliseconds=5000)
    assert state(rig)["stream"] == stream(customData="x=1&y=é", durationInMilliseconds=5000)


@pytest.mark.spec("D-144")
def test_next_and_previous_move_in_the_queue(rig):
    started(rig, "a")
    for token in ("b", "c"):
        play(rig, token, "ENQUEUE")
    rig.push("PlaybackController.Next")
    load(rig)
    rig.push("PlaybackController.Previous")
    load(rig)
    rig.push("PlaybackController.Previous")
    assert [r[:2] for r in reports(rig)] == [
        ("PlayStarted", "a"),
        ("PlayStopped", "a"),
        ("PlayStarted", "b"),
        ("PlayStopped", "b"),
        ("PlayStarted", "a"),
    ]


@pytest.mark.spec("D-145")
@pytest.mark.parametrize("paused", [True, False])
def test_replay_goes_back_to_the_beginning(rig, paused):
    started(rig)
    rig.advance(5000)
    if paused:
        rig.push("PlaybackController.Pause")
    rig.push("PlaybackController.Replay")
    rig.advance(100)
    assert (state(rig)["playerActivity"], state(rig)["offsetInMilliseconds"]) == ("PLAYING", 100)


@pytest.mark.spec("D-148", "D-149", "D-157")
def test_repeat_one_plays_the_item_again(rig):
    started(rig, durationInMilliseconds=5000)
    rig.push("PlaybackController.SetRepeatMode", {"repeatMode": "REPEAT_ONE"})
    assert state(rig)["repeatMode"] == "REPEAT_ONE"
    rig.advance(5000)
    load(rig)
    rig.push("PlaybackController.TurnOffRepeatMode")
    rig.advance(5000)
    assert [r[0] for r in reports(rig)] == ["PlayStarted", "PlayFinished"] * 2
    assert state(rig)["repeatMode"] == "NONE"


@pytest.mark.spec("D-146")
def test_mute_and_unmute_show_in_the_volume_state(rig):
    def volume():
        rig.push("DeviceControl.ExpectReportState")
        return rig.last("DeviceControl.ReportState").context_of("Speaker.VolumeState")

    before = volume()
    rig.push("PlaybackController.Mute")
    assert volume() == {**before, "muted": True}
    rig.push("PlaybackController.Unmute")
    assert volume() == before


@pytest.mark.spec("D-150", "D-151", "D-152", "D-155", "D-156", "D-201")
@pytest.mark.parametrize(
    ("button", "event", "payload"),
    [
        ("next", "PlaybackController.NextCommandIssued", {}),
        ("previous", "PlaybackController.PreviousCommandIssued", {}),
        ("play", "PlaybackController.PlayCommandIssued", {}),
        ("play:song-7", "PlaybackController.PlayCommandIssued", {"token": "song-7"}),
        ("pause", "PlaybackController.PauseCommandIssued", {}),
        ("resume", "PlaybackController.ResumeCommandIssued", {}),
        ("stop", "PlaybackController.StopCommandIssued", {}),
        ("repeat", "PlaybackController.SetRepeatModeCommandIssued", {"repeatMode": "REPEAT_ONE"}),
        ("custom:CUSTOM_BUTTON_2", "PlaybackController.CustomCommandIssued", {"button": "CUSTOM_BUTTON_2"}),
        ("like", "TemplateRuntime.LikeCommandIssued", {"token": "m"}),
        ("unlike:t-2", "TemplateRuntime.UnlikeCommandIssued", {"token": "t-2"}),
    ],
)
def test_each_button_sends_its_event(rig, button, event, payload):
    started(rig)
    rig.do(Press(button))
    assert (rig.names[-1], rig.events[-1].payload) == (event, payload)
    assert state(rig)["playerActivity"] == "PLAYING"


@pytest.mark.spec("D-223")
def test_play_pause_asks_for_what_fits(rig):
    rig.do(Press("play-pause"))
    started(rig)
    rig.do(Press("play-pause"))
    rig.push("PlaybackController.Pause")
    rig.do(Press("play-pause"))
    assert [n for n in rig.names if n.endswith("Issued")] == [
        "PlaybackController.PlayCommandIssued",
        "PlaybackController.PauseCommandIssued",
        "PlaybackController.ResumeCommandIssued",
    ]


def test_an_unknown_button_is_told_with_the_known_ones(rig):
    rig.do(Press("pasue"))
    assert rig.names == []
    assert "'pasue'" in rig.troubles()[0]
    assert "play-pause" in rig.troubles()[0]


@pytest.mark.spec("D-153")
@pytest.mark.parametrize("command", ["Next", "Pause", "Play", "Previous", "Resume", "Stop"])
def test_each_expect_directive_makes_the_device_send_that_event(rig, command):
    rig.push(f"PlaybackController.Expect{command}Command")
    assert rig.names == [f"PlaybackController.{command}CommandIssued"]
    assert rig.events[-1].payload == {}


@pytest.mark.spec("D-154")
def test_a_handover_is_returned_unchanged(rig):
    order = {"handover": {"deviceId": "other", "customData": "{}"}, "token": "t"}
    rig.push("PlaybackController.ExpectPlayCommand", order)
    assert rig.events[-1].payload == order


@pytest.mark.spec("D-143")
def test_a_playlist_is_played_for_the_length_of_its_segments(rig):
    playlist = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:4.0,\n1.ts\n#EXTINF:2.5,\n2.ts\n#EXT-X-ENDLIST\n"
    play(rig, url="https://media.test/hls/list.m3u8")
    load(rig, playlist)
    assert [f.url for f in rig.fetches()[1:]] == ["https://media.test/hls/1.ts", "https://media.test/hls/2.ts"]
    for fetch in rig.fetches()[1:]:
        rig.reply(fetch.request, 200, b"ts")
    rig.advance(10_000)
    assert reports(rig) == [("PlayStarted", "m", 0), ("PlayFinished", "m", 6500)]


def test_a_redirect_is_followed(rig):
    play(rig)
    rig.reply(rig.fetches()[0].request, 302, location="/other.mp3")
    assert rig.fetches()[-1].url == "https://media.test/other.mp3"


@pytest.mark.parametrize(
    ("unreachable", "expected"),
    [("silent", [("PlayStarted", "m", 0), ("PlayFinished", "m", 5000)]), ("fail", [])],
)
def test_what_cannot_be_fetched_passes_in_silence_or_is_skipped(make_rig, unreachable, expected):
    rig = make_rig(unreachable_media=unreachable).start()
    play(rig, durationInMilliseconds=5000)
    rig.feed(ResponseReset(rig.fetches()[0].request, 0, "no such host"))
    rig.advance(20_000)
    assert reports(rig) == expected
    assert "no such host" in rig.troubles()[0]


def test_what_is_stopped_is_fetched_no_further(rig):
    play(rig)
    request = rig.fetches()[0].request
    rig.push("PlaybackController.Stop")
    assert ResetRequest(request) in rig.sent
    assert state(rig)["playerActivity"] == "STOPPED"


@pytest.mark.spec("D-062", "D-209", "D-213", "D-215")
def test_speech_goes_over_music_and_a_button_ends_the_speech_first(rig, parts):
    started(rig, durationInMilliseconds=60_000)
    rig.do(Type("날씨"))
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(
        sent.request,
        parts[0]("SpeechSynthesizer.Speak", {"token": "t", "url": "cid:a"}, sent.dialog_request_id),
        parts[1]("a", TEN_SECONDS),
    )
    rig.advance(1000)
    rig.do(Press("stop"))
    assert rig.names[-1] == "SpeechSynthesizer.SpeechStopped"
    assert state(rig)["playerActivity"] == "PLAYING"
    assert not {"AudioPlayer.PlayStopped", "AudioPlayer.PlayPaused"} & set(rig.names)


@pytest.mark.spec("D-216")
@pytest.mark.parametrize("status", [204, 400, 500])
def test_music_goes_on_if_nothing_comes_of_a_request(rig, status):
    started(rig, durationInMilliseconds=5_000)
    rig.do(Type("날씨"))
    rig.answer(rig.last("TextRecognizer.Recognize").request, status=status)
    rig.advance(6_000)
    assert rig.names[-1] == "AudioPlayer.PlayFinished"
    assert not {"AudioPlayer.PlayStopped", "AudioPlayer.PlayPaused"} & set(rig.names)


@pytest.mark.spec("D-050")
def test_a_play_of_an_outdated_dialog_is_dropped_on_the_downchannel_too(rig):
    rig.do(Type("하나"))
    rig.push("AudioPlayer.Play", {"audioItem": {"audioItemId": "i", "stream": stream()}}, "outdated")
    assert rig.fetches() == []
    assert len(rig.noted(DirectiveDropped)) == 1


@pytest.mark.spec("D-199", "D-200")
def test_player_info_is_asked_for_with_a_known_token(rig):
    started(rig)
    rig.push("TemplateRuntime.ExpectRequestPlayerInfo")
    assert rig.last("TemplateRuntime.RequestPlayerInfo").payload == {"token": "m"}
    rig.push("TemplateRuntime.RenderPlayerInfo", {"playableItems": [{"token": "item-1"}], "displayType": "single"})
    rig.push("TemplateRuntime.ExpectRequestPlayerInfo")
    assert rig.last("TemplateRuntime.RequestPlayerInfo").payload == {"token": "item-1"}
