"""Accounts: the sandboxes. An account owns devices, tokens, clock, identifiers, scenario and journal.

All of it is plain data, so that an account can be reset or deleted without a trace. Who may do what with codes and
tokens stands in `tokens`; nothing here decides anything.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from mockcloud.clock import AccountClock
from mockcloud.cloud.extensions.extension import Extension, Session
from mockcloud.cloud.order import Course
from mockcloud.faults.armed import ArmedFault
from mockcloud.journal import Journal
from mockcloud.scenario import Scenario
from mockcloud.settings import LANGUAGES, AccountSettings, Edition, Lang, Limits
from mockcloud.speech.transcript import Recordings
from mockcloud.vocabulary import Ids
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Event, Json

DEFAULT_ACCOUNT = "default"
SHARED_LISTENER = "device"
"""The device listener of all accounts that have none of their own."""


@dataclass(slots=True)
class AuthorizationCode:
    """What ``/authorize`` hands out; buys one token (C-011)."""

    code: str
    client_id: str
    device_id: str
    model_id: str
    guest: bool
    expires_at: int
    """The account's time, nanoseconds since 1970."""
    used: bool = False
    awaits_terms: bool = False
    """It was answered with 451: it is worth nothing until the user has agreed (C-006)."""


@dataclass(slots=True)
class Token:
    """An access token with its refresh token: account, client, device and model (C-017)."""

    access_token: str
    refresh_token: str
    client_id: str
    device_id: str
    model_id: str
    guest: bool
    expires_at: int
    life: int
    """Nanoseconds it was given."""


@dataclass(slots=True)
class Alert:
    """An alert of the account as the cloud keeps it (C-101)."""

    payload: Json
    """As it was sent with SetAlert."""
    device_id: str
    ringing: bool = False
    repeat: tuple[int, ...] = ()
    """Days of the week on which it rings again, Monday being 0; none: it rings once."""
    action: tuple[Outgoing, ...] = ()
    """What is to be done when an action timer has run off (C-111)."""
    awaits_report: bool = False
    """It was asked for by voice, and the user has not been told what became of it (C-105)."""
    dialog_request_id: str | None = None
    """The dialog in which it was asked for."""
    lang: str = ""
    """The language in which it was asked for."""


@dataclass(slots=True)
class Question:
    """What a device has been asked with ExpectSpeech (C-086)."""

    expect_speech_id: str
    explicit: bool
    lapses_at: int
    """The account's time after which an answer is none any more (C-089)."""
    dialog_request_id: str | None = None
    words: str = ""
    """The request that lacked something: the answer is put behind it."""
    consent: tuple[Outgoing, ...] = ()
    """What is done if the answer is yes."""


@dataclass(slots=True)
class Player:
    """What a device has been given to play."""

    items: list[Json] = field(default_factory=list)
    """The ``audioItem`` of each Play since the last REPLACE_ALL, in order (C-116)."""
    token: str = ""
    """The stream that it plays or played last."""
    reported: Json = field(default_factory=dict)
    """The payload of its last ReportPlaybackState (C-124)."""


class Held(Value, frozen=True):
    """A directive that waits for the device to build its downchannel."""

    outgoing: Outgoing
    event: Event | None
    by: str
    because: tuple[str, ...] = ()


@dataclass(slots=True)
class Delegation:
    """A request that another device is to carry out (C-158)."""

    device_id: str
    words: str


