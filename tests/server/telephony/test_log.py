"""What a person sees of their calls, and by what they find them."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from msgspec.structs import replace

from server.directory.service import FoundNumber, Person
from server.telephony.log.rules import Chosen, entries
from server.telephony.log.service import CallLog, Missed
from server.telephony.records import Peer, seen_by
from wire.record import CallRecord, Transfer
from wire.route import Party

ANNA = Person("1", "@anna:localhost", "Anna", "anna@unisono.example", "member", ("201",))
BRUNO = Person(
    "2", "@bruno:localhost", "Bruno", "bruno@unisono.example", "member", ("202",), ("+390612345202",)
)
OUTSIDE = Party(None, "What Chiara calls them", "+390698765432")
CALL = CallRecord(
    id="01A", via="trunk:x", started_at=1_000, ended_at=5_000, caller=OUTSIDE, outcome="missed",
    callee=Party("@anna:localhost", "Anna", "201"),
)  # fmt: skip


class House:
    """A store, names, people and listeners that say and keep what they are asked."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = [CALL]
        self.names = {"+390698765432": "Studio Verdi"}
        self.chosen: list[Chosen] = []
        self.told: list[tuple[str, object, str | None]] = []
        self.seen: list[int] = []

    async def page(
        self, user_id: str, chosen: Chosen, before: int | None, limit: int
    ) -> Sequence[CallRecord]:
        self.chosen.append(chosen)
        return self.records

    async def see(self, user_id: str, until: int) -> None:
        self.seen.append(until)

    async def missed(self, user_id: str, limit: int) -> int:
        return 3

    async def peers(self, user_id: str, among: Sequence[str], digits: Sequence[str]) -> Sequence[str]:
        return [*among, *(f"has {one}" for one in digits)]

    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        return {number: self.names[number] for number in numbers if number in self.names}

    async def numbers_of(self, me: Person, query: str, limit: int) -> Sequence[str]:
        return ["+390611"] if query == "verdi" else []

    async def search(self, query: str) -> Sequence[Person | FoundNumber]:
        return [BRUNO] if query in {"bruno", "verdi"} else [FoundNumber("+39", "+39")]

    async def former(self, query: str) -> Sequence[str]:
        return ["@carlo:localhost"] if query == "carlo" else []

    async def by_extension(self, extension: str) -> Person | None:
        return BRUNO if extension == "202" else None

    def publish(self, event: str, data: object, to: str | None = None) -> None:
        self.told.append((event, data, to))


def log_of(house: House) -> CallLog:
    return CallLog(house, house, house, house, house, house, region="IT", now_ms=lambda: 10_000)


async def test_outside_parties_have_the_readers_names_and_no_other() -> None:
    """Case 7 of the decisions: what a record holds may be somebody else's private name."""
    house = House()
    given = replace(CALL, transfer=Transfer(to=Party(None, "Private", "+39333")))
    house.records = [given]
    [call] = (await log_of(house).page(ANNA, Chosen(), "", None, 50)).calls
    assert call.peer == replace(OUTSIDE, name="Studio Verdi")
    assert call.transferred_to == Party(None, "+39 333", "+39333")
    house.names.clear()
    assert (await log_of(house).seen_by(CALL, ANNA.user_id)).peer.name == "+39 06 9876 5432"


async def test_meetings_and_colleagues_keep_their_names() -> None:
    house = House()
    meeting = replace(
        CALL, caller=CALL.callee, callee=Party(None, "Meetings", "800"), answered_on="meeting", answered_at=2
    )
    house.records = [meeting, replace(CALL, caller=Party(BRUNO.user_id, "Bruno", "202"))]
    page = await log_of(house).page(ANNA, Chosen(), "", None, 50)
    assert [call.peer.name for call in page.calls] == ["Meetings", "Bruno"]


