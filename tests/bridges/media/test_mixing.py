"""What a party hears whom somebody speaks to beside the other one."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from bridges.media.gateway import Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.mixing import RATE, Mixing, Voice
from bridges.media.settings import MediaSettings
from bridges.media.sound import Decoder, Encoder
from bridges.sdp.codecs import PCMU
from bridges.sdp.direction import Direction
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.recording import Sound, share_of_tone
from tests.support.rtp_phone import RtpPhone, target_of

LOW, HIGH, THIRD = 600, 1000, 1400


def packets(hz: int, count: int) -> list[bytes]:
    times = np.arange(160 * count) / 8000
    samples = np.asarray(np.sin(2 * np.pi * hz * times) * 8000, np.int16)
    return Encoder(PCMU.key).encode(samples)


def tones(payloads: list[bytes]) -> set[int]:
    decoder = Decoder(PCMU.key)
    samples = np.concatenate([decoder.decode(each) for each in payloads])
    sound = Sound(8000, [int(one) for one in samples])
    return {hz for hz in (LOW, HIGH, THIRD) if share_of_tone(sound, hz) > 0.2}


def test_a_voice_is_heard_once_there_is_enough_of_it_and_what_is_old_is_left_out() -> None:
    voice = Voice(PCMU.key)
    made = packets(LOW, 40)
    for payload in made[:2]:
        voice.add(payload)
    assert not voice.take(320).any()
    for payload in made[2:]:
        voice.add(payload)
    taken = [voice.take(320) for _ in range(14)]
    assert all(each.any() for each in taken[:10])
    assert not taken[-1].any()  # 240 ms are kept, and no more


def test_both_are_in_what_is_sent() -> None:
    mixing = Mixing(PCMU.key, 20, lambda _payload, _fresh, _now: None)
    heard: list[bytes] = []
    for one, other in zip(packets(LOW, 50), packets(HIGH, 50), strict=True):
        mixing.hear("", PCMU.key, one)
        mixing.hear("supervisor", PCMU.key, other)
        heard += mixing.mixed()
    assert tones(heard[10:]) == {LOW, HIGH}
    assert RATE == 16_000


@pytest.fixture
async def gateway() -> AsyncIterator[InProcessMediaGateway]:
    low = free_block(20)
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19))
    await made.start()
    yield made
    await made.close()


async def test_who_listens_and_speaks_is_heard_by_one_alone_and_may_be_gone(
    gateway: InProcessMediaGateway,
) -> None:
    async with RtpPhone() as agent, RtpPhone() as caller, RtpPhone() as supervisor:
        offer = await gateway.offer("c", "agent", "caller", agent.sdp(), Profile.RTP, Profile.RTP)
        answer = await gateway.answer("c", "caller", "agent", caller.sdp())
        tap = await gateway.subscribe("c", "agent", "tap", Profile.RTP, told=Direction.SENDRECV)
        assert "a=sendrecv" in tap
        await gateway.subscriber_answers("c", "tap", supervisor.sdp())
        voices = [packets(hz, 1)[0] for hz in (LOW, HIGH, THIRD)]
        ways = (agent, target_of(answer)), (caller, target_of(offer)), (supervisor, target_of(tap))

        async def until_hears(phone: RtpPhone, speakers: int, *wanted: int) -> None:
            """The first so many of the three speak until the last of what the phone heard is this."""
            for _ in range(int(PATIENCE * 50)):
                for payload, (speaker, target) in list(zip(voices, ways, strict=True))[:speakers]:
                    speaker.send(target, 0, payload)
                await asyncio.sleep(0.02)  # as packets come
                last = [each[12:] for each in phone.packets[-10:]]
                if len(last) == 10 and tones(last) == set(wanted):
                    return
            pytest.fail(f"it hears {tones(last)}")

        await until_hears(agent, 3, HIGH, THIRD)
        await until_hears(supervisor, 3, LOW)
        assert tones([each[12:] for each in caller.packets]) == {LOW}
        # Whoever listened is gone without a word: the two hear each other alone, and nothing ends.
        await until_hears(agent, 2, HIGH)
        gone: list[str] = []
        gateway.on_media_timeout = lambda _call, leg: gone.append(leg)
        gateway.on_silence = lambda _call, leg, _seconds: gone.append(leg)
        gateway.check(1e12, 0.0)
        assert "tap" not in gone
        await gateway.unsubscribe("c", "tap")
        assert gateway.legs("c") == ("agent", "caller")
