"""The gateway inside the bridge's own process: no transcoding, G.711 and G.722 pass below the codecs."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from bridges.media import music
from bridges.media.call import Call, Party
from bridges.media.call_state import CallState, Counters, LegState, Playing
from bridges.media.gateway import MediaError, MediaReport, Peer, Profile, UnknownLeg
from bridges.media.leg import Leg, Transport
from bridges.media.music import Sound, Sounds, UnreadableSound
from bridges.media.options import OfferOptions
from bridges.media.plain import PlainTransport
from bridges.media.ports import RtpPorts
from bridges.media.recording import Recording
from bridges.media.sdes import SdesTransport
from bridges.media.settings import MediaSettings
from bridges.media.webrtc import WebRtcPort, WebRtcTransport
from bridges.sdp.direction import Direction
from logs.plain import Log

log = Log(__name__)

_TICK = 1.0
#: Seconds of silence after which a call that is under nobody's control ends (rtpengine's `timeout`).
_FORSAKEN = 60.0
#: How many packets further a stream goes on in another process than it is known to have come: so many, and
#: so many for each second since; at most so many. A number that is used twice would give two packets the
#: same key stream.
_AHEAD, _FASTEST, _FARTHEST = 25, 100, 2500

#: Sockets for RTP and RTCP by the number of their leg.
Sockets = Mapping[int, tuple[socket.socket, socket.socket]]


class InProcessMediaGateway:
    """`MediaGateway` on asyncio datagrams. `await start()` before use, `await close()` at the end."""

    def __init__(self, settings: MediaSettings) -> None:
        self.on_media_timeout: Callable[[str, str], None] | None = None
        self.on_silence: Callable[[str, str, float], None] | None = None
        self.on_recording_failed: Callable[[str], None] | None = None
        #: Called with the id of a call that is not as it was, or not there any more.
        self.on_change: Callable[[str], None] = lambda _: None
        self._settings = settings
        self._ports = RtpPorts(
            settings.host, settings.rtp_port_min, settings.rtp_port_max, settings.rtp_pairs_kept
        )
        self._webrtc = WebRtcPort()
        self._calls: dict[str, Call] = {}
        self._recordings: dict[str, Recording] = {}
        #: What is played; kept, so that it is read once.
        self.sounds = Sounds()
        self._told_gone: set[tuple[str, str]] = set()
        self._told_silent: set[tuple[str, str]] = set()
        # Opening ports waits for the loop: two offers of one call must not make a leg twice.
        self._making = asyncio.Lock()
        self._ticker: asyncio.TimerHandle | None = None

    async def start(self, webrtc: socket.socket | None = None) -> None:
        """Binds the WebRTC port, or takes it as it is bound.

        Raises:
            OSError: it is taken.
        """
        settings = self._settings
        host = settings.webrtc_host or settings.host
        await self._webrtc.open(host, settings.webrtc_port, settings.told_webrtc_host, webrtc)
        self._ticker = asyncio.get_running_loop().call_later(_TICK, self._tick)

    @property
    def webrtc_fileno(self) -> int:
        """The number of the socket for all browsers."""
        return self._webrtc.fileno

    def state(self, call_id: str) -> CallState | None:
        """What another process needs to go on with a call; None: it is not there."""
        call, recording = self._calls.get(call_id), self._recordings.get(call_id)
        if call is None:
            return None
        recorded = recording.state() if recording is not None and not recording.failed else None
        return replace(call.state(call_id), recording=recorded)

    def all_legs(self) -> Iterator[Leg]:
        """Of all calls."""
        for call in self._calls.values():
            for party in call.parties.values():
                yield party.leg

    def filenos(self, call_id: str) -> dict[int, tuple[int, ...]]:
        """The numbers of each leg's own sockets, by its number."""
        call = self._calls.get(call_id)
        legs = [party.leg for party in call.parties.values()] if call else []
        return {leg.number: leg.transport.filenos for leg in legs}

    async def resume(self, state: CallState, counters: Mapping[int, Counters], sockets: Sockets) -> None:
        """Goes on with another process' call.

        Args:
            state: what was said of it last.
            counters, sockets: of its legs, by their numbers.

        Raises:
            KeyError: the sockets of a leg are not there.
        """
        now, legs = time.monotonic(), []
        for known in (party.leg for party in state.parties):
            if known.plain is not None and known.number not in sockets:
                raise KeyError(known.name)
        for known in (party.leg for party in state.parties):
            told = counters.get(known.number, Counters(known.number, sent_at=now))
            ahead = _AHEAD + int(_FASTEST * max(now - told.sent_at, 0.0))
            leg = Leg(known.name, known.profile, self._resumed(known, sockets))
            leg.resume(known, told, min(ahead, _FARTHEST))
            leg.transport.resume_streams(known.ssrc, told.index + min(ahead, _FARTHEST), told.reports + 2,
                                         state.made_at)  # fmt: skip
            legs.append(leg)
        self._calls[state.call_id] = Call.resume(state, legs)
        for leg in legs:
            leg.transport.watch(partial(self._changed, state.call_id))
            if isinstance(leg.transport, PlainTransport):
                await leg.transport.attach(sockets[leg.number])
        self._resume_recording(state)

    def _resume_recording(self, state: CallState) -> None:
        """The call goes on whether it can be recorded or not."""
        if state.recording is None:
            return
        failed = partial(self._recording_failed, state.call_id)
        try:
            self._record(state.call_id, Recording.resume(state.recording, failed))
        except OSError as error:
            log.warning("recording_not_resumed", call_id=state.call_id, why=error.strerror)
            failed()

    def _resumed(self, leg: LegState, sockets: Sockets) -> Transport:
        if leg.webrtc is not None:
            return WebRtcTransport.resume(leg.webrtc, self._webrtc)
        if leg.plain is None:
            raise KeyError(leg.name)
        kind = SdesTransport if leg.profile is Profile.SDES else PlainTransport
        return kind.resume(leg.plain, self._ports, self._settings.trust)

    def _changed(self, call_id: str) -> None:
        self.on_change(call_id)

    @property
    def webrtc_port(self) -> int:
        """The port in use, also when the settings said 0."""
        return self._webrtc.address[1]

    def meet(self, call_id: str, leg: str, peer: Peer) -> None:
        self._calls.setdefault(call_id, Call(time.monotonic())).meet(leg, peer)
        self._changed(call_id)

    def beside(self, call_id: str, other: str) -> None:
        """There is but one place."""

    async def offer(
        self,
        call_id: str,
        from_leg: str,
        to_leg: str,
        sdp: str,
        from_profile: Profile,
        to_profile: Profile,
        *,
        emergency: bool = False,
        told: Direction | None = None,
        options: OfferOptions | None = None,
    ) -> str:
        """See `MediaGateway`; `options` are what the control protocol may ask in addition."""
        options = options or OfferOptions(emergency=emergency, direction=told)
        async with self._making:
            call = self._calls.setdefault(call_id, Call(time.monotonic()))
            made: list[str] = []
            try:
                near = await self._party(
                    call_id,
                    from_leg,
                    from_profile,
                    made,
                    OfferOptions(emergency=options.emergency, detect_tones=options.detect_tones),
                )
                remote = near.read(sdp, options.codecs)
                far = await self._party(call_id, to_leg, to_profile, made, options)
            except Exception:
                for name in made:
                    await self._remove(call_id, name)
                if not call.parties:
                    self._calls.pop(call_id, None)
                raise
        offered = call.offer(near, far, remote, options)
        self._changed(call_id)
        return offered

    async def fresh_offer(
        self, call_id: str, from_leg: str, to_leg: str, *, told: Direction | None = None
    ) -> str:
        call = self._call(call_id)
        offered = call.fresh_offer(call.party(from_leg), call.party(to_leg), told)
        self._changed(call_id)
        return offered

    async def answer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, *, told: Direction | None = None
    ) -> str:
        call = self._call(call_id)
        answered = call.answer(call.party(from_leg), call.party(to_leg), sdp, time.monotonic(), told)
        self._changed(call_id)
        return answered

    async def subscribe(
        self,
        call_id: str,
        from_leg: str,
        to_leg: str,
        profile: Profile,
        *,
        told: Direction | None = None,
        options: OfferOptions | None = None,
    ) -> str:
        """See `MediaGateway`; `options` as in `offer`."""
        options, made = options or OfferOptions(direction=told), list[str]()
        async with self._making:
            call = self._call(call_id)
            source = call.party(from_leg)
            if to_leg in call.talkers:
                raise MediaError(f"{to_leg} talks in this call")
            far = await self._party(call_id, to_leg, profile, made, options)
        offered = call.subscribe(source, far, options)
        self._changed(call_id)
        return offered

    async def subscriber_answers(self, call_id: str, leg: str, sdp: str) -> None:
        call = self._call(call_id)
        call.subscriber_answers(call.party(leg), sdp, time.monotonic())
        self._changed(call_id)

    async def unsubscribe(self, call_id: str, leg: str) -> None:
        if leg not in self._call(call_id).subscribed:
            raise UnknownLeg(f"{leg} has not subscribed")
        await self.delete(call_id, leg)

    def rename(self, call_id: str, leg: str, new: str) -> None:
        """A leg that was offered something is known by its own name now.

        Raises:
            UnknownLeg: there is no such call or leg.
        """
        self._call(call_id).rename(leg, new)
        self._changed(call_id)

    async def connect(self, call_id: str, leg: str, from_call: str, from_leg: str, name: str) -> None:
        async with self._making:
            call, other = self._call(call_id), self._call(from_call)
            call.party(leg)
            taken = other.give(from_leg, call, name)
            taken.recording = None
            taken.transport.watch(partial(self._changed, call_id))
            call.connect(leg, name, time.monotonic())
            if not other.parties:
                self._calls.pop(from_call, None)
        self._changed(call_id)
        self._changed(from_call)

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None:
        """Nothing to do: a lite agent waits for checks and never sends one (RFC 8445, Section 2.5)."""

    async def delete(self, call_id: str, leg: str | None = None) -> MediaReport | None:
        async with self._making:
            call = self._calls.get(call_id)
            if call is None:
                return None
            report = call.report()
            for name in [leg] if leg is not None else list(call.parties):
                await self._remove(call_id, name)
            for name in [] if call.talkers else list(call.parties):
                await self._remove(call_id, name)  # there is nobody to listen to
            if not call.parties:
                self.stop_recording(call_id)
                self._calls.pop(call_id, None)
            self._changed(call_id)
            return None if call.parties else report

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        await self._call(call_id).party(to_leg).leg.play_key(digit, duration_ms)

    def press(self, call_id: str, to_leg: str, digit: str, duration_ms: int) -> None:
        """As `send_dtmf`, which goes on by itself: refusals are told now, and nobody waits for the end."""
        leg = self._call(call_id).party(to_leg).leg
        leg.check_key(digit)
        leg.press(digit, duration_ms)

    def block(self, call_id: str, leg: str, *, media: bool | None = None, keys: bool | None = None) -> None:
        """See `Call.block`. Raises UnknownLeg."""
        self._call(call_id).block(leg, media=media, keys=keys)
        self._changed(call_id)

    async def play(self, call_id: str, leg: str, source: Path, *, times: int = 0) -> None:
        self._call(call_id).party(leg)
        try:
            sound = await self.sounds.file(source)
        except (OSError, UnreadableSound) as error:
            raise MediaError(f"{source} cannot be played: {error}") from error
        self.start_playing(call_id, leg, sound, times)

    async def stop(self, call_id: str, leg: str) -> None:
        with suppress(UnknownLeg):
            self.stop_playing(call_id, leg)

    def start_playing(self, call_id: str, leg: str, sound: Sound, times: int) -> None:
        """Plays `sound` to a leg, 0 times until it is stopped; what was played before ends.

        Raises:
            UnknownLeg: there is no such leg.
        """
        playing = self._call(call_id).party(leg).leg
        self.stop_playing(call_id, leg)
        task = playing.music = asyncio.create_task(music.play(playing, sound, times))
        playing.playing = Playing(sound.origin, times)
        task.add_done_callback(lambda done: self._played(call_id, playing, done))
        self._changed(call_id)

    async def resume_playing(self, state: CallState, contents: Mapping[str, bytes]) -> None:
        """Plays again, from its beginning, what a call of another process was played, unless it was stopped
        or followed by another sound meanwhile.

        Raises:
            OSError, UnreadableSound, UnknownLeg: it cannot be played any more.
        """
        for known in (party.leg for party in state.parties):
            if (playing := known.playing) is not None:
                content = contents.get(playing.origin)
                file = Path(playing.origin)
                sound = await (self.sounds.content(content) if content else self.sounds.file(file))
                leg = self._call(state.call_id).party(known.name).leg
                if leg.playing is playing and leg.music is None:
                    self.start_playing(state.call_id, leg.name, sound, playing.times)

    def stop_playing(self, call_id: str, leg: str) -> None:
        """The leg hears the other party again. Raises UnknownLeg."""
        playing = self._call(call_id).party(leg).leg
        if playing.music:
            playing.music.cancel()
        if playing.playing:
            playing.music = playing.playing = None
            self._changed(call_id)

    def _played(self, call_id: str, leg: Leg, task: asyncio.Task[None]) -> None:
        """The sound is at its end, or was stopped."""
        if leg.music is task:
            leg.music = leg.playing = None
            self._changed(call_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("sound_not_played", leg=leg.name, why=repr(error))

    def start_recording(self, call_id: str, path: Path, parties: tuple[str, ...] = ()) -> None:
        """Records what `parties` (the legs, none given) say from now on, a channel each; a recording that
        runs already goes on, also from a pause.

        Raises:
            UnknownLeg: there is no such call or leg.
            OSError: the file cannot be made.
        """
        call = self._call(call_id)
        known = self._recordings.get(call_id)
        if known is not None:
            known.go_on(time.monotonic())
        else:
            names = [call.party(name).leg.name for name in parties or call.talkers]
            failed = partial(self._recording_failed, call_id)
            self._record(call_id, Recording(path, names, time.monotonic(), failed))
        self._changed(call_id)

    def _record(self, call_id: str, made: Recording) -> None:
        self._recordings[call_id] = made
        for name, party in self._call(call_id).parties.items():
            party.leg.recording = made if name in made.parties else None

    def _recording_failed(self, call_id: str) -> None:
        if self.on_recording_failed is not None:
            self.on_recording_failed(call_id)

    def pause_recording(self, call_id: str) -> None:
        """What is said is not in the file until `start_recording`."""
        if (made := self._recordings.get(call_id)) is not None:
            made.pause(time.monotonic())
            self._changed(call_id)

    def stop_recording(self, call_id: str) -> None:
        """Nothing is added to the file any more."""
        made = self._recordings.pop(call_id, None)
        if made is None:
            return
        call = self._calls.get(call_id)
        for party in call.parties.values() if call else ():
            party.leg.recording = None
        made.close(time.monotonic())
        self._changed(call_id)

    async def record(self, call_id: str, file: Path, left: str, right: str) -> None:
        try:
            self.start_recording(call_id, file, (left, right))
        except OSError as error:
            raise MediaError(f"cannot record: {error.strerror}") from error

    async def pause_record(self, call_id: str) -> None:
        self.pause_recording(call_id)

    async def end_record(self, call_id: str) -> None:
        self.stop_recording(call_id)

    def forsaken(self, now: float, asked_at: float | None) -> list[str]:
        """Calls that nobody looks after and that nobody speaks in: their control has gone.

        Args:
            now: monotonic seconds.
            asked_at: when somebody last asked what became of the calls; None: nobody ever does.
        """
        looked_after = asked_at is not None and now - asked_at < _FORSAKEN
        return [] if looked_after else [id_ for id_, call in self._calls.items() if call.idle(now, _FORSAKEN)]

    def vouch(self, call_id: str, leg: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and leg in call.parties:
            call.parties[leg].leg.vouched_at = time.monotonic()
            self._changed(call_id)

    async def report(self, call_id: str) -> MediaReport | None:
        return self.snapshot(call_id)

    def snapshot(self, call_id: str) -> MediaReport | None:
        """The report, without waiting: the counters are in this process."""
        call = self._calls.get(call_id)
        return call.report() if call else None

    @property
    def calls(self) -> tuple[str, ...]:
        """The ids of all live calls."""
        return tuple(self._calls)

    def legs(self, call_id: str) -> tuple[str, ...]:
        """The legs of a call that do not only listen, in the order of their making; none of a call that is
        not known."""
        call = self._calls.get(call_id)
        return tuple(call.talkers) if call else ()

    async def close(self) -> None:
        if self._ticker:
            self._ticker.cancel()
        for call_id in list(self._calls):
            await self.delete(call_id)
        await self._webrtc.close()

    def check(self, now: float, wall: float) -> None:
        """Once a second: reports (RTCP) that are due, and legs that have gone.

        Args:
            now: monotonic seconds.
            wall: seconds since 1970.
        """
        for call_id, call in list(self._calls.items()):
            for party in list(call.parties.values()):
                party.leg.send_report(now, wall)
                # Who only listens may be gone: that concerns nobody who talks.
                if party.leg.name not in call.subscribed:
                    self._look_after(call_id, party.leg, now)

    def _look_after(self, call_id: str, leg: Leg, now: float) -> None:
        key, settings = (call_id, leg.name), self._settings
        self._look_for_silence(key, leg, now)
        if not leg.gone(now, settings.silence_limit, settings.consent_timeout):
            self._told_gone.discard(key)
        elif key not in self._told_gone:
            self._told_gone.add(key)
            log.warning("media_gone", call_id=call_id, leg=leg.name, connected=leg.transport.connected)
            if self.on_media_timeout:
                self.on_media_timeout(call_id, leg.name)

    def _look_for_silence(self, key: tuple[str, str], leg: Leg, now: float) -> None:
        if not leg.unheard(now, self._settings.silence_check):
            self._told_silent.discard(key)
        elif key not in self._told_silent:
            self._told_silent.add(key)
            log.debug("media_silent", call_id=key[0], leg=key[1], seconds=round(leg.silent_for(now)))
            if self.on_silence:
                self.on_silence(*key, leg.silent_for(now))

    def _tick(self) -> None:
        self._ticker = asyncio.get_running_loop().call_later(_TICK, self._tick)
        self.check(time.monotonic(), time.time())

    def _call(self, call_id: str) -> Call:
        try:
            return self._calls[call_id]
        except KeyError:
            raise UnknownLeg(f"no call {call_id}") from None

    async def _party(
        self, call_id: str, name: str, profile: Profile, made: list[str], options: OfferOptions
    ) -> Party:
        """The leg, made if it is new; its name is then added to `made`."""
        call = self._calls[call_id]
        party = call.parties.get(name)
        if party is None:
            made.append(name)
            peer = call.peers.get(name)
            leg = Leg(name, profile, await self._transport(profile, peer, options))
            leg.transport.watch(partial(self._changed, call_id))
            leg.detects_tones = self._settings.detect_tones or options.detect_tones
            return call.add(leg)
        if party.leg.profile is not profile:
            raise MediaError(f"leg {name} is {party.leg.profile.value}, not {profile.value}")
        return party

    async def _transport(self, profile: Profile, peer: Peer | None, options: OfferOptions) -> Transport:
        if profile is Profile.WEBRTC:
            return WebRtcTransport(self._webrtc)
        settings = self._settings
        told = options.told_host or settings.advertised.to(peer.host if peer else None) or settings.told_host
        kind = SdesTransport if profile is Profile.SDES else PlainTransport
        return await kind.open(self._ports, told, settings.trust, emergency=options.emergency)

    async def _remove(self, call_id: str, name: str) -> None:
        self._told_gone.discard((call_id, name))
        self._told_silent.discard((call_id, name))
        leg = self._calls[call_id].remove(name)
        if leg:
            await leg.transport.close()
