"""What legs share that the house itself speaks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs import registry
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, CannotGoOn, LegFailed, Offered, Reach
from tests.bridges.sip.b2bua.fakes import House
from wire.attendant import Menu
from wire.route import (
    AnnouncementLeg,
    AttendantLeg,
    ConferenceLeg,
    MeetingLeg,
    ParkLeg,
    Plan,
    QueueLeg,
    VoicemailLeg,
)
from wire.route import Leg as PlannedLeg

OFFERED = Offered("offer", Plan(outcome="ring"), 30, 70)
PLANNED: tuple[PlannedLeg, ...] = (
    AnnouncementLeg("not_set", "it"),
    AttendantLeg("a", "it", Menu()),
    ConferenceLeg("c1"),
    MeetingLeg(),
    ParkLeg("71"),
    QueueLeg("it", announce=30),
    VoicemailLeg("@bruno:x", "it"),
)
#: The dial-in is always there.
OPTIONAL = tuple(planned for planned in PLANNED if not isinstance(planned, MeetingLeg))


def named(planned: object) -> str:
    return type(planned).__name__


def calling(services: Any) -> Calling:
    return Calling("call-1", services, lambda _event: None, lambda *_: None)


class Anybody:
    """A service every part of which does the same: raise, or answer with a leg."""

    def __init__(self, raises: Exception) -> None:
        self._raises = raises

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in {"park", "restore"}:
            return self._now
        return self._later

    def _now(self, *_: object) -> Leg:
        raise self._raises

    async def _later(self, *_: object) -> Leg:
        raise self._raises


def with_service(error: Exception) -> Calling:
    """Every service of the house fails so."""
    one: Any = Anybody(error)
    names = ("parking", "conferences", "voicemail", "announcements", "queues", "attendants", "meetings")
    return calling(replace(House().services, **dict.fromkeys(names, one)))


@pytest.mark.parametrize("planned", PLANNED, ids=named)
def test_nobody_sits_at_its_other_end(planned: PlannedLeg) -> None:
    kind = registry.of_planned(planned)
    assert isinstance(kind, HouseKind) and not kind.listened_to


@pytest.mark.parametrize("planned", OPTIONAL, ids=named)
async def test_a_service_that_the_house_does_not_have_is_not_found(planned: PlannedLeg) -> None:
    kind = registry.of_planned(planned)
    services = House().services
    with pytest.raises(LegFailed) as refused:
        await kind.make("one", planned, Reach(), OFFERED, calling(services))
    assert refused.value.cause is Cause.NOT_FOUND
    with pytest.raises(CannotGoOn):
        kind.adopt({}, "one", planned, None, 1.0, calling(services))


@pytest.mark.parametrize("planned", PLANNED, ids=named)
async def test_a_service_that_cannot_answer_now_fails_the_leg(planned: PlannedLeg) -> None:
    busy = isinstance(planned, ConferenceLeg | ParkLeg)
    with pytest.raises(LegFailed) as refused:
        await registry.of_planned(planned).make(
            "one", planned, Reach(), OFFERED, with_service(OSError("no port"))
        )
    assert refused.value.cause is (Cause.BUSY if busy else Cause.UNAVAILABLE)


@pytest.mark.parametrize("error", [MalformedSdp("odd"), MediaError("no"), OSError("no port")])
@pytest.mark.parametrize("planned", PLANNED, ids=named)
def test_what_cannot_be_there_again_ends_the_call(planned: PlannedLeg, error: Exception) -> None:
    kind = registry.of_planned(planned)
    with pytest.raises(CannotGoOn):
        kind.adopt({"name": "one"}, "one", planned, None, 1.0, with_service(error))


@pytest.mark.parametrize("planned", OPTIONAL, ids=named)
def test_nothing_has_to_be_said_when_one_of_an_earlier_process_ends(planned: PlannedLeg) -> None:
    assert registry.of_planned(planned).end_snapshot({}, "call-1", House().services) is None


class Slot(HouseLeg):
    answered_on = "parked"

    def drop(self, cause: Cause) -> None: ...

    async def reoffer(self, sdp: str) -> str:
        return sdp

    def snapshot(self) -> dict[str, Any] | None:
        return self._snapshot({"slot": "71"})

    def adopt(self, kept: dict[str, Any]) -> None:
        self._adopt(kept)


def unheard(_event: object) -> None: ...


async def test_a_leg_is_described_after_a_restart_as_before_it() -> None:
    leg, later = Slot("parked-1", unheard), Slot("parked-1", unheard)
    leg.description, leg.given = "ours", "theirs"
    kept = leg.snapshot()
    assert kept == {
        "name": "parked-1",
        "parked": {"slot": "71"},
        "description": "ours",
        "given": "theirs",
    }
    later.adopt(kept)
    assert (later.description, later.given) == ("ours", "theirs")
    assert leg.accept_reoffer("new") and await leg.answers() and leg.get_timer() is None
    with pytest.raises(KeyError):
        later.adopt({"name": "parked-1"})
