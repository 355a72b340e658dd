"""Where calls may be forwarded to, by the dial plan and the limits of calls outside. `forwarding.Numbers`."""

from collections.abc import Awaitable, Callable

from server.directory.service import Person
from server.forwarding.refusals import NotATarget, ToOneself
from server.forwarding.rules import Target, ToColleague, ToNumber, ToVoicemail
from server.numbers import numbers
from server.telephony import star_codes
from server.telephony.dialplan import CalledGroup, Colleague, Outside, Refusal
from server.telephony.lookup import Lookup, subscriber
from server.telephony.outgoing import Outgoing
from server.telephony.parties import CallerNameReader
from server.telephony.refusals import REFUSED, UnknownNumber


class Targets:
    def __init__(self, lookup: Lookup, names: CallerNameReader, outgoing: Outgoing, region: str) -> None:
        self._lookup, self._names, self._outgoing, self._region = lookup, names, outgoing, region
        #: What phones dial for what.
        self.code_table: Callable[[], Awaitable[star_codes.CodeTable]] | None = None

    async def reached_by(self, me: Person, typed: str) -> Target:
        # A code at a phone was made ours before; on a page people type what they dial.
        if typed.strip() in {star_codes.VOICEMAIL, await self._mailbox_code()}:
            return ToVoicemail()
        match await self._lookup.decide(typed, subscriber(me)):
            case Colleague(person=person):
                return ToColleague(person.user_id)
            case Outside(emergency=False) as outside:
                if refusal := await self._outgoing.may_call(subscriber(me), outside):
                    raise REFUSED[refusal]
                return ToNumber(outside.number)
            case CalledGroup(group=group):
                return ToNumber(group.extension)
            case Refusal.OWN_NUMBER:
                raise ToOneself
            case Refusal():
                raise UnknownNumber
            case _:
                raise NotATarget

    async def _mailbox_code(self) -> str:
        table = await self.code_table() if self.code_table is not None else star_codes.CodeTable()
        return table.codes["voicemail"]

    async def refusal_of(self, me: Person, number: str) -> str | None:
        if await self._lookup.group(number):
            return None
        refusal = await self._outgoing.may_call(subscriber(me), Outside(number))
        return refusal.value if refusal else None

    def shown(self, number: str) -> str:
        return numbers.display(number, self._region)

    async def name_of(self, me: Person, number: str) -> str | None:
        group = await self._lookup.group(number)
        return group.name if group else await self._names.name_for(me.user_id, number)
