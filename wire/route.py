"""`POST /internal/v1/route`: "who is to ring?", and the answer, an ordered plan of stages of legs.

Numbers are extensions or E.164, user ids are Matrix user ids, times are seconds.
"""

from typing import Annotated, Any, Literal

import msgspec

Word = Annotated[str, msgspec.Meta(max_length=255)]


class MalformedPlan(ValueError):
    """What was answered is not a plan."""


class Party(msgspec.Struct, frozen=True):
    """One side of a call: `user_id` for a person of the house or a ghost; `number` None when withheld."""

    user_id: Word | None = None
    name: str = ""
    number: str | None = None


class RouteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has begun. `via` is "matrix", "sip", "trunk:<name>" or "meeting" (a member of one has a
    telephone called). `registered` are the extensions that have a live desk phone. `call_id` is that of the
    call's record: a route that is asked for again is for the same call. `withheld`: the caller wants nobody
    to learn who calls.
    """

    dialled: str
    via: Annotated[str, msgspec.Meta(pattern=r"^(matrix|sip|meeting|trunk:.{1,64})$")]
    caller: Party = Party()
    call_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    registered: tuple[Word, ...] = ()
    withheld: bool = False


class Ghost(msgspec.Struct, frozen=True):
    """The Matrix user that stands for an outside number; `number` is None for all who withhold theirs."""

    user_id: str
    name: str = ""
    number: str | None = None


class MatrixLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="matrix"):
    """Ring the Matrix clients of `user_id`: an invite sent by `as_user` into their direct room."""

    user_id: str
    as_user: str
    room_id: str


class PhoneLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="sip"):
    """Ring every desk phone registered as `extension`."""

    extension: str


class TrunkLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="trunk"):
    """Call `number` through `trunk`, showing `from_number` (None: there is none to show). Both are written as
    the trunk wants them."""

    trunk: str
    number: str
    from_number: str | None = None


class MeetingLeg(msgspec.Struct, frozen=True, tag_field="kind", tag="meeting"):
    """Ask for the PIN of a meeting, and join it."""


Leg = MatrixLeg | PhoneLeg | TrunkLeg | MeetingLeg


class Stage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Legs that ring together for at most `timeout` seconds.

    `after`: how the stage before must have ended for this one to be tried, in the words of the bridge's
    table of causes ("busy", "no_answer" …; "no_trunk" when a line, not the callee, was the reason); None:
    however it ended. A stage that is passed over leaves that end as it was.
    """

    timeout: float
    legs: tuple[Leg, ...] = ()
    after: tuple[str, ...] | None = None

    def is_tried_after(self, cause: str | None) -> bool:
        """Whether it is tried when the stage before ended so; None for the first stage."""
        return self.after is None or cause in self.after

    @property
    def outside(self) -> bool:
        """Whether it only tries trunks."""
        return bool(self.legs) and all(isinstance(leg, TrunkLeg) for leg in self.legs)


class Plan(msgspec.Struct, frozen=True):
    """What to do with a call. `stages` are tried one after the other. `cause` says why when `outcome` is
    "refuse"; "meeting" is the dial-in, where the bridge asks for a PIN.

    `rings_elsewhere`: Matrix clients of the callee ring without the bridge, so that the call goes on when
    every leg has failed. `withheld`: whoever is called may not learn who `caller` is.
    `emergency`: it calls emergency services, which is to work when nothing else does.
    """

    outcome: Literal["ring", "refuse", "meeting"]
    cause: str | None = None
    caller: Party = Party()
    callee: Party = Party()
    ghost: Ghost | None = None
    room_id: str | None = None
    stages: tuple[Stage, ...] = ()
    rings_elsewhere: bool = False
    withheld: bool = False
    emergency: bool = False

    @property
    def shown(self) -> Party:
        """The caller as the called side may see it."""
        return Party() if self.withheld else self.caller

    @property
    def to_ring(self) -> tuple[Stage, ...]:
        """The stages; a meeting is one that answers at once."""
        return (Stage(timeout=10, legs=(MeetingLeg(),)),) if self.outcome == "meeting" else self.stages


def parse_plan(value: Any) -> Plan:
    """Read a decoded JSON value; raises MalformedPlan naming the key that is wrong."""
    try:
        plan = msgspec.convert(value, Plan)
    except msgspec.ValidationError as error:
        raise MalformedPlan(str(error)) from error
    if any(not 0 < stage.timeout <= 600 for stage in plan.stages):
        raise MalformedPlan("a stage's timeout is not within 600 seconds")
    return plan
