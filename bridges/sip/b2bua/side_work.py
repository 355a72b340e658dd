"""What one call does beside its inbox: it takes long, concerns the media only, and posts what comes of it."""

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Abort, Gone, HoldAsked, Post, Renegotiated
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.media_session import MediaSession
from logs import log

_log = log.get(__name__)

#: Seconds without media after which a telephone that leaves a question unanswered counts as gone.
NO_SIGN = 180.0


class SideWork:
    """Of one call. No method raises for what the other side does."""

    def __init__(self, media: MediaSession, post: Post) -> None:
        self._media, self._post = media, post

    async def renegotiate(self, leg: Leg, other: Leg, sdp: str | None) -> None:
        """Carry a new offer of `leg` to `other`."""
        if await self._media.renegotiate(leg, other, sdp):
            self._post(Renegotiated(leg.name))

    async def carry_answer(self, leg: Leg, other: Leg, sdp: str) -> None:
        """`leg` answered the offer that it had asked for."""
        try:
            await self._media.carry_answer(leg, other, sdp)
        except (MediaError, MalformedSdp) as error:
            _log.warning("answer_not_acceptable", leg=leg.name, why=str(error))
            self._post(Abort(Cause.NOT_ACCEPTABLE))

    async def carry(self, leg: Leg, kept: Leg) -> None:
        """Two who have talked with others learn what the other one is able to, and that nobody holds them."""
        try:
            await self._media.carry(leg, kept)
            await self._media.carry(kept, leg)
        except (MediaError, MalformedSdp) as error:
            _log.warning("session_not_carried", leg=kept.name, why=str(error) or type(error).__name__)

    async def rejoin(self, one: Leg, other: Leg) -> None:
        """The two talk with each other as before."""
        try:
            await self._media.rejoin(one, other)
        except (MediaError, MalformedSdp) as error:
            _log.warning("legs_not_rejoined", why=str(error) or type(error).__name__)
            self._post(Abort(Cause.MEDIA_FAILED))

    async def hold(self, asked: HoldAsked, leg: Leg | None, other: Leg | None) -> None:
        """The user of `leg` lets `other` wait, or talks again."""
        done = False
        if leg is not None and other is not None:
            done = await self._media.hold(leg, other, on=asked.on)
            self._post(Renegotiated(leg.name))
        asked.done(done)

    async def see_whether_there(self, leg: Leg) -> None:
        """It may have hung up while nobody listened."""
        if await leg.answers() is False:
            _log.info("leg_hung_up_unheard", leg=leg.name)
            self._post(Gone(leg.name, Cause.NORMAL))
            leg.drop(Cause.NORMAL)

    async def ask_after(self, leg: Leg, silent: float) -> None:
        """Absence of media is not death: a telephone that still answers for the call listens."""
        answers = await leg.answers()
        if answers is False or (answers is None and silent >= NO_SIGN):
            _log.warning("leg_does_not_answer", leg=leg.name, silent=round(silent), refused=answers is False)
            self._post(Abort(Cause.MEDIA_FAILED))
        else:
            self._media.vouch(leg)
