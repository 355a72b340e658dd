"""The keys of one connection to an encrypted meeting: its own, visitors', and members', who are asked."""

import asyncio
import contextlib

from livekit import rtc

from bridges.sip.meeting.keys import TOPIC, LinkSecret, MediaKey, is_visitor
from logs import log

_log = log.get(__name__)
#: Seconds between two questions to members whose key has not come.
_AGAIN = 1.0


class Keyring:
    """Args: room, connected; secret, of the meeting's links."""

    def __init__(self, room: rtc.Room, secret: LinkSecret) -> None:
        self._room, self._secret = room, secret
        self._known: set[str] = set()
        self._asking: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Before anything is published: what is sent from now on can be read by those who know the secret."""
        self._take(self._secret.of(self._room.local_participant.identity))
        self._room.on("data_received", self._heard)
        self._room.on("participant_disconnected", lambda who: self._known.discard(who.identity))
        self._asking = asyncio.create_task(self._ask())

    def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        while True:
            missing = [who for who in self._room.remote_participants if who not in self._known]
            for identity in filter(is_visitor, missing):
                self._take(self._secret.of(identity))
            if members := [who for who in missing if not is_visitor(who)]:
                # A connection that breaks is asked again when it is mended, or made anew.
                with contextlib.suppress(rtc.participant.PublishDataError):
                    await self._room.local_participant.publish_data(
                        self._secret.ask(), reliable=True, destination_identities=members, topic=TOPIC
                    )
            await asyncio.sleep(_AGAIN)

    def _heard(self, packet: rtc.DataPacket) -> None:
        if packet.topic != TOPIC or packet.participant is None:
            return
        key = self._secret.read(packet.data, packet.participant.identity)
        if key is not None:
            self._take(key)

    def _take(self, key: MediaKey) -> None:
        self._known.add(key.identity)
        provider = self._room.e2ee_manager.key_provider
        if provider is not None:
            provider.set_key(key.identity, key.raw, key.index)
        _log.debug("media_key", identity=key.identity, index=key.index)
