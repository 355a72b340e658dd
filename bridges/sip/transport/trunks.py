"""Trunks: who they are, whether they are up."""

from collections.abc import Callable

from bridges.sip.message import Request, Transport
from bridges.sip.message.flow import host_port
from bridges.sip.transport.api import Credentials, Target, TrunkConfig, TrunkStatus
from bridges.sip.transport.core import Core
from bridges.sip.trunk.identify import is_from

__all__ = ["Trunks"]


class Trunks:
    """All trunks of an endpoint."""

    def __init__(
        self, core: Core, trunks: tuple[TrunkConfig, ...], changed: Callable[[TrunkStatus], None]
    ) -> None:
        self._core = core
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._changed = changed

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def target(self, name: str, number: str) -> Target:
        trunk = self._trunks[name]
        transport = ";transport=tcp" if trunk.transport is Transport.TCP else ""
        uri = f"sip:{number}@{host_port(trunk.host, trunk.port)}{transport}"
        return Target(uri, trunk.transport, trunk.host, trunk.port)

    def credentials(self, name: str) -> Credentials | None:
        trunk = self._trunks[name]
        if trunk.username is None or trunk.password is None:
            return None
        return Credentials(trunk.username, trunk.password)

    def status(self) -> list[TrunkStatus]:
        return [TrunkStatus(name, up=True) for name in self._trunks]

    def identify(self, request: Request) -> str | None:
        for trunk in self._trunks.values():
            if is_from(request, trunk.transport, frozenset({trunk.host}), trunk.port):
                return trunk.name
        return None
