"""Messages of LiveKit's protocol that several places say, and what a track is told as."""

from livekit.protocol import models, rtc

SERVER_VERSION = "1.9.0"
PROTOCOL = 16
#: Codecs that are forwarded.
FLAVOURS = ("audio/opus", "video/VP8", "video/H264", "video/VP9", "video/AV1")


def copied(info: models.TrackInfo | None) -> models.TrackInfo | None:
    """What happened is told later, when the track may be another."""
    if info is None:
        return None
    found = models.TrackInfo()
    found.CopyFrom(info)
    return found


def server_info() -> models.ServerInfo:
    return models.ServerInfo(edition=models.ServerInfo.Standard, version=SERVER_VERSION, protocol=PROTOCOL)


def goodbye(reason: int, *, again: bool = False) -> rtc.SignalResponse:
    """`again`: the client should join anew at once."""
    action = rtc.LeaveRequest.RECONNECT if again else rtc.LeaveRequest.DISCONNECT
    return rtc.SignalResponse(
        leave=rtc.LeaveRequest(can_reconnect=again, reason=reason, action=action)  # type: ignore[arg-type]
    )


def track_info(request: rtc.AddTrackRequest, sid: str) -> models.TrackInfo:
    """What all are told of a track that its publisher announced."""
    audio = request.type == models.AUDIO
    mime = "audio/opus" if audio else "video/VP8"
    found = models.TrackInfo(
        sid=sid,
        type=request.type,
        name=request.name,
        muted=request.muted,
        width=request.width,
        height=request.height,
        simulcast=not audio and len(request.layers) > 1,
        disable_dtx=request.disable_dtx,
        source=request.source,
        layers=list(request.layers)[:3],
        mime_type=mime,
        stereo=request.stereo,
        # Redundancy is wrapped around what is then encrypted: nobody here could take it apart.
        disable_red=request.disable_red or request.encryption != models.Encryption.NONE,
        encryption=request.encryption,
        stream=request.stream,
        audio_features=list(request.audio_features)[:16],
    )
    for codec in list(request.simulcast_codecs)[:1]:
        found.codecs.add(mime_type=mime, cid=codec.cid, layers=list(request.layers)[:3])
    return found
