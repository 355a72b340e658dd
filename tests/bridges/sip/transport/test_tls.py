"""SIP over TLS with real handshakes: who is believed, who is not, what is spoken, and what a flood costs."""

import asyncio
import hashlib
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bridges.sip.message import Flow, Transport, parse_message
from bridges.sip.transport import tls_listener
from bridges.sip.transport.api import Answered, Ended, EndpointConfig, IncomingCall, NameAddress, TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.transport.tls import is_named, plain
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    Listener,
    accounts,
    running,
    until,
    within,
)
from tests.support.certificates import authority, issued, written
from tests.support.programs import program


def secure(folder: Path, *names: str, by: str = "Test") -> EndpointConfig:
    """An endpoint with TLS and a certificate for `names`."""
    return replace(CONFIG, tls_port=0, tls_files=written(folder, issued(*names, by=by)).both)


def fingerprint(*names: str) -> str:
    der = ssl.PEM_cert_to_DER_cert(
        issued(*names).certificate.split("-----END")[0] + "-----END CERTIFICATE-----\n"
    )
    return hashlib.sha256(der).hexdigest()


@asynccontextmanager
async def provider(folder: Path, *names: str) -> AsyncIterator[SipEndpoint]:
    """Answers every call that comes over TLS."""
    caller = TrunkConfig("a", LOCAL, 5060, keep_alive=0)
    async with running(SipEndpoint(replace(secure(folder, *names), trunks=(caller,)))) as endpoint:

        async def answer(call: IncomingCall) -> None:
            call.answer(ANSWER)

        endpoint.on_invite = answer
        yield endpoint


def line(endpoint: SipEndpoint, **more: object) -> TrunkConfig:
    settings = {"tls_ca": authority().certificate, "keep_alive": 0.0} | more
    return TrunkConfig("line", LOCAL, endpoint.tls_port, transport=Transport.TLS, **settings)  # type: ignore[arg-type]


async def outcome(called: SipEndpoint, *lines: TrunkConfig) -> object:
    """What becomes of a call through the first of these lines."""
    async with running(SipEndpoint(replace(CONFIG, trunks=lines))) as endpoint:
        call = await endpoint.invite(
            endpoint.trunk_target("line", "+3906"),
            from_=NameAddress("sip:201@example.org"),
            to=NameAddress("sip:+3906@example.org"),
            sdp=OFFER,
        )
        return await Listener(call).next(object)


@pytest.mark.parametrize(
    ("names", "settings"),
    [
        ((LOCAL,), {}),
        (("sip.isp.example",), {"tls_name": "sip.isp.example"}),
        (("*.isp.example",), {"tls_name": "sip.isp.example"}),
        (("other.example",), {"tls_ca": None, "tls_fingerprint": "its own"}),
    ],
)
async def test_a_line_is_called_whose_certificate_is_right(
    tmp_path: Path, names: tuple[str, ...], settings: dict[str, object]
) -> None:
    if "tls_fingerprint" in settings:
        settings = settings | {"tls_fingerprint": fingerprint(*names)}
    async with provider(tmp_path, *names) as called:
        assert await outcome(called, line(called, **settings)) == Answered(ANSWER)


@pytest.mark.parametrize(
    ("names", "settings", "why"),
    [
        (("other.example",), {}, "IP address mismatch"),
        (("other.example",), {"tls_name": "sip.isp.example"}, "Hostname mismatch"),
        ((LOCAL,), {"tls_ca": None}, "self-signed certificate"),
        ((LOCAL,), {"tls_ca": "Others"}, "certificate"),
        ((LOCAL,), {"tls_ca": None, "tls_fingerprint": "ab" * 32}, "another certificate than the one pinned"),
        ((LOCAL,), {"tls_ca": "no certificate"}, "no certificates"),
    ],
)
async def test_a_line_is_not_called_whose_certificate_is_wrong(
    tmp_path: Path, names: tuple[str, ...], settings: dict[str, object], why: str
) -> None:
    if settings.get("tls_ca") == "Others":
        settings = settings | {"tls_ca": authority("Others").certificate}
    async with provider(tmp_path, *names) as called:
        ended = await outcome(called, line(called, **settings))
        assert (ended.status, called._core.network.connections) == (503, 0)  # type: ignore[attr-defined]
        assert why in ended.phrase  # type: ignore[attr-defined]


async def test_two_lines_of_one_address_must_both_accept_its_certificate(tmp_path: Path) -> None:
    async with provider(tmp_path, "a.isp.example", "b.isp.example") as called:
        first = line(called, tls_name="a.isp.example")
        second = replace(first, name="second", tls_name="b.isp.example")
        assert await outcome(called, first, second) == Answered(ANSWER)
        third = replace(first, name="third", tls_name="c.isp.example")
        ended = await outcome(called, first, third)
        assert "not for c.isp.example" in ended.phrase  # type: ignore[attr-defined]
        pinned = replace(first, name="pinned", tls_fingerprint="ab" * 32)
        ended = await outcome(called, first, pinned)
        assert "nobody is known there" in ended.phrase  # type: ignore[attr-defined]


