"""A home with several devices, and ways to make the assistant do what no words of this test's own can."""

from collections.abc import Callable
from typing import Any

import pytest

from mockcloud.cloud import assistant
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Outgoing, Reply
from mockcloud.wire.messages import split_name
from tests.cic.conversation import Conversation, Response, Speaker

TYPED = "TextRecognizer.Recognize"

Domain = Callable[[Turn], tuple[Outgoing, ...]]


def context(**objects: Any) -> list[Any]:
    """Context objects; the dot of a name is written as two underscores."""
    found = []
    for full_name, payload in objects.items():
        namespace, name = split_name(full_name.replace("__", "."))
        found.append({"header": {"namespace": namespace, "name": name}, "payload": payload})
    return found


class Home:
    """A conversation whose assistant does what the test says for certain words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
        self.talk = Conversation(**settings)
        self._domains: dict[str, Domain] = {}
        understood = assistant.answer

        def answer(turn: Turn) -> Reply | None:
            domain = self._domains.get(turn.words or "")
            return Reply(domain(turn), "test", ("C-079",)) if domain else understood(turn)

        monkeypatch.setattr(assistant, "answer", answer)

    def when(self, words: str, domain: Domain) -> None:
        self._domains[words] = domain

    def speaker(self, device: str = "speaker", **how: Any) -> Speaker:
        return self.talk.speaker(device, **how)

    def say(self, device: Speaker, words: str, dialog: str | None = "d1", **more: Any) -> Response:
        """Type it, with the context objects given by name."""
        payload = {"text": words, **more.pop("payload", {})}
        return device.event(TYPED, payload, dialog=dialog, context=context(**more))

    def ask(self, domain: Domain, device: Speaker, **more: Any) -> Response:
        """Have the domain answer words that nobody else understands."""
        self.when("시험", domain)
        return self.say(device, "시험", **more)
