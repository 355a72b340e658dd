"""What a subscriber's description says of one track: payload types and header extensions."""

from server.sfu.forwarding.outlet import Terms
from server.sfu.signal.sdp import MID, TRANSPORT_CC, Section


def terms(section: Section, name: str) -> Terms | None:
    """For a track of the codec `name` ("VP8"); None when the section does not take it."""
    codec = next((one for one in section.codecs if one.name.lower() == name.lower()), None)
    if codec is None:
        return None
    numbers = {uri: number for number, uri in section.extensions.items()}
    return Terms(
        section.mid,
        codec.payload_type,
        numbers.get(MID, 0),
        numbers.get(TRANSPORT_CC, 0),
        codec.rtx,
        codec.red,
    )
