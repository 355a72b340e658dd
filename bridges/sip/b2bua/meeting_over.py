"""A call of several goes on as a meeting: each who takes part is in it as by telephone, without hanging up.

What is in the place of a seat then is a visitor of the meeting (docs/decisions/0062).
"""

import asyncio
import secrets

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.conferring import Conferring
from bridges.sip.b2bua.events import (
    AddAsked,
    ConferAsked,
    Fetched,
    MeetAsked,
    MergeAsked,
    UniteAsked,
)
from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.handover import talks_since
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from bridges.sip.b2bua.media_session import MediaSession
from bridges.sip.machine import LocalMisuse
from logs import log
from wire.record import CallRecord, Transfer
from wire.route import CallMeeting, MeetingLeg, Party

_log = log.get(__name__)


class MeetingOver(Conferring):
    """The part of a call that goes over to a meeting."""

    @property
    def meeting(self) -> CallMeeting | None:
        """The one that it goes on as."""
        called = (self._devices[name].planned for name in self.pair or () if name in self._devices)
        return next((leg.meeting for leg in called if isinstance(leg, MeetingLeg)), None)

    async def _confer(self, event: AddAsked | MergeAsked | ConferAsked | UniteAsked | MeetAsked) -> None:
        if isinstance(event, MeetAsked):
            self._meet(event)
        else:
            await super()._confer(event)

    def _meet(self, asked: MeetAsked) -> None:
        """In place of the seat comes a visitor."""
        conversation, seat = self._conversation, self.seat
        kept = conversation.other(seat) if conversation is not None and seat is not None else None
        if conversation is None or seat is None or kept is None or not self.talks:
            asked.together.fail()
            asked.report.failed(Cause.UNAVAILABLE)
            return
        conversation.replace(seat)
        self._report = asked.report
        asked.report.accepted()
        self._aside(self._go_over(kept, asked))

    async def _go_over(self, kept: str, asked: MeetAsked) -> None:
        """The others of the conference are heard until all are in the meeting's room."""
        name, together = f"meeting-{next(self._numbers)}", asked.together
        record: CallRecord | None = self._record_of_meeting(kept, asked.meeting)
        media = MediaSession(self._services.gateway, f"{self.call_id}-{name}")
        leg: Leg | None = None
        try:
            leg = await self._visitor(name, kept, asked, media)
            await together.come()
            await self.media.fetch(self.leg(kept), leg, media, name)
            self._fetched[name] = leg
            self._devices[name] = Fork(name, MeetingLeg(asked.meeting))
        except (OSError, MediaError, MalformedSdp, ReofferRefused, LocalMisuse) as error:
            _log.warning("meeting_not_entered", leg=kept, why=str(error) or type(error).__name__)
            together.fail()
            record = None
            if leg is not None:
                leg.drop(Cause.UNAVAILABLE)
        except asyncio.CancelledError:
            together.gone()
            if leg is not None:
                leg.drop(Cause.NORMAL)
            raise
        await media.close()
        self.post(Fetched(name, record))

    async def _visitor(self, name: str, kept: str, asked: MeetAsked, media: MediaSession) -> Leg:
        """One who is in the meeting's room, has a session with nobody yet, and hears what is said there.

        Raises OSError, MediaError, MalformedSdp, ReofferRefused.
        """
        who = self.party_of(kept)
        shown = Party() if self._withheld(who) else identity.shown_to_all(who)
        meetings, call_id = self._services.meetings, self.journal.record.id
        leg = await meetings.bring(name, call_id, asked.meeting, shown, self.post)
        try:
            await media.welcome(leg, beside=self.call_id)
            await asked.together.ready(leg.inside())
        except BaseException:
            leg.drop(Cause.UNAVAILABLE)
            await media.close()
            raise
        return leg

    def _withheld(self, who: Party) -> bool:
        record = self.journal.record
        return record.withheld and who == record.caller

    def _record_of_meeting(self, name: str, meeting: CallMeeting) -> CallRecord:
        """Of the call in which a leg is in the meeting: it follows on the one before."""
        before, now, party = self.journal.record, self._services.now_ms(), self.known_of(name)
        return CallRecord(
            id=identity.call_id(now, secrets.token_bytes(10)),
            via=self._via(name),
            dialled=before.dialled,
            started_at=now,
            caller=party,
            caller_since=talks_since(before, party),
            callee=Party(name=meeting.title),
            withheld=self._withheld(self.party_of(name)),
            transfer=Transfer(previous=before.id, conversation=before.conversation),
        )
