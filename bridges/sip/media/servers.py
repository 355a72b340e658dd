"""Which media server a call is given to, and which servers are there. Pure."""

from dataclasses import dataclass
from enum import Enum

#: Questions in a row without an answer until a server counts as down.
MISSED = 3


class State(Enum):
    UNKNOWN = "unknown"  #: not asked yet
    UP = "up"
    DOWN = "down"


class Change(Enum):
    """What an answer, or none, told of a server."""

    NONE = "none"
    CAME = "came"  #: it is up now
    WENT = "went"  #: it is down now: its calls are lost
    BEGAN_ANEW = "began anew"  #: it is up, but another process: the calls of the one before are lost


@dataclass(slots=True)
class ServerState:
    """One server as its answers show it.

    Attributes:
        state: see `State`.
        instance: which life of the process it is; rtpengine does not say.
        own: whether it is `bridges.media`, None before it answered.
        life: grows whenever the calls that were on it are lost.
    """

    state: State = State.UNKNOWN
    instance: str | None = None
    own: bool | None = None
    life: int = 0
    _missed: int = 0

    def answered(self, instance: str | None) -> Change:
        """It answered; `instance` is what it calls itself."""
        before, known = self.state, self.instance
        self.state, self._missed = State.UP, 0
        self.instance, self.own = instance, instance is not None
        if known is not None and instance is not None and known != instance:
            self.life += 1
            return Change.BEGAN_ANEW
        return Change.NONE if before is State.UP else Change.CAME

    def missed(self, *, refused: bool = False) -> Change:
        """It did not answer in time; `refused`: nobody listens there."""
        self._missed += 1
        if self.state is State.DOWN or (self._missed < MISSED and not refused):
            return Change.NONE
        before, self.state = self.state, State.DOWN
        if before is not State.UP:
            return Change.NONE
        self.life += 1
        return Change.WENT

    def life_of(self, instance: str | None) -> int:
        """The life that an answer came from which says `instance`; one that says none is of the present."""
        return self.life if instance in {None, self.instance} else self.life - 1


class Choice:
    """The server of the next new call: those that are up in turn; the last ones only when none is.

    Args:
        servers: the state of each; of the first `busy` those that take calls, of the others a stand-by.
    """

    def __init__(self, servers: list[ServerState], busy: int) -> None:
        self._servers = servers
        self._busy = busy
        self._next = 0

    def next(self) -> int | None:
        """Its place; None when all are down. One that was not asked yet may be up."""
        for known in (State.UP, State.UNKNOWN):
            for group in (range(self._busy), range(self._busy, len(self._servers))):
                usable = [index for index in group if self._servers[index].state is known]
                if usable:
                    self._next += 1
                    return usable[self._next % len(usable)]
        return None
