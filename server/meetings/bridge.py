"""What is asked of the telephone bridge for meetings."""

from urllib.parse import quote

import aiohttp
import msgspec

from logs import log
from server.meetings.refusals import TelephonesUnavailable
from wire.meeting_recording import MeetingRecord, MeetingRecordAnswer

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

    async def record(self, meeting_id: str, asked: MeetingRecord) -> MeetingRecordAnswer:
        """Have a meeting recorded, or no more. Raises `TelephonesUnavailable`."""
        path = f"/v1/meetings/{quote(meeting_id, safe='')}/recording"
        try:
            if self._url is None:
                raise TelephonesUnavailable
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE, headers=self._headers) as session,
                session.post(self._url + path, data=msgspec.json.encode(asked)) as response,
            ):
                response.raise_for_status()
                return msgspec.json.decode(await response.read(), type=MeetingRecordAnswer)
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
            _log.warning("bridge_not_told", path="recording", why=type(error).__name__)
            raise TelephonesUnavailable from error

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
