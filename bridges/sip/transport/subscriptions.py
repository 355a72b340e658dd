"""SUBSCRIBE: from the socket to the machine of each subscription, and their NOTIFYs back to the phones."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Protocol

from bridges.sip.dialog import Dialog
from bridges.sip.errors import RemoteSipError
from bridges.sip.message import Flow, MalformedMessage, OutgoingRequest, Request
from bridges.sip.message.grammar import parse_uri
from bridges.sip.session.headers import unsupported_extensions
from bridges.sip.subscription import (
    ALLOW_EVENTS,
    CONTENT_TYPE,
    MESSAGE_SUMMARY,
    PIDF,
    SIMPLE_MESSAGE_SUMMARY,
    Asked,
    BadSubscribe,
    Gone,
    Lamp,
    MessageSummary,
    Notify,
    Presentity,
    Shown,
    Subscription,
    document,
    pidf,
    read_subscribe,
    summary,
)
from bridges.sip.subscription.machine import Output
from bridges.sip.transaction import ServerTransaction
from bridges.sip.transport.api import Account
from bridges.sip.transport.authenticate import Authenticator
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.saving import Saving
from bridges.sip.transport.timers import Timer
from bridges.sip.transport.values import listens_elsewhere
from logs import log as logs

__all__ = ["Lamps", "Mailboxes", "SubscriptionStore", "Subscriptions"]

log = logs.get(__name__)

#: Subscriptions of one SIP user name: the keys of a large telephone, its side cars, and the like of it.
MOST = 200
#: NOTIFYs a second to subscriptions of an earlier process: a thousand phones with keys are not to be flooded.
RESTORED_A_SECOND = 200.0
#: NOTIFYs in a row, before anything else is done.
BURST = 20

Key = tuple[str, str]


class SubscriptionStore(Protocol):
    """Keeps subscriptions over a restart. Rows are JSON-serialisable; times in them are Unix seconds."""

    async def load(self) -> Sequence[Mapping[str, Any]]:
        """All rows saved and not replaced since."""

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rows of one user name (none: it watches nobody)."""


class Lamps(Protocol):
    """What can be watched, and how it is."""

    async def resource(self, watched: str) -> str | None:
        """What an extension, or the number of a slot, stands for; None for what nobody can watch. May raise:
        then nobody can say."""

    def lamp(self, resource: str) -> Lamp:
        """How it is now."""

    def presentity(self, resource: str) -> Presentity:
        """The same in words."""


class Mailboxes(Protocol):
    """What waits in mailboxes: each phone may watch that of its own account."""

    async def resource(self, watched: str, user_id: str) -> str | None:
        """What stands for the mailbox of `user_id`; None where another is asked for. May raise."""

    def summary(self, resource: str) -> MessageSummary | None:
        """How it is now; None for what is no mailbox, or not known yet."""


@dataclass(slots=True)
class Watcher:
    """A subscription and whose it is; `resource` is what it watches, `flow` the way to the phone."""

    username: str
    resource: str
    subscription: Subscription
    flow: Flow
    timer: Timer | None = None
    #: When the timer is due.
    due: float | None = None


