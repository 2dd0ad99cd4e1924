"""Devices that report in a wrong order, and correct ones that nothing is found about."""

from collections.abc import Iterable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from mockcloud.clock import Instant
from mockcloud.cloud.order import alerts, speech, streams
from mockcloud.speech.pcm import silence, spoken
from tests.cic.conversation import AUDIO_HEADERS, CLOSING, Conversation, Speaker


def push(speaker: Speaker, name: str, payload: dict[str, Any] | None = None, dialog: str | None = None) -> None:
    namespace, _, short = name.partition(".")
    header = {"namespace": namespace, "name": short} | ({"dialogRequestId": dialog} if dialog else {})
    pushed = speaker.talk.ask(op.Push(directive={"header": header, "payload": payload or {}}, device=speaker.device))
    assert pushed.status == 200, pushed.body


def speak(speaker: Speaker, token: str, dialog: str | None = None) -> None:
    push(speaker, "SpeechSynthesizer.Speak", {"format": "AUDIO_MPEG", "token": token, "url": "https://a/1.mp3"}, dialog)


def play(speaker: Speaker, token: str = "t", **stream: Any) -> None:
    given = {
        "beginAtInMilliseconds": 0,
        "durationInMilliseconds": 60_000,
        "url": "https://a/1.mp3",
        "urlPlayable": True,
    }
    item: dict[str, Any] = {"audioItemId": f"item-{token}", "titleText": "a", "titleSubText1": "b", "type": "M"}
    item["stream"] = {**given, "token": token, **stream}
    push(speaker, "AudioPlayer.Play", {"audioItem": item, "playBehavior": "REPLACE_ALL", "source": {"name": "s"}})


def set_alert(speaker: Speaker, token: str = "a", time: str = "2030-01-01T00:00:00Z") -> None:
    push(speaker, "Alerts.SetAlert", {"token": token, "type": "ALARM", "scheduledTime": time})


def alerts_state(every: Iterable[str] = (), active: Iterable[str] = (), **changed: str) -> dict[str, Any]:
    entry = {"type": "ALARM", "scheduledTime": "2030-01-01T00:00:00Z", **changed}
    payload = {
        name: [{"token": t, **entry} for t in ts] for name, ts in (("allAlerts", every), ("activeAlerts", active))
    }
    return {"header": {"namespace": "Alerts", "name": "AlertsState"}, "payload": payload}


def about(speaker: Speaker, *reports: str, token: str = "a", context: Iterable[Any] = ()) -> None:
    """Events about a speech or an alert."""
    for report in reports:
        more = {"type": "ALARM"} if report.startswith("Alerts.") else {}
        speaker.event(report, {"token": token, **more}, context=context)


def playing(speaker: Speaker, *reports: tuple[str, int], token: str = "t") -> None:
    for name, offset in reports:
        speaker.event(f"AudioPlayer.{name}", {"token": token, "offsetInMilliseconds": offset})


def found(talk: Conversation) -> list[str]:
    """Codes of what was found, but for contexts that these short events leave out."""
    talk.journal()
    return [code for code in talk.findings() if code != "event.context.missing"]


# Speech


STARTED, FINISHED, STOPPED = (f"SpeechSynthesizer.Speech{name}" for name in ("Started", "Finished", "Stopped"))


@pytest.mark.spec("D-089", "D-090", "D-091")
@pytest.mark.parametrize(
    ("reports", "codes"),
    [
        ((STARTED, FINISHED), []),
        ((STARTED, STOPPED), []),
        ((STOPPED,), []),
        ((FINISHED,), ["order.speak.not-started"]),
        ((STARTED, STARTED), ["order.speak.repeated"]),
        ((STARTED, FINISHED, FINISHED), ["order.speak.repeated"]),
        ((STARTED, STOPPED, FINISHED), ["order.speak.repeated"]),
    ],
)
def test_a_speech_is_started_then_ended(
    talk: Conversation, speaker: Speaker, reports: tuple[str, ...], codes: list[str]
) -> None:
    speak(speaker, "a")
    about(speaker, *reports)
    assert found(talk) == codes


