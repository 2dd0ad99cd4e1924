"""What a request of the control API may say: its JSON bodies and its query parameters.

Members have the names of the fields of the operation they become (`mockcloud.cic.operations`). In a body null is the
same as leaving a member out. Unknown members and parameters are refused.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mockcloud.cloud.alerts import AlertType
from mockcloud.cloud.notifications import Light
from mockcloud.journal import Channel, Direction, Kind
from mockcloud.settings import Breakage, Edition, Lang, schema

LONGEST_WAIT_MS = 24 * 60 * 60 * 1000

MOST = 2**31 - 1

Count = Annotated[int, Meta(ge=0, le=MOST)]
Milliseconds = Annotated[int, Meta(ge=0, le=LONGEST_WAIT_MS)]
Seed = Annotated[int, Meta(ge=0, description="Where the account's identifiers and examples come from.")]
Name = Annotated[str, Meta(min_length=1)]
Base64 = Annotated[bytes, Meta(description="The content in base64.")]
OwnSettings = Annotated[
    dict[str, Any],
    Meta(
        description="Settings of its own, nested as in mockcloud.yaml. What stands beside it wins.",
        extra_json_schema=schema("account"),
    ),
]
Pattern = Annotated[
    Any, Meta(description="A value, or operators: contains matches any not exists absent gte lte schema.")
]


class Nothing(Struct, forbid_unknown_fields=True):
    """No members."""


class _Own(Struct, forbid_unknown_fields=True, kw_only=True):
    edition: Edition | None = None
    strict: bool | None = None
    timezone: str | None = None
    lang: Lang | None = None
    seed: Seed | None = None
    settings: OwnSettings | None = None


class NewAccount(_Own):
    """A sandbox. Everything may be left out."""

    name: Annotated[str, Meta(description="Becomes its id.")] | None = None
    listener: Annotated[Literal["shared", "own"], Meta(description="own: a device listener on a port of its own.")] = (
        "shared"
    )
    devices: Annotated[list[str], Meta(description="A device_id for each device that is to have tokens.")] | None = None


class ChangedAccount(_Own):
    """Settings to change; what is left out stays."""


class NewDevice(Struct, forbid_unknown_fields=True):
    """A device that is to have tokens."""

    device_id: Annotated[str, Meta(min_length=1)]


class DirectiveHeader(Struct, forbid_unknown_fields=True):
    """Identifiers that are left out are made up."""

    namespace: Name
    name: Name
    messageId: str | UnsetType = UNSET  # noqa: N815 - the specification's names
    dialogRequestId: str | UnsetType = UNSET  # noqa: N815


class PushedDirective(Struct, forbid_unknown_fields=True):
    """A directive as devices get it."""

    header: DirectiveHeader
    payload: dict[str, Any] = {}


class Attachment(Struct, forbid_unknown_fields=True):
    """A binary part beside the directive, which refers to it as ``cid:<content_id>``."""

    content_id: Annotated[str, Meta(min_length=1)]
    data: Base64
    content_type: str = "application/octet-stream"


class Push(Struct, forbid_unknown_fields=True, kw_only=True):
    """A directive for open downchannels: the device's, or those of all devices of the account."""

    account: str | None = None
    device: str | None = None
    directive: PushedDirective
    attachments: list[Attachment] | None = None
    wait_ms: Annotated[Milliseconds, Meta(description="How long to wait for a downchannel.")] = 0
    unchecked: Annotated[bool, Meta(description="Send it even if it breaks the specification.")] = False


