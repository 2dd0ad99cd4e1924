"""Accounts with a device listener of their own: who may come in, what that shuts out, and how it ends."""

import asyncio
from typing import Any

import httpx
import pytest
from h2.events import StreamEnded

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.reading import parse
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from tests.patience import PATIENCE
from tests.server.cloud_client import AGENT, create_account, exception, running
from tests.server.h2client import H2Client, Response, client_tls


async def ping(url: str, token: str) -> Response:
    client = await H2Client.connect(int(url.rpartition(":")[2]), None)
    try:
        return await client.response(client.request("GET", "/ping", [("authorization", f"Bearer {token}"), AGENT]))
    finally:
        await client.close()


async def get(url: str, path: str) -> Response:
    client = await H2Client.connect(int(url.rpartition(":")[2]), None)
    try:
        return await client.response(client.request("GET", path))
    finally:
        await client.close()


def token_of(made: dict[str, Any]) -> str:
    return str(made["devices"][0]["access_token"])


async def journal(cloud: RunningCloud, account: str, **filters: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await cloud.ask(op.ReadJournal(account=account, filters=filters))).body["entries"]
    return entries


def test_an_account_is_served_on_its_own_listener_and_no_other() -> None:
    async def test() -> None:
        async with running(None) as cloud:
            ours = await create_account(cloud, "ours", devices=["d"])
            theirs = await create_account(cloud, devices=["d"])
            shared = (await cloud.ask(op.IssueToken(DEFAULT_ACCOUNT, "d"))).body["access_token"]
            assert len({cloud.device_url, ours["device_url"], theirs["device_url"]}) == 3
            assert (ours["listener"], theirs["listener"]) == ("own", "own")
            assert (await ping(ours["device_url"], token_of(ours))).status == 204
            for url, token in (
                (cloud.device_url, token_of(ours)),
                (theirs["device_url"], token_of(ours)),
                (ours["device_url"], shared),
            ):
                refused = await ping(url, token)
                assert refused.status == 421
                assert "connect to" in exception(refused)[1]
            entries = await journal(cloud, "ours", status="421", kind="request")
            assert [entry["violations"][0]["code"] for entry in entries] == ["request.listener"] * 2
            assert ours["device_url"] in entries[0]["note"]

    asyncio.run(test())


def test_a_client_of_another_listener_gets_no_code_and_no_token() -> None:
    async def test() -> None:
        async with running(None) as cloud:
            ours = await create_account(cloud, "ours")
            asked = f"?client_id={ours['client_id']}&device_id=d&response_type=code&state=s&grant_type=refresh_token"
            for path in ("/authorize", "/token"):
                refused = await get(cloud.device_url, path + asked)
                assert (refused.status, b"own listener" in refused.body) == (421, False)
                assert ours["device_url"].encode() in refused.body
                assert (await get(ours["device_url"], path + asked)).status in (400, 403)

    asyncio.run(test())


@pytest.mark.spec("C-021")
def test_what_nobody_can_be_named_for_is_the_listeners() -> None:
    async def test() -> None:
        async with running(None) as cloud:
            ours = await create_account(cloud, "ours")
            before = len(await journal(cloud, DEFAULT_ACCOUNT))
            assert (await ping(ours["device_url"], "nobody's")).status == 401
            assert (await get(ours["device_url"], "/token?grant_type=refresh_token&client_id=nobody")).status == 400
            assert [entry["name"] for entry in await journal(cloud, "ours", kind="request")] == [
                "GET /ping",
                "GET /token",
            ]
            assert len(await journal(cloud, DEFAULT_ACCOUNT)) == before
            await cloud.ask(op.AddFault("ours", parse({"on": "token", "effect": "status", "code": 503})))
            assert (await get(ours["device_url"], "/token?client_id=nobody")).status == 503

    asyncio.run(test())


