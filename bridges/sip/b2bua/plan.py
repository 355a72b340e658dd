"""The web's answer to "who is to ring?": an ordered plan of stages, each a set of legs that ring together."""

from typing import Any, Literal

import msgspec


class MalformedPlan(ValueError):
    """The web answered something that is not a plan."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a call: `user_id` for a person of the house, `number` an extension or E.164."""

    user_id: str | None = None
    name: str | None = None
    number: str | None = None


class Ghost(msgspec.Struct, frozen=True, kw_only=True):
    """The Matrix user that stands for an outside party."""

    user_id: str
    name: str | None = None


class MatrixLeg(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="matrix"):
    """Invite `user_id` in `room_id`, as the user `as_user`."""

    user_id: str
    as_user: str
    room_id: str


class PhoneLeg(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sip"):
    """Ring every desk phone registered as `extension`."""

    extension: str


class TrunkLeg(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="trunk"):
    """Call `number` (E.164) through `trunk`, showing `from_number`."""

    trunk: str
    number: str
    from_number: str | None = None


class MeetingLeg(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="meeting"):
    """Ask for the PIN of a meeting, and join it."""


Leg = MatrixLeg | PhoneLeg | TrunkLeg | MeetingLeg


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Legs that ring together for at most `timeout` seconds."""

    timeout: float
    legs: tuple[Leg, ...] = ()

    @property
    def outside(self) -> bool:
        """Whether it only tries trunks."""
        return bool(self.legs) and all(isinstance(leg, TrunkLeg) for leg in self.legs)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a call. `cause` says why when `outcome` is "refuse"; "meeting" is the dial-in.

    `rings_elsewhere`: of a call that began in Matrix, whether Matrix clients of the callee ring too.
    """

    outcome: Literal["ring", "refuse", "meeting"]
    cause: str | None = None
    caller: Party = Party()
    callee: Party = Party()
    ghost: Ghost | None = None
    room_id: str | None = None
    stages: tuple[Stage, ...] = ()
    rings_elsewhere: bool = True

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
