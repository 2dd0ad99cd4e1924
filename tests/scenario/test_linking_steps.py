"""``app: {link_account: ...}``: a user links an account in a scenario, here and at a server of somebody else's."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from mockcloud.cloud.extensions.registration import SCHEMA as REGISTRATION
from mockcloud.replay import Report
from mockcloud.scenario.app import ACTIONS
from mockcloud.scenario.language import GIVEN
from tests.scenario.test_scenario_app import run
from tests.scenario.test_scenario_loading import problems

EXTENSION = """\
given:
  extensions:
    com.example.pizza:
      invocation_names: [피자봇]
      linking: LINKING
      model: {intents: {Order: {tsv: "[INTENT EXPRESSION]\\n주문해줘\\n"}}}
      answers:
        - {when: {linked: true}, then: {speak: 주문했어요}}
        - {then: {speak: 연결해 주세요}}
steps:
"""
ASKED = "  - {say: 피자봇에서 주문해줘, expect: {extension: com.example.pizza, linked: LINKED}}\n"


def step(action: str, *, linked: bool | None = None, **members: Any) -> str:
    done = json.dumps({action: {"extension": "com.example.pizza", **members}}, ensure_ascii=False)
    return f"  - app: {done}\n" + ("" if linked is None else ASKED.replace("LINKED", str(linked).lower()))


def text_of(linking: str, *steps: str) -> str:
    return EXTENSION.replace("LINKING", linking) + "".join(steps)


def replayed(linking: str, *steps: str) -> Report:
    return run(text_of(linking, *steps))


BUILT_IN = "{built_in: true}"


@pytest.mark.spec("K-140", "K-142", "K-143", "K-149")
def test_a_user_refuses_logs_in_and_unlinks_at_the_built_in_server() -> None:
    report = replayed(
        BUILT_IN,
        ASKED.replace("LINKED", "false"),
        step("link_account", allow=False, linked=False),
        step("link_account", linked=True),
        step("link_account", user="유키", linked=True),
        step("unlink_account", linked=False),
    )
    assert report.passed, report.failures
    assert "<- extension   linking token 200 [extension com.example.pizza]" in report.transcript


@pytest.mark.spec("K-145", "K-146", "K-148")
@pytest.mark.parametrize(("how", "linked"), [("expire", True), ("break", False), ("revoke", True)])
def test_a_link_goes_wrong(how: str, linked: bool) -> None:
    steps = (step("link_account", linked=True), step("spoil_link", how=how, linked=linked))
    assert replayed(BUILT_IN, *steps).passed
    no_refresh = (step("set_link", access_token="t", expires_in=60, linked=True), "  - advance: 61s\n")
    assert replayed(BUILT_IN, *no_refresh, ASKED.replace("LINKED", "false")).passed


def test_a_login_that_the_page_refuses_fails_the_step() -> None:
    (failure,) = replayed(BUILT_IN, step("link_account", user="x" * 101)).failures
    assert "app link_account: the login page refuses (status 400): a user has a name of 1 to 100 letters" in str(
        failure
    )


# Another authorization server


class Login(ThreadingHTTPServer):
    """An authorization server: a page that wants a password, a page behind it, and tokens."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.codes: list[str] = []

    @property
    def linking(self) -> str:
        url = f"http://127.0.0.1:{self.server_port}"
        registered = {"login_url": f"{url}/login", "access_token_uri": f"{url}/token"}
        return json.dumps({**registered, "client_id": "clova", "client_secret": "secret"})


