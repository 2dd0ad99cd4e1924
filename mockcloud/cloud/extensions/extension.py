"""An extension as it is registered, and a session with one. Plain data, like the account that owns them."""

from dataclasses import dataclass, field
from typing import Literal

from mockcloud.settings import Breakage, Edition, Lang
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

ExtensionType = Literal["Custom"]


class ModelSource(Value, frozen=True):
    """The files of an interaction model as they were uploaded, by name (K-030, K-040, K-042)."""

    intents: tuple[tuple[str, str], ...] = ()
    """Name of the intent, text of its TSV."""
    slot_types: tuple[tuple[str, str], ...] = ()
    """Name of the custom slot type, text of its TSV."""


@dataclass(slots=True)
class Linking:
    """Account linking as it is registered (K-006)."""

    login_url: str
    client_id: str
    """What the authorization server knows us by; with ``built_in`` the Extension ID unless another is given."""
    access_token_uri: str = ""
    client_secret: str = ""
    account_url: str = ""
    """Page where the user manages the account."""
    privacy_url: str = ""
    domains: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    grant: Literal["code", "token"] = "code"
    refresh_uri: str = ""
    """Empty: the access token URI (``cek:D-24``)."""
    client_authentication: Literal["basic", "body"] = "basic"
    built_in: bool = False
    """The cloud's own authorization server lets users log in; there is none to be reached (K-149)."""


@dataclass(slots=True)
class LinkAttempt:
    """The user was sent to the login page and is to come back; known by its ``state`` (K-142)."""

    redirect_uri: str
    """Where to."""
    expires_at: int
    """The account's time, nanoseconds since 1970."""
    used: bool = False


@dataclass(slots=True)
class Link:
    """What the account is to the extension's own service."""

    access_token: str = ""
    """Empty: no account is linked."""
    refresh_token: str = ""
    """Empty: none was given, and the end of the access token is the end of the link (K-145)."""
    expires_at: int | None = None
    """The account's time at which the access token ends; ``None``: it is not known to (K-146)."""
    broken: str = ""
    """Why requests go without the token although an account is linked; empty: they go with it."""
    attempts: dict[str, LinkAttempt] = field(default_factory=dict)
    """By state, the latest last."""


@dataclass(slots=True)
class Grant:
    """A user's consent at the built-in authorization server; known by its code (K-149)."""

    user: str
    scope: str
    redirect_uri: str
    code_expires_at: int
    """The account's time."""
    code_used: bool = False
    access_token: str = ""
    refresh_token: str = ""
    expires_at: int = 0
    """The account's time at which the access token ends."""


@dataclass(slots=True)
class Extension:
    """A custom extension of an account; the account is its tester (K-002, K-023)."""

    id: str
    """Extension ID, in reverse-domain notation; what a request calls ``applicationId``."""
    name: str
    invocation_names: tuple[str, ...]
    url: str
    model: ModelSource
    type: ExtensionType = "Custom"
    lang: Lang = "ko"
    edition: Edition | None = None
    """``None``: the account's."""
    profile: Literal["plain", "wire"] = "plain"
    """What its requests look like: as the guide's tables say, or as production sends them (K-082)."""
    audio_player: bool = False
    """It uses the directives of AudioPlayer (K-109)."""
    extra_directives: tuple[str, ...] = ()
    """Full names of directives that it may answer with beside those that all may."""
    testers: tuple[str, ...] = ()
    maker: str = ""
    contact: str = ""
    enabled: bool = True
    linking: Linking | None = None
    link: Link = field(default_factory=Link)
    """The linked account. It stays the same object when the extension is registered anew."""
    grants: dict[str, Grant] = field(default_factory=dict)
    """What the built-in authorization server has given, by code, the latest last."""
    signature: Breakage | None = None
    """How the signature of its requests is made wrong on purpose; ``None``: as the account's setting says (K-096)."""
    trust: str = ""
    """File with the certificates of further authorities that its server may have."""
    verify: bool = True
    """Whether its server's certificate is looked at."""
    built: ModelSource | None = None
    """The model that is in use: what was there when it was last built (K-037)."""
    report: Json = field(default_factory=dict)
    """What the last build found out."""
    warnings: tuple[Json, ...] = ()
    """What registering found that is not an error."""

    @property
    def access_token(self) -> str:
        """What requests carry; empty: nothing (K-147)."""
        return "" if self.link.broken else self.link.access_token


@dataclass(slots=True)
class Session:
    """The session of a device with an extension, from its first request on (K-086, K-087)."""

    id: str
    extension: str
    launched: bool = False
    """It was opened by a LaunchRequest: FinishExtension tells of its end (K-114)."""
    attributes: Json = field(default_factory=dict)
    """What the last answer stored (K-088)."""
    requests: int = 0
    """How many it has been sent; none: the next one is new."""
    awaited: int = 0
    """The number of the request whose answer is awaited, counted from 1; 0: none is."""
    misses: int = 0
    """Utterances in a row that nothing in the model fits (K-061)."""
    expect_speech_id: str = ""
    """What the open question is known by."""
    dialog_request_id: str = ""
    """Of the dialog that it goes on in."""
    last_speech: str = ""
    """Token of the last Speak of the answer: when that has been played, the waiting time begins (K-090)."""
    waits_until: int | None = None
    """The account's time at which the user has said nothing for too long; ``None``: it is not waiting."""
    reprompt: tuple[Outgoing, ...] = ()
    """What is said then, once (K-113)."""
