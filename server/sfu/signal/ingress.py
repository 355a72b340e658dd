"""How much one message of a participant may hold: one table for all that comes in. Pure.

Looked at where bytes have become a message and before anything is done with it, so that nothing one
participant sends takes long, fills the log, or grows what others are told. A field that is not named here has
the bound of its form.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from server.sfu.errors import Refused

#: Characters of a session description: a client of one connection offers every section anew each time, 4 kB
#: for a picture and 1 kB for a sound.
MAX_SDP = 524_288
MAX_NAME = 512
#: Characters by field.
_TEXTS = {
    "sdp": MAX_SDP,
    "name": MAX_NAME,
    "cid": 256,
    "stream": 256,
    "sid": 64,
    "rid": 16,
    # By limits of their own, as who writes them decides (`room.describe`).
    "metadata": 65_536,
    "attributes": 65_536,
    "participant_attributes": 65_536,
}
ANY_TEXT = 1024
#: Entries by field. Who is in a room of a hundred may name all tracks of it.
_COUNTS = {"track_sids": 2048, "track_permissions": 1024, "participant_tracks": 1024, "layers": 8}
ANY_COUNT = 64
#: Fields of one message, those of its parts with them.
_MOST_FIELDS = 8192
#: Bytes of what is read without being walked before: it holds too little to take long.
_SHORT = 4096
#: Bytes of fields of fixed length, by wire type.
_FIXED = {1: 8, 5: 4}
#: What is not read: a lite agent learns addresses from checks, and nothing here was forgotten.
_NOT_READ = frozenset({"trickle", "sync_state", "client_info"})


def bounded(raw: bytes, kind: type[Message]) -> None:
    """Raises Refused for more fields than one message may have. To be asked before `raw` is read."""
    if within(raw, kind) < len(raw):
        raise Refused("too many fields")


def within(raw: bytes, kind: type[Message]) -> int:
    """How many of a message's bytes hold whole fields, and no more of them than one message may have.

    Reading makes an object of each part, of two bytes at the least: half a megabyte of them takes many times
    as long to read as to count up to the most. What is broken is left to who reads it.

    Source: Protocol Buffers, "Encoding".
    """
    if len(raw) < _SHORT:
        return len(raw)
    try:
        return _walk(raw, kind.DESCRIPTOR)
    except IndexError:
        return len(raw)


def _walk(raw: bytes, form: Any) -> int:
    """Raises IndexError."""
    inside = [(len(raw), _parts(form))]
    at = start = 0
    left = _MOST_FIELDS
    while inside:
        end, parts = inside[-1]
        if at >= end:
            inside.pop()
            continue
        if len(inside) == 1:
            start = at
        left -= 1
        if left < 0:
            return start
        tag, at = _varint(raw, at)
        wire, part = tag & 7, parts.get(tag >> 3)
        if wire == 2:
            size, at = _varint(raw, at)
            if part is not None:
                inside.append((min(at + size, end), _parts(part)))
            else:
                at += size
        elif wire == 0:
            _, at = _varint(raw, at)
        else:
            at += _FIXED.get(wire, 0)
    return len(raw)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number, and where the next begins. Raises IndexError for what is cut off or too long."""
    found = raw[at]
    if found < 128:
        return found, at + 1
    found &= 127
    for count in range(1, 10):
        byte = raw[at + count]
        found |= (byte & 127) << 7 * count
        if byte < 128:
            return found, at + count + 1
    raise IndexError(at)


@cache
def _parts(form: Descriptor) -> dict[int, Any]:
    """Fields that are messages themselves, by number."""
    return {field.number: field.message_type for field in form.fields if field.message_type is not None}


def check(message: Message, *, any_text: int = ANY_TEXT, any_count: int = ANY_COUNT) -> None:
    """Raises Refused, which names the field, for what holds more than the table allows.

    Args:
        any_text, any_count: characters and entries of a field that the table does not name.
    """
    left = _MOST_FIELDS
    waiting: list[Message] = [message]
    while waiting:
        for field, value in waiting.pop().ListFields():
            if field.name in _NOT_READ:
                continue
            items = _items(field, value, any_count)
            left -= len(items)
            if left < 0:
                raise Refused("too many fields")
            longest = _TEXTS.get(field.name, any_text)
            for item in items:
                if isinstance(item, Message):
                    waiting.append(item)
                elif isinstance(item, str) and len(item) > longest:
                    raise Refused(f"{field.name} is longer than {longest} characters")


def _items(field: Any, value: Any, any_count: int) -> list[Any]:
    """What stands in a field, keys of a map too. Raises Refused."""
    if not field.is_repeated:
        return [value]
    most = _COUNTS.get(field.name, any_count)
    if len(value) > most:
        raise Refused(f"{field.name} has more than {most} entries")
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        pairs: Iterable[tuple[Any, Any]] = value.items()
        return [part for pair in pairs for part in pair]
    return list(value)
