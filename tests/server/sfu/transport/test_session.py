"""A session in a room without a network: whatever a client says, only it can be hurt."""

import logging
import time

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from server.sfu.config import Limits
from server.sfu.errors import Revoked
from server.sfu.forwarding.packet import build
from server.sfu.room.barred import FIRST, Barred
from server.sfu.room.room import Room
from server.sfu.signal.token import Claims, VideoGrant, verify
from server.sfu.transport.port import MediaPort
from server.sfu.transport.room_manager import RoomRuntime
from server.sfu.transport.session import Session
from tests.server.sfu.signal.test_sdp import OFFER, processor_time

NAMES = st.sampled_from(["", "TR_1", "c", "1", "PA_x", "anna", "🎈", "n" * 600])
LIMITS = Limits(messages_per_second=1_000_000)
REQUESTS = st.one_of(
    st.builds(rtc.AddTrackRequest, cid=NAMES, name=NAMES, type=st.sampled_from([0, 1, 2])).map(
        lambda made: rtc.SignalRequest(add_track=made)
    ),
    st.builds(rtc.MuteTrackRequest, sid=NAMES, muted=st.booleans()).map(
        lambda made: rtc.SignalRequest(mute=made)
    ),
    st.builds(rtc.UpdateSubscription, track_sids=st.lists(NAMES), subscribe=st.booleans()).map(
        lambda made: rtc.SignalRequest(subscription=made)
    ),
    st.builds(rtc.UpdateParticipantMetadata, metadata=NAMES, name=NAMES, request_id=st.integers(0, 9)).map(
        lambda made: rtc.SignalRequest(update_metadata=made)
    ),
    st.builds(rtc.SessionDescription, sdp=NAMES, id=st.integers(0, 9)).map(
        lambda made: rtc.SignalRequest(answer=made)
    ),
    st.builds(
        rtc.SessionDescription, sdp=st.sampled_from(["", OFFER, OFFER[:300]]), id=st.integers(0, 9)
    ).map(lambda made: rtc.SignalRequest(offer=made)),
    st.builds(rtc.UpdateVideoLayers, track_sid=NAMES).map(lambda made: rtc.SignalRequest(update_layers=made)),
)


def meeting(
    port: MediaPort | None = None, barred: Barred | None = None, limits: Limits = LIMITS
) -> RoomRuntime:
    return RoomRuntime(Room("r", "RM_1", 1, limits), port or MediaPort(), limits, barred=barred)


def join(made: RoomRuntime, identity: str, *, single: bool = False) -> Session:
    grant = VideoGrant(room="r", room_join=True, can_update_own_metadata=True)
    return made.join(Claims(iss="k", exp=0, sub=identity, video=grant), auto_subscribe=True, single=single)


def told(session: Session) -> list[str | None]:
    found = []
    while not session.outgoing.empty():
        message = session.outgoing.get_nowait()
        found.append(message.WhichOneof("message") if message else None)
    return found


async def close(made: RoomRuntime) -> None:
    made.room.close(models.ROOM_CLOSED)
    made.apply()
    await made.closed()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(REQUESTS.map(lambda made: made.SerializeToString()) | st.binary(max_size=60), max_size=12),
    st.booleans(),
)
async def test_whatever_is_said_the_others_go_on(said: list[bytes], single: bool) -> None:
    made = meeting()
    wild, calm = join(made, "wild", single=single), join(made, "calm")
    for message in said:
        wild.receive(message)
    assert calm.receive(rtc.SignalRequest(ping_req=rtc.Ping(timestamp=1)).SerializeToString())
    assert "pong_resp" in told(calm)
    await close(made)


async def test_who_leaves_leaves_nothing_behind() -> None:
    port = MediaPort()
    made = meeting(port)
    anna = join(made, "anna")
    join(made, "bruno")
    assert port.ends == 4
    made.leave(anna, models.CLIENT_INITIATED)
    await made.closed()
    assert port.ends == 2
    await close(made)
    assert port.ends == 0


async def test_who_was_sent_away_is_not_listened_to() -> None:
    made = meeting()
    older = join(made, "anna")
    join(made, "anna")
    assert not older.receive(rtc.SignalRequest(mute=rtc.MuteTrackRequest(sid="x")).SerializeToString())
    await close(made)


