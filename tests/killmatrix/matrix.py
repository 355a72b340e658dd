"""Calls are brought into each phase, a process is ended, and the calls go on to their end."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, permutations
from time import monotonic, time
from typing import NamedTuple

from bridges.sip.transport.api import Acknowledged, Answered, Call, Ended, IncomingCall, Progress, Transport
from tests.killmatrix.audience import Audience
from tests.killmatrix.services import (
    ALONE,
    SERVICES,
    begun,
    called,
    message_of,
    recorded_on,
    services,
)
from tests.killmatrix.telephones import Ear, Side, Telephone, ended_by_bye, telephone
from tests.support.media_servers import told
from tests.support.meeting_phones import DIAL_IN, Meeting, bruno_speaks
from tests.support.office import ANNA, BRUNO, CHIARA, Api, Office, office_of
from tests.support.patience import PATIENCE
from tests.support.stack import Stack, wait_until

#: Processes that are killed, and such as are followed by another by command.
KILLED, DRAINED = (
    ("sip", "media", "web", "homeserver"),
    ("drain sip", "drain media", "drain web", "drain homeserver"),
)
PARTS = (*KILLED, *DRAINED)
PHASES = ("ringing", "early media", "talking", "held", "transferring", "parked", "several", "meeting")
#: Whether caller and callee hear something while a process ends: each other, music, or a meeting.
HEARD = {
    "early media": (True, False),
    "talking": (True, True),
    "held": (False, True),
    "transferring": (True, True),
    "parked": (True, False),
    "several": (True, True),
    "meeting": (True, False),
    "agent talks": (True, True),
    "waiting": (True, False),
}
#: Phases in which a telephone rings.
RINGING = frozenset({"ringing", "early media", "transferring", "agent rings"})
#: The records that a call has written: who is transferred, or fetched from a slot, has another one; so have
#: those who go on with more people, who is called by them, and the two who are left; so has who waited in a
#: queue.
RECORDS = {
    "transferring": 2,
    "parked": 3,
    "several": 5,
    "agent talks": 2,
    "waiting": 2,
    "agent rings": 2,
}
#: How much of what is heard at least is each of two others.
OF_TWO = 0.3
#: Tones that the filter tells apart; the one of the meeting is none of them.
TONES, MEETING_HZ = 40, 2400
#: A slot of the house for parked calls, and the next ones.
SLOT = 700


@dataclass
class Cell:
    """What was found. Gaps are seconds without sound; `faults` says what was not as it should be."""

    part: str
    phase: str
    calls: int
    healed: float = 0.0
    gap: float | None = None
    faults: list[str] = field(default_factory=list)


class Crew(NamedTuple):
    """Who calls whom, and who is third: each speaks SIP over another transport."""

    caller: Telephone
    callee: Telephone
    third: Telephone


@dataclass
class Pair:
    """Two who talk, or are about to. `number` tells it from all others, `alike` are in its phase; `waiting`
    is a call that nobody has answered yet."""

    phase: str
    number: int
    alike: int
    crew: Crew
    caller: Side
    ear: Ear
    callee: Side | None = None
    waiting: IncomingCall | None = None
    third: Side | None = None

    @property
    def slot(self) -> str:
        return str(SLOT + self.number % 20)

    def answer(self) -> Side:
        assert self.waiting is not None
        self.callee = Side(self.waiting, self.ear)
        self.waiting.answer(self.ear.sdp())
        if self.waiting.sdp is not None:
            self.ear.talk_to(self.waiting.sdp)
        return self.callee


class House:
    """The house under test."""

    def __init__(
        self, office: Office, phones: Sequence[Telephone], apis: Sequence[Api], meeting: Meeting
    ) -> None:
        self.office = office
        self._phones, self._apis = phones, apis
        self._pin, self._audience = meeting.pin, Audience(meeting.bruno)
        #: Ids of the calls that were there when a process ended last, the oldest first.
        self.calls: list[str] = []
        self._numbers = count()
        self._dialling = asyncio.Lock()
        #: Of who waits in a queue the next one has an agent when this one is done.
        self._serving = asyncio.Lock()

    async def kill(self, part: str, each: int, phases: Sequence[str] = PHASES) -> list[Cell]:
        """End `part` while `each` calls are in each phase; one, where an agent has one at a time."""
        cells = {phase: Cell(part, phase, 1 if phase in ALONE else each) for phase in phases}
        async with AsyncExitStack() as ears:
            began = int(time() * 1000)
            if not set(SERVICES).isdisjoint(phases):
                by_extension = {phone.owner.extension: api for phone, api in self._with_apis()}
                await ears.enter_async_context(services(self._apis[0], by_extension))
            wanted = list(enumerate(phase for phase in phases for _ in range(cells[phase].calls)))
            pairs: list[Pair] = []
            # What rings comes last: nobody lets a telephone ring for as long as all the others take.
            for rings in (False, True):
                now = [(n, phase) for n, phase in wanted if (phase in RINGING) is rings]
                begun = await asyncio.gather(*(self._begin(ears, cells[phase], n) for n, phase in now))
                pairs += [pair for pair in begun if pair is not None]
            await self._end(part, cells, pairs)
            await asyncio.gather(*(self._settle(cells[pair.phase], ears, pair) for pair in pairs))
            await self._check_records(cells, began)
        return list(cells.values())

    # --- before ---

    async def _begin(self, ears: AsyncExitStack, cell: Cell, number: int) -> Pair | None:
        """A call in its phase; None if it did not come so far."""
        by = [self._phones[(number + place) % len(self._phones)] for place in range(3)]
        crew = Crew(*by)
        try:
            pair = await self._dial(ears, cell, crew, number)
            await self._bring(ears, pair)
        except Exception as error:  # it is a finding
            cell.faults.append(f"call {number + 1} did not begin: {str(error) or type(error).__name__}")
            return None
        return pair

    def _with_apis(self) -> Iterator[tuple[Telephone, Api]]:
        yield from zip(self._phones, self._apis, strict=True)

    async def _dial(self, ears: AsyncExitStack, cell: Cell, crew: Crew, number: int) -> Pair:
        if cell.phase in SERVICES:
            return await self._dial_service(ears, cell, number)
        if cell.phase == "meeting":
            caller = await crew.caller.call(DIAL_IN, await self._ear(ears))
            return Pair(cell.phase, number, cell.calls, crew, caller, caller.ear)
        async with self._dialling:  # so that it is known who is called by whom
            caller = await crew.caller.call(crew.callee.owner.extension, await self._ear(ears))
            waiting = await crew.callee.rings()
            if cell.phase == "several":
                pair = Pair(
                    cell.phase, number, cell.calls, crew, caller, await self._ear(ears), waiting=waiting
                )
                await self._add_third(ears, pair)
                return pair
        return Pair(cell.phase, number, cell.calls, crew, caller, await self._ear(ears), waiting=waiting)

    async def _dial_service(self, ears: AsyncExitStack, cell: Cell, number: int) -> Pair:
        """Anna calls; whom she would talk with rings, unless she is to wait."""
        extension, owner = called(cell.phase)
        first, *others = self._phones
        callee = next(phone for phone in others if phone.owner is owner)
        crew = Crew(first, callee, callee)
        async with self._dialling:
            caller = await first.call(extension, await self._ear(ears))
            waiting = await callee.rings() if cell.phase != "waiting" else None
            if cell.phase == "message" and waiting is not None:
                waiting.reject(486)
                waiting = None
            await caller.hears_of(Answered)  # by the queue, or the mailbox
        return Pair(cell.phase, number, cell.calls, crew, caller, await self._ear(ears), waiting=waiting)

    async def _ear(self, ears: AsyncExitStack) -> Ear:
        return await ears.enter_async_context(Ear(400 + 40 * (next(self._numbers) % TONES)))

    async def _bring(self, ears: AsyncExitStack, pair: Pair) -> None:
        if pair.phase == "meeting":
            await pair.caller.hears_of(Answered)
            await pair.caller.ear.wait_packets(10)  # the voice has begun to ask
            await pair.caller.press(self._pin + "#")
            await self._in_meeting(pair)
            return
        if pair.phase == "several":
            await asyncio.gather(*all_hearing(pair))
            return
        if pair.phase == "message":
            await begun(self.office.stack, pair.alike)
            return
        if pair.phase in {"waiting", "agent rings"}:
            await pair.caller.ear.wait_packets(10)  # the music
            return
        if pair.phase != "agent talks":
            await pair.caller.hears_of(Progress)
        if pair.phase == "early media":
            assert pair.waiting is not None
            pair.waiting.ring(183, pair.ear.sdp())
            pair.ear.talk_to(pair.waiting.sdp or "")
            await pair.caller.ear.wait_hears(pair.ear.tone_hz)
        if pair.phase in {"ringing", "early media"}:
            return
        callee = pair.answer()
        await pair.caller.hears_of(Answered)
        await callee.hears_of(Acknowledged)
        await asyncio.gather(*hearing(pair.caller, callee))
        match pair.phase:
            case "held":
                await pair.caller.hold(on=True)
            case "transferring":
                async with self._dialling:
                    callee.refer(pair.crew.third.owner.extension)
                    pair.waiting = await pair.crew.third.rings()
            case "parked":
                callee.refer(pair.slot)
                await callee.hears_of(Ended)

    async def _add_third(self, ears: AsyncExitStack, pair: Pair) -> None:
        """The caller has somebody else called into the call, when the callee has answered it."""
        api, crew = self._apis[self._phones.index(pair.crew.caller)], pair.crew
        call_id = began_as(self.office.stack, pair.caller.call)
        callee = pair.answer()
        await pair.caller.hears_of(Answered)
        await callee.hears_of(Acknowledged)

        # The same two may talk in calls of other phases.
        await live(api, call_id)
        command = {"action": "add", "to": crew.third.owner.extension}
        asking = asyncio.create_task(api.ask("POST", f"/calls/{call_id}/commands", command))
        waiting = await crew.third.rings()
        pair.third = Side(waiting, await self._ear(ears))
        waiting.answer(pair.third.ear.sdp())
        if waiting.sdp is not None:
            pair.third.ear.talk_to(waiting.sdp)
        status, answer = await asking
        assert status == 200, answer

    async def _in_meeting(self, pair: Pair) -> None:
        """The meeting and the phone hear each other; what it hears is a mixture with all others."""
        await asyncio.gather(
            pair.caller.ear.wait_hears(MEETING_HZ, share=0.6 / pair.alike),
            self._audience.hears(pair.caller.ear.tone_hz),
        )

    # --- the end of a process, and after ---

    async def _end(self, part: str, cells: dict[str, Cell], pairs: Sequence[Pair]) -> None:
        """End the process, and see what is heard until all is well again."""
        stack, name = self.office.stack, part.removeprefix("drain ")
        if name == "media":
            await asyncio.to_thread(wait_until, lambda: told(stack.log(name), stack.standby(name)), PATIENCE)
        ears = [(pair, ear) for pair in pairs for ear in heard_by(pair)]
        for _, ear in ears:
            ear.watch()
        began, before = monotonic(), stack.children()[name]
        if part in DRAINED:
            drained = await asyncio.to_thread(stack.cli, *part.split())
            assert drained.returncode == 0, drained.stderr
        else:
            os.kill(before, signal.SIGKILL)
        await asyncio.to_thread(well_again, stack, name, before)
        for cell in cells.values():
            cell.healed = monotonic() - began
        for pair, ear in ears:
            cell = cells[pair.phase]
            cell.gap = max(ear.longest_gap(), cell.gap or 0.0)

    async def _settle(self, found: Cell, ears: AsyncExitStack, pair: Pair) -> None:
        """The call goes on, and ends: by turns by either side."""
        try:
            await self._go_on(ears, pair)
        except Exception as error:  # it is a finding
            found.faults.append(f"call {pair.number + 1}: {str(error) or type(error).__name__}")
            for side in (pair.caller, pair.callee):
                if side is not None and not side.call.ended:
                    side.call.bye()

    async def _go_on(self, ears: AsyncExitStack, pair: Pair) -> None:
        if pair.phase == "meeting":
            await self._in_meeting(pair)
            pair.caller.call.bye()
            return
        if pair.phase == "several":
            await self._two_are_left(pair)
            return
        if pair.phase == "message":
            await recorded_on(self.office.stack)
            pair.caller.call.bye()
            owner = pair.crew.callee
            await message_of(
                next(api for phone, api in self._with_apis() if phone is owner), pair.caller.ear.tone_hz
            )
            return
        if pair.phase == "waiting":
            async with self._serving:
                await pair.caller.ear.wait_packets(10)
                pair.waiting = await pair.crew.callee.rings()
                pair.answer()
                await self._talk_and_end(ears, pair)
            return
        await self._talk_and_end(ears, pair)

    async def _talk_and_end(self, ears: AsyncExitStack, pair: Pair) -> None:
        """They hear each other, and one of them hangs up."""
        callee = await self._talking(ears, pair)
        await asyncio.gather(*hearing(pair.caller, callee))
        first, second = (pair.caller, callee) if pair.number % 2 else (callee, pair.caller)
        first.call.bye()
        await second.hears_of(Ended)
        assert ended_by_bye(second), second.told[-1]

    async def _two_are_left(self, pair: Pair) -> None:
        """All hear each other, one hangs up, and the two others are in a call."""
        await asyncio.gather(*all_hearing(pair))
        third, callee = pair.third, pair.callee
        assert third is not None
        assert callee is not None
        pair.caller.call.bye()
        await asyncio.gather(*hearing(third, callee))
        first, second = (third, callee) if pair.number % 2 else (callee, third)
        first.call.bye()
        await second.hears_of(Ended)
        assert ended_by_bye(second), second.told[-1]

    async def _talking(self, ears: AsyncExitStack, pair: Pair) -> Side:
        """Who talks with the caller from now on."""
        match pair.phase:
            case "ringing" | "early media" | "agent rings":
                callee = pair.answer()
                await pair.caller.hears_of(Answered)
                return callee
            case "held":
                await pair.caller.hold(on=False)
            case "transferring":
                leaving, pair.ear = pair.callee, await self._ear(ears)
                callee = pair.answer()
                if leaving is not None:
                    await leaving.hears_of(Ended)
                return callee
            case "parked":
                callee = await pair.crew.third.call(pair.slot, await self._ear(ears))
                await callee.hears_of(Answered)
                return callee
        assert pair.callee is not None
        return pair.callee

    async def _check_records(self, cells: dict[str, Cell], began: int) -> None:
        """One that is true for each call."""
        wanted = sum(cell.calls * RECORDS.get(cell.phase, 1) for cell in cells.values())
        records: dict[str, str] = {}
        for _ in range(int(PATIENCE * 2)):
            for api in self._apis:
                records |= await closed(api, began)
            if len(records) >= wanted:
                break
            await asyncio.sleep(0.5)  # a record comes when the bridge has delivered it
        self.calls, outcomes = sorted(records), set(records.values())
        if "message" in cells:
            outcomes.discard("missed")  # by whose mailbox it is
        if len(records) != wanted or outcomes != {"answered"}:
            found = f"{len(records)} records of {wanted}: {', '.join(sorted(outcomes))}"
            next(iter(cells.values())).faults.append(found)


def heard_by(pair: Pair) -> Iterator[Ear]:
    """Who hears something while a process ends."""
    caller, callee = HEARD.get(pair.phase, (False, False))
    if caller:
        yield pair.caller.ear
    if pair.third is not None:
        yield pair.third.ear
    if callee:
        yield pair.ear


def well_again(stack: Stack, name: str, before: int) -> None:
    """Wait until another process does the work, and everything is ready."""
    wait_until(lambda: stack.children().get(name) not in {None, before}, PATIENCE)
    stack.wait_ready()


def hearing(one: Side, other: Side) -> Iterator[Awaitable[None]]:
    """That they hear each other's tones."""
    yield one.ear.wait_hears(other.ear.tone_hz)
    yield other.ear.wait_hears(one.ear.tone_hz)