class _Page(BaseHTTPRequestHandler):
    server: Login

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/allowed":
            given = parse_qs(query)
            back = urlencode({"state": given["state"][0], "code": "c1"})
            self._send_to(f"{given['redirect_uri'][0].rstrip('/')}?{back}")
        elif path == "/login":
            self._answer(200, b"<form method=post>")
        else:
            self._send_to(self.path)

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        if urlsplit(self.path).path == "/login":
            if form.get("password") != "1234":
                self._answer(403, b"wrong")
            else:
                self._send_to(self.path.replace("/login", "/allowed"))
            return
        self.server.codes.append(form["code"])
        self._answer(200, json.dumps({"access_token": "t", "token_type": "Bearer"}).encode())

    def _send_to(self, url: str) -> None:
        self._answer(302, b"", ("location", url))

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("content-type", "application/json"), ("content-length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - the name of http.server
        pass


@pytest.fixture
def login() -> Iterator[Login]:
    with Login() as login:
        thread = Thread(target=login.serve_forever, args=(0.01,))
        thread.start()
        yield login
        login.shutdown()
        thread.join()


@pytest.mark.spec("K-141", "K-143", "K-144")
def test_a_user_logs_in_at_a_server_of_somebody_else(login: Login) -> None:
    report = replayed(
        login.linking,
        step("link_account", allow=False, linked=False),
        step("link_account", form={"user": "minsu", "password": "1234"}, linked=True),
        step("unlink_account", linked=False),
        step("link_account", code="c2", linked=True),
    )
    assert report.passed, report.failures
    assert login.codes == ["c1", "c2"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "wrong"}, "/login sends nobody back (status 403): give the `form` that it wants, a `code`"),
        (None, "/login sends nobody back (status 200): give the `form` that it wants, a `code`"),
    ],
)
def test_a_login_elsewhere_that_leads_nowhere_fails_the_step(login: Login, form: Any, said: str) -> None:
    (failure,) = replayed(login.linking, step("link_account", **({"form": form} if form else {}))).failures
    assert said in str(failure)
    assert "state" not in str(failure)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (":1/login", "the login page http://127.0.0.1:1/login is not reached"),
        ("/round-and-round", "after 20 pages, http://127.0.0.1"),
    ],
)
def test_pages_that_nobody_gets_through_fail_the_step(login: Login, path: str, said: str) -> None:
    base = "http://127.0.0.1" + (path if path.startswith(":") else f":{login.server_port}{path}")
    linking = {**json.loads(login.linking), "login_url": base}
    (failure,) = replayed(json.dumps(linking), step("link_account")).failures
    assert said in str(failure)


@pytest.mark.spec("K-144")
def test_a_code_that_buys_nothing_does_not_link(login: Login) -> None:
    linking = {**json.loads(login.linking), "access_token_uri": "http://127.0.0.1:9/token"}
    report = replayed(json.dumps(linking), step("link_account", code="c"))
    said = "app link_account: the user comes back, and sees (status 502): 피자봇; "
    assert [said in str(failure) for failure in report.failures] == [True, False]
    assert "linking.token-server" in str(report.failures[1])


# What loads


@pytest.mark.parametrize(
    ("linking", "done", "said", "hint"),
    [
        (BUILT_IN, step("link_account", code="c"), "`code` belongs to another authorization server", ""),
        (BUILT_IN, step("link_account", allow=False, user="minsu"), "who refuses has no `user`", ""),
        (BUILT_IN, step("spoil_link", how="broken"), "broken", "break"),
        (BUILT_IN, step("spoil_link"), "how", ""),
        (BUILT_IN, step("unlink_account").replace("pizza", "piza"), "no extension 'com.example.piza'", "pizza"),
        (BUILT_IN, step("set_link"), "access_token", ""),
        ("{login_url: 'http://a/'}", step("link_account", user="minsu"), "`user` belongs to the built-in", ""),
    ],
)
def test_mistakes_of_linking_steps_are_said_with_a_cure(linking: str, done: str, said: str, hint: str) -> None:
    (problem,) = problems(text_of(linking, done))
    assert said in str(problem)
    assert hint in problem.hint + problem.said
    assert problem.line == text_of(linking, done).count("\n") + 2


def test_an_extension_without_linking_cannot_be_linked() -> None:
    (problem,) = problems(text_of("{}", step("link_account")).replace("      linking: {}\n", ""))
    assert "'com.example.pizza' has no account linking" in str(problem)
    assert "built_in: true" in problem.hint


def test_what_linking_is_given_as_is_what_is_registered() -> None:
    given = GIVEN["properties"]["extensions"]["additionalProperties"]["properties"]["linking"]["properties"]
    registered = REGISTRATION["properties"]["linking"]["properties"]
    assert given.keys() == registered.keys()
    assert [given[name].get("enum") for name in given] == [registered[name].get("enum") for name in given]


def test_every_action_on_a_link_names_its_extension() -> None:
    for name in ("link_account", "unlink_account", "set_link", "spoil_link"):
        assert "extension" in ACTIONS[name].required
