"""An answer leaves after the commit that it rests on: what a machine commands goes through here when there is a store.

While the store cannot be written, everything is answered 500: what was changed since, and what is read of it, would
be promised otherwise. What else is commanded goes on: pushes, faults, closed connections.
"""

import logging
from collections.abc import Sequence
from typing import Any

from mockcloud.cic.operations import problem
from mockcloud.server.store import NotSaved, Store
from mockcloud.vocabulary import Command, Exchange
from mockcloud.vocabulary.commands import Answer, EndBody, Persist, SendBody, StartResponse
from mockcloud.wire.http import WebResponse

log = logging.getLogger("mockcloud.server")


class Saving:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._has_failed = False

    def performable(self, commands: list[Command]) -> tuple[list[Command], set[Exchange]]:
        """Keep what is to be kept. Returns what is to be performed now, and the exchanges whose responses are other
        than the machine knows: they are to be aborted."""
        records = [record for one in commands if isinstance(one, Persist) for record in one.records]
        try:
            self._store.commit(records)
        except NotSaved as error:
            if not self._has_failed:
                log.error("the state is not saved, and requests are answered 500: %s", error)
            self._has_failed = True
            return _without_answers(commands, str(error))
        if self._has_failed:
            log.warning("the state is saved again; nothing is missing in %s", self._store.file)
            self._has_failed = False
        return ([one for one in commands if not isinstance(one, Persist)] if records else commands), set()


def _without_answers(commands: Sequence[Command], said: str) -> tuple[list[Command], set[Exchange]]:
    left: list[Command] = []
    refused: set[Exchange] = set()
    for one in commands:
        match one:
            case Persist():
                pass
            case StartResponse(ex):
                refused.add(ex)
                left += (StartResponse(ex, 500), EndBody(ex))
            case SendBody(ex) | EndBody(ex) if ex in refused:
                pass
            case Answer(request, value):
                left.append(Answer(request, _refusal(value, said)))
            case _:
                left.append(one)
    return left, refused


def _refusal(value: Any, said: str) -> Any:
    """What is answered instead of an answer that rests on what is not saved."""
    if isinstance(value, WebResponse):
        return WebResponse(500, (("content-type", "text/plain; charset=utf-8"),), f"not saved: {said}\n".encode())
    return problem(500, "Not saved", said)
