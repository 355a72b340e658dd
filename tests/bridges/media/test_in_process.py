"""The in-process gateway with browsers that are raw sockets: life, death and attacks."""

from __future__ import annotations

import asyncio
import gc
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from bridges.media.gateway import LegReport, NoPortsLeft, Peer, Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.latch import PROBATION
from bridges.media.settings import MediaSettings
from bridges.networks import Advertised
from bridges.sdp.codecs import PCMA, PCMU, TELEPHONE_EVENT
from tests.support.light_browser import LightBrowser
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone, target_of
from webrtc.dtls import Certificate, DtlsFailed

RTP, WEBRTC = Profile.RTP, Profile.WEBRTC
SOUND = bytes(range(0x80, 0xA0)) * 5


@pytest.fixture
async def gateway() -> AsyncIterator[InProcessMediaGateway]:
    low = free_block(20)
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19))
    await made.start()
    yield made
    await made.close()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(int(PATIENCE * 50)):
        if condition():
            return
        await asyncio.sleep(0.02)
    assert condition()


async def until_heard(browser: LightBrowser, phone: RtpPhone) -> None:
    """The browser speaks until the phone hears: after a flood a socket's buffer may still be full."""
    for _ in range(int(PATIENCE * 50)):
        browser.send(0, SOUND)
        await asyncio.sleep(0.02)
        if phone.packets:
            return
    pytest.fail("the phone hears nothing")


def leg_report(gateway: InProcessMediaGateway, leg: str) -> LegReport:
    report = gateway.snapshot("c")
    assert report is not None
    return report.legs[leg]


async def browser_calls(gateway: InProcessMediaGateway, browser: LightBrowser, phone: RtpPhone) -> str:
    """The browser offers; returns the offer that the phone got."""
    offer = await gateway.offer("c", "browser", "phone", browser.sdp(), WEBRTC, RTP)
    await browser.connect(await gateway.answer("c", "phone", "browser", phone.sdp()))
    await until(lambda: leg_report(gateway, "browser").connected)
    return offer


async def phone_calls(gateway: InProcessMediaGateway, browser: LightBrowser, phone: RtpPhone) -> str:
    """The browser answers, as the active side; returns the answer that the phone got."""
    offer = await gateway.offer("c", "phone", "browser", phone.sdp(), RTP, WEBRTC)
    answer = await gateway.answer("c", "browser", "phone", browser.sdp(setup="active"))
    await browser.connect(offer)
    await until(lambda: leg_report(gateway, "browser").connected)
    return answer


async def phone_calls_a_passive_browser(
    gateway: InProcessMediaGateway, browser: LightBrowser, phone: RtpPhone
) -> str:
    """The browser answers and leaves the first word of DTLS to the gateway."""
    offer = await gateway.offer("c", "phone", "browser", phone.sdp(), RTP, WEBRTC)
    answer = await gateway.answer("c", "browser", "phone", browser.sdp(setup="passive"))
    await browser.connect(offer, server=True)
    await until(lambda: leg_report(gateway, "browser").connected)
    return answer


Join = Callable[[InProcessMediaGateway, LightBrowser, RtpPhone], Awaitable[str]]


@pytest.mark.parametrize("join", [browser_calls, phone_calls, phone_calls_a_passive_browser])
async def test_bytes_pass_untouched_both_ways_in_every_role(
    gateway: InProcessMediaGateway, join: Join
) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        target = target_of(await join(gateway, browser, phone))
        for index in range(20):
            browser.send(0, bytes([index]) + SOUND)
            phone.send(target, 0, bytes([100 + index]) + SOUND)
        await until(lambda: len(phone.packets) == 20 and len(browser.packets) == 20)
        assert [packet[12:] for packet in phone.packets] == [bytes([n]) + SOUND for n in range(20)]
        assert [packet[12:] for packet in browser.packets] == [bytes([100 + n]) + SOUND for n in range(20)]


