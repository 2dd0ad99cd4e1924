"""The Clova access token: authorise, exchange the code, refresh (``cic/auth-api.md``).

- Without a token, the first who wants one starts the authorisation: with the NAVER token, or as a guest
  (D-008, D-020). The code is exchanged at once (D-014), unless the terms must be agreed to first: then
  nothing goes on before the user has answered (D-011, D-012).
- A token is refreshed shortly before it expires, and once for each refusal by CIC (D-015, D-016); everyone
  who wants a token meanwhile waits for that one refresh.
- A new token that CIC refuses at once is not answered by another refresh at once: the device waits, ever
  longer (D-018).
- What the authorisation server cannot answer now (no connection, 5xx) is asked again later; what it refuses
  is not: the device stops and says what to check. A refused refresh falls back to a new authorisation.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from urllib.parse import urlencode

from mockcloud.client.core import Core, step
from mockcloud.client.terms import SUCCESS, Form, form_of
from mockcloud.client.vocabulary import Shown, Trouble
from mockcloud.clock import SECOND, Timer
from mockcloud.vocabulary import Headers

LONGEST_WAIT = 60 * SECOND
REFRESH_MARGIN = 60


class State(Enum):
    NONE = auto()
    AUTHORIZING = auto()
    ASKING_TERMS = auto()
    EXCHANGING = auto()
    HELD = auto()
    REFRESHING = auto()
    WAITING = auto()
    """To ask again what could not be answered."""
    REFUSED = auto()


class On(Enum):
    WANTED = auto()
    CODE = auto()
    TERMS = auto()
    AGREED = auto()
    DECLINED = auto()
    ISSUED = auto()
    EXPIRING = auto()
    DENIED = auto()
    DENIED_AGAIN = auto()
    UNANSWERED = auto()
    REJECTED = auto()
    RETRY = auto()
    LOGIN = auto()


class Action(Enum):
    AUTHORIZE = auto()
    HAND_OUT = auto()
    EXCHANGE = auto()
    SHOW_TERMS = auto()
    ASK_LATER = auto()
    COMPLAIN = auto()
    REFRESH = auto()


TABLE: dict[tuple[State, On], tuple[State, Action]] = {
    (State.NONE, On.WANTED): (State.AUTHORIZING, Action.AUTHORIZE),
    (State.HELD, On.WANTED): (State.HELD, Action.HAND_OUT),
    (State.REFUSED, On.WANTED): (State.AUTHORIZING, Action.AUTHORIZE),
    (State.AUTHORIZING, On.CODE): (State.EXCHANGING, Action.EXCHANGE),
    (State.AUTHORIZING, On.TERMS): (State.ASKING_TERMS, Action.SHOW_TERMS),
    (State.AUTHORIZING, On.UNANSWERED): (State.WAITING, Action.ASK_LATER),
    (State.AUTHORIZING, On.REJECTED): (State.REFUSED, Action.COMPLAIN),
    (State.ASKING_TERMS, On.AGREED): (State.EXCHANGING, Action.EXCHANGE),
    (State.ASKING_TERMS, On.DECLINED): (State.REFUSED, Action.COMPLAIN),
    (State.EXCHANGING, On.ISSUED): (State.HELD, Action.HAND_OUT),
    (State.EXCHANGING, On.UNANSWERED): (State.WAITING, Action.ASK_LATER),
    (State.EXCHANGING, On.REJECTED): (State.REFUSED, Action.COMPLAIN),
    (State.HELD, On.EXPIRING): (State.REFRESHING, Action.REFRESH),
    (State.HELD, On.DENIED): (State.REFRESHING, Action.REFRESH),
    (State.HELD, On.DENIED_AGAIN): (State.WAITING, Action.ASK_LATER),
    (State.REFRESHING, On.ISSUED): (State.HELD, Action.HAND_OUT),
    (State.REFRESHING, On.UNANSWERED): (State.WAITING, Action.ASK_LATER),
    (State.REFRESHING, On.REJECTED): (State.AUTHORIZING, Action.AUTHORIZE),
    (State.WAITING, On.RETRY): (State.REFRESHING, Action.REFRESH),
    **{(state, On.LOGIN): (State.AUTHORIZING, Action.AUTHORIZE) for state in State},
}
"""Pairs that are not in the table change nothing."""


@dataclass(slots=True)
class _Answer:
    """Collects a small response of the authorisation server."""

    done: Callable[["_Answer"], None]
    status: int = 0
    """0: there was no response; ``body`` then says why."""
    headers: Headers = ()
    body: bytes = b""

    def started(self, status: int, headers: Headers) -> None:
        self.status, self.headers = status, headers

    def data(self, data: bytes) -> None:
        self.body += data

    def ended(self) -> None:
        self.done(self)

    def lost(self, reason: str) -> None:
        self.status, self.body = 0, reason.encode()
        self.done(self)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def fields(self) -> dict[str, Any]:
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Tokens:
    """``handed_out`` is called with each token that becomes usable, and again for each `want`."""

    def __init__(self, core: Core, handed_out: Callable[[], None]) -> None:
        self._core = core
        self._handed_out = handed_out
        profile = core.profile
        self.state = State.HELD if profile.access_token else State.NONE
        self.access = profile.access_token or ""
        self._refresh_token = profile.refresh_token
        self._naver = profile.naver_access_token
        self._code = ""
        self._nonce = ""
        self._terms = ""
        self._form: Form | None = None
        self.is_denied = False
        """CIC has refused the token, and there is no other yet."""
        self._unproven = False
        self._failures = 0
        self._said = Trouble("")
        self._expiry: Timer | None = None

    def feed(self, on: On) -> None:
        before = self.state
        action = step(TABLE, self, on)
        if self.state is not before:
            self._core.changed("tokens", self.state.name)
        if action is not None:
            ACTIONS[action](self)

    def want(self) -> None:
        self.feed(On.WANTED)

    def rest(self) -> None:
        """The device is off: if the token runs out meanwhile, CIC will say so."""
        self._core.timers.cancel(self._expiry)

    def login(self, naver_access_token: str | None) -> None:
        self._naver = naver_access_token
        self._refresh_token = None
        self.feed(On.LOGIN)

    def answer_terms(self, *, accepted: bool) -> None:
        """The user answers the terms page: its form is sent, and counts if it leads to ``clova://agreement-success``."""
        form = self._form
        if self.state is not State.ASKING_TERMS or (accepted and form is None):
            self._core.note(Trouble("there are no terms to answer", "they come with a 451 of /authorize"))
            return
        self._said = Trouble("the terms of use were not agreed to", "agree to them, then log in again", 451)
        if not accepted or form is None:
            self.feed(On.DECLINED)
            return
        headers = self._headers("text/html")
        fields = urlencode(form.fields)
        if form.method == "POST":
            headers = (*headers, ("content-type", "application/x-www-form-urlencoded"))
            self._core.fetch("POST", form.url, headers, _Answer(self._terms_answered), fields.encode())
        else:
            self._core.fetch("GET", f"{form.url}?{fields}", headers, _Answer(self._terms_answered))

    def denied(self, token: str) -> None:
        """CIC answered 401 to a request that bore ``token``; of an outdated token that says nothing."""
        if token == self.access:
            self.is_denied = True
            self.feed(On.DENIED_AGAIN if self._unproven else On.DENIED)

    def proven(self) -> None:
        """CIC accepted the token."""
        self._unproven = False
        self._failures = 0

    # --- actions ---

    def _hand_out(self) -> None:
        self._handed_out()

    def _authorize(self) -> None:
        profile = self._core.profile
        if not (profile.client_id and profile.client_secret):
            self._said = Trouble(
                "the access token is missing or was refused, and there is no client_id and client_secret to get one",
                "give client_id, client_secret and naver_access_token, or a valid access_token",
                401,
            )
            self.feed(On.REJECTED)
            return
        self._nonce = self._core.ids.token("state")
        query = {
            "client_id": profile.client_id,
            "device_id": profile.device_id,
            "response_type": "code",
            "state": self._nonce,
        }
        if profile.model_id:
            query["model_id"] = profile.model_id
        headers: Headers = self._headers()
        if self._naver:
            headers = (*headers, ("authorization", f"Bearer {self._naver}"))
        else:
            query["request_vu"] = "Y"
        url = f"{profile.auth_origin}/authorize?{urlencode(query)}"
        self._core.fetch("GET", url, headers, _Answer(self._authorized))

    def _authorized(self, answer: _Answer) -> None:
        status, fields = answer.status, answer.fields()
        if status in (200, 451) and fields.get("state") != self._nonce:
            self._said = Trouble("/authorize answered with another state than the one sent", "nothing was exchanged")
            self.feed(On.REJECTED)
        elif status == 200 and isinstance(fields.get("code"), str):
            self._code = fields["code"]
            self.feed(On.CODE)
        elif status == 451 and isinstance(fields.get("code"), str):
            self._code = fields["code"]
            self._terms = str(fields.get("redirect_uri", ""))
            self.feed(On.TERMS)
        else:
            self._failed("/authorize", answer, "check client_id, device_id and naver_access_token")

    def _show_terms(self) -> None:
        self._form = None
        self._core.note(Shown("terms", self._terms))
        self._core.fetch("GET", self._terms, self._headers("text/html"), _Answer(self._terms_loaded))

    def _terms_loaded(self, answer: _Answer) -> None:
        self._form = form_of(answer.body, self._terms)
        if self._form is None:
            self._core.note(Trouble(f"the terms page answered {answer.status} and has no form", f"check {self._terms}"))

    def _terms_answered(self, answer: _Answer) -> None:
        self.feed(On.AGREED if answer.header("location") == SUCCESS else On.DECLINED)

    def _exchange(self) -> None:
        profile = self._core.profile
        self._token_call("authorization_code", {"code": self._code, "device_id": profile.device_id})

    def _refresh(self) -> None:
        self._core.timers.cancel(self._expiry)
        if not self._refresh_token:
            self.feed(On.REJECTED)
            return
        self._token_call(
            "refresh_token",
            {"refresh_token": self._refresh_token, "device_id": self._core.profile.device_id},
        )

    def _token_call(self, grant_type: str, fields: dict[str, str]) -> None:
        profile = self._core.profile
        form = {"client_id": profile.client_id, "client_secret": profile.client_secret, **fields}
        if profile.model_id:
            form["model_id"] = profile.model_id
        headers = (*self._headers(), ("content-type", "application/x-www-form-urlencoded"))
        url = f"{profile.auth_origin}/token?grant_type={grant_type}"
        self._core.fetch("POST", url, headers, _Answer(self._issued), urlencode(form).encode())

    def _issued(self, answer: _Answer) -> None:
        fields = answer.fields()
        if answer.status != 200 or not isinstance(fields.get("access_token"), str):
            self._failed("/token", answer, "check client_id, client_secret and device_id")
            return
        self.access = fields["access_token"]
        refresh = fields.get("refresh_token")
        self._refresh_token = refresh if isinstance(refresh, str) else self._refresh_token
        self.is_denied = False
        self._unproven = True
        seconds = fields.get("expires_in")
        if isinstance(seconds, int | float) and self._refresh_token:
            self._core.timers.cancel(self._expiry)
            expiry = self._core.clock.at(self._core.now) + int(seconds * SECOND)
            due = expiry - int(min(REFRESH_MARGIN, seconds / 10) * SECOND)
            self._expiry = self._core.at_date(due, lambda: self._expiring(expiry))
        self.feed(On.ISSUED)

    def _expiring(self, expiry: int) -> None:
        """Renew the token in time. If the clock was set past its expiry, CIC will say so."""
        if self._core.clock.at(self._core.now) < expiry:
            self.feed(On.EXPIRING)

    def _ask_later(self) -> None:
        self._failures += 1
        wait = min(LONGEST_WAIT, 2 ** (self._failures - 1) * SECOND)
        self._core.after(wait, lambda: self.feed(On.RETRY))

    def _complain(self) -> None:
        self._core.note(self._said)

    def _failed(self, where: str, answer: _Answer, cure: str) -> None:
        shown = answer.body[:200].decode("utf-8", "replace")
        if answer.status in (0, 200) or answer.status >= 500:  # nobody there, an answer that cannot be read, or down
            origin = self._core.profile.auth_origin
            self._core.note(Trouble(f"{where}: {shown or answer.status}", f"check auth_url {origin}", answer.status))
            self.feed(On.UNANSWERED)
        else:
            self._said = Trouble(f"{where} answered {answer.status}: {shown}", cure, answer.status)
            self.feed(On.REJECTED)

    def _headers(self, accept: str = "application/json") -> Headers:
        return (("accept", accept), ("user-agent", self._core.profile.user_agent))


ACTIONS: dict[Action, Callable[[Tokens], None]] = {
    Action.AUTHORIZE: Tokens._authorize,
    Action.HAND_OUT: Tokens._hand_out,
    Action.EXCHANGE: Tokens._exchange,
    Action.SHOW_TERMS: Tokens._show_terms,
    Action.ASK_LATER: Tokens._ask_later,
    Action.COMPLAIN: Tokens._complain,
    Action.REFRESH: Tokens._refresh,
}
