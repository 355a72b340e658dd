"""Data packets and datagrams: what is too much by number or by work, whatever its bytes."""

import time
from collections.abc import Callable

import msgspec
import pytest
from livekit.protocol import models

from server.sfu.forwarding.rtcp import nack
from server.sfu.room.backlog import MOST_AHEAD, PACKETS
from server.sfu.signal.pace import AT_ONCE, SHARE
from server.sfu.transport.data import MAX_NAMED, Data
from server.sfu.transport.peer import LOSSY, RELIABLE, Peer
from server.sfu.transport.port import MediaPort
from server.sfu.transport.room_manager import RoomRuntime
from server.sfu.transport.session import Session
from tests.server.sfu.transport.test_session import LIMITS, close, join, meeting

# Nobody here has a connection for media that could prove itself.
PATIENT = msgspec.structs.replace(LIMITS, answer_seconds=3600, connect_seconds=3600)
TINY = models.DataPacket(user=models.UserPacket(payload=b"x")).SerializeToString()


class Room:
    """A room with its clock, and what its participants were sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *identities: str) -> None:
        self.now = time.monotonic()  # that of the sessions, which read it themselves
        self.made: RoomRuntime = meeting(limits=PATIENT)
        self.sent: list[tuple[Peer, bytes]] = []

        def send(peer: Peer, _label: str, raw: bytes) -> bool:
            self.sent.append((peer, raw))
            return True

        monkeypatch.setattr(Peer, "send_data", send)
        self.people = [join(self.made, identity) for identity in identities]
        self.made.data = Data(self.made.room, self.made.sessions, LIMITS.bitrate / 8, lambda: self.now)

    def second(self, writer: Session, label: str, raw: bytes = TINY, times: int = 1000) -> int:
        """A second in which so many packets come; how many were passed on to each."""
        before = len(self.sent)
        for _ in range(times):
            writer.incoming.on_data(label, raw)
        self.now += 1
        for session in self.people:
            session.heard_at = self.now
        self.made.tick(20, self.now)
        return (len(self.sent) - before) // (len(self.people) - 1)


@pytest.mark.parametrize(("label", "at_once"), [(LOSSY, 2.0), (RELIABLE, MOST_AHEAD)])
async def test_a_thousand_tiny_packets_a_second_are_refused_and_their_writer_is_put_out(
    monkeypatch: pytest.MonkeyPatch, label: str, at_once: float
) -> None:
    """SECURITY M10: bytes alone were counted, and 100,000 packets of a few bytes are few bytes."""
    room = Room(monkeypatch, "flood", "calm", "other")
    flood, calm, other = room.people
    assert room.second(flood, label) == pytest.approx(at_once * PACKETS, abs=1)
    for _ in range(LIMITS.flood_seconds - 1):
        assert room.second(flood, label) == pytest.approx(PACKETS, abs=1)
    assert room.second(calm, label, times=3) == 3
    room.second(flood, label)
    room.second(flood, label)
    assert set(room.made.sessions) == {calm.who.sid, other.who.sid}
    await close(room.made)


@pytest.mark.parametrize("label", [LOSSY, RELIABLE])
async def test_what_is_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    """Each was unpacked, judged and addressed before it was refused."""
    room = Room(monkeypatch, "flood", "calm")
    read: list[str] = []

    def receivers(sender: str, _named: object) -> list[str]:
        read.append(sender)
        return []

    monkeypatch.setattr(room.made.room, "receivers", receivers)
    room.second(room.people[0], label)
    assert len(read) <= MOST_AHEAD * PACKETS + 1
    await close(room.made)


async def test_who_says_as_much_as_it_may_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(monkeypatch, "busy", "calm")
    busy = room.people[0]
    for _ in range(30):
        assert room.second(busy, LOSSY, times=int(PACKETS)) == int(PACKETS)
        assert room.second(busy, RELIABLE, times=int(PACKETS)) == int(PACKETS)
    assert busy.incoming.refused == 0
    assert len(room.made.sessions) == 2
    await close(room.made)


async def test_a_packet_for_very_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(monkeypatch, "greedy", "calm")
    for many, passed in ((MAX_NAMED, 1), (MAX_NAMED + 1, 0)):
        packet = models.DataPacket(destination_identities=["calm"] * many)
        packet.user.payload = b"x"
        assert room.second(room.people[0], RELIABLE, packet.SerializeToString(), times=1) == passed
    await close(room.made)


async def test_a_long_word_in_a_packet_is_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """What participants tell each other is theirs, as long as one packet may be."""
    room = Room(monkeypatch, "anna", "bruno")
    packet = models.DataPacket(chat_message=models.ChatMessage(message="m" * 60_000))
    assert room.second(room.people[0], RELIABLE, packet.SerializeToString(), times=1) == 1
    await close(room.made)


@pytest.mark.parametrize("kind", [Peer.receive_dtls, Peer.receive_media])
async def test_datagrams_are_counted_whatever_they_carry_and_the_small_ones_too(
    kind: Callable[[Peer, bytes, float], None],
) -> None:
    """SECURITY M10: what DTLS carries was not counted at all."""
    peer = Peer(MediaPort(), opens_channels=False, max_message=1000)
    read: list[bytes] = []

    class Engine:
        def receive(self, data: bytes) -> None:
            read.append(data)

        def unprotect(self, data: bytes) -> bytes:
            read.append(data)
            return data

    peer._dtls = peer._rx = Engine()  # type: ignore[assignment]
    for _ in range(10_000):
        kind(peer, bytes([128, 96]) + bytes(18), 5.0)
    assert 1000 < len(read) < 1500
    assert peer.refused == (10_000 - len(read)) * 400


async def test_reports_that_are_much_to_read_are_refused_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list of four thousand lost packets stands in a kilobyte."""
    peer = Peer(MediaPort(), opens_channels=False, max_message=1000)
    read: list[int] = []
    clock = iter(range(10_000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) * 0.01)
    peer.listen(lambda said, _now: read.append(len(said)))

    class Engine:
        def unprotect_rtcp(self, data: bytes) -> bytes:
            return data

    peer._rx = Engine()  # type: ignore[assignment]
    for turn in range(1000):
        peer.receive_media(nack(77, range(0, 4000, 2)), 5.0 + turn / 100)
    # A tenth of the ten seconds, and what may come at once.
    assert len(read) == pytest.approx(100 * (AT_ONCE + 10 * SHARE), abs=3)
    assert peer.refused
