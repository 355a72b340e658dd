"""What is to be said to phones whose connection is gone: it is said when they have opened another one."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bridges.sip.message import Flow
from bridges.sip.transaction import ClientTransaction, ServerTransaction, State

__all__ = ["AbsentPhones"]

#: Seconds for which a response is kept: as long as a caller lets it ring (RFC 3261, Section 16.6, Timer C).
PATIENCE = 180.0
#: Nothing was heard of the request yet.
_UNHEARD = {State.CALLING, State.TRYING}


class Kept(NamedTuple):
    """The last response to a request, and until when it is worth saying."""

    transaction: ServerTransaction
    data: bytes
    until: float


class AbsentPhones:
    """`connected` says whether a connection is open. Set by the endpoint: `expects`, whether the phone of a
    flow may come back; `flow_after`, where the phone of a flow is by now. A request waits no longer than its
    transaction, a response no longer than `PATIENCE`: over a connection neither is ever repeated, and who
    hears no final response rings on."""

    def __init__(self, connected: Callable[[Flow], bool]) -> None:
        self.expects: Callable[[Flow], bool] = lambda _: False
        self.flow_after: Callable[[Flow], Flow] = lambda flow: flow
        self._connected = connected
        self._responses: dict[tuple[str, ...], Kept] = {}
        self._waiting: dict[tuple[str, ...], tuple[ClientTransaction, Flow]] = {}

    def expect(self, transaction: ClientTransaction, home: Flow | None) -> None:
        """A request is for the phone that was at `home`."""
        away = home is not None and home.transport.reliable and not self._connected(home)
        if home is not None and away and self.expects(home):
            self._waiting[transaction.key] = transaction, home

    def waits(self, transaction: object) -> bool:
        """Whether a request that could not be sent now may be sent later."""
        return any(each is transaction and each.state in _UNHEARD for each, _ in self._waiting.values())

    def respond(self, transaction: ServerTransaction, data: bytes, now: float) -> None:
        """A response that cannot be sent over the connection of its request, which is gone."""
        self._responses.pop(transaction.key, None)
        if self.expects(transaction.flow):
            self._responses = {key: kept for key, kept in self._responses.items() if kept.until > now}
            self._responses[transaction.key] = Kept(transaction, data, now + PATIENCE)

    def keeps(self, transaction: object) -> bool:
        """Whether the last response within a transaction may be said later."""
        return any(kept.transaction is transaction for kept in self._responses.values())

    def responses(self, now: float) -> Iterator[tuple[bytes, Flow]]:
        """Those whose phone is there again, and where that is."""
        for key, kept in list(self._responses.items()):
            later = self.flow_after(kept.transaction.flow)
            if kept.until <= now:
                del self._responses[key]
            elif self._connected(later):
                del self._responses[key]
                yield kept.data, later

    def heard(self, key: tuple[str, ...]) -> None:
        """Something became of the request of this transaction, or a response to it was sent."""
        self._waiting.pop(key, None)
        self._responses.pop(key, None)

    def came_back(self) -> Iterator[ClientTransaction]:
        """Requests whose phone is there again; their flow is the new one."""
        for transaction, home in list(self._waiting.values()):
            later = self.flow_after(home)
            if later != home and self._connected(later):
                self.heard(transaction.key)
                if transaction.state in _UNHEARD:
                    transaction.flow = later
                    yield transaction
