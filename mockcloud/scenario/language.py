"""The JSON Schema of a scenario file: every key, its shape, and what it means."""

from typing import Any

from mockcloud.faults.reading import SCHEMA as SCHEMA_OF_FAULTS
from mockcloud.scenario.app import ALERT
from mockcloud.scenario.app import SCHEMA as SCHEMA_OF_APP
from mockcloud.settings import LANGUAGES
from mockcloud.settings import schema as schema_of_settings

_DURATION = {
    "type": "string",
    "pattern": r"^((\d+(\.\d+)?(h|ms?|s))+|P(?=.)(\d+(\.\d+)?D)?(T(\d+(\.\d+)?[HMS])+)?)$",
    "description": "250ms, 5s, 3m, 2h, or an ISO 8601 duration such as PT55M",
}
_TEXT = {"type": "string", "minLength": 1}
_WORD = {"type": "string", "pattern": r"^[A-Za-z_]\w*$"}
_NAME = {"type": "string", "pattern": r"^\S+\.\S+$", "description": "Namespace.Name, such as Clova.Hello"}
_NAMES = {"oneOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}
_LANG = {"enum": [*LANGUAGES, "zh"], "description": "language of the voice; the account's unless said otherwise"}
_INTENT = {"oneOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}


def _object(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _said(shape: dict[str, Any], description: str) -> dict[str, Any]:
    return {**shape, "description": description}


# What a rule or a push sends

_DIRECTIVE = {
    "example": {"description": "true: a valid example; or the name of a content template"},
    "payload": {"type": "object", "description": "exactly this, checked when the file is loaded"},
    "with": {"type": "object", "description": "the example with these members changed"},
    "unchecked": {"type": "boolean", "description": "let a wrong message out on purpose"},
}
_SPEAK = _object(
    {"speak": _said(_TEXT, "say this, as audio"), "lang": _LANG}, ("speak",), description="say this, as audio"
)
_ASK = _object(
    {"expect_speech": {"type": "object", "description": "listen for an answer: members of ExpectSpeech to change"}},
    ("expect_speech",),
    description="listen for an answer: SpeechRecognizer.ExpectSpeech",
)
_ANSWER = _object(
    {"directive": _said(_NAME, "a directive in the response"), **_DIRECTIVE},
    ("directive",),
    description="a directive in the response",
)
_PUSH = _object(
    {
        "push": _said(_NAME, "a directive on the downchannel"),
        **_DIRECTIVE,
        "after": _said(_DURATION, "account time until it is sent; at once unless said otherwise"),
        "offline": {
            "enum": ["hold", "drop", "fail"],
            "description": "what becomes of it if it falls due without a downchannel; hold unless said otherwise",
        },
    },
    ("push",),
    description="a directive on the downchannel",
)
_SEND: dict[str, Any] = {
    "type": "object",
    "properties": {
        **_SPEAK["properties"],
        **_ASK["properties"],
        **_ANSWER["properties"],
        **_PUSH["properties"],
    },
    "additionalProperties": False,
    "if": {"required": ["speak"]},
    "then": _SPEAK,
    "else": {
        "if": {"required": ["expect_speech"]},
        "then": _ASK,
        "else": {
            "if": {"required": ["push"]},
            "then": _PUSH,
            "else": {"if": {"required": ["directive"]}, "then": _ANSWER},
        },
    },
}

# Rules

THEN: dict[str, Any] = {"type": "array", "items": _SEND, "description": "what is sent, in this order"}
_CALL = _object(
    {"call": {"type": "string", "pattern": r"^https?://[^/\s]+\S*$", "description": "http(s)://HOST:PORT/PATH"}},
    ("call",),
    description="code of one's own that answers: the event is posted to this URL, the answer is such a list",
)
_WHEN = _object(
    {
        "event": _said(_NAMES, "the event's full name, or a list of names of which it has one"),
        "says": {"description": "what the user says or types, compared without blanks and punctuation"},
        "intent": _said(
            _INTENT, "what is understood by the words, by the extension that they are for or by the built-in assistant"
        ),
        "slots": {"type": "object", "description": "values of the intent's slots, by name"},
        "extension": _said(_TEXT, "the id of the extension that the words are for"),
        "payload": {"type": "object", "description": "members of the payload"},
        "context": {"type": "object", "description": "context objects by full name"},
        "header": {"type": "object", "description": "members of the event's header"},
        "device": _said(_TEXT, "the device_id; in a replay the device's name"),
        "state": {"type": "string", "description": "the scenario's state"},
        "nth": {
            "type": "integer",
            "minimum": 1,
            "description": "only the n-th event for which all else holds, counted from 1",
        },
    }
)
_RULE = _object(
    {
        "name": _said(_TEXT, "what the journal and reports call it; `rules[3]` unless said otherwise"),
        "when": _said(_WHEN, "conditions, all of which must hold"),
        "then": {"oneOf": [THEN, _CALL], "description": "what is sent, in this order; or whose code says so"},
        "state": {"type": "string", "description": "the scenario's state from then on"},
        "fault": _said(SCHEMA_OF_FAULTS, "what goes wrong from then on"),
    },
    ("when",),
)

# Expectations

_ERROR = {"description": "a refusal: its status, or a pattern over `{code, description}`"}
_SEEN = {
    "event": _said(_NAME, "an event of the device"),
    "directive": _said(_NAME, "a directive of the cloud"),
    "error": _ERROR,
    "reconnect": {"enum": ["downchannel"], "description": "a new downchannel"},
    "extension": _said(_TEXT, "a request to the extension of this id"),
    "request": {
        "enum": ["LaunchRequest", "IntentRequest", "SessionEndedRequest", "EventRequest"],
        "description": "the type of the request to an extension",
    },
    "intent": _said(_TEXT, "the intent of the request to an extension"),
    "slots": {"type": "object", "description": "a pattern over the values of its slots, by name"},
    "linked": _said({"type": "boolean"}, "whether the request to an extension carries an access token"),
    "observed": _said(_TEXT, "what is seen at the device: `led` of the bundled one, whatever a real one reports"),
    "value": {"description": "a pattern over the value of what is observed"},
    "payload": {"type": "object", "description": "a pattern over the payload"},
    "header": {"type": "object", "description": "a pattern over the header"},
    "context": {"type": "object", "description": "a pattern over the context objects, by full name"},
    "says": {"description": "a pattern over what is said in it, by the user or by the cloud"},
    "status": {"description": "the HTTP status of the event's answer"},
    "via": {"enum": ["response", "downchannel"], "description": "how the directive travels"},
    "device": _said(_TEXT, "which device's; `any`: any one's"),
}
_ORDER = {"enum": ["given", "any"], "description": "any: the list is met in any order"}
_ONLY = {"type": "boolean", "description": "true: nothing else of the kinds that are listed may come"}
_EXPECT = _object(
    {
        **_SEEN,
        "within": _said(_DURATION, "counted from the step's start; 10s unless said otherwise"),
        "as": _said(_WORD, "what later expressions call it by: `${NAME.payload.token}`"),
        "never": _said(_object(_SEEN, minProperties=1), "this must not come before the window ends"),
        "order": _ORDER,
        "only": _ONLY,
    },
    minProperties=1,
)

# Steps

_AT = _object(
    {
        "after": {
            "oneOf": [_said(_TEXT, "a name given by `as`, or a message's full name"), _object(_SEEN, minProperties=1)],
            "description": "what was seen since the step before began: a message's name or pattern, a name by `as`",
        },
        "plus": _said(_DURATION, "and then so much later"),
        "within": _said(_DURATION, "how long to wait for it; 10s unless said otherwise"),
    },
    minProperties=1,
    description="when the step is due",
)
_DOES = {
    "say": _said(_TEXT, "the user speaks"),
    "audio": _said(_TEXT, "what the microphone hears of it: a WAV file (16 kHz, 16 bit, mono), relative to this file"),
    "type": _said(_TEXT, "the user types"),
    "press": _said(_TEXT, "the user presses a button: stop, play, pause, next, volume-up, custom:NAME"),
    "event": _said(_NAME, "the device sends this event, with its context"),
    "payload": {"type": "object", "description": "of the event, or of the directive that is pushed"},
    "push": _said(_NAME, "the cloud pushes this directive onto the downchannel"),
    "with": {"type": "object", "description": "the example of the pushed directive with these members changed"},
    "example": {"description": "true: a valid example; or the name of a content template"},
    "unchecked": {"type": "boolean", "description": "push a wrong message on purpose"},
    "power": {"enum": ["on", "off", True, False], "description": "the user switches the device"},
    "fault": _said(SCHEMA_OF_FAULTS, "something goes wrong on purpose, under way or next"),
    "app": SCHEMA_OF_APP,
    "terms": {
        "enum": ["accept", "decline"],
        "description": "the user answers the page with the terms of use that the device shows (451)",
    },
    "login": {"enum": ["user", "guest"], "description": "the device changes to the account's user, or to a guest"},
}
_EXPECTS = {
    "expect": {
        "oneOf": [_EXPECT, {"type": "array", "items": _EXPECT}],
        "description": "what must follow: one expectation, or a list that is met in its order",
    },
    "order": _ORDER,
    "only": _ONLY,
}
_PLACED = {"device": _said(_TEXT, "which of several devices; the first one unless said otherwise"), "at": _AT}
_PART = _object({**_DOES, **_EXPECTS, **_PLACED}, minProperties=1)
_STEP = _object(
    {
        **_DOES,
        "wait": _said(_DURATION, "time passes"),
        "advance": _said(_DURATION, "the clocks of the account and of its devices are moved on"),
        "parallel": {"type": "array", "items": _PART, "minItems": 1, "description": "steps that begin together"},
        **_EXPECTS,
        **_PLACED,
    },
    minProperties=1,
)

# The file

_DEVICE = _object(
    {
        "display": {
            "oneOf": [{"enum": ["none", "s100", "m100", "l100", "xl100"]}, {"type": "object"}, {"type": "null"}],
            "description": "a size, or the payload of Device.Display; null leaves the context object out",
        },
        "device_state": {
            "type": "object",
            "description": "members of Device.DeviceState to put over those of a plain speaker; null takes one away",
        },
        "edition": {
            "enum": ["newer", "4.4"],
            "description": "edition that its firmware was written by; the account's unless given",
        },
        "guest": {"type": "boolean", "description": "nobody is logged in"},
        "lang": {"enum": list(LANGUAGES), "description": "what its user speaks; the account's unless given"},
        "tags": {"type": "array", "items": _TEXT, "description": "X-Clova-Device-Tags"},
    }
)
_ACCOUNT = _said(schema_of_settings("account"), "settings of the account: lang, timezone, strict, behaviour")

_ALERT = _object(
    {**ALERT, "device": _said(_TEXT, "whose it is; the first device's unless said otherwise")},
    ("type", "scheduled_time"),
    description="an alert that was set before",
)

_REQUEST = {"enum": ["LaunchRequest", "IntentRequest", "SessionEndedRequest", "EventRequest"]}
_MODEL_FILES = {
    "type": "object",
    "additionalProperties": _object(
        {
            "tsv": _said(_TEXT, "the text of the console's TSV file"),
            "file": _said(_TEXT, "the TSV file, relative to this one"),
        },
        minProperties=1,
    ),
}
_ANSWER_WHEN = _object(
    {
        "request": _said(_REQUEST, "the type of the request"),
        "intent": _said(_INTENT, "the intent, or a list of intents"),
        "slots": {"type": "object", "description": "a pattern over the values of its slots, by name"},
        "attributes": {"type": "object", "description": "a pattern over the session's attributes"},
        "linked": _said({"type": "boolean"}, "whether the request carries an access token"),
        "nth": _said(
            {"type": "integer", "minimum": 1}, "only the so many-th request for which all else holds, no earlier answer"
        ),
    },
    description="conditions, all of which must hold",
)
_ANSWER_THEN = _object(
    {
        "speak": {
            "oneOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}],
            "description": "what is said: a text, or a list of texts",
        },
        "lang": _said({"enum": list(LANGUAGES)}, "language of the voice; the extension's unless said otherwise"),
        "ends": _said({"type": "boolean"}, "false: the session goes on and the user is listened to; true unless told"),
        "reprompt": _said(_TEXT, "what is said if the user says nothing then"),
        "attributes": {"type": "object", "description": "the session's attributes from then on; else they stay"},
        "card": {"type": "object", "description": "a content template to be shown"},
        "directives": {
            "type": "array",
            "items": _ANSWER,
            "description": "directives that go along: AudioPlayer.Play and the like",
        },
        "answer": {"type": "object", "description": "the whole message, exactly this, right or wrong"},
    },
    minProperties=1,
    description="what the extension answers",
)
_LINKING = _object(
    {
        "built_in": _said({"type": "boolean"}, "users log in at a page of mockcloud's own"),
        "login_url": _said(_TEXT, "the login page of another authorization server"),
        "access_token_uri": _said(_TEXT, "where codes are exchanged for tokens"),
        "refresh_uri": _said(_TEXT, "where tokens are refreshed; the access_token_uri unless given"),
        "client_id": _said(_TEXT, "what the authorization server knows us by"),
        "client_secret": _said(_TEXT, "and the secret beside it"),
        "client_authentication": _said({"enum": ["basic", "body"]}, "how it is told them; basic unless given"),
        "grant": _said({"enum": ["code", "token"]}, "code unless given; token in edition 4.4 only"),
        "scopes": _said({"type": "array", "items": _TEXT}, "what the user is asked to allow"),
        "domains": _said({"type": "array", "items": _TEXT}, "further domains of the login page"),
        "account_url": _said(_TEXT, "where the user manages the account"),
        "privacy_url": _said(_TEXT, "the privacy policy"),
    },
    minProperties=1,
)
_EXTENSION = _object(
    {
        "name": _said(_TEXT, "its name in the store; its first invocation name unless given"),
        "invocation_names": {
            "type": "array",
            "items": _TEXT,
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
            "description": "what users call it",
        },
        "url": {"type": "string", "pattern": r"^https?://[^/\s]+\S*$", "description": "where its server is"},
        "lang": {"enum": list(LANGUAGES), "description": "the language of its users; the account's unless given"},
        "edition": {"enum": ["newer", "4.4"], "description": "edition of its requests; the account's unless given"},
        "profile": {"enum": ["plain", "wire"], "description": "wire: requests as production really sends them"},
        "audio_player": {"type": "boolean", "description": "it answers with directives of AudioPlayer"},
        "extra_directives": {"type": "array", "items": _NAME, "description": "further directives it may answer with"},
        "linking": _said(_LINKING, "account linking; `{built_in: true}`: users log in at a page of mockcloud's own"),
        "model": _said(_object({"intents": _MODEL_FILES, "slot_types": _MODEL_FILES}), "its interaction model"),
        "answers": {
            "type": "array",
            "items": _object({"when": _ANSWER_WHEN, "then": _ANSWER_THEN}, ("then",)),
            "description": "what it answers without a server; the first whose `when` holds",
        },
    },
    ("invocation_names", "model"),
    description="an extension of this id",
)

GIVEN = _object(
    {
        "account": _ACCOUNT,
        "alerts": {"type": "array", "items": _ALERT, "description": "alerts that have been set before the first step"},
        "clock": _said(_TEXT, "when it begins: 2026-01-01T07:30:00+09:00"),
        "devices": {
            "type": "object",
            "additionalProperties": {**_DEVICE, "type": ["object", "null"], "description": "a device of this name"},
            "minProperties": 1,
            "description": "by name; without it there is one, a plain speaker named `speaker`",
        },
        "edition": {"enum": ["newer", "4.4"], "description": "edition of the specification"},
        "extensions": {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)+$"},
            "additionalProperties": _EXTENSION,
            "description": "extensions that the user has enabled, by their ids (com.example.pizza)",
        },
        "seed": {"type": "integer", "description": "where identifiers and examples come from"},
        "settings": {"type": "object", "description": "any settings of mockcloud.yaml"},
        "state": {"type": "string", "description": "the scenario's state at the beginning"},
    }
)

SCHEMA: dict[str, Any] = _object(
    {
        "mockcloud": {"const": 1, "description": "version of the language"},
        "title": _said(_TEXT, "the situation in one line"),
        "covers": {"type": "array", "items": {"type": "string"}, "description": "requirements, such as C-079"},
        "include": {
            "type": "array",
            "items": _TEXT,
            "description": "files whose rules come after the ones here, and whose `given` holds unless given here",
        },
        "cases": {
            "type": "array",
            "items": {"type": "object"},
            "minItems": 1,
            "description": "a run for each row; its members are names for `${...}`, `name` is what reports call it by",
        },
        "given": _said(GIVEN, "what holds before the first step"),
        "rules": {"type": "array", "items": _RULE, "description": "what the cloud answers; the first that holds wins"},
        "steps": {"type": "array", "items": _STEP, "description": "what happens, and what must follow"},
    },
    ("mockcloud", "title"),
    **{"$schema": "https://json-schema.org/draft/2020-12/schema"},
)

INCLUDED: dict[str, Any] = {**SCHEMA, "required": ["mockcloud"]}
"""The schema of a file that another one includes: it needs no title."""


def for_editors() -> dict[str, Any]:
    """The schema as a file of its own, as editors read it."""
    return {"$schema": SCHEMA["$schema"], "title": "A scenario of mockcloud", **SCHEMA}
