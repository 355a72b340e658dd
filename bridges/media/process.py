"""The media process: the engine, its control port, and an end for calls that nobody looks after."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from bridges.media.config import Config
from bridges.media.failover.messages import Hello, Replica
from bridges.media.failover.primary import Primary
from bridges.media.failover.standby import Inheritance
from bridges.media.gateway import MediaError
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.ng.control import Control
from bridges.media.ng.server import NgServer
from logs.plain import Log

log = Log(__name__)

_TICK = 5.0
#: Seconds until a parent that was killed has been followed by another.
_ALONE = 10.0


class MediaProcess:
    """`start`, then `stop`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.engine = InProcessMediaGateway(config.media.settings())
        files, recordings = (Path(p) if p else None for p in (config.ng.files, config.ng.recordings))
        self._control = Control(self.engine, config.ng.interfaces, files, recordings)
        self._server = NgServer(self._control, config.ng.networks())
        self._primary = Primary(self.engine, self._hello, lambda: self._server.fileno)
        self._sweeping: asyncio.Task[None] | None = None
        self._replaying: asyncio.Task[None] | None = None
        self._parent = os.getppid()
        #: Called when nobody will ever end this process but itself.
        self.on_orphaned: Callable[[], None] = lambda: None

    @property
    def port(self) -> int:
        """The control port in use, also when the configuration said 0."""
        return self._server.port

    async def start(self, inherited: Inheritance | None = None) -> None:
        """Binds everything, or goes on with what a stand-by inherited. Raises OSError."""
        inherited = inherited or Inheritance()
        await self.engine.start(inherited.webrtc)
        try:
            await self._resume(inherited)
            await self._server.open(self._config.ng.host, self._config.ng.port, inherited.control)
        except OSError:
            await self.engine.close()
            raise
        self._control.on_event = self._primary.tell
        if self._config.ng.standby:
            self._primary.open(Path(self._config.ng.standby))
        self._sweeping = asyncio.create_task(self._sweep())
        log.info("media_started", port=self.port, instance=self._control.instance)

    async def _resume(self, inherited: Inheritance) -> None:
        """All calls, as far as they were told."""
        replica = inherited.replica
        if replica.hello is None:
            return
        self._control.resume(replica.hello.instance, replica.events)
        self.engine.sounds.inherit(replica.sounds)
        for state in replica.calls.values():
            try:
                await self.engine.resume(state, replica.counters, inherited.sockets)
            except Exception:
                log.exception("call_not_resumed", call_id=state.call_id)
                self._control.lost(state.call_id, next((party.leg.name for party in state.parties), ""))
        self._replaying = asyncio.create_task(self._resume_sounds(replica))
        log.warning("media_resumed", why=inherited.why, calls=len(replica.calls))

    async def _resume_sounds(self, replica: Replica) -> None:
        """After the calls: reading a file takes a moment."""
        for state in replica.calls.values():
            try:
                await self.engine.resume_playing(state, replica.sounds)
            except (OSError, ValueError, MediaError) as error:
                log.warning("sound_not_resumed", call_id=state.call_id, why=str(error))

    def _hello(self) -> Hello:
        return Hello(self._control.instance, self._control.events)

    def _orphaned(self) -> bool:
        """Whether the parent was killed, and no other has come with a stand-by."""
        alone = self._primary.alone_since
        parent = os.getppid()
        return parent != self._parent and alone is not None and time.monotonic() - alone > _ALONE

    async def stop(self) -> None:
        """Ends all calls."""
        self._primary.close()
        if self._sweeping:
            self._sweeping.cancel()
        await self._server.close()
        await self.engine.close()
        log.info("media_stopped")

    async def retired(self) -> None:
        """Returns when all calls are the stand-by's: the process is to end at once, reading nothing more."""
        await self._primary.told.wait()
        self._primary.close(succeed=True)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            if self._orphaned():
                log.warning("media_orphaned")
                self.on_orphaned()
                return
            for call_id in self.engine.forsaken(time.monotonic(), self._control.asked_at):
                log.warning("call_forsaken", call_id=call_id)
                await self.engine.delete(call_id)


async def run(
    config: Config, until: asyncio.Event, retire: asyncio.Event, inherited: Inheritance | None = None
) -> None:
    """One process from start to stop. With `retire` it ends at once, when its stand-by has all calls.

    Raises:
        OSError, ValueError: it cannot be started.
    """
    process = MediaProcess(config)
    process.on_orphaned = until.set
    await process.start(inherited)
    ends, leaves = (asyncio.create_task(event.wait()) for event in (until, retire))
    try:
        await asyncio.wait({ends, leaves}, return_when=asyncio.FIRST_COMPLETED)
        if retire.is_set():
            await process.retired()
            log.info("media_retired")
            os._exit(0)
    finally:
        await process.stop()
