"""The process in the rooms of the SFU: takes the bridge's orders, brings telephones in, mixes.

All telephones of one room share one subscription and one decoding of each track; what they say to each
other never leaves this process.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bridges.sip.meeting import link
from bridges.sip.meeting.ear import Ear
from bridges.sip.meeting.member import CannotEnter, Member
from bridges.sip.voice.mixing import FRAME, Samples, compress, expand, mix_minus
from logs import log

_log = log.get(__name__)


class Gathering:
    """The telephones of one room. One of them lends its ear to all."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self._ear: Ear | None = None
        self._listener: int | None = None

    def add(self, member: Member) -> None:
        """Somebody who has entered."""
        self.members[member.number] = member
        self._listen()

    def remove(self, number: int) -> None:
        """Somebody who leaves, or was lost."""
        if self.members.pop(number, None) is None:
            return
        if number == self._listener:
            self.close()
        self._listen()

    def close(self) -> None:
        """Listen no more."""
        if self._ear is not None:
            self._ear.close()
        self._ear = self._listener = None

    def _listen(self) -> None:
        if self._ear is not None or not self.members:
            return
        listener = next(iter(self.members.values()))
        self._listener = listener.number
        self._ear = Ear(
            listener.room, lambda identity: identity in self._identities(), decrypts=listener.decrypts
        )
        self._ear.open()

    def _identities(self) -> set[str]:
        return {member.identity for member in self.members.values()}

    def mix(self, said: dict[int, Samples]) -> dict[int, bytes]:
        """One tick: what each telephone hears."""
        voices: dict[int, Samples | None] = {}
        for number, member in self.members.items():
            samples = said.get(number)
            voices[number] = None if member.muted else samples
            if samples is not None and not member.muted:
                member.say(samples)
        others = self._ear.heard() if self._ear is not None else []
        return {number: compress(samples) for number, samples in mix_minus(voices, others).items()}


class Worker:
    """`tell` sends a report to the bridge."""

    def __init__(self, tell: Callable[[link.Report], None]) -> None:
        self._tell = tell
        self._rooms: dict[str, Gathering] = {}
        self._members: dict[int, Member] = {}
        self._entering: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def obey(self, order: link.Order) -> None:
        """Do what the bridge wants. Orders for telephones that are not there are late, and ignored."""
        match order:
            case link.Tick(said=said):
                self._tell(link.Mixed(self._mix(said)))
            case link.Enter():
                self._entering[order.phone] = self._run(self._enter(order))
            case link.Leave(phone=phone):
                self._leave(phone)
            case link.SetMuted(phone=phone, on=on):
                if member := self._members.get(phone):
                    member.set_muted(on)
            case link.SetHand(phone=phone, at_ms=at_ms):
                if member := self._members.get(phone):
                    self._run(member.set_hand(at_ms))
            case link.SetRecording(phone=phone, state=state):
                if member := self._members.get(phone):
                    self._run(member.set_recording(state))

    async def close(self) -> None:
        """Leave every room."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for room in self._rooms.values():
            room.close()
        await asyncio.gather(*(member.leave() for member in self._members.values()), return_exceptions=True)

    def _mix(self, said: dict[int, bytes]) -> dict[int, bytes]:
        samples = {number: expand(frame) for number, frame in said.items() if len(frame) == FRAME}
        heard: dict[int, bytes] = {}
        for room in self._rooms.values():
            heard |= room.mix(samples)
        return heard

    async def _enter(self, order: link.Enter) -> None:
        phone = order.phone
        member = Member(
            order, lambda why: self._lost(phone, why), lambda on: self._tell(link.Muted(phone, on))
        )
        try:
            await member.enter()
        except CannotEnter as error:
            _log.warning("telephone_not_let_in", phone=phone, why=str(error))
            self._entering.pop(phone, None)
            self._tell(link.Lost(phone, f"not_let_in:{error}"[:200]))
            await member.leave()
            return
        except asyncio.CancelledError:
            await member.leave()
            raise
        self._entering.pop(phone, None)
        self._members[phone] = member
        self._rooms.setdefault(order.room, Gathering()).add(member)
        self._tell(link.Entered(phone))

    def _leave(self, phone: int) -> None:
        if entering := self._entering.pop(phone, None):
            entering.cancel()
        elif member := self._take_out(phone):
            self._run(member.leave())

    def _lost(self, phone: int, why: str) -> None:
        if member := self._take_out(phone):
            self._tell(link.Lost(phone, why))
            self._run(member.leave())

    def _take_out(self, phone: int) -> Member | None:
        member = self._members.pop(phone, None)
        if member is not None:
            room = self._rooms[member.room_name]
            room.remove(phone)
            if not room.members:
                room.close()
                del self._rooms[member.room_name]
        return member

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("meeting_task_failed", exc_info=error)
