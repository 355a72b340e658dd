"""The SIP engine by itself against real phones and load tools: registering, calling, losing packets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bridges.sip.auth.digest import ha1
from bridges.sip.message import Flow
from bridges.sip.transport import stun
from bridges.sip.transport.api import (
    ANSWERED_ELSEWHERE,
    Account,
    Answered,
    Call,
    Contact,
    Ended,
    EndpointConfig,
    Event,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    Reinvite,
    Transport,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.support.baresip import Baresip, Line
from tests.support.certificates import authority, issued, written
from tests.support.patience import PATIENCE
from tests.support.ports import free_port

REALM = "example.org"
PASSWORDS = {"201": "secret-201", "202": "secret-202"}

TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])


async def accounts(username: str) -> Account | None:
    password = PASSWORDS.get(username)
    if password is None:
        return None
    md5, sha256 = (ha1(name, username, REALM, password) for name in ("MD5", "SHA-256"))
    return Account(username, md5, sha256, f"@{username}:{REALM}")


@asynccontextmanager
async def registrar(
    *trunks: TrunkConfig,
    algorithms: tuple[str, ...] = ("MD5", "SHA-256"),
    tls_files: tuple[Path, Path] | None = None,
) -> AsyncIterator[SipEndpoint]:
    """An endpoint whose UDP and TCP port are the same, as phones expect."""
    port = free_port()
    endpoint = SipEndpoint(
        EndpointConfig(
            domain=REALM,
            realm=REALM,
            udp_port=port,
            tcp_port=port,
            trunks=trunks,
            digest_algorithms=algorithms,
            tls_port=0 if tls_files else None,
            tls_files=tls_files,
        ),
        accounts,
    )
    await endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()


def line(endpoint: SipEndpoint, username: str = "201", **more: object) -> Line:
    password = str(more.pop("password", PASSWORDS[username]))
    return Line(username, password, f"127.0.0.1:{endpoint.udp_port}", **more)  # type: ignore[arg-type]


class Switchboard:
    """The smallest telephone exchange: the caller's SDP goes to every contact of whom they dial."""

    def __init__(self, endpoint: SipEndpoint) -> None:
        self._endpoint = endpoint
        self.ended: asyncio.Queue[Ended] = asyncio.Queue()
        endpoint.on_invite = self.connect

    async def connect(self, caller: IncomingCall) -> None:
        contacts = self._endpoint.contacts(caller.dialled)
        if not contacts:
            caller.reject(404)
            return
        legs = [await self._ring(caller, contact) for contact in contacts]
        for leg in legs:
            leg.listen(partial(self._heard, leg, caller, legs))
        caller.listen(lambda event: self._caller_heard(event, legs))

    async def _ring(self, caller: IncomingCall, contact: Contact) -> OutgoingCall:
        target = self._endpoint.target_of(contact)
        to = NameAddress(f"sip:{contact.username}@{REALM}")
        return await self._endpoint.invite(target, from_=caller.caller, to=to, sdp=caller.sdp)

    def _heard(self, leg: OutgoingCall, caller: IncomingCall, legs: list[OutgoingCall], event: Event) -> None:
        match event:
            case Progress(status=180):
                caller.ring()
            case Answered(sdp=str(sdp)):
                for loser in legs:
                    if loser is not leg:
                        loser.cancel(ANSWERED_ELSEWHERE)
                legs[:] = [leg]
                caller.answer(sdp)
            case Reinvite():
                self._pass_on(event, leg, caller)
            case Ended():
                self.ended.put_nowait(event)
                if leg in legs:
                    caller.bye()

    def _caller_heard(self, event: Event, legs: list[OutgoingCall]) -> None:
        if isinstance(event, Ended):
            for leg in list(legs):
                legs.remove(leg)
                leg.bye()

    def _pass_on(self, event: Reinvite, leg: Call, other: Call) -> None:
        async def work() -> None:
            leg.accept_reinvite(await other.reinvite(event.sdp or ""))

        self._task = asyncio.create_task(work())


