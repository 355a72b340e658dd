"""Phones behind a router over TCP, whose connection is gone, or replaced by another one, while they call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bridges.sip.message import Flow
from bridges.sip.transport.call import UasCall
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import CONFIG, accounts, running, within
from tests.bridges.sip.transport.test_restart import CONTACTS, Phone, calls_us, rings_here

INSTANCE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
FLOW = (f"Contact: <{CONTACTS[0]}>;+sip.instance={INSTANCE};reg-id=1", "Supported: path, outbound")


def by_port(port: int) -> tuple[str, ...]:
    """As who names the port that their connection has, and nothing that stays."""
    return (f"Contact: <sip:201@192.0.2.9:{port};transport=tcp>",)


#: What a phone says when it registers over its first connection, and over the next.
PHONES = [
    pytest.param((), (), id="the same Contact"),
    pytest.param(by_port(40001), by_port(40002), id="another Contact"),
    pytest.param(FLOW, FLOW, id="a flow of RFC 5626"),
]


@asynccontextmanager
async def lost(endpoint: SipEndpoint) -> AsyncIterator[None]:
    """What happens in here closes a connection; wait until that is known."""
    known, tell = asyncio.Event(), endpoint._core.network.lost

    def is_lost(flow: Flow) -> None:
        tell(flow)
        known.set()

    endpoint._core.network.lost = is_lost
    yield
    await within(known.wait())
    endpoint._core.network.lost = tell


@pytest.mark.parametrize(("first", "then"), PHONES)
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_caller_over_a_new_connection_is_told_that_the_call_is_declined(
    first: tuple[str, ...], then: tuple[str, ...], is_there: bool
) -> None:
    """Who has not come back yet is told when they have: nothing else would end their ringing."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        phone = await Phone.at(endpoint, registers_as=first, contact=CONTACTS[1])
        call = await rings_here(phone, endpoint)
        assert isinstance(call, UasCall)
        async with lost(endpoint):
            phone.close()
        if not is_there:
            call.reject(603)
            await asyncio.sleep(0)
        await phone.connect(endpoint)
        phone.registers_as = then or phone.registers_as
        await phone.register()
        if is_there:
            call.reject(603)
        assert (await phone.hears()).startswith(b"SIP/2.0 603 ")
        phone.close()


@pytest.mark.parametrize(("first", "then"), PHONES)
async def test_a_router_that_forgets_a_connection_leaves_no_caller_ringing(
    first: tuple[str, ...], then: tuple[str, ...]
) -> None:
    """The old one is open here, and nothing that is said over it arrives."""
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        phone = await Phone.at(endpoint, registers_as=first, contact=CONTACTS[1])
        call = await rings_here(phone, endpoint)
        assert isinstance(call, UasCall)
        forgotten = phone._writer
        await phone.connect(endpoint)
        phone.registers_as = then or phone.registers_as
        await phone.register()
        call.reject(486)
        assert (await phone.hears()).startswith(b"SIP/2.0 486 ")
        forgotten.close()
        phone.close()


@pytest.mark.parametrize(("first", "then"), PHONES)
@pytest.mark.parametrize("is_there", [True, False])
async def test_who_talks_is_hung_up_over_a_new_connection(
    first: tuple[str, ...], then: tuple[str, ...], is_there: bool
) -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        phone = await Phone.at(endpoint, registers_as=first, contact=CONTACTS[1])
        call = await calls_us(phone, endpoint)
        async with lost(endpoint):
            phone.close()
        if not is_there:
            call.bye()
            await asyncio.sleep(0)
        await phone.connect(endpoint)
        phone.registers_as = then or phone.registers_as
        await phone.register()
        if is_there:
            call.bye()
        assert (await phone.hears()).startswith(b"BYE ")
        phone.close()


async def test_a_phone_that_uses_two_connections_is_answered_over_the_one_it_asks_by() -> None:
    async with running(SipEndpoint(CONFIG, accounts)) as endpoint:
        phone = await Phone.at(endpoint)
        reader, writer = phone._reader, phone._writer
        await phone.connect(endpoint)
        await phone.register()
        other = phone._writer
        phone._reader, phone._writer = reader, writer
        call = await rings_here(phone, endpoint)
        assert isinstance(call, UasCall)
        call.reject(486)
        assert (await phone.hears()).startswith(b"SIP/2.0 486 ")
        other.close()
        phone.close()
