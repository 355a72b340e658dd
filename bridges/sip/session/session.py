"""What the two sides of a session share: the peer's requests, hanging up, further usages of the dialog."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bridges.sip.auth import DigestClient
from bridges.sip.dialog import Dialog, OutOfOrder
from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Flow, Request, restore_request
from bridges.sip.message.reply import Header
from bridges.sip.session.answer import AnswerRepeater
from bridges.sip.session.events import (
    Acknowledged,
    Deliver,
    Ended,
    EndedBy,
    Output,
    Reason,
    Refreshed,
    Reinvite,
    Send,
    Transmit,
)
from bridges.sip.session.headers import SUPPORTED, allowed, reason_headers, reasons_of
from bridges.sip.session.offer_answer import OfferAnswer
from bridges.sip.session.offering import Unacknowledged
from bridges.sip.session.renegotiation import Renegotiation
from bridges.sip.session.requests import Result, UserAgent
from bridges.sip.session.states import State, Trigger
from bridges.sip.session.timer import SessionTimer
from bridges.sip.transaction import ServerTransaction

__all__ = ["Resume", "Session", "ignore"]

#: Goes on with the server transaction of an INVITE, re-INVITE or UPDATE of an earlier process: the request,
#: its last provisional answer, and whether a 2xx was sent.
Resume = Callable[[Request, bytes, bool], ServerTransaction]


class Session(Renegotiation):
    """One INVITE and its dialog. `call_id` and `local_tag` name it.

    `usages` are the methods of further usages of the dialog (RFC 5057): requests of these kinds are handed to
    the user (`Deliver`), others that are not of the session are answered 405.
    """

    def __init__(
        self,
        agent: UserAgent,
        state: State,
        call_id: str,
        local_tag: str,
        flow: Flow,
        *,
        symmetric: bool,
        digest: DigestClient | None,
        usages: Iterable[str] = (),
    ) -> None:
        super().__init__(agent, state, local_tag, flow, symmetric=symmetric, digest=digest)
        self.call_id = call_id
        self.usages = set(usages)

    # --- the peer's requests within the dialog ---

    def receive_request(self, transaction: ServerTransaction, now: float) -> list[Output]:
        """A request with our tag; never an ACK or CANCEL."""
        request = transaction.request
        dialog = self._dialog_of(request)
        if dialog is None:
            self._reply(transaction, 481)
        elif self.ended or dialog is not self.dialog:
            self._receive_late(transaction)
        elif self._in_order(dialog, transaction):
            if self.symmetric and self.flow != request.flow:
                # A phone whose NAT or connection has changed is where it speaks from.
                self.flow = request.flow
                self._emit(Refreshed())
            self._handler(request.method)(transaction, now)
        return self._take()

    def _dialog_of(self, request: Request) -> Dialog | None:
        """The dialog that a request belongs to, by the peer's tag."""
        dialog = self.dialog
        return dialog if dialog is not None and request.from_tag == dialog.remote_tag else None

    def _receive_late(self, transaction: ServerTransaction) -> None:
        """Our BYE is on its way: one of the peer's that crosses it is answered 200 (RFC 3261,
        Section 15.1.2); a NOTIFY may still end its subscription (RFC 5057, Section 4.2)."""
        method = transaction.request.method
        if method == "BYE":
            self._reply(transaction, 200)
        elif method == "NOTIFY" and method in self.usages:
            self._out.append(Deliver(transaction))
        else:
            self._reply(transaction, 481)

    def _in_order(self, dialog: Dialog, transaction: ServerTransaction) -> bool:
        try:
            dialog.receive(transaction.request)
        except OutOfOrder as error:
            self._reply(transaction, error.status)
            return False
        return True

    def _handler(self, method: str) -> Callable[[ServerTransaction, float], None]:
        handlers: dict[str, Callable[[ServerTransaction, float], None]] = {
            "BYE": self._on_bye,
            "INVITE": self._on_offer,
            "UPDATE": self._on_update,
            "PRACK": self._on_prack,
            "OPTIONS": self._on_options,
        }
        return handlers.get(method) or self._on_other

    def _on_other(self, transaction: ServerTransaction, now: float) -> None:
        if transaction.request.method in self.usages:
            self._out.append(Deliver(transaction))
        else:
            self._reply(transaction, 405, headers=[self._allow()])

    def _allow(self) -> Header:
        return allowed(sorted(self.usages - {"INFO"}))

    def _on_options(self, transaction: ServerTransaction, now: float) -> None:
        self._reply(transaction, 200, headers=[self._allow(), SUPPORTED])

    def _on_prack(self, transaction: ServerTransaction, now: float) -> None:
        """Of no provisional answer of ours (RFC 3262, Section 3)."""
        self._reply(transaction, 481)

    def _on_bye(self, transaction: ServerTransaction, now: float) -> None:
        self._reply(transaction, 200)
        self._finish(Ended(EndedBy.BYE, reasons=reasons_of(transaction.request)), Trigger.RECEIVE_BYE)

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        now: float,
        headers: Sequence[Header] = (),
        body: bytes = b"",
        *,
        has_effect: bool = False,
    ) -> list[Output]:
        """Answer a request that was delivered (`Deliver`); `has_effect` as in `Reply`."""
        self._reply(transaction, status, headers=headers, body=body, has_effect=has_effect)
        return self._take()

    def receive_ack(self, ack: Request, now: float) -> list[Output]:
        """An ACK to a 2xx of ours; all but the first are repeats."""
        waiting = self._unacknowledged.pop(ack.cseq.sequence, None)
        if waiting is None:
            return self._take()
        first = self._follow(Trigger.RECEIVE_ACK)
        sdp = ack.sdp() if waiting.offers else None
        if sdp is not None:
            self.offers.receive_answer(sdp)
        elif waiting.offers:
            self.offers.roll_back()
        if first or waiting.offers:
            self._emit(Acknowledged(sdp))
        self._acknowledged(now)
        return self._take()

    def _acknowledged(self, now: float) -> None:
        """What waited for the ACK goes on."""
        if self._own is not None and self._own.again_at is None:
            self._make_offer(now)

    # --- the end ---

    def bye(self, now: float, reason: Reason | None = None) -> list[Output]:
        """Hang up; before the answer, cancel or refuse. Nothing if it has ended."""
        raise NotImplementedError

    def _hang_up(self, ended: Ended, reason: Reason | None) -> None:
        """End the session, with a BYE if there is one. Nothing if it has ended."""
        if self.answered and self.dialog is not None:
            if self._owed is not None:
                # An offer came with the 2xx: it is acknowledged all the same (RFC 3261, Section 13.2.2.4).
                self._owed("", 0.0)
            self._request("BYE", ignore, reason_headers(reason))
        self._finish(ended, Trigger.SEND_BYE if self.answered else Trigger.GIVE_UP)

    # --- over a restart ---

    def snapshot(self, now: float) -> dict[str, Any]:
        """JSON-serialisable, for `restore` and `resume` of a later process. Raises `LocalMisuse` once it has
        ended. Of what is under way with the peer it holds our offer and the peer's, and each 2xx of ours
        without an ACK; not a BYE, nor requests of the user."""
        if self.ended:
            raise LocalMisuse("the session is over")
        kept = {
            "state": self.state.value,
            "symmetric": self.symmetric,
            "flow": self.flow.snapshot(),
            "dialog": self.dialog.snapshot() if self.dialog else None,
            "offers": self.offers.snapshot(),
            "timer": self._session.snapshot(now) if self._session else None,
            "peer_updates": self._peer_updates,
            "asked": self._asked.request.snapshot() if self._asked else None,
            "own": self._own_snapshot(),
            "acks": {str(cseq): ack.snapshot() for cseq, ack in self._acks.items()},
            "unacknowledged": {
                str(cseq): {"repeat": waiting.repeat.snapshot(), "offers": waiting.offers}
                for cseq, waiting in self._unacknowledged.items()
            },
        }
        return kept if self.focus is None else kept | {"focus": self.focus}

    def _adopt(self, snapshot: Mapping[str, Any], made: float, now: float, resume: Resume) -> None:
        """Become what a snapshot, made at `made`, was of. Raises `ValueError`, `KeyError`, `TypeError`."""
        self.state = State(snapshot["state"])
        self.flow = Flow.restore(snapshot["flow"])
        self.dialog = Dialog.restore(snapshot["dialog"]) if snapshot["dialog"] else None
        self.offers = OfferAnswer.restore(snapshot["offers"])
        self._session = SessionTimer.restore(snapshot["timer"], made) if snapshot["timer"] else None
        self._peer_updates = bool(snapshot["peer_updates"])
        self.focus = snapshot.get("focus")
        if snapshot["asked"]:
            self._asked = resume(restore_request(snapshot["asked"]), b"", False)
        self._acks = {int(cseq): Transmit.restore(ack) for cseq, ack in snapshot["acks"].items()}
        values = self._agent.values
        for cseq, waiting in snapshot["unacknowledged"].items():
            self._unacknowledged[int(cseq)] = Unacknowledged(
                Transmit.restore(waiting["repeat"]),
                AnswerRepeater(values.t1, values.t2, now),
                bool(waiting["offers"]),
            )
        self._restore_own(snapshot["own"])

    def resume(self, now: float) -> list[Output]:
        """Go on after `restore`: what may have been lost meanwhile is sent once more, and an offer of the
        peer that waits for the user is told again."""
        self._out += [waiting.repeat for waiting in self._unacknowledged.values()]
        if self._asked is not None:
            request = self._asked.request
            self._emit(Reinvite(request.sdp(), request.method, request.cseq.sequence))
        if self._own is not None and self._own.request is not None and self.dialog is not None:
            self._out.append(Send(self._own.request, self.next_flow(self.dialog)))
        return self._take()


def ignore(_: Result, now: float) -> None:
    """For requests whose answer changes nothing."""
