"""Every setting, declared once: its default, what it means, and which open point of the specification it decides.

Settings come, in this order, from the command line, from ``MOCKCLOUD_*`` names of the environment, from
``mockcloud.yaml`` and from the defaults here. Names in the file are those of the fields; in the environment they
are in capitals, with the block before them (``MOCKCLOUD_PORT``, ``MOCKCLOUD_LIMITS_BODY``); on the command line
they have hyphens (``--key-type``).
"""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, available_timezones

from mockcloud.clock import MILLISECOND, SECOND, duration
from mockcloud.errors import MockcloudError

Edition = Literal["newer", "4.4"]
EDITIONS: tuple[Edition, ...] = ("newer", "4.4")
Lang = Literal["ko", "ja", "en"]
"""A language that users speak."""
LANGUAGES: tuple[Lang, ...] = ("ko", "ja", "en")

Breakage = Literal[
    "none", "missing", "garbled", "not-base64", "other-body", "other-key", "other-hash",
    "http-chain", "wrong-prefix", "wrong-name", "expired", "untrusted",
]  # fmt: skip
"""How a signature can be made wrong on purpose; `mockcloud.cek.signing` says what each does."""

NoMatch = Literal["clova", "nearest", "guide", "fallback", "end"]
"""What becomes of words that nothing in an extension's model fits (K-061)."""

KIB = 1024
MIB = 1024 * KIB


