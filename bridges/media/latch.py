"""From whom a leg's packets are accepted, and where its own go. Pure.

A phone behind address translation sends from another address than its SDP says, so the SDP cannot be
taken literally; whoever sends first cannot be trusted either, or a stranger who sprays the port range
hears the call ("RTP bleed").
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address

from bridges.media.call_state import LatchState
from bridges.media.gateway import Peer
from bridges.sdp.audio import Address

#: Packets in sequence that a source without any other claim has to send (RFC 3550, Appendix A.1, asks two).
PROBATION = 4
#: Steps in the sequence numbers that still count as one sequence.
_STEP = 3
#: Sources on probation at a time; the least proven gives way.
_TRIALS = 64
#: Seconds after which a source that fell silent may be followed by another stream.
SILENCE = 0.3


class Trust(Enum):
    """Whose packets are taken besides those from the address of the SDP, whatever their port."""

    SDP = "sdp"  #: nobody's
    SIGNALLING = "signalling"  #: also those from the address that the signalling comes from
    PHONES = "phones"  #: also, for an authenticated phone from another network, the first stream's


@dataclass(slots=True)
class _Trial:
    ssrc: bytes
    sequence: int
    packets: int = 1


class Latch:
    """Whose packets a port accepts, and where it sends: symmetric RTP with a strict source (RFC 4961).

    1. The address and port of the SDP are always accepted, and once seen they are the only ones.
    2. Until then the first source with the SDP's *address*, or with the signalling's (`Trust`), any port,
       is latched, once. Everything else is refused, and counted by the caller.
    3. An authenticated phone whose signalling comes from a public address and whose SDP names a private
       one may send from anywhere: whoever first sends `PROBATION` packets in sequence is latched, until
       the address of the SDP or of the signalling is heard.
    4. An authenticated phone may change its port in mid call: the same stream (SSRC) is followed, and
       another one once the first fell silent, after `PROBATION` packets, too.
    5. Packets go to the source that is latched. Before that they go to the address of the SDP; to the
       signalling's where the SDP's cannot be reached from here.
    6. A new address in a later offer or answer starts over.
    7. To a peer that has not shown that it is there (`Peer.proven`) nothing is sent but to its
       signalling's own address: one forged INVITE would make us send to a third party.

    Attributes:
        source: who is latched; None before.
        destination: where packets go; None when they go nowhere.

    Args:
        streams: RTP, which can be told by its sequence numbers; False for RTCP.
    """

    def __init__(self, trust: Trust = Trust.PHONES, *, streams: bool = True) -> None:
        self._trust, self._streams = trust, streams
        self._told: Address | None = None
        self._peer: Peer | None = None
        self._hosts: frozenset[str] = frozenset()
        self._anybody = self._follows = False
        self._guess: Address | None = None
        self._trials: dict[Address, _Trial] = {}
        self.source: Address | None = None
        self.destination: Address | None = None

    def expect(self, target: Address | None, peer: Peer | None = None) -> None:
        """Tells what the SDP says; None (the old hold) leaves things as they are. And who the peer is."""
        before, last = self._told, self.source
        self._told, self._peer = target or before, peer
        if self._told is None:
            return
        elsewhere = peer is not None and self._trust is not Trust.SDP and _elsewhere(self._told[0], peer.host)
        signalling = {plain(peer.host)} if peer is not None and self._trust is not Trust.SDP else set()
        self._hosts = frozenset({plain(self._told[0])} | signalling)
        authenticated = peer is not None and peer.authenticated
        self._follows = authenticated and self._trust is not Trust.SDP
        self._anybody = authenticated and elsewhere and self._trust is Trust.PHONES and self._streams
        self._guess = (peer.host, self._told[1]) if peer is not None and elsewhere else self._told
        if self._told != before:
            self.source = None
            self._trials.clear()
            if elsewhere and last is not None:
                self._guess = last  # nearer to the truth than an address that cannot be reached
        self._aim()

    def state(self) -> LatchState:
        """For `resume`."""
        return LatchState(self._told, self._peer, self.source, self._guess)

    def resume(self, state: LatchState) -> None:
        """Goes on where another one is."""
        self.expect(state.told, state.peer)
        self.source, self._guess = state.source, state.guess
        self._aim()

    def accepts(
        self, source: Address, packet: bytes = b"", now: float = 0.0, last: bytes = b"", last_at: float = 0.0
    ) -> bool:
        """Whether a packet is to be taken. `last` is the one taken before it, `last_at` when; in seconds."""
        if source == self.source:
            return True
        if self._told is None:
            return False
        near = plain(source[0]) in self._hosts
        if source == self._told or (near and self._none_near()):
            return self._take(source)
        if self.source is None:
            return self._anybody and self._proves(source, packet) and self._take(source)
        return self._follows and self._is_successor(source, packet, last, now - last_at)

    def _is_successor(self, source: Address, packet: bytes, last: bytes, silent: float) -> bool:
        """Whether a phone sends from here now: the stream that we know, or another after `silent` seconds."""
        known = plain(source[0]) in self._hosts or (self.source is not None and source[0] == self.source[0])
        if not (known or (self._anybody and self._none_near())) or not self._proves(source, packet):
            return False
        same = self._streams and packet[8:12] == last[8:12]
        return (same or (known and silent > SILENCE)) and self._take(source)

    def _none_near(self) -> bool:
        return self.source is None or plain(self.source[0]) not in self._hosts

    def _take(self, source: Address) -> bool:
        self.source = source
        self._trials.clear()
        self._aim()
        return True

    def _proves(self, source: Address, packet: bytes) -> bool:
        """Whether the source has sent a few packets of one stream by now."""
        if not self._streams:
            return True
        if len(packet) < 12 or 192 <= packet[1] <= 223:  # RTCP (RFC 5761, Section 4)
            return False
        ssrc, sequence = packet[8:12], int.from_bytes(packet[2:4], "big")
        trial = self._trials.get(source)
        if trial is None or trial.ssrc != ssrc or not 0 < (sequence - trial.sequence) & 0xFFFF <= _STEP:
            if trial is None and len(self._trials) >= _TRIALS:
                del self._trials[min(self._trials, key=lambda known: self._trials[known].packets)]
            self._trials[source] = _Trial(ssrc, sequence)
            return False
        trial.sequence, trial.packets = sequence, trial.packets + 1
        return trial.packets >= PROBATION

    def _aim(self) -> None:
        aim, peer = self.source or self._guess, self._peer
        if aim is not None and peer is not None and not peer.proven and plain(aim[0]) != plain(peer.host):
            aim = None
        self.destination = aim


def plain(host: str) -> str:
    """One spelling of an address: no zone, and IPv4 as itself where it came mapped into IPv6."""
    found = _address(host)
    return str(found) if found else host


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _elsewhere(told: str, signalling: str) -> bool:
    """Whether an address in the SDP means another network's: it cannot be reached from here."""
    there, peer = _address(told), _address(signalling)
    if there is None or peer is None or there == peer:
        return False
    if there.is_multicast or there.is_unspecified or there.is_loopback or there.is_link_local:
        return not peer.is_loopback
    return not there.is_global and peer.is_global
