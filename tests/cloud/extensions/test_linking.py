"""Account linking: from the login page to the token in a request, and every way in which it goes wrong."""

import base64
import json
from collections import deque
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.vocabulary import inputs
from mockcloud.wire.http import WebResponse
from mockcloud.wire.messages import dumps
from tests.cic.conversation import Conversation
from tests.cic.test_keeping import again, kept_conversation
from tests.cloud.extensions.skills import PIZZA, Skill, Talker, spoken

REDIRECT = "https://localhost/v1/al/token/"
BACK = "/v1/al/token"
SECRET = "s3cret/of us+"
LINKING: dict[str, Any] = {
    "login_url": "https://login.test/oauth?lang=ko",
    "client_id": "clova-extension",
    "client_secret": SECRET,
    "access_token_uri": "https://login.test/token",
    "scopes": ["listen_music", "basic_profile"],
}


def tokens(access: str = "access-1", **more: Any) -> dict[str, Any]:
    return {"access_token": access, "token_type": "Bearer", **more}


class TokenServer:
    """A foreign authorization server: answers as it was told, in order, and keeps what it was asked."""

    def __init__(self, talk: Conversation) -> None:
        self.jobs: list[PostToExtension] = []
        self.script: deque[Any] = deque()
        others = talk.extension

        def answer(job: PostToExtension) -> HttpAnswer | Failure:
            if "login.test" in job.url:
                return self._answer(job)
            assert others is not None
            return others(job)

        talk.extension = answer

    def gives(self, what: Any, status: int = 200) -> None:
        if isinstance(what, dict):
            what = HttpAnswer(status, (("content-type", "application/json"),), dumps(what))
        self.script.append(what)

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(job.body.decode(), keep_blank_values=True)) for job in self.jobs]

    def _answer(self, job: PostToExtension) -> HttpAnswer | Failure:
        self.jobs.append(job)
        found: HttpAnswer | Failure = self.script.popleft()
        return found


class Linked:
    """A cloud with a pizza shop that needs an account, and its authorization server."""

    _devices = 0

    def __init__(self, talk: Conversation | None = None, **linking: Any) -> None:
        self.talk = talk or Conversation()
        self.shop = Skill(self.talk, PIZZA, linking={**LINKING, **linking})
        self.server = TokenServer(self.talk)

    @property
    def findings(self) -> list[str]:
        return [code for code in self.talk.findings() if code.startswith("linking.")]

    @property
    def link(self) -> dict[str, Any]:
        body: dict[str, Any] = self.talk.ask(op.ReadLink(self.shop.id)).body
        return body

    def start(self) -> dict[str, Any]:
        outcome = self.talk.ask(op.StartLink(self.shop.id))
        assert outcome.status == 201
        started: dict[str, Any] = outcome.body
        return started

    def state(self) -> str:
        url: str = self.start()["url"]
        return parse_qs(urlsplit(url).query)["state"][0]

    def log_in(self, **given: Any) -> WebResponse:
        """All the way of a user, with what the authorization server gives."""
        self.server.gives(tokens(**given))
        return self.talk.web("GET", BACK, {"state": self.state(), "code": "the-code"})

    def carried(self) -> str | None:
        """The access token in the request that somebody's words lead to."""
        self._devices += 1
        before = len(self.shop.jobs)
        Talker(self.talk.speaker(f"device-{self._devices}")).types("피자봇에서 배달 언제 와")
        (job,) = self.shop.jobs[before:]
        return carried(job.body)


def carried(body: bytes) -> str | None:
    """What a request has in both places, as one."""
    message = json.loads(body)
    users = message["session"]["user"], message["context"]["System"]["user"]
    found: set[str | None] = {user.get("accessToken") for user in users}
    assert len(found) == 1
    return found.pop()


@pytest.fixture
def linked() -> Linked:
    return Linked()


# To the login page


@pytest.mark.spec("K-140", "K-141", "K-006")
def test_the_login_url_has_what_the_guide_says_in_its_order(linked: Linked) -> None:
    started = linked.start()
    base, _, query = started["url"].partition("?")
    assert base == "https://login.test/oauth"
    names = [pair.partition("=")[0] for pair in query.split("&")]
    assert names == ["lang", "state", "client_id", "scope", "response_type", "redirect_uri"]
    assert "scope=listen_music%20basic_profile&response_type=code" in query
    assert query.endswith("redirect_uri=https%3A%2F%2Flocalhost%2Fv1%2Fal%2Ftoken%2F")
    assert started["redirect_uri"] == REDIRECT


@pytest.mark.spec("K-141", "K-142")
def test_no_scope_no_parameter_and_each_start_has_a_state_of_its_own() -> None:
    linked = Linked(scopes=[], login_url="https://login.test/oauth#top")
    first, second = linked.start()["url"], linked.start()["url"]
    assert "scope" not in first
    assert first.startswith("https://login.test/oauth?state=")
    assert first.endswith("#top")
    assert first != second


