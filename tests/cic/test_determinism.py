"""The same inputs give the same bytes: in one process, and in another with another hash seed."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from mockcloud.cic import operations as op
from mockcloud.speech import pcm
from mockcloud.speech.transcript import Recordings
from tests.cic.conversation import CLOSING, Conversation

RULES = """
- name: two
  when: {says: {any: [하나, 둘]}, nth: 2}
  then: [{speak: 두 번째}, {push: Notifier.SetIndicator, after: 2s}, {directive: Alerts.SetAlert}]
- name: any
  when: {event: TextRecognizer.Recognize, payload: {text: {contains: 예}}}
  then: [{directive: Clova.RenderTemplate, example: TodayWeather}, {directive: AudioPlayer.Play}]
"""


def digest() -> str:
    """A conversation in which everything occurs that takes an identifier, an example or a look at the clock."""
    recordings = Recordings()
    for text in ("안녕", "오늘 날씨 어때"):
        recordings.enrol(pcm.spoken(text), text)
    talk = Conversation(recordings=recordings, edition="4.4", behaviour={"show_recognized_text": True})
    talk.ask(op.CreateAccount(name="other", devices=("b", "a")))
    talk.scenario(RULES)
    speaker, second = talk.speaker("one"), talk.speaker("two")
    for text in ("하나", "둘", "예", "음악 틀어줘", "몇 시야", "모르는 말"):
        speaker.event("TextRecognizer.Recognize", {"text": text}, dialog=text)
        talk.wait("700ms")
    request = second.say("d1")
    request.send(*pcm.chunks(pcm.spoken("오늘 날씨 어때") + pcm.silence(1000)), CLOSING)
    request.end()
    talk.ask(op.Push(directive={"header": {"namespace": "Clova", "name": "ExpectLogin"}}))
    speaker.event("Un.Known")
    speaker.send(b"nonsense")
    speaker.downchannel()
    talk.wait("3s")
    talk.ask(op.SetClock(account="default", action="advance", by="P1D"))
    speaker.get("/ping")
    talk.web("GET", "/authorize", {"client_id": "x"})
    told = [repr((ex, each.status, sorted(each.headers.items()))).encode() for ex, each in talk.responses.items()]
    bodies = [bytes(each.body) for each in talk.responses.values()]
    asked = repr(talk.ask(op.ReadJournal()).body).encode()
    assert sum(map(len, bodies)) > 10_000
    return sha256(b"\0".join([*told, *bodies, asked, repr(sorted(talk.answers)).encode()])).hexdigest()


@pytest.mark.spec("C-070", "C-076")
def test_a_conversation_repeated_gives_the_same_bytes() -> None:
    assert digest() == digest()


def test_no_hash_seed_shows() -> None:
    root = Path(__file__).parents[2]
    code = "from tests.cic.test_determinism import digest; print(digest())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(root), "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest()
