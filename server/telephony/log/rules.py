"""Whose log a call stands in, and by what it is found there. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from server.numbers import numbers
from server.telephony.records import Call, seen_by
from wire.record import BY_THE_HOUSE, CallRecord
from wire.route import Forwarded, Party

#: "missed": somebody called, and nobody of this person spoke with them, unless they declined.
Kind = Literal["made", "received", "missed"]
Where = Literal["inside", "outside"]
#: Users that stand for outside numbers.
_GHOST = "@_tel_"


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the log of `user_id`. `peer` is the colleague's user id, else the number, else "".
    `missed_at` is when it was over for nothing; None where it was not."""

    user_id: str
    call_id: str
    started_at: int
    kind: Kind
    peer: str
    inside: bool
    missed_at: int | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which calls of a person are meant; all that are None do not choose. `since` is the first millisecond,
    `until` the first one after; `peers` are other sides, as `Entry.peer` has them."""

    kind: Kind | None = None
    where: Where | None = None
    since: int | None = None
    until: int | None = None
    peers: tuple[str, ...] | None = None


def entries(record: CallRecord) -> Iterator[Entry]:
    """One for each person of the house who has the call in their log; none for a code that set something, and
    for the house's own call."""
    if record.answered_on == "announcement" or record.via in BY_THE_HOUSE:
        return
    for user_id in sorted(people_of(record)):
        call = seen_by(record, user_id)
        peer = peer_key(call.peer)
        yield Entry(
            user_id,
            record.id,
            record.started_at,
            kind_of(call),
            peer,
            peer.startswith("@") or call.peer in call.groups,
            (call.ended_at or record.started_at) if call.missed else None,
        )


def people_of(record: CallRecord) -> set[str]:
    """User ids of the people of the house, on either side, for whom it rang, who had it forwarded, or in
    whose name it was made."""
    rang_for = record.picked_up_from.user_id if record.picked_up_from else None
    forwarders = [one.by.user_id for one in record.forwarded]
    members = [user_id for one in record.groups for user_id in one.members]
    principal = record.on_behalf_of.user_id if record.on_behalf_of else None
    everybody = (record.caller.user_id, record.callee.user_id, rang_for, principal, *forwarders, *members)
    return {who for who in everybody if who and not _ghost(who)}


def kind_of(call: Call) -> Kind:
    if call.direction == "outbound":
        return "made"
    return "missed" if call.missed else "received"


def peer_key(party: Party) -> str:
    """By what the other side is found: a colleague is that colleague, whatever number was dialled."""
    if party.user_id and not _ghost(party.user_id):
        return party.user_id
    return party.number or ""


def outside_numbers(calls: Iterable[Call]) -> set[str]:
    """The numbers in `calls` that a phonebook may know."""
    parties = (party for call in calls for party in parties_of(call))
    return {party.number for party in parties if party.number and is_outside(party)}


def parties_of(call: Call) -> Iterator[Party]:
    """Everybody whom a call names."""
    forwarded = (call.forwarded_to, *(one.by for one in call.forwarded))
    others = call.transferred_by, call.transferred_to, call.picked_up_from, call.picked_up_by, *forwarded
    yield call.peer
    yield from (party for party in others if party is not None)


def named(call: Call, names: Mapping[str, str]) -> Call:
    """`call` with parties outside called by their reader's `names`, by number, or else by their number: a
    record may hold what somebody else calls them (docs/decisions/0007)."""
    if call.answered_on == "meeting":
        return call

    def known(party: Party) -> Party:
        return party if party in call.groups else _named(party, names)

    def one(party: Party | None) -> Party | None:
        return None if party is None else known(party)

    return replace(
        call,
        peer=known(call.peer),
        transferred_by=one(call.transferred_by),
        transferred_to=one(call.transferred_to),
        picked_up_from=one(call.picked_up_from),
        picked_up_by=one(call.picked_up_by),
        forwarded=tuple(Forwarded(known(before.by), before.why) for before in call.forwarded),
        forwarded_to=one(call.forwarded_to),
    )


def _named(party: Party, names: Mapping[str, str]) -> Party:
    if party.number is None or not is_outside(party) or not party.number.removeprefix("+").isdigit():
        return party
    return msgspec.structs.replace(party, name=names.get(party.number) or numbers.international(party.number))


def is_outside(party: Party) -> bool:
    return party.user_id is None or _ghost(party.user_id)


def _ghost(user_id: str) -> bool:
    return user_id.startswith(_GHOST)
