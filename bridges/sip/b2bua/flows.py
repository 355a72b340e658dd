"""The flows of one phone (RFC 5626): each is tried when the one before has failed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bridges.sip.transport.api import Contact, Ended, EndedBy, OutgoingCall
from logs import log

__all__ = ["Flows"]

_log = log.get(__name__)

#: "Flow Failed" (Section 11.3): a proxy that kept the flow says so.
FLOW_FAILED = 430


class Flows:
    """`contact` is the one that is called first. `prepare` makes a call to one, or raises OSError; `failed`
    is told of each that did not lead to the phone."""

    def __init__(
        self,
        contact: Contact,
        prepare: Callable[[Contact], Awaitable[OutgoingCall]],
        failed: Callable[[Contact], None],
    ) -> None:
        self._now, self._left = contact, list(contact.flows)
        self._prepare, self._failed = prepare, failed

    def are_left(self, ended: Ended) -> bool:
        """Whether a call ended by its flow's fault, not by the phone's answer, and another flow is left."""
        if ended.by in {EndedBy.TIMEOUT, EndedBy.TRANSPORT} or ended.status == FLOW_FAILED:
            self._failed(self._now)
            return bool(self._left)
        return False

    async def next_call(self) -> OutgoingCall | None:
        """A call over the next flow that takes one; None if none does."""
        while self._left:
            following, *others = self._left
            self._now, self._left = replace(following, flows=tuple(others)), others
            try:
                return await self._prepare(self._now)
            except OSError as error:
                _log.warning("flow_not_reached", username=following.username, why=str(error))
        return None
