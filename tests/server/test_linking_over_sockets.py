"""Account linking over sockets: a browser, a foreign authorization server, an extension; and its control API."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from mockcloud.server.certificates import CertificateAuthority
from mockcloud.settings import Behaviour
from tests.cloud.extensions.skills import PIZZA, answer
from tests.patience import PATIENCE
from tests.server.cloud_client import ForeignDevice, running
from tests.server.test_control_api import control

ID = PIZZA["id"]
LINK = f"/v1/extensions/{ID}/link"
BODY = {name: value for name, value in PIZZA.items() if name != "id"}
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A small HTTP/1.1 server: a login page, a token endpoint, or an extension. Keeps what it was posted."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, bytes]] = []
        self.replies: deque[Reply] = deque()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line for line in head.lower().splitlines() if line.startswith("content-length"))
            body = await reader.readexactly(int(length.partition(":")[2]))
            self.posts.append((head, body))
            await self.replies.popleft()(writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(body.decode())) for _, body in self.posts]


def says(body: Any, status: str = "200 OK", kind: str = "application/json") -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def reply(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + data)
        await writer.drain()

    return reply


async def never(writer: asyncio.StreamWriter) -> None:
    """Begins an answer and does not go on until the other side hangs up."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    await writer.wait_closed()


@asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    it = Peer()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield it
    finally:
        server.close()  # waiting for its connections, since Python 3.12.1, would wait for one that never ends


def registration(login: Peer, shop: Peer | None = None) -> dict[str, Any]:
    linking = {
        "login_url": f"{login.url}/login",
        "client_id": "clova",
        "client_secret": "secret",
        "access_token_uri": f"{login.url}/token",
    }
    return {**BODY, "url": shop.url if shop is not None else "http://127.0.0.1:9/", "linking": linking}


@pytest.mark.spec("K-140", "K-143", "K-144", "K-146", "K-147")
def test_from_a_browser_over_a_foreign_server_to_an_extension() -> None:
    authority = CertificateAuthority.fresh()

    async def test() -> None:
        async with (
            running(authority) as cloud,
            peer() as login,
            peer() as shop,
            _browser(authority) as browser,
            httpx.AsyncClient(base_url=cloud.control_url, trust_env=False, timeout=PATIENCE) as api,
        ):
            assert (await api.put(f"/v1/extensions/{ID}", json=registration(login, shop))).status_code == 201
            started = (await api.post(LINK)).json()
            assert started["url"].startswith(f"{login.url}/login?state=")
            state = parse_qs(urlsplit(started["url"]).query)["state"][0]
            assert started["redirect_uri"] == f"{cloud.device_url}/v1/al/token/"
            login.replies.append(
                says({"access_token": "first", "token_type": "bearer", "expires_in": 60, "refresh_token": "r"})
            )
            page = await browser.get(f"{started['redirect_uri']}?{urlencode({'state': state, 'code': 'c'})}")
            assert page.status_code == 200
            assert page.headers["cache-control"] == "no-store"
            assert login.posts[0][0].startswith("POST /token HTTP/1.1")
            assert login.forms[0]["redirect_uri"] == started["redirect_uri"]
            assert (await browser.get(f"{cloud.device_url}/v1/al/token?state={state}&code=c")).status_code == 400

            await api.put("/v1/accounts/default/clock", json={"action": "advance", "by": "PT61S"})
            login.replies.append(says({"access_token": "second", "token_type": "bearer"}))
            shop.replies.append(says(answer("네")))
            device = await ForeignDevice.connect(cloud, authority)
            await device.event("TextRecognizer.Recognize", {"text": "피자봇 시작해줘"}, dialog="d1")
            assert login.forms[1] == {"grant_type": "refresh_token", "refresh_token": "r"}
            assert json.loads(shop.posts[0][1])["session"]["user"]["accessToken"] == "second"
            await device.client.close()

    asyncio.run(test())