@pytest.mark.spec("K-141")
def test_the_public_url_is_where_users_come_back_to() -> None:
    linked = Linked(Conversation(public_url="https://prod-ni-cic.clova.ai/"))
    assert linked.start()["redirect_uri"] == "https://prod-ni-cic.clova.ai/v1/al/token/"


@pytest.mark.parametrize("operation", [op.StartLink, op.ReadLink, op.Unlink])
def test_an_extension_without_linking_has_no_link(operation: Any) -> None:
    talk = Conversation()
    shop = Skill(talk, PIZZA)
    assert talk.ask(operation(shop.id)).status == 409
    assert talk.ask(operation("no.such")).status == 404


# Back from it


@pytest.mark.spec("K-143", "K-144", "K-147")
def test_a_code_becomes_a_token_that_every_request_carries(linked: Linked) -> None:
    assert linked.carried() is None
    page = linked.log_in(refresh_token="refresh-1", expires_in=60)
    assert page.status == 200
    assert "연결되었습니다" in page.body.decode()
    assert linked.link["state"] == "linked"
    assert linked.link["expires_at"] == "2026-01-01T09:01:00.000+09:00"
    assert linked.server.forms == [{"grant_type": "authorization_code", "code": "the-code", "redirect_uri": REDIRECT}]
    assert linked.carried() == "access-1"


@pytest.mark.spec("K-143")
@pytest.mark.parametrize("path", [BACK, f"{BACK}/"])
@pytest.mark.parametrize("before", ["", "&", "vendorId=me&"])
def test_users_come_back_with_or_without_a_slash_and_a_vendor(linked: Linked, path: str, before: str) -> None:
    state = linked.state()
    linked.server.gives(tokens())
    assert linked.talk.web("GET", path, f"{before}state={state}&code=c").status == 200


@pytest.mark.spec("K-144", "K-006")
def test_the_client_proves_itself_in_the_header_or_in_the_form(linked: Linked) -> None:
    linked.log_in()
    pair = base64.b64decode(dict(linked.server.jobs[0].headers)["Authorization"].removeprefix("Basic "))
    assert pair == b"clova-extension:s3cret%2Fof+us%2B"
    assert "client_secret" not in linked.server.forms[0]

    in_form = Linked(client_authentication="body")
    in_form.log_in()
    assert "Authorization" not in dict(in_form.server.jobs[0].headers)
    assert in_form.server.forms[0].items() >= {"client_id": "clova-extension", "client_secret": SECRET}.items()


@pytest.mark.spec("K-144")
def test_a_grant_type_in_the_uri_is_not_said_again() -> None:
    linked = Linked(access_token_uri="https://login.test/token?grant_type=authorization_code")
    linked.log_in()
    assert linked.server.jobs[0].url.endswith("?grant_type=authorization_code")
    assert "grant_type" not in linked.server.forms[0]


@pytest.mark.spec("K-142")
def test_a_state_is_good_once(linked: Linked) -> None:
    state = linked.state()
    linked.server.gives(tokens())
    assert linked.talk.web("GET", BACK, {"state": state, "code": "c"}).status == 200
    again = linked.talk.web("GET", BACK, {"state": state, "code": "other"})
    assert again.status == 400
    assert len(linked.server.jobs) == 1
    assert linked.findings == ["linking.redirect"]
    assert linked.link["access_token"] == "access-1"


@pytest.mark.spec("K-142")
@pytest.mark.parametrize(("span", "status"), [("PT4M59S", 200), ("PT5M", 400)])
def test_a_state_is_good_for_five_minutes(linked: Linked, span: str, status: int) -> None:
    state = linked.state()
    linked.server.gives(tokens())
    linked.talk.ask(op.SetClock(account="default", action="advance", by=span))
    assert linked.talk.web("GET", BACK, {"state": state, "code": "c"}).status == status
    assert len(linked.server.jobs) == (status == 200)


@pytest.mark.spec("K-142", "K-143")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=c",
        "state=&code=c",
        "state=unknown&code=c",
        "STATE",
        "STATE&code=",
        "STATE&access_token=a&token_type=Bearer",
    ],
)
def test_coming_back_without_what_is_needed_links_nothing(linked: Linked, query: str) -> None:
    page = linked.talk.web("GET", BACK, query.replace("STATE", f"state={linked.state()}"))
    assert page.status == 400
    assert linked.server.jobs == []
    assert linked.link["state"] == "unlinked"
    assert linked.findings == ["linking.redirect"]


def test_who_looks_at_the_page_without_get_uses_nothing_up(linked: Linked) -> None:
    state = linked.state()
    linked.server.gives(tokens())
    for method in ("HEAD", "POST"):
        assert linked.talk.web(method, BACK, {"state": state, "code": "c"}).status == 405
    assert linked.talk.web("GET", BACK, {"state": state, "code": "c"}).status == 200
    many = "&".join(f"p{number}=1" for number in range(2000))
    assert linked.talk.web("GET", BACK, many).status == 400


