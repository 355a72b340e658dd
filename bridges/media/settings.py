"""What an engine is told, apart from the engine: who only reads it does not load codecs and DTLS."""

import ipaddress
from dataclasses import dataclass, field

from bridges.media.latch import Trust
from bridges.networks import Advertised


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
        detect_tones: keys pressed as sound are told to the other side as telephone events, where a phone or
            line knows none itself and speaks G.711.
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
    detect_tones: bool = False
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
