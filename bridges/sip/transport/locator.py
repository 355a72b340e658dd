"""Finding a server (RFC 3263): NAPTR, SRV, addresses; what was found is kept for its time to live."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.resolver

from bridges.sip.message import Transport
from bridges.sip.message.flow import is_address
from bridges.sip.trunk import Naptr, Srv, in_order, service_names
from logs import log as logs

__all__ = ["Locator"]

log = logs.get(__name__)

Server = tuple[str, int]
#: Seconds for one question, and bounds of how long an answer is used.
PATIENCE = 3.0
SHORTEST, LONGEST = 5.0, 300.0
#: What the system's own resolver found is used for so long, seconds.
FRESH = 30.0
#: A server that did not answer comes last for so long, seconds.
AVOIDED = 30.0
#: Servers of one name that are tried at most, and names that are remembered.
MOST, REMEMBERED = 8, 1_000


@dataclass(frozen=True, slots=True)
class Found:
    servers: tuple[Server, ...]
    until: float


class Locator:
    """`ipv6`: the family that our sockets speak. `nameservers` are asked in place of the system's, for
    addresses too, which else may stand in its hosts file."""

    def __init__(self, *, ipv6: bool, nameservers: Sequence[Server] = ()) -> None:
        self._ipv6 = ipv6
        self._nameservers = tuple(nameservers)
        self._known: dict[tuple[str, int | None, Transport], Found] = {}
        self._avoided: dict[Server, float] = {}

    async def find(self, host: str, port: int | None, transport: Transport) -> list[Server]:
        """IP addresses and ports, best first; none for a name that is not known. A `port` means no SRV."""
        bare = host.strip("[]")
        if is_address(bare):
            return [(bare, port or transport.default_port)]
        now = asyncio.get_running_loop().time()
        key = (bare.lower(), port, transport)
        known = self._known.get(key)
        if known is None or known.until <= now:
            servers, ttl = await self._look(bare, port, transport)
            if servers or known is None:
                known = Found(tuple(servers), now + ttl)
                self._remember(key, known)
            else:
                log.warning("sip_host_not_refreshed", host=host)
        return sorted(known.servers, key=lambda server: self._avoided.get(server, 0.0) > now)

    def avoid(self, host: str, port: int) -> None:
        """This server did not answer: others come first for a while."""
        if len(self._avoided) >= REMEMBERED:
            self._avoided.clear()
        self._avoided[host, port] = asyncio.get_running_loop().time() + AVOIDED

    def _remember(self, key: tuple[str, int | None, Transport], found: Found) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        if found.servers:
            self._known[key] = found
        else:
            log.warning("sip_host_unknown", host=key[0])

    async def _look(self, host: str, port: int | None, transport: Transport) -> tuple[list[Server], float]:
        if port is None:
            services, ttl = await self._services(host, transport)
            if services:
                addresses = await asyncio.gather(*(self._addresses(one.target) for one in services))
                servers = [(ip, one.port) for one, ips in zip(services, addresses, strict=True) for ip in ips]
                return servers[:MOST], min(max(ttl, SHORTEST), LONGEST)
        return [(ip, port or transport.default_port) for ip in await self._addresses(host)][:MOST], FRESH

    async def _services(self, host: str, transport: Transport) -> tuple[list[Srv], float]:
        """The SRV records of a name, in the order of trying, and seconds to live."""
        usual = service_names(host, transport, ())[0]
        naptr, (records, ttl) = await asyncio.gather(self._ask(host, "NAPTR"), self._ask(usual, "SRV"))
        names = service_names(
            host,
            transport,
            [
                Naptr(r.order, r.preference, text(r.flags), text(r.service), r.replacement.to_text(True))
                for r in naptr[0]
            ],
        )
        found: list[Srv] = []
        for name in names:
            if name.lower() != usual.lower():
                records, ttl = await self._ask(name, "SRV")
            found += in_order(
                [Srv(r.priority, r.weight, r.port, r.target.to_text(True)) for r in records], random.random
            )
        return found[:MOST], min(ttl, naptr[1]) if naptr[0] else ttl

    async def _addresses(self, host: str) -> list[str]:
        if is_address(host):
            return [host]
        if self._nameservers:
            answers = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"))
            found = [str(record.address) for records, _ in answers for record in records]
        else:
            try:
                infos = await asyncio.get_running_loop().getaddrinfo(host, None)
            except OSError:
                return []
            found = list(dict.fromkeys(str(info[4][0]) for info in infos))
        return [ip for ip in found if (":" in ip) == self._ipv6] or found

    async def _ask(self, name: str, kind: str) -> tuple[list[Any], float]:
        """The records of that kind, and seconds to live; none when nobody answers."""
        try:
            answer = await self._resolver().resolve(name, kind, lifetime=PATIENCE, search=False)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            log.debug("sip_no_record", name=name, kind=kind, why=type(error).__name__)
            return [], SHORTEST
        return list(answer), float(answer.rrset.ttl if answer.rrset is not None else SHORTEST)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """A new one each time: the machine's nameservers may have changed."""
        resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
        if self._nameservers:
            resolver.nameservers = [host for host, _ in self._nameservers]
            resolver.nameserver_ports = dict(self._nameservers)
        return resolver


def text(value: bytes) -> str:
    return value.decode("ascii", "replace")
