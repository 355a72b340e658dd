"""`PUT /internal/v1/voicemail/<id>`: a message that a caller left, as the bridge brings it. MessagePack."""

from typing import Annotated, Literal

import msgspec

from wire.record import Millis
from wire.route import Party, Word

#: Samples a second of the sound: G.711 mu-law, a byte each.
RATE = 8000
#: The longest sound, in bytes: ten minutes.
SOUND_MAX = 600 * RATE
#: The largest body: the sound, and what is said of it.
BODY_MAX = SOUND_MAX + 16_384


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Who left it for whom. `caller` is as the callee may know them: empty when they withhold it.
    `call_id` is that of the call's record, `started_at` when the recording began."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
    call_id: Annotated[str, msgspec.Meta(max_length=64)]
    user_id: Word
    caller: Party
    started_at: Millis


class Waiting(msgspec.Struct, frozen=True):
    """Messages of a mailbox that were not heard yet, and those that were; the `extensions` of its owner."""

    new: Annotated[int, msgspec.Meta(ge=0)]
    old: Annotated[int, msgspec.Meta(ge=0)]
    extensions: tuple[Annotated[str, msgspec.Meta(max_length=32)], ...] = ()


#: What a greeting is for: "always" where there is none for the occasion; before it, of "do_not_disturb" that
#: for "busy", of "outside_hours" that for "away".
Occasion = Literal["always", "no_answer", "busy", "do_not_disturb", "outside_hours", "away"]
#: Seconds of the longest greeting.
GREETING_MOST = 60


class KeptMessage(msgspec.Struct, frozen=True):
    """A message as its owner hears of it by telephone."""

    id: str
    seen: bool
    caller: Party


class KeptSound(msgspec.Struct, frozen=True):
    """The sound of one, or of a greeting."""

    sound: bytes


class PinGiven(msgspec.Struct, frozen=True):
    """What was pressed while a mailbox greeted; `caller` is the number that the call shows."""

    pin: Annotated[str, msgspec.Meta(max_length=20)]
    caller: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class AccessGiven(PinGiven, frozen=True, kw_only=True):
    """The same with the extension whose mailbox it is said to be."""

    number: Annotated[str, msgspec.Meta(max_length=20)]


class Opened(msgspec.Struct, frozen=True):
    """Whose mailbox it is."""

    user_id: Word


class VoiceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The message as a whole; `sound` is mono."""

    note: Note
    sound: Annotated[bytes, msgspec.Meta(min_length=1, max_length=SOUND_MAX)]
