"""Which layer of a simulcast track goes to whom."""

from collections.abc import Callable, Iterable, Mapping

from server.sfu.forwarding.stream import Stream

#: LiveKit's names of layers, and those of clients that count.
QUALITY = {"q": 0, "h": 1, "f": 2, "0": 0, "1": 1, "2": 2, "": 2}
#: What a layer costs of which nothing is known yet; as livekit-client's presets. bit/s.
_USUAL = (160_000.0, 450_000.0, 1_700_000.0)
#: Headers, encryption and retransmissions beside the stream itself.
_BESIDE = 1.05


def choose(streams: Mapping[int, Stream], ceiling: int, now: float) -> Stream | None:
    """The best layer that is coming in and not above `ceiling`, else the lowest that is coming in.

    A track of one layer is that layer, even in silence.
    """
    if len(streams) == 1:
        return next(iter(streams.values()))
    alive = sorted(quality for quality, stream in streams.items() if stream.alive(now))
    fitting = [quality for quality in alive if quality <= ceiling]
    if fitting:
        return streams[fitting[-1]]
    return streams[alive[0]] if alive else None


def ceiling_for(width: int, height: int, layers: Iterable[tuple[int, int, int]]) -> int:
    """The lowest quality that fills a picture of `width` x `height`.

    Args:
        layers: (quality, width, height) of each, as the publisher announced them.
    """
    known = sorted(layers)
    for quality, wide, high in known:
        if wide >= width * 0.9 and high >= height * 0.9:
            return quality
    return 2


def costs(
    streams: Mapping[int, Stream], ceiling: int, may_come: Callable[[int], bool], now: float
) -> dict[int, float]:
    """bit/s by quality of what could be sent of a track, at most `ceiling`.

    `may_come`: of a layer that is silent, whether it would come if it were asked for.
    """
    usable = {
        quality: stream
        for quality, stream in streams.items()
        if stream.alive(now) or len(streams) == 1 or may_come(quality)
    }
    fitting = {quality for quality in usable if quality <= ceiling} or set(sorted(usable)[:1])
    return {quality: (usable[quality].rate or _USUAL[quality]) * _BESIDE for quality in sorted(fitting)}
