"""Registering extensions: what the console takes, refuses and warns of (K-001..K-045)."""

from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cic import operations as op
from mockcloud.cic.operations import Outcome
from mockcloud.cloud.extensions.registration import SCHEMA
from tests.cic.conversation import Conversation
from tests.cloud.extensions.skills import DICE, ORDER, PIZZA, TYPES, Skill, Talker

ID = PIZZA["id"]
CODE = {"login_url": "https://a/l", "client_id": "c", "client_secret": "s", "access_token_uri": "https://a/t"}


def put(talk: Conversation, id_: str = ID, **changes: Any) -> Any:
    written = {name: value for name, value in {**PIZZA, **changes}.items() if name != "id"}
    return talk.ask(op.PutExtension(id_, written))


@pytest.mark.spec("K-001", "K-002", "K-037")
def test_the_four_required_members_are_enough(talk: Conversation) -> None:
    outcome = put(talk)
    assert outcome.status == 201
    assert outcome.body["id"] == ID
    assert outcome.body["lang"] == "ko"
    assert outcome.body["built"] is True
    assert outcome.body["report"]["intents"] == 2
    assert outcome.body["enabled"] is True


@pytest.mark.spec("K-003")
def test_registering_again_takes_the_place_of_what_was_there(talk: Conversation) -> None:
    put(talk, maker="피자 컴퍼니")
    again = put(talk, name="새 이름")
    assert again.status == 200
    assert (again.body["name"], again.body["maker"]) == ("새 이름", "")
    assert list(talk.account.extensions) == [ID]


def test_an_account_that_goes_while_a_model_is_built_gets_no_extension(talk: Conversation) -> None:
    talk.ask(op.CreateAccount(name="other"))
    talk.calls_run_at_once = False
    written = {name: value for name, value in PIZZA.items() if name != "id"}
    request = talk.ask_later(op.PutExtension(ID, written, "other"))
    talk.ask(op.DeleteAccount("other"))
    talk.run_calls()
    outcome = talk.answers[request]
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.body["detail"]) == (404, "'other' was deleted while the model was being built")


@pytest.mark.spec("K-003")
def test_each_account_has_its_own(talk: Conversation) -> None:
    put(talk)
    talk.ask(op.CreateAccount(name="other"))
    assert talk.ask(op.ReadExtension(ID, "other")).status == 404
    assert talk.ask(op.ListExtensions("other")).body == {"extensions": []}
    assert [one["id"] for one in talk.ask(op.ListExtensions()).body["extensions"]] == [ID]


@pytest.mark.spec("K-045")
def test_what_was_uploaded_comes_back_as_it_was(talk: Conversation) -> None:
    put(talk)
    model = talk.ask(op.ReadExtension(ID)).body["model"]
    assert model == PIZZA["model"]
    assert model["intents"]["OrderPizza"]["tsv"] == ORDER


@pytest.mark.spec("K-002", "K-003", "K-004", "K-006", "K-030", "K-031", "K-033", "K-034", "K-145")
@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"name": " "}, "name", "name"),
        ({"invocation_names": []}, "invocation_names", "one to 3"),
        ({"invocation_names": ["a", "b", "c", "d"]}, "invocation_names", "4 invocation names"),
        ({"invocation_names": ["a", "b"], "edition": "4.4"}, "invocation_names", "one invocation name"),
        ({"invocation_names": ["피자봇", "피자봇"]}, "invocation_names.1", "twice"),
        ({"invocation_names": [" "]}, "invocation_names.0", "not empty"),
        ({"testers": [f"t{n}" for n in range(11)]}, "testers", "11 testers"),
        ({"url": "pizza.test/clova"}, "url", "not a URL"),
        ({"url": "ftp://pizza.test"}, "url", "not a URL"),
        ({"url": "http://pizza.test:port/"}, "url", "not a URL"),
        ({"linking": {"client_id": "c"}}, "linking.login_url", "login_url"),
        ({"linking": {"login_url": "https://a", "client_id": "c"}}, "linking.access_token_uri", "access_token_uri"),
        ({"linking": {**CODE, "domains": ["d"] * 16}}, "linking.domains", "16 domains"),
        ({"linking": {**CODE, "scopes": ["s"] * 16}}, "linking.scopes", "16 scopes"),
        ({"linking": {**CODE, "login_url": "nowhere"}}, "linking.login_url", "not a URL"),
        ({"linking": {**CODE, "grant": "token"}}, "linking.grant", "4.4"),
        ({"model": {"intents": {"Clova.YesIntent": {"tsv": ""}}}}, "model.intents.Clova.YesIntent", "built-in"),
        ({"model": {"intents": {"주문": {"tsv": ""}}}}, "model.intents.주문", "name for an intent"),
        ({"model": {"slot_types": {"CLOVA.NUMBER": {"tsv": ""}}}}, "model.slot_types.CLOVA.NUMBER", "built-in"),
        ({"model": {"slot_types": {"a b": {"tsv": ""}}}}, "model.slot_types.a b", "name for a slot type"),
    ],
)
def test_what_the_console_refuses(talk: Conversation, changes: dict[str, Any], path: str, said: str) -> None:
    outcome = put(talk, **changes)
    assert outcome.status == 422
    first = outcome.body["problems"][0]
    assert first["path"] == path
    assert said in first["said"]
    assert all(one.startswith("K-") for one in first["because"])
    assert talk.account.extensions == {}


