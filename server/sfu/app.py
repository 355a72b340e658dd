"""The composition root of the SFU."""

import asyncio
import gc

from aiohttp import web

from logs.plain import Log
from server.sfu.config import Config
from server.sfu.transport.port import MediaPort
from server.sfu.transport.room_manager import RoomManager, nobody
from server.sfu.transport.service import RoomService
from server.sfu.transport.signalling import CORS, Signalling
from server.sfu.transport.streams import StreamPort
from server.sfu.transport.webhooks import Webhooks

_MAX_BODY = 262_144
#: The first line of a request, where a client of one connection puts its first offer, packed; a header, where
#: the token is.
_MAX_LINE = 65_536

log = Log(__name__)


class CannotListen(Exception):
    """An address is taken; the message names it."""


class Sfu:
    """The whole process, without its signals. `address` and `media_address` are known after `start`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._port = MediaPort()
        self._streams = StreamPort(self._port)
        hook = config.webhook
        self._webhooks = Webhooks(hook.url, hook.key, config.keys[hook.key]) if hook else None
        tell = self._webhooks.tell if self._webhooks else nobody
        self.manager = RoomManager(self._port, config.limits, tell, config.keys)
        self.address = ("", 0)
        self._runner: web.AppRunner | None = None

    @property
    def media_address(self) -> tuple[str, int]:
        return self._port.address

    async def start(self) -> None:
        """Raises CannotListen."""
        media, place = self._config.media, self._config.web
        try:
            self._port.open(
                media.host, media.port, media.advertised_host or media.host, media.advertised_port
            )
        except OSError as error:
            raise CannotListen(f"UDP {media.host}:{media.port}: {error.strerror}") from error
        if media.tcp_port is not None:
            await self._open_streams(media.host, media.tcp_port)
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            shutdown_timeout=1.0,
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_LINE,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, place.host, place.port)
        try:
            await site.start()
        except OSError as error:
            await self.stop()
            raise CannotListen(f"TCP {place.host}:{place.port}: {error.strerror}") from error
        self.address = self._runner.addresses[0][:2]
        if self._webhooks:
            await self._webhooks.start()
        await self.manager.start()
        log.info("sfu_ready", address=self.address, media=self.media_address)

    async def _open_streams(self, host: str, number: int) -> None:
        try:
            await self._streams.open(host, number)
        except OSError as error:
            raise CannotListen(f"TCP {host}:{number}: {error.strerror}") from error
        self._port.stream_port = self._streams.number

    async def stop(self) -> None:
        await self.manager.stop()
        if self._runner:
            await self._runner.cleanup()
        if self._webhooks:
            await self._webhooks.stop()
        self._streams.close()
        self._port.close()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=_MAX_BODY)
        app.add_routes(Signalling(self.manager, self._config.keys, self._config.limits.message).routes())
        app.add_routes(RoomService(self.manager, self._config.keys).routes())
        app.add_routes([web.get("/health/ready", self._ready), web.route("*", "/{rest:.*}", _unknown)])
        return app

    async def _ready(self, _request: web.Request) -> web.Response:
        parts = {"media": {"ready": True, "why": None}}
        return web.json_response({"ready": True, "parts": parts, "load": self._load()})

    def _load(self) -> dict[str, int]:
        """What this process carries at the moment; all of it is zero again when everybody has left."""
        meetings = self.manager.meetings.values()
        return {
            "rooms": len(meetings),
            "participants": sum(len(meeting.sessions) for meeting in meetings),
            "connections": self._port.ends,
            "addresses": self._port.addresses,
            "streams": len(self._port.streams),
            "closing": self.manager.closing,
            "tasks": len(asyncio.all_tasks()),
        }


async def _unknown(_request: web.Request) -> web.Response:
    # Clients try newer forms first (`/rtc/v1/validate`), and fall back only when they can read the 404.
    return web.Response(status=404, text="not found", headers=CORS)


async def run(config: Config, until: asyncio.Event) -> None:
    """Serves until `until` is set. Raises CannotListen."""
    sfu = Sfu(config)
    await sfu.start()
    # What the process is made of stays: to walk all of it for garbage held the loop for 30 ms and more, at
    # moments that whoever sends much brings about.
    gc.collect()
    gc.freeze()
    await until.wait()
    await sfu.stop()
