"""Why a refresh is refused, what the next token keeps of the one before, and what a deletion leaves."""

import pytest

from tests.cic.conversation import Conversation


def refresh(talk: Conversation, refresh_token: str, **changes: str) -> int:
    given = {
        "grant_type": "refresh_token",
        "client_id": talk.account.client_id,
        "client_secret": talk.account.client_secret,
        "refresh_token": refresh_token,
    } | changes
    return talk.web("GET", "/token", given).status


@pytest.mark.spec("C-012", "D-009")
@pytest.mark.parametrize(
    ("changes", "said", "because"),
    [
        ({"refresh_token": "unknown"}, "no such refresh token", ("C-012",)),
        ({"device_id": "dev-2"}, "this refresh token was issued to another device_id", ("C-012", "D-009")),
    ],
)
def test_a_refusal_says_why(changes: dict[str, str], said: str, because: tuple[str, ...]) -> None:
    talk = Conversation()
    known = talk.login("dev-1")["refresh_token"]
    assert refresh(talk, **{"refresh_token": known} | changes) == 400
    entry = talk.journal(channel="auth")[-1]
    assert (entry.note, entry.because) == (said, because)


@pytest.mark.spec("C-012")
def test_a_refresh_token_of_another_client_is_refused() -> None:
    talk = Conversation()
    known = talk.login("dev-1")["refresh_token"]
    talk.account.refresh_tokens[known].client_id = "another"
    assert refresh(talk, known) == 400
    entry = talk.journal(channel="auth")[-1]
    assert (entry.note, entry.because) == ("this refresh token was issued to another client_id", ("C-012",))


@pytest.mark.spec("C-012", "C-017", "C-183")
@pytest.mark.parametrize("more", [{}, {"model_id": "m-1"}, {"request_vu": "Y"}])
def test_the_next_token_is_for_the_same_client_device_and_user(more: dict[str, str]) -> None:
    talk = Conversation()
    first = talk.login("dev-1", **more)
    assert refresh(talk, first["refresh_token"]) == 200
    old, new = talk.account.tokens.values()
    assert new.client_id == old.client_id == talk.account.client_id
    assert new.device_id == old.device_id == "dev-1"
    assert new.model_id == old.model_id == more.get("model_id", "")
    assert new.guest is old.guest is ("request_vu" in more)


@pytest.mark.spec("C-014")
def test_what_is_deleted_may_be_gone_already() -> None:
    """The refresh token was rotated away before its access token is deleted."""
    talk = Conversation(strict=True)
    first = talk.login("dev-1")
    assert refresh(talk, first["refresh_token"]) == 200
    given = {
        "grant_type": "delete",
        "client_id": talk.account.client_id,
        "client_secret": talk.account.client_secret,
        "access_token": first["access_token"],
        "device_id": "dev-1",
    }
    assert talk.web("GET", "/token", given).status == 200
    assert first["access_token"] not in talk.account.tokens
