"""What holds for all mailboxes: as it is configured, until an administrator chooses."""

import asyncio
from typing import Protocol

from server.audit.service import Audit
from server.directory.access import Actor
from server.voicemail.rules import Changes, Keeping


class RulesStore(Protocol):
    async def rules(self) -> Changes:
        """What was chosen."""

    async def choose_rules(self, chosen: Changes) -> None: ...


class MailboxRules:
    def __init__(self, store: RulesStore, configured: Keeping, audit: Audit) -> None:
        self._store, self._configured, self._audit = store, configured, audit
        #: What one administrator chooses is not written over by what another had read before.
        self._one_at_a_time = asyncio.Lock()

    async def now(self) -> Keeping:
        """What holds."""
        return (await self._store.rules()).of(self._configured)

    async def choose(self, actor: Actor, changes: Changes) -> Keeping:
        """From now on."""
        async with self._one_at_a_time:
            await self._store.choose_rules(changes.over(await self._store.rules()))
        about = {name: str(value) for name, value in changes.chosen.items()}
        await self._audit.record("voicemail.settings", actor=actor.name, address=actor.address, details=about)
        return await self.now()
