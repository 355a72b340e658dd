"""A leg whose sound comes and goes through a port of ours, in this process."""

from bridges.media.gateway import NoCommonCodec
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, Gone
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.voice.audio_port import AudioPort


class PortLeg(HouseLeg):
    """`port` is None until it is open."""

    port: AudioPort | None = None

    def answers_with(self, answer: str) -> None:
        """It was called, and `answer` is its port's."""
        self.description = answer
        self._post(Answers(self.name, answer))

    def takes(self, sdp: str) -> bool:
        """The answer to the port's offer; where that is of no use the leg is gone, and it is False."""
        if self.port is None:
            return False
        try:
            self.port.accept(sdp)
        except (MalformedSdp, NoCommonCodec):
            self._post(Gone(self.name, Cause.NOT_ACCEPTABLE))
            return False
        self.given = sdp
        return True

    async def reoffer(self, sdp: str) -> str:
        if self.port is None:
            raise ReofferRefused("its port is not open")
        try:
            answer = self.port.answer(sdp)
        except (MalformedSdp, NoCommonCodec) as error:
            raise ReofferRefused(str(error)) from error
        self.description, self.given = answer, sdp
        return answer