def all_hearing(pair: Pair) -> Iterator[Awaitable[None]]:
    """That each of three hears the tones of both others."""
    assert pair.third is not None
    assert pair.callee is not None
    for one, other in permutations((pair.caller, pair.callee, pair.third), 2):
        yield one.ear.wait_hears(other.ear.tone_hz, share=OF_TWO)


def began_as(stack: Stack, call: Call) -> str:
    """The id of the record with which the call of a telephone began."""
    begun = (line for line in stack.log("sip").splitlines() if '"call_began"' in line)
    (found,) = (said["call_id"] for said in map(json.loads, begun) if said.get("sip_call_id") == call.call_id)
    return str(found)


async def live(api: Api, call_id: str) -> None:
    """Wait until somebody is shown as talking in a call."""
    async with asyncio.timeout(PATIENCE):
        while True:
            _, body = await api.ask("GET", "/calls/live")
            if any(call["call_id"] == call_id and call["state"] == "talking" for call in body["calls"]):
                return
            await asyncio.sleep(0.1)  # the state comes when the bridge has told it


async def closed(api: Api, began: int) -> dict[str, str]:
    """The outcomes of calls that began since, and are over, by their ids."""
    found: dict[str, str] = {}
    before = ""
    while True:
        _, body = await api.ask("GET", f"/calls?limit=100{before}")
        page = [call for call in body["calls"] if call["started_at"] >= began]
        found |= {call["id"]: call["outcome"] for call in page if call["ended_at"] is not None}
        if len(page) < len(body["calls"]) or len(body["calls"]) < 100:
            return found
        before = f"&before={body['calls'][-1]['id']}"


