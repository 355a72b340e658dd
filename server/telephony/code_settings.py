"""What phones set by a code: forwarding, do-not-disturb, a group's calls, calling back, duty in queues."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.edge.refusals import Refusal
from server.forwarding.rules import SITUATIONS, Situation
from server.forwarding.service import Wanted
from server.groups.rules import RingGroup
from server.numbers.numbers import NotANumber
from server.telephony import star_codes
from server.telephony.star_codes import (
    CallBackFrom,
    CallBackNot,
    Disturb,
    Duty,
    Forward,
    ForwardNothing,
    InGroup,
    Setting,
)
from wire.route import AnnouncementLeg, Said

Language = Literal["it", "en"]
#: Changes what a person has set, and tells their pages. Raises what `Forwarding.change` does.
Change = Callable[[Person, dict[Situation, Wanted], bool | None], Awaitable[None]]


class OwnGroups(Protocol):
    """`groups.service.Groups`, as codes need it."""

    async def of(self, me: Person) -> Sequence[RingGroup]: ...

    async def be_here(self, me: Person, group_id: str, *, here: bool) -> RingGroup: ...


class CallBackAsker(Protocol):
    """`call_backs.service.CallBacks`, as codes need it. Raises a `Refusal`."""

    async def ask_at(self, me: Person, extension: str | None) -> None: ...

    async def cancel_all(self, me: Person) -> None: ...


class Agents(Protocol):
    """`queues.service.Queues`, as codes need it. Each raises a `QueueRefusal`."""

    async def sign_in(self, me: Person) -> object: ...

    async def sign_out(self, me: Person) -> object: ...

    async def pause(self, me: Person, reason: str) -> object: ...


class CodeSettings:
    """`longest`: seconds that anybody rings."""

    def __init__(
        self,
        people: PersonByUserId,
        change: Change,
        language: Callable[[Person], Awaitable[Language]],
        longest: int,
        groups: OwnGroups | None = None,
        call_backs: CallBackAsker | None = None,
        agents: Agents | None = None,
    ) -> None:
        self._people, self._change, self._language, self._longest = people, change, language, longest
        self._groups, self._call_backs, self._agents = groups, call_backs, agents

    async def asked(self, dialled: str, user_id: str) -> AnnouncementLeg | None:
        """Set what this person dials, and what is said to them; None for what is no such code. Dialling it
        twice sets the same."""
        if (setting := star_codes.setting(dialled)) is None:
            return None
        if (person := await self._people.by_user_id(user_id)) is None:
            return None
        return AnnouncementLeg(await self._set(person, setting), await self._language(person))

    async def _set(self, person: Person, setting: Setting) -> Said:
        try:
            match setting:
                case Disturb(allowed=allowed):
                    await self._change(person, {}, not allowed)
                    return "do_not_disturb_off" if allowed else "do_not_disturb_on"
                case ForwardNothing():
                    await self._change(person, {each: Wanted(on=False) for each in SITUATIONS}, None)
                    return "forwarding_off"
                case CallBackFrom() | CallBackNot():
                    return await self._call_back(person, setting)
                case InGroup() | Duty():
                    return await self._be_there(person, setting)
                case Forward(situation=situation, on=on, number=number, after=after):
                    wanted = Wanted(on, number, after=None if after is None else min(after, self._longest))
                    await self._change(person, {situation: wanted}, None)
                    return "forwarding_on" if on else "forwarding_off"
        except (Refusal, NotANumber):
            return "not_set"

    async def _call_back(self, person: Person, setting: CallBackFrom | CallBackNot) -> Said:
        if self._call_backs is None:
            return "not_set"
        if isinstance(setting, CallBackNot):
            await self._call_backs.cancel_all(person)
            return "call_back_off"
        await self._call_backs.ask_at(person, setting.extension)
        return "call_back_on"

    async def _be_there(self, person: Person, setting: InGroup | Duty) -> Said:
        if isinstance(setting, Duty):
            return await self._on_duty(person, setting.what)
        return await self._be_here(person, setting.extension, here=setting.here)

    async def _be_here(self, person: Person, extension: str | None, *, here: bool) -> Said:
        groups = self._groups
        mine = await groups.of(person) if groups is not None else []
        meant = [group for group in mine if extension in {None, group.extension}]
        if groups is None or not meant:
            return "not_set"
        for group in meant:
            await groups.be_here(person, group.id, here=here)
        return "group_in" if here else "group_out"

    async def _on_duty(self, person: Person, what: Literal["on", "off", "break"]) -> Said:
        """Raises a `QueueRefusal`."""
        if self._agents is None:
            return "not_set"
        if what == "on":
            await self._agents.sign_in(person)
            return "on_duty"
        if what == "off":
            await self._agents.sign_out(person)
            return "off_duty"
        await self._agents.pause(person, "")
        return "on_a_break"
