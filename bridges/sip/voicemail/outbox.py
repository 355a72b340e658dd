"""Brings messages to the server, until it has them."""

import asyncio
from typing import Protocol

from bridges.sip.records.backoff import delay
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voicemail.spool import Spool
from logs import log
from wire.voicemail import VoiceMessage

_log = log.get(__name__)


class Web(Protocol):
    """The part of the web's internal API that takes messages."""

    async def put_voice_message(self, message: VoiceMessage) -> None: ...


class VoicemailOutbox:
    """Delivers what `spool` holds. What the web refuses, as for somebody who has left, is dropped."""

    def __init__(self, spool: Spool, web: Web) -> None:
        self._spool, self._web = spool, web
        self._left = asyncio.Event()

    def left(self) -> None:
        """A message has been left, or the web is back."""
        self._left.set()

    async def run(self) -> None:
        """Deliver forever; begins with what an earlier process left."""
        failures = 0
        while True:
            self._left.clear()
            try:
                for message_id in self._spool.waiting():
                    await self._deliver(message_id)
                    failures = 0
            except (WebUnavailable, OSError) as error:
                failures += 1
                _log.warning("voice_messages_wait", why=str(error), failures=failures)
                await asyncio.sleep(delay(failures))
                continue
            await self._left.wait()

    async def _deliver(self, message_id: str) -> None:
        message = self._spool.read(message_id)
        if message is not None:
            try:
                await self._web.put_voice_message(message)
            except WebRefused as error:
                _log.error("voice_message_refused", id=message_id, why=str(error))
        self._spool.drop(message_id)
