"""kill -9 after each single write: what others had said, and were told to be heard, has its effect."""

from typing import Any

import pytest

from bridges.media.gateway import LegReport, MediaReport, Profile
from bridges.sip.b2bua.recovery import ASIDE
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    HUNG_UP,
    NOW,
    PHONE_LEG,
    ROOM,
    Disk,
    House,
    party,
    until,
)


class Rehearsal:
    """A house, what was on its disk after each write, and when the homeserver was told that it is heard."""

    def __init__(self) -> None:
        self.house = House()
        self.house.endpoint.phones = {"202": 1}
        self.told: list[tuple[list[dict[str, Any]], int]] = []

    @property
    def writes(self) -> int:
        return len(self.house.records.disks)

    async def says(self, sender: str, event_type: str, content: dict[str, Any]) -> None:
        """The homeserver sends an event, until it is told that it is heard."""
        events = [said(f"$said{len(self.told)}", sender, event_type, content)]
        await self.house.transactions.take(f"{len(self.told)}", {"events": events})
        self.told.append((events, self.writes))

    async def next(self, write: int) -> House:
        """The process after one that was killed when it had written so often."""
        disk = self.house.records.disks[write]
        again = await reborn(self.house, disk)
        for events, heard in self.told:
            if heard > write + 1:
                await again.transactions.take("again", {"events": events})
        return again


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


async def test_who_was_chosen_is_known_to_be() -> None:
    """Anna's browser called, Bruno's phone answered, and the browser chose it."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    phone.answers()
    answer = await house.sent("m.call.answer")
    first = rehearsal.writes
    await rehearsal.says(BRUNO, "m.call.answer", answer)
    await rehearsal.says(
        ANNA, "m.call.select_answer", party("web-a") | {"selected_party_id": answer["party_id"]}
    )
    await talks(house)
    await until(lambda: not house.records.events, "all handled")
    for write in range(first, rehearsal.writes):
        again = await rehearsal.next(write)
        await talks(again)
        await until(lambda house=again: not house.records.events, "all handled")
        again.endpoint.calls[0].happen(HUNG_UP)
        assert (await again.sent("m.call.hangup"))["party_id"] == answer["party_id"]
        ended = again.records.records
        await until(lambda ended=ended: ended and list(ended.values())[-1][-1]["ended_at"], "ended")
        assert (again.records.last["outcome"], again.records.last["answered_on"]) == (
            "answered",
            "desk_phone",
        )
        assert not again.records.events


@pytest.mark.parametrize(("stood", "outcome"), [(True, "answered"), (False, "cancelled")])
async def test_who_has_talked_was_answered_though_the_choice_has_not_come(stood: bool, outcome: str) -> None:
    """The homeserver keeps what the browser said until after the bridge is back, and the phone hung up."""
    rehearsal = Rehearsal()
    house = rehearsal.house
    house.plan([PHONE_LEG])
    house.browser_calls()
    (phone,) = await house.forks(1)
    phone.answers()
    await house.sent("m.call.answer")
    await until(lambda: house.exchange.calls()[0]["bridge_state"] == "answering", "answering")
    again = await rehearsal.next(rehearsal.writes - 1)
    await until(lambda: ("resume",) in again.endpoint.calls[0].log, "gone on")
    browser = LegReport(Profile.WEBRTC, connected=stood, packets_out=10, audio_seen=stood)
    again.gateway.counted = MediaReport(
        {"caller": browser, "phone-1": LegReport(Profile.RTP, packets_out=10)}
    )
    again.endpoint.calls[0].happen(HUNG_UP)
    record = await again.ended()
    assert (record["outcome"], record["answered_at"]) == (outcome, NOW if stood else None)
