"""Which pictures go to whom, without a network: packets in, packets counted."""

from dataclasses import dataclass, field

from livekit.protocol import models, rtc

from server.sfu.forwarding import rtcp
from server.sfu.forwarding.dynacast import PATIENCE
from server.sfu.forwarding.packet import build
from server.sfu.forwarding.rtp_header import SendParameters
from server.sfu.forwarding.send_side_bwe import SendSideBwe
from server.sfu.room.members import Participant, Settings, Track
from server.sfu.signal.formats import Codec
from server.sfu.signal.sdp import Section
from server.sfu.signal.token import Claims
from server.sfu.transport.peer import Peer
from server.sfu.transport.port import MediaPort
from server.sfu.transport.publisher import Publisher
from server.sfu.transport.stream_allocator import StreamAllocator
from server.sfu.transport.subscriber import Subscriber
from tests.server.sfu.forwarding.test_downtrack import vp8_payload

VP8 = Codec(96, "VP8/90000", rtx=97)


@dataclass(eq=False)
class SessionView:
    """A session's place in a room, with a peer that only counts."""

    who: Participant
    peer: Peer
    publisher: Publisher = field(init=False)
    subscriber: Subscriber = field(init=False)
    told: list[rtc.SignalResponse] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.peer, 12_000_000)
        self.subscriber = Subscriber(self.who.sid, self.peer)

    def send(self, message: rtc.SignalResponse) -> None:
        self.told.append(message)

    def heard(self, kind: str) -> list[rtc.SignalResponse]:
        return [message for message in self.told if message.WhichOneof("message") == kind]


def seat(name: str, peer: Peer | None = None) -> SessionView:
    peer = peer or Peer(MediaPort(), opens_channels=False, max_message=1000)
    return SessionView(Participant(f"PA_{name}", Claims(iss="k", exp=0, sub=name), 0), peer)


def film(one: SessionView, source: "models.TrackSource" = models.CAMERA) -> Track:
    """Publishes a picture of one layer."""
    info = models.TrackInfo(
        sid=f"TR_{one.who.identity}", type=models.VIDEO, source=source, mime_type="video/VP8"
    )
    track = Track(info, one.who, frozenset(), live=True)
    section = Section("video", "1", "sendonly", (VP8,), ssrcs=(abs(hash(one.who.sid)) % 2**31,))
    one.publisher.publish(track, section, VP8, "video/VP8")
    return track


def watch(one: SessionView, other: SessionView) -> None:
    publication = next(iter(other.publisher.publications.values()))
    one.subscriber.watch(publication, Settings())
    one.subscriber.bind(publication.track.sid, SendParameters("1", 96, 1, 2, rtx=97))


def shown(one: SessionView) -> set[str]:
    return {
        sid for sid, watcher in one.subscriber.watching.items() if watcher.down.target_quality is not None
    }


def test_only_so_many_pictures_are_sent_and_those_of_who_spoke_last() -> None:
    viewer, others = seat("viewer"), [seat(name) for name in ("a", "b", "c", "d")]
    for one in others:
        film(one, models.SCREEN_SHARE if one.who.identity == "a" else models.CAMERA)
        watch(viewer, one)
    allocator = StreamAllocator(2)
    allocator.allocate([viewer, *others], ["PA_b"], 1.0)
    assert shown(viewer) == {"TR_a", "TR_b"}
    allocator.allocate([viewer, *others], ["PA_d"], 2.0)
    assert shown(viewer) == {"TR_a", "TR_d"}
    viewer.subscriber.settle("TR_a", Settings(disabled=True))
    allocator.allocate([viewer, *others], [], 3.0)
    assert shown(viewer) == {"TR_b", "TR_d"}


def test_a_publisher_is_told_when_nobody_looks_and_when_somebody_does() -> None:
    viewer, anna = seat("viewer"), seat("anna")
    film(anna)
    watch(viewer, anna)
    allocator = StreamAllocator(25)
    allocator.allocate([viewer, anna], [], 1.0)
    assert not anna.told
    viewer.subscriber.settle("TR_anna", Settings(disabled=True))
    allocator.allocate([viewer, anna], [], 2.0)
    allocator.allocate([viewer, anna], [], 2.0 + PATIENCE)
    [paused] = anna.heard("subscribed_quality_update")
    assert not any(one.enabled for one in paused.subscribed_quality_update.subscribed_qualities)
    viewer.subscriber.settle("TR_anna", Settings())
    allocator.allocate([viewer, anna], [], 3.0 + PATIENCE)
    update = anna.heard("subscribed_quality_update")[-1].subscribed_quality_update
    assert [one.codec for one in update.subscribed_codecs] == ["vp8"]
    # The best of them waits until it is known what the viewer's line carries.
    assert [one.enabled for one in update.subscribed_codecs[0].qualities] == [True, False, False]


