"""The console's test page: a model understands a command, it is sent, and everything is shown (K-150..K-154).

No device is told anything and no session stays. The analysis is shown even if the call fails; both messages are in the
journal like those of a conversation.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from mockcloud.cek import requests
from mockcloud.cic import calls, extensions
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions import asking, carrying_out
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.cloud.extensions.invocation import callee, intent_of
from mockcloud.vocabulary import Ids, RequestId
from mockcloud.vocabulary.replies import ExtensionCall
from mockcloud.wire.messages import Json, dumps

if TYPE_CHECKING:
    from mockcloud.nlu.building import Engines
    from mockcloud.nlu.invocation import Call, Callee

_BECAUSE = ("K-150", "K-153")
_NOTE = "test page"
_NO_MATCH = "nothing in its model fits: add an example to one of its intents, and build it"
_NO_INTENT = {
    "LaunchRequest": "these words open a session",
    "SessionEndedRequest": "these words end a session",
}
_NO_INTENT_CURE = "and this page asks for intents alone (K-153): say them to a device, by `mockcloud say` or `dialog`"


def ask(
    core: Core, account: Account, extension: Extension, asked: op.AskExtension, request: RequestId
) -> Outcome | None:
    """Answer at once what needs no call; else the outcome comes when the extension has answered."""
    if asked.request is not None:
        shown = _of_edited(asked.request, asked.utterance)
    elif asked.utterance is None or not asked.utterance.strip():
        return problem(422, "Nothing to test", "give an `utterance`, or a `request` that you have edited")
    elif extension.built is None:
        said = f"{extension.id} has no model that was built: register it again without `build: false`"
        return problem(409, "Not built", said)
    else:
        shown = _of_words(core, account, extension, asked.utterance)
    if shown["request"] is None:
        return Outcome(200, shown)
    _send(core, account, extension, shown, request, is_edited=asked.request is not None)
    return None


def _of_words(core: Core, account: Account, extension: Extension, words: str) -> Json:
    from mockcloud.nlu.building import engines_of
    from mockcloud.nlu.invocation import on_test_page

    engines = engines_of(core.settings.nlu_engine)
    asked = callee(extension, account.edition)
    call = on_test_page(words, asked, engines=engines)
    name, values = intent_of(call, account.settings.behaviour.no_match)
    shown = _understood(call) | {"slots": {one.slot: one.value for one in values}}
    if not name:
        return shown | {"error": {"kind": "no_match", "said": _why_no_intent(words, asked, engines)}}
    message = asking.tested(account, _device(account), extension, name, values, core.now)
    core.touch(account)
    return shown | {"request_type": "IntentRequest", "intent": name, "request": message}


def _why_no_intent(words: str, asked: "Callee", engines: "Engines") -> str:
    """What to do about words that nothing fits: those that open or end a session need no example."""
    from mockcloud.nlu.invocation import read

    meant = _NO_INTENT.get(read(words, [asked], session=asked.id, engines=engines).request or "")
    return f"{meant}, {_NO_INTENT_CURE}" if meant else _NO_MATCH


def _understood(call: "Call") -> Json:
    return _shown(
        utterance=call.words,
        slots=dict(call.slots),
        score=call.score,
        example=call.example or None,
        runners_up=[runner.as_json() for runner in call.runners_up],
        why=call.why,
    )


def _of_edited(message: Mapping[str, Any], words: str | None) -> Json:
    asked = _object(message.get("request"))
    intent = _object(asked.get("intent"))
    slots = _object(intent.get("slots"))
    return _shown(
        utterance=words,
        request_type=_text(asked.get("type")),
        intent=_text(intent.get("name")),
        slots={name: _object(slot).get("value") for name, slot in slots.items()},
        why="the request was edited",
        request=dict(message),
    )


def _shown(**known: Any) -> Json:
    """Every row of the page; those that are not known yet are empty."""
    return {
        "utterance": None,
        "request_type": None,
        "intent": None,
        "slots": {},
        "score": None,
        "example": None,
        "runners_up": [],
        "why": "",
        "request": None,
        "response": None,
        "status": None,
        "speech": None,
        "findings": [],
        "error": None,
        **known,
    }


def _send(
    core: Core, account: Account, extension: Extension, shown: Json, request: RequestId, *, is_edited: bool
) -> None:
    """With an access token that has not ended; a request that somebody has edited goes out as it is."""
    call = ExtensionCall(
        extension.id,
        extension.url,
        shown["request_type"] or "",
        requests.body_of(shown["request"]),
        shown["intent"] or "",
        words=shown["utterance"] or "",
        because=_BECAUSE,
    )
    if is_edited:
        _post(core, account, extension, shown, request, call)
        return

    def send(ready: ExtensionCall) -> None:
        _post(core, account, extension, {**shown, "request": json.loads(ready.body)}, request, ready)

    extensions.when_linked(core, account, call, send)


def _post(
    core: Core, account: Account, extension: Extension, shown: Json, request: RequestId, call: ExtensionCall
) -> None:
    _record(core, account, call, direction="out", raw=call.body, words=call.words, because=call.because)
    patience = account.settings.behaviour.extension_patience
    job = extensions.job_of(core, account, extension, call)
    calls.start(core, request, job, patience, _answered(core, account, extension, call, shown))


def _answered(
    core: Core, account: Account, extension: Extension, call: ExtensionCall, shown: Json
) -> Callable[[Any], Outcome]:
    def outcome(came: Any) -> Outcome:
        http, answer = extensions.read(core, account, extension, came)
        findings = (*answer.findings, *carrying_out.refused(extension, answer))
        status = http.status if http is not None else None
        raw = b"" if answer.message is None else dumps(answer.message)
        because = ("K-101", "K-151")
        _record(core, account, call, direction="in", raw=raw, status=status, findings=findings, because=because)
        failure = answer.failure
        told = {
            "response": answer.message,
            "status": status,
            "speech": None if failure is not None else answer.speech.text,
            "findings": [finding.as_json() for finding in findings],
            "error": None if failure is None else {"kind": failure.kind, "said": failure.said},
        }
        return Outcome(200, shown | told)

    return outcome


def _record(core: Core, account: Account, call: ExtensionCall, *, direction: Literal["in", "out"], **more: Any) -> None:
    """A request, or its answer."""
    kind = "cek-request" if direction == "out" else "cek-response"
    page = _device(account)
    entry = extensions.entry_of(core, account, page, call, None, direction=direction, kind=kind, note=_NOTE, **more)
    core.record(entry)


def _device(account: Account) -> Device:
    """The page's own: the same at all times, and none of the account's."""
    return Device(Ids(f"{account.settings.seed}/{account.id}/test page").uuid())


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
