"""What is asked of the telephone bridge for meetings."""

import aiohttp

from logs import log
from server.meetings.refusals import TelephonesUnavailable

_log = log.get(__name__)
_PATIENCE = aiohttp.ClientTimeout(total=5.0)


class MeetingBridge:
    """`url` is the bridge's control address, None where no bridge runs."""

    def __init__(self, url: str | None, secret: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {secret}"}

    async def dial(
        self, visitor_id: str, meeting_id: str, number: str, on_behalf_of: str, call_id: str
    ) -> None:
        """Call a telephone into a meeting. Raises `TelephonesUnavailable`."""
        body = {
            "visitor_id": visitor_id,
            "meeting_id": meeting_id,
            "number": number,
            "on_behalf_of": on_behalf_of,
            "call_id": call_id,
        }
        status = await self._ask("POST", "/v1/meetings/dial", body)
        if status is None or status >= 300:
            raise TelephonesUnavailable

    async def hang_up(self, visitor_id: str) -> None:
        """Never raises: a bridge that is away has no call either."""
        await self._ask("DELETE", f"/v1/meetings/visitors/{visitor_id}")

    async def _ask(self, method: str, path: str, body: object = None) -> int | None:
        if self._url is None:
            return None
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE, headers=self._headers) as session,
                session.request(method, self._url + path, json=body) as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("bridge_not_told", path=path.rpartition("/")[0], why=type(error).__name__)
            return None