class Match(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an entry has to be; each member is a pattern, as in the ``when`` of a scenario."""

    event: Pattern | UnsetType = UNSET
    directive: Pattern | UnsetType = UNSET
    payload: Pattern | UnsetType = UNSET
    header: Pattern | UnsetType = UNSET
    context: Pattern | UnsetType = UNSET
    says: Pattern | UnsetType = UNSET
    device: Pattern | UnsetType = UNSET
    channel: Pattern | UnsetType = UNSET
    direction: Pattern | UnsetType = UNSET
    kind: Pattern | UnsetType = UNSET
    name: Pattern | UnsetType = UNSET
    dialog_request_id: Pattern | UnsetType = UNSET
    message_id: Pattern | UnsetType = UNSET
    status: Pattern | UnsetType = UNSET
    rule: Pattern | UnsetType = UNSET
    unmatched: Pattern | UnsetType = UNSET
    extension: Annotated[Pattern, Meta(description="Extension ID.")] | UnsetType = UNSET
    request: Annotated[Pattern, Meta(description="What an extension is asked: IntentRequest.")] | UnsetType = UNSET
    intent: Pattern | UnsetType = UNSET
    slots: Annotated[Pattern, Meta(description="Of a request to an extension: value by slot name.")] | UnsetType = UNSET
    linked: (
        Annotated[Pattern, Meta(description="Of a request to an extension: whether it carries an access token.")]
        | UnsetType
    ) = UNSET
    observed: Annotated[Pattern, Meta(description="What a rig has seen of a device: led.")] | UnsetType = UNSET
    value: Annotated[Pattern, Meta(description="What it has seen: red.")] | UnsetType = UNSET
    violations: Annotated[Pattern, Meta(description="Codes of findings, a list.")] | UnsetType = UNSET


class Wait(Struct, forbid_unknown_fields=True, kw_only=True):
    """Entries to wait for; those that are there already count."""

    account: str | None = None
    match: Match
    count: Annotated[int, Meta(ge=1, le=MOST)] = 1
    timeout_ms: Milliseconds = 5000
    after_seq: Annotated[Count, Meta(description="Only entries after this one count.")] = 0


class NewState(Struct, forbid_unknown_fields=True):
    """The state of the account's scenario."""

    state: str


class Clock(Struct, forbid_unknown_fields=True, kw_only=True):
    """Freeze the account's clock, move it on, or give it the real time again."""

    action: Literal["freeze", "advance", "reset"]
    by: Annotated[str, Meta(description="A duration.", examples=["PT55M", "5s"])] | None = None
    to: (
        Annotated[str, Meta(description="A date; without offset it is local.", examples=["2026-01-01T07:30:00+09:00"])]
        | None
    ) = None


class NewSeed(Struct, forbid_unknown_fields=True):
    """Where identifiers and examples come from, from now on."""

    seed: Seed


class NewTerms(Struct, forbid_unknown_fields=True):
    """Whether the account has accepted the terms of use."""

    accepted: bool


class Utterance(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the next microphone audio means; the device's own come before the account's."""

    text: str
    device: str | None = None


class QuestionTimeout(Struct, forbid_unknown_fields=True):
    """How long questions wait for the user of a device; null: as long as the account's settings say."""

    question_timeout: Annotated[str, Meta(description="A duration.", examples=["PT10M", "10m"])] | None


class AlertAction(Struct, forbid_unknown_fields=True):
    """A directive that an ACTIONTIMER carries out when it has run off."""

    namespace: Name
    name: Name
    payload: dict[str, Any] = {}


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NewAlert(Struct, forbid_unknown_fields=True, kw_only=True):
    """An alert of a device; with the token of one that exists it changes that one."""

    device: str
    type: AlertType
    scheduled_time: Annotated[
        str, Meta(description="A date; without offset it is local.", examples=["2026-01-01T07:30:00+09:00"])
    ]
    token: str = ""
    label: str = ""
    repeat: Annotated[list[Weekday], Meta(description="Days on which it rings again.")] | None = None
    action: Annotated[list[AlertAction], Meta(description="What an ACTIONTIMER does.")] | None = None


class WhichDevice(Struct, forbid_unknown_fields=True):
    """One device, or all of the account."""

    device: str | None = None


class OneDevice(Struct, forbid_unknown_fields=True):
    """A device of the account."""

    device: str


class DelegatedRequest(Struct, forbid_unknown_fields=True):
    """What the user asks for, and the device that is to do it."""

    device: str
    text: str


class Pin(Struct, forbid_unknown_fields=True):
    """The PIN of the Bluetooth device that a device is to connect to."""

    device: str
    pin: str


class Notification(Struct, forbid_unknown_fields=True, kw_only=True):
    """A notification for a device, or for all of the account that have a downchannel."""

    text: str = ""
    present: Annotated[bool, Meta(description="Notify instead of SetIndicator.")] = False
    new: bool = True
    device: str | None = None
    light: Light = "DEFAULT"
    sounds: Annotated[list[str], Meta(description="URLs, in the order in which they play.")] | None = None


class ButtonWords(Struct, forbid_unknown_fields=True):
    """What is said when the button is pressed."""

    text: str


class RegisteredDevice(Struct, forbid_unknown_fields=True):
    """What the user calls it, and its model; what is empty stays."""

    name: str = ""
    model_id: str = ""


class WhichAccount(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose; without it everybody's."""

    account: str | UnsetType = UNSET


class WhoseExtension(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose; without it that of the account ``default``."""

    account: str | UnsetType = UNSET


class WhichFile(Struct, forbid_unknown_fields=True, kw_only=True):
    """What problems call the file."""

    file: str | UnsetType = UNSET


class WhichEntries(Struct, forbid_unknown_fields=True, kw_only=True):
    """Entries that have these values; the newest ``limit`` of them, oldest first."""

    account: str | UnsetType = UNSET
    device: str | UnsetType = UNSET
    connection: int | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET
    direction: Direction | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    name: str | UnsetType = UNSET
    dialog_request_id: str | UnsetType = UNSET
    message_id: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    unmatched: bool | UnsetType = UNSET
    words: str | UnsetType = UNSET
    audio_bytes: int | UnsetType = UNSET
    note: str | UnsetType = UNSET
    violations: Annotated[str, Meta(description="Code of a finding that it has.")] | UnsetType = UNSET
    because: Annotated[str, Meta(description="A requirement that it rests on.", examples=["C-038"])] | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    after_seq: Count | UnsetType = UNSET
    limit: Count | UnsetType = UNSET


class ModelFile(Struct, forbid_unknown_fields=True):
    """A file of an interaction model."""

    tsv: Annotated[str, Meta(description="The text of the console's TSV file.")]


class ModelFiles(Struct, forbid_unknown_fields=True):
    """An interaction model: files by the name of the intent, and of the custom slot type."""

    intents: dict[str, ModelFile] = {}
    slot_types: dict[str, ModelFile] = {}


class AccountLinking(Struct, forbid_unknown_fields=True):
    """Account linking, as the console's page has it."""

    login_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    access_token_uri: str | None = None
    refresh_uri: str | None = None
    account_url: str | None = None
    privacy_url: str | None = None
    domains: list[str] | None = None
    scopes: list[str] | None = None
    grant: Literal["code", "token"] | None = None
    client_authentication: Literal["basic", "body"] | None = None
    built_in: Annotated[bool, Meta(description="Users log in at a page of mockcloud's own.")] | None = None


class Registration(Struct, forbid_unknown_fields=True, kw_only=True):
    """An extension. What is left out has its default; what was said before is not kept."""

    account: Annotated[str, Meta(description="Whose extension it is.")] | UnsetType | None = UNSET
    type: Literal["Custom"] | None = None
    name: Annotated[str, Meta(description="Its name in the store.")]
    invocation_names: Annotated[list[str], Meta(description="What users call it.")]
    url: Annotated[str, Meta(description="Where its server takes requests.")]
    model: ModelFiles
    lang: Lang | None = None
    edition: Edition | None = None
    profile: Annotated[Literal["plain", "wire"], Meta(description="wire: as production sends.")] | None = None
    audio_player: bool | None = None
    extra_directives: list[str] | None = None
    testers: list[str] | None = None
    maker: str | None = None
    contact: str | None = None
    enabled: bool | None = None
    linking: AccountLinking | None = None
    signature: Annotated[Breakage, Meta(description="How signatures are made wrong on purpose.")] | None = None
    trust: str | None = None
    verify: bool | None = None
    build: Annotated[bool, Meta(description="false: the model that was built last stays in use.")] = True


class LinkedTokens(Struct, forbid_unknown_fields=True, kw_only=True):
    """Tokens of an account, as if its user had logged in."""

    account: Annotated[str, Meta(description="Whose extension it is.")] | UnsetType | None = UNSET
    access_token: Annotated[str, Meta(min_length=1)]
    refresh_token: str = ""
    expires_in: Annotated[int, Meta(ge=0, le=MOST, description="Seconds; without it, it does not end.")] | None = None


class Tested(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the console's test page is given: an utterance, or a request that was edited."""

    account: Annotated[str, Meta(description="Whose extension it is.")] | UnsetType | None = UNSET
    utterance: Annotated[str, Meta(description="A command; its invocation name may be left out.")] | None = None
    request: Annotated[dict[str, Any], Meta(description="Sent as it is, signed anew.")] | None = None
