"""Which track stands in which media section when the other side offers everything (`/rtc/v1`).

There is one connection for both ways. The client offers sections in which it receives, some of them before
anybody needs them; the server puts tracks into them with its answer, and asks for more sections
(`MediaSectionsRequirement`) when they do not suffice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from server.sfu.signal.sdp import MAX_SECTIONS, Section
from server.sfu.signal.terms import takes

#: Sections in which a client receives; beside them are those in which it sends, and data.
MOST_ASKED = MAX_SECTIONS - 16


@dataclass(frozen=True)
class Asked:
    """How many sections the client is to add before it offers anew; none: it only has to offer."""

    audios: int
    videos: int


class Placement:
    """Tracks are named by their sid, and known by kind and codec: ("video", "VP8")."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}
        self._usable = 0
        self._free: dict[str, int] = {}
        self._asked: Asked | None = None
        self._offered = False
        self._in_vain: set[str] | None = None

    def place(self, sections: Iterable[Section], wanted: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """Sids by mid, for the answer to an offer of `sections`."""
        usable = {section.mid: section for section in sections if _receives(section)}
        placed = {
            mid: sid
            for mid, sid in self._standing.items()
            if mid in usable and sid in wanted and takes(usable[mid], wanted[sid][1])
        }
        standing = set(placed.values())
        # What has no room for a track has none for the next of its kind: each section is looked at once.
        fitting = {form: _fitting(*form, usable) for form in set(wanted.values())}
        for sid in wanted:
            mid = _room_among(fitting[wanted[sid]], placed) if sid not in standing else None
            if mid is not None:
                placed[mid] = sid
        # A client that was asked and brought nothing will not do so the next time: no codec in common, say.
        fruitless = self._asked is not None and len(usable) <= self._usable
        self._in_vain = set(wanted) if fruitless else None
        left = [section.kind for mid, section in usable.items() if mid not in placed]
        self._free = {kind: left.count(kind) for kind in ("audio", "video")}
        self._standing, self._asked, self._offered, self._usable = placed, None, True, len(usable)
        return dict(placed)

    def ask(self, wanted: Mapping[str, tuple[str, str]]) -> Asked | None:
        """What to ask the client for; None when nothing is missing, or was asked for already.

        The first offer comes by itself.
        """
        standing = set(self._standing.values())
        if not self._offered or set(wanted) in (standing, self._in_vain):
            return None
        missing = [kind for sid, (kind, _) in wanted.items() if sid not in standing]
        before = self._asked or Asked(0, 0)
        audios = missing.count("audio") - self._free["audio"] - before.audios
        videos = missing.count("video") - self._free["video"] - before.videos
        # What does not fit into a description is not asked for: the client would be refused as a whole.
        room = max(0, MOST_ASKED - self._usable - before.audios - before.videos)
        audios = min(max(0, audios), room)
        more = Asked(audios, min(max(0, videos), room - audios))
        if self._asked is not None and more == Asked(0, 0):
            return None
        self._asked = Asked(before.audios + more.audios, before.videos + more.videos)
        return more

    def forget_asking(self) -> None:
        """The signalling connection was lost: what was asked for may not have been heard."""
        self._asked = None


def _fitting(kind: str, codec: str, usable: Mapping[str, Section]) -> Iterator[str]:
    for mid, section in usable.items():
        if section.kind == kind and takes(section, codec):
            yield mid


def _room_among(fitting: Iterator[str], placed: Mapping[str, str]) -> str | None:
    return next((mid for mid in fitting if mid not in placed), None)


def _receives(section: Section) -> bool:
    return not section.rejected and section.direction == "recvonly" and bool(section.codecs)