@pytest.mark.spec("D-092")
def test_speeches_of_a_dialog_are_played_one_after_the_other(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d1")
    for token in ("a", "b", "c"):
        speak(speaker, token, "d1")
    about(speaker, STARTED, FINISHED, token="a")
    assert found(talk) == []
    about(speaker, STARTED, token="c")
    about(speaker, STARTED, token="b")
    assert found(talk) == ["order.speak.out-of-turn"]


@pytest.mark.spec("D-049", "D-050", "D-051")
def test_a_speech_of_a_former_dialog_is_not_started(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d1")
    speak(speaker, "a", "d1")
    speak(speaker, "b")
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d2")
    about(speaker, STARTED, FINISHED, token="b")
    assert found(talk) == []
    about(speaker, STARTED, token="a")
    assert found(talk) == ["order.speak.outdated"]


@pytest.mark.spec("D-046", "D-048")
def test_a_new_request_has_a_new_dialog_id_unless_it_answers(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d1")
    ask = {"expectSpeechId": "q", "explicit": True, "timeoutInMilliseconds": 7000}
    push(speaker, "SpeechRecognizer.ExpectSpeech", ask, "d1")
    speaker.event("TextRecognizer.Recognize", {"text": "?", "speechId": "q", "explicit": True}, dialog="d1")
    assert found(talk) == []
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d1")
    assert found(talk) == ["order.dialog.repeated"]


@pytest.mark.spec("D-089", "D-135", "D-098")
def test_a_token_that_was_never_given_is_certain_if_others_were(talk: Conversation, speaker: Speaker) -> None:
    about(speaker, STARTED, token="from before")
    speak(speaker, "a")
    about(speaker, STARTED, token="invented")
    findings = [finding for entry in talk.journal(name=STARTED) for finding in entry.findings]
    assert [f.severity for f in findings if f.code == "event.payload.token-unknown"] == ["warning", "violation"]


# Streams


@pytest.mark.spec("D-119", "D-122", "D-123", "D-126")
@pytest.mark.parametrize(
    ("reports", "codes"),
    [
        ([("PlayStarted", 0), ("PlayPaused", 5000), ("PlayResumed", 5000), ("PlayFinished", 60_000)], []),
        ([("PlayStarted", 0), ("PlayPaused", 5000), ("PlayStopped", 5000), ("PlayResumed", 5000)], []),
        ([("PlayStopped", 0)], []),
        ([("PlayFinished", 60_000)], ["order.play.not-started"]),
        ([("PlayStarted", 0), ("PlayStarted", 0)], ["order.play.repeated"]),
        ([("PlayStarted", 0), ("PlayResumed", 0)], ["order.play.not-paused"]),
        ([("PlayStarted", 0), ("PlayPaused", 5000), ("PlayFinished", 60_000)], ["order.play.paused"]),
        ([("PlayStarted", 0), ("PlayFinished", 60_000), ("PlayPaused", 60_000)], ["order.play.ended"]),
        ([("PlayStarted", 7000)], ["order.play.offset"]),
        ([("PlayStarted", 0), ("PlayFinished", 90_000)], ["order.play.offset"]),
        ([("PlayStarted", 0), ("PlayPaused", 5000), ("PlayResumed", 40_000)], ["order.play.offset"]),
    ],
)
def test_a_stream_is_started_paused_resumed_and_ended(
    talk: Conversation, speaker: Speaker, reports: list[tuple[str, int]], codes: list[str]
) -> None:
    play(speaker)
    playing(speaker, *reports)
    assert found(talk) == codes


@pytest.mark.spec("D-145", "D-149")
def test_a_stream_may_start_again_when_something_was_to_change(talk: Conversation, speaker: Speaker) -> None:
    play(speaker)
    playing(speaker, ("PlayStarted", 0))
    push(speaker, "PlaybackController.Replay")
    playing(speaker, ("PlayStarted", 0), ("PlayFinished", 60_000), ("PlayStarted", 0))
    assert found(talk) == []


DELAY, INTERVAL, POSITION = (f"ProgressReport{name}Passed" for name in ("Delay", "Interval", "Position"))


@pytest.mark.spec("D-131", "D-132", "D-133", "D-134")
@pytest.mark.parametrize(
    ("reports", "codes"),
    [
        ([(DELAY, 15_000), (POSITION, 18_000), (INTERVAL, 20_000), (INTERVAL, 30_000)], []),
        ([(DELAY, 5000)], ["order.play.offset"]),
        ([(DELAY, 22_000)], ["order.play.progress"]),
        ([(DELAY, 15_000), (DELAY, 15_000)], ["order.play.repeated"]),
        ([(INTERVAL, 25_000)], ["order.play.progress"]),
        ([(POSITION, 12_000)], ["order.play.progress"]),
    ],
)
def test_progress_is_reported_where_it_was_ordered(
    talk: Conversation, speaker: Speaker, reports: list[tuple[str, int]], codes: list[str]
) -> None:
    after, every, at = 5000, 10_000, 18_000
    ordered = {"Delay": after, "Interval": every, "Position": at}
    wanted = {f"progressReport{name}InMilliseconds": value for name, value in ordered.items()}
    play(speaker, beginAtInMilliseconds=10_000, progressReport=wanted)
    playing(speaker, ("PlayStarted", 10_000), *reports)
    assert found(talk) == codes


@pytest.mark.spec("D-131", "D-134")
def test_progress_is_missed_only_where_it_was_ordered(talk: Conversation, speaker: Speaker) -> None:
    for token, ordered in (("t", None), ("u", 5000)):
        play(speaker, token, progressReport={"progressReportDelayInMilliseconds": ordered})
        playing(speaker, ("PlayStarted", 0), token=token)
        talk.wait("10s")
        playing(speaker, ("PlayFinished", 10_000), token=token)
    assert found(talk) == ["order.play.progress-missing"]
    playing(speaker, (DELAY, 5000))
    assert found(talk)[1:] == ["order.play.progress-unasked"]


@pytest.mark.spec("D-127", "D-139", "D-140")
def test_a_stream_is_asked_for_and_comes_back_as_it_was(talk: Conversation, speaker: Speaker) -> None:
    play(speaker, "t", urlPlayable=False, customData="x")
    playing(speaker, ("PlayStarted", 0))
    assert found(talk) == ["order.play.not-requested"]
    asked = {"token": "t", "beginAtInMilliseconds": 0, "url": "https://a/1.mp3", "urlPlayable": False}
    speaker.event("AudioPlayer.StreamRequested", {"audioItemId": "item-t", "audioStream": {**asked, "customData": "x"}})
    assert found(talk)[1:] == []
    shown = {"playerActivity": "PLAYING", "repeatMode": "NONE", "offsetInMilliseconds": 0}
    state = {"header": {"namespace": "AudioPlayer", "name": "PlaybackState"}, "payload": shown}
    shown["stream"] = {**asked, "customData": "y"}
    speaker.event("DeviceControl.ReportState", context=[state])
    assert found(talk)[1:] == ["order.play.stream-changed"]


# Alerts


SET, FAILED, DELETED = (f"Alerts.{name}" for name in ("SetAlertSucceeded", "SetAlertFailed", "DeleteAlertSucceeded"))
RINGS, STOP, RUNG = (f"Alerts.{name}" for name in ("AlertStarted", "RequestAlertStop", "AlertStopped"))


@pytest.mark.spec("D-098", "D-102", "D-106", "D-108", "D-109", "D-110", "D-112")
@pytest.mark.parametrize(
    ("reports", "codes"),
    [
        ((SET, RINGS, STOP, RUNG, DELETED), []),
        ((SET, SET), ["order.alert.repeated"]),
        ((RINGS,), ["order.alert.not-set"]),
        ((FAILED, SET), ["order.alert.repeated"]),
        ((SET, STOP), ["order.alert.not-ringing"]),
        ((SET, RUNG), ["order.alert.not-ringing"]),
        ((SET, RINGS, RINGS), ["order.alert.repeated"]),
        ((SET, RINGS, RUNG, RINGS), ["order.alert.repeated"]),
        ((SET, DELETED), ["order.alert.unasked"]),
    ],
)
def test_an_alert_is_set_rings_and_ends(
    talk: Conversation, speaker: Speaker, reports: tuple[str, ...], codes: list[str]
) -> None:
    set_alert(speaker)
    about(speaker, *reports)
    assert found(talk) == codes


@pytest.mark.spec("D-098", "D-100", "D-203")
def test_type_and_time_come_back_as_they_were_sent(talk: Conversation, speaker: Speaker) -> None:
    set_alert(speaker)
    speaker.event(SET, {"token": "a", "type": "TIMER"}, context=[alerts_state("a")])
    speaker.event("DeviceControl.ReportState", context=[alerts_state("a", scheduledTime="2030-01-01T09:00:00+09:00")])
    assert found(talk) == ["order.alert.type", "order.alert.changed"]
    (last,) = talk.journal(name="DeviceControl.ReportState")
    assert last.findings[0].path == "context[0].payload.allAlerts[0].scheduledTime"


@pytest.mark.spec("D-044", "D-100", "D-103")
@pytest.mark.parametrize(
    ("reports", "right", "wrong"),
    [
        ((SET,), alerts_state("a"), alerts_state()),
        ((SET, RINGS), alerts_state("a", "a"), alerts_state("a")),
        ((SET,), alerts_state("a"), alerts_state("a", "a")),
    ],
)
def test_the_context_agrees_with_the_reports(
    talk: Conversation, speaker: Speaker, reports: tuple[str, ...], right: Any, wrong: Any
) -> None:
    set_alert(speaker)
    about(speaker, *reports)
    for context in (right, wrong, right, wrong):  # once alone may be an event that was made before
        speaker.event("DeviceControl.ReportState", context=[context])
    assert found(talk) == []
    speaker.event("DeviceControl.ReportState", context=[wrong])
    speaker.event("DeviceControl.ReportState", context=[wrong])
    assert found(talk) == ["order.alert.context"]


@pytest.mark.spec("D-110", "D-116")
def test_an_alert_that_is_no_more_is_not_listed(talk: Conversation, speaker: Speaker) -> None:
    set_alert(speaker)
    about(speaker, SET, context=[alerts_state("a")])
    push(speaker, "Alerts.SynchronizeAlert", {"allAlerts": []})
    for _ in range(3):
        speaker.event("DeviceControl.ReportState", context=[alerts_state("a")])
    assert found(talk) == []
    talk.wait("6s")
    for _ in range(3):
        speaker.event("DeviceControl.ReportState", context=[alerts_state("a")])
    assert found(talk) == ["order.alert.context"]


# What is owed


@pytest.mark.spec("D-098", "D-110", "D-158", "D-169")
def test_what_was_ordered_is_reported_in_time(talk: Conversation, speaker: Speaker) -> None:
    volume = {"actions": ["SetValue"], "min": 0, "max": 10, "value": 5}
    state = {"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"volume": volume}}
    speaker.event("Alerts.RequestSynchronizeAlert", context=[state, alerts_state()])
    set_alert(speaker)
    push(speaker, "DeviceControl.SetValue", {"target": "volume", "value": "3"})
    push(speaker, "DeviceControl.Increase", {"target": "volume"})
    push(speaker, "DeviceControl.ExpectReportState")
    about(speaker, SET)
    talk.wait("9s")
    assert found(talk) == []
    talk.wait("2s")
    overdue = [entry for entry in talk.journal() if "order.report.missing" in [f.code for f in entry.findings]]
    assert [(entry.name, entry.because) for entry in overdue] == [
        ("DeviceControl.SetValue", ("D-158",)),
        ("DeviceControl.ExpectReportState", ("D-169",)),
    ]


@pytest.mark.spec("D-055")
def test_a_device_that_shows_nothing_of_it_owes_nothing(talk: Conversation, speaker: Speaker) -> None:
    set_alert(speaker)
    push(speaker, "DeviceControl.ExpectReportState")
    push(speaker, "PlaybackController.Pause")
    talk.wait("1m")
    assert found(talk) == []


@pytest.mark.spec("D-126")
@pytest.mark.parametrize(("command", "report"), [("Pause", "PlayPaused"), ("Stop", "PlayStopped")])
def test_what_plays_obeys(talk: Conversation, speaker: Speaker, command: str, report: str) -> None:
    play(speaker)
    playing(speaker, ("PlayStarted", 0))
    push(speaker, f"PlaybackController.{command}")
    playing(speaker, (report, 1000))
    talk.wait("30s")
    assert found(talk) == []
    play(speaker)
    playing(speaker, ("PlayStarted", 0))
    push(speaker, f"PlaybackController.{command}")
    talk.wait("30s")
    assert found(talk) == ["order.report.missing"]


# What is forgiven


@pytest.mark.parametrize("lost", ["refused", "aborted", "reconnected", "reset"])
def test_what_may_not_have_been_heard_is_not_held_against_the_device(
    talk: Conversation, speaker: Speaker, lost: str
) -> None:
    speak(speaker, "a")
    match lost:
        case "refused":
            speaker.event(STARTED, raw=b"not JSON")
        case "aborted":
            speaker.post().abort()
        case "reconnected":
            speaker.drop_downchannel()
            talk.wait("2s")
            speaker.downchannel()
        case "reset":
            talk.ask(op.ResetAccount("default"))
    about(speaker, FINISHED)
    assert not {code for code in found(talk) if code.startswith("order.")}


def test_strict_refuses_and_goes_on() -> None:
    talk = Conversation(strict=True)
    speaker = talk.speaker()
    context = [{"header": {"namespace": "Clova", "name": "SavedPlace"}, "payload": {"places": []}}]
    speak(speaker, "a")
    refused = speaker.event(FINISHED, {"token": "a"}, context=context)
    assert refused.status == 400
    assert "has" in refused.error[1] or "not started" in refused.error[1]
    assert "order.speak.not-started" in found(talk)
    assert speaker.event("DeviceControl.ReportState", context=context).status in (200, 204)


# Tables


def test_every_state_and_report_has_a_way() -> None:
    """A report that leads somewhere is judged in each state, or allowed there."""
    for table, states, reports in (
        (speech.WRONG, speech.State, speech.LEADS_TO),
        (streams.WRONG, streams.State, {**streams.LEADS_TO, **streams.PROGRESS}),
        (alerts.WRONG, alerts.Ringing, {**alerts.RINGS, "RequestAlertStop": None}),
    ):
        assert {state for state, _ in table} <= set(states)
        assert {report for _, report in table} <= set(reports)


def test_nothing_of_a_course_grows_without_end() -> None:
    speeches = speech.Speeches()
    for n in range(1000):
        speeches.given({"token": str(n)}, None)
    assert len(speeches.known) == 200
    assert alerts.Alerts().in_context({"allAlerts": [3, {"token": []}], "activeAlerts": [{}]}, "c", Instant(0)) == []


# Audio and connections


@pytest.mark.spec("D-074")
def test_audio_long_after_stop_capture_is_found_once(talk: Conversation, speaker: Speaker) -> None:
    request = speaker.open_event("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d1")
    request.send(AUDIO_HEADERS, spoken("오늘 날씨 어때"), silence(2000))
    assert speaker.pushed_names() == ["SpeechRecognizer.StopCapture"]
    talk.wait("1s")
    request.send(bytes(6400))
    assert "audio.after-stop-capture" not in found(talk)
    talk.wait("2s")
    request.send(bytes(6400), bytes(6400), CLOSING)
    request.end()
    assert found(talk).count("audio.after-stop-capture") == 1


@pytest.mark.spec("D-063", "D-072", "D-073")
def test_the_wake_word_is_in_the_audio(talk: Conversation, speaker: Speaker) -> None:
    def recognise(start: int, end: int, dialog: str, audio: bytes = bytes(16_000)) -> list[str]:
        before = len(found(talk))
        indices = {"startIndexInSamples": start, "endIndexInSamples": end}
        initiator = {"inputSource": "SELF", "type": "WAKEWORD"}
        inner = {"deviceUUID": "2d7a3ed5-5d0c-4cd0-a2e4-3a1c9c0a8c01", "wakeWord": {"indices": indices}}
        payload = {"lang": "ko", "initiator": {**initiator, "payload": inner}}
        speaker.event("SpeechRecognizer.Recognize", payload, dialog=dialog, audio=[audio] if audio else [])
        return found(talk)[before:]

    assert recognise(4800, 8000, "d1") == []
    assert recognise(0, 8000, "d2") == []
    assert recognise(100, 8000, "d3") == ["audio.pre-roll"]
    assert recognise(4800, 8001, "d4") == ["audio.wake-word"]
    assert recognise(4800, 8000, "d5", b"") == ["audio.missing"]


@pytest.mark.spec("D-071")
def test_a_device_keeps_its_identifier_and_its_secrets(talk: Conversation, speaker: Speaker) -> None:
    def recognise(uuid: str, dialog: str, source: str = "SELF") -> list[str]:
        before = len(found(talk))
        initiator = {"inputSource": source, "type": "TAP", "payload": {"deviceUUID": uuid}}
        payload = {"lang": "ko", "initiator": initiator}
        speaker.event("SpeechRecognizer.Recognize", payload, dialog=dialog, audio=[bytes(640)])
        return found(talk)[before:]

    assert recognise("one", "d1") == recognise("one", "d2") == recognise("remote", "d3", "CUSTOM_R1") == []
    assert recognise("two", "d4") == ["event.payload.device-uuid"]
    assert recognise(speaker.tokens["access_token"], "d5") == ["event.payload.device-uuid"]


@pytest.mark.spec("D-022", "D-024", "D-025")
def test_events_go_over_the_connection_of_the_one_downchannel(talk: Conversation, speaker: Speaker) -> None:
    first = speaker.connection
    assert first is not None
    speaker.downchannel()
    assert found(talk) == ["request.channel.another"]
    speaker.connect()
    assert speaker.event("DeviceControl.ReportState").status == 412
    assert found(talk)[1:] == ["request.channel.elsewhere"]
    speaker.connection = first
    speaker.drop_downchannel()
    assert speaker.event("DeviceControl.ReportState").status == 412
    assert found(talk)[2:] == []  # the downchannel has only just ended
    speaker.connect()
    assert speaker.event("DeviceControl.ReportState").status == 412
    assert found(talk)[2:] == ["request.channel.none"]


@pytest.mark.spec("D-005", "D-006", "D-035", "D-036", "D-037")
def test_what_is_refused_is_a_finding(talk: Conversation, speaker: Speaker) -> None:
    speaker.send(b"nonsense")
    speaker.send(b"--device-boundary--")
    speaker.send(b"", "application/json")
    speaker.event("Alerts.RequestSynchronizeAlert", raw=b"{")
    speaker.event("Alerts.RequestSynchronizeAlert", raw=b"{}")
    assert speaker.connection is not None
    speaker.connection.get("/ping", {"user-agent": "a/b/1.0.0 (c;d)"})
    speaker.connection.request("POST", "/ping", speaker.headers).end()
    talk.connection("1.1").get("/v1/directives", speaker.headers)
    assert found(talk) == [
        "request.multipart",
        "request.part.missing",
        "request.content-type",
        "event.json",
        "event.envelope",
        "request.unauthorized",
        "request.method",
        "request.http-version",
    ]


# States


def device_state(**members: dict[str, Any]) -> dict[str, Any]:
    return {"header": {"namespace": "Device", "name": "DeviceState"}, "payload": members}


def volume(value: int) -> dict[str, Any]:
    return device_state(volume={"actions": ["Decrease", "Increase", "SetValue"], "min": 0, "max": 15, "value": value})


def channel(value: Any) -> dict[str, Any]:
    return device_state(channel={"actions": ["Decrease", "Increase", "SetValue"], "value": value})


def wifi(state: str) -> dict[str, Any]:
    return device_state(wifi={"actions": ["TurnOff", "TurnOn"], "networks": [], "state": state})


def severities(talk: Conversation) -> list[str]:
    every = [finding for entry in talk.journal() for finding in entry.findings]
    return [finding.severity for finding in every if finding.code == "order.state.outdated"]


@pytest.mark.spec("D-161", "D-162", "D-163", "D-167")
@pytest.mark.parametrize(
    ("order", "before", "after", "severity"),
    [
        (("SetValue", "volume", "12"), volume(5), volume(12), []),
        (("SetValue", "volume", "12"), volume(5), volume(5), ["violation"]),
        (("SetValue", "volume", "7"), volume(5), volume(5), ["warning"]),
        (("SetValue", "volume", "12"), volume(5), volume(11), ["warning"]),
        (("SetValue", "volume", "12"), None, volume(5), ["warning"]),
        (("SetValue", "volume", "99"), volume(5), volume(15), []),
        (("SetValue", "volume", "loud"), volume(5), volume(5), []),
        (("SetValue", "volume", "inf"), volume(5), volume(5), []),
        (("SetValue", "volume", "12"), volume(5), volume(10**400), []),
        (("SetValue", "channel", "12"), channel("7"), channel("7"), []),
        (("Increase", "channel", None), channel(99), channel(1), []),
        (("Increase", "volume", None), volume(5), volume(6), []),
        (("Increase", "volume", None), volume(5), volume(5), ["warning"]),
        (("Increase", "volume", None), volume(5), volume(4), ["warning"]),
        (("Increase", "volume", None), volume(15), volume(15), []),
        (("Increase", "volume", None), None, volume(5), []),
        (("Decrease", "volume", "2"), volume(5), volume(3), []),
        (("Decrease", "volume", "2"), volume(5), volume(5), ["warning"]),
        (("Decrease", "volume", "2"), volume(0), volume(0), []),
        (("TurnOff", "wifi", None), wifi("on"), wifi("off"), []),
        (("TurnOff", "wifi", None), wifi("on"), wifi("on"), ["violation"]),
        (("TurnOn", "wifi", None), None, wifi("off"), ["violation"]),
        (("TurnOff", "wifi", None), wifi("on"), None, []),
    ],
)
def test_what_was_carried_out_shows_in_the_state(
    talk: Conversation,
    speaker: Speaker,
    order: tuple[str, str, str | None],
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    severity: list[str],
) -> None:
    command, target, value = order
    speaker.event("DeviceControl.ReportState", context=[before] if before else [])
    push(speaker, f"DeviceControl.{command}", {"target": target} | ({"value": value} if value else {}))
    report = {"target": target, "command": command}
    speaker.event("DeviceControl.ActionExecuted", report, context=[after] if after else [])
    assert severities(talk) == severity


def executed(speaker: Speaker, command: str, target: str, state: dict[str, Any]) -> None:
    speaker.event("DeviceControl.ActionExecuted", {"target": target, "command": command}, context=[state])


@pytest.mark.spec("D-043", "D-167")
def test_the_state_is_that_of_now_and_not_of_each_order(talk: Conversation, speaker: Speaker) -> None:
    for command in ("TurnOff", "TurnOn"):
        push(speaker, f"DeviceControl.{command}", {"target": "wifi"})
    executed(speaker, "TurnOff", "wifi", wifi("on"))
    executed(speaker, "TurnOn", "wifi", wifi("on"))
    assert severities(talk) == []


@pytest.mark.spec("D-043", "D-162")
def test_another_event_may_show_a_level_before_its_report(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("DeviceControl.ReportState", context=[volume(5)])
    push(speaker, "DeviceControl.Increase", {"target": "volume"})
    speaker.event("DeviceControl.ReportState", context=[volume(6)])
    executed(speaker, "Increase", "volume", volume(6))
    assert severities(talk) == []


@pytest.mark.spec("D-049")
def test_an_order_of_a_former_dialog_may_be_dropped(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d1")
    push(speaker, "DeviceControl.TurnOff", {"target": "wifi"}, "d1")
    speaker.event("TextRecognizer.Recognize", {"text": "?"}, dialog="d2")
    executed(speaker, "TurnOff", "wifi", wifi("on"))
    assert severities(talk) == []


@pytest.mark.spec("D-158", "D-167")
def test_a_control_that_failed_or_that_nobody_ordered_is_not_looked_for(talk: Conversation, speaker: Speaker) -> None:
    speaker.event("DeviceControl.ReportState", context=[wifi("on")])
    report = {"target": "wifi", "command": "TurnOff"}
    speaker.event("DeviceControl.ActionExecuted", report, context=[wifi("on")])
    push(speaker, "DeviceControl.TurnOff", {"target": "wifi"})
    speaker.event("DeviceControl.ActionFailed", report, context=[wifi("on")])
    assert severities(talk) == []


def speech_state(token: str, activity: str) -> dict[str, Any]:
    header = {"namespace": "SpeechSynthesizer", "name": "SpeechState"}
    return {"header": header, "payload": {"token": token, "playerActivity": activity}}


@pytest.mark.spec("D-095")
@pytest.mark.parametrize(
    ("reports", "activity", "severity"),
    [
        ((), "PLAYING", []),
        ((STARTED,), "PLAYING", []),
        ((STARTED,), "STOPPED", []),  # broken off just now: the report follows
        ((STARTED,), "FINISHED", []),
        ((STARTED, FINISHED), "FINISHED", []),
        ((STARTED, FINISHED), "PLAYING", ["violation"]),
        ((STARTED, STOPPED), "STOPPED", []),
        ((STARTED, STOPPED), "PLAYING", ["violation"]),
    ],
)
def test_the_state_of_speech_is_what_was_reported(
    talk: Conversation, speaker: Speaker, reports: tuple[str, ...], activity: str, severity: list[str]
) -> None:
    speak(speaker, "a")
    about(speaker, *reports)
    talk.wait("2s")
    about(speaker, "SpeechSynthesizer.SpeechStopped", token="another", context=[speech_state("a", activity)])
    assert severities(talk) == []  # reports may show what was before
    speaker.event("DeviceControl.ReportState", context=[speech_state("a", activity)])
    assert severities(talk) == severity


@pytest.mark.spec("D-095")
def test_a_state_that_crosses_a_report_is_a_warning(talk: Conversation, speaker: Speaker) -> None:
    speak(speaker, "a")
    about(speaker, STARTED, FINISHED)
    speaker.event("DeviceControl.ReportState", context=[speech_state("a", "PLAYING")])
    assert severities(talk) == ["warning"]


def playback_state(activity: str, token: str = "t") -> dict[str, Any]:
    payload = {"playerActivity": activity, "repeatMode": "NONE", "offsetInMilliseconds": 0, "stream": {"token": token}}
    return {"header": {"namespace": "AudioPlayer", "name": "PlaybackState"}, "payload": payload}


@pytest.mark.spec("D-139")
@pytest.mark.parametrize(
    ("reports", "activity", "severity"),
    [
        (("PlayStarted",), "PLAYING", []),
        (("PlayStarted",), "PAUSED", []),
        (("PlayStarted",), "IDLE", []),  # ended just now: the report follows
        (("PlayStarted", "PlayPaused"), "PAUSED", []),
        (("PlayStarted", "PlayPaused"), "PLAYING", ["violation"]),
        (("PlayStarted", "PlayFinished"), "IDLE", []),
        (("PlayStarted", "PlayFinished"), "PLAYING", ["violation"]),
    ],
)
def test_the_state_of_the_player_is_what_was_reported(
    talk: Conversation, speaker: Speaker, reports: tuple[str, ...], activity: str, severity: list[str]
) -> None:
    play(speaker)
    playing(speaker, *((name, 0) for name in reports))
    speaker.event("DeviceControl.ReportState", context=[playback_state(activity)])
    assert severities(talk) == []  # what was ordered may just be under way
    talk.wait("6s")
    speaker.event("DeviceControl.ReportState", context=[playback_state(activity)])
    assert severities(talk) == severity


@pytest.mark.spec("D-139", "D-223")
@pytest.mark.parametrize(
    ("told", "button", "activity"),
    [("PlayPaused", "Resume", "PLAYING"), ("PlayStopped", "Play", "PLAYING"), ("PlayStarted", "Stop", "STOPPED")],
)
def test_a_button_works_at_once(talk: Conversation, speaker: Speaker, told: str, button: str, activity: str) -> None:
    play(speaker)
    playing(speaker, ("PlayStarted", 0))
    if told != "PlayStarted":
        playing(speaker, (told, 0))
    talk.wait("20s")
    payload = {"token": "t", "deviceId": speaker.device}
    speaker.event(f"PlaybackController.{button}CommandIssued", payload, context=[playback_state(activity)])
    assert severities(talk) == []


@pytest.mark.spec("D-145")
def test_what_may_start_anew_may_play(talk: Conversation, speaker: Speaker) -> None:
    play(speaker)
    playing(speaker, ("PlayStarted", 0), ("PlayFinished", 0))
    push(speaker, "PlaybackController.Replay")
    talk.wait("6s")
    speaker.event("DeviceControl.ReportState", context=[playback_state("PLAYING")])
    assert severities(talk) == []


@pytest.mark.spec("D-114")
@pytest.mark.parametrize("asked", ["Alerts.RequestSynchronizeAlert", "System.RequestSynchronizeState", None])
def test_a_device_with_alerts_asks_for_them_after_each_connecting(
    talk: Conversation, speaker: Speaker, asked: str | None
) -> None:
    for connecting in (1, 2):
        speaker.event("DeviceControl.ReportState", context=[alerts_state()])
        if asked:
            speaker.event(asked, context=[alerts_state()])
        talk.wait("11s")
        assert found(talk) == ([] if asked else connecting * ["order.report.missing"])
        speaker.drop_downchannel()
        speaker.downchannel()


@pytest.mark.spec("D-055", "D-114")
@pytest.mark.parametrize(("every", "severity"), [((), "warning"), (("a",), "violation")])
def test_a_device_may_be_one_without_alerts(
    talk: Conversation, speaker: Speaker, every: tuple[str, ...], severity: str
) -> None:
    speaker.event("DeviceControl.ReportState", context=[alerts_state(every)])
    talk.wait("11s")
    push(speaker, "Clova.Hello")  # is none that tells of a new connection
    talk.wait("11s")
    missing = [finding for entry in talk.journal(kind="finding") for finding in entry.findings]
    assert [(finding.code, finding.severity) for finding in missing] == [("order.report.missing", severity)]


@pytest.mark.spec("C-105")
def test_nothing_is_owed_by_setting(talk: Conversation, speaker: Speaker) -> None:
    speak(speaker, "a")
    speak(speaker, "b")
    about(speaker, STARTED)
    talk.ask(op.ChangeAccount("default", {"behaviour": {"report_patience": "0"}}))
    talk.wait("1m")
    speak(speaker, "c")
    talk.wait("30s")
    assert "order.report.missing" not in found(talk)
    assert speaker.account.device(speaker.device).course.owed == []


@pytest.mark.spec("D-089")
def test_a_speech_is_reported_unless_others_come_before_it(talk: Conversation, speaker: Speaker) -> None:
    speak(speaker, "a")
    speak(speaker, "b")
    about(speaker, STARTED)
    talk.wait("25s")
    about(speaker, FINISHED)
    talk.wait("5s")
    assert found(talk) == []
    about(speaker, STARTED, FINISHED, token="b")
    speak(speaker, "c")
    talk.wait("30s")
    (entry,) = [entry for entry in talk.journal() if "order.report.missing" in [f.code for f in entry.findings]]
    assert (entry.name, entry.findings[0].severity) == ("SpeechSynthesizer.Speak", "warning")
