"""Another session within the dialog: re-INVITE and UPDATE, both ways, and session timers.

RFC 3261, Section 14; RFC 3311; RFC 4028; RFC 6337. An offer that is refused, taken back or meets one of the
other side leaves the session as it was.
"""

from collections.abc import Iterator
from functools import partial

from bridges.sip.message import Request
from bridges.sip.message.reply import Header
from bridges.sip.session.answer import AnswerRepeater
from bridges.sip.session.events import (
    Ended,
    EndedBy,
    OfferWithdrawn,
    Output,
    Reason,
    Refreshed,
    Reinvite,
    Transmit,
)
from bridges.sip.session.headers import ACCEPT, ALLOW, unsupported_extensions
from bridges.sip.session.offer_answer import OfferConflict, OfferState
from bridges.sip.session.offering import DIALOG_GONE, Offering, Unacknowledged
from bridges.sip.session.requests import Result, Timed
from bridges.sip.session.states import Trigger
from bridges.sip.session.timer import (
    MIN_SE,
    IntervalTooSmall,
    TimerAction,
    negotiate_as_uac,
    negotiate_as_uas,
)
from bridges.sip.transaction import ServerTransaction

__all__ = ["Renegotiation"]


class Renegotiation(Offering):
    """Offers in an existing dialog, of both sides, and the refreshing of its session."""

    # --- the peer's offers ---

    def _on_offer(self, transaction: ServerTransaction, now: float) -> None:
        """A re-INVITE, or an UPDATE with SDP (RFC 3261, Section 14.2; RFC 3311, Section 5.2)."""
        request = transaction.request
        if missing := unsupported_extensions(request):
            self._reply(transaction, 420, headers=[("Unsupported", ", ".join(missing))])
            return
        if request.has_strange_parts():
            self._reply(transaction, 415, headers=[("Accept", ACCEPT)])
            return
        try:
            self._receive_offer(request)
        except OfferConflict as error:
            retry = [("Retry-After", "2")] if error.status == 500 else []
            self._reply(transaction, error.status, headers=retry)
            return
        if request.method == "INVITE":
            self._reply(transaction, 100)
        self._asked, self._asks_change = transaction, request.sdp() not in {None, self.offers.remote}
        self._emit(Reinvite(request.sdp(), request.method, request.cseq.sequence))

    def _receive_offer(self, request: Request) -> None:
        """Raises OfferConflict if it may not be made now."""
        own = self._own
        if own is not None and own.request is not None:
            raise OfferConflict(491)
        early = not self.answered and (request.method == "INVITE" or not self.offers.complete)
        if self._asked is not None or early:
            raise OfferConflict(491 if self.offers.state is OfferState.LOCAL_OFFER else 500)
        sdp = request.sdp()
        if sdp is not None:
            self.offers.receive_offer(sdp)
        elif not self.offers.stable:
            raise OfferConflict(491 if self.offers.state is OfferState.LOCAL_OFFER else 500)
        if own is not None:
            # Ours waits after glare, and the peer was quicker: its wish is the newer one.
            self._refuse_own(491, "Request Pending")

    def _on_update(self, transaction: ServerTransaction, now: float) -> None:
        """Without SDP it refreshes the session timer, unseen by the user (RFC 4028, Section 9)."""
        request = transaction.request
        if request.sdp() is not None or request.has_strange_parts():
            self._on_offer(transaction, now)
            return
        headers = self._agree_on_timer(transaction, now)
        if headers is not None:
            self._reply(transaction, 200, headers=(("Allow", ALLOW), self.contact, *headers))
            self._emit(Refreshed())

    @property
    def offer_pending(self) -> int | None:
        """The CSeq of the peer's request whose offer waits for `accept_offer` or `refuse_offer`."""
        return self._asked.request.cseq.sequence if self._asked else None

    def accept_offer(self, sdp: str | None, now: float) -> list[Output]:
        """Answer the peer's offer, wherever it stood: 200 to its request, or ACK or PRACK with the answer.

        Nothing if it has been taken back, or the session is over: such races are ordinary.
        """
        if self._owed is not None:
            owed, self._owed = self._owed, None
            self.offers.send_answer(sdp or "")
            owed(sdp or "", now)
        elif self._asked is not None:
            transaction, self._asked = self._asked, None
            self._accept(transaction, sdp, now)
        return self._take()

    def _accept(self, transaction: ServerTransaction, sdp: str | None, now: float) -> None:
        request = transaction.request
        headers = () if request.method == "PRACK" else self._agree_on_timer(transaction, now)
        if headers is None:
            self.offers.roll_back()
            return
        offers = self.offers.stable
        if not offers:
            self.offers.send_answer(sdp or "")
        elif sdp:
            self.offers.send_offer(sdp)
        data = self._reply(
            transaction,
            200,
            headers=(self.contact, ("Allow", ALLOW), *headers),
            body=sdp.encode() if sdp else b"",
            has_effect=self._asks_change,
        )
        if request.method == "INVITE":
            self._repeat_until_ack(transaction, data, now, offers=offers)

    def refuse_offer(self, status: int, now: float) -> list[Output]:
        """The session stays as it was."""
        transaction, self._asked = self._asked, None
        if transaction is not None:
            self.offers.roll_back()
            self._reply(transaction, status)
        return self._take()

    def receive_cancel(self, transaction: ServerTransaction, cancel: Request, now: float) -> list[Output]:
        """The peer takes an INVITE back. Too late once it is answered (RFC 3261, Section 9.2)."""
        if transaction is self._asked:
            self._asked = None
            self.offers.roll_back()
            self._reply(transaction, 487)
            self._emit(OfferWithdrawn(transaction.request.cseq.sequence))
        return self._take()

    # --- our 2xx, repeated until acknowledged ---

    def _repeat_until_ack(
        self, transaction: ServerTransaction, data: bytes, now: float, *, offers: bool
    ) -> None:
        values = self._agent.values
        self._unacknowledged[transaction.request.cseq.sequence] = Unacknowledged(
            Transmit(data, transaction.flow), AnswerRepeater(values.t1, values.t2, now), offers
        )

    def _repeat(self, cseq: int, now: float) -> None:
        waiting = self._unacknowledged[cseq]
        if waiting.repeater.handle_timer(now):
            self._out.append(waiting.repeat)
        else:
            self._hang_up(Ended(EndedBy.TIMEOUT, phrase="No ACK"), None)

    # --- session timer (RFC 4028) ---

    def _agree_on_timer(self, transaction: ServerTransaction, now: float) -> tuple[Header, ...] | None:
        """Session-timer headers for a 2xx; None if the request has been refused with 422."""
        try:
            self._session = negotiate_as_uas(transaction.request, now)
        except IntervalTooSmall as error:
            self._reply(transaction, error.status, headers=[("Min-SE", str(MIN_SE))])
            return None
        self._learn_methods(transaction.request)
        return self._session.headers() if self._session else ()

    def _session_due(self, now: float) -> None:
        session = self._session
        if session is None:
            return
        if session.handle_timer(now) is TimerAction.EXPIRE:
            ended = Ended(EndedBy.TIMEOUT, phrase="Session expired")
            self._hang_up(ended, Reason("SIP", 408, "Session expired"))
            return
        session.refreshed(now)
        if self._own is None and self._asked is None:  # what is under way refreshes the session, too
            self._refresh(now, update=self._peer_updates or self.offers.local is None)

    def _refresh(self, now: float, *, update: bool) -> None:
        if self._session is None:
            return
        if update:
            headers = (self.contact, *self._session.request_headers())
            self._request("UPDATE", self._on_refreshed, headers)
        elif self._own is None and self._asked is None and self.offers.local is not None:
            self._begin_own(self.offers.local, now, told=False)

    def _on_refreshed(self, result: Result, now: float) -> None:
        if self.ended or result.status < 200:
            return
        if result.status in DIALOG_GONE:
            self._hang_up(Ended(EndedBy.TIMEOUT, result.status, result.phrase), None)
        elif result.status < 300 and result.response is not None:
            self._session = negotiate_as_uac(result.response, now, self._session)
            self._emit(Refreshed())
        elif result.status == 422 and self._lengthen(result.response):
            self._refresh(now, update=True)
        elif result.status in {405, 501}:
            self._refresh(now, update=False)
        elif self._session is not None:
            self._session.postpone(now)

    # --- time, and the end ---

    def _timers(self) -> Iterator[Timed]:
        yield from super()._timers()
        for cseq, waiting in self._unacknowledged.items():
            yield waiting.repeater.get_timer(), partial(self._repeat, cseq)
        if self._session is not None and self.answered:
            yield self._session.get_timer(), self._session_due

    def _finish(self, ended: Ended, trigger: Trigger) -> None:
        """The last event, once."""
        if not self._follow(trigger):
            return
        self._unacknowledged.clear()
        self._session = self._owed = None
        if self._asked is not None:
            self._reply(self._asked, 487)
            self._asked = None
        self._abandon_own()
        self._emit(ended)
