"""The record that every call leaves, and how each of its two people reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from msgspec.structs import replace

from server.events.hub import Audience
from server.telephony.refusals import UnknownCall
from wire.record import (
    BY_THE_HOUSE,
    AnsweredOn,
    CallRecord,
    Fault,
    Heard,
    Outcome,
    Side,
    SoundTrouble,
    WhySound,
)
from wire.route import Forwarded, Party

PAGE_MAX = 200
#: The reason of a record whose callee has blocked the caller.
BLOCKED = "blocked"
#: Among so many calls of a person their latest in a room is looked for.
_LATEST = 10
_SIDES: tuple[Side, Side] = ("caller", "callee")


@dataclass(frozen=True, slots=True)
class AudioSeen:
    """From one person's side: what they said was heard over there, and the other way round."""

    sent: bool | None
    received: bool | None


@dataclass(frozen=True, slots=True)
class TroubleSeen:
    """Something wrong with the sound, from one person's side; `mine`: theirs does not arrive well."""

    fault: Fault
    why: WhySound
    mine: bool
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class WaitSeen:
    """The call was on hold, by one person's own hand or by the other side's; `until` is null while it is."""

    by: Literal["me", "peer"]
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """A record as one of its people sees it, in the shape of the API."""

    id: str
    direction: Literal["outbound", "inbound"]
    peer: Party
    video: bool
    started_at: int
    answered_at: int | None
    ended_at: int | None
    outcome: Outcome
    answered_on: AnsweredOn | None
    room_id: str | None
    audio: AudioSeen
    troubles: tuple[TroubleSeen, ...] = ()
    #: Who gave the peer to whom it rang, and with whom the other one talks on since this call ended.
    transferred_by: Party | None = None
    transferred_to: Party | None = None
    waits: tuple[WaitSeen, ...] = ()
    #: For whom it rang, where the callee picked it up; and who did, as they for whom it rang see it.
    picked_up_from: Party | None = None
    picked_up_by: Party | None = None
    #: By whom it came to the peer, or to me, in order; and to whom it went on from me.
    forwarded: tuple[Forwarded, ...] = ()
    forwarded_to: Party | None = None
    #: The ring group that it was for, as one of whose members I have it, or which I called; and all of them.
    group: Party | None = None
    groups: tuple[Party, ...] = ()
    #: I have blocked who called.
    blocked: bool = False
    #: Whether something of it was recorded, and the ids of what I may hear of that.
    recorded: bool = False
    recordings: tuple[str, ...] = ()
    #: The record with which the conversation began that this one is a part of.
    conversation: str | None = None
    #: In whose name the caller called; and who called in mine.
    on_behalf_of: Party | None = None
    made_by: Party | None = None

    @property
    def missed(self) -> bool:
        """Somebody called and was not spoken with, unless they were declined."""
        unanswered = self.direction == "inbound" and self.answered_at is None
        return unanswered and self.outcome not in {"answered", "rejected", "in_progress"}


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """What whoever transferred `call_id` is told, in the shape of the event: nobody took it."""

    call_id: str
    to: Party
    outcome: Outcome


#: In place of a caller who withheld name and number.
NOBODY = Party(None, "", None)


def seen_by(record: CallRecord, user_id: str) -> Call:
    """The record from the side of `user_id`, who must be one of its two people, for whom it rang, or in whose
    name it was made."""
    if user_id not in (record.caller.user_id, record.callee.user_id):
        if record.on_behalf_of is not None and record.on_behalf_of.user_id == user_id:
            return _seen_by_principal(record)
        return _seen_by_whom_it_rang_for(record, user_id)
    made = record.caller.user_id == user_id
    # The caller was answered by a machine; whom they called has missed them.
    missed = not made and record.answered_on == "voicemail"
    forth, back = record.audio.caller_to_callee, record.audio.callee_to_caller
    return Call(
        id=record.id,
        direction="outbound" if made else "inbound",
        peer=record.reached if made else NOBODY if record.withheld else record.caller,
        video=record.video,
        started_at=record.started_at,
        answered_at=None if missed else record.answered_at,
        ended_at=record.ended_at,
        outcome=record.outcome,
        answered_on=record.answered_on,
        room_id=record.room_id,
        audio=AudioSeen(forth, back) if made else AudioSeen(back, forth),
        troubles=tuple(
            TroubleSeen(one.fault, one.why, (one.side == "caller") == made, one.since, one.until)
            for one in record.sound.troubles
        ),
        transferred_by=record.transfer.by,
        transferred_to=record.transfer.to,
        waits=tuple(
            WaitSeen("me" if (one.by == "caller") == made else "peer", one.since, one.until)
            for one in record.waits
        ),
        picked_up_from=record.picked_up_from,
        forwarded=record.forwarded,
        group=_group_of(record, user_id, made=made),
        groups=_groups(record),
        blocked=not made and record.reason == BLOCKED,
        recorded=bool(record.recordings),
        on_behalf_of=record.on_behalf_of if made or not record.withheld else None,
        conversation=record.transfer.conversation,
    )


def _seen_by_principal(record: CallRecord) -> Call:
    """Somebody else talked, in their name: neither the room nor the recordings are theirs."""
    return Call(
        id=record.id,
        direction="outbound",
        peer=record.reached,
        video=record.video,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        outcome=record.outcome,
        answered_on=record.answered_on,
        room_id=None,
        audio=AudioSeen(None, None),
        groups=_groups(record),
        on_behalf_of=record.on_behalf_of,
        made_by=record.caller,
        conversation=record.transfer.conversation,
    )


