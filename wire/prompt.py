"""Prompts that are recorded by telephone: how far one is, and its sound, which the bridge brings by
`PUT /internal/v1/prompt-recordings/<id>` (MessagePack). The id is that of the call, and of the sound then.
"""

from typing import Annotated, Literal

import msgspec

from wire.voicemail import RATE

#: Seconds of the longest.
LONGEST = 60
#: Where the speaker is. "called": the telephone rings; "reviewed": it is played back, and a key waited for.
#: How it ended: "kept"; "unconfirmed": it is kept, but they hung up or pressed nothing; "left": they wanted
#: none; "silent": nobody spoke; "not_kept": the server had no room, or did not answer.
Step = Literal[
    "called",
    "briefed",
    "recording",
    "reviewed",
    "keeping",
    "kept",
    "unconfirmed",
    "left",
    "silent",
    "not_kept",
]


class RecordedPrompt(msgspec.Struct, frozen=True):
    """G.711 mu-law."""

    sound: Annotated[bytes, msgspec.Meta(min_length=1, max_length=LONGEST * RATE)]
