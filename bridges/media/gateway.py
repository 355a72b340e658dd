"""The seam between call control and call media: `MediaGateway`, in rtpengine's words.

Call control (the B2BUA) never looks into a session description. It carries each SDP from the leg
that made it through the gateway to the leg that must read it, and the gateway puts itself in
between: it writes its own addresses, keys and codecs, and moves the packets.

A *call* is a `call_id` chosen by call control; a *leg* is a name, unique in its call, of one party
("caller", "sip:201", "matrix"). A typical life:

```python
offer = await gateway.offer(call, "browser", "phone", invite_sdp, Profile.WEBRTC, Profile.RTP)
...                                     # INVITE with `offer`; 180; 200 with `phone_sdp`
answer = await gateway.answer(call, "phone", "browser", phone_sdp)
...                                     # m.call.answer with `answer`; media flows
await gateway.delete(call)
```

Every description is a string with CRLF line ends. Every time is in seconds of `time.monotonic()`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from bridges.sdp.direction import Direction


class Profile(Enum):
    """The transport of a leg's audio; the value is its word in the `m=` line."""

    RTP = "RTP/AVP"  #: phones and trunks (RFC 3551)
    SDES = "RTP/SAVP"  #: the same with SRTP, its keys in the description (RFC 3711, RFC 4568)
    WEBRTC = "UDP/TLS/RTP/SAVPF"  #: browsers: ICE, DTLS-SRTP (RFC 5764)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of an RTP leg, as its signalling knows it.

    Attributes:
        host: the address that its signalling comes from, or goes to.
        authenticated: it is a phone that has shown its password.
        proven: it has shown that it receives what is sent to it: by a password, over TCP, by an ACK, or
            because we called it. A datagram of its address alone shows nothing.
    """

    host: str
    authenticated: bool = False
    proven: bool = True


class MediaError(Exception):
    """Base of the refusals of a gateway. `status` is the SIP status to answer with."""

    status = 500


class UnknownLeg(MediaError):
    """The call or leg is not known (any more), or was not offered anything yet (SIP 481)."""

    status = 481


class NoCommonCodec(MediaError):
    """No audio stream that both sides can carry: codecs, transport, or no audio at all (SIP 488)."""

    status = 488


class NoPortsLeft(MediaError):
    """The range of RTP ports is used up (SIP 503)."""

    status = 503


class MediaUnavailable(MediaError):
    """The process that carries the media does not answer (SIP 503)."""

    status = 503


class DtmfNotNegotiated(MediaError):
    """The leg did not accept `telephone-event` (RFC 4733), or is not joined yet."""


@dataclass(frozen=True, slots=True)
class LegReport:
    """What one leg sent ("in", towards the gateway) and was sent ("out").

    Attributes:
        profile: the leg's transport.
        connected: media can flow: ICE and DTLS are up, or (RTP) the far address is known.
        codec: name of the audio codec in use ("PCMU"), None before an answer.
        packets_in, bytes_in: RTP accepted from the leg (payload and header, without SRTP's tag).
        packets_out, bytes_out: RTP sent to the leg.
        dropped: packets refused on the leg's port: wrong source, unreadable, unexpected payload type,
            or no leg joined with it yet.
        last_packet_at: when the leg last gave a sign of life (RTP, RTCP, ICE consent); None: never.
        last_rtp_at: when RTP last came from the leg; None: never.
        audio_seen: the leg sent sound, not silence, at least once. With `packets_out` of the other leg
            this is the base of one-way-audio detection.
        lost: packets that did not come, by their sequence numbers (RFC 3550, Section 6.4.1).
        jitter: interarrival jitter in seconds (RFC 3550, Section 6.4.1).
        round_trip: between gateway and leg in seconds, as its reports say (RTCP); None: it sent none.
        far_loss: share of what was sent to the leg that its last report misses, 0 to 1; None: it sent none.
    """

    profile: Profile
    connected: bool = False
    codec: str | None = None
    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    dropped: int = 0
    last_packet_at: float | None = None
    last_rtp_at: float | None = None
    audio_seen: bool = False
    lost: int = 0
    jitter: float = 0.0
    round_trip: float | None = None
    far_loss: float | None = None


@dataclass(frozen=True, slots=True)
class MediaReport:
    """A snapshot of a call: its legs by name, and which leg is joined with which (both directions)."""

    legs: Mapping[str, LegReport] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)


class MediaGateway(Protocol):
    """Joins the audio of two legs of any profile.

    Attributes:
        on_media_timeout: called from the loop as `on_media_timeout(call_id, leg)`, once, when a joined
            leg has gone: no ICE consent for 30 s or a failed DTLS handshake (WebRTC leg), or silence
            beyond a limit of the configuration (RTP leg that ought to send). Call control decides what
            happens to the call; the gateway changes nothing by itself.
        on_silence: called as `on_silence(call_id, leg, seconds)` when a joined RTP leg has sent neither
            RTP nor RTCP for a minute or longer. That is no death: call control asks the leg's signalling,
            and says `vouch`. Called again after another minute.
    """

    on_media_timeout: Callable[[str, str], None] | None
    on_silence: Callable[[str, str, float], None] | None

    def meet(self, call_id: str, leg: str, peer: Peer) -> None:
        """Tells who is at the other end of a leg, before its first description or at any time after.

        Without it packets are taken by what the leg's SDP says alone.
        """
        ...

    def beside(self, call_id: str, other: str) -> None:
        """A call that is about to be made will be connected with another: it is best made where that is."""
        ...

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
        told: Direction | None = None,
    ) -> str:
        """Takes the SDP offer of `from_leg` and returns the offer to send to `to_leg`.

        Unknown legs are created. The same offer may be given again with further `to_leg`s (forks).
        With known legs it is a re-offer, from either side: hold and resume, a changed address, an ICE
        restart; ports and keys stay as they are.

        `to_leg` is `told` this direction in place of the one in `sdp`: "sendonly" when `from_leg` holds the
        call and music is played to `to_leg`, whatever the holder wrote.

        New legs of an `emergency` call get the ports that are kept for such calls when all others are in use.

        Only audio is carried: the answer will refuse other media sections (port 0).

        Raises:
            MalformedSdp: `sdp` cannot be read (`bridges.sdp.errors`).
            NoCommonCodec: `sdp` has no audio that the gateway can carry.
            NoPortsLeft: no RTP ports for a new leg.
            MediaError: `from_profile` or `to_profile` is not the one that the leg was made with.
        """
        ...

    async def fresh_offer(
        self, call_id: str, from_leg: str, to_leg: str, *, told: Direction | None = None
    ) -> str:
        """Our offer to `to_leg`, which asked for one within the call: all codecs that can be carried to
        `from_leg`, in the direction that this would like. The answer to it is given to `offer`.

        Raises:
            UnknownLeg: one of them is not there.
        """
        ...

    async def answer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, *, told: Direction | None = None
    ) -> str:
        """Takes `from_leg`'s SDP answer to the offer of `to_leg`; returns the answer for `to_leg`.

        From now on the two legs are joined; whatever they were joined with before is left. It may be
        repeated (a 183 and the 200 that follows it); an answer of another fork joins that one instead.
        `to_leg` is `told` this direction in place of the answer's, as far as its offer allows.

        Raises:
            UnknownLeg: there is no such call, leg, or offer.
            MalformedSdp: `sdp` cannot be read.
            NoCommonCodec: `from_leg` refused the audio, or no codec fits `to_leg`.
        """
        ...

    async def subscribe(
        self, call_id: str, from_leg: str, to_leg: str, profile: Profile, *, told: Direction | None = None
    ) -> str:
        """Somebody more is to hear what `from_leg` says: `to_leg`, of this profile, who is heard by nobody.
        The offer to them, which `subscriber_answers`. `told` SENDRECV: what they say `from_leg` alone hears,
        mixed with whoever it talks with; rtpengine offers that to nobody, which its offer says.

        Raises:
            UnknownLeg, MediaError: as `offer`.
        """

    async def subscriber_answers(self, call_id: str, leg: str, sdp: str) -> None:
        """They hear from now on.

        Raises:
            UnknownLeg, MalformedSdp, NoCommonCodec, MediaError: as `answer`.
        """

    async def unsubscribe(self, call_id: str, leg: str) -> None:
        """They hear no more, and are gone. Raises UnknownLeg, MediaError."""

    async def connect(self, call_id: str, leg: str, from_call: str, from_leg: str, name: str) -> None:
        """Takes `from_leg` out of another call, calls it `name`, and joins it with `leg` of this one.

        Its transport, keys and codecs stay: whoever is at its other end is told nothing. Whom the two were
        joined with before is left alone. A description of it is given to `offer` as before.

        Raises:
            UnknownLeg: one of them is not there.
            MediaError: the two calls are on different servers, or on one that cannot do it.
        """
        ...

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None:
        """A trickled ICE candidate of a WebRTC leg ("candidate:1 1 udp …", "" at the end).

        Unknown legs, and candidates that make no sense, are ignored: they may arrive before an offer
        or after the end.
        """
        ...

    async def delete(self, call_id: str, leg: str | None = None) -> MediaReport | None:
        """Ends one leg (a losing fork) or the whole call; unknown ones are ignored. Of a whole call the
        counters as they were at its end, if they can be had."""
        ...

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        """Plays a key press to `to_leg` as RFC 4733 events; returns when it is sent.

        Meant for a key that came by signalling (SIP INFO, `m.call` …); events that come as RTP are
        passed on without help. `digit` is one of `0-9*#A-D`; `duration_ms` is kept between 40 and
        8000. Presses to the same leg queue up.

        Raises:
            UnknownLeg: there is no such leg.
            DtmfNotNegotiated: the leg cannot receive events.
            ValueError: `digit` is not a key.
        """
        ...

    async def play(self, call_id: str, leg: str, source: Path, *, times: int = 0) -> None:
        """Plays a sound file of any kind that FFmpeg reads to `leg`, so many times; 0: until `stop`.

        What the other party sends is not heard meanwhile; what `leg` sends goes on to it. What was played to
        `leg` before ends. A leg that does not receive (its direction) hears the sound once it does.

        Raises:
            UnknownLeg: there is no such leg.
            MediaError: the file cannot be played.
        """
        ...

    async def stop(self, call_id: str, leg: str) -> None:
        """The leg hears the other party again; one that is played nothing, or unknown, is ignored."""
        ...

    def vouch(self, call_id: str, leg: str) -> None:
        """A silent leg's signalling was asked: its next minute of silence begins."""
        ...

    async def report(self, call_id: str) -> MediaReport | None:
        """Counters of a live call; None when the call is not known."""
        ...

    async def close(self) -> None:
        """Ends all calls and frees all ports."""
        ...
