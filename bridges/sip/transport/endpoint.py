"""`SipEndpoint`: the asyncio shell over transactions, dialogs, registrar and trunks.

The values, events and calls are in `bridges.sip.transport.api`, whose docstring tells the story.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bridges.sip.message import Flow, Request, Transport
from bridges.sip.message.grammar import parse_address, parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.session.headers import ACCEPT, ALLOW, SUPPORTED, unsupported_extensions
from bridges.sip.subscription import MessageSummary
from bridges.sip.transport.api import (
    Accounts,
    Contact,
    Credentials,
    DialogSnapshot,
    EndpointConfig,
    NameAddress,
    OnInvite,
    OnRegistrationChange,
    OnTrunkChange,
    OutgoingCall,
    Reason,
    RegistrationStore,
    Target,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.authenticate import Authenticator
from bridges.sip.transport.call import UacCall, UasCall
from bridges.sip.transport.core import Core
from bridges.sip.transport.gate import Gate
from bridges.sip.transport.network import Tap
from bridges.sip.transport.registration import Registrations
from bridges.sip.transport.subscriptions import Lamps, Mailboxes, Subscriptions, SubscriptionStore
from bridges.sip.transport.trial import TrunkTrial
from bridges.sip.transport.trunks import Trunks
from bridges.sip.transport.unasked import tell_unasked
from bridges.sip.transport.values import claims_extension, listens_elsewhere
from bridges.sip.trunk import AnswerLimits
from logs import log as logs

__all__ = ["SipEndpoint"]

log = logs.get(__name__)

#: Further servers of a provider that a call tries: somebody waits.
ALTERNATIVES = 3
#: How long the flow of a phone that has others may stay silent, in units of T1 (a copy or two may be lost).
FLOW_PATIENCE = 8
#: Methods that exist, and are not for us: 405. Others are 501 (RFC 3261, Section 8.2.1).
KNOWN_METHODS = frozenset({"MESSAGE", "REFER", "NOTIFY", "PUBLISH", "REGISTER"})
#: Methods that make sense within a dialog only.
IN_DIALOG = frozenset({"BYE", "INFO", "UPDATE", "PRACK", "NOTIFY"})


class SipEndpoint:
    """Listens on UDP and TCP; registrar, user agent client and server of many calls.

    `accounts` may be None for an endpoint between peers (no phone can register or call then).
    Set `on_invite` before `start`; without it calls are answered 480.
    """

    def __init__(
        self,
        config: EndpointConfig,
        accounts: Accounts | None = None,
        registration_store: RegistrationStore | None = None,
    ) -> None:
        self.config = config
        self.on_invite: OnInvite | None = None
        self.on_registration_change: OnRegistrationChange | None = None
        self.on_trunk_change: OnTrunkChange | None = None
        self._core = Core(config, self._on_request, self._on_connection_lost)
        self._registrations: Registrations | None = None
        self._subscriptions: Subscriptions | None = None
        authenticator: Authenticator | None = None
        if accounts is not None and config.registrar:
            authenticator = Authenticator(self._core, accounts)
            self._registrations = Registrations(
                self._core, authenticator, registration_store, self._registration_changed
            )
        self._authenticator = authenticator
        self._trunks = Trunks(self._core, config.trunks, self._trunk_changed)
        self._gate = Gate(self._core, authenticator, self._trunks, self._incoming, self._is_phone)
        self._core.is_known = self._is_known
        if self._registrations is not None:
            self._core.find_phone = self._registrations.way_to
            self._core.left = self._registrations.left
            self._core.absent.expects = self._registrations.expects
            self._core.absent.flow_after = self._registrations.flow_after
        self._core.network.tls_peer = self._trunks.tls_peer

    def let_watch(
        self, lamps: Lamps, mailboxes: Mailboxes, store: SubscriptionStore | None = None
    ) -> Subscriptions:
        """From now on phones may watch `lamps` and `mailboxes`; before `start`."""
        if self._authenticator is None:
            raise ValueError("nobody can sign in here")
        self._subscriptions = Subscriptions(self._core, self._authenticator, store, lamps, mailboxes)
        return self._subscriptions

    async def start(self, *, takes_over: bool = False) -> None:
        """Bind the sockets, load registrations, begin to register trunks. Raises `OSError`.

        `takes_over`: nothing is heard before `taken_over`, when the calls of an earlier process are there.
        What a phone says in one of them would be answered 481, and was the end of it.
        """
        if takes_over:
            self._core.hear_later()
        await self._core.open()
        if self._registrations is not None:
            await self._registrations.load()
        if self._subscriptions is not None:
            await self._subscriptions.load()
        self._trunks.start()
        log.info("sip_listening", udp=self.udp_port, tcp=self.tcp_port, tls=self.tls_port)

    def taken_over(self) -> None:
        """All that are to be restored are."""
        self._core.hear()

    async def stop(self) -> None:
        """Hang up what is live, unregister trunks (briefly waited for), close the sockets."""
        for call in list(self._core.calls.values()):
            if not call.ended:
                call.bye(Reason("SIP", 503, "Shutting down"))
        for call in list(self._core.calls.values()):
            call.abort()  # what waits for an ACK cannot wait now
        await self._trunks.stop()
        await self._close()

    async def leave(self) -> None:
        """Close the sockets without a word: another process goes on with all that was said."""
        self._core.calls.clear()
        self._trunks.leave()
        await self._close()

    async def _close(self) -> None:
        if self._registrations is not None:
            await self._registrations.close()
        if self._subscriptions is not None:
            await self._subscriptions.close()
        await self._gate.close()
        await self._core.close()

    def watch_messages(self, tap: Tap) -> None:
        """From now on `tap(sent, data, flow)` is told of every message on the wire."""
        self._core.network.tap = tap

    def local_address(self, flow: Flow) -> str:
        """Our own `host:port` as the peer of a flow sees it."""
        return self._core.sent_by(flow)

    @property
    def udp_port(self) -> int | None:
        """The bound UDP port."""
        return self._port(Transport.UDP)

    @property
    def tcp_port(self) -> int | None:
        """The bound TCP port."""
        return self._port(Transport.TCP)

    @property
    def tls_port(self) -> int | None:
        """The bound TLS port."""
        return self._port(Transport.TLS)

    def _port(self, transport: Transport) -> int | None:
        address = self._core.network.address(transport)
        return address[1] if address else None

    async def invite(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[Header] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> OutgoingCall:
        """Send an INVITE. Returns once it is on its way; what becomes of it are events of the call
        (a host name that does not resolve is `Ended(TRANSPORT, 503)`, too)."""
        call = await self.prepare(
            target,
            from_=from_,
            to=to,
            sdp=sdp,
            headers=headers,
            credentials=credentials,
            max_forwards=max_forwards,
        )
        call.start()
        return call

    async def prepare(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[Header] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> OutgoingCall:
        """As `invite`, but nothing is sent before the call's `start`: what must survive of it can be
        stored first."""
        found = await self._core.locator.find(target.host, target.port, target.transport)
        (host, port), *others = found or [("0.0.0.0", target.port or 5060)]
        target = replace(target, alternatives=tuple(others[:ALTERNATIVES]))
        flow = Flow(target.transport, host, port)
        return UacCall.new(
            self._core,
            target,
            flow,
            reachable=bool(found),
            from_=from_,
            to=to,
            sdp=sdp,
            headers=headers,
            credentials=credentials,
            max_forwards=max_forwards,
        )

    def contacts(self, username: str) -> list[Contact]:
        """The live contacts of a SIP user name, best first."""
        return self._registrations.contacts(username) if self._registrations else []

    def registered(self) -> list[str]:
        """SIP user names with a live contact, sorted."""
        return self._registrations.registered() if self._registrations else []

    def target_of(self, contact: Contact) -> Target:
        """Where to send an INVITE for a registered contact: over its connection, or to the address
        its REGISTER came from. If that connection is gone, or the phone listens on another port of that
        address, to the address in its URI. Where proxies stand in between, through them (RFC 3327)."""
        within = FLOW_PATIENCE * self.config.t1 if contact.flows else None
        if contact.path:
            first = parse_address(contact.path[0]).uri
            host, port = first.host, first.port or contact.transport.default_port
            return Target(
                contact.uri, contact.transport, host, port, route=contact.path, answer_within=within
            )
        flow = Flow(contact.transport, contact.host, contact.port)
        host, port = contact.host, contact.port
        uri = parse_uri(contact.uri)
        if not contact.outbound and listens_elsewhere(uri, flow):
            return Target(contact.uri, contact.transport, host, uri.port or 5060)
        if contact.transport.reliable and not self._core.network.connected(flow):
            host, port = uri.host, uri.port or contact.transport.default_port
        return Target(contact.uri, contact.transport, host, port, symmetric=True, answer_within=within)

    def tell_of_mailbox(self, username: str, shown: MessageSummary) -> None:
        """Tell those phones of an account that have not subscribed to its mailbox."""
        watched = self._subscriptions
        for contact in self.contacts(username):
            if watched is None or not watched.watches_mailbox(username, contact.host, contact.port):
                tell_unasked(self._core, username, self.target_of(contact), shown)

    def flow_failed(self, contact: Contact) -> None:
        """A phone could not be reached over this flow of its."""
        if self._registrations is not None:
            self._registrations.avoid(contact)

    async def try_trunk(self, name: str) -> TrunkTrial:
        """What a provider answers; nothing in use is touched. Raises `KeyError`."""
        return await self._trunks.try_out(name)

    def trunk_target(self, name: str, number: str) -> Target:
        """Where to send an INVITE for `number` through a trunk. Raises `KeyError` for an unknown trunk,
        `ValueError` for what cannot stand in a URI."""
        return self._trunks.target(name, number)

    def trunk_caller(
        self, name: str, number: str | None, *, hidden: bool = False
    ) -> tuple[NameAddress, tuple[Header, ...]]:
        """From, and further headers, of a call through a trunk that shows `number`, or withholds it from the
        callee. Raises `KeyError`."""
        return self._trunks.present(name, number, hidden=hidden)

    def trunk_credentials(self, name: str) -> Credentials | None:
        """What answers a trunk's digest challenge, if it has a user name. Raises `KeyError`."""
        return self._trunks.credentials(name)

    def trunk_answer_limits(self, name: str) -> AnswerLimits:
        """How soon a call out through a trunk, how late one in from it, is answered. Raises `KeyError`."""
        return self._trunks.answer_limits(name)

    def trunk_status(self) -> list[TrunkStatus]:
        """The state of every trunk."""
        return self._trunks.status()

    async def replace_trunks(self, trunks: Sequence[TrunkConfig]) -> None:
        """From now on there are these trunks; those that stay as they were are left alone."""
        await self._trunks.replace(trunks)

    def forget_phones(self, username: str) -> None:
        """Drop the registrations of a SIP user name."""
        if self._registrations is not None:
            self._registrations.forget(username)
        if self._subscriptions is not None:
            self._subscriptions.forget(username)

    def restore_outgoing(
        self, snapshot: DialogSnapshot, *, age: float = 0.0, credentials: Credentials | None = None
    ) -> UacCall:
        """A call that an earlier run made, `age` seconds after its snapshot was taken; call `resume` once
        somebody listens to it. `credentials` are those that it was made with. Raises `ValueError` for what is
        no snapshot of one."""
        if snapshot.get("side") != UacCall.side:
            raise ValueError("not the snapshot of a call made")
        return UacCall.restore(self._core, snapshot, self._core.now() - age, credentials)

    def restore_incoming(self, snapshot: DialogSnapshot, *, age: float = 0.0) -> UasCall:
        """The same of one that it received."""
        if snapshot.get("side") != UasCall.side:
            raise ValueError("not the snapshot of a call received")
        credentials: Credentials | None = None
        with suppress(KeyError):
            credentials = self._trunks.credentials(str(snapshot.get("trunk")))
        return UasCall.restore(self._core, snapshot, self._core.now() - age, credentials)

    def restore(self, snapshot: DialogSnapshot, *, age: float = 0.0) -> UacCall | UasCall:
        """The same of any."""
        made = snapshot.get("side") == UacCall.side
        return (self.restore_outgoing if made else self.restore_incoming)(snapshot, age=age)

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None:
        """Hang up, cancel or refuse a call of an earlier run. Raises `ValueError` for what is no snapshot."""
        call = self.restore(snapshot)
        call.resume()
        call.bye(reason)

    # --- requests outside calls ---

    def _on_request(self, request: Request) -> None:
        """Each new request. Those that lead nowhere are answered without state."""
        if request.method == "ACK":
            self._on_ack(request)
        elif request.method == "CANCEL":
            self._on_cancel(request)
        elif request.to_tag is not None and not self._is_of_subscription(request):
            self._on_in_dialog(request)
        elif request.method == "SUBSCRIBE" and self._subscriptions is not None:
            self._subscriptions.on_subscribe(request)
        elif request.method == "INVITE" and request.max_forwards == 0:
            # It would go further: what ends here needs no hops (RFC 4475, Section 3.3.11).
            self._core.refuse(request, 483)
        elif request.method == "INVITE":
            self._gate.on_invite(request)
        elif request.method == "REGISTER" and self._registrations is not None:
            self._registrations.on_register(request)
        else:
            self._refuse_method(request)

    def _refuse_method(self, request: Request) -> None:
        method = request.method
        if method == "OPTIONS" and (missing := unsupported_extensions(request)):
            self._core.refuse(request, 420, headers=[("Unsupported", ", ".join(missing))])
        elif method == "OPTIONS":
            if self._trunks.knows(request.flow.host):
                self._core.network.prove(request.flow)
            headers = [
                ("Allow", ALLOW),
                ("Accept", ACCEPT),
                SUPPORTED,
                ("User-Agent", self.config.user_agent),
            ]
            self._core.refuse(request, 200, headers=headers)
        elif method == "SUBSCRIBE":
            self._core.refuse(request, 489)
        elif method in IN_DIALOG:
            self._core.refuse(request, 481)
        else:
            self._core.refuse(request, 405 if method in KNOWN_METHODS else 501, headers=[("Allow", ALLOW)])

    def _on_ack(self, ack: Request) -> None:
        call = self._core.calls.get((ack.call_id, ack.to_tag or ""))
        if call is not None:
            call.on_ack(ack)

    def _on_in_dialog(self, request: Request) -> None:
        key = (request.call_id, request.to_tag or "")
        call = self._core.calls.get(key) or self._core.leaving.get(key)
        if call is None:
            self._core.refuse(request, 489 if request.method == "SUBSCRIBE" else 481)
            return
        self._core.network.prove(request.flow)
        transaction = self._core.accept(request)
        if transaction is not None:
            call.on_request(transaction)

    def _on_cancel(self, cancel: Request) -> None:
        """RFC 3261, Section 9.2. From another host it is nobody's business: 481."""
        invite = self._core.layer.invite_of(cancel)
        if invite is None or invite.request.flow.host != cancel.flow.host:
            self._core.refuse(cancel, 481)
            return
        transaction = self._core.accept(cancel)
        if transaction is None:
            return
        acknowledge = partial(self._core.respond, transaction, 200)
        if invite.user is not None:
            invite.user.on_cancel(invite, cancel, acknowledge)
        else:
            acknowledge()

    def _is_of_subscription(self, request: Request) -> bool:
        """Whether it is a SUBSCRIBE in a dialog that is no call's, be it ours or gone."""
        in_call = (request.call_id, request.to_tag or "") in self._core.calls
        return request.method == "SUBSCRIBE" and self._subscriptions is not None and not in_call

    # --- what the parts tell ---

    def _is_known(self, flow: Flow) -> bool:
        phone = self._registrations is not None and self._registrations.uses(flow)
        return phone or self._trunks.knows(flow.host)

    def _is_phone(self, request: Request) -> bool:
        """Whether a request from the address of a trunk is a phone's, which is to sign in."""
        registrations = self._registrations
        if registrations is None:
            return False
        return registrations.uses(request.flow) or claims_extension(request, self.config)

    async def _incoming(self, call: UasCall) -> None:
        if self.on_invite is None:
            call.reject(480)
        else:
            await self.on_invite(call)

    def _registration_changed(self, username: str, registered: bool) -> None:
        if self.on_registration_change is not None:
            self.on_registration_change(username, registered)

    def _trunk_changed(self, status: TrunkStatus) -> None:
        if self.on_trunk_change is not None:
            self.on_trunk_change(status)

    def _on_connection_lost(self, flow: Flow) -> None:
        """Bindings over the connection stay, but those of RFC 5626: until they expire the phone may still be
        reached at the address of its Contact (see `target_of`)."""
        if self._registrations is not None:
            self._registrations.lost(flow)
        self._trunks.lost(flow)
        self._core.layer.flow_lost(flow)
        self._core.flush()
