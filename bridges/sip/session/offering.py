"""Our offers within the dialog: re-INVITE and UPDATE (RFC 3261, Section 14.1; RFC 3311, Section 5.1).

After glare an offer is made again by itself. One that is refused or taken back leaves the session as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridges.sip.auth import DigestClient
from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Flow, OutgoingRequest, Request, Response
from bridges.sip.session.answer import AnswerRepeater
from bridges.sip.session.events import (
    Abandon,
    Ended,
    EndedBy,
    OfferAnswered,
    OfferRefused,
    Output,
    Reason,
    Refreshed,
    Send,
    Transmit,
)
from bridges.sip.session.headers import ALLOW
from bridges.sip.session.offer_answer import OfferState, glare_delay
from bridges.sip.session.requests import DialogRequests, Pending, Result, Timed, UserAgent
from bridges.sip.session.states import State
from bridges.sip.session.timer import SessionTimer, least_interval, negotiate_as_uac
from bridges.sip.transaction import ServerTransaction

__all__ = ["DIALOG_GONE", "Offering", "Unacknowledged"]

#: Answers to a request within a dialog after which the dialog is gone (RFC 3261, Section 12.2.1.2).
DIALOG_GONE = frozenset({408, 481})
#: Times that an offer is made before glare, or an interval too small, counts as a refusal.
MOST_TRIES = 4
#: Headers that a challenged request gets anew.
NOT_REPEATED = frozenset({"User-Agent", "Authorization", "Proxy-Authorization"})


@dataclass(slots=True)
class OwnOffer:
    """A re-INVITE or UPDATE of ours. `sdp` None asks for the peer's offer; `told`: the user waits for it.

    `request` is the last one sent; None while it waits: for `again_at`, or for the ACK to an answer of ours.
    """

    method: str
    sdp: str | None
    told: bool
    token: Any = None
    tries: int = 0
    again_at: float | None = None
    request: OutgoingRequest | None = None
    provisional: bool = False
    withdrawn: bool = False


@dataclass(slots=True)
class Unacknowledged:
    """A 2xx of ours to an INVITE whose ACK has not come; `offers`: that ACK is to bring the answer."""

    repeat: Transmit
    repeater: AnswerRepeater
    offers: bool


class Offering(DialogRequests):
    """`owns_call_id`: we made the first INVITE (and wait longer after glare)."""

    owns_call_id = False

    def __init__(
        self,
        agent: UserAgent,
        state: State,
        local_tag: str,
        flow: Flow,
        *,
        symmetric: bool,
        digest: DigestClient | None,
    ) -> None:
        super().__init__(agent, state, local_tag, flow, symmetric=symmetric, digest=digest)
        self._own: OwnOffer | None = None
        self._next: OwnOffer | None = None
        self._asked: ServerTransaction | None = None
        #: Whether that is about another session than the one there is.
        self._asks_change = True
        #: Sends the answer to an offer that came with a 2xx or a reliable 1xx.
        self._owed: Callable[[str, float], None] | None = None
        self._session: SessionTimer | None = None
        self._peer_updates = False
        self._unacknowledged: dict[int, Unacknowledged] = {}
        #: The ACK to the 2xx of our last re-INVITE, by CSeq: should it come again.
        self._acks: dict[int, Transmit] = {}

    # --- our offers ---

    def reoffer(self, sdp: str | None, now: float, token: Any = None) -> list[Output]:
        """Offer another session, or ask for the peer's offer (None); before the answer by UPDATE.

        `OfferAnswered` or `OfferRefused` with the same `token` follows; after glare it is made again by
        itself. Raises `LocalMisuse` without a session to change, or while an offer of ours is open.
        """
        if not self.answered and not (self.state is State.EARLY and self.offers.complete and sdp is not None):
            raise LocalMisuse("no session to change")
        if self._next is not None or (self._own is not None and self._own.told and not self._own.withdrawn):
            raise LocalMisuse("an offer of ours is open")
        if self._own is not None:
            # After the refresh that is under way, or the offer that was taken back.
            self._next = OwnOffer("INVITE", sdp, told=True, token=token)
        else:
            self._begin_own(sdp, now, told=True, token=token)
        return self._take()

    def _begin_own(self, sdp: str | None, now: float, *, told: bool, token: Any = None) -> None:
        self._own = OwnOffer("INVITE" if self.answered else "UPDATE", sdp, told, token)
        self._make_offer(now)

    def _make_offer(self, now: float) -> None:
        """Send it now, or leave it until the peer has acknowledged our last answer."""
        own = self._own
        if own is None or own.request is not None:
            return
        if self._asked is not None or self.offers.state is OfferState.REMOTE_OFFER:
            self._own_refused(491, "Request Pending")
            return
        if self._unacknowledged or not self.offers.stable:
            own.again_at = None
            return
        own.again_at, own.tries, own.provisional = None, own.tries + 1, False
        timer = self._session.request_headers() if self._session else (("Supported", "timer"),)
        if own.sdp is not None:
            self.offers.send_offer(own.sdp)
        own.request = self._request(
            own.method,
            self._on_own_result,
            (self.contact, ("Allow", ALLOW), *timer),
            (own.sdp or "").encode(),
        )

    def withdraw_offer(self, now: float) -> list[Output]:
        """Take our re-INVITE back; `OfferRefused` follows (487), or the answer that crossed it."""
        own, waiting = self._own, self._next
        if waiting is not None:
            self._next = None
            self._emit(OfferRefused(487, "Request Terminated", waiting.token))
        elif own is not None and own.request is None:
            self._own_refused(487, "Request Terminated")
        elif own is not None and own.method == "INVITE" and not own.withdrawn:
            own.withdrawn = True
            if own.provisional:
                self._cancel_own(own)
        return self._take()

    def _cancel_own(self, own: OwnOffer) -> None:
        """Only after a provisional answer (RFC 3261, Section 9.1)."""
        if own.request is not None and self.dialog is not None:
            self._out.append(Send(own.request.cancel(), self.next_flow(self.dialog)))

    def _sent_again(self, before: OutgoingRequest, again: OutgoingRequest) -> None:
        if self._own is not None and self._own.request is before:
            self._own.request = again
            self._own.provisional = False

    def _on_own_result(self, result: Result, now: float) -> None:
        response, own = result.response, self._own
        if result.status < 200:
            if own is not None and not own.provisional:
                own.provisional = True
                if own.withdrawn:
                    self._cancel_own(own)
        elif result.status < 300 and response is not None:
            self._on_own_success(response, now)
        elif own is None or own.request is None:
            return  # the session ended meanwhile
        elif result.status in DIALOG_GONE:
            self._own_refused(result.status, result.phrase)
            self._hang_up(Ended(EndedBy.TIMEOUT, result.status, result.phrase), None)
        elif not self._try_again(own, result, now):
            if self._session is not None and self._session.refresher_is_us and not own.told:
                self._session.postpone(now)
            self._own_refused(result.status, result.phrase)
            self._begin_next(now)

    def _on_own_success(self, response: Response, now: float) -> None:
        """A 2xx to our re-INVITE or UPDATE; one that comes again wants the same ACK again."""
        own, dialog = self._own, self.dialog
        invite = response.cseq.method == "INVITE"
        if dialog is None:
            return
        if own is None or own.request is None or own.request.branch != response.branch:
            if invite:
                self._on_stray_success(response)
            return
        self._own = None
        dialog.refresh(response)
        self._session = negotiate_as_uac(response, now, self._session)
        self._learn_methods(response)
        sdp = response.sdp()
        if own.sdp is None and sdp is not None:
            self.offers.receive_offer(sdp)
            cseq = response.cseq.sequence
            self._owed = lambda answer, _: self._acknowledge(cseq, answer.encode())
        else:
            if sdp is None or not self.offers.receive_answer(sdp):
                self.offers.roll_back()  # without an answer nothing has been agreed on
            if invite:
                self._acknowledge(response.cseq.sequence)
        if own.told:
            self._emit(OfferAnswered(sdp, self._owed is not None, own.token))
        else:
            self._emit(Refreshed())
        self._begin_next(now)

    def _on_stray_success(self, response: Response) -> None:
        dialog, cseq = self.dialog, response.cseq.sequence
        if dialog is None or response.to_tag != dialog.remote_tag:
            return
        if cseq in self._acks:
            self._out.append(self._acks[cseq])
        elif self._owed is None:
            self._out.append(self._ack(dialog, cseq))

    def _begin_next(self, now: float) -> None:
        self._own, self._next = self._next, None
        self._make_offer(now)

    def _acknowledge(self, cseq: int, body: bytes = b"") -> None:
        if self.dialog is not None:
            self._acks = {cseq: self._ack(self.dialog, cseq, (), body)}
            self._out.append(self._acks[cseq])

    def _try_again(self, own: OwnOffer, result: Result, now: float) -> bool:
        """After glare (RFC 3261, Section 14.1), or with a longer interval (RFC 4028, Section 7.3)."""
        if own.tries >= MOST_TRIES or own.withdrawn:
            return False
        if result.status == 491:
            own.again_at = now + glare_delay(self._agent.chance(), owns_call_id=self.owns_call_id)
        elif result.status == 422 and self._lengthen(result.response):
            own.again_at = now
        else:
            return False
        self.offers.roll_back()
        own.request = None
        return True

    def _lengthen(self, refusal: Response | None) -> bool:
        least = least_interval(refusal) if refusal is not None else None
        if least is None or self._session is None or least <= self._session.interval:
            return False
        self._session.interval = least
        return True

    def _own_refused(self, status: int, phrase: str) -> None:
        own, self._own = self._own, None
        if own is None:
            return
        if own.request is not None:
            self.offers.roll_back()
        if own.told:
            self._emit(OfferRefused(status, phrase, own.token))

    def _abandon_own(self) -> None:
        """The session is over: nobody waits for the answer to our re-INVITE, which may never come."""
        if self._own is not None and self._own.request is not None and self._own.method == "INVITE":
            self._pending.pop((self._own.request.branch, "INVITE"), None)
            self._out.append(Abandon(self._own.request))
        self._refuse_own(487, "Request Terminated")

    def _refuse_own(self, status: int, phrase: str) -> None:
        """What is offered, and what waits to be."""
        for _ in range(2):
            self._own_refused(status, phrase)
            self._own, self._next = self._next, None

    def _learn_methods(self, message: Request | Response) -> None:
        if "allow" in message.headers:
            self._peer_updates = "update" in message.tokens("allow")

    # --- over a restart ---

    def _own_snapshot(self) -> dict[str, Any] | None:
        """Our offer on its way; one that waits to be made is left to the user, who asks again."""
        own = self._own
        if own is None or own.request is None:
            return None
        return {
            "request": own.request.snapshot(),
            "sdp": own.sdp,
            "tries": own.tries,
            "withdrawn": own.withdrawn,
        }

    def _restore_own(self, snapshot: Mapping[str, Any] | None) -> None:
        """Nobody waits for its outcome any more."""
        if snapshot is None or self.dialog is None:
            return
        request = OutgoingRequest.restore(snapshot["request"])
        self._own = OwnOffer(
            request.method,
            snapshot["sdp"],
            told=False,
            tries=int(snapshot["tries"]),
            request=request,
            withdrawn=bool(snapshot["withdrawn"]),
        )
        attempt = self._digest.attempt() if self._digest is not None else None
        headers = tuple(header for header in request.headers if header[0] not in NOT_REPEATED)
        key = request.branch, request.method
        self._pending[key] = Pending(request, self.dialog, headers, self._on_own_result, attempt)

    # --- time, and the end ---

    def _timers(self) -> Iterator[Timed]:
        yield from super()._timers()
        if self._own is not None and self._own.again_at is not None:
            yield self._own.again_at, self._make_offer

    def _hang_up(self, ended: Ended, reason: Reason | None) -> None:
        raise NotImplementedError
