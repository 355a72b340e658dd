"""What is asked of the web for callers of attendants."""

from urllib.parse import quote

import msgspec

from bridges.sip.routing.client import WebClient, WebUnavailable
from wire.attendant import Named
from wire.voicemail import KeptSound


class AttendantWeb:
    """Each method raises WebUnavailable (try again) and WebRefused (there is none)."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    async def greeting(self, _owner: str, sound_id: str) -> bytes:
        """`voicemail.greetings.GreetingSource`: G.711 mu-law."""
        answer = await self._web.ask("GET", f"/internal/v1/attendants/sounds/{quote(sound_id, safe='')}")
        try:
            return msgspec.convert(answer, KeptSound).sound
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the sound is malformed: {error}") from error

    async def named(self, attendant_id: str, digits: str) -> list[Named]:
        """Whose name may be spelled so, the best first."""
        path = f"/internal/v1/attendants/{quote(attendant_id, safe='')}/names/{quote(digits, safe='')}"
        answer = await self._web.ask("GET", path, timeout=15)
        try:
            return msgspec.convert(answer, list[Named])
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the names are malformed: {error}") from error
