"""Calls over real sockets, to a server that does everything wrong: no call raises, hangs or takes more than it may."""

import asyncio
import json
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from mockcloud.catalogue import Catalogue
from mockcloud.cek.answers import read_answer
from mockcloud.cek.exchange import HttpAnswer, PostToExtension, ReadPublicKey
from mockcloud.cek.failures import Failure
from mockcloud.cek.requests import HTTP_HEADERS
from mockcloud.cek.signing import Signing, signature_headers
from mockcloud.clock import MILLISECOND, SECOND, Instant
from mockcloud.replay.simulation import Simulation
from mockcloud.server.calls import BlockingCalls, Calls
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.driver import Driver
from mockcloud.server.signing_keys import SigningKeys
from mockcloud.vocabulary import commands, inputs
from mockcloud.vocabulary.ids import CallId, RequestId
from tests.cek.misbehaving import ANSWER, ANSWERS, Misbehaving, misbehaving
from tests.patience import PATIENCE

CATALOGUE = Catalogue.load()
LIMIT = 100_000
BRIEF = 400 * MILLISECOND
"""Patience where it is to run out."""
LONG = 20 * SECOND
KEYS = SigningKeys()
BODY = '{"version":"0.1.0","request":{"type":"LaunchRequest"},"말":"주문"}'.encode()


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    return CertificateAuthority.fresh()


def job(url: str, **changes: Any) -> PostToExtension:
    return replace(PostToExtension(url, HTTP_HEADERS, BODY, LIMIT), **changes)


async def outcome(url: str, patience: int = LONG, **changes: Any) -> HttpAnswer | Failure:
    calls = Calls(KEYS)
    try:
        return await calls.post(job(url, **changes), patience)
    finally:
        await calls.close()


async def failure(url: str, patience: int = LONG, **changes: Any) -> Failure:
    got = await outcome(url, patience, **changes)
    assert isinstance(got, Failure), got
    return got


@pytest.mark.spec("K-092", "K-100")
def test_the_request_is_what_was_signed() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            got = await outcome(server.url + "/ok", signing=Signing())
            assert isinstance(got, HttpAnswer)
            head, body = server.requests[0]
            lines = head.decode().split("\r\n")
            assert lines[0] == "POST /ok HTTP/1.1"
            names = [line.partition(":")[0] for line in lines[1:-2]]
            assert names == [
                "Host",
                "Content-Type",
                "Accept",
                "Accept-Charset",
                "SignatureCEK",
                "Content-Length",
            ]
            assert body == BODY
            assert [name for name, _ in got.sent] == [name.lower() for name in names]
            assert (got.status, got.body) == (200, ANSWER)
            assert got.header("content-type") == "application/json; charset=UTF-8"

    asyncio.run(scenario())


@pytest.mark.spec("K-094", "K-096")
def test_the_signature_is_that_of_the_servers_key() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS)
        async with misbehaving() as server:
            for breakage in ("none", "other-key"):
                how = Signing("newer", breakage)
                got = await calls.post(job(server.url + "/ok", signing=how), LONG)
                assert isinstance(got, HttpAnswer)
                key = KEYS.key() if breakage == "none" else KEYS.other_key()
                assert dict(got.sent)["signaturecek"] == dict(signature_headers(key, BODY, how))["SignatureCEK"]
            await calls.close()

    asyncio.run(scenario())


@pytest.mark.spec("K-100")
def test_a_connection_is_kept_and_cookies_are_not() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS)
        async with misbehaving() as server:
            for _ in range(3):
                assert isinstance(await calls.post(job(server.url + "/cookie"), LONG), HttpAnswer)
            assert server.connections == 1
            assert not any(b"cookie:" in head.lower() for head, _ in server.requests)
            await calls.close()

    asyncio.run(scenario())


@pytest.mark.spec("K-100", "K-131")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/html", "content_type"),
        ("/broken-json", "json"),
        ("/latin-1", "encoding"),
        ("/500", "status"),
        ("/redirect", "status"),
    ],
)
def test_an_answer_of_no_use_has_its_class(path: str, kind: str) -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            got = await outcome(server.url + path)
            assert isinstance(got, HttpAnswer)
            read = read_answer(got, edition="newer", check=CATALOGUE.check_cek_response, size_limit=LIMIT)
            assert read.failure is not None
            assert read.failure.kind == kind
            assert len(server.requests) == 1
            if path == "/redirect":  # whose Location is relative
                assert f"register {server.url}/elsewhere?a=b itself" in read.failure.said

    asyncio.run(scenario())


