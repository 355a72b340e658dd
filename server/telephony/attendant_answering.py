"""Reaching an automatic attendant: by its opening hours it answers with a menu, or sends the call on; and
what callers choose in it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from msgspec import structs

from logs import log
from server.attendants import rules
from server.attendants.rules import Attendant, ByExtension, ByName, MailboxAccess, Menu
from server.attendants.service import AttendantReader
from server.directory.ports import PersonLookup
from server.forwarding.rules import ToColleague
from server.groups.rules import RingGroup, ToAttendant, ToGroup
from server.hours.rules import State
from server.telephony import dialplan
from server.telephony.dialplan import Refusal
from server.telephony.incoming import Incoming
from server.telephony.lookup import Lookup
from server.telephony.onward import Onward, Path, Sender, was_for
from wire.route import AttendantLeg, Forwarded, Plan, Stage

_log = log.get(__name__)


class AttendantAnswering:
    """`state` is what holds by opening hours (an id, or None) at the moment."""

    def __init__(
        self,
        attendants: AttendantReader,
        people: PersonLookup,
        lookup: Lookup,
        state: Callable[[str | None], Awaitable[State]],
        onward: Onward,
    ) -> None:
        self._attendants, self._people, self._lookup = attendants, people, lookup
        self._state, self._onward = state, onward
        onward.register(ToAttendant, self._to_attendant)
        onward.register(MailboxAccess, self._to_mailboxes)

    async def arrive(self, attendant: Attendant, call: Incoming) -> Plan:
        """The call is for this attendant."""
        return await self._arrive(attendant, call, call.request.forwarded)

    async def chosen(self, call: Incoming) -> Plan:
        """What a caller chose in a menu, or where one goes who chose nothing. Whoever presses keys may go
        round as they like; without any, nobody does."""
        said = rules.chosen(call.request.dialled)
        attendant = await self._attendant(said.attendant_id if said else "")
        if said is None or attendant is None:
            return await self._onward.refuse(Refusal.NOT_FOUND, call, call.request.caller, ())
        silent = rules.OTHERWISE in said.path
        path: Path = (*call.request.forwarded, Forwarded(attendant.party, "no_answer")) if silent else ()
        call = replace(call, request=structs.replace(call.request, forwarded=(), group=None))
        target: rules.Target | MailboxAccess | None
        match attendant.at(said.path):
            case ByExtension():
                target = await self._by_extension(said.dialled)
            case ByName():
                named = await self._people.by_user_id(said.dialled)
                target = ToColleague(named.user_id) if named is not None else None
            case other:
                target = other if isinstance(other, (*rules.TARGETS, MailboxAccess)) else None
        if target is None:
            return await self._onward.refuse(Refusal.NOT_FOUND, call, attendant.party, path[:-1])
        return await self._onward.send(target, attendant, call, path, Refusal.UNREACHABLE)

    async def _arrive(self, attendant: Attendant, call: Incoming, path: Path) -> Plan:
        branch, action = attendant.branch(await self._state(attendant.hours))
        if isinstance(action, Menu):
            menu = rules.planned(attendant, (branch,))
            if menu is not None:
                return await self._answers(
                    attendant, AttendantLeg(attendant.id, attendant.language, menu), call, path
                )
        here = (*path, Forwarded(attendant.party, "always"))
        return await self._onward.send(action, attendant, call, here, Refusal.UNREACHABLE)

    async def _answers(self, attendant: Attendant, leg: AttendantLeg, call: Incoming, path: Path) -> Plan:
        return await self._plan(attendant, (Stage(dialplan.MAILBOX_TIMEOUT, (leg,)),), call, path)

    async def _to_mailboxes(self, _: MailboxAccess, sender: Sender, call: Incoming, path: Path) -> Plan:
        """In the language of the attendant."""
        attendant = await self._attendant(sender.id)
        door = dialplan.MailboxDoor(attendant.language if attendant is not None else "it")
        return await self._plan(sender, dialplan.door_stages(door), call, path)

    async def _plan(self, attendant: Sender, stages: tuple[Stage, ...], call: Incoming, path: Path) -> Plan:
        caller = await call.known_to(None)
        return Plan(
            "ring",
            None,
            caller,
            attendant.party,
            call.ghost,
            None,
            stages,
            withheld=call.withheld,
            forwarded=path,
        )

    async def _to_attendant(
        self, target: ToAttendant, sender: Sender, call: Incoming, path: Path
    ) -> Plan | None:
        following = await self._attendant(target.attendant_id)
        if following is None or was_for(following, path):
            _log.info("attendant_cut", by=sender.id, why="loop" if following else "unknown_attendant")
            return None
        return await self._arrive(following, call, path)

    async def _by_extension(self, digits: str) -> ToColleague | ToGroup | ToAttendant | None:
        """Extensions of the house alone: nobody calls outside at its expense."""
        person = await self._people.by_extension(digits)
        if person is not None:
            return ToColleague(person.user_id)
        found = await self._lookup.house(digits)
        if isinstance(found, RingGroup) and found.extension == digits:
            return ToGroup(found.id)
        return ToAttendant(found.id) if isinstance(found, Attendant) and found.extension == digits else None

    async def _attendant(self, attendant_id: str) -> Attendant | None:
        return next((one for one in await self._attendants.attendants() if one.id == attendant_id), None)
