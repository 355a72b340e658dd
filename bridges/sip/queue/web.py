"""What is asked of the web about those who wait."""

from urllib.parse import quote

import msgspec

from bridges.sip.routing.client import WebClient, WebUnavailable
from wire.queue import Place


class QueueWeb:
    """Each method raises WebUnavailable (try again) and WebRefused (no such call waits)."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    async def call_back(self, call_id: str) -> None:
        """The caller hangs up and keeps their place; WebRefused: they cannot be called."""
        await self._web.ask("POST", f"/internal/v1/queues/calls/{quote(call_id, safe='')}/call-back")

    async def place(self, call_id: str) -> Place:
        """Where a caller stands."""
        answer = await self._web.ask("GET", f"/internal/v1/queues/calls/{quote(call_id, safe='')}")
        try:
            return msgspec.convert(answer, Place)
        except msgspec.ValidationError as error:
            raise WebUnavailable(f"the place is malformed: {error}") from error
