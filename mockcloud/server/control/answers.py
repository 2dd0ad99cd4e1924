"""What the control API answers. The values are made in `mockcloud.cic.control`; this is their documented shape."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mockcloud.journal import Channel, Direction, Kind
from mockcloud.settings import Edition

FAULT = {"$ref": "#/components/schemas/Fault"}
"""A fault mapping: `mockcloud.faults.SCHEMA`, which only the description needs."""
Date = Annotated[str, Meta(description="RFC 3339, account time.", examples=["2026-01-01T07:30:00.000+09:00"])]


Listener = Annotated[Literal["shared", "own"], Meta(description="Whether device_url is its own.")]


class DeviceTokens(Struct):
    """A device and its tokens."""

    device_id: str
    access_token: str
    refresh_token: str
    expires_in: Annotated[int, Meta(description="Seconds.")]


class MadeAccount(Struct):
    """A new account with everything that a test needs."""

    account: str
    naver_access_token: str
    client_id: str
    client_secret: str
    listener: Listener
    device_url: str
    devices: list[DeviceTokens]


class KnownDevice(Struct):
    """A device that the account has seen."""

    device_id: str
    model_id: str
    guest: bool
    user_agent: str
    tags: list[str]
    connected: Annotated[bool, Meta(description="Its downchannel is open.")]


class Account(Struct):
    """An account."""

    account: str
    naver_access_token: str
    client_id: str
    client_secret: str
    listener: Listener
    device_url: str
    edition: Edition
    strict: bool
    timezone: str
    lang: str
    seed: int
    terms_accepted: bool
    now: Date
    scenario: Annotated[str, Meta(description="Title of its scenario, or empty.")]
    state: str
    devices: list[KnownDevice]


class Accounts(Struct):
    """All accounts."""

    accounts: list[Account]


class OpenChannel(Struct):
    """An open downchannel."""

    id: str
    account: str
    device: str
    since: Date
    connection: int
    last_ping: Date | None
    queued: Annotated[int, Meta(description="Parts that have not left yet.")]


class Channels(Struct):
    """Open downchannels."""

    channels: list[OpenChannel]


class SentDirective(Struct):
    """Where a directive went."""

    device: str
    message_id: str
    state: Annotated[
        Literal["written", "blocked"], Meta(description="Whether its frames left, or wait for the device.")
    ]


class Sent(Struct):
    """What a push came to."""

    sent: list[SentDirective]


class Finding(Struct):
    """What breaks the specification, or is tolerated by it."""

    code: str
    path: str
    said: str
    severity: Literal["violation", "warning"]
    because: list[str]
    source: str


class Entry(Struct):
    """One thing that happened."""

    seq: int
    at: Date
    account: str
    device: str
    connection: int | None
    channel: Channel
    direction: Direction
    kind: Kind
    name: str
    dialog_request_id: str | None
    message_id: str | None
    status: int | None
    message: Any
    violations: list[Finding]
    rule: str
    because: list[str]
    unmatched: bool
    words: str
    audio_bytes: int
    """Size of what was heard; if it was kept, ``/v1/journal/{seq}/audio`` has it."""
    note: str


class Entries(Struct):
    """A part of an account's journal."""

    entries: list[Entry]
    last_seq: Annotated[int, Meta(description="The newest entry's number, whether it is among these or not.")]


class FailedCondition(Struct):
    """A condition of a rule that did not hold."""

    path: str
    expected: str
    found: Any


class NearRule(Struct):
    """A rule that came near to an event, and why it did not take it."""

    rule: str
    file: str
    line: int
    held: Annotated[list[str], Meta(description="The conditions that held.")]
    failed: list[FailedCondition]
    hint: Annotated[str, Meta(description="What to do about it.")]


class UnmatchedEntry(Entry):
    """An event that nothing took."""

    nearest: Annotated[list[NearRule], Meta(description="The rules that came nearest, the nearest first.")]


class UnmatchedEntries(Struct):
    """Events that nothing took."""

    entries: list[UnmatchedEntry]
    last_seq: Annotated[int, Meta(description="The newest entry's number, whether it is among these or not.")]


class NearMiss(Struct):
    """An entry that came near, and what did not hold."""

    seq: int
    name: str
    kind: Kind
    why: list[str]


class Waited(Struct):
    """What a wait came to."""

    matched: bool
    entries: list[Entry]
    nearest: list[NearMiss]


class LoadedScenario(Struct):
    """The scenario that the account now has."""

    title: str
    rules: list[str]


class ScenarioState(Struct):
    """The scenario and its state."""

    state: str
    scenario: str


class AccountTime(Struct):
    """The account's clock."""

    now: Date
    frozen: bool


class AccountSeed(Struct):
    """The seed that holds: the account's own, unless its scenario gives one."""

    seed: int


class Expired(Struct):
    """How many access tokens expired."""

    expired: int


class Revoked(Struct):
    """How many tokens were revoked."""

    revoked: int


class AccountTerms(Struct):
    """Whether the terms are accepted."""

    accepted: bool


class Queued(Struct):
    """How many utterances wait in the queue."""

    queued: int


class AlertDirective(Struct):
    """A directive that an ACTIONTIMER carries out."""

    name: str
    payload: dict[str, Any]


class Alert(Struct):
    """An alert of the account, as the cloud keeps it."""

    device: str
    alert: Annotated[dict[str, Any], Meta(description="Its SetAlert.")]
    ringing: bool
    repeat: list[str]
    action: list[AlertDirective]


