"""The user agent client's side of a session (RFC 3261, Section 13.2): answers of all forks, reliable
provisional ones acknowledged (RFC 3262)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from bridges.sip.auth import DigestClient
from bridges.sip.dialog import Dialog
from bridges.sip.message import Flow, OutgoingRequest, Request, Response
from bridges.sip.session.attempts import Calling
from bridges.sip.session.events import Answered, Ended, EndedBy, Progress
from bridges.sip.session.headers import early_media, moved_to, reasons_of, rseq_of
from bridges.sip.session.offer_answer import OfferAnswer, OfferState
from bridges.sip.session.requests import Result, Timed, UserAgent
from bridges.sip.session.session import Resume, ignore
from bridges.sip.session.states import UAC_TRANSITIONS, Trigger
from bridges.sip.session.timer import negotiate_as_uac
from bridges.sip.transaction import ServerTransaction

__all__ = ["UacSession"]

#: Early dialogs kept; the oldest give way.
MOST_FORKS = 32


@dataclass(slots=True)
class Fork:
    """One dialog that our INVITE made. `rseq` is the last reliable provisional answer seen in it, `preview`
    the last description in one that was not: a 2xx without one repeats it (RFC 6337, Section 3.1.1)."""

    dialog: Dialog
    offers: OfferAnswer
    rseq: int | None = None
    preview: str = ""


class UacSession(Calling):
    """The caller's side. See `Calling` for what it is made of."""

    transitions = UAC_TRANSITIONS

    def __init__(self, agent: UserAgent, invite: OutgoingRequest, flow: Flow, **more: Any) -> None:
        super().__init__(agent, invite, flow, **more)
        self._forks: dict[str, Fork] = {}
        self._answer_owed_until: float | None = None
        if invite.body:
            self.offers.send_offer(invite.body.decode())
        self._template = self.offers

    # --- answers to the INVITE ---

    def _on_result(self, result: Result, now: float) -> None:
        response = result.response
        self._silence_at = None
        if result.status >= 200:
            self._cancel_unheard_at = None
        if result.status in {408, 503} and not self._rang and self._try_next(now):
            return
        if response is None:
            by = EndedBy.TIMEOUT if result.status == 408 else EndedBy.TRANSPORT
            self._finish(self._cancelled or Ended(by, result.status, result.phrase), Trigger.GIVE_UP)
        elif result.status < 200:
            self._on_provisional(response, now)
        elif result.status < 300:
            self._on_success(response, now)
        elif not self._retry(response, now) and not self._follow_redirection(response):
            moved = moved_to(response)
            refused = Ended(EndedBy.REFUSED, result.status, result.phrase, reasons_of(response), moved)
            self._finish(self._cancelled or refused, Trigger.RECEIVE_FAILURE)

    def _on_provisional(self, response: Response, now: float) -> None:
        first, self._provisional = not self._provisional, True
        if self._cancelled is not None:
            if first:
                self._send_cancel(now)
            return
        if response.status == 100 or not self._allows(Trigger.RECEIVE_1XX):
            return
        rseq = rseq_of(response)
        if response.to_tag:
            fork = self._fork(response)
            if rseq is not None and not self._next_reliable(fork, rseq):
                return
            self._choose(fork)
        self._rang = True
        self._follow(Trigger.RECEIVE_1XX)
        sdp = response.sdp()
        offers = False
        if rseq is not None and response.to_tag:
            offers = self._acknowledge_reliably(self._fork(response), response, rseq, sdp)
        elif sdp is not None and response.to_tag:
            self._fork(response).preview = sdp
        self._emit(
            Progress(response.status, response.phrase, sdp, response.to_tag, early_media(response), offers)
        )

    def _next_reliable(self, fork: Fork, rseq: int) -> bool:
        """Whether it is the next one; repeats, and those before which one is missing, count for nothing
        (RFC 3262, Section 4)."""
        if fork.rseq is not None and rseq != fork.rseq + 1:
            return False
        fork.rseq = rseq
        return True

    def _acknowledge_reliably(self, fork: Fork, response: Response, rseq: int, sdp: str | None) -> bool:
        """PRACK; one that is to answer an offer waits for the user. Whether it does."""
        rack = ("RAck", f"{rseq} {response.cseq.sequence} INVITE")

        def prack(answer: str, _: float) -> None:
            self._request("PRACK", ignore, (rack,), answer.encode(), dialog=fork.dialog)

        if sdp is not None and fork.offers.stable and not fork.offers.complete:
            fork.offers.receive_offer(sdp)
            self._owed = prack
            return True
        if sdp is not None and fork.offers.state is OfferState.LOCAL_OFFER:
            fork.offers.receive_answer(sdp)
        prack("", 0.0)
        return False

    def _fork(self, response: Response) -> Fork:
        """The dialog of a response, new or known."""
        tag = response.to_tag or ""
        if tag not in self._forks:
            if len(self._forks) == MOST_FORKS:
                del self._forks[
                    next(known for known in self._forks if self._forks[known].dialog is not self.dialog)
                ]
            dialog = Dialog.as_uac(self.invite, self.local_tag, response)
            self._forks[tag] = Fork(dialog, self._template.fork())
        return self._forks[tag]

    def _choose(self, fork: Fork) -> None:
        """The dialog that spoke last, until one has answered."""
        if self.dialog is not fork.dialog:
            if self._own is not None:
                self._own_refused(487, "Request Terminated")
            self.dialog, self.offers, self._owed = fork.dialog, fork.offers, None

    def _on_success(self, response: Response, now: float) -> None:
        tag = response.to_tag or ""
        known = self._invite_acks.get(tag)
        if known is not None:  # repeated: the ACK was lost
            self._out.append(known)
            return
        fork = self._fork(response)
        if self.answered:
            if fork.dialog is not self.dialog:
                self._hang_up_fork(fork.dialog, tag)
            return
        route = tuple(reversed(response.record_route()))
        fork.dialog.route_set = route  # the 2xx says it for good (Section 13.2.2.4)
        fork.dialog.remote_target = response.contact_target() or fork.dialog.remote_target
        if self._cancelled is not None or self.ended:
            self._hang_up_fork(fork.dialog, tag)
            self._finish(self._cancelled or Ended(EndedBy.LOCAL, 487), Trigger.GIVE_UP)
        else:
            self._take_answer(fork, tag, response, now)

    def _take_answer(self, fork: Fork, tag: str, response: Response, now: float) -> None:
        self._choose(fork)
        self._follow(Trigger.RECEIVE_2XX)
        self._silence_at = self._ringing_until = None
        self._learn_methods(response)
        self._session = negotiate_as_uac(response, now)
        sdp = response.sdp()
        if sdp is not None and self.offers.stable and not self.offers.complete:
            self.offers.receive_offer(sdp)
            self._owed = lambda answer, _: self._acknowledge_answer(fork.dialog, tag, answer.encode())
            self._answer_owed_until = now + self._agent.values.timeout
        else:
            self.offers.receive_answer(sdp or fork.preview)
            self._acknowledge_answer(fork.dialog, tag)
        self._emit(Answered(sdp, offers=self._owed is not None))

    def _acknowledge_answer(self, dialog: Dialog, tag: str, body: bytes = b"") -> None:
        self._answer_owed_until = None
        ack = self._ack(dialog, self.invite.cseq, self._credentials(), body)
        self._invite_acks[tag] = ack
        self._out.append(ack)
        self._follow(Trigger.SEND_ACK)

    def _answer_overdue(self, now: float) -> None:
        """The user owes the answer to the offer in the 2xx, and the peer has given up waiting."""
        self._hang_up(Ended(EndedBy.TIMEOUT, phrase="No answer for the ACK"), None)

    def _dialog_of(self, request: Request) -> Dialog | None:
        """Each fork may speak before the answer; those that were hung up still get their BYE answered."""
        fork = self._forks.get(request.from_tag)
        if fork is None:
            return super()._dialog_of(request)
        if not self.answered and not self.ended:
            self._choose(fork)
        return fork.dialog

    def _on_bye(self, transaction: ServerTransaction, now: float) -> None:
        """A callee that hangs up before it has answered takes back the ringing of all forks."""
        if not self.answered and self._cancelled is None:
            self._give_up(Ended(EndedBy.BYE, reasons=reasons_of(transaction.request)), None, now)
        super()._on_bye(transaction, now)

    # --- over a restart ---

    def snapshot(self, now: float) -> dict[str, Any]:
        """See `Session.snapshot`. Once it is answered, the other forks need nothing but their BYE."""
        content = super().snapshot(now)
        forks = [fork for fork in self._forks.values() if not self.answered or fork.dialog is self.dialog]
        content["forks"] = [
            {
                "dialog": fork.dialog.snapshot(),
                "offers": None if fork.dialog is self.dialog else fork.offers.snapshot(),
                "rseq": fork.rseq,
                "preview": fork.preview,
            }
            for fork in forks
        ]
        return content

    @classmethod
    def restore(
        cls,
        agent: UserAgent,
        snapshot: Mapping[str, Any],
        made: float,
        now: float,
        resume: Resume,
        *,
        digest: DigestClient | None = None,
        usages: Iterable[str] = (),
    ) -> Self:
        """What `snapshot` was taken of, at `made` on the clock of `now`. `resume` sets it going.

        Raises `ValueError` for what is no snapshot of such a session.
        """
        try:
            invite = OutgoingRequest.restore(snapshot["invite"])
            flow = Flow.restore(snapshot["flow"])
            symmetric = bool(snapshot["symmetric"])
            session = cls(agent, invite, flow, symmetric=symmetric, digest=digest, usages=usages)
            session._adopt(snapshot, made, now, resume)
            for kept in snapshot["forks"]:
                session._adopt_fork(kept)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("not a snapshot of a session") from error
        return session

    def _adopt_fork(self, kept: Mapping[str, Any]) -> None:
        dialog = Dialog.restore(kept["dialog"])
        if self.dialog is not None and kept["offers"] is None:
            fork = Fork(self.dialog, self.offers)
        else:
            fork = Fork(dialog, OfferAnswer.restore(kept["offers"]))
        fork.rseq, fork.preview = kept["rseq"], str(kept["preview"])
        self._forks[dialog.remote_tag] = fork

    def _timers(self) -> Iterator[Timed]:
        yield from super()._timers()
        if self._answer_owed_until is not None and not self.ended:
            yield self._answer_owed_until, self._answer_overdue
