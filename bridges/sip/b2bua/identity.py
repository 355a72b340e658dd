"""Names in a call: ids, party ids, ghosts, and what a phone's display shows of the other side."""

from hashlib import sha256

from bridges.sip.transport.api import NameAddress
from wire.route import Party

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: Every `party_id` of ours begins like this, in this process and in every earlier one: so that the
#: echo of our own events is known, while the person's other clients are heard.
PARTY_PREFIX = "unisono-phone-"
GHOST_PREFIX = "@_tel_"

#: What may stand unescaped in the user part of a SIP URI that phones can dial back.
_USER_PART = frozenset("+*#-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def call_id(now_ms: int, randomness: bytes) -> str:
    """A ULID: 10 characters of time (milliseconds), 16 of randomness (10 bytes)."""
    value = (now_ms & (1 << 48) - 1) << 80 | int.from_bytes(randomness[:10], "big")
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def matrix_origin_call_id(room_id: str, matrix_call_id: str, sent_at: int) -> str:
    """Our id of a call that began in Matrix: the same whenever, and by whichever process, it is computed."""
    return call_id(sent_at, sha256(f"{room_id}\0{matrix_call_id}".encode()).digest())


def party_id(our_call_id: str, leg: str) -> str:
    """Our `party_id` as one leg of a call."""
    return f"{PARTY_PREFIX}{our_call_id}-{leg}"


def is_ours(party: str | None) -> bool:
    """Whether an event was sent by this bridge."""
    return party is not None and party.startswith(PARTY_PREFIX)


def is_ghost(user_id: str | None) -> bool:
    """Whether a user stands for an outside party."""
    return user_id is not None and user_id.startswith(GHOST_PREFIX)


def display(party: Party, domain: str) -> NameAddress:
    """How a party appears in a phone's From: its name, and an address that can be called back."""
    number = "".join(char for char in party.number or "" if char in _USER_PART)
    if not number:
        return NameAddress("sip:anonymous@anonymous.invalid", party.name or "Anonymous")
    return NameAddress(f"sip:{number}@{domain}", party.name or number)
