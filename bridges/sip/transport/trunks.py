"""Trunks: their machines' shell."""

import asyncio
from collections.abc import Callable, Sequence

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, MalformedMessage, OutgoingRequest, Request, Response, Transport
from bridges.sip.message.flow import host_port
from bridges.sip.message.grammar import parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import Credentials, NameAddress, Target, TrunkConfig, TrunkStatus
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.line_requests import LineRequests
from bridges.sip.transport.presentation import hop_of, present, proxy_route
from bridges.sip.transport.trial import TrunkTrial, try_trunk
from bridges.sip.transport.values import is_address
from bridges.sip.trunk import (
    Match,
    PeerWatch,
    TrunkRegistration,
    address_of,
    contact_user,
    is_among,
    match,
    networks,
)
from logs import log as logs

__all__ = ["Trunks"]

log = logs.get(__name__)

#: How long a trunk may stay silent at an INVITE, in units of T1: six seconds, four of its copies.
PATIENCE = 12

#: And one that is not known to be there: somebody waits, and it may well be away.
SHORT_PATIENCE = 6
#: How often a provider may send one call on to another of its servers.
REDIRECTS = 3
#: Seconds asked for at a provider.
EXPIRES = 600
#: Seconds between looks at the addresses of a peer that is not asked by OPTIONS.
REFRESH = 60.0
#: How long `stop` waits for providers to hear that we are gone, seconds.
FAREWELL = 1.0


