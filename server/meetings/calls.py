"""What the media server tells of its rooms, and what follows: visitors in the call, others kept out."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from typing import Protocol

from logs import log
from server.directory.ports import StandingReader
from server.homeserver.errors import HomeserverError
from server.meetings import admission, rules
from server.meetings.access import Access
from server.meetings.admission import Bearer
from server.meetings.call_roster import CallRoster, Listed, Participant
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.meeting import Meeting
from server.meetings.ports import BreakoutAdmission, MeetingByCall, ParticipantRemover, VisitorByUser
from server.meetings.refusals import MediaUnavailable, MeetingError
from server.meetings.rules import Holder
from server.meetings.visitor import Visitor

_log = log.get(__name__)
#: A call that was found empty so many times in a row is over. It takes longer with a divided one: everything
#: may have been restarted meanwhile.
_LOOKS, _LOOKS_DIVIDED = 3, 12
#: Who changes from one room of a call to another is there after so many seconds.
_ON_THE_WAY = 10.0


class ActiveVisitors(VisitorByUser, Protocol):
    async def active(self) -> list[Visitor]: ...


class RemovalRecords(Protocol):
    async def barred(self, sfu_room: str, user_id: str) -> bool: ...

    async def forget_removals(self, sfu_room: str) -> None: ...

    async def rooms_with_removals(self) -> list[str]: ...

    async def holder_of(self, sfu_room: str, identity: str) -> Holder | None: ...


class SignedOutReader(Protocol):
    async def signed_out(self, devices: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of these devices (user id, device id) whose session with us has ended."""


class CallListing(ParticipantRemover, Protocol):
    """Raises `MediaUnavailable`."""

    async def rooms(self) -> Listed: ...

    async def participants(self, sfu_room: str) -> list[Participant]: ...


class VisitorConnections(Protocol):
    async def connected(self, visitor: Visitor, meeting: Meeting) -> None: ...

    async def disconnected(self, visitor: Visitor, meeting: Meeting) -> None: ...

    async def leave(self, visitor: Visitor) -> None: ...


class DividedMeetings(BreakoutAdmission, Protocol):
    async def meetings(self) -> list[Meeting]:
        """Those that are divided."""

    async def end(self, meeting: Meeting) -> None: ...


