"""One line: its registration or its watch, and where its servers are."""

import asyncio
from collections.abc import Callable

from bridges.sip.auth import DigestClient
from bridges.sip.message import Flow, OutgoingRequest, Request, Response
from bridges.sip.message.flow import is_address
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import TrunkConfig, TrunkStatus
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.line_requests import LineRequests
from bridges.sip.transport.presentation import hop_of
from bridges.sip.transport.tls import TlsPeer
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

__all__ = ["Trunk"]

log = logs.get(__name__)

#: Seconds until we register anew after a connection was lost.
RECONNECT = 1.0
#: One that was lost sooner after a registration is not missed: some providers close each after their answer.
QUIET = 5.0
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
        self._registered_at = 0.0

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

    def leave(self) -> None:
        """Do no more; what was registered stays."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()

    async def stop(self) -> None:
        """Unregister; the answer is waited for briefly."""
        self.leave()
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
            async with asyncio.timeout(FAREWELL):
                await gone.wait()
        except TimeoutError:
            log.info("sip_trunk_not_unregistered", trunk=self.config.name)

    def is_called(self, request: Request) -> bool:
        """Whether an INVITE is to the Contact that only this provider was told."""
        return self.registers and request.uri.user == self.contact_user

    def match(self, request: Request) -> Match:
        """How an INVITE fits the addresses of this trunk."""
        return match(request, self._hosts, self._networks, self._hop[1] or self.config.transport.default_port)

    def lost(self, flow: Flow) -> None:
        """A connection is gone. The one that we registered over may be the provider's only way to us."""
        now = self._core.now()
        machine = self._machine
        registered = isinstance(machine, TrunkRegistration) and machine.registered
        if not registered or flow != self._flow() or now < self._registered_at + QUIET:
            return
        log.info("sip_trunk_connection_lost", trunk=self.config.name)
        self._core.at(RECONNECT, self._register_again)

    def _register_again(self) -> None:
        if not self._stopped:
            self._spawn_resolve()

    @property
    def tls_peer(self) -> TlsPeer | None:
        """Whom its certificate must be for; None for a line without TLS."""
        config = self.config
        if not config.transport.secure:
            return None
        return TlsPeer((config.tls_name or self._hop[0],), config.tls_ca, config.tls_fingerprint)

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

    async def locate(self) -> None:
        """Learn its addresses. Providers move: the names are looked up each time."""
        find, config = self._core.locator.find, self.config
        known = {host for host, _ in await find(*self._hop, config.transport)}
        # Its calls may come from what its name has as address, whatever the SRV records say.
        for host in {config.host, self._hop[0]}:
            known |= {
                address
                for address, _ in await find(
                    host, config.port or config.transport.default_port, config.transport
                )
            }
        self._hosts = frozenset(known) or self._hosts

    async def _resolve_and_send(self) -> None:
        self._servers = await self._core.locator.find(*self._hop, self.config.transport)
        await self.locate()
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
            self._registered_at = now
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


def number(response: Response, name: str) -> int | None:
    """The number that a header begins with (Retry-After may have a comment)."""
    digits = (response.header(name) or "").split(";")[0].split("(")[0].strip()
    return int(digits[:9]) if digits.isascii() and digits.isdigit() else None
