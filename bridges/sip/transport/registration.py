"""REGISTER: from the socket to the bindings, to the store and to whoever wants to know."""

import asyncio
import time
from collections.abc import Callable

from bridges.sip.message import Flow, MalformedMessage, Request
from bridges.sip.message.reply import Header
from bridges.sip.registrar import Binding, IntervalTooBrief, Registrar, StaleRegister
from bridges.sip.transaction import ServerTransaction
from bridges.sip.transport.agenda import Appointment
from bridges.sip.transport.api import Contact, RegistrationStore
from bridges.sip.transport.authenticate import Authenticator
from bridges.sip.transport.core import Core
from logs import log as logs

__all__ = ["Registrations"]

log = logs.get(__name__)


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
        self._unsaved: set[str] = set()
        self._saving: asyncio.Task[None] | None = None
        self._sweep: Appointment | None = None
        self._sweep_at = float("inf")
        self._tasks: set[asyncio.Task[None]] = set()

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
        if self._saving is not None:
            await self._saving

    def contacts(self, username: str) -> list[Contact]:
        now = self._core.now()
        return [contact_of(username, binding, now) for binding in self._registrar.bindings(username, now)]

    def registered(self) -> list[str]:
        return self._registrar.usernames(self._core.now())

    def uses(self, flow: Flow) -> bool:
        """Whether a phone is registered from there."""
        return self._registrar.uses(flow, self._core.now())

    def forget(self, username: str) -> None:
        """The account is gone, or its password is another: no phone stays registered by the old one."""
        if self._registrar.forget(username):
            log.info("sip_registrations_dropped", username=username)
            self._touched([username])

    def on_register(self, request: Request) -> None:
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
        except (MalformedMessage, StaleRegister) as error:
            self._core.respond(transaction, error.status, error.phrase)
        else:
            path = [("Path", value) for value in request.headers.get("path", ())]
            self._core.respond(transaction, 200, headers=[*contact_headers(bindings, now), *path])
            log.info("sip_registered", username=username, contacts=len(bindings), host=request.flow.host)
            self._touched([username])

    def _touched(self, usernames: list[str]) -> None:
        """Tell and save what has become of these."""
        now = self._core.now()
        for username in usernames:
            registered = bool(self._registrar.bindings(username, now))
            if registered != (username in self._announced):
                (self._announced.add if registered else self._announced.discard)(username)
                self._changed(username, registered)
        if self._store is not None:
            self._unsaved.update(usernames)
            if self._saving is None or self._saving.done():
                self._saving = self._core.loop.create_task(self._save(self._store))
        self._schedule()

    async def _save(self, store: RegistrationStore) -> None:
        """Write one user name after the other; what changes meanwhile is written again."""
        while self._unsaved:
            username = self._unsaved.pop()
            rows = self._registrar.dump(username, time.time() - self._core.now())
            try:
                await store.save(username, rows)
            except Exception:
                log.exception("sip_registration_not_saved", username=username)

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
        username, binding.uri, flow.transport, flow.host, flow.port, left, binding.user_agent, binding.path
    )


def contact_headers(bindings: list[Binding], now: float) -> list[Header]:
    """The 200's Contact values: what is bound, with what is left of it (RFC 3261, Section 10.3)."""
    return [("Contact", f"<{b.uri}>;expires={round(b.expires_at - now)}") for b in bindings]