@pytest.mark.spec("K-143")
def test_a_user_who_denies_is_not_linked_and_it_is_nobodys_fault(linked: Linked) -> None:
    query = {"state": linked.state(), "error": "access_denied", "error_description": "<script>alert(1)</script>"}
    page = linked.talk.web("GET", BACK, query)
    assert page.status == 403
    assert b"access_denied" in page.body
    assert b"<script>" not in page.body
    assert linked.link["state"] == "unlinked"
    assert linked.findings == []


@pytest.mark.spec("K-144")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Failure("connect", "nobody listens"), "linking.token-server"),
        (Failure("timeout", "no answer within 8 s"), "linking.token-server"),
        (Failure("too_large", "too long"), "linking.token-server"),
        (HttpAnswer(200, (("content-type", "text/html"),), b"<html>Log in</html>"), "linking.token-answer"),
        (HttpAnswer(200, (), b""), "linking.token-answer"),
        (HttpAnswer(200, (), b"\xff"), "linking.token-answer"),
        (HttpAnswer(200, (), b"[]"), "linking.token-answer"),
        (HttpAnswer(200, (), b"access_token=a&token_type=bearer"), "linking.token-answer"),
        (HttpAnswer(200, (), b'{"token_type": "Bearer"}'), "linking.token-answer"),
        (HttpAnswer(200, (), b'{"access_token": ""}'), "linking.token-answer"),
        (HttpAnswer(200, (), b'{"access_token": 1, "token_type": "Bearer"}'), "linking.token-answer"),
        (HttpAnswer(200, (), b'{"access_token": "a", "token_type": "mac"}'), "linking.token-answer"),
        (HttpAnswer(200, (), b'{"access_token": "a", "token_type": ["x"]}'), "linking.token-answer"),
        (
            HttpAnswer(200, (), b'{"access_token": "a", "token_type": "bearer", "refresh_token": 1}'),
            "linking.token-answer",
        ),
        (HttpAnswer(400, (), b'{"error": "invalid_grant"}'), "linking.token-refused"),
        (HttpAnswer(401, (), b'{"error": ["x"]}'), "linking.token-refused"),
        (HttpAnswer(302, (("location", "https://elsewhere.test"),), b""), "linking.token-refused"),
        (HttpAnswer(500, (("content-type", "text/html"),), b"<h1>Oops</h1>"), "linking.token-refused"),
    ],
)
def test_anything_but_a_token_is_no_link(linked: Linked, answer: Any, code: str) -> None:
    linked.server.gives(answer)
    page = linked.talk.web("GET", BACK, {"state": linked.state(), "code": "c"})
    assert page.status == 502
    assert linked.findings == [code]
    assert linked.link["state"] == "unlinked"


@pytest.mark.spec("K-144", "K-146")
@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({"expires_in": "3600"}, "2026-01-01T10:00:00.000+09:00"),
        ({"expires_in": 1.5}, "2026-01-01T09:00:01.000+09:00"),
        ({"expires_in": None}, None),
        ({"expires_in": -1}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": 10**30}, None),
        ({"expires_in": 101 * 366 * 24 * 3600}, None),
        ({"token_type": None}, None),
        ({"refresh_token": None}, None),
    ],
)
def test_small_mistakes_of_a_token_answer_are_put_up_with(linked: Linked, given: Any, ends: str | None) -> None:
    assert linked.log_in(**given).status == 200
    assert linked.link["expires_at"] == ends
    assert set(linked.findings) <= {"linking.token-answer"}


@pytest.mark.spec("K-144")
def test_a_browser_waits_for_the_authorization_server(linked: Linked) -> None:
    from mockcloud.wire.http import WebRequest

    state = linked.state()
    linked.talk.calls_run_at_once = False
    linked.server.gives(tokens())
    asked = linked.talk.ask_later(WebRequest("GET", BACK, f"state={state}&code=c", (), b"", "https", "cloud.test"))
    assert asked not in linked.talk.answers
    linked.talk.feed(inputs.Withdrawn(asked))
    linked.talk.run_calls()
    assert linked.link["state"] == "linked", "the code was used: who goes away is linked all the same"


@pytest.mark.spec("K-140", "K-144")
@pytest.mark.parametrize(
    "operation", [op.Unlink(PIZZA["id"]), op.DeleteExtension(PIZZA["id"]), op.DeleteAccount("default")]
)
def test_what_is_undone_during_the_exchange_stays_undone(linked: Linked, operation: Any) -> None:
    from mockcloud.wire.http import WebRequest

    state = linked.state()
    linked.talk.calls_run_at_once = False
    linked.server.gives(tokens())
    asked = linked.talk.ask_later(WebRequest("GET", BACK, f"state={state}&code=c", (), b"", "https", "cloud.test"))
    extension = linked.talk.account.extensions[linked.shop.id]
    linked.talk.ask(operation)
    linked.talk.run_calls()
    assert linked.talk.answers[asked].status == 400
    assert extension.link.access_token == ""


