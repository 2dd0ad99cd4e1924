"""The authorisation server: ``/authorize``, ``/token``, the terms page and guests (C-001..C-018, C-183..C-185)."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Account
from mockcloud.wire.http import WebResponse
from tests.cic.conversation import Conversation


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def naver(account: Account) -> dict[str, str]:
    return {"authorization": f"Bearer {account.naver_access_token}"}


def authorize_parameters(talk: Conversation, **changes: str | None) -> dict[str, str]:
    given = {
        "client_id": talk.account.client_id,
        "device_id": "dev-1",
        "response_type": "code",
        "state": "xyz",
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def authorize(talk: Conversation, **changes: str | None) -> WebResponse:
    return talk.web("GET", "/authorize", authorize_parameters(talk, **changes), headers=naver(talk.account))


def a_code(talk: Conversation, **changes: str | None) -> str:
    code: str = body(authorize(talk, **changes))["code"]
    return code


def body(response: WebResponse) -> Any:
    assert dict(response.headers)["content-type"] == "application/json"
    return json.loads(response.body)


def token_parameters(talk: Conversation, **changes: str | None) -> dict[str, str]:
    given = {
        "grant_type": "authorization_code",
        "client_id": talk.account.client_id,
        "client_secret": talk.account.client_secret,
        "device_id": "dev-1",
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def token(talk: Conversation, **changes: str | None) -> WebResponse:
    return talk.web("GET", "/token", token_parameters(talk, **changes))


def is_accepted(talk: Conversation, access_token: str) -> bool:
    """Whether CIC takes the token."""
    headers = {"authorization": f"Bearer {access_token}", "user-agent": "A/B/1.0.0 (C;D)"}
    return talk.connection().get("/ping", headers).status == 204


# /authorize


@pytest.mark.spec("C-001", "C-003")
def test_a_code_and_the_state_come_back_as_json(talk: Conversation) -> None:
    answer = authorize(talk, model_id="m1")
    assert answer.status == 200
    assert body(answer) == {"code": a_code_of(talk), "state": "xyz"}


def a_code_of(talk: Conversation) -> str:
    (code,) = talk.account.codes
    return code


@pytest.mark.spec("C-003")
def test_the_state_is_returned_decoded(talk: Conversation) -> None:
    state = "가 나&다=라+마"
    query = "&".join(f"{n}={quote(v, safe='')}" for n, v in authorize_parameters(talk, state=state).items())
    answer = talk.web("GET", "/authorize", query, headers=naver(talk.account))
    assert body(answer)["state"] == state


@pytest.mark.spec("C-001", "C-002")
@pytest.mark.parametrize("where", ["query", "form", "both"])
def test_post_takes_parameters_from_query_and_form(talk: Conversation, where: str) -> None:
    given = authorize_parameters(talk)
    response_type = {"response_type": given.pop("response_type")}
    query, form = {
        "query": (given | response_type, None),
        "form": ({}, given | response_type),
        "both": (response_type, given),
    }[where]
    answer = talk.web("POST", "/authorize", query, form=form, headers=naver(talk.account))
    assert answer.status == 200
    code = body(answer)["code"]

    given = token_parameters(talk, code=code)
    grant = {"grant_type": given.pop("grant_type")}
    query, form = {"query": (given | grant, None), "form": ({}, given | grant), "both": (grant, given)}[where]
    assert talk.web("POST", "/token", query, form=form).status == 200


@pytest.mark.spec("C-002")
def test_get_ignores_a_body(talk: Conversation) -> None:
    answer = talk.web("GET", "/authorize", {}, form=authorize_parameters(talk), headers=naver(talk.account))
    assert answer.status == 400


@pytest.mark.spec("C-004")
@pytest.mark.parametrize("name", ["client_id", "device_id", "response_type", "state"])
@pytest.mark.parametrize("value", [None, ""])
def test_every_required_parameter_of_authorize_is_asked_for(talk: Conversation, name: str, value: str | None) -> None:
    answer = authorize(talk, **{name: value})
    assert answer.status == 400
    assert name in body(answer)["error_description"]


@pytest.mark.spec("C-004")
@pytest.mark.parametrize("change", [{"response_type": "token"}, {"client_id": "nobody"}, {"request_vu": "maybe"}])
def test_an_invalid_parameter_of_authorize_is_400(talk: Conversation, change: dict[str, str]) -> None:
    assert authorize(talk, **change).status == 400


@pytest.mark.spec("C-003", "C-076")
def test_a_device_id_may_be_anything_that_is_not_empty(talk: Conversation) -> None:
    assert authorize(talk, device_id="no MAC, no UUID: 거실").status == 200


@pytest.mark.spec("C-005")
@pytest.mark.parametrize("header", ["Bearer wrong", "Basic abc", "Bearer", None])
def test_without_a_valid_naver_token_it_is_403(talk: Conversation, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = talk.web("GET", "/authorize", authorize_parameters(talk), headers=headers)
    assert answer.status == 403
    assert "code" not in body(answer)


@pytest.mark.spec("C-004", "C-005")
def test_parameters_are_judged_before_the_user(talk: Conversation) -> None:
    assert talk.web("GET", "/authorize", authorize_parameters(talk, state=None)).status == 400


@pytest.mark.spec("C-064")
@pytest.mark.parametrize("path", ["/authorize", "/token"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
def test_other_methods_are_refused(talk: Conversation, path: str, method: str) -> None:
    answer = talk.web(method, path)
    assert answer.status == 405
    assert dict(answer.headers)["allow"] == "GET, POST"


# The terms of use


def refused_terms(talk: Conversation) -> dict[str, str]:
    """What /authorize answers while the terms are not accepted."""
    talk.ask(op.SetTerms(talk.account.id, False))
    answer = authorize(talk, state="x y")
    assert answer.status == 451
    found: dict[str, str] = body(answer)
    return found


@pytest.mark.spec("C-006")
def test_before_the_terms_it_is_451_with_the_page_to_go_to(talk: Conversation) -> None:
    found = refused_terms(talk)
    assert set(found) == {"code", "redirect_uri", "state"}
    assert found["state"] == "x y"
    page = urlsplit(found["redirect_uri"])
    assert (page.scheme, page.netloc) == ("https", "cloud.test")
    assert parse_qs(page.query) == {"code": [found["code"]], "grant_type": ["code"], "state": ["x y"]}


@pytest.mark.spec("C-006")
def test_the_terms_page_is_under_the_public_url() -> None:
    talk = Conversation(public_url="https://public.example/base/")
    assert refused_terms(talk)["redirect_uri"].startswith("https://public.example/base/terms?")


@pytest.mark.spec("C-007", "C-008")
def test_accepting_on_the_page_redirects_and_makes_the_code_good(talk: Conversation) -> None:
    found = refused_terms(talk)
    assert token(talk, code=found["code"]).status == 400

    url = urlsplit(found["redirect_uri"])
    page = talk.web("GET", url.path, url.query)
    assert page.status == 200
    html = page.body.decode()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))
    assert fields["code"] == found["code"]
    assert 'method="post"' in html

    accepted = talk.web("POST", url.path, form=fields)
    assert accepted.status == 302
    assert dict(accepted.headers)["location"] == "clova://agreement-success"
    assert token(talk, code=found["code"]).status == 200
    assert authorize(talk).status == 200


@pytest.mark.spec("C-007")
def test_an_acceptance_that_cannot_be_stored_redirects_to_failure(talk: Conversation) -> None:
    refused_terms(talk)
    answer = talk.web("POST", "/terms", form={"code": "unknown"})
    assert answer.status == 302
    assert dict(answer.headers)["location"] == "clova://agreement-failure"
    assert not talk.account.terms_accepted


@pytest.mark.spec("C-007")
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_only_post_accepts(talk: Conversation, method: str) -> None:
    code = refused_terms(talk)["code"]
    assert talk.web(method, "/terms", {"code": code}).status == 405
    assert not talk.account.terms_accepted


@pytest.mark.spec("C-007")
def test_the_page_quotes_what_it_is_given(talk: Conversation) -> None:
    page = talk.web("GET", "/terms", {"code": '"><script>', "state": "<b>"})
    assert page.status == 400
    assert b"<script>" not in page.body
    assert b"<b>" not in page.body


@pytest.mark.spec("C-008")
def test_a_code_of_451_is_good_once_the_terms_are_accepted_otherwise(talk: Conversation) -> None:
    code = refused_terms(talk)["code"]
    talk.ask(op.SetTerms(talk.account.id, True))
    assert token(talk, code=code).status == 200


# /token: issue


@pytest.mark.spec("C-001", "C-009")
def test_a_code_buys_tokens(talk: Conversation) -> None:
    answer = token(talk, code=a_code(talk))
    assert answer.status == 200
    issued = body(answer)
    assert set(issued) == {"access_token", "expires_in", "refresh_token", "token_type"}
    assert issued["token_type"] == "Bearer"
    assert issued["expires_in"] == 12_960_000
    assert is_accepted(talk, issued["access_token"])


@pytest.mark.spec("C-009", "C-012")
def test_the_life_of_a_token_is_a_setting() -> None:
    talk = Conversation(behaviour={"access_token_life": "332000s"})
    assert body(token(talk, code=a_code(talk)))["expires_in"] == 332_000


@pytest.mark.spec("C-010")
@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "code", "device_id"])
def test_every_required_parameter_of_token_is_asked_for(talk: Conversation, name: str) -> None:
    answer = token(talk, **{"code": a_code(talk), name: None})
    assert answer.status == 400
    assert name in body(answer)["error_description"]


@pytest.mark.spec("C-010")
@pytest.mark.parametrize(
    "change",
    [{"grant_type": "password"}, {"client_secret": "wrong"}, {"client_id": "nobody"}, {"code": "unknown"}],
)
def test_invalid_data_is_400_never_401(talk: Conversation, change: dict[str, str]) -> None:
    assert token(talk, **({"code": a_code(talk)} | change)).status == 400


@pytest.mark.spec("C-010")
def test_a_secret_encoded_twice_is_taken_if_lenient() -> None:
    for strict, status in ((False, 200), (True, 400)):
        talk = Conversation(strict=strict)
        talk.account.client_secret = "a+b/c="
        assert token(talk, code=a_code(talk), client_secret=quote("a+b/c=", safe="")).status == status
        assert token(talk, code=a_code(talk), client_secret="a+b/c=").status == 200


@pytest.mark.spec("C-011")
def test_a_code_buys_only_once(talk: Conversation) -> None:
    code = a_code(talk)
    assert token(talk, code=code).status == 200
    answer = token(talk, code=code)
    assert answer.status == 400
    assert "already" in body(answer)["error_description"]


@pytest.mark.spec("C-011")
def test_a_code_is_bound_to_its_device_and_its_client(talk: Conversation) -> None:
    other = talk.ask(op.CreateAccount(name="other")).body
    code = a_code(talk)
    assert token(talk, code=code, device_id="dev-2").status == 400
    theirs = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    assert token(talk, code=code, **theirs).status == 400
    assert token(talk, code=code).status == 200


@pytest.mark.spec("C-011")
def test_a_code_ends_by_the_account_s_clock() -> None:
    talk = Conversation(behaviour={"code_life": "2m"})
    code = a_code(talk)
    talk.wait("119s")
    assert token(talk, code=code).status == 200
    code = a_code(talk)
    talk.ask(op.SetClock(account="default", action="advance", by="2m"))
    answer = token(talk, code=code)
    assert answer.status == 400
    assert "expired" in body(answer)["error_description"]


# /token: refresh


def refresh(talk: Conversation, refresh_token: str, **changes: str | None) -> WebResponse:
    return token(talk, **({"grant_type": "refresh_token", "refresh_token": refresh_token} | changes))


@pytest.mark.spec("C-012", "C-017")
def test_refreshing_rotates_both_tokens_of_the_same_device(talk: Conversation) -> None:
    first = talk.login("dev-1")
    answer = refresh(talk, first["refresh_token"], device_id=None)
    assert answer.status == 200
    second = body(answer)
    assert set(second) == {"access_token", "expires_in", "refresh_token", "token_type"}
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    known = talk.account.tokens
    assert known[second["access_token"]].device_id == known[first["access_token"]].device_id == "dev-1"


@pytest.mark.spec("C-012")
@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
def test_every_required_parameter_of_a_refresh_is_asked_for(talk: Conversation, name: str) -> None:
    given = {"refresh_token": talk.login("dev-1")["refresh_token"]} | {name: None}
    assert token(talk, grant_type="refresh_token", **given).status == 400


@pytest.mark.spec("C-012")
@pytest.mark.parametrize("change", [{"refresh_token": "unknown"}, {"client_secret": "x"}, {"device_id": "dev-2"}])
def test_an_invalid_refresh_is_400(talk: Conversation, change: dict[str, str]) -> None:
    given = {"refresh_token": talk.login("dev-1")["refresh_token"]} | change
    assert token(talk, grant_type="refresh_token", **given).status == 400


@pytest.mark.spec("C-013")
@pytest.mark.parametrize(("strict", "status"), [(False, 200), (True, 400)])
def test_the_refresh_token_before_is_taken_only_if_lenient(strict: bool, status: int) -> None:
    talk = Conversation(strict=strict)
    first = talk.login("dev-1")
    assert refresh(talk, first["refresh_token"]).status == 200
    assert is_accepted(talk, first["access_token"])
    assert refresh(talk, first["refresh_token"]).status == status


# /token: delete


def delete(talk: Conversation, access_token: str, **changes: str | None) -> WebResponse:
    return token(talk, **({"grant_type": "delete", "access_token": access_token} | changes))


@pytest.mark.spec("C-014", "C-016")
def test_deleting_describes_the_token_and_makes_it_worthless(talk: Conversation) -> None:
    tokens = talk.login("dev-1")
    talk.wait("1h")
    answer = delete(talk, tokens["access_token"])
    assert answer.status == 200
    assert body(answer) == {
        "access_token": tokens["access_token"],
        "client_id": talk.account.client_id,
        "expires_in": tokens["expires_in"],
    }
    assert not is_accepted(talk, tokens["access_token"])
    assert refresh(talk, tokens["refresh_token"]).status == 400
    assert delete(talk, tokens["access_token"]).status == 400


@pytest.mark.spec("C-015")
@pytest.mark.parametrize("name", ["access_token", "client_id", "client_secret", "device_id"])
def test_every_required_parameter_of_a_delete_is_asked_for(talk: Conversation, name: str) -> None:
    assert delete(talk, **({"access_token": talk.login("dev-1")["access_token"]} | {name: None})).status == 400


@pytest.mark.spec("C-015")
@pytest.mark.parametrize(
    "change", [{"client_id": "nobody"}, {"client_secret": "wrong"}, {"device_id": "dev-2"}, {"model_id": "m2"}]
)
def test_deleting_for_somebody_else_is_401(talk: Conversation, change: dict[str, str]) -> None:
    tokens = talk.login("dev-1")
    talk.account.tokens[tokens["access_token"]].model_id = "m1"
    assert delete(talk, tokens["access_token"], **change).status == 401
    assert is_accepted(talk, tokens["access_token"])


@pytest.mark.spec("C-015")
def test_deleting_with_another_client_is_401(talk: Conversation) -> None:
    other = talk.ask(op.CreateAccount(name="other")).body
    theirs = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    assert delete(talk, talk.login("dev-1")["access_token"], **theirs).status == 401


# What a token is worth


@pytest.mark.spec("C-016")
def test_a_token_ends_by_the_account_s_clock() -> None:
    talk = Conversation(behaviour={"access_token_life": "1h"})
    speaker = talk.speaker()
    talk.ask(op.SetClock(account="default", action="advance", by="59m59s"))
    assert speaker.get("/ping").status == 204
    talk.ask(op.SetClock(account="default", action="advance", by="1s"))
    answer = speaker.get("/v1/directives")
    assert answer.status == 401
    assert answer.error[0] == 401
    assert "expired" in answer.error[1]


@pytest.mark.spec("C-017")
def test_a_token_says_whose_and_which_device_it_is(talk: Conversation) -> None:
    other = talk.ask(op.CreateAccount(name="other", devices=("kitchen",))).body
    headers = {"authorization": f"Bearer {other['devices'][0]['access_token']}", "user-agent": "A/B/1.0.0 (C;D)"}
    assert talk.connection().get("/ping", headers).status == 204
    (entry,) = [e for e in talk.machine.core.accounts.by_id["other"].journal if e.name == "GET /ping"]
    assert (entry.account, entry.device) == ("other", "kitchen")
    assert not talk.journal(name="GET /ping")


@pytest.mark.spec("C-016", "C-021")
def test_tokens_expire_and_are_revoked_on_demand(talk: Conversation) -> None:
    tokens = talk.login("dev-1")
    assert talk.ask(op.ExpireTokens("default")).body == {"expired": 1}
    assert not is_accepted(talk, tokens["access_token"])
    fresh = body(refresh(talk, tokens["refresh_token"]))
    assert is_accepted(talk, fresh["access_token"])
    assert talk.ask(op.RevokeTokens("default")).body == {"revoked": 2}
    assert not is_accepted(talk, fresh["access_token"])
    assert refresh(talk, fresh["refresh_token"]).status == 400


@pytest.mark.spec("C-017")
def test_setting_the_seed_again_never_gives_a_token_twice(talk: Conversation) -> None:
    issued = []
    for device in ("one", "two"):
        talk.ask(op.SetSeed("default", 7))
        issued.append(talk.ask(op.IssueToken("default", device)).body["access_token"])
    assert [talk.account.tokens[each].device_id for each in issued] == ["one", "two"]


# Guests


@pytest.mark.spec("C-183")
def test_a_guest_gets_tokens_without_naver_token(talk: Conversation) -> None:
    answer = talk.web("GET", "/authorize", authorize_parameters(talk, request_vu="Y"))
    assert answer.status == 200
    answer = token(talk, code=body(answer)["code"])
    assert answer.status == 200
    access_token = body(answer)["access_token"]
    assert is_accepted(talk, access_token)
    assert talk.account.tokens[access_token].guest
    assert talk.account.devices["dev-1"].guest


@pytest.mark.spec("C-183", "C-006")
def test_a_guest_has_no_terms_to_accept(talk: Conversation) -> None:
    talk.ask(op.SetTerms("default", False))
    answer = talk.web("GET", "/authorize", authorize_parameters(talk, request_vu="Y"))
    assert answer.status == 200
    assert token(talk, code=body(answer)["code"]).status == 200


@pytest.mark.spec("C-183")
def test_with_a_naver_token_nobody_is_a_guest(talk: Conversation) -> None:
    assert authorize(talk, request_vu="Y").status == 200
    (code,) = talk.account.codes.values()
    assert not code.guest
    wrong = talk.web(
        "GET", "/authorize", authorize_parameters(talk, request_vu="Y"), headers={"authorization": "Bearer x"}
    )
    assert wrong.status == 403


@pytest.mark.spec("C-183")
def test_a_guest_that_logs_in_is_no_guest_any_more(talk: Conversation) -> None:
    talk.login("dev-1", request_vu="Y")
    assert talk.account.devices["dev-1"].guest
    talk.login("dev-1")
    assert not talk.account.devices["dev-1"].guest


@pytest.mark.spec("C-184", "C-185")
def test_expect_login_is_said_by_a_rule_and_nothing_is_continued_after_login(talk: Conversation) -> None:
    talk.scenario("""
