"""What is mailed outside in the organisation's name: so much a person and day, and no links in titles."""

from collections.abc import Callable
from typing import Protocol

from server.audit.service import Audit
from server.meetings import rules
from server.meetings.refusals import AddressInTitle, TooManyInvitations

_DAY = 24 * 3_600_000


class MailCounts(Protocol):
    async def take(self, user_id: str, day: int, count: int, most: int) -> bool:
        """Count so many mails of a person's day, all or none; False when they would be more than `most`."""


class OutsideMail:
    """`most`: mails of one person in one day (UTC). `now_ms` is the wall clock."""

    def __init__(self, counts: MailCounts, audit: Audit, *, most: int, now_ms: Callable[[], int]) -> None:
        self._counts = counts
        self._audit = audit
        self._most = most
        self._now_ms = now_ms

    async def take(self, user_id: str, title: str, count: int) -> None:
        """Before `count` people outside are told of a meeting.

        Raises `AddressInTitle`, `TooManyInvitations`.
        """
        if not count:
            return
        if rules.has_web_address(title):
            raise AddressInTitle
        if not await self._counts.take(user_id, self._now_ms() // _DAY, count, self._most):
            raise TooManyInvitations
        details = {"mails": str(count)}
        await self._audit.record("meeting.invited_outside", actor=user_id, subject=title, details=details)
