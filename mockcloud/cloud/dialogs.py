"""The states of an event on its way to an answer.

An event with speech (`SpeechRecognizer.Recognize`) starts in LISTENING; every other event is decided as soon as its
metadata is complete: it starts in WAITING, and REPLY_FOUND follows at once unless an extension, or the code behind a
rule, is asked.

Rule 1. The upload may end by itself (C-083) or after StopCapture, which is sent once, when speech has ended (C-080).
Rule 2. The text is looked for once, as soon as no more audio counts; audio that comes later is ignored (C-082).
Rule 3. The answer leaves when the request has ended (C-045); if it never does, when patience is over.
Rule 4. While one of them is asked, everything else goes on: the request may end, patience with it may be over, the
        device may give it up. The reply is found once, whether they have answered, failed or were too slow.
Rule 5. What is aborted is answered no more; nothing leads out of ANSWERED and ABANDONED.
"""

from enum import Enum, auto


class State(Enum):
    LISTENING = auto()
    """Audio comes, speech has not ended."""
    RECOGNISING = auto()
    """Speech has ended, the upload has not; the text is awaited."""
    RECOGNISING_ENDED = auto()
    """The upload has ended; the text is awaited."""
    WAITING = auto()
    """The reply is being looked for, perhaps by an extension or code; the request has not ended."""
    WAITING_ENDED = auto()
    """The reply is being looked for, perhaps by an extension or code; the request has ended."""
    DECIDED = auto()
    """The answer is known; the end of the request is awaited."""
    ANSWERED = auto()
    ABANDONED = auto()


class Input(Enum):
    SPEECH_ENDED = auto()
    REQUEST_ENDED = auto()
    TEXT_FOUND = auto()
    REPLY_FOUND = auto()
    PATIENCE_OVER = auto()
    ABORTED = auto()


class Action(Enum):
    STOP_CAPTURE = auto()
    RECOGNISE = auto()
    DECIDE = auto()
    ANSWER = auto()


Step = tuple[State, tuple[Action, ...]]

TABLE: dict[tuple[State, Input], Step] = {
    (State.LISTENING, Input.SPEECH_ENDED): (State.RECOGNISING, (Action.STOP_CAPTURE, Action.RECOGNISE)),
    (State.LISTENING, Input.REQUEST_ENDED): (State.RECOGNISING_ENDED, (Action.RECOGNISE,)),
    (State.LISTENING, Input.PATIENCE_OVER): (State.RECOGNISING_ENDED, (Action.STOP_CAPTURE, Action.RECOGNISE)),
    (State.LISTENING, Input.ABORTED): (State.ABANDONED, ()),
    (State.RECOGNISING, Input.REQUEST_ENDED): (State.RECOGNISING_ENDED, ()),
    (State.RECOGNISING, Input.PATIENCE_OVER): (State.RECOGNISING_ENDED, ()),
    (State.RECOGNISING, Input.TEXT_FOUND): (State.WAITING, (Action.DECIDE,)),
    (State.RECOGNISING, Input.ABORTED): (State.ABANDONED, ()),
    (State.RECOGNISING_ENDED, Input.TEXT_FOUND): (State.WAITING_ENDED, (Action.DECIDE,)),
    (State.RECOGNISING_ENDED, Input.ABORTED): (State.ABANDONED, ()),
    (State.WAITING, Input.REPLY_FOUND): (State.DECIDED, ()),
    (State.WAITING, Input.REQUEST_ENDED): (State.WAITING_ENDED, ()),
    (State.WAITING, Input.PATIENCE_OVER): (State.WAITING_ENDED, ()),
    (State.WAITING, Input.ABORTED): (State.ABANDONED, ()),
    (State.WAITING_ENDED, Input.REPLY_FOUND): (State.ANSWERED, (Action.ANSWER,)),
    (State.WAITING_ENDED, Input.ABORTED): (State.ABANDONED, ()),
    (State.DECIDED, Input.REQUEST_ENDED): (State.ANSWERED, (Action.ANSWER,)),
    (State.DECIDED, Input.PATIENCE_OVER): (State.ANSWERED, (Action.ANSWER,)),
    (State.DECIDED, Input.ABORTED): (State.ABANDONED, ()),
}
"""Every pair that is not here changes nothing."""


def step(state: State, what: Input) -> Step:
    """The next state, and what is to be done on the way."""
    return TABLE.get((state, what), (state, ()))