@pytest.mark.spec("K-092")
def test_a_url_of_any_form_is_called() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            here = server.url.removeprefix("http://")
            for url in (f"http://me:p%40ss@{here}/ok", f"http://{here}/ok?가게=강남 점&x=%20#top"):
                assert isinstance(await outcome(url), HttpAnswer)
            user, korean = (head.decode().split("\r\n") for head, _ in server.requests)
            assert "Authorization: Basic bWU6cEBzcw==" in user
            assert f"Host: {here}" in user
            assert korean[0].split()[1] == "/ok?%EA%B0%80%EA%B2%8C=%EA%B0%95%EB%82%A8%20%EC%A0%90&x=%20"
            assert not any(line.startswith("Authorization") for line in korean)

    asyncio.run(scenario())


@pytest.mark.spec("K-093")
@pytest.mark.parametrize(
    ("path", "connections"), [("/interim", 1), ("/trailers", 1), ("/connection-close", 2), ("/http-1.0", 2)]
)
def test_any_way_of_http_to_answer_is_understood(path: str, connections: int) -> None:
    async def scenario() -> None:
        calls = Calls(KEYS)
        async with misbehaving() as server:
            for _ in range(2):
                got = await calls.post(job(server.url + path), LONG)
                assert isinstance(got, HttpAnswer), got
                assert (got.status, got.body) == (200, ANSWER)
            assert server.connections == connections
            await calls.close()

    asyncio.run(scenario())


def test_who_hangs_up_when_a_connection_is_used_again_is_told_so() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS)
        async with misbehaving() as server:
            assert isinstance(await calls.post(job(server.url + "/ok"), LONG), HttpAnswer)
            got = await calls.post(job(server.url + "/hang-up"), LONG)
            assert isinstance(got, Failure)
            assert got.kind == "connect"
            assert "hung up on a connection that it had kept" in got.said
            got = await calls.post(job(server.url + "/ok"), LONG)  # which takes another one
            assert isinstance(got, HttpAnswer)
            assert server.connections == 2
            await calls.close()

    asyncio.run(scenario())


def test_gzip_comes_as_it_is_and_is_understood() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            got = await outcome(server.url + "/gzip")
            assert isinstance(got, HttpAnswer)
            assert got.body != ANSWER
            read = read_answer(got, edition="newer", check=CATALOGUE.check_cek_response, size_limit=LIMIT)
            assert [item.value for item in read.speech.items] == ["안녕"]

    asyncio.run(scenario())


@pytest.mark.spec("K-131", "K-133")
@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("/50-mb", "too_large", "52428800 bytes long, 100000 are read at most"),
        ("/endless", "too_large", "raise the setting `limits.extension_answer`"),
        ("/late", "timeout", "took the request but did not answer within 0.4 s"),
        ("/half", "timeout", "(status 200) broke off after 30 bytes of its body"),
        ("/hang-up", "connect", "hung up"),
        ("/continue", "status", "more than 20 interim answers (status 100) and no answer"),
        ("/reset", "connect", "the connection to 127.0.0.1:"),
        ("/no-http", "connect", "does not speak HTTP/1.1"),
        ("/bad-length", "connect", "does not speak HTTP/1.1"),
    ],
)
def test_a_call_ends_whatever_the_server_does(path: str, kind: str, said: str) -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            got = await failure(server.url + path, BRIEF if kind == "timeout" else LONG)
            assert got.kind == kind
            assert said in got.said
            assert got.finding.code.startswith("extension.")

    asyncio.run(scenario())


@pytest.mark.spec("K-131")
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host.invalid/", "the name in host.invalid is not known"),
        ("ftp://127.0.0.1/", "has no scheme or no host"),
        ("127.0.0.1:80", "has no scheme or no host"),
        ("", "has no scheme or no host"),
        ("http://[::1", "is not a URL"),
        ("http://127.0.0.1:99999/", "has the port 99999"),
        (f"http://{'a' * 64}.invalid/", "not known"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, said: str) -> None:
    got = asyncio.run(failure(url))
    assert (got.kind, said in got.said) == ("connect", True), got.said