@TRANSPORTS
async def test_a_desk_phone_registers_and_unregisters(tmp_path: Path, transport: str) -> None:
    async with registrar() as endpoint:
        changes: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        endpoint.on_registration_change = lambda *change: changes.put_nowait(change)
        async with Baresip(tmp_path, line(endpoint, transport=transport)) as phone:
            await phone.wait_registered()
            assert await changes.get() == ("201", True)
            (contact,) = endpoint.contacts("201")
            assert contact.transport.value.lower() == transport
            assert "baresip" in contact.user_agent
        assert await asyncio.wait_for(changes.get(), PATIENCE) == ("201", False)


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256", "MD5"), ("MD5", "SHA-256")])
async def test_a_desk_phone_registers_with_any_order_of_algorithms(
    tmp_path: Path, algorithms: tuple[str, ...]
) -> None:
    async with registrar(algorithms=algorithms) as endpoint, Baresip(tmp_path, line(endpoint)) as phone:
        await phone.wait_registered()


async def test_a_desk_phone_with_a_wrong_password_is_refused(tmp_path: Path) -> None:
    async with registrar() as endpoint:
        async with Baresip(tmp_path, line(endpoint, password="wrong")) as phone:
            with pytest.raises(RuntimeError, match="403"):
                await phone.wait_registered()
        assert endpoint.registered() == []


@TRANSPORTS
async def test_two_desk_phones_talk_hold_and_hang_up(tmp_path: Path, transport: str) -> None:
    async with registrar() as endpoint:
        Switchboard(endpoint)
        async with (
            Baresip(tmp_path / "a", line(endpoint, "201", transport=transport), tone_hz=600) as anna,
            Baresip(tmp_path / "b", line(endpoint, "202", transport=transport), tone_hz=1400) as bruno,
        ):
            await anna.wait_registered()
            await bruno.wait_registered()
            await anna.dial("202")
            ringing = await bruno.wait_ringing()
            assert "201" in str(ringing["peeruri"])
            await bruno.answer()
            await anna.wait_established()
            await anna.wait_hears(1400)
            await bruno.wait_hears(600)
            await bruno.command("hold")
            await anna.events.wait("CALL_HOLD", "CALL_MODIFY", "CALL_REMOTE_SDP")
            await bruno.command("resume")
            await bruno.hang_up()
            await anna.wait_closed()


async def test_a_caller_gives_up_and_an_unknown_number_is_not_found(tmp_path: Path) -> None:
    async with registrar() as endpoint:
        exchange = Switchboard(endpoint)
        async with (
            Baresip(tmp_path / "a", line(endpoint, "201")) as anna,
            Baresip(tmp_path / "b", line(endpoint, "202")) as bruno,
        ):
            await anna.wait_registered()
            await bruno.wait_registered()
            await anna.dial("202")
            await bruno.wait_ringing()
            await anna.hang_up()
            await bruno.wait_closed()
            assert (await asyncio.wait_for(exchange.ended.get(), PATIENCE)).status == 487
            await anna.dial("299")
            assert "404" in await anna.wait_closed()


async def test_the_other_phone_of_an_extension_stops_ringing_when_one_is_answered(tmp_path: Path) -> None:
    async with registrar() as endpoint:
        exchange = Switchboard(endpoint)
        async with (
            Baresip(tmp_path / "a", line(endpoint, "201")) as anna,
            Baresip(tmp_path / "b", line(endpoint, "202")) as desk,
            Baresip(tmp_path / "c", line(endpoint, "202")) as kitchen,
        ):
            for phone in (anna, desk, kitchen):
                await phone.wait_registered()
            assert len(endpoint.contacts("202")) == 2
            await anna.dial("202")
            await desk.wait_ringing()
            await kitchen.wait_ringing()
            await desk.answer()
            await kitchen.wait_closed()
            assert (await asyncio.wait_for(exchange.ended.get(), PATIENCE)).status == 487
            await anna.wait_hears(desk.tone_hz)


