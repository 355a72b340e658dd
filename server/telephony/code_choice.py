"""Which codes phones dial for what: as it is configured, until an administrator chooses."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from server.audit.service import Audit
from server.config import star_codes as rules
from server.directory.access import Actor
from server.edge.refusals import Refusal
from server.telephony.star_codes import CodeTable


class NoCode(Refusal):
    """A code is two stars, or one or two stars or a hash with up to four digits; those that switch something
    have two to four digits alone."""

    code, status = "invalid_code", 400


class CodesClash(Refusal):
    """Two of these codes cannot be told apart."""

    code, status = "codes_clash", 409


class CodeReader(Protocol):
    async def codes(self) -> Mapping[str, str]:
        """Those that were chosen, by their names."""


class CodeStore(CodeReader, Protocol):
    async def choose(self, chosen: Mapping[str, str]) -> None: ...


class CodeChoice:
    def __init__(self, store: CodeStore, configured: Mapping[str, str], audit: Audit) -> None:
        self._store, self._configured, self._audit = store, configured, audit
        #: What one administrator chooses is not written over by what another had read before.
        self._one_at_a_time = asyncio.Lock()

    async def now(self) -> Mapping[str, str]:
        """All of them, by their names."""
        return table(self._configured, await self._store.codes()).codes

    @property
    def configured(self) -> Mapping[str, str]:
        """Those before anybody chose."""
        return CodeTable(self._configured).codes

    async def choose(self, actor: Actor, wanted: Mapping[str, str]) -> Mapping[str, str]:
        """What is not named is as it was. Raises `NoCode`, `CodesClash`."""
        for name, code in wanted.items():
            if not rules.is_code(name, code):
                raise NoCode(name)
        async with self._one_at_a_time:
            codes = {**await self.now(), **wanted}
            if found := rules.clash(codes):
                raise CodesClash(" ".join(found))
            ours = self.configured
            await self._store.choose({name: code for name, code in codes.items() if code != ours[name]})
        await self._audit.record(
            "star_codes.changed", actor=actor.name, address=actor.address, details=dict(wanted)
        )
        return codes


def table(configured: Mapping[str, str], chosen: Mapping[str, str]) -> CodeTable:
    """What holds. What was chosen before the configuration changed, or before we had a code more, may clash
    with it now: a code of ours gives way where it can, else what is configured holds."""
    settled = rules.give_way(CodeTable({**configured, **chosen}).codes, chosen)
    return CodeTable(configured if settled is None else settled)