async def test_extensions_and_padding_of_a_browser_do_not_reach_the_phone(
    gateway: InProcessMediaGateway,
) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        await browser_calls(gateway, browser, phone)
        assert browser.tx
        fixed = bytes([0xB0, 0, 0, 1]) + bytes(4) + b"BBBB"
        packet = fixed + b"\xbe\xde\x00\x01\x10\x80\x00\x00" + SOUND + b"\x00\x00\x00\x04"
        browser.send_raw(browser.tx.protect(packet))
        await until(lambda: phone.packets)
        assert phone.packets[0][0] == 0x80
        assert phone.packets[0][12:] == SOUND


async def test_two_browsers_can_be_joined(gateway: InProcessMediaGateway) -> None:
    async with LightBrowser() as anna, LightBrowser() as bruno:
        offer = await gateway.offer("c", "anna", "bruno", anna.sdp(), WEBRTC, WEBRTC)
        answer = await gateway.answer("c", "bruno", "anna", bruno.sdp(setup="active"))
        await asyncio.gather(anna.connect(answer), bruno.connect(offer))
        await until(lambda: leg_report(gateway, "anna").connected and leg_report(gateway, "bruno").connected)
        anna.send(0, SOUND)
        await until(lambda: bruno.packets)
        assert bruno.packets[0][12:] == SOUND


async def test_the_payload_type_of_keys_differs_by_side(gateway: InProcessMediaGateway) -> None:
    events = replace(TELEPHONE_EVENT, payload_type=126)
    async with LightBrowser(codecs=(PCMA, events)) as browser, RtpPhone(codecs=(PCMA,), events=97) as phone:
        await browser_calls(gateway, browser, phone)
        browser.send(126, bytes([7, 0x8A, 1, 64]))
        await until(lambda: phone.keys() == [7])


async def test_case_9_a_phone_behind_a_home_router_is_heard_and_hears(
    gateway: InProcessMediaGateway,
) -> None:
    """Case 9: its SDP names its private address; its sound comes from where its signalling comes from."""
    async with RtpPhone() as home, RtpPhone() as desk, RtpPhone() as moved:
        gateway.meet("c", "home", Peer("127.0.0.1", authenticated=True))
        private = home.sdp().replace("127.0.0.1", "192.168.1.20").replace(str(home.port), "5004")
        offer = await gateway.offer("c", "home", "desk", private, RTP, RTP)
        target = target_of(await gateway.answer("c", "desk", "home", desk.sdp()))
        home.send(target, 0, SOUND)
        await until(lambda: desk.packets)
        desk.send(target_of(offer), 0, SOUND)
        await until(lambda: home.packets)
        # In mid call the router gives it another port: the same stream comes from there.
        moved.ssrc, moved.sequence, moved.timestamp = home.ssrc, home.sequence, home.timestamp
        heard = len(desk.packets)
        for _ in range(PROBATION + 2):
            moved.send(target, 0, SOUND)
        await until(lambda: len(desk.packets) > heard)
        desk.send(target_of(offer), 0, SOUND)
        await until(lambda: moved.packets)


async def test_each_side_is_told_the_address_that_its_network_reaches() -> None:
    low = free_block(20)
    table = Advertised({"10.0.0.0/8": "10.0.0.5", "0.0.0.0/0": "203.0.113.7"})
    made = InProcessMediaGateway(
        MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19, advertised=table)
    )
    await made.start()
    async with RtpPhone() as phone:
        made.meet("c", "house", Peer("10.1.2.3", authenticated=True))
        made.meet("c", "home", Peer("93.184.216.34", authenticated=True))
        offer = await made.offer("c", "house", "home", phone.sdp(), RTP, RTP)
        assert target_of(offer)[0] == "203.0.113.7"
        assert target_of(await made.answer("c", "home", "house", phone.sdp()))[0] == "10.0.0.5"
        # Who is at the other end of the meeting's port is this machine.
        assert target_of(await made.offer("d", "house", "meeting", phone.sdp(), RTP, RTP))[0] == "127.0.0.1"
    await made.close()


