"""A sound in packets: made once, repeated without a seam, kept for the next listener."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bridges.media.music import _KEPT, RATE, Sound, Sounds, UnreadableSound
from bridges.media.sound import RATES, Decoder, Samples
from bridges.sdp.codecs import G722, OPUS, PCMA, PCMU, Key
from tests.support.audio import tone, tone_share, write_wav


def sound(hz: float, seconds: float) -> Sound:
    return Sound(np.array(tone(hz, seconds, RATE), np.int16))


@pytest.mark.parametrize("key", [PCMU.key, PCMA.key, G722.key, OPUS.key])
@pytest.mark.parametrize("ptime", [20, 40])
def test_a_second_is_a_second_in_every_codec(key: Key, ptime: int) -> None:
    packets = sound(500, 1.0).packets(key, ptime)
    assert len(packets) == 1000 // ptime
    decoder = Decoder(key)
    heard = np.concatenate([decoder.decode(packets[index]) for index in range(len(packets))])
    assert len(heard) == RATES[key]
    assert tone_share(heard[len(heard) // 2 :].tolist(), RATES[key], 500) > 0.98


def test_packets_are_made_once_in_any_order() -> None:
    packets = sound(500, 1.0).packets(PCMU.key, 20)
    last = packets[49]
    assert packets[0] != b"" and packets[49] is last


def test_the_end_leads_into_the_beginning() -> None:
    """A tone of whole waves: a step at the seam would be wider than those of the tone."""
    packets = sound(400, 0.5).packets(PCMU.key, 20)
    decoder = Decoder(PCMU.key)
    order = [*range(25), *range(25)]
    heard = np.concatenate([decoder.decode(packets[index]) for index in order]).astype(int)
    steps = np.abs(np.diff(heard))
    assert steps.max() < 1.3 * steps[1000:2000].max()


def test_less_than_a_packet_is_nothing() -> None:
    assert len(sound(400, 0.01).packets(PCMU.key, 20)) == 0


async def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path, kept = tmp_path / "x.wav", Sounds()
    write_wav(path, tone(500, 0.5), 8000)
    first = await kept.file(path)
    assert await kept.file(path) is first
    write_wav(path, tone(700, 0.5), 8000)
    os.utime(path, (1, 1))
    assert await kept.file(path) is not first
    assert await kept.content(path.read_bytes()) is await kept.content(path.read_bytes())
    with pytest.raises(UnreadableSound):
        await kept.content(b"no sound")
    with pytest.raises(OSError):
        await kept.file(tmp_path / "none.wav")


def test_the_oldest_are_forgotten_when_many_are_kept() -> None:
    kept, third = Sounds(), np.zeros(_KEPT // 3, np.int16)
    made: list[Sound] = [kept._keep(number, Sound(third)) for number in range(3)]
    assert kept._known(0) is made[0]  # and so the newest
    kept._keep(3, Sound(third))
    assert [kept._known(number) is not None for number in range(4)] == [True, False, True, True]
    long: Samples = np.zeros(_KEPT + 1, np.int16)
    assert kept._keep(4, Sound(long)) is kept._known(4)
    assert kept._known(3) is None


async def test_what_an_earlier_process_was_sent_can_be_passed_on_before_it_is_read(tmp_path: Path) -> None:
    path, earlier, kept = tmp_path / "x.wav", Sounds(), Sounds()
    write_wav(path, tone(500, 0.5), 8000)
    data = path.read_bytes()
    origin = (await earlier.content(data)).origin
    assert kept.kept(origin) is None
    kept.inherit({origin: data})
    assert kept.kept(origin) == data
    await kept.content(data)
    assert kept.kept(origin) == data