async def test_a_provider_calls_back_over_the_connection_that_we_opened(tmp_path: Path) -> None:
    """RFC 5923: what we send asks for it, and an INVITE over it is the line's."""
    async with provider(tmp_path, LOCAL) as called:
        config = replace(CONFIG, trunks=(replace(line(called), keep_alive=30.0),))
        async with running(SipEndpoint(config)) as endpoint:
            calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
            endpoint.on_invite = calls.put
            connected = called._core.network._connections
            (flow,) = await until(lambda: list(connected))  # OPTIONS is on its way
            sent: list[bytes] = []
            called._core.network.tap = lambda out, data, _: sent.append(data) if out else None
            invite = await called.prepare(
                replace(
                    called.trunk_target("a", "202"), transport=flow.transport, host=flow.host, port=flow.port
                ),
                from_=NameAddress("sip:+3906@example.org"),
                to=NameAddress("sip:202@example.org"),
                sdp=OFFER,
            )
            invite.start()
            call = await within(calls.get())
            assert call.peer.transport is Transport.TLS
            assert len(connected) == 1
            assert b"SIP/2.0/TLS" in sent[-1] and b";alias" in sent[-1]


async def test_a_phone_speaks_sips_and_gets_sips(tmp_path: Path) -> None:
    async with running(SipEndpoint(secure(tmp_path, LOCAL), accounts)) as endpoint:
        core = endpoint._core
        flow = Flow(Transport.TLS, LOCAL, 40000)
        assert core.contact(flow) == f"<sip:unisono@{LOCAL}:{endpoint.tls_port};transport=tls>"
        reader, writer = await tls_connection(endpoint)
        port = writer.get_extra_info("sockname")[1]
        writer.write(request("OPTIONS", "sips:example.org"))
        answer = parse_message(await within(reader.readuntil(b"\r\n\r\n")), flow)
        assert answer.status == 200  # type: ignore[union-attr]
        assert core.contact(Flow(Transport.TLS, LOCAL, port)) == f"<sips:unisono@{LOCAL}:{endpoint.tls_port}>"
        writer.close()


async def test_a_stranger_is_asked_who_they_are_over_tls_as_elsewhere(tmp_path: Path) -> None:
    async with running(SipEndpoint(secure(tmp_path, LOCAL), accounts)) as endpoint:
        plain_reader, plain_writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port)
        reader, writer = await tls_connection(endpoint)
        for stream, out, status in ((plain_reader, plain_writer, b"407"), (reader, writer, b"407")):
            out.write(request("INVITE", "sips:202@example.org"))
            assert (await within(stream.readline())).split()[1] == status
            out.close()


def request(method: str, uri: str) -> bytes:
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{method}\r\n"
        f"From: <sips:201@example.org>;tag=1\r\nTo: <{uri}>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n"
        f"Contact: <sips:201@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def tls_connection(endpoint: SipEndpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cadata=authority().certificate)
    return await asyncio.open_connection(LOCAL, endpoint.tls_port, ssl=context, server_hostname=LOCAL)


