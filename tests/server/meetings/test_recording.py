"""Recordings of meetings, as the web sees them: who may, what the bridge tells, and what it is told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.homeserver.errors import HomeserverError
from server.meetings import rules
from server.meetings.call_roster import CallRoster, Participant
from server.meetings.meeting import Meeting
from server.meetings.recording import MeetingRecordings
from server.meetings.refusals import (
    EncryptedNotRecorded,
    MeetingError,
    MeetingNotRecordedNow,
    MeetingNotStarted,
    MeetingRecordingNotKept,
    ModeratorsOnly,
    RecordingNotAllowed,
)
from wire.meeting_recording import MeetingRecord, MeetingRecordAnswer, MeetingRecorded, Refused
from wire.record import Recorded
from wire.route import Party

ANNA, BRUNO = "@anna:example.org", "@bruno:example.org"
ID = "a" * 32


class Surroundings:
    """Everything around it: Anna moderates, Bruno does not."""

    def __init__(self) -> None:
        self.meeting = Meeting(
            "m", "!r:example.org", "room", "Weekly", ANNA, "it", encrypted=False, created_at=0
        )
        self.roster, self.clock, self.allowed = CallRoster(), 100.0, True
        self.refused: Refused | None = None
        self.asked: list[MeetingRecord] = []
        self.audited: list[tuple[str, dict[str, Any]]] = []
        self.published: list[str] = []
        self.woken = 0
        self.encrypted_by_now: bool | None = False
        self.claims: list[dict[str, Any]] = []
        around = cast("Any", self)
        self.recordings = MeetingRecordings(
            around, around, self.roster, around, around, around, around, around, around,
            sfu_url=lambda room: f"ws://sfu/{room}", mint=self._mint, domain="example.org",
            now=lambda: 1000, clock=lambda: self.clock, fresh_id=lambda: ID,
        )  # fmt: skip

    def _mint(self, claims: dict[str, Any]) -> str:
        self.claims.append(claims)
        return "token"

    def enter(self, identity: str) -> None:
        self.roster.joined("room", Participant(identity, f"PA_{identity}"))

    async def tell(self, state: Any, recording_id: str = ID, *, outside: bool = False) -> Any:
        recorded = Recorded(recording_id, state, 1, by=ANNA)
        return await self.recordings.told("m", MeetingRecorded(recorded=recorded, outside=outside))

    # --- what it uses ---

    async def get(self, meeting_id: str) -> Meeting | None:
        return self.meeting if meeting_id == "m" else None

    async def moderator(self, _meeting_id: str, user_id: str) -> tuple[Meeting, None]:
        if user_id != ANNA:
            raise ModeratorsOnly
        return self.meeting, None

    async def member(self, _meeting_id: str, _user_id: str) -> tuple[Meeting, Any]:
        return self.meeting, self

    def is_moderator(self, user_id: str) -> bool:
        return user_id == ANNA

    async def current(self, meeting: Meeting) -> Meeting:
        if self.encrypted_by_now is None:
            raise HomeserverError
        return replace(meeting, encrypted=self.encrypted_by_now)

    async def publish_change(self, _meeting: Meeting, change: str) -> None:
        self.published.append(change)

    def notify(self, _meeting_id: str) -> None:
        self.woken += 1

    async def user_of(self, _sfu_room: str, identity: str) -> str | None:
        return rules.user_of(identity)

    async def by_user(self, user_id: str) -> Any:
        names = {"@_guest_1:example.org": "Gino", "@_tel_meeting_1:example.org": "+39 06 ••• 5421"}
        return SimpleNamespace(name=names[user_id]) if user_id in names else None

    async def may_record(self) -> bool:
        return self.allowed

    async def record(self, *given: Any, **about: Any) -> Any:
        if isinstance(given[-1], MeetingRecord):
            self.asked.append(given[-1])
            return MeetingRecordAnswer(self.refused)
        self.audited.append((about["actor"], about["details"]))
        return None


@pytest.fixture
def around() -> Surroundings:
    made = Surroundings()
    made.enter(f"{ANNA}:DESK")
    return made


async def test_a_moderator_begins_it_and_that_is_written_down(around: Surroundings) -> None:
    await around.recordings.want(ANNA, "m", "start", "192.0.2.1")
    assert around.asked == [MeetingRecord(what="start", by=ANNA, id=ID, title="Weekly")]
    assert around.audited == [(ANNA, {"what": "start", "title": "Weekly"})]


async def test_who_is_no_moderator_any_more_neither_pauses_nor_ends_it(around: Surroundings) -> None:
    for what in ("start", "pause", "resume", "stop"):
        with pytest.raises(ModeratorsOnly):
            await around.recordings.want(BRUNO, "m", cast("Any", what), "")
    assert not around.asked and not around.audited


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"allowed": False}, RecordingNotAllowed),
        ({"roster": None}, MeetingNotStarted),
        ({"encrypted": True}, EncryptedNotRecorded),
        ({"refused": "recording_not_kept"}, MeetingRecordingNotKept),
        ({"refused": "not_possible_now"}, MeetingNotRecordedNow),
    ],
)
async def test_why_none_begins(change: dict[str, Any], refusal: type[MeetingError]) -> None:
    around = Surroundings()
    # Telephones alone are no meeting, and what records is nobody.
    around.enter("@_tel_meeting_1:example.org:PHONE")
    around.enter(f"@_tel_recording_{ID}:example.org:RECORDER")
    if "roster" not in change:
        around.enter(f"{ANNA}:DESK")
    around.allowed, around.refused = change.get("allowed", True), change.get("refused")
    around.meeting = replace(around.meeting, encrypted=change.get("encrypted", False))
    with pytest.raises(refusal):
        await around.recordings.want(ANNA, "m", "start", "")
    assert not around.audited


async def test_it_is_ended_where_none_may_begin_any_more(around: Surroundings) -> None:
    around.allowed = False
    around.meeting = replace(around.meeting, encrypted=True)
    await around.recordings.want(ANNA, "m", "stop", "")
    assert [one.what for one in around.asked] == ["stop"]


async def test_members_are_told_of_each_change_and_of_none_twice(around: Surroundings) -> None:
    for state in ("announced", "announced", "runs", "runs", "paused", "over", "over"):
        await around.tell(state)
    assert around.published == ["recording"] * 4 and around.woken == 4
    assert around.recordings.state_of("m") is None


async def test_the_end_of_an_earlier_one_does_not_hide_the_next(around: Surroundings) -> None:
    await around.tell("runs")
    await around.tell("runs", "b" * 32)
    await around.tell("failed")
    assert around.recordings.state_of("m") == "runs"
    view = await around.recordings.of(ANNA, "m")
    assert (view.state, view.by, view.may) == ("runs", ANNA, True)
    assert not (await around.recordings.of(BRUNO, "m")).may


async def test_without_a_word_of_the_bridge_nothing_is_recorded(around: Surroundings) -> None:
    await around.tell("runs")
    around.clock += 19
    assert around.recordings.state_of("m") == "runs"
    around.clock += 1
    assert around.recordings.state_of("m") is None


async def test_it_ends_with_a_meeting_that_is_cancelled_or_encrypted(around: Surroundings) -> None:
    assert (await around.tell("runs")).goes_on
    around.encrypted_by_now = None  # the homeserver is away: as it was
    assert (await around.tell("runs")).goes_on
    around.encrypted_by_now = True
    assert not (await around.tell("runs")).goes_on
    around.encrypted_by_now = False
    around.meeting = replace(around.meeting, cancelled_at=1)
    assert not (await around.tell("runs")).goes_on
    assert not (
        await around.recordings.told("gone", MeetingRecorded(recorded=Recorded(ID, "runs", 1)))
    ).goes_on


async def test_who_is_there_is_told_by_the_names_that_all_read(around: Surroundings) -> None:
    for identity in (
        f"{ANNA}:PHONE",
        "@_guest_1:example.org:GUEST",
        "@_tel_meeting_1:example.org:PHONE",
        f"@_tel_recording_{ID}:example.org:RECORDER",
    ):
        around.enter(identity)
    now = await around.tell("runs")
    assert now.people == (Party(ANNA), Party(name="Gino"), Party(name="+39 06 ••• 5421"))
    assert not now.empty and now.sfu is None


async def test_its_ticket_hears_and_says_nothing(around: Surroundings) -> None:
    ticket = (await around.tell("announced", outside=True)).sfu
    assert (ticket.url, ticket.token, ticket.room) == ("ws://sfu/room", "token", "room")
    assert ticket.identity == f"@_tel_recording_{ID}:example.org:RECORDER"
    (claims,) = around.claims
    assert claims["sub"] == ticket.identity
    video = claims["video"]
    assert video["recorder"] and not (video["canPublish"] or video["canPublishData"])
    assert video["room"] == "room" and video["canSubscribe"]


def test_nobody_else_has_a_recorders_identity_or_grant() -> None:
    for user_id in (ANNA, "@_guest_1:example.org", "@_tel_meeting_1:example.org"):
        # Whatever device its client says it is.
        identity = rules.plain_identity(user_id, f"@_tel_recording_{ID}:example.org:RECORDER")
        assert rules.kind_of(identity) != "recorder"
        assert "recorder" not in rules.claims(identity, "room", 0, "", {"kind": "recorder"})["video"]
