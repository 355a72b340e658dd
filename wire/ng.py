"""rtpengine's ng control protocol: one message, one answer, as datagrams. Pure.

A message is a cookie, a space, and a dictionary (rtpengine, "The ng Control Protocol"). Whoever repeats a
message for want of an answer repeats its cookie, and gets the answer that was made for it. The dictionary is
bencoded, or JSON where it begins with a brace; the answer is written like the question.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from wire import bencode
from wire.bencode import MAX_DEPTH, Value

Body = dict[str, Value]

#: Bytes of a message: what fits into one datagram.
MAX_MESSAGE = 65_000
#: Whole numbers are smaller.
_INTEGER = 1 << 63
_COOKIE = re.compile(rb"[!-~]{1,128}")


class Command(StrEnum):
    """The commands of the protocol that we know; the last three are our own."""

    PING = "ping"
    OFFER = "offer"
    ANSWER = "answer"
    DELETE = "delete"
    QUERY = "query"
    LIST = "list"
    PLAY_MEDIA = "play media"
    STOP_MEDIA = "stop media"
    PLAY_DTMF = "play DTMF"
    BLOCK_MEDIA = "block media"
    UNBLOCK_MEDIA = "unblock media"
    BLOCK_DTMF = "block DTMF"
    UNBLOCK_DTMF = "unblock DTMF"
    CONNECT = "connect"
    START_RECORDING = "start recording"
    PAUSE_RECORDING = "pause recording"
    STOP_RECORDING = "stop recording"
    SUBSCRIBE = "subscribe request"
    SUBSCRIBER_ANSWERS = "subscribe answer"
    UNSUBSCRIBE = "unsubscribe"
    #: Who is at the other end of a leg: see `MediaGateway.meet`.
    MEET = "unisono meet"
    #: A silent leg's signalling was asked: see `MediaGateway.vouch`.
    VOUCH = "unisono vouch"
    #: What happened since an event's number, for whoever missed nothing or restarted.
    EVENTS = "unisono events"


class NgError(ValueError):
    """A message that cannot be read. `cookie` is that of the answer to give, None where there is none."""

    def __init__(self, detail: str, cookie: str | None = None) -> None:
        super().__init__(detail)
        self.cookie = cookie


@dataclass(frozen=True, slots=True)
class Message:
    """A question or an answer.

    Attributes:
        cookie: visible characters without a space, 128 at most.
        body: the dictionary.
        as_json: whether it is written as JSON.
    """

    cookie: str
    body: Body
    as_json: bool = False

    def __bytes__(self) -> bytes:
        text = json.dumps(self.body).encode() if self.as_json else bencode.encode(self.body)
        return self.cookie.encode() + b" " + text


def read(data: bytes) -> Message:
    """The message of a datagram.

    Raises:
        NgError: it is none.
    """
    cookie, space, body = data.partition(b" ")
    if not space or not _COOKIE.fullmatch(cookie):
        raise NgError("no cookie")
    name = cookie.decode()
    as_json = body[:1] == b"{"
    try:
        found = _from_json(body) if as_json else bencode.decode(body)
    except (ValueError, RecursionError) as error:
        raise NgError(f"not a dictionary: {error}", name) from error
    if not isinstance(found, dict):
        raise NgError("not a dictionary", name)
    return Message(name, found, as_json)


def _from_json(body: bytes) -> Any:
    """What JSON holds, if bencode can hold it as well. Raises ValueError."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        found = json.loads(body)  # the surrogates of bytes that are no UTF-8 are JSON, too
    _check(found, 0)
    return found


def _check(value: Any, depth: int) -> None:
    """Look into `value`, where true becomes 1. Raises ValueError."""
    if depth >= MAX_DEPTH or not isinstance(value, list | dict):
        raise ValueError("a value that no message has")
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        kind = type(item)
        if kind is str or (kind is int and -_INTEGER < item < _INTEGER):
            continue
        if kind is bool:
            value[key] = int(item)
        else:
            _check(item, depth + 1)


def text(body: Body, key: str) -> str | None:
    """The text under `key`; None where there is none."""
    value = body.get(key)
    return value if isinstance(value, str) else None


def number(body: Body, key: str) -> int | None:
    """The whole number under `key`, which some write as text; None where there is none."""
    value = body.get(key)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value if isinstance(value, int) else None


def words(body: Body, key: str) -> tuple[str, ...]:
    """The list of text under `key`, for which one text is often written."""
    value = body.get(key)
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def part(body: Body, key: str) -> Body:
    """The dictionary under `key`; an empty one where there is none."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def parts(body: Body, key: str) -> tuple[Body, ...]:
    """The dictionaries in the list under `key`."""
    value = body.get(key)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
