"""The journal says of every push that found no downchannel, and of every downchannel that ended, what became of it."""

import pytest

from tests.cic.conversation import Conversation

RULE = """
- name: later
  when: {{says: 안녕}}
  then: [{{push: Clova.ExpectLogin, after: 5s, offline: {offline}}}]
"""


@pytest.mark.spec("C-031")
@pytest.mark.parametrize(
    ("offline", "kind", "note", "afterwards"),
    [
        ("hold", "timer", "held until the device builds a downchannel", ["Clova.Hello", "Clova.ExpectLogin"]),
        ("drop", "timer", "dropped: the device has no downchannel", ["Clova.Hello"]),
        ("fail", "finding", "failed: the device has no downchannel", ["Clova.Hello"]),
    ],
)
def test_a_push_without_downchannel(offline: str, kind: str, note: str, afterwards: list[str]) -> None:
    talk = Conversation()
    speaker = talk.speaker()
    talk.scenario(RULE.format(offline=offline))
    speaker.event("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d1")
    speaker.drop_downchannel()
    talk.wait("6s")
    (entry,) = talk.journal(name="Clova.ExpectLogin")
    assert (entry.kind, entry.note, entry.channel, entry.direction) == (kind, note, "downchannel", "-")
    assert (entry.device, entry.account, entry.rule) == ("speaker", "default", "rule later")
    assert entry.as_json()["at"].startswith("2026-01-01T00:00:05")
    speaker.connect()
    speaker.downchannel()
    assert speaker.pushed_names() == afterwards


@pytest.mark.spec("C-028", "C-031")
@pytest.mark.parametrize(
    ("end", "name", "note", "because"),
    [
        ("replaced", "downchannel closed", "replaced by a new downchannel", ("C-028",)),
        ("lost", "downchannel lost", "a cable", ("C-031",)),
    ],
)
def test_how_a_downchannel_ended(end: str, name: str, note: str, because: tuple[str, ...]) -> None:
    talk = Conversation(behaviour={"downchannel_interval": "0"})
    speaker = talk.speaker()
    if end == "replaced":
        speaker.downchannel()
    else:
        assert speaker.connection is not None
        speaker.connection.lose("a cable")
    (entry,) = [one for one in talk.journal(device="speaker") if one.name == name]
    assert (entry.channel, entry.kind, entry.because) == ("downchannel", "connection", because)
    assert note in entry.note
