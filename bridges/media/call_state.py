"""A call in words that another process can go on with: what the stand-by of a media process is told. Pure.

All times are `time.monotonic()`, which is one clock for all processes of a machine.
"""

from dataclasses import dataclass, field

import msgspec

from bridges.media.gateway import Peer, Profile
from bridges.sdp.audio import Address, Layout, RemoteAudio, Security
from bridges.sdp.codecs import Codec, Key
from bridges.sdp.crypto import Crypto
from bridges.sdp.direction import Direction
from bridges.sdp.writing import LocalAudio
from webrtc.srtp import SrtpKeys


@dataclass(frozen=True, slots=True)
class LatchState:
    """See `Latch`: what the SDP said, who the peer is, who is latched, and where packets go without that."""

    told: Address | None = None
    peer: Peer | None = None
    source: Address | None = None
    guess: Address | None = None


@dataclass(frozen=True, slots=True)
class PlainState:
    """A pair of ports.

    Attributes:
        address: what the peer was told; its port is the RTP port that is bound.
        own, chosen: of SRTP by keys in the description: our keys, and theirs and ours of the chosen suite.
    """

    address: Address
    rtcp_mux: bool
    rtp: LatchState
    rtcp: LatchState
    own: tuple[Crypto, ...] = ()
    chosen: tuple[Crypto, Crypto] | None = None


#: A source as its socket names it: IPv6 has a flow and a scope besides.
Source = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WebRtcState:
    """A browser on the shared port.

    Attributes:
        certificate: ours, with its key.
        remote: its latest description.
        keys: of SRTP; None before the handshake is done.
    """

    ufrag: str
    password: str
    certificate: bytes = field(repr=False)
    remote: Security | None = None
    setup: str = "actpass"
    address: Source | None = None
    addresses: tuple[Source, ...] = ()
    consent_at: float | None = None
    keys: SrtpKeys | None = None


@dataclass(frozen=True, slots=True)
class Playing:
    """What we play to a leg: `Sound.origin`, so many times, 0 until it is stopped."""

    origin: str
    times: int


@dataclass(frozen=True, slots=True)
class LegState:
    """See `Leg`; `number` names it among all legs of the process."""

    number: int
    name: str
    profile: Profile
    ssrc: int
    stream_name: str
    direction: Direction
    understood: dict[Key, int]
    received: dict[int, Key]
    ptime: int | None
    joined_at: float | None
    vouched_at: float
    blocked: bool
    keys_blocked: bool
    playing: Playing | None = None
    detects_tones: bool = False
    plain: PlainState | None = None
    webrtc: WebRtcState | None = None


@dataclass(frozen=True, slots=True)
class PartyState:
    """See `Party`."""

    leg: LegState
    layout: Layout
    offered: RemoteAudio | None
    asked: tuple[tuple[Codec, ...], Direction] | None
    wish: Direction
    fresh: bool
    payload_types: dict[Key, int]
    session: int
    version: int
    written: LocalAudio | None


@dataclass(frozen=True, slots=True)
class RecordingState:
    """See `Recording`: its file, whose channels it has, when it began, in monotonic seconds and later by what
    was left out, and since when it is paused."""

    path: str
    parties: tuple[str, ...]
    began: float
    paused_at: float | None = None


@dataclass(frozen=True, slots=True)
class CallState:
    """See `Call`."""

    call_id: str
    made_at: float
    parties: tuple[PartyState, ...]
    joined: dict[str, str]
    peers: dict[str, Peer]
    recording: RecordingState | None = None
    subscribed: dict[str, str] = field(default_factory=dict)


class Counters(msgspec.Struct, frozen=True, array_like=True):
    """How far a leg's streams are, a few times a second.

    Attributes:
        number: of the leg.
        index: highest rollover counter and sequence number that was sent under the present keys.
        timestamp, sent_at: of the newest packet sent, in RTP units and monotonic seconds.
        packets_out, octets_out, bytes_out, packets_in, bytes_in, lost, dropped, audio_seen: see `LegReport`.
        reports: RTCP packets sent under the present keys.
        alive_at, heard_at: when a sign of life, and RTP, last came.
    """

    number: int
    index: int = 0
    timestamp: int = 0
    sent_at: float = 0.0
    packets_out: int = 0
    octets_out: int = 0
    bytes_out: int = 0
    packets_in: int = 0
    bytes_in: int = 0
    lost: int = 0
    dropped: int = 0
    audio_seen: bool = False
    reports: int = 0
    alive_at: float | None = None
    heard_at: float | None = None
