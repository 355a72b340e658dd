"""Names in a call: ids, party ids, ghosts, and what a phone's display shows of the other side."""

from hashlib import sha256
from urllib.parse import unquote

from bridges.sip.transport.api import NameAddress
from wire.route import GHOST_PREFIX, Party

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: Every `party_id` of ours begins like this, in this process and in every earlier one: so that the
#: echo of our own events is known, while the person's other clients are heard.
PARTY_PREFIX = "unisono-phone-"

#: Both tags of what a lamp names to be picked up, beside the id of its record: any dialog of ours has one
#: (RFC 3891).
PICK_UP_TAG = "lamp"

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


def fork_call_id(our_call_id: str, leg: str) -> str:
    """The Matrix `call_id` by which one leg of a call rings; a later leg is another Matrix call."""
    return f"{our_call_id}-{leg}"


def call_of_fork(matrix_call_id: str) -> str:
    """Our id of the call that a Matrix call of ours (`fork_call_id`) is a leg of."""
    return matrix_call_id.rsplit("-", 2)[0]


def dialled_of(uri: str) -> str:
    """What a URI would be dialled as, from a phone of ours: its user part, or a `tel:` number; "" if neither
    is there (RFC 3261, Section 19.1; RFC 3966)."""
    scheme, _, rest = uri.partition(":")
    if scheme.strip().lower() == "tel":
        return rest.partition(";")[0].strip()
    user, at, _ = rest.rpartition("@")
    return unquote(user.partition(":")[0].partition(";")[0]).strip() if at else ""


def is_ours(party: str | None) -> bool:
    """Whether an event was sent by this bridge."""
    return party is not None and party.startswith(PARTY_PREFIX)


def is_ghost(user_id: str | None) -> bool:
    """Whether a user stands for an outside party."""
    return user_id is not None and user_id.startswith(GHOST_PREFIX)


def lamp_dialog(call_id: str) -> tuple[str, str, str]:
    """Call-ID and tags of the dialog that a lamp names for the call of this record."""
    return call_id, PICK_UP_TAG, PICK_UP_TAG


def shown_to_all(party: Party) -> Party:
    """A party as others than its own other side may know it: what a number outside is called in somebody's
    phonebook is private (docs/decisions/0007). Who has a name alone is a conference."""
    outside = is_ghost(party.user_id) or (party.user_id is None and party.number is not None)
    return Party(party.user_id, "", party.number) if outside else party


def display(party: Party, domain: str) -> NameAddress:
    """How a party appears in a phone's From: its name, and an address that can be called back."""
    number = "".join(char for char in party.number or "" if char in _USER_PART)
    if not number:
        return NameAddress("sip:anonymous@anonymous.invalid", party.name or "Anonymous")
    return NameAddress(f"sip:{number}@{domain}", party.name or number)
