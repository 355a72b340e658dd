"""Phones register and call over real sockets; strangers do not."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

import pytest

from bridges.sip.auth import DigestClient
from bridges.sip.message import OutgoingRequest, Response, Transport, make_response
from bridges.sip.transport.api import (
    Account,
    FromPhone,
    FromTrunk,
    IncomingCall,
    NameAddress,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ACCOUNTS,
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    REALM,
    MemoryStore,
    Peer,
    account,
    accounts,
    peer,
    running,
    within,
)


class Phone:
    """A phone made of a bare socket."""

    def __init__(
        self, socket: Peer, endpoint: SipEndpoint, username: str = "201", password: str = ""
    ) -> None:
        self.socket = socket
        self.endpoint = endpoint
        self.username = username
        self.digest = DigestClient(username, password or f"secret-{username}")
        self.cseq = 0

    def request(self, method: str, **more: Any) -> OutgoingRequest:
        self.cseq += 1
        own = f"sip:{self.username}@{REALM}"
        request = OutgoingRequest(
            method=method,
            uri=f"sip:{REALM}" if method == "REGISTER" else f"sip:202@{REALM}",
            transport=Transport.UDP,
            sent_by="10.9.9.9:5060",
            branch=f"z9hG4bK{self.socket.port}{self.cseq}",
            from_=f"<{own}>;tag=p",
            to=f"<{own}>" if method == "REGISTER" else f"<sip:202@{REALM}>",
            call_id=f"call-{self.socket.port}",
            cseq=self.cseq,
            headers=(("Contact", f"<sip:{self.username}@10.9.9.9:5060>"), ("Expires", "120")),
        )
        return replace(request, **more)

    async def say(self, request: OutgoingRequest) -> Response:
        """The first response to a request."""
        self.socket.send(request.encode(), self.endpoint.udp_port)
        return await self.socket.response(lambda r: r.branch == request.branch)

    def challenged(self, response: Response) -> bool:
        name = "www-authenticate" if response.status == 401 else "proxy-authenticate"
        return self.digest.take(response.headers.get(name, []))

    async def authenticated(self, method: str, **more: Any) -> Response:
        """The final response to a request whose challenge is answered."""
        challenge = await self.say(self.request(method, **more))
        assert self.challenged(challenge), challenge.status
        return await self.again(method, challenge, **more)

    async def again(self, method: str, challenge: Response, **more: Any) -> Response:
        request = self.request(method, **more)
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        value = self.digest.authorization(method, request.uri, "c0ffee")
        assert value is not None
        request = replace(request, headers=((name, value), *request.headers))
        self.socket.send(request.encode(), self.endpoint.udp_port)
        return await self.socket.response(lambda r: r.branch == request.branch and r.status >= 200)


async def test_a_phone_registers_is_told_about_saved_and_found_after_a_restart() -> None:
    store, changes = MemoryStore(), []
    endpoint = SipEndpoint(CONFIG, accounts, store)
    endpoint.on_registration_change = lambda username, registered: changes.append((username, registered))
    async with peer() as socket:
        async with running(endpoint):
            phone = Phone(socket, endpoint)
            assert (await phone.authenticated("REGISTER")).status == 200
            (contact,) = endpoint.contacts("201")
            assert (contact.uri, contact.host, contact.port) == ("sip:201@10.9.9.9:5060", LOCAL, socket.port)
            assert changes == [("201", True)]
            assert endpoint.registered() == ["201"]
        again = SipEndpoint(CONFIG, accounts, store)
        async with running(again):
            target = again.target_of(again.contacts("201")[0])
            assert (target.host, target.port, target.symmetric) == (LOCAL, socket.port, True)
            phone = Phone(socket, again)
            phone.cseq = 50
            assert (
                await phone.authenticated("REGISTER", headers=(("Contact", "*"), ("Expires", "0")))
            ).status == 200
            assert again.contacts("201") == []
        assert store.rows["201"] == []


async def test_a_thousand_phones_register_at_once() -> None:
    """As after a power cut. What the kernel drops is sent again, later each time, as phones do."""

    async def anybody(username: str) -> Account | None:
        return account(username, f"secret-{username}")

    store = MemoryStore()
    endpoint = SipEndpoint(CONFIG, anybody, store)

    async def comes(number: int) -> int:
        async with peer(f"127.0.0.{2 + number % 50}") as socket:
            phone, patience = Phone(socket, endpoint, str(1000 + number)), 4.0
            while True:
                with contextlib.suppress(TimeoutError):
                    return (await asyncio.wait_for(phone.authenticated("REGISTER"), patience)).status
                patience = min(2 * patience, 32.0)

    async with running(endpoint):
        assert set(await asyncio.gather(*map(comes, range(1000)))) == {200}
        everybody = [str(1000 + number) for number in range(1000)]
        assert sorted(endpoint.registered()) == everybody
    assert sorted(store.rows) == everybody


async def test_both_algorithms_are_offered_and_both_are_taken() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        for algorithm in ("MD5", "SHA-256"):
            phone = Phone(socket, endpoint)
            phone.cseq = socket.port if algorithm == "MD5" else socket.port + 10
            challenge = await phone.say(phone.request("REGISTER"))
            values = [v for v in challenge.headers["www-authenticate"] if algorithm in v]
            assert phone.digest.take(values)
            assert (await phone.again("REGISTER", challenge)).status == 200


@pytest.mark.parametrize(("username", "password"), [("201", "wrong"), ("999", "whatever")])
async def test_a_wrong_password_and_an_unknown_account_look_the_same_and_are_slowed(
    username: str, password: str
) -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint, username, password)
        for _ in range(6):
            answer = await phone.authenticated("REGISTER")
            assert answer.status == 403
        assert "retry-after" in answer.headers
        right = Phone(socket, endpoint, "202")
        right.cseq = 100
        assert (await right.authenticated("REGISTER")).status == 200, "another account is not touched"


async def test_nobody_registers_as_somebody_else() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint)
        answer = await phone.authenticated("REGISTER", to=f"<sip:202@{REALM}>")
        assert answer.status == 403
        assert endpoint.registered() == []


async def test_a_registration_that_is_too_brief_is_refused_with_the_minimum() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        headers = (("Contact", "<sip:201@10.9.9.9>"), ("Expires", "5"))
        answer = await Phone(socket, endpoint).authenticated("REGISTER", headers=headers)
        assert (answer.status, answer.header("min-expires")) == (423, "60")


async def test_a_registration_that_requires_what_is_not_spoken_is_told_what() -> None:
    """RFC 3261, Section 10.3."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint)
        request = phone.request("REGISTER")
        required = replace(request, headers=(*request.headers, ("Require", "path, gin, Outbound")))
        answer = await phone.say(required)
        assert (answer.status, answer.header("unsupported")) == (420, "gin")
        known = phone.request("REGISTER")
        headers = (*known.headers, ("Require", "path, outbound"))
        assert (await phone.say(replace(known, headers=headers))).status == 401


