"""Faults on requests to extensions: what the extension gets, what the user hears, how long it takes; in memory."""

from typing import Any

import pytest

from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.clock import SECOND
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.points import POINTS_OF
from mockcloud.faults.reading import parse
from mockcloud.faults.table import exchanges, points
from tests.cic.conversation import Conversation, Response
from tests.cloud.extensions.skills import PIZZA, Skill, Talker, spoken

SORRY = "죄송해요. 지금은 서비스를 이용할 수 없어요. 잠시 후 다시 시도해 주세요."
GIVEN = """
mockcloud: 1
title: given
given:
  extensions:
    com.example.pizza:
      invocation_names: [피자봇]
      model: {intents: {Order: {tsv: "[INTENT EXPRESSION]\\n주문해줘\\n"}}}
      answers: [{then: {speak: 네}}]
"""


class Scene:
    """A pizza shop that would answer, and a user who calls it."""

    def __init__(self, *, is_given: bool = False) -> None:
        self.talk = Conversation()
        self.shop: Skill | None = None
        if is_given:
            assert self.talk.ask(op.LoadScenario("default", GIVEN)).status == 200
        else:
            self.shop = Skill(self.talk, PIZZA)
            self.shop.says("네")
        self.speaker = self.talk.speaker()

    def fault(self, **written: Any) -> None:
        assert self.talk.ask(op.AddFault("default", parse({"on": "extension", **written}))).status < 300

    def calls(self) -> Response:
        return Talker(self.speaker).types("피자봇 시작해줘")

    @property
    def failure(self) -> str:
        """Class and cause in the journal, without how long it took."""
        return self.talk.journal(kind="cek-response")[0].note.partition("; ")[2]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def strikes(scene: Scene) -> list[str]:
    return [entry.name for entry in scene.talk.account.journal if entry.name.startswith("fault ")]


@pytest.mark.spec("K-131", "K-132")
@pytest.mark.parametrize(
    ("fault", "after", "failure"),
    [
        ({"effect": "refuse_connection"}, 0, "connect: the connection was refused, by a fault"),
        ({"effect": "status", "code": 503}, 0, "status: the status is 503, expected 200: see the server's log"),
        ({"effect": "stall"}, 8, "timeout: the server took the request but did not answer within 8 s"),
        ({"effect": "stall", "at": "end"}, 8, "timeout: the answer (status 200) broke off after 100 bytes of its body"),
        ({"effect": "delay", "by": "9s"}, 8, "timeout: the server took the request but did not answer within 8 s"),
        ({"effect": "cut"}, 0, "connect: the connection broke after 100 of 200 bytes of the answer's body"),
        ({"effect": "malformed_json"}, 0, "json: the answer is not JSON"),
    ],
    ids=str,
)
def test_the_user_hears_the_prepared_message(scene: Scene, fault: dict[str, Any], after: int, failure: str) -> None:
    scene.fault(**fault)
    heard = scene.calls()
    if after:
        assert heard.status is None
        scene.talk.wait(f"{after - 1}s")
        assert heard.status is None
        scene.talk.wait("1s")
    assert spoken(heard) == [SORRY]
    assert scene.failure.startswith(failure)
    assert scene.talk.account.devices["speaker"].session is None
    assert strikes(scene) == [f"fault {fault['effect']}"]
    assert not [one for entry in scene.talk.journal(kind="cek-response") for one in entry.findings]
    assert spoken(scene.calls()) != [SORRY]


def test_what_takes_the_place_of_an_answer_does_not_ask_the_extension(scene: Scene) -> None:
    scene.fault(effect="status")
    scene.calls()
    assert scene.shop is not None
    assert scene.shop.asked == ["SessionEndedRequest"]


def test_a_delay_within_the_patience_is_only_that(scene: Scene) -> None:
    scene.fault(effect="delay", by="3s")
    heard = scene.calls()
    scene.talk.wait("2900ms")
    assert heard.status is None
    scene.talk.wait("100ms")
    assert spoken(heard) == ["네"]
    assert scene.talk.journal(kind="cek-response")[0].note == "after 3000 ms"


def test_a_delay_as_long_as_the_patience_is_a_time_out(scene: Scene) -> None:
    scene.fault(effect="delay", by="8s")
    heard = scene.calls()
    scene.talk.wait("8s")
    assert spoken(heard) == [SORRY]
    assert scene.talk.now == 8 * SECOND