async def test_the_update_comes_before_the_subscribers_offer() -> None:
    made = meeting()
    anna, bruno = join(made, "anna"), join(made, "bruno")
    answer = rtc.SessionDescription(type="answer", sdp=OFFER.replace("actpass", "active"), id=1)
    bruno.receive(rtc.SignalRequest(answer=answer).SerializeToString())
    told(bruno)
    anna.receive(rtc.SignalRequest(add_track=rtc.AddTrackRequest(cid="mic-id")).SerializeToString())
    offer = rtc.SessionDescription(type="offer", sdp=OFFER, id=1)
    anna.receive(rtc.SignalRequest(offer=offer).SerializeToString())
    assert told(bruno) == ["update", "offer"]
    assert told(anna)[-3:] == ["track_published", "answer", "update"]
    await close(made)


@pytest.mark.parametrize("many", [10_000, 262_000])
async def test_a_join_with_very_many_tracks_costs_nobody_anything(
    many: int, caplog: pytest.LogCaptureFixture
) -> None:
    """SECURITY H1: such a join held the process, and with it all meetings, for 20 s."""
    made = meeting()
    asked = rtc.JoinRequest(add_track_requests=[rtc.AddTrackRequest()] * many)
    with caplog.at_level(logging.INFO, "server.sfu"):
        greedy = join(made, "greedy", single=True)
        took = processor_time(lambda: greedy.begin(asked))
    assert took < 0.05
    assert len(greedy.who.tracks) == LIMITS.tracks
    assert len(caplog.records) < 8
    # What is allowed is done, what is not is said once, five times over.
    assert told(greedy).count("request_response") < 5 * LIMITS.tracks
    await close(made)


async def test_a_join_with_as_many_tracks_as_allowed_is_whole() -> None:
    made = meeting()
    anna = join(made, "anna", single=True)
    anna.begin(rtc.JoinRequest(add_track_requests=[rtc.AddTrackRequest(cid="c")] * LIMITS.tracks))
    assert told(anna) == ["join", *["track_published"] * LIMITS.tracks]
    await close(made)


async def test_what_holds_too_much_is_refused_by_its_number_and_said_in_the_log_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = meeting()
    greedy = join(made, "greedy")
    told(greedy)
    much = rtc.UpdateParticipantMetadata(request_id=7, attributes={str(n): "" for n in range(65)})
    with caplog.at_level(logging.INFO, "server.sfu"):
        for _ in range(100):
            greedy.receive(rtc.SignalRequest(update_metadata=much).SerializeToString())
    answer = greedy.outgoing.get_nowait()
    assert answer is not None
    assert answer.request_response.request_id == 7
    assert not answer.request_response.update_metadata.attributes
    assert answer.request_response.message == "attributes has more than 64 entries"
    assert len(caplog.records) < 4
    await close(made)