async def test_a_browser_with_another_certificate_is_refused_and_reported(
    gateway: InProcessMediaGateway,
) -> None:
    lost: list[tuple[str, str]] = []
    gateway.on_media_timeout = lambda call, leg: lost.append((call, leg))
    wrong = "sha-256 " + ":".join(["AB"] * 32)
    async with LightBrowser() as browser, RtpPhone() as phone:
        await gateway.offer("c", "browser", "phone", browser.sdp(fingerprint=wrong), WEBRTC, RTP)
        answer = await gateway.answer("c", "phone", "browser", phone.sdp())
        await browser.connect(answer)  # its own side succeeds; ours looks at the certificate
        for _ in range(int(PATIENCE * 50)):
            gateway.check(time.monotonic(), time.time())
            if lost:
                break
            await asyncio.sleep(0.02)
        assert lost == [("c", "browser")]
        browser.send(0, SOUND)
        assert not leg_report(gateway, "browser").connected


async def test_a_browser_that_finds_a_strangers_certificate_gives_up(gateway: InProcessMediaGateway) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        await gateway.offer("c", "browser", "phone", browser.sdp(), WEBRTC, RTP)
        answer = await gateway.answer("c", "phone", "browser", phone.sdp())
        genuine = answer.split("a=fingerprint:")[1].split("\r\n")[0]
        with pytest.raises(DtlsFailed):
            await browser.connect(answer.replace(genuine, "sha-256 " + ":".join(["AB"] * 32)))


async def test_a_vanished_browser_is_reported_once_after_its_consent_ends(
    gateway: InProcessMediaGateway,
) -> None:
    lost: list[tuple[str, str]] = []
    gateway.on_media_timeout = lambda call, leg: lost.append((call, leg))
    async with LightBrowser() as browser, RtpPhone() as phone:
        before = time.monotonic()
        phone.talk_to(await browser_calls(gateway, browser, phone))
        gateway.check(before + 29.9, time.time())
        assert not lost
        now = time.monotonic()
        gateway.check(now + 31, time.time())
        gateway.check(now + 32, time.time())
        assert lost == [("c", "browser")]


async def test_consent_keeps_a_silent_browser_alive(gateway: InProcessMediaGateway) -> None:
    lost: list[tuple[str, str]] = []
    gateway.on_media_timeout = lambda call, leg: lost.append((call, leg))
    async with LightBrowser() as browser, RtpPhone() as phone:
        await browser_calls(gateway, browser, phone)
        before = leg_report(gateway, "browser").last_packet_at
        browser.check()
        await until(lambda: leg_report(gateway, "browser").last_packet_at != before)
        at = leg_report(gateway, "browser").last_packet_at
        assert at is not None
        gateway.check(at + 29.9, time.time())
        assert not lost


async def test_case_10_a_silent_phone_is_asked_after_and_never_given_up_for_its_silence(
    gateway: InProcessMediaGateway,
) -> None:
    """Case 10: A sends neither RTP nor RTCP any more, B talks on; after a minute the call was over."""
    lost: list[tuple[str, str]] = []
    asked: list[tuple[str, str, int]] = []
    gateway.on_media_timeout = lambda call, leg: lost.append((call, leg))
    gateway.on_silence = lambda call, leg, seconds: asked.append((call, leg, int(seconds)))
    async with RtpPhone() as anna, RtpPhone() as bruno:
        before = time.monotonic()
        await gateway.offer("c", "anna", "bruno", anna.sdp(), RTP, RTP)
        await gateway.answer("c", "bruno", "anna", bruno.sdp())
        gateway.check(before + 59.9, time.time())
        assert not asked
        now = time.monotonic()
        for _ in range(3):
            gateway.check(now + 61, time.time())
        assert sorted(asked) == [("c", "anna", 61), ("c", "bruno", 61)]
        # Whoever was answered for is asked after again when another minute has passed.
        gateway.vouch("c", "anna")
        gateway.check(time.monotonic() + 59, time.time())
        gateway.check(time.monotonic() + 36_000, time.time())
        assert [leg for _, leg, _ in asked] == ["anna", "bruno", "anna"] * 1 + ["bruno"]
        assert not lost


