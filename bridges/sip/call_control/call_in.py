"""Calls that browsers have with each other come into the house for the commands that need them there."""

from typing import Protocol

from wire.commands import (
    Add,
    CallBackRequest,
    CommandAnswer,
    CommandRequest,
    ListenMode,
    ListenRequest,
    Merge,
    Move,
    Park,
    PickUpRequest,
    Record,
    RingMeAnswer,
    RingMeRequest,
    RingNoMore,
    Transfer,
)
from wire.record import CallRecord

#: Hanging up and holding are theirs alone.
_NEED_THE_HOUSE = (Transfer, Park, Move, Add, Merge, Record)


class Commands(Protocol):
    """`commands.CallCommands`, seen from here."""

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer: ...

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer: ...

    async def call_back(self, request: CallBackRequest) -> CommandAnswer: ...

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer: ...

    def rung(self, call_id: str) -> RingMeAnswer: ...

    async def listen(self, request: ListenRequest) -> CommandAnswer: ...

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer: ...

    def ring_no_more(self, request: RingNoMore) -> None: ...


class Recalls(Protocol):
    """`bridges.sip.b2bua.recall.Recalls`, seen from here."""

    async def bring_in(self, call_id: str) -> bool: ...


class LiveCalls(Protocol):
    """`bridges.sip.b2bua.exchange.Exchange`, seen from here."""

    def record(self, call_id: str) -> CallRecord | None: ...


class CallingIn:
    """Commands, before which a call is brought to where they can be carried out. Where that fails, or the
    person is none of the call's, the commands say so."""

    def __init__(self, commands: Commands, recalls: Recalls, calls: LiveCalls) -> None:
        self._commands, self._recalls, self._calls = commands, recalls, calls

    async def command(self, call_id: str, request: CommandRequest) -> CommandAnswer:
        """See `CallCommands`."""
        if isinstance(request.command, _NEED_THE_HOUSE) and self._theirs(call_id, request.user_id):
            await self._recalls.bring_in(call_id)
            if isinstance(request.command, Merge) and self._theirs(request.command.call_id, request.user_id):
                await self._recalls.bring_in(request.command.call_id)
        return await self._commands.command(call_id, request)

    def _theirs(self, call_id: str, user_id: str) -> bool:
        record = self._calls.record(call_id)
        return record is not None and user_id in (record.caller.user_id, record.callee.user_id)

    async def pick_up(self, request: PickUpRequest) -> CommandAnswer:
        """See `CallCommands`."""
        return await self._commands.pick_up(request)

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer:
        """Ring what a call would ring now."""
        return await self._commands.ring_me(request)

    def rung(self, call_id: str) -> RingMeAnswer:
        """How far that is."""
        return self._commands.rung(call_id)

    async def call_back(self, request: CallBackRequest) -> CommandAnswer:
        """See `CallCommands`."""
        return await self._commands.call_back(request)

    async def listen(self, request: ListenRequest) -> CommandAnswer:
        """See `CallCommands`."""
        return await self._commands.listen(request)

    def listen_otherwise(self, call_id: str, mode: ListenMode) -> CommandAnswer:
        """See `CallCommands`."""
        return self._commands.listen_otherwise(call_id, mode)

    def ring_no_more(self, request: RingNoMore) -> None:
        """See `CallCommands`."""
        self._commands.ring_no_more(request)
