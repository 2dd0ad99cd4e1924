"""Whose devices an extension answers to: those of the account that it is registered with, which is its tester."""

import pytest

from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import PIZZA, Skill, Talker, spoken

LAUNCH = "피자봇 시작해줘"


@pytest.mark.spec("K-023")
def test_only_devices_of_its_account_are_served_and_only_as_long_as_it_is_registered() -> None:
    talk = Conversation()
    talk.ask(op.CreateAccount(name="stranger"))
    tester = Talker(talk.speaker())
    stranger = Talker(talk.speaker("other", talk.machine.core.accounts.by_id["stranger"]))
    assert spoken(tester.types(LAUNCH)) != ["네?"]
    shop = Skill(talk, PIZZA)
    for _ in range(2):
        shop.says("네?")
    assert spoken(tester.types(LAUNCH)) == ["네?"]
    assert spoken(stranger.types(LAUNCH)) != ["네?"]
    assert len(shop.requests) == 1
    talk.ask(op.DeleteExtension(shop.id))
    assert spoken(tester.types(LAUNCH)) != ["네?"]
    assert len(shop.requests) == 1
