"""People are added to a call, calls are merged, and the last two are one call again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from bridges.media.gateway import LegReport, MediaReport, Profile
from bridges.sip.call_control.commands import CallCommands
from bridges.sip.conference import focus as focus_module
from bridges.sip.conference.focus import Focus
from bridges.sip.conference.seat import Seat
from bridges.sip.transport.api import Account, FromPhone, Referred
from bridges.sip.voice.playout import AdaptiveJitterBuffer
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import BRUNO, HUNG_UP, PHONE_LEG, TRUNK_LEG, FakeQueues, House, until
from tests.support.clock import let_pass
from wire.commands import Add, Command, CommandRequest, HangUp, Merge, Transfer
from wire.route import Party
from wire.state import Member

CARLA = "@carla:localhost"
ANNA_PARTY = Party(ANNA, "Anna Rossi", "201")
BRUNO_PARTY = Party(BRUNO, "Bruno Bianchi", "202")
CARLA_PARTY = {"user_id": CARLA, "name": "Carla Verdi", "number": "203"}
DORA, DORAS_PHONE = {"user_id": "@dora:localhost", "name": "Dora"}, {"kind": "sip", "extension": "204"}
CARLAS_PHONE = {"kind": "sip", "extension": "203"}


class Port:
    """A port without a network."""

    taken: ClassVar[set[int]] = set()

    def __init__(self, number: int) -> None:
        self.number, self.held, self.closed = number, False, False
        self.playout = AdaptiveJitterBuffer()

    @classmethod
    async def open(cls, host: str, number: int = 0) -> Port:
        number = number or 4000 + 2 * len(cls.taken)
        cls.taken.add(number)
        return cls(number)

    def offer(self) -> str:
        return "seat-offer"

    def answer(self, sdp: str) -> str:
        self.held = sdp.endswith(("sendonly", "inactive"))
        return "seat"

    def accept(self, sdp: str) -> None:
        self.held = False

    def send(self, frame: bytes) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(focus_module, "AudioPort", Port)
    yield


class Talk:
    """Anna has called Bruno."""

    def __init__(self, queues: FakeQueues | None = None) -> None:
        self.focus = Focus("127.0.0.1")
        self.house = House(conferences=self.focus, queues=queues)
        self.focus.calls = self.house.exchange.conferences
        self.house.endpoint.phones = {"202": 1, "203": 1, "204": 1}

    async def begin(self, **plan: Any) -> Talk:
        house = self.house
        house.plan([PHONE_LEG], **plan)
        self.anna = await house.phone_calls()
        (self.bruno,) = await house.forks(1)
        self.bruno.answers()
        await until(lambda: house.records.last["answered_at"], "answered")
        house.plan([CARLAS_PHONE], caller=self.plain(ANNA_PARTY), callee=CARLA_PARTY)
        return self

    @staticmethod
    def plain(party: Party) -> dict[str, Any]:
        return {"user_id": party.user_id, "name": party.name, "number": party.number}

    async def command(self, user_id: str, command: Command, call_id: str = "") -> str | None:
        call_id = call_id or self.house.exchange.calls()[0]["id"]
        answer = await CallCommands(self.house.exchange).command(call_id, CommandRequest(user_id, command))
        return answer.refused

    async def add(self, rung: int = 2) -> FakeOutgoing:
        """Anna has 203 called, where it rings."""
        going = asyncio.create_task(self.command(ANNA, Add("203")))
        added = (await self.house.forks(rung))[-1]
        added.rings()
        assert await going is None
        return added

    async def conference(self) -> FakeOutgoing:
        """Anna, Bruno and Carla hear each other."""
        carla = await self.add()
        carla.answers("carla")
        await self.are(3)
        return carla

    async def are(self, number: int) -> None:
        """So many seats are taken, and talked with."""
        calls = self.house.exchange.conferences
        await until(
            lambda: [seat in calls.talking() for seat in self.seats] == [True] * number, f"{number} talk"
        )
        self.look()

    @property
    def seats(self) -> list[Seat]:
        return [seat for one in self.focus._conferences.values() for seat in one.seats]

    def look(self, later: float = 0.0) -> None:
        self.focus.look(asyncio.get_running_loop().time() + later)

    def open_records(self) -> list[dict[str, Any]]:
        return [one for one in self.records() if one["ended_at"] is None]

    def records(self) -> list[dict[str, Any]]:
        return [revisions[-1] for revisions in self.house.records.records.values()]

    async def over(self) -> None:
        await until(lambda: not self.house.exchange.calls() and not self.house.records.live, "over")
        assert not self.seats
        self.focus.close()


async def test_who_is_added_comes_when_they_answer_and_nobody_hangs_up() -> None:
    talk = await Talk().begin()
    house = talk.house
    carla = await talk.add()
    (asked,) = house.router.asked[1:]
    assert (asked.caller, asked.transferred) == (Party(ANNA), ANNA_PARTY)
    assert (asked.via, asked.dialled) == ("sip", "203")
    assert house.exchange.live_calls()[ANNA][0].members == (
        Member(BRUNO_PARTY),
        Member(Party(**CARLA_PARTY), "calling"),
    )
    assert not any(leg.startswith("conference") for leg, *_ in house.gateway.joined)
    carla.answers("carla")
    await talk.are(3)
    assert not (talk.anna.ended or talk.bruno.ended or carla.ended)
    joined = {(one, other) for one, other, what in house.gateway.joined if what == "connected"}
    assert joined == {("conference-2", "caller"), ("joined-2", "conference-1")}
    for user, others in {
        ANNA: {BRUNO, CARLA},
        BRUNO: {ANNA, CARLA},
        CARLA: {ANNA, BRUNO},
    }.items():
        (live,) = house.exchange.live_calls()[user]
        assert {one.party.user_id for one in live.members} == others
        assert live.state == "talking"
    first, carlas, bruno, anna = talk.records()
    assert (first["outcome"], first["transfer"]["next"]) == ("answered", anna["id"])
    assert (anna["caller"]["user_id"], anna["answered_on"]) == (ANNA, "conference")
    assert anna["callee"]["name"] == "Bruno Bianchi, Carla Verdi"
    assert (bruno["caller"]["user_id"], bruno["callee"]["name"]) == (BRUNO, "Anna Rossi, Carla Verdi")
    assert anna["transfer"]["previous"] == bruno["transfer"]["previous"] == first["id"]
    assert {one["transfer"]["conversation"] for one in (anna, bruno, carlas)} == {first["id"]}
    assert (carlas["via"], carlas["caller"]["user_id"], carlas["callee"]["user_id"]) == (
        "meeting",
        ANNA,
        CARLA,
    )
    assert {one for one, count in house.exchange.telephony_state().users.items() if count.calls} == {
        ANNA,
        BRUNO,
        CARLA,
    }
    # Whoever had the call under its first record may still name it by that; Carla never had it.
    for user, here in {ANNA: anna, BRUNO: bruno}.items():
        (live,) = house.exchange.live_calls()[user]
        assert (live.call_id, live.earlier) == (here["id"], (first["id"],))
        assert (at := house.exchange.goes_on(first["id"], user)) and at.id == here["id"]
    assert house.exchange.live_calls()[CARLA][0].earlier == ()
    assert await talk.command(CARLA, HangUp(), first["id"]) == "call_not_found"
    assert await talk.command(BRUNO, HangUp(), first["id"]) is None
    await until(lambda: talk.bruno.ended, "Bruno has hung up")
    assert not (talk.anna.ended or carla.ended)


@pytest.mark.parametrize("who", ["anna", "bruno", "carla"])
async def test_when_one_leaves_the_other_two_are_a_call_again(who: str) -> None:
    talk = await Talk().begin()
    people = {"anna": talk.anna, "bruno": talk.bruno, "carla": await talk.conference()}
    leaver = people.pop(who)
    leaver.happen(HUNG_UP)
    await talk.are(2)
    await until(lambda: not talk.seats, "no seats")
    one, other = people.values()
    assert not one.ended and not other.ended
    await until(lambda: len(talk.open_records()) == 1, "one record")
    (record,) = talk.open_records()
    ids = {"anna": ANNA, "bruno": BRUNO, "carla": CARLA}
    assert {record["caller"]["user_id"], record["callee"]["user_id"]} == {ids[name] for name in people}
    assert record["transfer"]["by"] is None
    for user in people:
        (live,) = talk.house.exchange.live_calls()[ids[user]]
        assert (live.members, live.state) == ((), "talking")
    one.happen(HUNG_UP)
    await talk.house.did(other, "bye")
    await talk.over()


async def test_who_is_not_heard_in_it_is_told_so_and_the_others_silence_is_none() -> None:
    talk = await Talk().begin()
    await talk.conference()
    *_, anna = (one for one in talk.open_records() if one["caller"]["user_id"] == ANNA)
    assert anna["answered_on"] == "conference"
    quiet, seat = LegReport(Profile.RTP), LegReport(Profile.RTP, packets_in=9000, audio_seen=False)
    for seconds in (1.0, 1.0, 15.0, 3.0):
        talk.house.gateway.counting = MediaReport({"caller": quiet, "conference-2": seat}, {})
        let_pass(seconds)
        for _ in range(20):
            await asyncio.sleep(0)
    (trouble,) = talk.house.records.records[anna["id"]][-1]["sound"]["troubles"]
    assert (trouble["fault"], trouble["side"]) == ("nothing", "caller")


async def test_who_does_not_answer_leaves_the_call_as_it_was() -> None:
    talk = await Talk().begin()
    carla = await talk.add()
    carla.refuses(486)
    await until(lambda: len(talk.house.exchange.calls()) == 1, "one call")
    assert not talk.seats
    assert talk.house.exchange.live_calls()[ANNA][0].members == ()
    _, missed = talk.records()
    assert (missed["caller"]["user_id"], missed["callee"]["user_id"], missed["outcome"]) == (
        ANNA,
        CARLA,
        "busy",
    )
    talk.anna.happen(HUNG_UP)
    await talk.house.did(talk.bruno, "bye")
    await talk.over()


async def test_nobody_rings_for_a_call_that_has_ended() -> None:
    talk = await Talk().begin()
    carla = await talk.add()
    talk.bruno.happen(HUNG_UP)
    await talk.house.did(carla, "cancel")
    await talk.over()


async def test_a_refused_number_is_told() -> None:
    talk = await Talk().begin()
    talk.house.refuse("class_of_service")
    assert await talk.command(ANNA, Add("+39899")) == "not_allowed"
    talk.house.refuse("not_found")
    assert await talk.command(ANNA, Add("299")) == "target_not_reachable"
    assert not talk.seats and not talk.anna.ended
    talk.bruno.happen(HUNG_UP)
    await talk.over()


async def test_the_voice_that_asks_for_a_pin_is_not_added() -> None:
    talk = await Talk().begin()
    talk.house.router.plan = {"outcome": "meeting", "callee": {"number": "800"}}
    assert await talk.command(ANNA, Add("800")) == "target_not_reachable"
    assert not talk.seats and not talk.anna.ended


async def test_whoever_takes_part_hands_their_place_on_and_the_others_hear_no_music() -> None:
    talk = await Talk().begin()
    carla = await talk.conference()
    talk.house.plan([DORAS_PHONE], callee=DORA)
    mine = next(one["id"] for one in talk.open_records() if one["caller"]["user_id"] == BRUNO)
    going = asyncio.create_task(talk.command(BRUNO, Transfer(to="204"), mine))
    dora = (await talk.house.forks(3))[-1]
    dora.rings()
    assert await going is None
    assert not talk.house.gateway.playing
    dora.answers("dora")
    await talk.house.did(talk.bruno, "bye")
    await talk.are(3)
    assert not (talk.anna.ended or carla.ended or dora.ended)


async def test_a_fourth_is_added_to_three_by_whoever_is_in_it() -> None:
    talk = await Talk().begin()
    carla = await talk.conference()
    talk.house.plan([DORAS_PHONE], callee=DORA)
    (call,) = [one for one in talk.open_records() if one["caller"]["user_id"] == BRUNO]
    going = asyncio.create_task(talk.command(BRUNO, Add("204"), call["id"]))
    dora = (await talk.house.forks(3))[-1]
    dora.answers("dora")
    assert await going is None
    await talk.are(4)
    (live,) = talk.house.exchange.live_calls()[CARLA]
    assert {one.party.name for one in live.members} == {"Anna Rossi", "Bruno Bianchi", "Dora"}
    for phone in (talk.anna, talk.bruno, carla):
        phone.happen(HUNG_UP)
    await until(lambda: len(talk.seats) == 1, "one is left")
    talk.look()
    await talk.house.did(dora, "bye")
    await talk.over()


async def test_an_outside_line_pays_once_and_has_no_name_for_others() -> None:
    talk = Talk()
    talk.house.plan([TRUNK_LEG], callee={"user_id": None, "name": "Mum", "number": "+390698765432"})
    talk.anna = await talk.house.phone_calls("+390698765432")
    (talk.bruno,) = await talk.house.forks(1)
    talk.bruno.answers()
    await until(lambda: talk.house.records.last["answered_at"], "answered")
    talk.house.plan([CARLAS_PHONE], callee=CARLA_PARTY)
    await talk.conference()
    first, _, line, anna = talk.records()
    assert (line["transfer"]["previous"], anna["transfer"]["previous"]) == (first["id"], None)
    # It pays alone, and both had one conversation.
    assert line["transfer"]["conversation"] == anna["transfer"]["conversation"] == first["id"]
    assert anna["callee"]["name"] == "+390698765432, Carla Verdi"
    (carla,) = talk.house.exchange.live_calls()[CARLA]
    assert Member(Party(None, "", "+390698765432")) in carla.members
    talk.anna.happen(HUNG_UP)
    await talk.are(2)
    await until(lambda: not talk.seats and len(talk.open_records()) == 1, "two are left")
    assert "Mum" not in str([line, *talk.open_records()])


async def test_the_line_of_a_mobile_phone_is_paid_once() -> None:
    talk = await Talk().begin()
    call = talk.house.exchange.bridged(talk.house.exchange.calls()[0]["id"])
    assert call is not None and call.pair is not None
    call.leg(call.pair[1]).answered_on = "mobile"
    await talk.conference()
    first, _, line, anna = talk.records()
    assert (line["transfer"]["previous"], anna["transfer"]["previous"]) == (first["id"], None)
    talk.anna.happen(HUNG_UP)
    await talk.are(2)
    await until(lambda: not talk.seats and len(talk.open_records()) == 1, "two are left")


class Consultation(Talk):
    """Anna has called Bruno, and then Carla from the same phone."""

    async def consult(self) -> FakeOutgoing:
        await self.begin()
        self.second = FakeIncoming(FromPhone(Account("201", "", "", ANNA, "Anna Rossi")), "203", "offer")
        self.second.call_id = "second"
        await self.house.ingress.on_invite(self.second)
        carla = (await self.house.forks(2))[-1]
        carla.answers("carla")
        await self.house.did(self.second, "answer")
        await until(lambda: self.house.exchange.calls()[1]["bridge_state"] == "talking", "talking")
        return carla


async def test_two_calls_of_a_person_are_merged_and_the_spare_leg_ends() -> None:
    talk = Consultation()
    carla = await talk.consult()
    first, second = (one["id"] for one in talk.house.exchange.calls())
    assert await talk.command(ANNA, Merge(first), second) is None
    await talk.house.did(talk.anna, "bye")
    await talk.are(3)
    assert not (talk.second.ended or talk.bruno.ended or carla.ended)
    (live,) = talk.house.exchange.live_calls()[ANNA]
    assert {one.party.user_id for one in live.members} == {BRUNO, CARLA}


@pytest.mark.parametrize("into", [True, False])
async def test_a_call_is_merged_with_one_of_several_either_way(into: bool) -> None:
    talk = await Talk().begin()
    carla = await talk.conference()
    mine = next(
        one["id"] for one in talk.open_records() if one["callee"]["name"] == "Bruno Bianchi, Carla Verdi"
    )
    talk.house.plan([DORAS_PHONE], callee=DORA)
    second = FakeIncoming(FromPhone(Account("201", "", "", ANNA, "Anna Rossi")), "204", "offer")
    await talk.house.ingress.on_invite(second)
    dora = (await talk.house.forks(3))[-1]
    dora.answers("dora")
    await talk.house.did(second, "answer")
    await until(lambda: talk.house.exchange.calls()[-1]["bridge_state"] == "talking", "talking")
    other = talk.house.exchange.calls()[-1]["id"]
    given, with_ = (mine, other) if into else (other, mine)
    assert await talk.command(ANNA, Merge(with_), given) is None
    stays, goes = (talk.anna, second) if into else (second, talk.anna)
    await talk.house.did(goes, "bye")
    await talk.are(4)
    assert not any(one.ended for one in (stays, talk.bruno, carla, dora))


@pytest.mark.parametrize("other", ["nothing", "self"])
async def test_what_cannot_be_merged_stays(other: str) -> None:
    talk = await Talk().begin()
    call_id = talk.house.exchange.calls()[0]["id"]
    with_ = call_id if other == "self" else "01NEVER"
    assert await talk.command(ANNA, Merge(with_)) == "call_not_found"
    assert not talk.anna.ended and not talk.seats


@pytest.mark.parametrize("waits", ["merges", "is merged", "adds"])
async def test_who_waits_in_a_queue_keeps_their_place_and_is_in_no_call_of_several(waits: str) -> None:
    talk = Consultation(FakeQueues("phone-1"))
    carla = await talk.consult()
    queue, second = (one["id"] for one in talk.house.exchange.calls())
    if waits == "adds":
        assert await talk.command(ANNA, Add("204"), queue) == "not_possible_now"
    else:
        given, with_ = (queue, second) if waits == "merges" else (second, queue)
        assert await talk.command(ANNA, Merge(with_), given) == "not_possible_now"
    assert not talk.seats
    assert not any(one.ended for one in (talk.anna, talk.second, talk.bruno, carla))


async def test_the_star_code_leaves_out_the_call_that_waits_in_a_queue() -> None:
    talk = Consultation(FakeQueues("phone-1"))
    await talk.consult()
    call = talk.house.exchange.bridged(talk.house.exchange.calls()[1]["id"])
    assert call is not None
    assert talk.house.exchange.conferences.gather(call) is None


async def test_the_star_code_makes_one_call_of_all_that_a_phone_has() -> None:
    talk = Consultation()
    carla = await talk.consult()
    talk.house.router.plan = {
        "outcome": "service",
        "caller": talk.plain(ANNA_PARTY),
        "callee": {"number": "*3"},
        "service": {"kind": "merge-calls"},
    }
    third = FakeIncoming(FromPhone(Account("201", "", "", ANNA, "Anna Rossi")), "*3", "third")
    await talk.house.ingress.on_invite(third)
    assert (await talk.house.did(third, "answer"))[1].startswith("seat")
    await talk.house.did(talk.anna, "bye")
    await talk.house.did(talk.second, "bye")
    await talk.are(3)
    assert not (third.ended or talk.bruno.ended or carla.ended)
    third.happen(HUNG_UP)
    await talk.are(2)
    await until(lambda: not talk.seats, "a call again")
    assert not (talk.bruno.ended or carla.ended)


async def leading() -> tuple[Consultation, FakeIncoming, FakeOutgoing, str]:
    """Anna's phone has called *3, and so has a call with Bruno and Carla, and the conference's address."""
    talk = Consultation()
    carla = await talk.consult()
    plan = {"outcome": "service", "caller": talk.plain(ANNA_PARTY), "service": {"kind": "merge-calls"}}
    talk.house.router.plan = plan | {"callee": {"number": "*3"}}
    phone = FakeIncoming(FromPhone(Account("201", "", "", ANNA, "Anna Rossi")), "*3", "third")
    await talk.house.ingress.on_invite(phone)
    await talk.are(3)
    _, name = await talk.house.did(phone, "focus")
    assert [entry[0] for entry in phone.log if entry[0] in {"focus", "answer"}] == ["focus", "answer"]
    return talk, phone, carla, f"sip:{name}@localhost"


async def told(phone: FakeIncoming | FakeOutgoing, status: int) -> None:
    await until(lambda: ("notify_refer", status) in phone.log, f"{status} is told")


async def test_rfc4579_5_5_who_is_referred_to_the_conference_is_called_into_it() -> None:
    talk, phone, _, _ = await leading()
    house = talk.house
    house.plan([DORAS_PHONE], caller=talk.plain(ANNA_PARTY), callee=DORA | {"number": "204"})
    phone.happen(Referred(7, "sip:204@localhost"))
    *_, dora = await house.forks(3)
    assert ("accept_refer", 7) in phone.log
    dora.answers("dora")
    await told(phone, 200)
    await talk.are(4)
    assert not phone.ended


async def test_rfc4579_5_6_a_call_of_the_phone_is_sent_to_the_conference() -> None:
    talk, phone, _, address = await leading()
    house = talk.house
    house.plan([DORAS_PHONE], caller=talk.plain(ANNA_PARTY), callee=DORA | {"number": "204"})
    second = await house.phone_calls("204")
    *_, dora = await house.forks(3)
    dora.answers("dora")
    await until(lambda: house.records.last["answered_at"], "answered")
    second.happen(Referred(8, address))
    await told(second, 200)
    await talk.are(4)
    await house.did(second, "bye")
    assert not phone.ended and not dora.ended


async def test_rfc4579_5_11_who_is_put_out_is_out() -> None:
    talk, phone, carla, _ = await leading()
    phone.happen(Referred(9, "sip:299@localhost;method=BYE", ends=True))
    assert await talk.house.did(phone, "refuse_refer") == ("refuse_refer", 404)
    phone.happen(Referred(10, "sip:203@localhost;method=BYE", ends=True))
    await told(phone, 200)
    await talk.house.did(carla, "bye")
    await talk.are(2)
    assert not phone.ended and not talk.bruno.ended


async def test_nobody_else_puts_anybody_out() -> None:
    talk, phone, carla, _ = await leading()
    talk.bruno.happen(Referred(7, "sip:203@localhost;method=BYE", ends=True))
    assert await talk.house.did(talk.bruno, "refuse_refer") == ("refuse_refer", 404)
    assert not carla.ended
    # Whoever does not know the address of theirs hands on their own place, as in any call.
    talk.house.plan([DORAS_PHONE], caller=talk.plain(BRUNO_PARTY), callee=DORA | {"number": "204"})
    carla.happen(Referred(8, "sip:204@localhost"))
    *_, dora = await talk.house.forks(3)
    dora.answers("dora")
    await talk.house.did(carla, "bye")
    assert not phone.ended


async def test_with_one_call_the_star_code_is_nothing() -> None:
    talk = await Talk().begin()
    talk.house.router.plan = {
        "outcome": "service",
        "caller": talk.plain(ANNA_PARTY),
        "callee": {"number": "*3"},
        "service": {"kind": "merge-calls"},
    }
    third = FakeIncoming(FromPhone(Account("201", "", "", ANNA, "Anna Rossi")), "*3", "third")
    await talk.house.ingress.on_invite(third)
    assert (await talk.house.did(third, "reject"))[1] == 404
    assert not talk.anna.ended


async def test_who_has_hung_up_meanwhile_is_left_out() -> None:
    talk = await Talk().begin()
    carla = await talk.add()
    carla.answers("carla")
    await until(lambda: len(talk.seats) >= 2, "they are about to come")
    talk.bruno.happen(HUNG_UP)
    await until(lambda: len(talk.seats) in {0, 2}, "settled")
    if talk.seats:
        await talk.are(2)
        talk.look(later=10.0)
        await until(lambda: not talk.seats, "a call again")
        assert not (talk.anna.ended or carla.ended)


async def test_a_conference_goes_on_in_the_next_process() -> None:
    talk = await Talk().begin()
    await talk.conference()
    await talk.house.records.flushed()
    left = talk.house.records.disk
    after = Talk()
    after.house.gateway.legs = talk.house.gateway.legs
    for call_id, (kind, snapshot) in left.items():
        assert after.house.recovery.restore(call_id, kind, snapshot, 0), call_id
    await until(lambda: len(after.seats) == 3 and all(seat.port for seat in after.seats), "three seats")
    assert {seat.number for seat in after.seats} == {seat.number for seat in talk.seats}
    await after.are(3)
    (live,) = after.house.exchange.live_calls()[ANNA]
    assert {one.party.user_id for one in live.members} == {BRUNO, CARLA}
    assert (
        await after.command(
            BRUNO,
            HangUp(),
            next(one["id"] for one in after.house.exchange.calls() if one["caller"]["user_id"] == BRUNO),
        )
        is None
    )
    await until(lambda: len(after.seats) == 2, "two are left")
    await after.are(2)
    await until(lambda: not after.seats, "a call again")
