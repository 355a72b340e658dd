"""What is wrong with a message received."""

from dataclasses import dataclass

from sipmessage import Via

from bridges.sip.errors import RemoteSipError

__all__ = ["MalformedMessage", "Remains"]


@dataclass(frozen=True, slots=True)
class Remains:
    """What of a malformed request is sound enough to answer it: raw header values by lower-case name."""

    method: str
    via: Via
    headers: dict[str, list[str]]


class MalformedMessage(RemoteSipError):
    """Bytes that are no SIP message, or one whose headers do not parse.

    `status` is the answer to give if `remains` is not None; without them it is dropped.
    """

    def __init__(self, detail: str, status: int = 400, phrase: str | None = None) -> None:
        super().__init__(detail, status, phrase or f"Bad Request ({detail})")
        self.remains: Remains | None = None
