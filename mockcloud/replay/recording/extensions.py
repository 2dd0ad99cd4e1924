"""``given.extensions`` of a recording: extensions that were asked, as they were registered, and what they answered.

Rule 1. An answer asks for no more than tells it from the others: the request or its intent; if there are several
        answers to that, its slots too; then whether an account is linked; then the session's attributes; then how
        often it has been asked.
Rule 2. An extension one of whose answers did not come, or was none, cannot be answered for: what was heard of it is
        written as rules.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from mockcloud.cloud.extensions.given import NOWHERE
from mockcloud.replay.recording.entries import Seen
from mockcloud.replay.recording.written import REDACTED, Lines, literal, redacted
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import carries_access_token

How = Literal["answers", "live", "rules"]
"""Who answers for extensions in the replay: the scenario, their servers, or rules instead of the extensions."""
REQUEST, RESPONSE = "cek-request", "cek-response"
LINKING = "linking "
"""How entries about an extension's link begin."""
_OF_EXTENSION = "extension "
_ALLOWED_BY = "allowed by "
_LINKED = ("; linked", "redirect linked")
_DENIED = 403
_UNASKED = ("SessionEndedRequest",)
"""Requests whose answers matter to nobody (K-089)."""
_DEFAULTS: dict[str, Any] = {
    "edition": None,
    "profile": "plain",
    "audio_player": False,
    "extra_directives": [],
    "linking": None,
}
_OF_LINKING: dict[str, Any] = {"grant": "code", "client_authentication": "basic", "built_in": False}


class _Answered(Value, frozen=True):
    """A request, and the answer to it."""

    request: str
    intent: str
    slots: Mapping[str, Any]
    attributes: Mapping[str, Any]
    linked: bool
    message: Mapping[str, Any]


def asked_of(entry: Seen) -> str:
    """The extension that an entry is about; empty: none, or none that a device talks with."""
    if entry.kind not in (REQUEST, RESPONSE) or not entry.device or entry.note.startswith("test page"):
        return ""
    return entry.rule.removeprefix(_OF_EXTENSION)


def linked_by(entry: Seen, before: Sequence[Seen]) -> dict[str, Any]:
    """What the user, or a test, did to an extension's link, as an action of ``app``; empty: nothing.

    Tokens are nobody's to keep: those that a test gave, or a server of somebody else's, are replaced.
    """
    what, extension = entry.name.removeprefix(LINKING), entry.rule.removeprefix(_OF_EXTENSION)
    about = {"extension": extension}
    if what == "unlink":
        return {"unlink_account": about}
    if what in ("expire", "revoke", "break"):
        return {"spoil_link": {**about, "how": what}}
    if what == "set":
        return given_token(extension)
    if what == "redirect" and entry.status == _DENIED:
        return {"link_account": {**about, "allow": False}}
    if f"{what} {entry.note}".endswith(_LINKED):
        user = _who_logged_in(entry, before)
        return {"link_account": {**about, "user": user}} if user else given_token(extension)
    return {}


def given_token(extension: str) -> dict[str, Any]:
    """The action of ``app`` after which requests to the extension carry some access token."""
    return {"set_link": {"extension": extension, "access_token": REDACTED}}


def was_linked(entry: Seen, entries: Sequence[Seen], extension: str) -> bool:
    """Whether an event leads to the first request to the extension, with an account that was linked before."""
    mine = [one for one in entries if one.rule == _OF_EXTENSION + extension]
    asked = next((one for one in mine if one.kind == REQUEST), None)
    if asked is None or entry.dialog is None or asked.dialog != entry.dialog or not carries_access_token(asked.message):
        return False
    events = [one for one in entries if one.is_event and one.dialog == entry.dialog and one.seq < asked.seq]
    return events[-1:] == [entry] and not any(one.name.startswith(LINKING) and one.seq < asked.seq for one in mine)


