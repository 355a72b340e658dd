"""A room's story, told through what is said to whom."""

import contextlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from server.sfu.config import Limits
from server.sfu.errors import Full, Refused, Revoked, Unknown
from server.sfu.room.news import NEWS_AT_ONCE
from server.sfu.room.room import MAX_INFO, Effects, Room
from server.sfu.signal.token import Claims, VideoGrant


def claims(identity: str, **grants: object) -> Claims:
    grant = VideoGrant(room="r", room_join=True, **grants)  # type: ignore[arg-type]
    return Claims(iss="k", exp=0, sub=identity, name=identity.title(), video=grant)


def room(*identities: str, limits: Limits | None = None, **grants: object) -> Room:
    """People with the sids "PA_<identity>", after the greetings."""
    made = Room("r", "RM_1", 1000, limits or Limits())
    for identity in identities:
        made.join(f"PA_{identity}", claims(identity, **grants), 1000, auto_subscribe=True)
    made.take()
    return made


def publish(made: Room, identity: str, sid: str, kind: int = models.AUDIO) -> None:
    made.add_track(f"PA_{identity}", rtc.AddTrackRequest(cid=f"c-{sid}", type=kind), sid)  # type: ignore[arg-type]
    name = "audio" if kind == models.AUDIO else "video"
    track = made.find_track(f"PA_{identity}", f"c-{sid}", "1", name)
    assert track is not None
    made.bind(f"PA_{identity}", track, sid[-1], "audio/opus")


def said(effects: Effects) -> list[tuple[str, str | None]]:
    return [(sid, message.WhichOneof("message")) for sid, message in effects.outbox]


def test_all_are_told_that_the_room_is_recorded_while_a_recorder_is_there() -> None:
    made = room("anna")
    made.join("PA_egress", claims("egress", recorder=True), 1001, auto_subscribe=False)
    effects = made.take()
    (told,) = [
        m.room_update.room for sid, m in effects.outbox if sid == "PA_anna" and m.HasField("room_update")
    ]
    assert told.active_recording
    (came,) = [m.update.participants[0] for sid, m in effects.outbox if m.HasField("update")]
    assert came.permission.recorder and came.kind == models.ParticipantInfo.EGRESS
    made.join("PA_bruno", claims("bruno"), 1002, auto_subscribe=True)
    (join,) = [m.join for _, m in made.take().outbox if m.HasField("join")]
    assert join.room.active_recording
    made.leave("PA_egress", models.CLIENT_INITIATED)
    updates = [m.room_update.room for _, m in made.take().outbox if m.HasField("room_update")]
    assert [one.active_recording for one in updates] == [False, False]


def test_whoever_joins_hears_of_the_others_and_they_of_it() -> None:
    made = room("anna")
    made.join("PA_bruno", claims("bruno"), 1001, auto_subscribe=True)
    effects = made.take()
    assert said(effects) == [("PA_bruno", "join"), ("PA_anna", "update")]
    join = effects.outbox[0][1].join
    assert [one.identity for one in join.other_participants] == ["anna"]
    assert join.subscriber_primary
    assert effects.renegotiate == {"PA_bruno"}


def test_the_same_identity_again_sends_the_older_away() -> None:
    made = room("anna", "bruno")
    made.join("PA_anna2", claims("anna"), 1001, auto_subscribe=True)
    effects = made.take()
    assert effects.gone == ["PA_anna"]
    assert effects.outbox[0][0] == "PA_anna"
    assert effects.outbox[0][1].leave.reason == models.DUPLICATE_IDENTITY
    assert set(made.participants) == {"PA_bruno", "PA_anna2"}


def test_a_full_room_lets_nobody_in() -> None:
    made = room("anna", limits=Limits(participants=1))
    with pytest.raises(Full):
        made.join("PA_bruno", claims("bruno"), 1001, auto_subscribe=True)
    assert set(made.participants) == {"PA_anna"}