class Calls:
    """`roster` is kept in step with the media server: told by its webhooks, healed by its lists.

    `clock` gives monotonic seconds. What is known of a call as a whole is known by its main room.
    """

    def __init__(
        self,
        roster: CallRoster,
        media: CallListing,
        meetings: MeetingByCall,
        found: ActiveVisitors,
        visitors: VisitorConnections,
        removals: RemovalRecords,
        breakouts: DividedMeetings,
        access: Access,
        people: StandingReader,
        sessions: SignedOutReader,
        changes: ChangeNotifier,
        clock: Callable[[], float],
    ) -> None:
        self._roster = roster
        self._media = media
        self._meetings = meetings
        self._found = found
        self._visitors = visitors
        self._removals = removals
        self._breakouts = breakouts
        self._access = access
        self._people = people
        self._sessions = sessions
        self._changes = changes
        self._clock = clock
        self._empty: dict[str, int] = {}
        self._idle: dict[str, int] = {}
        self._on_the_way: dict[tuple[str, str], float] = {}
        #: Called when people came into a meeting or left one.
        self.on_people: Callable[[], Awaitable[None]] = _nobody_asks

    # Told

    async def joined(self, sfu_room: str, participant: Participant) -> None:
        self._roster.joined(sfu_room, participant)
        refused = await self.is_refused_in_room(sfu_room, participant.identity)
        await self._came(sfu_room, participant.identity, refused=refused)
        await self._changed(sfu_room)

    async def left(self, sfu_room: str, participant: Participant) -> None:
        if self._roster.left(sfu_room, participant):
            await self._went(sfu_room, participant.identity)
            await self._changed(sfu_room)

    async def finished(self, sfu_room: str) -> None:
        await self._replace(sfu_room, [])
        if len(self._roster.rooms_of(self._roster.main(sfu_room))) == 1:
            await self._removals.forget_removals(sfu_room)

    # Healed

    async def heal(self) -> None:
        """Compare with what the media server has, as webhooks may be lost. Raises `MediaUnavailable`.

        What is known stays for rooms of which the media server says nothing at the moment.
        """
        listed = await self._media.rooms()
        silent = {room for room in {*listed.rooms, *self._roster.rooms()} if listed.silent(room)}
        for sfu_room in {*listed.rooms, *self._roster.rooms()} - silent:
            try:
                now = await self._media.participants(sfu_room) if sfu_room in listed.rooms else []
            except MediaUnavailable:
                silent.add(sfu_room)
                continue
            await self._replace(sfu_room, now)
        await self._end_calls(lambda sfu_room: sfu_room in silent or listed.silent(sfu_room))

    async def _end_calls(self, silent: Callable[[str], bool]) -> None:
        """What lasts as long as a call. A media server that was killed is empty for a while, too."""
        removed = set(await self._removals.rooms_with_removals())
        divided = {meeting.sfu_room: meeting for meeting in await self._breakouts.meetings()}

        def counted(before: dict[str, int], quiet: Iterable[str]) -> dict[str, int]:
            """How often in a row; where nothing is known, it is as often as before."""
            unknown = {main for main in quiet if any(map(silent, self._roster.rooms_of(main)))}
            return {main: before.get(main, 0) + (main not in unknown) for main in quiet}

        self._empty = counted(self._empty, {main for main in removed if not self._roster.in_call(main)})
        # Telephones alone are no meeting: they go back to the main room and its music.
        self._idle = counted(self._idle, {main for main in divided if not self._roster.started(main)})
        for main in [main for main, looks in self._empty.items() if looks > _LOOKS]:
            await self._removals.forget_removals(main)
        for main in [main for main, looks in self._idle.items() if looks > _LOOKS_DIVIDED]:
            await self._breakouts.end(divided[main])

    async def _replace(self, sfu_room: str, now: list[Participant]) -> None:
        came, went = self._roster.listed(sfu_room, now)
        for identity in went:
            await self._went(sfu_room, identity)
        for identity in came:
            # Who is in a breakout that has closed meanwhile goes by themselves, or is shown out later.
            refused = await self.is_refused(sfu_room, identity)
            await self._came(sfu_room, identity, refused=refused)
        if came or went:
            await self._changed(sfu_room)

    async def disconnect_strangers(self) -> None:
        """Whoever left the Matrix room, or was put out of it, has no place in its call either."""
        for main in {self._roster.main(sfu_room) for sfu_room in self._roster.rooms()}:
            meeting = await self._meeting(main)
            if meeting is None:
                continue
            try:
                members = await self._access.members_of(meeting)
            except HomeserverError:
                continue
            if members:
                await self._disconnect_strangers(meeting, members)

    async def _disconnect_strangers(self, meeting: Meeting, members: Collection[str]) -> None:
        for sfu_room in self._roster.rooms_of(meeting.sfu_room):
            for identity in [one for one in self._roster.of(sfu_room) if rules.kind_of(one) == "member"]:
                user_id = await self.user_of(sfu_room, identity)
                if user_id is not None and user_id not in members:
                    _log.info("left_the_room", meeting=meeting.id, user_id=user_id)
                    await self.disconnect(sfu_room, identity)

    async def disconnect_disabled(self) -> None:
        """Whoever was disabled, removed or signed out, by whichever process, is out.

        To be called every second or two.
        """
        there = await self._members()
        here = await self._people.still_here({holder.user_id for holder in there.values()})
        over = await self._sessions.signed_out(
            {(holder.user_id, holder.device_id) for holder in there.values() if holder.device_id}
        )
        for (sfu_room, identity), holder in there.items():
            if holder.user_id not in here or (holder.user_id, holder.device_id) in over:
                _log.info("no_right_any_more", user_id=holder.user_id, device=holder.device_id)
                await self.disconnect(sfu_room, identity)

    async def keep_devices(self, user_id: str, devices: Collection[str]) -> None:
        """A person has these devices at the homeserver and no others: those that ended are out."""
        for (sfu_room, identity), holder in (await self._members()).items():
            if holder.user_id == user_id and holder.device_id not in {None, *devices}:
                await self.disconnect(sfu_room, identity)

    async def dismiss(self, user_id: str, numbers: Collection[str]) -> None:
        """One person is out of all calls at once, and so are the telephones that have their numbers."""
        for (sfu_room, identity), holder in (await self._members()).items():
            if holder.user_id == user_id:
                await self.disconnect(sfu_room, identity)
        for visitor in await self._found.active():
            if visitor.kind == "phone" and visitor.number in numbers:
                await self._visitors.leave(visitor)

    async def people_inside(self) -> frozenset[str]:
        """The user ids of all who are in a meeting by a client of theirs."""
        return frozenset(holder.user_id for holder in (await self._members()).values())

    async def _members(self) -> dict[tuple[str, str], Holder]:
        """Whose the members' places in all calls are, by room and identity; of those of whom it is known."""
        there = [(room, one) for room in self._roster.rooms() for one in self._roster.of(room)]
        whose = {
            (room, one): await self.holder_of(room, one)
            for room, one in there
            if rules.kind_of(one) == "member"
        }
        return {place: holder for place, holder in whose.items() if holder is not None}

    # What follows

    async def user_of(self, sfu_room: str, identity: str) -> str | None:
        """Whose an identity is, a hashed one too."""
        holder = await self.holder_of(sfu_room, identity)
        return holder.user_id if holder else None

    async def holder_of(self, sfu_room: str, identity: str) -> Holder | None:
        """The same, with the device."""
        return rules.holder_of(identity) or await self._removals.holder_of(sfu_room, identity)

    async def disconnect(self, sfu_room: str, identity: str) -> None:
        try:
            await self._media.remove(sfu_room, identity)
        except MediaUnavailable:
            _log.warning("not_disconnected", identity=identity)

    async def is_refused(self, sfu_room: str, identity: str) -> bool:
        """Whether whoever comes has lost the right that their token still speaks of."""
        return admission.refusal(await self._bearer(sfu_room, identity)) is not None

    async def is_refused_in_room(self, sfu_room: str, identity: str) -> bool:
        """Whether whoever comes is kept out, left the room, or has no place in this breakout (any more)."""
        bearer, meeting = await self._bearer(sfu_room, identity), await self._meeting(sfu_room)
        if meeting is None:
            return admission.refusal(bearer) is not None
        user_id = await self.user_of(sfu_room, identity)
        try:
            members = await self._access.members_of(meeting) if bearer.kind == "member" else ()
            known = bool(members) and user_id is not None
            bearer = replace(bearer, member=user_id in members if known else None)
            refused = admission.refusal(bearer)
            return bool(refused) or not await self._breakouts.admits(meeting, sfu_room, user_id or "")
        except HomeserverError:
            # They are shown out later.
            return admission.refusal(bearer) is not None

    async def _bearer(self, sfu_room: str, identity: str) -> Bearer:
        """Whose an identity is; `is_refused_in_room` and `disconnect_strangers` ask for membership."""
        kind = rules.kind_of(identity)
        if kind != "member":
            known = await self._visit(sfu_room, identity)
            return Bearer(kind, inside=known is not None and known[0].inside)
        holder = await self.holder_of(sfu_room, identity)
        if holder is None:
            return Bearer(kind)
        here = holder.user_id in await self._people.still_here([holder.user_id])
        device = (holder.user_id, holder.device_id or "")
        signed_in = device not in await self._sessions.signed_out([device])
        removed = await self._removals.barred(self._roster.main(sfu_room), holder.user_id)
        return Bearer(kind, here, signed_in, removed)

    async def _came(self, sfu_room: str, identity: str, *, refused: bool) -> None:
        if refused:
            await self.disconnect(sfu_room, identity)
        elif (known := await self._visit(sfu_room, identity)) is not None:
            await self._safely(self._visitors.connected(*known))

    async def _went(self, sfu_room: str, identity: str) -> None:
        """Out of a room; who changes to another of the same call stays in the call for all Matrix clients."""
        if rules.kind_of(identity) == "member":
            return
        main = self._roster.main(sfu_room)
        if len(self._roster.rooms_of(main)) == 1:
            await self._gone(main, identity)
        elif not self._roster.where(main, identity):
            self._on_the_way[main, identity] = self._clock()

    async def end_departures(self) -> None:
        """Those who left one room of a call and did not come to another; to be called every few seconds."""
        now = self._clock()
        for (main, identity), since in list(self._on_the_way.items()):
            if self._roster.where(main, identity):
                self._on_the_way.pop((main, identity), None)
            elif now - since >= _ON_THE_WAY:
                self._on_the_way.pop((main, identity), None)
                await self._gone(main, identity)

    async def _gone(self, main: str, identity: str) -> None:
        known = await self._visit(main, identity)
        if known is not None and known[0].active:
            await self._safely(self._visitors.disconnected(*known))

    async def _visit(self, sfu_room: str, identity: str) -> tuple[Visitor, Meeting] | None:
        """Whose visit to this very meeting the identity is of."""
        meeting = await self._meeting(sfu_room)
        visitor = await self._found.by_user(rules.user_of(identity) or "")
        if visitor is None or meeting is None or visitor.meeting_id != meeting.id:
            return None
        return visitor, meeting

    async def _meeting(self, sfu_room: str) -> Meeting | None:
        """Whose room it is, its main one or a breakout."""
        return await self._meetings.of_call(self._roster.main(sfu_room))

    async def _safely(self, step: Awaitable[None]) -> None:
        """What could not be said in Matrix now is said again by the keeper."""
        try:
            await step
        except (HomeserverError, MeetingError) as error:
            _log.warning("visitor_not_in_step", why=str(error))

    async def _changed(self, sfu_room: str) -> None:
        await self.on_people()
        meeting = await self._meeting(sfu_room)
        if meeting is not None:
            inside = [rules.user_of(identity) for identity in self._roster.in_call(meeting.sfu_room)]
            self._access.remember_members(meeting, [user_id for user_id in inside if user_id is not None])
            self._changes.notify(meeting.id)
            await self._access.publish_change(meeting, "live")


async def _nobody_asks() -> None:
    """Who is inside matters to nobody else."""
