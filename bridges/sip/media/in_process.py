"""The gateway inside the bridge's own process: no transcoding, G.711 and G.722 pass below the codecs."""

import asyncio
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bridges.sip.media.call import Call, Party
from bridges.sip.media.gateway import MediaError, MediaReport, Peer, Profile, UnknownLeg
from bridges.sip.media.latch import Trust
from bridges.sip.media.leg import Leg, Transport
from bridges.sip.media.plain import PlainTransport
from bridges.sip.media.ports import RtpPorts
from bridges.sip.media.webrtc import WebRtcPort, WebRtcTransport
from bridges.sip.networks import Advertised
from logs import log as logs

log = logs.get(__name__)

_TICK = 1.0


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Where media is received, and how long silence is believed.

    Attributes:
        host: address to bind, an IP literal.
        advertised_host: address that peers are told, if it differs (a public address mapped one to
            one); required when `host` is "0.0.0.0" or "::".
        advertised: addresses that phones and trunks in certain networks are told instead.
        webrtc_host: address to bind for browsers, if it differs. Firefox never pairs its candidates
            with a loopback address (Chromium does), so on a machine of one's own with `host` 127.0.0.1
            browsers need another one: see `outward_address`.
        webrtc_port: the one UDP port of all browsers; 0 takes any.
        rtp_port_min, rtp_port_max: range for phones and trunks, two ports a leg.
        rtp_pairs_kept: legs that find a port when all others are in use, for emergency calls.
        silence_check: seconds without RTP or RTCP after which a phone's signalling is asked for it.
        silence_limit: seconds without them until a phone counts as gone whatever that says; 0 for never.
        consent_timeout: seconds without ICE consent until a browser counts as gone (RFC 7675).
        trust: whose packets are taken besides those from the address of the SDP, see `Latch`.
    """

    host: str = "127.0.0.1"
    advertised_host: str | None = None
    advertised: Advertised = field(default_factory=Advertised)
    webrtc_host: str | None = None
    webrtc_port: int = 5062
    rtp_port_min: int = 20_000
    rtp_port_max: int = 20_999
    rtp_pairs_kept: int = 2
    silence_check: float = 60.0
    silence_limit: float = 0.0
    consent_timeout: float = 30.0
    trust: Trust = Trust.PHONES

    def __post_init__(self) -> None:
        """Raises:
        ValueError: an address is not an IP literal, or nobody could be told where to send.
        """
        for host in (self.told_host, self.told_webrtc_host):
            if ipaddress.ip_address(host).is_unspecified:
                raise ValueError("media: advertised_host is required when host is a wildcard")

    @property
    def told_host(self) -> str:
        """What phones and trunks are told."""
        return self.advertised_host or self.host

    @property
    def told_webrtc_host(self) -> str:
        """What browsers are told."""
        return self.advertised_host or self.webrtc_host or self.host


class InProcessMediaGateway:
    """`MediaGateway` on asyncio datagrams. `await start()` before use, `await close()` at the end."""

    def __init__(self, settings: MediaSettings) -> None:
        self.on_media_timeout: Callable[[str, str], None] | None = None
        self.on_silence: Callable[[str, str, float], None] | None = None
        self._settings = settings
        self._ports = RtpPorts(
            settings.host, settings.rtp_port_min, settings.rtp_port_max, settings.rtp_pairs_kept
        )
        self._webrtc = WebRtcPort()
        self._calls: dict[str, Call] = {}
        self._told_gone: set[tuple[str, str]] = set()
        self._told_silent: set[tuple[str, str]] = set()
        # Opening ports waits for the loop: two offers of one call must not make a leg twice.
        self._making = asyncio.Lock()
        self._ticker: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Binds the WebRTC port.

        Raises:
            OSError: it is taken.
        """
        settings = self._settings
        bound = settings.webrtc_host or settings.host
        await self._webrtc.open(bound, settings.webrtc_port, settings.told_webrtc_host)
        self._ticker = asyncio.get_running_loop().call_later(_TICK, self._tick)

    @property
    def webrtc_port(self) -> int:
        """The port in use, also when the settings said 0."""
        return self._webrtc.address[1]

    def meet(self, call_id: str, leg: str, peer: Peer) -> None:
        self._calls.setdefault(call_id, Call()).meet(leg, peer)

    async def offer(
        self,
        call_id: str,
        from_leg: str,
        to_leg: str,
        sdp: str,
        from_profile: Profile,
        to_profile: Profile,
        *,
        emergency: bool = False,
    ) -> str:
        async with self._making:
            call = self._calls.setdefault(call_id, Call())
            made: list[str] = []
            try:
                near = await self._party(call, from_leg, from_profile, made, emergency)
                remote = near.read(sdp)
                far = await self._party(call, to_leg, to_profile, made, emergency)
            except Exception:
                for name in made:
                    await self._remove(call_id, name)
                if not call.parties:
                    self._calls.pop(call_id, None)
                raise
        return call.offer(near, far, remote)

    async def fresh_offer(self, call_id: str, from_leg: str, to_leg: str) -> str:
        call = self._call(call_id)
        return call.fresh_offer(call.party(from_leg), call.party(to_leg))

    async def answer(self, call_id: str, from_leg: str, to_leg: str, sdp: str) -> str:
        call = self._call(call_id)
        return call.answer(call.party(from_leg), call.party(to_leg), sdp, time.monotonic())

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None:
        """Nothing to do: a lite agent waits for checks and never sends one (RFC 8445, Section 2.5)."""

    async def delete(self, call_id: str, leg: str | None = None) -> None:
        async with self._making:
            call = self._calls.get(call_id)
            if call is None:
                return
            for name in [leg] if leg is not None else list(call.parties):
                await self._remove(call_id, name)
            if not call.parties:
                self._calls.pop(call_id, None)

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        await self._call(call_id).party(to_leg).leg.play_key(digit, duration_ms)

    def vouch(self, call_id: str, leg: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and leg in call.parties:
            call.parties[leg].leg.vouched_at = time.monotonic()

    def report(self, call_id: str) -> MediaReport | None:
        call = self._calls.get(call_id)
        return call.report() if call else None

    async def close(self) -> None:
        if self._ticker:
            self._ticker.cancel()
        for call_id in list(self._calls):
            await self.delete(call_id)
        await self._webrtc.close()

    def check(self, now: float, wall: float) -> None:
        """Once a second: reports (RTCP) that are due, and legs that have gone.

        Args:
            now: monotonic seconds.
            wall: seconds since 1970.
        """
        for call_id, call in list(self._calls.items()):
            for party in list(call.parties.values()):
                party.leg.send_report(now, wall)
                self._look_after(call_id, party.leg, now)

    def _look_after(self, call_id: str, leg: Leg, now: float) -> None:
        key, settings = (call_id, leg.name), self._settings
        self._look_for_silence(key, leg, now)
        if not leg.gone(now, settings.silence_limit, settings.consent_timeout):
            self._told_gone.discard(key)
        elif key not in self._told_gone:
            self._told_gone.add(key)
            log.warning("media_gone", call_id=call_id, leg=leg.name, connected=leg.transport.connected)
            if self.on_media_timeout:
                self.on_media_timeout(call_id, leg.name)

    def _look_for_silence(self, key: tuple[str, str], leg: Leg, now: float) -> None:
        if not leg.unheard(now, self._settings.silence_check):
            self._told_silent.discard(key)
        elif key not in self._told_silent:
            self._told_silent.add(key)
            log.debug("media_silent", call_id=key[0], leg=key[1], seconds=round(leg.silent_for(now)))
            if self.on_silence:
                self.on_silence(*key, leg.silent_for(now))

    def _tick(self) -> None:
        self._ticker = asyncio.get_running_loop().call_later(_TICK, self._tick)
        self.check(time.monotonic(), time.time())

    def _call(self, call_id: str) -> Call:
        try:
            return self._calls[call_id]
        except KeyError:
            raise UnknownLeg(f"no call {call_id}") from None

    async def _party(
        self, call: Call, name: str, profile: Profile, made: list[str], emergency: bool
    ) -> Party:
        """The leg, made if it is new; its name is then added to `made`."""
        party = call.parties.get(name)
        if party is None:
            made.append(name)
            peer = call.peers.get(name)
            return call.add(Leg(name, profile, await self._transport(profile, peer, emergency)))
        if party.leg.profile is not profile:
            raise MediaError(f"leg {name} is {party.leg.profile.value}, not {profile.value}")
        return party

    async def _transport(self, profile: Profile, peer: Peer | None, emergency: bool) -> Transport:
        if profile is Profile.WEBRTC:
            return WebRtcTransport(self._webrtc)
        settings = self._settings
        told = settings.advertised.to(peer.host if peer else None) or settings.told_host
        return await PlainTransport.open(self._ports, told, settings.trust, emergency=emergency)

    async def _remove(self, call_id: str, name: str) -> None:
        self._told_gone.discard((call_id, name))
        self._told_silent.discard((call_id, name))
        leg = self._calls[call_id].remove(name)
        if leg:
            await leg.transport.close()
