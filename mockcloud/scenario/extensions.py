"""``given.extensions``: extensions that are registered before the first step, with a server or with their answers.

Their models are built when the file is loaded, so that a mistake in one is a mistake of the file, and rules and
expectations can be held against the intents that there are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mockcloud.nlu.building import ModelFiles, build
from mockcloud.nlu.builtin_intents import builtin_intents
from mockcloud.nlu.tsv import read_intent
from mockcloud.scenario.expressions import COMMON, templates
from mockcloud.scenario.intents import Intents, check_intents
from mockcloud.scenario.model import ExtensionAnswer, ExtensionGiven
from mockcloud.scenario.reading import Path, Reading
from mockcloud.scenario.sending import outgoing
from mockcloud.settings import LANGUAGES
from mockcloud.wire.messages import Json, split_name

ANSWER_NAMES = (*COMMON, "intent", "slots", "attributes")
"""What expressions of an answer may read."""
_FILES = {"intents": "intent", "slot_types": "slottype"}


def read_extensions(reading: Reading, given: Mapping[str, Any]) -> tuple[ExtensionGiven, ...]:
    """The extensions of one document, in its order. Mistakes become problems of the reading."""
    return tuple(
        _extension(reading, name, item, ("given", "extensions", name))
        for name, item in (given.get("extensions") or {}).items()
    )


def _extension(reading: Reading, id_: str, item: Mapping[str, Any], path: Path) -> ExtensionGiven:
    fixed = {name: value for name, value in item.items() if name != "answers"}
    reading.no_templates(fixed, path, "it is fixed when the file is loaded; cases may be used")
    lang = item.get("lang", reading.lang if reading.lang in LANGUAGES else "ko")
    if ("url" in item) == ("answers" in item):
        reading.problem("an extension has either a server (`url`) or `answers`", path, key=True)
    if len(item["invocation_names"]) > 1 and item.get("edition", reading.edition) == "4.4":
        reading.problem("edition 4.4 takes one invocation name", (*path, "invocation_names"))
    intents = _model(reading, item["model"], lang, item.get("edition", reading.edition), (*path, "model"))
    return ExtensionGiven(
        id=id_,
        registration={"name": item["invocation_names"][0], **fixed, "lang": lang, "model": _texts(item["model"])},
        intents=intents,
        answers=tuple(
            _answer(reading, one, intents, lang, (*path, "answers", number))
            for number, one in enumerate(item.get("answers") or ())
        ),
        file=reading.document.file,
        line=reading.line(path),
    )


def _texts(model: Mapping[str, Any]) -> Json:
    """The model as it is registered: without the names of the files that its texts come from."""
    return {kind: {name: {"tsv": one["tsv"]} for name, one in files.items()} for kind, files in model.items()}


# Models


def _model(reading: Reading, model: Mapping[str, Any], lang: str, edition: str, path: Path) -> Intents:
    """Build it: every intent with its slots, the built-in ones among them."""
    player = edition != "4.4"
    files = {kind: {name: one["tsv"] for name, one in (model.get(kind) or {}).items()} for kind in _FILES}
    names = {f"{kind}/{name}": (kind, name) for kind, there in files.items() for name in there}
    report = build(
        ModelFiles(
            tuple(files["intents"].items()),
            tuple(files["slot_types"].items()),
            player,
            tuple((f"{_FILES[kind]} {name}", key) for key, (kind, name) in names.items()),
        ),
        lang,
        check=False,
    )
    for error in report.errors:
        line = f" (line {error.line} of the TSV)" if error.line else ""
        reading.problem(f"{error.said}{line}", (*path, *names.get(error.file, ())), error.hint)
    own = {name: tuple(slot for slot, _ in read_intent(text).slots) for name, text in files["intents"].items()}
    return {**{intent.name: () for intent in builtin_intents(lang, player=player)}, **own}


# Answers


def _answer(reading: Reading, item: Mapping[str, Any], intents: Intents, lang: str, path: Path) -> ExtensionAnswer:
    when = item.get("when") or {}
    reading.no_templates(when, (*path, "when"), "conditions are fixed when the file is loaded; cases may be used")
    names = when.get("intent")
    asked = None if names is None else tuple(names if isinstance(names, list) else [names])
    check_intents(reading, asked or (), when.get("slots") or {}, intents, "its model has", (*path, "when"))
    if asked and when.get("request", "IntentRequest") != "IntentRequest":
        reading.problem("only an IntentRequest has an intent", (*path, "when", "request"))
    for part in ("slots", "attributes"):
        reading.pattern(when.get(part), (*path, "when", part))
    then = item["then"]
    reading.names(then, (*path, "then"), ANSWER_NAMES)
    return ExtensionAnswer(
        request="IntentRequest" if asked else when.get("request"),
        intent=asked,
        slots=when.get("slots"),
        attributes=when.get("attributes"),
        linked=when.get("linked"),
        nth=when.get("nth"),
        message=_message(reading, then, lang, (*path, "then")),
        keeps_attributes="attributes" not in then and "answer" not in then,
        templated=next(templates(then), None) is not None,
        line=reading.line(path),
    )


def _message(reading: Reading, then: Mapping[str, Any], lang: str, path: Path) -> Json:
    """The message as the extension would send it (K-101..K-110)."""
    if "answer" in then:
        if beside := [name for name in then if name != "answer"]:
            reading.problem(f"`{beside[0]}` has no place beside a whole answer", (*path, beside[0]), key=True)
        return dict(then["answer"])
    lang = then.get("lang", lang)
    response: Json = {
        "outputSpeech": _speech(then.get("speak"), lang),
        "card": then.get("card") or {},
        "directives": list(_directives(reading, then.get("directives") or (), (*path, "directives"))),
        "shouldEndSession": then.get("ends", True),
    }
    if "reprompt" in then:
        response["reprompt"] = {"outputSpeech": _speech(then["reprompt"], lang)}
    message = {"version": "0.1.0", "sessionAttributes": then.get("attributes") or {}, "response": response}
    if next(templates(then), None) is None:
        for finding in reading.catalogue.check_cek_response(message, reading.edition):
            if finding.severity == "violation":
                reading.problem(f"{finding.path}: {finding.said}", path, finding.source)
    return message


def _speech(said: Any, lang: str) -> Json:
    if not said:
        return {}
    texts = said if isinstance(said, list) else [said]
    items = [{"type": "PlainText", "lang": lang, "value": text} for text in texts]
    if isinstance(said, list):
        return {"type": "SpeechList", "values": items}
    return {"type": "SimpleSpeech", "values": items[0]}


def _directives(reading: Reading, items: Any, path: Path) -> Iterator[Json]:
    for number, item in enumerate(items):
        made = outgoing(reading, item, (*path, number))
        namespace, name = split_name(made.name) if "." in made.name else ("", made.name)
        yield {"header": {"namespace": namespace, "name": name}, "payload": made.payload}