@asynccontextmanager
async def house(stack: Stack, tls_port: int) -> AsyncIterator[House]:
    """Three desk phones, of which one speaks UDP, one TCP and one TLS; and a meeting with Bruno in it."""
    authority = await asyncio.to_thread(stack.cli, "certificate", "--authority")
    people = (
        (ANNA, stack.ports.sip, Transport.UDP),
        (BRUNO, stack.ports.sip, Transport.TCP),
        (CHIARA, tls_port, Transport.TLS),
    )
    async with AsyncExitStack() as there:
        office = await there.enter_async_context(office_of(stack))
        phones = [
            await there.enter_async_context(telephone(owner, port, transport, authority.stdout))
            for owner, port, transport in people
        ]
        speaks = bruno_speaks(office, MEETING_HZ, people=(ANNA, CHIARA))
        meeting = await there.enter_async_context(speaks)
        anna, chiara = [await there.enter_async_context(office.api(owner)) for owner in (ANNA, CHIARA)]
        apis = [anna, meeting.api, chiara]
        for api in apis:
            # Who is shown as busy, in a call or a meeting, counts as there in Matrix: it would ring there as
            # well, and what two devices play is heard by no caller.
            rings = {"rings": {"desk_phone": True, "clients": False}}
            status, answer = await api.ask("PATCH", "/services", rings)
            assert status == 200, answer
        yield House(office, phones, apis, meeting)
