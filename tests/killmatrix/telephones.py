"""Desk phones of which one process has many: registered, with a tone of their own in each call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from unittest.mock import patch

from bridges.sip.session.session import Session
from bridges.sip.transport import trunk_line
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    Call,
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
from tests.support.office import Colleague
from tests.support.patience import PATIENCE
from tests.support.recording import Sound, hears, strongest
from tests.support.rtp_phone import RtpPhone, target_of

HOUSE = "house"
LOCAL = "127.0.0.1"
#: Packets of 20 ms: looked at together, and until one looks again.
_LOOKED_AT, _AGAIN = 30, 5


class Ear(RtpPhone):
    """A telephone's media; it notes for how long nothing came."""

    def __init__(self, tone_hz: float) -> None:
        super().__init__(tone_hz=tone_hz)
        self.target: tuple[str, int] | None = None
        self._gap, self._last = 0.0, monotonic()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        super().datagram_received(data, addr)
        now = monotonic()
        self._gap, self._last = max(self._gap, now - self._last), now

    def talk_to(self, sdp: str) -> None:
        self.target = target_of(sdp)
        super().talk_to(sdp)

    def watch(self) -> None:
        """From now on."""
        self._gap, self._last = 0.0, monotonic()

    def longest_gap(self) -> float:
        """Seconds without a packet, since `watch` and until now."""
        return max(self._gap, monotonic() - self._last)

    async def wait_hears(self, hz: float, share: float = 0.7) -> None:
        """Until what comes from now on is this tone. Raises TimeoutError, with what was heard instead."""
        self.packets.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                while not hears(self._sound(), hz, share=share):
                    await self.wait_packets(_AGAIN)
        except TimeoutError:
            heard = strongest(self._sound()) if self.packets else "nothing"
            raise TimeoutError(f"the phone of {self.tone_hz} Hz hears {heard}, not {hz} Hz") from None

    def _sound(self) -> Sound:
        del self.packets[:-_LOOKED_AT]
        return Sound(8000, self.heard())


class Side:
    """One side of one call."""

    def __init__(self, call: Call, ear: Ear) -> None:
        self.call, self.ear = call, ear
        self.told: list[Event] = []
        self._news = asyncio.Event()
        call.listen(self._hear)

    def _hear(self, event: Event) -> None:
        self.told.append(event)
        match event:
            case Progress(sdp=str(sdp)) | Answered(sdp=str(sdp)) | Acknowledged(sdp=str(sdp)):
                self.ear.talk_to(sdp)
            case Reinvite(sdp=sdp):
                if sdp is not None:
                    self.ear.talk_to(sdp)
                held = sdp is not None and "a=sendonly" in sdp
                self.call.accept_reinvite(self.ear.sdp("recvonly" if held else "sendrecv"))
        self._news.set()

    async def hears_of(self, kind: type[Event]) -> Event:
        """The first event of this kind, which may have been there already. Raises TimeoutError, and
        AssertionError if the call ends before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    found = next((event for event in self.told if isinstance(event, kind)), None)
                    if found is not None:
                        return found
                    over = next((event for event in self.told if isinstance(event, Ended)), None)
                    assert over is None, f"{over} instead of {kind.__name__}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"never told of {kind.__name__}, but of {self.told}") from None

    async def hold(self, on: bool) -> None:
        """Let the other side wait, or talk again."""
        answer = await self.call.reinvite(self.ear.sdp("sendonly" if on else "sendrecv"))
        if answer is not None:
            self.ear.talk_to(answer)

    def refer(self, number: str) -> None:
        """Transfer the other side, without a word to anybody."""
        call: Any = self.call
        session: Session = call._session
        to = (("Refer-To", f"<sip:{number}@localhost>"),)
        call._do(session.request("REFER", object(), call._core.now(), to))

    async def press(self, keys: str) -> None:
        """Press keys (RFC 4733)."""
        assert self.ear.target is not None
        await self.ear.press(self.ear.target, keys)


class Telephone:
    """All calls of one registered desk phone."""

    def __init__(self, owner: Colleague, endpoint: SipEndpoint) -> None:
        self.owner, self._endpoint = owner, endpoint
        self._incoming: asyncio.Queue[IncomingCall] = asyncio.Queue()
        endpoint.on_invite = self._incoming.put

    async def call(self, number: str, ear: Ear) -> Side:
        """Call a colleague, a slot or the dial-in."""
        endpoint = self._endpoint
        target = endpoint.trunk_target(HOUSE, number)
        caller, headers = endpoint.trunk_caller(HOUSE, None)
        call: OutgoingCall = await endpoint.invite(
            target,
            from_=caller,
            to=NameAddress(f"sip:{number}@localhost"),
            sdp=ear.sdp(),
            headers=headers,
            credentials=endpoint.trunk_credentials(HOUSE),
        )
        return Side(call, ear)

    async def rings(self) -> IncomingCall:
        """The next call."""
        async with asyncio.timeout(PATIENCE):
            call = await self._incoming.get()
        call.ring()
        return call


@asynccontextmanager
async def telephone(
    owner: Colleague, port: int, transport: Transport, authority: str | None = None
) -> AsyncIterator[Telephone]:
    """A desk phone of a colleague, registered at a port of the house; `authority` is whom it believes over
    TLS (PEM)."""
    line = TrunkConfig(
        HOUSE,
        LOCAL,
        port,
        kind="register",
        transport=transport,
        username=owner.extension,
        password=owner.sip_password,
        from_user=owner.extension,
        from_domain="localhost",
        keep_alive=0,
        tls_ca=authority,
    )
    config = EndpointConfig(
        domain="localhost",
        realm="phone",
        udp_port=0,
        tcp_port=0,
        registrar=False,
        trunks=(line,),
        user_agent="Killed",
    )
    endpoint, registered = SipEndpoint(config), asyncio.Event()
    endpoint.on_trunk_change = lambda status: registered.set() if status.up else None
    # A line waits before it registers anew over another connection; a telephone does not.
    with patch.object(trunk_line, "QUIET", 0.0):
        await endpoint.start()
        try:
            await asyncio.wait_for(registered.wait(), PATIENCE)
            yield Telephone(owner, endpoint)
        finally:
            await endpoint.stop()


def ended_by_bye(side: Side) -> bool:
    """Whether the last thing heard is that the other side hung up."""
    return isinstance(side.told[-1], Ended) and side.told[-1].by.value == "bye"
