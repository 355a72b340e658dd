"""A house whose time is stepped: the services of meetings over a real store, everything else in memory."""

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from server.homeserver.errors import HomeserverUnreachable
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.breakout_enforcer import BreakoutEnforcer
from server.meetings.breakout_service import Breakouts
from server.meetings.breakout_store import SqlBreakouts
from server.meetings.call_roster import CallRoster, Listed, Participant
from server.meetings.call_store import SqlCalls
from server.meetings.calls import Calls
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.meeting import Meeting
from server.meetings.refusals import MediaUnavailable
from server.meetings.store import SqlMeetings
from server.meetings.visitor import State, Visitor
from server.meetings.visitor_account import VisitorAccount
from server.meetings.visitor_store import SqlVisitors
from server.meetings.visitors import Visitors
from server.sealing import Seal
from tests.support.matrix_rooms import FakeRooms
from tests.support.web import migrated

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
GRACE = 60.0


@dataclass
class Media:
    """`there` are identities by the SFU's name of the room."""

    there: dict[str, list[str]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    away: bool = False

    #: Rooms in a process that does not answer.
    silent: set[str] = field(default_factory=set)

    async def rooms(self) -> Listed:
        if self.away:
            raise MediaUnavailable
        return Listed(frozenset(self.there) - self.silent, lambda sfu_room: sfu_room in self.silent)

    async def participants(self, sfu_room: str) -> list[Participant]:
        return [Participant(identity, "PA") for identity in self.there.get(sfu_room, [])]

    async def remove(self, sfu_room: str, identity: str) -> None:
        if self.away:
            raise MediaUnavailable
        self.removed.append(identity)


class House:
    """Anna's meeting; time is stepped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.away = False
        self.time = 1000.0
        self.ids = itertools.count(1)
        self.names: dict[str, str] = {ANNA: "Anna", BRUNO: "Bruno"}
        self.gone, self.over = set[str](), set[tuple[str, str]]()
        self.rooms = FakeRooms(self._answer, self.names)
        self.media, self.roster, self.told = Media(), CallRoster(), list[tuple[str | None, object]]()

    def _answer(self) -> None:
        if self.away:
            raise HomeserverUnreachable("away")

    async def ensure_visitor(self, user_id: str, display_name: str) -> str:
        self._answer()
        self.names[user_id] = display_name
        return user_id

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        self.told.append((to, data))

    async def still_here(self, user_ids: Collection[str]) -> frozenset[str]:
        return frozenset(user_ids) - self.gone

    async def record(self, action: str, **_: object) -> None:
        self.told.append(("audit", action))

    async def signed_out(self, devices: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        return frozenset(devices) & self.over

    async def hang_up(self, visitor_id: str) -> None:
        self.told.append(("hang up", visitor_id))

    async def open(self) -> None:
        self.database = await migrated(self.path / "unisono.db")
        engine = self.database.engine
        self.store, self.visits = SqlMeetings(engine), SqlVisitors(engine)
        self.kept = SqlCalls(engine, lambda: int(self.time * 1000))
        room = self.rooms.add("Budget", ANNA, BRUNO, anna=100)
        self.call = rules.room_name(room)
        self.meeting = Meeting("m1", room, self.call, "Budget", ANNA, "en", False, 1)
        await self.store.add(self.meeting, "tag", "pin")
        self.start()

    def start(self) -> None:
        """As after a restart: nothing is remembered but what is stored."""
        self.roster, changes = CallRoster(), ChangeNotifier()
        access = Access(self.store, self.rooms, self)
        account = VisitorAccount(self, self.rooms, self.visits, access, "https://here/livekit")
        self.visitors = Visitors(
            self.visits, self.store, access, account, self.roster, self.media, self, Seal("k" * 43), changes,
            self,
            most=10, grace=GRACE, now_ms=lambda: int(self.time * 1000), clock=lambda: self.time,
        )  # fmt: skip
        self.breakouts = Breakouts(
            SqlBreakouts(self.database.engine), self.store, self.visits, access, self.roster, changes,
            now_ms=lambda: int(self.time * 1000), fresh_id=lambda: f"b{next(self.ids)}",
        )  # fmt: skip
        self.calls = Calls(
            self.roster, self.media, self.store, self.visits, self.visitors, self.kept, self.breakouts,
            access, self, self, changes, lambda: self.time,
        )  # fmt: skip
        self.enforcer = BreakoutEnforcer(
            self.store, self.breakouts, self.calls, self.media, self.roster, lambda: self.time
        )

    async def arrive(
        self, state: State = State.ADMITTED, visitor_id: str = "v1", vouched_by: str = ANNA
    ) -> Visitor:
        user_id = f"@_guest_{visitor_id}:localhost"
        visitor = Visitor(visitor_id, "m1", "guest", state, "Gino", user_id, 1, vouched_by=vouched_by)
        return await self.visitors.arrive(self.meeting, visitor)

    async def state(self, visitor_id: str = "v1") -> State:
        visitor = await self.visits.get(visitor_id)
        assert visitor is not None
        return visitor.state

    def members(self) -> Iterable[str]:
        return set(self.rooms.rooms[self.meeting.room_id].members)
