"""Lines to the outside: those of the configuration file, and those that administrators add while it runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from server.audit.service import Audit
from server.directory.access import Actor
from server.telephony.dialplan import Trunk
from server.trunks import rules
from server.trunks.rules import Line, LineWithSecret


class LineStore(Protocol):
    async def all(self) -> list[Line]:
        """In the order they are tried."""

    async def add(self, line: Line) -> None:
        """After all others. Raises `TrunkTaken`."""

    async def replace(self, line: Line) -> None: ...

    async def remove(self, name: str) -> None: ...


class TrunkPasswords(Protocol):
    """Where trunks' passwords lie; reading needs the rights of the server's own user."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, password: str) -> None: ...

    def delete(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class TrunkState:
    """What the bridge says of a trunk. `up` is None where it does not know: calls are tried all the same."""

    up: bool | None
    why: str | None = None


class TrunkControl(Protocol):
    """The SIP bridge. Does not raise."""

    async def trunk_states(self) -> dict[str, TrunkState]:
        """By name; empty when the bridge does not answer."""

    async def reload_trunks(self) -> None: ...

    async def try_trunk(self, name: str) -> dict[str, Any] | None:
        """None when the bridge does not answer, or does not know it."""


@dataclass(frozen=True, slots=True)
class KnownLine:
    """`source` says where it can be changed; `state` is None while nobody knows."""

    line: Line
    source: Literal["file", "database"]
    has_password: bool
    state: TrunkState | None = None


@dataclass(frozen=True, slots=True)
class NewLine:
    """What an administrator says. A `password` of None leaves the one there is; empty removes it.
    `keep_settings` leaves the settings that a line to be replaced has."""

    line: Line
    password: str | None = field(default=None, repr=False)
    keep_settings: bool = False


class Trunks:
    """`configured` are the lines of the configuration file, which come first."""

    def __init__(
        self,
        configured: Sequence[LineWithSecret],
        store: LineStore,
        passwords: TrunkPasswords,
        bridge: TrunkControl,
        audit: Audit,
        region: str,
    ) -> None:
        self._configured = tuple(configured)
        self._store = store
        self._passwords = passwords
        self._bridge = bridge
        self._audit = audit
        self._region = region

    async def try_out(self, name: str) -> dict[str, Any] | None:
        """What the provider answers when the line is tried now: `asked`, `servers`, `answers`. None while the
        bridge, which asks it, does not answer. Raises `UnknownTrunk`."""
        if all(known.line.name != name for known in await self.known()):
            raise rules.UnknownTrunk
        return await self._bridge.try_trunk(name)

    async def known(self) -> list[KnownLine]:
        states = await self._bridge.trunk_states()
        found = [
            KnownLine(one.line, "file", one.password is not None, states.get(one.line.name))
            for one in self._configured
        ]
        for line in await self._store.all():
            has_password = self._passwords.get(line.name) is not None
            found.append(KnownLine(line, "database", has_password, states.get(line.name)))
        return found

    async def current(self) -> list[Trunk]:
        """The ways out, in the order they are tried (`telephony.service.Lines`)."""
        return [
            Trunk(
                one.line.name,
                one.line.caller_id,
                one.line.settings.forms,
                one.line.settings.answer_within_out,
                one.line.settings.foreign_numbers,
            )
            for one in await self.for_the_bridge()
        ]

    async def for_the_bridge(self) -> list[LineWithSecret]:
        """Everything the bridge must know of all lines that are enabled."""
        stored = [line for line in await self._store.all() if line.enabled]
        added = [LineWithSecret(line, self._passwords.get(line.name)) for line in stored]
        return [*self._configured, *added]

    async def add(self, actor: Actor, new: NewLine) -> KnownLine:
        """Raises a `TrunkError`."""
        line = rules.check(new.line, new.password or None, self._region)
        if line.name in self._file_names():
            raise rules.TrunkTaken
        await self._store.add(line)
        if new.password:
            self._passwords.put(line.name, new.password)
        return await self._changed(actor, "trunk.added", line)

    async def replace(self, actor: Actor, new: NewLine) -> KnownLine:
        """Raises a `TrunkError`."""
        known = await self._stored(new.line.name)
        wanted = replace(new.line, settings=known.settings) if new.keep_settings else new.line
        password = self._passwords.get(new.line.name) if new.password is None else new.password or None
        line = rules.check(wanted, password, self._region)
        if password is None:
            self._passwords.delete(line.name)
        else:
            self._passwords.put(line.name, password)
        await self._store.replace(line)
        return await self._changed(actor, "trunk.changed", line)

    async def remove(self, actor: Actor, name: str) -> None:
        """Raises `UnknownTrunk`, `TrunkOfTheFile`."""
        line = await self._stored(name)
        await self._store.remove(name)
        self._passwords.delete(name)
        await self._changed(actor, "trunk.removed", line)

    async def _stored(self, name: str) -> Line:
        if name in self._file_names():
            raise rules.TrunkOfTheFile
        found = next((line for line in await self._store.all() if line.name == name), None)
        if found is None:
            raise rules.UnknownTrunk
        return found

    def _file_names(self) -> set[str]:
        return {one.line.name for one in self._configured}

    async def _changed(self, actor: Actor, action: str, line: Line) -> KnownLine:
        details = {"host": line.host, "kind": line.kind}
        await self._audit.record(
            action, actor=actor.name, subject=line.name, address=actor.address, details=details
        )
        await self._bridge.reload_trunks()
        return KnownLine(line, "database", self._passwords.get(line.name) is not None)
