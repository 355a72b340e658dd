"""`PUT /internal/v1/telephony-state`: who is on the phone, in which calls, which desk phones are there."""

from typing import Annotated, Literal

import msgspec

from wire.commands import ListenMode
from wire.record import Millis
from wire.route import CallMeeting, Party


class CallsOfUser(msgspec.Struct, frozen=True):
    """How many calls somebody is in."""

    calls: Annotated[int, msgspec.Meta(ge=0)]


class Member(msgspec.Struct, frozen=True):
    """Somebody else in a call of several, or who is being called into it ("calling"). Who is outside has no
    name here: everybody in the call reads it, and what a number is called is private.
    """

    party: Party
    state: Literal["calling", "talking", "held"] = "talking"


class LiveRecording(msgspec.Struct, frozen=True):
    """`by_rule`: it cannot be ended, only paused. `failed`: the disk was full, what was said before is
    kept."""

    state: Literal["announced", "runs", "paused", "failed"]
    since: Millis
    by_rule: bool = False


class Listener(msgspec.Struct, frozen=True):
    """A supervisor who is in a call of an agent, and how."""

    party: Party
    mode: ListenMode


class Listens(msgspec.Struct, frozen=True):
    """What a supervisor's call is about: the call of `agent` with this id, of the queue with this one;
    `here`: they hear it."""

    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    queue_id: Annotated[str, msgspec.Meta(max_length=64)]
    agent: Party
    mode: ListenMode
    here: bool = False


class LiveCall(msgspec.Struct, frozen=True):
    """A call in progress as one of its people sees it. `call_id` is that of its record; `room_id` and
    `matrix_call_id` name it in their Matrix clients, None where it is on no such. `held_by` says who holds
    it, `on` where the person has it (None while it rings for them), `since` when it was answered, or began;
    of a call that followed on another of theirs (a transfer, a move), when that was answered. `members` are
    all others of a call of several, and of one to which somebody is being added; a call of two has none.
    `group`: the ring group for whose calls it rings, or was taken. `recording`: it is being recorded, or
    announced or paused; None: it is not. `call_back`: the house calls back, because `peer` is free now.
    `on_behalf_of`: for whom it rings, or was taken, at a delegate's, or by who picked it up; or in whose name
    the person calls. `peer_for`: in whose name `peer` does. `meeting`: what the call of several goes on as,
    where the person is by telephone until they go over to it. `earlier`: the last ids that the call had
    before; a command that names one of them is about it. `listeners`: supervisors who hear it, for the agent
    whose call it is; `listens`: by this call a supervisor hears another.
    """

    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    direction: Literal["outbound", "inbound"]
    peer: Party
    state: Literal["ringing", "talking", "held", "parked"]
    since: Millis
    on: Literal["matrix", "desk_phone", "mobile"] | None = None
    room_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    matrix_call_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    held_by: Literal["me", "peer", "both"] | None = None
    slot: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    members: tuple[Member, ...] = ()
    forwarded_by: Party | None = None
    group: Party | None = None
    recording: LiveRecording | None = None
    call_back: bool = False
    on_behalf_of: Party | None = None
    peer_for: Party | None = None
    meeting: CallMeeting | None = None
    earlier: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...] = ()
    listeners: tuple[Listener, ...] = ()
    listens: Listens | None = None


class TelephonyState(msgspec.Struct, frozen=True):
    """The whole of it, each time: `users` by Matrix user id, `registered` extensions, and the `live` calls of
    each user, the oldest first."""

    users: dict[str, CallsOfUser]
    registered: tuple[Annotated[str, msgspec.Meta(max_length=255)], ...]
    live: dict[str, tuple[LiveCall, ...]] = {}