@pytest.mark.spec("K-131")
def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: nobody else gets the port
        got = asyncio.run(failure(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert got.kind == "connect"
    assert "nobody listens at 127.0.0.1:" in got.said


@pytest.mark.spec("K-130", "K-131", "K-004")
def test_a_certificate_is_judged_as_registered(authority: CertificateAuthority) -> None:
    async def scenario() -> None:
        async with misbehaving(authority.server_context(["127.0.0.1"])) as server:
            got = await failure(server.url + "/ok")
            assert got.kind == "tls"
            assert "`trust`" in got.said
            assert server.requests == []
            assert isinstance(await outcome(server.url + "/ok", trust=str(authority.ca_file)), HttpAnswer)
            assert isinstance(await outcome(server.url + "/ok", verify=False), HttpAnswer)
            other_name = server.url.replace("127.0.0.1", "localhost")
            assert "not trusted" in (await failure(other_name + "/ok", trust=str(authority.ca_file))).said
            missing = await failure(server.url + "/ok", trust="/nowhere/ca.pem")
            assert missing.kind == "tls"
            assert "/nowhere/ca.pem is not a readable file" in missing.said
            assert (await failure(server.url.replace("https", "http") + "/ok")).kind == "connect"

    asyncio.run(scenario())


@pytest.mark.spec("K-131")
def test_tls_with_a_server_that_has_none() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            async with asyncio.timeout(PATIENCE):
                got = await failure(server.url.replace("http", "https") + "/ok", SECOND)
            assert got.kind in ("tls", "timeout")  # it waits for the end of a request's head that never comes

    asyncio.run(scenario())


@pytest.mark.spec("K-131", "K-133")
def test_nobody_waits_for_a_slow_extension() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS)
        async with misbehaving() as server:
            slow = [asyncio.create_task(calls.post(job(server.url + "/late"), LONG)) for _ in range(30)]
            await server.has_received(30)
            assert isinstance(await calls.post(job(server.url + "/ok"), LONG), HttpAnswer)
            assert not any(task.done() for task in slow)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            await calls.close()

    asyncio.run(scenario())


@pytest.mark.spec("K-131")
def test_whatever_bytes_come_there_is_an_outcome() -> None:
    async def scenario() -> None:
        chance = random.Random(5)
        calls = Calls(KEYS)
        seen = set()
        async with misbehaving() as server:
            for _ in range(80):
                answer = bytearray(ANSWERS[chance.choice(["/ok", "/gzip", "/redirect", "/half"])])
                for _ in range(chance.randint(1, 3)):
                    at = chance.randrange(140)
                    answer[at : at + chance.randint(0, 6)] = chance.randbytes(chance.randint(0, 4))
                server.broken = bytes(answer)
                got = await calls.post(job(server.url + "/broken"), LONG)
                seen.add(type(got))
                if isinstance(got, HttpAnswer):
                    read_answer(got, edition="newer", check=CATALOGUE.check_cek_response, size_limit=LIMIT)
            await calls.close()
        assert seen == {HttpAnswer, Failure}

    asyncio.run(scenario())


# -- applications in this process --------------------------------------------------------------------------------


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/cek/fails":
        raise RuntimeError("a bug of the extension's")
    body = (await receive())["body"]
    headers = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["path"].encode() + body})


def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Encoding", "gzip")])
    return [environ["PATH_INFO"].encode(), body]


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def hanging(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("app", [silent, lambda environ, start_response: []])
def test_an_application_that_does_not_answer_is_a_status(app: Any) -> None:
    async def scenario() -> None:
        got = await Calls(KEYS, {"http://pizza.test": app}).post(job("http://pizza.test/"), LONG)
        assert isinstance(got, HttpAnswer)
        assert (got.status, got.body) == (500, b"the application has ended without an answer")

    asyncio.run(scenario())


def test_an_application_that_hangs_is_not_told_that_there_is_no_connection() -> None:
    async def scenario() -> None:
        got = await Calls(KEYS, {"http://pizza.test": hanging}).post(job("http://pizza.test/"), BRIEF)
        assert isinstance(got, Failure)
        assert (got.kind, "took the request but did not answer" in got.said) == ("timeout", True)

    asyncio.run(scenario())


@pytest.mark.parametrize("app", [asgi, wsgi])
def test_an_application_stands_in_for_the_network(app: Any) -> None:
    async def scenario() -> None:
        calls = Calls(KEYS, {"http://pizza.test/cek": app, "http://pizza.test/": wsgi})
        for path in ("/cek", "/cek/order"):
            got = await calls.post(job(f"http://pizza.test{path}", signing=Signing()), LONG)
            assert isinstance(got, HttpAnswer)
            assert got.body == path.encode() + BODY
            assert "signaturecek" in dict(got.sent)
        elsewhere = await calls.post(job("http://pizza.invalid/cek"), LONG)
        assert isinstance(elsewhere, Failure)
        await calls.close()

    asyncio.run(scenario())


def test_what_an_application_raises_is_a_status() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS, {"http://pizza.test/cek": asgi})
        got = await calls.post(job("http://pizza.test/cek/fails"), LONG)
        assert isinstance(got, HttpAnswer)
        assert got.status == 500

    asyncio.run(scenario())


