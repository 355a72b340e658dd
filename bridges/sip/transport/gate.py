"""Which INVITEs get in: those of phones by digest, those of trunks by their address; no others."""

import asyncio
from collections.abc import Awaitable, Callable

from bridges.sip.auth import DigestCredentials
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.session.headers import ACCEPT, takes_session, unsupported_extensions
from bridges.sip.session.refer import BadRefer, replaced_by
from bridges.sip.session.timer import IntervalTooSmall, negotiate_as_uas
from bridges.sip.transaction import ServerTransaction, State
from bridges.sip.transport.api import Credentials, FromPhone, FromTrunk, Origin
from bridges.sip.transport.authenticate import Authenticator
from bridges.sip.transport.budget import RefusalBudget
from bridges.sip.transport.call import UasCall
from bridges.sip.transport.core import Core
from bridges.sip.transport.trunks import Trunks
from logs import log as logs

__all__ = ["Gate"]

log = logs.get(__name__)


class Gate:
    """Turns an INVITE into an incoming call, or refuses it as cheaply as can be."""

    def __init__(
        self,
        core: Core,
        authenticator: Authenticator | None,
        trunks: Trunks,
        incoming: Callable[[UasCall], Awaitable[None]],
        is_phone: Callable[[Request], bool],
    ) -> None:
        self._core = core
        self._authenticator = authenticator
        self._trunks = trunks
        self._incoming = incoming
        self._is_phone = is_phone
        self._tasks: set[asyncio.Task[None]] = set()
        rate = core.config.trunk_calls_per_second
        self._trunk_rates = RefusalBudget(rate, 2 * rate) if rate else None
        self._told = RefusalBudget(rate=0.2, burst=1.0)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_invite(self, request: Request) -> None:
        trunk = self._trunks.identify(request, self._is_phone)
        if trunk is not None:
            self._let_in(request, trunk)
        elif self._authenticator is None:
            self._core.refuse(request, 403)
        else:
            given = self._authenticator.credentials(request, proxy=True)
            if given is not None and self._acceptable(request):
                self._authenticate(self._authenticator, request, given)

    def _let_in(self, request: Request, trunk: str) -> None:
        if not self._acceptable(request):
            return
        if not self._has_room(trunk):
            # A flood may not fill the log as well.
            if self._told.allow(trunk, self._core.loop.time()):
                log.warning("trunk_calls_too_much", trunk=trunk)
            self._core.refuse(request, 503, headers=[("Retry-After", "10")])
            return
        self._core.network.prove(request.flow)
        transaction = self._core.accept(request)
        if transaction is not None:
            self._core.respond(transaction, 100)
            dialled = self._trunks.dialled(trunk, request)
            self._begin(transaction, FromTrunk(trunk), dialled, self._trunks.credentials(trunk))

    def _has_room(self, trunk: str) -> bool:
        """A peer over UDP is known by an address that anybody can write: its calls are bounded, in number and
        in time, before anything rings for them."""
        most = self._core.config.trunk_calls
        if most is not None:
            origins = (call.origin for call in self._core.calls.values() if isinstance(call, UasCall))
            if sum(origin == FromTrunk(trunk) for origin in origins) >= most:
                return False
        return self._trunk_rates is None or self._trunk_rates.allow(trunk, self._core.loop.time())

    def _acceptable(self, request: Request) -> bool:
        """What can be refused before anybody is asked."""
        try:
            negotiate_as_uas(request, 0)
            replaced_by(request)
        except IntervalTooSmall as error:
            self._core.refuse(request, error.status, headers=[("Min-SE", "90")])
            return False
        except BadRefer as error:
            self._core.refuse(request, error.status, f"Bad Request ({error})")
            return False
        if missing := unsupported_extensions(request):
            self._core.refuse(request, 420, headers=[("Unsupported", ", ".join(missing))])
        elif not request.contacts:
            self._core.refuse(request, 400, "Bad Request (no Contact)")
        elif not takes_session(request):
            self._core.refuse(request, 406)
        elif request.has_strange_parts():
            self._core.refuse(request, 415, headers=[("Accept", ACCEPT)])
        elif request.uri.scheme == "sips" and not request.flow.transport.secure:
            self._core.refuse(request, 416)
        else:
            return True
        return False

    def _authenticate(self, authenticator: Authenticator, request: Request, given: DigestCredentials) -> None:
        transaction = self._core.accept(request)
        if transaction is None:
            return
        transaction.user = waiting = Waiting(self._core, transaction)
        self._core.respond(transaction, 100)

        async def work() -> None:
            account = await authenticator.check(given, transaction, proxy=True)
            if account is None or waiting.cancelled:
                return
            self._begin(transaction, FromPhone(account), request.uri.user or "")

        self._spawn(work())

    def _begin(
        self,
        transaction: ServerTransaction,
        origin: Origin,
        dialled: str,
        credentials: Credentials | None = None,
    ) -> None:
        try:
            call = UasCall.new(self._core, transaction, origin, dialled, credentials)
        except MalformedMessage as error:
            self._core.respond(transaction, error.status, error.phrase)
            return
        log.info("sip_invite", sip_call_id=call.call_id, origin=type(origin).__name__, dialled=call.dialled)
        self._spawn(self._hand_over(call))

    async def _hand_over(self, call: UasCall) -> None:
        """A fault in whoever takes the call is answered, not left to ring."""
        try:
            await self._incoming(call)
        except Exception:
            log.exception("sip_incoming_failed", sip_call_id=call.call_id)
            call.abort()

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._core.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Waiting:
    """An INVITE whose sender is being looked up (`core.ServerUser`)."""

    def __init__(self, core: Core, transaction: ServerTransaction) -> None:
        self._core = core
        self._transaction = transaction
        self.cancelled = False

    def on_cancel(self, invite: ServerTransaction, cancel: Request, acknowledge: Callable[[], None]) -> None:
        acknowledge()
        if self._transaction.state is State.PROCEEDING:
            self.cancelled = True
            self._core.respond(self._transaction, 487)

    def on_ack(self, ack: Request) -> None:
        """Of a refusal: the transaction has seen to it."""

    def on_no_ack(self) -> None:
        """Of a refusal: nothing depends on it."""