@pytest.mark.spec("K-002")
@pytest.mark.parametrize("id_", ["pizza", "com..pizza", "피자.봇", "com.pizza bot", ".com.pizza", "1com.pizza"])
def test_an_id_is_a_domain_read_backwards(talk: Conversation, id_: str) -> None:
    outcome = put(talk, id_)
    assert outcome.status == 422
    assert outcome.body["problems"][0]["path"] == "id"


def test_every_mistake_is_told_at_once(talk: Conversation) -> None:
    problems = put(talk, url="", invocation_names=[], testers=["t"] * 11).body["problems"]
    assert {one["path"] for one in problems} == {"url", "invocation_names", "testers"}


@pytest.mark.spec("K-041", "K-042", "K-044")
def test_a_mistake_in_a_model_has_file_and_line(talk: Conversation) -> None:
    written = ORDER + "<pizzaKind>치즈</pizzaKind> 주세요\n<pizzaType>치즈 주세요\n"
    model = {"intents": {"OrderPizza": {"tsv": written}}, "slot_types": {"PIZZA_TYPE": {"tsv": TYPES}}}
    problems = put(talk, model=model).body["problems"]
    lines = len(ORDER.splitlines())
    assert {one["path"] for one in problems} == {"model.intents.OrderPizza"}
    assert [one["line"] for one in problems] == [lines + 1, lines + 2]
    assert all(one["hint"] for one in problems)


@pytest.mark.spec("K-002", "K-004")
def test_ports_matter_only_if_they_are_to() -> None:
    assert put(Conversation(), url="http://127.0.0.1:5000/").status == 201
    strict = Conversation(behaviour={"strict_endpoint": True})
    assert put(strict, url="http://127.0.0.1:5000/").status == 422
    assert put(strict, url="https://pizza.example.com:8443/").status == 422
    assert put(strict, url="https://pizza.example.com/").status == 201
    assert put(strict, url="http://pizza.example.com:80/").status == 200


@pytest.mark.spec("K-006", "K-145")
def test_linking_is_kept_as_it_was_registered(talk: Conversation) -> None:
    linking = {**CODE, "scopes": ["ReadProfile"], "client_authentication": "body"}
    shown = put(talk, linking=linking).body["linking"]
    assert {name: shown[name] for name in linking} == linking
    assert put(Conversation(edition="4.4"), linking={**CODE, "grant": "token"}).status == 201


@pytest.mark.spec("K-037")
def test_a_model_that_is_not_built_is_not_used(talk: Conversation) -> None:
    shop, user = Skill(talk, PIZZA), Talker(talk.speaker())
    model = {"intents": {"Complain": {"tsv": "[INTENT EXPRESSION]\n배달 언제 와\n"}}}
    changed = put(talk, model=model, build=False).body
    assert changed["built"] is False
    user.types("피자봇에서 배달 언제 와")
    assert put(talk, model=model).body["built"] is True
    user.types("피자봇에서 배달 언제 와")
    assert shop.asked == ["TrackDelivery", "Complain"]


@pytest.mark.spec("K-037")
def test_an_extension_whose_model_was_never_built_is_not_called(talk: Conversation) -> None:
    shop = Skill(talk, PIZZA, build=False)
    Talker(talk.speaker()).types("피자봇에서 배달 언제 와")
    assert shop.asked == []


@pytest.mark.spec("K-009", "K-060")
@pytest.mark.parametrize(
    ("names", "said"), [(["클로바 피자"], "클로바"), (["시작해줘"], "시작해줘"), (["サイコロ 遊び"], DICE["id"])]
)
def test_what_a_reviewer_would_refuse_is_a_warning(talk: Conversation, names: list[str], said: str) -> None:
    Skill(talk, DICE)
    outcome = put(talk, invocation_names=names)
    assert outcome.status == 201
    assert any(said in one["said"] for one in outcome.body["warnings"])


@pytest.mark.spec("K-005")
def test_a_probe_is_made_only_when_asked_for(talk: Conversation) -> None:
    shop = Skill(talk, PIZZA)
    assert shop.jobs == []

    def not_found(job: PostToExtension) -> HttpAnswer:
        shop.jobs.append(job)
        return HttpAnswer(404, (), b"")

    talk.extension = not_found
    outcome = talk.ask(op.ProbeExtension(ID))
    assert outcome.body == {"url": PIZZA["url"], "reachable": True, "status": 404, "failure": None, "said": ""}
    (job,) = shop.jobs
    assert (job.body, job.headers, job.signing) == (b"", (), None)


@pytest.mark.parametrize(
    "operation",
    [
        op.ReadExtension("com.no.body"),
        op.DeleteExtension("com.no.body"),
        op.ProbeExtension("com.no.body"),
        op.ReadExtensionKey("com.no.body"),
    ],
)
def test_who_is_not_registered_is_not_found(talk: Conversation, operation: Any) -> None:
    put(talk)
    outcome = talk.ask(operation)
    assert outcome.status == 404
    assert ID in outcome.body["detail"]


def test_the_schema_knows_every_member_that_is_shown(talk: Conversation) -> None:
    shown = put(talk).body
    assert set(shown) - set(SCHEMA["properties"]) == {"id", "built", "report", "warnings"}
