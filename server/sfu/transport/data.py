"""Data channels of a room: packets go from who wrote them to whom they name, at the pace of the readers."""

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from google.protobuf.message import DecodeError
from livekit.protocol import models

from server.sfu.forwarding.bucket import Bucket
from server.sfu.log import Log
from server.sfu.room.backlog import Backlog
from server.sfu.room.members import Participant
from server.sfu.room.room import Room
from server.sfu.transport.peer import RELIABLE, Peer

log = Log(__name__)


class End(Protocol):
    """A participant as far as data goes."""

    who: Participant

    @property
    def incoming(self) -> Peer: ...
    @property
    def receiving(self) -> Peer: ...


class Data:
    """Args: ends: the room's participants by sid; rate: bytes a second that one may write."""

    def __init__(self, room: Room, ends: Mapping[str, End], rate: float) -> None:
        self._room = room
        self._ends = ends
        self._rate = rate
        self._backlog = Backlog(rate)
        self._lossy: dict[str, Bucket] = {}

    def received(self, who: Participant, label: str, raw: bytes) -> None:
        """Passes a packet on, with the writer's name written by us."""
        if who.sid not in self._ends or not who.grant.can_publish_data:
            return
        try:
            packet = models.DataPacket.FromString(raw)
        except DecodeError:
            return
        if packet.WhichOneof("value") in (None, "speaker"):
            return
        to = self._room.receivers(who.sid, _stamp(packet, who))
        now = time.monotonic()
        if label == RELIABLE:
            self._backlog.wrote(who.sid, len(raw), to, now)
        elif not self._lossy.setdefault(who.sid, Bucket(self._rate, self._rate)).take(len(raw), now):
            return
        self.send(packet, label, to)

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
