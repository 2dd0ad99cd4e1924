"""Extensions by the control API, held against its description, and one that answers over a socket."""

import asyncio
import json

import pytest

from tests.cloud.extensions.skills import PIZZA, answer
from tests.server.test_control_api import control

PATH = f"/v1/extensions/{PIZZA['id']}"
BODY = {name: value for name, value in PIZZA.items() if name != "id"}


@pytest.mark.spec("K-001", "K-003", "K-037")
def test_an_extension_from_being_registered_to_being_deleted() -> None:
    async def test() -> None:
        async with control() as api:
            made = await api.call("PUT", PATH, BODY)
            assert (made.status, made.body["built"]) == (201, True)
            assert (await api.call("PUT", PATH, {**BODY, "account": "default", "maker": None})).status == 200
            assert (await api.done("GET", PATH))["name"] == PIZZA["name"]
            assert [one["id"] for one in (await api.done("GET", "/v1/extensions"))["extensions"]] == [PIZZA["id"]]
            assert (await api.call("DELETE", PATH)).status == 204
            assert (await api.call("GET", PATH)).status == 404

    asyncio.run(test())


def test_an_account_is_named_in_the_body_or_in_the_query() -> None:
    async def test() -> None:
        async with control() as api:
            await api.done("POST", "/v1/accounts", {"name": "own"})
            assert (await api.call("PUT", PATH, {**BODY, "account": "own"})).status == 201
            assert (await api.call("PUT", f"{PATH}?account=own", BODY)).status == 200
            assert (await api.call("GET", PATH)).status == 404
            assert (await api.call("GET", f"{PATH}?account=own")).status == 200
            assert (await api.call("GET", f"{PATH}?account=nobody")).status == 404

    asyncio.run(test())


@pytest.mark.spec("K-002", "K-004")
def test_what_is_wrong_is_told_with_its_place() -> None:
    async def test() -> None:
        async with control() as api:
            refused = await api.call("PUT", PATH, {**BODY, "url": "nowhere"})
            assert refused.status == 422
            assert refused.body["problems"][0]["path"] == "url"
            shape = await api.call("PUT", PATH, {**BODY, "invocation_name": "피자봇"})
            assert shape.status == 422
            assert "invocation_names" in shape.body["problems"][0]["hint"]
            missing = await api.call("PUT", PATH, {"name": "x"})
            assert {one["path"] for one in missing.body["problems"]} >= {"url"} or missing.status == 422

    asyncio.run(test())


@pytest.mark.spec("K-094")
def test_the_key_is_the_one_that_the_device_listener_publishes() -> None:
    async def test() -> None:
        async with control() as api:
            await api.call("PUT", PATH, BODY)
            key = await api.call("GET", f"{PATH}/key")
            assert key.status == 200
            assert key.raw == api.driver.extension_calls.keys.key().public_pem
            assert (await api.call("GET", "/v1/extensions/no.such/key")).status == 404

    asyncio.run(test())


@pytest.mark.spec("K-005")
def test_a_probe_reaches_a_server_or_says_why_not() -> None:
    async def test() -> None:
        posts: list[bytes] = []
        async with control() as api, await _server(posts) as server:
            port = server.sockets[0].getsockname()[1]
            await api.call("PUT", PATH, {**BODY, "url": f"http://127.0.0.1:{port}/clova"})
            found = await api.done("POST", f"{PATH}/probe")
            assert (found["reachable"], found["status"]) == (True, 200)
            assert posts[0].startswith(b"POST /clova HTTP/1.1")
            server.close()
            await server.wait_closed()
            gone = await api.done("POST", f"{PATH}/probe")
            assert (gone["reachable"], gone["failure"]) == (False, "connect")

    asyncio.run(test())


@pytest.mark.spec("K-151", "K-152", "K-154")
def test_the_test_page_shows_what_was_understood_asked_and_answered() -> None:
    async def test() -> None:
        posts: list[bytes] = []
        async with control() as api, await _server(posts) as server:
            port = server.sockets[0].getsockname()[1]
            await api.call("PUT", PATH, {**BODY, "url": f"http://127.0.0.1:{port}/clova"})
            page = await api.done("POST", f"{PATH}/test", {"account": "default", "utterance": "치즈 피자 시켜줘"})
            assert (page["intent"], page["slots"], page["speech"]) == ("OrderPizza", {"pizzaType": "치즈"}, "네")
            again = await api.done("POST", f"{PATH}/test", {"request": page["request"]})
            assert (again["utterance"], again["request"], again["speech"]) == (None, page["request"], "네")
            missed = await api.done("POST", f"{PATH}/test", {"utterance": "우주선 발사"})
            assert (missed["request"], missed["error"]["kind"]) == (None, "no_match")
            assert (await api.call("POST", f"{PATH}/test", {})).status == 422
            assert (await api.call("POST", f"{PATH}/test?account=nobody", {"utterance": "네"})).status == 404
            server.close()
            await server.wait_closed()
            down = await api.done("POST", f"{PATH}/test", {"utterance": "치즈 피자 시켜줘"})
            assert (down["intent"], down["response"], down["error"]["kind"]) == ("OrderPizza", None, "connect")
        assert len(posts) == 2

    asyncio.run(test())


async def _server(posts: list[bytes]) -> asyncio.Server:
    """An HTTP server that answers everything with 200 and ends the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        posts.append(await reader.readuntil(b"\r\n\r\n"))
        body = json.dumps(answer("네")).encode()
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)
