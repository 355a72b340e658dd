"""A module that Synapse loads: answers are kept for minutes, not for an hour.

Synapse keeps the answer to each request with a transaction id (a message, an event of a call) in memory, so
that the request may come again: for 30 to 60 minutes, 1.8 kB each, which no setting changes. Of events that
somebody's device has sent it knows the id by its database, too, for a day (`event_txn_id_device_id`): that
goes on. What is given up is the answer to a request that comes again later than this from an application
service, or is to devices; ours come again within seconds, and messages to devices bear their own numbers.
"""

from synapse.module_api import ModuleApi
from synapse.rest.client import transactions
from synapse.util.duration import Duration

#: Answers are kept for once to twice as long.
KEPT = Duration(minutes=5)


class AnswersKept:
    """Loaded before Synapse makes the caches (`synapse.app._base.start`)."""

    def __init__(self, config: dict[str, object], api: ModuleApi) -> None:
        # Private: what each cache is looked through by.
        transactions.CLEANUP_PERIOD = KEPT