@pytest.mark.spec("K-144")
def test_a_driver_that_gives_up_is_a_server_that_is_not_reached(linked: Linked) -> None:
    from mockcloud.wire.http import WebRequest

    state = linked.state()
    linked.talk.calls_run_at_once = False
    asked = linked.talk.ask_later(WebRequest("GET", BACK, f"state={state}&code=c", (), b"", "https", "cloud.test"))
    linked.talk.run_calls(error="no answer within 8 s")
    assert linked.talk.answers[asked].status == 502
    assert linked.findings == ["linking.token-server"]


@pytest.mark.spec("K-143", "K-145")
def test_an_implicit_grant_brings_its_token_along() -> None:
    linked = Linked(Conversation(edition="4.4"), grant="token")
    started = linked.start()
    assert "response_type=token" in started["url"]
    state = parse_qs(urlsplit(started["url"]).query)["state"][0]
    query = {"state": state, "access_token": "implicit", "token_type": "Bearer", "expires_in": "60"}
    assert linked.talk.web("GET", BACK, query).status == 200
    assert linked.carried() == "implicit"
    linked.talk.ask(op.SetClock(account="default", action="advance", by="PT1M"))
    assert linked.carried() is None
    assert linked.link["state"] == "broken"
    given = linked.talk.ask(op.SetLink(linked.shop.id, "by-hand", "of-no-use", 60)).body
    assert (given["state"], given["refreshable"]) == ("linked", False)
    pass_time(linked)
    assert linked.carried() is None
    assert linked.server.jobs == []


@pytest.mark.spec("K-145")
@pytest.mark.parametrize("query", ["", "access_token=a&token_type=mac", "access_token=&token_type=Bearer", "code=c"])
def test_an_implicit_grant_needs_a_bearer_token(query: str) -> None:
    linked = Linked(Conversation(edition="4.4"), grant="token")
    assert linked.talk.web("GET", BACK, f"state={linked.state()}&{query}").status == 400
    assert linked.link["state"] == "unlinked"


# Refreshing


def pass_time(linked: Linked, by: str = "PT61S") -> None:
    linked.talk.ask(op.SetClock(account="default", action="advance", by=by))


@pytest.mark.spec("K-146", "K-147")
def test_an_ended_token_is_refreshed_before_the_request(linked: Linked) -> None:
    linked.log_in(refresh_token="refresh-1", expires_in=60)
    assert linked.carried() == "access-1"
    pass_time(linked, "PT59S")
    assert linked.carried() == "access-1"
    pass_time(linked, "PT1S")
    linked.server.gives(tokens("access-2", refresh_token="refresh-2", expires_in=60))
    assert linked.carried() == "access-2"
    assert linked.server.forms[1] == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    pass_time(linked)
    linked.server.gives(tokens("access-3"))
    assert linked.carried() == "access-3"
    assert linked.server.forms[2]["refresh_token"] == "refresh-2"
    assert linked.link == {
        "state": "linked",
        "access_token": "access-3",
        "expires_at": None,
        "expired": False,
        "refreshable": True,
        "why": "",
    }
    assert linked.findings == []


@pytest.mark.spec("K-146")
def test_a_refresh_uri_of_its_own_is_used() -> None:
    linked = Linked(refresh_uri="https://login.test/again?grant_type=refresh_token")
    linked.log_in(refresh_token="r", expires_in=1)
    pass_time(linked)
    linked.server.gives(tokens("access-2"))
    assert linked.carried() == "access-2"
    assert linked.server.jobs[1].url == "https://login.test/again?grant_type=refresh_token"
    assert linked.server.forms[1] == {"refresh_token": "r"}


@pytest.mark.spec("K-144", "K-146")
def test_a_uri_that_names_the_first_grant_is_asked_for_refreshing_by_its_own() -> None:
    linked = Linked(access_token_uri="https://login.test/token?tenant=a%20b&grant_type=authorization_code")
    linked.log_in(refresh_token="r", expires_in=1)
    pass_time(linked)
    linked.server.gives(tokens("access-2"))
    assert linked.carried() == "access-2"
    assert linked.server.jobs[1].url == "https://login.test/token?tenant=a%20b"
    assert linked.server.forms[1] == {"grant_type": "refresh_token", "refresh_token": "r"}


@pytest.mark.spec("K-146", "K-147", "K-148")
@pytest.mark.parametrize(
    "answer",
    [Failure("timeout", "slow"), HttpAnswer(400, (), b'{"error": "invalid_grant"}'), HttpAnswer(200, (), b"<p>")],
)
def test_a_failed_refresh_breaks_the_link_and_the_user_hears_the_extension(linked: Linked, answer: Any) -> None:
    linked.log_in(refresh_token="r", expires_in=60)
    pass_time(linked)
    linked.server.gives(answer)
    linked.shop.says("계정을 다시 연결해 주세요")
    user = Talker(linked.talk.speaker())
    assert spoken(user.types("피자봇 시작해줘")) == ["계정을 다시 연결해 주세요"]
    assert carried(linked.shop.jobs[0].body) is None
    assert linked.link["state"] == "broken"
    assert "could not be refreshed" in linked.link["why"]
    assert linked.carried() is None
    assert len(linked.server.jobs) == 2, "a broken link is not tried again"
    assert linked.log_in(access="healed").status == 200
    assert linked.carried() == "healed"


