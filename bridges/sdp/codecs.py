"""Codecs in descriptions, and which of them two sides will use. Pure (RFC 3264, Section 6.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridges.sdp.description import Section, is_number

#: What identifies a codec on both sides, whatever its payload type: name in capitals and clock rate.
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a section (RFC 4566, `rtpmap` and `fmtp`).

    Attributes:
        payload_type: 0 to 127.
        name: as registered, in capitals but for `telephone-event`.
        clock_rate: of the RTP timestamps, in Hz (8000 for G.722 too: RFC 3551, Section 4.5.2).
        channels: 1 for all that a telephone knows.
        fmtp: the format's parameters, or None.
    """

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    fmtp: str | None = None

    @property
    def key(self) -> Key:
        return self.name, self.clock_rate


PCMU = Codec(0, "PCMU", 8000)
PCMA = Codec(8, "PCMA", 8000)
G722 = Codec(9, "G722", 8000)
#: RFC 7587: always two channels in `rtpmap`, whatever is sent.
OPUS = Codec(111, "OPUS", 48_000, 2)
#: RFC 4733; 101 is the payload type that most phones use for it, 0-16 the keys and hook flash.
TELEPHONE_EVENT = Codec(101, "telephone-event", 8000, fmtp="0-16")

#: RFC 3389: how the silence sounds in which a side sends nothing. Carried between sides that both know it.
COMFORT_NOISE = Codec(13, "CN", 8000)

#: Payload types that need no `rtpmap` (RFC 3551, Section 6).
STATIC = {codec.payload_type: codec for codec in (PCMU, PCMA, G722, COMFORT_NOISE)}

AUDIO: frozenset[Key] = frozenset(codec.key for codec in (PCMU, PCMA, G722))
#: Carried by transcoding alone, where a side knows nothing else.
TRANSCODED: frozenset[Key] = frozenset({OPUS.key})
SOUND = AUDIO | TRANSCODED
#: What comes in place of sound.
_BESIDE: frozenset[Key] = frozenset({TELEPHONE_EVENT.key, COMFORT_NOISE.key})
#: Each can be made of the other by a table of 256 bytes.
G711: frozenset[Key] = frozenset({PCMU.key, PCMA.key})


def read_codecs(section: Section) -> tuple[Codec, ...]:
    """The codecs of an RTP section that this gateway can carry, in their order of preference.

    Payload types and `rtpmap` lines that make no sense are none of them.
    """
    maps = dict(_payload_lines(section, "rtpmap"))
    parameters = dict(_payload_lines(section, "fmtp"))
    found: list[Codec] = []
    for word in section.formats:
        if not is_number(word, 127):
            continue
        number = int(word)
        codec = _codec(number, maps.get(number))
        if codec and codec.key not in {other.key for other in found}:
            found.append(replace(codec, fmtp=parameters.get(number)))
    if any(codec.key in AUDIO for codec in found):
        found = [codec for codec in found if codec.key not in TRANSCODED]
    return tuple(found)


def _payload_lines(section: Section, name: str) -> Iterable[tuple[int, str]]:
    for value in section.values(name):
        number, *rest = value.split(maxsplit=1) or [""]
        if is_number(number, 127):
            yield int(number), rest[0].strip() if rest else ""


def _codec(number: int, rtpmap: str | None) -> Codec | None:
    name, rate, channels, *_ = [word.strip() for word in (rtpmap or "").split("/")] + [""] * 3
    spelled = "telephone-event" if name.lower() == "telephone-event" else name.upper()
    if not is_number(rate, 1_000_000):  # without a rate, or without the line: the registered one
        known = TELEPHONE_EVENT if spelled == TELEPHONE_EVENT.name else STATIC.get(number)
        return known and replace(known, payload_type=number, fmtp=None)
    if (spelled, int(rate)) == OPUS.key:
        return replace(OPUS, payload_type=number)
    if channels not in {"", "1"}:
        return None
    codec = Codec(number, spelled, int(rate))
    return codec if codec.key in AUDIO or codec.key in _BESIDE else None


def has_audio(codecs: Iterable[Codec]) -> bool:
    """Whether there is more than telephone events."""
    return any(codec.key in SOUND for codec in codecs)