def test_a_picture_that_the_line_does_not_carry_is_paused_and_its_viewer_is_told() -> None:
    viewer, anna = seat("viewer"), seat("anna")
    film(anna)
    watch(viewer, anna)
    publication = anna.publisher.publications["TR_anna"]
    from_anna = vp8_payload(1, 1, key=True)
    publication.publisher._rtp(_packet(publication.publisher, from_anna), 1.0)
    publication.streams[2].rate = 900_000.0
    allocator = StreamAllocator(25)
    viewer.subscriber._told([rtcp.Remb(200_000)], 1.0)
    allocator.allocate([viewer, anna], [], 1.0)
    assert shown(viewer) == set()
    [told] = viewer.heard("stream_state_update")
    assert told.stream_state_update.stream_states[0].state == rtc.StreamState.PAUSED
    viewer.subscriber._told([rtcp.Remb(2_000_000)], 2.0)
    allocator.allocate([viewer, anna], [], 2.0)
    assert shown(viewer) == {"TR_anna"}
    assert viewer.heard("stream_state_update")[-1].stream_state_update.stream_states[0].track_sid == "TR_anna"


def test_a_line_without_retransmissions_is_not_waited_for_to_be_tried() -> None:
    viewer, anna = seat("viewer"), seat("anna")
    film(anna)
    watch(viewer, anna)
    for terms, untriable in (
        (SendParameters("1", 96, 1, 2), True),
        (SendParameters("1", 96, 1, 2, rtx=97), False),
    ):
        viewer.subscriber.bind("TR_anna", terms)
        line = viewer.subscriber.bwe = SendSideBwe()
        line.send_history.next_sequence(1000, 1.0)
        viewer.subscriber.tick(1.0)
        viewer.subscriber._told([rtcp.TransportFeedback(0, (5.0,))], 1.1)
        line.needed = 2e6
        viewer.subscriber.tick(1.2)
        assert line.untriable is untriable
        assert (line.proven(1.2) is None) is untriable


def _packet(publisher: Publisher, payload: bytes) -> bytes:
    return build(96, 1, 1, next(iter(publisher._announced)), b"", payload, marker=True)


def test_a_viewer_is_told_which_pictures_are_left_out() -> None:
    viewer, others = seat("viewer"), [seat(name) for name in ("a", "b")]
    for one in others:
        film(one)
        watch(viewer, one)
    allocator = StreamAllocator(1)
    allocator.allocate([viewer, *others], ["PA_a"], 1.0)
    allocator.allocate([viewer, *others], ["PA_b"], 2.0)
    told = [message.stream_state_update.stream_states for message in viewer.heard("stream_state_update")]
    assert [{one.track_sid: one.state for one in states} for states in told] == [
        {"TR_b": rtc.StreamState.PAUSED},
        {"TR_a": rtc.StreamState.PAUSED, "TR_b": rtc.StreamState.ACTIVE},
    ]


def test_a_muted_camera_takes_nothing_of_a_narrow_line() -> None:
    viewer, anna, bruno = seat("viewer"), seat("anna"), seat("bruno")
    for one in (anna, bruno):
        film(one)
        watch(viewer, one)
        publication = next(iter(one.publisher.publications.values()))
        one.publisher._rtp(_packet(one.publisher, vp8_payload(1, 1, key=True)), 1.0)
        publication.streams[2].rate = 900_000.0
    viewer.subscriber._told([rtcp.Remb(1_100_000)], 1.0)
    allocator = StreamAllocator(25)
    allocator.allocate([viewer, anna, bruno], [], 1.0)
    assert len(shown(viewer)) == 1
    anna.publisher.publications["TR_anna"].track.info.muted = True
    allocator.allocate([viewer, anna, bruno], [], 2.0)
    assert "TR_bruno" in shown(viewer)


def test_descriptions_that_name_ever_new_sources_are_not_remembered() -> None:
    anna = seat("anna")
    track = film(anna)
    for ssrc in range(1, 1000, 2):
        section = Section("video", "1", "sendonly", (VP8,), ssrcs=(ssrc,), repairs={ssrc + 1: ssrc})
        anna.publisher.publish(track, section, VP8, "video/VP8")
    assert len(anna.publisher._announced) == len(anna.publisher._announced_repairs) == 1
    anna.publisher.forget(track.sid)
    assert not anna.publisher._announced
    assert not anna.publisher._by_mid
