"""Who is told of a record, besides those who read it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from server.telephony.records import Call, CallRecords, TransferFailed, seen_by
from wire.record import CallRecord, Heard, Outcome, Side, SoundTrouble, Transfer
from wire.route import Party

ANNA, BRUNO = Party("@anna:localhost", "Anna", "201"), Party("@bruno:localhost", "Bruno", "202")
CHIARA = Party("@chiara:localhost", "Chiara", "203")
#: Bruno gave Anna to Chiara, who did not take her.
FAILED = CallRecord(
    id="02CALL", via="sip", started_at=1, ended_at=9, caller=ANNA, callee=CHIARA, outcome="busy",
    transfer=Transfer(by=BRUNO, previous="01CALL"),
)  # fmt: skip


class Store:
    """Keeps whatever comes."""

    async def put(self, *records: CallRecord) -> set[str]:
        return {record.id for record in records}

    async def heard(
        self, call_id: str, side: Side, heard: Heard, troubles: Sequence[SoundTrouble]
    ) -> None: ...

    async def of_person(self, user_id: str, before: int | None, limit: int) -> Sequence[CallRecord]:
        return ()


class Log:
    async def seen_by(self, record: CallRecord, user_id: str) -> Call:
        return seen_by(record, user_id)

    async def tell_missed(self, user_id: str) -> None: ...


class Audience:
    def __init__(self) -> None:
        self.told: list[tuple[str, object, str | None]] = []

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        self.told.append((event, data, to))


async def failures(record: CallRecord) -> list[tuple[object, str | None]]:
    """What is told of it as a transfer that failed, and to whom."""
    audience = Audience()
    await CallRecords(Store(), Log(), audience).put(record)
    return [(data, to) for event, data, to in audience.told if event == "transfer_failed"]


@pytest.mark.parametrize("outcome", ["busy", "missed", "rejected"])
async def test_who_transferred_is_told_that_nobody_took_the_call(outcome: Outcome) -> None:
    record = replace(FAILED, outcome=outcome)
    assert await failures(record) == [(TransferFailed("01CALL", CHIARA, outcome), BRUNO.user_id)]


@pytest.mark.parametrize(
    "record",
    [
        replace(FAILED, ended_at=None, outcome="in_progress"),
        replace(FAILED, answered_at=5, outcome="answered"),
        replace(FAILED, transfer=Transfer()),
        replace(FAILED, transfer=Transfer(by=Party(number="+3906"), previous="01CALL")),
    ],
    ids=["it rings", "it was answered", "no transfer", "by nobody of the house"],
)
async def test_nobody_is_told_of_what_did_not_fail(record: CallRecord) -> None:
    assert await failures(record) == []


async def test_in_whose_name_a_call_is_made_is_told_of_it() -> None:
    audience = Audience()
    record = CallRecord(id="03CALL", via="sip", started_at=1, caller=ANNA, callee=CHIARA, on_behalf_of=BRUNO)
    await CallRecords(Store(), Log(), audience).put(record)
    told = {to: data for event, data, to in audience.told if event == "calls"}
    assert told.keys() == {ANNA.user_id, BRUNO.user_id, CHIARA.user_id}
    assert told[BRUNO.user_id] == {"call": seen_by(record, "@bruno:localhost")}


def test_all_that_comes_of_a_call_in_somebodys_name_is_one_conversation_to_them() -> None:
    record = CallRecord(
        id="04CALL", via="sip", started_at=1, caller=ANNA, callee=CHIARA, on_behalf_of=BRUNO,
        transfer=Transfer(previous="03CALL", conversation="03CALL"),
    )  # fmt: skip
    assert seen_by(record, "@bruno:localhost").conversation == "03CALL"
