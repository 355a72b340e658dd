"""Listens to the sound of a call that was answered, and has its people told what is wrong with it."""

import asyncio
from collections.abc import Collection, Mapping

from bridges.media.gateway import LegReport, MediaError, Profile
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.journal import Journal
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.media_session import direction_of
from bridges.sip.b2bua.services import Services
from bridges.sip.quality.places import Place, model_of, network_of
from bridges.sip.quality.watch import Counters, SoundWatch
from bridges.sip.transport.api import Contact
from logs import log
from wire.record import Side, Sound

_log = log.get(__name__)

#: How the way of a call that a line brought begins.
_TRUNK = "trunk:"
#: Codecs in which the gateway tells sound from silence.
_JUDGED = frozenset({"PCMU", "PCMA", "G722"})


class Listening:
    """The two legs of one call, of which those that are `heard` are listened to; runs until it is cancelled.
    `devices` are the legs that were called, by name: the other one called. Nobody has to be heard while the
    call is on hold."""

    def __init__(
        self,
        call_id: str,
        journal: Journal,
        services: Services,
        caller: Leg,
        callee: Leg,
        devices: Mapping[str, Fork],
        heard: Collection[str],
    ) -> None:
        self._call_id, self._journal, self._services = call_id, journal, services
        self._legs: dict[Side, Leg] = {"caller": caller, "callee": callee}
        self._heard: list[Side] = [side for side, leg in self._legs.items() if leg.name in heard]
        self._devices = devices

    async def run(self) -> None:
        """Look at the counters again and again."""
        loop = asyncio.get_running_loop()
        watch = SoundWatch(loop.time())
        try:
            await self._watch(watch, loop)
        finally:
            self._count(watch)

    async def _watch(self, watch: SoundWatch, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            await asyncio.sleep(watch.next_look(loop.time()))
            try:
                report = await self._services.gateway.report(self._call_id)
            except MediaError as error:
                _log.info("sound_not_known", why=str(error) or type(error).__name__)
                continue
            if report is not None:
                self._look(watch, report.legs, loop.time())

    def _look(self, watch: SoundWatch, legs: Mapping[str, LegReport], now: float) -> None:
        counters = {
            side: counters_of(
                report,
                leg.description,
                other.description,
                legs.get(other.name),
                held=bool(self._journal.record.held_by),
            )
            for side in self._heard
            if (leg := self._legs[side])
            and (report := legs.get(leg.name)) is not None
            and (other := self._other(side))
        }
        changed = watch.receive(counters, now, self._services.now_ms())
        for trouble in changed:
            say = _log.warning if trouble.until is None else _log.info
            word = "sound_trouble" if trouble.until is None else "sound_trouble_over"
            say(
                word,
                fault=trouble.fault,
                why=trouble.why,
                side=trouble.side,
                leg=self._legs[trouble.side].name,
            )
        sound = Sound(watch.heard("caller"), watch.heard("callee"), watch.troubles[-50:])
        self._journal.sounded(sound, tell=bool(changed))

    def _count(self, watch: SoundWatch) -> None:
        """For the metrics: how the sound from each place was."""
        for side in self._heard:
            troubles = [trouble for trouble in watch.troubles if trouble.side == side]
            self._services.sounded(self._place(side), watch.heard(side), troubles)

    def _place(self, side: Side) -> Place:
        record, leg = self._journal.record, self._legs[side]
        host = leg.peer.host if leg.peer is not None else None
        network = network_of(host) if host else None
        if leg.profile is Profile.WEBRTC:
            return Place("browser")
        fork = self._devices.get(leg.name)
        via = fork.via if fork is not None else record.via
        if via.startswith(_TRUNK):
            return Place("line", trunk=via.removeprefix(_TRUNK), network=network)
        contact = fork.contact if fork is not None else self._calling_phone(host)
        return Place("phone", model=model_of(contact.user_agent if contact else ""), network=network)

    def _calling_phone(self, host: str | None) -> Contact | None:
        """The registration of the phone that called, by where it called from."""
        known = self._services.endpoint.contacts(self._journal.record.caller.number or "")
        return next((contact for contact in known if contact.host == host), None)

    def _other(self, side: Side) -> Leg:
        return self._legs["callee" if side == "caller" else "caller"]


def counters_of(
    report: LegReport,
    description: str,
    other: str,
    listener: LegReport | None = None,
    *,
    held: bool = False,
) -> Counters:
    """The counters of a leg and of who listens to it; the last session descriptions of both say whether it
    ought to send."""
    trips = [each.round_trip for each in (report, listener) if each and each.round_trip is not None]
    return Counters(
        packets=report.packets_in,
        lost=report.lost,
        jitter=report.jitter,
        # A telephone needs no handshake: where nothing comes from it, that was not the reason.
        connected=report.connected or report.profile is Profile.RTP,
        dropped=report.dropped,
        heard=report.audio_seen,
        judged=report.codec in _JUDGED,
        codec=report.codec,
        round_trip=sum(trips) if trips else None,
        far_loss=(listener.far_loss or 0.0) if listener else 0.0,
        ought=not held
        and direction_of(description) in {"sendrecv", "sendonly"}
        and direction_of(other) in {"sendrecv", "recvonly"},
        # A browser's sign of life is ICE's, which says nothing of its microphone.
        reported_at=None if report.profile is Profile.WEBRTC else report.last_packet_at,
    )
