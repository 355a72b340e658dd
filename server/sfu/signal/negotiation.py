"""Offers to a subscriber: which track stands in which media section.

Sections are never removed (RFC 8829, Section 5.2.2): one whose track is gone is inactive until another track
of its kind takes its place. One offer is out at a time; changes meanwhile wait for the next.
"""

from dataclasses import dataclass

from server.sfu.forwarding.bucket import Bucket
from server.sfu.signal.formats import Codec
from server.sfu.signal.sdp import MAX_SECTIONS, Sending

#: What one description holds beside data: whoever has no place in it waits until somebody goes.
MOST_SECTIONS = MAX_SECTIONS - 1
_MANY_SECTIONS = 64
#: Descriptions that one participant is asked to agree upon: a second, and at once.
OFFERS, OFFERS_AT_ONCE = 3.0, 10.0


class Gap:
    """Between negotiations: a few at once, then one every so often, which has all that came meanwhile.

    Somebody whose tracks come and go makes work for all others, who are not to pay for it.
    """

    def __init__(self) -> None:
        self._bucket = Bucket(OFFERS, OFFERS_AT_ONCE)
        self._waits = False

    def ask(self, now: float) -> bool:
        """Whether one may begin now; if not, `due` will say when."""
        self._waits = not self._bucket.take(1, now)
        return not self._waits

    def due(self, now: float) -> bool:
        """Whether one that had to wait may begin; to be asked often."""
        return self._waits and self._bucket.has(1, now)


@dataclass(frozen=True)
class Wanted:
    """A track to be sent."""

    sid: str
    kind: str
    codec: Codec
    ssrc: int
    stream_id: str
    repair_ssrc: int = 0


class Negotiation:
    """Attributes: pending, whether an offer waits for its answer; offer_id, of the last offer."""

    def __init__(self) -> None:
        self.pending = False
        self.offer_id = 0
        self._again = False
        self._sections: list[Sending] = []
        self._offered: dict[str, str] = {}

    def request(self) -> bool:
        """Whether an offer may be made now; if not, `answered` will say that one is due."""
        if self.pending:
            self._again = True
            return False
        return True

    def offer(self, tracks: list[Wanted]) -> list[Sending]:
        """The sections of the next offer."""
        self.pending, self._again = True, False
        self.offer_id += 1
        wanted = {track.sid: track for track in tracks}
        self._sections = [
            section if section.track_id in wanted else Sending(section.mid, section.kind, section.codec)
            for section in self._sections
        ]
        standing = {section.track_id for section in self._sections}
        for track in tracks:
            if track.sid not in standing:
                self._place(track)
        self._offered = self.mids()
        return list(self._sections)

    def _place(self, track: Wanted) -> None:
        left = [
            (section.codec != track.codec, index)
            for index, section in enumerate(self._sections)
            if not section.active and section.kind == track.kind
        ]
        another, index = min(left, default=(True, None))
        # A section keeps its codec: changing it in mid call confuses Firefox. Too many are worse.
        if index is not None and (not another or len(self._sections) >= _MANY_SECTIONS):
            self._sections[index] = _sending(self._sections[index].mid, track)
        elif len(self._sections) < MOST_SECTIONS:
            self._sections.append(_sending(str(len(self._sections) + 1), track))

    def mids(self) -> dict[str, str]:
        """Track by mid, LiveKit's `mid_to_track_id`."""
        return {section.mid: section.track_id for section in self._sections if section.active}

    def answered(self, offer_id: int, accepted: set[str]) -> tuple[dict[str, str], bool]:
        """What may be sent from now on.

        Args:
            offer_id: as the answer names it; 0 from clients that do not.
            accepted: the mids that the subscriber receives.

        Returns:
            Mids by track, and whether another offer is due.
        """
        if not self.pending or offer_id not in (0, self.offer_id):
            return {}, False
        self.pending = False
        return {track: mid for mid, track in self._offered.items() if mid in accepted}, self._again

    def restart(self) -> None:
        """The signalling connection was lost: an answer will not come any more."""
        self.pending = False


def _sending(mid: str, track: Wanted) -> Sending:
    return Sending(mid, track.kind, track.codec, track.ssrc, track.stream_id, track.sid, track.repair_ssrc)
