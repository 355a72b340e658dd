"""The way to the media server: who is let through, with which token, and what comes back."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from livekit.protocol import models, rtc
from sanic import Sanic

from server.edge.sanic_types import App
from server.meetings.proxy import SfuProxy, blueprint
from server.meetings.sfu_nodes import SfuNodes
from server.sfu.app import Sfu
from server.sfu.config import Config, Limits, Media, Web
from server.sfu.signal.token import mint
from tests.support.served import forget

KEY, SECRET = "k", "s" * 40


@dataclass
class Front:
    """Our origin, in front of a media server of its own."""

    url: str
    sfu: Sfu
    http: aiohttp.ClientSession
    #: Identities that are kept out; whom the front judged.
    barred: set[str] = field(default_factory=set)
    judged: list[tuple[str, str]] = field(default_factory=list)

    async def is_refused(self, room: str, identity: str) -> bool:
        self.judged.append((room, identity))
        return identity in self.barred

    async def validate(self, query: str = "", **headers: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}/livekit/rtc/validate?{query}", headers=headers) as answer:
            return answer.status, await answer.text()

    async def inside(self, query: str = "", **headers: str) -> aiohttp.ClientWebSocketResponse:
        address = f"{self.url}/livekit/rtc?{query}"
        return await self.http.ws_connect(address, headers=headers, max_msg_size=0)


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    limits = Limits(metadata=8_000_000)
    sfu = Sfu(Config(keys={KEY: SECRET}, web=Web(port=0), media=Media(port=0), limits=limits))
    await sfu.start()
    host, port = sfu.address
    async with aiohttp.ClientSession() as http:
        made = Front("", sfu, http)
        proxy = SfuProxy(SfuNodes((f"http://{host}:{port}",), KEY, SECRET), made.is_refused)
        await proxy.start()
        async with _serving(proxy) as made.url:
            yield made
        await proxy.close()
    await sfu.stop()


@asynccontextmanager
async def _serving(proxy: SfuProxy) -> AsyncIterator[str]:
    app: App = Sanic(f"front-{time.monotonic_ns()}", configure_logging=False)
    app.config.update(ACCESS_LOG=False, AUTO_EXTEND=False, MOTD=False, GRACEFUL_SHUTDOWN_TIMEOUT=0.1)
    app.config.TOUCHUP = False
    app.blueprint(blueprint(proxy))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server: Any = await app.create_server(sock=listener, return_asyncio_server=True)
    await server.startup()
    await server.start_serving()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()
        await server.wait_closed()
        forget(app)


def token(identity: str, secret: str = SECRET, lasts: float = 60, **claims: object) -> str:
    video = {"room": "r", "roomJoin": True}
    return mint(KEY, secret, {"sub": identity, "exp": time.time() + lasts, "video": video, **claims})


def bearer(jwt: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt}"}


async def joined(socket: aiohttp.ClientWebSocketResponse) -> rtc.JoinResponse:
    message = rtc.SignalResponse.FromString(await socket.receive_bytes())
    assert message.WhichOneof("message") == "join", message
    return message.join


async def test_a_token_in_the_address_or_in_the_header_lets_in(front: Front) -> None:
    jwt = token("anna")
    assert await front.validate(f"access_token={jwt}") == (200, "success")
    assert await front.validate("", **bearer(jwt)) == (200, "success")
    assert await front.validate(f"access_token=&access_token={jwt}", **bearer(jwt)) == (200, "success")
    assert (
        await joined(await front.inside(f"access_token={jwt}&auto_subscribe=1"))
    ).participant.identity == "anna"
    assert (await joined(await front.inside("", **bearer(jwt)))).participant.identity == "anna"


@pytest.mark.parametrize(
    ("query", "header"),
    [
        ("access_token=&access_token=x", "barred"),
        ("access_token=x", "barred"),
        ("access_token={calm}", "barred"),
        ("access_token={barred}", "calm"),
        ("access_token={calm}&access_token={barred}", ""),
        ("access_token={barred}&access_token={calm}", ""),
        ("access%5Ftoken={calm}&access_token={barred}", ""),
        ("access_token={barred}", ""),
        ("", "barred"),
        ("access_token=x", ""),
        ("access_token={forged}", ""),
        ("access_token={old}", ""),
        ("access_token=", ""),
        ("", ""),
        ("&".join(f"a{n}=1" for n in range(100)), "calm"),
    ],
)
async def test_front_and_media_server_read_one_and_the_same_token(
    front: Front, query: str, header: str
) -> None:
    """SECURITY M8: somebody barred got the list of who is there, as each end judged another token."""
    front.barred = {"barred"}
    tokens = {
        "calm": token("calm"), "barred": token("barred"),
        "forged": token("calm", "t" * 40), "old": token("calm", lasts=-3600),
    }  # fmt: skip
    headers = bearer(tokens[header]) if header else {}
    status, _ = await front.validate(query.format(**tokens), **headers)
    assert status == 401
    socket = await front.inside(query.format(**tokens), **headers)
    assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert not front.sfu.manager.meetings


async def test_the_media_server_alone_takes_no_two_tokens_either(front: Front) -> None:
    host, port = front.sfu.address
    front.url = f"http://{host}:{port}"
    url = f"{front.url}/rtc/validate"
    calm, barred = token("calm"), token("barred")
    for query, headers, status in (
        (f"access_token={calm}", {}, 200),
        (f"access_token=&access_token={calm}", bearer(calm), 200),
        (f"access_token={calm}&access_token={barred}", {}, 401),
        (f"access_token={calm}", bearer(barred), 401),
        ("access_token=", {}, 401),
    ):
        async with front.http.get(f"{url}?{query}", headers=headers) as answer:
            assert answer.status == status


async def test_what_else_stands_in_the_address_comes_through_as_it_is(front: Front) -> None:
    jwt = token("anna")
    first = await joined(await front.inside(f"access_token={jwt}"))
    again = f"reconnect=1&sid={quote(first.participant.sid, safe='')}&note=a%26access_token%3Dx+%C3%A8"
    socket = await front.inside(f"{again}&access_token={jwt}")
    message = rtc.SignalResponse.FromString(await socket.receive_bytes())
    assert message.WhichOneof("message") == "reconnect"


async def test_a_message_of_megabytes_comes_from_the_media_server(front: Front) -> None:
    """SECURITY H2: the front ended the WebSocket of whoever was told more than 1 MB."""
    first = await front.inside(f"access_token={token('anna')}")
    await joined(first)
    meeting = front.sfu.manager.get("r")
    meeting.room.describe(meeting.room.by_identity("anna"), "m" * 3_000_000, "", {})
    meeting.apply()
    second = await joined(await front.inside(f"access_token={token('bruno')}"))
    assert [len(one.metadata) for one in second.other_participants] == [3_000_000]
    while (message := rtc.SignalResponse.FromString(await first.receive_bytes())).WhichOneof(
        "message"
    ) != "update":
        pass
    update = message.update
    assert [len(one.metadata) for one in update.participants] == [3_000_000]
    meeting.room.close(models.ROOM_CLOSED)
    meeting.apply()


async def test_who_was_sent_a_new_token_is_let_in_with_it(front: Front) -> None:
    """Case 21: in the room for an hour, then the WebSocket breaks."""
    now = int(time.time())
    ending = token("anna", iat=now - 3590, lasts=10)
    socket = await front.inside(f"access_token={ending}")
    sid = (await joined(socket)).participant.sid
    while not (message := rtc.SignalResponse.FromString(await socket.receive_bytes())).refresh_token:
        pass
    assert message.refresh_token != ending
    assert await front.validate(f"access_token={message.refresh_token}") == (200, "success")
    again = await front.inside(f"access_token={message.refresh_token}&reconnect=1&sid={sid}")
    answer = rtc.SignalResponse.FromString(await again.receive_bytes())
    assert answer.WhichOneof("message") == "reconnect"
