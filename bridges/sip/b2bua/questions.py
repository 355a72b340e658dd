"""Those who answered a mobile phone, and are being asked whether they take the call."""

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.media_session import MediaSession
from bridges.sip.b2bua.services import AskingLeg, Services
from logs import log
from wire.route import MobileLeg

_log = log.get(__name__)

#: Seconds in which whoever answers a mobile phone says whether they take the call.
ASKED_WITHIN = 30.0


class Questions:
    """Of one set-up, by the names of the forks that answered. None is kept over a restart: a fork that has
    answered is asked anew."""

    def __init__(self, services: Services, media: MediaSession, post: Post) -> None:
        self._services, self._media, self._post = services, media, post
        self._voices: dict[str, AskingLeg] = {}

    def __contains__(self, fork: str) -> bool:
        return fork in self._voices

    async def ask(self, leg: Leg, planned: MobileLeg) -> bool:
        """A voice asks whoever answered; `Asked` is posted. False if that cannot be."""
        screening, name = self._services.screening, f"{leg.name}.voice"
        if screening is None:
            return False
        try:
            offer = await self._media.offer_beside(leg, name)
            voice = await screening.ask(name, leg.name, planned, offer, self._post)
            self._voices[leg.name] = voice
            await self._media.join_beside(leg, voice)
        except (MediaError, MalformedSdp, OSError) as error:
            _log.warning("mobile_not_asked", leg=leg.name, why=str(error) or type(error).__name__)
            return False
        voice.established()
        _log.info("mobile_asked", leg=leg.name)
        return True

    def press(self, fork: str, key: str) -> bool:
        """A key that came by signalling; whether it was an answer to a question."""
        voice = self._voices.get(fork)
        if voice is not None:
            voice.press(key)
        return voice is not None

    async def end(self, fork: str) -> None:
        """It is known what they say, or not wanted any more."""
        voice = self._voices.pop(fork, None)
        if voice is not None:
            voice.drop(Cause.NORMAL)
            await self._media.drop(voice.name)

    async def end_all(self) -> None:
        """The call is over."""
        for fork in list(self._voices):
            await self.end(fork)
