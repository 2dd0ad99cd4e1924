"""Whole conversations of the bundled device with skills on the public SDKs, as these come from their registries.

In debug mode, and with the check of signatures on: then nothing but the shim makes them trust our key.
"""

from collections.abc import Iterator
from typing import Any

import pytest

import mockcloud
from mockcloud.cek.failures import prepared_message
from mockcloud.cic.operations import PutExtension
from mockcloud.testing.blocking import Device
from mockcloud.testing.message import Message
from mockcloud.testing.server import Server
from tests.cloud.extensions.skills import DICE, PIZZA

SPEAK = "SpeechSynthesizer.Speak"
REGISTRATIONS = {"python": PIZZA, "node": DICE}
CONVERSATIONS: dict[str, list[tuple[str, str, list[str]]]] = {
    "python": [
        ("피자봇 시작해줘", "LaunchRequest", ["피자?"]),
        ("치즈 피자 시켜줘", "IntentRequest OrderPizza", ["몇 판?"]),
        ("두 판 주문해줘", "IntentRequest OrderPizza", ["네?", "치즈 2", "https://pizza.test/bell.mp3"]),
        ("응", "IntentRequest Clova.YesIntent", ["치즈 피자 2판"]),
        ("피자봇 시작해줘", "LaunchRequest", ["피자?"]),
        ("종료해줘", "SessionEndedRequest", []),
    ],
    "node": [
        ("サイコロ遊びを起動して", "LaunchRequest", ["はい", "数?"]),
        ("サイコロを二つ振って", "IntentRequest ThrowDiceIntent", ["6", "https://dice.test/roll.mp3", "次?"]),
        ("はい", "IntentRequest Clova.YesIntent", ["6", "https://dice.test/roll.mp3", "次?"]),
        ("いいえ", "IntentRequest Clova.NoIntent", ["2回"]),
        ("サイコロ遊びを起動して", "LaunchRequest", ["はい", "数?"]),
        ("終了して", "SessionEndedRequest", []),
    ],
}
"""Of each turn what the user says, what the skill is asked, and what the user hears."""
REFUSALS = {"python": "InvalidSignature", "node": "Invalid signature"}
NOT_MEANT = {"python": "ApplicationIdMismatch", "node": "Invalid application id"}


@pytest.fixture
def cloud(server: Server) -> Iterator[mockcloud.Cloud]:
    with mockcloud.Cloud(server=server, allow=["extension.status"]) as cloud:
        yield cloud


@pytest.fixture
def skill(request: pytest.FixtureRequest) -> str:
    """URL of the skill as the fixture of that name starts it."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def device(cloud: mockcloud.Cloud) -> Iterator[Device]:
    with cloud.device() as device:
        yield device


def register(cloud: mockcloud.Cloud, sdk: str, url: str, **changes: Any) -> None:
    registration = {**REGISTRATIONS[sdk], "url": url, **changes}
    extension = registration.pop("id")
    server = cloud.server
    server.call(server.ask(PutExtension(extension, registration, account=cloud.account)))


def heard(messages: list[Message]) -> list[str]:
    """What each Speak says, or the URL where it is."""
    return [it.words or it.payload["url"] for it in messages if (it.name, it.channel) == (SPEAK, "response")]


def asked(messages: list[Message]) -> list[str]:
    return [it.name for it in messages if it.kind == "cek-request"]


def refused(cloud: mockcloud.Cloud) -> Any:
    """What the skill answered to the request that it refused, status 500."""
    answer = cloud.journal(kind="cek-response")[0]
    assert (answer.name, answer.status) == ("LaunchRequest", 500)
    return answer.entry["message"]


@pytest.mark.spec("K-098", "K-099", "K-101", "K-103", "K-105", "K-112", "K-113")
@pytest.mark.parametrize(("skill", "way"), [("stock", "debug"), ("trusting", "checked")], indirect=["skill"])
def test_a_conversation(cloud: mockcloud.Cloud, device: Device, sdk: str, way: str, skill: str) -> None:
    register(cloud, sdk, f"{skill}/{way}")
    for said, request, answer in CONVERSATIONS[sdk]:
        before = len(cloud.journal())
        device.type(said)
        new = cloud.journal()[before:]
        assert (asked(new), heard(new)) == ([request], answer)
    assert not cloud.findings()


@pytest.mark.spec("K-098", "K-132")
def test_a_skill_that_is_told_nothing_refuses_us(cloud: mockcloud.Cloud, device: Device, sdk: str, stock: str) -> None:
    register(cloud, sdk, f"{stock}/checked")
    device.type(CONVERSATIONS[sdk][0][0])
    assert heard(cloud.journal()) == [prepared_message(REGISTRATIONS[sdk].get("lang", "ko"))]
    assert refused(cloud).startswith(REFUSALS[sdk])
    (told,) = cloud.journal(kind="cek-response")[0].entry["violations"]
    assert "--trust-cek-key" in told["said"]


@pytest.mark.spec("K-094", "K-096")
@pytest.mark.parametrize("breakage", ["garbled", "other-body", "other-key", "other-hash"])
def test_a_wrong_signature_is_refused(
    cloud: mockcloud.Cloud, device: Device, sdk: str, trusting: str, breakage: str
) -> None:
    register(cloud, sdk, f"{trusting}/checked", signature=breakage)
    device.type(CONVERSATIONS[sdk][0][0])
    assert refused(cloud).startswith(REFUSALS[sdk])


@pytest.mark.spec("K-098")
def test_a_request_for_another_one_is_refused(cloud: mockcloud.Cloud, device: Device, sdk: str, trusting: str) -> None:
    register(cloud, sdk, f"{trusting}/checked", id="com.example.another")
    device.type(CONVERSATIONS[sdk][0][0])
    assert refused(cloud).startswith(NOT_MEANT[sdk])
