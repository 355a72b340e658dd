"""Names of rooms and people in the SFU (MSC4195), and what a token lets them do. Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: Whose tokens the SFU takes.
ISSUER = "unisono"
#: The one call of a room, as clients that know no slots mean it.
ROOM_CALL = "m.call#ROOM"
#: A token is for joining now; whoever is inside stays. Seconds.
TOKEN_LIFE = 3600
#: Clocks of clients and ours may differ. Seconds.
EARLIER = 10


def room_name(room_id: str, slot_id: str = ROOM_CALL) -> str:
    """The SFU's name of a call: those who see the SFU's log do not learn the Matrix room."""
    return _hash([room_id, slot_id])


def plain_identity(user_id: str, device_id: str) -> str:
    """How clients of `/sfu/get` are called, and find each other."""
    return f"{user_id}:{device_id}"


def hashed_identity(user_id: str, device_id: str, member_id: str) -> str:
    """How clients of `/get_token` are called: they compute the same from the member's event."""
    return _hash([user_id, device_id, member_id])


def claims(identity: str, room: str, now: int) -> Mapping[str, Any]:
    """What a member of the room may do in its call; `now` in seconds since 1970."""
    return {
        "sub": identity,
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


def _hash(parts: list[str]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