@pytest.mark.parametrize(
    ("way", "other", "ends"), [("sendrecv", "sendrecv", True), ("recvonly", "sendonly", False)]
)
async def test_case_10_a_limit_for_silence_can_be_set(way: str, other: str, ends: bool) -> None:
    low = free_block(20)
    settings = MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 19, silence_limit=7200)
    made = InProcessMediaGateway(settings)
    await made.start()
    lost: list[tuple[str, str]] = []
    made.on_media_timeout = lambda call, leg: lost.append((call, leg))
    async with RtpPhone() as anna, RtpPhone() as bruno:
        await made.offer("c", "anna", "bruno", anna.sdp(way), RTP, RTP)
        await made.answer("c", "bruno", "anna", bruno.sdp(other))
        made.check(time.monotonic() + 7190, time.time())
        assert not lost
        made.check(time.monotonic() + 7201, time.time())
        assert (("c", "anna") in lost) is ends
    await made.close()


async def test_legs_that_are_not_joined_are_never_reported(gateway: InProcessMediaGateway) -> None:
    lost: list[tuple[str, str]] = []
    gateway.on_media_timeout = lambda call, leg: lost.append((call, leg))
    async with RtpPhone() as anna:
        await gateway.offer("c", "anna", "bruno", anna.sdp(), RTP, RTP)
        gateway.check(time.monotonic() + 1000, time.time())
        assert not lost


async def test_floods_of_garbage_leave_nothing_and_calls_go_on(gateway: InProcessMediaGateway) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        offer = await browser_calls(gateway, browser, phone)
        phone.talk_to(offer)  # before it speaks, its neighbours at the same address could be latched
        await until(lambda: browser.packets)
        gc.collect()
        objects = len(gc.get_objects())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
            attacker.setblocking(False)
            for index in range(3000):
                size = secrets.randbelow(200)
                # Every protocol's first byte in turn, then anything; to the browsers' port and the phone's.
                data = bytes([(index * 7) & 0xFF]) + secrets.token_bytes(size)
                attacker.sendto(data, ("127.0.0.1", gateway.webrtc_port))
                attacker.sendto(data, target_of(offer))
                attacker.sendto(b"", target_of(offer))
                if index % 50 == 0:
                    await asyncio.sleep(0)
            await until_heard(browser, phone)
        gc.collect()
        assert len(gc.get_objects()) < objects + 2000


async def test_checks_for_nobody_or_without_the_password_change_nothing(
    gateway: InProcessMediaGateway,
) -> None:
    async with LightBrowser() as browser, LightBrowser() as attacker, RtpPhone() as phone:
        await gateway.offer("c", "browser", "phone", browser.sdp(), WEBRTC, RTP)
        answer = await gateway.answer("c", "phone", "browser", phone.sdp())
        attacker.learn(answer)
        attacker.ufrag = browser.ufrag
        for index in range(500):
            attacker.check(ufrag=f"nobody{index}")
            attacker.check(password="x" * 32)
        await asyncio.sleep(0)
        await browser.connect(answer)
        assert not attacker._answered.is_set()
        for _ in range(100):
            attacker.check(password="x" * 32)
            attacker.send_raw(b"\x80\x00" + secrets.token_bytes(170))
        browser.send(0, SOUND)
        await until(lambda: phone.packets)
        assert len(phone.packets) == 1


async def test_hostile_handshakes_and_media_of_a_known_source_do_no_harm(
    gateway: InProcessMediaGateway,
) -> None:
    """The browser itself goes mad: it knows the password, so its address is known."""
    async with LightBrowser() as browser, RtpPhone() as phone:
        await browser_calls(gateway, browser, phone)
        for index in range(500):
            browser.send_raw(bytes([20 + index % 44]) + secrets.token_bytes(60))
            browser.send_raw(bytes([128 + index % 64]) + secrets.token_bytes(index % 40))
            if index % 10 == 0:
                await asyncio.sleep(0)
        await until_heard(browser, phone)
        assert leg_report(gateway, "browser").dropped >= 50


async def test_packets_before_an_answer_and_after_the_end_are_harmless(
    gateway: InProcessMediaGateway,
) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        offer = await gateway.offer("c", "browser", "phone", browser.sdp(), WEBRTC, RTP)
        for _ in range(100):
            phone.send(target_of(offer), 0, SOUND)
        await until(lambda: leg_report(gateway, "phone").dropped == 100)
        assert leg_report(gateway, "phone").packets_in == 0
        await browser.connect(await gateway.answer("c", "phone", "browser", phone.sdp()))
        await gateway.delete("c")
        for _ in range(100):
            browser.send(0, SOUND)
            browser.check()
            phone.send(target_of(offer), 0, SOUND)
        await asyncio.sleep(0.05)
        assert gateway.snapshot("c") is None


