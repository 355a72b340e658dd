"""A module that Synapse loads: everybody of the organisation sees everybody's presence.

Without it Synapse tells presence only to those who share a room, and a colleague with whom nobody has
talked yet would look offline in the directory.
"""

from collections.abc import Iterable

from synapse.api.presence import UserPresenceState
from synapse.module_api import PRESENCE_ALL_USERS, LoggingTransaction, ModuleApi

#: Ghosts of telephones (`@_tel_…`) look at nobody.
_PEOPLE = "SELECT name FROM users WHERE deactivated = 0 AND substr(name, 1, 6) <> '@_tel_'"


class OrganisationPresence:
    """Routes presence as Synapse's documentation describes under "Presence router callbacks"."""

    def __init__(self, config: dict[str, object], api: ModuleApi) -> None:
        self._api = api
        api.register_presence_router_callbacks(
            get_users_for_states=self.users_for_states,
            get_interested_users=self.interested_users,
        )

    async def users_for_states(
        self, states: Iterable[UserPresenceState]
    ) -> dict[str, set[UserPresenceState]]:
        """Everybody is told of each change."""
        changes = set(states)
        people = await self._api.run_db_interaction("unisono_people", _people)
        return {person: set(changes) for person in people}

    async def interested_users(self, user_id: str) -> str:
        """Whoever begins to watch is told of all."""
        return PRESENCE_ALL_USERS


def _people(transaction: LoggingTransaction) -> list[str]:
    transaction.execute(_PEOPLE)
    return [name for (name,) in transaction]
