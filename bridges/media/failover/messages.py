"""What a media process tells its stand-by, over a socket of whole messages (SOCK_SEQPACKET). Pure.

File descriptors of sockets come beside a message (SCM_RIGHTS), in the order in which it names them.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from bridges.media.call_state import CallState, Counters

#: Bytes of a message: what the kernel lets through in one piece. Legs in one `Beat`.
MAX_MESSAGE, AT_ONCE = 200_000, 400


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """The first: who it is. With it come the sockets of all browsers and of the control port.

    Attributes:
        instance: see `Control.instance`.
        events: of the control port, those that are kept.
    """

    instance: str
    events: tuple[dict[str, Any], ...] = ()


class Changed(msgspec.Struct, tag="changed", frozen=True):
    """A call as it is now. `fresh`: numbers of legs whose sockets come with it, two each."""

    state: CallState
    fresh: tuple[int, ...] = ()


class Played(msgspec.Struct, tag="played", frozen=True):
    """A sound that some leg is played and that is in no file. `origin`: see `Sound`."""

    origin: str
    content: bytes


class Ended(msgspec.Struct, tag="ended", frozen=True):
    """A call is over."""

    call_id: str


class Beat(msgspec.Struct, tag="beat", frozen=True):
    """It lives, and so far its streams have come. Sent also when there are none."""

    counters: tuple[Counters, ...] = ()


class Event(msgspec.Struct, tag="event", frozen=True):
    """The control port has something to tell."""

    event: dict[str, Any]


class Farewell(msgspec.Struct, tag="farewell", frozen=True):
    """It ends on purpose.

    Attributes:
        succeed: the stand-by is to go on; else its calls have ended.
    """

    succeed: bool = False


Message = Hello | Changed | Played | Ended | Beat | Event | Farewell
_DECODER = msgspec.msgpack.Decoder(Message)
encode = msgspec.msgpack.Encoder().encode


def decode(data: bytes) -> Message:
    """Raises msgspec.DecodeError."""
    message: Message = _DECODER.decode(data)
    return message


@dataclass(slots=True)
class Replica:
    """What the stand-by knows.

    Attributes:
        hello: None before it came, or after a farewell.
        calls: by their ids.
        counters: of legs, by their numbers.
        events: all that the control port keeps, oldest first.
        sounds: content by origin, of those that are in no file.
        farewell: how the process said that it ends; None: it did not.
    """

    hello: Hello | None = None
    calls: dict[str, CallState] = field(default_factory=dict)
    counters: dict[int, Counters] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    sounds: dict[str, bytes] = field(default_factory=dict)
    farewell: Farewell | None = None

    def take(self, message: Message) -> set[int]:
        """The numbers of legs that are gone: their sockets are to be closed."""
        match message:
            case Hello():
                gone = self._legs()
                self.hello, self.farewell = message, None
                self.events = list(message.events)
                self.calls.clear()
            case Changed(state=state):
                before = self._legs(state.call_id)
                self.calls[state.call_id] = state
                gone = before - self._legs(state.call_id)
            case Played(origin=origin, content=content):
                self.sounds[origin] = content
                gone = set()
            case Ended(call_id=call_id):
                gone = self._legs(call_id)
                self.calls.pop(call_id, None)
            case Beat(counters=counters):
                self.counters |= {each.number: each for each in counters}
                gone = set()
            case Event(event=event):
                self.events.append(event)
                gone = set()
            case Farewell(succeed=succeed):
                self.farewell = message
                gone = set() if succeed else self._legs()
                if not succeed:
                    self.hello = None
                    self.calls.clear()
        if gone:
            gone -= self._legs()  # it may have gone over to another call, which was told before
        for number in gone:
            self.counters.pop(number, None)
        return gone

    def _legs(self, call_id: str | None = None) -> set[int]:
        states = (
            self.calls.values() if call_id is None else [self.calls[call_id]] if call_id in self.calls else ()
        )
        return {party.leg.number for state in states for party in state.parties}
