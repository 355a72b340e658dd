"""An INVITE sent (`api.OutgoingCall`)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Self

from sipmessage import URI

from bridges.sip.dialog import Dialog
from bridges.sip.message import Flow, OutgoingRequest, Response
from bridges.sip.message.flow import host_port
from bridges.sip.message.grammar import parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.transaction import ClientTransaction
from bridges.sip.transport.agenda import Appointment
from bridges.sip.transport.api import (
    Answered,
    CallStateError,
    Credentials,
    DialogSnapshot,
    Ended,
    EndedBy,
    NameAddress,
    Progress,
    Reason,
    Target,
)
from bridges.sip.transport.call import BaseCall, ignore
from bridges.sip.transport.core import Core, Outcome
from bridges.sip.transport.values import (
    ALLOW,
    flow_of,
    flow_snapshot,
    name_addr,
    reason_headers,
    reasons_of,
)
from bridges.sip.trunk import redirected
from logs import log as logs

__all__ = ["UacCall"]

log = logs.get(__name__)

#: A ringing INVITE that nobody cancels is given up after this many seconds (Timer C of a proxy).
LONGEST_RINGING = 600.0


class UacCall(BaseCall):
    """The user agent client's side."""

    def __init__(
        self, core: Core, target: Target, flow: Flow, invite: OutgoingRequest, credentials: Credentials | None
    ) -> None:
        super().__init__(
            core,
            invite.call_id,
            invite.from_.rpartition(";tag=")[2],
            flow,
            symmetric=target.symmetric,
            credentials=credentials,
        )
        self.target = target
        self._local_sdp = invite.body.decode()
        self._invite = invite
        self._base_headers = self._invite.headers
        self._transaction: ClientTransaction | None = None
        self._reachable = True
        self._started = False
        self._attempt = self._channel.attempt()
        self._provisional = self._rang = False
        self._cancelled: Ended | None = None
        self._cancel_headers: tuple[Header, ...] = ()
        self._acknowledgements: dict[str, tuple[bytes, Flow]] = {}
        self._ringing: Appointment | None = core.at(LONGEST_RINGING, self._rang_too_long)
        self._silence: Appointment | None = None
        self._rang = False
        self._late: set[str] = set()
        self._following: asyncio.Task[None] | None = None

    @classmethod
    def new(
        cls,
        core: Core,
        target: Target,
        flow: Flow,
        *,
        reachable: bool,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[Header],
        credentials: Credentials | None,
        max_forwards: int,
    ) -> Self:
        """A call that begins. Not `reachable`: its host is unknown, which ends it when it is started."""
        invite = OutgoingRequest(
            method="INVITE",
            uri=target.uri,
            transport=flow.transport,
            sent_by=core.sent_by(flow),
            branch=core.new_branch(),
            from_=f"{name_addr(from_)};tag={core.new_tag()}",
            to=name_addr(to),
            call_id=core.new_call_id(),
            cseq=1,
            route=target.route,
            headers=(
                ("Contact", core.contact(flow)),
                ("Allow", ALLOW),
                ("User-Agent", core.config.user_agent),
                *headers,
            ),
            body=(sdp or "").encode(),
            max_forwards=max_forwards,
        )
        call = cls(core, target, flow, invite, credentials)
        call._reachable = reachable
        return call

    @classmethod
    def restore(cls, core: Core, snapshot: DialogSnapshot) -> Self:
        """A call that an earlier run left ringing. Raises `ValueError` for what is no snapshot.

        Started, it repeats its INVITE as if the answers had been lost (RFC 3261, Section 17.1.1.2): the peer
        repeats its last answer, and what follows goes the usual way.
        """
        invite = OutgoingRequest.restore(snapshot["invite"])
        flow = flow_of(snapshot)
        target = Target(invite.uri, flow.transport, flow.host, flow.port, symmetric=True)
        return cls(core, target, flow, invite, None)

    def snapshot(self) -> DialogSnapshot:
        if self._answered or self.ended or self._cancelled is not None:
            return super().snapshot()
        return {"invite": self._invite.snapshot(), **flow_snapshot(self._channel.flow)}

    def start(self) -> None:
        if self._started or self.ended:
            return
        self._started = True
        if self._reachable:
            self._send_invite()
        else:
            self._core.loop.call_soon(self._on_outcome, Outcome(503, "Host Unknown", None))

    def _send_invite(self) -> None:
        if self.target.answer_within is not None:
            self._silence = self._core.at(self.target.answer_within, self._nobody_there)
        on_outcome = partial(self._on_attempt, self._invite)
        self._transaction = self._core.send(self._invite, self._channel.flow, on_outcome)

    def cancel(self, reason: Reason | None = None) -> None:
        if self.ended or self._cancelled is not None:
            return
        if self._answered:
            raise CallStateError("already answered: bye")
        self._give_up(Ended(EndedBy.LOCAL, 487, "Request Terminated"), reason)

    def bye(self, reason: Reason | None = None) -> None:
        if self._answered:
            self._hang_up(Ended(EndedBy.LOCAL), reason)
        else:
            self.cancel(reason)

    # --- giving up ---

    def _give_up(self, ended: Ended, reason: Reason | None) -> None:
        self._cancelled = ended
        self._cancel_headers = reason_headers(reason)
        if not self._started:
            self._finish(ended)
        elif self._provisional:
            self._send_cancel()

    def _send_cancel(self) -> None:
        """Only after a provisional answer (RFC 3261, Section 9.1); then the peer has 64*T1 to react."""
        self._core.send(self._invite.cancel(self._cancel_headers), self._channel.flow, ignore)
        self._core.at(self._core.layer.values.timeout, self._cancel_unheard)

    def _cancel_unheard(self) -> None:
        if not self.ended and self._cancelled is not None:
            self._abandon()
            self._finish(self._cancelled)

    def _rang_too_long(self) -> None:
        if not self.ended and not self._answered and self._cancelled is None:
            self._give_up(Ended(EndedBy.TIMEOUT, 408, "Request Timeout"), None)

    def _nobody_there(self) -> None:
        """The user tries another way; should the next hop wake up late, it is cancelled or hung up."""
        if self._try_next():
            return
        if self._cancelled is None:
            self._cancelled = Ended(EndedBy.TIMEOUT, 408, "Request Timeout")
        self._finish(self._cancelled)

    def _abandon(self) -> None:
        if self._transaction is not None:
            self._core.layer.abandon(self._transaction)

    def _finish(self, ended: Ended) -> None:
        self._stop_ringing()
        super()._finish(ended)

    def _stop_ringing(self) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    # --- answers ---

    def _on_outcome(self, outcome: Outcome) -> None:
        response = outcome.response
        self._stop_waiting()
        if outcome.status in {408, 503} and not self._rang and self._try_next():
            return
        if response is None:
            by = EndedBy.TIMEOUT if outcome.status == 408 else EndedBy.TRANSPORT
            self._finish(self._cancelled or Ended(by, outcome.status, outcome.phrase))
        elif outcome.status < 200:
            self._on_provisional(response)
        elif outcome.status < 300:
            self._on_success(response)
        elif not self._retry(outcome) and not self._follow(response):
            refused = Ended(EndedBy.REFUSED, outcome.status, outcome.phrase, reasons_of(response))
            self._finish(self._cancelled or refused)

    def _on_provisional(self, response: Response) -> None:
        first, self._provisional = not self._provisional, True
        if self._cancelled is not None:
            if first:
                self._send_cancel()
        elif response.status > 100 and not self._answered:
            self._rang = True
            if response.to_tag:
                self._channel.dialog = self._dialog_with(response)
            self._emit(Progress(response.status, response.phrase, response.sdp(), response.to_tag))

    def _on_success(self, response: Response) -> None:
        tag = response.to_tag or ""
        known = self._acknowledgements.get(tag)
        if known is not None:  # repeated: the ACK was lost
            self._core.send_alone(*known)
            return
        self._peer_updates = "update" in response.tokens("allow")
        dialog = self._dialog_with(response)
        first = not self._acknowledgements
        if first:
            self._channel.dialog = dialog
        self._acknowledgements[tag] = ack = self._channel.ack(dialog, self._invite.cseq, self._credentials())
        self._core.send_alone(*ack)
        if not first:
            self._hang_up_fork(dialog)
        elif self._cancelled is not None or self.ended:
            self._hang_up_fork(dialog)
            self._finish(self._cancelled or Ended(EndedBy.LOCAL, 487))
        else:
            self._answered = True
            self._stop_ringing()
            log.info("sip_call_answered", sip_call_id=self.call_id)
            self._emit(Answered(response.sdp()))

    def _dialog_with(self, response: Response) -> Dialog:
        return Dialog.as_uac(self._invite, self.local_tag, response)

    def _hang_up_fork(self, dialog: Dialog) -> None:
        """An answer that nobody wants any more (Section 13.2.2.4)."""
        self._channel.request("BYE", ignore, dialog=dialog)

    def _credentials(self) -> tuple[Header, ...]:
        """An ACK repeats the INVITE's credentials (Section 22.1)."""
        names = {"authorization", "proxy-authorization"}
        return tuple(header for header in self._invite.headers if header[0].lower() in names)

    def _retry(self, outcome: Outcome) -> bool:
        """Answer a digest challenge as the next request of the same Call-ID (Sections 22.2 and 22.3)."""
        if self._cancelled is not None:
            return False
        credentials = self._channel.answer(self._attempt, outcome, "INVITE", self._invite.uri)
        if not credentials:
            return False
        self._provisional = False
        self._invite = self._invite.again(self._core.new_branch(), (*credentials, *self._base_headers))
        self._send_invite()
        return True

    # --- redirections ---

    def _follow(self, response: Response) -> bool:
        """Send the INVITE to where the provider says that the number is; whether there is such a place."""
        uri = redirected(response, self._invite.uri) if self.target.redirects else None
        if uri is None or self._cancelled is not None:
            return False
        self.target = replace(self.target, redirects=self.target.redirects - 1)
        self._following = self._core.loop.create_task(self._send_to(uri))
        return True

    async def _send_to(self, uri: URI) -> None:
        servers = await self._core.locator.find(uri.host, uri.port, self._channel.flow.transport)
        if self.ended:
            return
        if not servers or self._cancelled is not None:
            self._finish(self._cancelled or Ended(EndedBy.TRANSPORT, 503, "Host Unknown"))
            return
        user, host = parse_uri(self._invite.uri).user or "", host_port(uri.host, uri.port)
        log.info("sip_call_redirected", sip_call_id=self.call_id, host=uri.host, port=uri.port)
        self._move(servers[0], f"sip:{user}@{host}")

    # --- the provider's next server ---

    def _try_next(self) -> bool:
        """Send the INVITE to the next server (RFC 3263, Section 4.3); whether there is one."""
        if not self.target.alternatives or self._cancelled is not None or self._answered:
            return False
        flow = self._channel.flow
        self._core.locator.avoid(flow.host, flow.port)
        following, *others = self.target.alternatives
        self.target = replace(self.target, alternatives=tuple(others))
        log.info("sip_call_fails_over", sip_call_id=self.call_id, away=flow.host, to=following[0])
        self._move(following, self._invite.uri)
        return True

    def _move(self, server: tuple[str, int], uri: str) -> None:
        self._channel.flow = flow = Flow(self._channel.flow.transport, *server)
        again = self._invite.again(self._core.new_branch(), self._base_headers)
        self._invite = replace(again, uri=uri, sent_by=self._core.sent_by(flow))
        self._provisional = self._rang = False
        self._attempt = self._channel.attempt()
        self._send_invite()

    def _on_attempt(self, invite: OutgoingRequest, outcome: Outcome) -> None:
        if invite is self._invite:
            self._on_outcome(outcome)
        elif outcome.response is not None:
            self._on_late(invite, outcome.response)

    def _on_late(self, invite: OutgoingRequest, response: Response) -> None:
        """A server that was given up wakes: it is to ring nobody."""
        tag = response.to_tag or ""
        if response.status < 200:
            if invite.branch not in self._late:
                self._late.add(invite.branch)
                flow = Flow(response.flow.transport, response.flow.host, response.flow.port)
                self._core.send(invite.cancel(), flow, ignore)
        elif response.status < 300 and tag not in self._acknowledgements:
            dialog = Dialog.as_uac(invite, self.local_tag, response)
            self._acknowledgements[tag] = ack = self._channel.ack(dialog, invite.cseq)
            self._core.send_alone(*ack)
            self._hang_up_fork(dialog)
        elif response.status < 300:
            self._core.send_alone(*self._acknowledgements[tag])
