"""A call from outside is answered with a text message, while it rings or as it is declined."""

from typing import Literal

import pytest

from server.directory.service import Person
from server.notifications.service import DeliveryFailed, SmsCarrier
from server.telephony.refusals import CallNotFound, NotATextNumber, TextNotSent, TooManyCommands
from server.telephony.replies import AFTER, MESSAGE_MAX, Replies, message
from tests.support.web import Web
from wire.record import CallRecord
from wire.route import Party
from wire.state import LiveCall

ANNA = Person("1", "@anna:localhost", "Anna Rossi", "anna@unisono.example", "member", ("201",), ())
MOBILE, FIXED, GHOST = "+393331234567", "+390698765432", "@_tel_+393331234567:localhost"


class Phone:
    """Somebody's mobile telephone, which is on or off."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.off = False

    async def deliver(self, number: str, text: str) -> None:
        if self.off:
            raise DeliveryFailed("off")
        self.got.append((number, text))


class House:
    """Anna's calls as the house knows them."""

    def __init__(self, carrier: SmsCarrier | None = None) -> None:
        self.phone, self.now = Phone(), 10_000
        self.live: tuple[LiveCall, ...] = ()
        self.record: CallRecord | None = None
        self.tired = False
        self.replies = Replies(
            carrier or self.phone,
            self,
            lambda _: self.live,
            lambda _: not self.tired,
            "Rossi",
            lambda: self.now,
        )

    async def one(self, call_id: str) -> CallRecord | None:
        return self.record if self.record is not None and self.record.id == call_id else None

    def rings(self, peer: Party, *, state: Literal["ringing", "talking"] = "ringing") -> None:
        self.live = (LiveCall("c", "inbound", peer, state, since=1),)


async def test_who_calls_from_a_mobile_gets_the_text_and_who_sent_it() -> None:
    house = House()
    house.rings(Party(GHOST, "+39 333", MOBILE))
    assert await house.replies.possible(ANNA, "c")
    await house.replies.send(ANNA, "c", "  I call you\nback ")
    assert house.phone.got == [(MOBILE, "I call you back\nAnna Rossi, Rossi")]


@pytest.mark.parametrize(
    "peer", [Party(None, "", FIXED), Party(None, "", None), Party("@bruno:localhost", "Bruno", MOBILE)]
)
async def test_nobody_else_is_sent_one(peer: Party) -> None:
    house = House()
    house.rings(peer)
    assert not await house.replies.possible(ANNA, "c")
    with pytest.raises(NotATextNumber):
        await house.replies.send(ANNA, "c", "Hello")


async def test_a_call_that_was_declined_at_that_moment_is_replied_to_and_an_old_one_is_not() -> None:
    house = House()
    house.record = CallRecord(
        id="c", via="trunk:x", started_at=10_000, caller=Party(GHOST, "", MOBILE), callee=Party(ANNA.user_id)
    )
    await house.replies.send(ANNA, "c", "Later")
    house.now += AFTER
    for call_id in ("c", "another"):
        with pytest.raises(CallNotFound):
            await house.replies.possible(ANNA, call_id)
    assert len(house.phone.got) == 1


async def test_a_call_that_was_answered_or_of_others_is_not_replied_to() -> None:
    house = House()
    house.rings(Party(GHOST, "", MOBILE), state="talking")
    with pytest.raises(CallNotFound):
        await house.replies.send(ANNA, "c", "Later")
    house.record = CallRecord(
        id="c",
        via="trunk:x",
        started_at=10_000,
        caller=Party(GHOST, "", MOBILE),
        callee=Party("@bruno:localhost"),
    )
    with pytest.raises(CallNotFound):
        await house.replies.send(ANNA, "c", "Later")


async def test_what_is_not_taken_and_what_is_too_much_is_said() -> None:
    house = House()
    house.rings(Party(GHOST, "", MOBILE))
    house.phone.off = True
    with pytest.raises(TextNotSent):
        await house.replies.send(ANNA, "c", "Later")
    house.tired = True
    with pytest.raises(TooManyCommands):
        await house.replies.send(ANNA, "c", "Later")


def test_a_message_has_its_end() -> None:
    assert len(message("x" * 1000, "Anna", "Rossi")) == 200 + len("\nAnna, Rossi")
    assert len(message("x" * 1000, "A" * 200, "Rossi")) == MESSAGE_MAX


async def test_over_the_api(web: Web) -> None:
    anna = await web.signed_in("Anna", "201")
    assert (await anna.get("/api/v1/calls/c/reply")).code == "call_not_found"
    live = {
        "call_id": "c", "direction": "inbound", "state": "ringing", "since": 1,
        "peer": {"user_id": None, "name": "", "number": MOBILE},
    }  # fmt: skip
    await web.internal(
        "PUT", "/telephony-state", {"users": {}, "registered": [], "live": {"@anna:localhost": [live]}}
    )
    assert (await anna.get("/api/v1/calls/c/reply")).body == {"text": True}
    assert (await anna.ask("POST", "/api/v1/calls/c/reply", {"text": "I call you back"})).status == 204
    assert (await anna.ask("POST", "/api/v1/calls/c/reply", {"text": ""})).status == 400
