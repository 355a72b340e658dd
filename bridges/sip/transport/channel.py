"""Sending within a dialog: next hop, numbers, digest challenges answered."""

from bridges.sip.auth import Attempt, DigestClient
from bridges.sip.dialog import Dialog
from bridges.sip.message import Flow
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import CallStateError, Credentials
from bridges.sip.transport.core import Core, OnOutcome, Outcome
from bridges.sip.transport.values import is_address

__all__ = ["DialogChannel"]


class DialogChannel:
    """The way to the peer of one dialog; `dialog` is None until there is one.

    `symmetric` keeps requests on `flow`: right for phones, whatever their Contact says.
    """

    def __init__(self, core: Core, flow: Flow, *, symmetric: bool, credentials: Credentials | None) -> None:
        self.core = core
        self.flow = flow
        self.symmetric = symmetric
        self.dialog: Dialog | None = None
        self._digest = DigestClient(credentials.username, credentials.password) if credentials else None

    def next_flow(self, dialog: Dialog) -> Flow:
        """Where requests go: phones over the flow they use, others where Route or Contact says."""
        if self.symmetric or self.core.network.connected(self.flow):
            return self.flow
        hop = dialog.next_hop()
        if hop is None or not is_address(hop[0]):
            return self.flow
        return Flow(self.flow.transport, hop[0].strip("[]"), hop[1])

    def request(
        self,
        method: str,
        on_outcome: OnOutcome,
        headers: tuple[Header, ...] = (),
        body: bytes = b"",
        *,
        dialog: Dialog | None = None,
    ) -> None:
        """Send a request in `dialog` (the call's own, if None). Raises `CallStateError` without one."""
        dialog = dialog or self.dialog
        if dialog is None:
            raise CallStateError("no dialog")
        self._send(dialog, method, on_outcome, headers, body, (), self.attempt())

    def _send(
        self,
        dialog: Dialog,
        method: str,
        on_outcome: OnOutcome,
        headers: tuple[Header, ...],
        body: bytes,
        credentials: tuple[Header, ...],
        attempt: Attempt | None,
    ) -> None:
        core, flow = self.core, self.next_flow(dialog)
        request = dialog.request(
            method,
            transport=flow.transport,
            sent_by=core.sent_by(flow),
            branch=core.new_branch(),
            headers=(*credentials, ("User-Agent", core.config.user_agent), *headers),
            body=body,
        )

        def answered(outcome: Outcome) -> None:
            answer = self.answer(attempt, outcome, method, request.uri)
            if answer:
                self._send(dialog, method, on_outcome, headers, body, answer, attempt)
            else:
                on_outcome(outcome)

        core.send(request, flow, answered)

    def ack(self, dialog: Dialog, cseq: int, headers: tuple[Header, ...] = ()) -> tuple[bytes, Flow]:
        """The ACK to a 2xx: a request of its own, without a transaction (RFC 3261, Section 13.2.2.4)."""
        flow = self.next_flow(dialog)
        ack = dialog.request(
            "ACK",
            transport=flow.transport,
            sent_by=self.core.sent_by(flow),
            branch=self.core.new_branch(),
            headers=headers,
            cseq=cseq,
        )
        return ack.encode(), flow

    def attempt(self) -> Attempt | None:
        """For a new request; None without credentials."""
        return self._digest.attempt() if self._digest is not None else None

    def answer(self, attempt: Attempt | None, outcome: Outcome, method: str, uri: str) -> tuple[Header, ...]:
        """The headers that answer a challenge, and those before it; none if there is none, or we cannot."""
        if outcome.status not in {401, 407} or attempt is None or outcome.response is None:
            return ()
        if not attempt.take(outcome.response.headers):
            return ()
        return attempt.headers(method, uri, self.core.new_tag())
