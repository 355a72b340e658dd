"""Which legs fell silent, by what a media server counted: for those that tell nothing themselves. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from bridges.media.gateway import MediaReport, Profile

#: Seconds without a packet until a browser counts as gone: it sends reports every five seconds.
CONSENT_TIMEOUT = 30.0


class Finding(Enum):
    SILENT = "silent"  #: see `MediaGateway.on_silence`
    GONE = "gone"  #: see `MediaGateway.on_media_timeout`


@dataclass(slots=True)
class Silence:
    """One call as `look` saw it. Times are monotonic seconds.

    Args:
        check: seconds after which a phone's silence is told.
        limit: seconds after which a phone counts as gone; 0 for never.
    """

    check: float
    limit: float
    _since: dict[str, float] = field(default_factory=dict)
    _vouched: dict[str, float] = field(default_factory=dict)
    _told: set[tuple[str, Finding]] = field(default_factory=set)

    def vouch(self, leg: str, now: float) -> None:
        """Its signalling answered for it."""
        self._vouched[leg] = now
        self._told.discard((leg, Finding.SILENT))

    def look(self, report: MediaReport, now: float) -> Iterator[tuple[str, Finding, float]]:
        """What is new: leg, finding, seconds of silence. Only joined legs are looked at."""
        for name, leg in report.legs.items():
            if name not in report.joined:
                self._since.pop(name, None)
                continue
            silent = now - max(leg.last_packet_at or 0.0, self._since.setdefault(name, now))
            unheard = min(silent, now - self._vouched.get(name, 0.0))
            limit = CONSENT_TIMEOUT if leg.profile is Profile.WEBRTC else self.limit
            if leg.profile is not Profile.WEBRTC:
                yield from self._told_once(name, Finding.SILENT, unheard > self.check, silent)
            yield from self._told_once(name, Finding.GONE, 0 < limit < silent, silent)

    def _told_once(
        self, leg: str, finding: Finding, holds: bool, silent: float
    ) -> Iterator[tuple[str, Finding, float]]:
        key = leg, finding
        if not holds:
            self._told.discard(key)
        elif key not in self._told:
            self._told.add(key)
            yield leg, finding, silent
