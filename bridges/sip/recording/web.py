"""What is asked of the web about recordings."""

from typing import Any

import msgspec

from bridges.sip.routing.client import MAKING, WebClient, WebUnavailable
from wire.recording import Note, Terms, TermsAsked


class RecordingWeb:
    """Each method raises WebUnavailable (try again) and WebRefused."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    async def terms(self, asked: TermsAsked) -> Terms:
        """What holds for a call."""
        body: dict[str, Any] = msgspec.to_builtins(asked)
        answer = await self._web.ask("POST", "/internal/v1/recording-terms", body)
        try:
            return msgspec.convert(answer, Terms)
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the terms are malformed: {error}") from error

    async def announcement(self, sound_id: str) -> bytes:
        """A sound of the organisation's own, as a file that can be played."""
        return await self._web.fetch(f"/internal/v1/recording-announcements/{sound_id}")

    async def put_part(self, recording_id: str, number: int, part: bytes) -> None:
        """Deliver a piece of the sound. Idempotent."""
        await self._web.put_bytes(f"/internal/v1/recordings/{recording_id}/parts/{number}", part, MAKING)

    async def put(self, note: Note) -> None:
        """All pieces are there. Idempotent."""
        body = msgspec.json.encode(note)
        await self._web.put_bytes(f"/internal/v1/recordings/{note.id}", body, MAKING)
