"""A conversation, a pizza shop that is registered in it, and a user who talks to it."""

import pytest

from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import PIZZA, Skill, Talker


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


@pytest.fixture
def shop(talk: Conversation) -> Skill:
    return Skill(talk, PIZZA)


@pytest.fixture
def user(talk: Conversation) -> Talker:
    return Talker(talk.speaker())
