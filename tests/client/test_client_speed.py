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