def _groups(record: CallRecord) -> tuple[Party, ...]:
    return tuple(one.group.party for one in record.groups)


def _group_of(record: CallRecord, user_id: str, *, made: bool) -> Party | None:
    group = record.groups[0].group if made and record.groups else record.group_of(user_id)
    return group.party if group is not None else None


def _seen_by_whom_it_rang_for(record: CallRecord, user_id: str) -> Call:
    """It was over for them when somebody else took it: of what was said then they are told nothing."""
    group = record.group_of(user_id)
    # A machine that answers the group's caller leaves a missed call to its members.
    by_nobody = group is not None and record.answered_on == "voicemail"
    taken = None if by_nobody else record.answered_at
    gone = next((at for at, one in enumerate(record.forwarded) if one.by.user_id == user_id), None)
    if gone is not None:
        further = [one.by for one in record.forwarded[gone + 1 :]]
        to = next(iter(further), record.picked_up_from or record.callee)
        before = record.forwarded[:gone]
    else:
        to, before = None, record.forwarded
    return Call(
        id=record.id,
        direction="inbound",
        peer=NOBODY if record.withheld else record.caller,
        video=record.video,
        started_at=record.started_at,
        answered_at=None,
        ended_at=taken or record.ended_at,
        outcome="answered" if taken else "rejected" if record.declined_by(user_id) else record.outcome,
        answered_on=None,
        room_id=record.room_id,
        audio=AudioSeen(None, None),
        picked_up_by=record.callee if to is None and (group is None or taken) else None,
        forwarded=before,
        forwarded_to=to,
        group=group.party if group is not None else None,
        groups=_groups(record),
        on_behalf_of=None if record.withheld else record.on_behalf_of,
    )


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody on the other side: a colleague by user id, others by their numbers."""

    user_id: str | None = None
    numbers: tuple[str, ...] = ()


class RecordStore(Protocol):
    async def put(self, *records: CallRecord) -> set[str]:
        """Keep the records, durably, all or none; the ids of those that were not kept so or in a later
        revision."""

    async def heard(self, call_id: str, side: Side, heard: Heard, troubles: Sequence[SoundTrouble]) -> None:
        """Add how one side of a call was heard, where nobody has said that yet."""

    async def of_person(self, user_id: str, before: int | None, limit: int) -> Sequence[CallRecord]:
        """The person's calls that started before `before`, newest first; at least `limit` if there are as
        many."""


class LogReader(Protocol):
    """The call log, as records need it."""

    async def seen_by(self, record: CallRecord, user_id: str) -> Call:
        """The record as one of its people sees it, with the names that they know."""

    async def tell_missed(self, user_id: str) -> None:
        """Tell the person's pages how many missed calls are not seen."""


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is what to ask `before` for the following page; None when there is none."""

    calls: tuple[Call, ...]
    next: int | None


class CallRecords:
    def __init__(self, store: RecordStore, log: LogReader, audience: Audience) -> None:
        self._store = store
        self._log = log
        self._audience = audience

    async def put(self, *records: CallRecord) -> None:
        """Keep the records, then tell those of their people who are looking. Idempotent."""
        new = await self._store.put(*records)
        for record in records:
            # By the house's own call nobody was reached: the one that comes of it stands in the log.
            if record.id in new and record.via not in BY_THE_HOUSE:
                await self._tell(record)

    async def _tell(self, record: CallRecord) -> None:
        rang_for = record.picked_up_from.user_id if record.picked_up_from else None
        principal = record.on_behalf_of.user_id if record.on_behalf_of else None
        others = {one.by.user_id for one in record.forwarded}
        others |= {user_id for one in record.groups for user_id in one.members}
        for user_id in {record.caller.user_id, record.callee.user_id, rang_for, principal} | others:
            if user_id is not None:
                call = await self._log.seen_by(record, user_id)
                self._audience.publish("calls", {"call": call}, to=user_id)
                if call.missed:
                    await self._log.tell_missed(user_id)
        by, before = record.transfer.by, record.transfer.previous
        if by and by.user_id and before and record.ended_at and record.answered_at is None:
            failed = TransferFailed(before, record.callee, record.outcome)
            self._audience.publish("transfer_failed", failed, to=by.user_id)

    async def heard_by(
        self, user_id: str, room_id: str, heard: Heard, troubles: Sequence[SoundTrouble]
    ) -> None:
        """One of the two people says how the other was heard in their latest call of a room; `troubles` name
        their own side "caller". Raises UnknownCall.
        """
        latest = await self._store.of_person(user_id, None, _LATEST)
        record = next((one for one in latest if _took_part(one, user_id, room_id)), None)
        if record is None:
            raise UnknownCall
        made = record.caller.user_id == user_id
        mine, theirs = _SIDES if made else _SIDES[::-1]
        named = [replace(one, side=mine if one.side == "caller" else theirs) for one in troubles]
        await self._store.heard(record.id, theirs, heard, named)


def _took_part(record: CallRecord, user_id: str, room_id: str) -> bool:
    people = record.caller.user_id, record.callee.user_id
    return record.room_id == room_id and record.answered_at is not None and user_id in people