def _who_logged_in(entry: Seen, before: Sequence[Seen]) -> str:
    """The user of the built-in authorization server; empty: it was another server."""
    for one in reversed(before):
        if one.rule == entry.rule and one.name == f"{LINKING}start":
            break
        if one.rule == entry.rule and one.note.startswith(_ALLOWED_BY):
            return one.note.removeprefix(_ALLOWED_BY)
    return ""


def what_is_asked(entry: Seen) -> dict[str, Any]:
    """What the request of an entry asks, as an expectation has it."""
    request, _, intent = entry.name.partition(" ")
    if request != "IntentRequest":
        return {"request": request}
    asked = entry.message["request"]["intent"]
    slots = {name: slot.get("value") for name, slot in (asked.get("slots") or {}).items()}
    return {"intent": intent, **({"slots": literal(slots)} if slots else {})}


def given_extensions(entries: Sequence[Seen], registered: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The extensions that a scenario can answer for, by id.

    ``registered``: what ``GET /v1/extensions`` answers of each; those that were not asked are left out.
    """
    given = {}
    for extension in registered:
        answered = _answered(entries, extension["id"])
        if answered:
            lang = extension["lang"]
            given[extension["id"]] = {
                **_registration(extension),
                "answers": literal(redacted(list(_answers(answered, lang)))),
            }
    return given


def at_their_servers(
    given: Mapping[str, Mapping[str, Any]], registered: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The same extensions with their URLs instead of their answers, if they have servers."""
    urls = {extension["id"]: extension["url"] for extension in registered}
    return {
        id_: dict(one)
        if urls[id_].startswith(NOWHERE)
        else {**{name: value for name, value in one.items() if name != "answers"}, "url": redacted(urls[id_])}
        for id_, one in given.items()
    }


def _registration(extension: Mapping[str, Any]) -> dict[str, Any]:
    names = extension["invocation_names"]
    written: dict[str, Any] = {} if extension["name"] == names[0] else {"name": extension["name"]}
    written["invocation_names"] = names
    written["lang"] = extension["lang"]
    for name, default in _DEFAULTS.items():
        if (value := extension.get(name, default)) != default:
            written[name] = _linking(value, extension["id"]) if name == "linking" else value
    model = {
        kind: {name: {"tsv": Lines(literal(one["tsv"]))} for name, one in files.items()}
        for kind, files in extension["model"].items()
        if files
    }
    return {**literal(redacted(written)), "model": model}


def _linking(registered: Mapping[str, Any], id_: str) -> dict[str, Any]:
    usual = {**_OF_LINKING, **({"client_id": id_} if registered["built_in"] else {})}
    return {name: value for name, value in registered.items() if value and value != usual.get(name)}


# Answers


def _answered(entries: Sequence[Seen], id_: str) -> list[_Answered]:
    """Requests with their answers in their order; none if one of them failed (Rule 2)."""
    found: list[_Answered] = []
    asked: dict[tuple[str, str], Mapping[str, Any]] = {}
    for entry in entries:
        if asked_of(entry) != id_:
            continue
        if entry.kind == REQUEST:
            asked[entry.device, entry.name] = entry.message
            continue
        request = asked.get((entry.device, entry.name))
        if entry.name in _UNASKED:
            continue
        if (
            request is None
            or not isinstance(entry.message, dict)
            or not isinstance(entry.message.get("response"), dict)
        ):
            return []
        found.append(_pair(request, entry.message))
    return found


def _pair(asked: Mapping[str, Any], message: Mapping[str, Any]) -> _Answered:
    intent = asked["request"].get("intent") or {}
    slots = {name: slot.get("value") for name, slot in (intent.get("slots") or {}).items()}
    attributes = (asked.get("session") or {}).get("sessionAttributes") or {}
    linked = carries_access_token(asked)
    return _Answered(asked["request"]["type"], intent.get("name") or "", slots, attributes, linked, message)


def _answers(answered: Sequence[_Answered], lang: str) -> Iterator[dict[str, Any]]:
    for about, alike in _grouped(answered, lambda one: one.intent or one.request):
        named = {"intent": about} if alike[0].intent else {"request": about}
        yield from _told_apart(alike, named, lang, ("slots", "linked", "attributes"))


def _told_apart(
    alike: Sequence[_Answered], when: dict[str, Any], lang: str, by: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Answers to requests for which ``when`` holds (Rule 1)."""
    told = [_then(one, lang) for one in alike]
    if all(then == told[0] for then in told):
        yield {"when": when, "then": told[0]}
    elif by:
        groups = [some for _, some in _grouped(alike, lambda one: repr(getattr(one, by[0])))]
        values = [getattr(some[0], by[0]) for some in groups]
        for some, value in zip(groups, values, strict=True):
            wanted = {by[0]: _alone(value, values)} if len(groups) > 1 else {}
            yield from _told_apart(some, {**when, **wanted}, lang, by[1:])
    else:
        while len(told) > 1 and told[-1] == told[-2]:
            told = told[:-1]
        for then in told[:-1]:
            yield {"when": {**when, "nth": 1}, "then": then}
        yield {"when": when, "then": told[-1]}


def _alone(value: Any, values: Sequence[Any]) -> Any:
    """The pattern that this value meets, and no other of these."""
    if isinstance(value, bool):
        return value
    return {name: value.get(name, {"absent": True}) for name in dict.fromkeys(name for one in values for name in one)}


def _grouped(answered: Sequence[_Answered], key: Callable[[_Answered], str]) -> Iterator[tuple[str, list[_Answered]]]:
    groups: dict[str, list[_Answered]] = {}
    for one in answered:
        groups.setdefault(key(one), []).append(one)
    yield from groups.items()


def _then(one: _Answered, lang: str) -> dict[str, Any]:
    """The answer in the words of scenarios, or whole if these do not say all of it."""
    response = one.message["response"]
    plain = {"outputSpeech", "card", "directives", "shouldEndSession"}
    speech = _spoken(response.get("outputSpeech"), lang)
    reprompt = _reprompt(response["reprompt"], lang) if "reprompt" in response else ""
    is_plain = (
        one.message.keys() == {"version", "sessionAttributes", "response"}
        and one.message["version"] == "0.1.0"
        and isinstance(one.message["sessionAttributes"], dict)
        and response.keys() - {"reprompt"} == plain
        and isinstance(response["shouldEndSession"], bool)
        and (response["card"], response["directives"]) == ({}, [])
        and speech is not None
        and isinstance(reprompt, str)
        and bool(reprompt) == ("reprompt" in response)
    )
    if not is_plain:
        return {"answer": one.message}
    attributes = one.message["sessionAttributes"]
    then = {
        **({"speak": speech} if speech else {}),
        **({"reprompt": reprompt} if reprompt else {}),
        **({} if attributes == one.attributes else {"attributes": attributes}),
        **({} if response["shouldEndSession"] else {"ends": False}),
    }
    return then or {"ends": True}


def _reprompt(reprompt: Any, lang: str) -> str | list[str] | None:
    alone = isinstance(reprompt, dict) and reprompt.keys() == {"outputSpeech"}
    return _spoken(reprompt["outputSpeech"], lang) if alone else None


def _spoken(speech: Any, lang: str) -> str | list[str] | None:
    """What is said; empty: nothing, ``None``: something else than texts in that language."""
    if speech == {}:
        return ""
    if not isinstance(speech, dict) or speech.keys() != {"type", "values"}:
        return None
    is_list = speech["type"] == "SpeechList" and isinstance(speech["values"], list)
    if not is_list and speech["type"] != "SimpleSpeech":
        return None
    items = speech["values"] if is_list else [speech["values"]]
    plain = {"type": "PlainText", "lang": lang}
    texts = [
        item["value"] for item in items if isinstance(item, dict) and item == {**plain, "value": item.get("value")}
    ]
    if len(texts) != len(items) or not texts or not all(isinstance(text, str) and text for text in texts):
        return None
    return texts if is_list else texts[0]
