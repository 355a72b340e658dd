"""The media of one call: what the gateway is told, and which two legs it joined."""

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bridges.media.gateway import MediaError, MediaGateway, MediaReport, MediaUnavailable, Peer, Profile
from bridges.media.reading import audio_of
from bridges.sdp.description import parse
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.events import Key, Trickle
from bridges.sip.b2bua.holding import Holding
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from logs import log
from wire.record import Audio
from wire.trace import MediaPath

_log = log.get(__name__)

#: A leg that is nobody, and what it offers. Nothing is sent to it: port 9 discards (RFC 863).
_NOBODY = "nobody"
_OF_NOBODY = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)
_DIRECTION = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)\b", re.MULTILINE)


def direction_of(sdp: str) -> str:
    """The direction of the audio section (RFC 8866, Section 6.7), as its owner sees it."""
    session, _, audio = sdp.partition("m=audio")
    found = _DIRECTION.search(audio.partition("m=")[0]) or _DIRECTION.search(session)
    return found[1] if found else "sendrecv"


def _unheld(sdp: str) -> str:
    """The description of a leg that is held, as it would be had nobody held it."""
    return re.sub(r"(?m)^a=(?:recvonly|inactive)\b", "a=sendrecv", sdp)


class MediaSession:
    """One call in the gateway, which knows it as `call_id`. Of its legs two talk with each other.

    `music`: the file that whoever waits is played; None: nothing.
    """

    def __init__(self, gateway: MediaGateway, call_id: str, music: Path | None = None) -> None:
        self._gateway, self._call_id, self._music = gateway, call_id, music
        self._holding = Holding(music=music is not None)
        #: Who waits for something else than the other side: a transfer, a slot.
        self._waiting: set[str] = set()
        self._playing = asyncio.Lock()
        #: Who is played music now.
        self._listening: set[str] = set()
        self._reoffers = asyncio.Lock()
        self._pair: tuple[Leg, Leg] | None = None
        #: The legs that were made a fresh offer, and whose answer to it comes with their ACK.
        self._asking: set[str] = set()
        #: Whether emergency services are called, for whom ports are kept.
        self.emergency = False

    def other(self, leg: Leg) -> Leg | None:
        """Who is joined with `leg`, be it for early media only."""
        if self._pair is None or leg not in self._pair:
            return None
        a, b = self._pair
        return b if leg is a else a

    @property
    def joined(self) -> tuple[Leg, Leg] | None:
        """The two who are joined."""
        return self._pair

    @property
    def pair(self) -> tuple[str, str] | None:
        """The names of the two who are joined."""
        return None if self._pair is None else (self._pair[0].name, self._pair[1].name)

    @property
    def waiting(self) -> list[str]:
        """Who waits for something else than the other side."""
        return sorted(self._waiting)

    def adopt(
        self, a: Leg, b: Leg, held_by: frozenset[str] = frozenset(), waiting: Iterable[str] = ()
    ) -> None:
        """The gateway has joined these two for an earlier process, and plays music to whom they hold, and to
        who waits."""
        self._pair, self._waiting = (a, b), set(waiting)
        for leg in (a, b):
            if not self._describes(leg, leg.description) and leg.name in held_by:
                self._holding.command(leg.name, hold=True)
        if self._music is not None:
            self._listening = self._holding.listeners(a.name, b.name) | self._waiting

    def meet(self, leg: Leg) -> None:
        """Tell where a leg's signalling comes from by now."""
        if (peer := leg.peer) is not None:
            self._gateway.meet(self._call_id, leg.name, peer)

    async def offer(self, from_: Leg, to: str, profile: Profile, peer: Peer | None = None) -> str:
        """What `from_` described last, as an offer to a leg to be, which is at `peer`. That whom it talks
        with lets it wait is none of the new one's business.

        Raises MediaError, MalformedSdp.
        """
        self.meet(from_)
        if peer is not None:
            self._gateway.meet(self._call_id, to, peer)
        return await self._gateway.offer(
            self._call_id,
            from_.name,
            to,
            from_.description if self._pair is None else _unheld(from_.description),
            from_.profile,
            profile,
            emergency=self.emergency,
        )

    async def join(self, a: Leg, b: Leg) -> str:
        """`b` answered (be it early) what `a` offered: they hear each other. The answer for `a`.

        Raises MediaError, MalformedSdp.
        """
        self.meet(b)
        answer = await self._gateway.answer(self._call_id, b.name, a.name, b.description)
        self._pair = (a, b)
        await self._play()
        return answer

    async def offer_beside(self, leg: Leg, name: str) -> str:
        """`leg`, whom nobody hears yet, is to talk with a voice of ours called `name`: the offer for that.

        Raises MediaError, MalformedSdp.
        """
        self.meet(leg)
        return await self._gateway.offer(
            self._call_id, leg.name, name, leg.description, leg.profile, Profile.RTP, emergency=self.emergency
        )

    async def join_beside(self, leg: Leg, voice: Leg) -> None:
        """The voice answered: the two hear each other, whoever else of the call does.

        Raises MediaError, MalformedSdp.
        """
        await self._gateway.answer(self._call_id, voice.name, leg.name, voice.description)

    async def fetch(self, kept: Leg, leg: Leg, session: "MediaSession", name: str) -> None:
        """`leg` of another session is to be of this one, called `name`, and talk with `kept`. Where the
        gateway cannot carry it over it is offered another session (RFC 3264): browsers may not take it.

        Raises MediaError, MalformedSdp, ReofferRefused.
        """
        async with self._reoffers:
            try:
                await self._gateway.connect(self._call_id, kept.name, session._call_id, leg.name, name)
            except MediaUnavailable as error:
                _log.info("leg_offered_anew", leg=leg.name, why=str(error))
                offer = await self.offer(kept, name, leg.profile, leg.peer)
                try:
                    leg.description = await leg.reoffer(offer)
                except ReofferRefused:
                    await self._gateway.delete(self._call_id, name)
                    raise
                leg.given = offer
                await self._gateway.answer(self._call_id, name, kept.name, leg.description)
            # It may have waited in its own call.
            await self._gateway.stop(self._call_id, name)

    async def welcome(self, seat: Leg, *, beside: str) -> None:
        """`seat`, a machine that was offered nothing yet, has a session with nobody, made where the call
        `beside` is: `fetch` takes it from here, or somebody to it.

        Raises MediaError, MalformedSdp, ReofferRefused.
        """
        self._gateway.beside(self._call_id, beside)
        offer = await self._gateway.offer(
            self._call_id, _NOBODY, seat.name, _OF_NOBODY, Profile.RTP, seat.profile
        )
        seat.description = await seat.reoffer(offer)
        seat.given = offer
        await self._gateway.answer(self._call_id, seat.name, _NOBODY, seat.description)

    async def see_off(self) -> None:
        """The session with nobody is over."""
        await self._gateway.delete(self._call_id, _NOBODY)

    async def rejoin(self, a: Leg, b: Leg) -> None:
        """The two talk with each other again, as they last agreed; they are told nothing.

        Raises MediaError, MalformedSdp.
        """
        async with self._reoffers:
            await self._gateway.offer(self._call_id, a.name, b.name, a.description, a.profile, b.profile)
            await self._gateway.answer(self._call_id, b.name, a.name, b.description)

    def talk(self, a: Leg, b: Leg) -> None:
        """The two that the gateway has joined."""
        self._pair = (a, b)

    async def take_in(self, leg: Leg, other: Leg, *, join: bool) -> str:
        """`leg` called by itself, and is to talk with `other`: the answer for it. `join`: from now on.

        Raises MediaError, MalformedSdp.
        """
        self.meet(leg)
        await self._gateway.offer(
            self._call_id, leg.name, other.name, leg.description, leg.profile, other.profile
        )
        answer = await self._gateway.answer(self._call_id, other.name, leg.name, _unheld(other.description))
        if join:
            self._pair = (other, leg)
        return answer

    async def carry(self, leg: Leg, other: Leg) -> None:
        """`other`, joined with `leg` since a moment, is told what that one is able to, if it is anything new.

        Raises MediaError, MalformedSdp.
        """
        async with self._reoffers:
            await self._renegotiated(leg, other, _unheld(leg.description), if_changed=True)

    async def late_description(self, leg: Leg, other: Leg, sdp: str) -> None:
        """A leg answered, in its ACK, an offer of ours: the gateway learns where its audio goes now.

        Raises MediaError, MalformedSdp.
        """
        leg.description = sdp
        self.meet(leg)
        await self._gateway.offer(self._call_id, leg.name, other.name, sdp, leg.profile, other.profile)
        await self._gateway.answer(self._call_id, other.name, leg.name, other.description)

    async def renegotiate(self, leg: Leg, other: Leg, sdp: str | None) -> bool:
        """Carry a new offer of `leg` (hold, resume, refresh) to `other`, and its answer back. Whether its
        session is another one now.

        Where the other side has no word to say (a client without negotiation, or both asked at once)
        the gateway answers with what it last said: a phone's hold must never fail for that.
        """
        async with self._reoffers:
            if sdp is None:
                if not leg.accept_reoffer(await self._fresh_offer(leg, other)):
                    self._asking.discard(leg.name)
                return False
            if sdp == leg.description:
                # A refresh (RFC 3261, Section 14.2; RFC 4028): the session as it stands.
                leg.accept_reoffer(leg.given)
                return False
            before, held = other.given, self.holds(leg)
            try:
                if self._describes(leg, sdp) and not held:
                    await self._play()  # heard at once, however long the other side's client takes
                answer = await self._renegotiated(leg, other, sdp)
            except (MediaError, MalformedSdp) as error:
                _log.warning("reoffer_refused", leg=leg.name, why=str(error) or type(error).__name__)
                leg.refuse_reoffer()
                await self._take_back(leg)
                if other.given != before:
                    await self._restore(leg, other)
                return False
            if leg.accept_reoffer(answer):
                leg.description, leg.given = sdp, answer
                await self._play()
                return True
            await self._take_back(leg)
            await self._restore(leg, other)
            return False

    async def _restore(self, leg: Leg, other: Leg) -> None:
        """The offer was taken back or refused when the gateway and the other side had heard of it: both go
        back to the session that `leg` has kept (RFC 3261, Section 14.1)."""
        _log.info("session_restored", leg=leg.name)
        try:
            await self._renegotiated(leg, other, leg.description)
        except (MediaError, MalformedSdp) as error:
            _log.warning("session_not_restored", leg=leg.name, why=str(error) or type(error).__name__)

    async def _fresh_offer(self, leg: Leg, other: Leg) -> str:
        """What we can do, not what was last agreed on (RFC 6337, Section 5.3)."""
        try:
            told = self._holding.told_by(other.name)
            offer = await self._gateway.fresh_offer(self._call_id, other.name, leg.name, told=told)
        except MediaError as error:
            _log.warning("no_fresh_offer", leg=leg.name, why=str(error) or type(error).__name__)
            return leg.given
        self._asking.add(leg.name)
        return offer

    def answers_fresh_offer(self, leg: Leg) -> bool:
        """Whether a description that comes with the ACK of `leg` is for `carry_answer`."""
        return leg.name in self._asking

    async def carry_answer(self, leg: Leg, other: Leg, sdp: str) -> None:
        """The answer to a fresh offer is told to the other side, if it changes anything there.

        Raises MediaError, MalformedSdp.
        """
        async with self._reoffers:
            self._asking.discard(leg.name)
            self._describes(leg, sdp)
            leg.given = await self._renegotiated(leg, other, sdp, if_changed=True)
            leg.description = sdp
            await self._play()

    async def _renegotiated(self, leg: Leg, other: Leg, sdp: str, *, if_changed: bool = False) -> str:
        self.meet(leg)
        holding = self._holding
        offer = await self._gateway.offer(
            self._call_id,
            leg.name,
            other.name,
            sdp,
            leg.profile,
            other.profile,
            told=holding.told_by(leg.name),
        )
        # Who holds hears nothing of what the held side would like: it is told when it comes back.
        asked = not self.holds(other) and (offer != other.given or not if_changed)
        try:
            if asked:
                other.description = await other.reoffer(offer)
                other.given = offer
        except ReofferRefused as error:
            _log.info("reoffer_answered_here", leg=leg.name, why=str(error))
        told = holding.told_to(leg.name, other.name)
        return await self._gateway.answer(self._call_id, other.name, leg.name, other.description, told=told)

    # --- hold and music ---

    def holds(self, leg: Leg) -> bool:
        """Whether it lets the other side wait."""
        return self._holding.holds(leg.name)

    async def hold(self, leg: Leg, other: Leg, *, on: bool) -> bool:
        """The user of `leg` lets `other` wait, or talks again, by a command that the device knows nothing of.
        False where only the device can end it."""
        async with self._reoffers:
            done = self._holding.command(leg.name, hold=on)
            if on:
                await self._play()
            try:
                await self._renegotiated(leg, other, leg.description)
            except (MediaError, MalformedSdp) as error:
                _log.warning("hold_not_told", leg=leg.name, why=str(error) or type(error).__name__)
            await self._play()
            return done

    async def music(self, leg: Leg) -> None:
        """`leg` waits for something else than the other side, and hears music until `end_music`; but no
        conference does, where everybody would."""
        if leg.answered_on == "conference":
            return
        self._waiting.add(leg.name)
        await self._play()

    async def end_music(self) -> None:
        """Nobody waits any more: they hear whom they are joined with."""
        self._waiting.clear()
        await self._play()

    def _describes(self, leg: Leg, sdp: str) -> bool:
        """Take what a leg says of itself; whether it holds now. What cannot be read is the gateway's to
        refuse."""
        with suppress(MalformedSdp):
            audio = audio_of(leg.profile, parse(sdp))
            if audio is not None:
                self._holding.describes(
                    leg.name, audio.direction, line=leg.answered_on in {"outside", "mobile"}
                )
        return self.holds(leg)

    async def _take_back(self, leg: Leg) -> None:
        """Its offer did not come about: what it described before is true again."""
        self._describes(leg, leg.description)
        await self._play()

    async def _play(self) -> None:
        """Music for who waits, and for nobody else."""
        # One after the other: music whose beginning takes long may be unwanted by then.
        async with self._playing:
            held = self._holding.listeners(*(leg.name for leg in self._pair)) if self._pair else set()
            wanted = held | self._waiting if self._music else set()
            for name in sorted(wanted - self._listening):
                await self._start_music(name)
            for name in sorted(self._listening - wanted):
                self._listening.discard(name)
                await self._gateway.stop(self._call_id, name)

    async def _start_music(self, name: str) -> None:
        if self._music is None:
            return
        try:
            await self._gateway.play(self._call_id, name, self._music)
        except MediaError as error:
            _log.warning("music_not_played", leg=name, why=str(error) or type(error).__name__)
        else:
            self._listening.add(name)

    async def trickle(self, event: Trickle) -> None:
        """Pass ICE candidates on."""
        for candidate in event.candidates:
            await self._gateway.candidate(self._call_id, event.leg, candidate.candidate, candidate.sdp_mid)

    async def press(self, event: Key, other: Leg) -> None:
        """A key that came by signalling goes on as RFC 4733 events."""
        try:
            await self._gateway.send_dtmf(self._call_id, other.name, event.digit, event.duration_ms)
        except (MediaError, ValueError) as error:
            _log.info("key_not_sent", leg=other.name, why=str(error) or type(error).__name__)

    def vouch(self, leg: Leg) -> None:
        """A silent leg's signalling has answered for it."""
        self._gateway.vouch(self._call_id, leg.name)

    async def drop(self, fork: str) -> None:
        """A fork is over."""
        self._holding.forget(fork)
        self._waiting.discard(fork)
        self._listening.discard(fork)
        await self._gateway.delete(self._call_id, fork)

    async def untap(self, taps: Iterable[str]) -> None:
        """These listen no more, who are no legs of the call."""
        for name in taps:
            with suppress(MediaError):
                await self._gateway.unsubscribe(self._call_id, name)

    async def close(self) -> MediaReport | None:
        """The call is over; how its sound was."""
        return await self._gateway.delete(self._call_id)

    async def report(self) -> MediaReport | None:
        """How its sound is."""
        return await self._gateway.report(self._call_id)


def paths_of(report: MediaReport | None) -> list[MediaPath]:
    """How the sound goes, leg by leg."""
    if report is None:
        return []
    return [
        MediaPath(
            leg=name,
            transport=leg.profile.value,
            joined=report.joined.get(name),
            connected=leg.connected,
            codec=leg.codec,
            packets_in=leg.packets_in,
            packets_out=leg.packets_out,
            lost=leg.lost,
            dropped=leg.dropped,
            jitter_ms=round(leg.jitter * 1000, 1),
            heard=leg.audio_seen,
        )
        for name, leg in report.legs.items()
    ]


def heard_in(report: MediaReport | None, caller: str, callee: str) -> Audio:
    """Which way sound was heard to pass between two legs; unknown where one was never there."""
    near, far = (report.legs.get(name) if report else None for name in (caller, callee))
    if near is None or far is None:
        return Audio()
    return Audio(
        caller_to_callee=near.audio_seen and far.packets_out > 0,
        callee_to_caller=far.audio_seen and near.packets_out > 0,
    )
