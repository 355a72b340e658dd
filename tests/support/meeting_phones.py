"""A meeting with telephones in it: its member at the SDK, the desk phones of the demo, the door's keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from livekit import rtc
from livekit.rtc.room import EventTypes

from tests.support.baresip import Baresip
from tests.support.office import ANNA, BRUNO, Api, Colleague, Office
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, connected
from tests.support.stack import Stack, homeserver_client

DIAL_IN = "800"
_EVENTS: tuple[EventTypes, ...] = (
    "participant_connected", "participant_disconnected", "track_published", "track_muted", "track_unmuted",
    "participant_attributes_changed", "active_speakers_changed",
)  # fmt: skip


class Meeting:
    """Bruno's meeting, to which Anna is invited and Chiara is not. Bruno is in it, through the SDK."""

    def __init__(self, api: Api, view: dict[str, Any], bruno: Person) -> None:
        self.api, self.view, self.id, self.pin = api, view, view["id"], view["dial_in"]["pin"]
        self.room_id: str = view["room_id"]
        self.bruno = bruno
        self._happened = asyncio.Condition()
        for event in _EVENTS:
            bruno.room.on(event, self._notice)

    def _notice(self, *_: object) -> None:
        self._task = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        async with self._happened:
            self._happened.notify_all()

    async def until(self, condition: Callable[[], Any], what: str, timeout: float = PATIENCE) -> Any:
        """Wait for something that Bruno's SDK tells."""
        try:
            async with asyncio.timeout(timeout), self._happened:
                await self._happened.wait_for(lambda: bool(condition()))
        except TimeoutError:
            raise AssertionError(f"never: {what}; {list(self.phones())}") from None
        return condition()

    def phones(self) -> list[rtc.RemoteParticipant]:
        """The telephones that Bruno sees."""
        everybody = self.bruno.room.remote_participants.values()
        return [one for one in everybody if one.attributes.get("kind") == "phone"]

    def called(self, name: str) -> rtc.RemoteParticipant | None:
        return next((one for one in self.phones() if one.name == name), None)

    async def telephone(self, name: str) -> rtc.RemoteParticipant:
        """The telephone of this name, once it is there and has published."""

        def there() -> rtc.RemoteParticipant | None:
            one = self.called(name)
            return one if one is not None and one.track_publications else None

        found: rtc.RemoteParticipant = await self.until(there, f"{name} is there")
        return found

    async def empty(self, timeout: float = PATIENCE) -> None:
        """Until no telephone is there any more."""
        await self.until(lambda: not self.phones(), "the telephones have gone", timeout)

    async def bruno_hears(self, hz: float) -> None:
        """Until one of the tracks that Bruno gets is this tone."""
        await self.bruno.hears(hz)

    async def visitors(self) -> list[dict[str, Any]]:
        status, body = await self.api.ask("GET", f"/meetings/{self.id}/visitors")
        assert status == 200, body
        return list(body["visitors"])

    async def visitor(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first visitor of which this is true, once there is one."""
        for _ in range(int(PATIENCE * 10)):
            if found := [one for one in await self.visitors() if holds(one)]:
                return found[0]
            await asyncio.sleep(0.1)  # the API has no events of one visitor
        raise TimeoutError(f"no such visitor: {await self.visitors()}")

    async def decides(self, visitor: dict[str, Any], **decision: Any) -> tuple[int, str | None]:
        """Status, and the code of a refusal."""
        path = f"/meetings/{self.id}/visitors/{visitor['id']}"
        status, body = await self.api.ask("POST", path, decision)
        return status, body["error"]["code"] if "error" in body else None

    async def open_breakout(self, *people: str) -> str:
        """Have one breakout room for these people; its id."""
        wanted = {"breakouts": [{"name": "Red", "people": people}]}
        status, body = await self.api.ask("PUT", f"/meetings/{self.id}/breakouts", wanted)
        assert status == 200, body
        return str(body["breakouts"][0]["id"])

    async def close_breakouts(self) -> None:
        status, body = await self.api.ask("DELETE", f"/meetings/{self.id}/breakouts")
        assert status == 204, body

    async def call(self, number: str) -> dict[str, Any]:
        """Have a telephone called; the visitor that it will be."""
        status, body = await self.api.ask("POST", f"/meetings/{self.id}/phones", {"number": number})
        assert status == 202, body
        return dict(body["visitor"])


async def enter(phone: Baresip, pin: str) -> None:
    """Dial in and type the PIN while the voice still greets."""
    await phone.dial(DIAL_IN)
    await phone.wait_established()
    await phone.wait_loud()
    await phone.send_dtmf(pin + "#")


@asynccontextmanager
async def bruno_speaks(
    office: Office,
    hz: float = 1000,
    *,
    encrypted: bool = False,
    people: Sequence[Colleague] = (ANNA,),
) -> AsyncIterator[Meeting]:
    """A fresh meeting in which Bruno is and sends a tone; `people` are invited."""
    async with office.api(BRUNO) as api:
        invited = [each.user_id for each in people]
        wanted = {"title": "Weekly", "people": invited, "encrypted": encrypted}
        status, view = await api.ask("POST", "/meetings", wanted)
        assert status == 201, view
        url, jwt = await ticket(office.stack, BRUNO, view["room_id"])
        async with connected(url, jwt) as bruno:
            await bruno.speak(hz)
            yield Meeting(api, view, bruno)


@asynccontextmanager
async def sitting_in(
    office: Office, meeting: Meeting, breakout: str, who: Colleague, hz: float
) -> AsyncIterator[Meeting]:
    """A breakout room of the meeting, seen by one who is in it and sends a tone."""
    url, jwt = await ticket(office.stack, who, meeting.room_id, f"m.call#breakout-{breakout}")
    async with connected(url, jwt) as person:
        await person.speak(hz)
        yield Meeting(meeting.api, meeting.view, person)


async def ticket(stack: Stack, who: Colleague, room_id: str, slot: str | None = None) -> tuple[str, str]:
    """As any Matrix client gets it; `slot`: of a breakout room."""
    async with homeserver_client(stack) as homeserver:
        session = await homeserver.login(who.user_id[1:].partition(":")[0], "SDK", "tests")
    path = f"/_matrix/client/v3/user/{quote(session.user_id)}/openid/request_token"
    status, body = await asyncio.to_thread(stack.request, "POST", path, b"{}", token=session.access_token)
    assert status == 200, body
    asked = {"room": room_id, "openid_token": json.loads(body), "device_id": "SDK"}
    if slot is not None:
        asked["slot_id"] = slot
    status, body = await asyncio.to_thread(
        stack.request, "POST", "/livekit/sfu/get", json.dumps(asked).encode()
    )
    assert status == 200, body
    found = json.loads(body)
    return str(found["url"]), str(found["jwt"])
