"""Extensions that a scenario gives: registered without a console, answered without a server if it has their answers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions.building import BuildModel
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.cloud.extensions.registering import register, take_build
from mockcloud.cloud.extensions.registration import Refused
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.journal import matches
from mockcloud.scenario.expressions import ExpressionError, rendered
from mockcloud.scenario.model import ExtensionAnswer, ExtensionGiven
from mockcloud.vocabulary.replies import ExtensionCall
from mockcloud.wire.messages import Json, carries_access_token, dumps

NOWHERE = "http://scenario.invalid/"
"""Where an extension is that the scenario answers for."""
_JSON = (("content-type", "application/json; charset=UTF-8"),)
_NOTHING: Json = {
    "version": "0.1.0",
    "sessionAttributes": {},
    "response": {"outputSpeech": {}, "card": {}, "directives": [], "shouldEndSession": True},
}
"""What is answered to requests that no answer matters to (K-089)."""


def registered(account: Account, given: Iterable[ExtensionGiven]) -> list[Extension]:
    """The extensions, with their models built; the account has none of them yet.

    Raises `UnreadableInput` for what the console refuses.
    """
    return [_registered(account, one) for one in given]


def _registered(account: Account, given: ExtensionGiven) -> Extension:
    written = {"url": NOWHERE + given.id, **given.registration}
    try:
        extension = register(given.id, written, edition=account.edition)
        job = BuildModel(extension.id, extension.model, extension.lang, extension.edition or account.edition)
        take_build(extension, job.run(), use=True)
    except Refused as error:
        path = f"given.extensions.{given.id}"
        raise UnreadableInput(
            [Problem(one.said, given.file, given.line, 0, path, one.hint) for one in error.mistakes]
        ) from None
    return extension


def given_answer(account: Account, call: ExtensionCall, names: Mapping[str, Any]) -> HttpAnswer | Failure | None:
    """What the scenario answers instead of a server; ``None`` if the extension has one.

    ``names`` are those that every expression of the scenario may read.
    """
    given = next((one for one in account.scenario.extensions if one.id == call.extension), None)
    if given is None or call.url != NOWHERE + given.id:
        return None
    asked = json.loads(call.body)
    seen = _Seen(asked)
    for number, answer in enumerate(given.answers):
        if _holds(answer, seen) and _is_its_turn(account, answer, f"given.extensions.{given.id}.answers[{number}]"):
            return _worked_out(answer, seen, names, f"{given.file}:{answer.line}")
    if seen.request in ("SessionEndedRequest", "EventRequest"):
        return HttpAnswer(200, _JSON, dumps(_NOTHING))
    said = f"no answer of given.extensions.{given.id} holds for {seen}: write one, last of all one without `when`"
    return Failure("status", said)


class _Seen:
    """What conditions and expressions of an answer look at."""

    def __init__(self, asked: Json) -> None:
        self.request: str = asked["request"]["type"]
        intent = asked["request"].get("intent") or {}
        self.intent: str = intent.get("name") or ""
        self.slots = {name: slot.get("value") for name, slot in (intent.get("slots") or {}).items()}
        session = asked.get("session") or {}
        self.attributes: Json = session.get("sessionAttributes") or {}
        self.linked = carries_access_token(asked)

    def __str__(self) -> str:
        slots = f" with {self.slots}" if self.slots else ""
        return f"{self.request} {self.intent}".strip() + slots


def _holds(answer: ExtensionAnswer, seen: _Seen) -> bool:
    return (
        (answer.request is None or answer.request == seen.request)
        and (answer.intent is None or seen.intent in answer.intent)
        and (answer.slots is None or matches(answer.slots, seen.slots))
        and (answer.attributes is None or matches(answer.attributes, seen.attributes))
        and (answer.linked is None or answer.linked == seen.linked)
    )


def _is_its_turn(account: Account, answer: ExtensionAnswer, path: str) -> bool:
    """Count a request that the answer is for; whether it is the one that ``nth`` asks for."""
    if answer.nth is None:
        return True
    account.counts[path] = account.counts.get(path, 0) + 1
    return account.counts[path] == answer.nth


def _worked_out(answer: ExtensionAnswer, seen: _Seen, names: Mapping[str, Any], place: str) -> HttpAnswer | Failure:
    message: Any = answer.message
    if answer.templated:
        known = {**names, "intent": seen.intent, "slots": seen.slots, "attributes": seen.attributes}
        try:
            message = rendered(message, known)
        except ExpressionError as error:
            return Failure("status", f"{place}: {error}")
    if answer.keeps_attributes:
        message = {**message, "sessionAttributes": seen.attributes}
    return HttpAnswer(200, _JSON, dumps(message))