def test_an_application_too_is_read_to_the_limit_only() -> None:
    async def scenario() -> None:
        calls = Calls(KEYS, {"http://pizza.test": wsgi})
        got = await calls.post(job("http://pizza.test/", size_limit=10), LONG)
        assert isinstance(got, Failure)
        assert got.kind == "too_large"

    asyncio.run(scenario())


# -- the drivers -------------------------------------------------------------------------------------------------


class Asker:
    """A machine that has jobs done when it is asked, and answers with what came of it."""

    def __init__(self, *jobs: tuple[Any, int]) -> None:
        self.jobs = jobs
        self.answers: dict[int, Any] = {}

    def receive(self, what: inputs.Input, now: Instant) -> list[commands.Command]:
        match what:
            case inputs.Asked():
                calls = enumerate(self.jobs)
                return [commands.StartCall(CallId(at), job, patience) for at, (job, patience) in calls]
            case inputs.CallAnswered(call, value, error):
                self.answers[call] = error or value
                if len(self.answers) == len(self.jobs):
                    return [commands.Answer(RequestId(1), self.answers)]
        return []

    def next_deadline(self) -> Instant | None:
        return None


@pytest.fixture
def blocking() -> Iterator[BlockingCalls]:
    calls = BlockingCalls(KEYS)
    yield calls
    calls.close()


def jobs(server: Misbehaving) -> list[tuple[Any, int]]:
    """All that a driver does: what takes something of its own, and what runs by itself."""
    return [
        (job(server.url + "/ok"), LONG),
        (job(server.url + "/late"), BRIEF),
        (job("http://127.0.0.1:1/"), LONG),
        (ReadPublicKey(), LONG),
        (commands.Known("known"), LONG),
        (Broken(), LONG),
    ]


class Broken:
    """A `mockcloud.vocabulary.commands.Job` that fails."""

    def run(self) -> None:
        raise LookupError("nothing there")


def expected(answers: dict[int, Any]) -> bool:
    ok, late, nobody, key, known, broken = (answers[at] for at in range(6))
    assert (ok.status, late.kind, nobody.kind) == (200, "timeout", "connect")
    assert key.startswith(b"-----BEGIN PUBLIC KEY-----")
    return (known, broken) == ("known", "LookupError: nothing there")


@pytest.mark.spec("K-131", "K-133")
def test_the_driver_does_every_job_of_a_machine() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            driver = Driver(Asker(*jobs(server)), frozenset())
            assert expected(await driver.ask("post"))
            await driver.stop()

    asyncio.run(scenario())


@pytest.mark.spec("K-131")
def test_the_simulation_does_every_job_and_its_time_stands_still() -> None:
    async def scenario() -> None:
        async with misbehaving() as server:
            simulation = Simulation(Asker(*jobs(server)))  # type: ignore[arg-type]
            answers = await asyncio.to_thread(simulation.ask, "post")
            assert expected(answers)
            assert simulation.now < 10 * MILLISECOND
            await asyncio.to_thread(simulation.extension_calls.close)

    asyncio.run(scenario())


def test_blocking_calls_are_ended_and_begin_again(blocking: BlockingCalls) -> None:
    blocking.calls.apps["http://pizza.test"] = wsgi
    for _ in range(2):
        got = blocking.post(job("http://pizza.test/"), LONG)
        assert isinstance(got, HttpAnswer)
        assert json.loads(got.body[1:])["말"] == "주문"
        blocking.close()
