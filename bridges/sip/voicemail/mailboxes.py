"""All mailboxes that answer at the moment: their one clock, and their recordings."""

import asyncio
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path
from time import time
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from bridges.sip.b2bua.events import Post
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.voice_leg import VoiceLeg
from bridges.sip.voicemail.answering import Answering
from bridges.sip.voicemail.greetings import Greetings, GreetingSource
from bridges.sip.voicemail.leg import VoicemailLeg
from bridges.sip.voicemail.listening_leg import ListeningLeg
from bridges.sip.voicemail.listening_leg import Mailbox as ListenedMailbox
from bridges.sip.voicemail.outbox import VoicemailOutbox, Web
from bridges.sip.voicemail.spool import Recording, Spool
from logs import log
from processes.disk import Disk
from wire.route import Party
from wire.route import VoicemailLeg as PlannedLeg
from wire.voicemail import Note

_log = log.get(__name__)


class Mailbox(ListenedMailbox, GreetingSource, Protocol):
    """`MailboxWeb`, seen from here."""

    async def open(self, user_id: str, pin: str, caller: str | None) -> None:
        """Raises WebUnavailable, WebRefused."""

    async def enter(self, number: str, pin: str, caller: str | None) -> str:
        """The user id of whose mailbox it is. Raises WebUnavailable, WebRefused."""


class Mailboxes:
    """`b2bua.services.Voicemail`. `host` is where audio is received from the gateway, `folder` where
    recordings lie until the server has them."""

    def __init__(self, host: str, folder: Path, web: Web, mailbox: Mailbox) -> None:
        self._host, self._mailbox = host, mailbox
        self._greetings = Greetings(mailbox)
        self._spool, self._disk = Spool(folder), Disk()
        self.outbox = VoicemailOutbox(self._spool, web)
        self._legs: list[VoiceLeg[Any]] = []
        self._clock = FrameClock(self._tick)
        self._beside: set[asyncio.Task[None]] = set()

    async def answer(
        self, name: str, call_id: str, planned: PlannedLeg, sdp: str, caller: Party, post: Post
    ) -> VoicemailLeg:
        """Answer a caller. Raises OSError, MalformedSdp, NoCommonCodec."""
        machine = Answering(planned.seconds, full=planned.full)
        note = Note(
            id=uuid4().hex,
            call_id=call_id,
            user_id=planned.user_id,
            caller=caller,
            started_at=int(time() * 1000),
        )
        recording = None if planned.full else await self._recording(note)
        greeting = await self._greetings.of(planned.user_id, planned.greeting)
        port = await AudioPort.open(self._host)
        leg = VoicemailLeg(name, post, port, machine, Language(planned.language), recording, self)
        leg.greeting, leg.user_id = planned.greeting, planned.user_id
        leg.caller = caller.number or caller.user_id or ""
        leg.greet_with(greeting)
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            if recording is not None:
                self.finish(recording)
            raise
        self._add(leg)
        return leg

    async def admit(
        self, name: str, planned: PlannedLeg, sdp: str, caller: Party, post: Post
    ) -> VoicemailLeg:
        """Ask somebody whose mailbox they want to hear. Raises OSError, MalformedSdp, NoCommonCodec."""
        port = await AudioPort.open(self._host)
        machine = Answering(planned.seconds, access=True)
        leg = VoicemailLeg(name, post, port, machine, Language(planned.language), None, self)
        leg.caller = caller.number or caller.user_id or ""
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            raise
        self._add(leg)
        return leg

    async def listen(self, name: str, planned: PlannedLeg, sdp: str, post: Post) -> ListeningLeg:
        """Let the owner of a mailbox hear it. Raises OSError, MalformedSdp, NoCommonCodec."""
        port = await AudioPort.open(self._host)
        language = Language(planned.language)
        leg = ListeningLeg(name, post, port, language, planned.user_id, self._mailbox, self)
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            raise
        self._add(leg)
        return leg

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> VoicemailLeg:
        """See `b2bua.services.Voicemail`; the caller is heard again soon after `resume`."""
        of = kept["voicemail"]
        machine = Answering.restore(of["machine"])
        port = AudioPort.restore(of["port"], str(kept["given"]), age)
        note = msgspec.convert(of["note"], Note | None)
        recording = self._spool.resume(note) if note is not None else None
        leg = VoicemailLeg(str(kept["name"]), post, port, machine, Language(of["language"]), recording, self)
        leg.adopt(kept, lambda: self._go_on(leg))
        return leg

    def take_over(self) -> None:
        """After the calls were read back: what was recorded in those that do not go on is a message."""
        self._spool.take_over()

    async def stop(self, *, leave: bool = False) -> None:
        """With `leave` the next process goes on with the callers that are there."""
        self._clock.stop()  # nothing is added to what is being closed
        for leg in list(self._legs):
            if leave:
                leg.leave()
            else:
                leg.fail()
        if leave:
            try:
                await self._disk.do(self._spool.leave)
            except OSError as error:
                _log.error("recordings_not_left", why=str(error))
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- what legs want (`Keeper` and what follows from it) ---

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def finish(self, recording: Recording) -> None:
        self.later(self._finished(recording))

    def judge(self, leg: VoicemailLeg, pin: str) -> None:
        self.later(self._judged(leg, pin))

    def ended(self, leg: VoiceLeg[Any]) -> None:
        if leg in self._legs:
            self._legs.remove(leg)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    # --- inside ---

    async def _recording(self, note: Note) -> Recording | None:
        try:
            # One that comes too late is of nothing, which is no message.
            return await self._disk.do(partial(self._spool.begin, note), self.finish)
        except OSError as error:
            _log.error("voicemail_not_recorded", id=note.id, why=str(error))
            return None

    async def _finished(self, recording: Recording) -> None:
        kept = await self._disk.do_at_last(partial(self._spool.finish, recording))
        _log.info("caller_recorded", id=recording.note.id, call_id=recording.note.call_id, message=kept)
        self.outbox.left()

    async def _judged(self, leg: VoicemailLeg, pin: str) -> None:
        try:
            if leg.number is None:
                await self._mailbox.open(leg.user_id, pin, leg.caller or None)
            else:
                leg.user_id = await self._mailbox.enter(leg.number, pin, leg.caller or None)
        except WebRefused as error:
            _log.info("voicemail_pin_refused", user_id=leg.user_id, status=error.status)
            leg.refuse(too_many=error.status == 429)
        except WebUnavailable as error:
            _log.warning("voicemail_pin_not_judged", user_id=leg.user_id, why=str(error))
            leg.not_judged()
        else:
            listening = leg.open(self._mailbox, self)
            if listening is not None:
                self.ended(leg)
                self._add(listening)

    def _go_on(self, leg: VoicemailLeg) -> None:
        self.later(self._reopen(leg))

    async def _reopen(self, leg: VoicemailLeg) -> None:
        # Whoever is recorded does not wait for it.
        if leg.is_to_greet and leg.number is None:
            leg.greet_with(await self._greetings.of(leg.user_id, leg.greeting))
        if leg.gone:
            return
        self._add(leg)
        try:
            await leg.port.reopen()
        except OSError as error:
            _log.error("caller_not_heard_again", leg=leg.name, why=str(error))
            leg.fail()

    def _add(self, leg: VoiceLeg[Any]) -> None:
        self._legs.append(leg)
        self._clock.start()

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick(now)
        return bool(self._legs)
