"""`PUT /internal/v1/telephony-state`: who is on the phone, and which desk phones are there."""

from typing import Annotated

import msgspec


class CallsOfUser(msgspec.Struct, frozen=True):
    """How many calls somebody is in."""

    calls: Annotated[int, msgspec.Meta(ge=0)]


class TelephonyState(msgspec.Struct, frozen=True):
    """The whole of it, each time: `users` by Matrix user id, `registered` extensions."""

    users: dict[str, CallsOfUser]
    registered: tuple[Annotated[str, msgspec.Meta(max_length=255)], ...]
