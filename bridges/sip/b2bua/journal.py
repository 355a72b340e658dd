"""Keeps one call's record true while the call goes on, and on disk."""

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

import msgspec
from msgspec import structs

from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.identity import is_ghost, shown_to_all
from bridges.sip.b2bua.services import Services
from bridges.sip.recording.machine import closed
from wire.record import (
    ASKED,
    BY_THE_HOUSE,
    GROUPS,
    MEMBERS,
    RECORDINGS,
    WAITS,
    AnsweredOn,
    Asked,
    Audio,
    CallRecord,
    GroupRang,
    Outcome,
    Recorded,
    Side,
    Sound,
    Wait,
)
from wire.route import Party, Plan, RungGroup


class Journal:
    """The record of a call. Every change is a new revision; after `end` nothing changes any more."""

    def __init__(self, record: CallRecord, services: Services) -> None:
        self.record = record
        self._services = services
        self._kind = "bridged"
        self._make: Callable[[], Mapping[str, Any]] = dict

    @property
    def ended(self) -> bool:
        """Whether the record is closed."""
        return self.record.ended_at is not None

    def now_ms(self) -> int:
        """The wall clock, milliseconds since 1970."""
        return self._services.now_ms()

    def begin(self) -> None:
        """The call exists."""
        self._services.traces.begin(self.record.id)
        self._save()

    def routed(self, plan: Plan) -> None:
        """Who talks to whom is known."""
        self._services.traces.routed(self.record.id, plan)
        if self.ended:
            return
        record = self.record
        record.caller = _merged(record.caller, plan.caller)
        record.on_behalf_of = plan.on_behalf.principal if plan.on_behalf else record.on_behalf_of
        callee = plan.callee
        if plan.group is not None:
            self._routed_to(plan, plan.group)
            return
        if plan.ghost is not None and callee.user_id is None:
            callee = Party(user_id=plan.ghost.user_id, name=callee.name, number=callee.number)
        # Nobody took it to whom it was forwarded: it is for whoever forwarded it once more.
        back = any(one.by.user_id == callee.user_id for one in record.forwarded if one.by.user_id)
        # Who was called before has nothing to do with who is called now.
        record.callee = callee if plan.forwarded or back else _merged(record.callee, callee)
        record.forwarded = plan.forwarded if back else plan.forwarded or record.forwarded
        if plan.ghost is not None and record.caller.user_id is None and record.via.startswith("trunk"):
            record.caller = _merged(record.caller, Party(user_id=plan.ghost.user_id))
            record.callee = _merged(record.callee, plan.callee)
        record.room_id = plan.room_id or (None if _came_by_us(record) else record.room_id)
        self._save()

    def _routed_to(self, plan: Plan, group: RungGroup) -> None:
        """Nobody of the house is called yet: a ring group is."""
        record = self.record
        if plan.ghost is not None and record.caller.user_id is None:
            record.caller = _merged(record.caller, Party(user_id=plan.ghost.user_id))
        record.callee, record.room_id = plan.callee, None
        record.forwarded = plan.forwarded or record.forwarded
        record.groups = (*record.groups, GroupRang(group))[-GROUPS:]
        self._save()

    def rings_for(self, group: RungGroup, members: Iterable[str]) -> None:
        """It rings for these of the group's members."""
        if self.ended or not self.record.groups or self.record.groups[-1].group != group:
            return
        *before, last = self.record.groups
        rang = tuple(dict.fromkeys((*last.members, *members)))[:MEMBERS]
        self.record.groups = (*before, structs.replace(last, members=rang))
        self._save()

    def declined_by(self, member: str) -> None:
        """One of the group's members said no."""
        if self.ended or not self.record.groups or member not in self.record.groups[-1].members:
            return
        *before, last = self.record.groups
        declined = tuple(dict.fromkeys((*last.declined, member)))
        self.record.groups = (*before, structs.replace(last, declined=declined))
        self._save()

    def taken_by(self, member: Party, room_id: str | None) -> None:
        """One of the group's members has answered; by Matrix in a room."""
        if not self.ended:
            self.record.callee, self.record.room_id = member, room_id
            self._save()

    def named(self, title: str) -> None:
        """What the call leads to is known by its name."""
        if not self.ended:
            self.record.callee = _merged(self.record.callee, Party(name=title))
            self._save()

    def picked_up(self, by: Party) -> None:
        """Somebody else may answer than those for whom it rang."""
        if not self.ended and by.user_id != self.record.callee.user_id:
            self.record.picked_up_from = self.record.picked_up_from or self.record.callee
            self.record.callee = by
            self.record.caller = shown_to_all(self.record.caller)
            self._save()

    def not_picked_up(self) -> None:
        """The callee had answered before that came about."""
        if not self.ended and self.record.picked_up_from is not None:
            self.record.callee, self.record.picked_up_from = self.record.picked_up_from, None
            self._save()

    def asks(self, leg: str, by: str) -> None:
        """Somebody's mobile phone was answered, and costs from now on."""
        if self.ended or any(one.leg == leg and one.until is None for one in self.record.asked):
            return
        self.record.asked = (*self.record.asked, Asked(leg, by, self._services.now_ms()))[-ASKED:]
        self._save()

    def asks_no_more(self, leg: str) -> None:
        """It is known what they say there, or they are gone."""
        now = self._services.now_ms()
        asked = tuple(_over(one, now) if one.leg == leg else one for one in self.record.asked)
        if not self.ended and asked != self.record.asked:
            self.record.asked = asked
            self._save()

    def answered(self, on: AnsweredOn, at_ms: int | None = None) -> None:
        """The call was answered there; the first time counts."""
        if self.ended or (self.record.answered_at is not None and self.record.answered_on == on):
            return
        self.record.answered_at = self.record.answered_at or at_ms or self._services.now_ms()
        self.record.answered_on = on
        # A telephone took the call: whatever was offered, it has no picture.
        self.record.video = self.record.video and on == "matrix"
        self._save()

    def held(self, by: Set[Side]) -> None:
        """Who lets the other side wait from now on."""
        if self.ended or by == self.record.held_by:
            return
        now, before = self._services.now_ms(), self.record.held_by
        over = [
            msgspec.structs.replace(wait, until=now) if wait.until is None and wait.by not in by else wait
            for wait in self.record.waits
        ]
        begun = [Wait(side, now) for side in sorted(by - before)]
        self.record.waits = tuple([*over, *begun][-WAITS:])
        self._save()

    def recorded(self, recording: Recorded) -> None:
        """How a recording of the call is now."""
        if self.ended:
            return
        others = [one for one in self.record.recordings if one.id != recording.id]
        self.record.recordings = (*others, recording)[-RECORDINGS:]
        self._save()

    def sounded(self, sound: Sound, *, tell: bool) -> None:
        """How the sound is; `tell` the people in the call, not only the record when it is closed."""
        if not self.ended:
            self.record.sound = sound
            if tell:
                self._save()

    def end(self, cause: Cause, at_ms: int | None = None, *, audio: Audio | None = None) -> None:
        """Close the record; the first close counts."""
        if self.ended:
            return
        record = self.record
        record.ended_at = at_ms or self._services.now_ms()
        record.reason = cause.value
        record.audio = audio or record.audio
        record.waits = tuple(
            msgspec.structs.replace(wait, until=record.ended_at) if wait.until is None else wait
            for wait in record.waits
        )
        record.asked = tuple(_over(one, record.ended_at) for one in record.asked)
        record.recordings = tuple(closed(one, record.ended_at) for one in record.recordings)
        record.outcome = outcome(cause, answered=record.answered_at is not None)
        mine = record.callee.user_id == record.caller.user_id
        if record.answered_on == "voicemail" and record.outcome == "answered" and not mine:
            record.outcome = "missed"  # nobody did but a machine
        self._save()
        self._services.records.drop_call(record.id)
        self._services.traces.end(record.id, self._services.now_ms())

    def keep(self, kind: str, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        """From now on `snapshot` says what a later process needs to go on with the call, `kind` who reads
        it."""
        self._kind, self._make = kind, snapshot
        self.touch()

    def touch(self) -> None:
        """What `snapshot` says has changed."""
        if not self.ended:
            self._put()

    def people(self) -> list[str]:
        """Who of the house is on the phone by this call: its two sides, once they speak."""
        record = self.record
        if record.answered_at is None:
            return []
        # Who has a meeting call a telephone is in the meeting, not on the phone.
        users = (
            [record.callee.user_id]
            if record.via == "meeting" or record.via in BY_THE_HOUSE
            else [record.caller.user_id, record.callee.user_id]
        )
        if record.answered_on in {"parked", "voicemail"}:
            # Who parked the other one is in the call no more, and a machine speaks in nobody's place.
            users.remove(record.callee.user_id)
        return [user for user in users if user is not None and not is_ghost(user)]

    def _save(self) -> None:
        self.record.revision += 1
        self._services.records.put_record(self.record)
        if not self.ended:
            self._put()
        self._services.state_changed()

    def _put(self) -> None:
        self._services.records.put_call(self.record.id, self._kind, self._snapshot)

    def _snapshot(self) -> dict[str, Any]:
        return {**self._make(), "record": self.record, "at": self._services.now_ms()}


def outcome(cause: Cause, *, answered: bool) -> Outcome:
    """The outcome of a record whose call ended with `cause`."""
    if answered:
        return "interrupted" if cause is Cause.INTERRUPTED else "answered"
    return "cancelled" if cause is Cause.NORMAL else TABLE[cause].outcome


def _came_by_us(record: CallRecord) -> bool:
    """Whether the room was that of somebody who forwarded the call, into which we had called."""
    return bool(record.forwarded) and record.via != "matrix"


def _merged(known: Party, told: Party) -> Party:
    """What the plan says, and what we knew where it says nothing."""
    return Party(
        user_id=told.user_id or known.user_id,
        name=told.name or known.name,
        number=told.number or known.number,
    )


def _over(asked: Asked, now: int) -> Asked:
    return asked if asked.until is not None else structs.replace(asked, until=now)
