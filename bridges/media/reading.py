"""What a description says of its audio, whatever transport that has. Pure."""

from bridges.media.gateway import Profile
from bridges.sdp.audio import RemoteAudio, read_plain, read_sdes, read_webrtc
from bridges.sdp.description import SessionDescription, parse
from bridges.sdp.direction import Direction

_READERS = {Profile.RTP: read_plain, Profile.SDES: read_sdes, Profile.WEBRTC: read_webrtc}


def audio_of(profile: Profile, description: SessionDescription) -> RemoteAudio | None:
    """The audio over this transport; None if there is none, or it is refused. Raises MalformedSdp."""
    return _READERS[profile](description)


def direction_of(profile: Profile, sdp: str) -> Direction:
    """The way of its audio from its own point of view, the old hold (address 0.0.0.0) included; INACTIVE
    without audio. Raises MalformedSdp."""
    remote = audio_of(profile, parse(sdp))
    return remote.direction if remote is not None else Direction.INACTIVE
