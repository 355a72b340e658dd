"""Who pretends to be somebody else: by a STUN user name, by an address, by an SSRC."""

from aioice import stun
from livekit.protocol import models, rtc

from server.sfu.forwarding.packet import build
from server.sfu.transport.port import CHECKS, CHECKS_AT_ONCE, MediaPort
from tests.server.sfu.signal.test_sdp import OFFER
from tests.server.sfu.transport.test_session import close, join, meeting
from webrtc.ice import Address, IceLite

ANNA, FORGER = ("192.0.2.1", 5000), ("192.0.2.66", 6000)
RTP = bytes([0x80, 96]) + bytes(20)


class End:
    def __init__(self) -> None:
        self.ice = IceLite("ours", "p" * 24)
        self.ice.remote_ufrag = "theirs"
        self.media: list[bytes] = []

    def checked(self) -> None: ...
    def receive_dtls(self, data: bytes, _now: float) -> None: ...

    def receive_media(self, data: bytes, _now: float) -> None:
        self.media.append(data)


class Port(MediaPort):
    """Keeps what it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Address] = []

    def send(self, data: bytes, to: Address) -> None:
        self.sent.append(to)


def check(username: str, password: str) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def test_a_user_name_without_its_password_moves_nobodys_media() -> None:
    port, end = Port(), End()
    port.register(end)
    port.receive(check("ours:theirs", "p" * 24), ANNA, 0.0)
    for username in ("ours:theirs", "ours:else", "ours", ""):
        port.receive(check(username, "guessed" * 4), FORGER, 1.0)
    assert port.sent == [ANNA]
    assert end.ice.address == ANNA
    assert not port.knows(FORGER)


def test_media_of_an_address_that_proved_nothing_reaches_nobody() -> None:
    port, end = Port(), End()
    port.register(end)
    port.receive(check("ours:theirs", "p" * 24), ANNA, 0.0)
    port.receive(RTP, FORGER, 0.1)
    assert end.media == []
    port.receive(RTP, ANNA, 0.2)
    assert end.media == [RTP]


def test_an_address_of_a_stream_is_not_that_of_a_datagram() -> None:
    port, end = Port(), End()
    port.register(end)
    stream: tuple[str, int, str] = (*ANNA, "tcp")
    port.receive(check("ours:theirs", "p" * 24), stream, 0.0)  # type: ignore[arg-type]
    port.receive(RTP, ANNA, 0.1)
    assert end.media == []


async def test_the_ssrc_of_somebody_else_is_nobodys_on_another_connection() -> None:
    made = meeting()
    anna, forger = join(made, "anna"), join(made, "forger")
    anna.receive(rtc.SignalRequest(add_track=rtc.AddTrackRequest(cid="mic-id")).SerializeToString())
    offer = rtc.SessionDescription(type="offer", sdp=OFFER, id=1)
    anna.receive(rtc.SignalRequest(offer=offer).SerializeToString())
    (publication,) = anna.publisher.publications.values()
    assert publication.track.info.type == models.AUDIO
    packet = build(111, 1, 1, 77, b"", b"x" * 20, marker=False)
    forger.incoming.on_rtp(packet, 0.0)
    assert publication.streams == {}
    anna.incoming.on_rtp(packet, 0.0)
    assert [stream.ssrc for stream in publication.streams.values()] == [77]
    await close(made)


def test_checks_beyond_what_a_browser_makes_are_not_answered_and_a_strangers_take_none_of_them() -> None:
    port, end = Port(), End()
    port.register(end)
    port.receive(check("ours:theirs", "p" * 24), ANNA, 0.0)
    for _ in range(2 * int(CHECKS_AT_ONCE)):
        port.receive(check("ours:theirs", "guessed" * 4), FORGER, 1.0)
    for _ in range(2 * int(CHECKS_AT_ONCE)):
        port.receive(check("ours:theirs", "p" * 24), ANNA, 1.0)
    assert port.sent.count(ANNA) == CHECKS_AT_ONCE + 1
    for second in range(2, 12):
        for _ in range(100):
            port.receive(check("ours:theirs", "p" * 24), ANNA, float(second))
    assert port.sent.count(ANNA) == CHECKS_AT_ONCE + 1 + 10 * CHECKS
