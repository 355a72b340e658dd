"""Transactions of RFC 3261, Section 17, as corrected by RFC 6026: pure machines.

`TransactionLayer` holds them all and matches messages to them. Nothing here knows sockets or the
clock: `now` is in seconds, monotonic, and what is to be done waits in `TransactionLayer.outputs`.
"""

from bridges.sip.transaction.client import ClientTransaction, InviteClient, NonInviteClient
from bridges.sip.transaction.layer import TooManyTransactions, TransactionLayer
from bridges.sip.transaction.machine import Deliver, Output, Send, TimedOut, TransportFailed
from bridges.sip.transaction.server import InviteServer, NonInviteServer, ServerTransaction
from bridges.sip.transaction.states import State, TimerValues, TransactionStateError

__all__ = [
    "ClientTransaction",
    "Deliver",
    "InviteClient",
    "InviteServer",
    "NonInviteClient",
    "NonInviteServer",
    "Output",
    "Send",
    "ServerTransaction",
    "State",
    "TimedOut",
    "TimerValues",
    "TooManyTransactions",
    "TransactionLayer",
    "TransactionStateError",
    "TransportFailed",
]
