"""Faults before the first request, as a foreign client sees them: the exact bytes, alerts and errors."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from h2.events import PingAckReceived

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.effects.invalid_frame import DATA_ON_STREAM_0
from mockcloud.faults.reading import parse
from mockcloud.faults.table import TABLE
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.cloud import RunningCloud
from tests.patience import PATIENCE
from tests.server.cloud_client import port, running
from tests.server.h2client import GOAWAY, SETTINGS, H2Client, client_tls

CONNECT = [(at, effect) for (on, at, effect), verdict in TABLE.items() if on == "connect" and verdict.kind != "illegal"]
CERTIFICATES = {
    "certificate_expired": "certificate has expired",
    "certificate_not_yet_valid": "certificate is not yet valid",
    "certificate_wrong_name": "Hostname mismatch",
    "certificate_untrusted": "unable to get local issuer certificate",
}


@asynccontextmanager
async def struck(authority: CertificateAuthority | None, **written: Any) -> AsyncIterator[RunningCloud]:
    """A cloud whose next connection is struck; the one after is served as ever."""
    async with running(authority) as cloud:
        set_ = await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse({"on": "connect", "id": "f", **written})))
        assert set_.status == 200, set_.body
        yield cloud
        after = await H2Client.connect(port(cloud), client_tls(authority.ca_file) if authority else None)
        await after.ping()
        await after.close()
        fault = (await cloud.ask(op.ReadFault(DEFAULT_ACCOUNT, "f"))).body
        assert fault["struck"] == 1
        entries = (await cloud.ask(op.ReadJournal(filters={"name": f"fault {written['effect']}"}))).body["entries"]
        assert [(entry["channel"], entry["rule"], entry["note"]) for entry in entries] == [
            ("connection", "fault f", f"at {parse({'on': 'connect', **written}).point}")
        ]


async def raw(cloud: RunningCloud) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port(cloud))


def hello(authority: CertificateAuthority) -> tuple[bytes, ssl.SSLObject, ssl.MemoryBIO]:
    """A ClientHello, and the handshake that takes the answer."""
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = client_tls(authority.ca_file).wrap_bio(came, goes, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    return goes.read(), handshake, came


async def silent(reader: asyncio.StreamReader) -> bool:
    try:
        await asyncio.wait_for(reader.read(1), 0.05)
    except TimeoutError:
        return True
    return False


async def comes_to(at: str, cloud: RunningCloud, authority: CertificateAuthority | None) -> asyncio.StreamReader:
    """What a client reads that has come to the point; whatever it sends to get there has been sent."""
    if at == "settings":
        tls = client_tls(authority.ca_file) if authority else None
        name = "localhost" if tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port(cloud), ssl=tls, server_hostname=name)
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
    else:
        reader, writer = await raw(cloud)
        if at == "tls":
            assert authority is not None
            writer.write(hello(authority)[0])
    WRITERS.append(writer)
    return reader


WRITERS: list[asyncio.StreamWriter] = []


def play(scene: Any) -> None:
    async def test() -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await scene()
        finally:
            for writer in WRITERS:
                writer.transport.abort()
            WRITERS.clear()

    asyncio.run(test())


PLACES = [("accept", False), ("accept", True), ("tls", True), ("settings", False), ("settings", True)]


@pytest.mark.spec("C-031")
@pytest.mark.parametrize(("at", "tls"), PLACES)
def test_tcp_reset(at: str, tls: bool, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority if tls else None, at=at, effect="tcp_reset") as cloud:
            reader = await comes_to(at, cloud, authority if tls else None)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)

    play(scene)


@pytest.mark.parametrize(("at", "tls"), PLACES)
def test_half_close_is_a_fin_without_a_byte(at: str, tls: bool, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority if tls else None, at=at, effect="half_close") as cloud:
            reader = await comes_to(at, cloud, authority if tls else None)
            assert await reader.read() == b""

    play(scene)


@pytest.mark.parametrize(("at", "tls"), PLACES)
def test_a_black_hole_says_nothing_and_stays_up(at: str, tls: bool, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority if tls else None, at=at, effect="black_hole") as cloud:
            assert await silent(await comes_to(at, cloud, authority if tls else None))

    play(scene)


@pytest.mark.parametrize(("at", "tls"), PLACES)
def test_a_delay_is_over_some_time(at: str, tls: bool, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        own = authority if tls else None
        async with struck(own, at=at, effect="delay", by="80ms") as cloud:
            began = time.monotonic()
            client = await H2Client.connect(port(cloud), client_tls(authority.ca_file) if tls else None)
            await client.ping()
            assert time.monotonic() - began >= 0.075
            await client.close()

    play(scene)


@pytest.mark.parametrize(("effect", "said"), CERTIFICATES.items())
def test_a_client_refuses_the_certificate_for_the_right_reason(
    effect: str, said: str, authority: CertificateAuthority
) -> None:
    async def scene() -> None:
        async with struck(authority, effect=effect) as cloud:
            with pytest.raises(ssl.SSLCertVerificationError, match=said):
                await H2Client.connect(port(cloud), client_tls(authority.ca_file))
            found = await cloud.ask(op.WaitForJournal(match={"name": "not connected"}))
            (entry,) = found.body["entries"]
            # asyncio's client does not always say why it goes.
            assert entry["note"].startswith(("TLS handshake failed: ", "the peer went during the TLS handshake"))

    play(scene)


async def shown(cloud: RunningCloud) -> bytes:
    """The certificate that the next connection is shown, DER."""
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    anyone.set_alpn_protocols(["h2"])
    client = await H2Client.connect(port(cloud), anyone)
    der: bytes = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await client.ping()
    await client.close()
    return der


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"effect": "certificate_expired", "until": "2019-05-01"}, ("1970-01-01", "2019-05-01", "localhost")),
        ({"effect": "certificate_not_yet_valid", "since": "2036-02-03"}, ("2036-02-03", "2037-12-31", "localhost")),
        ({"effect": "certificate_wrong_name", "host": "a.example"}, ("1970-01-01", "2037-12-31", "a.example")),
        ({"effect": "certificate_untrusted"}, ("1970-01-01", "2037-12-31", "localhost")),
        ({"effect": "certificate_untrusted", "by": "itself"}, ("1970-01-01", "2037-12-31", "localhost")),
    ],
)
def test_only_that_is_wrong_with_the_certificate(
    written: dict[str, str], expected: tuple[str, str, str], authority: CertificateAuthority
) -> None:
    from cryptography import x509

    async def scene() -> None:
        async with struck(authority, **written) as cloud:
            found = x509.load_der_x509_certificate(await shown(cloud))
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            first, last = found.not_valid_before_utc, found.not_valid_after_utc
            assert (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}") == expected[:2]
            assert names.get_values_for_type(x509.DNSName)[0] == expected[2]
            ca = x509.load_pem_x509_certificate(authority.ca_pem)
            assert (found.issuer == ca.subject) == (written["effect"] != "certificate_untrusted")
            assert (found.issuer == found.subject) == (written.get("by") == "itself")

    play(scene)


@pytest.mark.parametrize(("name", "number"), [("handshake_failure", 40), ("unrecognized_name", 112)])
def test_a_tls_alert_has_the_exact_number(name: str, number: int, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority, effect="tls_alert", alert=name) as cloud:
            reader = await comes_to("tls", cloud, authority)
            assert await reader.read() == bytes((21, 3, 3, 0, 2, 2, number))

    play(scene)


def test_a_handshake_is_cut_in_the_middle_of_the_first_answer(authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority, effect="cut") as cloud:
            reader, writer = await raw(cloud)
            WRITERS.append(writer)
            said, handshake, came = hello(authority)
            writer.write(said[:100])
            assert await silent(reader), "a ClientHello may come in pieces"
            writer.write(said[100:])
            flight = await reader.read()
            assert flight[:3] == bytes((22, 3, 3)), "it begins with a handshake record, ServerHello"
            came.write(flight)
            with pytest.raises(ssl.SSLWantReadError):
                handshake.do_handshake()

    play(scene)


@pytest.mark.parametrize("tls", [False, True])
def test_goaway_comes_right_behind_the_settings(tls: bool, authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority if tls else None, effect="goaway", code="ENHANCE_YOUR_CALM", debug="full") as cloud:
            client = await H2Client.connect(port(cloud), client_tls(authority.ca_file) if tls else None)
            goaway = await client.goaway()
            assert (goaway.code, goaway.debug, goaway.last_stream_id) == (11, b"full", 0)
            assert [frame.type for frame in client.frames[:2]] == [SETTINGS, GOAWAY]
            await client.abort()

    play(scene)


def test_an_invalid_frame_comes_right_behind_the_settings() -> None:
    async def scene() -> None:
        async with struck(None, effect="invalid_frame") as cloud:
            client = await H2Client.connect(port(cloud), None)
            await client.until(lambda: len(client.frames) > 1)
            assert [frame.type for frame in client.frames[:2]] == [SETTINGS, 0]
            assert client.frames[1].payload == DATA_ON_STREAM_0[9:]
            await client.abort()

    play(scene)


def test_silence_from_the_beginning() -> None:
    async def scene() -> None:
        async with struck(None, effect="silence") as cloud:
            client = await H2Client.connect(port(cloud), None)
            client.h2.ping(b"anybody?")
            await client.response(client.request("GET", "/nothing"))
            assert not client.seen(PingAckReceived)
            await client.abort()

    play(scene)


def test_http_1_has_no_settings() -> None:
    async def scene() -> None:
        async with struck(None, at="settings", effect="tcp_reset") as cloud:
            reader, writer = await raw(cloud)
            WRITERS.append(writer)
            writer.write(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 404")
            reader = await comes_to("settings", cloud, None)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)

    play(scene)


def test_who_never_says_hello_meets_no_fault(authority: CertificateAuthority) -> None:
    async def scene() -> None:
        async with struck(authority, at="tls", effect="tcp_reset") as cloud:
            _, writer = await raw(cloud)
            writer.close()
            await writer.wait_closed()
            reader = await comes_to("tls", cloud, authority)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)

    play(scene)


def test_stopping_waits_for_nobody_who_is_held_up(authority: CertificateAuthority) -> None:
    async def scene() -> None:
        began = time.monotonic()
        async with running(authority) as cloud:
            faults = "[{on: connect, effect: delay, by: 1h}, {on: connect, at: tls, effect: black_hole, times: always}]"
            await cloud.ask(op.SetFaults(DEFAULT_ACCOUNT, faults))
            for at in ("accept", "tls", "tls"):
                await comes_to(at, cloud, authority)
        assert time.monotonic() - began < 3

    play(scene)


def test_chance_and_times_are_of_connections() -> None:
    async def scene() -> None:
        async with running(None) as cloud:
            fault = {"on": "connect", "effect": "tcp_reset", "chance": 0.5, "times": "always"}
            await cloud.ask(op.AddFault(DEFAULT_ACCOUNT, parse(fault)))
            met = []
            for _ in range(20):
                client = await H2Client.connect(port(cloud), None)
                client.h2.ping(b"anybody?")
                client.flush()
                await client.until(lambda client=client: client.at_eof or bool(client.seen(PingAckReceived)))  # type: ignore[misc]
                met.append(client.was_reset)
                await client.abort()
            assert 3 < sum(met) < 17

    play(scene)


def test_every_effect_on_connect_is_tested_here() -> None:
    tested = {(at, effect) for at, _ in PLACES for effect in ("tcp_reset", "half_close", "black_hole", "delay")}
    tested |= {("tls", effect) for effect in (*CERTIFICATES, "tls_alert", "cut")}
    tested |= {("settings", effect) for effect in ("goaway", "invalid_frame", "silence")}
    assert tested == set(CONNECT)
    assert {effect for _, effect in CONNECT} <= set(EFFECTS)