async def test_a_registered_phone_calls_with_its_digest_and_as_nobody_else() -> None:
    calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:

        async def take(call: IncomingCall) -> None:
            await calls.put(call)
            call.answer(ANSWER)

        endpoint.on_invite = take
        phone = Phone(socket, endpoint)
        body = {"body": OFFER.encode()}
        assert (await phone.authenticated("INVITE", **body)).status == 200
        call = await within(calls.get())
        assert call.origin == FromPhone(ACCOUNTS["201"])
        assert call.dialled == "202"
        forged = f"<sip:202@{REALM}>;tag=p"
        answer = await phone.authenticated("INVITE", from_=forged, call_id="forged", **body)
        assert answer.status == 200
        call = await within(calls.get())
        assert (call.origin, call.caller_number, call.withheld) == (FromPhone(ACCOUNTS["201"]), "201", False)


@pytest.mark.parametrize(
    ("more", "withheld"),
    [
        ({"from_": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a1'}, True),
        ({"from_": f"<sip:Anonymous@{REALM}>;tag=a1"}, True),
        ({"from_": f'"Caf\u00e9" <sip:someone@{REALM}>;tag=a1'}, False),
        ({"from_": "<sip:anonymous.invalid>;tag=a1"}, True),
        ({"from_": "<tel:+39061234>;tag=a1"}, False),
        ({"headers": (("Privacy", "id"),)}, True),
        ({"headers": (("Privacy", "header; user;critical"),)}, True),
        ({"headers": (("Privacy", "none"),)}, False),
        ({"headers": (("P-Preferred-Identity", f"<sip:202@{REALM}>"),)}, False),
        ({"headers": (("Remote-Party-ID", f"<sip:201@{REALM}>;party=calling;privacy=full"),)}, True),
        ({"headers": (("Remote-Party-ID", f"<sip:201@{REALM}>;privacy=off"),)}, False),
    ],
)
async def test_the_caller_is_who_signed_in_whatever_from_says(more: dict[str, Any], withheld: bool) -> None:
    """Case 5: the digest says who calls; From, P-Preferred-Identity and Privacy say what is shown."""
    calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:

        async def take(call: IncomingCall) -> None:
            await calls.put(call)
            call.answer(ANSWER)

        endpoint.on_invite = take
        phone = Phone(socket, endpoint)
        contact = ("Contact", f"<sip:201@{LOCAL}>")
        more = {**more, "headers": (contact, *more.get("headers", ())), "body": OFFER.encode()}
        assert (await phone.authenticated("INVITE", **more)).status == 200
        call = await within(calls.get())
        assert call.origin == FromPhone(ACCOUNTS["201"])
        assert (call.withheld, call.caller_number) == (withheld, None if withheld else "201")


async def test_a_failing_account_service_is_503_and_no_guess() -> None:
    async def broken(_: str) -> Account | None:
        raise OSError("the web process is away")

    async with running(SipEndpoint(CONFIG, broken)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint)
        for _ in range(8):
            assert (await phone.authenticated("REGISTER")).status == 503


async def test_a_cancel_while_the_account_is_looked_up_is_heeded() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(username: str) -> Account | None:
        asked.set()
        await go_on.wait()
        return ACCOUNTS[username]

    async with running(SipEndpoint(CONFIG, slow)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint)
        assert phone.challenged(await phone.say(phone.request("INVITE")))
        value = phone.digest.authorization("INVITE", f"sip:202@{REALM}", "c") or ""
        base = phone.request("INVITE")
        request = replace(base, headers=(("Proxy-Authorization", value), *base.headers))
        socket.send(request.encode(), endpoint.udp_port)
        await within(asked.wait())
        socket.send(request.cancel().encode(), endpoint.udp_port)
        assert (await socket.response(lambda r: r.cseq.method == "CANCEL")).status == 200
        assert (await socket.response(lambda r: r.cseq.method == "INVITE" and r.status >= 200)).status == 487
        go_on.set()


async def test_an_invite_of_a_stranger_is_challenged_or_forbidden_without_state() -> None:
    for endpoint, status in ((SipEndpoint(CONFIG, accounts), 407), (SipEndpoint(CONFIG), 403)):
        async with running(endpoint), peer() as socket:
            phone = Phone(socket, endpoint)
            assert (await phone.say(phone.request("INVITE"))).status == status
            assert len(endpoint._core.layer) == 0


# --- a trunk that registers, with an endpoint of ours as the provider ---


async def until(found: asyncio.Queue[TrunkStatus], up: bool) -> TrunkStatus:
    while True:
        status: TrunkStatus = await within(found.get())
        if status.up is up:
            return status


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
async def test_a_trunk_registers_is_called_by_its_contact_and_unregisters(transport: Transport) -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as provider:
        port = provider.udp_port if transport is Transport.UDP else provider.tcp_port
        trunk = TrunkConfig("p", LOCAL, port or 0, "register", transport, "201", "secret-201")
        found: asyncio.Queue[TrunkStatus] = asyncio.Queue()
        calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        ours = SipEndpoint(replace(CONFIG, trunks=(trunk,)))
        ours.on_trunk_change, ours.on_invite = found.put_nowait, calls.put
        async with running(ours):
            await until(found, up=True)
            (contact,) = provider.contacts("201")
            from_, to = NameAddress("sip:+39061234@x"), NameAddress("sip:+390698765@provider")
            await provider.invite(provider.target_of(contact), from_=from_, to=to, sdp=OFFER)
            call = await within(calls.get())
            assert (call.origin, call.dialled) == (FromTrunk("p"), "+390698765")
        assert provider.contacts("201") == []


async def test_a_trunk_with_a_wrong_password_says_so() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as provider:
        trunk = TrunkConfig("p", LOCAL, provider.udp_port or 0, "register", Transport.UDP, "201", "wrong")
        found: asyncio.Queue[TrunkStatus] = asyncio.Queue()
        ours = SipEndpoint(replace(CONFIG, trunks=(trunk,)))
        ours.on_trunk_change = found.put_nowait
        async with running(ours):
            while (await within(found.get())).why != "403 Forbidden":
                pass
            assert ours.trunk_status() == [TrunkStatus("p", up=False, why="403 Forbidden", usable=False)]


async def test_a_peer_that_answers_options_is_up_and_one_that_does_not_is_down() -> None:
    async with running(SipEndpoint(CONFIG)) as there:
        trunks = (
            TrunkConfig("there", LOCAL, there.udp_port or 0, keep_alive=0.05),
            TrunkConfig("away", LOCAL, 9, transport=Transport.TCP, keep_alive=0.01),
        )
        found: asyncio.Queue[TrunkStatus] = asyncio.Queue()
        ours = SipEndpoint(replace(CONFIG, trunks=trunks))
        ours.on_trunk_change = found.put_nowait
        async with running(ours):
            names = {(status.name, status.up) for status in [await within(found.get()) for _ in range(4)]}
            assert {("away", False), ("there", True)} <= names
            assert [(status.up, status.usable) for status in ours.trunk_status()] == [
                (True, True),
                (False, True),
            ]


def test_a_number_that_fits_no_uri_is_refused() -> None:
    endpoint = SipEndpoint(replace(CONFIG, trunks=(TrunkConfig("p", "192.0.2.1"),)))
    assert endpoint.trunk_target("p", "+39061234").uri == "sip:+39061234@192.0.2.1:5060"
    with pytest.raises(ValueError, match="number"):
        endpoint.trunk_target("p", "1@evil> ")
    with pytest.raises(KeyError):
        endpoint.trunk_target("q", "1")


async def test_a_nonce_got_from_another_address_is_worth_nothing() -> None:
    """L3: forged sources can neither make look-ups nor lock a phone out with a nonce got elsewhere."""
    asked: list[str] = []

    async def watched(username: str) -> Account | None:
        asked.append(username)
        return ACCOUNTS.get(username)

    async with (
        running(SipEndpoint(CONFIG, watched)) as endpoint,
        peer() as socket,
        peer("127.0.0.2") as other,
    ):
        forger = Phone(other, endpoint, password="wrong")
        assert forger.challenged(await forger.say(forger.request("REGISTER")))
        phone = Phone(socket, endpoint)
        for _ in range(8):
            request = phone.request("REGISTER")
            value = forger.digest.authorization("REGISTER", request.uri, "c0ffee") or ""
            answer = await phone.say(replace(request, headers=(("Authorization", value), *request.headers)))
            assert (answer.status, "stale=true" in answer.headers["www-authenticate"][0]) == (401, True)
        assert asked == []
        assert (await phone.authenticated("REGISTER")).status == 200


@pytest.mark.parametrize(
    "username", ["2" * 7_000, "anna", "1", "", "2o1", "\u0662\u0660\u0661", "201/../202"]
)
async def test_a_user_name_that_is_no_extension_is_never_looked_up_or_remembered(username: str) -> None:
    """L3: `[0-9]{2,6}` before any look-up."""
    asked: list[str] = []

    async def watched(username: str) -> Account | None:
        asked.append(username)
        return None

    async with running(SipEndpoint(CONFIG, watched)) as endpoint, peer() as socket:
        phone = Phone(socket, endpoint, "201")
        phone.digest = DigestClient(username, "secret")
        for _ in range(7):
            assert (await phone.authenticated("REGISTER")).status == 403
        assert asked == []
        registrations = endpoint._registrations
        assert registrations is not None
        assert not registrations._authenticator._throttle._records


async def test_a_phone_that_sends_from_another_port_than_it_listens_on_is_reached_at_its_contact() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as sends, peer() as listens:
        contact = ("Contact", f"<sip:201@{LOCAL}:{listens.port}>")
        phone = Phone(sends, endpoint)
        registered = await phone.authenticated("REGISTER", headers=(contact, ("Expires", "120")))
        assert registered.status == 200
        target = endpoint.target_of(endpoint.contacts("201")[0])
        from_, to = NameAddress(f"sip:202@{REALM}"), NameAddress(f"sip:201@{REALM}")
        call = await endpoint.invite(target, from_=from_, to=to, sdp=OFFER)
        invited = await listens.request("INVITE")
        headers, body = [contact], ANSWER.encode()
        data = make_response(invited, 200, to_tag="p", headers=headers, body=body)
        sends.send(data, endpoint.udp_port)
        await listens.request("ACK")
        call.bye()
        await listens.request("BYE")


async def test_a_caller_that_listens_on_another_port_is_hung_up_there() -> None:
    calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as sends, peer() as listens:
        endpoint.on_invite = calls.put
        phone = Phone(sends, endpoint)
        headers = (("Contact", f"<sip:201@{LOCAL}:{listens.port}>"),)
        challenge = await phone.say(phone.request("INVITE", headers=headers, body=OFFER.encode()))
        assert phone.challenged(challenge)
        invite = phone.request("INVITE", headers=headers, body=OFFER.encode())
        value = phone.digest.authorization("INVITE", invite.uri, "c0ffee") or ""
        invite = replace(invite, headers=(("Proxy-Authorization", value), *headers))
        sends.send(invite.encode(), endpoint.udp_port)
        call = await within(calls.get())
        call.answer(ANSWER)
        answered = await sends.response(lambda r: r.branch == invite.branch and r.status == 200)
        ack = replace(invite, method="ACK", to=str(answered.headers["to"][0]), body=b"", branch="z9hG4bKack")
        sends.send(ack.encode(), endpoint.udp_port)
        call.bye()
        await listens.request("BYE")


async def test_a_phone_behind_a_proxy_is_called_through_it() -> None:
    """RFC 3327: the Path of its REGISTER is the Route of what is sent to it."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as proxy, peer() as inner:
        path = (f"<sip:edge@{LOCAL}:{proxy.port};lr>", f"<sip:{LOCAL}:{inner.port};lr>")
        contact = ("Contact", "<sip:201@10.9.9.9:5066>")
        headers = (contact, ("Expires", "120"), ("Supported", "path"), *(("Path", value) for value in path))
        registered = await Phone(proxy, endpoint).authenticated("REGISTER", headers=headers)
        assert registered.status == 200
        assert tuple(registered.headers["path"]) == path
        target = endpoint.target_of(endpoint.contacts("201")[0])
        from_, to = NameAddress(f"sip:202@{REALM}"), NameAddress(f"sip:201@{REALM}")
        await endpoint.invite(target, from_=from_, to=to, sdp=OFFER)
        invited = await proxy.request("INVITE")
        assert invited.target == "sip:201@10.9.9.9:5066"
        assert tuple(invited.headers["route"]) == path


async def test_a_path_without_end_is_refused_and_not_kept() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        long = tuple(("Path", f"<sip:p{number}.example;lr>") for number in range(9))
        headers = (("Contact", f"<sip:201@{LOCAL}:{socket.port}>"), ("Expires", "120"), *long)
        assert (await Phone(socket, endpoint).authenticated("REGISTER", headers=headers)).status == 400
        assert endpoint.contacts("201") == []


async def test_a_path_that_cannot_be_read_is_passed_over() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint, peer() as socket:
        headers = (("Contact", f"<sip:201@{LOCAL}:{socket.port}>"), ("Expires", "120"), ("Path", "<garbage"))
        assert (await Phone(socket, endpoint).authenticated("REGISTER", headers=headers)).status == 200
        assert endpoint.contacts("201")[0].path == ()