@pytest.mark.spec("K-146")
def test_requests_wait_for_one_refresh_and_go_out_in_their_order(linked: Linked) -> None:
    linked.shop.says("네?", ends=False)
    linked.log_in(refresh_token="r", expires_in=5)
    user, other = Talker(linked.talk.speaker()), Talker(linked.talk.speaker("kitchen"))
    user.types("피자봇 시작해줘")
    pass_time(linked, "PT5S")
    linked.server.gives(tokens("access-2"))
    linked.talk.calls_run_at_once = False
    first, second = user.types("배달 언제 와"), other.types("피자봇에서 치즈 피자 시켜줘")
    assert other.types("안녕").status == 200
    assert (first.status, second.status, len(linked.talk.calls)) == (None, None, 1)
    linked.shop.says("곧 가요")
    linked.shop.says("시켰어요")
    linked.talk.run_calls()
    linked.talk.run_calls()
    assert linked.shop.asked[1:] == ["TrackDelivery", "OrderPizza"]
    assert [carried(job.body) for job in linked.shop.jobs[1:]] == ["access-2"] * 2
    assert (spoken(first), spoken(second)) == (["곧 가요"], ["시켰어요"])
    assert linked.talk.machine.core.refreshing == {}


@pytest.mark.spec("K-146", "K-087")
def test_the_end_of_a_session_is_told_with_a_fresh_token_too(linked: Linked) -> None:
    linked.shop.says("네?", ends=False)
    linked.log_in(refresh_token="r", expires_in=10)
    Talker(linked.talk.speaker()).types("피자봇 시작해줘")
    linked.server.gives(tokens("access-2"))
    linked.talk.wait("38s")
    assert linked.shop.asked == ["LaunchRequest", "SessionEndedRequest"]
    assert carried(linked.shop.jobs[1].body) == "access-2"


@pytest.mark.spec("K-140", "K-146")
@pytest.mark.parametrize(
    "operation",
    [
        op.Unlink(PIZZA["id"]),
        op.SetLink(PIZZA["id"], "by-hand", "other"),
        op.DeleteExtension(PIZZA["id"]),
        op.DeleteAccount("default"),
    ],
)
def test_what_happens_during_a_refresh_wins(linked: Linked, operation: Any) -> None:
    linked.log_in(refresh_token="r", expires_in=60)
    pass_time(linked)
    user = Talker(linked.talk.speaker())
    link = linked.talk.account.extensions[linked.shop.id].link
    linked.talk.calls_run_at_once = False
    linked.server.gives(tokens("too-late"))
    asked = user.types("피자봇 시작해줘")
    linked.talk.ask(operation)
    linked.shop.says("네")
    linked.talk.run_calls()
    linked.talk.run_calls()
    assert link.access_token != "too-late"
    assert asked.status is not None
    assert linked.talk.machine.core.refreshing == {}
    if isinstance(operation, op.SetLink):
        assert carried(linked.shop.jobs[0].body) == "by-hand"
    if isinstance(operation, op.Unlink):
        assert carried(linked.shop.jobs[0].body) is None


@pytest.mark.spec("K-146", "K-092")
def test_a_refreshed_request_differs_in_its_token_alone(linked: Linked) -> None:
    linked.log_in(refresh_token="r", expires_in=60)
    twin = Linked()
    twin.log_in(access="access-2")
    pass_time(linked)
    pass_time(twin)
    linked.server.gives(tokens("access-2"))
    assert linked.carried() == twin.carried() == "access-2"
    assert linked.shop.jobs[0].body == twin.shop.jobs[0].body


@pytest.mark.spec("K-146", "K-152")
def test_the_test_page_asks_with_a_fresh_token_and_leaves_edited_requests_alone(linked: Linked) -> None:
    linked.log_in(refresh_token="r", expires_in=60)
    pass_time(linked)
    linked.server.gives(tokens("access-2", expires_in=60))
    shown = linked.talk.ask(op.AskExtension(linked.shop.id, utterance="배달 언제 와")).body
    assert carried(linked.shop.jobs[0].body) == "access-2"
    assert shown["request"]["session"]["user"]["accessToken"] == "access-2"
    pass_time(linked)
    linked.talk.ask(op.AskExtension(linked.shop.id, request=shown["request"]))
    assert linked.shop.jobs[1].body == linked.shop.jobs[0].body
    assert len(linked.server.jobs) == 2


# By the control API