@dataclass(slots=True)
class Device:
    """A client of the account: what its requests have told about it."""

    device_id: str
    client_id: str = ""
    model_id: str = ""
    guest: bool = False
    user_agent: str = ""
    tags: tuple[str, ...] = ()
    context: dict[str, Json] = field(default_factory=dict)
    """The latest payload of each context object seen in any event (C-187)."""
    utterances: deque[str] = field(default_factory=deque)
    """What its next microphone audio means, first in first out."""
    dialogs: tuple[str, str] = ("", "")
    """The dialogRequestId of its dialog before the latest, and of the latest."""
    held: list[Held] = field(default_factory=list)
    """Directives that fell due while it had no downchannel, in order."""
    message_ids: dict[str, None] = field(default_factory=dict)
    """Of the events it has sent, the latest of them, in order (D-040)."""
    tokens: dict[str, None] = field(default_factory=dict)
    """Of the speech, streams and alerts it was given, the latest of them, in order."""
    uuid: str = ""
    """What it calls itself in the initiator of its requests (D-071)."""
    course: Course = field(default_factory=Course)
    """What it was given and what it has reported since it was last connected."""
    name: str = ""
    """What the user calls it."""
    bound_at: int | None = None
    """The account's time at which it first got a token."""
    connected: bool = False
    """It has a downchannel."""
    questions: dict[str, Question] = field(default_factory=dict)
    """Open questions, by expectSpeechId."""
    player: Player = field(default_factory=Player)
    pin_wanted_for: str = ""
    """The Bluetooth device whose PIN it waits for (C-155)."""
    playback_askers: list[str] = field(default_factory=list)
    """Devices that have asked for its playback state and wait for it (C-124)."""
    session: Session | None = None
    """Its open session with an extension (K-091)."""
    from_extensions: dict[str, str] = field(default_factory=dict)
    """Which extension the speech or the stream of a token comes from: the latest of them, in order (K-122)."""
    question_timeout: int | None = None
    """How long questions wait for its user, instead of the account's ``behaviour.question_timeout``."""


class ScenarioText(Value, frozen=True):
    """What a scenario was loaded from."""

    text: str
    file: str
    beside: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Texts of the files that it includes, by their paths."""


@dataclass(slots=True)
class Account:
    """One user with everything a test needs."""

    id: str
    client_id: str
    client_secret: str
    naver_access_token: str
    settings: AccountSettings
    clock: AccountClock
    ids: Ids
    journal: Journal
    devices: dict[str, Device] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    states: dict[str, None] = field(default_factory=dict)
    """The ``state`` of each request for a code, the latest of them (D-010)."""
    tokens: dict[str, Token] = field(default_factory=dict)
    """By access token."""
    refresh_tokens: dict[str, Token] = field(default_factory=dict)
    """By refresh token; a rotated one stays usable unless the account is strict (C-013)."""
    terms_accepted: bool = True
    alerts: dict[str, Alert] = field(default_factory=dict)
    """By token."""
    delegations: dict[str, Delegation] = field(default_factory=dict)
    """Requests that wait for their device, by delegationId."""
    notifications: list[str] = field(default_factory=list)
    """Texts that the user has not seen yet."""
    likes: list[str] = field(default_factory=list)
    """Items (``audioItemId``) that the user likes."""
    memos: list[Json] = field(default_factory=list)
    """What the user had written down: ``token``, ``content``, ``at``; the latest last."""
    schedules: list[Json] = field(default_factory=list)
    """What the user has planned: ``token``, ``content``, ``start``, ``end``; in the order in which it was said."""
    extensions: dict[str, Extension] = field(default_factory=dict)
    """Custom extensions by id, in the order in which they were registered."""
    buttons: dict[str, str] = field(default_factory=dict)
    """What a custom button stands for, as words (C-128)."""
    utterances: deque[str] = field(default_factory=deque)
    recordings: Recordings = field(default_factory=Recordings)
    scenario: Scenario = field(default_factory=Scenario)
    settings_before: AccountSettings | None = None
    """Its settings without those that its scenario gives; ``None``: it gives none."""
    scenario_text: ScenarioText | None = None
    """Of what the scenario was made."""
    state: str = ""
    """The scenario's state."""
    faults: dict[str, ArmedFault] = field(default_factory=dict)
    """What is to go wrong on purpose, by id, in the order in which it was set."""
    own_url: str = ""
    """Where its own listener is reached; empty: it shares one."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each condition with ``nth`` was met, by rule name."""

    @property
    def listener(self) -> str:
        """The name of the listener that its devices connect to."""
        return self.id if self.own_url else SHARED_LISTENER

    @property
    def edition(self) -> Edition:
        return self.settings.edition

    def lang_of(self, payload: Json) -> Lang:
        """The language of a request with this payload (its ``lang``), else the account's."""
        lang = payload.get("lang")
        return lang if lang in LANGUAGES else self.settings.lang

    def device(self, device_id: str) -> Device:
        """The device of that id, made known if it is not yet."""
        found = self.devices.get(device_id)
        if found is None:
            found = self.devices[device_id] = Device(device_id)
        return found

    def question_timeout(self, device: Device) -> int:
        """How long a question waits for the user of a device of this account (C-087)."""
        own = device.question_timeout
        return self.settings.behaviour.question_timeout if own is None else own


