"""Matrix clients: a person's devices, called by an invite in a room."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from bridges.media.gateway import Profile
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import TABLE, Cause
from bridges.sip.b2bua.events import Abort, Gone, Post, Rings
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import Calling, Kept, LegKind, Offered, Reach, Send
from bridges.sip.b2bua.matrix_leg import MatrixCaller, MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.trace.traces import matrix_dialog
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import MatrixLeg, Party, Plan


class MatrixKind(LegKind[MatrixLeg]):
    """One leg for all devices of a person: they are the homeserver's to tell."""

    name: ClassVar[str] = "matrix"
    planned: ClassVar[type[PlannedLeg]] = MatrixLeg
    key: ClassVar[str] = "matrix"
    answered_on: ClassVar[AnsweredOn] = "matrix"

    def profile(self, reach: Reach) -> Profile:
        return Profile.WEBRTC

    async def make(
        self, name: str, planned: MatrixLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        matrix_call_id, post = identity.fork_call_id(calling.call_id, name), calling.post
        party = CallerParty(matrix_call_id, identity.party_id(calling.call_id, name), planned.user_id)
        lane = Lane(
            calling.services.homeserver,
            matrix_call_id,
            planned.as_user,
            planned.room_id,
            lambda: post(Gone(name, Cause.FAILED)),
        )
        leg = MatrixFork(name, party, lane, post, planned.device)
        leg.forwarded_by = _last_who_forwarded(offered.plan)
        calling.register(planned.room_id, matrix_call_id, leg)
        dialog = matrix_dialog(planned.room_id, matrix_call_id)
        calling.services.traces.claim(calling.call_id, dialog, name)
        return leg, lambda: _invite(leg, offered.sdp, offered.timeout, post)

    def call_again(self, leg: Leg, lifetime: float, post: Post) -> None:
        if isinstance(leg, MatrixFork) and leg.unsent:
            _invite(leg, leg.given, lifetime, post)

    def came_in(self, kept: Kept) -> bool:
        return "caller_party" in kept["matrix"]["party"]

    def dialog(self, kept: Kept) -> str | None:
        return matrix_dialog(kept["matrix"]["room_id"], kept["matrix"]["call_id"])

    def adopt(
        self, kept: Kept, name: str, planned: MatrixLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        post = calling.post
        lane = _lane(kept, calling.services, lambda: post(Gone(name, Cause.FAILED)))
        leg = MatrixFork.restore(kept, _made(age), lane, post, planned.device)
        leg.forwarded_by = _last_who_forwarded(plan) if plan is not None else None
        calling.register(lane.room_id, kept["matrix"]["call_id"], leg)
        return leg

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> MatrixCaller:
        post = calling.post
        lane = _lane(kept, calling.services, lambda: post(Abort(Cause.FAILED)))
        return MatrixCaller.restore(kept, _made(age), lane, post)

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        matrix = kept["matrix"]
        party = matrix["party_id"]
        lane = Lane(services.homeserver, f"{call_id}.end", matrix["user_id"], matrix["room_id"], _nothing)
        lane.hang_up(matrix["call_id"], party, TABLE[Cause.INTERRUPTED].matrix)
        return lane


def _last_who_forwarded(plan: Plan) -> Party | None:
    return plan.forwarded[-1].by if plan.forwarded else None


def _invite(leg: MatrixFork, sdp: str, timeout: float, post: Post) -> None:
    leg.invite(sdp, timeout)
    # A Matrix leg is planned only for somebody whose client is there or woken by a push: it rings.
    post(Rings(leg.name))


def _lane(kept: Kept, services: Services, on_refused: Callable[[], None]) -> Lane:
    return Lane.restore(services.homeserver, kept["matrix"]["lane"], on_refused)


def _made(age: float) -> float:
    return asyncio.get_running_loop().time() - age


def _nothing() -> None:
    """Nothing to do: the room is gone."""
