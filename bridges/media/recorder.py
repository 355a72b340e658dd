"""Recording of calls, beside `MediaGateway`: what can record them, seen from call control."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bridges.media.gateway import MediaError


class CannotRecord(MediaError):
    """What carries the call does not record."""


class CallRecorder(Protocol):
    """Both of our gateways.

    Attributes:
        on_recording_failed: called with the id of a call of which nothing more can be written.
    """

    on_recording_failed: Callable[[str], None] | None

    async def record(self, call_id: str, file: Path, left: str, right: str) -> None:
        """What these two legs say goes into the file from now on, a channel each (`bridges.media.recording`),
        whatever becomes of the process that writes it. After a pause it goes on.

        Raises:
            UnknownLeg: there is no such call or leg.
            CannotRecord: the call is where nothing is recorded.
            MediaError: the file cannot be made, or nobody answers.
        """
        ...

    async def pause_record(self, call_id: str) -> None:
        """What is said is not in the file until `record`. Raises MediaError."""
        ...

    async def end_record(self, call_id: str) -> None:
        """The file is as it will be; fine where nothing is recorded. Raises MediaError."""
        ...
