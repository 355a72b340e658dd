"""A module that Synapse loads: everybody of the organisation sees everybody's presence.

Without it Synapse tells presence only to those who share a room, and a colleague with whom nobody has
talked yet would look offline in the directory.

It also lets a device that is signed out be busy no longer. Synapse turns every device busy that synchronises
while its person is, and forgets one that has gone after an hour: so long somebody would be on the phone.
"""

from collections.abc import Iterable

from synapse.api.constants import PresenceState
from synapse.api.presence import UserPresenceState
from synapse.module_api import PRESENCE_ALL_USERS, LoggingTransaction, ModuleApi
from synapse.types import UserID

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
        api.register_password_auth_provider_callbacks(on_logged_out=self.signed_out)
        # Private: modules may set the presence of a person, not of one device.
        self._presence = api._hs.get_presence_handler()

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

    async def signed_out(self, user_id: str, device_id: str | None, _access_token: str) -> None:
        """The device can synchronise no more: what the others say counts."""
        user = UserID.from_string(user_id)
        now = await self._presence.get_state(user)
        if device_id is not None and now.state == PresenceState.BUSY:
            gone = {"presence": PresenceState.OFFLINE, "status_msg": now.status_msg}
            await self._presence.set_state(user, device_id, gone)


def _people(transaction: LoggingTransaction) -> list[str]:
    transaction.execute(_PEOPLE)
    return [name for (name,) in transaction]
