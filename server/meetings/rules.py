"""Names of rooms and people in the SFU (MSC4195), and what a token lets them do. Pure."""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server.numbers import numbers

#: Whose tokens the SFU takes.
ISSUER = "unisono"
#: The one call of a room, as clients that know no slots mean it.
ROOM_CALL = "m.call#ROOM"
_BREAKOUT = "m.call#breakout-"
#: A token is for joining now; whoever is inside stays. Seconds.
TOKEN_LIFE = 3600
#: The Matrix users of visitors: `@_guest_<id>`, `@_tel_meeting_<id>`.
GUEST_PREFIX, PHONE_PREFIX = "_guest_", "_tel_meeting_"
#: What records a meeting: `@_tel_recording_<id>`. It is no user of the homeserver's.
RECORDER_PREFIX, RECORDER_DEVICE = "_tel_recording_", "RECORDER"
#: A guest's only device.
GUEST_DEVICE = "GUEST"
PIN_DIGITS = 9
#: A guest may say so much within so many seconds.
SAID_MOST, SAID_WITHIN = 20, 30.0
_NAME_MAX = 60
_TITLE_MAX = 200
_MASK = "•••"
#: With a scheme, with "www.", with a path behind a domain, or a domain that is widely known as one.
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*"
    r"|\b(?:[\w-]+\.)+(?:com|net|org|info|biz|it|eu|de|fr|ch|uk|us|ru|cn|io|co|me|tv|cc|ly|gg|to|xyz|top|app"
    r"|dev|link|click|shop|site|online|store|club|live)\b",
    re.IGNORECASE,
)

Kind = Literal["member", "guest", "phone", "recorder"]
#: Clocks of clients and ours may differ. Seconds.
EARLIER = 10


def room_name(room_id: str, slot_id: str = ROOM_CALL) -> str:
    """The SFU's name of a call: those who see the SFU's log do not learn the Matrix room."""
    return _hash([room_id, slot_id])


def breakout_slot(breakout_id: str) -> str:
    """The slot of a breakout, which is a further room of the media server for the room's call."""
    return _BREAKOUT + breakout_id


def breakout_of(slot_id: str) -> str | None:
    """Which breakout a slot is of; None for any other slot."""
    return slot_id.removeprefix(_BREAKOUT) if slot_id.startswith(_BREAKOUT) else None


def plain_identity(user_id: str, device_id: str) -> str:
    """How clients of `/sfu/get` are called, and find each other."""
    return f"{user_id}:{device_id}"


def hashed_identity(user_id: str, device_id: str, member_id: str) -> str:
    """How clients of `/get_token` are called: they compute the same from the member's event."""
    return _hash([user_id, device_id, member_id])


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a ticket is. `device_id` is what their client said; None where nothing is known of it."""

    user_id: str
    device_id: str | None = None


def holder_of(identity: str) -> Holder | None:
    """Whose a plain identity is: `@user:domain:DEVICE`; None for a hashed one.

    Read from the left: neither user names nor our domain (`config.sections.Domain`) hold a colon, while
    device ids are opaque and whatever their client says.
    """
    localpart, _, rest = identity.partition(":")
    domain, colon, device_id = rest.partition(":")
    return Holder(f"{localpart}:{domain}", device_id) if colon and localpart.startswith("@") else None


def user_of(identity: str) -> str | None:
    """The Matrix user of a plain identity; None for a hashed one."""
    holder = holder_of(identity)
    return holder.user_id if holder else None


def kind_of(identity: str) -> Kind:
    """Kind of participant, from the reserved localpart prefix, which clients cannot choose."""
    if identity.startswith("@" + GUEST_PREFIX):
        return "guest"
    if identity.startswith("@" + RECORDER_PREFIX):
        return "recorder"
    return "phone" if identity.startswith("@" + PHONE_PREFIX) else "member"


def claims(
    identity: str, room: str, now: int, name: str = "", attributes: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """What whoever is let in may do in a call; `now` in seconds since 1970.

    `name` is what people see, `attributes` what clients read of the participant.
    """
    return {
        "sub": identity,
        "name": name,
        "attributes": dict(attributes or {}),
        # Which tokens a removal makes void.
        "iat": now,
        "nbf": now - EARLIER,
        "exp": now + TOKEN_LIFE,
        "video": {
            "room": room,
            "roomJoin": True,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": True,
            "canUpdateOwnMetadata": True,
        },
    }


def recorder_claims(identity: str, room: str, now: int) -> Mapping[str, Any]:
    """What records a call: it hears, says nothing, and tells by an attribute of its own how it is."""
    made = dict(claims(identity, room, now, "", {"kind": "recorder"}))
    made["video"] |= {"canPublish": False, "canPublishData": False, "recorder": True}
    return made


def membership(device_id: str, service_url: str, room_id: str, lasts: int) -> dict[str, Any]:
    """The content of `org.matrix.msc3401.call.member` for a device in the room's call; `lasts` in ms."""
    transport = {"type": "livekit", "livekit_service_url": service_url, "livekit_alias": room_id}
    return {
        "application": "m.call",
        "call_id": "",
        "scope": "m.room",
        "device_id": device_id,
        "expires": lasts,
        "focus_active": {"type": "livekit", "focus_selection": "oldest_membership"},
        "foci_preferred": [transport],
        "m.call.intent": "video",
    }


def tidy(text: str, longest: int) -> str | None:
    """One line of visible characters, composed; None when nothing is left, or too much.

    What turns text around or hides in it (Unicode categories Cc, Cf, Co, Cs) goes: names stand beside others.
    """
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in composed)
    line = " ".join(shown.split())
    return line if 0 < len(line) <= longest else None


def guest_name(text: str) -> str | None:
    """A name a guest may carry; None for what is none. What looks like a Matrix id passes for nobody."""
    name = tidy(text, _NAME_MAX)
    return name.lstrip("@#!+ ") or None if name else None


def title(text: str) -> str | None:
    return tidy(text, _TITLE_MAX)


def title_of(names: Sequence[str]) -> str:
    """That of a meeting of these people."""
    return title(", ".join(names[:5])) or ", ".join(names[:1])


def has_web_address(text: str) -> bool:
    """Whether programs for mail would make a link of something in it."""
    return _ADDRESS.search(unicodedata.normalize("NFKC", text)) is not None


def without_web_addresses(text: str) -> str:
    """The text with nothing in it to press on."""
    return _ADDRESS.sub("…", unicodedata.normalize("NFKC", text)) if has_web_address(text) else text


def masked(number: str) -> str:
    """A telephone number that others may see: `+39 06 ••• 5421`. Extensions stay as they are."""
    if len(number) <= numbers.SHORT_DIGITS_MAX:
        return number
    groups = numbers.international(number).replace("-", " ").split()
    shown, digits = " ".join(groups[:2]), sum(c.isdigit() for c in number)
    if len(groups) < 3 or digits - sum(c.isdigit() for c in shown) < 6:
        shown = groups[0] if len(groups) > 1 else ""
    return f"{shown} {_MASK} {number[-4:] if digits > 8 else number[-2:]}".strip()


def may_say(said: list[float], now: float) -> list[float] | None:
    """When a guest said something lately, with `now` (seconds) added; None when it is too much."""
    recent = [at for at in said if now - at < SAID_WITHIN]
    return [*recent, now] if len(recent) < SAID_MOST else None


def spoken_pin(pin: str) -> str:
    """A PIN in groups, as people read it out."""
    return " ".join(pin[at : at + 3] for at in range(0, len(pin), 3))


def _hash(parts: list[str]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
