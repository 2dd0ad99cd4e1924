"""A device in a hurry: what is said and heard takes no time, and the events are the same."""

import mockcloud
from tests.patience import PATIENCE


def test_a_spoken_answer_passes_at_once_at_full_speed() -> None:
    text = "아주 긴 대답입니다. " * 200
    scenario = {"mockcloud": 1, "title": "Long", "rules": [{"when": {"says": "말해"}, "then": [{"speak": text}]}]}
    with mockcloud.Cloud(scenario=scenario) as cloud, cloud.device() as device:
        device.say("말해")
        cloud.expect("SpeechSynthesizer.SpeechStarted")
        cloud.expect("SpeechSynthesizer.SpeechFinished", within=PATIENCE)


def test_the_events_are_those_of_a_device_that_takes_its_time() -> None:
    scenario = {"mockcloud": 1, "title": "Short", "rules": [{"when": {"says": "말해"}, "then": [{"speak": "네"}]}]}
    with mockcloud.Cloud(scenario=scenario) as cloud:
        told = {}
        for speed in ("max", "real"):
            with cloud.device(speed, speed=speed) as device:
                device.say("말해")
                cloud.expect("SpeechSynthesizer.SpeechFinished", device=speed, within=PATIENCE)
            told[speed] = [one.name for one in cloud.journal(kind="event", device=speed)]
    assert told["max"] == told["real"]
    assert told["max"][-3:] == [
        "SpeechRecognizer.Recognize", "SpeechSynthesizer.SpeechStarted", "SpeechSynthesizer.SpeechFinished",
    ]  # fmt: skip