@pytest.mark.spec("K-147", "K-148")
def test_a_token_is_given_broken_and_taken_away(linked: Linked) -> None:
    ask, id_ = linked.talk.ask, linked.shop.id
    assert ask(op.SpoilLink(id_, "expire")).status == 409
    assert ask(op.SetLink(id_, "")).status == 422
    assert ask(op.SetLink(id_, "mine", "again", 60)).body["state"] == "linked"
    assert linked.carried() == "mine"
    assert ask(op.SpoilLink(id_, "break")).body["state"] == "broken"
    assert linked.carried() is None
    ask(op.SetLink(id_, "mine", "again", 60))
    assert ask(op.SpoilLink(id_, "expire")).body["expired"] is True
    linked.server.gives(tokens("new"))
    assert linked.carried() == "new"
    assert linked.server.forms[0]["refresh_token"] == "again"
    assert ask(op.Unlink(id_)).status == 204
    assert linked.link["state"] == "unlinked"
    assert linked.carried() is None


@pytest.mark.spec("K-148")
def test_a_revoked_token_is_carried_and_neither_of_both_is_known(linked: Linked) -> None:
    linked.log_in(refresh_token="r", expires_in=60)
    assert linked.talk.ask(op.SpoilLink(linked.shop.id, "revoke")).body["state"] == "linked"
    assert linked.carried() not in ("access-1", None)
    pass_time(linked)
    linked.server.gives({"error": "invalid_grant"}, status=400)
    assert linked.carried() is None
    assert linked.server.forms[1]["refresh_token"] != "r"


@pytest.mark.spec("K-140")
def test_disabling_forgets_the_account_and_linking_enables_again(linked: Linked) -> None:
    linked.log_in()
    body = {name: value for name, value in PIZZA.items() if name != "id"}
    linked.talk.ask(op.PutExtension(linked.shop.id, {**body, "linking": LINKING}))
    assert linked.link["state"] == "linked"
    linked.talk.ask(op.PutExtension(linked.shop.id, {**body, "linking": LINKING, "enabled": False}))
    assert linked.link["state"] == "unlinked"
    linked.start()
    assert linked.talk.ask(op.ReadExtension(linked.shop.id)).body["enabled"] is True
    assert linked.link["state"] == "unlinked"


@pytest.mark.spec("K-140")
def test_registering_anew_during_a_login_does_not_lose_it(linked: Linked) -> None:
    state = linked.state()
    body = {name: value for name, value in PIZZA.items() if name != "id"}
    linked.talk.calls_run_at_once = False
    linked.talk.ask(op.PutExtension(linked.shop.id, {**body, "linking": LINKING}))
    linked.server.gives(tokens())
    from mockcloud.wire.http import WebRequest

    asked = linked.talk.ask_later(WebRequest("GET", BACK, f"state={state}&code=c", (), b"", "https", "cloud.test"))
    linked.talk.run_calls()
    assert linked.talk.answers[asked].status == 200
    assert linked.link["state"] == "linked"


def test_logins_that_nobody_ends_are_forgotten(linked: Linked) -> None:
    first = linked.state()
    for _ in range(50):
        linked.start()
    assert len(linked.talk.account.extensions[linked.shop.id].link.attempts) == 20
    assert linked.talk.web("GET", BACK, {"state": first, "code": "c"}).status == 400


@pytest.mark.spec("K-142", "K-144", "K-146")
def test_secrets_are_not_in_the_journal(linked: Linked) -> None:
    code, echo = "the-code-1", {"error": "invalid_grant", "error_description": f"the-code-1 {SECRET}"}
    state = linked.state()
    linked.server.gives(echo, status=400)
    page = linked.talk.web("GET", BACK, {"state": state, "code": code})
    linked.log_in(refresh_token="refresh-1", expires_in=60)
    pass_time(linked)
    linked.server.gives({"error": "invalid_grant", "error_description": f"refresh-1 {SECRET}"}, status=400)
    linked.carried()
    entries = [one.as_json() for one in linked.talk.journal() if one.kind == "request" and one.channel == "extension"]
    text = json.dumps([entries, page.body.decode()])
    for secret in (state, code, SECRET, "refresh-1", "access-1"):
        assert secret not in text
    assert "***" in text
    assert [one["name"].removeprefix("linking ") for one in entries] == [
        *("start", "redirect", "token"),
        *("start", "redirect", "token"),
        "token",
    ]
    assert dict(page.headers)["referrer-policy"] == "no-referrer"


@pytest.mark.spec("K-144")
def test_a_link_and_a_login_outlive_the_server() -> None:
    talk, keeping = kept_conversation()
    linked = Linked(talk)
    linked.log_in(refresh_token="r", expires_in=60)
    state = linked.state()
    after, _ = again(talk, keeping)
    assert after.account.extensions == talk.account.extensions
    server = TokenServer(after)
    server.gives(tokens("later"))
    assert after.web("GET", BACK, {"state": state, "code": "c"}).status == 200
    assert after.account.extensions[PIZZA["id"]].access_token == "later"


# The built-in authorization server

BUILT_IN: dict[str, Any] = {"built_in": True, "scopes": ["ReadProfile"], "client_secret": SECRET}