async def test_who_makes_work_is_read_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message alone may be small, and so may be its bytes: what counts is what they cost."""
    made = meeting()
    greedy, calm = join(made, "greedy"), join(made, "calm")
    spent = iter(range(1000))
    monkeypatch.setattr(time, "thread_time", lambda: float(next(spent)))
    assert greedy.receive(rtc.SignalRequest(ping_req=rtc.Ping()).SerializeToString())
    assert greedy.wait() > 5
    assert calm.wait() == 0
    await close(made)


async def test_media_of_unknown_streams_goes_nowhere() -> None:
    made = meeting()
    anna = join(made, "anna")
    packet = build(96, 1, 1, 99, b"", b"x" * 1000, marker=False)
    for number in range(40):
        anna.publisher._peer.on_rtp(packet[: 12 + number], 0.0)
    assert not anna.publisher.publications
    await close(made)


async def test_over_one_connection_the_client_offers_and_is_asked_for_sections() -> None:
    made = meeting()
    anna, bruno = join(made, "anna", single=True), join(made, "bruno", single=True)
    offer = rtc.SessionDescription(type="offer", sdp=OFFER, id=1)
    bruno.begin(rtc.JoinRequest(publisher_offer=offer))
    assert told(bruno) == ["join", "answer"]
    adding = rtc.AddTrackRequest(cid="mic-id")
    anna.begin(rtc.JoinRequest(add_track_requests=[adding], publisher_offer=offer))
    assert told(anna)[-3:] == ["track_published", "answer", "update"]
    assert told(bruno) == ["update", "media_sections_requirement"]
    more = OFFER + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:3\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n"
    again = rtc.SessionDescription(type="offer", sdp=more, id=2)
    bruno.receive(rtc.SignalRequest(offer=again).SerializeToString())
    message = bruno.outgoing.get_nowait()
    assert message is not None
    track = next(iter(anna.who.tracks))
    assert message.answer.mid_to_track_id == {"3": track}
    assert f"a=msid:{anna.who.sid}|{track} {track}" in message.answer.sdp
    assert bruno.outgoing.empty()
    await close(made)


async def test_a_guest_that_takes_another_name_is_told_why_not() -> None:
    made = meeting()
    grant = VideoGrant(room="r", room_join=True, can_update_own_metadata=True)
    claims = Claims(iss="k", exp=0, sub="g", name="Gino", attributes={"kind": "guest"}, video=grant)
    guest = made.join(claims, auto_subscribe=True)
    told(guest)
    for number, changed in enumerate([{"name": "Anna"}, {"name": "Gino", "attributes": {"hand": "5"}}], 1):
        request = rtc.UpdateParticipantMetadata(request_id=number, **changed)  # type: ignore[arg-type]
        guest.receive(rtc.SignalRequest(update_metadata=request).SerializeToString())
    refused = guest.outgoing.get_nowait()
    assert refused is not None
    assert refused.request_response.request_id == 1
    assert refused.request_response.reason == rtc.RequestResponse.NOT_ALLOWED
    assert refused.request_response.message == "set by the organisation: name"
    assert told(guest) == ["request_response", "update"]
    assert guest.who.info().name == "Gino"
    assert guest.who.info().attributes == {"kind": "guest", "hand": "5"}
    await close(made)


def qualities(session: Session) -> dict[str, int]:
    found: dict[str, int] = {}
    while not session.outgoing.empty():
        message = session.outgoing.get_nowait()
        if message is not None and message.WhichOneof("message") == "connection_quality":
            found.update({one.participant_sid: one.quality for one in message.connection_quality.updates})
    return found


async def test_newcomers_hear_of_all_connections_and_the_others_of_changes() -> None:
    made = meeting()
    anna = join(made, "anna")
    made.tick(100, anna.heard_at)
    assert qualities(anna) == {anna.who.sid: models.EXCELLENT}
    bruno = join(made, "bruno")
    made.tick(100, anna.heard_at)
    assert qualities(anna) == {bruno.who.sid: models.EXCELLENT}
    assert qualities(bruno) == dict.fromkeys((anna.who.sid, bruno.who.sid), models.EXCELLENT)
    bruno.rtt = 1.5
    made.tick(100, anna.heard_at)
    assert qualities(anna) == qualities(bruno) == {bruno.who.sid: models.POOR}
    made.tick(100, anna.heard_at)
    assert qualities(anna) == {}
    await close(made)


async def test_who_floods_is_put_out_and_does_not_come_back_with_the_same_token() -> None:
    barred = Barred()
    made = meeting(barred=barred)
    flood, calm = join(made, "flood"), join(made, "calm")
    told(calm)
    began = flood.heard_at
    for second in range(LIMITS.flood_seconds + 1):
        flood.heard_at = calm.heard_at = began + second
        assert flood.who.sid in made.sessions
        flood.incoming.refused += LIMITS.bitrate // 4
        made.tick(20, began + second)
    assert set(made.sessions) == {calm.who.sid}
    last: list[rtc.SignalResponse] = []
    while message := flood.outgoing.get_nowait():
        last = [*last[-1:], message]
    why, goodbye = last
    assert {one.identity: dict(one.attributes) for one in why.update.participants} == {
        "flood": {"put_out": "flood"}
    }
    assert (goodbye.leave.reason, goodbye.leave.action) == (
        models.PARTICIPANT_REMOVED, rtc.LeaveRequest.DISCONNECT,
    )  # fmt: skip
    # Others are told no more than that it has gone.
    assert told(calm) == ["update"]
    assert barred.wait("r", "flood", began + LIMITS.flood_seconds) == pytest.approx(FIRST)
    assert barred.wait("r", "calm", began + LIMITS.flood_seconds) == 0
    with pytest.raises(Revoked):
        join(made, "flood")
    await close(made)


async def test_a_short_burst_is_borne() -> None:
    made = meeting()
    hasty = join(made, "hasty", single=True)
    began = hasty.heard_at
    for second in range(3 * LIMITS.flood_seconds):
        hasty.heard_at = began + second
        hasty.incoming.refused += LIMITS.bitrate if 2 < second < LIMITS.flood_seconds else 0
        made.tick(20, began + second)
    assert set(made.sessions) == {hasty.who.sid}
    await close(made)


async def test_who_does_not_answer_an_offer_may_come_back_anew() -> None:
    made = meeting()
    deaf, anna = join(made, "deaf"), join(made, "anna", single=True)
    told(deaf)
    began = anna.heard_at
    made.tick(20, began + LIMITS.answer_seconds - 1)
    assert deaf.who.sid in made.sessions
    anna.heard_at = deaf.heard_at = began + LIMITS.answer_seconds  # both go on talking
    made.tick(20, began + LIMITS.answer_seconds + 1)
    assert set(made.sessions) == {anna.who.sid}
    message = deaf.outgoing.get_nowait()
    assert message is not None
    assert message.leave.action == rtc.LeaveRequest.RECONNECT
    await close(made)


KEYS = {"k": "s" * 40}


def renewals(session: Session) -> list[Claims]:
    """What the tokens say that the client was sent."""
    found = []
    while not session.outgoing.empty():
        message = session.outgoing.get_nowait()
        if message is not None and message.WhichOneof("message") == "refresh_token":
            found.append(verify(message.refresh_token, KEYS, session.token.nbf))
    return found


async def test_who_is_in_the_room_always_holds_a_good_token() -> None:
    """Case 21: after an hour a broken WebSocket was the end of the meeting."""
    made = RoomRuntime(Room("r", "RM_1", 1, LIMITS), MediaPort(), LIMITS, keys=KEYS)
    grant = VideoGrant(room="r", room_join=True)
    token = Claims(iss="k", iat=1000.0, exp=4600.0, sub="anna", video=grant)
    anna = made.join(token, auto_subscribe=True)
    made.renew(2799.0)
    assert renewals(anna) == []
    held = token
    for minute in range(1, 600):
        now = 1000.0 + 60 * minute
        made.renew(now)
        for held in renewals(anna):
            assert (held.sub, held.video.room) == ("anna", "r")
        assert held.exp - now >= 1740  # half of it, but for the minute
    # What was sent last may be lost with the WebSocket.
    made.resume(anna, msgspec.structs.replace(token, iat=now - 3595, exp=now + 5))
    made.renew(now)
    assert [one.exp for one in renewals(anna)] == [now + 3600]
    await close(made)


async def test_who_has_no_websocket_gets_no_token_and_what_a_moderator_took_is_not_in_the_next() -> None:
    made = RoomRuntime(Room("r", "RM_1", 1, LIMITS), MediaPort(), LIMITS, keys=KEYS)
    token = Claims(iss="k", iat=1000.0, exp=4600.0, sub="anna", video=VideoGrant(room="r", room_join=True))
    anna = made.join(token, auto_subscribe=True)
    foreign = made.join(msgspec.structs.replace(token, iss="gone", sub="bruno"), auto_subscribe=True)
    made.room.permit(anna.who, models.ParticipantPermission(can_subscribe=True, can_publish=False))
    anna.attached = False
    made.renew(4000.0)
    assert renewals(anna) == renewals(foreign) == []
    anna.attached = True
    made.renew(4000.0)
    (renewed,) = renewals(anna)
    assert not renewed.video.can_publish
    # Whoever is sent away comes back with none of them.
    made.room.remove("anna", 4001.0)
    with pytest.raises(Revoked):
        made.room.check(renewed)
    await close(made)
