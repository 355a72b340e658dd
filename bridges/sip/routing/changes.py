"""What changed in Matrix since the web was last told: it remembers who can ring and in which rooms. Pure."""

from wire.route import WORD_MAX, MatrixChanges

#: More users and rooms than this are told as "everything", and what the wire has no room for.
CAPACITY = 2_000


class ChangesToTell:
    """Goes with each route until one was answered. A new process tells "everything": what the one before it
    took may have been told to nobody."""

    def __init__(self) -> None:
        self._mark = 1
        #: When "everything" was last marked; 0 once the web was told.
        self._everything = 1
        self._users: dict[str, int] = {}
        self._rooms: dict[str, int] = {}

    def user(self, user_id: str) -> None:
        """The presence of a user changed."""
        self._add(self._users, user_id)

    def room(self, room_id: str) -> None:
        """Somebody came into a room or left it, or it is encrypted now."""
        self._add(self._rooms, room_id)

    def waiting(self) -> tuple[MatrixChanges, int]:
        """With a mark to give back to `told`."""
        return MatrixChanges(tuple(self._users), tuple(self._rooms), self._everything > 0), self._mark

    def told(self, mark: int) -> None:
        """The web has what waited at `mark`; what came since waits on."""
        if self._everything <= mark:
            self._everything = 0
        for kept in (self._users, self._rooms):
            for name in [name for name, since in kept.items() if since <= mark]:
                del kept[name]

    def _add(self, kept: dict[str, int], name: str) -> None:
        self._mark += 1
        kept[name] = self._mark
        if len(self._users) + len(self._rooms) > CAPACITY or len(name) > WORD_MAX:
            self._users.clear()
            self._rooms.clear()
            self._everything = self._mark
