"""Every pair of what a device's session with an extension is and what may happen (K-086..K-091, K-061, K-063).

Expected by hand from the rules at the top of `mockcloud.cloud.extensions.sessions`: what the extension and another one
are asked, and whose the session is afterwards.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import DICE, PIZZA, Skill, Talker

STATES = ("none", "waiting", "asked")
"""No session; the extension waits for the user; it has been asked and has not answered yet."""


def says(text: str) -> Callable[[Conversation, Talker], Any]:
    return lambda _, user: user.types(text)


INPUTS: dict[str, Callable[[Conversation, Talker], Any]] = {
    "own words": says("배달 언제 와"),
    "words of nobody": says("하늘은 왜 파래"),
    "words of the cloud": says("오늘 날씨 어때"),
    "end words": says("그만"),
    "own name": says("피자봇 시작해줘"),
    "other name": says("サイコロ遊びを起動して"),
    "nothing": says(""),
    "silence": lambda talk, _: talk.wait("60s"),
    "speech finished": lambda _, user: user.speaker.event("SpeechSynthesizer.SpeechFinished", {"token": "t"}),
    "deleted": lambda talk, _: talk.ask(op.DeleteExtension(PIZZA["id"])),
    "reset": lambda talk, _: talk.ask(op.ResetAccount("default")),
}

LAUNCH, TRACK, ENDED = "LaunchRequest", "TrackDelivery", "SessionEndedRequest"
OURS, THEIRS, NOBODY = PIZZA["id"], DICE["id"], ""
Outcome = tuple[list[str], list[str], str]

OPEN: dict[str, Outcome] = {
    "own words": ([TRACK], [], OURS),
    "words of nobody": ([], [], OURS),
    "words of the cloud": ([], [], OURS),
    "end words": ([ENDED], [], NOBODY),
    "own name": ([LAUNCH], [], OURS),
    "other name": ([ENDED], [LAUNCH], THEIRS),
    "nothing": ([ENDED], [], NOBODY),
    "silence": ([ENDED], [], NOBODY),
    "speech finished": ([], [], OURS),
    "deleted": ([ENDED], [], NOBODY),
    "reset": ([], [], NOBODY),
}
EXPECTED: dict[str, dict[str, Outcome]] = {
    "none": dict.fromkeys(INPUTS, ([], [], NOBODY))
    | {"own name": ([LAUNCH], [], OURS), "other name": ([], [LAUNCH], THEIRS)},
    "waiting": OPEN,
    # The user is waited for only after an answer.
    "asked": OPEN | {"silence": ([], [], OURS)},
}


def test_every_state_and_every_input_is_judged() -> None:
    assert set(EXPECTED) == set(STATES)
    assert all(set(row) == set(INPUTS) for row in EXPECTED.values())


@pytest.mark.spec("K-061", "K-063", "K-086", "K-087", "K-089", "K-090", "K-091")
@pytest.mark.parametrize("what", INPUTS)
@pytest.mark.parametrize("state", STATES)
def test_each_pair(state: str, what: str) -> None:
    talk = Conversation()
    shop, dice = Skill(talk, PIZZA), Skill(talk, DICE)
    for each in (shop, dice):
        for _ in range(3):
            each.says("네", ends=False)
    user = Talker(talk.speaker())
    if state != "none":
        talk.calls_run_at_once = state == "waiting"
        user.types("피자봇 시작해줘")
        talk.calls_run_at_once = True
    begun = [] if state == "none" else [LAUNCH]
    INPUTS[what](talk, user)
    talk.run_calls()
    session = talk.account.device("speaker").session
    asked, other, whose = EXPECTED[state][what]
    assert (shop.asked, dice.asked) == (begun + asked, other)
    assert (session.extension if session is not None else NOBODY) == whose