def test_two_delays_add_up(scene: Scene) -> None:
    scene.fault(effect="delay", by="3s")
    scene.fault(effect="delay", by="6s")
    heard = scene.calls()
    scene.talk.wait("8s")
    assert spoken(heard) == [SORRY]


@pytest.mark.spec("K-096")
@pytest.mark.parametrize("how", ["missing", "garbled", "other-key"])
def test_a_bad_signature_is_sent(scene: Scene, how: str) -> None:
    scene.fault(effect="bad_signature", how=how)
    assert spoken(scene.calls()) == ["네"]
    assert scene.shop is not None
    (job,) = scene.shop.jobs
    assert job.signing is not None
    assert job.signing.breakage == how
    scene.shop.says("네")
    scene.calls()
    assert scene.shop.jobs[1].signing is not None
    assert scene.shop.jobs[1].signing.breakage == "none"


def test_an_extension_without_a_server_refuses_a_bad_signature() -> None:
    scene = Scene(is_given=True)
    scene.fault(effect="bad_signature")
    assert spoken(scene.calls()) == [SORRY]
    assert scene.failure.startswith("status: the status is 401")
    assert spoken(scene.calls()) == ["네"]


def test_another_content_type_is_still_read(scene: Scene) -> None:
    scene.fault(effect="content_type", type="text/html")
    assert spoken(scene.calls()) == ["네"]
    (came,) = scene.talk.journal(kind="cek-response")
    assert came.findings == ()
    assert strikes(scene) == ["fault content_type"]


def test_a_failure_of_its_own_stays_what_it_is(scene: Scene) -> None:
    assert scene.shop is not None
    scene.shop._script.clear()
    scene.shop.answers(Failure("tls", "no TLS"))
    scene.fault(effect="cut")
    scene.calls()
    assert scene.failure == "tls: no TLS"


def test_it_strikes_the_named_device_only_and_so_often(scene: Scene) -> None:
    scene.fault(effect="refuse_connection", device="kitchen", times=2)
    assert spoken(scene.calls()) == ["네"]
    kitchen = Talker(scene.talk.speaker("kitchen"))
    assert spoken(kitchen.types("피자봇 시작해줘")) == [SORRY]
    (armed,) = scene.talk.account.faults.values()
    assert armed.struck == 2  # the end of the session could not be told either
    assert spoken(kitchen.types("피자봇 시작해줘")) == []


def test_other_devices_do_not_wait(scene: Scene) -> None:
    scene.fault(effect="stall")
    waiting = scene.calls()
    other = Talker(scene.talk.speaker("kitchen"))
    assert other.types("안녕").status == 200
    assert waiting.status is None


def test_an_event_that_is_given_up_leaves_nothing(scene: Scene) -> None:
    scene.fault(effect="delay", by="3s")
    context = Talker(scene.speaker).context
    request = scene.speaker.open_event(
        "TextRecognizer.Recognize", {"text": "피자봇 시작해줘"}, dialog="d1", context=context
    )
    request.abort()
    scene.talk.wait("10s")
    core = scene.talk.machine.core
    assert not core.calls
    assert not scene.talk.machine.faults.extensions._calls


def test_a_reset_meanwhile_does_no_harm(scene: Scene) -> None:
    scene.fault(effect="stall")
    scene.calls()
    assert scene.talk.ask(op.ResetAccount("default")).status < 300
    scene.talk.wait("10s")


def test_code_behind_a_rule_is_no_extension(scene: Scene) -> None:
    scene.talk.scenario("- {when: {says: 안녕}, then: {call: 'http://code.test/'}}")
    scene.talk.extension = lambda _: HttpAnswer(200, (), b"[]")
    scene.fault(effect="refuse_connection")
    Talker(scene.speaker).types("안녕")
    assert strikes(scene) == []


def test_the_table_says_what_may_strike() -> None:
    assert POINTS_OF["extension"] == ("headers", "end")
    found = {effect: points("extension", effect) for effect in EFFECTS_OF_EXTENSIONS}
    assert found == EFFECTS_OF_EXTENSIONS
    assert {name for name in EFFECTS if "extension" in exchanges(name)} == set(EFFECTS_OF_EXTENSIONS)


EFFECTS_OF_EXTENSIONS = {
    "status": ["headers"],
    "delay": ["headers"],
    "stall": ["headers", "end"],
    "cut": ["end"],
    "malformed_json": ["end"],
    "content_type": ["end"],
    "refuse_connection": ["headers"],
    "bad_signature": ["headers"],
}
