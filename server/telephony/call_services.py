"""What is dialled about calls in progress, decided for whoever dials it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.delegates.service import DelegateReader
from server.directory.ports import Everyone, PersonByExtension, PersonByUserId
from server.directory.service import Person
from server.groups.service import GroupReader
from server.numbers import numbers
from server.telephony import star_codes
from server.telephony.dialplan import Refusal
from server.telephony.pick_up_groups import PickUpGroups
from wire.route import (
    MergeCalls,
    ParkAnywhere,
    ParkSlot,
    PickUpRinging,
    RecordCall,
    Replaced,
    Service,
    TakeOver,
)


class ServicePeople(PersonByUserId, PersonByExtension, Everyone, Protocol):
    """The directory, as these services need it."""


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """`slots` for parked calls; whether colleagues take each other's ringing calls, and the `groups` (of
    extensions) of the short code."""

    slots: Sequence[str] = ()
    pick_up: bool = True
    groups: Sequence[Sequence[str]] = ()


async def _nobody() -> bool:
    return False


async def _ours() -> star_codes.CodeTable:
    return star_codes.CodeTable()


#: What is asked of the bridge as it is dialled.
_OTHERS: dict[type, Service] = {
    star_codes.Move: TakeOver(),
    star_codes.Merge: MergeCalls(),
    star_codes.Record: RecordCall(),
}


class CallServices:
    def __init__(
        self,
        people: ServicePeople,
        rules: ServiceRules,
        region: str,
        ring_groups: GroupReader | None = None,
        delegates: DelegateReader | None = None,
    ) -> None:
        self._people, self._rules, self._region = people, rules, region
        self._ring_groups, self._delegates = ring_groups, delegates
        #: Whether people may have their calls recorded.
        self.may_record: Callable[[], Awaitable[bool]] = _nobody
        #: What phones dial for what.
        self.code_table: Callable[[], Awaitable[star_codes.CodeTable]] = _ours
        self._everyone: Sequence[Person] = ()
        self._groups = PickUpGroups((), ())

    async def asked(self, dialled: str, user_id: str) -> Service | Refusal | None:
        """The service that this person dials, or why they do not get it; None for an ordinary number. No slot
        shadows an emergency number, or somebody's extension."""
        code = star_codes.read(dialled, self._rules.slots)
        match code:
            case star_codes.Slot(number=number):
                taken = numbers.is_emergency(number, self._region) or await self._people.by_extension(number)
                return None if taken else ParkSlot(number)
            case star_codes.Park():
                return ParkAnywhere() if self._rules.slots else Refusal.NOT_FOUND
            case star_codes.PickUp(extension=extension):
                return await self.pick_up(extension, user_id)
        return _OTHERS.get(type(code))

    async def codes(self, user_id: str) -> tuple[star_codes.StarCode, ...]:
        """What this person dials at a desk phone."""
        group = bool(await self._group(user_id))
        known = star_codes.known_to(self._rules.slots, pick_up=self._rules.pick_up, group=group)
        groups = await self._ring_groups.groups() if self._ring_groups is not None else ()
        mine = [one for one in groups if any(member.user_id == user_id for member in one.members)]
        own = star_codes.GROUP_CODES if mine else ()
        duty = star_codes.DUTY_CODES if any(one.waiting is not None for one in mine) else ()
        me = await self._people.by_user_id(user_id) if self._delegates is not None else None
        principals = await self._delegates.principals_of(me.id) if me and self._delegates else ()
        if any(one.calls for one in principals):
            own = (*own, *star_codes.CALL_FOR_CODES)
        if await self.may_record():
            known = (*known, star_codes.StarCode("record", star_codes.RECORD))
        table = await self.code_table()
        return tuple(table.shown(code) for code in (*known, *star_codes.SETTING_CODES, *own, *duty))

    async def pick_up(self, extension: str | None, user_id: str) -> PickUpRinging | Refusal:
        """What this person takes that rings at an extension; None: at one of their group."""
        if extension is not None:
            other = await self._people.by_extension(extension)
            if not self._rules.pick_up and (other is None or not await self._helps(user_id, other.user_id)):
                return Refusal.FORBIDDEN
            return PickUpRinging((other.user_id,)) if other else Refusal.NOT_FOUND
        if not self._rules.pick_up:
            return Refusal.FORBIDDEN
        group = await self._group(user_id)
        return PickUpRinging(group) if group else Refusal.NOT_FOUND

    async def replaced(self, call: Replaced, user_id: str) -> PickUpRinging | TakeOver | Refusal:
        """What becomes of a call in whose place this person calls: what rings is picked up as by the code,
        one's own is taken over, of those of others there is none."""
        own = call.user_id == user_id
        if call.early:
            allowed = own or self._rules.pick_up or await self._helps(user_id, call.user_id)
            return PickUpRinging((call.user_id,), call.call_id) if allowed else Refusal.FORBIDDEN
        return TakeOver(call.call_id) if own else Refusal.NO_SUCH_CALL

    async def near(self, user_id: str) -> Sequence[str]:
        """Those of whose ringing calls this person is told unasked."""
        me = await self._people.by_user_id(user_id)
        if me is None:
            return ()
        # Delegates are, whether or not colleagues take each other's calls.
        principals = await self._delegates.principals_of(me.id) if self._delegates is not None else ()
        helped = tuple(one.user_id for one in principals if one.sees)
        near = (await self._pick_up_groups()).near(me) if self._rules.pick_up else ()
        return tuple(dict.fromkeys((*helped, *near)))

    async def told(self, user_id: str) -> Sequence[str]:
        """Those who are told of what rings for this person."""
        callee = await self._people.by_user_id(user_id)
        if callee is None:
            return ()
        named = await self._delegates.delegates_of(callee.id) if self._delegates is not None else ()
        told = (await self._pick_up_groups()).told(callee) if self._rules.pick_up else ()
        return tuple(dict.fromkeys((*(one.user_id for one in named if one.sees), *told)))

    async def _helps(self, user_id: str, other: str) -> bool:
        """Whether somebody takes calls for another."""
        me = await self._people.by_user_id(user_id) if self._delegates is not None else None
        if me is None or self._delegates is None:
            return False
        principals = await self._delegates.principals_of(me.id)
        return any(one.user_id == other and one.answers for one in principals)

    async def _group(self, user_id: str) -> tuple[str, ...]:
        me = await self._picks_up(user_id)
        return (await self._pick_up_groups()).group_of(me) if me is not None else ()

    async def _picks_up(self, user_id: str) -> Person | None:
        """A person of the house; nobody where nothing is picked up."""
        return await self._people.by_user_id(user_id) if self._rules.pick_up else None

    async def _pick_up_groups(self) -> PickUpGroups:
        """They are made anew when people have changed, which their memory answers with another list."""
        everyone = await self._people.everyone()
        if everyone is not self._everyone:
            self._everyone, self._groups = everyone, PickUpGroups(everyone, self._rules.groups)
        return self._groups