class Alerts(Struct):
    """The account's alerts."""

    alerts: list[Alert]


class AskedDevices(Struct):
    """The devices that were asked."""

    asked: list[str]


class PlaybackState(Struct):
    """What a device has reported to play."""

    device: str
    state: dict[str, Any]


class PlaybackStates(Struct):
    """The last report of each device."""

    states: list[PlaybackState]


class Delegated(Struct):
    """The delegation that the device has been told of."""

    delegation_id: str


class GivenPin(Struct):
    """The Bluetooth device that the PIN was for."""

    wanted_for: str


class Notifications(Struct):
    """Texts that the user has not seen yet."""

    unseen: list[str]


class Buttons(Struct):
    """What the account's custom buttons say."""

    buttons: dict[str, str]


class Availability(Struct):
    """Something that can, or cannot, be done with a device now."""

    name: str
    available: bool


class ListedDevice(Struct):
    """A device as RenderDeviceList has it."""

    deviceId: str  # noqa: N815 - the specification's names
    deviceName: str  # noqa: N815
    clientId: str  # noqa: N815
    clientName: str  # noqa: N815
    modelId: str  # noqa: N815
    bindTime: str  # noqa: N815
    availabilities: list[Availability]
    configuration: dict[str, str] | UnsetType = UNSET


class SetFault(Struct):
    """Something that goes wrong on purpose."""

    id: str
    struck: Annotated[int, Meta(description="How many times it has struck.")]
    fault: Annotated[dict[str, Any], Meta(description="As in a scenario, with its defaults.", extra_json_schema=FAULT)]


class Faults(Struct):
    """What goes wrong on purpose in the account."""

    faults: list[SetFault]


class Health(Struct):
    """Whether devices can come."""

    ready: bool


class Mistake(Struct):
    """One mistake in a request or a scenario."""

    said: str
    path: str
    hint: str
    file: str | UnsetType = UNSET
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET
    because: list[str] | UnsetType = UNSET


class Problem(Struct):
    """Problem details (RFC 9457). Further members say more."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Meta(description="What was wrong and what to do about it.")]
    problems: Annotated[list[Mistake], Meta(description="Every mistake.")] | UnsetType = UNSET
    violations: Annotated[list[Finding], Meta(description="What of a directive is wrong.")] | UnsetType = UNSET


class RegisteredExtension(Struct):
    """An extension: its registration, and what became of its model."""

    id: str
    type: str
    name: str
    invocation_names: list[str]
    url: str
    lang: str
    edition: Edition | None
    profile: str
    audio_player: bool
    extra_directives: list[str]
    testers: list[str]
    maker: str
    contact: str
    enabled: bool
    linking: dict[str, Any] | None
    signature: str | None
    trust: str
    verify: bool
    model: dict[str, dict[str, dict[str, str]]]
    built: Annotated[bool, Meta(description="The model in use is the one registered here.")]
    report: Annotated[dict[str, Any], Meta(description="What the last build found out.")]
    warnings: list[dict[str, Any]]


class Extensions(Struct):
    """The extensions of an account, in the order in which they were registered."""

    extensions: list[RegisteredExtension]


class Probed(Struct):
    """Whether an extension's server is reached."""

    url: str
    reachable: bool
    status: Annotated[int | None, Meta(description="Of its answer; any counts as reachable.")]
    failure: Annotated[str | None, Meta(description="connect, tls, timeout: why it is not reached.")]
    said: str


class StartedLink(Struct):
    """A login that is under way."""

    url: Annotated[str, Meta(description="The login page: what a person opens.")]
    redirect_uri: Annotated[str, Meta(description="Where it sends the user back to.")]
    expires_at: Date


class AccountLink(Struct):
    """The account that is linked to an extension."""

    state: Literal["unlinked", "linked", "broken"]
    access_token: Annotated[str | None, Meta(description="What requests carry; null: none.")]
    expires_at: Annotated[str | None, Meta(description="Account time; null: it does not end.")]
    expired: Annotated[bool, Meta(description="The next request refreshes it first.")]
    refreshable: Annotated[bool, Meta(description="There is a refresh token.")]
    why: Annotated[str, Meta(description="Why it is broken.")]


class RunnerUp(Struct):
    """An intent that was not taken."""

    intent: str
    score: Annotated[int, Meta(description="Thousandths.")]
    example: Annotated[str, Meta(description="Its example that comes nearest.")]


class NotAnswered(Struct):
    """Why there is no answer."""

    kind: Annotated[str, Meta(description="no_match, or the class of the failure: connect, timeout, json, ...")]
    said: str


class TestPage(Struct):
    """What the console's test page shows: how the words were understood, and both messages."""

    utterance: str | None
    request_type: str | None
    intent: str | None
    slots: dict[str, Any]
    score: Annotated[int | None, Meta(description="Thousandths; null for a request that was edited.")]
    example: Annotated[str | None, Meta(description="The example of the model that was matched, with its tags.")]
    runners_up: list[RunnerUp]
    why: Annotated[str, Meta(description="Why it was understood so.")]
    request: Annotated[dict[str, Any] | None, Meta(description="What was sent; null if nothing was.")]
    response: Annotated[Any, Meta(description="What came back, text if it is not JSON; null if nothing did.")]
    status: Annotated[int | None, Meta(description="HTTP status of the answer.")]
    speech: Annotated[str | None, Meta(description="What the user hears, a line for each text, without URLs.")]
    findings: Annotated[list[Finding], Meta(description="What is wrong with the answer.")]
    error: NotAnswered | None