async def test_words_find_contacts_and_colleagues_numbers_are_found_in_any_spelling() -> None:
    house = House()
    log = log_of(house)
    await log.page(ANNA, Chosen(kind="missed"), "verdi", None, 50)
    assert house.chosen == [Chosen(kind="missed", peers=("+390611", "+390612345202", "@bruno:localhost"))]
    await log.page(ANNA, Chosen(), "06 9876", None, 50)
    assert house.chosen[-1].peers == ("has 069876", "has 39069876")
    page = await log.page(ANNA, Chosen(), "nobody", None, 50)
    assert page.calls == () and len(house.chosen) == 2


async def test_calls_with_who_is_here_no_more_are_found_by_their_name() -> None:
    house = House()
    await log_of(house).page(ANNA, Chosen(), "carlo", None, 50)
    assert house.chosen == [Chosen(peers=("@carlo:localhost",))]


async def test_a_file_has_all_calls_and_asks_for_each_page_when_it_is_wanted() -> None:
    calls = [replace(CALL, id=f"{n:05}", started_at=100_000 - n) for n in range(10_500)]

    class Long(House):
        async def page(
            self, user_id: str, chosen: Chosen, before: int | None, limit: int
        ) -> Sequence[CallRecord]:
            self.chosen.append(chosen)
            later = 0 if before is None else 100_001 - before
            return calls[later : later + limit]

    house = Long()
    pieces = log_of(house).export(ANNA, Chosen(), "", "en", UTC)
    assert (await anext(pieces)).startswith("\ufeffDate,") and house.chosen == []
    assert (await anext(pieces)).count("\n") == 200 and len(house.chosen) == 1
    assert 200 + sum([piece.count("\n") async for piece in pieces]) == 10_500
    assert len(house.chosen) == 53


async def test_the_next_page_begins_where_one_is_full() -> None:
    house = House()
    assert (await log_of(house).page(ANNA, Chosen(), "", None, 2)).next is None
    assert (await log_of(house).page(ANNA, Chosen(), "", None, 1)).next == 1_000


async def test_calls_with_somebodys_extension_are_calls_with_them() -> None:
    house = House()
    await log_of(house).calls_between(ANNA.user_id, Peer(numbers=("202", "+391")), None, 50)
    await log_of(house).calls_between(ANNA.user_id, Peer("@bruno:localhost"), None, 50)
    assert house.chosen == [
        Chosen(peers=("202", "+391", "@bruno:localhost")),
        Chosen(peers=("@bruno:localhost",)),
    ]
    assert (await log_of(house).calls_between(ANNA.user_id, Peer(), None, 50)).calls == ()


async def test_what_is_seen_is_told_to_all_pages_and_never_ahead_of_the_clock() -> None:
    house = House()
    await log_of(house).see(ANNA, 99_000)
    assert house.seen == [10_000]
    assert house.told == [("calls_missed", Missed(3), ANNA.user_id)]


def test_a_call_stands_in_the_log_of_each_of_its_people() -> None:
    ghost = Party("@_tel_+39333:localhost", "", "+39333")
    picked = replace(
        CALL, caller=ghost, callee=Party(BRUNO.user_id), picked_up_from=Party(ANNA.user_id),
        answered_at=2_000, outcome="answered",
    )  # fmt: skip
    anna, bruno = entries(picked)
    assert (anna.user_id, anna.kind, anna.peer, anna.inside) == (ANNA.user_id, "received", "+39333", False)
    assert (bruno.user_id, bruno.kind, bruno.missed_at) == (BRUNO.user_id, "received", None)
    [missed] = entries(CALL)
    assert (missed.kind, missed.missed_at) == ("missed", 5_000)
    assert [one.kind for one in entries(replace(CALL, outcome="rejected"))] == ["received"]
    made, received = entries(replace(CALL, caller=Party(BRUNO.user_id, "Bruno", "202"), withheld=True))
    assert (made.user_id, made.peer, made.missed_at) == (ANNA.user_id, "", 5_000)
    assert (received.user_id, received.kind, received.peer) == (BRUNO.user_id, "made", ANNA.user_id)


def test_who_left_a_message_was_missed_all_the_same() -> None:
    left = replace(CALL, answered_on="voicemail", answered_at=2_000, outcome="missed")
    assert seen_by(left, ANNA.user_id).missed
