"""kill -9 after each single write: what others had said, and were told to be heard, has its effect.

What they were not told to be heard they say again.
"""

from typing import Any

import pytest

from bridges.media.gateway import LegReport, MediaReport, Profile
from bridges.sip.b2bua.recovery import ASIDE
from bridges.sip.transport.api import Reinvite
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    HUNG_UP,
    MATRIX_LEG,
    NOW,
    PHONE_LEG,
    ROOM,
    TRUNK_LEG,
    Disk,
    House,
    answer_content,
    party,
    until,
)
from tests.bridges.sip.b2bua.test_hold import sdp
from tests.bridges.sip.b2bua.test_transfer import CARLA, CARLAS_PHONE, REFER

HOLD = sdp("sendonly")


class Rehearsal:
    """A house, what was on its disk after each write, and when the homeserver was told that it is heard."""

    def __init__(self) -> None:
        self.house = House()
        self.house.endpoint.phones = {"202": 1}
        self.told: list[tuple[list[dict[str, Any]], int]] = []
        #: When it had written how often the phone was told that its answer is heard.
        self.acknowledged = 0
        #: When it had written how often what a telephone asked for was acknowledged.
        self.said = 0

    @property
    def writes(self) -> int:
        return len(self.house.records.disks)

    async def says(self, sender: str, event_type: str, content: dict[str, Any]) -> None:
        """The homeserver sends an event, until it is told that it is heard."""
        events = [said(f"$said{len(self.told)}", sender, event_type, content)]
        await self.house.transactions.take(f"{len(self.told)}", {"events": events})
        self.told.append((events, self.writes))

    async def answer(self, phone: FakeOutgoing) -> None:
        """The phone answers, until it is told that it is heard."""
        phone.on_acknowledged = self._phone_is_heard
        phone.answers()
        await phone.acknowledged.wait()

    def note_said(self) -> None:
        self.said = self.writes

    def _phone_is_heard(self) -> None:
        self.acknowledged = self.writes

    async def next(self, write: int, *, first_said: bool = False) -> House:
        """The process after one that was killed after this write. `first_said`: the homeserver repeats itself
        before the phone does."""
        disk = self.house.records.disks[write]
        again = await reborn(self.house, disk)
        if first_said:
            await self.repeat(again, write)
        phone = await until(lambda: again.endpoint.calls and again.endpoint.calls[0], "the phone's leg")
        await until(lambda: ("resume",) in phone.log, "gone on")
        if self.acknowledged > write + 1:
            phone.answers()
            await phone.acknowledged.wait()
        if not first_said:
            await self.repeat(again, write)
        return again

    async def repeat(self, again: House, write: int) -> None:
        """What the homeserver was not told to be heard."""
        for events, heard in self.told:
            if heard > write + 1:
                await again.transactions.take("again", {"events": events})


def said(event_id: str, sender: str, event_type: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "room_id": ROOM,
        "sender": sender,
        "type": event_type,
        "content": content,
        "origin_server_ts": NOW,
    }


async def reborn(house: House, disk: Disk) -> House:
    again = House()
    again.gateway.legs = {call_id: set(legs) for call_id, legs in house.gateway.legs.items()}
    again.router.plan, again.endpoint.phones = house.router.plan, house.endpoint.phones
    again.records.find(disk)
    for call_id, (kind, snapshot) in sorted(disk.live.items(), key=lambda row: row[1][0] == ASIDE):
        again.recovery.restore(call_id, kind, snapshot, NOW)
    await again.transactions.resume()
    return again


async def talks(house: House) -> None:
    await until(lambda: [call["bridge_state"] for call in house.exchange.calls()] == ["talking"], "talking")
    await until(lambda: joined(house), "their media is joined")


async def waits(house: House) -> None:
    await until(lambda: house.exchange.calls()[0]["waits"], "held")


def joined(house: House) -> Any:
    """The legs whose media are joined, as the next process would find it."""
    ((_, kept),) = house.records.live.values()
    return kept.get("part", kept)["pair"]


async def all_handled(house: House) -> None:
    await until(lambda: not house.records.events, "all handled")


async def closed(house: House) -> dict[str, Any]:
    """The one record."""
    found = await until(lambda: list(house.records.records.values()), "a record")
    await until(lambda: found[-1][-1]["ended_at"], "ended")
    assert len(found) == 1
    last: dict[str, Any] = found[-1][-1]
    return last


