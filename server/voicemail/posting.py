"""Messages as voice messages in the chat of caller and owner: put there until the homeserver has them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from logs import log
from server import background
from server.directory.ports import PersonById
from server.directory.service import Person
from server.homeserver.errors import HomeserverError, MatrixRefusal
from server.notifications.service import Language
from server.sealing import BrokenSeal
from server.sounds.wave import wave, waveform
from server.telephony.parties import ghost_of
from server.telephony.refusals import TelephonyError
from server.voicemail.rules import Message

_log = log.get(__name__)

#: Messages of one round; seconds until what could not be put there is tried again, at most.
_ROUND, _LONGEST = 20, 60.0
_WORDS: dict[Language, str] = {"it": "Messaggio in segreteria", "en": "Voicemail"}


@dataclass(frozen=True, slots=True)
class Unposted:
    """A message that is in no room yet; `owner` is a person's id."""

    owner: str
    message: Message


class PostingStore(Protocol):
    async def unposted(self, most: int) -> list[Unposted]:
        """The oldest that are not deleted."""

    async def posted(self, message_id: str) -> None:
        """It is in its room, or never will be."""


class MessageSounds(Protocol):
    async def get(self, message_id: str) -> bytes: ...


class DirectRooms(Protocol):
    async def direct_room_of(self, first: str, second: str) -> str:
        """Of two user ids, made when missing. Raises TelephonyError, HomeserverError."""


class Chat(Protocol):
    """What is used of `HomeserverClient`; both raise HomeserverError."""

    async def upload(self, as_user: str, content: bytes, content_type: str) -> str: ...

    async def send(self, room_id: str, as_user: str, content: dict[str, Any], transaction: str) -> None: ...


class RoomPoster:
    """Started and stopped with the web process; `post` has it look for messages at once."""

    def __init__(
        self,
        store: PostingStore,
        sounds: MessageSounds,
        people: PersonById,
        language: Callable[[Person], Awaitable[Language]],
        rooms: DirectRooms,
        chat: Chat,
        domain: str,
    ) -> None:
        self._store, self._sounds, self._people, self._language = store, sounds, people, language
        self._rooms, self._chat, self._domain = rooms, chat, domain
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def post(self) -> None:
        """There is a message."""
        self._wanted.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        await background.end(self._task)

    async def _run(self) -> None:
        pause = 1.0
        while True:
            self._wanted.clear()
            try:
                while found := await self._store.unposted(_ROUND):
                    for one in found:
                        await self._post(one)
                    pause = 1.0
            except Exception as error:
                # A homeserver that is away comes back, a locked database is free again.
                known = isinstance(error, HomeserverError | OSError)
                _log.warning("voice_messages_not_posted", why=str(error), exc_info=None if known else error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST)
            else:
                await self._wanted.wait()

    async def _post(self, one: Unposted) -> None:
        try:
            await self._put(one)
        except (MatrixRefusal, TelephonyError, FileNotFoundError, BrokenSeal) as error:
            if isinstance(error, MatrixRefusal) and (error.status == 429 or error.status >= 500):
                raise
            # Somebody is no user any more, or the sound is gone: the message stays in the mailbox.
            _log.warning("voice_message_has_no_room", id=one.message.id, why=str(error))
        await self._store.posted(one.message.id)

    async def _put(self, one: Unposted) -> None:
        owner, message = await self._people.by_id(one.owner), one.message
        if owner is None:
            return
        caller = message.caller.user_id or ghost_of(message.caller.number, self._domain).user_id
        sound = await self._sounds.get(message.id)
        room = await self._rooms.direct_room_of(caller, owner.user_id)
        content = wave(sound)
        uri = await self._chat.upload(caller, content, "audio/wav")
        words = _WORDS[await self._language(owner)]
        body = voice_message(message, uri, len(content), words, waveform(sound))
        await self._chat.send(room, caller, body, f"voicemail-{message.id}")
        _log.info("voice_message_posted", id=message.id, room_id=room)


def voice_message(message: Message, uri: str, size: int, words: str, shape: list[int]) -> dict[str, Any]:
    """The content of the event: `m.audio`, and a voice message for who knows MSC3245."""
    seconds = message.duration_ms // 1000
    return {
        "msgtype": "m.audio",
        "body": f"{words} ({seconds // 60}:{seconds % 60:02})",
        "url": uri,
        "info": {"mimetype": "audio/wav", "duration": message.duration_ms, "size": size},
        "org.matrix.msc1767.audio": {"duration": message.duration_ms, "waveform": shape},
        "org.matrix.msc3245.voice": {},
    }
