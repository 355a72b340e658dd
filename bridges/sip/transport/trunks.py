"""All lines: which are there, whose a request is, and how each is called."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from bridges.sip.message import Flow, MalformedMessage, Request
from bridges.sip.message.flow import host_port
from bridges.sip.message.grammar import parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import Credentials, NameAddress, Target, TrunkConfig, TrunkStatus
from bridges.sip.transport.core import Core
from bridges.sip.transport.presentation import hop_of, present, proxy_route
from bridges.sip.transport.tls import TlsPeer
from bridges.sip.transport.trial import TrunkTrial, try_trunk
from bridges.sip.transport.trunk_line import Trunk
from bridges.sip.trunk import AnswerLimits, Match

__all__ = ["Trunks"]

#: How long a trunk may stay silent at an INVITE, in units of T1: six seconds, four of its copies.
PATIENCE = 12

#: And one that is not known to be there: somebody waits, and it may well be away.
SHORT_PATIENCE = 6
#: How often a provider may send one call on to another of its servers.
REDIRECTS = 3


class Trunks:
    """All trunks of an endpoint."""

    def __init__(
        self, core: Core, trunks: tuple[TrunkConfig, ...], changed: Callable[[TrunkStatus], None]
    ) -> None:
        self._core = core
        self._changed = changed
        self._trunks = {config.name: Trunk(core, config, changed) for config in trunks}

    async def replace(self, configs: Sequence[TrunkConfig]) -> None:
        """From now on there are these trunks, in this order; those that stay as they were are left alone.

        Calls over a trunk that goes away go on.
        """
        old, self._trunks = self._trunks, {}
        fresh: list[Trunk] = []
        for config in configs:
            known = old.get(config.name)
            if known is not None and known.config == config:
                self._trunks[config.name] = old.pop(config.name)
            else:
                self._trunks[config.name] = trunk = Trunk(self._core, config, self._changed)
                fresh.append(trunk)
        for trunk in fresh:
            trunk.start()
        await asyncio.gather(*(trunk.stop() for trunk in old.values()))
        await asyncio.gather(*(trunk.locate() for trunk in fresh if trunk.config.transport.secure))
        self._core.network.review(self._is_trusted)

    def start(self) -> None:
        for trunk in self._trunks.values():
            trunk.start()

    async def stop(self) -> None:
        await asyncio.gather(*(trunk.stop() for trunk in self._trunks.values()))

    def leave(self) -> None:
        """Stay registered."""
        for trunk in self._trunks.values():
            trunk.leave()

    async def try_out(self, name: str) -> TrunkTrial:
        """Raises `KeyError`."""
        return await try_trunk(self._core, self._trunks[name].config)

    def target(self, name: str, number: str) -> Target:
        config = self._trunks[name].config
        uri = f"sip:{number}@{host_port(config.host, config.port)}{config.transport.uri_parameter}"
        try:
            parse_uri(uri)
        except MalformedMessage:
            raise ValueError(f"not a number: {number!r}") from None
        status = self._trunks[name].status()
        patience = (PATIENCE if status.up else SHORT_PATIENCE) * self._core.config.t1
        host, port = hop_of(config)
        return Target(
            uri,
            config.transport,
            host,
            port,
            route=proxy_route(config),
            answer_within=patience,
            redirects=REDIRECTS,
        )

    def present(
        self, name: str, number: str | None, *, hidden: bool
    ) -> tuple[NameAddress, tuple[Header, ...]]:
        return present(self._trunks[name].config, number, self._core.config.domain, hidden=hidden)

    def credentials(self, name: str) -> Credentials | None:
        config = self._trunks[name].config
        username = config.auth_username or config.username
        if username is None or config.password is None:
            return None
        return Credentials(username, config.password)

    def answer_limits(self, name: str) -> AnswerLimits:
        config = self._trunks[name].config
        return AnswerLimits(config.answer_not_before, config.answer_within_in)

    def status(self) -> list[TrunkStatus]:
        return [trunk.status() for trunk in self._trunks.values()]

    def identify(self, request: Request, is_phone: Callable[[Request], bool]) -> str | None:
        """The name of the trunk that an INVITE comes from.

        `is_phone` is asked only where a trunk and phones share an address and the port says nothing.
        """
        called = next((name for name, trunk in self._trunks.items() if trunk.is_called(request)), None)
        if called is not None:
            return called
        fits = {name: trunk.match(request) for name, trunk in self._trunks.items()}
        best = max(fits, key=fits.__getitem__, default=None)
        if best is None or fits[best] is Match.NONE:
            return None
        return None if fits[best] is not Match.PORT and is_phone(request) else best

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""
        for trunk in self._trunks.values():
            trunk.lost(flow)

    async def tls_peer(self, flow: Flow) -> TlsPeer | None:
        """Whom to expect at the other end of a TLS connection: every line at that address must accept them.

        None if no line is there, or if they do not agree on who signs. A process that has just begun looks
        its lines up first: it may have to end the calls of the one before.
        """
        found = self._expected(flow)
        if found is None:
            secure = [trunk for trunk in self._trunks.values() if trunk.config.transport.secure]
            await asyncio.gather(*(trunk.locate() for trunk in secure))
            found = self._expected(flow)
        return found

    def _is_trusted(self, flow: Flow, peer: TlsPeer) -> bool:
        """Whether a connection with `peer` may stay; one of a line that is gone may: its calls go on."""
        there = any(trunk.tls_peer is not None and trunk.has(flow.host) for trunk in self._trunks.values())
        return not there or self._expected(flow) == peer

    def _expected(self, flow: Flow) -> TlsPeer | None:
        peers = [trunk.tls_peer for trunk in self._trunks.values() if trunk.has(flow.host)]
        known = [peer for peer in peers if peer is not None]
        if len({(peer.ca, peer.fingerprint) for peer in known}) != 1:
            return None
        return replace(known[0], names=tuple(dict.fromkeys(name for peer in known for name in peer.names)))

    def knows(self, host: str) -> bool:
        """Whether an IP address is one of a line."""
        return any(trunk.has(host) for trunk in self._trunks.values())

    def dialled(self, name: str, request: Request) -> str:
        """What was dialled: an INVITE to our registered Contact says it in To."""
        trunk = self._trunks[name]
        uri = request.to.uri if request.uri.user == trunk.contact_user else request.uri
        return uri.user or ""