class BuiltIn(Linked):
    def __init__(self, **linking: Any) -> None:
        self.talk = Conversation(edition="4.4" if linking.get("grant") == "token" else "newer")
        self.shop = Skill(self.talk, PIZZA, linking={**BUILT_IN, **linking})
        self.path = f"/al/default/{self.shop.id}"

    def decide(self, query: str, **form: str) -> WebResponse:
        return self.talk.web("POST", f"{self.path}/authorize", query, form=form)

    def token(self, form: dict[str, str], *, basic: str = "") -> tuple[int, Any]:
        pair = base64.b64encode((basic or f"{self.shop.id}:s3cret%2Fof+us%2B").encode()).decode()
        headers = {} if "client_id" in form else {"authorization": f"Basic {pair}"}
        response = self.talk.web("POST", f"{self.path}/token", form=form, headers=headers)
        body = json.loads(response.body)
        return response.status, body.get("error", body)

    def query(self) -> str:
        url: str = self.start()["url"]
        assert url.startswith(f"https://localhost{self.path}/authorize?")
        return urlsplit(url).query

    def code(self) -> str:
        return went_to(self.decide(self.query(), user="minsu", decision="allow"))["code"]

    def whose(self, token: str | None) -> tuple[int, Any]:
        response = self.talk.web("GET", f"{self.path}/userinfo", headers={"authorization": f"Bearer {token}"})
        return response.status, json.loads(response.body)


def went_to(response: WebResponse, redirect: str = REDIRECT) -> dict[str, str]:
    assert response.status == 302, response.body
    base, _, query = dict(response.headers)["location"].partition("?")
    assert base == redirect
    return dict(parse_qsl(query))


@pytest.mark.spec("K-149", "K-144")
def test_a_user_logs_in_at_the_page_of_our_own() -> None:
    own = BuiltIn()
    query = own.query()
    page = own.talk.web("GET", f"{own.path}/authorize", query).body.decode()
    assert "ReadProfile" in page
    assert all(f'value="{name}"' in page for name in ("minsu", "allow", "deny"))
    back = went_to(own.decide(query, user="minsu", other="하나", decision="allow"))
    assert own.talk.web("GET", BACK, back).status == 200
    token = own.carried()
    assert own.whose(token) == (200, {"sub": "하나", "scope": "ReadProfile"})
    pass_time(own, "PT1H")
    assert own.whose(token)[0] == 401
    renewed = own.carried()
    assert renewed not in (token, None)
    assert own.whose(renewed)[0] == 200
    own.talk.ask(op.SpoilLink(own.shop.id, "revoke"))
    assert own.whose(own.link["access_token"])[0] == 401
    own.talk.ask(op.SpoilLink(own.shop.id, "expire"))
    assert own.carried() is None
    assert own.findings == ["linking.token-refused"]


@pytest.mark.spec("K-149")
@pytest.mark.parametrize("form", [{"decision": "deny", "user": "minsu"}, {"user": "minsu"}])
def test_a_user_denies(form: dict[str, str]) -> None:
    own = BuiltIn()
    back = went_to(own.decide(own.query(), **form))
    assert back["error"] == "access_denied"
    assert own.talk.web("GET", BACK, back).status == 403


@pytest.mark.spec("K-149", "K-145")
def test_the_page_of_our_own_gives_implicit_grants() -> None:
    own = BuiltIn(grant="token")
    back = went_to(own.decide(own.query(), user="yuki", decision="allow"))
    assert back["token_type"] == "Bearer"
    assert own.talk.web("GET", BACK, back).status == 200
    assert own.whose(own.carried())[1]["sub"] == "yuki"


@pytest.mark.spec("K-149")
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("redirect_uri=https%3A%2F%2Fevil.test%2Fv1%2Fal%2Ftoken%2F", "redirect_uri="),
        ("redirect_uri=https%3A%2F%2Flocalhost%2Fv1%2Fal%2Ftoken%2F%2F..", "redirect_uri="),
        ("redirect_uri=https%3A%2F%2Flocalhost.evil.test%2Fv1%2Fal%2Ftoken%2F", "redirect_uri="),
        ("redirect_uri=%2F%2Fevil.test", "redirect_uri="),
        ("", "redirect_uri="),
        ("client_id=somebody", "client_id="),
    ],
)
def test_nobody_is_sent_to_a_place_that_is_not_ours(wrong: str, right: str) -> None:
    own = BuiltIn()
    query = "&".join(wrong if pair.startswith(right) else pair for pair in own.query().split("&"))
    for response in (
        own.talk.web("GET", f"{own.path}/authorize", query),
        own.decide(query, decision="allow", user="a"),
    ):
        assert response.status == 400
        assert "location" not in dict(response.headers)


