"""Every pair of state and input of an event's dialog, against what the rules of the text ask for (C-045, C-080..C-083).

The expectations are written by hand; nothing here is taken from the table that it judges.
"""

import pytest

from mockcloud.cloud.dialogs import Action, Input, State, step

NOTHING: tuple[Action, ...] = ()
STOP, RECOGNISE, DECIDE, ANSWER = Action.STOP_CAPTURE, Action.RECOGNISE, Action.DECIDE, Action.ANSWER

EXPECTED = {
    State.LISTENING: {
        Input.SPEECH_ENDED: (State.RECOGNISING, (STOP, RECOGNISE)),
        Input.REQUEST_ENDED: (State.RECOGNISING_ENDED, (RECOGNISE,)),
        Input.TEXT_FOUND: (State.LISTENING, NOTHING),
        Input.REPLY_FOUND: (State.LISTENING, NOTHING),
        Input.PATIENCE_OVER: (State.RECOGNISING_ENDED, (STOP, RECOGNISE)),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.RECOGNISING: {
        Input.SPEECH_ENDED: (State.RECOGNISING, NOTHING),
        Input.REQUEST_ENDED: (State.RECOGNISING_ENDED, NOTHING),
        Input.TEXT_FOUND: (State.WAITING, (DECIDE,)),
        Input.REPLY_FOUND: (State.RECOGNISING, NOTHING),
        Input.PATIENCE_OVER: (State.RECOGNISING_ENDED, NOTHING),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.RECOGNISING_ENDED: {
        Input.SPEECH_ENDED: (State.RECOGNISING_ENDED, NOTHING),
        Input.REQUEST_ENDED: (State.RECOGNISING_ENDED, NOTHING),
        Input.TEXT_FOUND: (State.WAITING_ENDED, (DECIDE,)),
        Input.REPLY_FOUND: (State.RECOGNISING_ENDED, NOTHING),
        Input.PATIENCE_OVER: (State.RECOGNISING_ENDED, NOTHING),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.WAITING: {
        Input.SPEECH_ENDED: (State.WAITING, NOTHING),
        Input.REQUEST_ENDED: (State.WAITING_ENDED, NOTHING),
        Input.TEXT_FOUND: (State.WAITING, NOTHING),
        Input.REPLY_FOUND: (State.DECIDED, NOTHING),
        Input.PATIENCE_OVER: (State.WAITING_ENDED, NOTHING),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.WAITING_ENDED: {
        Input.SPEECH_ENDED: (State.WAITING_ENDED, NOTHING),
        Input.REQUEST_ENDED: (State.WAITING_ENDED, NOTHING),
        Input.TEXT_FOUND: (State.WAITING_ENDED, NOTHING),
        Input.REPLY_FOUND: (State.ANSWERED, (ANSWER,)),
        Input.PATIENCE_OVER: (State.WAITING_ENDED, NOTHING),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.DECIDED: {
        Input.SPEECH_ENDED: (State.DECIDED, NOTHING),
        Input.REQUEST_ENDED: (State.ANSWERED, (ANSWER,)),
        Input.TEXT_FOUND: (State.DECIDED, NOTHING),
        Input.REPLY_FOUND: (State.DECIDED, NOTHING),
        Input.PATIENCE_OVER: (State.ANSWERED, (ANSWER,)),
        Input.ABORTED: (State.ABANDONED, NOTHING),
    },
    State.ANSWERED: dict.fromkeys(Input, (State.ANSWERED, NOTHING)),
    State.ABANDONED: dict.fromkeys(Input, (State.ABANDONED, NOTHING)),
}


def test_every_state_and_every_input_is_judged() -> None:
    assert set(EXPECTED) == set(State)
    assert all(set(row) == set(Input) for row in EXPECTED.values())


@pytest.mark.spec("C-044", "C-045", "C-080", "C-082", "C-083", "K-133")
@pytest.mark.parametrize("what", Input)
@pytest.mark.parametrize("state", State)
def test_each_pair(state: State, what: Input) -> None:
    assert step(state, what) == EXPECTED[state][what]


@pytest.mark.spec("C-045", "C-080", "C-082")
@pytest.mark.parametrize("state", [State.LISTENING, State.WAITING])
def test_whatever_happens_nothing_is_done_twice(state: State) -> None:
    """All ways of six inputs: one StopCapture, one recognition, one decision, one answer at most."""
    ways: list[tuple[State, tuple[Action, ...]]] = [(state, ())]
    for _ in range(6):
        ways = [
            (after, (*done, *actions)) for now, done in ways for what in Input for after, actions in [step(now, what)]
        ]
    for end, done in ways:
        assert len(set(done)) == len(done)
        assert (ANSWER in done) == (end is State.ANSWERED)
