"""Offers and answers of one dialog (RFC 3264; RFC 6337), whatever message carries them.

At most one offer is open at a time. It is answered, or it is refused or taken back and the session stays what
it was.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bridges.sip.errors import RemoteSipError
from bridges.sip.machine import Machine

__all__ = ["TRANSITIONS", "OfferAnswer", "OfferConflict", "OfferState", "OfferTrigger", "glare_delay"]


class OfferState(Enum):
    """RFC 6337, Section 2.2; JSEP's names are "stable", "have-local-offer", "have-remote-offer"."""

    STABLE = "stable"
    LOCAL_OFFER = "local offer"
    REMOTE_OFFER = "remote offer"


class OfferTrigger(Enum):
    """What moves it."""

    SEND_OFFER = "our offer"
    RECEIVE_OFFER = "offer"
    SEND_ANSWER = "our answer"
    RECEIVE_ANSWER = "answer"
    ROLL_BACK = "the offer is refused or taken back"


TRANSITIONS: dict[tuple[OfferState, OfferTrigger], OfferState] = {
    (OfferState.STABLE, OfferTrigger.SEND_OFFER): OfferState.LOCAL_OFFER,
    (OfferState.STABLE, OfferTrigger.RECEIVE_OFFER): OfferState.REMOTE_OFFER,
    (OfferState.LOCAL_OFFER, OfferTrigger.RECEIVE_ANSWER): OfferState.STABLE,
    (OfferState.LOCAL_OFFER, OfferTrigger.ROLL_BACK): OfferState.STABLE,
    (OfferState.REMOTE_OFFER, OfferTrigger.SEND_ANSWER): OfferState.STABLE,
    (OfferState.REMOTE_OFFER, OfferTrigger.ROLL_BACK): OfferState.STABLE,
}


class OfferConflict(RemoteSipError):
    """An offer of the peer at a time when it may not make one.

    491 while ours waits for its answer (glare), 500 with Retry-After while an earlier one of the peer waits
    for ours (RFC 3261, Section 14.2; RFC 3311, Section 5.2).
    """

    def __init__(self, status: int) -> None:
        super().__init__("offer out of turn", status, "Request Pending" if status == 491 else "Retry Later")


class OfferAnswer(Machine[OfferState, OfferTrigger]):
    """`local` and `remote` are the descriptions agreed on last; None before the first exchange is over."""

    transitions = TRANSITIONS

    def __init__(self) -> None:
        super().__init__(OfferState.STABLE)
        self.local: str | None = None
        self.remote: str | None = None
        self._open = ""

    @property
    def complete(self) -> bool:
        """Whether there is a session to change: the first offer has been answered."""
        return self.local is not None and self.remote is not None

    @property
    def stable(self) -> bool:
        """Whether no offer is open."""
        return self.state is OfferState.STABLE

    def send_offer(self, sdp: str) -> None:
        """Raises LocalMisuse while an offer is open."""
        self._move(OfferTrigger.SEND_OFFER)
        self._open = sdp

    def receive_offer(self, sdp: str) -> None:
        """Raises OfferConflict while an offer is open, which stays as it is."""
        if not self._follow(OfferTrigger.RECEIVE_OFFER):
            raise OfferConflict(491 if self.state is OfferState.LOCAL_OFFER else 500)
        self._open = sdp

    def send_answer(self, sdp: str) -> None:
        """Raises LocalMisuse if the peer has made no offer."""
        self._move(OfferTrigger.SEND_ANSWER)
        self.local, self.remote = sdp, self._open

    def receive_answer(self, sdp: str) -> bool:
        """False, and nothing changes, if there is no offer of ours to be answered."""
        if not self._follow(OfferTrigger.RECEIVE_ANSWER):
            return False
        self.local, self.remote = self._open, sdp
        return True

    def roll_back(self) -> None:
        """The open offer, if any, never was; the session is what was agreed on before."""
        self._follow(OfferTrigger.ROLL_BACK)

    def snapshot(self) -> dict[str, Any]:
        """JSON-serialisable; see `restore`."""
        return {"state": self.state.value, "local": self.local, "remote": self.remote, "open": self._open}

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> "OfferAnswer":
        """From `snapshot`. Raises `ValueError`, `KeyError` for what is none."""
        offers = cls()
        offers.state = OfferState(snapshot["state"])
        offers.local, offers.remote, offers._open = snapshot["local"], snapshot["remote"], snapshot["open"]
        return offers

    def fork(self) -> "OfferAnswer":
        """Of the same open offer one more dialog, whose answer is its own (RFC 3261, Section 13.2.2.4)."""
        twin = OfferAnswer()
        twin.state, twin._open = self.state, self._open
        twin.local, twin.remote = self.local, self.remote
        return twin


def glare_delay(chance: float, *, owns_call_id: bool) -> float:
    """Seconds after a 491 until the offer is made again (RFC 3261, Section 14.1); `chance` is in [0, 1).

    Whoever made the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms.
    """
    steps = 210 + int(chance * 191) if owns_call_id else int(chance * 201)
    return steps / 100