async def test_two_desk_phones_talk_over_tls(tmp_path: Path) -> None:
    authority_file = tmp_path / "authority.pem"
    authority_file.write_text(authority().certificate)
    async with registrar(tls_files=written(tmp_path, issued("127.0.0.1")).both) as endpoint:
        Switchboard(endpoint)
        lines = [
            replace(
                line(endpoint, username, transport="tls", authority=authority_file),
                registrar=f"127.0.0.1:{endpoint.tls_port}",
            )
            for username in PASSWORDS
        ]
        async with (
            Baresip(tmp_path / "a", lines[0], tone_hz=600) as anna,
            Baresip(tmp_path / "b", lines[1], tone_hz=1400) as bruno,
        ):
            await anna.wait_registered()
            await bruno.wait_registered()
            (contact,) = endpoint.contacts("202")
            assert contact.transport is Transport.TLS
            await anna.dial("202")
            await bruno.wait_ringing()
            await bruno.answer()
            await anna.wait_established()
            await anna.wait_hears(1400)
            await bruno.wait_hears(600)
            await bruno.hang_up()
            await anna.wait_closed()


async def test_a_desk_phone_keeps_two_flows_and_is_rung_once_over_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5626: each flow has a name, STUN keeps the one over UDP alive, and the phone rings over either."""
    kept_alive, answer_to = asyncio.Event(), stun.answer_to

    def answer(datagram: bytes, flow: Flow) -> bytes | None:
        kept_alive.set()
        return answer_to(datagram, flow)

    monkeypatch.setattr(stun, "answer_to", answer)
    async with registrar() as endpoint:
        line_of_flows = line(endpoint, "202", flows=("udp", "tcp"))
        async with Baresip(tmp_path, line_of_flows) as phone:
            await phone.wait_registered()
            await phone.wait_registered()
            (contact,) = endpoint.contacts("202")
            assert contact.outbound
            assert {each.transport for each in (contact, *contact.flows)} == {Transport.UDP, Transport.TCP}
            for each in (contact, *contact.flows):
                call = await endpoint.invite(
                    endpoint.target_of(replace(each, flows=())),
                    from_=NameAddress(f"sip:201@{REALM}"),
                    to=NameAddress(f"sip:202@{REALM}"),
                    sdp=ANSWER,
                )
                await phone.wait_ringing()
                call.cancel()
                await phone.wait_closed()
            await asyncio.wait_for(kept_alive.wait(), PATIENCE)


async def test_sipsak_registers_and_is_answered(tmp_path: Path) -> None:
    async with registrar() as endpoint:
        server = f"127.0.0.1:{endpoint.udp_port}"
        assert await run("sipsak", "-s", f"sip:{server}") == 0
        arguments = ("-U", "-s", f"sip:201@{server}", "-C", "sip:201@127.0.0.1:9", "-u", "201", "-x", "300")
        assert await run("sipsak", *arguments, "-a", "secret-201") == 0
        assert [contact.uri for contact in endpoint.contacts("201")] == ["sip:201@127.0.0.1:9"]
        assert await run("sipsak", *arguments, "-a", "wrong") != 0


@pytest.mark.parametrize(("transport", "lost"), [("u1", 0), ("u1", 15), ("t1", 0)])
async def test_sipp_calls_even_when_packets_are_lost(tmp_path: Path, transport: str, lost: int) -> None:
    port = free_port()
    trunk = TrunkConfig(
        "sipp",
        "127.0.0.1",
        port,
        transport=Transport.TCP if transport == "t1" else Transport.UDP,
        keep_alive=0,
    )
    async with registrar(trunk) as endpoint:
        answered = 0

        async def answer(call: IncomingCall) -> None:
            nonlocal answered
            answered += 1
            call.ring()
            call.answer(ANSWER)

        endpoint.on_invite = answer
        code = await run(
            *("sipp", "-sn", "uac", f"127.0.0.1:{endpoint.udp_port}", "-i", "127.0.0.1", "-p", str(port)),
            *("-mp", str(free_port()), "-r", "50", "-m", "100", "-d", "100", "-t", transport, "-nostdin"),
            *(("-lost", str(lost)) if lost else ()),
            *("-timeout", "60s", "-timeout_error", "-cp", str(free_port())),
            folder=tmp_path,
        )
        assert code == 0
        assert answered == 100
        assert lost or not endpoint._core.calls  # a lossy sipp forgets calls of its own


ANSWER = (
    "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
)


async def run(*command: str, folder: Path | None = None) -> int:
    """The exit code of a program."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=folder
    )
    try:
        return await asyncio.wait_for(process.wait(), 90)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