class Accounts:
    """All accounts, found by name, by client and by token."""

    def __init__(self, defaults: AccountSettings, limits: Limits, clock_offset: int, recordings: Recordings) -> None:
        self.defaults = defaults
        self._limits = limits
        self._clock_offset = clock_offset
        self._recordings = recordings
        self.made = 0
        """How many accounts were given a name."""
        self.by_id: dict[str, Account] = {}
        self.by_client: dict[str, Account] = {}
        self.by_naver_token: dict[str, Account] = {}
        self._owners: dict[str, Account] = {}
        """Accounts of access tokens seen before: a request need not ask every account."""

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self.by_id.values()))

    def __len__(self) -> int:
        return len(self.by_id)

    def create(self, account_id: str | None = None, settings: AccountSettings | None = None) -> Account:
        """A new account that has accepted the terms and has a registered client.

        Its identifiers depend on its name and seed alone. Raises `KeyError` if the name is taken.
        """
        if account_id is None:
            account_id = self._free_name()
        if account_id in self.by_id:
            raise KeyError(account_id)
        settings = settings or self.defaults
        ids = Ids(f"{settings.seed}/{account_id}")
        return self.restore(
            account_id,
            client_id=ids.token("client_id", 12),
            client_secret=ids.token("client_secret"),
            naver_access_token=ids.token("naver_access_token"),
            settings=settings,
            clock=self.new_clock(settings),
            ids=ids,
        )

    def new_clock(self, settings: AccountSettings) -> AccountClock:
        """The clock of an account that shows the real time."""
        return AccountClock(self._clock_offset, settings.timezone)

    def restore(self, account_id: str, **fields: Any) -> Account:
        """An account as it was, with an empty journal; ``fields`` are those of `Account`. Raises `TypeError` if one
        is missing."""
        journal = Journal(self._limits.journal_entries, self._limits.journal_bytes)
        account = Account(id=account_id, journal=journal, recordings=self._recordings, **fields)
        self.by_id[account_id] = account
        self.by_client[account.client_id] = account
        self.by_naver_token[account.naver_access_token] = account
        return account

    def alone_on(self, listener: str) -> Account | None:
        """The only account that uses this listener, if there is just one: what comes on it before a token is read
        is its."""
        if listener != SHARED_LISTENER:
            return self.by_id.get(listener)
        sharing = list(islice((account for account in self.by_id.values() if not account.own_url), 2))
        return sharing[0] if len(sharing) == 1 else None

    def delete(self, account: Account) -> None:
        del self.by_id[account.id]
        del self.by_client[account.client_id]
        del self.by_naver_token[account.naver_access_token]
        self._owners = {token: owner for token, owner in self._owners.items() if owner is not account}

    def by_access_token(self, access_token: str) -> tuple[Account, Token] | None:
        """Whose token that is, expired or not."""
        owner = self._owners.get(access_token)
        for account in (owner,) if owner is not None else self.by_id.values():
            token = account.tokens.get(access_token)
            if token is not None and account.id in self.by_id:
                self._owners[access_token] = account
                return account, token
        self._owners.pop(access_token, None)
        return None

    def _free_name(self) -> str:
        while True:
            self.made += 1
            name = f"account-{self.made}"
            if name not in self.by_id:
                return name
