"""Registering, rule by rule: what the console and its reviewers say (K-001..K-009)."""

from typing import Any

import pytest

from mockcloud.cic import operations as op
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import PIZZA

CODE = {"login_url": "https://a/l", "client_id": "c", "client_secret": "s", "access_token_uri": "https://a/t"}


def put(talk: Conversation, **changes: Any) -> Any:
    written = {**PIZZA, "invocation_names": ["피자 로봇"], **changes}
    return talk.ask(op.PutExtension(written.pop("id"), written))


def warned(talk: Conversation, **changes: Any) -> list[tuple[str, str]]:
    outcome = put(talk, **changes)
    assert outcome.status in (200, 201), outcome.body
    assert all("K-009" in one["because"] for one in outcome.body["warnings"])
    return [(one["path"], one["said"]) for one in outcome.body["warnings"]]


@pytest.mark.spec("K-009")
def test_a_good_invocation_name_needs_no_remark() -> None:
    assert warned(Conversation()) == []
    assert warned(Conversation(), lang="ja", invocation_names=["サイコロ遊び"]) == []


@pytest.mark.spec("K-009")
@pytest.mark.parametrize(
    ("lang", "name", "said"),
    [
        ("ko", "피자봇", "single word"),
        ("ko", "뉴욕", "only a place"),
        ("ja", "東京", "only a place"),
        ("ko", "헤이 클로바 피자", "contains '클로바'"),
        ("ko", "샐리야 피자", "contains '샐리야'"),
        ("ko", "제시카 피자", "contains '제시카'"),
        ("ko", "짱구야 피자", "contains '짱구야'"),
        ("ko", "피자 피노키오", "contains '피노키오'"),
        ("ja", "クローバのピザ", "contains 'クローバ'"),
        ("ko", "우리 오늘날씨", "contains '오늘 날씨'"),
        ("ko", "주요 뉴스 봇", "contains '주요 뉴스'"),
        ("ko", "피자 시작해줘", "contains '시작해줘'"),
        ("ko", "피자 종료해줘", "contains '종료해줘'"),
        ("ko", "피자 에게", "contains '에게'"),
        ("ko", "피자집에서 놀자", "contains '에서'"),
        ("ja", "ピザを起動して", "contains '起動して'"),
    ],
)
def test_what_a_review_of_names_would_say(lang: str, name: str, said: str) -> None:
    assert [path for path, text in warned(Conversation(), lang=lang, invocation_names=[name]) if said in text] == [
        "invocation_names.0"
    ]


@pytest.mark.spec("K-009")
def test_a_name_is_like_that_of_another_extension() -> None:
    talk = Conversation()
    put(talk)
    other = {"id": "com.example.other"}
    (same,) = warned(talk, **other, invocation_names=["피자로봇 "])[:1]
    assert "is called" in same[1]
    (near,) = warned(talk, **other, invocation_names=["피자 로보트"])
    assert f"is like one of {PIZZA['id']}" in near[1]
    assert warned(talk, **other, invocation_names=["주사위 놀이"]) == []


@pytest.mark.spec("K-004")
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"url": "http://pizza.test:8080/"}, "url"),
        ({"url": "https://pizza.test:8443/"}, "url"),
        ({"url": "https://pizza.test/", "verify": False}, "verify"),
        ({"url": "https://pizza.test/", "trust": "ca.pem"}, "trust"),
    ],
)
def test_a_strict_endpoint_is_one_that_the_service_would_take(changes: dict[str, Any], path: str) -> None:
    assert put(Conversation(), **changes).status == 201
    strict = Conversation(behaviour={"strict_endpoint": True})
    refused = put(strict, **changes)
    assert refused.status == 422
    assert refused.body["problems"][0]["path"] == path
    assert "K-004" in refused.body["problems"][0]["because"]
    for url in ("http://pizza.test/", "http://pizza.test:80/", "https://pizza.test:443/any/path"):
        assert put(strict, url=url).status in (200, 201)


@pytest.mark.spec("K-095", "K-096")
@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"signature": "expired"}, ["signature"]),
        ({"signature": "expired", "edition": "4.4"}, []),
        ({"signature": "garbled"}, []),
    ],
)
def test_a_breakage_without_effect_is_told(changes: dict[str, Any], paths: list[str]) -> None:
    outcome = put(Conversation(), **changes)
    assert [one["path"] for one in outcome.body["warnings"]] == paths


@pytest.mark.spec("K-006")
@pytest.mark.parametrize(("edition", "paths"), [("newer", []), ("4.4", ["linking.privacy_url"])])
def test_only_the_older_console_asks_for_a_page_about_privacy(edition: str, paths: list[str]) -> None:
    outcome = put(Conversation(edition=edition), linking=CODE)
    assert [one["path"] for one in outcome.body["warnings"]] == paths
    outcome = put(Conversation(edition=edition), linking={**CODE, "privacy_url": "https://a/privacy"})
    assert outcome.body["warnings"] == []
