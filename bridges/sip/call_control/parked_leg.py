"""A slot as one side of a call: whoever is there waits, and hears music."""

import re
from typing import Any, Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, Post, Renegotiated
from bridges.sip.b2bua.house_leg import HouseLeg
from wire.record import AnsweredOn

_DIRECTION = re.compile(r"^a=(?:sendrecv|sendonly|recvonly|inactive)\r?\n", re.MULTILINE)
_ADDRESS = re.compile(r"^a=(?:rtcp|candidate|ice-[a-z]+|crypto)\b[^\n]*\n", re.MULTILINE)


def waiting(offer: str) -> str:
    """The answer of who lets the other one wait (RFC 3264, Section 8.4): all that was offered, and sound that
    comes, if any, from elsewhere."""
    text = _ADDRESS.sub("", _DIRECTION.sub("", offer))
    text = re.sub(r"(?m)^m=audio \d+ ", "m=audio 9 ", text)
    text = re.sub(r"(?m)^c=IN IP4 [^\r\n]+", "c=IN IP4 127.0.0.1", text)
    return f"{text.rstrip()}\r\na=sendonly\r\n"


class Slots(Protocol):
    """`bridges.sip.call_control.park.Park`, seen from a leg."""

    def back_in(self, leg: "ParkedLeg") -> float | None: ...

    def left(self, leg: "ParkedLeg") -> None: ...


class ParkedLeg(HouseLeg):
    """`slot` holds the call."""

    answered_on: AnsweredOn = "parked"

    def __init__(self, name: str, slot: str, sdp: str, post: Post, slots: Slots) -> None:
        super().__init__(name, post)
        self.slot, self._slots = slot, slots
        self.description = waiting(sdp)

    def answer(self) -> None:
        """The slot is free: the call may wait there."""
        self._post(Answers(self.name, self.description))

    def drop(self, cause: Cause) -> None:
        self._slots.left(self)

    async def reoffer(self, sdp: str) -> str:
        self.description = waiting(sdp)
        return self.description

    def snapshot(self) -> dict[str, Any] | None:
        back_in = self._slots.back_in(self)
        if back_in is None:
            return None
        return self._snapshot({"slot": self.slot, "back_in": back_in})

    @property
    def accepted(self) -> bool:
        return True

    def established(self) -> None:
        """The other one waits from now on."""
        self._post(Renegotiated(self.name))
