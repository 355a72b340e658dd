"""Who may enter which call, with a homeserver of a few lines."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from server.meetings import rules
from server.meetings.refusals import BreakoutNotFound
from server.meetings.rules import Holder
from server.meetings.tickets import NotAllowed, Tickets

NOW = 1000


@dataclass
class Homeserver:
    tokens: dict[str, str] = field(default_factory=lambda: {"t-anna": "@anna:here"})
    members: set[tuple[str, str]] = field(default_factory=lambda: {("!r", "@anna:here")})
    opened: list[tuple[str, str]] = field(default_factory=list)

    async def openid_user(self, token: str) -> str | None:
        return self.tokens.get(token)

    async def is_member(self, room_id: str, user_id: str) -> bool:
        return (room_id, user_id) in self.members

    async def devices(self, user_id: str) -> list[str]:
        return ["D"]

    async def allow_calls(self, room_id: str, as_user: str) -> bool:
        self.opened.append((room_id, as_user))
        return True


@dataclass
class Kept:
    removed: set[tuple[str, str]] = field(default_factory=set)
    identities: dict[tuple[str, str], Holder] = field(default_factory=dict)

    async def barred(self, sfu_room: str, user_id: str) -> bool:
        return (sfu_room, user_id) in self.removed

    async def remember_identity(self, sfu_room: str, identity: str, holder: Holder) -> None:
        self.identities[sfu_room, identity] = holder


class Breakouts:
    """Anna may be in b1, not in b2."""

    async def room_for(self, room_id: str, breakout_id: str, user_id: str) -> str | None:
        if (room_id, user_id) != ("!r", "@anna:here") or breakout_id not in {"b1", "b2"}:
            raise BreakoutNotFound
        return rules.room_name(room_id, rules.breakout_slot(breakout_id)) if breakout_id == "b1" else None


@dataclass(frozen=True)
class Anna:
    name: str = "Anna Rossi"


class People:
    async def by_user_id(self, user_id: str) -> Anna | None:
        return Anna() if user_id == "@anna:here" else None


@dataclass
class Desk:
    """The tickets, and what they were made of."""

    homeserver: Homeserver = field(default_factory=Homeserver)
    kept: Kept = field(default_factory=Kept)
    minted: list[Any] = field(default_factory=list)

    def tickets(self) -> Tickets:
        def mint(claims: Any) -> str:
            self.minted.append(claims)
            return "jwt"

        url = "wss://here/livekit"
        return Tickets(
            self.homeserver, self.homeserver, People(), self.kept, Breakouts(), "here", url, mint, lambda: NOW
        )


def plain(user_id: str) -> str:
    return rules.plain_identity(user_id, "D")


async def test_a_member_gets_a_ticket_for_the_rooms_call_alone() -> None:
    desk = Desk()
    ticket = await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, rules.ROOM_CALL)
    assert (ticket.url, ticket.jwt) == ("wss://here/livekit", "jwt")
    (minted,) = desk.minted
    assert (minted["sub"], minted["name"]) == ("@anna:here:D", "Anna Rossi")
    assert minted["attributes"] == {"kind": "member"}
    assert minted["video"]["room"] == rules.room_name("!r")
    assert minted["exp"] == NOW + rules.TOKEN_LIFE
    assert "roomAdmin" not in minted["video"]


@pytest.mark.parametrize("slot", ["m.call#OTHER", "m.call#ROOM ", "x", "M.CALL#ROOM"])
async def test_a_room_has_one_call(slot: str) -> None:
    desk = Desk()
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, slot)
    assert desk.minted == []


async def test_the_room_is_opened_for_calls_once() -> None:
    desk = Desk()
    tickets = desk.tickets()
    for _ in range(2):
        await tickets.ticket("here", "t-anna", "!r", "D", plain, rules.ROOM_CALL)
    assert desk.homeserver.opened == [("!r", "@anna:here")]


async def test_whose_a_hashed_identity_is_stays_known() -> None:
    desk = Desk()
    slot = "m.call#ROOM"
    await desk.tickets().ticket("here", "t-anna", "!r", "D", lambda _: "h4sh", slot)
    assert desk.kept.identities == {(rules.room_name("!r", slot), "h4sh"): Holder("@anna:here", "D")}


async def test_who_is_nobody_here_any_more_gets_none() -> None:
    desk = Desk()
    desk.homeserver.tokens["t-gone"] = "@gone:here"
    desk.homeserver.members.add(("!r", "@gone:here"))
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-gone", "!r", "D", plain, rules.ROOM_CALL)


async def test_a_device_that_was_signed_out_gets_none() -> None:
    desk = Desk()
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-anna", "!r", "GONE", plain, rules.ROOM_CALL)


async def test_who_was_removed_from_the_call_gets_none() -> None:
    desk = Desk(kept=Kept({(rules.room_name("!r"), "@anna:here")}))
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, rules.ROOM_CALL)


@pytest.mark.parametrize(
    ("server", "token", "room"),
    [("elsewhere", "t-anna", "!r"), ("here", "t-forged", "!r"), ("here", "t-anna", "!other")],
)
async def test_nobody_else_gets_one(server: str, token: str, room: str) -> None:
    desk = Desk()
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket(server, token, room, "D", str, rules.ROOM_CALL)
    assert desk.minted == []


async def test_a_breakout_is_for_those_who_have_a_place_there() -> None:
    desk = Desk()
    slots = [rules.breakout_slot(name) for name in ("b1", "b2", "b3")]
    await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, slots[0])
    (minted,) = desk.minted
    assert (minted["sub"], minted["video"]["room"]) == ("@anna:here:D", rules.room_name("!r", slots[0]))
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, slots[1])
    with pytest.raises(BreakoutNotFound):
        await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, slots[2])


async def test_who_was_removed_from_the_call_gets_none_for_its_breakouts_either() -> None:
    desk = Desk(kept=Kept({(rules.room_name("!r"), "@anna:here")}))
    with pytest.raises(NotAllowed):
        await desk.tickets().ticket("here", "t-anna", "!r", "D", plain, rules.breakout_slot("b1"))


def test_rooms_and_members_have_names_of_their_own() -> None:
    names = {rules.room_name("!r"), rules.room_name("!q"), rules.room_name("!r", "m.call#OTHER")}
    assert len(names) == 3
    assert all("!" not in name for name in names)
    # As matrix-js-sdk's computeRtcIdentityRaw: SHA-256 of the JSON list, in unpadded base64.
    assert rules.hashed_identity("@a:b", "D", "m") == "qc9VLopiiTI2fnt3h9j6F3W7xlH86a0WpI8AJwV7+M0"