def test_deleting_the_account_closes_its_listener() -> None:
    async def test() -> None:
        async with running(None) as cloud:
            made = await create_account(cloud, "ours", devices=["d"])
            port = int(made["device_url"].rpartition(":")[2])
            client = await H2Client.connect(port, None)
            bearer = [("authorization", f"Bearer {token_of(made)}"), AGENT]
            channel = client.request("GET", "/v1/directives", bearer)
            await client.until(lambda: b'"Hello"' in client.response_so_far(channel).body)
            assert (await cloud.ask(op.DeleteAccount("ours"))).status == 204
            with pytest.raises(ConnectionRefusedError):
                await H2Client.connect(port, None)
            await client.ended()
            assert client.seen(StreamEnded, channel)
            await client.close()
            again = await create_account(cloud, "ours", devices=["d"])
            assert (await ping(again["device_url"], token_of(again))).status == 204

    asyncio.run(test())


def test_by_the_control_api() -> None:
    async def test() -> None:
        async with (
            running(None) as cloud,
            httpx.AsyncClient(base_url=cloud.control_url, trust_env=False, timeout=PATIENCE) as client,
        ):
            made = (await client.post("/v1/accounts", json={"name": "ours", "listener": "own"})).json()
            read = (await client.get("/v1/accounts/ours")).json()
            assert made["device_url"] == read["device_url"] != cloud.device_url
            assert read["listener"] == "own"
            assert (await client.get("/v1/accounts/default")).json()["listener"] == "shared"
            assert (await client.post("/v1/accounts", json={"listener": "mine"})).status_code == 422
            named = await client.post("/v1/accounts", json={"name": "device", "listener": "own"})
            assert (named.status_code, "shared listener" in named.json()["detail"]) == (422, True)
            assert (await client.delete("/v1/accounts/ours")).status_code == 204
            assert (await client.get("/health")).status_code == 200

    asyncio.run(test())


def test_an_own_listener_has_the_same_authority_and_a_certificate_of_its_own() -> None:
    async def test() -> None:
        authority = CertificateAuthority.fresh()
        async with running(authority) as cloud:
            made = await create_account(cloud, "ours")
            seen = []
            for url in (cloud.device_url, made["device_url"]):
                client = await H2Client.connect(int(url.rpartition(":")[2]), client_tls(authority.ca_file))
                seen.append(client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
                await client.close()
            assert seen[0] != seen[1]

    asyncio.run(test())


def test_faults_on_connect_want_a_listener_for_oneself() -> None:
    async def test() -> None:
        async with running(None) as cloud:
            reset = {"on": "connect", "effect": "tcp_reset"}
            # Alone on the shared listener it is as good as one's own; nobody may join as long as it strikes.
            assert (await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse({**reset, "id": "f"})))).status == 200
            joins = await cloud.ask(op.CreateAccount(name="other"))
            assert joins.status == 409
            assert "listener: own" in joins.body["detail"]
            await create_account(cloud, "ours")
            await cloud.ask(op.RemoveFaults(DEFAULT_ACCOUNT))
            await create_account(cloud, "other", listener="shared")
            text = "{on: connect, effect: tcp_reset}"
            rule = f"mockcloud: 1\ntitle: t\nrules: [{{when: {{event: TextRecognizer.Recognize}}, fault: {text}}}]\n"
            for refused in (
                op.AddFault("other", parse(reset)),
                op.SetFault("other", "f", text),
                op.SetFaults(DEFAULT_ACCOUNT, f"[{text}]"),
                op.LoadScenario("other", rule),
            ):
                outcome = await cloud.ask(refused)
                assert (outcome.status, "listener: own" in outcome.body["detail"]) == (409, True)
            assert (await cloud.ask(op.AddFault("ours", parse(reset)))).status == 200
            tls = await cloud.ask(op.AddFault("ours", parse({**reset, "at": "tls"})))
            assert (tls.status, "--no-tls" in tls.body["detail"]) == (409, True)

    asyncio.run(test())
