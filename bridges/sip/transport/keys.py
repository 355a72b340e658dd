"""Keys of the telephone that come by INFO, in every spelling that devices have for them."""

import re

from bridges.sip.message import Request
from bridges.sip.transport.api import Dtmf

__all__ = ["KEY_TYPES", "keys_of"]

#: RFC 4733, Section 3.2: events 10 to 15. 16 is the hook flash, which is no key.
NUMBERED = {str(number): key for number, key in enumerate("0123456789*#ABCD")}
SPELLED = {"star": "*", "asterisk": "*", "hash": "#", "pound": "#", "sharp": "#", "e": "*", "f": "#"}
FLASH = frozenset({"16", "flash", "hookflash", "hf", "!"})

EVENTS = frozenset({"application/telephone-event", "audio/telephone-event"})
DIGITS = "application/vnd.nortelnetworks.digits"
#: Other types that have keys inside, besides everything that has `dtmf` in its name.
OTHERS = frozenset({DIGITS, *EVENTS, "text/plain", ""})
HOOK = frozenset({"application/hook-flash", "application/hookflash"})
KEY_TYPES = "application/dtmf-relay, application/dtmf, audio/telephone-event"

NAMED = re.compile(r"(?im)^\s*(?:signal|tone|digit|key|event|dtmf)\s*[=:]\s*[\"']?([^\s\"';,]+)")
DURATION = re.compile(r"(?im)\bduration\s*[=:]\s*[\"']?([0-9]{1,5})")
COLLECTED = re.compile(r"(?im)^\s*(?:d\s*=\s*)?digits\s*=\s*[\"']?([0-9*#A-D]+)")
MOST = 32


def keys_of(request: Request) -> list[Dtmf] | None:
    """The keys in an INFO, in their order; empty for what is understood and no key, as a hook flash.

    None if there is nothing that is read here.
    """
    found: list[Dtmf] | None = None
    for part in request.parts():
        keys = _keys(part.kind, part.data[:400])
        if keys is not None:
            found = [*(found or []), *keys]
    return found


def _keys(kind: str, data: bytes) -> list[Dtmf] | None:
    if kind in HOOK:
        return []
    if kind not in OTHERS and "dtmf" not in kind:
        return None
    if kind in EVENTS and len(data) == 4 and data[0] <= 16:
        return _event(data)
    text = data.decode("utf-8", "replace").replace("\x00", " ")
    told = DURATION.search(text)
    duration = int(told[1]) if told and int(told[1]) else 160
    if collected := COLLECTED.search(text):
        return [Dtmf(key.upper(), duration) for key in collected[1][:MOST]]
    named = NAMED.search(text)
    word = named[1] if named else "".join(text.split()[:1])
    return _spelled(word, duration) if word and (named or kind) else None


def _event(payload: bytes) -> list[Dtmf] | None:
    """RFC 4733, Section 2.3: event, flags and volume, duration in units of an eighth of a millisecond."""
    return _spelled(str(payload[0]), int.from_bytes(payload[2:]) // 8 or 160)


def _spelled(word: str, duration: int) -> list[Dtmf] | None:
    """One key by number, sign, letter or name; three signs or more are as many keys."""
    word = word.strip("\"'").lower()
    if word in FLASH:
        return []
    key = NUMBERED.get(word) or NUMBERED.get(word.lstrip("0")) or SPELLED.get(word)
    if key is None and word in {"*", "#", "a", "b", "c", "d"}:
        key = word.upper()
    if key is not None:
        return [Dtmf(key, duration)]
    if 2 <= len(word) <= MOST and set(word) <= set("0123456789*#abcd"):
        return [Dtmf(sign.upper(), duration) for sign in word]
    return None
