"""What the bridge and the process in the meetings say to each other: messages on a stream socket. Pure.

A message is its length (4 bytes, big-endian) and MessagePack. The bridge gives the time: each `Tick` (20 ms)
brings what the phones say and is answered by one `Mixed` with what they are to hear.
"""

import struct

import msgspec

MAX_MESSAGE = 1_000_000
_LENGTH = struct.Struct("!I")


class LinkError(Exception):
    """What came is no message of ours: the two sides are not of one version."""


class Enter(msgspec.Struct, tag="enter", frozen=True, array_like=True):
    """Bring a phone into a room of the SFU. `phone` is a number of the bridge's, new for every try."""

    phone: int
    url: str
    token: str
    room: str
    #: Of an encrypted meeting: the key that all share, if the phone was given it.
    secret: str | None = None
    #: False for what only listens: a recorder, which is a phone in all else.
    speaks: bool = True

    def __repr__(self) -> str:
        return f"Enter({self.phone})"


class Leave(msgspec.Struct, tag="leave", frozen=True, array_like=True):
    """Take a phone out of its room."""

    phone: int


class SetMuted(msgspec.Struct, tag="mute", frozen=True, array_like=True):
    """Mute a phone's track, or unmute it."""

    phone: int
    on: bool


class SetHand(msgspec.Struct, tag="hand", frozen=True, array_like=True):
    """Raise a phone's hand (milliseconds since 1970), or lower it (0)."""

    phone: int
    at_ms: int


class SetRecording(msgspec.Struct, tag="recording", frozen=True, array_like=True):
    """How a recorder is (`wire.record.Recorded.state`): told to everybody in its room."""

    phone: int
    state: str


class Tick(msgspec.Struct, tag="tick", frozen=True, array_like=True):
    """20 ms have passed, in which these phones said this (mu-law, 160 bytes each)."""

    said: dict[int, bytes]


class Entered(msgspec.Struct, tag="entered", frozen=True, array_like=True):
    """The phone is in the room, its track published."""

    phone: int


class Lost(msgspec.Struct, tag="lost", frozen=True, array_like=True):
    """The phone is not in the room (any more). `why`: removed, ended, or what went wrong."""

    phone: int
    why: str


class Muted(msgspec.Struct, tag="muted", frozen=True, array_like=True):
    """Somebody else muted the phone, or unmuted it."""

    phone: int
    on: bool


class Mixed(msgspec.Struct, tag="mixed", frozen=True, array_like=True):
    """The answer to a `Tick`: what these phones hear; who is left out hears nothing now."""

    heard: dict[int, bytes]


Order = Enter | Leave | SetMuted | SetHand | SetRecording | Tick
Report = Entered | Lost | Muted | Mixed

_ORDERS: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_REPORTS: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


def encode(message: Order | Report) -> bytes:
    """The message as it goes over the socket."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class _Reading:
    """Cuts a stream of bytes into bodies of messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self._held += data
        found: list[bytes] = []
        while len(self._held) >= 4:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MAX_MESSAGE:
                raise LinkError(f"a message of {length} bytes")
            if len(self._held) < 4 + length:
                break
            found.append(bytes(self._held[4 : 4 + length]))
            del self._held[: 4 + length]
        return found


class OrderReader(_Reading):
    """The process's ear."""

    def orders(self, data: bytes) -> list[Order]:
        """Whole messages in what came so far. Raises LinkError."""
        try:
            return [_ORDERS.decode(body) for body in self.feed(data)]
        except msgspec.DecodeError as error:
            raise LinkError(str(error)) from error


class ReportReader(_Reading):
    """The bridge's ear."""

    def reports(self, data: bytes) -> list[Report]:
        """Whole messages in what came so far. Raises LinkError."""
        try:
            return [_REPORTS.decode(body) for body in self.feed(data)]
        except msgspec.DecodeError as error:
            raise LinkError(str(error)) from error
