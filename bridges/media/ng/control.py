"""The commands of the ng protocol, done by the engine."""

import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from secrets import token_hex

from bridges.media import music
from bridges.media.gateway import MediaError, Profile, UnknownLeg
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.ng import flags, statistics
from bridges.media.ng.flags import BadRequest, required
from bridges.sdp.errors import MalformedSdp
from logs.plain import Log
from wire import ng
from wire.bencode import Value
from wire.ng import Body, Command

log = Log(__name__)

#: Events that are kept for whoever asks late, and how many one answer holds.
_KEPT, _AT_ONCE = 2000, 200

#: Names of files that recordings may be given.
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}")

Handler = Callable[[Body], Awaitable[Body]]


class Control:
    """One engine under ng commands.

    Attributes:
        instance: tells one life of the process from the next.

    Args:
        engine: started.
        interfaces: address that peers are told by the name of an interface (`direction`).
        files: folder of what `play media` can play by name; None: nothing.
        recordings: folder that recordings are written to; None: there are none.
    """

    def __init__(
        self,
        engine: InProcessMediaGateway,
        interfaces: dict[str, str],
        files: Path | None = None,
        recordings: Path | None = None,
    ) -> None:
        self.instance = token_hex(8)
        self._engine = engine
        self._interfaces = interfaces
        self._files, self._recordings = files, recordings
        self._events: deque[Body] = deque(maxlen=_KEPT)
        self._number = 0
        #: Called with each event when it happens.
        self.on_event: Callable[[Body], None] = lambda _: None
        #: When somebody last asked for events, in monotonic seconds: calls are looked after.
        self.asked_at: float | None = None
        engine.on_media_timeout = self._gone
        engine.on_silence = self._silent
        engine.on_recording_failed = self._recording_failed
        self._commands: dict[str, Handler] = {
            Command.PING: self._ping,
            Command.OFFER: self._offer,
            Command.ANSWER: self._answer,
            Command.DELETE: self._delete,
            Command.CONNECT: self._connect,
            Command.QUERY: self._query,
            Command.LIST: self._list,
            Command.PLAY_DTMF: self._play_dtmf,
            Command.PLAY_MEDIA: self._play_media,
            Command.STOP_MEDIA: self._stop_media,
            Command.START_RECORDING: self._start_recording,
            Command.PAUSE_RECORDING: self._pause_recording,
            Command.STOP_RECORDING: self._stop_recording,
            Command.SUBSCRIBE: self._subscribe,
            Command.SUBSCRIBER_ANSWERS: self._subscriber_answers,
            Command.UNSUBSCRIBE: self._unsubscribe,
            Command.BLOCK_MEDIA: lambda body: self._block(body, media=True),
            Command.UNBLOCK_MEDIA: lambda body: self._block(body, media=False),
            Command.BLOCK_DTMF: lambda body: self._block(body, keys=True),
            Command.UNBLOCK_DTMF: lambda body: self._block(body, keys=False),
            Command.MEET: self._meet,
            Command.VOUCH: self._vouch,
            Command.EVENTS: self._happened,
        }

    async def do(self, body: Body) -> Body:
        """One command; the answer is an error where it cannot be done, whatever `body` holds."""
        command = ng.text(body, "command") or ""
        handler = self._commands.get(command)
        if handler is None:
            return _error("Unrecognized command", "BadRequest", 400)
        try:
            return {**await handler(body), **self._myself(command)}
        except (MediaError, MalformedSdp, ValueError) as error:
            log.info("ng_refused", command=command, call_id=ng.text(body, "call-id"), why=str(error))
            status = error.status if isinstance(error, MediaError) else 400
            return _error(str(error), type(error).__name__, status)
        except Exception:
            log.exception("ng_failed", command=command)
            return _error("Internal error", "MediaError", 500)

    def _myself(self, command: str) -> Body:
        """Who answers: said with what makes something that lives no longer than this process."""
        told = command in {Command.PING, Command.OFFER, Command.ANSWER}
        return {"unisono": {"instance": self.instance, "calls": len(self._engine.calls)}} if told else {}

    async def _ping(self, body: Body) -> Body:
        return {"result": "pong"}

    async def _offer(self, body: Body) -> Body:
        if "fresh" in ng.words(body, "flags"):
            tags = required(body, "from-tag"), required(body, "to-tag")
            call_id, told = required(body, "call-id"), flags.told(body)
            return {"result": "ok", "sdp": await self._engine.fresh_offer(call_id, *tags, told=told)}
        asked = flags.negotiation(body)
        near = flags.near_profile(asked.sdp)
        far, options = flags.far_profile(body, near), flags.options(body, self._interfaces)
        self._introduce(asked.call_id, body)
        sdp = await self._engine.offer(
            asked.call_id, asked.from_tag, asked.far, asked.sdp, near, far, options=options
        )
        return {"result": "ok", "sdp": sdp}

    async def _answer(self, body: Body) -> Body:
        asked = flags.negotiation(body)
        if asked.to_tag is None:
            raise BadRequest("no to-tag")
        self._introduce(asked.call_id, body)
        unnamed = f"branch {asked.branch}"
        legs = self._engine.legs(asked.call_id)
        if asked.to_tag not in legs and unnamed in legs:
            self._engine.rename(asked.call_id, unnamed, asked.to_tag)
        sdp = await self._engine.answer(
            asked.call_id, asked.to_tag, asked.from_tag, asked.sdp, told=flags.told(body)
        )
        return {"result": "ok", "sdp": sdp}

    async def _subscribe(self, body: Body) -> Body:
        """Somebody, who is named here if they are not, listens to one party."""
        call_id, sources = (
            required(body, "call-id"),
            ng.words(body, "from-tags") or ng.words(body, "from-tag"),
        )
        if len(sources) != 1 or "all" in ng.words(body, "flags"):
            raise BadRequest("whoever listens hears one party: each has a subscription")
        listener = ng.text(body, "to-tag") or token_hex(8)
        profile, options = flags.far_profile(body, Profile.RTP), flags.options(body, self._interfaces)
        self._introduce(call_id, body)
        sdp = await self._engine.subscribe(call_id, sources[0], listener, profile, options=options)
        told: list[Value] = [sources[0]]
        return {"result": "ok", "sdp": sdp, "to-tag": listener, "from-tag": sources[0], "from-tags": told}

    async def _subscriber_answers(self, body: Body) -> Body:
        call_id, sdp = required(body, "call-id"), required(body, "sdp")
        self._introduce(call_id, body)
        await self._engine.subscriber_answers(call_id, required(body, "to-tag"), sdp)
        return {"result": "ok"}

    async def _unsubscribe(self, body: Body) -> Body:
        await self._engine.unsubscribe(required(body, "call-id"), required(body, "to-tag"))
        return {"result": "ok"}

    def _introduce(self, call_id: str, body: Body) -> None:
        for name, peer in flags.peers(body).items():
            self._engine.meet(call_id, name, peer)

    async def _delete(self, body: Body) -> Body:
        """A call, or one leg of it. The counters are in the answer, as they are gone now."""
        call_id = required(body, "call-id")
        report = await self._query(body)
        leg = ng.text(body, "to-tag") or ng.text(body, "from-tag")
        legs = self._engine.legs(call_id)
        if leg is not None and leg not in legs:
            raise UnknownLeg(f"Unknown tag {leg}")
        # A proxy ends a call of two by one tag; the bridge may offer the same leg to somebody else.
        whole = leg is None or (len(legs) <= 2 and "one-leg" not in ng.words(body, "flags"))
        await self._engine.delete(call_id, None if whole else leg)
        return report

    async def _connect(self, body: Body) -> Body:
        """Two parties of different calls. `as` is ours: what the one of the other call is called from now
        on, as names are one call's only."""
        names = required(body, "call-id"), required(body, "from-tag")
        theirs = required(body, "to-call-id"), required(body, "to-tag")
        await self._engine.connect(*names, *theirs, ng.text(body, "as") or theirs[1])
        return {"result": "ok"}

    async def _query(self, body: Body) -> Body:
        report = self._engine.snapshot(required(body, "call-id"))
        if report is None:
            raise UnknownLeg("Unknown call-id")
        return statistics.written(report, time.monotonic(), time.time())

    async def _list(self, body: Body) -> Body:
        limit = ng.number(body, "limit")
        calls: list[Value] = list(self._engine.calls)
        return {"result": "ok", "calls": calls[: 32 if limit is None else max(limit, 0)]}

    async def _play_dtmf(self, body: Body) -> Body:
        """The party named is the one who presses: the others hear it."""
        call_id, presser = required(body, "call-id"), required(body, "from-tag")
        report = self._engine.snapshot(call_id)
        other = report.joined.get(presser) if report else None
        if other is None:
            raise UnknownLeg(f"{presser} is joined with nobody")
        duration = ng.number(body, "duration")
        self._engine.press(call_id, other, required(body, "code"), 160 if duration is None else duration)
        return {"result": "ok"}

    async def _play_media(self, body: Body) -> Body:
        """To one party or all, from a file in the folder of the configuration, or from the message itself."""
        call_id, blob = required(body, "call-id"), ng.text(body, "blob")
        if blob is not None:
            sound = await self._engine.sounds.content(blob.encode("utf-8", "surrogateescape"))
        else:
            sound = await self._file(required(body, "file"))
        times = ng.number(body, "repeat-times")
        for leg in self._chosen(body):
            self._engine.start_playing(call_id, leg, sound, 1 if times is None else max(times, 0))
        return {"result": "ok", "duration": len(sound.samples) * 1000 // music.RATE}

    async def _file(self, name: str) -> music.Sound:
        """A file of the folder, and of no other. Raises BadRequest, UnreadableSound."""
        folder = self._files
        path = None if folder is None else (folder / name).resolve()
        if folder is None or path is None or not path.is_relative_to(folder.resolve()):
            raise BadRequest("no such file")
        try:
            return await self._engine.sounds.file(path)
        except (OSError, ValueError) as error:
            if isinstance(error, music.UnreadableSound):
                raise
            raise BadRequest("no such file") from None

    async def _start_recording(self, body: Body) -> Body:
        """Into a file of the folder of the configuration: `recording-file`, or one of our own naming. The
        channels are those of `from-tag` and `to-tag`, where they are named. After a pause it goes on."""
        if self._recordings is None:
            raise BadRequest("no folder for recordings is configured")
        made = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{token_hex(8)}.ulaw"
        name = ng.text(body, "recording-file") or made
        if _FILE.fullmatch(name) is None:
            raise BadRequest("recording-file is no name")
        tags = ng.text(body, "from-tag"), ng.text(body, "to-tag")
        parties = (tags[0], tags[1]) if tags[0] and tags[1] else ()
        try:
            self._engine.start_recording(required(body, "call-id"), self._recordings / name, parties)
        except OSError as error:
            raise MediaError(f"cannot record: {error.strerror}") from error
        return {"result": "ok", "file": name}

    async def _pause_recording(self, body: Body) -> Body:
        self._engine.pause_recording(required(body, "call-id"))
        return {"result": "ok"}

    async def _stop_recording(self, body: Body) -> Body:
        self._engine.stop_recording(required(body, "call-id"))
        return {"result": "ok"}

    async def _stop_media(self, body: Body) -> Body:
        for leg in self._chosen(body):
            self._engine.stop_playing(required(body, "call-id"), leg)
        return {"result": "ok"}

    async def _block(self, body: Body, *, media: bool | None = None, keys: bool | None = None) -> Body:
        for leg in self._chosen(body):
            self._engine.block(required(body, "call-id"), leg, media=media, keys=keys)
        return {"result": "ok"}

    def _chosen(self, body: Body) -> tuple[str, ...]:
        """The party that is named, or all. Raises UnknownLeg, BadRequest."""
        legs = self._engine.legs(required(body, "call-id"))
        if not legs:
            raise UnknownLeg("Unknown call-id")
        named = ng.text(body, "from-tag")
        return legs if named is None else (named,)

    async def _meet(self, body: Body) -> Body:
        call_id = required(body, "call-id")
        if self._engine.legs(call_id):
            self._introduce(call_id, body)
        return {"result": "ok"}

    async def _vouch(self, body: Body) -> Body:
        self._engine.vouch(required(body, "call-id"), required(body, "from-tag"))
        return {"result": "ok"}

    async def _happened(self, body: Body) -> Body:
        """The events after number `after` of this instance; an unknown instance is told them all."""
        self.asked_at = time.monotonic()
        known = ng.text(body, "instance") == self.instance
        after = (ng.number(body, "after") or 0) if known else 0
        news: list[Value] = [event for event in self._events if (ng.number(event, "number") or 0) > after]
        told = news[:_AT_ONCE]
        last = self._number if len(told) == len(news) else after + len(told)
        return {"result": "ok", "instance": self.instance, "number": last, "events": told}

    def lost(self, call_id: str, leg: str) -> None:
        """A call could not be gone on with."""
        self._gone(call_id, leg)

    def _gone(self, call_id: str, leg: str) -> None:
        self._tell({"event": "gone", "call-id": call_id, "tag": leg})

    def _silent(self, call_id: str, leg: str, seconds: float) -> None:
        self._tell({"event": "silent", "call-id": call_id, "tag": leg, "seconds": int(seconds)})

    def _recording_failed(self, call_id: str) -> None:
        leg = next(iter(self._engine.legs(call_id)), "")
        self._tell({"event": "recording-failed", "call-id": call_id, "tag": leg})

    def _tell(self, event: Body) -> None:
        self._number += 1
        told: Body = {**event, "number": self._number}
        self._events.append(told)
        self.on_event(told)

    @property
    def events(self) -> tuple[Body, ...]:
        """Those that are kept, oldest first."""
        return tuple(self._events)

    def resume(self, instance: str, events: Iterable[Body]) -> None:
        """Goes on for another process: whoever asks notices nothing."""
        self.instance = instance
        self._events.extend(events)
        self._number = max((ng.number(event, "number") or 0 for event in self._events), default=0)
        self.asked_at = time.monotonic()


def _error(reason: str, name: str, status: int) -> Body:
    """rtpengine's form; `error-name` and `status` are for our own client."""
    return {"result": "error", "error-reason": reason, "error-name": name, "status": status}
