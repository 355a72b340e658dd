"""`MediaGateway` on media servers that speak the ng protocol: `bridges.media`, rtpengine, or both."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridges.media.dtmf import check_key
from bridges.media.gateway import (
    MediaError,
    MediaReport,
    MediaUnavailable,
    Peer,
    Profile,
    UnknownLeg,
)
from bridges.media.reading import direction_of
from bridges.media.recorder import CannotRecord
from bridges.sdp.codecs import SOUND, Codec
from bridges.sdp.direction import Direction
from bridges.sip.media import words
from bridges.sip.media.ng_client import Address
from bridges.sip.media.server import Server
from bridges.sip.media.servers import Choice
from bridges.sip.media.silence import Finding, Silence
from logs import log as logs
from wire.ng import Body, Command

log = logs.get(__name__)

#: Questions to a server that are open at once.
_AT_ONCE = 32
#: Seconds between looks at a call on a server that tells nothing by itself.
_LOOK = 5.0
#: What a server of ours tells of a recording of which nothing more can be written.
_RECORDING_FAILED = "recording-failed"
#: Seconds between two key presses to one leg.
_PAUSE = 0.08


@dataclass(slots=True)
class _Leg:
    """A leg as the bridge told it.

    Attributes:
        profile: its transport.
        sdp: its latest description, None if it was only offered something.
        codecs: of its latest description, what was agreed on by its answer; for rtpengine only.
        hushed: rtpengine was told to let nothing of it through.
    """

    profile: Profile
    sdp: str | None = None
    codecs: tuple[Codec, ...] = ()
    hushed: bool = False
    keys: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class _Call:
    """A call as the bridge told it.

    Attributes:
        server: where it is.
        life: of the server when the call was made; None before. It lives no longer.
        lost: that was told.
    """

    server: Server
    silence: Silence
    legs: dict[str, _Leg] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    joined: dict[str, str] = field(default_factory=dict)
    life: int | None = None
    lost: bool = False

    def placed(self, answered: Body) -> Body:
        """The answer that made something. Raises MediaUnavailable: not where the call is, which is lost."""
        state = self.server.state
        life = state.life_of(words.instance(answered))
        if self.life is None:
            self.life = life
        if not self.life == life == state.life:
            raise MediaUnavailable(f"the media server {self.server.name} has lost the call")
        return answered

    def news(self) -> dict[str, Peer]:
        """The peers that the server was not told of yet; from now on it was."""
        told = {name: self.peers[name] for name in self.untold if name in self.peers}
        self.untold.clear()
        return told

    def leg(self, name: str) -> _Leg:
        try:
            return self.legs[name]
        except KeyError:
            raise UnknownLeg(f"no leg {name}") from None

    def codec(self, name: str) -> str | None:
        """The audio codec that was agreed on with a joined leg."""
        leg = self.legs.get(name) if name in self.joined else None
        return next((codec.name for codec in leg.codecs if codec.key in SOUND), None) if leg else None

    def reported(self, found: MediaReport) -> MediaReport:
        """What the server counted, of the legs that are known here."""
        legs = {name: leg for name, leg in found.legs.items() if name in self.legs or not self.legs}
        if self.server.state.own:
            return MediaReport(legs, found.joined)
        named = {name: replace(leg, codec=self.codec(name)) for name, leg in legs.items()}
        joined = {one: other for one, other in self.joined.items() if one in legs}
        return MediaReport(named, joined)

    def join(self, one: str, other: str) -> None:
        for name in (one, other):
            self.joined.pop(self.joined.get(name, ""), None)
        self.joined |= {one: other, other: one}


class NgMediaGateway:
    """`await start()` before use, `await close()` at the end, which leaves calls where they are.

    Args:
        servers: control ports, at least one.
        standby: control ports of servers that take new calls only while no other is up.
        silence_check, silence_limit: see `MediaSettings`; for rtpengine, ours is told by its own file.
    """

    def __init__(
        self,
        servers: tuple[Address, ...],
        standby: tuple[Address, ...] = (),
        *,
        silence_check: float = 60.0,
        silence_limit: float = 0.0,
    ) -> None:
        self.on_media_timeout: Callable[[str, str], None] | None = None
        self.on_silence: Callable[[str, str, float], None] | None = None
        self.on_recording_failed: Callable[[str], None] | None = None
        self.servers = [Server(each, self._lost, self._told) for each in (*servers, *standby)]
        self._choice = Choice([server.state for server in self.servers], len(servers))
        self._silence = silence_check, silence_limit
        self._calls: dict[str, _Call] = {}
        self._aside: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Asks every server how it is, and which calls of an earlier bridge it has. Raises OSError."""
        await asyncio.gather(*(server.start() for server in self.servers))
        await asyncio.gather(*(self._take_over(server) for server in self.servers))
        self._in_the_background(self._look_around())

    async def _take_over(self, server: Server) -> None:
        # On a busy machine each question waits for both processes: so many are asked at once.
        asking, silent = asyncio.Semaphore(_AT_ONCE), asyncio.Event()

        async def known(call_id: str) -> None:
            found = self._calls.setdefault(call_id, self._new(server))
            found.life = server.state.life
            async with asking:
                if silent.is_set():  # each question more would wait as long for nothing
                    return
                try:
                    report = await server.report(call_id)
                except UnknownLeg:  # it has ended since
                    del self._calls[call_id]
                    return
                except MediaUnavailable:
                    silent.set()
                    raise
            found.legs |= {name: _Leg(leg.profile) for name, leg in report.legs.items()}
            found.joined |= report.joined

        try:
            found = await asyncio.gather(*map(known, await server.calls()), return_exceptions=True)
        except MediaError:
            log.warning("media_server_not_there", server=server.name)
            return
        for error in found:
            if isinstance(error, MediaError):
                log.warning("media_server_not_there", server=server.name, why=str(error))
            elif error is not None:
                raise error

    @property
    def calls(self) -> frozenset[str]:
        """The ids of all calls, those of an earlier bridge included."""
        return frozenset(self._calls)

    def _new(self, server: Server) -> _Call:
        return _Call(server, Silence(*self._silence))

    def _call(self, call_id: str) -> _Call:
        try:
            return self._calls[call_id]
        except KeyError:
            raise UnknownLeg(f"no call {call_id}") from None

    def meet(self, call_id: str, leg: str, peer: Peer) -> None:
        call = self._calls.get(call_id)
        if call is None:
            chosen = self._choice.next()
            call = self._calls[call_id] = self._new(self.servers[chosen or 0])
        if call.peers.get(leg) == peer:
            return
        call.peers[leg] = peer
        call.untold.add(leg)
        if call.legs:
            self._in_the_background(self._introduce(call_id, call))

    def beside(self, call_id: str, other: str) -> None:
        if (known := self._calls.get(other)) is not None:
            self._calls.setdefault(call_id, self._new(known.server))

    async def _introduce(self, call_id: str, call: _Call) -> None:
        """What no offer or answer takes along goes by itself."""
        await asyncio.sleep(0)
        news = call.news()
        if news and call.server.state.own:
            body: Body = {"command": Command.MEET.value, "call-id": call_id}
            await call.server.ask(words.introduced(body, news))

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
    ) -> str:
        call = self._calls.get(call_id) or self._started(call_id)
        for name, profile in ((from_leg, from_profile), (to_leg, to_profile)):
            known = call.legs.get(name)
            if known is not None and known.profile is not profile:
                raise MediaError(f"leg {name} is {known.profile.value}, not {profile.value}")
        try:
            near, sent = _Leg(from_profile, sdp), sdp
            if not call.server.state.own:
                sent, near.codecs = words.audio_only(sdp, from_profile)
                sent = words.directed(sent, from_profile, told) if told else sent
            body = words.offer(call_id, from_leg, to_leg, sent, to_profile, emergency=emergency)
            body = words.telling(body, told) if call.server.state.own else body
            answered = words.description(await self._negotiate(call, body, from_leg, near.codecs))
        except Exception:
            if not call.legs:
                await self._drop(call_id, call)
            raise
        self._keep(call, from_leg, near)
        call.legs.setdefault(to_leg, _Leg(to_profile))
        return answered

    def _started(self, call_id: str) -> _Call:
        chosen = self._choice.next()
        if chosen is None:
            raise MediaUnavailable("no media server is there")
        call = self._calls[call_id] = self._new(self.servers[chosen])
        return call

    async def _drop(self, call_id: str, call: _Call) -> None:
        """A call whose first offer was refused: rtpengine made it nevertheless."""
        self._calls.pop(call_id, None)
        if not call.server.state.own:
            await self._end(call, {"call-id": call_id})

    def _keep(self, call: _Call, name: str, leg: _Leg) -> None:
        before = call.legs.get(name)
        if before is not None:
            leg.keys, leg.hushed = before.keys, before.hushed
        call.legs[name] = leg

    async def _negotiate(self, call: _Call, body: Body, leg: str, codecs: tuple[Codec, ...]) -> Body:
        """Asks for a description with one of `leg`, which has `codecs`."""
        if not call.server.state.own:
            body = words.for_rtpengine(body, call.peers.get(leg), codecs)
        else:
            body = words.introduced(body, call.news())
        return call.placed(await call.server.ask(body))

    async def fresh_offer(
        self, call_id: str, from_leg: str, to_leg: str, *, told: Direction | None = None
    ) -> str:
        call = self._call(call_id)
        if call.server.state.own:
            asked = words.telling(words.fresh_offer(call_id, from_leg, to_leg), told)
            return words.description(call.placed(await call.server.ask(asked)))
        near, far = call.leg(from_leg), call.leg(to_leg)
        if near.sdp is None:
            raise UnknownLeg(f"{from_leg} described nothing yet")
        sent, codecs = words.audio_only(near.sdp, near.profile)
        sent = words.directed(sent, near.profile, told) if told else sent
        body = words.offer(call_id, from_leg, to_leg, sent, far.profile)
        return words.description(await self._negotiate(call, body, from_leg, codecs))

    async def answer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, *, told: Direction | None = None
    ) -> str:
        call = self._call(call_id)
        near = call.legs.get(to_leg)
        far, sent = call.legs.get(from_leg), sdp
        answering = _Leg(far.profile if far else Profile.RTP, sdp)
        if not call.server.state.own:
            near, far = call.leg(to_leg), call.leg(from_leg)
            if near.sdp is None:
                raise UnknownLeg(f"{to_leg} offered nothing")
            sent, answering.codecs = words.audio_only(sdp, far.profile)
        body = words.answer(call_id, from_leg, to_leg, sent, near.profile if near else Profile.RTP)
        body = words.telling(body, told) if call.server.state.own else body
        answered = words.description(await self._negotiate(call, body, from_leg, answering.codecs))
        self._keep(call, from_leg, answering)
        call.join(from_leg, to_leg)
        if near is not None and not call.server.state.own:
            near.codecs = words.codecs(answered, near.profile)
            await self._hush(call_id, call, {from_leg, to_leg})
            if near.sdp is not None:
                way = told or direction_of(answering.profile, sdp)
                asked = direction_of(near.profile, near.sdp)
                answered = words.directed(answered, near.profile, way.limited_to(asked.reverse))
        return answered

    async def _hush(self, call_id: str, call: _Call, joined: set[str]) -> None:
        """rtpengine lets every fork that was offered something be heard: only the joined one is to be."""
        for name, leg in call.legs.items():
            hushed = name not in joined
            if hushed is not leg.hushed:
                leg.hushed = hushed
                command = Command.BLOCK_MEDIA if hushed else Command.UNBLOCK_MEDIA
                await call.server.ask({"command": command.value, "call-id": call_id, "from-tag": name})

    async def subscribe(
        self, call_id: str, from_leg: str, to_leg: str, profile: Profile, *, told: Direction | None = None
    ) -> str:
        call = self._call(call_id)
        call.leg(from_leg)
        body = words.telling(words.subscribe(call_id, from_leg, to_leg, profile), told)
        if call.server.state.own:
            body = words.introduced(body, call.news())
        return words.description(call.placed(await call.server.ask(body)))

    async def subscriber_answers(self, call_id: str, leg: str, sdp: str) -> None:
        call = self._call(call_id)
        tags: Body = {"call-id": call_id, "to-tag": leg, "sdp": sdp}
        await call.server.ask({"command": Command.SUBSCRIBER_ANSWERS.value, **tags})

    async def unsubscribe(self, call_id: str, leg: str) -> None:
        call = self._call(call_id)
        tags: Body = {"call-id": call_id, "to-tag": leg}
        await call.server.ask({"command": Command.UNSUBSCRIBE.value, **tags})

    async def connect(self, call_id: str, leg: str, from_call: str, from_leg: str, name: str) -> None:
        call, other = self._call(call_id), self._call(from_call)
        call.leg(leg)
        taken = other.leg(from_leg)
        if other.server is not call.server or not call.server.state.own:
            raise MediaUnavailable(f"{call.server.name} cannot connect {call_id} with {from_call}")
        tags: Body = {"from-tag": leg, "to-call-id": from_call, "to-tag": from_leg, "as": name}
        await call.server.ask({"command": Command.CONNECT.value, "call-id": call_id, **tags})
        call.legs[name] = taken
        del other.legs[from_leg]
        other.joined.pop(other.joined.pop(from_leg, ""), None)
        if from_leg in other.peers:
            call.peers[name] = other.peers.pop(from_leg)
        call.join(leg, name)
        if not other.legs:
            self._calls.pop(from_call, None)

    async def candidate(self, call_id: str, leg: str, candidate: str, sdp_mid: str | None) -> None:
        """Nothing to do: both kinds of server learn a browser's addresses from its checks."""

    async def delete(self, call_id: str, leg: str | None = None) -> MediaReport | None:
        call = self._calls.get(call_id)
        if call is None:
            return None
        if leg is None or (leg in call.legs and len(call.legs) == 1):
            # rtpengine tells no counters of a whole call that it ends.
            own = call.server.state.own
            before = None if own else await self.report(call_id)
            self._calls.pop(call_id, None)
            counted = await self._end(call, {"call-id": call_id})
            return counted if own else before
        if leg in call.legs:
            del call.legs[leg]
            call.joined.pop(call.joined.pop(leg, ""), None)
            await self._end(call, {"call-id": call_id, "from-tag": leg, "flags": ["one-leg"]})
        return None

    async def _end(self, call: _Call, body: Body) -> MediaReport | None:
        try:
            return call.reported(await call.server.end(body))
        except UnknownLeg:
            pass
        except MediaError as error:
            log.warning("media_not_ended", server=call.server.name, why=str(error))
        return None

    async def send_dtmf(self, call_id: str, to_leg: str, digit: str, duration_ms: int = 160) -> None:
        check_key(digit)
        call = self._call(call_id)
        leg, presser = call.leg(to_leg), call.joined.get(to_leg)
        if presser is None:
            raise UnknownLeg(f"{to_leg} is joined with nobody")
        duration = min(max(duration_ms, 40), 8000)
        tags: Body = {"call-id": call_id, "from-tag": presser}
        async with leg.keys:
            await call.server.ask(
                {"command": Command.PLAY_DTMF.value, **tags, "code": digit.upper(), "duration": duration}
            )
            await asyncio.sleep(duration / 1000 + _PAUSE)

    async def play(self, call_id: str, leg: str, source: Path, *, times: int = 0) -> None:
        call = self._call(call_id)
        call.leg(leg)
        try:
            content = await asyncio.to_thread(source.read_bytes)
        except OSError as error:
            raise MediaError(f"{source} cannot be played: {error}") from error
        own = call.server.state.own is not False
        try:
            await call.server.ask(words.play(call_id, leg, source, content, times, own=own))
        except ValueError as error:
            raise MediaError(f"{source} cannot be played: {error}") from error
        if not own:
            await self._replace(call_id, call, leg, replaced=True)

    async def stop(self, call_id: str, leg: str) -> None:
        call = self._calls.get(call_id)
        if call is None or leg not in call.legs:
            return
        try:
            await call.server.ask({"command": Command.STOP_MEDIA.value, "call-id": call_id, "from-tag": leg})
        except UnknownLeg:
            return
        if call.server.state.own is False:
            await self._replace(call_id, call, leg, replaced=False)

    async def _replace(self, call_id: str, call: _Call, leg: str, *, replaced: bool) -> None:
        """rtpengine mixes up what it plays and what the other party sends: that is kept back meanwhile."""
        other = call.joined.get(leg)
        if other is not None:
            command = Command.BLOCK_MEDIA if replaced else Command.UNBLOCK_MEDIA
            await call.server.ask({"command": command.value, "call-id": call_id, "from-tag": other})

    async def record(self, call_id: str, file: Path, left: str, right: str) -> None:
        call = self._call(call_id)
        if not call.server.state.own:
            # rtpengine's own recording is another daemon's, of which nobody here knows what becomes.
            raise CannotRecord(f"{call.server.name} records nothing")
        tags: Body = {"call-id": call_id, "from-tag": left, "to-tag": right, "recording-file": file.name}
        await call.server.ask({"command": Command.START_RECORDING.value, **tags})

    async def pause_record(self, call_id: str) -> None:
        body: Body = {"command": Command.PAUSE_RECORDING.value, "call-id": call_id}
        await self._call(call_id).server.ask(body)

    async def end_record(self, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and call.server.state.own:
            await call.server.ask({"command": Command.STOP_RECORDING.value, "call-id": call_id})

    def vouch(self, call_id: str, leg: str) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        call.silence.vouch(leg, time.monotonic())
        if call.server.state.own:
            body: Body = {"command": Command.VOUCH.value, "call-id": call_id, "from-tag": leg}
            self._in_the_background(self._say(call, body))

    async def _say(self, call: _Call, body: Body) -> None:
        await call.server.ask(body)

    async def report(self, call_id: str) -> MediaReport | None:
        call = self._calls.get(call_id)
        if call is None:
            return None
        try:
            return call.reported(await call.server.report(call_id))
        except MediaError:
            return None

    async def close(self) -> None:
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        await asyncio.gather(*(server.close() for server in self.servers))

    # --- what servers tell, and what they do not ---

    def _lost(self, server: Server) -> None:
        """The calls of a server that ended have no media any more."""
        for call_id, call in list(self._calls.items()):
            if call.server is server and not call.lost and call.life not in {None, server.state.life}:
                call.lost = True
                self._told("gone", call_id, next(iter(call.joined or call.legs), ""), 0.0)

    def _told(self, kind: str, call_id: str, leg: str, seconds: float) -> None:
        if kind == Finding.GONE.value and self.on_media_timeout:
            self.on_media_timeout(call_id, leg)
        elif kind == Finding.SILENT.value and self.on_silence:
            self.on_silence(call_id, leg, seconds)
        elif kind == _RECORDING_FAILED and self.on_recording_failed:
            self.on_recording_failed(call_id)

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            for call_id, call in list(self._calls.items()):
                if call.joined and call.server.state.own is False:
                    await self._look_at(call_id, call)

    async def _look_at(self, call_id: str, call: _Call) -> None:
        report = await self.report(call_id)
        if report is not None:
            for leg, finding, seconds in call.silence.look(report, time.monotonic()):
                self._told(finding.value, call_id, leg, seconds)

    def _in_the_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._aside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("media_server_not_told", why=str(error) or type(error).__name__)