async def test_oversized_packets_are_dropped(gateway: InProcessMediaGateway) -> None:
    async with LightBrowser() as browser, RtpPhone() as phone:
        target = target_of(await browser_calls(gateway, browser, phone))
        phone.send(target, 0, bytes(1400))
        phone.send(target, 0, SOUND)
        await until(lambda: browser.packets)
        assert browser.packets[0][12:] == SOUND


async def test_calls_come_and_go_without_a_trace(gateway: InProcessMediaGateway) -> None:
    certificate = Certificate()

    async def one_call() -> None:
        async with LightBrowser(certificate=certificate) as browser, RtpPhone() as phone:
            await browser_calls(gateway, browser, phone)
            await gateway.delete("c")

    await one_call()
    tasks = len(asyncio.all_tasks())
    for _ in range(5):
        await one_call()
    assert len(asyncio.all_tasks()) <= tasks
    assert not gateway._calls
    assert not gateway._webrtc._by_address
    assert not gateway._webrtc._by_ufrag
    assert not gateway._told_gone


async def test_offers_at_the_same_moment_make_each_leg_once(gateway: InProcessMediaGateway) -> None:
    async with RtpPhone() as anna:
        offers = await asyncio.gather(
            *(gateway.offer("c", "anna", leg, anna.sdp(), RTP, RTP) for leg in ("bruno", "carla", "bruno"))
        )
        assert target_of(offers[0]) == target_of(offers[2])
        report = gateway.snapshot("c")
        assert report is not None
        assert set(report.legs) == {"anna", "bruno", "carla"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "0.0.0.0"},
        {"host": "localhost"},
        {"webrtc_host": "0.0.0.0"},
        {"advertised_host": "media.example.org"},
    ],
)
def test_addresses_that_nobody_could_be_told_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"address|host"):
        MediaSettings(**wrong)  # type: ignore[arg-type]


async def test_when_all_ports_are_in_use_an_emergency_call_still_finds_its_two() -> None:
    low = free_block(16)
    made = InProcessMediaGateway(MediaSettings(webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 15))
    await made.start()
    try:
        async with RtpPhone(codecs=(PCMU,)) as phone:
            for call_id in ("a", "b", "c"):
                await made.offer(call_id, "phone", "trunk", phone.sdp(), RTP, RTP)
            with pytest.raises(NoPortsLeft):
                await made.offer("d", "phone", "trunk", phone.sdp(), RTP, RTP)
            assert await made.offer("112", "phone", "trunk", phone.sdp(), RTP, RTP, emergency=True)
    finally:
        await made.close()


async def test_the_advertised_address_is_what_peers_are_told() -> None:
    low = free_block(4)
    settings = MediaSettings(
        host="0.0.0.0", advertised_host="198.51.100.7", webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 3
    )
    made = InProcessMediaGateway(settings)
    await made.start()
    try:
        async with RtpPhone(codecs=(PCMU,)) as phone:
            offer = await made.offer("c", "phone", "other", phone.sdp(), RTP, RTP)
            assert target_of(offer)[0] == "198.51.100.7"
            browser = await made.offer("c", "phone", "browser", phone.sdp(), RTP, WEBRTC)
            assert f"198.51.100.7 {made.webrtc_port} typ host" in browser
    finally:
        await made.close()


async def test_browsers_can_be_given_another_address_than_phones() -> None:
    low = free_block(4)
    settings = MediaSettings(webrtc_host="127.0.0.2", webrtc_port=0, rtp_port_min=low, rtp_port_max=low + 3)
    made = InProcessMediaGateway(settings)
    await made.start()
    try:
        async with RtpPhone() as phone, LightBrowser() as browser:
            offer = await made.offer("c", "phone", "browser", phone.sdp(), RTP, WEBRTC)
            answer = await made.answer("c", "browser", "phone", browser.sdp(setup="active"))
            assert target_of(answer)[0] == "127.0.0.1"
            await browser.connect(offer)
            assert browser.gateway[0] == "127.0.0.2"
    finally:
        await made.close()
