"""All kinds of legs. Whoever adds one writes its file, and names it here."""

from typing import Any

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.announcement import AnnouncementKind
from bridges.sip.b2bua.legs.attendant import AttendantKind
from bridges.sip.b2bua.legs.conference import ConferenceKind
from bridges.sip.b2bua.legs.kind import Kept, LegKind
from bridges.sip.b2bua.legs.matrix import MatrixKind
from bridges.sip.b2bua.legs.meeting import MeetingKind
from bridges.sip.b2bua.legs.mobile import MobileKind
from bridges.sip.b2bua.legs.parked import ParkedKind
from bridges.sip.b2bua.legs.phone import PhoneKind
from bridges.sip.b2bua.legs.queue import QueueKind
from bridges.sip.b2bua.legs.trunk import TrunkKind
from bridges.sip.b2bua.legs.voicemail import VoicemailKind
from wire.route import Leg as PlannedLeg

_LINES = TrunkKind()
KINDS: tuple[LegKind[Any], ...] = (
    PhoneKind(),
    _LINES,
    MobileKind(_LINES),
    MatrixKind(),
    MeetingKind(),
    ParkedKind(),
    ConferenceKind(),
    VoicemailKind(),
    AnnouncementKind(),
    QueueKind(),
    AttendantKind(),
)
_BY_PLANNED = {kind.planned: kind for kind in KINDS}
_BY_WORD = {kind.answered_on: kind for kind in KINDS}
#: Phones and lines share theirs: by a snapshot they are met as what they have in common.
_BY_KEY = {kind.key: kind for kind in reversed(KINDS)}


def of_planned(planned: PlannedLeg) -> LegKind[Any]:
    """The kind of a leg of a plan."""
    return _BY_PLANNED[type(planned)]


def of_leg(leg: Leg) -> LegKind[Any]:
    """The kind of a leg that is there."""
    return _BY_WORD[leg.answered_on]


def of_kept(kept: Kept) -> LegKind[Any] | None:
    """The kind of a leg by its snapshot; None for what is none, or of another version."""
    return next((kind for key, kind in _BY_KEY.items() if key in kept), None)
