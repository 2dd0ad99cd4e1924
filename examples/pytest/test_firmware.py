"""Each test has a cloud of its own. One in which a message broke the specification has failed, whatever it asserts."""

import pytest

from mockcloud import Cloud

pytestmark = pytest.mark.usefixtures("firmware")
SPEECH = {"format": "AUDIO_MPEG", "ttsLang": "ko", "token": "speech-1", "url": "https://example.com/speech.mp3"}


def test_it_says_what_it_is_told(mockcloud: Cloud) -> None:
    mockcloud.push("SpeechSynthesizer.Speak", SPEECH)
    mockcloud.expect("SpeechSynthesizer.SpeechStarted", payload={"token": "speech-1"})
    mockcloud.expect("SpeechSynthesizer.SpeechFinished", payload={"token": "speech-1"})


@pytest.mark.mockcloud(faults=[{"on": "downchannel", "at": "after hello", "effect": "reset_stream", "code": "CANCEL"}])
def test_it_comes_back_when_the_downchannel_is_lost(mockcloud: Cloud) -> None:
    mockcloud.expect("GET /v1/directives")
    mockcloud.expect("GET /v1/directives")


def test_it_logs_in_again_when_its_token_is_refused(mockcloud: Cloud) -> None:
    mockcloud.expect("POST /token")
    mockcloud.expire_tokens()
    mockcloud.push("SpeechSynthesizer.Speak", SPEECH)
    mockcloud.expect("POST /v1/events", status=401)
    mockcloud.expect("POST /token")