@pytest.mark.spec("K-144")
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (says(b"<html>Please log in</html>", kind="text/html"), "linking.token-answer"),
        (says({"error": "invalid_client"}, "401 Unauthorized"), "linking.token-refused"),
        (says(b"", "307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/"), "linking.token-refused"),
        (never, "linking.token-server"),
        (None, "linking.token-server"),
    ],
    ids=["html", "refused", "redirect", "slow", "down"],
)
def test_a_token_server_that_gives_none(reply: Reply | None, code: str) -> None:
    async def test() -> None:
        patience = Behaviour(extension_patience=200_000_000)
        async with (
            running(None, behaviour=patience) as cloud,
            peer() as login,
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http,
        ):
            written = registration(login)
            if reply is None:
                written["linking"]["access_token_uri"] = "http://127.0.0.1:9/token"
            else:
                login.replies.append(reply)
            await http.put(f"{cloud.control_url}/v1/extensions/{ID}", json=written)
            url = (await http.post(f"{cloud.control_url}{LINK}")).json()["url"]
            state = parse_qs(urlsplit(url).query)["state"][0]
            page = await http.get(f"{cloud.device_url}/v1/al/token/?state={state}&code=c")
            assert page.status_code == 502
            found = (await http.get(f"{cloud.control_url}/v1/violations")).json()["entries"]
            assert [one["code"] for entry in found for one in entry["violations"]] == [code]
            assert len(login.posts) == (reply is not None)
            assert (await http.get(f"{cloud.control_url}{LINK}")).json()["state"] == "unlinked"

    asyncio.run(test())


@pytest.mark.spec("K-149", "K-144", "K-147")
def test_the_built_in_server_needs_a_browser_and_nothing_else() -> None:
    authority = CertificateAuthority.fresh()

    async def test() -> None:
        async with running(authority) as cloud, peer() as shop, _browser(authority) as browser:
            api = cloud.control_url
            async with httpx.AsyncClient(base_url=api, trust_env=False, timeout=PATIENCE) as http:
                body = {**BODY, "url": shop.url, "linking": {"built_in": True}}
                assert (await http.put(f"/v1/extensions/{ID}", json=body)).status_code == 201
                url = (await http.post(LINK)).json()["url"]
                page = await browser.get(url)
                assert page.headers["content-security-policy"].startswith("default-src 'none'")
                assert "<form" in page.text
                decided = await browser.post(url, data={"user": "yuki", "decision": "allow"})
                assert decided.status_code == 302
                done = await browser.get(decided.headers["location"])
                assert done.status_code == 200
                shop.replies.append(says(answer("네")))
                device = await ForeignDevice.connect(cloud, authority)
                await device.event("TextRecognizer.Recognize", {"text": "피자봇 시작해줘"}, dialog="d1")
                await device.client.close()
            token = json.loads(shop.posts[0][1])["context"]["System"]["user"]["accessToken"]
            who = await browser.get(
                f"{cloud.device_url}/al/default/{ID}/userinfo", headers={"authorization": f"Bearer {token}"}
            )
            assert who.json()["sub"] == "yuki"

    asyncio.run(test())


@asynccontextmanager
async def _browser(authority: CertificateAuthority) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP/1.1, trusts our authority, follows no redirect by itself."""
    import ssl

    context = ssl.create_default_context(cafile=str(authority.ca_file))
    async with httpx.AsyncClient(verify=context, trust_env=False, timeout=PATIENCE) as client:
        yield client


@pytest.mark.spec("K-140", "K-147", "K-148")
def test_the_control_api_of_a_link() -> None:
    async def test() -> None:
        async with control() as api:
            await api.call("PUT", f"/v1/extensions/{ID}", BODY)
            assert (await api.call("POST", LINK)).status == 409
            assert (await api.call("POST", "/v1/extensions/no.such/link")).status == 404
            linked = {**BODY, "linking": {"built_in": True}}
            assert (await api.done("PUT", f"/v1/extensions/{ID}", linked))["linking"]["built_in"] is True
            assert (await api.call("POST", LINK)).status == 201
            assert (await api.done("GET", LINK))["state"] == "unlinked"
            assert (await api.call("POST", f"{LINK}/expire")).status == 409
            tokens = {"access_token": "a", "refresh_token": "r", "expires_in": 60, "account": "default"}
            assert (await api.done("PUT", LINK, tokens))["access_token"] == "a"
            assert (await api.done("POST", f"{LINK}/expire"))["expired"] is True
            assert (await api.done("POST", f"{LINK}/revoke"))["access_token"] not in ("a", None)
            assert (await api.done("POST", f"{LINK}/break"))["state"] == "broken"
            assert (await api.call("DELETE", LINK)).status == 204
            for wrong in ({}, {"access_token": ""}, {"access_token": "a", "expires_in": -1}, {"access_token": 1}):
                assert (await api.call("PUT", LINK, wrong)).status == 422
            assert (await api.call("POST", f"{LINK}/anything")).status == 404

    asyncio.run(test())
