"""One-time links of mails: for an invitation, or for a forgotten password.

A link holds 256 random bits; the server keeps their hash. It is spent together with what it was for, in one
transaction, so that it works once however many ask at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from server.accounts import rules
from server.notifications.service import Language

Purpose = Literal["invitation", "reset"]
#: Milliseconds that a link works.
LIVES: dict[Purpose, int] = {"invitation": 72 * 3_600_000, "reset": 60 * 60_000}


class LinkUnknown(rules.AccountError):
    """This link is not one of ours; copy it whole from the mail."""

    code, status = "link_unknown", 404


class LinkExpired(rules.AccountError):
    """This link has expired; ask for a new one."""

    code, status = "link_expired", 410


class LinkUsed(rules.AccountError):
    """This link was used already; sign in with your password."""

    code, status = "link_used", 410


class LinkRevoked(rules.AccountError):
    """This link was withdrawn; a newer mail may hold one that works."""

    code, status = "link_revoked", 410


@dataclass(frozen=True, slots=True)
class Link:
    """Times in milliseconds since the epoch; `created_by` is a user id or `audit.COMMAND_LINE`."""

    id: str
    token_hash: str
    purpose: Purpose
    person_id: str
    language: Language
    created_by: str
    created_at: int
    expires_at: int
    used_at: int | None = None
    revoked_at: int | None = None

    def checked(self, now: int) -> "Link":
        """This link, if it works. Raises `LinkUsed`, `LinkRevoked`, `LinkExpired`."""
        if self.used_at is not None:
            raise LinkUsed
        if self.revoked_at is not None:
            raise LinkRevoked
        if now >= self.expires_at:
            raise LinkExpired
        return self


class AccountLinkStore(Protocol):
    async def add(self, link: Link) -> None:
        """Add this one. Of invitations it revokes the person's others.

        Whoever likes asks for a link to a new password, for anybody: the one that the person has open, from
        the same mailbox, goes on working until one of them is used.
        """

    async def by_token(self, token_hash: str) -> Link | None: ...

    async def of_purpose(self, purpose: Purpose) -> Sequence[Link]:
        """The newest of each person, newest first."""

    async def spend(self, token_hash: str, password_hash: str, now_ms: int) -> bool:
        """Mark a working link as used, set its person's password, revoke their other links; all or nothing.

        False when it does not work (any more).
        """

    async def revoke(self, person_id: str, purpose: Purpose, now_ms: int) -> bool:
        """False when no link of the person worked."""


class Links:
    """`origin` is the configured public address: what a request says of its host is never put into a mail."""

    def __init__(
        self,
        store: AccountLinkStore,
        *,
        origin: str,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
        fresh_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._origin = origin
        self._now_ms = now_ms
        self._fresh_token = fresh_token
        self._fresh_id = fresh_id

    async def issue(self, purpose: Purpose, person_id: str, language: Language, by: str) -> tuple[str, Link]:
        """A fresh link and its address; of an invitation those before it stop working.

        The secret stands behind the `#`: browsers send it neither to servers nor to pages they go to next.
        """
        token, now = self._fresh_token(), self._now_ms()
        expires = now + LIVES[purpose]
        link = Link(self._fresh_id(), rules.token_hash(token), purpose, person_id, language, by, now, expires)
        await self._store.add(link)
        page = {"invitation": "invitation", "reset": "new-password"}[purpose]
        return f"{self._origin}/#/{page}?token={token}", link

    async def look(self, purpose: Purpose, token: str) -> Link:
        """Raises `LinkUnknown`, `LinkExpired`, `LinkUsed`, `LinkRevoked`."""
        link = await self._store.by_token(rules.token_hash(token))
        if link is None or link.purpose != purpose:
            raise LinkUnknown
        return link.checked(self._now_ms())

    async def spend(self, purpose: Purpose, token: str, password_hash: str) -> None:
        """Set the password. Raises what `look` raises; of several at once all but one."""
        link = await self.look(purpose, token)
        if not await self._store.spend(link.token_hash, password_hash, self._now_ms()):
            await self.look(purpose, token)
            raise LinkUsed

    async def of_purpose(self, purpose: Purpose) -> Sequence[Link]:
        return await self._store.of_purpose(purpose)

    async def revoke(self, person_id: str, purpose: Purpose) -> bool:
        return await self._store.revoke(person_id, purpose, self._now_ms())
