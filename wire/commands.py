"""What people do with calls in progress: `POST /v1/calls/<id>/commands` and `/v1/calls/pick-up` of the
bridge, and with the same commands as bodies of `/api/v1/calls`. A call's id is that of its record.
"""

from typing import Annotated, Literal

import msgspec

from wire.prompt import Step
from wire.route import CallMeeting, Party, PickUpRinging

CallId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
#: A number, an extension, or a Matrix user id.
Target = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Slot = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
UserId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
DeviceId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]

RecordingStep = Literal["start", "pause", "resume", "stop"]

#: Why a command was not carried out: no such call, one of other people, not in its state or not by this
#: bridge, whoever was named did not take it, and what the person may not do.
#: "meeting_not_possible": there are no meetings here, or nobody could be brought into one.
#: "recording_not_possible": what carries the call records nothing; "recording_not_kept": the disk is full.
Refused = Literal[
    "call_not_found",
    "not_your_call",
    "not_possible_now",
    "target_not_reachable",
    "not_allowed",
    "meeting_not_possible",
    "recording_not_possible",
    "recording_not_kept",
]


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    """One command about one call, by one of its people."""


class Hold(Action, frozen=True, tag="hold"):
    """Let the other side wait, with music."""


class Resume(Action, frozen=True, tag="resume"):
    """Talk again."""


class HangUp(Action, frozen=True, tag="hang_up"):
    """End the call, also one on the person's desk phone; decline one that rings."""


class Transfer(Action, frozen=True, tag="transfer"):
    """Give the other side to `to`, or to the other side of `consult`, a second call of the person.

    Raises ValueError unless one of them is given.
    """

    to: Target | None = None
    consult: CallId | None = None

    def __post_init__(self) -> None:
        if self.to is None and self.consult is None:
            raise ValueError("to or consult has to be given")


class Park(Action, frozen=True, tag="park"):
    """Leave the other side in a slot, where anybody may fetch it; None: the first free one."""

    slot: Slot | None = None


class Move(Action, frozen=True, tag="move"):
    """Go on with another device of the person: "here" (where it is asked), "desk_phone",
    "mobile", or a device id."""

    to: Target


class Add(Action, frozen=True, tag="add"):
    """Call somebody into the call, which becomes one of several when they answer: nobody hangs up.

    Until then, and if they do not answer, it is what it was. Done when it rings there; what becomes of it is
    seen in the `members` of the call (`wire.state.LiveCall`) and in the record of the person's call to them.
    """

    to: Target


class Merge(Action, frozen=True, tag="merge"):
    """Make one call of several of this call and another one of the person's: their leg of this one stays,
    that of the other one ends. One of the two may be a call of several already. Done when all hear each
    other.
    """

    call_id: CallId = msgspec.field(name="with")


class Record(Action, frozen=True, tag="record"):
    """Have the call recorded, leave out what is said from now on, go on, or end it."""

    what: RecordingStep


class Meet(Action, frozen=True, tag="meet"):
    """Go on as a meeting: a call of several becomes one with a room of its own, for all of the house who take
    part. Nobody hangs up: all are in it as by telephone, until they go over to it themselves. Done when all
    are in; else the call is what it was.
    """


Command = Hold | Resume | HangUp | Transfer | Park | Move | Add | Merge | Record | Meet


class CommandRequest(msgspec.Struct, frozen=True):
    """A command, who gave it, and on which device of theirs that was. `meeting`: the one that was made for
    `Meet`."""

    user_id: UserId
    command: Command
    device: DeviceId | None = None
    meeting: CallMeeting | None = None


class PickUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a call that is for others: one in a slot, one that rings at an extension, or one by its id. `to`:
    the browser that asks; None: the person's devices, which ring.

    Raises ValueError unless exactly one is given.
    """

    slot: Slot | None = None
    extension: Target | None = None
    call_id: CallId | None = None
    to: Literal["here"] | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.slot, self.extension, self.call_id)) != 1:
            raise ValueError("one of slot, extension and call_id has to be given")


class PickUpRequest(msgspec.Struct, frozen=True):
    """What is picked up, by whom, and on which device of theirs that was asked. `ringing`: which of the calls
    that ring for others they may take; None for a slot."""

    user_id: UserId
    pick_up: PickUp
    device: DeviceId | None = None
    ringing: PickUpRinging | None = None


class RingNoMore(msgspec.Struct, frozen=True):
    """`POST /v1/calls/ring-no-more`: what rings for `callee`, or is about to, rings for this delegate of
    theirs no more. Both are user ids."""

    user_id: UserId
    callee: UserId


class CallBackRequest(msgspec.Struct, frozen=True):
    """`POST /v1/call-backs`: ring `asker`, and when they have answered `wanted`, whom they wanted to reach.
    The record of the first call has this id; its `transfer.next` says that the two talked. `queue`: it is
    the turn of somebody who waited there by this record, and hung up: `asker` is the queue, whose members
    ring, and `wanted` who is called back."""

    call_id: CallId
    asker: Party
    wanted: Party
    language: Literal["it", "en"]
    queue: CallId | None = None


class RingMeRequest(msgspec.Struct, frozen=True):
    """`POST /v1/ring-me`: ring the devices of `person` that a call would ring now, and say so to whoever
    answers, in their `language`. `prompt`: whoever answers is to say a prompt for callers, which is kept by
    the call's id (`wire.prompt`)."""

    call_id: CallId
    person: Party
    language: Literal["it", "en"]
    prompt: bool = False


#: How a supervisor of a queue takes part in an agent's call: nobody hears them, the agent alone, or both.
ListenMode = Literal["listen", "whisper", "join"]


class ListenRequest(msgspec.Struct, frozen=True):
    """`POST /v1/listenings`: ring the devices of `person`, and let whoever answers hear the call `listened`,
    that `agent` has with a caller of `queue` (its id), in this `mode`. The record of that is `call_id`."""

    call_id: CallId
    listened: CallId
    agent: Party
    person: Party
    queue: Annotated[str, msgspec.Meta(max_length=64)]
    mode: ListenMode = "listen"


class ListenChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`PUT /v1/listenings/<id>`: from now on they take part so."""

    mode: ListenMode


RungState = Literal["waits", "calls", "rings", "asks", "answered", "ended"]


class RungDevice(msgspec.Struct, frozen=True):
    """A device that was to ring: clients, the desk phones of an extension, or a number outside. It waits for
    its time, is called, rings, asks who answered it, was answered, or rings no more."""

    kind: Literal["matrix", "desk_phone", "mobile"]
    number: str
    state: RungState


class RingMeAnswer(msgspec.Struct, frozen=True):
    """How far it is; `over`: nothing rings any more. `step`: how far a prompt is that is being said."""

    call_id: str
    devices: tuple[RungDevice, ...] = ()
    over: bool = False
    step: Step | None = None


class CommandAnswer(msgspec.Struct, frozen=True):
    """What became of it: the call's id, `slot` of a call that was parked, `meeting` of one that goes on as
    such, or why it was refused."""

    call_id: str = ""
    slot: str | None = None
    meeting: CallMeeting | None = None
    refused: Refused | None = None
