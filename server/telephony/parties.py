"""What outside parties are called, and the Matrix users that they get."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from server.numbers import numbers
from server.telephony.dialplan import DialIn, Mailbox
from wire.route import Ghost, Party

_GHOST = re.compile(r"@_tel_(\+?[0-9]{2,20}|anonymous):(.+)")
ANONYMOUS = "anonymous"


class CallerNameReader(Protocol):
    """The phonebooks, as telephony needs them."""

    async def name_for(self, user_id: str | None, number: str) -> str | None:
        """What a number outside is called on the display of `user_id`, or of nobody in particular."""

    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """The same of many; unknown ones are left out."""


class MailboxReader(Protocol):
    """Voicemail, as telephony needs it."""

    async def mailbox(self, user_id: str) -> Mailbox | None:
        """The mailbox of somebody who wants one."""


class CallRefuser(Protocol):
    """The block lists, as telephony needs them."""

    async def refuses(self, user_id: str, number: str | None) -> bool:
        """Whether this person does not want a call from outside, of `number`, or of who withholds it."""


def ghost_of(number: str | None, domain: str) -> Ghost:
    """The ghost of an E.164 or short number, or of all who withhold theirs."""
    name = numbers.international(number) if number else ANONYMOUS
    return Ghost(f"@_tel_{number or ANONYMOUS}:{domain}", name, number)


def ghost_from(user_id: str, domain: str) -> Ghost | None:
    """The ghost that `user_id` names; None for people, other servers, and what is no number."""
    found = _GHOST.fullmatch(user_id)
    if found is None or found[2] != domain:
        return None
    return ghost_of(None if found[1] == ANONYMOUS else found[1], domain)


class Outsiders:
    """Who is outside, as those of the house know them. `dial_in` is reached by numbers, too."""

    def __init__(self, names: CallerNameReader, domain: str, dial_in: DialIn) -> None:
        self._names, self._domain, self._dial_in = names, domain, dial_in

    def ghost(self, number: str | None) -> Ghost:
        """Named by its number: all who share a room with it read that, whatever a phonebook says."""
        ghost = ghost_of(number, self._domain)
        if number and self._dial_in.name and self._dial_in.is_reached_by(number):
            return replace(ghost, name=self._dial_in.name)
        return ghost

    def ghost_from(self, user_id: str) -> Ghost | None:
        """The ghost that a user id names; None for everybody else."""
        known = ghost_from(user_id, self._domain)
        return self.ghost(known.number) if known else None

    async def party(self, ghost: Ghost, reader: str | None) -> Party:
        """The other side as `reader` (a user id) knows it; as the company does for None."""
        name = await self._names.name_for(reader, ghost.number) if ghost.number else None
        return Party(None, name or ghost.name, ghost.number)

    async def known_to(self, reader: str | None, party: Party) -> Party:
        """Who is transferred. An outside party is named as `reader` (a user id) knows it, not as whoever
        transfers does (docs/decisions/0007); for None it has a number alone."""
        known = self.ghost_from(party.user_id or "")
        if known is None and (party.user_id is not None or party.number is None):
            return party
        number = known.number if known else party.number
        named = await self.party(self.ghost(number), reader) if reader is not None else Party()
        return Party(party.user_id, named.name, party.number)

    def speaker(self, caller: Party, *, withheld: bool) -> Ghost | None:
        """The ghost that rings for who is no person of the house, or withholds their number, which would be
        seen in a room of their own; None for a person, who rings in their own name."""
        if withheld:
            return self.ghost(None)
        known = self.ghost_from(caller.user_id or "")
        if known is None and caller.user_id is not None:
            return None
        return known or self.ghost(caller.number)