@pytest.mark.parametrize("first_said", [True, False])
async def test_who_answered_and_was_chosen_is_known_to_be(first_said: bool) -> None:
    """Anna's browser called, Bruno's phone answered, and the browser chose it."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "ringing", "ringing")
    first = rehearsal.writes - 1
    await rehearsal.answer(phone)
    answer = await house.sent("m.call.answer")
    await rehearsal.says(BRUNO, "m.call.answer", answer)
    selected = {"selected_party_id": answer["party_id"]}
    await rehearsal.says(ANNA, "m.call.select_answer", party("web-a") | selected)
    await talks(house)
    await all_handled(house)
    for write in range(first, rehearsal.writes):
        again = await rehearsal.next(write, first_said=first_said)
        await talks(again)
        await all_handled(again)
        again.endpoint.calls[0].happen(HUNG_UP)
        assert (await again.sent("m.call.hangup"))["party_id"] == answer["party_id"]
        record = await closed(again)
        assert (record["outcome"], record["answered_on"]) == ("answered", "desk_phone")


@pytest.mark.parametrize("leg", [PHONE_LEG, TRUNK_LEG])
async def test_who_answered_a_phone_is_known_to_have(leg: dict[str, Any]) -> None:
    """Anna's phone called; Bruno's, or a line, answered."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([leg])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    await house.did(caller, "ring")
    first = rehearsal.writes - 1
    await rehearsal.answer(phone)
    await talks(house)
    for write in range(first, rehearsal.writes):
        again = await rehearsal.next(write)
        await talks(again)
        again.endpoint.calls[0].happen(HUNG_UP)
        assert (await closed(again))["outcome"] == "answered"


async def test_a_browser_that_answered_is_known_to_have() -> None:
    """Anna's phone called, Bruno's browser answered, and is told that it is chosen."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([MATRIX_LEG])
    await house.phone_calls(sdp="v=0")
    invite = await house.sent("m.call.invite")
    first = rehearsal.writes - 1
    await rehearsal.says(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    await talks(house)
    await all_handled(house)
    answered, media = rehearsal.writes, {call_id: set(legs) for call_id, legs in house.gateway.legs.items()}
    await rehearsal.says(BRUNO, "m.call.hangup", party("web-b", invite["call_id"]))
    await closed(house)
    await all_handled(house)
    house.gateway.legs = media  # as a bridge that dies before leaves them
    for write in range(first, rehearsal.writes):
        again = await reborn(house, house.records.disks[write])
        if again.records.live:
            await rehearsal.repeat(again, write)
            await closed(again)
            assert again.records.last["outcome"] == "answered"
        else:
            assert write > answered
        await all_handled(again)


async def test_a_call_that_was_taken_back_rings_no_more() -> None:
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    caller = await house.phone_calls()
    (phone,) = await house.forks(1)
    phone.rings()
    await house.did(caller, "ring")
    caller.on_said = rehearsal.note_said
    caller.cancelled()
    await caller.said.wait()
    assert (await closed(house))["outcome"] == "cancelled"
    for disk in house.records.disks[rehearsal.said - 1 :]:
        assert not disk.live


async def test_a_session_that_was_agreed_on_is_the_session() -> None:
    """Bruno's phone holds, and is told that it may."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    await house.phone_calls(sdp="v=0")
    (phone,) = await house.forks(1)
    await rehearsal.answer(phone)
    await talks(house)
    phone.on_said = rehearsal.note_said
    phone.happen(Reinvite(HOLD))
    await phone.said.wait()
    await waits(house)
    for write in range(rehearsal.said - 1, rehearsal.writes):
        again = await rehearsal.next(write)
        await waits(again)
        ((_, kept),) = house.records.disks[write].live.values()
        assert HOLD in {leg["description"] for leg in kept["legs"]}


@pytest.mark.parametrize("answered", [True, False])
async def test_a_transfer_that_was_accepted_goes_on_and_is_reported(answered: bool) -> None:
    """Bruno transfers Anna to Carla, and is told that it is tried, and what became of it."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.endpoint.phones |= {"203": 1}
    house.plan([PHONE_LEG])
    await house.phone_calls()
    (bruno,) = await house.forks(1)
    await rehearsal.answer(bruno)
    await talks(house)
    house.plan([CARLAS_PHONE], callee={"user_id": CARLA, "name": "Carla", "number": "203"})
    bruno.on_said = rehearsal.note_said
    bruno.happen(REFER)
    await bruno.said.wait()
    await house.forks(2)
    for write in range(rehearsal.said - 1, rehearsal.writes):
        again = await reborn(house, house.records.disks[write])
        told, *_ = again.endpoint.calls
        await again.did(told, "resume")
        *_, carla = await again.forks(2)
        if answered:
            carla.answers()
        else:
            carla.refuses(486)
        assert await again.did(told, "notify_refer") == ("notify_refer", 200 if answered else 486)


@pytest.mark.parametrize(("stood", "outcome"), [(True, "answered"), (False, "cancelled")])
async def test_who_has_talked_was_answered_though_the_choice_has_not_come(stood: bool, outcome: str) -> None:
    """The homeserver keeps what the browser said until after the bridge is back, and the phone hung up."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    await rehearsal.answer(phone)
    await house.sent("m.call.answer")
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "answering", "answering")
    again = await rehearsal.next(rehearsal.writes - 1)
    browser = LegReport(Profile.WEBRTC, connected=stood, packets_out=10, audio_seen=stood)
    again.gateway.counted = MediaReport(
        {"caller": browser, "phone-1": LegReport(Profile.RTP, packets_out=10)}
    )
    again.endpoint.calls[0].happen(HUNG_UP)
    record = await again.ended()
    assert (record["outcome"], record["answered_at"]) == (outcome, NOW if stood else None)
