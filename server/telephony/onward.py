"""Where calls go on to that a ring group or an attendant sends on: one handler for each kind of target.

Whoever adds a kind registers its handler. A path is who sent the call on before, the sender last.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

from msgspec import structs

from logs import log
from server.directory.ports import PersonByUserId
from server.forwarding.rules import HOPS_MAX, Leaves, ToColleague, ToNumber
from server.groups.rules import ToMailbox
from server.telephony import dialplan
from server.telephony.dialplan import Refusal, Subscriber
from server.telephony.incoming import Incoming
from server.telephony.lookup import subscriber
from server.telephony.parties import MailboxReader
from server.telephony.ringing import Ringing
from wire.route import Forwarded, Party, Plan

_log = log.get(__name__)

Path = tuple[Forwarded, ...]


class Sender(Protocol):
    """What sends calls on, and pays for those outside: a ring group, an attendant."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def extension(self) -> str: ...

    @property
    def numbers(self) -> tuple[str, ...]: ...

    @property
    def party(self) -> Party: ...


#: What becomes of the call; why nothing does; or None where nobody is there.
Found = Plan | Refusal | None
Handler = Callable[[Any, Sender, Incoming, Path], Awaitable[Found]]


class Onward:
    def __init__(self, people: PersonByUserId, ringing: Ringing, mailboxes: MailboxReader | None) -> None:
        self._people, self._ringing, self._mailboxes = people, ringing, mailboxes
        self._handlers: dict[type[Any], Handler] = {
            ToColleague: self._to_colleague,
            ToMailbox: self._to_voicemail,
            ToNumber: self._to_number,
        }

    def register(self, target: type[Any], handler: Handler) -> None:
        self._handlers[target] = handler

    async def send(self, target: object, sender: Sender, call: Incoming, path: Path, why: Refusal) -> Plan:
        """`why` it ends here where the target takes nothing, or there is none."""
        if len(path) > HOPS_MAX:
            _log.info("call_cut", by=sender.id, why="too_long")
            return await self.refuse(why, call, sender.party, path[:-1])
        handler = self._handlers.get(type(target))
        found = await handler(target, sender, call, path) if handler is not None else None
        if isinstance(found, Plan):
            return found
        return await self.refuse(found or why, call, sender.party, path[:-1])

    async def refuse(self, why: Refusal, call: Incoming, callee: Party, path: Path) -> Plan:
        caller = await call.known_to(None)
        return Plan("refuse", why.value, caller, callee, call.ghost, forwarded=path)

    async def _to_colleague(self, target: ToColleague, sender: Sender, call: Incoming, path: Path) -> Found:
        """By what they have set; None where they are gone, or call themselves."""
        person = await self._people.by_user_id(target.user_id)
        own = call.caller is not None and call.caller.user_id == target.user_id
        if person is None or own:
            return None
        owner = subscriber(person)
        request = structs.replace(call.request, forwarded=path, group=None)
        return await self._ringing.arrive(owner, replace(call, request=request, number=owner.shown_inside))

    async def _to_voicemail(self, target: ToMailbox, sender: Sender, call: Incoming, path: Path) -> Found:
        """None where they are gone, or want no mailbox."""
        user_id = target.user_id
        person = await self._people.by_user_id(user_id)
        mailbox = await self._mailboxes.mailbox(user_id) if self._mailboxes is not None else None
        if person is None or mailbox is None:
            return None
        owner = subscriber(person)
        callee = Party(owner.user_id, owner.name, owner.shown_inside or None)
        stages = (dialplan.voicemail_stage(user_id, mailbox, "always"),)
        caller = await call.known_to(user_id)
        return Plan(
            "ring", None, caller, callee, call.ghost, None, stages, withheld=call.withheld, forwarded=path
        )

    async def _to_number(self, target: ToNumber, sender: Sender, call: Incoming, path: Path) -> Found:
        return await self._ringing.leaves(Leaves(target.number, path), call, payer(sender))


def payer(sender: Sender) -> Subscriber:
    """Who has a group's or an attendant's calls outside on their bill."""
    return Subscriber(f"house:{sender.id}", sender.name, (sender.extension,), sender.numbers)


def was_for(sender: Sender, path: Path) -> bool:
    """Whether the call was for this one before."""
    return any(one.by.user_id is None and one.by.number == sender.extension for one in path)
