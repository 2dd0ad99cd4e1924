"""The companion app's side of the control API, held against its description (`Api.call`)."""

import asyncio
from typing import Any

import pytest

from tests.server.test_control_api import control

APP = "/v1/accounts/default/app"


def test_an_alert_from_being_added_to_being_deleted() -> None:
    async def test() -> None:
        async with control() as api:
            await api.done("POST", "/v1/accounts/default/devices", {"device_id": "speaker"})
            new = {
                "device": "speaker",
                "type": "ACTIONTIMER",
                "scheduled_time": "2026-01-02T07:30:00",
                "label": "불 끄기",
                "repeat": ["monday"],
                "action": [{"namespace": "DeviceControl", "name": "TurnOff", "payload": {"target": "power"}}],
            }
            added = await api.call("POST", f"{APP}/alerts", new)
            assert added.status == 201
            assert added.body["alert"]["scheduledTime"] == "2026-01-02T07:30:00+09:00"
            assert added.body["action"] == [{"name": "DeviceControl.TurnOff", "payload": {"target": "power"}}]
            assert (await api.done("GET", f"{APP}/alerts"))["alerts"] == [added.body]
            token = added.body["alert"]["token"]
            assert (await api.call("POST", f"{APP}/alerts/{token}/stop")).status == 204
            assert (await api.call("DELETE", f"{APP}/alerts/{token}")).status == 204
            assert (await api.call("DELETE", f"{APP}/alerts/{token}")).status == 404
            assert (await api.call("POST", f"{APP}/alerts", {**new, "type": "ALARM"})).status == 422
            assert (await api.call("POST", f"{APP}/alerts", {**new, "repeat": ["someday"]})).status == 422

    asyncio.run(test())


def test_devices_are_added_named_and_removed() -> None:
    async def test() -> None:
        async with control() as api:
            listed = await api.done("PUT", f"{APP}/devices/tv", {"name": "거실", "model_id": "TV-1"})
            assert (listed["deviceId"], listed["deviceName"], listed["modelId"]) == ("tv", "거실", "TV-1")
            assert (await api.call("PUT", f"{APP}/devices/tv", {})).body == listed
            assert (await api.call("POST", f"{APP}/login", {"device": "tv"})).status == 204
            assert (await api.call("DELETE", f"{APP}/devices/tv")).status == 204
            assert (await api.call("DELETE", f"{APP}/devices/tv")).status == 404

    asyncio.run(test())


def test_what_else_the_app_does() -> None:
    async def test() -> None:
        async with control() as api:
            await api.done("PUT", f"{APP}/devices/tv", {})
            assert await api.done("POST", f"{APP}/playback", {}) == {"asked": []}
            assert await api.done("GET", f"{APP}/playback") == {"states": []}
            assert await api.done("POST", f"{APP}/player-info", {"device": "tv"}) == {"asked": ["tv"]}
            assert (await api.done("POST", f"{APP}/delegations", {"device": "tv", "text": "안녕"}))["delegation_id"]
            assert (await api.call("POST", f"{APP}/bluetooth-pin", {"device": "tv", "pin": "1"})).status == 409
            told = await api.done("POST", f"{APP}/notifications", {"text": "택배", "sounds": []})
            assert told == {"unseen": ["택배"]}
            assert (await api.call("DELETE", f"{APP}/notifications")).status == 204
            assert await api.done("PUT", f"{APP}/buttons/B1", {"text": "안녕"}) == {"buttons": {"B1": "안녕"}}
            assert await api.done("PUT", f"{APP}/buttons/B1", {"text": ""}) == {"buttons": {}}

    asyncio.run(test())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("alerts", {"device": "x", "type": "ALARM", "scheduled_time": "2026-01-02T07:30:00"}),
        ("playback", {"device": "x"}),
        ("player-info", {"device": "x"}),
        ("delegations", {"device": "x", "text": "안녕"}),
        ("bluetooth-pin", {"device": "x", "pin": "1"}),
        ("notifications", {"device": "x"}),
        ("login", {"device": "x"}),
    ],
)
def test_a_device_that_the_account_does_not_have(path: str, body: Any) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", f"{APP}/{path}", body)
            assert answer.status == 404
            assert "'x'" in answer.detail

    asyncio.run(test())


def test_the_account_has_to_exist() -> None:
    async def test() -> None:
        async with control() as api:
            assert (await api.call("GET", "/v1/accounts/nobody/app/alerts")).status == 404

    asyncio.run(test())