class Subscriptions:
    """`lamps` and `mailboxes` say what can be watched."""

    def __init__(
        self,
        core: Core,
        authenticator: Authenticator,
        store: SubscriptionStore | None,
        lamps: Lamps,
        mailboxes: Mailboxes,
    ) -> None:
        self._core, self._authenticator, self._store = core, authenticator, store
        self._lamps, self._mailboxes = lamps, mailboxes
        self._watchers: dict[Key, Watcher] = {}
        self._by_resource: defaultdict[str, set[Key]] = defaultdict(set)
        self._by_username: defaultdict[str, set[Key]] = defaultdict(set)
        #: Who is to be told, in this order; and when it goes on.
        self._to_show: dict[Key, None] = {}
        self._showing: Timer | None = None
        self._saving = Saving("subscription", self._save)
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._watchers)

    async def load(self) -> None:
        """Take up what the store has kept; each phone is told the state anew, one after the other."""
        if self._store is None:
            return
        try:
            rows = await self._store.load()
        except Exception:
            log.exception("sip_subscriptions_not_loaded")
            return
        self._restore(rows)
        if self._watchers:
            log.info("sip_subscriptions_loaded", subscriptions=len(self._watchers))

    def _restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        now, gone = self._core.now(), time.time()
        for number, row in enumerate(rows):
            try:
                away = gone - float(row["saved_at"])
                subscription = Subscription.restore(row, now - away)
                watcher = Watcher(
                    str(row["username"]), str(row["resource"]), subscription, Flow.restore(row["flow"])
                )
            except (KeyError, ValueError, TypeError) as error:
                log.warning("sip_subscription_not_restored", why=repr(error))
                continue
            self._keep(watcher)
            self._arm(watcher)
            self._core.at(number / RESTORED_A_SECOND, partial(self._show, watcher))

    async def close(self) -> None:
        """Let the last changes reach the store. The phones are told nothing: they are watched on."""
        if self._showing is not None:
            self._showing.cancel()
        for task in self._tasks:
            task.cancel()
        await self._saving.close()

    def changed(self, resources: Iterable[str]) -> None:
        """These may be in another state. Many watchers are told burst after burst, each what is true then."""
        for resource in resources:
            self._to_show |= dict.fromkeys(self._by_resource.get(resource, ()))
        if self._showing is None:
            self._show_some()

    def _show_some(self) -> None:
        self._showing = None
        for key in list(islice(self._to_show, BURST)):
            del self._to_show[key]
            if (watcher := self._watchers.get(key)) is not None:
                self._show(watcher)
        if self._to_show:
            # The answers to these are read first: they would fill the socket's buffer while we go on.
            self._showing = self._core.at(0.0, self._show_some)

    def resources(self) -> list[str]:
        """What is watched by anybody."""
        return list(self._by_resource)

    def watches_mailbox(self, username: str, host: str, port: int) -> bool:
        """Whether the phone at this address is told of its mailbox by a subscription."""
        watchers = (self._watchers[key] for key in self._by_username.get(username, ()))
        return any(
            one.subscription.package == MESSAGE_SUMMARY and (one.flow.host, one.flow.port) == (host, port)
            for one in watchers
        )

    def forget(self, username: str) -> None:
        """The account is gone, or its password is another: it watches nobody any more."""
        for key in list(self._by_username.get(username, ())):
            watcher = self._watchers[key]
            self._do(watcher, watcher.subscription.end(self._core.now()))

    # --- SUBSCRIBE ---

    def on_subscribe(self, request: Request) -> None:
        """One outside dialogs, or within one of ours. What cannot be granted is refused before anybody is
        asked who they are."""
        try:
            asked = read_subscribe(request)
        except BadSubscribe as error:
            self._core.refuse(request, error.status, error.phrase, headers=error.headers)
            return
        if missing := unsupported_extensions(request):
            self._core.refuse(request, 420, headers=[("Unsupported", ", ".join(missing))])
        elif request.to_tag is not None and (request.call_id, request.to_tag) not in self._watchers:
            # The phone begins anew then (RFC 6665, Section 4.1.2.1).
            self._core.refuse(request, 481)
        elif not request.contacts:
            self._core.refuse(request, 400, "Bad Request (no Contact)")
        else:
            self._authenticate(request, asked)

    def _authenticate(self, request: Request, asked: Asked) -> None:
        given = self._authenticator.credentials(request, proxy=False)
        transaction = self._core.accept(request) if given is not None else None
        if given is None or transaction is None:
            return

        async def work() -> None:
            account = await self._authenticator.check(given, transaction, proxy=False)
            if account is not None:
                await self._grant(account, transaction, asked)

        task = self._core.loop.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _grant(self, account: Account, transaction: ServerTransaction, asked: Asked) -> None:
        request, username = transaction.request, account.username
        if request.to_tag is not None:
            self._again(username, transaction, asked)
            return
        if len(self._by_username.get(username, ())) >= MOST:
            log.warning("sip_too_many_subscriptions", username=username)
            self._core.respond(transaction, 603)
            return
        watched = request.uri.user or ""
        try:
            if asked.package == MESSAGE_SUMMARY:
                resource = await self._mailboxes.resource(watched, account.user_id)
            else:
                resource = await self._lamps.resource(watched)
        except Exception as error:
            log.warning("sip_watched_unknown", watched=watched, why=type(error).__name__)
            self._core.respond(transaction, 503, headers=[("Retry-After", "5")])
            return
        if resource is None:
            self._core.respond(transaction, 404)
            return
        try:
            dialog = Dialog.as_uas(request, self._core.new_tag())
        except MalformedMessage as error:
            self._core.respond(transaction, error.status, error.phrase)
            return
        subscription = Subscription(dialog, watched, asked.event)
        watcher = Watcher(username, resource, subscription, way_to(request))
        self._keep(watcher)
        log.info("sip_subscribed", username=username, watched=watched, host=request.flow.host)
        self._granted(watcher, transaction, asked)

    def _again(self, username: str, transaction: ServerTransaction, asked: Asked) -> None:
        request = transaction.request
        watcher = self._watchers.get((request.call_id, request.to_tag or ""))
        if watcher is None or watcher.username != username:
            self._core.respond(transaction, 481)
            return
        try:
            watcher.subscription.dialog.receive(request)
        except RemoteSipError as error:
            self._core.respond(transaction, error.status, error.phrase)
            return
        dialog = watcher.subscription.dialog
        dialog.remote_target = request.contact_target() or dialog.remote_target
        watcher.flow = way_to(request)
        self._granted(watcher, transaction, asked)

    def _granted(self, watcher: Watcher, transaction: ServerTransaction, asked: Asked) -> None:
        subscription, request = watcher.subscription, transaction.request
        routes = [("Record-Route", value) for value in request.record_route()]
        contact = ("Contact", self._core.contact(request.flow))
        self._core.respond(
            transaction,
            200,
            to_tag=subscription.dialog.local_tag,
            headers=[*routes, contact, ("Expires", str(asked.expires)), ALLOW_EVENTS],
        )
        shown = self._shown(watcher) or MessageSummary()
        self._do(watcher, subscription.receive_subscribe(asked.expires, shown, self._core.now()))
        self._save_soon(watcher.username)

    # --- NOTIFY ---

    def _show(self, watcher: Watcher) -> None:
        subscription = watcher.subscription
        shown = self._shown(watcher)
        if shown is not None and not subscription.over:
            self._do(watcher, subscription.show(shown, self._core.now()))

    def _shown(self, watcher: Watcher) -> Shown | None:
        """What is watched, as it is now; None while that is not known."""
        match watcher.subscription.package:
            case "message-summary":
                return self._mailboxes.summary(watcher.resource)
            case "presence":
                return self._lamps.presentity(watcher.resource)
        return self._lamps.lamp(watcher.resource)

    def _do(self, watcher: Watcher, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Notify():
                    self._notify(watcher, output)
                case Gone(why=why):
                    self._drop(watcher, why)
        self._arm(watcher)

    def _notify(self, watcher: Watcher, notify: Notify) -> None:
        subscription, flow = watcher.subscription, self._next_flow(watcher)
        entity = f"sip:{subscription.watched}@{self._core.config.domain}"
        match notify.shown:
            case Lamp() as lamp:
                form, body = CONTENT_TYPE, document(entity, subscription.watched, notify.version, lamp)
            case Presentity() as presentity:
                form, body = PIDF, pidf(entity, subscription.watched, presentity)
            case MessageSummary() as waits:
                form, body = SIMPLE_MESSAGE_SUMMARY, summary(entity, waits)
        request = subscription.dialog.request(
            "NOTIFY",
            transport=flow.transport,
            sent_by=self._core.sent_by(flow),
            branch=self._core.new_branch(),
            headers=(
                ("Contact", self._core.contact(flow)),
                ("Event", subscription.event),
                ("Subscription-State", notify.state),
            ),
            body=body,
        )
        request = replace(request, content_type=form)
        self._core.send(request, flow, partial(self._on_outcome, watcher, request))

    def _on_outcome(self, watcher: Watcher, request: OutgoingRequest, outcome: Outcome) -> None:
        # A NOTIFY that ends a subscription may be answered after the one before it: that says nothing.
        if outcome.status >= 200 and request.cseq == watcher.subscription.dialog.local_cseq:
            self._do(watcher, watcher.subscription.receive_answer(outcome.status, self._core.now()))

    def _next_flow(self, watcher: Watcher) -> Flow:
        """The way by which the phone came; to its Contact, when that connection is gone."""
        flow = watcher.flow
        if flow.transport.reliable and not self._core.connected(flow):
            hop = watcher.subscription.dialog.next_hop()
            if hop is not None:
                return Flow(flow.transport, *hop)
        return flow

    # --- keeping ---

    def _keep(self, watcher: Watcher) -> None:
        key = key_of(watcher)
        self._watchers[key] = watcher
        self._by_resource[watcher.resource].add(key)
        self._by_username[watcher.username].add(key)

    def _drop(self, watcher: Watcher, why: str) -> None:
        key, watched = key_of(watcher), watcher.subscription.watched
        if self._watchers.pop(key, None) is None:
            return
        log.info("sip_subscription_ended", username=watcher.username, watched=watched, why=why)
        for keys, name in ((self._by_resource, watcher.resource), (self._by_username, watcher.username)):
            keys[name].discard(key)
            if not keys[name]:
                del keys[name]
        self._save_soon(watcher.username)

    def _arm(self, watcher: Watcher) -> None:
        due = watcher.subscription.get_timer()
        if watcher.timer is not None:
            if due == watcher.due:
                return
            watcher.timer.cancel()
        watcher.due = due
        now = self._core.now()
        watcher.timer = (
            None if due is None else self._core.at(max(0.0, due - now), partial(self._tick, watcher))
        )

    def _tick(self, watcher: Watcher) -> None:
        watcher.timer = None
        # The loop's clock is coarser than the timer it kept.
        now = max(self._core.now(), watcher.subscription.get_timer() or 0.0)
        self._do(watcher, watcher.subscription.handle_timer(now))

    def _save_soon(self, username: str) -> None:
        if self._store is not None:
            self._saving.soon([username])

    async def _save(self, username: str) -> None:
        now, wall = self._core.now(), time.time()
        watchers = [self._watchers[key] for key in self._by_username.get(username, ())]
        rows = [
            {
                **one.subscription.snapshot(now),
                "flow": one.flow.snapshot(),
                "username": username,
                "resource": one.resource,
                "saved_at": wall,
            }
            for one in watchers
        ]
        if self._store is not None:
            await self._store.save(username, rows)


def key_of(watcher: Watcher) -> Key:
    dialog = watcher.subscription.dialog
    return dialog.call_id, dialog.local_tag


def way_to(request: Request) -> Flow:
    """Where NOTIFYs go: where the SUBSCRIBE came from, so that a NAT lets them in; to the port of the Contact
    for a phone of the same address that listens on another than it sends from."""
    flow, target = request.flow, request.contact_target()
    uri = parse_uri(target) if target else None
    if uri is not None and listens_elsewhere(uri, flow):
        return Flow(flow.transport, flow.host, uri.port or 5060)
    return flow
