"""Shared by the tests of exchanges: a cloud in memory, and a device that has its downchannel."""

import pytest

from tests.cic.conversation import Conversation, Speaker


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


@pytest.fixture
def speaker(talk: Conversation) -> Speaker:
    return talk.speaker()
