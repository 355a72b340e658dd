"""How much one message may hold."""

import contextlib

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from server.sfu.errors import Refused
from server.sfu.signal.ingress import MAX_NAME, MAX_SDP, bounded, check, within
from tests.server.sfu.signal.test_sdp import processor_time


@pytest.mark.parametrize(
    ("most", "request_of"),
    [
        (256, lambda n: rtc.AddTrackRequest(cid="c" * n)),
        (256, lambda n: rtc.AddTrackRequest(stream="s" * n)),
        (256, lambda n: rtc.AddTrackRequest(simulcast_codecs=[rtc.SimulcastCodec(cid="c" * n)])),
        (MAX_NAME, lambda n: rtc.AddTrackRequest(name="n" * n)),
        (64, lambda n: rtc.AddTrackRequest(sid="n" * n)),
        (8, lambda n: rtc.AddTrackRequest(layers=[models.VideoLayer()] * n)),
        (64, lambda n: rtc.AddTrackRequest(audio_features=[models.TF_STEREO] * n)),
        (64, lambda n: rtc.UpdateParticipantMetadata(attributes={str(i): "" for i in range(n)})),
        (2048, lambda n: rtc.UpdateSubscription(track_sids=["TR"] * n)),
        (1024, lambda n: rtc.SubscriptionPermission(track_permissions=[rtc.TrackPermission()] * n)),
        (MAX_SDP, lambda n: rtc.SessionDescription(sdp="v" * n)),
        (1024, lambda n: rtc.SessionDescription(type="o" * n)),
    ],
)
def test_what_the_table_allows_is_taken_and_no_more(most: int, request_of: type) -> None:
    check(request_of(most))
    with pytest.raises(Refused):
        check(request_of(most + 1))


def test_parts_count_together() -> None:
    """Small parts in small parts are many."""
    few = rtc.UpdateSubscription(participant_tracks=[models.ParticipantTracks(track_sids=["TR"] * 100)] * 80)
    many = rtc.UpdateSubscription(participant_tracks=[models.ParticipantTracks(track_sids=["TR"] * 100)] * 90)
    check(rtc.SignalRequest(subscription=few))
    with pytest.raises(Refused, match="too many fields"):
        check(rtc.SignalRequest(subscription=many))


def test_what_is_not_read_is_not_judged() -> None:
    """A client that comes back says all that it knows, which may be much."""
    published = [rtc.TrackPublishedResponse(cid="c" * 300)] * 100
    check(rtc.SignalRequest(sync_state=rtc.SyncState(publish_tracks=published)))
    check(rtc.JoinRequest(client_info=models.ClientInfo(other_sdks="x" * 5000)))


def test_the_largest_message_is_judged_quickly() -> None:
    tracks = rtc.UpdateSubscription(track_sids=["TR"] * 120_000)
    nested = models.ParticipantTracks(track_sids=["TR_0123456789ab"] * 200)
    deep = rtc.UpdateSubscription(participant_tracks=[nested] * 1000)

    def judge(message: rtc.UpdateSubscription) -> None:
        with pytest.raises(Refused):
            check(message)

    assert processor_time(lambda: judge(tracks)) < 0.05
    assert processor_time(lambda: judge(deep)) < 0.05


@pytest.mark.parametrize(
    "message",
    [
        rtc.JoinRequest(add_track_requests=[rtc.AddTrackRequest()] * 262_000),
        rtc.JoinRequest(add_track_requests=[rtc.AddTrackRequest(layers=[models.VideoLayer()] * 262_000)]),
        rtc.JoinRequest(participant_attributes={str(number): "" for number in range(60_000)}),
    ],
)
def test_what_has_too_many_parts_is_refused_before_it_is_read(message: rtc.JoinRequest) -> None:
    """Reading it took a fortieth of a second, each time that somebody came."""
    raw = message.SerializeToString()

    def judge() -> None:
        with pytest.raises(Refused, match="too many fields"):
            bounded(raw, rtc.JoinRequest)

    assert processor_time(judge) < 0.02


def test_as_many_parts_as_are_allowed_are_read() -> None:
    bounded(rtc.UpdateSubscription(track_sids=["TR"] * 8192).SerializeToString(), rtc.UpdateSubscription)
    with pytest.raises(Refused):
        bounded(rtc.UpdateSubscription(track_sids=["TR"] * 8193).SerializeToString(), rtc.UpdateSubscription)


def test_what_stands_before_too_many_parts_can_be_read() -> None:
    asked = rtc.JoinRequest(metadata="m", add_track_requests=[rtc.AddTrackRequest(cid="c")] * 50_000)
    raw = asked.SerializeToString()
    read = rtc.JoinRequest.FromString(raw[: within(raw, rtc.JoinRequest)])
    assert read.metadata == "m"
    assert 4000 < len(read.add_track_requests) < 8192


def test_large_texts_are_few_parts() -> None:
    offer = rtc.SessionDescription(sdp="v" * 500_000)
    bounded(rtc.SignalRequest(offer=offer).SerializeToString(), rtc.SignalRequest)


@given(st.binary(min_size=4096, max_size=5000))
def test_what_is_broken_is_left_to_who_reads_it(raw: bytes) -> None:
    with contextlib.suppress(Refused):
        bounded(raw, rtc.SignalRequest)


@given(st.binary(max_size=200))
def test_any_message_that_can_be_read_is_judged(raw: bytes) -> None:
    try:
        message = rtc.SignalRequest.FromString(raw)
    except DecodeError:
        return
    check(message)
