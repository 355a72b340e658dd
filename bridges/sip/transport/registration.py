"""REGISTER: from the socket to the bindings, to the store and to whoever wants to know."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from bridges.sip.message import Flow, MalformedMessage, Request
from bridges.sip.message.flow import is_address
from bridges.sip.message.grammar import parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.registrar import (
    Binding,
    FirstHopLacksOutbound,
    IntervalTooBrief,
    Registrar,
    StaleRegister,
    flow_timer,
)
from bridges.sip.session.headers import unsupported_extensions
from bridges.sip.transaction import ServerTransaction
from bridges.sip.transport.api import Contact, RegistrationStore
from bridges.sip.transport.authenticate import Authenticator
from bridges.sip.transport.core import Core
from bridges.sip.transport.saving import Saving
from bridges.sip.transport.timers import Timer
from logs import log as logs

__all__ = ["Registrations"]

#: What only a registration may require (RFC 3327, RFC 5626).
_EXTENSIONS = frozenset({"path", "outbound"})

log = logs.get(__name__)


#: A flow that failed comes last for so long, seconds; and how many are remembered.
AVOIDED, REMEMBERED = 60.0, 1_000


class Registrations:
    """The registrar's shell. `changed(username, registered)` tells when that changes."""

    def __init__(
        self,
        core: Core,
        authenticator: Authenticator,
        store: RegistrationStore | None,
        changed: Callable[[str, bool], None],
    ) -> None:
        config = core.config
        self._core = core
        self._authenticator = authenticator
        self._store = store
        self._changed = changed
        self._registrar = Registrar(config.min_expires, config.max_expires, config.max_contacts)
        self._announced: set[str] = set()
        self._saving = Saving("registration", self._save)
        self._sweep: Timer | None = None
        self._sweep_at = float("inf")
        self._tasks: set[asyncio.Task[None]] = set()
        self._avoided: dict[Flow, float] = {}

    async def load(self) -> None:
        """Take up what the store has kept. A store that fails is logged: phones register again."""
        if self._store is None:
            return
        try:
            rows = await self._store.load()
        except Exception:
            log.exception("sip_registrations_not_loaded")
            return
        now = self._core.now()
        taken = self._registrar.load(rows, now, time.time() - now)
        self._announced.update(self._registrar.usernames(now))
        self._schedule()
        log.info("sip_registrations_loaded", bindings=taken)

    async def close(self) -> None:
        """Let the last changes reach the store."""
        for task in self._tasks:
            task.cancel()
        await self._saving.close()

    def contacts(self, username: str) -> list[Contact]:
        """One for each phone, with all its flows (RFC 5626, Section 7: no phone is rung over two at once)."""
        now = self._core.now()
        phones: dict[object, list[Contact]] = {}
        for binding in self._registrar.bindings(username, now):
            phone = binding.instance if binding.reg_id is not None else (binding.uri, binding.flow)
            phones.setdefault(phone, []).append(contact_of(username, binding, now))
        found = [sorted(flows, key=self._is_avoided) for flows in phones.values()]
        return [replace(first, flows=tuple(others)) for first, *others in found]

    def avoid(self, contact: Contact) -> None:
        """This flow failed: others of the same phone come first for a while."""
        if len(self._avoided) >= REMEMBERED:
            self._avoided.clear()
        self._avoided[flow_to(contact)] = self._core.now() + AVOIDED
        log.info("sip_flow_avoided", username=contact.username, host=contact.host)

    def _is_avoided(self, contact: Contact) -> bool:
        return self._avoided.get(flow_to(contact), 0.0) > self._core.now()

    def lost(self, flow: Flow) -> None:
        """A connection is gone, and with it what was reached over it alone."""
        touched = self._registrar.drop_flow(flow)
        for username in touched:
            log.info("sip_flow_failed", username=username, host=flow.host, transport=flow.transport.value)
        if touched:
            self._touched(touched)

    def registered(self) -> list[str]:
        return self._registrar.usernames(self._core.now())

    def uses(self, flow: Flow) -> bool:
        """Whether a phone is registered from there."""
        return self._registrar.uses(flow, self._core.now())

    def expects(self, flow: Flow) -> bool:
        """Whether a phone whose connection this was may register over another one."""
        return self._registrar.expects(flow, self._core.now())

    def left(self, flow: Flow) -> bool:
        """Whether a phone has registered over another connection since anything was heard over this one. It
        may be open here alone: a router that forgets it tells nobody."""
        at = self._registrar.left_at(flow)
        return at is not None and self._core.network.last_heard(flow) < at

    def way_to(self, target: str, flow: Flow) -> Flow | None:
        """How to reach a phone with this Contact, whose connection `flow` is gone: over one that it has
        opened since, else at the address of its Contact, unless it wants to be reached over its own
        connections only (RFC 5626), or shows no certificate that could be checked."""
        later = self._registrar.flow_after(flow)
        if later.transport is flow.transport and self._core.connected(later):
            return later
        try:
            bound = self._registrar.find(target, self._core.now())
            uri = parse_uri(target)
        except MalformedMessage:
            return None
        for binding in bound:
            if binding.flow.transport is flow.transport and self._core.connected(binding.flow):
                return binding.flow
        outbound = any(binding.reg_id is not None for binding in bound)
        if outbound or flow.transport.secure or not is_address(uri.host):
            return None
        return Flow(flow.transport, uri.host.strip("[]"), uri.port or flow.transport.default_port)

    def forget(self, username: str) -> None:
        """The account is gone, or its password is another: no phone stays registered by the old one."""
        if self._registrar.forget(username):
            log.info("sip_registrations_dropped", username=username)
            self._touched([username])

    def on_register(self, request: Request) -> None:
        if missing := unsupported_extensions(request, _EXTENSIONS):
            # Before anybody is asked who they are (RFC 3261, Section 10.3).
            self._core.refuse(request, 420, headers=[("Unsupported", ", ".join(missing))])
            return
        given = self._authenticator.credentials(request, proxy=False)
        if given is None:
            return
        transaction = self._core.accept(request)
        if transaction is None:
            return

        async def work() -> None:
            account = await self._authenticator.check(given, transaction, proxy=False)
            if account is not None:
                self._apply(account.username, transaction)

        task = self._core.loop.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _apply(self, username: str, transaction: ServerTransaction) -> None:
        request = transaction.request
        if request.to.uri.user != username:
            self._core.respond(transaction, 403)
            return
        now = self._core.now()
        try:
            bindings = self._registrar.register(username, request, now)
        except IntervalTooBrief as error:
            self._core.respond(transaction, 423, headers=[("Min-Expires", str(error.minimum))])
        except (MalformedMessage, StaleRegister, FirstHopLacksOutbound) as error:
            self._core.respond(transaction, error.status, error.phrase)
        else:
            path = [("Path", value) for value in request.headers.get("path", ())]
            headers = [*contact_headers(bindings, now), *path, *outbound_headers(request, bindings)]
            self._core.respond(transaction, 200, headers=headers)
            log.info("sip_registered", username=username, contacts=len(bindings), host=request.flow.host)
            self._touched([username])
            self._core.phone_came()

    def flow_after(self, flow: Flow) -> Flow:
        """Where the phone is by now that has registered over a flow."""
        return self._registrar.flow_after(flow)

    def _touched(self, usernames: list[str]) -> None:
        """Tell and save what has become of these."""
        now = self._core.now()
        for username in usernames:
            registered = bool(self._registrar.bindings(username, now))
            if registered != (username in self._announced):
                (self._announced.add if registered else self._announced.discard)(username)
                self._changed(username, registered)
        if self._store is not None:
            self._saving.soon(usernames)
        self._schedule()

    async def _save(self, username: str) -> None:
        if self._store is not None:
            rows = self._registrar.dump(username, time.time() - self._core.now())
            await self._store.save(username, rows)

    def _schedule(self) -> None:
        due = self._registrar.get_timer()
        if due is None or due >= self._sweep_at:
            return
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep_at = due
        self._sweep = self._core.at(max(0.0, due - self._core.now()), self._expire)

    def _expire(self) -> None:
        self._sweep, self._sweep_at = None, float("inf")
        expired = self._registrar.handle_timer(self._core.now())
        for username in expired:
            log.info("sip_registration_expired", username=username)
        self._touched(expired)


