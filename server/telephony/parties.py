"""What outside parties are called, and the Matrix users that they get."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from server.numbers import numbers
from server.telephony.dialplan import Mailbox
from wire.route import Ghost

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
