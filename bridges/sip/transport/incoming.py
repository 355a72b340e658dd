"""An INVITE received (`api.IncomingCall`)."""

from collections.abc import Mapping, Sequence

from sipmessage import Address

from bridges.sip.dialog import Dialog
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.grammar import parse_address
from bridges.sip.message.reply import Header
from bridges.sip.transaction import ServerTransaction, State
from bridges.sip.transport.api import (
    Acknowledged,
    CallStateError,
    Credentials,
    Ended,
    EndedBy,
    FromPhone,
    FromTrunk,
    NameAddress,
    Origin,
    Reason,
)
from bridges.sip.transport.call import BaseCall
from bridges.sip.transport.core import Core
from bridges.sip.transport.values import (
    ALLOW,
    first_address,
    is_anonymous,
    listens_elsewhere,
    reasons_of,
    wants_privacy,
)

__all__ = ["UasCall"]


class UasCall(BaseCall):
    """The user agent server's side. Raises `MalformedMessage` for an INVITE without Contact."""

    def __init__(
        self,
        core: Core,
        transaction: ServerTransaction,
        origin: Origin,
        dialled: str,
        credentials: Credentials | None = None,
    ) -> None:
        request: Request = transaction.request
        local_tag = core.new_tag()
        dialog = Dialog.as_uas(request, local_tag)
        elsewhere = any(listens_elsewhere(contact.uri, request.flow) for contact in request.contacts[:1])
        symmetric = not isinstance(origin, FromTrunk) and not elsewhere
        super().__init__(
            core, request.call_id, local_tag, request.flow, symmetric=symmetric, credentials=credentials
        )
        self.origin = origin
        self.dialled = dialled
        self._channel.dialog = dialog
        self._transaction = transaction
        self._request_received = request
        self._parting: tuple[Ended, Reason | None] | None = None
        transaction.user = self

    # --- what was asked ---

    @property
    def request_uri(self) -> str:
        return self._request_received.target

    @property
    def caller(self) -> NameAddress:
        address = self._asserted() or self._request_received.from_
        return NameAddress(str(address.uri), address.name)

    def _asserted(self) -> Address | None:
        if not isinstance(self.origin, FromTrunk):
            return None
        try:
            value = first_address(self._request_received.headers.get("p-asserted-identity", ()))
            return parse_address(value) if value else None
        except MalformedMessage:
            return None

    @property
    def caller_number(self) -> str | None:
        if self.withheld:
            return None
        if isinstance(self.origin, FromPhone):
            return self.origin.account.username
        return (self._asserted() or self._request_received.from_).uri.user

    @property
    def withheld(self) -> bool:
        request = self._request_received
        if wants_privacy(request):
            return True
        if isinstance(self.origin, FromPhone):
            return is_anonymous(request.from_)
        address = self._asserted() or request.from_
        return not address.uri.user or is_anonymous(address)

    @property
    def sdp(self) -> str | None:
        return self._request_received.sdp()

    @property
    def max_forwards(self) -> int:
        return self._request_received.max_forwards

    @property
    def headers(self) -> Mapping[str, Sequence[str]]:
        return self._request_received.headers

    # --- answers ---

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        if not 100 < status < 200:
            raise CallStateError(f"{status} is not provisional")
        if self.ended:
            return
        self._check_unanswered()
        self._respond(status, None, self._dialog_headers(), sdp)

    def answer(self, sdp: str, headers: Sequence[Header] = ()) -> None:
        if self.ended:
            return
        self._check_unanswered()
        session = self._renegotiate(self._transaction)
        if session is None:
            self._finish(Ended(EndedBy.REFUSED, 422))
            return
        self._answered = True
        self._local_sdp = sdp
        data = self._respond(200, None, (*self._dialog_headers(), ("Allow", ALLOW), *session, *headers), sdp)
        self._repeat_until_ack(self._transaction, data)

    def reject(self, status: int, phrase: str | None = None, headers: Sequence[Header] = ()) -> None:
        if not 300 <= status < 700:
            raise CallStateError(f"{status} is not a refusal")
        if self.ended:
            return
        self._check_unanswered()
        self._respond(status, phrase, headers, None)
        self._finish(Ended(EndedBy.LOCAL, status, phrase or ""))

    def abort(self) -> None:
        """Whoever took the call has failed: 500, or hang up."""
        if self._answered:
            super()._hang_up(Ended(EndedBy.LOCAL), Reason("SIP", 500))
        elif not self.ended:
            self.reject(500)

    def _hang_up(self, ended: Ended, reason: Reason | None) -> None:
        """No BYE before the ACK (RFC 3261, Section 15): if our 200 was lost, the caller would take its
        call for ringing for ever. The 200 is repeated meanwhile, so the ACK comes or its time is over."""
        waiting = self._request_received.cseq.sequence in self._unacknowledged
        if waiting and ended.by is EndedBy.LOCAL and not self.ended:
            self._parting = (ended, reason)
        else:
            super()._hang_up(ended, reason)

    def bye(self, reason: Reason | None = None) -> None:
        if self._answered:
            self._hang_up(Ended(EndedBy.LOCAL), reason)
        else:
            self.reject(487)

    def _check_unanswered(self) -> None:
        if self._answered:
            raise CallStateError("already answered")

    def _dialog_headers(self) -> tuple[Header, ...]:
        """Contact, and the route as it came (RFC 3261, Section 12.1.1)."""
        route = self._request_received.headers.get("record-route", ())
        contact = ("Contact", self._core.contact(self._channel.flow))
        return (*(("Record-Route", value) for value in route), contact)

    def _respond(self, status: int, phrase: str | None, headers: Sequence[Header], sdp: str | None) -> bytes:
        body = sdp.encode() if sdp else b""
        return self._core.respond(
            self._transaction, status, phrase, to_tag=self.local_tag, headers=headers, body=body
        )

    # --- what happens to the INVITE ---

    def on_cancel(self, cancel: Request) -> None:
        if self._answered:
            super().on_cancel(cancel)
        elif not self.ended:
            self._respond(487, None, (), None)
            self._finish(Ended(EndedBy.CANCEL, 487, reasons=reasons_of(cancel)))

    def on_no_ack(self) -> None:
        if self._transaction.state is State.TERMINATED and not self._answered:
            self._finish(Ended(EndedBy.TRANSPORT, 503))

    def _on_bye(self, transaction: ServerTransaction) -> None:
        """A caller may end an early dialog by BYE too (Section 15): the INVITE is answered 487."""
        if not self._answered:
            self._respond(487, None, (), None)
        super()._on_bye(transaction)

    def _acknowledged(self, ack: Request) -> None:
        if ack.cseq.sequence == self._request_received.cseq.sequence and self.sdp is not None:
            self._emit(Acknowledged(None))
        else:
            super()._acknowledged(ack)
        if self._parting is not None:
            self._hang_up(*self._parting)
