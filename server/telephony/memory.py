"""Who is reached by what, remembered until somebody changes any of it.

People, extensions, numbers, lines, phonebooks and what people set for their calls are written in many
places, by commands of other processes, too. All of them raise the one version of the data
(`storage.version`); what was read at another is forgotten.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from server.attendants.rules import Attendant
from server.attendants.service import AttendantReader
from server.blocking.rules import Blocked
from server.blocking.service import BlockedReader
from server.delegates.rules import Delegate, Principal
from server.delegates.service import DelegateReader
from server.directory.ports import Everyone, PersonLookup
from server.directory.service import Person
from server.forwarding.rules import Services
from server.forwarding.service import ServiceReader
from server.groups.rules import RingGroup
from server.groups.service import GroupReader
from server.hours.rules import Hours
from server.hours.service import HoursReader
from server.telephony.code_choice import CodeReader, table
from server.telephony.dialplan import Mailbox, Trunk
from server.telephony.outgoing import Lines
from server.telephony.parties import CallerNameReader, MailboxReader
from server.telephony.star_codes import CodeTable

#: Answers that are kept; with one more all are forgotten. Strangers choose the numbers that are asked for.
CAPACITY = 20_000

_Answer = TypeVar("_Answer")
#: The version of the data. Raises what the database raises.
Version = Callable[[], Awaitable[int]]


class RoutePeople(PersonLookup, Everyone, Protocol):
    """The directory, as routes need it."""


class RouteMemory:
    """`RoutePeople`, `CallerNameReader`, `Lines`, `ServiceReader`, `MailboxReader`, `BlockedReader`,
    `GroupReader`, `HoursReader` and `AttendantReader` in one, each question asked once a version."""

    def __init__(
        self,
        version: Version,
        people: RoutePeople,
        names: CallerNameReader,
        lines: Lines,
        services: ServiceReader,
        mailboxes: MailboxReader,
        blocked: BlockedReader,
        groups: GroupReader,
        hours: HoursReader,
        attendants: AttendantReader,
        delegates: DelegateReader | None = None,
        codes: CodeReader | None = None,
        configured_codes: Mapping[str, str] | None = None,
    ) -> None:
        self._now = version
        self._people, self._names, self._lines = people, names, lines
        self._services, self._mailboxes, self._blocked = services, mailboxes, blocked
        self._groups, self._delegates = groups, delegates
        self._hours, self._attendants = hours, attendants
        self._codes, self._configured_codes = codes, configured_codes or {}
        self._version = -1
        self._answers: dict[Hashable, Any] = {}

    async def by_user_id(self, user_id: str) -> Person | None:
        return await self._ask(("user", user_id), lambda: self._people.by_user_id(user_id))

    async def by_extension(self, extension: str) -> Person | None:
        return await self._ask(("extension", extension), lambda: self._people.by_extension(extension))

    async def by_number(self, e164: str) -> Person | None:
        return await self._ask(("number", e164), lambda: self._people.by_number(e164))

    async def everyone(self) -> Sequence[Person]:
        return await self._ask(("everyone",), self._people.everyone)

    async def name_for(self, user_id: str | None, number: str) -> str | None:
        return await self._ask(("name", user_id, number), lambda: self._names.name_for(user_id, number))

    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """`log.service.OutsideNames`: those that are not known are asked for at once."""
        version = await self._forget_older()
        unknown = [number for number in numbers if ("name", user_id, number) not in self._answers]
        found = await self._names.names_for(user_id, unknown) if unknown else {}
        if version == self._version:
            self._answers |= {("name", user_id, number): found.get(number) for number in unknown}
        named = {
            number: self._answers.get(("name", user_id, number)) or found.get(number) for number in numbers
        }
        return {number: name for number, name in named.items() if name}

    async def services_of(self, person_id: str) -> Services:
        return await self._ask(("services", person_id), lambda: self._services.services_of(person_id))

    async def current(self) -> Sequence[Trunk]:
        return await self._ask(("lines",), self._lines.current)

    async def blocked_by(self, person_id: str) -> Sequence[Blocked]:
        return await self._ask(("blocked", person_id), lambda: self._blocked.blocked_by(person_id))

    async def mailbox(self, user_id: str) -> Mailbox | None:
        return await self._ask(("mailbox", user_id), lambda: self._mailboxes.mailbox(user_id))

    async def delegates_of(self, person_id: str) -> Sequence[Delegate]:
        reader = self._delegates
        if reader is None:
            return ()
        return await self._ask(("delegates", person_id), lambda: reader.delegates_of(person_id))

    async def principals_of(self, person_id: str) -> Sequence[Principal]:
        reader = self._delegates
        if reader is None:
            return ()
        return await self._ask(("principals", person_id), lambda: reader.principals_of(person_id))

    async def groups(self) -> Sequence[RingGroup]:
        return await self._ask(("groups",), self._groups.groups)

    async def hours(self) -> Sequence[Hours]:
        return await self._ask(("hours",), self._hours.hours)

    async def attendants(self) -> Sequence[Attendant]:
        return await self._ask(("attendants",), self._attendants.attendants)

    async def code_table(self) -> CodeTable:
        """What phones dial for what."""
        return await self._ask(("codes",), self._code_table)

    async def _code_table(self) -> CodeTable:
        chosen = await self._codes.codes() if self._codes is not None else {}
        return table(self._configured_codes, chosen)

    async def _ask(self, question: Hashable, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        version = await self._forget_older()
        if question in self._answers:
            known: _Answer = self._answers[question]
            return known
        answer = await ask()
        # Another question may have found a newer version meanwhile: this answer may be older than that.
        if version == self._version:
            self._answers[question] = answer
        return answer

    async def _forget_older(self) -> int:
        """Forget what was read at another version than now's, which is answered."""
        version = await self._now()
        if version != self._version or len(self._answers) >= CAPACITY:
            self._version, self._answers = version, {}
        return version
