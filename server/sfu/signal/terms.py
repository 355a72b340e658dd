"""What a subscriber's description says of one track: payload types and header extensions."""

from dataclasses import replace

from server.sfu.forwarding.rtp_header import SendParameters
from server.sfu.signal.formats import Codec
from server.sfu.signal.negotiation import Wanted
from server.sfu.signal.sdp import MID, TRANSPORT_CC, Section, Sending


def terms(section: Section, name: str) -> SendParameters | None:
    """For a track of the codec `name` ("VP8"); None when the section does not take it."""
    codec = _codec(section, name)
    if codec is None:
        return None
    numbers = {uri: number for number, uri in section.extensions.items()}
    return SendParameters(
        section.mid,
        codec.payload_type,
        numbers.get(MID, 0),
        numbers.get(TRANSPORT_CC, 0),
        codec.rtx,
        codec.red,
    )


def takes(section: Section, name: str) -> bool:
    """Whether a track of the codec `name` can be sent in `section`."""
    return _codec(section, name) is not None


def sending(section: Section, track: Wanted, name: str) -> Sending:
    """Our half of a section that the other side offered, with the other side's numbers.

    To be called for what `takes` allows.
    """
    codec = _codec(section, name) or track.codec
    if track.codec.red is None:
        codec = replace(codec, red=None)
    # All extensions, though few are written: Chromium forgets for later sections what one answer leaves out.
    return Sending(
        section.mid, section.kind, codec, track.ssrc, track.stream_id, track.sid, track.repair_ssrc,
        section.extensions,
    )  # fmt: skip


def _codec(section: Section, name: str) -> Codec | None:
    return next((one for one in section.codecs if one.name.lower() == name.lower()), None)