def to_offer(offered: Sequence[Codec], known: Mapping[Key, int]) -> tuple[Codec, ...]:
    """What to offer the far side, when the near side offered `offered`.

    The near side's order is kept. Both laws of G.711 are added, as the gateway makes them of the others; in
    place of Opus also G.722, which costs less and sounds as wide.
    `telephone-event` is always offered: key presses may also come by signalling. Comfort noise is where the
    near side offered it.

    Args:
        offered: the near side's codecs.
        known: payload types that the far side knows from an earlier offer; they may not change
            (RFC 3264, Section 8.3.2).
    """
    audio = [codec for codec in offered if codec.key in AUDIO]
    keys = [codec.key for codec in audio]
    if any(codec.key in TRANSCODED for codec in offered):
        audio.append(G722)
    if audio:
        audio += [codec for codec in (PCMU, PCMA) if codec.key not in keys]
    standard = {codec.key: codec for codec in (PCMU, PCMA, G722)}
    noise = [COMFORT_NOISE] if any(codec.key == COMFORT_NOISE.key for codec in offered) else []
    chosen = [standard[codec.key] for codec in audio] + noise + [TELEPHONE_EVENT]
    return distinct(replace(codec, payload_type=known.get(codec.key, codec.payload_type))
                    for codec in chosen)  # fmt: skip


def distinct(codecs: Iterable[Codec]) -> tuple[Codec, ...]:
    """The codecs, each whose payload type is taken with a free dynamic one."""
    taken: set[int] = set()
    found: list[Codec] = []
    for codec in codecs:
        number = codec.payload_type
        while number in taken:
            number = 96 + (number - 95) % 32
        taken.add(number)
        found.append(replace(codec, payload_type=number))
    return tuple(found)


def to_answer(offered: Sequence[Codec], answered: Sequence[Codec]) -> tuple[Codec, ...]:
    """What to answer the near side (its payload types), when the far side answered `answered`.

    One audio codec, the far side's first that the near side knows; else the other law of G.711; else the
    near side's first, which is transcoded. Only
    one: the near side could otherwise switch to what the far side cannot hear. `telephone-event` is
    kept: where the far side has none it is played as tones. Comfort noise is where both know it.

    Returns:
        The codecs, audio first; empty when no audio fits.
    """
    near = {codec.key: codec for codec in offered}
    audio = [codec.key for codec in answered if codec.key in SOUND]
    same = next((key for key in audio if key in near), None)
    if same is None and G711.intersection(audio):
        same = next((codec.key for codec in offered if codec.key in G711), None)
    if same is None and audio:
        same = next((codec.key for codec in offered if codec.key in SOUND), None)
    if same is None:
        return ()
    events, noise = near.get(TELEPHONE_EVENT.key), near.get(COMFORT_NOISE.key)
    # Who sends nothing in silence must not be heard by a codec of ours that would call it loss.
    if COMFORT_NOISE.key not in {codec.key for codec in answered} or same in TRANSCODED:
        noise = None
    return tuple(codec for codec in (near[same], noise, events) if codec)


@dataclass(frozen=True, slots=True)
class Route:
    """What becomes of one payload type on its way to the other leg.

    Attributes:
        payload_type: the one that the other leg knows it by.
        source, target: the codecs' names; they differ when it must be translated or transcoded.
    """

    payload_type: int
    source: Key
    target: Key


def routes(received: Mapping[int, Key], understood: Mapping[Key, int]) -> dict[int, Route]:
    """How packets of one leg reach another.

    Args:
        received: payload types that the first leg may send, and what they are.
        understood: codecs that the second leg accepts, and its payload types for them, in its order.

    Returns:
        A route for each payload type that the second leg can be given; the others are to be dropped.
    """
    found: dict[int, Route] = {}
    for number, key in received.items():
        if key in understood:
            found[number] = Route(understood[key], key, key)
        elif key in G711:
            target = next((other for other in understood if other in G711), None)
            if target:
                found[number] = Route(understood[target], key, target)
        if number not in found and key in SOUND:
            target = next((other for other in understood if other in SOUND), None)
            if target:
                found[number] = Route(understood[target], key, target)
    return found