def contact_of(username: str, binding: Binding, now: float) -> Contact:
    flow = binding.flow
    left = binding.expires_at - now
    return Contact(
        username,
        binding.uri,
        flow.transport,
        flow.host,
        flow.port,
        left,
        binding.user_agent,
        binding.path,
        outbound=binding.reg_id is not None,
    )


def flow_to(contact: Contact) -> Flow:
    return Flow(contact.transport, contact.host, contact.port)


def contact_headers(bindings: list[Binding], now: float) -> list[Header]:
    """The 200's Contact values: what is bound, with what is left of it (RFC 3261, Section 10.3)."""
    lefts = [(binding, round(binding.expires_at - now)) for binding in bindings]
    return [("Contact", f"<{b.uri}>{flow_parameters(b)};expires={left}") for b, left in lefts]


def flow_parameters(binding: Binding) -> str:
    """Flows of one phone may share a Contact: their names tell them apart."""
    return "" if binding.reg_id is None else f';+sip.instance="{binding.instance}";reg-id={binding.reg_id}'


def outbound_headers(request: Request, bindings: list[Binding]) -> list[Header]:
    """That a flow was bound, and how long it may be silent (RFC 5626, Sections 5.4 and 6)."""
    bound = any(b.reg_id is not None and b.call_id == request.call_id for b in bindings)
    if not bound or "outbound" not in request.tokens("supported"):
        return [("Supported", "path, outbound")]
    seconds = flow_timer(request)
    timer: list[Header] = [] if seconds is None else [("Flow-Timer", str(seconds))]
    return [("Supported", "path, outbound"), ("Require", "outbound"), *timer]
