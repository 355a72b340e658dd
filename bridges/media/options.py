"""What a control protocol may ask of one offer beyond what the bridge needs: rtpengine's flags. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridges.sdp.audio import RemoteAudio
from bridges.sdp.codecs import AUDIO, G722, PCMA, PCMU, TELEPHONE_EVENT, Codec
from bridges.sdp.direction import Direction

_BY_NAME = {codec.name.lower(): codec for codec in (PCMU, PCMA, G722)}


@dataclass(frozen=True, slots=True)
class CodecOptions:
    """rtpengine's `codec` dictionary; names are in lower case.

    Attributes:
        strip: codecs taken out, as if the offer did not have them; "all" for every one.
        kept: those that `strip` and `mask` leave in ("except", "offer", "accept").
        mask: codecs that the far side is not offered, and that the near side may be answered with.
        transcode: codecs that the far side is offered in addition.
    """

    strip: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()
    transcode: tuple[str, ...] = ()

    def stripped(self, remote: RemoteAudio) -> RemoteAudio:
        """The offer without what is to be stripped."""
        return replace(remote, codecs=tuple(c for c in remote.codecs if not self._hit(c, self.strip)))

    def offered(self, codecs: Iterable[Codec]) -> tuple[Codec, ...]:
        """What the far side is offered of `codecs`, and what is added for it. Its order is kept."""
        found = [codec for codec in codecs if not self._hit(codec, self.mask)]
        names = {codec.name.lower() for codec in found}
        wanted = (_BY_NAME[name] for name in self.transcode if name in _BY_NAME and name not in names)
        audio = [codec for codec in found if codec.key in AUDIO]
        return (*audio, *wanted, *(codec for codec in found if codec.key not in AUDIO))

    def _hit(self, codec: Codec, names: frozenset[str]) -> bool:
        name = codec.name.lower()
        if name in self.kept:
            return False
        return name in names or ("all" in names and codec.key != TELEPHONE_EVENT.key)


@dataclass(frozen=True, slots=True)
class OfferOptions:
    """Of one offer.

    Attributes:
        codecs: which are offered.
        ptime: packet length that the far side is asked for, in milliseconds; None: what the near side asks.
        rtcp_mux: whether a far side of plain RTP is offered RTCP on the same port; None: as it was.
        told_host: the address that the far side is told; None: what the configuration says.
        emergency: whether the ports kept for such calls may be used.
        detect_tones: see `MediaSettings`.
        direction: told to the far side in place of what the near side wrote; None: that.
    """

    codecs: CodecOptions = CodecOptions()
    ptime: int | None = None
    rtcp_mux: bool | None = None
    told_host: str | None = None
    emergency: bool = False
    direction: Direction | None = None
    detect_tones: bool = False
