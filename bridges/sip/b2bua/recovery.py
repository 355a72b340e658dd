"""The calls of an earlier process: they go on as if nothing had been. What cannot, is ended on all sides."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.call import BridgedCall
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.dialling import Caller, Originator, Transferred
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.legs import registry
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, CannotGoOn, Kept
from bridges.sip.b2bua.matrix_leg import MatrixCaller
from bridges.sip.b2bua.services import Services
from logs import log
from wire.record import CallRecord
from wire.route import Plan, RouteRequest

_log = log.get(__name__)

#: The kind of a record whose call is part of another one: somebody is being transferred.
ASIDE = "aside"
#: The leg that came in.
_CALLER = "caller"
#: What a snapshot that is none, or of another version, makes of reading it.
_UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Recovery:
    """Brings the exchange what an earlier process left on disk. `carries(call_id)` says whether the media of
    a call goes on."""

    def __init__(
        self, exchange: Exchange, services: Services, carries: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._exchange, self._services, self._carries = exchange, services, carries

    def restore(self, call_id: str, kind: str, snapshot: dict[str, Any], ended_at: int) -> bool:
        """Take over a call of an earlier process, or end what is left of it; whether it goes on here. Those
        of kind `ASIDE` come last.

        `ended_at` is when that process was last known to live, milliseconds since 1970.
        """
        if kind == ASIDE and self._exchange.record(call_id) is not None:
            return True
        journal = Journal(CallRecord.from_json(snapshot["record"]), self._services)
        age = max(self._services.now_ms() - snapshot.get("at", ended_at), 0) / 1000
        if kind == "watched":
            return self._watch_again(journal, snapshot, age)
        if kind == "bridged" and not journal.ended and self._goes_on(journal, snapshot, age):
            return True
        if not journal.ended:
            journal.end(Cause.INTERRUPTED, ended_at)
            _log.warning("call_interrupted", call_id=call_id)
        lanes = [lane for leg in snapshot.get("legs", ()) if (lane := self._end_leg(call_id, leg))]
        if lanes:
            farewell = snapshot | {"record": journal.record.to_json()}
            self._services.records.put_call(call_id, "farewell", lambda: farewell)
        self._exchange.farewell(call_id, [lane.drained() for lane in lanes])
        return False

    # --- calls that go on ---

    def _goes_on(self, journal: Journal, snapshot: Mapping[str, Any], age: float) -> bool:
        self._trace(journal, snapshot)
        try:
            bridged = self._exchange.bridge(journal, snapshot["media"])
            legs, journals = self._revive(bridged, snapshot, age)
        except (CannotGoOn, *_UNREADABLE) as error:
            _log.warning("call_cannot_go_on", call_id=journal.record.id, why=str(error) or repr(error))
            return False
        for kept in snapshot["legs"]:
            if isinstance(leg := legs[kept["name"]], MatrixCaller):
                self._exchange.register(kept["matrix"]["room_id"], kept["matrix"]["call_id"], leg)
        journal.keep("bridged", bridged.snapshot)
        self._exchange.go_on(bridged, *journals)
        return True

    def _watch_again(self, journal: Journal, snapshot: Mapping[str, Any], age: float) -> bool:
        """A call that began in a Matrix client: watched again, and our part in it goes on. Where that cannot
        be, it falls silent before the answer; after it, the call is over."""
        watched = self._exchange.watch_again(snapshot, age, journal)
        part, call_id = snapshot["part"], watched.call_id
        _log.info("call_watched_again", call_id=call_id)
        if part is None:
            return False
        self._trace(journal, part)
        lingers = not identity.is_ghost(watched.observer.callee)
        bridged = self._exchange.bridge_watched(watched, lingers=lingers)
        try:
            legs, journals = self._revive(bridged, part, age)
        except (CannotGoOn, *_UNREADABLE) as error:
            _log.warning("call_cannot_go_on", call_id=call_id, why=str(error) or repr(error))
            self._leave(watched.observer.taken, part, call_id)
            watched.part_ended(Cause.INTERRUPTED, went_on=not watched.observer.taken)
            return False
        if isinstance(caller := legs[_CALLER], MatrixCaller):
            watched.take_part(caller, bridged.snapshot)
        self._exchange.go_on(bridged, *journals)
        return True

    def _leave(self, taken: bool, part: Mapping[str, Any], call_id: str) -> None:
        for leg in part["legs"]:
            kind = registry.of_kept(leg)
            if taken or (kind is not None and kind.rings_until_told):
                self._end_leg(call_id, leg)

    def _trace(self, journal: Journal, snapshot: Mapping[str, Any]) -> None:
        traces = self._services.traces
        traces.begin(journal.record.id)
        for leg in snapshot.get("legs", ()):
            kind = registry.of_kept(leg)
            if kind is not None and (dialog := kind.dialog(leg)) is not None:
                traces.claim(journal.record.id, dialog, leg["name"])

    def _revive(
        self, bridged: BridgedCall, snapshot: Mapping[str, Any], age: float
    ) -> tuple[dict[str, Leg], list[Journal]]:
        """Make `bridged` what it was: its legs, and the record of the set-up, if that has one of its own.
        Nothing has been sent yet.

        Raises CannotGoOn, and what a snapshot that is none raises.
        """
        dialling = snapshot["dialling"]
        if dialling["devices"] and not self._carries(bridged.call_id):
            raise CannotGoOn("its media has ended")
        request = msgspec.convert(snapshot["request"], RouteRequest)
        plan = msgspec.convert(dialling["plan"], Plan | None)
        devices = {**snapshot["devices"], **dialling["devices"]}
        journal = bridged.journal
        if snapshot["record_to_be"]:
            journal = Journal(CallRecord.from_json(snapshot["record_to_be"]), self._services)
            self._services.traces.begin(journal.record.id)
        own = Calling(bridged.journal.record.id, self._services, bridged.post, self._exchange.register)
        coming = replace(own, call_id=journal.record.id)
        legs: dict[str, Leg] = {}
        for kept in snapshot["legs"]:
            name = str(kept["name"])
            calling = coming if name in dialling["legs"] else own
            legs[name] = _leg(kept, devices, plan, age, calling)
        if journal is not bridged.journal:
            journal.keep(ASIDE, dict)
        origin = self._originator(bridged, legs, dialling)
        made = asyncio.get_running_loop().time() - age
        bridged.adopt(snapshot, made, legs, origin, request, journal)
        if plan is not None:
            self._services.traces.routed(journal.record.id, plan)
        return legs, [] if journal is bridged.journal else [journal]

    def _originator(
        self, bridged: BridgedCall, legs: Mapping[str, Leg], dialling: Mapping[str, Any]
    ) -> Originator:
        """For whom somebody was looked for last; once the set-up is over, it may have left the call."""
        leg, moved = legs.get(dialling["origin"]), False
        if leg is None and dialling["settled"]:
            leg, moved = next(iter(legs.values()), None), True
        if leg is None:
            raise CannotGoOn("the one for whom it was has gone")
        if dialling["number"] or moved:
            return Transferred(leg, None, bridged.post)
        if isinstance(leg, CallerLeg):
            return Caller(leg)
        if dialling["settled"]:
            return Transferred(leg, None, bridged.post)
        raise CannotGoOn("nobody called")

    # --- calls that end ---

    def _end_leg(self, call_id: str, leg: Kept) -> Lane | None:
        kind = registry.of_kept(leg)
        if kind is None:
            _log.warning("leg_not_ended", call_id=call_id, why="it is of no kind that is known")
            return None
        return kind.end_snapshot(leg, call_id, self._services)


def heard_from_here(snapshot: Mapping[str, Any]) -> bool:
    """Whether what somebody hears in this call comes from the bridge itself. Not where that is none."""
    try:
        found = [registry.of_kept(leg) for leg in snapshot.get("legs", ())]
    except _UNREADABLE:
        return False
    return any(isinstance(kind, HouseKind) for kind in found)


def _leg(kept: Kept, devices: Mapping[str, Any], plan: Plan | None, age: float, calling: Calling) -> Leg:
    """A leg that was there, which called or was called by us; it may have been of another call before.

    Raises CannotGoOn, and what a snapshot that is none raises.
    """
    kind = registry.of_kept(kept)
    if kind is None:
        raise CannotGoOn("a leg is of no kind that is known")
    if kind.came_in(kept):
        caller = kind.adopt_caller(kept, age, calling)
        caller.move(str(kept["name"]), calling.post)
        return caller
    fork = Fork.restore(devices[kept["name"]])
    return registry.of_planned(fork.planned).adopt(kept, fork.name, fork.planned, plan, age, calling)