async def test_openssl_is_shown_the_whole_chain_and_pings_are_answered(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(authority().certificate)
    async with running(SipEndpoint(secure(tmp_path, "phones.example.org"))) as endpoint:
        process = await asyncio.create_subprocess_exec(
            *(program("openssl"), "s_client", "-connect", f"{LOCAL}:{endpoint.tls_port}", "-quiet"),
            *("-CAfile", str(ca), "-verify_return_error", "-verify_hostname", "phones.example.org"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"\r\n\r\n")
        assert await within(process.stdout.readexactly(2)) == b"\r\n"
        process.kill()
        await process.wait()


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_old_versions_of_tls_are_refused(tmp_path: Path, version: str) -> None:
    async with running(SipEndpoint(secure(tmp_path, LOCAL))) as endpoint:
        process = await asyncio.create_subprocess_exec(
            *(program("openssl"), "s_client", "-connect", f"{LOCAL}:{endpoint.tls_port}", version),
            *("-cipher", "ALL:@SECLEVEL=0"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await within(process.wait()) != 0


async def test_those_who_connect_and_say_nothing_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handshakes under way are bounded from each address before they cost anything."""
    monkeypatch.setattr(tls_listener, "HANDSHAKES_PER_HOST", 3)
    async with running(SipEndpoint(replace(secure(tmp_path, LOCAL), host="0.0.0.0"))) as endpoint:
        silent = [await asyncio.open_connection(LOCAL, endpoint.tls_port) for _ in range(5)]
        closed = [asyncio.create_task(reader.read(1)) for reader, _ in silent]
        await until(lambda: sum(task.done() for task in closed) == 2)
        context = ssl.create_default_context(cadata=authority().certificate)
        elsewhere = socket.socket()
        elsewhere.setblocking(False)
        elsewhere.bind(("127.0.0.2", 0))
        await asyncio.get_running_loop().sock_connect(elsewhere, (LOCAL, endpoint.tls_port or 0))
        reader, writer = await within(
            asyncio.open_connection(sock=elsewhere, ssl=context, server_hostname=LOCAL)
        )
        writer.write(b"\r\n\r\n")
        assert await within(reader.readexactly(2)) == b"\r\n"
        for _, other in silent:
            other.close()
        writer.close()


async def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    config = secure(tmp_path, "before.example")
    async with running(SipEndpoint(config)) as endpoint:
        assert await shown(endpoint) == ("before.example",)
        files = written(tmp_path, issued("after.example"))
        later = files.certificate.stat().st_mtime + 5
        os.utime(files.certificate, (later, later))
        endpoint._core.network._renew()
        assert await shown(endpoint) == ("after.example",)
        files.key.write_text("no key")
        endpoint._core.network._renew()
        assert await shown(endpoint) == ("after.example",), "what worked stays"


async def shown(endpoint: SipEndpoint) -> tuple[str, ...]:
    context = ssl.create_default_context(cadata=authority().certificate)
    context.check_hostname = False
    _, writer = await within(asyncio.open_connection(LOCAL, endpoint.tls_port, ssl=context))
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return tuple(name for _, name in certificate["subjectAltName"])


async def test_without_a_usable_certificate_nothing_is_listened_on(tmp_path: Path) -> None:
    config = secure(tmp_path, LOCAL)
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(OSError):
        await SipEndpoint(config).start()


@pytest.mark.parametrize(
    ("names", "name", "fits"),
    [
        (["a.example"], "A.Example", True),
        (["a.example"], "a.example.", True),
        (["*.example"], "a.example", True),
        (["*.example"], "b.a.example", False),
        (["*.example"], "example", False),
        (["b.example"], "a.example", False),
        ([], "a.example", False),
    ],
)
def test_a_certificate_is_for_the_names_that_it_says(names: list[str], name: str, fits: bool) -> None:
    assert is_named({"subjectAltName": tuple(("DNS", each) for each in names)}, name) is fits


def test_a_certificate_may_be_for_an_address() -> None:
    certificate = {"subjectAltName": (("IP Address", "192.0.2.1"),)}
    assert is_named(certificate, "192.0.2.1")
    assert not is_named(certificate, "192.0.2.2")


@pytest.mark.parametrize("written_as", ["AB:CD:01", "ab cd 01", "abcd01"])
def test_a_fingerprint_is_read_however_it_is_written(written_as: str) -> None:
    assert plain(written_as) == "abcd01"


async def test_a_process_that_has_just_begun_ends_the_calls_of_the_one_before_over_tls(
    tmp_path: Path,
) -> None:
    """Its line is known by name: it is looked up before anybody is called a stranger."""
    async with provider(tmp_path, "localhost") as called:
        trunk = replace(line(called), host="localhost")
        async with running(SipEndpoint(replace(CONFIG, trunks=(trunk,)))) as endpoint:
            ended: asyncio.Queue[object] = asyncio.Queue()

            async def answer(call: IncomingCall) -> None:
                call.listen(ended.put_nowait)
                call.answer(ANSWER)

            called.on_invite = answer
            call = await endpoint.invite(
                endpoint.trunk_target("line", "+3906"),
                from_=NameAddress("sip:201@example.org"),
                to=NameAddress("sip:+3906@example.org"),
                sdp=OFFER,
            )
            await Listener(call).next(Answered)
            snapshot = call.snapshot()
            endpoint._core.calls.clear()
        later = SipEndpoint(replace(CONFIG, trunks=(trunk,)))
        later._trunks.start = lambda: None  # type: ignore[method-assign] # it has not got so far
        async with running(later):
            later.bye_snapshot(snapshot)
            await until(lambda: any(isinstance(each, Ended) for each in ended._queue))  # type: ignore[attr-defined]


async def test_trying_a_line_out_says_why_its_certificate_is_not_accepted(tmp_path: Path) -> None:
    async with (
        provider(tmp_path, "other.example") as called,
        running(SipEndpoint(replace(CONFIG, trunks=(line(called),)))) as endpoint,
    ):
        (answer,) = (await endpoint.try_trunk("line")).answers
        assert answer.status is None
        assert answer.phrase.startswith("certificate not accepted: ")


@pytest.mark.parametrize("host", [LOCAL, "localhost"])
async def test_whom_to_believe_holds_for_connections_that_are_open_too(tmp_path: Path, host: str) -> None:
    async with provider(tmp_path, LOCAL, "localhost") as called:
        trunk = replace(line(called), host=host)
        async with running(SipEndpoint(replace(CONFIG, trunks=(trunk,)))) as endpoint:
            network = endpoint._core.network
            assert (await endpoint.try_trunk("line")).answers[0].status == 200
            await endpoint.replace_trunks([trunk, TrunkConfig("other", "192.0.2.1", keep_alive=0)])
            assert network.connections == 1, "nothing has changed for it"
            await endpoint.replace_trunks([])
            assert network.connections == 1, "calls of a line that is gone go on"
            await endpoint.replace_trunks([replace(trunk, tls_ca=authority("Others").certificate)])
            await until(lambda: network.connections == 0)
            (answer,) = (await endpoint.try_trunk("line")).answers
            assert answer.phrase.startswith("certificate not accepted: ")
