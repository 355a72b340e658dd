"""What a media server is told of an offer or answer, and what its refusals mean. Pure.

The words are rtpengine's. Ours takes them as well, and some more that rtpengine does not look at (`peers`).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bridges.media.gateway import (
    DtmfNotNegotiated,
    MediaError,
    NoCommonCodec,
    NoPortsLeft,
    Peer,
    Profile,
    UnknownLeg,
)
from bridges.media.ng.flags import written
from bridges.media.reading import audio_of
from bridges.sdp.audio import RemoteAudio
from bridges.sdp.codecs import TRANSCODED, Codec, has_audio
from bridges.sdp.description import parse
from bridges.sdp.direction import Direction
from bridges.sdp.errors import MalformedSdp
from wire import ng
from wire.bencode import Value
from wire.ng import MAX_MESSAGE, Body, Command

_PROFILES: dict[Profile, Body] = {
    Profile.RTP: {"transport-protocol": "RTP/AVP", "ICE": "remove", "rtcp-mux": ["demux"]},
    Profile.SDES: {"transport-protocol": "RTP/SAVP", "ICE": "remove", "rtcp-mux": ["demux"], "DTLS": "off"},
    Profile.WEBRTC: {"transport-protocol": "UDP/TLS/RTP/SAVPF", "ICE": "force", "rtcp-mux": ["require"]},
}
#: rtpengine passes on what it does not know; we carry what both sides of any call can be given.
_CODECS: Body = {
    "strip": ["all"],
    "except": ["PCMU", "PCMA", "G722", "telephone-event"],
    "transcode": ["PCMU", "PCMA", "telephone-event"],
}
#: Where a side knows nothing but Opus; the other is not offered it, as ours does not offer it.
_OPUS: Body = {**_CODECS, "except": ["opus"], "mask": ["opus"]}
#: Bytes of a message beside the sound that it carries, and "for ever" (a week of one second).
_REST, _FOREVER = 1000, 600_000
_FLAGS: tuple[str, ...] = ("strict-source", "generate-RTCP", "inject-DTMF")

_ERRORS: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (UnknownLeg, NoCommonCodec, NoPortsLeft, DtmfNotNegotiated, MalformedSdp, ValueError)
}
#: What rtpengine says (mr10.5), by how it begins.
_REASONS: dict[str, type[Exception]] = {
    "Unknown call-id": UnknownLeg,
    "Unknown tag": UnknownLeg,
    "No matching": UnknownLeg,
    "Failed to parse SDP": MalformedSdp,
    "Incomplete SDP": MalformedSdp,
    "Error rewriting SDP": NoCommonCodec,
    "Ran out of ports": NoPortsLeft,
}


def offer(
    call_id: str, from_leg: str, to_leg: str, sdp: str, profile: Profile, *, emergency: bool = False
) -> Body:
    """An offer of `from_leg` for `to_leg`, which is of `profile`."""
    flags: list[Value] = [*_FLAGS, *(["emergency"] if emergency else [])]
    tags = {"call-id": call_id, "from-tag": from_leg, "to-tag": to_leg}
    return {"command": Command.OFFER.value, **tags, "sdp": sdp, "flags": flags, **_PROFILES[profile]}


def fresh_offer(call_id: str, from_leg: str, to_leg: str) -> Body:
    """An offer of ours to `to_leg`, of all that can be carried to `from_leg`."""
    tags = {"call-id": call_id, "from-tag": from_leg, "to-tag": to_leg}
    return {"command": Command.OFFER.value, **tags, "flags": ["fresh"]}


def answer(call_id: str, from_leg: str, to_leg: str, sdp: str, profile: Profile) -> Body:
    """The answer of `from_leg` for `to_leg`, which offered and is of `profile`: its tag comes first in ng."""
    tags = {"call-id": call_id, "from-tag": to_leg, "to-tag": from_leg}
    flags: list[Value] = [*_FLAGS, "single-codec"]
    return {"command": Command.ANSWER.value, **tags, "sdp": sdp, "flags": flags, **_PROFILES[profile]}


def subscribe(call_id: str, from_leg: str, to_leg: str, profile: Profile) -> Body:
    """`to_leg`, of this profile, listens to `from_leg`."""
    tags: Body = {"call-id": call_id, "from-tag": from_leg, "to-tag": to_leg}
    return {"command": Command.SUBSCRIBE.value, **tags, "flags": [*_FLAGS], **_PROFILES[profile]}


def telling(body: Body, told: Direction | None) -> Body:
    """The message with the direction that whoever gets the description is told."""
    return body if told is None else {**body, "told": told.value}


def introduced(body: Body, peers: Mapping[str, Peer]) -> Body:
    """The message with who is where."""
    said: dict[str, Value] = {name: written(peer) for name, peer in peers.items()}
    return {**body, "peers": said} if said else body


def for_rtpengine(body: Body, peer: Peer | None, codecs: tuple[Codec, ...]) -> Body:
    """What rtpengine has to be told in addition; `peer` and `codecs` are of who made the description."""
    received: Body = {}
    if peer is not None:
        received = {"received-from": ["IP6" if ":" in peer.host else "IP4", peer.host]}
    opus = any(codec.key in TRANSCODED for codec in codecs)
    rules: Body = {"codec": _OPUS if opus else _CODECS} if body["command"] == Command.OFFER.value else {}
    return {**body, **received, **rules}


def audio_only(sdp: str, profile: Profile) -> tuple[str, tuple[Codec, ...]]:
    """The description with every section but the audio refused, and the audio's codecs.

    rtpengine would carry pictures as well, and never says that nothing can be carried.

    Raises:
        MalformedSdp: it cannot be read.
        NoCommonCodec: there is no audio that can be carried.
    """
    description = parse(sdp)
    remote: RemoteAudio | None = audio_of(profile, description)
    if remote is None or not has_audio(remote.codecs):
        raise NoCommonCodec("no audio that can be carried")
    sections = tuple(
        section if index == remote.layout.audio else replace(section, port=0, attributes=())
        for index, section in enumerate(description.sections)
    )
    return str(replace(description, sections=sections)), remote.codecs


def directed(sdp: str, profile: Profile, way: Direction) -> str:
    """The description with its audio going this way. Raises MalformedSdp."""
    description = parse(sdp)
    remote = audio_of(profile, description)
    if remote is None or remote.direction is way:
        return sdp
    ways = {each.value for each in Direction}
    sections = list(description.sections)
    audio = sections[remote.layout.audio]
    kept = tuple(attribute for attribute in audio.attributes if attribute[0] not in ways)
    sections[remote.layout.audio] = replace(audio, attributes=(*kept, (way.value, None)))
    return str(replace(description, sections=tuple(sections)))


def play(call_id: str, leg: str, source: Path, content: bytes, times: int, *, own: bool) -> Body:
    """A file for `leg`: its content where a datagram can hold it, else its name on the server's machine."""
    # rtpengine counts, and knows no number for "again and again".
    repeat = times if times or own else _FOREVER
    tags: Body = {"call-id": call_id, "from-tag": leg, "repeat-times": repeat}
    small = len(content) <= MAX_MESSAGE - _REST
    held: Body = {"blob": content.decode("utf-8", "surrogateescape")} if small else {"file": str(source)}
    return {"command": Command.PLAY_MEDIA.value, **tags, **held}


def codecs(sdp: str, profile: Profile) -> tuple[Codec, ...]:
    """The codecs of a description; none of one that cannot be read."""
    try:
        return audio_only(sdp, profile)[1]
    except (MalformedSdp, NoCommonCodec):
        return ()


def checked(answered: Body) -> Body:
    """An answer that is no refusal. Raises what the refusal means."""
    if ng.text(answered, "result") in {"ok", "pong"}:
        return answered
    reason = ng.text(answered, "error-reason") or "no reason given"
    error = _ERRORS.get(ng.text(answered, "error-name") or "")
    if error is None:
        error = next((kind for start, kind in _REASONS.items() if reason.startswith(start)), MediaError)
    raise error(reason)


def instance(answered: Body) -> str | None:
    """Which process answered; None where that is not said: by rtpengine, and where it makes no difference."""
    return ng.text(ng.part(answered, "unisono"), "instance")


def description(answered: Body) -> str:
    """The SDP of an answer. Raises MediaError."""
    sdp = ng.text(checked(answered), "sdp")
    if sdp is None:
        raise MediaError("the media server gave no description")
    return sdp