@pytest.mark.spec("K-149")
def test_what_the_login_page_refuses() -> None:
    own = BuiltIn()
    query = own.query()
    for user in ("", " ", "x" * 101, "a\nb"):
        assert own.decide(query, user=user, decision="allow").status == 400
    wrong = went_to(own.decide(query.replace("response_type=code", "response_type=token"), decision="allow"))
    assert wrong["error"] == "unsupported_response_type"
    more = went_to(
        own.decide(query.replace("scope=ReadProfile", "scope=ReadProfile%20Pay"), user="a", decision="allow")
    )
    assert more["error"] == "invalid_scope"
    official = query.replace("localhost", "prod-ni-cic.clova.ai")
    assert went_to(own.decide(official, user="a", decision="allow"), "https://prod-ni-cic.clova.ai/v1/al/token/")
    for method, page in (("DELETE", "authorize"), ("GET", "token"), ("POST", "userinfo")):
        assert own.talk.web(method, f"{own.path}/{page}").status == 405
    for path in (
        "/al/",
        "/al/default",
        f"/al/nobody/{own.shop.id}/token",
        f"{own.path}/",
        f"{own.path}/token/x",
        "/al/default/x/token",
    ):
        assert own.talk.web("POST", path).status == 404
    foreign = Linked()
    assert foreign.talk.web("GET", f"/al/default/{foreign.shop.id}/authorize").status == 404


@pytest.mark.spec("K-149", "K-144")
def test_tokens_are_given_to_the_client_in_either_way_and_to_nobody_else() -> None:
    own = BuiltIn()
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    in_form = {"client_id": own.shop.id, "client_secret": SECRET}
    assert own.token({**form, "code": own.code()})[0] == 200
    assert own.token({**form, **in_form, "code": own.code()})[0] == 200
    code = own.code()
    assert own.token({**form, "code": code}, basic="x:y") == (401, "invalid_client")
    assert own.token({**form, "code": code, **in_form, "client_secret": "no"}) == (401, "invalid_client")
    assert own.token({**form, "code": code, "client_secret": SECRET}) == (400, "invalid_request")
    assert own.token({**form, "code": code}, basic="no colon") == (401, "invalid_client")
    for header in ("Basic !", "Basic gA==", "Bearer x", "Basic"):
        response = own.talk.web("POST", f"{own.path}/token", form=form, headers={"authorization": header})
        assert response.status == 401
        assert "www-authenticate" in dict(response.headers)
    json_body = own.talk.web("POST", f"{own.path}/token", headers={"content-type": "application/json"}, body=b"{}")
    assert (json_body.status, json.loads(json_body.body)["error"]) == (400, "invalid_request")
    twice = own.talk.web(
        "POST",
        f"{own.path}/token",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=b"code=1&code=2",
    )
    assert json.loads(twice.body)["error"] == "invalid_request"
    assert own.token({**form, "code": code})[0] == 200


@pytest.mark.spec("K-149", "K-144")
def test_a_code_buys_tokens_once_in_time_and_from_where_it_went() -> None:
    own = BuiltIn()
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    code = own.code()
    status, first = own.token({**form, "code": code})
    assert own.whose(first["access_token"])[0] == 200
    assert own.token({**form, "code": code}) == (400, "invalid_grant")
    assert own.whose(first["access_token"])[0] == 401, "what a stolen code has bought ends"
    assert own.token({**form, "code": own.code(), "redirect_uri": "https://evil.test"})[0] == 400
    assert own.token({**form, "code": "unknown"}) == (400, "invalid_grant")
    late = own.code()
    pass_time(own, "PT10M")
    assert own.token({**form, "code": late}) == (400, "invalid_grant")
    assert own.token({"grant_type": "password"}) == (400, "unsupported_grant_type")
    assert own.token({"grant_type": "refresh_token", "refresh_token": ""}) == (400, "invalid_grant")
    assert status == 200


@pytest.mark.spec("K-149", "K-146")
def test_a_refresh_token_is_good_once() -> None:
    own = BuiltIn()
    _, first = own.token({"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": own.code()})
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    status, second = own.token(again)
    assert status == 200
    assert own.whose(second["access_token"])[1]["sub"] == "minsu"
    assert own.whose(first["access_token"])[0] == 401
    assert own.token(again) == (400, "invalid_grant")


@pytest.mark.spec("K-006", "K-149")
@pytest.mark.parametrize(
    ("linking", "path"),
    [
        ({"built_in": True, "login_url": "https://a"}, "linking.login_url"),
        ({"built_in": True, "access_token_uri": "https://a"}, "linking.access_token_uri"),
        ({"built_in": False}, "linking.login_url"),
        ({**LINKING, "login_url": "javascript://a/%0aalert(1)"}, "linking.login_url"),
        ({**LINKING, "access_token_uri": "file:///etc/passwd"}, "linking.access_token_uri"),
    ],
)
def test_what_cannot_be_registered(linking: dict[str, Any], path: str) -> None:
    body = {name: value for name, value in PIZZA.items() if name != "id"}
    outcome = Conversation().ask(op.PutExtension(PIZZA["id"], {**body, "linking": linking}))
    assert outcome.status == 422
    assert outcome.body["problems"][0]["path"] == path
