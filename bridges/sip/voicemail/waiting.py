"""Lamps of mailboxes: what waits for each person, for phones that watch their own. Pure."""

from collections.abc import Awaitable, Callable, Sequence

from bridges.sip.subscription import MessageSummary

#: How the resource of a mailbox begins; its owner's user id follows.
_PREFIX = "mailbox:"

Ask = Callable[[str], Awaitable[MessageSummary]]
Owner = Callable[[str], Awaitable[str | None]]


class MessagesWaiting:
    """`ask` finds what waits for a user id, `owner` the user id of whose an extension is. Both may raise."""

    def __init__(self, ask: Ask, owner: Owner) -> None:
        self._ask, self._owner = ask, owner
        self._known: dict[str, MessageSummary] = {}

    async def resource(self, watched: str, user_id: str) -> str | None:
        """The mailbox of `user_id`, whose phone it is; None where it asks for somebody else's. Raises what
        `ask` and `owner` raise."""
        # Some phones ask for the number that plays messages, which is nobody's.
        if await self._owner(watched) not in {None, user_id}:
            return None
        resource = _PREFIX + user_id
        self._known[resource] = await self._ask(user_id)
        return resource

    def summary(self, resource: str) -> MessageSummary | None:
        """As it was told last; None while that is not known."""
        return self._known.get(resource)

    def told(self, user_id: str, shown: MessageSummary) -> str:
        """It is like this now; the resource to tell of."""
        resource = _PREFIX + user_id
        self._known[resource] = shown
        return resource

    async def ask_again(self, resources: Sequence[str]) -> list[str]:
        """What may have changed unheard among these; those of mailboxes. Raises what `ask` raises."""
        found = [resource for resource in resources if resource.startswith(_PREFIX)]
        for resource in found:
            self._known[resource] = await self._ask(resource.removeprefix(_PREFIX))
        return found
