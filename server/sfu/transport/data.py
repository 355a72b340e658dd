"""Data channels of a room: packets go from who wrote them to whom they name, at the pace of the readers."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from google.protobuf.message import DecodeError
from livekit.protocol import models

from logs.plain import Log
from server.sfu.errors import Refused
from server.sfu.forwarding.bucket import Bucket
from server.sfu.room.backlog import Backlog, packets
from server.sfu.room.members import Participant
from server.sfu.room.room import Room
from server.sfu.signal.ingress import check
from server.sfu.transport.peer import RELIABLE, Peer

#: Parts of a packet, such as those for whom it is.
MAX_NAMED = 1024
#: Seconds of what somebody may write by the lossy channel that may come at once.
_LOSSY_AT_ONCE = 2.0

log = Log(__name__)


class SessionEndpoint(Protocol):
    """A participant as far as data goes."""

    who: Participant

    @property
    def incoming(self) -> Peer: ...
    @property
    def receiving(self) -> Peer: ...


class Data:
    """Args: ends: the room's participants by sid; rate: bytes a second that one may write."""

    def __init__(
        self,
        room: Room,
        ends: Mapping[str, SessionEndpoint],
        rate: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._room = room
        self._ends = ends
        self._rate = rate
        self._now = now
        self._backlog = Backlog(rate)
        self._lossy: dict[str, Bucket] = {}

    def received(self, who: Participant, label: str, raw: bytes) -> None:
        """Passes a packet on, with the writer's name written by us."""
        if who.sid not in self._ends or not who.grant.can_publish_data:
            return
        if not self._could_take(who.sid, label, len(raw)):
            self._refuse(who.sid, len(raw), 1)
            return
        try:
            packet = models.DataPacket.FromString(raw)
        except DecodeError:
            return
        if packet.WhichOneof("value") in (None, "speaker"):
            return
        try:
            check(packet, any_text=len(raw), any_count=MAX_NAMED)
        except Refused as error:
            log.seldom("data_refused", participant=who.sid, why=str(error))
            return
        to = self._room.receivers(who.sid, _stamp(packet, who))
        if self._takes(who.sid, label, len(raw), len(to)):
            if label == RELIABLE:
                self._backlog.wrote(who.sid, len(raw), to, self._now())
            self.send(packet, label, to)
        else:
            self._refuse(who.sid, len(raw), len(to))

    def _refuse(self, writer: str, size: int, readers: int) -> None:
        # In bytes, as all that is too much is counted: many small ones are as bad as few large ones.
        self._ends[writer].incoming.refused += max(size, int(self._rate / packets(readers)))
        self._backlog.refused(writer, self._now())
        log.seldom("data_refused", participant=writer, why="too many packets")

    def _could_take(self, writer: str, label: str, size: int) -> bool:
        """Whether a packet may be taken if it is for one reader: said before it is read."""
        now = self._now()
        if label == RELIABLE:
            return self._backlog.could_write(writer, now)
        return self._bucket(writer).has(max(size / self._rate, 1 / packets(1)), now)

    def _bucket(self, writer: str) -> Bucket:
        """Seconds of what it may write by the lossy channel, of which two may come at once."""
        return self._lossy.setdefault(writer, Bucket(1, _LOSSY_AT_ONCE))

    def _takes(self, writer: str, label: str, size: int, readers: int) -> bool:
        """Whether a packet is not too much; it counts if so."""
        now = self._now()
        if label == RELIABLE:
            return self._backlog.may_write(writer, readers, now)
        return self._bucket(writer).take(max(size / self._rate, 1 / packets(readers)), now)

    def send(self, packet: models.DataPacket, label: str, to: Iterable[str]) -> None:
        """To the participants of these sids."""
        out = packet.SerializeToString()
        for sid in to:
            end = self._ends.get(sid)
            if end is not None:
                end.receiving.send_data(label, out)

    def look(self, now: float) -> frozenset[str]:
        """Holds writers back and lets them go on; who has to leave. To be called often."""
        for sid in self._lossy.keys() - self._ends.keys():
            del self._lossy[sid]
        waiting = {sid: end.receiving.backlog for sid, end in self._ends.items()}
        found = self._backlog.look(waiting, now)
        for sid in found.hold | found.release:
            log.debug("data_held_back", participant=sid, yes=sid in found.hold)
            self._ends[sid].incoming.hold_back(yes=sid in found.hold)
        return found.gone


def _stamp(packet: models.DataPacket, who: Participant) -> list[str]:
    """Writes the writer's name into a packet; whom it is for, empty for all."""
    packet.participant_identity, packet.participant_sid = who.identity, who.sid
    named = list(packet.destination_identities)
    if packet.WhichOneof("value") == "user":
        packet.user.participant_identity, packet.user.participant_sid = who.identity, who.sid
        named += [*packet.user.destination_identities, *packet.user.destination_sids]
    return named
