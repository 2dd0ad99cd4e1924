"""500 on demand: of the authorisation server and of the event endpoint."""

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from tests.cic.conversation import Conversation


@pytest.mark.spec("C-018")
def test_the_authorisation_server_fails_once_and_then_works() -> None:
    talk = Conversation()
    talk.ask(op.AddFault(DEFAULT_ACCOUNT, parse({"on": "token", "effect": "status", "code": 500})))
    account = talk.account
    grant = {
        "grant_type": "authorization_code",
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "code": "whatever",
        "device_id": "d",
    }
    assert [talk.web("GET", "/token", grant).status for _ in range(2)] == [500, 400]


@pytest.mark.spec("C-039", "C-061", "C-062")
def test_an_event_fails_with_the_error_message() -> None:
    talk = Conversation()
    speaker = talk.speaker()
    talk.ask(op.AddFault(DEFAULT_ACCOUNT, parse({"on": "event", "effect": "system_exception", "code": 500})))
    failed = speaker.event("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d1")
    assert (failed.status, failed.error[0]) == (500, 500)
    assert speaker.event("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d2").status == 200