class Trunk:
    """One trunk; `changed` is told its status when that changes."""

    def __init__(self, core: Core, config: TrunkConfig, changed: Callable[[TrunkStatus], None]) -> None:
        self.config = config
        #: Where requests go.
        self._hop = hop_of(config)
        self._servers: list[tuple[str, int]] = []
        self._hosts: frozenset[str] = frozenset(
            host.strip("[]") for host in (config.host, self._hop[0]) if is_address(host)
        )
        #: How many servers are left to be asked, should the one asked now be silent.
        self._further = 0
        self._networks = networks(config.addresses)
        self._core = core
        self._changed = changed
        self._requests = LineRequests(core, config)
        self._status: TrunkStatus | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._machine: TrunkRegistration | PeerWatch = PeerWatch(0, 0)
        self._digest = DigestClient(config.auth_username or config.username or "", config.password or "")
        self._attempt = self._digest.attempt()
        self._stopped = False

    @property
    def registers(self) -> bool:
        return self.config.kind == "register"

    @property
    def contact_user(self) -> str:
        config = self.config
        return contact_user(self._core.contact_secret, config.name, config.username or "")

    def status(self) -> TrunkStatus:
        machine = self._machine
        registered = not isinstance(machine, TrunkRegistration) or machine.registered
        up = registered if isinstance(machine, TrunkRegistration) else machine.up
        return TrunkStatus(self.config.name, up, None if up else machine.why, usable=registered)

    def start(self) -> None:
        now = self._core.now()
        if self.registers:
            self._machine = TrunkRegistration(EXPIRES, now)
        else:
            self._machine = PeerWatch(self.config.keep_alive, now)
        self._announce()
        self._schedule()
        if self._machine.get_timer() is None:
            self._refresh()

    async def stop(self) -> None:
        """Unregister; the answer is waited for briefly."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        if not (isinstance(self._machine, TrunkRegistration) and self._machine.registered and self._servers):
            return
        gone = asyncio.Event()
        self._attempt = self._digest.attempt()

        def answered(outcome: Outcome) -> None:
            if self._challenge_taken(outcome):
                self._core.send(self._register(0), self._flow(), answered)
            elif outcome.status >= 200:
                gone.set()

        self._core.send(self._register(0), self._flow(), answered)
        try:
            await asyncio.wait_for(gone.wait(), FAREWELL)
        except TimeoutError:
            log.info("sip_trunk_not_unregistered", trunk=self.config.name)

    def is_called(self, request: Request) -> bool:
        """Whether an INVITE is to the Contact that only this provider was told."""
        return self.registers and request.uri.user == self.contact_user

    def match(self, request: Request) -> Match:
        """How an INVITE fits the addresses of this trunk."""
        return match(request, self._hosts, self._networks, self._hop[1] or 5060)

    def has(self, host: str) -> bool:
        """Whether an IP address is one of this trunk's."""
        address = address_of(host)
        return address is not None and is_among(address, self._hosts, self._networks)

    # --- what is sent ---

    def _flow(self) -> Flow:
        return Flow(self.config.transport, *self._servers[0])

    def _refresh(self) -> None:
        """The addresses of a peer that is not asked by OPTIONS change, too."""
        if not self._stopped:
            self._spawn_resolve()
            self._core.at(REFRESH, self._refresh)

    def _schedule(self) -> None:
        due = self._machine.get_timer()
        if due is not None and not self._stopped:
            self._core.at(max(0.0, due - self._core.now()), self._on_timer)

    def _on_timer(self) -> None:
        machine, now = self._machine, self._core.now()
        if self._stopped:
            return
        if isinstance(machine, TrunkRegistration):
            due = machine.handle_timer(now)
        else:
            due = (machine.get_timer() or now + 1) <= now
        self._announce()
        if due:
            machine.sent()
            self._spawn_resolve()
        self._schedule()

    def _spawn_resolve(self) -> None:
        task = self._core.loop.create_task(self._resolve_and_send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _resolve_and_send(self) -> None:
        """Providers move: the names are looked up each time."""
        find, config = self._core.locator.find, self.config
        self._servers = await find(*self._hop, config.transport)
        known = {host for host, _ in self._servers}
        # Its calls may come from what its name has as address, whatever the SRV records say.
        for host in {config.host, self._hop[0]}:
            known |= {address for address, _ in await find(host, config.port or 5060, config.transport)}
        self._hosts = frozenset(known) or self._hosts
        self._further = len(self._servers) - 1
        if not self._servers:
            self._answered(Outcome(503, f"{self._hop[0]} is not known", None))
        else:
            self._ask()

    def _ask(self) -> None:
        if self.registers:
            self._attempt = self._digest.attempt()
            self._core.send(self._register(self._expires()), self._flow(), self._answered)
        elif self.config.keep_alive:
            self._core.send(self._request("OPTIONS", ()), self._flow(), self._answered)

    def _ask_next(self) -> bool:
        """Whether another server of the name is asked in place of a silent one (RFC 3263, Section 4.3)."""
        if self._further <= 0:
            return False
        self._further -= 1
        silent = self._servers.pop(0)
        self._servers.append(silent)
        self._core.locator.avoid(*silent)
        self._ask()
        return True

    def _expires(self) -> int:
        return self._machine.expires if isinstance(self._machine, TrunkRegistration) else 0

    def _register(self, expires: int) -> OutgoingRequest:
        flow = self._flow()
        headers: tuple[Header, ...] = (
            ("Contact", f"{self._core.contact(flow, self.contact_user)};expires={expires}"),
            ("Expires", str(expires)),
        )
        credentials = self._digest.headers("REGISTER", self._domain_uri(), self._core.new_tag())
        return self._request("REGISTER", (*credentials, *headers))

    def _domain_uri(self) -> str:
        return self._requests.uri

    def _request(self, method: str, headers: tuple[Header, ...]) -> OutgoingRequest:
        return self._requests.request(method, self._flow(), headers)

    # --- what comes back ---

    def _answered(self, outcome: Outcome) -> None:
        if outcome.status < 200 or self._stopped:
            return
        if outcome.status in {408, 503} and self._ask_next():
            return
        now = self._core.now()
        if isinstance(self._machine, PeerWatch):
            self._machine.answered(outcome.status, outcome.phrase, now)
        elif self._challenge_taken(outcome):
            self._core.send(self._register(self._expires()), self._flow(), self._answered)
            return
        else:
            response = outcome.response
            self._machine.answered(
                outcome.status,
                outcome.phrase,
                now,
                granted=self._granted(response) if response else None,
                retry_after=number(response, "retry-after") if response else None,
            )
        self._announce()
        self._schedule()

    def _challenge_taken(self, outcome: Outcome) -> bool:
        if outcome.status not in {401, 407} or outcome.response is None:
            return False
        return self._attempt.take(outcome.response.headers)

    def _granted(self, response: Response) -> int | None:
        """What the provider gave to our Contact, among others perhaps, or asks for at least (423)."""
        if response.status == 423:
            return number(response, "min-expires")
        for contact in response.contacts:
            expires = contact.parameters.get("expires") or ""
            if contact.uri.user == self.contact_user and expires.isascii() and expires.isdigit():
                return int(expires[:9])
        return number(response, "expires")

    def _announce(self) -> None:
        status = self.status()
        if status != self._status:
            self._status = status
            log.info("sip_trunk", trunk=status.name, up=status.up, why=status.why)
            self._changed(status)


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

    def start(self) -> None:
        for trunk in self._trunks.values():
            trunk.start()

    async def stop(self) -> None:
        await asyncio.gather(*(trunk.stop() for trunk in self._trunks.values()))

    async def try_out(self, name: str) -> TrunkTrial:
        """Raises `KeyError`."""
        return await try_trunk(self._core, self._trunks[name].config)

    def target(self, name: str, number: str) -> Target:
        config = self._trunks[name].config
        transport = ";transport=tcp" if config.transport is Transport.TCP else ""
        uri = f"sip:{number}@{host_port(config.host, config.port)}{transport}"
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

    def knows(self, host: str) -> bool:
        """Whether an IP address is one of a line."""
        return any(trunk.has(host) for trunk in self._trunks.values())

    def dialled(self, name: str, request: Request) -> str:
        """What was dialled: an INVITE to our registered Contact says it in To."""
        trunk = self._trunks[name]
        uri = request.to.uri if request.uri.user == trunk.contact_user else request.uri
        return uri.user or ""


def number(response: Response, name: str) -> int | None:
    """The number that a header begins with (Retry-After may have a comment)."""
    digits = (response.header(name) or "").split(";")[0].split("(")[0].strip()
    return int(digits[:9]) if digits.isascii() and digits.isdigit() else None