def _setting(default: Any, said: str, *, item: str = "", duration: bool = False) -> Any:
    """A field with what the reference page says of it; ``item`` is the requirement that leaves it open."""
    metadata = {"said": said, "item": item, "duration": duration}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of anything is taken in. Sizes are bytes."""

    header_block: int = _setting(64 * KIB, "header block of a request; above it 431")
    json: int = _setting(1 * MIB, "JSON part of an event")
    json_depth: int = _setting(64, "nesting of JSON")
    audio: int = _setting(60 * SECOND, "audio of one utterance", duration=True)
    body: int = _setting(8 * MIB, "body of a request; above it 400 on the CIC endpoints, 413 elsewhere")
    extension_answer: int = _setting(1 * MIB, "answer of an extension")
    journal_entries: int = _setting(10_000, "journal entries kept for an account; the oldest go first")
    journal_bytes: int = _setting(64 * MIB, "bytes of messages kept in the journal of an account")
    downchannel_parts: int = _setting(
        256, "parts that wait for a device: to read (more close its downchannel), to connect"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the specification leaves open: its recommended default, and how to have it otherwise. Per account."""

    access_token_life: int = _setting(12_960_000 * SECOND, "life of an access token", item="C-012", duration=True)
    code_life: int = _setting(600 * SECOND, "life of an authorization code", item="C-011", duration=True)
    expect_report_state: Literal["edition", "on", "off"] = _setting(
        "edition",
        "DeviceControl.ExpectReportState right after Hello; edition: on in 4.4, off in newer",
        item="C-032",
    )
    downchannel_interval: int = _setting(
        1 * SECOND,
        "a second GET /v1/directives within this time is answered 429",
        item="C-029",
        duration=True,
    )
    answer_without_end: int = _setting(
        10 * SECOND,
        "an event whose request is never ended is answered after this time; 0: never",
        item="C-045",
        duration=True,
    )
    report_patience: int = _setting(
        10 * SECOND,
        "what a directive orders and a device does not report within this time is a finding; 0: never",
        item="C-105",
        duration=True,
    )
    stop_capture_text: bool = _setting(False, "StopCapture carries recognizedText", item="C-081")
    show_recognized_text: bool = _setting(False, "ShowRecognizedText while the device sends audio", item="C-084")
    keep_recording: int = _setting(
        0, "KeepRecording at this interval while audio comes; 0: never", item="C-085", duration=True
    )
    not_understood: Literal["none", "speak"] = _setting("none", "none: 204; speak: an apology", item="C-092")
    speak_by: Literal["cid", "url"] = _setting(
        "cid", "audio of a Speak in a response: attached, or to fetch", item="C-097"
    )
    pushed_dialog_id: bool = _setting(
        False, "a directive pushed because of an event carries that event's dialogRequestId", item="C-073"
    )
    question_timeout: int = _setting(
        7 * SECOND, "timeoutInMilliseconds of our own ExpectSpeech", item="C-087", duration=True
    )
    question_mismatch: Literal["continue", "new"] = _setting(
        "continue",
        "an answer whose dialogRequestId or explicit is not the question's: continue the dialog, or a new request",
        item="C-088",
    )
    question_grace: int = _setting(
        2 * SECOND, "how long after its timeout a question may still be answered", item="C-089", duration=True
    )
    alert_report: Literal["response", "downchannel"] = _setting(
        "response", "where the user is told what became of an alert asked for by voice", item="C-105"
    )
    repeat_token: Literal["keep", "new"] = _setting(
        "keep", "token of the next occurrence of a repeating alert", item="C-110"
    )
    synchronize_alerts: Literal["downchannel", "response"] = _setting(
        "downchannel", "where all alerts are sent when a device asks for them", item="C-166"
    )
    deliver_stream_as: Literal["audioStream", "stream", "both"] = _setting(
        "audioStream", "name of the stream in StreamDeliver", item="C-118"
    )
    playback_buttons: Literal["directive", "play", "none"] = _setting(
        "directive",
        "what answers a playback button: the directive of its name; for next and previous AudioPlayer.Play; nothing",
        item="C-127",
    )
    handover_stops_giver: bool = _setting(True, "Stop to the device whose playback another takes over", item="C-132")
    deprecated_directives: bool = _setting(
        False, "TurnOnRepeatMode, VolumeUp, OpenScreen and the like instead of what replaced them", item="C-133"
    )
    not_supported: Literal["speak", "none"] = _setting(
        "speak", "a control that the device's state does not allow: say so, or 204", item="C-134"
    )
    remind_of_notifications: bool = _setting(
        True, "SetIndicator to a device that connects while notifications have not been seen", item="C-162"
    )
    new_bluetooth_actions: Literal["allowed", "listed"] = _setting(
        "allowed",
        "BtDelete, BtPlay and BtRescan, which the guide's actions do not list: always, or only if listed",
        item="C-134",
    )
    fit_set_value: bool = _setting(True, "fit SetValue into the range that the device reports", item="C-138")
    synchronized_state: Literal["object", "payload"] = _setting(
        "object", "deviceState of SynchronizeState: the context object as reported, or its payload", item="C-142"
    )
    ask_requester: bool = _setting(
        False, "ExpectReportState also to the device that requests a synchronisation", item="C-145"
    )
    report_state_duration: int = _setting(
        0, "durationInSeconds of ExpectReportState; 0: one report", item="C-146", duration=True
    )
    report_state_interval: int = _setting(
        60 * SECOND, "intervalInSeconds of ExpectReportState, if it has a duration", item="C-146", duration=True
    )
    bluetooth_role: Literal["reported", "opposite"] = _setting(
        "reported", "role in BtConnect, BtDisconnect and BtDelete: the one in btlist, or its opposite", item="C-149"
    )
    bluetooth_pin: str = _setting("", "PIN given at once when a device asks for one; empty: wait for it", item="C-155")
    player_items: int = _setting(10, "items of RenderPlayerInfo when none are asked for by range", item="C-171")
    like: Literal["render", "none"] = _setting(
        "render", "what answers a like button: the changed item, or nothing", item="C-175"
    )
    login_needed: tuple[str, ...] = _setting(
        ("memo", "music", "schedule"), "services that a guest gets ExpectLogin for", item="C-184"
    )
    no_match: NoMatch = _setting(
        "clova",
        "words that nothing in an extension's model fits: the cloud says so, the nearest intent, Clova.GuideIntent, "
        "Clova.FallbackIntent, or the session ends",
        item="K-061",
    )
    speech_allowance: int = _setting(
        30 * SECOND,
        "how long an extension's speech may take to be played if no SpeechFinished tells of its end",
        item="K-090",
        duration=True,
    )
    speech_set: Literal["brief_then_verbose", "verbose_only"] = _setting(
        "brief_then_verbose", "what of a SpeechSet a device without display is told", item="K-105"
    )
    extension_signature: Breakage = _setting(
        "none",
        "how the signature of requests to extensions is made wrong; an extension may have a way of its own",
        item="K-096",
    )
    event_requests: Literal["in_order", "shuffled"] = _setting(
        "in_order",
        "EventRequests: as the events come, or in another order, since the platform promises none",
        item="K-122",
    )
    skill_events: bool = _setting(
        False,
        "ClovaSkill.SkillEnabled and SkillDisabled to extensions that are enabled and disabled, as in Japan",
        item="K-121",
    )
    extension_patience: int = _setting(
        8 * SECOND, "how long an extension may take to answer", item="K-131", duration=True
    )
    strict_endpoint: bool = _setting(
        False, "extensions are served on port 80 (http) and 443 (https) only, with a trusted certificate", item="K-004"
    )
    attachments: Literal["after", "before", "last"] = _setting(
        "after",
        "place of an attachment: after or before its directive, or after all directives",
        item="C-055",
    )
    hang_over: int = _setting(600 * MILLISECOND, "silence that ends an utterance", item="C-080", duration=True)
    no_speech: int = _setting(
        5 * SECOND, "silence without any speech that ends an utterance", item="C-080", duration=True
    )
    longest_speech: int = _setting(15 * SECOND, "longest utterance", item="C-080", duration=True)
    ping_interval: int = _setting(
        60 * SECOND, "our own PING on a connection with a downchannel; 0: none", item="C-069", duration=True
    )
    ping_patience: int = _setting(
        0,
        "close a connection that leaves our PING unanswered for this time; 0: only record it",
        item="C-069",
        duration=True,
    )
    expected_ping: int = _setting(
        70 * SECOND,
        "a device that has sent neither PING nor GET /ping for this time is a finding; 0: never",
        item="C-069",
        duration=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What an account may have of its own; the server's values are the defaults of new accounts."""

    edition: Edition = _setting("newer", "edition of the specification")
    strict: bool = _setting(False, "refuse on the wire what breaks the specification")
    timezone: str = _setting("Asia/Seoul", "time zone of the account")
    lang: Lang = _setting("ko", "language of the account")
    seed: int = _setting(0, "where the account's identifiers and examples come from")
    keep_audio: bool = _setting(False, "keep the audio of utterances with the journal, to be fetched as WAV")
    behaviour: Behaviour = _setting(Behaviour, "what the specification leaves open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A server's settings."""

    host: str = _setting("127.0.0.1", "address of the device listener")
    port: int = _setting(8443, "port of the device listener; 0: a free one")
    control_host: str = _setting("127.0.0.1", "address of the control listener")
    control_port: int = _setting(8444, "port of the control listener; 0: a free one")
    control_token: str = _setting("", "token that the control API wants; needed to bind it beyond loopback")
    control_allow_host: tuple[str, ...] = _setting((), "further Host names that the control listener answers to")
    tls: bool = _setting(True, "TLS on the device listener; without it HTTP/2 in clear text (h2c)")
    certs: str = _setting("", "folder of the certificate authority; empty: the user's own")
    key_type: Literal["ec", "rsa"] = _setting("ec", "kind of the server's key")
    san: tuple[str, ...] = _setting((), "further names in the server's certificate")
    keylog: str = _setting("", "file that gets the TLS secrets, for Wireshark")
    public_url: str = _setting("", "base of the URLs handed out; empty: that of the request that caused them")
    state: str = _setting("", "folder that keeps accounts over restarts of `serve`; empty: memory only")
    recordings: str = _setting("", "folder of recordings that are recognised: name.wav with name.txt beside it")
    nlu_engine: str = _setting(
        "", "who understands the models of extensions, as package.module:Name; empty: our own matcher"
    )
    schemas: tuple[str, ...] = _setting((), "folders of further message schemas, laid out like the bundled ones")
    account: AccountSettings = _setting(AccountSettings, "defaults of accounts")
    limits: Limits = _setting(Limits, "how much of anything is taken in")


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as the reference page, the environment and the file know it."""

    path: tuple[str, ...]
    """Names of its blocks and its own: ``("behaviour", "keep_recording")``."""
    kind: str
    """``text``, ``number``, ``switch``, ``duration``, ``list`` or ``choice``."""
    default: Any
    said: str
    item: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return "_".join(("MOCKCLOUD", *self.path)).upper()


def declared(block: type = Settings, above: tuple[str, ...] = ()) -> list[Declared]:
    """All settings in their order. The ``account`` block's own names stand at top level, as in the file."""
    found: list[Declared] = []
    hints = get_type_hints(block)
    for one in fields(block):
        kind = hints[one.name]
        if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
            found += declared(kind, above if kind is AccountSettings else (*above, one.name))
        else:
            found.append(_describe(one, kind, above))
    return found


def _describe(one: Field[Any], kind: Any, above: tuple[str, ...]) -> Declared:
    factory = one.default_factory
    default = one.default if factory is MISSING else factory()
    choices: tuple[str, ...] = get_args(kind) if get_origin(kind) is Literal else ()
    if one.metadata["duration"]:
        name = "duration"
    elif choices:
        name = "choice"
    else:
        name = {str: "text", int: "number", bool: "switch"}.get(kind, "list")
    return Declared((*above, one.name), name, default, one.metadata["said"], one.metadata["item"], choices)


def schema(scope: Literal["server", "account"] = "server") -> dict[str, Any]:
    """The JSON Schema of ``mockcloud.yaml`` (server), or of an account's own settings."""
    block = Settings if scope == "server" else AccountSettings
    root: dict[str, Any] = _block()
    for one in declared(block):
        place = root
        for name in one.path[:-1]:
            place = place["properties"].setdefault(name, _block(_said_of(block, name)))
        place["properties"][one.path[-1]] = {**_SHAPES[one.kind], "description": one.said} | (
            {"enum": list(one.choices)} if one.choices else {}
        )
    return root


def _said_of(block: type, name: str) -> str:
    """What a block of settings, or the account's block in it, says of one of its own blocks."""
    return next(
        (str(one.metadata["said"]) for owner in (block, AccountSettings) for one in fields(owner) if one.name == name),
        "",
    )


def _block(said: str = "") -> dict[str, Any]:
    about = {"description": said} if said else {}
    return {"type": "object", "properties": {}, "additionalProperties": False, **about}


_SHAPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer", "minimum": 0},
    "switch": {"type": "boolean"},
    "duration": {"type": "string", "pattern": r"^(0|(\d+(\.\d+)?(h|ms?|s))+|P.+)$"},
    "list": {"type": "array", "items": {"type": "string"}},
    "choice": {"type": "string"},
}


S = TypeVar("S", Settings, AccountSettings)


class SettingError(MockcloudError):
    """A setting that does not exist or cannot have that value; ``path`` names it."""

    def __init__(self, path: tuple[str, ...], said: str) -> None:
        self.path = path
        super().__init__(f"{'.'.join(path)}: {said}")


def zone_of(timezone: str) -> ZoneInfo:
    """The time zone that the setting ``timezone`` names. Raises `SettingError`."""
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(timezone, sorted(available_timezones()), 1)
        hint = f"; did you mean {near[0]}?" if near else ": write Asia/Seoul"
        raise SettingError(("timezone",), f"there is no time zone {timezone!r}{hint}") from None


def apply(settings: S, values: Mapping[str, Any], *, text: bool = False) -> S:
    """``settings`` with values of a file or a request put over them; the account's block is addressed at top level.

    With ``text`` the leaves are words of the environment (``true``, ``8443``, ``a,b``). Raises `SettingError`.
    """
    return cast(S, _apply(settings, values, (), text))


def apply_given(settings: S, given: Mapping[str, Any]) -> S:
    """The settings with those of a scenario's ``given`` over them; it has three places for ``edition`` and ``seed``.

    Raises `SettingError`.
    """
    own = {name: given[name] for name in ("edition", "seed") if name in given}
    for values in (given.get("settings") or {}, given.get("account") or {}, own):
        settings = apply(settings, values)
    return settings


def _apply(block: Any, values: Mapping[str, Any], above: tuple[str, ...], text: bool) -> Any:
    hints = get_type_hints(type(block))
    changes: dict[str, Any] = {}
    nested = {
        name: owner
        for owner, kind in hints.items()
        if kind is AccountSettings
        for name in get_type_hints(AccountSettings)
    }
    for name, value in values.items():
        path = (*above, name)
        if name in nested:
            owner = nested[name]
            changes[owner] = _apply(changes.get(owner, getattr(block, owner)), {name: value}, above, text)
        elif name not in hints or hints[name] is AccountSettings:
            known = [n for n in (*hints, *nested) if hints.get(n) is not AccountSettings]
            near = difflib.get_close_matches(name, known, 1)
            raise SettingError(path, "there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
        elif isinstance(hints[name], type) and hasattr(hints[name], "__dataclass_fields__"):
            if not isinstance(value, Mapping):
                raise SettingError(path, f"this is a block of settings, not {value!r}")
            changes[name] = _apply(getattr(block, name), value, path, text)
        else:
            one = next(f for f in fields(block) if f.name == name)
            changes[name] = _value(_describe(one, hints[name], above), value, text)
    return replace(block, **changes)


def _value(one: Declared, value: Any, text: bool) -> Any:
    wanted = {
        "text": "text",
        "number": "a whole number that is not negative",
        "switch": "true or false",
        "duration": "a duration such as 250ms, 5s, 3m, 2h or PT55M (0: none)",
        "list": "a list of text",
        "choice": "one of " + ", ".join(one.choices),
    }[one.kind]
    try:
        return _READ[one.kind](one, value, text)
    except ValueError:
        near = difflib.get_close_matches(str(value), one.choices, 1)
        raise SettingError(
            one.path, f"{value!r} is not {wanted}" + (f"; did you mean {near[0]}?" if near else "")
        ) from None


def _read_text(one: Declared, value: Any, text: bool) -> str:  # noqa: ARG001
    if not isinstance(value, str):
        raise ValueError
    return value


def _read_number(one: Declared, value: Any, text: bool) -> int:  # noqa: ARG001
    if isinstance(value, bool) or not (isinstance(value, int) or (text and value.isdecimal())) or int(value) < 0:
        raise ValueError
    return int(value)


def _read_switch(one: Declared, value: Any, text: bool) -> bool:  # noqa: ARG001
    if text:
        value = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}.get(value.lower())
    if not isinstance(value, bool):
        raise ValueError
    return value


def _read_duration(one: Declared, value: Any, text: bool) -> int:  # noqa: ARG001
    if value in ("0", 0) and not isinstance(value, bool):
        return 0
    if not isinstance(value, str):
        raise ValueError
    return duration(value)


def _read_list(one: Declared, value: Any, text: bool) -> tuple[str, ...]:  # noqa: ARG001
    if text:
        value = [item.strip() for item in value.split(",") if item.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError
    return tuple(value)


def _read_choice(one: Declared, value: Any, text: bool) -> str:  # noqa: ARG001
    if value not in one.choices:
        raise ValueError
    return cast(str, value)


_READ = {
    "text": _read_text,
    "number": _read_number,
    "switch": _read_switch,
    "duration": _read_duration,
    "list": _read_list,
    "choice": _read_choice,
}


def from_environment(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values that ``MOCKCLOUD_*`` names give, nested like the file, and the names that mean nothing."""
    known = {one.variable: one for one in declared()}
    values: dict[str, Any] = {}
    unknown: list[str] = []
    for name in sorted(environ):
        if not name.startswith("MOCKCLOUD_") or name in NAMES_OF_CLIENTS:
            continue
        if name not in known:
            unknown.append(name)
            continue
        place = values
        for part in known[name].path[:-1]:
            place = place.setdefault(part, {})
        place[known[name].path[-1]] = environ[name]
    return values, unknown


NAMES_OF_CLIENTS = frozenset(
    f"MOCKCLOUD_{name}"
    for name in (
        "DEVICE_URL", "CONTROL_URL", "CA_FILE", "ACCOUNT", "CLIENT_ID", "CLIENT_SECRET", "NAVER_ACCESS_TOKEN",
        "CONFIG", "READY_FILE", "DEVICE_ID", "DEVICE_GIVEN", "ACCESS_TOKEN", "CEK_KEY",
    )
)  # fmt: skip
"""Names that tell programs under test and client commands where the server is; they are not settings of a server."""
