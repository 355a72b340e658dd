"""Who hears whom while a supervisor is there. Pure."""

from typing import Literal

from wire.commands import ListenMode

#: The two who talk: the agent, and who they talk with.
Talker = Literal["agent", "other"]
#: Who hears the supervisor, by mode; the supervisor hears both in each.
HEARD_BY: dict[ListenMode, tuple[Talker, ...]] = {
    "listen": (),
    "whisper": ("agent",),
    "join": ("agent", "other"),
}
#: The keys of the supervisor's telephone.
KEYS: dict[str, ListenMode] = {"4": "listen", "5": "whisper", "6": "join"}
