"""Who may enter which call, with a homeserver of a few lines."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from server.meetings import rules
from server.meetings.service import Meetings, NotAllowed

NOW = 1000


@dataclass
class Homeserver:
    tokens: dict[str, str] = field(default_factory=lambda: {"t-anna": "@anna:here"})
    members: set[tuple[str, str]] = field(default_factory=lambda: {("!r", "@anna:here")})

    async def openid_user(self, token: str) -> str | None:
        return self.tokens.get(token)

    async def is_member(self, room_id: str, user_id: str) -> bool:
        return (room_id, user_id) in self.members


def meetings(minted: list[Any]) -> Meetings:
    def mint(claims: Any) -> str:
        minted.append(claims)
        return "jwt"

    return Meetings(Homeserver(), "here", "wss://here/livekit", mint, lambda: NOW)


async def test_a_member_gets_a_ticket_for_the_rooms_call_alone() -> None:
    minted: list[Any] = []
    ticket = await meetings(minted).ticket(
        "here", "t-anna", "!r", lambda user: rules.plain_identity(user, "D"), rules.ROOM_CALL
    )
    assert (ticket.url, ticket.jwt) == ("wss://here/livekit", "jwt")
    assert minted[0]["sub"] == "@anna:here:D"
    assert minted[0]["video"]["room"] == rules.room_name("!r")
    assert minted[0]["exp"] == NOW + rules.TOKEN_LIFE
    assert "roomAdmin" not in minted[0]["video"]


@pytest.mark.parametrize(
    ("server", "token", "room"),
    [("elsewhere", "t-anna", "!r"), ("here", "t-forged", "!r"), ("here", "t-anna", "!other")],
)
async def test_nobody_else_gets_one(server: str, token: str, room: str) -> None:
    minted: list[Any] = []
    with pytest.raises(NotAllowed):
        await meetings(minted).ticket(server, token, room, str, rules.ROOM_CALL)
    assert minted == []


def test_rooms_and_members_have_names_of_their_own() -> None:
    names = {rules.room_name("!r"), rules.room_name("!q"), rules.room_name("!r", "m.call#OTHER")}
    assert len(names) == 3
    assert all("!" not in name for name in names)
    # As matrix-js-sdk's computeRtcIdentityRaw: SHA-256 of the JSON list, in unpadded base64.
    assert rules.hashed_identity("@a:b", "D", "m") == "qc9VLopiiTI2fnt3h9j6F3W7xlH86a0WpI8AJwV7+M0"