- name: needs an account
  when: {says: {contains: 장바구니}, state: ""}
  then: [{directive: Clova.ExpectLogin}]
  state: asked
""")
    guest = talk.speaker("g", guest=True)
    answer = guest.event("TextRecognizer.Recognize", {"text": "장바구니 보여줘"}, dialog="d1")
    assert answer.names == ["Clova.ExpectLogin"]
    assert answer.directives[0]["payload"] == {}
    talk.wait("10s")
    user = talk.speaker("g")
    talk.wait("10s")
    assert user.pushed_names() == []


# The journal


def test_requests_to_the_authorisation_server_are_on_record(talk: Conversation) -> None:
    authorize(talk)
    authorize(talk, state=None)
    entries = talk.journal(channel="auth")
    assert [(entry.name, entry.status) for entry in entries] == [("GET /authorize", 200), ("GET /authorize", 400)]
    assert "state" in entries[1].note
    assert entries[1].because == ("C-004", "D-008")


def test_a_request_of_nobody_has_a_date_like_any_other(talk: Conversation) -> None:
    authorize(talk, client_id="nobody")
    (entry,) = talk.journal(channel="auth")
    assert entry.as_json()["at"].startswith("2026-01-01T00:00:00")


def test_more_parameters_than_anybody_needs_are_refused(talk: Conversation) -> None:
    answer = talk.web("GET", "/token", "&".join(f"a{n}=1" for n in range(2000)))
    assert answer.status == 400


def test_a_body_above_the_limit_is_413() -> None:
    talk = Conversation(limits={"body": 100})
    assert talk.web("POST", "/token", body=b"x" * 101).status == 413


# What a device does wrong


def found(talk: Conversation) -> list[str]:
    talk.journal()
    return talk.findings()


@pytest.mark.spec("D-008", "D-020", "C-004", "C-183")
@pytest.mark.parametrize(
    "changes",
    [
        {"device_id": None},
        {"state": None},
        {"state": ""},
        {"client_id": None},
        {"response_type": "token"},
        {"request_vu": "yes"},
    ],
)
def test_a_request_for_a_code_that_is_not_well_formed_is_a_finding(
    talk: Conversation, changes: dict[str, str | None]
) -> None:
    assert authorize(talk, **changes).status == 400
    assert found(talk) == ["auth.parameter"]


@pytest.mark.spec("D-014", "D-016", "D-019", "C-010", "C-012", "C-015")
@pytest.mark.parametrize(
    "changes",
    [
        {"grant_type": None},
        {"grant_type": "password"},
        {"code": None},
        {"grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "refresh_token": "r", "client_secret": None},
        {"grant_type": "delete"},
    ],
)
def test_a_request_for_a_token_that_is_not_well_formed_is_a_finding(
    talk: Conversation, changes: dict[str, str | None]
) -> None:
    assert token(talk, **changes).status == 400
    assert found(talk) == ["auth.parameter"]


@pytest.mark.spec("D-009")
def test_a_device_has_one_device_id(talk: Conversation) -> None:
    assert token(talk, code=a_code(talk), device_id="dev-2").status == 400
    assert found(talk) == ["auth.device-id"]
    issued = body(token(talk, code=a_code(talk, state="another")))
    refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    assert token(talk, **refresh, device_id="dev-2").status == 400
    delete = {"grant_type": "delete", "access_token": issued["access_token"]}
    assert token(talk, **delete, device_id="dev-2").status == 401
    assert found(talk) == 3 * ["auth.device-id"]
    assert token(talk, **refresh).status == 200
    assert found(talk) == 3 * ["auth.device-id"]


@pytest.mark.spec("D-011", "C-008")
def test_a_device_waits_until_the_user_has_agreed(talk: Conversation) -> None:
    talk.account.terms_accepted = False
    response = authorize(talk)
    assert response.status == 451
    assert token(talk, code=body(response)["code"]).status == 400
    assert found(talk) == ["auth.terms"]


@pytest.mark.spec("C-008")
def test_terms_that_are_taken_back_are_not_the_devices_fault(talk: Conversation) -> None:
    code = a_code(talk)
    talk.account.terms_accepted = False
    assert token(talk, code=code).status == 400
    assert found(talk) == []


@pytest.mark.spec("C-004", "C-010")
@pytest.mark.parametrize(("path", "item"), [("/authorize", "C-004"), ("/token", "C-010")])
def test_parameters_that_cannot_be_read_are_a_finding(talk: Conversation, path: str, item: str) -> None:
    assert talk.web("GET", path, "&".join(f"a{n}=1" for n in range(1001))).status == 400
    assert found(talk) == ["auth.parameter"]
    assert item in talk.journal(channel="auth")[0].because


@pytest.mark.spec("C-010")
def test_a_wrong_grant_is_on_record_with_whom_it_concerns(talk: Conversation) -> None:
    other = talk.machine.core.accounts.create("other")
    parameters = token_parameters(talk, grant_type="password", client_id=other.client_id)
    talk.web("GET", "/token", parameters)
    assert [entry.status for entry in talk.journal(other, channel="auth")] == [400]


@pytest.mark.spec("D-010")
def test_a_state_is_another_one_each_time(talk: Conversation) -> None:
    a_code(talk, state="a")
    a_code(talk, state="b")
    assert found(talk) == []
    a_code(talk, state="a")
    assert found(talk) == ["auth.state.repeated"]
    talk.ask(op.ResetAccount("default"))
    a_code(talk, state="a")
    assert found(talk) == []


@pytest.mark.spec("D-008", "C-001")
@pytest.mark.parametrize(
    ("accept", "codes"),
    [
        ("application/json", []),
        ("text/html, Application/JSON;q=0.5", []),
        ("*/*", []),
        ("text/html", ["auth.accept"]),
        ("", ["auth.accept"]),
    ],
)
def test_a_device_takes_json(talk: Conversation, accept: str, codes: list[str]) -> None:
    talk.web("GET", "/authorize", authorize_parameters(talk), headers={**naver(talk.account), "accept": accept})
    assert found(talk) == codes


@pytest.mark.spec("C-005", "C-010", "C-011")
def test_what_a_device_cannot_know_is_not_held_against_it(talk: Conversation) -> None:
    """A code or a token that is no more, a wrong secret: refused, but not broken."""
    code = a_code(talk)
    token(talk, code=code)
    assert token(talk, code=code).status == 400
    assert token(talk, code="unknown").status == 400
    assert token(talk, code=a_code(talk, state="b"), client_secret="wrong").status == 400
    assert token(talk, grant_type="refresh_token", refresh_token="unknown").status == 400
    assert found(talk) == []


@pytest.mark.spec("D-016", "D-018")
def test_a_token_that_was_refused_is_not_sent_again(talk: Conversation) -> None:
    speaker = talk.speaker()
    talk.ask(op.ExpireTokens("default"))
    for _ in range(3):  # the others were under way
        assert speaker.event("DeviceControl.ReportState").status == 401
    assert "request.token.refused" not in found(talk)
    talk.wait("6s")
    assert speaker.event("DeviceControl.ReportState").status == 401
    assert found(talk).count("request.token.refused") == 1


@pytest.mark.spec("D-016")
def test_a_token_that_works_again_was_never_refused(talk: Conversation) -> None:
    speaker = talk.speaker()
    talk.ask(op.SetClock(account="default", action="advance", by="9000h"))
    assert speaker.event("DeviceControl.ReportState").status == 401
    talk.ask(op.SetClock(account="default", action="reset"))
    assert speaker.event("DeviceControl.ReportState").status == 204
    talk.wait("20s")
    talk.ask(op.ExpireTokens("default"))
    assert speaker.event("DeviceControl.ReportState").status == 401
    assert "request.token.refused" not in found(talk)


@pytest.mark.spec("D-016")
def test_tokens_of_nobody_are_not_counted(talk: Conversation) -> None:
    connection = talk.connection()
    for _ in range(3):
        talk.wait("6s")
        assert (
            connection.get("/ping", {"authorization": "Bearer unknown", "user-agent": "A/B/1.0.0 (C;D)"}).status == 401
        )
    assert found(talk) == []


@pytest.mark.spec("D-018")
def test_a_burst_with_a_refused_token_is_found_at_once(talk: Conversation) -> None:
    speaker = talk.speaker()
    talk.ask(op.ExpireTokens("default"))
    for _ in range(12):
        speaker.event("DeviceControl.ReportState")
    assert found(talk).count("request.token.refused") == 2