def test_a_track_is_announced_when_media_is_agreed_upon() -> None:
    made = room("anna", "bruno")
    made.add_track("PA_anna", rtc.AddTrackRequest(cid="c", type=models.AUDIO), "TR_1")
    assert said(made.take()) == [("PA_anna", "track_published")]
    track = made.find_track("PA_anna", "c", "3", "audio")
    assert track is not None
    made.bind("PA_anna", track, "3", "audio/opus")
    effects = made.take()
    assert said(effects) == [("PA_bruno", "update"), ("PA_anna", "update")]
    assert effects.renegotiate == {"PA_bruno"}
    assert "TR_1" in made.participants["PA_bruno"].subscriptions


def test_a_section_of_a_name_that_nobody_gave_is_the_next_track_of_its_kind() -> None:
    made = room("anna")
    for sid, kind in (("TR_mic", models.AUDIO), ("TR_camera", models.VIDEO), ("TR_screen", models.VIDEO)):
        made.add_track("PA_anna", rtc.AddTrackRequest(cid=f"c-{sid}", type=kind), sid)
    found = made.find_track("PA_anna", "{made-up}", "1", "video")
    assert found is not None
    assert found.sid == "TR_camera"
    made.bind("PA_anna", found, "1", "video/vp8")
    assert made.find_track("PA_anna", "{another}", "1", "video") is found
    later = made.find_track("PA_anna", "{another}", "2", "video")
    assert later is not None
    assert later.sid == "TR_screen"
    assert made.find_track("PA_anna", "", "3", "audio") is None  # it only receives


def test_versions_grow_with_each_change() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.mute("PA_anna", "TR_1", muted=True)
    made.mute("PA_anna", "TR_1", muted=False)
    versions = [
        one.version
        for sid, message in made.take().outbox
        if sid == "PA_bruno"
        for one in message.update.participants
    ]
    assert versions == sorted(set(versions))
    assert len(versions) == 3


def test_who_mutes_without_end_is_told_of_as_it_stands_in_a_moment() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.take()
    for turn in range(201):
        made.mute("PA_anna", "TR_1", muted=turn % 2 == 0)
    told = [message for sid, message in made.take().outbox if sid == "PA_bruno"]
    assert len(told) == NEWS_AT_ONCE
    made.catch_up(10.0)
    (late,) = [message for sid, message in made.take().outbox if sid == "PA_bruno"]
    (info,) = late.update.participants
    assert info.tracks[0].muted
    assert info.version > told[-1].update.participants[0].version + 100
    # What comes and goes is told before it is offered.
    for _ in range(201):
        made.mute("PA_anna", "TR_1", muted=not made.participants["PA_anna"].tracks["TR_1"].info.muted)
    made.take()
    publish(made, "anna", "TR_2", models.VIDEO)
    assert ("PA_bruno", "update") in said(made.take())


def test_who_leaves_takes_its_tracks_along() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.take()
    made.leave("PA_anna", models.CLIENT_INITIATED)
    effects = made.take()
    gone = effects.outbox[0][1].update.participants[0]
    assert gone.state == models.ParticipantInfo.DISCONNECTED
    assert effects.renegotiate == {"PA_bruno"}
    assert not made.participants["PA_bruno"].subscriptions


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(rtc.AddTrackRequest(cid="c", type=models.DATA), id="no medium"),
        pytest.param(rtc.AddTrackRequest(cid="c", name="n" * 600), id="a long name"),
    ],
)
def test_tracks_of_unknown_form_are_refused(request_: rtc.AddTrackRequest) -> None:
    with pytest.raises(Refused):
        room("anna").add_track("PA_anna", request_, "TR_1")


def test_publishing_needs_the_grant_and_its_source() -> None:
    with pytest.raises(Refused):
        room("anna", can_publish=False).add_track("PA_anna", rtc.AddTrackRequest(cid="c"), "TR_1")
    only_microphone = room("anna", can_publish_sources=("microphone",))
    with pytest.raises(Refused):
        only_microphone.add_track(
            "PA_anna", rtc.AddTrackRequest(cid="c", type=models.VIDEO, source=models.CAMERA), "TR_1"
        )


