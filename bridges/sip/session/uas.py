"""The user agent server's side of a session (RFC 3261, Section 13.3), provisional answers made reliable
(RFC 3262) where the caller requires it."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Self

from bridges.sip.auth import DigestClient
from bridges.sip.dialog import Dialog
from bridges.sip.machine import LocalMisuse
from bridges.sip.message import MalformedMessage, Request, restore_request
from bridges.sip.message.grammar import to_wire
from bridges.sip.message.reply import Header
from bridges.sip.session.answer import AnswerRepeater
from bridges.sip.session.events import Ended, EndedBy, OfferAnswered, Output, Reason, Reinvite, Transmit
from bridges.sip.session.headers import SUPPORTED, rack_of, reasons_of
from bridges.sip.session.offer_answer import OfferState
from bridges.sip.session.requests import Timed, UserAgent
from bridges.sip.session.session import Resume, Session
from bridges.sip.session.states import UAS_TRANSITIONS, State, Trigger
from bridges.sip.transaction import ServerTransaction

__all__ = ["UasSession"]


@dataclass(slots=True)
class Reliable:
    """A provisional answer of ours that waits for its PRACK."""

    rseq: int
    repeat: Transmit
    repeater: AnswerRepeater
    has_sdp: bool


class UasSession(Session):
    """An INVITE received. Raises `MalformedMessage` for one without Contact.

    Provisional answers are reliable only if the caller requires it: one that merely could would otherwise be
    bound to an early answer that another fork may have to change.
    """

    transitions = UAS_TRANSITIONS

    def __init__(
        self,
        agent: UserAgent,
        transaction: ServerTransaction,
        local_tag: str,
        *,
        symmetric: bool,
        digest: DigestClient | None = None,
        usages: Iterable[str] = (),
    ) -> None:
        request = transaction.request
        dialog = Dialog.as_uas(request, local_tag)
        super().__init__(
            agent,
            State.INCOMING,
            request.call_id,
            local_tag,
            request.flow,
            symmetric=symmetric,
            digest=digest,
            usages=usages,
        )
        self.dialog = dialog
        self.invite: Request = request
        self.transaction = transaction
        self._parting: tuple[Ended, Reason | None] | None = None
        self._offerless = request.sdp() is None
        if (sdp := request.sdp()) is not None:
            self.offers.receive_offer(sdp)
        self._requires_reliability = "100rel" in request.tokens("require")
        self._rseq = 1 + int(agent.chance() * 2**30)
        self._reliable: Reliable | None = None
        self._to_ring: deque[tuple[int, str | None]] = deque()
        self._to_answer: tuple[str, tuple[Header, ...]] | None = None
        #: What the user answered with, if the peer has had another answer already: offered after the ACK.
        self._correction: str | None = None

    # --- answers ---

    def ring(self, status: int, sdp: str | None, now: float) -> list[Output]:
        """A provisional answer 101-199. Raises `LocalMisuse` for another status, or after the answer."""
        if not 100 < status < 200:
            raise LocalMisuse(f"{status} is not provisional")
        if self.ended:
            return self._take()
        self._check_unanswered()
        if not self._requires_reliability:
            self._move(Trigger.SEND_1XX)
            self._respond(status, None, self._dialog_headers(), sdp)
        elif sdp is not None or not self._offerless or self.offers.complete:
            self._to_ring.append((status, sdp))
            self._ring_reliably(now)
        # A first reliable answer to an INVITE without offer would have to make one (RFC 3262, Section 5).
        return self._take()

    def _ring_reliably(self, now: float) -> None:
        """One at a time (RFC 3262, Section 3)."""
        if self._reliable is not None or not self._to_ring:
            return
        status, sdp = self._to_ring.popleft()
        if sdp is not None:
            if self.offers.state is OfferState.REMOTE_OFFER and self._asked is None:
                self.offers.send_answer(sdp)
            elif self.offers.stable and not self.offers.complete:
                self.offers.send_offer(sdp)
            else:
                sdp = None  # the peer has had its answer (RFC 6337, Section 3.1.1)
        self._rseq += 1
        self._move(Trigger.SEND_1XX)
        headers = (("Require", "100rel"), ("RSeq", str(self._rseq)), *self._dialog_headers())
        data = self._respond(status, None, headers, sdp)
        self._reliable = Reliable(
            self._rseq,
            Transmit(data, self.transaction.flow),
            AnswerRepeater(self._agent.values.t1, inf, now),
            sdp is not None,
        )

    def _repeat_reliable(self, now: float) -> None:
        reliable = self._reliable
        if reliable is None:
            return
        if reliable.repeater.handle_timer(now):
            self._out.append(reliable.repeat)
        else:
            self._refuse(Ended(EndedBy.TIMEOUT, 504, "No PRACK"), 504)

    def _on_prack(self, transaction: ServerTransaction, now: float) -> None:
        """RFC 3262, Section 3; it may bring the answer to our offer, or an offer of its own (Section 5)."""
        reliable, request = self._reliable, transaction.request
        expected = (reliable.rseq, self.invite.cseq.sequence, "INVITE") if reliable else None
        if reliable is None or rack_of(request) != expected:
            self._reply(transaction, 481)
            return
        self._reliable = None
        sdp = request.sdp()
        if sdp is not None and self.offers.stable and self.offers.complete:
            self.offers.receive_offer(sdp)
            self._asked = transaction
            self._emit(Reinvite(sdp, "PRACK", request.cseq.sequence))
        else:
            if self.offers.state is OfferState.LOCAL_OFFER:
                if sdp is not None and self.offers.receive_answer(sdp):
                    self._emit(OfferAnswered(sdp))
                else:
                    self.offers.roll_back()
            self._reply(transaction, 200)
        if self._to_answer is not None:
            self._send_answer(*self._to_answer, now)
        else:
            self._ring_reliably(now)

    def answer(self, sdp: str, now: float, headers: Sequence[Header] = ()) -> list[Output]:
        """200 OK, repeated until the ACK. Raises `LocalMisuse` if it was answered already."""
        if self.ended:
            return self._take()
        self._check_unanswered()
        if self._reliable is not None and self._reliable.has_sdp:
            self._to_answer = (sdp, tuple(headers))  # not before its PRACK (RFC 3262, Section 3)
        else:
            self._send_answer(sdp, tuple(headers), now)
        return self._take()

    def _send_answer(self, sdp: str, headers: tuple[Header, ...], now: float) -> None:
        self._to_answer = None
        self._reliable = None
        self._to_ring.clear()
        timer = self._agree_on_timer(self.transaction, now)
        if timer is None:
            self._finish(Ended(EndedBy.REFUSED, 422), Trigger.SEND_FAILURE)
            return
        if self._asked is not None:
            self._reply(self._asked, 500, headers=[("Retry-After", "1")])
            self._asked = None
            self.offers.roll_back()
        body, offers = self._final_description(sdp)
        self._move(Trigger.SEND_2XX)
        allow = (self._allow(), SUPPORTED)
        data = self._respond(200, None, (*self._dialog_headers(), *allow, *timer, *headers), body)
        self._repeat_until_ack(self.transaction, data, now, offers=offers)

    def _final_description(self, sdp: str) -> tuple[str | None, bool]:
        """What stands in the 2xx, and whether that is an offer. None if the answer was given reliably."""
        if self.offers.state is OfferState.REMOTE_OFFER:
            self.offers.send_answer(sdp)
            return sdp, False
        if self.offers.complete:
            if self.offers.local is not None and _content(sdp) != _content(self.offers.local):
                self._correction = sdp
            return None, False
        self.offers.send_offer(sdp)
        return sdp, True

    def reject(
        self, status: int, phrase: str | None, now: float, headers: Sequence[Header] = ()
    ) -> list[Output]:
        """A final answer 300-699. Raises `LocalMisuse` for another status, or after the answer."""
        if not 300 <= status < 700:
            raise LocalMisuse(f"{status} is not a refusal")
        if self.ended:
            return self._take()
        if self.answered:
            raise LocalMisuse("already answered")
        self._refuse(Ended(EndedBy.LOCAL, status, phrase or ""), status, phrase, headers)
        return self._take()

    def _refuse(
        self, ended: Ended, status: int, phrase: str | None = None, headers: Sequence[Header] = ()
    ) -> None:
        self._respond(status, phrase, headers, None)
        self._finish(ended, Trigger.SEND_FAILURE)

    def _check_unanswered(self) -> None:
        if self.answered or self._to_answer is not None:
            raise LocalMisuse("already answered")

    def _dialog_headers(self) -> tuple[Header, ...]:
        """Contact, and the route as it came (RFC 3261, Section 12.1.1)."""
        route = self.invite.headers.get("record-route", ())
        return (*(("Record-Route", value) for value in route), self.contact)

    def _respond(self, status: int, phrase: str | None, headers: Sequence[Header], sdp: str | None) -> bytes:
        return self._reply(self.transaction, status, phrase, headers, sdp.encode() if sdp else b"")

    # --- the end ---

    def bye(self, now: float, reason: Reason | None = None) -> list[Output]:
        if self.answered:
            self._hang_up(Ended(EndedBy.LOCAL), reason)
        elif not self.ended:
            self._refuse(Ended(EndedBy.LOCAL, 487), 487)
        return self._take()

    def abort(self, now: float) -> list[Output]:
        """Whoever took the call has failed: 500, or hang up, without waiting for anything."""
        if self.answered:
            super()._hang_up(Ended(EndedBy.LOCAL), Reason("SIP", 500))
        elif not self.ended:
            self._refuse(Ended(EndedBy.LOCAL, 500), 500)
        return self._take()

    def _hang_up(self, ended: Ended, reason: Reason | None) -> None:
        """No BYE before the ACK (RFC 3261, Section 15): if our 200 was lost, the caller would take its
        call for ringing for ever. The 200 is repeated meanwhile, so the ACK comes or its time is over."""
        waiting = self.invite.cseq.sequence in self._unacknowledged
        if waiting and ended.by is EndedBy.LOCAL:
            self._parting = (ended, reason)
        else:
            super()._hang_up(ended, reason)

    def _acknowledged(self, now: float) -> None:
        if self._parting is not None:
            self._hang_up(*self._parting)
            return
        if self._correction is not None and self._own is None:
            sdp, self._correction = self._correction, None
            self._begin_own(sdp, now, told=False)
        super()._acknowledged(now)

    def receive_cancel(self, transaction: ServerTransaction, cancel: Request, now: float) -> list[Output]:
        if transaction is not self.transaction:
            return super().receive_cancel(transaction, cancel, now)
        if not self.answered and not self.ended:
            self._reply(self.transaction, 487, has_effect=True)
            ended = Ended(EndedBy.CANCEL, 487, reasons=reasons_of(cancel))
            self._finish(ended, Trigger.RECEIVE_CANCEL)
        return self._take()

    def _on_bye(self, transaction: ServerTransaction, now: float) -> None:
        """A caller may end an early dialog by BYE too (Section 15): the INVITE is answered 487."""
        if not self.answered:
            self._respond(487, None, (), None)
        super()._on_bye(transaction, now)

    def unreachable(self, now: float) -> list[Output]:
        """An answer of ours could not be sent; one that was lost is repeated instead."""
        if not self.answered:
            self._finish(Ended(EndedBy.TRANSPORT, 503), Trigger.GIVE_UP)
        return self._take()

    # --- over a restart ---

    def snapshot(self, now: float) -> dict[str, Any]:
        reliable = self._reliable
        return super().snapshot(now) | {
            "local_tag": self.local_tag,
            "received": self.invite.snapshot(),
            "last": "" if self.answered else self.transaction.data.decode("utf-8", "surrogateescape"),
            "rseq": self._rseq,
            "reliable": reliable and {"repeat": reliable.repeat.snapshot(), "has_sdp": reliable.has_sdp},
            "to_ring": [list(each) for each in self._to_ring],
            "to_answer": self._to_answer and {"sdp": self._to_answer[0], "headers": self._to_answer[1]},
            "correction": self._correction,
        }

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
            answered = State(snapshot["state"]) in {State.CONNECTING, State.CONFIRMED}
            invite, last = restore_request(snapshot["received"]), to_wire(str(snapshot["last"]))
            tag, symmetric = str(snapshot["local_tag"]), bool(snapshot["symmetric"])
            transaction = resume(invite, last, answered)
            session = cls(agent, transaction, tag, symmetric=symmetric, digest=digest, usages=usages)
            session._adopt(snapshot, made, now, resume)
            session._adopt_answers(snapshot, now)
        except (AttributeError, KeyError, TypeError, MalformedMessage) as error:
            raise ValueError("not a snapshot of a session") from error
        return session

    def _adopt_answers(self, snapshot: Mapping[str, Any], now: float) -> None:
        self._rseq = int(snapshot["rseq"])
        if reliable := snapshot["reliable"]:
            repeater = AnswerRepeater(self._agent.values.t1, inf, now)
            repeat = Transmit.restore(reliable["repeat"])
            self._reliable = Reliable(self._rseq, repeat, repeater, bool(reliable["has_sdp"]))
        self._to_ring.extend((int(status), sdp) for status, sdp in snapshot["to_ring"])
        if answer := snapshot["to_answer"]:
            headers = tuple((str(name), str(value)) for name, value in answer["headers"])
            self._to_answer = (str(answer["sdp"]), headers)
        self._correction = snapshot["correction"]

    def resume(self, now: float) -> list[Output]:
        if self._reliable is not None:
            self._out.append(self._reliable.repeat)
        return super().resume(now)

    def _timers(self) -> Iterator[Timed]:
        yield from super()._timers()
        if self._reliable is not None and not self.ended:
            yield self._reliable.repeater.get_timer(), self._repeat_reliable


def _content(sdp: str) -> list[str]:
    """A description without its origin, whose version alone may differ."""
    return [line for line in sdp.splitlines() if not line.startswith("o=")]
