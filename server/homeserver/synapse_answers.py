"""A module that Synapse loads: answers are kept for minutes, not for an hour.

Synapse keeps the answer to each request with a transaction id (a message, an event of a call) in memory, so
that the request may come again: for 30 to 60 minutes, 1.8 kB each, which no setting changes. Of events that
somebody's device has sent it knows the id by its database, too, for a day (`event_txn_id_device_id`): that
goes on. Who sends by the token of an application service has no device: what it says in the chat, as a voice
message that comes again for as long as its answer is lost, is kept here for as long as that. What is given up
is the answer to other requests that come again later than this: events of calls, which mean nothing by then
or are one hang-up more, and messages to devices, which bear their own numbers.
"""

from collections.abc import Hashable

from synapse.module_api import ModuleApi
from synapse.rest.client import transactions
from synapse.util.duration import Duration

#: Answers are kept for once to twice as long.
KEPT = Duration(minutes=5)
SAID_KEPT = Duration(days=1)


class AnswersKept:
    """Loaded before Synapse makes the caches (`synapse.app._base.start`)."""

    def __init__(self, config: dict[str, object], api: ModuleApi) -> None:
        # Private: what each cache is looked through by.
        transactions.CLEANUP_PERIOD = KEPT
        transactions.HttpTransactionCache._cleanup = _cleanup  # type: ignore[method-assign]


def _cleanup(self: transactions.HttpTransactionCache) -> None:
    """In place of Synapse's own, which keeps all equally long."""
    now = self.clock.time_msec()
    for key, (_, at) in list(self.transactions.items()):
        kept = SAID_KEPT if _said_by_service(key) else KEPT
        if now > at + kept.as_millis():
            del self.transactions[key]


def _said_by_service(key: Hashable) -> bool:
    match key:
        case (str(path), "appservice", _):
            return "/send/m.room.message/" in path
    return False