def test_too_many_tracks_are_refused() -> None:
    made = room("anna", limits=Limits(tracks=1))
    publish(made, "anna", "TR_1")
    with pytest.raises(Refused):
        publish(made, "anna", "TR_2")


def test_without_the_grant_nothing_is_seen() -> None:
    made = room("anna")
    made.join("PA_bruno", claims("bruno", can_subscribe=False), 1, auto_subscribe=True)
    publish(made, "anna", "TR_1")
    made.update_subscription("PA_bruno", rtc.UpdateSubscription(track_sids=["TR_1"], subscribe=True))
    assert not made.participants["PA_bruno"].subscriptions


def test_subscriptions_are_taken_back_and_asked_for_again() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.update_subscription("PA_bruno", rtc.UpdateSubscription(track_sids=["TR_1"], subscribe=False))
    assert not made.participants["PA_bruno"].subscriptions
    made.update_subscription("PA_bruno", rtc.UpdateSubscription(track_sids=["TR_1"], subscribe=True))
    assert set(made.participants["PA_bruno"].subscriptions) == {"TR_1"}


def test_a_publisher_chooses_who_sees_its_tracks() -> None:
    made = room("anna", "bruno", "carla")
    publish(made, "anna", "TR_1")
    rule = rtc.TrackPermission(participant_identity="carla", all_tracks=True)
    made.set_permission("PA_anna", rtc.SubscriptionPermission(track_permissions=[rule]))
    assert not made.participants["PA_bruno"].subscriptions
    assert made.participants["PA_carla"].subscriptions
    made.update_subscription("PA_bruno", rtc.UpdateSubscription(track_sids=["TR_1"], subscribe=True))
    assert not made.participants["PA_bruno"].subscriptions
    made.set_permission("PA_anna", rtc.SubscriptionPermission(all_participants=True))
    assert made.participants["PA_bruno"].subscriptions


def test_metadata_needs_the_grant_and_a_size() -> None:
    request = rtc.UpdateParticipantMetadata(metadata="m", attributes={"hand": "up"})
    with pytest.raises(Refused):
        room("anna").update_metadata("PA_anna", request)
    made = room("anna", can_update_own_metadata=True)
    made.update_metadata("PA_anna", request)
    assert made.participants["PA_anna"].info().attributes == {"hand": "up"}


def test_who_is_no_server_says_four_kilobytes_of_itself_and_the_server_more() -> None:
    made = room("anna", can_update_own_metadata=True)
    anna = made.participants["PA_anna"]
    made.update_metadata("PA_anna", rtc.UpdateParticipantMetadata(metadata="m" * 4000, attributes={"k": "v"}))
    with pytest.raises(Refused, match="too large"):
        made.update_metadata("PA_anna", rtc.UpdateParticipantMetadata(attributes={"l": "v" * 94}))
    assert anna.attributes == {"k": "v"}
    made.update_metadata("PA_anna", rtc.UpdateParticipantMetadata(attributes={"l": "v" * 93}))
    made.describe(anna, "m" * 60_000, "", {})
    with pytest.raises(Refused, match="too large"):
        made.describe(anna, "m" * 70_000, "", {})
    assert anna.metadata == "m" * 60_000


def test_what_the_token_says_does_not_count_as_ones_own() -> None:
    made = room()
    attributes = {"kind": "member", "about": "a" * 8000}
    token = msgspec.structs.replace(claims("anna", can_update_own_metadata=True), attributes=attributes)
    anna = made.join("PA_anna", token, 1000, auto_subscribe=True)
    made.update_metadata("PA_anna", rtc.UpdateParticipantMetadata(attributes={"hand": "1"}))
    assert anna.attributes == {**attributes, "hand": "1"}


