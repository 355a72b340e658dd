"""Requests to phones whose connection is gone: they are said when the phone has opened another one."""

from collections.abc import Callable, Iterator

from bridges.sip.message import Flow
from bridges.sip.transaction import ClientTransaction, State

__all__ = ["AbsentPhones"]

#: Nothing was heard of the request yet.
_UNHEARD = {State.CALLING, State.TRYING}


class AbsentPhones:
    """`connected` says whether a connection is open. Set by the endpoint: `is_phone`, whether a phone is
    registered over a flow; `flow_after`, where the phone of a flow is by now. A request waits no longer than
    its transaction."""

    def __init__(self, connected: Callable[[Flow], bool]) -> None:
        self.is_phone: Callable[[Flow], bool] = lambda _: False
        self.flow_after: Callable[[Flow], Flow] = lambda flow: flow
        self._connected = connected
        self._waiting: dict[tuple[str, ...], tuple[ClientTransaction, Flow]] = {}

    def expect(self, transaction: ClientTransaction, home: Flow | None) -> None:
        """A request is for the phone that was at `home`."""
        away = home is not None and home.transport.reliable and not self._connected(home)
        if home is not None and away and self.is_phone(home):
            self._waiting[transaction.key] = transaction, home

    def waits(self, transaction: object) -> bool:
        """Whether a request that could not be sent now may be sent later."""
        return any(each is transaction and each.state in _UNHEARD for each, _ in self._waiting.values())

    def heard(self, key: tuple[str, ...]) -> None:
        """Something became of the request of this transaction."""
        self._waiting.pop(key, None)

    def came_back(self) -> Iterator[ClientTransaction]:
        """Requests whose phone is there again; their flow is the new one."""
        for transaction, home in list(self._waiting.values()):
            later = self.flow_after(home)
            if later != home and self._connected(later):
                self.heard(transaction.key)
                if transaction.state in _UNHEARD:
                    transaction.flow = later
                    yield transaction
