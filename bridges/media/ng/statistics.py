"""A call's counters in the words of rtpengine's `query`, and read back. Pure.

rtpengine counts what a leg sent only, in whole seconds since 1970. What it has no word for stands under
`unisono`, as times gone by, so that two machines need not agree on a clock.
"""

from collections.abc import Mapping

from bridges.media.gateway import LegReport, MediaReport, Profile
from wire import ng
from wire.bencode import Value
from wire.ng import Body

_PROFILES = {profile.value: profile for profile in Profile}


def written(report: MediaReport, now: float, wall: float) -> Body:
    """The answer to `query`.

    Args:
        report: of one call.
        now: monotonic seconds.
        wall: seconds since 1970.
    """
    tags: dict[str, Value] = {
        name: _tag(name, leg, report.joined.get(name), now, wall) for name, leg in report.legs.items()
    }
    packets = sum(leg.packets_in for leg in report.legs.values())
    octets = sum(leg.bytes_in for leg in report.legs.values())
    totals: Body = {"RTP": {"packets": packets, "bytes": octets, "errors": 0}}
    return {"result": "ok", "tags": tags, "totals": totals}


def _tag(name: str, leg: LegReport, partner: str | None, now: float, wall: float) -> Body:
    heard = 0 if leg.last_packet_at is None else int(wall - (now - leg.last_packet_at))
    stream: Body = {
        "last packet": heard,
        "stats": {"packets": leg.packets_in, "bytes": leg.bytes_in, "errors": leg.dropped},
    }
    media: Body = {"index": 1, "type": "audio", "protocol": leg.profile.value, "streams": [stream]}
    joined: list[Value] = [{"tag": partner, "type": "offer/answer"}] if partner else []
    own: Body = {
        "connected": int(leg.connected),
        "packets out": leg.packets_out,
        "bytes out": leg.bytes_out,
        "audio seen": int(leg.audio_seen),
        "lost": leg.lost,
        "jitter us": round(leg.jitter * 1e6),
        **({} if leg.round_trip is None else {"round trip us": round(leg.round_trip * 1e6)}),
        **({} if leg.far_loss is None else {"far loss ppm": round(leg.far_loss * 1e6)}),
        **({"codec": leg.codec} if leg.codec else {}),
        **_age("last packet ms", leg.last_packet_at, now),
        **_age("last rtp ms", leg.last_rtp_at, now),
    }
    return {"tag": name, "subscriptions": joined, "subscribers": joined, "medias": [media], "unisono": own}


def _age(name: str, at: float | None, now: float) -> Body:
    return {} if at is None else {name: max(int((now - at) * 1000), 0)}


def read(body: Body, now: float, wall: float) -> MediaReport:
    """The report of a `query`'s answer, whoever wrote it. What does not stand there is zero or None.

    rtpengine neither counts what it sends (then it is what the other leg sent), nor listens: whoever
    sends counts as heard.
    """
    tags = {name: tag for name, tag in ng.part(body, "tags").items() if isinstance(tag, dict)}
    joined: dict[str, str] = {}
    for name, tag in tags.items():
        for each in ng.parts(tag, "subscriptions"):
            other = ng.text(each, "tag")
            if other in tags and other not in joined and name not in joined:
                joined |= {name: other, other: name}
    legs = {name: _leg(tag, now, wall) for name, tag in tags.items()}
    if not any("unisono" in tag for tag in tags.values()):
        legs = {name: _guessed(leg, legs.get(joined.get(name, ""))) for name, leg in legs.items()}
    return MediaReport(legs, joined)


def _leg(tag: Body, now: float, wall: float) -> LegReport:
    media: Body = next(iter(ng.parts(tag, "medias")), {})
    stream: Body = next(iter(ng.parts(media, "streams")), {})
    stats, own = ng.part(stream, "stats"), ng.part(tag, "unisono")
    packets, round_trip = ng.number(stats, "packets") or 0, ng.number(own, "round trip us")
    far_loss = ng.number(own, "far loss ppm")
    heard = ng.number(stream, "last packet") or 0
    last = _at(own, "last packet ms", now)
    if not own and packets:
        last = min(now - (wall - heard), now)
    return LegReport(
        profile=_PROFILES.get(ng.text(media, "protocol") or "", Profile.RTP),
        connected=ng.number(own, "connected") == 1,
        codec=ng.text(own, "codec"),
        packets_in=packets,
        bytes_in=ng.number(stats, "bytes") or 0,
        packets_out=ng.number(own, "packets out") or 0,
        bytes_out=ng.number(own, "bytes out") or 0,
        dropped=ng.number(stats, "errors") or 0,
        last_packet_at=last,
        last_rtp_at=_at(own, "last rtp ms", now) if own else last,
        audio_seen=ng.number(own, "audio seen") == 1,
        lost=ng.number(own, "lost") or 0,
        jitter=(ng.number(own, "jitter us") or 0) / 1e6,
        round_trip=None if round_trip is None else round_trip / 1e6,
        far_loss=None if far_loss is None else far_loss / 1e6,
    )


def _at(own: Mapping[str, Value], name: str, now: float) -> float | None:
    age = ng.number(dict(own), name)
    return None if age is None else now - age / 1000


def _guessed(leg: LegReport, other: LegReport | None) -> LegReport:
    return LegReport(
        profile=leg.profile,
        connected=leg.packets_in > 0,
        codec=leg.codec,
        packets_in=leg.packets_in,
        bytes_in=leg.bytes_in,
        packets_out=other.packets_in if other else 0,
        bytes_out=other.bytes_in if other else 0,
        dropped=leg.dropped,
        last_packet_at=leg.last_packet_at,
        last_rtp_at=leg.last_rtp_at,
        audio_seen=leg.packets_in > 0,
    )