@pytest.mark.parametrize(
    "request_of",
    [
        lambda n: rtc.AddTrackRequest(cid="c", stream="s" * n),
        lambda n: rtc.AddTrackRequest(cid="c" * n),
        lambda n: rtc.AddTrackRequest(simulcast_codecs=[rtc.SimulcastCodec(cid="c" * n)]),
    ],
)
def test_a_track_with_a_long_stream_or_cid_is_refused(
    request_of: Callable[[int], rtc.AddTrackRequest],
) -> None:
    """SECURITY H2: all are told of it, and a message of 1 MB ended the WebSocket of each."""
    made = room("anna")
    made.add_track("PA_anna", request_of(256), "TR_1")
    with pytest.raises(Refused):
        made.add_track("PA_anna", request_of(257), "TR_2")
    assert list(made.participants["PA_anna"].tracks) == ["TR_1"]


SAYS = st.builds(
    lambda letter, share, most: letter * (most * share // 100),
    st.sampled_from(["a", "é", "🎈"]),
    st.sampled_from([0, 40, 99, 100, 101]),
    st.sampled_from([256, 512, 4096]),
)  # fmt: skip
GREEDY = st.one_of(
    st.builds(
        rtc.AddTrackRequest, cid=SAYS, name=SAYS, stream=SAYS, type=st.sampled_from([0, 1]),
        layers=st.just([models.VideoLayer(width=2**32 - 1, height=2**32 - 1, bitrate=2**32 - 1)] * 8),
        simulcast_codecs=st.lists(st.builds(rtc.SimulcastCodec, cid=SAYS), max_size=2),
    ),
    st.builds(
        rtc.UpdateParticipantMetadata,
        name=SAYS, metadata=SAYS, attributes=st.dictionaries(SAYS, SAYS, max_size=2),
    ),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(GREEDY, min_size=20, max_size=40))
def test_the_answer_to_who_joins_a_full_room_of_greedy_people_is_bounded(
    greed: list[rtc.AddTrackRequest | rtc.UpdateParticipantMetadata],
) -> None:
    """SECURITY H2: two guests by one link kept everybody else out."""
    limits = Limits(participants=5)
    made = room(*"abcd", limits=limits, can_update_own_metadata=True)
    for sid, one in made.participants.items():
        for number, request in enumerate(greed):
            with contextlib.suppress(Refused):
                if isinstance(request, rtc.AddTrackRequest):
                    made.add_track(sid, request, f"TR_{sid}{number}")
                else:
                    made.update_metadata(sid, request)
        for number, track in enumerate(one.tracks.values()):
            made.bind(sid, track, str(number) * 8, "video/VP8")
    effects = made.take()
    largest = max(message.ByteSize() for _, message in effects.outbox)
    assert largest < MAX_INFO + 1000
    made.join("PA_e", claims("e"), 1000, auto_subscribe=False)
    assert made.take().outbox[0][1].ByteSize() < limits.participants * (MAX_INFO + 1000)


MEMBER = {"kind": "member"}
GUEST = {"kind": "guest", "desk": "3"}
PHONE = {"kind": "phone", "unencrypted": "1"}


@pytest.mark.parametrize(
    ("attributes", "said", "kept"),
    [
        pytest.param(GUEST, {"name": "Boss"}, "name", id="a guest's name"),
        pytest.param(PHONE, {"name": "Boss"}, "name", id="a telephone's name"),
        pytest.param(MEMBER, {"name": "Boss"}, "", id="a member's name"),
        pytest.param({}, {"name": "Boss"}, "", id="the name of whoever has no attributes"),
        pytest.param(GUEST, {"name": "Anna"}, "", id="a guest says its own name again"),
        pytest.param(GUEST, {"attributes": {"kind": "member"}}, "kind", id="a guest's kind"),
        pytest.param(GUEST, {"attributes": {"kind": ""}}, "kind", id="without kind"),
        pytest.param(GUEST, {"attributes": {"kind": "guest", "hand": "1"}}, "", id="the same kind"),
        pytest.param(GUEST, {"attributes": {"desk": "4"}}, "desk", id="whatever its token says"),
        pytest.param(GUEST, {"attributes": {"unencrypted": "1"}}, "unencrypted", id="what it leaves out"),
        pytest.param(GUEST, {"attributes": {"unencrypted": ""}}, "", id="what nobody is"),
        pytest.param(PHONE, {"attributes": {"unencrypted": ""}}, "unencrypted", id="a telephone's openness"),
        pytest.param(MEMBER, {"attributes": {"kind": "phone"}}, "kind", id="a member's kind"),
        pytest.param(MEMBER, {"attributes": {"unencrypted": "1"}}, "unencrypted", id="a member's openness"),
        pytest.param(GUEST, {"attributes": {"hand": "1"}, "metadata": "m"}, "", id="a guest's hand"),
        pytest.param(
            GUEST, {"name": "X", "attributes": {"kind": "x", "desk": ""}}, "desk, kind, name", id="all"
        ),
        pytest.param({}, {"attributes": {"kind": "x", "unencrypted": "1"}}, "", id="as LiveKit has it"),
    ],
)
def test_what_the_organisation_says_of_people_they_do_not_change(
    attributes: dict[str, str], said: dict[str, object], kept: str
) -> None:
    made = room()
    token = msgspec.structs.replace(claims("anna", can_update_own_metadata=True), attributes=attributes)
    anna = made.join("PA_anna", token, 1000, auto_subscribe=True)
    request = rtc.UpdateParticipantMetadata(**said)  # type: ignore[arg-type]
    if kept:
        before = anna.info()
        with pytest.raises(Refused, match=f": {kept}$"):
            made.update_metadata("PA_anna", request)
        assert anna.info() == before
    else:
        made.update_metadata("PA_anna", request)
        assert anna.name == said.get("name", "Anna")
    made.describe(anna, "", "Boss", {"kind": "other", "unencrypted": "1"})  # by the server API
    assert (anna.name, anna.attributes["kind"], anna.attributes["unencrypted"]) == ("Boss", "other", "1")


def test_muting_by_the_server_is_told_to_the_publisher() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.take()
    made.mute("PA_anna", "TR_1", muted=True, by_server=True)
    assert said(made.take())[0] == ("PA_anna", "mute")
    with pytest.raises(Unknown):
        made.mute("PA_anna", "TR_9", muted=True)


def test_the_hidden_are_not_spoken_of() -> None:
    made = room("anna")
    made.join("PA_ghost", claims("ghost", hidden=True), 1, auto_subscribe=True)
    assert said(made.take()) == [("PA_ghost", "join")]
    made.leave("PA_ghost", models.CLIENT_INITIATED)
    assert said(made.take()) == []


def test_data_goes_to_all_others_or_to_those_named() -> None:
    made = room("anna", "bruno", "carla")
    assert made.receivers("PA_anna", []) == ["PA_bruno", "PA_carla"]
    assert made.receivers("PA_anna", ["carla", "anna"]) == ["PA_carla"]
    assert made.receivers("", []) == ["PA_anna", "PA_bruno", "PA_carla"]


def test_encryption_of_a_track_is_passed_on() -> None:
    made = room("anna")
    request = rtc.AddTrackRequest(cid="c", type=models.AUDIO, encryption=models.Encryption.GCM)
    made.add_track("PA_anna", request, "TR_1")
    assert made.take().outbox[0][1].track_published.track.encryption == models.Encryption.GCM


def happened(made: Room) -> list[tuple[str, str, str]]:
    return [
        (one.event, one.participant.identity if one.participant else "", one.track.sid if one.track else "")
        for one in made.take().happened
    ]


def test_the_outside_hears_of_comings_goings_and_tracks() -> None:
    made = room("anna")
    made.join("PA_bruno", claims("bruno"), 1001, auto_subscribe=True)
    publish(made, "bruno", "TR_1")
    assert happened(made) == [("participant_joined", "bruno", ""), ("track_published", "bruno", "TR_1")]
    made.leave("PA_bruno", models.CLIENT_INITIATED)
    assert happened(made) == [("track_unpublished", "bruno", "TR_1"), ("participant_left", "bruno", "")]


def test_a_track_that_nobody_saw_is_not_told_of() -> None:
    made = room("anna")
    made.add_track("PA_anna", rtc.AddTrackRequest(cid="c", type=models.AUDIO), "TR_1")
    made.leave("PA_anna", models.CLIENT_INITIATED)
    assert happened(made) == [("participant_left", "anna", "")]


def test_who_was_removed_comes_back_with_a_newer_token_only() -> None:
    made = room("anna", "bruno")
    made.remove("bruno", 2000.0)
    effects = made.take()
    assert effects.outbox[0][1].leave.reason == models.PARTICIPANT_REMOVED
    assert effects.gone == ["PA_bruno"]
    old = msgspec.structs.replace(claims("bruno"), nbf=1999.0)
    with pytest.raises(Revoked):
        made.join("PA_2", old, 2001, auto_subscribe=True)
    made.join("PA_3", msgspec.structs.replace(old, iat=2000.0), 2001, auto_subscribe=True)
    assert set(made.participants) == {"PA_anna", "PA_3"}


def test_tokens_of_somebody_absent_are_void_too() -> None:
    made = room("anna")
    with pytest.raises(Unknown):
        made.remove("bruno", 2000.0)
    with pytest.raises(Revoked):
        made.check(claims("bruno"))


def test_who_may_no_longer_publish_loses_what_is_published() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    made.take()
    anna = made.participants["PA_anna"]
    made.permit(anna, models.ParticipantPermission(can_subscribe=True))
    effects = made.take()
    assert said(effects)[0] == ("PA_anna", "track_unpublished")
    assert effects.renegotiate == {"PA_anna", "PA_bruno"}
    assert anna.info().permission == models.ParticipantPermission(can_subscribe=True)
    with pytest.raises(Refused):
        made.add_track("PA_anna", rtc.AddTrackRequest(cid="c", type=models.AUDIO), "TR_2")


def test_one_source_can_be_taken_away_alone() -> None:
    made = room("anna")
    made.permit(
        made.participants["PA_anna"],
        models.ParticipantPermission(can_publish=True, can_publish_sources=[models.MICROPHONE]),
    )
    microphone = rtc.AddTrackRequest(cid="c", type=models.AUDIO, source=models.MICROPHONE)
    made.add_track("PA_anna", microphone, "TR_1")
    with pytest.raises(Refused):
        made.add_track(
            "PA_anna", rtc.AddTrackRequest(cid="d", type=models.VIDEO, source=models.CAMERA), "TR_2"
        )


def test_who_may_see_again_sees_all() -> None:
    made = room("anna", "bruno")
    publish(made, "anna", "TR_1")
    bruno = made.participants["PA_bruno"]
    made.permit(bruno, models.ParticipantPermission())
    assert not bruno.subscriptions
    made.permit(bruno, models.ParticipantPermission(can_subscribe=True))
    assert set(bruno.subscriptions) == {"TR_1"}


def test_the_rooms_metadata_is_told_to_all() -> None:
    made = room("anna", "bruno")
    made.set_metadata("m")
    effects = made.take()
    assert said(effects) == [("PA_anna", "room_update"), ("PA_bruno", "room_update")]
    assert effects.outbox[0][1].room_update.room.metadata == "m"
    with pytest.raises(Refused):
        made.set_metadata("m" * 70_000)


def test_what_records_has_a_place_in_a_full_room_and_takes_nobodys() -> None:
    made = room("anna", limits=Limits(participants=2))
    made.join("PA_egress", claims("egress", recorder=True), 1001, auto_subscribe=True)
    made.join("PA_bruno", claims("bruno"), 1002, auto_subscribe=True)
    with pytest.raises(Full):
        made.join("PA_carla", claims("carla"), 1003, auto_subscribe=True)
    made.leave("PA_egress", models.CLIENT_INITIATED)
    made.join("PA_egress2", claims("egress", recorder=True), 1004, auto_subscribe=True)
    assert len(made.participants) == 3
