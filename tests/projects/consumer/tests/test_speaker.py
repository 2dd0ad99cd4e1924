"""A device against its own cloud, with the fixtures as they come."""

import sys

import pytest

import mockcloud as mc

WORDS = ["안녕", "오늘 날씨 어때", "내일 비 와?", "고마워", "지금 몇 시야"]


@pytest.mark.parametrize("words", WORDS)
def test_typed_words_arrive(mockcloud, mockcloud_device, words):
    mockcloud_device.type(words)
    assert mockcloud.expect("TextRecognizer.Recognize").payload["text"] == words


@pytest.mark.parametrize("words", WORDS)
def test_spoken_words_arrive(mockcloud, mockcloud_device, words):
    mockcloud_device.say(words)
    assert mockcloud.expect("SpeechRecognizer.Recognize").words == words


@pytest.mark.mockcloud(scenario="tests/rain.yaml")
@pytest.mark.parametrize("words", ["비 와?", "내일 비 온대?", "비는?"])
def test_a_scenario_answers(mockcloud, mockcloud_device, words):
    mockcloud_device.type(words)
    assert mockcloud.expect("SpeechSynthesizer.Speak").words == "우산을 챙기세요"
    mockcloud.expect("SpeechSynthesizer.SpeechFinished")


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_refused_event(mockcloud, mockcloud_device, status):
    mockcloud.fault(on="event", effect="status", code=status, times=2)
    assert mockcloud_device.type("안녕").status == status


def test_a_lost_downchannel_comes_back(mockcloud, mockcloud_device):
    mockcloud.fault(on="downchannel", effect="reset_stream", code="CANCEL")
    mockcloud.push("Clova.Hello", wait=60)
    mockcloud.wait_for_channel("device")


@pytest.mark.parametrize("by", ["1m", "PT55M", "2h30m", "36h", "P400D"])
def test_time_passes_without_waiting(mockcloud, by):
    before = mockcloud.clock.freeze("2026-01-01T07:00:00+09:00")
    assert mockcloud.clock.advance(by) > before


def test_an_alarm_is_set(mockcloud, mockcloud_device):
    mockcloud_device.say("30분 뒤에 알람 맞춰줘")
    mockcloud.expect("Alerts.SetAlertSucceeded")


def test_tokens_expire(mockcloud, mockcloud_device):
    mockcloud.expire_tokens()
    assert mockcloud_device.type("안녕").status == 200


def test_a_push_arrives(mockcloud, mockcloud_device):
    (sent,) = mockcloud.push("Notifier.ClearIndicator", device="device")
    assert sent.channel == "downchannel"


def test_a_broken_push_is_refused(mockcloud, mockcloud_device):
    with pytest.raises(mc.Refused, match=r"payload\.text"):
        mockcloud.push("SpeechRecognizer.ShowRecognizedText", {"text": 1})


@pytest.mark.mockcloud(allow="*")
def test_a_broken_event_that_is_allowed(mockcloud_device):
    mockcloud_device.send_event("AudioPlayer.PlayStarted", {"token": 1})


@pytest.mark.mockcloud(strict=True, allow="*")
def test_a_broken_event_in_strict_mode(mockcloud, mockcloud_device):
    mockcloud_device.send_event("AudioPlayer.PlayStarted", {"token": 1})
    mockcloud.expect("AudioPlayer.PlayStarted", status=400)


@pytest.mark.parametrize("edition", ["newer", "4.4"])
def test_editions(mockcloud_server, edition):
    with mc.Cloud(server=mockcloud_server, edition=edition) as cloud, cloud.device() as device:
        assert device.type("안녕").status == 200


def test_the_seed_of_the_ini_file(mockcloud_arguments):
    assert mockcloud_arguments["seed"] == 7


def test_pytest_does_not_rewrite_what_it_imports(mockcloud):
    module = sys.modules["mockcloud.testing.cloud"]
    assert type(module.__spec__.loader).__module__ != "_pytest.assertion.rewrite"
