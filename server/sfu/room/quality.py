"""What publishers and subscribers are told of layers, in LiveKit's words."""

from collections.abc import Mapping

from livekit.protocol import models, rtc

from server.sfu.room.members import Track

_QUALITIES = (models.LOW, models.MEDIUM, models.HIGH)


def wanted_layers(track: Track, highest: int | None) -> rtc.SignalResponse:
    """To a publisher: layers above `highest` need not be sent; None: nobody looks at all."""
    qualities = [
        rtc.SubscribedQuality(quality=quality, enabled=highest is not None and quality <= highest)
        for quality in _QUALITIES
    ]
    codec = track.info.mime_type.partition("/")[2].lower()
    return rtc.SignalResponse(
        subscribed_quality_update=rtc.SubscribedQualityUpdate(
            track_sid=track.sid,
            subscribed_qualities=qualities,
            subscribed_codecs=[rtc.SubscribedCodec(codec=codec, qualities=qualities)],
        )
    )


def stream_states(publishers: Mapping[str, str], paused: Mapping[str, bool]) -> rtc.SignalResponse:
    """To a subscriber: which pictures its line does not carry, and which it carries again.

    Args:
        publishers: participant sid by track sid.
        paused: by track sid.
    """
    states = [
        rtc.StreamStateInfo(
            participant_sid=publishers[track_sid],
            track_sid=track_sid,
            state=rtc.StreamState.PAUSED if is_paused else rtc.StreamState.ACTIVE,
        )
        for track_sid, is_paused in paused.items()
    ]
    return rtc.SignalResponse(stream_state_update=rtc.StreamStateUpdate(stream_states=states))
