"""Whatever the cloud may send, on either channel: the device goes on, and all that it sends is valid."""

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.client.vocabulary import DirectiveDropped, Type

CATALOGUE = Catalogue.load()
NAMES = sorted({name for edition in ("newer", "4.4") for name in CATALOGUE.names("directive", edition)})
UNKNOWN = {"AudioPlayer.SynchronizePlaybackState"}
"""In the index, and described nowhere."""


@pytest.mark.spec("D-038", "D-039", "D-045")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("via", ["downchannel", "response"])
def test_every_directive_of_the_text_is_known_and_answered_by_valid_events(rig, parts, name, via):
    edition = "newer" if CATALOGUE.knows("directive", name, "newer") else "4.4"
    message = CATALOGUE.example("directive", name, edition=edition, seed="1")
    payload = message["directive"]["payload"] if "directive" in message else message
    if via == "downchannel":
        rig.push(name, payload)
    else:
        rig.do(Type("하나"))
        sent = rig.last("TextRecognizer.Recognize")
        rig.answer(sent.request, parts[0](name, payload, sent.dialog_request_id))
    rig.advance(130_000)
    assert rig.device.connection.is_ready or (name, payload.get("target")) == ("DeviceControl.TurnOff", "power")
    assert bool(rig.noted(DirectiveDropped)) == (name in UNKNOWN)


NONSENSE = [{}, {"audioItem": 1}, {"allAlerts": [1]}, {"url": 5, "token": None}, {"target": ["volume"], "value": {}}]


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_that_makes_no_sense_ends_nothing(plain_rig, name):
    for payload in NONSENSE:
        plain_rig.push(name, payload)
        plain_rig.advance(1000)
        reports = plain_rig.names.count("DeviceControl.ReportState")
        plain_rig.push("DeviceControl.ExpectReportState")
        assert plain_rig.names[-1] == "DeviceControl.ReportState", payload
        assert plain_rig.names.count("DeviceControl.ReportState") == reports + 1, payload
